"""What runs beside the door: timers ring, the erased are swept, old words dropped, new lessons taken up.

Each loop handles one round's failure and goes on; it ends when it is cancelled.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.events import TimerRang
from bot.turn import Incoming, Taken
from storage import bulletins, expiry, inbox, lessons, people, staff, timers, unmatched
from storage.database import Database, reading
from storage.writer import Writer, WriterError
from webhooks import jobs

TIMERS_EVERY = timedelta(seconds=1)
TIMERS_AT_ONCE = 200
SWEEP_EVERY = timedelta(seconds=30)
LESSONS_EVERY = timedelta(seconds=2)
BULLETINS_EVERY = timedelta(seconds=1)
SCHEDULES_EVERY = timedelta(seconds=10)
FORGET_EVERY = timedelta(hours=1)
#: What the first-contact notice promises (phrases.yaml, `notice`).
KEEP_TEXTS = timedelta(days=180)
#: Longer than a staff page lets somebody be idle.
KEEP_SESSIONS = timedelta(days=1)

log = structlog.get_logger()


async def every(period: timedelta, round_: Callable[[], Awaitable[None]], *, name: str) -> None:
    """Run the round again and again; a failed round is logged and the next one comes all the same."""
    while True:
        try:
            await round_()
        except (SQLAlchemyError, WriterError) as error:
            log.warning("round_failed", loop=name, error=type(error).__name__)
        await asyncio.sleep(period.total_seconds())


async def ring_timers(
    database: Database, take: Callable[[Incoming], Awaitable[Taken]], clock: Callable[[], datetime]
) -> None:
    """Every timer that is due becomes an event; its key lets it ring once, whoever else looks too."""

    def due() -> list[Incoming]:
        with reading(database) as connection:
            rows = timers.due(connection, clock(), limit=TIMERS_AT_ONCE)
        return [
            Incoming(row.account_id, row.address, f"timer:{row.name}:{row.due_at.isoformat()}", TimerRang(row.name))
            for row in rows
        ]

    for incoming in await asyncio.to_thread(due):
        await take(incoming)


class _Forget:
    """The writer's job that drops words which have been kept for as long as the notice says."""

    order = 30

    def run(self, connection: Connection, payloads: Sequence[None], now: datetime) -> list[int]:
        return [self._forget(connection, now) for _ in payloads]

    @staticmethod
    def _forget(connection: Connection, now: datetime) -> int:
        before = now - KEEP_TEXTS
        words = inbox.forget_pasted(connection, now - inbox.KEEP_PASTED)
        words += inbox.forget_texts(connection, before) + expiry.forget(connection, before)
        return words + unmatched.forget(connection, before)


class _Sweep:
    """The writer's job that deletes the erased whose receipt has left, and sessions that nobody goes on with."""

    order = 30

    def run(self, connection: Connection, payloads: Sequence[None], now: datetime) -> list[int]:
        return [self._sweep(connection, now) for _ in payloads]

    @staticmethod
    def _sweep(connection: Connection, now: datetime) -> int:
        return people.sweep_erased(connection, now) + staff.sweep_sessions(connection, seen_before=now - KEEP_SESSIONS)


_FORGET, _SWEEP = _Forget(), _Sweep()


async def forget(writer: Writer) -> None:
    await writer.submit(_FORGET, None, can_wait=True)


async def sweep(writer: Writer) -> None:
    await writer.submit(_SWEEP, None, can_wait=True)


_BULLETINS = jobs.Task(order=25)
#: What rounds of schedules change.
ROUNDS = jobs.Task(order=27)
#: What is counted for the numbers of the staff pages.
COUNTS = jobs.Task(order=28)
#: What members are told of residents who wait for a person.
ESCALATION = jobs.Task(order=29)


async def work_on_bulletins(database: Database, writer: Writer, step: Callable[[Connection, datetime], bool]) -> bool:
    """Step after step until there is nothing to do at once; whether there was anything on its way."""

    def is_any() -> bool:
        with reading(database) as connection:
            return bool(bulletins.under_way(connection))

    if not await asyncio.to_thread(is_any):
        return False
    while await writer.submit(_BULLETINS, step, can_wait=True):
        pass  # webhooks that came meanwhile stand in the same batch: they never wait for more than one step
    return True


async def take_up_lessons(database: Database, known: Callable[[], int | None], load: Callable[[], None]) -> None:
    """When something newer has been published than what is `known`, load it."""

    def newest() -> int | None:
        with reading(database) as connection:
            return lessons.newest_id(connection)

    if await asyncio.to_thread(newest) != known():
        await asyncio.to_thread(load)
