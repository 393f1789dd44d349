"""What the web chat reads of a visitor's conversation, and the mark that his page has it.

Knows no HTTP. Reads run in threads; the mark is the writer's. Payloads are handed on as they are stored.
"""

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import OperationalError

from bot.messages import message_of, to_json
from storage import fetched, inbox, people
from storage.database import Database, reading
from storage.writer import Writer, WriterError

HISTORY_BUBBLES = 50
ROWS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Said:
    """The newest of a conversation. `bubbles` are both sides by time, `last` is our newest number."""

    person_id: int | None = None
    last: int = 0
    unfetched: tuple[int, ...] = ()
    bubbles: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """How far a page has read: a row's number, and when it was written where that is known.

    After an erasure numbers may begin again at one: the time tells a row from a new one of its number.
    """

    number: int = 0
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """Rows that a page lacks, and its place behind them. `is_restart`: what it has was erased."""

    place: Place
    person_id: int | None = None
    rows: Sequence[Row[Any]] = ()
    is_restart: bool = False


@dataclass(frozen=True, slots=True)
class ChatRows:
    """The rows of one web chat account. Reads raise OperationalError while the database is locked or away."""

    database: Database
    writer: Writer
    account_id: int

    async def find(self, address: str) -> int | None:
        """The person at the address."""
        return await asyncio.to_thread(self._find, address)

    async def said(self, address: str) -> Said:
        """The newest HISTORY_BUBBLES of the conversation."""
        return await asyncio.to_thread(self._said, address)

    async def fresh(self, address: str, *, after: Place) -> Fresh:
        """At most ROWS_AT_ONCE rows behind the place, in order."""
        return await asyncio.to_thread(self._fresh, address, after)

    async def mark_fetched(self, person_id: int, numbers: Collection[int]) -> bool:
        """The page has these rows. False when that could not be written now: say it again later."""
        pairs = [(person_id, number) for number in numbers]
        try:
            await self.writer.submit(_MARK_FETCHED, pairs, can_wait=True)
        except (OperationalError, WriterError):
            return False
        return True

    def _find(self, address: str) -> int | None:
        with reading(self.database) as connection:
            return people.find(connection, self.account_id, address)

    def _said(self, address: str) -> Said:
        with reading(self.database) as connection:
            person_id = people.find(connection, self.account_id, address)
            if person_id is None:
                return Said()
            ours = fetched.newest(connection, person_id, limit=HISTORY_BUBBLES)
            theirs = inbox.said_since(connection, person_id, limit=HISTORY_BUBBLES)
        return Said(
            person_id,
            last=ours[-1].number if ours else 0,
            unfetched=tuple(row.number for row in ours if row.state == "waiting"),
            bubbles=_bubbles(ours, theirs),
        )

    def _fresh(self, address: str, after: Place) -> Fresh:
        with reading(self.database) as connection:
            person_id = people.find(connection, self.account_id, address)
            if person_id is None:
                return Fresh(after)
            if after.number <= 0:
                rows = fetched.after(connection, person_id, 0, limit=ROWS_AT_ONCE)
                return Fresh(_behind(rows, after), person_id, rows)
            # The row that the page has is asked for too: if it is gone, the conversation was erased.
            rows = fetched.after(connection, person_id, after.number - 1, limit=ROWS_AT_ONCE + 1)
            if rows and rows[0].number == after.number and after.written_at in (None, rows[0].created_at):
                return Fresh(_behind(rows, after), person_id, rows[1:])
            rows = fetched.after(connection, person_id, 0, limit=ROWS_AT_ONCE)
            return Fresh(_behind(rows, Place()), person_id, rows, is_restart=True)


def row_json(row: Row[Any]) -> str:
    """A row as the page reads it, in one line: its payload is JSON of one line already."""
    payload = row.payload if row.bulletin is None else to_json(message_of(row.payload, row.bulletin))
    return f'{{"number":{row.number},"at":"{_stamp(row.created_at)}","message":{payload}}}'


def _behind(rows: Sequence[Row[Any]], otherwise: Place) -> Place:
    return Place(rows[-1].number, rows[-1].created_at) if rows else otherwise


def _bubbles(ours: Sequence[Row[Any]], theirs: Sequence[Row[Any]]) -> tuple[dict[str, Any], ...]:
    """The newest of both; words stand before the answer of the same moment."""
    heard = [(row.received_at, _heard(row)) for row in theirs]
    told = [(row.created_at, {"from": "bot", **json.loads(row_json(row))}) for row in ours]
    merged = sorted([*heard, *told], key=lambda pair: pair[0])
    return tuple(bubble for _, bubble in merged[-HISTORY_BUBBLES:])


def _heard(row: Row[Any]) -> dict[str, Any]:
    said = {"picture": True} if row.kind == inbox.PICTURE else {"text": row.text}
    return {"from": "me", "key": row.key, **said, "at": _stamp(row.received_at)}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _MarkFetched:
    """The writer's job: pages have these (person, number) rows."""

    order = 10

    def run(
        self, connection: Connection, payloads: Sequence[Sequence[tuple[int, int]]], now: datetime
    ) -> Sequence[None]:
        fetched.mark_fetched(connection, [pair for pairs in payloads for pair in pairs], now)
        return [None] * len(payloads)


_MARK_FETCHED = _MarkFetched()
