"""A bulletin on its way from the real server, stopped by the team and overtaken by answers. No time is measured.

The same scene as benchmarks/bulletin_sending.py, small enough for every run of the tests.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks import residents, serving
from benchmarks.bulletin_sending import Scene
from benchmarks.evidence import Evidence
from benchmarks.load import until
from benchmarks.residents import Exchange
from benchmarks.serving import Process
from benchmarks.subscribers import Team
from benchmarks.town import SendApi, Town
from lessons.schema import Book
from webhooks.jobs import SLOTS

PEOPLE = 400
LONG = 120.0

#: Calls that the account may make in a minute where a bulletin must not be done before something else has happened.
SLOW = 600


@pytest.fixture(scope="module")
def talks(book: Book) -> list[tuple[Exchange, ...]]:
    return residents.make_talks(book, seed=7, count=2)


@asynccontextmanager
async def scene(talks: list[tuple[Exchange, ...]], folder: Path) -> AsyncIterator[Scene]:
    town = Town(talks, people=20, silent=PEOPLE, seed=1)
    async with SendApi(town, latency_seconds=0.25) as api:
        environment = serving.settings(folder, api_url=api.url)
        async with Process(serving.muadam(), folder=folder, environment=environment) as server:
            with Team(folder) as team:
                team.subscribe(town.silent)
                made = Scene(town, api, server, team, Evidence(folder))
                yield made
                made.load.client.close()


async def sent(at: Scene, people: int) -> None:
    await until(lambda: len(at.post) >= people, seconds=LONG, what=f"{people} are sent")


def test_a_paused_bulletin_stops_and_then_goes_on_to_everybody_once(
    talks: list[tuple[Exchange, ...]], tmp_path: Path
) -> None:
    async def story() -> tuple[int, int, dict[str, int], Counter[str]]:
        async with scene(talks, tmp_path) as at:
            bulletin, _ = at.team.release("Mưa nhiều nhất thứ Năm.")
            await sent(at, PEOPLE // 4)
            at.team.move(bulletin, "pause")
            by_then = len(at.post)
            await until(lambda: at.evidence.open_rows() == 0, seconds=LONG, what="nothing is on its way")
            paused, states = len(at.post), at.evidence.people_by_state(bulletin)
            at.team.move(bulletin, "resume")
            everybody = {"sent": PEOPLE}
            await until(
                lambda: at.evidence.people_by_state(bulletin) == everybody, seconds=LONG, what="everybody has it"
            )
            return by_then, paused, states, Counter(at.post.addresses)

    by_then, paused, states, got = asyncio.run(story())

    assert paused - by_then <= SLOTS  # whose calls were under way
    assert states == {"sent": paused, "paused": PEOPLE - paused}
    assert len(got) == PEOPLE
    assert set(got.values()) == {1}


def test_answers_overtake_a_bulletin_and_when_it_is_cancelled_its_report_adds_up(
    talks: list[tuple[Exchange, ...]], tmp_path: Path
) -> None:
    async def story() -> tuple[int, dict[str, int], int, Counter[str]]:
        async with scene(talks, tmp_path) as at:
            at.team.set_rate(SLOW)
            bulletin, _ = at.team.release("Mưa nhiều nhất thứ Năm.")
            await sent(at, PEOPLE // 20)
            turns = [at.town.next_turn(at=0.0) for _ in range(5)]
            await asyncio.gather(*(at.load.deliver(turn) for turn in turns))
            await until(lambda: at.town.is_quiet, seconds=LONG, what="everybody is answered")
            at_the_answers = len(at.post)
            at.team.move(bulletin, "cancel")
            await until(lambda: at.evidence.has_ended(bulletin), seconds=LONG, what="it has ended")
            planned, people = at.evidence.planned(bulletin), at.evidence.people_by_state(bulletin)
            return at_the_answers, people, planned, Counter(at.post.addresses)

    at_the_answers, people, planned, got = asyncio.run(story())

    assert at_the_answers < PEOPLE
    assert planned == PEOPLE
    assert people == {"sent": len(got), "withdrawn": PEOPLE - len(got)}
    assert set(got.values()) == {1}
