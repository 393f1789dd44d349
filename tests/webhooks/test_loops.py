"""What runs beside the door."""

import asyncio
from datetime import timedelta

from storage import unmatched
from storage.database import Database, transaction
from storage.writer import Writer
from tests.conftest import NOW
from webhooks import loops


def test_texts_that_nobody_typed_for_180_days_are_dropped_by_the_hourly_round(database: Database) -> None:
    with transaction(database) as connection:
        unmatched.count(connection, {"lau roi": 1}, now=NOW - timedelta(days=181))
        unmatched.count(connection, {"gan day": 1}, now=NOW - timedelta(days=179))

    async def scene() -> None:
        writer = Writer(database, clock=lambda: NOW)
        writer.start()
        await loops.forget(writer)
        await writer.stop()

    asyncio.run(scene())

    with transaction(database) as connection:
        assert [one.text for one in unmatched.most(connection, limit=10)] == ["gan day"]
