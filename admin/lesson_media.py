"""The pictures that lessons may name: which there are, where they are used, and a new one.

What is uploaded is made anew (admin.picture_uploads), in a thread and one at a time, before any transaction.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection, Row
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import Asked
from admin.lesson_files import LESSONS, address, edit_address, note, stamp
from admin.picture_uploads import MOST_UPLOADED, Picture, UploadError, remade
from admin.roles import LESSON_AUTHORS
from admin.views import page
from admin.yaml_edits import typed
from lessons.schema import Book
from storage import lesson_drafts, media
from vietnamese.fold import fold

ADDRESS = f"{LESSONS}/media"
#: The picture with what a form adds to it.
LARGEST_POST = MOST_UPLOADED + 100_000
ON_A_PAGE = 24
LONGEST_ALT, LONGEST_NAME = 300, 60
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BULLETIN = re.compile(r"bulletin-[0-9]+")  # /media/bulletin-7.png is the picture of a bulletin


class TakenNameError(Exception):
    """There is a picture of this name."""


def routes(at: Desk) -> list[BaseRoute]:
    """List and upload."""
    handler = partial(_pictures, at, asyncio.Lock())
    return [
        at.gate.route(ADDRESS, handler, roles=LESSON_AUTHORS, methods=("GET", "POST"), largest=LARGEST_POST),
    ]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the form says, as it was typed."""

    name: str = ""
    alt: str = ""

    @classmethod
    def of(cls, form: FormData) -> "_Said":
        return cls(str(form.get("name", "")).strip(), " ".join(str(form.get("alt", "")).split()))

    @property
    def stem(self) -> str:
        """The name that is wished for, without accents and without what kind of picture it is."""
        path = PurePosixPath(self.name)
        return "-".join(fold(path.stem if path.suffix.lower() in PICTURES else self.name).split())


async def _pictures(at: Desk, one_at_a_time: asyncio.Lock, request: Request, asked: Asked) -> Response:
    if request.method == "GET":
        return await _page(at, request, asked, _Said())
    form = await request.form()
    said, upload = _Said.of(form), form.get("picture")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return await _page(at, request, asked, said, problem="empty")
    if problem := _problem(said):
        return await _page(at, request, asked, said, problem=problem)
    content = await upload.read()
    try:
        async with one_at_a_time:  # a large one takes much memory while it is decoded
            picture = await asyncio.to_thread(remade, content)
        name = await _kept(at, asked, said, picture, proposed=_proposed(upload.filename))
    except UploadError as error:
        return await _page(at, request, asked, said, problem=error.code)
    except TakenNameError:
        return await _page(at, request, asked, said, problem="taken")
    return RedirectResponse(address("media", done=name), 303)


def _problem(said: _Said) -> str:
    if not said.alt:
        return "alt"
    if len(said.alt) > LONGEST_ALT:
        return "long"
    stem = said.stem
    is_good = len(stem) <= LONGEST_NAME and _NAME.fullmatch(stem) and not _BULLETIN.match(stem)
    return "name" if said.name and not is_good else ""


def _proposed(filename: str) -> str:
    """The name that the file of a phone suggests: its words without accents."""
    words = [word for word in fold(PurePosixPath(filename).stem).split() if word.isascii() and word.isalnum()]
    name = "-".join(words)[:LONGEST_NAME].strip("-")
    return f"hinh-{name}" if not name or _BULLETIN.match(name) else name


async def _kept(at: Desk, asked: Asked, said: _Said, picture: Picture, *, proposed: str) -> str:
    """The name under which the picture is kept. Raises TakenNameError for one that was typed."""
    on_disk = {PurePosixPath(name).stem.lower() for name in _on_disk(at.files.media_folder)}

    def keep(connection: Connection, now: datetime) -> str:
        taken = on_disk | {PurePosixPath(name).stem for name in media.names(connection)}
        for stem in [said.stem] if said.name else _numbered(proposed.rstrip("-")):
            if stem in taken:
                continue
            name = stem + picture.suffix
            media.put(
                connection,
                name=name,
                content=picture.content,
                alt=said.alt,
                width=picture.width,
                height=picture.height,
                staff_id=asked.member.id,
                now=now,
            )
            note(connection, asked, "picture_uploaded", name, now)
            return name
        raise TakenNameError

    return await at.gate.change(keep)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{nth}" for nth in range(2, 1_000))


# The list -------------------------------------------------------------------------------------------------


async def _page(at: Desk, request: Request, asked: Asked, said: _Said, *, problem: str = "") -> Response:
    wanted = request.query_params.get("q", "").strip()
    offset = request.query_params.get("from", "0")
    first = int(offset) if offset.isdecimal() and len(offset) < 6 else 0

    def look(connection: Connection) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
        return media.everyone(connection), lesson_drafts.everyone(connection)

    uploaded, drafts = await at.gate.read(look)
    found = at.published()
    uses = _uses(found.book) if found is not None else {}
    cards = [*(_uploaded(at, row) for row in uploaded), *_drawn(at.files.media_folder)]
    words = fold(wanted).split()
    matching = [card for card in cards if all(word in fold(f"{card['name']} {card['alt']}") for word in words)]
    shown = [_with_uses(card, uses, drafts) for card in matching[first : first + ON_A_PAGE]]
    following = first + ON_A_PAGE
    return page(
        request,
        "lesson_media.html",
        asked,
        status=422 if problem else 200,
        said=said,
        problem=problem,
        pictures=shown,
        count=len(matching),
        q=wanted,
        more=address("media", q=wanted, **{"from": following}) if following < len(matching) else "",
        done=request.query_params.get("done", ""),
        megabytes=MOST_UPLOADED // 1_000_000,
    )


def _uploaded(at: Desk, row: Row[Any]) -> dict[str, Any]:
    size = f"{row.width} × {row.height}"
    return {"name": row.name, "alt": row.alt, "size": size, "by": row.by, "when": stamp(row.uploaded_at, at.zone)}


def _drawn(folder: Path) -> list[dict[str, Any]]:
    return [{"name": name, "alt": "", "size": "", "by": "", "when": ""} for name in _on_disk(folder)]


def _on_disk(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.suffix.lower() in PICTURES)


@dataclass(frozen=True, slots=True)
class _Use:
    """A lesson that shows a picture, and what it says is on it."""

    title: str
    file: str
    alt: str


def _uses(book: Book) -> dict[str, list[_Use]]:
    """Picture -> the lessons that show it, once each."""
    uses: dict[str, list[_Use]] = {}
    for edition in book.current.values():
        for step in edition.lesson.steps:
            named = [(step.picture, step.picture_alt), *((one.picture, one.picture_alt) for one in step.stuck)]
            for picture, alt in named:
                known = uses.setdefault(picture, []) if picture else None
                if known is not None and all(use.file != edition.file for use in known):
                    known.append(_Use(edition.lesson.title, edition.file, alt or ""))
    return uses


def _with_uses(card: dict[str, Any], uses: Mapping[str, Sequence[_Use]], drafts: Sequence[Row[Any]]) -> dict[str, Any]:
    used = uses.get(card["name"], ())
    links = [(use.title, edit_address(use.file)) for use in used]
    files = {use.file for use in used}
    naming = [row.file for row in drafts if card["name"] in row.text and row.file not in files]
    alt = card["alt"] or next((use.alt for use in used if use.alt), "")
    uses_all = [*links, *((file, edit_address(file)) for file in naming)]
    return {**card, "alt": alt, "typed_alt": typed(alt), "uses": uses_all}
