"""The round that keeps the numbers of the staff pages fresh: new events are folded, people of places counted anew.

Each chunk is a transaction of its own, and between two of them whatever else waits for the writer goes first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from admin.indicators import province_of
from storage import counting
from storage.database import Database, reading, transaction

EVERY = timedelta(seconds=60)
PLACES_EVERY = timedelta(minutes=10)
#: Between two chunks, in seconds: after an upgrade there may be hundreds.
BREATH = 0.05


class Counting:
    """`change` runs work in a transaction of the writer."""

    def __init__(
        self,
        database: Database,
        *,
        change: Callable[[Callable[[Connection, datetime], Any]], Awaitable[Any]],
        clock: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._change = change
        self._clock = clock
        self._zone = zone

    async def round(self) -> None:
        """Count what is new."""
        is_more = True
        while is_more:
            is_more = await self._change(self._fold)
            await asyncio.sleep(BREATH)
        now = self._clock()
        rows = await asyncio.to_thread(self._people, now)
        if rows is not None:
            await self._change(lambda connection, _: counting.replace_places(connection, rows, read_at=now))

    def _fold(self, connection: Connection, now: datetime) -> bool:
        return counting.fold_steps(connection, now=now, zone=self._zone, province_of=province_of)

    def _people(self, now: datetime) -> list[dict[str, Any]] | None:
        """The rows of places; None while those that are there are fresh."""
        with reading(self._database) as connection:
            counted = counting.counted_at(connection, counting.PLACES)
            if counted is not None and now - counted < PLACES_EVERY:
                return None
            return counting.people_by_place(connection, province_of=province_of)


def count_everything(database: Database, *, now: datetime, zone: ZoneInfo) -> None:
    """Count up to now, for a report of a server that is not running; beside one that is, nothing is counted twice."""
    is_more = True
    while is_more:
        with transaction(database) as connection:
            is_more = counting.fold_steps(connection, now=now, zone=zone, province_of=province_of)
    with reading(database) as connection:
        rows = counting.people_by_place(connection, province_of=province_of)
    with transaction(database) as connection:
        counting.replace_places(connection, rows, read_at=now)
