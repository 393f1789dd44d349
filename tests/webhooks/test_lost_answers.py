"""Calls whose answer was never seen: unknown, never sent again, settled by the echo."""

import asyncio

import pytest

from bot.messages import Choice
from storage.database import Database
from tests.fakes.zalo_behaviour import Fault
from tests.webhooks.stage import Stage
from webhooks.calling import text_digest

A, B = "9000000000000000001", "9000000000000000002"
CHOICES = (Choice("Dạ có", "yes"), Choice("Dạ không", "no"))
LONG = "Bác đọc kỹ câu này giúp em nhé. " * 100


@pytest.mark.parametrize("fault", ["drop", "taken_then_drop"])
def test_a_lost_answer_is_unknown_and_never_sent_again(database: Database, fault: Fault) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].append(fault)
            await stage.send()
            stage.forward(days=1)
            await stage.send()

            first, second = stage.rows()
            assert (first.state, first.reason) == ("unknown", "answer_lost")
            assert first.in_flight == text_digest("một")
            assert second.state == "sent"
            assert stage.zalo.calls == 2

    asyncio.run(scene())


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.transport.CALL_SECONDS", 0.5)

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].append("taken_then_hang")
            await stage.send()

            assert stage.states() == ["unknown", "sent"]
            assert stage.zalo.texts(A) == ["một", "hai"]

    asyncio.run(scene())


def test_the_echo_settles_what_was_unknown(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một")
            stage.zalo.faults_of[A].append("taken_then_drop")
            await stage.send()
            assert stage.states() == ["unknown"]

            await stage.hear(stage.zalo.echo_of(stage.zalo.messages[0]))
            await stage.send()

            (row,) = stage.rows()
            assert (row.state, stage.zalo.calls) == ("sent", 1)

    asyncio.run(scene())


def test_an_echo_that_comes_before_the_answer_is_lost_settles_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.transport.CALL_SECONDS", 1.0)

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một")
            stage.zalo.faults_of[A].append("taken_then_hang")
            stage.start()
            await stage.zalo.until(lambda: len(stage.zalo.messages) == 1)
            await stage.hear(stage.zalo.echo_of(stage.zalo.messages[0]))
            assert stage.states() == ["sending"]
            await stage.settled()

            assert (stage.states(), stage.zalo.calls) == (["sent"], 1)

    asyncio.run(scene())


def test_an_echo_of_other_words_settles_nothing(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].append("taken_then_drop")
            await stage.send()

            await stage.hear(stage.zalo.echo_of(stage.zalo.messages[1]))

            assert stage.states() == ["unknown", "sent"]

    asyncio.run(scene())
