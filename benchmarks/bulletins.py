"""A bulletin for many: how long its plan takes, and queuing a row for everybody, on SQLite.

    python -m benchmarks.bulletins [PEOPLE, 100000]

Uses a database of its own in a temporary folder. Prints seconds, and seconds of a single insert of as many rows into
an empty table beside it, so that the ratio tells more than the machine.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import insert, text

from benchmarks.subscribers import COMMUNE, PROVINCE, lines
from bot.messages import Message
from bulletins import release
from storage import accounts, bulletins
from storage.database import Database, connect, migrate, transaction
from storage.tables import PERSON, SUBSCRIPTION

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with TemporaryDirectory() as folder:
        database = connect(f"sqlite:///{Path(folder) / 'bulletins.db'}")
        migrate(database)
        _fill(database, people)
        yardstick = _timed(lambda: _insert(database, people))
        bulletin = _draft(database)
        planned = _timed(lambda: _plan(database, bulletin))
        _release(database, bulletin)
        longest, expanded = _expand(database)
        database.close()
    print(f"{people:,} people on SQLite")
    print(f"a plain insert of as many rows, one transaction: {yardstick:.2f} s")
    print(f"plan: {planned:.2f} s ({planned / yardstick:.2f} of it)")
    print(f"queuing a row for everybody: {expanded:.2f} s ({expanded / yardstick:.1f} of it)")
    print(f"longest transaction meanwhile: {1000 * longest:.0f} ms")


def _fill(database: Database, people: int) -> None:
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa", rate_per_minute=100)
        rows = [
            {
                "id": nth,
                "account_id": account,
                "address": f"{nth:019d}",
                "numbered": 5,
                "wants_pushes": True,
                "is_reachable": True,
                "created_at": NOW,
                "last_contact_at": NOW - timedelta(hours=nth % 400),
            }
            for nth in range(1, people + 1)
        ]
        connection.execute(insert(PERSON), rows)
        wish = {
            "place": COMMUNE,
            "province": PROVINCE,
            "crops": ",lua,",
            "stages": "{}",
            "since": NOW,
            "ended_at": None,
        }
        connection.execute(insert(SUBSCRIPTION), [{"person_id": row["id"], **wish} for row in rows])


def _insert(database: Database, people: int) -> None:
    with transaction(database) as connection:
        connection.execute(text("CREATE TABLE yardstick (a INTEGER PRIMARY KEY, b TEXT, c INTEGER)"))
        rows = [{"a": nth, "b": "waiting", "c": nth} for nth in range(people)]
        connection.execute(text("INSERT INTO yardstick VALUES (:a, :b, :c)"), rows)


def _draft(database: Database) -> int:
    with transaction(database) as connection:
        return bulletins.add(connection, place=COMMUNE, content="{}", author="A", now=NOW)


def _plan(database: Database, bulletin: int) -> None:
    with transaction(database) as connection:
        row = bulletins.one(connection, bulletin)
        if row is not None:
            release.plan(connection, row, lines(connection), now=NOW)


def _release(database: Database, bulletin: int) -> None:
    with transaction(database) as connection:
        last_day = NOW + timedelta(days=6)
        message = Message("Rain on Thursday. " * 60)
        release.release(
            connection, bulletin, lines(connection), message=message, picture=None, last_day=last_day, now=NOW
        )


def _expand(database: Database) -> tuple[float, float]:
    """The longest step and all of them, in seconds."""
    steps = []
    while True:
        started = perf_counter()
        with transaction(database) as connection:
            has_more = release.work(connection, lines(connection), now=NOW)
        steps.append(perf_counter() - started)
        if not has_more:
            return max(steps), sum(steps)


def _timed(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
