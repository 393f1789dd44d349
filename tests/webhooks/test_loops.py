"""What runs beside the door."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from storage import accounts, inbox, people, unmatched
from storage.database import Database, transaction
from storage.tables import INBOX
from storage.writer import Writer
from tests.conftest import NOW
from webhooks import loops


def test_texts_that_nobody_typed_for_180_days_are_dropped_by_the_hourly_round(database: Database) -> None:
    with transaction(database) as connection:
        unmatched.count(connection, {"lau roi": 1}, now=NOW - timedelta(days=181))
        unmatched.count(connection, {"gan day": 1}, now=NOW - timedelta(days=179))

    forget(database)

    with transaction(database) as connection:
        assert [one.text for one in unmatched.most(connection, limit=10)] == ["gan day"]


def test_the_hourly_round_drops_what_was_pasted_after_30_days_and_own_words_after_180(database: Database) -> None:
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
        people.add(connection, account, ["ut"], now=NOW)
        person = people.find(connection, account, "ut") or 0
        for kind, days in (("Pasted", 29), ("Pasted", 31), ("TextSaid", 31), ("TextSaid", 179), ("TextSaid", 181)):
            row = {"person_id": person, "key": f"{kind} {days}", "kind": kind, "text": "lời", "state": "done"}
            inbox.add(connection, [row | {"received_at": NOW - timedelta(days=days)}])

    forget(database)

    with transaction(database) as connection:
        kept = set(connection.scalars(select(INBOX.c.key).where(INBOX.c.text.is_not(None))))
        assert kept == {"Pasted 29", "TextSaid 31", "TextSaid 179"}


def forget(database: Database) -> None:
    """One hourly round."""

    async def scene() -> None:
        writer = Writer(database, clock=lambda: NOW)
        writer.start()
        await loops.forget(writer)
        await writer.stop()

    asyncio.run(scene())
