"""The page of who may be stuck: ids and places only, with a way to help.

What somebody wrote is on the page of his conversation, and looking there is written down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import Asked
from admin.people import Spot, Wait, book_of, place_name, spot, wait
from admin.roles import HELPERS, places_within
from admin.views import page
from lessons.schema import Book
from storage import radar

ADDRESS = "/staff/radar"

#: Of each kind; the others are counted.
SHOWN = 50
WRONG_SINCE = timedelta(days=14)
#: Who has been silent for longer is not waited for any more.
SILENT_UNTIL = timedelta(days=30)


def routes(at: Desk) -> list[BaseRoute]:
    """One page."""
    return [at.gate.route(ADDRESS, partial(_radar, at), roles=HELPERS)]


@dataclass(frozen=True, slots=True)
class _Stuck:
    """Somebody who may be stuck: since when, and where. `reason` is why he asked; empty where he did not."""

    person: int
    place: str
    spot: Spot
    since: Wait
    times: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Those of one kind, the newest first, and how many there are beside them."""

    name: str
    people: Sequence[_Stuck]
    more: int


async def _radar(at: Desk, request: Request, asked: Asked) -> Response:
    book, now = book_of(at), asked.now
    places = places_within(asked.member.scope)

    def look(connection: Connection) -> list[_Kind]:
        silent_until = now - radar.SILENT_FOR
        found = (
            ("asked", radar.asked(connection, places=places, limit=SHOWN)),
            ("wrong", radar.wrong_again(connection, places=places, since=now - WRONG_SINCE, limit=SHOWN)),
            (
                "silent",
                radar.silent(connection, places=places, after=now - SILENT_UNTIL, until=silent_until, limit=SHOWN),
            ),
        )
        return [_kind(name, rows, book, asked) for name, rows in found]

    return page(request, "radar.html", asked, kinds=await at.gate.read(look))


def _kind(name: str, rows: Sequence[Row[Any]], book: Book | None, asked: Asked) -> _Kind:
    people = [
        _Stuck(
            person=row.person_id,
            place=place_name(row.place),
            spot=spot(book, row.lesson, row.step),
            since=wait(row.at, asked.now),
            times=getattr(row, "times", 0),
            reason=getattr(row, "reason", ""),
        )
        for row in rows
    ]
    return _Kind(name, people, rows[0].people - len(rows) if rows else 0)
