"""Pictures that wait to be looked through: who claims them, how long, and that nobody is left behind."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from storage import accounts, looks, people
from storage.database import Database, reading, transaction
from storage.tables import PICTURE_LOOK
from tests.conftest import NOW

LEASE = timedelta(seconds=30)
URL = "https://f1.photo.zdn.vn/1.jpg"


def person(connection: Connection, address: str = "9001") -> int:
    account = accounts.put(connection, channel="zalo-oa", external_id="7000")
    people.add(connection, account, [address], now=NOW)
    return people.find(connection, account, address) or 0


def ask(connection: Connection, person_id: int, key: str, *, at: datetime = NOW) -> None:
    row = {"person_id": person_id, "key": key, "url": URL, "asked_at": at, "due_at": at}
    looks.add(connection, [row | {"attempts": 0, "claimed_by": ""}])


def claim(database: Database, *, by: str = "one", now: datetime = NOW, limit: int = 3) -> list[Row[Any]]:
    with transaction(database) as connection:
        return looks.claim(connection, by=by, now=now, lease=LEASE, limit=limit)


def keys(database: Database) -> list[str]:
    with reading(database) as connection:
        return list(connection.scalars(select(PICTURE_LOOK.c.key).order_by(PICTURE_LOOK.c.key)))


def test_a_look_is_claimed_with_whose_it_is_and_how_often_it_was_tried(database: Database) -> None:
    with transaction(database) as connection:
        ask(connection, person(connection), "m1")

    (found,) = claim(database)

    assert (found.key, found.url, found.address, found.attempts, found.asked_at) == ("m1", URL, "9001", 1, NOW)


def test_two_processes_never_hold_the_same_look(database: Database) -> None:
    with transaction(database) as connection:
        known = person(connection)
        for number in range(4):
            ask(connection, known, f"m{number}")

    first = [row.key for row in claim(database, by="one", limit=2)]
    second = [row.key for row in claim(database, by="two", limit=9)]

    assert len(first) == 2
    assert sorted(first + second) == ["m0", "m1", "m2", "m3"]
    assert claim(database, by="one") == []


def test_the_oldest_are_claimed_first(database: Database) -> None:
    with transaction(database) as connection:
        known = person(connection)
        for number in (3, 1, 2):
            ask(connection, known, f"m{number}", at=NOW - timedelta(minutes=number))

    assert [row.key for row in claim(database, limit=2)] == ["m3", "m2"]


def test_the_claim_of_a_dead_process_runs_out(database: Database) -> None:
    with transaction(database) as connection:
        ask(connection, person(connection), "m1")

    claim(database, by="dead")
    early = claim(database, by="other", now=NOW + LEASE)
    (late,) = claim(database, by="other", now=NOW + LEASE + timedelta(milliseconds=1))

    assert early == []
    assert late.attempts == 2


def test_what_is_put_off_waits_for_its_time_and_not_for_the_lease(database: Database) -> None:
    with transaction(database) as connection:
        known = person(connection)
        ask(connection, known, "m1")
    claim(database)

    with transaction(database) as connection:
        looks.put_off(connection, known, "m1", until=NOW + timedelta(seconds=2))

    assert claim(database, now=NOW + timedelta(seconds=1)) == []
    assert [row.key for row in claim(database, now=NOW + timedelta(seconds=2))] == ["m1"]


def test_only_what_is_named_is_removed(database: Database) -> None:
    with transaction(database) as connection:
        one, two = person(connection, "9001"), person(connection, "9002")
        for known in (one, two):
            ask(connection, known, "m1")
        ask(connection, one, "m2")

    with transaction(database) as connection:
        looks.remove(connection, [(one, "m1")])
        looks.remove(connection, [])

    assert keys(database) == ["m1", "m2"]
    assert {row.address for row in claim(database) if row.key == "m1"} == {"9002"}


def test_of_each_person_the_oldest_few_are_kept(database: Database) -> None:
    with transaction(database) as connection:
        many, few = person(connection, "9001"), person(connection, "9002")
        for number in range(5):
            ask(connection, many, f"m{number}", at=NOW - timedelta(seconds=number))
        ask(connection, few, "x")

        dropped = looks.drop_beyond(connection, 3)
        again = looks.drop_beyond(connection, 3)

    assert (dropped, again) == (2, 0)
    assert keys(database) == ["m2", "m3", "m4", "x"]


def test_an_erased_person_leaves_no_address_of_a_picture(database: Database) -> None:
    with transaction(database) as connection:
        known = person(connection)
        ask(connection, known, "m1")

    with transaction(database) as connection:
        found = people.locked(connection, 1, ["9001"])["9001"]
        people.erase(connection, found, digest="d", now=NOW)

    assert keys(database) == []
    assert claim(database) == []
