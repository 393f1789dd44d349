"""Timers: what should ring later. They become events of a turn, which also deletes them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from storage.tables import PERSON, TIMER


def due(connection: Connection, now: datetime, *, limit: int) -> list[Row[Any]]:
    """Timers that should ring: (person_id, name, due_at, account_id, address), the oldest first."""
    query = (
        select(TIMER.c.person_id, TIMER.c.name, TIMER.c.due_at, PERSON.c.account_id, PERSON.c.address)
        .join(PERSON, PERSON.c.id == TIMER.c.person_id)
        .where(TIMER.c.due_at <= now)
        .order_by(TIMER.c.due_at)
        .limit(limit)
    )
    return list(connection.execute(query))


_REMOVE = delete(TIMER).where(TIMER.c.person_id == bindparam("person"), TIMER.c.name == bindparam("timer"))


def replace(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Set timers (person_id, name, due_at); one of the same person and name is replaced."""
    if not rows:
        return
    remove(connection, [(row["person_id"], row["name"]) for row in rows])
    connection.execute(insert(TIMER), rows)


def remove(connection: Connection, pairs: Collection[tuple[int, str]]) -> None:
    """Delete these (person, name) timers."""
    if pairs:
        # Each by its key: for a list of pairs SQLite walks the whole table.
        connection.execute(_REMOVE, [{"person": person_id, "timer": name} for person_id, name in pairs])


def cancel(connection: Connection, people: Collection[int]) -> None:
    """Delete every timer of these people."""
    if people:
        connection.execute(delete(TIMER).where(TIMER.c.person_id.in_(list(people))))
