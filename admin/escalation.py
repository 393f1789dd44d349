"""The round in which members are told, in their own chat, that somebody waits for a person and is nobody's yet.

Of the urgent at any hour, of others in working hours; first whoever helps in that place, then those who lead. Nobody
is told of one request more than twice, and one message a round tells a member of all of his. It has no words of
residents. The words are in escalation_words.yaml; the count of what was told and the message are one transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import Connection

from admin.people import place_name, wait
from admin.roles import HELPERS, covers
from bot.messages import Message, to_json
from storage import escalation, outbox
from storage.database import Database, reading
from storage.escalation import Reachable, Unclaimed
from storage.telling import tell

EVERY = timedelta(seconds=30)

#: Monday to Friday, by the local clock. What `gio_lam_viec` says of a commune is a text for residents.
WORKING_HOURS = ((time(7, 0), time(11, 30)), (time(13, 30), time(17, 0)))
WORKING_DAYS = range(5)

FIRST_AFTER = timedelta(minutes=15)
#: Those who lead are told when he waits for so long, and so long after the members were.
LEADERS_AFTER, BETWEEN = timedelta(minutes=60), timedelta(minutes=45)
URGENT_BETWEEN = timedelta(minutes=15)
#: Who claimed somebody so long ago and has not answered has forgotten him.
FORGOTTEN_AFTER = timedelta(minutes=60)
LEADING = frozenset({"leader", "operator"})

MOST_TOLD = 2
#: An older request is for whoever looks at the list.
OLDEST = timedelta(days=7)
#: Requests of one round, and those of them that a message names.
AT_ONCE, NAMED = 200, 5
#: What a closed chat held back for longer says nothing new.
VALID_FOR = timedelta(hours=2)


class Due(NamedTuple):
    """A request of which the team is to be told, and the chats of those whom it is for."""

    request: Unclaimed
    chats: tuple[int, ...]


class Escalation:
    """`change` runs work in a transaction of the writer; `public_url` may be empty: then no page is named."""

    def __init__(
        self,
        database: Database,
        *,
        change: Callable[[Callable[[Connection, datetime], int]], Awaitable[int]],
        clock: Callable[[], datetime],
        zone: ZoneInfo,
        public_url: str,
    ) -> None:
        self._database = database
        self._change = change
        self._clock = clock
        self._zone = zone
        self._public_url = public_url

    async def round(self) -> int:
        """How many messages it queued; the writer is not asked when there is nothing to tell."""
        if not await asyncio.to_thread(self._is_any_due, self._clock()):
            return 0
        return await self._change(
            lambda connection, now: escalate(connection, now=now, zone=self._zone, public_url=self._public_url)
        )

    def _is_any_due(self, now: datetime) -> bool:
        with reading(self._database) as connection:
            return bool(due(connection, now=now, zone=self._zone))


def escalate(connection: Connection, *, now: datetime, zone: ZoneInfo, public_url: str) -> int:
    """Queue the messages that are due; how many."""
    told: dict[int, _Told] = {}
    for request, chats in due(connection, now=now, zone=zone)[:AT_ONCE]:
        if not escalation.note_told(connection, request.person_id, request.opened_at, was=request.told, now=now):
            continue
        for chat in chats:
            told.setdefault(chat, _Told()).add(request)
    return sum(_tell(connection, chat, one, now=now, public_url=public_url) for chat, one in told.items())


def due(connection: Connection, *, now: datetime, zone: ZoneInfo) -> list[Due]:
    """Requests of which somebody is to be told now, the urgent first; without those of which nobody can be told."""
    rows = escalation.unclaimed(
        connection,
        opened_after=now - OLDEST,
        claimed_before=now - FORGOTTEN_AFTER,
        told_less_than=MOST_TOLD,
    )
    rows = [row for row in rows if is_due(row, now=now, is_working=is_working(now, zone))]
    team = escalation.reachable(connection) if rows else []
    by_place = {place: _helpers(team, place) for place in {row.place for row in rows}}
    found = []
    for row in rows:
        here = [one for one in by_place[row.place] if one.person_id != row.person_id]
        leading = [one for one in here if one.roles & LEADING]
        chats = tuple(one.person_id for one in (leading or here if row.told else here))
        if chats:
            found.append(Due(row, chats))
    return found


def is_due(request: Unclaimed, *, now: datetime, is_working: bool) -> bool:
    """Whether the team is to be told of a request, once or once more."""
    waits = now - request.opened_at
    since_told = now - request.told_at if request.told_at is not None else waits
    if request.is_urgent:
        return request.told == 0 or since_told >= URGENT_BETWEEN
    if not is_working:
        return False
    return waits >= FIRST_AFTER if request.told == 0 else waits >= LEADERS_AFTER and since_told >= BETWEEN


def is_working(now: datetime, zone: ZoneInfo) -> bool:
    """Whether members are at work at that moment, by the clock of the zone. Knows no holidays."""
    there = now.astimezone(zone)
    is_day = there.weekday() in WORKING_DAYS
    return is_day and any(begin <= there.time() < end for begin, end in WORKING_HOURS)


def _helpers(team: Sequence[Reachable], place: str | None) -> list[Reachable]:
    """Whose a resident of this place is to help; of whom no place is known, everybody's."""
    return [one for one in team if one.roles & HELPERS and (place is None or covers(one.scope, place))]


# The message ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Told:
    """What one member is told of in a round: a person once, as the most urgent of his requests."""

    requests: dict[int, Unclaimed] = field(default_factory=dict)

    def add(self, request: Unclaimed) -> None:
        self.requests.setdefault(request.person_id, request)


def _tell(connection: Connection, chat: int, told: _Told, *, now: datetime, public_url: str) -> bool:
    requests = list(told.requests.values())
    # A message that nobody asked for waits for a free hour of its chat; the urgent may cost what an answer costs.
    rank = outbox.STAFF if any(one.is_urgent for one in requests) else outbox.REMINDER
    payload = to_json(Message(_text(requests, now=now, public_url=public_url)))
    return tell(connection, chat, rank=rank, payload=payload, now=now, valid_for=VALID_FOR)


def _text(requests: Sequence[Unclaimed], *, now: datetime, public_url: str) -> str:
    words = _words()
    is_again = all(one.told for one in requests)
    head = "urgent" if requests[0].is_urgent else "again" if is_again else "first"
    lines = [words[head], *(_who(one, is_alone=len(requests) == 1, now=now) for one in requests[:NAMED])]
    if len(requests) > NAMED:
        lines.append(words["more"].format(count=len(requests) - NAMED))
    if public_url:
        one = f"/{requests[0].person_id}" if len(requests) == 1 else ""
        lines.append(words["page"].format(address=f"{public_url.rstrip('/')}/staff/waiting{one}"))
    return "\n".join(lines)


def _who(request: Unclaimed, *, is_alone: bool, now: datetime) -> str:
    words, waits = _words(), wait(request.opened_at, now)
    unit = "now" if waits.unit == "minutes" and waits.count == 0 else waits.unit
    said = {"person": request.person_id, "wait": words["wait"][unit].format(count=waits.count)}
    place = place_name(request.place)
    who: str = words["who"].format(place=place, **said) if place else words["who_somewhere"].format(**said)
    return words["who_urgent"].format(who=who) if request.is_urgent and not is_alone else who


@cache
def _words() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("escalation_words.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words
