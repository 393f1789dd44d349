"""The page on which a bulletin is planned, approved and let go: whom it reaches, at what price, and in how long.

Nothing is sent to more people than the member has read: when their number grew meanwhile, the new plan is shown.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin.desk import BULLETINS, Desk, InHand, id_of, in_hand, note, read, to
from admin.gate import Asked
from admin.roles import BULLETIN_APPROVERS, BULLETIN_READERS, BULLETIN_WRITERS
from admin.views import is_fragment, page
from bulletins import desk, release
from bulletins.drafting import DraftError, is_settled
from bulletins.quiet import is_quiet
from bulletins.release import Plan, ReleaseError
from storage import bulletins
from storage.subscriptions import joined, parted

#: Who was last heard from within so many days; 0: everybody.
SEEN_WITHIN = (0, 7, 30, 90)
LONGEST_REASON = 300


def routes(at: Desk) -> list[BaseRoute]:
    """The plan, its audience, the approval, the release."""
    route, address = at.gate.route, BULLETINS + "/{bulletin:int}"
    return [
        route(f"{address}/send", partial(_send, at), roles=BULLETIN_READERS, methods=("GET",)),
        route(f"{address}/audience", partial(_audience, at), roles=BULLETIN_WRITERS, methods=("POST",)),
        route(f"{address}/approve", partial(_approve, at), roles=BULLETIN_APPROVERS, methods=("POST",)),
        route(f"{address}/release", partial(_release, at), roles=BULLETIN_WRITERS, methods=("POST",)),
    ]


async def _send(at: Desk, request: Request, asked: Asked) -> Response:
    found = await in_hand(at, request, asked)
    if not found.is_draft:
        return to(found.row.id)
    return await _shown(at, request, asked, problem=request.query_params.get("problem", ""))


async def _shown(at: Desk, request: Request, asked: Asked, *, problem: str = "") -> Response:
    """The page, or its plan alone where that is asked for."""

    def look(connection: Connection) -> tuple[InHand, Plan]:
        found = read(connection, id_of(request), asked)
        return found, desk.plan(connection, found.row, found.content, at.lines(connection), now=asked.now)

    found, planned = await at.gate.read(look)
    catalogue = at.catalogue()
    return page(
        request,
        "plan.html" if is_fragment(request) else "bulletin_send.html",
        asked,
        status=409 if problem else 200,
        id=found.row.id,
        row=found.row,
        place=found.content.place_name,
        plan=planned,
        minutes=round(planned.duration.total_seconds() / 60) if planned.duration else 0,
        crops=[(crop.id, crop.label) for crop in catalogue.crops] if catalogue else [],
        chosen=parted(found.row.crops),
        seen_within=SEEN_WITHIN,
        is_settled=is_settled(found.content),
        is_quiet=is_quiet(asked.now, at.zone),
        is_own=_is_own(found.row, asked),
        may_approve=bool(asked.member.roles & BULLETIN_APPROVERS),
        may_send=bool(asked.member.roles & BULLETIN_WRITERS),
        problem=problem,
    )


def _is_own(row: Any, asked: Asked) -> bool:
    return bool(row.author_id == asked.member.id) if row.author_id is not None else row.author == asked.member.name


async def _audience(at: Desk, request: Request, asked: Asked) -> Response:
    form = await request.form()
    days = str(form.get("seen_within", "0"))
    named = tuple(str(crop) for crop in form.getlist("crops"))
    seen_within = int(days) if days.isdecimal() and int(days) in SEEN_WITHIN else 0

    def change(connection: Connection, now: datetime) -> None:
        found = read(connection, id_of(request), asked)
        # A correction goes to who got the wrong one: its form asks for no crops, and they stay what they were.
        crops = named if found.row.corrects is None else found.content.crops
        desk.keep(connection, id_of(request), found.content.model_copy(update={"crops": crops}))
        columns = {"seen_within_days": seen_within or None, "may_bill": "may_bill" in form, "crops": joined(crops)}
        columns["urgent_reason"] = " ".join(str(form.get("reason", "")).split())[:LONGEST_REASON]
        bulletins.change(connection, id_of(request), only_in=("draft",), **columns)
        note(connection, asked, "audience_changed", id_of(request), now)

    try:
        await at.gate.change(change)
    except ReleaseError as error:
        return to(id_of(request), problem=error.code)
    if is_fragment(request):
        return await _shown(at, request, asked)
    return to(id_of(request), "send")


async def _approve(at: Desk, request: Request, asked: Asked) -> Response:
    def approve(connection: Connection, now: datetime) -> None:
        read(connection, id_of(request), asked)
        release.approve(connection, id_of(request), by=asked.member.name, by_id=asked.member.id)
        note(connection, asked, "bulletin_approved", id_of(request), now)

    try:
        await at.gate.change(approve)
    except ReleaseError as error:
        return to(id_of(request), "send", problem=error.code)
    return to(id_of(request), "send")


async def _release(at: Desk, request: Request, asked: Asked) -> Response:
    seen = str((await request.form()).get("people", ""))
    found = await in_hand(at, request, asked)
    try:
        made = await asyncio.to_thread(desk.drawn, found.content, found.row.id)
    except (DraftError, ReleaseError) as error:
        return await _shown(at, request, asked, problem=error.code)

    def send(connection: Connection, now: datetime) -> None:
        read(connection, id_of(request), asked)
        planned = desk.send(connection, id_of(request), made, at.lines(connection), now=now)
        if not seen.isdecimal() or planned.reached > int(seen):
            raise ReleaseError("plan_changed")  # takes back what this transaction has done
        note(connection, asked, "bulletin_sent", id_of(request), now, f"{planned.reached} people")

    try:
        await at.gate.change(send)
    except ReleaseError as error:
        return await _shown(at, request, asked, problem=error.code)
    return to(id_of(request))
