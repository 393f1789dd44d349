"""What is told of the learning in a place: the numbers of the pages and of the report, small counts hidden.

The same numbers everywhere: what is hidden on one page is not told by another of the same place and months. Draws no
page. Counts of people are those of now, counts of what happened are of the months.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from admin.roles import EVERYWHERE
from admin.small_counts import Cell, Shown, column, percent, shown, tree
from lessons.schema import Book
from storage import numbers
from storage.counting import FIRST_RIGHT, FIRST_WRONG, SECONDS
from vietnamese import places

#: What is counted among what: nobody finishes who did not begin.
WHOLES: Mapping[str, tuple[str, ...]] = {
    "residents": (),
    "learners": ("residents",),
    "finished": ("learners", "residents"),
    "subscribers": ("residents",),
}
#: Behind the code of a place: those of its people who live in no part of it that is known.
REST = "*"


@dataclass(frozen=True, slots=True)
class People:
    """How many there are: who wrote to us, who began a lesson, finished one, wants bulletins."""

    residents: Shown
    learners: Shown
    finished: Shown
    subscribers: Shown


NOBODY = People(Shown(0), Shown(0), Shown(0), Shown(0))


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many: numerator and denominator as they may be seen."""

    part: Shown
    whole: Shown

    @property
    def percent(self) -> int | None:
        return percent(self.part, self.whole)


@dataclass(frozen=True, slots=True)
class LessonNumbers:
    """A lesson: how often it was begun and gone through, and minutes a round; None where too few began."""

    id: str
    course: str
    title: str
    finished: Share
    minutes: float | None


@dataclass(frozen=True, slots=True)
class QuizNumbers:
    """A question: who was right at the first try, of those who tried."""

    lesson: str
    step: str
    right: Share


@dataclass(frozen=True, slots=True)
class Learning:
    """What happened in the lessons in some months; the last two are sums of the others."""

    lessons: Sequence[LessonNumbers]
    quizzes: Sequence[QuizNumbers]
    finished: Share
    right: Share


def months_back(now: datetime, count: int) -> list[str]:
    """The local month of `now` (2026-11) and those before it, `count` in all, the newest first."""
    ordinal = now.year * 12 + now.month - 1
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in range(ordinal, ordinal - count, -1)]


def province_of(place: str) -> str | None:
    found = places.province_of(place)
    return found[0] if found is not None else None


# People ---------------------------------------------------------------------------------------------------


def people(connection: Connection) -> Mapping[str, People]:
    """Of every place in which there is anybody, and of `place + REST`; small counts hidden over all of them."""
    return _people(tuple(numbers.people_of_places(connection, WHOLES)))


@lru_cache(maxsize=2)  # they change every ten minutes, and there may be thousands
def _people(rows: tuple[tuple[Any, ...], ...]) -> Mapping[str, People]:
    counts = {place: dict(zip(WHOLES, of_place, strict=True)) for place, *of_place in rows}
    children = _children(counts)
    for parent, parts in children:
        inner = parts[:-1]
        counts[parent + REST] = {
            name: counts[parent][name] - sum(counts[one][name] for one in inner) for name in WHOLES
        }
    columns = {name: tree(_cells(counts, name), children) for name in WHOLES}
    return {place: People(*(columns[name][place] for name in WHOLES)) for place in counts}


def _children(counts: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Provinces with their communes, then the country with its provinces, each with its rest at the end."""
    communes: dict[str, list[str]] = {}
    provinces = []
    for place in counts:
        province = province_of(place)
        if province == place:
            provinces.append(place)
        elif province is not None:
            communes.setdefault(province, []).append(place)
    found = [(province, [*communes.get(province, ()), province + REST]) for province in provinces]
    return [*found, (EVERYWHERE, [*provinces, EVERYWHERE + REST])] if EVERYWHERE in counts else found


def _cells(counts: Mapping[str, Mapping[str, int]], name: str) -> dict[str, Cell]:
    return {
        place: Cell(of_place[name], tuple(of_place[whole] for whole in WHOLES[name]))
        for place, of_place in counts.items()
    }


# Learning -------------------------------------------------------------------------------------------------


def learning(connection: Connection, place: str, months: Sequence[str], book: Book | None) -> Learning:
    """What happened in lessons there: those that anybody began or finished, in the order of the courses."""
    kinds = ("lesson_started", "lesson_finished", SECONDS)
    found = numbers.by_lesson(connection, place, months, kinds)
    started = {lesson: counts.get("lesson_started", 0) for lesson, counts in found.items() if lesson}
    finished = {lesson: found[lesson].get("lesson_finished", 0) for lesson in started}
    all_started, all_finished = sum(started.values()), sum(finished.values())
    seen_started, sum_started = _summed({lesson: Cell(count) for lesson, count in started.items()}, Cell(all_started))
    seen_finished, sum_finished = _summed(
        {lesson: Cell(count, (started[lesson],)) for lesson, count in finished.items()},
        Cell(all_finished, (all_started,)),
    )
    quizzes, right = _quizzes(connection, place, months)
    rows = [
        LessonNumbers(
            lesson,
            *_named(book, lesson),
            Share(seen_finished[lesson], seen_started[lesson]),
            _minutes(found[lesson].get(SECONDS, 0), seen_started[lesson]),
        )
        for lesson in in_order(book, [one for one in started if started[one] or finished[one]])
    ]
    return Learning(rows, quizzes, Share(sum_finished, sum_started), right)


def _quizzes(connection: Connection, place: str, months: Sequence[str]) -> tuple[list[QuizNumbers], Share]:
    found = numbers.first_answers(connection, place, months)
    rights = {key: counts.get(FIRST_RIGHT, 0) for key, counts in found.items()}
    tries = {key: rights[key] + counts.get(FIRST_WRONG, 0) for key, counts in found.items()}
    all_right, all_tries = sum(rights.values()), sum(tries.values())
    seen_tries, sum_tries = _summed({key: Cell(count) for key, count in tries.items()}, Cell(all_tries))
    seen_right, sum_right = _summed(
        {key: Cell(count, (tries[key],)) for key, count in rights.items()}, Cell(all_right, (all_tries,))
    )
    quizzes = [QuizNumbers(*key, Share(seen_right[key], seen_tries[key])) for key in sorted(found)]
    return quizzes, Share(sum_right, sum_tries)


def _summed(cells: Mapping[Any, Cell], total: Cell) -> tuple[dict[Any, Shown], Shown]:
    seen, is_safe = column(cells)
    below = shown(total)
    return seen, below if is_safe or below.count is None else Shown(None, "other")


def in_order(book: Book | None, lessons: Sequence[str]) -> list[str]:
    """In the order of the courses; what is in none of them at the end."""
    listed = [lesson for course in book.courses for lesson in course.lessons] if book is not None else []
    order = {lesson: nth for nth, lesson in enumerate(listed)}
    return sorted(lessons, key=lambda lesson: (order.get(lesson, len(order)), lesson))


def _named(book: Book | None, lesson: str) -> tuple[str, str]:
    """The titles of its course and of the lesson; its id where the book has forgotten it."""
    edition = book.current.get(lesson) if book is not None else None
    if book is None or edition is None:
        return "", lesson
    course = book.course(edition.lesson.course)
    return course.title if course is not None else "", edition.lesson.title


def _minutes(seconds: int, rounds: Shown) -> float | None:
    return round(seconds / rounds.count / 60, 1) if rounds.count else None
