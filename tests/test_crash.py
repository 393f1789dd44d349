"""The real server, killed, stopped, locked out and out of space: nothing that it accepted is lost.

The same programs as benchmarks/crash.py, small enough for every run of the tests.
"""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks import crash, residents, serving
from benchmarks.crash import Ordeal
from benchmarks.evidence import Evidence
from benchmarks.load import Load, until
from benchmarks.residents import WEBHOOK_PATH, Exchange, Turn
from benchmarks.serving import Process
from benchmarks.town import SendApi, Town
from benchmarks.wire import Client, request
from lessons.schema import Book

LONG = 60.0
PROBE = request(WEBHOOK_PATH, {}, b"{}")


@pytest.fixture(scope="session")
def talks(book: Book) -> list[tuple[Exchange, ...]]:
    return residents.make_talks(book, seed=7, count=6)


@dataclass(slots=True)
class Scene:
    """A server that runs, and residents who write to it."""

    server: Process
    town: Town
    load: Load
    evidence: Evidence

    def post(self) -> tuple[Turn, "asyncio.Task[int]"]:
        """Somebody writes; the task gives the status of the one answer to that."""
        turn = self.town.next_turn(at=0.0)
        return turn, asyncio.create_task(self.load.client.post(turn.webhook, seconds=LONG))

    async def post_until_refused(self) -> "list[tuple[Turn, asyncio.Task[int]]]":
        """One after another writes, whatever became of those before, until one is answered 503."""
        begun: list[tuple[Turn, asyncio.Task[int]]] = []
        async with asyncio.timeout(LONG):
            while not any(task.done() and task.result() == 503 for _, task in begun):
                begun.append(self.post())
                await asyncio.wait([begun[-1][1]], timeout=0.1)
        return begun

    async def post_again(self, turns: list[Turn]) -> set[int]:
        """The same bytes once more; how they were answered."""
        return {await self.load.client.post(turn.webhook, seconds=LONG) for turn in turns}

    async def is_quiet(self) -> None:
        """Wait until nothing more can come."""
        await until(lambda: self.evidence.open_rows() == 0, seconds=LONG, what="the outbox is empty")

    async def is_answered_right(self) -> bool:
        """Did everybody get what he must get, once, in order, and stand where he must stand?"""
        await self.is_quiet()
        verdict = residents.judge_all(self.town.residents)
        return verdict.is_right and self.evidence.wrong_states(self.town.residents) == 0


@asynccontextmanager
async def scene(talks: list[tuple[Exchange, ...]], folder: Path) -> AsyncIterator[Scene]:
    town = Town(talks, people=50, seed=1)
    async with SendApi(town) as api:
        settings = serving.settings(folder, api_url=api.url)
        async with Process(serving.muadam(), folder=folder, environment=settings) as server:
            load = Load(town, Client(server.port, connections=16))
            yield Scene(server, town, load, Evidence(folder))
            load.client.close()


def test_kill_in_the_midst_of_turns_loses_nothing(talks: list[tuple[Exchange, ...]], tmp_path: Path) -> None:
    ordeal = Ordeal(turns=200, ends=1, rate=150, people=60)

    outcome = asyncio.run(crash.run(ordeal, talks, tmp_path))

    assert outcome.late == ""
    assert outcome.accepted >= 200
    assert (outcome.verdict.lost, outcome.verdict.out_of_order, outcome.verdict.wrong) == (0, 0, 0)
    assert outcome.wrong_states == 0
    assert outcome.load.forgeries[200] == 0
    # Doubled may be what was being sent at the kill, and nothing else: nobody can know whether it had arrived.
    assert outcome.beyond_in_flight == 0
    assert len(outcome.doubled) <= len(outcome.ends.in_flight)


def test_stop_in_the_midst_of_turns_loses_and_doubles_nothing(
    talks: list[tuple[Exchange, ...]], tmp_path: Path
) -> None:
    ordeal = Ordeal(turns=200, ends=1, by="sigterm", rate=150, people=60, latency_seconds=0.3)

    outcome = asyncio.run(crash.run(ordeal, talks, tmp_path))

    assert outcome.late == ""
    assert outcome.verdict.is_right
    assert outcome.wrong_states == 0
    assert outcome.ends.in_flight == []
    assert set(outcome.rows) == {"sent"}


def test_overload_is_refused_before_anything_is_accepted(talks: list[tuple[Exchange, ...]], tmp_path: Path) -> None:
    async def write_while_the_database_is_locked() -> None:
        async with scene(talks, tmp_path) as it:
            with closing(sqlite3.connect(tmp_path / "muadam.db", isolation_level=None)) as lock:
                lock.execute("BEGIN IMMEDIATE")
                begun = await it.post_until_refused()
                assert not any(task.done() and task.result() == 200 for _, task in begun)
                lock.execute("ROLLBACK")
            statuses = [await task for _, task in begun]
            refused = [turn for (turn, _), status in zip(begun, statuses, strict=True) if status == 503]

            assert set(statuses) == {200, 503}
            await it.is_quiet()
            assert all(turn.resident.received == [] for turn in refused)

            assert await it.post_again(refused) == {200}
            assert await it.is_answered_right()

    asyncio.run(write_while_the_database_is_locked())


def test_full_disk_is_refused_and_overcome(talks: list[tuple[Exchange, ...]], tmp_path: Path) -> None:
    async def write_without_room() -> None:
        async with scene(talks, tmp_path) as it:
            _, first = it.post()
            assert await first == 200
            await it.is_quiet()

            with no_file_longer_than(4096, of=it.server.pid):
                begun = await it.post_until_refused()
                assert await it.load.client.post(PROBE) == 200
            statuses = [await task for _, task in begun]
            assert set(statuses) == {503}

            assert await it.post_again([turn for turn, _ in begun]) == {200}
            assert await it.is_answered_right()

    asyncio.run(write_without_room())


@contextmanager
def no_file_longer_than(size: int, *, of: int) -> Iterator[None]:
    """What a full disk does, without one: writes of the process fail (Python ignores the signal)."""
    _, hard = resource.prlimit(of, resource.RLIMIT_FSIZE)
    resource.prlimit(of, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.prlimit(of, resource.RLIMIT_FSIZE, (hard, hard))
