"""The pages on which a member sees all bulletins, begins a new one, and drops a draft.

Knows no channel. The forecast is fetched outside of any transaction; without one its parts stay empty.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import BULLETINS, Desk, id_of, note, read, to
from admin.gate import Asked
from admin.roles import BULLETIN_READERS, BULLETIN_WRITERS, covers
from admin.views import moment, page
from bulletins import chat, desk
from bulletins.content import Content
from bulletins.preparing import Prepared, Unplaced, Wish, place_named, prepare
from storage import bulletin_questions, bulletins, schedules

#: So many of the newest are looked through for those of a member's places.
LOOKED_THROUGH = 300
SHOWN = 30


def routes(at: Desk) -> list[BaseRoute]:
    """List, new, drop."""
    route = at.gate.route
    return [
        route(BULLETINS, partial(_listed, at), roles=BULLETIN_READERS),
        route(f"{BULLETINS}/new", partial(_new, at), roles=BULLETIN_WRITERS, methods=("GET", "POST")),
        route(BULLETINS + "/{bulletin:int}/drop", partial(_drop, at), roles=BULLETIN_WRITERS, methods=("POST",)),
    ]


# The list -------------------------------------------------------------------------------------------------


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    def look(connection: Connection) -> dict[str, Any]:
        scope = asked.member.scope
        rows = [row for row in bulletins.listed(connection, limit=LOOKED_THROUGH) if covers(scope, row.place)]
        return {
            "cards": [_card(at, row) for row in rows[:SHOWN]],
            "missed": [
                {
                    "id": run.schedule.id,
                    "place": run.schedule.place_name,
                    "slot": run.slot,
                    "when": moment(run.slot, at.zone),
                }
                for run in schedules.missed(connection)
                if covers(scope, run.schedule.place)
            ],
            "questions": bulletin_questions.open_by_bulletin(connection, [row.id for row in rows]),
        }

    values = await at.gate.read(look)
    return page(request, "bulletins.html", asked, done=request.query_params.get("done", ""), **values)


def _card(at: Desk, row: Any) -> dict[str, Any]:
    content = Content.model_validate_json(row.content)
    return {
        "id": row.id,
        "state": "dropped" if row.state == "withdrawn" and row.released_at is None else row.state,
        "says": chat.summary(content),
        "by": row.author,
        "planned": row.planned,
        "corrects": row.corrects,
        "corrected_by": row.corrected_by,
        "when": moment(row.released_at or row.created_at, at.zone),
    }


# A new one ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form of a new bulletin says, as it was typed."""

    place: str = ""
    crops: tuple[str, ...] = ()
    ask: str = ""
    salinity: str = ""
    by_hand: bool = False

    @classmethod
    def of(cls, form: FormData) -> "_Asked":
        crops = tuple(str(crop) for crop in form.getlist("crops"))
        # What was chosen among several places goes before what was typed.
        place = str(form.get("chosen") or form.get("place") or "").strip()
        ask, salinity = (str(form.get(name) or "").strip() for name in ("ask", "salinity"))
        return cls(place, crops, ask, salinity, "by_hand" in form)


async def _new(at: Desk, request: Request, asked: Asked) -> Response:
    if request.method == "GET":
        return await _form(at, request, asked, await _proposed(at, asked))
    said = _Asked.of(await request.form())
    try:
        place, place_name = place_named(said.place, near=asked.member.scope[0] if asked.member.scope else None)
    except Unplaced as error:
        return await _form(at, request, asked, said, problem="place", places=error.found)
    if not covers(asked.member.scope, place):
        return await _form(at, request, asked, said, problem="scope")
    known = {crop.id for crop in catalogue.crops} if (catalogue := at.catalogue()) else set()
    wish = Wish(
        place=place,
        place_name=place_name,
        crops=tuple(crop for crop in said.crops if crop in known),
        ask=said.ask,
        member=asked.member.name,
        salinity=said.salinity,
        by_hand=said.by_hand,
    )
    try:
        prepared = await asyncio.to_thread(
            prepare, wish, catalogue=catalogue, weather_url=at.weather_url, now=asked.now, zone=at.zone
        )
    except ValidationError:
        return await _form(at, request, asked, said, problem="long")
    number = await at.gate.change(lambda connection, now: _begin(connection, prepared, asked, now))
    notices = ".".join(prepared.notices)
    query = {name: value for name, value in (("trouble", prepared.trouble), ("notices", notices)) if value}
    return to(number, "text", **query)


def _begin(connection: Connection, prepared: Prepared, asked: Asked, now: datetime) -> int:
    member = asked.member
    number = desk.begin(connection, prepared.content, by=member.name, by_id=member.id, now=now, seen_within_days=None)
    note(connection, asked, "bulletin_drafted", number, now)
    return number


async def _proposed(at: Desk, asked: Asked) -> _Asked:
    """The form as it was filled the last time for the same places: the place and whom to ask rarely change."""

    def look(connection: Connection) -> _Asked:
        for row in bulletins.listed(connection, limit=LOOKED_THROUGH):
            if row.author_id == asked.member.id and covers(asked.member.scope, row.place):
                content = Content.model_validate_json(row.content)
                return _Asked(content.place_name, content.crops, content.ask)
        return _Asked(place_named(_only_place(asked))[1] if _only_place(asked) else "")

    return await at.gate.read(look)


def _only_place(asked: Asked) -> str:
    return asked.member.scope[0] if len(asked.member.scope) == 1 else ""


async def _form(
    at: Desk,
    request: Request,
    asked: Asked,
    said: _Asked,
    *,
    problem: str = "",
    places: tuple[tuple[str, str], ...] = (),
) -> Response:
    catalogue = at.catalogue()
    offered = [(code, name) for code, name in places if covers(asked.member.scope, code)]
    return page(
        request,
        "bulletin_new.html",
        asked,
        status=422 if problem else 200,
        said=said,
        problem=problem,
        places=offered,
        crops=[(crop.id, crop.label) for crop in catalogue.crops] if catalogue else [],
    )


# Dropping a draft -----------------------------------------------------------------------------------------


async def _drop(at: Desk, request: Request, asked: Asked) -> Response:
    def drop(connection: Connection, now: datetime) -> None:
        read(connection, id_of(request), asked)
        desk.drop(connection, id_of(request), now=now)
        note(connection, asked, "bulletin_dropped", id_of(request), now)

    await at.gate.change(drop)
    return RedirectResponse(f"{BULLETINS}?done=dropped", 303)
