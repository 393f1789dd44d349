"""The writer: groups, neighbours of a bad payload, and saying no before accepting."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import Connection, insert, select, text

from storage.database import Database, connect, reading
from storage.tables import ERASURE
from storage.writer import MARKS, MAX_WAITING, Overloaded, Stopped, Writer
from tests.conftest import NOW


class Note:
    """A job that writes its payload; "bad" ones fail, and `gate` holds a batch back."""

    def __init__(self, order: int = 0) -> None:
        self.order = order
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def run(self, connection: Connection, payloads: Sequence[str], now: datetime) -> list[str]:
        self.gate.wait(10)
        self.sizes.append(len(payloads))
        for payload in payloads:
            connection.execute(insert(ERASURE).values(account_id=1, address_digest=payload, erased_at=now))
        if "bad" in payloads:
            raise ValueError("bad")
        return [payload.upper() for payload in payloads]


def stored(database: Database) -> set[str]:
    with reading(database) as connection:
        return set(connection.scalars(select(ERASURE.c.address_digest)))


async def started(database: Database) -> Writer:
    writer = Writer(database, clock=lambda: NOW)
    writer.start()
    return writer


def test_everything_that_waits_is_committed_as_one_group(database: Database) -> None:
    async def run() -> tuple[list[str], list[int]]:
        writer, note = await started(database), Note()
        note.gate.clear()
        futures = [writer.submit(note, f"p{i}", can_wait=True) for i in range(50)]
        note.gate.set()
        results = await asyncio.gather(*futures)
        await writer.stop()
        return results, note.sizes

    results, sizes = asyncio.run(run())

    assert results == [f"P{i}" for i in range(50)]
    assert sum(sizes) == 50
    assert len(sizes) <= 3


def test_one_bad_payload_fails_alone(database: Database) -> None:
    async def run() -> list[object]:
        writer, note = await started(database), Note()
        note.gate.clear()
        futures = [writer.submit(note, name, can_wait=True) for name in ("a", "bad", "b")]
        note.gate.set()
        results = await asyncio.gather(*futures, return_exceptions=True)
        await writer.stop()
        return list(results)

    results = asyncio.run(run())

    assert results[0] == "A"
    assert isinstance(results[1], ValueError)
    assert results[2] == "B"
    assert stored(database) == {"a", "b"}


def test_too_much_is_refused_before_it_is_accepted(database: Database) -> None:
    async def run() -> int:
        writer, note = await started(database), Note()
        note.gate.clear()
        accepted = [writer.submit(note, f"p{i}", can_wait=True) for i in range(MAX_WAITING + 100)]
        with pytest.raises(Overloaded):
            writer.submit(note, "one too many", can_wait=False)
        note.gate.set()
        await asyncio.gather(*accepted)
        await writer.stop()
        return len(accepted)

    assert asyncio.run(run()) == len(stored(database))


def test_stopping_finishes_what_was_accepted_and_takes_nothing_more(database: Database) -> None:
    async def run() -> str:
        writer, note = await started(database), Note()
        note.gate.clear()
        future = writer.submit(note, "last", can_wait=True)
        note.gate.set()
        await writer.stop()
        with pytest.raises(Stopped):
            writer.submit(note, "late", can_wait=True)
        result: str = await future
        return result

    assert asyncio.run(run()) == "LAST"
    assert stored(database) == {"last"}


def test_claims_run_behind_the_events_of_their_batch(database: Database) -> None:
    ran: list[int] = []

    class Spy(Note):
        def run(self, connection: Connection, payloads: Sequence[str], now: datetime) -> list[str]:
            ran.append(self.order)
            return super().run(connection, payloads, now)

    async def run() -> None:
        writer = await started(database)
        blocker, claim, event = Note(), Spy(20), Spy(0)
        blocker.gate.clear()
        futures = [
            writer.submit(blocker, "x", can_wait=True),
            writer.submit(claim, "claim", can_wait=True),
            writer.submit(event, "event", can_wait=True),
        ]
        blocker.gate.set()
        await asyncio.gather(*futures)
        await writer.stop()

    asyncio.run(run())

    assert ran == [0, 20]


def test_a_locked_database_is_reported_and_the_writer_lives_on(database: Database) -> None:
    other = connect(database.url)
    with other.reading.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout=0"))

    async def run() -> str:
        writer, note = await started(database), Note()
        with database.writing.connect() as mine:
            mine.execute(text("PRAGMA busy_timeout=0"))
        holder = other.writing.connect()
        holder.begin()
        refused = writer.submit(note, "while locked", can_wait=True)
        with pytest.raises(Exception, match="locked"):
            await refused
        holder.close()
        result: str = await writer.submit(note, "later", can_wait=True)
        await writer.stop()
        return result

    assert asyncio.run(run()) == "LATER"
    assert stored(database) == {"later"}
    other.close()


def test_marks_do_not_queue_behind_a_backlog_of_events(database: Database) -> None:
    ran: list[str] = []

    class Spy(Note):
        def run(self, connection: Connection, payloads: Sequence[str], now: datetime) -> list[str]:
            ran.extend(payloads)
            return super().run(connection, payloads, now)

    async def run() -> None:
        writer, event, mark = await started(database), Spy(0), Spy(MARKS)
        event.gate.clear()
        futures = [writer.submit(event, f"e{i}", can_wait=True) for i in range(300)]
        futures.append(writer.submit(mark, "sent", can_wait=True))
        event.gate.set()
        await asyncio.gather(*futures)
        await writer.stop()

    asyncio.run(run())

    assert ran.index("sent") < 200
