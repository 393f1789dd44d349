"""Pictures to be looked through: claimed by one process, put off when the platform fails, removed by the turn."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, tuple_, update

from storage.tables import PERSON, PICTURE_LOOK

_OPEN = or_(PICTURE_LOOK.c.claimed_until.is_(None), PICTURE_LOOK.c.claimed_until < bindparam("now"))
_ONE = (PICTURE_LOOK.c.person_id == bindparam("person")) & (PICTURE_LOOK.c.key == bindparam("look"))
_KEY = PICTURE_LOOK.c.key
_REMOVE = delete(PICTURE_LOOK).where(_ONE)


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Looks: person_id, key, url, asked_at, due_at, attempts, claimed_by."""
    if rows:
        connection.execute(insert(PICTURE_LOOK), rows)


def claim(connection: Connection, *, by: str, now: datetime, lease: timedelta, limit: int) -> list[Row[Any]]:
    """The oldest looks that are due, claimed until the lease ends, with whose they are.

    Rows: person_id, key, url, asked_at, attempts (this one counted), account_id, address.
    """
    due = (
        select(PICTURE_LOOK.c.person_id, PICTURE_LOOK.c.key)
        .where(PICTURE_LOOK.c.due_at <= now, _OPEN)
        .order_by(PICTURE_LOOK.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = connection.execute(due, {"now": now}).all()
    if not keys:
        return []
    mark = update(PICTURE_LOOK).where(_ONE)
    values = {"claimed_until": now + lease, "claimed_by": by, "attempts": PICTURE_LOOK.c.attempts + 1}
    connection.execute(mark.values(**values), [{"person": person, "look": key} for person, key in keys])
    is_claimed = or_(*(and_(PICTURE_LOOK.c.person_id == person, PICTURE_LOOK.c.key == key) for person, key in keys))
    found = (
        select(
            PICTURE_LOOK.c.person_id,
            PICTURE_LOOK.c.key,
            PICTURE_LOOK.c.url,
            PICTURE_LOOK.c.asked_at,
            PICTURE_LOOK.c.attempts,
            PERSON.c.account_id,
            PERSON.c.address,
        )
        .join(PERSON, PERSON.c.id == PICTURE_LOOK.c.person_id)
        .where(is_claimed)
        .order_by(PICTURE_LOOK.c.due_at)
    )
    return list(connection.execute(found))


def drop_beyond(connection: Connection, most: int) -> int:
    """Keep the oldest of each person, so many; how many were dropped."""
    place = func.row_number().over(partition_by=PICTURE_LOOK.c.person_id, order_by=(PICTURE_LOOK.c.asked_at, _KEY))
    counted = select(PICTURE_LOOK.c.person_id, _KEY, place.label("place")).subquery()
    beyond = select(counted.c.person_id, counted.c.key).where(counted.c.place > most)
    return connection.execute(delete(PICTURE_LOOK).where(tuple_(PICTURE_LOOK.c.person_id, _KEY).in_(beyond))).rowcount


def put_off(connection: Connection, person_id: int, key: str, *, until: datetime) -> None:
    """Try again then; the claim is given back."""
    values = {"due_at": until, "claimed_until": None, "claimed_by": ""}
    connection.execute(update(PICTURE_LOOK).where(_ONE).values(**values), {"person": person_id, "look": key})


def remove(connection: Connection, pairs: Collection[tuple[int, str]]) -> None:
    """Delete these (person, key) looks."""
    if pairs:
        connection.execute(_REMOVE, [{"person": person_id, "look": key} for person_id, key in pairs])
