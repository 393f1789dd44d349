"""Rounds of the schedules: a draft in time and once, a question where it is too late."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection

from bulletins import desk, drafting
from bulletins.rounds import AT_ONCE
from lessons.schema import Book
from storage import schedules
from storage.database import Database, reading, transaction
from storage.schedules import LEASE, MOST_ATTEMPTS
from tests.bulletins.office import COMMUNE, DAILY, RUN, Office, ProcessDiedError, die_again_and_again, dies_at
from tests.conftest import HANOI
from tests.fakes.open_meteo import FakeOpenMeteo


@pytest.fixture
def office(database: Database, book: Book) -> Iterator[Office]:
    with FakeOpenMeteo() as service:
        yield Office(database, service, book.crops)


# In time --------------------------------------------------------------------------------------------------


def test_a_draft_is_prepared_at_its_time_and_sent_to_nobody(office: Office) -> None:
    office.at("05:29")
    office.round()
    before = office.drafts()
    office.at("05:30")

    office.round()
    office.round()

    [draft] = office.drafts()
    with reading(office.database) as connection:
        _, content = desk.read(connection, draft.id)
    assert before == []
    assert (draft.state, draft.place, draft.author, draft.author_id) == ("draft", COMMUNE, "Chị Sáu", office.member)
    assert (draft.crops, draft.seen_within_days, draft.created_at) == (",lua,", 30, RUN)
    assert (content.ask, bool(content.week), drafting.is_settled(content)) == ("Anh Tư", True, False)
    assert office.runs() == ["drafted"]
    assert office.reminders() == []


def test_every_run_has_a_draft_of_its_own(office: Office) -> None:
    for day in (23, 24, 25):
        office.at("05:31", day=day)
        office.round()

    assert [draft.created_at.astimezone(HANOI).day for draft in office.drafts()] == [23, 24, 25]


def test_a_new_schedule_looks_at_nothing_before_it(office: Office) -> None:
    office.at("06:00")
    with transaction(office.database) as connection:
        schedules.end(connection, office.schedule, now=office.now)
        office.add(connection, days=DAILY)

    office.round()

    assert office.runs() == []


def test_more_schedules_of_one_minute_than_are_prepared_at_once(office: Office) -> None:
    with transaction(office.database) as connection:
        for _ in range(6):
            office.add(connection, days=DAILY)
    office.at("05:30")
    claimed: list[int] = []

    async def counted(work: Callable[[Connection, datetime], Any]) -> Any:
        result = await office.change(work)
        claimed.extend([len(result)] if isinstance(result, list) else [])
        return result

    asyncio.run(office.process(change=counted).run())

    assert claimed == [AT_ONCE, 7 - AT_ONCE, 0]
    assert office.runs() == ["drafted"] * 7
    assert office.service.calls == 7


def test_two_processes_at_once_prepare_once(office: Office) -> None:
    office.at("05:30")
    begins = Barrier(2)

    def begin(name: str) -> None:
        begins.wait()
        office.round(name)

    with ThreadPoolExecutor(2) as both:
        list(both.map(begin, ("one", "two")))

    assert len(office.drafts()) == 1
    assert office.service.calls == 1


# Processes that die ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", [1, 2])
def test_a_process_that_dies_leaves_its_run_to_another_and_never_two_drafts(office: Office, nth: int) -> None:
    office.at("05:30")
    with pytest.raises(ProcessDiedError):
        asyncio.run(office.process("one", change=dies_at(office, nth)).run())
    after_death = office.drafts()

    office.now += LEASE
    office.round("two")

    assert after_death == []
    assert len(office.drafts()) == 1
    assert office.runs() == ["drafted"]


def test_a_run_is_left_to_who_has_it(office: Office) -> None:
    office.at("05:30")
    with pytest.raises(ProcessDiedError):
        asyncio.run(office.process("one", change=dies_at(office, 2)).run())

    office.now += LEASE - timedelta(seconds=1)
    office.round("two")

    assert office.runs() == ["preparing"]


def test_a_process_that_comes_back_too_late_adds_no_second_draft(office: Office) -> None:
    office.at("05:30")
    calls = 0

    async def slow(work: Callable[[Connection, datetime], Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:  # what it prepared is about to be kept
            office.now += LEASE
            await office.process("two").run()
        return await office.change(work)

    asyncio.run(office.process("one", change=slow).run())

    assert len(office.drafts()) == 1
    assert office.runs() == ["drafted"]


def test_a_process_that_comes_back_too_late_leaves_the_run_to_who_has_it_now(office: Office) -> None:
    office.at("05:30")
    calls = 0

    async def slow(work: Callable[[Connection, datetime], Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            office.now += LEASE
            with pytest.raises(ProcessDiedError):
                await office.process("two", change=dies_at(office, 2)).run()
        return await office.change(work)

    asyncio.run(office.process("one", change=slow).run())

    assert office.drafts() == []
    assert office.runs() == ["preparing"]


def test_a_run_over_which_processes_die_again_and_again_ends_in_a_question(office: Office) -> None:
    office.at("05:30")

    die_again_and_again(office)

    assert office.runs() == ["missed"]
    assert office.drafts() == []


def test_what_fits_into_no_bulletin_ends_in_a_question_and_not_the_loop(office: Office) -> None:
    with transaction(office.database) as connection:
        schedules.end(connection, office.schedule, now=office.now)
        office.add(connection, days=DAILY, ask="x" * 601)
    office.at("05:30")

    for _ in range(MOST_ATTEMPTS + 1):
        office.round()
        office.now += LEASE

    assert office.runs() == ["missed"]


# Too late -------------------------------------------------------------------------------------------------


def test_a_run_that_the_server_slept_through_asks_and_prepares_nothing(office: Office) -> None:
    office.at("09:00")

    office.round()

    assert office.runs() == ["missed"]
    assert office.drafts() == []
    assert office.service.calls == 0


def test_of_days_that_were_slept_through_the_last_is_asked_about(office: Office) -> None:
    office.at("09:00", day=26)

    office.round()

    with reading(office.database) as connection:
        schedule = schedules.one(connection, office.schedule)
    assert office.runs() == ["skipped", "skipped", "skipped", "missed"]
    assert schedule is not None
    assert schedule.since == office.now


def test_the_next_run_ends_the_question_about_the_last(office: Office) -> None:
    office.at("09:00")
    office.round()

    office.at("05:30", day=24)
    office.round()

    assert office.runs() == ["skipped", "drafted"]


def test_a_missed_run_is_prepared_when_a_member_says_so_however_late(office: Office) -> None:
    office.at("19:00")
    office.round()

    is_taken = office.answer(prepares=True)
    office.round()

    [draft] = office.drafts()
    assert is_taken
    assert draft.created_at == office.now
    assert office.runs() == ["drafted"]


def test_a_run_that_a_member_wants_is_not_missed_again_when_its_process_dies(office: Office) -> None:
    office.at("19:00")
    office.round()
    office.answer(prepares=True)
    with pytest.raises(ProcessDiedError):
        asyncio.run(office.process("one", change=dies_at(office, 2)).run())

    office.now += LEASE
    office.round("two")

    assert office.runs() == ["drafted"]


def test_a_missed_run_that_a_member_skips_is_over(office: Office) -> None:
    office.at("09:00")
    office.round()

    office.answer(prepares=False)
    office.round()

    assert office.runs() == ["skipped"]


def test_a_question_is_answered_once(office: Office) -> None:
    office.at("09:00")
    office.round()
    with transaction(office.database) as connection:
        [run] = schedules.missed(connection)

        said = [schedules.answer(connection, office.schedule, run.slot, prepares=told) for told in (False, True)]

    assert said == [True, False]
    assert office.runs() == ["skipped"]


def test_a_schedule_that_has_ended_prepares_nothing_and_asks_nothing(office: Office) -> None:
    office.at("09:00")
    office.round()
    with transaction(office.database) as connection:
        has_ended = [schedules.end(connection, office.schedule, now=office.now) for _ in range(2)]

    office.at("05:30", day=24)
    office.round()

    assert has_ended == [True, False]
    assert office.runs() == ["skipped"]
    assert office.drafts() == []


def test_a_schedule_that_ends_while_its_draft_is_made_gets_none(office: Office) -> None:
    office.at("05:30")
    calls = 0

    async def ended(work: Callable[[Connection, datetime], Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            await office.change(lambda connection, now: schedules.end(connection, office.schedule, now=now))
        return await office.change(work)

    asyncio.run(office.process(change=ended).run())

    assert office.drafts() == []
    assert office.runs() == ["skipped"]


# Without a forecast ---------------------------------------------------------------------------------------


def test_an_outage_of_the_forecast_is_waited_for(office: Office) -> None:
    office.at("05:30")
    office.service.faults.append("minutely")
    office.round()
    office.at("05:39")
    office.round()
    before = office.drafts()

    office.at("05:40")
    office.round()

    [draft] = office.drafts()
    with reading(office.database) as connection:
        _, content = desk.read(connection, draft.id)
    assert before == []
    assert office.service.calls == 2
    assert content.week


def test_an_outage_that_outlasts_the_grace_gives_a_draft_to_write_by_hand(office: Office) -> None:
    office.at("05:30")
    office.service.faults.extend(["minutely"] * 100)

    while office.now < RUN + timedelta(hours=4):
        office.round()
        office.now += timedelta(minutes=5)

    [draft] = office.drafts()
    with reading(office.database) as connection:
        _, content = desk.read(connection, draft.id)
    assert office.runs() == ["drafted"]
    assert timedelta(hours=2, minutes=30) < draft.created_at - RUN <= timedelta(hours=3)
    assert (content.week, content.days, content.ask) == ("", (), "Anh Tư")


def test_a_member_who_wants_a_missed_run_does_not_wait_for_the_forecast(office: Office) -> None:
    office.at("05:30")
    die_again_and_again(office)
    office.answer(prepares=True)
    office.service.faults.append("minutely")

    office.round()

    assert office.runs() == ["drafted"]
