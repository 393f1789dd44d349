"""Reminders: a member is told in his own chat what waits for him, twice at most, and never at night."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.messages import from_json
from lessons.schema import Book
from storage import bulletins, outbox, people, schedules
from storage.bulletin_tables import BULLETIN_DELIVERY
from storage.database import Database, reading, transaction
from storage.tables import PERSON
from tests.bulletins.office import Office, die_again_and_again
from tests.conftest import HANOI, NOW
from tests.fakes.open_meteo import FakeOpenMeteo


@pytest.fixture
def office(database: Database, book: Book) -> Iterator[Office]:
    with FakeOpenMeteo() as service:
        yield Office(database, service, book.crops)


def reminded_at(office: Office) -> list[str]:
    return [f"{row.created_at.astimezone(HANOI):%H:%M}" for row in office.reminders()]


def through_the_day(office: Office, *, begin: str, until: str) -> None:
    office.at(until)
    last = office.now
    office.at(begin)
    while office.now <= last:
        office.round()
        office.now += timedelta(minutes=10)


def test_a_member_is_told_of_his_draft_after_the_quiet_hours_and_once_more(office: Office) -> None:
    office.ties_chat()

    through_the_day(office, begin="05:30", until="20:20")

    assert reminded_at(office) == ["06:00", "10:00"]


def test_a_reminder_names_the_place_the_time_and_the_page(office: Office) -> None:
    office.ties_chat()
    office.at("06:00")

    told = office.round()

    [row] = office.reminders()
    text = from_json(row.payload).text
    assert told == 1
    assert "Xã Tài Văn" in text
    assert "05:30 thứ Hai 23/11" in text
    assert text.endswith(f" https://muadam.example/staff/bulletins/{office.drafts()[0].id}")
    assert (row.person_id, row.rank, row.state, row.number) == (office.person, outbox.REMINDER, "waiting", 1)
    assert row.valid_until == office.now + timedelta(days=1)


def test_numbers_of_a_person_go_on_behind_a_reminder(office: Office) -> None:
    office.ties_chat(numbered=7)
    office.at("06:00")

    office.round()

    with reading(office.database) as connection:
        assert connection.scalar(select(PERSON.c.numbered)) == 8
    assert [row.number for row in office.reminders()] == [8]


def test_a_missed_run_is_told_with_the_page_on_which_to_answer(office: Office) -> None:
    office.ties_chat()

    through_the_day(office, begin="09:00", until="18:00")

    assert reminded_at(office) == ["09:00", "13:00"]
    assert from_json(office.reminders()[0].payload).text.endswith(" https://muadam.example/staff/bulletins")


def test_a_draft_that_is_prepared_after_a_question_is_told_at_once(office: Office) -> None:
    office.ties_chat()
    office.at("09:00")
    office.round()
    office.answer(prepares=True)
    office.at("09:10")

    office.round()

    assert reminded_at(office) == ["09:00", "09:10"]


@pytest.mark.parametrize("state", ["sending", "withdrawn"])
def test_a_draft_that_was_sent_or_dropped_is_not_told_again(office: Office, state: str) -> None:
    office.ties_chat()
    office.at("06:00")
    office.round()
    with transaction(office.database) as connection:
        bulletins.change(connection, office.drafts()[0].id, only_in=("draft",), state=state)

    through_the_day(office, begin="06:10", until="20:00")

    assert reminded_at(office) == ["06:00"]


@pytest.mark.parametrize("columns", [{"wants_pushes": False}, {"is_reachable": False}, {"erased_at": NOW}], ids=str)
def test_who_wants_nothing_unasked_or_is_gone_is_not_told(office: Office, columns: dict[str, object]) -> None:
    office.ties_chat(**columns)
    office.at("06:00")

    told = office.round()
    office.ties_chat(wants_pushes=True, is_reachable=True, erased_at=None)
    told_then = office.round()

    assert (told, told_then) == (0, 1)


def test_a_run_that_is_missed_again_is_told_again(office: Office) -> None:
    office.ties_chat()
    through_the_day(office, begin="09:00", until="13:00")
    office.answer(prepares=True)

    office.at("14:00")
    die_again_and_again(office)

    assert reminded_at(office) == ["09:00", "13:00", "14:15"]


def test_who_ties_his_chat_later_is_told_then(office: Office) -> None:
    office.at("06:00")
    office.round()

    office.ties_chat()
    office.at("07:00")
    office.round()

    assert reminded_at(office) == ["07:00"]


def test_a_draft_that_nobody_wanted_for_days_is_not_told(office: Office) -> None:
    office.at("06:00")
    office.round()
    with transaction(office.database) as connection:
        schedules.end(connection, office.schedule, now=office.now)

    office.ties_chat()
    office.at("07:00", day=27)
    office.round()

    assert office.reminders() == []


def asks(office: Office, bulletin: int, reader: int) -> None:
    values = {"person_id": reader, "bulletin_id": bulletin, "number": 1, "verdict": "question"}
    with transaction(office.database) as connection:
        connection.execute(BULLETIN_DELIVERY.insert().values(**values, at=office.now, verdict_at=office.now))


def test_an_author_is_told_of_questions_by_day_and_again_only_of_new_ones(office: Office) -> None:
    office.ties_chat()
    with transaction(office.database) as connection:
        schedules.end(connection, office.schedule, now=office.now)
        bulletin = bulletins.add(
            connection, place="31687", content="{}", author="Chị Sáu", now=office.now, author_id=office.member
        )
        people.add(connection, 1, ["ut", "tu"], now=office.now)
        readers = [people.find(connection, 1, address) or 0 for address in ("ut", "tu")]
    office.at("05:40")
    asks(office, bulletin, readers[0])

    through_the_day(office, begin="05:40", until="13:00")
    first = reminded_at(office)
    asks(office, bulletin, readers[1])
    through_the_day(office, begin="13:10", until="18:00")

    assert first == ["06:00"]
    assert reminded_at(office) == ["06:00", "13:10"]
    texts = [from_json(row.payload).text for row in office.reminders()]
    assert [text.partition(" ")[0] for text in texts] == ["**1", "**2"]
    assert texts[1].endswith(f" https://muadam.example/staff/bulletins/{bulletin}")
