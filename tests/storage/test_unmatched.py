"""What was not understood: counted by text, listed by number, dropped when nobody types it any more."""

from datetime import timedelta

from storage import unmatched
from storage.database import Database, transaction
from storage.unmatched import StoredUnmatched
from tests.conftest import NOW


def test_a_text_is_counted_in_one_row_with_its_first_and_last_day(database: Database) -> None:
    later = NOW + timedelta(days=3)
    with transaction(database) as connection:
        unmatched.count(connection, {"lap wifi": 2, "ban ga": 1}, now=NOW)
        unmatched.count(connection, {"lap wifi": 5}, now=later)

        found = unmatched.most(connection, limit=10)

    assert found == [
        StoredUnmatched("lap wifi", count=7, first_at=NOW, last_at=later),
        StoredUnmatched("ban ga", count=1, first_at=NOW, last_at=NOW),
    ]


def test_the_most_frequent_come_first_then_the_newest(database: Database) -> None:
    with transaction(database) as connection:
        unmatched.count(connection, {"cu": 1, "nhieu": 3}, now=NOW)
        unmatched.count(connection, {"moi": 1}, now=NOW + timedelta(days=1))

        assert [one.text for one in unmatched.most(connection, limit=10)] == ["nhieu", "moi", "cu"]
        assert [one.text for one in unmatched.most(connection, limit=2)] == ["nhieu", "moi"]


def test_nothing_to_count_changes_nothing(database: Database) -> None:
    with transaction(database) as connection:
        unmatched.count(connection, {}, now=NOW)

        assert unmatched.most(connection, limit=10) == []


def test_what_came_again_is_kept_and_the_rest_is_dropped(database: Database) -> None:
    with transaction(database) as connection:
        unmatched.count(connection, {"tung hoi": 1, "con hoi": 1}, now=NOW - timedelta(days=200))
        unmatched.count(connection, {"con hoi": 1}, now=NOW - timedelta(days=10))

        assert unmatched.forget(connection, NOW - timedelta(days=180)) == 1
        assert [one.text for one in unmatched.most(connection, limit=10)] == ["con hoi"]
