"""A lesson played on nothing that is stored: the published book with the lesson as it is being written.

Pure: a state in, a state out. Knows no page, no channel and no database; the clock is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import learning
from bot.effects import Effect, Say
from bot.engine import step
from bot.events import ButtonPressed, Event, TimerRang
from bot.messages import Message
from bot.state import Scene, Standing, State, from_json
from bot.understanding import read_like
from bot.walking import carried
from lessons.findings import LessonError
from lessons.loader import parse_lesson
from lessons.schema import Book, Course, Edition
from lessons.yaml_tree import read

#: What steps remember the phone's system by.
PHONE = "phone_os"

#: Times of a state are no further from the clock than this: what is reckoned with them stays a date.
REACH = timedelta(days=1_000)
_RINGS = 10  # more timers than this never wait for one resident


@dataclass(frozen=True, eq=False)
class Stage:
    """The book in which the lesson is `edition`, and the line of each of its steps, from 1."""

    book: Book
    edition: Edition
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message and when it comes; `is_reminder`: nobody asked for it just then."""

    message: Message
    at: datetime
    is_reminder: bool


@dataclass(frozen=True, slots=True)
class Played:
    """What became of something that happened: the state, what was said, and what else was asked for."""

    state: State
    spoken: tuple[Spoken, ...]
    effects: tuple[Effect, ...]


class BadState(ValueError):
    """Not a state of ours."""


def staged(published: Book, text: str, *, file: str) -> Stage:
    """The book with this text as its lesson. Raises LessonError with what is wrong when it cannot be read.

    What is asked for in words is what residents ask for now: `asked_as` and a new title are learnt by a publish.
    """
    edition, found = parse_lesson(text, file=file)
    if edition is None:
        raise LessonError(found)
    lesson = edition.lesson
    courses = tuple(
        _with_lesson(course, lesson.id) if course.id == lesson.course else course for course in published.courses
    )
    book = replace(published, courses=courses, current={**published.current, lesson.id: edition})
    read_like(book, published)
    tree = read(text)
    lines: dict[str, int] = {}
    for nth, one in enumerate(lesson.steps):
        lines.setdefault(one.id, tree.where(("steps", nth))[0])
    return Stage(book, edition, lines)


def _with_lesson(course: Course, lesson: str) -> Course:
    return course if lesson in course.lessons else replace(course, lessons=(*course.lessons, lesson))


def opened(stage: Stage, *, place: str | None, phone: str | None, now: datetime) -> Played:
    """Somebody known to us, of this place and with this phone, who has just asked for the lesson."""
    state = State(
        consent="given",
        scene=Scene.WHICH,  # its first answer opens the lesson, as if two readings had been close
        readings=(f"lesson:{stage.edition.lesson.id}",),
        place=place,
        memory={PHONE: phone} if phone else {},
        last_seen=now,
    )
    return _turn(stage, Played(state, (), ()), ButtonPressed("0.1"), now)


def played(stage: Stage, state: State, event: Event | None, *, now: datetime) -> Played:
    """What is due until now, each at its time, and then the event; None: only time has passed."""
    so_far = Played(_in_this_text(stage, state), (), ())
    for _ in range(_RINGS):
        due = so_far.state.remind_at
        if due is None or due > now:
            break
        so_far = _turn(stage, so_far, TimerRang(learning.REMINDER), due)
    return so_far if event is None else _turn(stage, so_far, event, now)


def state_of(text: str, *, now: datetime) -> State:
    """The state that a browser gave back. Raises BadState on anything that we cannot have given to it."""
    try:
        state = from_json(text)
    except ValueError as error:
        raise BadState from error
    times = [when for when in (state.last_seen, state.remind_at) if when is not None]
    if any(when.tzinfo is None or abs(when - now) > REACH for when in times):
        raise BadState
    return state


def _turn(stage: Stage, before: Played, event: Event, at: datetime) -> Played:
    turn = step(stage.book, before.state, event, at)
    says = [effect for effect in turn.effects if isinstance(effect, Say)]
    spoken = tuple(Spoken(one.message, at, one.is_reminder) for one in says)
    others = tuple(effect for effect in turn.effects if not isinstance(effect, Say))
    return Played(turn.state, before.spoken + spoken, before.effects + others)


def _in_this_text(stage: Stage, state: State) -> State:
    """The same place in the lesson as it is written now; where its step is gone, the bot says so as to residents."""

    def moved(standing: Standing) -> Standing:
        edition = stage.edition
        is_there = standing.lesson == edition.lesson.id and edition.lesson.position(standing.step) is not None
        is_new = standing.version != edition.version
        return carried(standing, None, edition) if is_there and is_new else standing

    standing = moved(state.standing) if state.standing is not None else None
    return state.model_copy(update={"standing": standing})
