"""The gate of /staff: who asks, whether he may, and what every answer carries.

    Missing      it is not there, or not for him to know of (404)
    TooLarge     the form has more bytes than its route takes (413)

A route says which roles may use it; what is not said is open to nobody. The cookie is the only key to a session: the
database is given its digest. Forms are taken from our own pages alone.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import format_tb
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from admin import views
from storage import staff
from storage.database import Database, reading
from storage.staff import Member, digest
from storage.writer import Writer, WriterError
from webhooks.guard import is_from_our_page

COOKIE = "muadam_staff"
ADDRESS = "/staff"
SIGN_IN = f"{ADDRESS}/sign-in"

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
TOUCH_EVERY = timedelta(minutes=1)

#: Of an id, in every database: under a larger number there is nothing.
LARGEST_ID = 2**31 - 1
#: Of a posted form, in bytes, where its route does not say otherwise.
LARGEST_FORM = 256 * 1024
RETRY_AFTER = timedelta(seconds=5)

SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

log = structlog.get_logger()

T = TypeVar("T")


class Missing(Exception):
    """It is not there."""


class TooLarge(Exception):
    """More bytes are posted than the route takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and when."""

    member: Member
    now: datetime


Handler = Callable[[Request, Asked], Awaitable[Response]]
OpenHandler = Callable[[Request], Awaitable[Response]]


class StaffRoute(Route):
    """A route that says who may use it; `roles` None: whoever comes."""

    def __init__(self, path: str, endpoint: Any, *, methods: Sequence[str], roles: frozenset[str] | None) -> None:
        super().__init__(path, endpoint, methods=None)
        self.allowed = frozenset(methods)
        self.roles = roles

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but for numbers that no id can be: their addresses are nobody's."""
        try:
            match, child = super().matches(scope)
        except ValueError:  # int() reads no number of thousands of digits
            return Match.NONE, {}
        numbers = [value for value in child.get("path_params", {}).values() if isinstance(value, int)]
        if any(number > LARGEST_ID for number in numbers):
            return Match.NONE, {}
        return match, child if match is Match.NONE else {**child, "route": self}


class _Work:
    """The writer's job for what pages change: the payload is called with the connection and the time."""

    order = 26

    def run(
        self, connection: Connection, payloads: Sequence[Callable[[Connection, datetime], Any]], now: datetime
    ) -> list[Any]:
        return [payload(connection, now) for payload in payloads]


_WORK = _Work()


class Gate:
    """Makes the routes, and is how pages read and change what is stored."""

    def __init__(self, *, database: Database, writer: Writer, clock: Callable[[], datetime], public_url: str) -> None:
        self._database = database
        self._writer = writer
        self.clock = clock
        self.public_url = public_url

    @property
    def is_secure(self) -> bool:
        """Cookies travel by https alone."""
        return self.public_url.startswith("https://")

    def route(
        self,
        path: str,
        handler: Handler,
        *,
        roles: frozenset[str],
        methods: Sequence[str] = ("GET",),
        largest: int = LARGEST_FORM,
    ) -> StaffRoute:
        """A page for these roles; `largest` is of what may be posted to it, in bytes."""

        async def answer(request: Request) -> Response:
            asked = await self.asked(request)
            if asked is None:
                return _to_sign_in(request)
            if not asked.member.roles & roles:
                return views.page(request, "refused.html", asked, status=403, code="role")
            try:
                return await handler(request, asked)
            except Missing:
                return views.page(request, "refused.html", asked, status=404, code="missing")

        return StaffRoute(path, _Door(self, answer, methods, largest), methods=methods, roles=roles)

    def open_route(self, path: str, handler: OpenHandler, *, methods: Sequence[str] = ("GET",)) -> StaffRoute:
        """A page for whoever comes."""
        return StaffRoute(path, _Door(self, handler, methods, LARGEST_FORM), methods=methods, roles=None)

    def nowhere(self) -> StaffRoute:
        """The last route: every other address under /staff is answered as all pages are."""

        async def answer(request: Request) -> Response:
            return views.page(request, "refused.html", None, status=404, code="missing")

        return self.open_route(ADDRESS + "/{rest:path}", answer)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds at one consistent moment; it runs in a thread."""

        def look() -> T:
            with reading(self._database) as connection:
                return work(connection)

        return await asyncio.to_thread(look)

    async def change(self, work: Callable[[Connection, datetime], T]) -> T:
        """The result of `work` after its commit. What it raises is raised here, and it has changed nothing."""
        result: T = await self._writer.submit(_WORK, work, can_wait=False)
        return result

    # Sessions -------------------------------------------------------------------------------------------------

    async def asked(self, request: Request) -> Asked | None:
        """Who asks, by his cookie; None when he is not signed in."""
        cookie = request.cookies.get(COOKIE, "")
        if not cookie:
            return None
        now = self.clock()
        found = await self.read(
            lambda connection: staff.session(connection, digest(cookie), now=now, idle=IDLE, longest=LONGEST)
        )
        if found is None:
            return None
        # A page that looks for news by itself is nobody at work: left open it must still become idle.
        is_by_itself = request.method == "GET" and views.is_fragment(request)
        if now - found.seen_at > TOUCH_EVERY and not is_by_itself:
            # What he asks for decides whether a busy writer matters: reading does not need it.
            with suppress(WriterError, OperationalError):
                await self.change(lambda connection, now: staff.touch(connection, digest(cookie), now))
        return Asked(found.member, now)

    def signed_in(self, response: Response) -> str:
        """Give the response a new cookie; the digest of it."""
        cookie = secrets.token_urlsafe(32)
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(LONGEST.total_seconds()),
            path=ADDRESS,
            secure=self.is_secure,
            httponly=True,
            samesite="lax",  # a reminder in the chat has a link to a page
        )
        return digest(cookie)

    def signed_out(self, response: Response) -> None:
        """Have the browser forget its cookie."""
        response.delete_cookie(COOKIE, path=ADDRESS, secure=self.is_secure, httponly=True, samesite="lax")


class _Door:
    """The ASGI application of a route: refuses other methods and other sites, and dresses every answer."""

    def __init__(self, gate: Gate, answer: OpenHandler, methods: Sequence[str], largest: int) -> None:
        self._gate = gate
        self._answer = answer
        self._methods = tuple(methods)
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # HEAD is GET whose body the server drops: no page has to know of it.
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        request = Request(asked, _held(receive, self._largest))
        response = await self._answered(request)
        await request.close()  # files that were posted, wanted or not
        for name, value in SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        if request.method not in self._methods:
            allowed = ", ".join(("HEAD", *self._methods) if "GET" in self._methods else self._methods)
            return _refused(request, 405, "missing", {"Allow": allowed})
        if request.method != "GET" and not is_from_our_page(request, public_url=self._gate.public_url):
            return _refused(request, 403, "other_site")
        announced = request.headers.get("content-length", "")
        try:
            if announced.isdigit() and int(announced) > self._largest:
                raise TooLarge  # noqa: TRY301 - answered where a body that does not announce itself is
            return await self._answer(request)
        except TooLarge:
            return _refused(request, 413, "too_large")
        except (WriterError, OperationalError):
            return _refused(request, 503, "busy", {"Retry-After": str(RETRY_AFTER.seconds)})
        except HTTPException as error:  # a form that Starlette cannot read
            return _refused(request, error.status_code, "unreadable")
        except ClientDisconnect:
            return _refused(request, 400, "unreadable")
        except Exception as error:  # the pages' door: a bug of ours is a page too, and is logged without any value
            where = "".join(format_tb(error.__traceback__))
            log.error("staff_page_failed", route=_pattern(request), error=type(error).__name__, where=where)  # noqa: TRY400
            return _refused(request, 500, "broken")


def _refused(request: Request, status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
    response = views.page(request, "refused.html", None, status=status, code=code)
    response.headers.update(headers or {})
    return response


def _held(receive: Receive, largest: int) -> Receive:
    """The body as it comes. Raises TooLarge before more than `largest` bytes of it are kept."""
    size = 0

    async def held() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > largest:
            raise TooLarge
        return message

    return held


def _pattern(request: Request) -> str:
    """The route's path; the address itself may hold the token of a link."""
    return str(getattr(request.scope.get("route"), "path", ""))


def _to_sign_in(request: Request) -> Response:
    """Where he signs in; a page that he asked for is gone on with then, a form that he sent is not."""
    if views.is_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": SIGN_IN})
    return RedirectResponse(f"{SIGN_IN}?next={quote(request.url.path)}" if request.method == "GET" else SIGN_IN, 303)
