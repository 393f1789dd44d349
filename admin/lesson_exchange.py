"""Files of the lessons as downloads, and files from elsewhere as drafts.

    RefusedError    a file that cannot become a draft; `code` says why

An export has what is stored, byte for byte. What is brought in is only a draft: lint and a publish come after.
"""

import asyncio
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.lesson_files import (
    DRAFT,
    LESSONS,
    LIBRARY,
    NOW,
    NoCourseError,
    Shelf,
    TakenError,
    address,
    edit_address,
    name_of,
    note,
    put_draft,
    put_in_course,
    shelf,
)
from admin.roles import LESSON_AUTHORS, LESSON_READERS
from admin.views import page
from lessons.findings import Finding, finding
from lessons.strict import Identifier
from lessons.yaml_tree import read
from publishing import MEDIA, TRANSCRIPTS
from storage import lesson_drafts, media

LARGEST_FILE = 2_000_000
#: The text twice over, with what a form adds: the field that keeps it while somebody is asked.
LARGEST_POST = 2 * LARGEST_FILE + 200_000

_IDENTIFIER = TypeAdapter[str](Identifier)

Code = Literal["none", "type", "large", "encoding", "yaml", "unknown"]


class RefusedError(Exception):
    """The file is not taken; `found` is what YAML objects to."""

    def __init__(self, code: Code, *, line: int = 0, found: Finding | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.found = found


def routes(at: Desk) -> list[BaseRoute]:
    """Download, bring in."""
    route, methods = at.gate.route, ("GET", "POST")
    bring = partial(_import, at)
    return [
        route(f"{LESSONS}/export", partial(_export, at), roles=LESSON_READERS),
        route(f"{LESSONS}/import", bring, roles=LESSON_AUTHORS, methods=methods, largest=LARGEST_POST),
    ]


# Out ------------------------------------------------------------------------------------------------------


async def _export(at: Desk, request: Request, asked: Asked) -> Response:
    file = request.query_params.get("file", "")
    return await (_one(at, request, asked, file) if file else _all(at, asked))


async def _one(at: Desk, request: Request, asked: Asked, file: str) -> Response:
    on = await at.gate.read(shelf)
    which = request.query_params.get("which", DRAFT if file in on.drafts else NOW)
    which = DRAFT if which == DRAFT and file in on.drafts else NOW  # it is written down: nothing that was typed
    text = on.drafts[file].text if which == DRAFT else on.published.get(file)
    if text is None:
        raise Missing
    await _note_export(at, asked, file, which)
    return _attached(text.encode(), "application/yaml; charset=utf-8", name_of(file))


async def _all(at: Desk, asked: Asked) -> Response:
    def look(connection: Connection) -> tuple[Shelf, dict[str, bytes]]:
        pictures = {name: media.one(connection, name) or b"" for name in media.names(connection)}
        return shelf(connection), pictures

    on, pictures = await at.gate.read(look)
    if on.id is None:
        raise Missing
    local = asked.now.astimezone(at.zone)
    content = await asyncio.to_thread(_zipped, on.published, pictures, local)
    await _note_export(at, asked, "lessons", f"publication {on.id}")
    return _attached(content, "application/zip", f"bai-hoc-{on.id}.zip")


def _zipped(files: Mapping[str, str], pictures: Mapping[str, bytes], when: datetime) -> bytes:
    out = BytesIO()
    contents = {name: text.encode() for name, text in files.items()}
    contents |= {f"{MEDIA}/{name}": content for name, content in pictures.items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            made = zipfile.ZipInfo(name, date_time=when.timetuple()[:6])
            made.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(made, content)
    return out.getvalue()


async def _note_export(at: Desk, asked: Asked, subject: str, detail: str) -> None:
    await at.gate.change(lambda connection, now: note(connection, asked, "exported", subject, now, detail))


def _attached(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=media_type, headers=headers)


# In -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Brought:
    """A file as it came: its name at home, its text, and whether it may take the place of a draft."""

    name: str
    text: str
    replace: bool


async def _import(at: Desk, request: Request, asked: Asked) -> Response:
    if request.method == "GET":
        return _form(request, asked)
    try:
        brought = await _brought(await request.form(max_part_size=LARGEST_FILE))
        # In a thread: to read a file of the size that is allowed takes seconds, and residents are answered meanwhile.
        file, course = await asyncio.to_thread(_place, brought, await at.gate.read(shelf))
    except RefusedError as error:
        return _form(request, asked, problem=error.code, line=error.line, found=error.found)
    unlisted = False

    def bring(connection: Connection, now: datetime) -> None:
        nonlocal unlisted
        on = shelf(connection)
        put_draft(connection, on, file, brought.text, asked, now, replace=brought.replace)
        if course and file not in on.published:
            try:
                put_in_course(connection, on, file, course, asked, now)
            except NoCourseError:
                unlisted = True
        note(connection, asked, "lesson_imported", file, now)

    try:
        await at.gate.change(bring)
    except (TakenError, lesson_drafts.StaleDraft):
        on = await at.gate.read(shelf)
        by = on.drafts[file].by if file in on.drafts else ""
        return _form(request, asked, problem="taken", brought=brought, file=file, by=by)
    if unlisted:
        return RedirectResponse(address("import", unlisted=file), 303)
    return RedirectResponse(edit_address(file), 303)


async def _brought(form: FormData) -> _Brought:
    """Raises RefusedError."""
    upload, replace = form.get("file"), form.get("replace") == "on"
    if not isinstance(upload, UploadFile) or not upload.filename:
        kept = str(form.get("text", "")).replace("\r\n", "\n")
        if not kept:
            raise RefusedError("none")
        return _Brought(str(form.get("name", "")), kept, replace)
    name = PurePosixPath(upload.filename.replace("\\", "/")).name
    if PurePosixPath(name).suffix.lower() not in {".yaml", ".yml"}:
        raise RefusedError("type")
    content = await upload.read()
    if len(content) > LARGEST_FILE:
        raise RefusedError("large")
    try:
        return _Brought(name, content.decode("utf-8-sig"), replace)
    except UnicodeDecodeError as error:
        raise RefusedError("encoding", line=content.count(b"\n", 0, error.start) + 1) from error


def _place(brought: _Brought, on: Shelf) -> tuple[str, str]:
    """The file that it is to be: the one of its name, else a new one by its id; and its course. Raises RefusedError."""
    tree = read(brought.text)
    if not isinstance(tree.data, dict):
        fault = next(iter(tree.faults), None)
        if fault is None:
            raise RefusedError("unknown")
        found = finding(fault.code, file=brought.name, line=fault.line, column=fault.column, **fault.values)
        raise RefusedError("yaml", line=fault.line, found=found)
    course = tree.data.get("course")
    same = [file for file in sorted({*on.published, *on.drafts}) if name_of(file) == brought.name]
    if len(same) == 1:
        return same[0], str(course or "")
    is_transcript = "transcripts" in tree.data
    name = tree.data.get("lesson") if is_transcript else tree.data.get("id")
    try:
        lesson_id = _IDENTIFIER.validate_python(name)
    except ValidationError as error:
        raise RefusedError("unknown") from error
    if is_transcript:
        return f"{LIBRARY}/{lesson_id}{TRANSCRIPTS}", ""
    return f"{LIBRARY}/{lesson_id}.yaml", str(course or "")


def _form(
    request: Request,
    asked: Asked,
    *,
    problem: str = "",
    line: int = 0,
    found: Finding | None = None,
    brought: _Brought | None = None,
    file: str = "",
    by: str = "",
) -> Response:
    return page(
        request,
        "lesson_import.html",
        asked,
        status=422 if problem else 200,
        problem=problem,
        line=line,
        found=found,
        brought=brought,
        file=file,
        by=by,
        unlisted=request.query_params.get("unlisted", ""),
    )
