"""Who may post to the web chat, as whom, and how often; and how a refusal is said.

Knows no database and no conversation. The cookie is the only key to a chat: 32 random bytes that never leave
the visitor's browser but to us. The database is given its digest, so a stolen database opens no chat.

    ChannelError
      Refusal     not taken: a status, and a word for which the page has a kind sentence
"""

import hashlib
import re
import secrets
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from webhooks.channel import ChannelError
from webhooks.guard import Rate, is_from_our_page

COOKIE = "muadam_chat"
COOKIE_SECONDS = 365 * 24 * 3600
_COOKIE_FORM = re.compile(r"[A-Za-z0-9_-]{43}")

# Twice what quick fingers on the buttons do.
POSTS_PER_MINUTE_OF_VISITOR = 120
# A whole village may sit behind one address of its mobile operator.
POSTS_PER_MINUTE_OF_CLIENT = 600
# A picture costs a tenth of a second of a processor and up to ten megabytes.
PICTURES_PER_HOUR_OF_VISITOR = 10
PICTURES_PER_HOUR_OF_CLIENT = 300

#: Five thousand characters, each written as two \uXXXX at worst, and the frame around them.
BODY_LIMIT_BYTES = 64 * 1024

NOT_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Refusal(ChannelError):
    """`code` is one of: no_cookie, too_many, other_site, not_json, too_long, malformed, busy.

    Of a picture also: not_picture, picture_too_large, too_many_pictures.
    """

    def __init__(self, status: int, code: str, sentence: str, *, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    def answer(self) -> Response:
        headers = NOT_KEPT if self.retry_after is None else NOT_KEPT | {"Retry-After": str(self.retry_after)}
        return JSONResponse({"error": str(self), "code": self.code}, self.status, headers)


class PostLimits:
    """So that no page can flood the turn: a limit for each visitor, and one for each client address."""

    def __init__(self) -> None:
        self._of_visitor = Rate(POSTS_PER_MINUTE_OF_VISITOR)
        self._of_client = Rate(POSTS_PER_MINUTE_OF_CLIENT)

    def check(self, request: Request, address: str, now: datetime) -> None:
        """Raises Refusal (429)."""
        if not (self._of_visitor.allows(address, now) and self._of_client.allows(_client(request), now)):
            raise Refusal(429, "too_many", "too many messages in a minute", retry_after=5)


class PictureLimits:
    """The same for pictures, over an hour."""

    def __init__(self) -> None:
        self._of_visitor = Rate(PICTURES_PER_HOUR_OF_VISITOR, over_minutes=60)
        self._of_client = Rate(PICTURES_PER_HOUR_OF_CLIENT, over_minutes=60)

    def check(self, request: Request, address: str, now: datetime) -> None:
        """Raises Refusal (429)."""
        if not (self._of_visitor.allows(address, now) and self._of_client.allows(_client(request), now)):
            raise Refusal(429, "too_many_pictures", "too many pictures in an hour", retry_after=360)


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def address_of(request: Request) -> str | None:
    """The address that stands for this visitor in the database; None without a cookie of ours."""
    cookie = request.cookies.get(COOKIE, "")
    return hashlib.sha256(cookie.encode()).hexdigest() if _COOKIE_FORM.fullmatch(cookie) else None


def with_cookie(response: Response, request: Request, *, is_secure: bool) -> Response:
    """The response with the visitor's cookie for another year, a new one for a new visitor."""
    cookie = request.cookies.get(COOKIE, "")
    response.set_cookie(
        COOKIE,
        cookie if _COOKIE_FORM.fullmatch(cookie) else secrets.token_urlsafe(32),
        max_age=COOKIE_SECONDS,
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )
    return response


def hold_to_our_page(request: Request, *, public_url: str) -> None:
    """Raises Refusal for what another site's page made a browser post."""
    if not is_from_our_page(request, public_url=public_url):
        raise Refusal(403, "other_site", "only our own page may post here")


def content_type(request: Request) -> str:
    """The media type of the body, in lower case and without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_of(request: Request, *, most_bytes: int = BODY_LIMIT_BYTES, code: str = "too_long") -> bytes:
    """The whole body. Raises Refusal: 413 as soon as it is too large, 400 when it does not arrive whole."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                raise Refusal(413, code, f"at most {most_bytes} bytes are taken")
    except ClientDisconnect as error:
        raise Refusal(400, "malformed", "the body did not arrive whole") from error
    return bytes(body)
