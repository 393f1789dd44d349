"""The sender against the fake Zalo over real sockets: order, ranks, taking over, stopping."""

import asyncio
import os
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.messages import Choice, Message
from storage import accounts, expiry, outbox
from storage.database import Database, transaction
from storage.tables import OUTBOX
from tests.webhooks.stage import Stage
from webhooks import calling, jobs, sender
from webhooks.calling import text_digest
from webhooks.channel import Echo
from webhooks.sender import is_dead

A, B = "9000000000000000001", "9000000000000000002"
CHOICES = (Choice("Dạ có", "yes"), Choice("Dạ không", "no"))
LONG = "Bác đọc kỹ câu này giúp em nhé. " * 100


def test_a_persons_rows_leave_in_order_and_once(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            for number in range(20):
                for user in (A, B):
                    stage.queue(user, f"{number}")
            await stage.send()

            assert stage.zalo.texts(A) == stage.zalo.texts(B) == [str(number) for number in range(20)]
            assert set(stage.states()) == {"sent"}
            assert all(row.platform_id and row.settled_at == stage.now for row in stage.rows())

    asyncio.run(scene())


def test_a_nudge_sends_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "LOOK_SECONDS", 3_600.0)

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.start()
            await stage.settled()
            stage.queue(A, "Dạ")
            await stage.zalo.until(lambda: stage.zalo.texts() == ["Dạ"])

    asyncio.run(scene())


def test_bulletins_leave_room_for_replies(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the platform does not answer any of the bulletins, a reply still gets through."""

    async def scene() -> None:
        async with Stage.set(database) as stage:
            monkeypatch.setattr(jobs, "SLOTS", 12)
            monkeypatch.setattr(jobs, "REPLY_SLOTS", 4)
            for number in range(20):
                stage.zalo.faults_of[f"8{number:018d}"].append("hang")
                stage.queue(f"8{number:018d}", "Bản tin", rank=outbox.BULLETIN)
            stage.start()
            await stage.until(lambda: stage.states().count("sending") == 8)
            stage.queue(A, "Dạ")
            await stage.zalo.until(lambda: stage.zalo.texts() == ["Dạ"])

            assert stage.states().count("sending") >= 8
            stage.zalo.release()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("may_bill", "state", "texts"),
    [pytest.param(False, "held", [], id="planned as free"), pytest.param(True, "sent", ["Bản tin"], id="as billed")],
)
def test_a_bulletin_that_waited_is_billed_only_where_that_was_planned(
    database: Database, may_bill: bool, state: str, texts: list[str]
) -> None:
    """Free when it was queued; the account rests until the window has become one that costs money."""

    async def scene() -> None:
        async with Stage.set(database) as stage:
            with transaction(database) as connection:
                accounts.change(connection, stage.account_id, paused_until=stage.now + timedelta(hours=49))
            stage.queue(A, "Bản tin", rank=outbox.BULLETIN, may_bill=may_bill)
            await stage.looked()
            stage.forward(hours=50)
            await stage.send()

            assert (stage.states(), stage.zalo.texts(A)) == ([state], texts)

    asyncio.run(scene())


def test_what_is_over_is_closed_in_small_steps_and_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else webhooks would wait for all of it, or the rest for the next housekeeping."""
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    monkeypatch.setattr(sender, "HOUSEKEEPING_SECONDS", 3_600.0)
    monkeypatch.setattr(sender, "LOOK_SECONDS", 3_600.0)

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, *"12345", rank=outbox.REMINDER, state="held", valid_until=stage.now)
            stage.start()
            async with asyncio.timeout(10):
                while stage.states() != ["expired"] * 5:  # nobody nudges it meanwhile
                    await stage.writer.submit(jobs.Task(order=99), lambda *_: None, can_wait=True)

    asyncio.run(scene())


def test_a_message_of_several_parts_goes_on_where_it_stopped(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, LONG, "hết")
            stage.zalo.faults_of[A].extend(["ok", -200])
            await stage.send()
            assert [(row.state, row.parts_sent) for row in stage.rows()] == [("waiting", 1), ("waiting", 0)]

            stage.forward(seconds=5)
            await stage.send()
            *parts, last = stage.zalo.texts(A)
            assert len(parts) > 1
            assert " ".join(parts).split() == LONG.split()
            assert last == "hết"

    asyncio.run(scene())


def test_a_part_that_was_taken_is_written_down_while_the_next_is_under_way(database: Database) -> None:
    """Else whoever takes the row over from a killed sender would send it twice."""

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, LONG)
            stage.zalo.faults_of[A].extend(["ok", "hang"])
            stage.start()
            await stage.until(lambda: stage.rows()[0].parts_sent == 1)

            assert stage.states() == ["sending"]
            stage.zalo.release()

    asyncio.run(scene())


def test_parts_that_were_taken_are_not_sent_again(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            parts = len(calls_of(stage, LONG))
            stage.queue(A, LONG, parts_sent=parts - 1)
            await stage.send()

            assert len(stage.zalo.texts(A)) == 1
            assert stage.rows()[0].parts_sent == parts

    asyncio.run(scene())


def calls_of(stage: Stage, text: str) -> list[Any]:
    from webhooks.accounts import config_of
    from webhooks.channels import zalo_oa

    return list(zalo_oa.render(Message(text), to=A, config=config_of(stage.account(), media_url="")))


def test_the_rows_of_a_dead_sender_are_taken_over(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một")
            with transaction(database) as connection:
                held = {"state": "sending", "claimed_by": "host:2:x", "claimed_until": stage.now}
                connection.execute(update(OUTBOX).values(**held))
            stage.forward(seconds=1)
            await stage.send()

            assert stage.zalo.texts(A) == ["một"]
            assert stage.metrics.takeovers._value.get() == 1

    asyncio.run(scene())


def test_what_a_dead_sender_sent_and_the_platform_echoed_is_not_sent_again(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            with transaction(database) as connection:
                held = {"state": "sending", "claimed_by": "host:2:x", "claimed_until": stage.now}
                connection.execute(update(OUTBOX).values(**held))
            await stage.sender.settle(stage.account_id, Echo("", A, "k", "m1", "một", by_person=False))
            stage.forward(seconds=1)
            await stage.send()

            assert stage.zalo.texts(A) == ["hai"]
            assert stage.states() == ["sent", "sent"]
            assert stage.rows()[0].platform_id == "m1"

    asyncio.run(scene())


def test_the_rows_of_a_living_sender_are_left_to_it(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một")
            with transaction(database) as connection:
                until = stage.now + timedelta(seconds=30)
                held = {"state": "sending", "claimed_by": "elsewhere:2:x", "claimed_until": until}
                connection.execute(update(OUTBOX).values(**held))
            stage.queue(B, "hai")
            stage.start()
            await stage.zalo.until(lambda: stage.zalo.texts(B) == ["hai"])

            assert stage.states(A) == ["sending"]

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("other", "me", "expected"),
    [
        pytest.param(f"host:{os.getpid()}:a", "host:1:b", False, id="alive"),
        pytest.param("host:99999999:a", "host:1:b", True, id="gone"),
        pytest.param("host:7:a", "host:7:b", True, id="its number is ours now"),
        pytest.param("host:7:b", "host:7:b", False, id="ourselves"),
        pytest.param("elsewhere:99999999:a", "host:1:b", False, id="on another host"),
        pytest.param("1", "host:1:b", False, id="no name of ours"),
        pytest.param("host:x:a", "host:1:b", False, id="no number"),
        pytest.param("fe80::1:99999999:a", "fe80::1:1:b", True, id="colons in the host"),
    ],
)
def test_who_is_dead(other: str, me: str, expected: bool) -> None:
    assert is_dead(other, me=me) is expected


def test_stop_waits_for_the_call_and_gives_the_rest_back(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.behaviour.latency_seconds = 0.2
            stage.queue(A, "một", "hai")
            stage.start()
            await stage.zalo.until_called(1)
            await stage.stop()

            assert stage.states() == ["sent", "waiting"]
            assert stage.zalo.calls == 1

    asyncio.run(scene())


def test_stop_cuts_off_what_takes_too_long_and_writes_it_down(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "STOP_SECONDS", 0.05)

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.faults_of[A].append("taken_then_hang")
            stage.queue(A, "một", "hai")
            stage.start()
            await stage.zalo.until(lambda: len(stage.zalo.messages) == 1)
            await stage.stop()

            assert stage.states() == ["unknown", "waiting"]
            assert stage.rows()[0].in_flight == text_digest("một")

    asyncio.run(scene())


def test_a_lease_that_is_nearly_over_begins_no_call(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CALL_SECONDS", 1_000.0)

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một")
            stage.start()
            await stage.until(lambda: stage.states() == ["waiting"])
            await stage.stop()

            assert stage.zalo.calls == 0

    asyncio.run(scene())


def test_what_was_sent_is_written_down_when_the_database_comes_back(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.behaviour.latency_seconds = 0.1
            stage.queue(A, "một")
            stage.start()
            await stage.zalo.until_called(1)
            failing = FailingMarks(stage)
            await stage.zalo.until(lambda: stage.zalo.texts(A) == ["một"])
            await failing.has_failed.wait()
            await stage.settled()

            assert (stage.states(), stage.zalo.calls) == (["sent"], 1)

    asyncio.run(scene())


class FailingMarks:
    """Lets the next commit fail as a locked database does, by a trigger that speaks once."""

    def __init__(self, stage: Stage) -> None:
        from sqlalchemy.exc import OperationalError

        self.has_failed = asyncio.Event()
        marks = stage.sender._marks
        run = marks.run
        loop = asyncio.get_running_loop()

        def fail_once(*arguments: Any) -> Any:
            marks.run = run  # type: ignore[method-assign]
            loop.call_soon_threadsafe(self.has_failed.set)
            raise OperationalError("UPDATE outbox", {}, Exception("database is locked"))

        marks.run = fail_once  # type: ignore[method-assign]
