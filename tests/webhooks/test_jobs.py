"""The rate of an account, over people, rows, parts and processes."""

import asyncio
import re
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from bot.messages import Choice
from storage import accounts, expiry, outbox
from storage.database import Database, transaction
from tests.conftest import NOW
from tests.webhooks.stage import Stage

A, B = "9000000000000000001", "9000000000000000002"
CHOICES = (Choice("Dạ có", "yes"), Choice("Dạ không", "no"))
LONG = "Bác đọc kỹ câu này giúp em nhé. " * 100


def test_an_accounts_rate_is_never_exceeded(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, rate_per_minute=30) as stage:
            stage.zalo.behaviour.rate_per_minute = 30
            for number in range(40):
                stage.queue(f"8{number % 7:018d}", (LONG, "ngắn")[number % 9 > 0], rank=(0, 9)[number % 2])
            stage.start()
            for _ in range(2_000):
                if not set(stage.states()) - {"sent"}:
                    break
                stage.forward(seconds=0.5)
                await stage.looked()
            seconds = (stage.now - stage.rows()[0].created_at).total_seconds()

            assert set(stage.states()) == {"sent"}
            assert stage.zalo.refusals == []
            # ... and what the account allows is used: a tenth is kept back by the way it is spread.
            assert stage.zalo.calls >= 0.8 * 30 * seconds / 60

    asyncio.run(scene())


def test_the_rate_holds_for_two_senders_together(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, rate_per_minute=20) as stage:
            stage.zalo.behaviour.rate_per_minute = 20
            for number in range(30):
                stage.queue(f"8{number:018d}", "một")
            other = stage.another_sender("host:2:other")
            running = asyncio.create_task(other.run())
            stage.start()
            for _ in range(400):
                if not set(stage.states()) - {"sent"}:
                    break
                stage.forward(seconds=1)
                other.nudge()
                await stage.looked()
            await other.stop()
            await running

            assert len(stage.zalo.messages) == stage.zalo.calls == 30
            assert stage.zalo.refusals == []

    asyncio.run(scene())


def test_a_reply_does_not_wait_behind_bulletins_for_the_rate(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, rate_per_minute=90) as stage:
            for number in range(50):
                stage.queue(f"8{number:018d}", "Bản tin", rank=outbox.BULLETIN)
            stage.start()
            await stage.looked()
            stage.queue(A, "Dạ")
            await stage.zalo.until(lambda: "Dạ" in stage.zalo.texts(A))

            assert stage.now == stage.rows()[0].created_at

    asyncio.run(scene())


def test_rows_that_need_no_call_cost_nothing(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, rate_per_minute=30) as stage:
            for number in range(40):
                user = f"8{number:018d}"
                stage.person(user)
                stage.change_person(user, is_reachable=False)
                stage.queue(user, "một")
            stage.queue(A, "Dạ")
            await stage.send()

            assert stage.zalo.texts() == ["Dạ"]

    asyncio.run(scene())


def test_a_claim_reads_only_what_is_open(database: Database) -> None:
    """By plan: else each claim would cost more with every message that was ever sent."""
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "outbox" in statement and not statement.startswith("EXPLAIN"):
            rows = connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(f"{row[3]}" for row in rows)

    event.listen(database.writing, "before_cursor_execute", explain)
    room = outbox.Room(people=5, rows=5, bulk_people=5, bulk_rows=5)
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="1")
        outbox.claim(connection, account, now=NOW, by="x", lease=timedelta(minutes=1), room=room)
        outbox.take_over(connection, now=NOW)
        outbox.holders(connection)
        expiry.expire(connection, NOW)
        outbox.settle_unknown(connection, 1, digest="d", platform_id="p")

    assert len(plans) >= 6
    # By an index of open rows, or by a row's whole key.
    of_one = re.compile(r"INDEX outbox_|\(person_id=\? AND number=\?\)")
    assert [plan for plan in plans if "outbox" in plan and not of_one.search(plan)] == []
