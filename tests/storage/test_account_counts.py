"""What became of the messages of each account, and when its keys were last saved."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, insert, text

from storage import accounts, staff
from storage.accounts import Counts
from storage.database import Database, reading, transaction
from storage.tables import OUTBOX, PERSON
from tests.conftest import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def sends(database: Database, *rows: tuple[int, str, datetime, datetime | None]) -> None:
    """(account, state, queued at, settled at) of each."""
    with transaction(database) as connection:
        for account in {row[0] for row in rows}:
            accounts.put(connection, channel="zalo-oa", external_id=f"oa{account}")
        for number, (account, state, at, settled_at) in enumerate(rows, 1):
            person = {"account_id": account, "address": f"{number}", "numbered": 0, "wants_pushes": True}
            person |= {"is_reachable": True, "created_at": at}
            key = connection.execute(insert(PERSON).values(**person)).inserted_primary_key
            values: dict[str, Any] = {"person_id": key[0], "number": 1, "account_id": account, "rank": 0, "payload": ""}
            blank = dict.fromkeys(("reason", "platform_id", "in_flight", "claimed_by"), "")
            values |= blank | {"due_at": at, "attempts": 0, "parts_sent": 0, "state": state, "may_bill": False}
            connection.execute(insert(OUTBOX).values(**values, created_at=at, settled_at=settled_at))


def counted(database: Database) -> dict[int, Counts]:
    with reading(database) as connection:
        return accounts.counts(connection, now=NOW, dead_since=NOW - 24 * HOUR, old_before=NOW - 10 * MINUTE)


def test_messages_are_counted_by_account_and_state(database: Database) -> None:
    sends(
        database,
        (1, "waiting", NOW - MINUTE, None),
        (1, "sending", NOW - MINUTE, None),
        (1, "waiting", NOW + HOUR, None),  # a reminder to come
        (1, "held", NOW - 50 * HOUR, None),
        (1, "unknown", NOW - MINUTE, None),
        (1, "unknown", NOW - HOUR, None),
        (1, "dead", NOW - 50 * HOUR, NOW - HOUR),
        (1, "dead", NOW - 50 * HOUR, NOW - 25 * HOUR),
        (1, "sent", NOW - HOUR, NOW - HOUR),
        (2, "held", NOW - HOUR, None),
    )

    assert counted(database) == {
        1: Counts(waiting=2, held=1, unknown=2, unknown_old=1, dead=1),
        2: Counts(held=1),
    }


def test_an_install_without_messages_counts_nothing(database: Database) -> None:
    assert counted(database) == {}


def test_counting_reads_by_the_indexes_alone(database: Database) -> None:
    statements: list[tuple[str, Any]] = []
    with reading(database) as connection:
        listening = (connection.engine, "before_cursor_execute", lambda c, cur, s, p, *_: statements.append((s, p)))
        event.listen(*listening)
        accounts.counts(connection, now=NOW, dead_since=NOW - 24 * HOUR, old_before=NOW - 10 * MINUTE)
        event.remove(*listening)
        plans = []
        for statement, values in [one for one in statements if one[0].startswith("SELECT")]:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append(" ".join(row[3] for row in rows))
        assert connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'outbox_apart'")) == 1

    assert len(plans) == 5
    assert all("outbox_open" in plan or "outbox_apart" in plan for plan in plans), plans


def note(database: Database, action: str, subject: str, detail: str, at: datetime) -> None:
    with transaction(database) as connection:
        staff.record(connection, staff_id=None, action=action, subject=subject, detail=detail, now=at)


def saved(database: Database, *columns: str) -> datetime | None:
    with reading(database) as connection:
        return accounts.last_saved(connection, 2, columns)


def test_it_is_known_when_a_key_was_last_saved(database: Database) -> None:
    assert saved(database, "secret") is None

    note(database, "account_added", "account 2", "", NOW)
    note(database, "account_changed", "account 2", "access_token, refresh_token", NOW + HOUR)
    note(database, "account_changed", "account 2", "rate_per_minute", NOW + 2 * HOUR)
    note(database, "account_changed", "account 22", "secret", NOW + 3 * HOUR)
    note(database, "account_checked", "account 2", "secret", NOW + 4 * HOUR)

    assert saved(database, "secret", "app_id") == NOW
    assert saved(database, "access_token") == NOW + HOUR
