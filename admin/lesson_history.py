"""The versions of a file: when it was published, by whom and why; two of them beside each other; one of them again.

A version comes back as a draft, to be published as a new one: nobody's progress is touched.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.lesson_diff import diff
from admin.lesson_files import (
    DRAFT,
    LESSONS,
    NOW,
    Shelf,
    TakenError,
    address,
    edit_address,
    kind_of,
    kinds,
    note,
    put_draft,
    shelf,
    stamp,
    title_of,
)
from admin.roles import LESSON_AUTHORS, LESSON_READERS
from admin.views import page
from storage import lesson_drafts
from storage import lessons as stored_lessons
from storage.lessons import Listed

#: Publishes that a page looks through; those before are on the next.
AT_ONCE = 50
#: Publishes of an older version of muadam, whose texts have to be compared: so many on a page.
COMPARED = 10


def routes(at: Desk) -> list[BaseRoute]:
    """The versions, two of them compared, one of them as a draft again."""
    route = at.gate.route
    return [
        route(f"{LESSONS}/history", partial(_history, at), roles=LESSON_READERS),
        route(f"{LESSONS}/compare", partial(_compare, at), roles=LESSON_READERS),
        route(f"{LESSONS}/restore", partial(_restore, at), roles=LESSON_AUTHORS, methods=("POST",)),
    ]


# The versions ---------------------------------------------------------------------------------------------


def _versions(connection: Connection, file: str, before: int | None) -> tuple[list[Listed], int | None]:
    """The publishes among the next ones that changed the file, and before which to go on; None at the end."""
    listed = stored_lessons.listed(connection, limit=AT_ONCE, before=before)
    found: list[Listed] = []
    compared = 0
    for one in listed:
        if one.changed:
            is_its = file in one.changed
        elif compared < COMPARED:
            compared += 1
            is_its = _differs(connection, file, one)
        else:
            return found, one.id + 1
        found += [one] if is_its else []
    return found, listed[-1].id if len(listed) == AT_ONCE else None


def _differs(connection: Connection, file: str, one: Listed) -> bool:
    """Whether a publish that does not say what it changed has another text than the one before it."""
    this = stored_lessons.one(connection, one.id)
    earlier = stored_lessons.listed(connection, limit=1, before=one.id)
    that = stored_lessons.one(connection, earlier[0].id) if earlier else None
    return (this.files.get(file) if this else None) != (that.files.get(file) if that else None)


async def _history(at: Desk, request: Request, asked: Asked) -> Response:
    file = request.query_params.get("file", "")
    before = _number(request.query_params.get("before", ""))

    def look(connection: Connection) -> tuple[Shelf, list[Listed], int | None]:
        on = shelf(connection)
        on.newest(file)  # Missing, before anything is looked for
        return (on, *_versions(connection, file, before))

    on, versions, older = await at.gate.read(look)
    draft = on.drafts.get(file)
    return page(
        request,
        "lesson_history.html",
        asked,
        **_names(on, file),
        draft={"by": draft.by, "when": stamp(draft.updated_at, at.zone)} if draft is not None else None,
        is_published=file in on.published,
        versions=[
            {"id": one.id, "when": stamp(one.at, at.zone), "by": one.by, "reason": one.reason} for one in versions
        ],
        newest=versions[0].id if versions and before is None else 0,
        older=address("history", file=file, before=older) if older is not None else "",
        problem=request.query_params.get("problem", ""),
        wanted=_number(request.query_params.get("version", "")) or 0,
    )


def _names(on: Shelf, file: str) -> dict[str, Any]:
    kind = kind_of(file, kinds(on.curriculum))
    title = title_of(on.newest(file)) if kind == "lesson" else ""
    return {"file": file, "kind": kind, "title": title, "edit": edit_address(file)}


# Two beside each other ------------------------------------------------------------------------------------


def _text(connection: Connection, on: Shelf, file: str, version: str) -> str:
    """The file in a version: a publication's number, what is published now, or the draft. Raises Missing."""
    if version == DRAFT:
        if file not in on.drafts:
            raise Missing
        return str(on.drafts[file].text)
    if version == NOW:
        return on.published.get(file, "")
    number = _number(version)
    found = stored_lessons.one(connection, number) if number is not None else None
    if found is None:
        raise Missing
    return found.files.get(file, "")


async def _compare(at: Desk, request: Request, asked: Asked) -> Response:
    asked_for = request.query_params
    file, a, b = asked_for.get("file", ""), asked_for.get("a", NOW), asked_for.get("b", DRAFT)

    def look(connection: Connection) -> tuple[Shelf, str, str, Sequence[Listed]]:
        on = shelf(connection)
        on.newest(file)
        old, new = _text(connection, on, file, a), _text(connection, on, file, b)
        return on, old, new, stored_lessons.listed(connection, limit=AT_ONCE)

    on, old, new, listed = await at.gate.read(look)
    found = await asyncio.to_thread(diff, old, new)
    times = {str(one.id): stamp(one.at, at.zone) for one in listed}
    offered = [str(one.id) for one in listed if file in one.changed]
    return page(
        request,
        "lesson_compare.html",
        asked,
        **_names(on, file),
        a=a,
        b=b,
        times=times,
        offered=[*([DRAFT] if file in on.drafts else []), NOW, *dict.fromkeys([*offered, *({a, b} - {DRAFT, NOW})])],
        found=found,
    )


# One of them again ----------------------------------------------------------------------------------------


async def _restore(at: Desk, request: Request, asked: Asked) -> Response:
    form = await request.form()
    file, number = str(form.get("file", "")), _number(str(form.get("version", "")))

    def restore(connection: Connection, now: datetime) -> None:
        on = shelf(connection)
        found = stored_lessons.one(connection, number) if number is not None else None
        if found is None or file not in found.files:
            raise Missing
        put_draft(connection, on, file, found.files[file], asked, now, replace=form.get("replace") == "on")
        note(connection, asked, "lesson_restored", file, now, f"publication {number}")

    try:
        await at.gate.change(restore)
    except (TakenError, lesson_drafts.StaleDraft):
        return RedirectResponse(address("history", file=file, problem="taken", version=number or 0), 303)
    return RedirectResponse(address("compare", file=file, a=NOW, b=DRAFT), 303)


def _number(written: str) -> int | None:
    return int(written) if written.isdecimal() and len(written) < 12 else None
