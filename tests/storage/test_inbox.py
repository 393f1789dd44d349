"""The ledger: what was seen is known, and words are dropped when their time is over."""

from datetime import timedelta

from sqlalchemy import select

from storage import accounts, inbox, people
from storage.database import Database, transaction
from storage.tables import INBOX
from tests.conftest import NOW


def test_words_are_dropped_after_their_time_and_the_ledger_stays(database: Database) -> None:
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
        people.add(connection, account, ["ut"], now=NOW)
        person = people.find(connection, account, "ut") or 0
        for days, key in ((200, "old"), (10, "new")):
            row = {"person_id": person, "key": key, "kind": "TextSaid", "text": key, "state": "done"}
            inbox.add(connection, [row | {"received_at": NOW - timedelta(days=days)}])

        assert inbox.forget_texts(connection, NOW - timedelta(days=180)) == 1

        kept = {row.key: row.text for row in connection.execute(select(INBOX))}
        assert kept == {"old": None, "new": "new"}
        assert inbox.seen(connection, [(person, "old"), (person, "other")]) == {(person, "old")}


def test_what_was_pasted_is_dropped_by_its_own_time_and_other_words_are_not(database: Database) -> None:
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
        people.add(connection, account, ["ut"], now=NOW)
        person = people.find(connection, account, "ut") or 0
        for key, kind, days in (("old", "Pasted", 31), ("new", "Pasted", 29), ("own", "TextSaid", 31)):
            row = {"person_id": person, "key": key, "kind": kind, "text": key, "state": "done"}
            inbox.add(connection, [row | {"received_at": NOW - timedelta(days=days)}])

        assert inbox.forget_pasted(connection, NOW - timedelta(days=30)) == 1
        assert inbox.forget_pasted(connection, NOW - timedelta(days=30)) == 0

        kept = {row.key: (row.kind, row.text) for row in connection.execute(select(INBOX))}
        assert kept == {"old": ("Pasted", None), "new": ("Pasted", "new"), "own": ("TextSaid", "own")}
