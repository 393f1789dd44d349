"""The list of all lessons and the other files that residents learn from, and the page on which a lesson is begun.

The lessons are those that this process has taken up; no file is linted here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import Asked
from admin.lesson_files import (
    LESSONS,
    LIBRARY,
    NoCourseError,
    TakenError,
    courses_of,
    edit_address,
    kind_of,
    kinds,
    note,
    put_draft,
    put_in_course,
    shelf,
    stamp,
    title_of,
)
from admin.roles import LESSON_AUTHORS, LESSON_READERS
from admin.small_counts import FEW
from admin.views import page
from admin.yaml_edits import typed
from lessons.loader import CURRICULUM, version_of
from lessons.rules_safety import STALE_AFTER
from lessons.schema import Edition
from lessons.strict import Identifier
from publishing import Published
from storage import lesson_drafts
from storage import lessons as stored_lessons
from vietnamese.fold import fold

#: So many of the newest publishes are looked through for who published a file; before that its date alone is told.
LOOKED_THROUGH = 50
LONGEST_ID = 50
LONGEST_TITLE = 120

_TEMPLATE = Path(__file__).parent / "lesson_template.yaml"
_IDENTIFIER = TypeAdapter[str](Identifier)


def routes(at: Desk) -> list[BaseRoute]:
    """List, new."""
    route = at.gate.route
    return [
        route(LESSONS, partial(_listed, at), roles=LESSON_READERS),
        route(f"{LESSONS}/new", partial(_new, at), roles=LESSON_AUTHORS, methods=("GET", "POST")),
    ]


# The list -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    """What the database knows of the files at one moment."""

    drafts: Mapping[str, Row[Any]]
    changes: Mapping[str, stored_lessons.Listed]
    dates: Mapping[tuple[str, str], datetime]
    learners: Mapping[str, int]


def _look(connection: Connection) -> _Look:
    changes: dict[str, stored_lessons.Listed] = {}
    for one in stored_lessons.listed(connection, limit=LOOKED_THROUGH):
        for file in one.changed:
            changes.setdefault(file, one)
    drafts = {row.file: row for row in lesson_drafts.everyone(connection)}
    return _Look(drafts, changes, stored_lessons.edition_dates(connection), stored_lessons.learners_of(connection))


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    found, look = at.published(), await at.gate.read(_look)
    today = asked.now.astimezone(at.zone).date()
    wanted = request.query_params.get("q", "").strip()
    courses = _courses(at, found, look, today) if found is not None else []
    others = _others(at, found, look)
    fresh = [one for one in others if one["kind"] == "lesson"]
    return page(
        request,
        "lessons.html",
        asked,
        courses=[kept for course in courses if (kept := _matching(course, wanted))["lessons"]],
        fresh=[one for one in fresh if _matches(wanted, one["title"], one["file"])],
        others=[one for one in others if one["kind"] != "lesson" and _matches(wanted, one["title"], one["file"])],
        drafts=len(look.drafts),
        overdue=sum(lesson["is_overdue"] for course in courses for lesson in course["lessons"]),
        q=wanted,
        few=FEW,
        is_published=found is not None,
        done=request.query_params.get("done", ""),
    )


def _courses(at: Desk, found: Published, look: _Look, today: date) -> list[dict[str, Any]]:
    return [
        {
            "title": course.title,
            "lessons": [_lesson(at, found.book.current[name], look, today) for name in course.lessons],
        }
        for course in found.book.courses
    ]


def _lesson(at: Desk, edition: Edition, look: _Look, today: date) -> dict[str, Any]:
    lesson, due = edition.lesson, edition.lesson.checked_on + STALE_AFTER
    change = look.changes.get(edition.file)
    when = change.at if change is not None else look.dates.get((lesson.id, edition.version))
    return {
        "file": edition.file,
        "address": edit_address(edition.file),
        "id": lesson.id,
        "title": lesson.title,
        "version": edition.version[:6],
        "when": stamp(when, at.zone) if when is not None else "",
        "by": change.by if change is not None else "",
        "draft": _draft(at, look.drafts.get(edition.file)),
        "people": look.learners.get(lesson.id, 0),
        "due": f"{due:%d/%m/%Y}",
        "is_overdue": today > due,
        "rechecks": sum(step.recheck for step in lesson.steps),
    }


def _others(at: Desk, found: Published | None, look: _Look) -> list[dict[str, Any]]:
    """The files that are no published lesson: what all lessons share, and drafts of what is new."""
    published = found.files if found is not None else {}
    named = kinds(published.get(CURRICULUM, ""))
    files = sorted({*published, *look.drafts}, key=lambda file: (file != CURRICULUM, file))
    made = []
    for file in files:
        kind, draft, change = kind_of(file, named), look.drafts.get(file), look.changes.get(file)
        if (kind in ("lesson", "transcripts") and file in published) and not (kind == "transcripts" and draft):
            continue
        made.append(
            {
                "file": file,
                "address": edit_address(file),
                "kind": kind,
                "title": title_of(draft.text) if kind == "lesson" and draft is not None else "",
                "draft": _draft(at, draft),
                "version": version_of(published[file])[:6] if file in published else "",
                "when": stamp(change.at, at.zone) if change is not None else "",
                "by": change.by if change is not None else "",
            }
        )
    return made


def _draft(at: Desk, row: Row[Any] | None) -> dict[str, str] | None:
    return {"by": row.by, "when": stamp(row.updated_at, at.zone)} if row is not None else None


def _matching(course: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The course with those of its lessons that are asked for; with all, where its own title is."""
    if _matches(wanted, course["title"]):
        return course
    return {**course, "lessons": [one for one in course["lessons"] if _matches(wanted, one["title"], one["file"])]}


def _matches(wanted: str, *names: str) -> bool:
    """Whether every word stands in one of the names, whatever its accents."""
    folded = fold(" ".join(names))
    return all(word in folded for word in fold(wanted).split())


# A new one ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What the form of a new lesson says, as it was typed."""

    title: str = ""
    course: str = ""
    id: str = ""

    @classmethod
    def of(cls, form: FormData) -> "_Said":
        title = " ".join(str(form.get("title", "")).split())
        return cls(title, str(form.get("course", "")).strip(), str(form.get("id", "")).strip().lower())


def proposed_id(title: str) -> str:
    """The id that a title suggests: its words without accents; empty where there are none."""
    words = [word for word in fold(title).split() if word.isascii() and word.isalnum()]
    while words and len("-".join(words)) > LONGEST_ID:
        words.pop()
    name = "-".join(words)
    return f"bai-{name}" if name[:1].isdigit() else name


async def _new(at: Desk, request: Request, asked: Asked) -> Response:
    if request.method == "GET":
        return await _form(at, request, asked, _Said(course=request.query_params.get("course", "")))
    said = _Said.of(await request.form())
    lesson_id = said.id or proposed_id(said.title)
    if problem := _problem(said, lesson_id):
        return await _form(at, request, asked, said, problem=problem)
    file = f"{LIBRARY}/{lesson_id}.yaml"
    text = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        id=lesson_id, course=said.course, title=typed(said.title), today=asked.now.astimezone(at.zone).date()
    )

    def begin(connection: Connection, now: datetime) -> None:
        on = shelf(connection)
        if file in on.published:
            raise TakenError
        put_draft(connection, on, file, text, asked, now, replace=False)
        put_in_course(connection, on, file, said.course, asked, now)
        note(connection, asked, "lesson_begun", file, now)

    try:
        await at.gate.change(begin)
    except TakenError:
        return await _form(at, request, asked, _Said(said.title, said.course, lesson_id), problem="taken")
    except (NoCourseError, lesson_drafts.StaleDraft):
        return await _form(at, request, asked, said, problem="course")
    return RedirectResponse(edit_address(file), 303)


def _problem(said: _Said, lesson_id: str) -> str:
    if not said.title or len(said.title) > LONGEST_TITLE:
        return "title"
    try:
        _IDENTIFIER.validate_python(lesson_id)
    except ValidationError:
        return "id"
    return "" if said.course else "course"


async def _form(at: Desk, request: Request, asked: Asked, said: _Said, *, problem: str = "") -> Response:
    on = await at.gate.read(shelf)
    offered: Sequence[tuple[str, str]] = courses_of(on.curriculum)
    return page(
        request,
        "lesson_new.html",
        asked,
        status=422 if problem else 200,
        said=said,
        problem=problem,
        courses=offered,
    )
