"""What the pages of lessons have in common: addresses, what kind a file is, and drafts that are begun for somebody.

    TakenError      there is a draft of the file already, or the name is another's
    NoCourseError   lessons.yaml cannot be added to: it has no such course, or cannot be read

Draws no page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from admin.gate import Asked, Missing
from admin.yaml_edits import NoPlaceError, with_item
from lessons.loader import CURRICULUM, version_of
from lessons.yaml_tree import read
from publishing import TRANSCRIPTS
from storage import lesson_drafts, staff
from storage import lessons as stored_lessons

LESSONS = "/staff/lessons"
LIBRARY = "lessons/library"
#: A draft, and what is published now, where two versions are named.
DRAFT, NOW = "draft", "now"

#: A lesson has a tenth of it; to read ten times as much would keep residents waiting.
LONGEST_TITLED = 200_000

#: The keys of lessons.yaml that name one file each; what it says nothing of stands here.
_NAMED = {
    "phrases": "lessons/phrases.yaml",
    "place_facts": "lessons/place_facts.yaml",
    "scam_signs": "lessons/scam_signs.yaml",
    "crops": "lessons/crops.yaml",
}


class TakenError(Exception):
    """The file is there already."""


class NoCourseError(Exception):
    """The lesson cannot be put into lessons.yaml."""


def address(page: str, **asked: object) -> str:
    """A page of lessons with what it is asked for."""
    query = urlencode(asked, doseq=True)
    return f"{LESSONS}/{page}?{query}" if query else f"{LESSONS}/{page}"


def edit_address(file: str, line: int | None = None) -> str:
    """Where a file is written, at a line."""
    return f"{LESSONS}/edit/{quote(file)}" + (f"#L{line}" if line is not None else "")


def stamp(when: datetime, zone: ZoneInfo) -> str:
    """A time of any year."""
    return f"{when.astimezone(zone):%H:%M %d/%m/%Y}"


def kinds(curriculum: str) -> dict[str, str]:
    """File -> curriculum, lesson, faq, phrases, place_facts, scam_signs or crops, as this lessons.yaml names it."""
    data = read(curriculum).data
    named: dict[str, Any] = data if isinstance(data, dict) else {}
    found = {CURRICULUM: "curriculum"}
    found |= {str(named.get(kind, file)): kind for kind, file in _NAMED.items()}
    found |= {str(file): "faq" for file in _items(named, "faq")}
    for course in _items(named, "courses"):
        found |= {str(file): "lesson" for file in _items(course, "lessons")}
    return found


def kind_of(file: str, known: Mapping[str, str]) -> str:
    """The kind of a file; of one that lessons.yaml does not name, by its name."""
    if file.endswith(TRANSCRIPTS):
        return "transcripts"
    return known.get(file, "lesson" if file.startswith(f"{LIBRARY}/") else "other")


def title_of(text: str) -> str:
    """The title that a lesson's text gives itself; empty where it gives none, and of what is too long for a lesson."""
    data = read(text).data if len(text) <= LONGEST_TITLED else None
    title = data.get("title") if isinstance(data, dict) else None
    return title if isinstance(title, str) else ""


def name_of(file: str) -> str:
    return PurePosixPath(file).name


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is published, and the drafts of it, at one moment; `id` is the publication's, None before the first."""

    id: int | None
    published: Mapping[str, str]
    drafts: Mapping[str, Row[Any]]

    def newest(self, file: str) -> str:
        """The draft of the file, else what is published. Raises Missing."""
        if file in self.drafts:
            return str(self.drafts[file].text)
        if file not in self.published:
            raise Missing
        return self.published[file]

    @property
    def curriculum(self) -> str:
        """The text of lessons.yaml; empty where there is none."""
        return self.newest(CURRICULUM) if CURRICULUM in {*self.drafts, *self.published} else ""


def shelf(connection: Connection) -> Shelf:
    """What is published now, by the database itself: this process may not have taken it up yet."""
    found = stored_lessons.newest(connection)
    drafts = {row.file: row for row in lesson_drafts.everyone(connection)}
    return Shelf(found.id if found else None, found.files if found else {}, drafts)


# Drafts ---------------------------------------------------------------------------------------------------


def save_of(revision: int, when: datetime) -> str:
    """Which save of a draft it is. A draft that was dropped and begun anew is another one."""
    return f"{revision}.{int(when.timestamp())}"


def put_draft(
    connection: Connection, on: Shelf, file: str, text: str, asked: Asked, now: datetime, *, replace: bool
) -> None:
    """Make the text the draft of the file. Raises TakenError where there is one that must not be replaced."""
    old = on.drafts.get(file)
    if old is not None and not replace:
        raise TakenError
    base = version_of(on.published[file]) if file in on.published else ""
    # With a later revision than the draft that is replaced: who still has that one open is told.
    revision = old.revision if old is not None else 0
    lesson_drafts.save(connection, file, text, base=base, revision=revision, staff_id=asked.member.id, now=now)


def put_in_course(connection: Connection, on: Shelf, file: str, course: str, asked: Asked, now: datetime) -> None:
    """Write the file at the end of its course, in the draft of lessons.yaml. Raises NoCourseError."""
    text = on.curriculum
    data = read(text).data
    courses = _items(data if isinstance(data, dict) else {}, "courses")
    nth = next((nth for nth, one in enumerate(courses) if isinstance(one, dict) and one.get("id") == course), None)
    if nth is None:
        raise NoCourseError
    try:
        changed = with_item(text, ("courses", nth, "lessons"), file)
    except NoPlaceError as error:
        raise NoCourseError from error
    if changed == text:
        return
    draft = on.drafts.get(CURRICULUM)
    base = draft.base if draft is not None else version_of(on.published.get(CURRICULUM, ""))
    revision = draft.revision if draft is not None else 0
    lesson_drafts.save(connection, CURRICULUM, changed, base=base, revision=revision, staff_id=asked.member.id, now=now)


def courses_of(curriculum: str) -> list[tuple[str, str]]:
    """Id and title of each course of this text of lessons.yaml."""
    data = read(curriculum).data
    courses = _items(data if isinstance(data, dict) else {}, "courses")
    return [
        (str(one["id"]), str(one.get("title", one["id"]))) for one in courses if isinstance(one, dict) and "id" in one
    ]


def note(connection: Connection, asked: Asked, action: str, subject: str, now: datetime, detail: str = "") -> None:
    """Write down who did what to a file of the lessons."""
    staff.record(connection, staff_id=asked.member.id, action=action, subject=subject, detail=detail, now=now)


def _items(table: object, key: str) -> Sequence[Any]:
    found = table.get(key) if isinstance(table, dict) else None
    return found if isinstance(found, list) else ()
