"""What the pages say of a resident who is helped: never who he is, but where he stands and what he holds in his hand.

Draws no page. The names of lessons and steps are those of the edition that he is in, as far as it is known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.roles import covers
from bot.speaking import filled
from bot.state import State, from_json
from lessons.schema import Book
from storage import conversations
from vietnamese.places import commune, province_of

#: Of a step's text: enough to know it again.
OPENING_CHARS = 160


@dataclass(frozen=True, slots=True)
class Spot:
    """A lesson and a step by what they are called; `step` is how the step begins. Empty where nothing is known."""

    lesson: str
    step: str
    title: str


def may_see(asked: Asked, place: str | None) -> bool:
    """Whether somebody of this place is a member's to help. Of whom no place is known, everybody's."""
    return place is None or covers(asked.member.scope, place)


def read(connection: Connection, person_id: int, asked: Asked) -> Any:
    """The person, as storage.conversations gives him. Raises Missing when he is not there for this member."""
    found = conversations.person(connection, person_id)
    if found is None or not may_see(asked, found.place):
        raise Missing
    return found


def book_of(at: Desk) -> Book | None:
    published = at.published()
    return published.book if published is not None else None


def state_of(learner: str | None) -> State:
    """Where he stands; at the very beginning when nothing readable is kept."""
    try:
        return from_json(learner) if learner is not None else State()
    except ValidationError:
        return State()


def spot(
    book: Book | None, lesson: str | None, step: str | None, *, version: str = "", state: State | None = None
) -> Spot:
    """What a lesson and a step are called, in the version of who stands there and as he reads them.

    Their ids where the book has forgotten them.
    """
    if not lesson:
        return Spot("", "", "")
    reader = state or State()
    if reader.standing is not None and reader.standing.lesson == lesson:
        version = reader.standing.version
    edition = (book.edition(lesson, version) or book.current.get(lesson)) if book is not None else None
    if book is None or edition is None:
        return Spot(lesson, step or "", lesson)
    position = edition.lesson.position(step) if step else None
    if position is None:
        return Spot(lesson, "", edition.lesson.title)
    text = " ".join(filled(edition.lesson.steps[position].text, book, reader).replace("**", "").split())
    opening = text if len(text) <= OPENING_CHARS else f"{text[:OPENING_CHARS].rsplit(' ', 1)[0]} \u2026"
    return Spot(lesson, opening, edition.lesson.title)


def place_name(code: str | None) -> str:
    """What people call a place; empty where none is known."""
    if code is None:
        return ""
    if (found := commune(code)) is not None:
        return found.commune
    province = province_of(code)
    return province[1] if province is not None else ""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waits, as a number and its unit: minutes, hours, days."""

    count: int
    unit: str


def wait(since: datetime, now: datetime) -> Wait:
    """How long ago it was, in the unit in which people would say it."""
    passed = max(now - since, timedelta())
    if passed < timedelta(hours=1):
        return Wait(int(passed.total_seconds() // 60), "minutes")
    if passed < timedelta(days=2):
        return Wait(int(passed.total_seconds() // 3600), "hours")
    return Wait(passed.days, "days")
