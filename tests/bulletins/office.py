"""An office with a schedule, for tests of rounds and reminders: its clock is told, its processes may die."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bulletins.rounds import Rounds
from lessons.crops import Crops
from storage import accounts, people, schedules, staff
from storage.bulletin_tables import BULLETIN
from storage.database import Database, reading, transaction
from storage.schedules import LEASE, MOST_ATTEMPTS
from storage.tables import OUTBOX, PERSON
from storage.team_tables import BULLETIN_SLOT, STAFF
from tests.conftest import HANOI, NOW
from tests.fakes.open_meteo import FakeOpenMeteo

COMMUNE = "31687"
DAILY = frozenset(range(7))
RUN = datetime(2026, 11, 23, 5, 30, tzinfo=HANOI)


class ProcessDiedError(Exception):
    """What a kill looks like from inside."""


class Office:
    """A database with a schedule for half past five, its member, a forecast service and a clock that is told."""

    def __init__(self, database: Database, service: FakeOpenMeteo, catalogue: Crops | None) -> None:
        self.database = database
        self.service = service
        self.catalogue = catalogue
        self.now = NOW
        with transaction(database) as connection:
            account = accounts.put(connection, channel="zalo-oa", external_id="oa")
            people.add(connection, account, ["sau"], now=NOW)
            self.person = people.find(connection, account, "sau") or 0
            self.member = staff.add(connection, login="sau", name="Chị Sáu", roles=["member"], scope=[COMMUNE], now=NOW)
            self.schedule = self.add(connection, days=DAILY)

    def add(self, connection: Connection, *, days: frozenset[int], place: str = COMMUNE, ask: str = "Anh Tư") -> int:
        return schedules.add(
            connection,
            place=place,
            place_name="Xã Tài Văn",
            days=days,
            minute=5 * 60 + 30,
            author="Chị Sáu",
            author_id=self.member,
            crops=("lua",),
            ask=ask,
            seen_within_days=30,
            now=self.now,
        )

    def at(self, time: str, *, day: int = 23) -> None:
        hour, minute = map(int, time.split(":"))
        self.now = datetime(2026, 11, day, hour, minute, tzinfo=HANOI)
        # The service has the forecast of the day on which it is asked.
        self.service.today = self.now.date()

    def process(self, name: str = "one", *, change: Callable[[Any], Awaitable[Any]] | None = None) -> Rounds:
        return Rounds(
            change=change or self.change,
            clock=lambda: self.now,
            catalogue=lambda: self.catalogue,
            weather_url=self.service.url,
            public_url="https://muadam.example/",
            zone=HANOI,
            name=name,
        )

    async def change(self, work: Callable[[Connection, datetime], Any]) -> Any:
        with transaction(self.database) as connection:
            return work(connection, self.now)

    def round(self, name: str = "one") -> int:
        return asyncio.run(self.process(name).run())

    def drafts(self) -> list[Any]:
        with reading(self.database) as connection:
            return list(connection.execute(select(BULLETIN).order_by(BULLETIN.c.id)))

    def runs(self) -> list[str]:
        """The states of the runs, in their order."""
        with reading(self.database) as connection:
            return list(connection.scalars(select(BULLETIN_SLOT.c.state).order_by(BULLETIN_SLOT.c.slot)))

    def answer(self, *, prepares: bool) -> bool:
        with transaction(self.database) as connection:
            [run] = schedules.missed(connection)
            return schedules.answer(connection, run.schedule.id, run.slot, prepares=prepares)

    def ties_chat(self, **columns: object) -> None:
        with transaction(self.database) as connection:
            connection.execute(update(STAFF).values(person_id=self.person))
            if columns:
                connection.execute(update(PERSON).values(**columns))

    def reminders(self) -> list[Any]:
        with reading(self.database) as connection:
            return list(connection.execute(select(OUTBOX).order_by(OUTBOX.c.number)))


def dies_at(office: Office, nth: int) -> Callable[[Any], Awaitable[Any]]:
    """Transactions of a process that is killed before its nth is committed."""
    done = 0

    async def change(work: Callable[[Connection, datetime], Any]) -> Any:
        nonlocal done
        done += 1
        with transaction(office.database) as connection:
            result = work(connection, office.now)
            if done == nth:
                raise ProcessDiedError
            return result

    return change


def die_again_and_again(office: Office) -> None:
    """Until the run is given up."""
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(ProcessDiedError):
            asyncio.run(office.process(change=dies_at(office, 2)).run())
        office.now += LEASE
    office.round()
