"""A bulletin on its way while the real server is killed twice: everybody gets it, and nobody twice but unseen sends."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from benchmarks import residents, serving
from benchmarks.evidence import Evidence
from benchmarks.load import until
from benchmarks.serving import Process
from benchmarks.subscribers import Team
from benchmarks.town import SendApi, Town
from lessons.schema import Book
from storage.outbox import SENDER_DIED
from webhooks.jobs import SLOTS

PEOPLE = 600

#: After which shares of the sends the server is killed.
KILLED_AT = (0.2, 0.6)
LONG = 120.0


def unseen(folder: Path) -> set[str]:
    """Addresses of those whose send was under way at a kill."""
    query = "SELECT address FROM outbox JOIN person ON person.id = person_id WHERE reason = ?"
    with closing(sqlite3.connect(folder / "muadam.db")) as connection:
        return {row[0] for row in connection.execute(query, (SENDER_DIED,))}


def test_a_bulletin_survives_two_kills(book: Book, tmp_path: Path) -> None:
    async def send() -> Counter[str]:
        town = Town(residents.make_talks(book, seed=7, count=2), people=0, silent=PEOPLE, seed=1)
        evidence = Evidence(tmp_path)
        async with SendApi(town, latency_seconds=0.05) as api:
            environment = serving.settings(tmp_path, api_url=api.url)
            async with Process(serving.muadam(), folder=tmp_path, environment=environment) as server:
                with Team(tmp_path) as team:
                    team.subscribe(town.silent)
                    bulletin, _ = team.release("Mưa nhiều nhất thứ Năm.")
                for share in KILLED_AT:
                    await until(lambda: api.calls > share * PEOPLE, seconds=LONG, what="some are sent")  # noqa: B023
                    await server.kill()
                    await server.start()
                is_sent = {"sent": PEOPLE}
                await until(lambda: evidence.people_by_state(bulletin) == is_sent, seconds=LONG, what="all are sent")
            return Counter({address: len(sent) for address, sent in api.sent.items()})

    got = asyncio.run(send())

    assert len(got) == PEOPLE
    assert min(got.values()) == 1
    doubled = {address for address, count in got.items() if count > 1}
    assert doubled <= unseen(tmp_path)
    assert len(doubled) <= len(KILLED_AT) * SLOTS  # what can be under way at a kill
