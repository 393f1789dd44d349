"""The pages of schedules: for which places drafts are prepared, when, and what to do about a run that was missed."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import BULLETINS, Desk
from admin.gate import Asked, Missing
from admin.roles import BULLETIN_READERS, BULLETIN_WRITERS, covers
from admin.views import moment, page
from bulletins.preparing import Unplaced, place_named
from bulletins.schedule import next_runs
from storage import schedules, staff

ADDRESS = f"{BULLETINS}/schedules"
DEFAULT_TIME = "05:30"


def routes(at: Desk) -> list[BaseRoute]:
    """The list with its form, ending one, answering for a missed run."""
    route = at.gate.route
    return [
        route(ADDRESS, partial(_listed, at), roles=BULLETIN_READERS),
        route(f"{ADDRESS}/add", partial(_add, at), roles=BULLETIN_WRITERS, methods=("POST",)),
        route(ADDRESS + "/{schedule:int}/end", partial(_end, at), roles=BULLETIN_WRITERS, methods=("POST",)),
        route(ADDRESS + "/{schedule:int}/answer", partial(_answer, at), roles=BULLETIN_WRITERS, methods=("POST",)),
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form says, as it was typed."""

    place: str = ""
    days: tuple[int, ...] = ()
    time: str = DEFAULT_TIME
    crops: tuple[str, ...] = ()
    ask: str = ""

    @classmethod
    def of(cls, form: FormData) -> "_Asked":
        days = tuple(int(str(day)) for day in form.getlist("days") if str(day) in {"0", "1", "2", "3", "4", "5", "6"})
        crops = tuple(str(crop) for crop in form.getlist("crops"))
        place = str(form.get("chosen") or form.get("place") or "").strip()
        return cls(place, days, str(form.get("time", "")).strip(), crops, str(form.get("ask", "")).strip())

    def minute(self) -> int | None:
        """The minute of the day; None where it is no time."""
        try:
            told = time.fromisoformat(self.time)
        except ValueError:
            return None
        return told.hour * 60 + told.minute


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    return await _page(at, request, asked, _Asked())


async def _page(
    at: Desk,
    request: Request,
    asked: Asked,
    said: _Asked,
    *,
    problem: str = "",
    places: tuple[tuple[str, str], ...] = (),
) -> Response:
    catalogue = at.catalogue()
    labels = {crop.id: crop.label for crop in catalogue.crops} if catalogue else {}
    rows = await at.gate.read(schedules.listed)
    return page(
        request,
        "schedules.html",
        asked,
        status=422 if problem else 200,
        schedules=[_card(at, row, labels, asked) for row in rows if covers(asked.member.scope, row.place)],
        crops=list(labels.items()),
        said=said,
        problem=problem,
        places=[(code, name) for code, name in places if covers(asked.member.scope, code)],
        may_write=bool(asked.member.roles & BULLETIN_WRITERS),
        done=request.query_params.get("done", ""),
    )


def _card(at: Desk, schedule: Any, labels: dict[str, str], asked: Asked) -> dict[str, Any]:
    runs = next_runs(schedule.days, schedule.minute, zone=at.zone, after=asked.now)
    return {
        "id": schedule.id,
        "place": schedule.place_name,
        "days": sorted(schedule.days),
        "at": f"{schedule.minute // 60:02d}:{schedule.minute % 60:02d}",
        "crops": [labels.get(crop, crop) for crop in schedule.crops],
        "runs": [moment(run, at.zone) for run in runs],
        "author": schedule.author,
    }


async def _add(at: Desk, request: Request, asked: Asked) -> Response:
    said = _Asked.of(await request.form())
    try:
        place, place_name = place_named(said.place, near=asked.member.scope[0] if asked.member.scope else None)
    except Unplaced as error:
        return await _page(at, request, asked, said, problem="place", places=error.found)
    minute = said.minute()
    if not covers(asked.member.scope, place):
        return await _page(at, request, asked, said, problem="scope")
    if not said.days:
        return await _page(at, request, asked, said, problem="days")
    if minute is None:
        return await _page(at, request, asked, said, problem="time")
    known = {crop.id for crop in catalogue.crops} if (catalogue := at.catalogue()) else set()

    def add(connection: Connection, now: datetime) -> None:
        number = schedules.add(
            connection,
            place=place,
            place_name=place_name,
            crops=tuple(crop for crop in said.crops if crop in known),
            days=frozenset(said.days),
            minute=minute,
            ask=said.ask[:200],
            author=asked.member.name,
            author_id=asked.member.id,
            now=now,
        )
        _note(connection, asked, "schedule_added", number, now)

    await at.gate.change(add)
    return RedirectResponse(f"{ADDRESS}?done=added", 303)


async def _end(at: Desk, request: Request, asked: Asked) -> Response:
    def end(connection: Connection, now: datetime) -> None:
        number = _of_member(connection, request, asked)
        schedules.end(connection, number, now=now)
        _note(connection, asked, "schedule_ended", number, now)

    await at.gate.change(end)
    return RedirectResponse(f"{ADDRESS}?done=ended", 303)


async def _answer(at: Desk, request: Request, asked: Asked) -> Response:
    """What to do about a run that was missed."""
    form = await request.form()
    prepares = form.get("answer") == "prepare"
    try:
        slot = datetime.fromisoformat(str(form.get("slot", "")))
    except ValueError as error:
        raise Missing from error

    def answer(connection: Connection, now: datetime) -> None:
        number = _of_member(connection, request, asked)
        schedules.answer(connection, number, slot, prepares=prepares)
        _note(connection, asked, "missed_run_prepared" if prepares else "missed_run_skipped", number, now)

    await at.gate.change(answer)
    return RedirectResponse(f"{BULLETINS}?done={'preparing' if prepares else 'skipped'}", 303)


def _of_member(connection: Connection, request: Request, asked: Asked) -> int:
    """The schedule of the address. Raises Missing when it is not one of the member's places."""
    schedule = schedules.one(connection, int(request.path_params["schedule"]))
    if schedule is None or not covers(asked.member.scope, schedule.place):
        raise Missing
    return schedule.id


def _note(connection: Connection, asked: Asked, action: str, schedule_id: int, now: datetime) -> None:
    staff.record(connection, staff_id=asked.member.id, action=action, subject=f"schedule {schedule_id}", now=now)
