"""Residents who wait for a person of the team."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.tables import ACCOUNT, HANDOFF, PERSON

OPEN = ("waiting", "talking")


def open_for(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Requests (person_id, opened_at, reason, is_urgent, lesson, step); one that is open is kept.

    An urgent request is added beside an open one that is not urgent.
    """
    if not rows:
        return
    people = [row["person_id"] for row in rows]
    query = select(HANDOFF.c.person_id, HANDOFF.c.is_urgent).where(
        HANDOFF.c.person_id.in_(people), HANDOFF.c.state.in_(OPEN)
    )
    covered = {(row.person_id, row.is_urgent) for row in connection.execute(query)}
    fresh: dict[tuple[int, bool], dict[str, Any]] = {}
    for row in rows:
        person, is_urgent = row["person_id"], row["is_urgent"]
        if (person, True) in covered or (person, is_urgent) in covered:
            continue
        fresh[(person, is_urgent)] = row
    # Two rows of one person at one moment would share their key: the urgent one is the one to keep.
    by_key = {(row["person_id"], row["opened_at"]): row for _, row in sorted(fresh.items())}
    if by_key:
        connection.execute(insert(HANDOFF), list(by_key.values()))


def move(connection: Connection, people: Collection[int], *, to: str, now: datetime) -> None:
    """Mark the open requests of these people `talking` or `closed`."""
    if not people:
        return
    values = {"state": to} if to == "talking" else {"state": to, "closed_at": now}
    query = update(HANDOFF).where(HANDOFF.c.person_id.in_(list(people)), HANDOFF.c.state.in_(OPEN))
    connection.execute(query.values(**values))


def waiting(connection: Connection) -> list[Row[Any]]:
    """Who waits: the urgent first, then who has waited longest."""
    query = (
        select(
            HANDOFF.c.person_id,
            HANDOFF.c.opened_at,
            HANDOFF.c.reason,
            HANDOFF.c.is_urgent,
            HANDOFF.c.lesson,
            HANDOFF.c.step,
            HANDOFF.c.state,
            ACCOUNT.c.channel,
            PERSON.c.address,
        )
        .join(PERSON, PERSON.c.id == HANDOFF.c.person_id)
        .join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)
        .where(HANDOFF.c.state.in_(OPEN))
        .order_by(HANDOFF.c.is_urgent.desc(), HANDOFF.c.opened_at)
    )
    return list(connection.execute(query))
