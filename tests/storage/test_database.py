"""The schema: migrations end where tables.py says, and a newer database is left alone."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from storage import lessons, unmatched
from storage.database import HEAD, Database, SchemaTooNew, connect, migrate, schema_version, transaction
from tests.conftest import NOW, ROOT

FIRST_SCHEMA_ROWS = (
    """INSERT INTO account (id, channel, external_id, app_id, secret, app_secret, access_token, refresh_token,
       token_state, token_claimed_by, seeded_with, api_url, oauth_url, rate_per_minute, allowance, has_buttons, state,
       reason) VALUES (1, 'zalo-oa', 'oa', '', '', '', '', '', 'ok', '', '', '', '', 0, 0, 0, 'active', '')""",
    """INSERT INTO person (id, account_id, address, place, numbered, wants_pushes, is_reachable, created_at)
       VALUES (7, 1, 'ut', '31', 3, 1, 1, 1790000000000)""",
    """INSERT INTO publication (id, at, files, digest)
       VALUES (3, 1790000000000, '{"lessons.yaml": "courses: []"}', 'd')""",
)


def test_migrations_end_where_the_tables_say(database: Database) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, SQLModel.metadata))

    with database.writing.connect() as connection:
        assert compare(connection) == []


def alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "storage" / "migrations"))
    return config


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic()).get_current_head() == HEAD


def test_a_database_of_the_first_schema_keeps_its_rows_and_learns_the_new_ones(tmp_path: Path) -> None:
    database, config = connect(f"sqlite:///{tmp_path / 'old.db'}"), alembic()
    with transaction(database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in FIRST_SCHEMA_ROWS:
            connection.execute(text(statement))

    migrate(database)

    assert schema_version(database) == HEAD
    with transaction(database) as connection:
        published = lessons.newest(connection)
        assert published is not None
        assert (dict(published.files), published.learnt) == ({"lessons.yaml": "courses: []"}, None)
        assert connection.execute(text("SELECT id, address, place FROM person")).all() == [(7, "ut", "31")]
        assert lessons.publish(connection, {}, [], learnt=b"learnt", now=NOW) == 4
        newest = lessons.newest(connection)
        assert newest is not None
        assert newest.learnt == b"learnt"
        unmatched.count(connection, {"lap wifi": 1}, now=NOW)
        assert [one.text for one in unmatched.most(connection, limit=9)] == ["lap wifi"]
    database.close()


def test_a_database_of_a_newer_muadam_is_not_touched(database: Database) -> None:
    with database.writing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaTooNew, match="newer"):
        migrate(database)


def test_sqlite_is_durable_and_holds_its_keys(database: Database) -> None:
    with database.writing.connect() as connection:
        pragmas = {
            name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'new' / 'folder' / 'm.db'}")

    migrate(database)

    assert schema_version(database) == HEAD
    database.close()
