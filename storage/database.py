"""The database: engines for writing and reading, one transaction at a time, and the schema's version.

    StorageError
      SchemaTooNew     the database was made by a newer muadam: refuse to touch it

On SQLite: WAL, synchronous=FULL, foreign keys, and BEGIN IMMEDIATE on the writing engine, so that a
transaction that will write never fails halfway for want of the lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text

BUSY_MILLISECONDS = 5_000

#: The newest migration. A test holds that it is where storage/migrations ends.
HEAD = "0006"


class StorageError(Exception):
    """Base of what can be wrong with the database as a whole."""


class SchemaTooNew(StorageError):
    """Made by a newer muadam."""


@dataclass(frozen=True, slots=True)
class Database:
    """`writing` takes the write lock when its transaction begins; `reading` never blocks it."""

    url: str
    writing: Engine
    reading: Engine

    def close(self) -> None:
        self.writing.dispose()
        self.reading.dispose()


def connect(url: str) -> Database:
    """Engines for a SQLAlchemy URL; the folder of a SQLite file is made when it is missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        return Database(url, engine, engine)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    writing, reading = (_sqlite_engine(url, begin) for begin in ("BEGIN IMMEDIATE", "BEGIN"))
    return Database(url, writing, reading)


@contextmanager
def transaction(database: Database) -> Iterator[Connection]:
    """A connection in one writing transaction: committed at the end, rolled back on any exception."""
    with database.writing.begin() as connection:
        yield connection


@contextmanager
def reading(database: Database) -> Iterator[Connection]:
    """A connection that sees one consistent moment and writes nothing."""
    with database.reading.connect() as connection:
        yield connection


def schema_version(database: Database) -> str | None:
    """The migration the database stands at; None when it is empty."""
    with database.reading.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def migrate(database: Database) -> None:
    """Bring the schema to HEAD. Raises SchemaTooNew when it is already past it."""
    version = schema_version(database)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise SchemaTooNew(f"the database is at {version}, this muadam knows {HEAD}: install the newer muadam")
    # Imported here: alembic costs a fifth of a second, and a start at HEAD does not need it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _sqlite_engine(url: str, begin: str) -> Engine:
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # pysqlite's own BEGIN comes too late for BEGIN IMMEDIATE: it is switched off, ours is below.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # What is erased is overwritten where that costs no further writing.
            "secure_delete=FAST",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
