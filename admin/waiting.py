"""The page of who waits for a person: since when, at which step, and who is answering him.

Live without a reload: its list asks for itself again and again, and is answered with nothing while nothing changed.
Nobody is named: a resident is a number.
"""

import hashlib
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin import conversation
from admin.desk import Desk
from admin.gate import ADDRESS, Asked
from admin.people import book_of, may_see, place_name, spot, state_of, wait
from admin.roles import HELPERS
from admin.views import moment, page
from lessons.schema import Book
from storage import handoffs

WAITING = f"{ADDRESS}/waiting"

#: So many of those who wait longest are looked through for those of a member's places.
LOOKED_THROUGH = 1000
SHOWN = 100
SHOWN_CLOSED = 20
#: Who waited so long without an answer is marked.
LONG = timedelta(minutes=30)


def routes(at: Desk) -> list[BaseRoute]:
    """The list, its part that is asked for again and again, and one conversation in hand."""
    return [
        at.gate.route(WAITING, partial(_listed, at), roles=HELPERS),
        at.gate.route(f"{WAITING}/list", partial(_list, at), roles=HELPERS),
        *conversation.routes(at),
    ]


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    values = await at.gate.read(lambda connection: _look(at, connection, asked))
    return page(request, "waiting.html", asked, done=request.query_params.get("done", ""), **values)


async def _list(at: Desk, request: Request, asked: Asked) -> Response:
    values = await at.gate.read(lambda connection: _look(at, connection, asked))
    if request.query_params.get("have") == values["digest"]:
        return Response(status_code=204)
    return page(request, "waiting_list.html", asked, **values)


def _look(at: Desk, connection: Connection, asked: Asked) -> dict[str, Any]:
    book = book_of(at)
    rows = [row for row in handoffs.waiting(connection, limit=LOOKED_THROUGH) if may_see(asked, row.place)]
    today = datetime.combine(asked.now.astimezone(at.zone).date(), time(0), at.zone)
    closed = [row for row in handoffs.closed_since(connection, today) if may_see(asked, row.place)]
    values = {
        "cards": [_card(at, row, book, asked) for row in rows[:SHOWN]],
        "more": max(0, len(rows) - SHOWN),
        "closed": [_closed(at, row) for row in closed[:SHOWN_CLOSED]],
        "unclaimed": sum(row.state == "waiting" and row.claimed_by is None for row in rows),
    }
    return values | {"digest": hashlib.sha256(repr(values).encode()).hexdigest()[:16]}


def _card(at: Desk, row: Row[Any], book: Book | None, asked: Asked) -> dict[str, Any]:
    state = state_of(row.learner)
    return {
        "person": row.person_id,
        "reason": row.reason,
        "is_urgent": row.is_urgent,
        "is_long": row.state == "waiting" and asked.now - row.opened_at > LONG,
        "state": row.state,
        "wait": wait(row.opened_at, asked.now),
        "since": moment(row.opened_at, at.zone),
        "spot": spot(book, row.lesson, row.step, state=state),
        "place": place_name(row.place),
        "phone": state.memory.get("phone_os", ""),
        "channel": row.channel,
        "by": row.claimed_name or "",
        "is_mine": row.claimed_by == asked.member.id,
        "returns": f"{row.returns_at.astimezone(at.zone):%H:%M}" if row.returns_at else "",
    }


def _closed(at: Desk, row: Row[Any]) -> dict[str, Any]:
    return {
        "person": row.person_id,
        "reason": row.reason,
        "by": row.claimed_name or "",
        "when": f"{row.closed_at.astimezone(at.zone):%H:%M}",
        "was_answered": row.claimed_by is not None,
    }
