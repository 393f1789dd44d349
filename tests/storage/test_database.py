"""The schema: migrations end where tables.py says, and a newer database is left alone."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from storage.database import HEAD, Database, SchemaTooNew, connect, migrate, schema_version
from tests.conftest import ROOT


def test_migrations_end_where_the_tables_say(database: Database) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, SQLModel.metadata))

    with database.writing.connect() as connection:
        assert compare(connection) == []


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "storage" / "migrations"))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


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
