"""The files of our pages and of the lessons, as HTTP answers that a phone keeps.

Knows no conversation. A page's own files are read once, at the start; their addresses carry a digest of
what is in them, so a phone keeps them for a year and still has a new version at once.
"""

import asyncio
import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

PAGE_FOLDER = Path(__file__).parent / "static"
STATIC = "/chat/static/"

PAGE_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/manifest+json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
# Written out: a slim system has no list of types, and the standard library's own lacks webp.
MEDIA_TYPES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".webp": "image/webp",
}

FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
# The page carries a cookie: a proxy on the way must never keep it for somebody else.
OWN_ASK_FIRST = "private, no-cache"
MEDIA_CACHE = "public, max-age=3600"

SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_MEDIA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_BULLETIN = re.compile(r"bulletin-([0-9]{1,12})\.png")


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as it is answered; `packed` is its gzip form, None where packing gains nothing."""

    body: bytes
    packed: bytes | None
    digest: str
    content_type: str


def page_files(folder: Path = PAGE_FOLDER, *, address: str = STATIC) -> dict[str, PageFile]:
    """Every file of the page by name; they name each other by addresses with digests (never in a circle).

    `address` is where they are asked for.
    """
    paths = {path.name: path for path in sorted(folder.iterdir()) if path.suffix in PAGE_TYPES}
    files: dict[str, PageFile] = {}
    for name in paths:
        _read(name, paths, files, address)
    return files


def answer_file(file: PageFile, request: Request, *, cache: str) -> Response:
    """The file, or 304 when the phone has it already."""
    headers = {"Cache-Control": cache, "ETag": f'"{file.digest}"', "Vary": "Accept-Encoding", **SAFE_HEADERS}
    if file.digest in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = file.content_type
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.body, headers=headers)


def static_route(files: dict[str, PageFile], *, address: str = STATIC) -> BaseRoute:
    """{address}{name}: for a year when its digest is asked for, else asked for each time."""

    async def static(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        is_exact = request.query_params.get("v") == file.digest
        return answer_file(file, request, cache=FOREVER if is_exact else ASK_FIRST)

    return Route(address + "{name}", static)


def media_route(
    folder: Path,
    bulletin_picture: Callable[[int], bytes | None],
    uploaded: Callable[[str], bytes | None],
    poster: Callable[[str, Request], Awaitable[Response | None]],
) -> BaseRoute:
    """/media/{name}: pictures and recordings of lessons, of the types listed, of this folder alone.

    And bulletin-{number}.png, the picture of a bulletin that was sent, what was `uploaded` under this name, and a
    `poster`, which is a whole answer.
    """
    media = StaticFiles(directory=folder, check_dir=False)

    async def _bulletin(name: str) -> Response | None:
        numbered = _BULLETIN.fullmatch(name)
        found = await asyncio.to_thread(bulletin_picture, int(numbered[1])) if numbered else None
        return Response(found) if found is not None else None

    async def _kept(name: str, request: Request) -> Response:
        try:
            return await media.get_response(name, request.scope)
        except HTTPException:
            found = await asyncio.to_thread(uploaded, name)
            if found is None:
                raise
        headers = {"ETag": f'"{hashlib.sha256(found).hexdigest()[:16]}"'}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found, headers=headers)

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if (drawn := await poster(name, request)) is not None:
            return drawn
        content_type = MEDIA_TYPES.get(Path(name).suffix.lower())
        if content_type is None or not _MEDIA_NAME.fullmatch(name):
            raise HTTPException(404)
        response = await _bulletin(name) or await _kept(name, request)
        response.headers["Content-Type"] = content_type
        response.headers["Cache-Control"] = MEDIA_CACHE
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return Route("/media/{name}", answer)


def _read(name: str, paths: dict[str, Path], files: dict[str, PageFile], address: str) -> PageFile:
    if name not in files:
        body = paths[name].read_bytes()
        for other in paths:
            named = f'{address}{other}"'.encode()
            if named in body:
                digest = _read(other, paths, files, address).digest
                body = body.replace(named, f'{address}{other}?v={digest}"'.encode())
        suffix = paths[name].suffix
        packed = None if suffix == ".png" else gzip.compress(body, mtime=0)
        digest = hashlib.sha256(body).hexdigest()[:16]
        files[name] = PageFile(body, packed, digest, PAGE_TYPES[suffix])
    return files[name]
