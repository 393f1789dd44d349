"""Posters under /media as HTTP answers: drawn when they are asked for, from the ticket in their name, and never kept.

Knows no QR code and no key. A ticket that is too old or forged draws nothing: who opens it is told kindly why.
"""

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import poster_files
from bot.poster_files import Form

#: Draws the poster of a ticket; None for a ticket that is too old or forged.
Draws = Callable[[Form, str], Callable[[], bytes] | None]

#: Each takes a tenth of a second of a core and fifteen megabytes.
AT_ONCE = 2

_HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_NOTHING_RUNS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_PICTURE = {"Content-Type": "image/png", "Content-Security-Policy": _NOTHING_RUNS}
# No sandbox: browsers show no PDF in one.
_PAGES = {
    "Content-Type": "application/pdf",
    "Content-Disposition": 'inline; filename="to-dan-qr.pdf"',
    "Content-Security-Policy": "frame-ancestors 'none'",
}


class PosterAnswers:
    """Answers for the names of posters."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._free = asyncio.Semaphore(AT_ONCE)

    async def answer(self, name: str, request: Request) -> Response | None:
        """The poster, or that it is gone; None for a name that is no poster's. Raises HTTPException."""
        wanted = poster_files.wanted(name)
        if wanted is None:
            return None
        draw = self._draws(*wanted)
        if draw is None:
            return _gone(request)
        async with self._free:
            drawn = await asyncio.to_thread(draw)
        kind = _PAGES if wanted[0] == "pdf" else _PICTURE
        return Response(drawn, headers={**_HEADERS, **kind})


def _gone(request: Request) -> Response:
    """A page for people; platforms, and the chat's page that wanted a picture, read the number alone."""
    if "text/html" not in request.headers.get("accept", ""):
        raise HTTPException(404, headers=_HEADERS)
    headers = {**_HEADERS, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _NOTHING_RUNS}
    return Response(_page(), 404, headers=headers)


@cache
def _page() -> bytes:
    return (Path(__file__).parent / "poster_gone.html").read_bytes()
