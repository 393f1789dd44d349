"""Pictures that the web chat's page posts: the body is the picture, its key stands in a header.

Knows no QR code and no database. A picture is in memory until it has been looked at, and nowhere else.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request

from webhooks.channel import Arrival
from webhooks.channels import webchat
from webhooks.chat_guard import PictureLimits, Refusal, body_of, content_type
from webhooks.metrics import Metrics
from webhooks.pictures import LARGEST_PICTURE, Look, outcome_of

#: No form and no page of another site can send a header of this name without asking us before.
KEY_HEADER = "muadam-key"
#: Of all visitors together: each holds a picture in memory until it has come whole and was looked at.
MOST_AT_ONCE = 8
#: A scaled picture on a slow mobile net takes half a minute.
BODY_SECONDS = 120

TOO_LARGE = "picture_too_large"


class Uploads:
    """Takes the picture of a post and has it looked at, before anything about it is stored."""

    def __init__(self, look: Look, *, metrics: Metrics, clock: Callable[[], datetime]) -> None:
        self._look = look
        self._metrics = metrics
        self._clock = clock
        self._limits = PictureLimits()
        self._under_way = 0

    async def read(self, request: Request, address: str) -> Arrival:
        """What the picture shows, as the event of this visitor. Raises Refusal."""
        if not content_type(request).startswith("image/"):
            raise Refusal(415, "not_picture", "the content type must be one of a picture")
        key = request.headers.get(KEY_HEADER, "")
        if not re.fullmatch(webchat.KEY_FORM, key):
            raise Refusal(400, "malformed", f"the header {KEY_HEADER} must name the post")
        if _is_announced_too_large(request):
            raise Refusal(413, TOO_LARGE, f"at most {LARGEST_PICTURE} bytes are taken")
        if self._under_way >= MOST_AT_ONCE:
            raise _busy()
        self._limits.check(request, address, self._clock())
        self._under_way += 1
        try:
            read = await self._look(await _picture(request))
        finally:
            self._under_way -= 1
        if read.trouble == "unreachable":
            raise _busy()
        self._metrics.looks.labels(outcome_of(read)).inc()
        return Arrival(webchat.ACCOUNT, address, key, None, read)


async def _picture(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await body_of(request, most_bytes=LARGEST_PICTURE, code=TOO_LARGE)
    except TimeoutError as error:
        raise _busy() from error


def _is_announced_too_large(request: Request) -> bool:
    announced = request.headers.get("content-length", "")
    return announced.isdecimal() and int(announced[:20]) > LARGEST_PICTURE


def _busy() -> Refusal:
    return Refusal(503, "busy", "nothing was taken, try again", retry_after=2)
