"""Who is woken and who is not; how many may listen; how often one may post."""

import asyncio
from datetime import timedelta

import pytest

from storage.database import Database
from storage.writer import Writer
from tests.conftest import NOW
from webhooks.chat_rows import ChatRows
from webhooks.guard import NAMES_REMEMBERED, Rate
from webhooks.streams import MOST_LISTENERS, Streams

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_only_those_meant_are_woken(database: Database) -> None:
    listening = Streams(database)
    first, second = listening.listen("a", 1), listening.listen("b", 2)
    assert first is not None
    assert second is not None

    listening.notify([1, 99])
    by_person = (first.wake.is_set(), second.wake.is_set())
    listening.notify_address("b")

    assert by_person == (True, False)
    assert second.wake.is_set()
    listening.close()


async def test_a_listener_follows_whom_he_became(database: Database) -> None:
    listening = Streams(database)
    listener = listening.listen("a", 1)
    assert listener is not None

    listening.follow(listener, 7)
    listening.notify([1])
    before = listener.wake.is_set()
    listening.notify([7])

    assert not before
    assert listener.wake.is_set()
    listening.close()


async def test_a_full_house_takes_nobody_more(database: Database) -> None:
    listening = Streams(database)
    inside = [listening.listen(str(number), number) for number in range(MOST_LISTENERS)]
    assert inside[-1] is not None

    outside = listening.listen("late", 0)
    listening.leave(inside[-1])
    next_one = listening.listen("later", 0)

    assert outside is None
    assert next_one is not None
    listening.close()


async def test_nothing_is_looked_for_when_nobody_listens(database: Database) -> None:
    before = asyncio.all_tasks()
    listening = Streams(database)
    listener = listening.listen("a", 1)
    assert listener is not None
    during = asyncio.all_tasks() - before

    listening.leave(listener)
    await asyncio.wait(during)

    assert len(during) == 1
    assert asyncio.all_tasks() == before
    assert len(listening) == 0


async def test_a_mark_that_cannot_be_written_is_said_again(database: Database) -> None:
    writer = Writer(database, clock=lambda: NOW)
    rows = ChatRows(database, writer, account_id=1)

    assert not await rows.mark_fetched(1, [1])
    writer.start()
    assert await rows.mark_fetched(1, [1])
    await writer.stop()
    assert not await rows.mark_fetched(1, [1])


def test_a_rate_refills_and_never_exceeds_a_minute() -> None:
    rate = Rate(3)

    at_once = [rate.allows("a", NOW) for _ in range(4)]
    soon = [rate.allows("a", NOW + timedelta(seconds=20)) for _ in range(2)]
    much_later = [rate.allows("a", NOW + timedelta(hours=5)) for _ in range(4)]

    assert at_once == [True, True, True, False]
    assert soon == [True, False]
    assert much_later == [True, True, True, False]


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    rate = Rate(2)

    assert rate.allows("a", NOW)
    assert rate.allows("a", NOW - timedelta(hours=1))


def test_names_are_forgotten_oldest_first() -> None:
    rate = Rate(1)
    for number in range(NAMES_REMEMBERED + 1):
        assert rate.allows(str(number), NOW)

    assert not rate.allows("1", NOW)
    assert rate.allows("0", NOW)
