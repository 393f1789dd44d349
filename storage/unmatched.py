"""Texts that nothing came near, counted without a person: what editors add phrases for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, text

from storage.tables import UNMATCHED, UtcTime


@dataclass(frozen=True, slots=True)
class StoredUnmatched:
    """A text as bot.unmatched gives it, how often it came, and when first and last."""

    text: str
    count: int
    first_at: datetime
    last_at: datetime


# As text: SQLAlchemy has an upsert for each database, and this one is read by both.
_COUNT = text(
    "INSERT INTO unmatched (text, count, first_at, last_at) VALUES (:text, :count, :at, :at)"
    " ON CONFLICT (text) DO UPDATE SET count = unmatched.count + excluded.count, last_at = excluded.last_at"
).bindparams(bindparam("at", type_=UtcTime()))


def count(connection: Connection, times: Mapping[str, int], *, now: datetime) -> None:
    """Add to the counts of these texts: one statement, whatever their number."""
    if times:
        # In the order of their keys, so that two processes that count the same texts wait and do not deadlock.
        rows = [{"text": one, "count": number, "at": now} for one, number in sorted(times.items())]
        connection.execute(_COUNT, rows)


def most(connection: Connection, *, limit: int) -> list[StoredUnmatched]:
    """The texts that came most often, of equal ones the newest first."""
    query = select(UNMATCHED).order_by(UNMATCHED.c.count.desc(), UNMATCHED.c.last_at.desc(), UNMATCHED.c.text)
    return [StoredUnmatched(**row._mapping) for row in connection.execute(query.limit(limit))]


def number(connection: Connection) -> int:
    """How many texts there are."""
    return int(connection.scalar(select(func.count()).select_from(UNMATCHED)) or 0)


def one(connection: Connection, text: str) -> StoredUnmatched | None:
    """The text, while it is in the list."""
    row = connection.execute(select(UNMATCHED).where(UNMATCHED.c.text == text)).first()
    return StoredUnmatched(**row._mapping) if row is not None else None


def drop(connection: Connection, text: str) -> bool:
    """Take the text out of the list; False when it is not in it any more."""
    return bool(connection.execute(delete(UNMATCHED).where(UNMATCHED.c.text == text)).rowcount)


def forget(connection: Connection, before: datetime) -> int:
    """Delete the texts that last came before this moment; how many were deleted."""
    return connection.execute(delete(UNMATCHED).where(UNMATCHED.c.last_at < before)).rowcount
