"""The page on which a lesson is written: its text, what lint says of it, what may be written where.

What is saved is a draft: residents never see it, and it is the text that was typed, byte for byte. A file is known by
its name among what is published and the drafts; nothing is read from disk but the names of pictures.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from admin import lesson_checking
from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.lesson_checking import LARGEST, check, today
from admin.lesson_diff import diff
from admin.lesson_files import LESSONS, address, edit_address, kind_of, kinds, note, save_of, stamp, title_of
from admin.lesson_vocabulary import vocabulary
from admin.roles import LESSON_AUTHORS, LESSON_PUBLISHERS, LESSON_READERS
from admin.views import page
from lessons.draft import kind_of as model_kind_of
from lessons.loader import CURRICULUM, version_of
from lessons.schema import Curriculum
from lessons.validation import validate
from lessons.yaml_tree import read
from publishing import TRANSCRIPTS, Published, media_names
from storage import lesson_drafts
from storage.lesson_drafts import StaleDraft

#: Somebody whose page was heard of within this time has it open; it is heard of every 20 seconds.
PRESENT_FOR = timedelta(seconds=60)
#: A longer text is checked only by the script, when the page is already there.
CHECKED_AT_ONCE = 100_000

NO_DRAFT = "0"


def routes(at: Desk) -> list[BaseRoute]:
    """The page, saving, dropping, who else is there, the vocabulary, the check."""
    route = at.gate.route
    return [
        *lesson_checking.routes(at),
        route(f"{LESSONS}/presence", partial(_presence, at), roles=LESSON_AUTHORS, methods=("POST",)),
        route(f"{LESSONS}/vocabulary", partial(_vocabulary, at), roles=LESSON_READERS),
        route(LESSONS + "/edit/{file:path}", partial(_shown, at), roles=LESSON_READERS),
        route(
            LESSONS + "/save/{file:path}", partial(_save, at), roles=LESSON_AUTHORS, methods=("POST",), largest=LARGEST
        ),
        route(LESSONS + "/drop/{file:path}", partial(_drop, at), roles=LESSON_AUTHORS, methods=("POST",)),
    ]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file as it stands: `published` is None for a new one, `draft` None where nobody has changed it."""

    file: str
    published: str | None
    draft: Row[Any] | None

    @property
    def text(self) -> str:
        return self.published or "" if self.draft is None else str(self.draft.text)

    @property
    def base(self) -> str:
        """The version of the published text; empty for a new file."""
        return version_of(self.published) if self.published is not None else ""

    @property
    def token(self) -> str:
        """Which save of the draft this is."""
        return save_of(self.draft.revision, self.draft.updated_at) if self.draft is not None else NO_DRAFT


@dataclass(frozen=True, slots=True)
class _Said:
    """What the form of the page says: the text, and which save and which published text it was made from."""

    text: str
    token: str
    base: str

    @classmethod
    async def of(cls, request: Request) -> "_Said":
        form = await request.form(max_part_size=LARGEST)
        # Browsers send every line's end as two characters. No database keeps the character nought in a text.
        text = str(form.get("text", "")).replace("\r\n", "\n").replace("\0", "")
        return cls(text, str(form.get("revision", "")), str(form.get("base", "")))


def _name(request: Request) -> str:
    return str(request.path_params["file"])


def _open(connection: Connection, at: Desk, file: str) -> _Opened:
    """Raises Missing for what is neither published nor a draft."""
    published = at.published()
    text = published.files.get(file) if published is not None else None
    draft = lesson_drafts.one(connection, file)
    if text is None and draft is None:
        raise Missing
    return _Opened(file, text, draft)


# The page -------------------------------------------------------------------------------------------------


async def _shown(at: Desk, request: Request, asked: Asked) -> Response:
    opened = await at.gate.read(lambda connection: _open(connection, at, _name(request)))
    return await _page(at, request, asked, opened, done=request.query_params.get("done", ""))


async def _page(
    at: Desk,
    request: Request,
    asked: Asked,
    opened: _Opened,
    *,
    mine: str | None = None,
    done: str = "",
) -> Response:
    """The editor; with `mine` what somebody wrote while another changed the file: both are shown, nothing is saved."""
    text = opened.text if mine is None else mine
    checked: dict[str, Any] = {"findings": None, "errors": 0, "warnings": 0, "graph": None}
    published = at.published()
    others = await at.gate.read(
        lambda connection: lesson_drafts.others_present(
            connection, opened.file, asked.member.id, since=asked.now - PRESENT_FOR
        )
    )
    if published is not None and len(text) <= CHECKED_AT_ONCE and opened.file != CURRICULUM:
        beside = await at.gate.read(lambda connection: lesson_checking.beside(connection, at.files, published))
        found = await asyncio.to_thread(check, published, opened.file, text, beside=beside, today=today(at, asked))
        checked = lesson_checking.values(found)
    return page(
        request,
        "lesson_editor.html",
        asked,
        status=200 if mine is None else 409,
        text=text,
        opened=opened,
        title=title_of(text),
        kind=kind_of(opened.file, kinds(published.files.get(CURRICULUM, "")) if published is not None else {}),
        may_write=bool(asked.member.roles & LESSON_AUTHORS),
        may_publish=bool(asked.member.roles & LESSON_PUBLISHERS),
        others=others,
        drafted=stamp(opened.draft.updated_at, at.zone) if opened.draft is not None else "",
        is_behind=opened.draft is not None and opened.draft.base != opened.base,
        difference=await asyncio.to_thread(diff, opened.text, mine) if mine is not None else None,
        today=str(today(at, asked)),
        address=address,
        edit_address=edit_address,
        done=done,
        **checked,
    )


# Saving ---------------------------------------------------------------------------------------------------


async def _save(at: Desk, request: Request, asked: Asked) -> Response:
    file, said = _name(request), await _Said.of(request)
    wants_json = "application/json" in request.headers.get("accept", "")
    await at.gate.read(lambda connection: _open(connection, at, file))
    try:
        token, done = await at.gate.change(lambda connection, now: _keep(connection, at, file, said, asked, now))
    except StaleDraft:
        if wants_json:
            return JSONResponse({"problem": "stale"}, 409)
        opened = await at.gate.read(lambda connection: _open(connection, at, file))
        return await _page(at, request, asked, opened, mine=said.text)
    if wants_json:
        return JSONResponse({"revision": token, "done": done})
    return RedirectResponse(f"{edit_address(file)}?done={done}", 303)


def _keep(connection: Connection, at: Desk, file: str, said: _Said, asked: Asked, now: datetime) -> tuple[str, str]:
    """The draft's new token, and what was done. Raises StaleDraft."""
    opened = _open(connection, at, file)
    is_same_start = opened.draft is not None or said.base == opened.base
    if said.token != opened.token or not is_same_start:
        raise StaleDraft
    if said.text == opened.text:
        return opened.token, "same"
    if said.text == opened.published:
        lesson_drafts.drop(connection, [file])
        note(connection, asked, "lesson_draft_dropped", file, now)
        return NO_DRAFT, "as_published"
    before = opened.draft.revision if opened.draft is not None else 0
    revision = lesson_drafts.save(
        connection, file, said.text, base=opened.base, revision=before, staff_id=asked.member.id, now=now
    )
    if opened.draft is None:
        note(connection, asked, "lesson_drafted", file, now)
    return save_of(revision, now), "saved"


async def _drop(at: Desk, request: Request, asked: Asked) -> Response:
    file, said = _name(request), await _Said.of(request)

    def drop(connection: Connection, now: datetime) -> bool:
        """Whether the file is still there without the draft."""
        opened = _open(connection, at, file)
        if opened.draft is not None:
            if said.token != opened.token:
                raise StaleDraft
            lesson_drafts.drop(connection, [file])
            note(connection, asked, "lesson_draft_dropped", file, now)
        return opened.published is not None

    try:
        is_there = await at.gate.change(drop)
    except StaleDraft:
        return RedirectResponse(f"{edit_address(file)}?done=not_dropped", 303)
    return RedirectResponse(f"{edit_address(file)}?done=dropped" if is_there else f"{LESSONS}?done=dropped", 303)


# Beside the text ------------------------------------------------------------------------------------------


async def _presence(at: Desk, request: Request, asked: Asked) -> Response:
    """Say that a page is open, and hear who else has it open."""
    try:
        file = json.loads(await request.body())["file"]
        str(file).encode()  # half a pair of surrogates is in no file's name
    except (ValueError, TypeError, KeyError, RecursionError):
        file = None
    if not isinstance(file, str):
        return JSONResponse({"problem": "unreadable"}, 422)
    await at.gate.read(lambda connection: _open(connection, at, file))

    def note_it(connection: Connection, now: datetime) -> list[str]:
        lesson_drafts.note_presence(connection, file, asked.member.id, now)
        return lesson_drafts.others_present(connection, file, asked.member.id, since=now - PRESENT_FOR)

    return JSONResponse({"others": await at.gate.change(note_it)})


async def _vocabulary(at: Desk, request: Request, asked: Asked) -> Response:
    file, published = request.query_params.get("file", ""), at.published()
    if published is None or file.endswith(TRANSCRIPTS):
        return JSONResponse({})
    media = await at.gate.read(lambda connection: media_names(connection, at.files))
    kind = model_kind_of(_curriculum(published), file)
    return JSONResponse(vocabulary(published.book, kind, media=media))


def _curriculum(published: Published) -> Curriculum | None:
    return validate(Curriculum, read(published.files.get(CURRICULUM, "")), file=CURRICULUM)[0]
