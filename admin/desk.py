"""What the pages stand on: the gate, the clock's zone, the lines, the lessons, and one bulletin in hand.

Draws no page. A bulletin outside somebody's places is not there for him.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.gate import Asked, Gate, Missing
from admin.roles import covers
from bot.messages import Message
from bot.turn import Incoming, Taken
from bulletins import desk
from bulletins.content import Content
from bulletins.release import Lines, ReleaseError
from lessons.crops import Crops
from publishing import Files, Published
from storage import staff

BULLETINS = "/staff/bulletins"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A message as people of one channel see it: its texts in order, and the quick answers that are buttons there."""

    channel: str
    texts: Sequence[str]
    taps: Sequence[str]


@dataclass(frozen=True, slots=True)
class Platforms:
    """Where accounts that are added on a page are called: (API, OAuth) by channel. A page waits so long for one."""

    addresses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    patience_seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class Desk:
    """`catalogue` gives the crops that are published, `fitted` a message as each channel of ours shows it.

    `published` is what residents learn from now, None before the first publish; `files` where the editors' files are.
    `happen` lets something happen to a person, as a turn in the given transaction.
    """

    gate: Gate
    zone: ZoneInfo
    lines: Callable[[Connection], Lines]
    catalogue: Callable[[], Crops | None]
    fitted: Callable[[Connection, Message], Sequence[Fitted]]
    weather_url: str
    published: Callable[[], Published | None]
    files: Files
    happen: Callable[[Connection, Incoming, datetime], Taken]
    platforms: Platforms = Platforms()


@dataclass(frozen=True, slots=True)
class InHand:
    """A bulletin that was asked for: its row and what it says."""

    row: Row[Any]
    content: Content

    @property
    def is_draft(self) -> bool:
        return bool(self.row.state == "draft")


def id_of(request: Request) -> int:
    return int(request.path_params["bulletin"])


def read(connection: Connection, bulletin_id: int, asked: Asked) -> InHand:
    """Raises Missing when it is not there for this member."""
    try:
        row, content = desk.read(connection, bulletin_id)
    except ReleaseError as error:
        raise Missing from error
    if not covers(asked.member.scope, row.place):
        raise Missing
    return InHand(row, content)


async def in_hand(at: Desk, request: Request, asked: Asked) -> InHand:
    """The bulletin of the page's address. Raises Missing."""
    return await at.gate.read(lambda connection: read(connection, id_of(request), asked))


def to(bulletin_id: int, page: str = "", **query: str) -> Response:
    """Go on with another page of the bulletin: after a form, so that reloading sends nothing twice."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    address = "/".join(filter(None, (BULLETINS, str(bulletin_id), page)))
    return RedirectResponse(f"{address}?{asked}" if asked else address, 303)


def note(connection: Connection, asked: Asked, action: str, bulletin_id: int, now: datetime, detail: str = "") -> None:
    """Write down who did what to a bulletin."""
    staff.record(
        connection, staff_id=asked.member.id, action=action, subject=f"bulletin {bulletin_id}", detail=detail, now=now
    )


def digest(content: Content) -> str:
    """Of what the form of a draft changes: two members who edit one draft are told apart by it."""
    written = content.model_dump(mode="json", exclude={"suggestions"})
    return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]
