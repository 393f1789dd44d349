"""What the server does for schedules again and again: find runs that are due, prepare their drafts, remind.

The forecast is fetched between two transactions; a draft and the end of its run are one transaction, so that a process
that dies prepares a run again and never twice. Nothing is sent to residents from here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection

from bulletins import desk, schedule
from bulletins.preparing import Prepared, Wish, prepare
from bulletins.reminding import remind
from lessons.crops import Crops
from storage import schedules
from storage.schedules import Run

#: Runs that one process prepares at the same time: many communes have theirs at the same minute.
AT_ONCE = 4

Work = Callable[[Connection, datetime], Any]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rounds:
    """`change` runs work in a transaction and gives its result; `name` is this process's."""

    change: Callable[[Work], Awaitable[Any]]
    clock: Callable[[], datetime]
    catalogue: Callable[[], Crops | None]
    weather_url: str
    public_url: str
    zone: ZoneInfo
    name: str

    async def run(self) -> int:
        """One round; how many reminders it queued. Raises what the database raises."""
        while runs := await self.change(self._take):
            await asyncio.gather(*map(self._work_on, runs))
        told: int = await self.change(
            lambda connection, now: remind(connection, now=now, zone=self.zone, public_url=self.public_url)
        )
        return told

    def _take(self, connection: Connection, now: datetime) -> list[Run]:
        for one in schedules.listed(connection):
            due = schedule.runs_between(one.days, one.minute, zone=self.zone, after=one.since, until=now)
            schedules.open_runs(connection, one, schedule.states(due, now), now=now)
        for lost in schedules.give_up(connection, now=now, late_before=now - schedule.GRACE):
            log.warning("run_missed", schedule=lost.schedule_id, slot=lost.slot.isoformat())
        return schedules.claim(connection, by=self.name, now=now, limit=AT_ONCE)

    async def _work_on(self, run: Run) -> None:
        try:
            prepared = await asyncio.to_thread(self._prepare, run)
        except ValidationError:
            # What the schedule says does not fit into a bulletin: the lease runs out, then a member is asked.
            log.error("run_unfit", schedule=run.schedule.id, slot=run.slot.isoformat())  # noqa: TRY400 - holds words
            return
        await self.change(lambda connection, now: self._keep(connection, now, run, prepared))

    def _prepare(self, run: Run) -> Prepared:
        plan = run.schedule
        wish = Wish(plan.place, plan.place_name, crops=plan.crops, ask=plan.ask, member=plan.author)
        return prepare(wish, catalogue=self.catalogue(), weather_url=self.weather_url, now=self.clock(), zone=self.zone)

    def _keep(self, connection: Connection, now: datetime, run: Run, prepared: Prepared) -> None:
        """The draft, unless the run is another's by now. Without a forecast it waits for one while there is time."""
        later = now + schedule.RETRY_EVERY
        # The last try is the one behind which another might come too late.
        is_last = schedule.is_late(run.slot, later + schedule.RETRY_EVERY)
        if prepared.trouble == "no_forecast" and not run.was_asked_for and not is_last:
            schedules.put_off(connection, run, by=self.name, until=later)
            log.warning("run_put_off", schedule=run.schedule.id, error=prepared.failure)
            return
        if not schedules.holds(connection, run, by=self.name):
            return
        plan = run.schedule
        number = desk.begin(
            connection,
            prepared.content,
            by=plan.author,
            by_id=plan.author_id,
            now=now,
            seen_within_days=plan.seen_within_days,
        )
        schedules.finish(connection, run, number, by=self.name)
