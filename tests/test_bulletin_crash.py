"""A bulletin on its way while the real server is killed twice: everybody gets it, and nobody twice but unseen sends."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, insert, literal, select

from benchmarks import residents, serving
from benchmarks.load import until
from benchmarks.serving import Process
from benchmarks.town import SendApi, Town
from bot.messages import Message
from bulletins import release
from bulletins.release import Lines
from lessons.schema import Book
from storage import accounts, bulletins
from storage.database import connect, transaction
from storage.outbox import SENDER_DIED
from storage.tables import PERSON, SUBSCRIPTION, UtcTime
from tests.conftest import HANOI
from webhooks.channels import BY_NAME
from webhooks.jobs import SLOTS

PEOPLE = 600

#: After which shares of the sends the server is killed.
KILLED_AT = (0.2, 0.6)
LONG = 120.0


def released(folder: Path, town: Town) -> int:
    """Everybody of the town wants bulletins, and one is released to them; its id."""
    database = connect(f"sqlite:///{folder / 'muadam.db'}")
    now = datetime.now(UTC)
    with transaction(database) as connection:
        [zalo] = [account for account in accounts.everyone(connection) if account.channel == "zalo-oa"]
        row = {"account_id": zalo.id, "numbered": 0, "wants_pushes": True, "is_reachable": True, "created_at": now}
        people = [row | {"address": address, "last_contact_at": now} for address in town.residents]
        connection.execute(insert(PERSON), people)
        connection.execute(
            insert(SUBSCRIPTION).from_select(
                ["person_id", "place", "province", "crops", "stages", "since"],
                _wishes(now - timedelta(days=1)),
            )
        )
        bulletin = bulletins.add(
            connection, place="31687", content="{}", author="A", now=now, urgent_reason="the test runs at any hour"
        )
        lines = Lines((zalo,), lambda name: BY_NAME[name].TERMS, HANOI)
        words = Message("Mưa nhiều nhất thứ Năm.")
        release.release(connection, bulletin, lines, message=words, picture=None, last_day=now, now=now)
    database.close()
    return bulletin


def _wishes(since: datetime) -> Select[Any]:
    columns = (literal("31687"), literal("92"), literal(""), literal("{}"), literal(since, UtcTime))
    return select(PERSON.c.id, *columns)


def outcomes(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "muadam.db")) as connection:
        rows = connection.execute("SELECT state, COUNT(*) FROM outbox WHERE bulletin_id IS NOT NULL GROUP BY state")
        return Counter(dict(rows.fetchall()))


def unseen(folder: Path) -> set[str]:
    """Addresses of those whose send was under way at a kill."""
    query = "SELECT address FROM outbox JOIN person ON person.id = person_id WHERE reason = ?"
    with closing(sqlite3.connect(folder / "muadam.db")) as connection:
        return {row[0] for row in connection.execute(query, (SENDER_DIED,))}


def test_a_bulletin_survives_two_kills(book: Book, tmp_path: Path) -> None:
    async def send() -> Counter[str]:
        town = Town(residents.make_talks(book, seed=7, count=2), people=PEOPLE, seed=1)
        async with SendApi(town, latency_seconds=0.05) as api:
            environment = serving.settings(tmp_path, api_url=api.url)
            async with Process(serving.muadam(), folder=tmp_path, environment=environment) as server:
                released(tmp_path, town)
                for share in KILLED_AT:
                    await until(lambda: api.calls > share * PEOPLE, seconds=LONG, what="some are sent")  # noqa: B023
                    await server.kill()
                    await server.start()
                await until(lambda: outcomes(tmp_path) == {"sent": PEOPLE}, seconds=LONG, what="all are sent")
            return Counter({address: len(sent) for address, sent in api.sent.items()})

    got = asyncio.run(send())

    assert len(got) == PEOPLE
    assert min(got.values()) == 1
    doubled = {address for address, count in got.items() if count > 1}
    assert doubled <= unseen(tmp_path)
    assert len(doubled) <= len(KILLED_AT) * SLOTS  # what can be under way at a kill
