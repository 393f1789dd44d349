"""The pages of numbers: how many learn in a place, how far they come in each lesson, and where they leave it.

Only counts are read here, never a person. What is hidden is decided in admin.indicators.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin import numbers_report
from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.indicators import NOBODY, REST, LessonNumbers, People, Share, learning, months_back, people, province_of
from admin.people import book_of, place_name
from admin.roles import EVERYWHERE, HELPERS, NUMBER_READERS, UNMATCHED_READERS, covers, places_within
from admin.small_counts import Cell, Shown, shown
from admin.views import moment, page
from bulletins.preparing import place_named
from lessons.schema import Book
from storage import numbers, staff
from storage.counting import PLACES, STEPS
from storage.radar import SILENT_FOR

ADDRESS = "/staff/numbers"

PERIODS = ("this_month", "last_month", "last_3_months", "this_year")
#: So many months back a report may be asked for.
REPORTED_MONTHS = 13

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes(at: Desk) -> list[BaseRoute]:
    """The numbers of a place, those of a lesson there, and the report."""
    route = at.gate.route
    return [
        route(ADDRESS, partial(_place, at), roles=NUMBER_READERS),
        route(ADDRESS + "/lesson/{lesson}", partial(_lesson, at), roles=NUMBER_READERS),
        route(f"{ADDRESS}/report.xlsx", partial(_report, at), roles=NUMBER_READERS),
    ]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Of which place and which months the numbers are asked for; `others` are places that may be asked for as well."""

    place: str
    place_name: str
    period: str
    months: Sequence[str]
    others: Sequence[tuple[str, str]]

    @property
    def query(self) -> str:
        return f"place={self.place}&period={self.period}"


def _wish(at: Desk, request: Request, asked: Asked) -> _Wish | None:
    """What the address asks for; None when the member has no place. Raises Missing for places that are not his."""
    scope = asked.member.scope
    own = EVERYWHERE if EVERYWHERE in scope else next(iter(scope), "")
    place = request.query_params.get("place", "") or own
    if not place:
        return None
    period = request.query_params.get("period", "")
    period = period if period in PERIODS else PERIODS[0]
    others = {code: _named(code) for code in (*scope, province_of(place) or place, place) if covers(scope, code)}
    return _Wish(
        place, _checked(place, asked), period, _months(period, asked.now.astimezone(at.zone)), [*others.items()]
    )


def _checked(place: str, asked: Asked) -> str:
    """The name of a place that the member may see. Raises Missing."""
    if not covers(asked.member.scope, place):
        raise Missing
    return _named(place)


def _named(place: str) -> str:
    """What a place is called. Raises Missing for a code that is none."""
    if place != EVERYWHERE and province_of(place) is None:
        raise Missing
    return place_named(place)[1]


def _months(period: str, there: datetime) -> list[str]:
    match period:
        case "last_month":
            return months_back(there, 2)[1:]
        case "last_3_months":
            return months_back(there, 3)
        case "this_year":
            return months_back(there, there.month)
        case _:
            return months_back(there, 1)


def _as_of(at: Desk, marks: dict[str, datetime]) -> dict[str, str]:
    """Up to when what is counted, in words; empty before the first time."""
    return {name: moment(marks[name], at.zone) if name in marks else "" for name in (STEPS, PLACES)}


# A place --------------------------------------------------------------------------------------------------


async def _place(at: Desk, request: Request, asked: Asked) -> Response:
    wish = _wish(at, request, asked)
    if wish is None:
        return page(request, "numbers.html", asked, wish=None)
    book = book_of(at)

    def look(connection: Connection) -> dict[str, Any]:
        everyone = people(connection)
        return {
            "people": everyone.get(wish.place, NOBODY),
            "parts": _parts(wish.place, everyone),
            "learning": learning(connection, wish.place, wish.months, book),
            "as_of": _as_of(at, numbers.marks(connection)),
        }

    values = await at.gate.read(look)
    found = values["people"]
    return page(
        request,
        "numbers.html",
        asked,
        wish=wish,
        periods=PERIODS,
        shares=(
            ("learners", Share(found.learners, found.residents)),
            ("finished", Share(found.finished, found.learners)),
            ("subscribers", Share(found.subscribers, found.residents)),
        ),
        bars=_bars(values["learning"].lessons),
        report_months=months_back(asked.now.astimezone(at.zone), REPORTED_MONTHS),
        helps=bool(asked.member.roles & HELPERS),
        reads_texts=bool(asked.member.roles & UNMATCHED_READERS),
        **values,
    )


def _parts(place: str, everyone: Mapping[str, People]) -> list[dict[str, Any]]:
    """The places right below this one in which there is anybody, by name; the rest of its people at the end."""
    if place != EVERYWHERE and province_of(place) != place:
        return []
    parent = province_of(place) or EVERYWHERE

    def is_below(code: str) -> bool:
        own = province_of(code)
        return own == code if parent == EVERYWHERE else own == parent and code != parent

    found = [{"code": code, "name": place_name(code), "people": everyone[code]} for code in everyone if is_below(code)]
    found.sort(key=lambda one: str(one["name"]))
    rest = everyone.get(parent + REST)
    return [*found, {"code": "", "name": "", "people": rest}] if rest is not None and rest != NOBODY else found


@dataclass(frozen=True, slots=True)
class _Bar:
    """Two widths in percent of the widest bar: all of it, and the part of it. Nothing is drawn of what is hidden."""

    whole: float
    part: float


def _bars(lessons: Sequence[LessonNumbers]) -> dict[str, _Bar]:
    most = max((one.finished.whole.count or 0 for one in lessons), default=0) or 1
    return {
        one.id: _Bar(
            round(100 * (one.finished.whole.count or 0) / most, 1),
            round(100 * min(one.finished.part.count or 0, one.finished.whole.count or 0) / most, 1),
        )
        for one in lessons
    }


# A lesson -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StepNumbers:
    """A step, and what happened there. `text` is empty where the lesson has it no more; `right` is of a quiz."""

    id: str
    kind: str
    text: str
    left: Shown
    silent: Shown
    stuck: Shown
    right: Share | None
    bar: _Bar


async def _lesson(at: Desk, request: Request, asked: Asked) -> Response:
    wish, lesson, book = _wish(at, request, asked), request.path_params["lesson"], book_of(at)
    if wish is None:
        raise Missing
    edition = book.current.get(lesson) if book is not None else None

    def look(connection: Connection) -> dict[str, Any]:
        steps = numbers.by_step(connection, wish.place, wish.months, lesson)
        if edition is None and not steps:
            raise Missing
        silent = numbers.standing_still(
            connection, lesson, places=places_within([wish.place]), silent_since=asked.now - SILENT_FOR
        )
        found = learning(connection, wish.place, wish.months, book)
        rights = {one.step: one.right for one in found.quizzes if one.lesson == lesson}
        return {
            "numbers": next((one for one in found.lessons if one.id == lesson), None),
            "steps": _steps(book, lesson, steps, silent, rights),
            "as_of": _as_of(at, numbers.marks(connection)),
        }

    values = await at.gate.read(look)
    title = edition.lesson.title if edition is not None else lesson
    return page(request, "numbers_lesson.html", asked, wish=wish, periods=PERIODS, title=title, lesson=lesson, **values)


def _steps(
    book: Book | None,
    lesson: str,
    counts: dict[str, dict[str, int]],
    silent: dict[str, int],
    rights: dict[str, Share],
) -> list[_StepNumbers]:
    """The steps of the lesson in their order, then those that it has no more and at which something happened."""
    edition = book.current.get(lesson) if book is not None else None
    known = {step.id: step for step in edition.lesson.steps} if edition is not None else {}
    old = sorted(({*counts, *silent} - {""}) - {*known})
    told = {
        step: (shown(Cell(counts.get(step, {}).get("lesson_left", 0))), shown(Cell(silent.get(step, 0))))
        for step in (*known, *old)
    }
    most = max(((left.count or 0) + (still.count or 0) for left, still in told.values()), default=0) or 1
    return [
        _StepNumbers(
            step,
            known[step].kind if step in known else "",
            " ".join(known[step].text.split()) if step in known else "",
            left,
            still,
            shown(Cell(counts.get(step, {}).get("stuck", 0))),
            rights.get(step),
            _Bar(
                round(100 * ((left.count or 0) + (still.count or 0)) / most, 1),
                round(100 * (left.count or 0) / most, 1),
            ),
        )
        for step, (left, still) in told.items()
    ]


# The report -----------------------------------------------------------------------------------------------


async def _report(at: Desk, request: Request, asked: Asked) -> Response:
    wish = _wish(at, request, asked)
    there = asked.now.astimezone(at.zone)
    month = request.query_params.get("month", "") or months_back(there, 1)[0]
    if wish is None or month not in months_back(there, REPORTED_MONTHS):
        raise Missing
    book = book_of(at)

    def look(connection: Connection) -> numbers_report.Report:
        return numbers_report.read(connection, place=wish.place, place_name=wish.place_name, month=month, book=book)

    report = await at.gate.read(look)
    content = await asyncio.to_thread(_drawn, report, there)

    def note(connection: Connection, now: datetime) -> None:
        staff.record(
            connection,
            staff_id=asked.member.id,
            action="exported",
            subject=f"numbers {wish.place}",
            detail=month,
            now=now,
        )

    await at.gate.change(note)
    name = f"muadam-{wish.place}-{month}.xlsx"
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _drawn(report: numbers_report.Report, there: datetime) -> bytes:
    from admin.numbers_workbook import workbook  # openpyxl: only here

    return workbook(report, made_on=there)
