"""The outbox as a fetched channel's page reads it: rows in the order of the conversation."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select, text, update

from storage.bulletin_tables import BULLETIN
from storage.tables import OUTBOX

# Word for word the condition of the index, without which SQLite would not take it.
_IS_OPEN = text("outbox.state IN ('waiting', 'sending', 'held', 'paused', 'unknown')")

_SHOWN = (
    select(
        OUTBOX.c.number,
        OUTBOX.c.rank,
        OUTBOX.c.payload,
        OUTBOX.c.state,
        OUTBOX.c.created_at,
        BULLETIN.c.message.label("bulletin"),
    )
    .outerjoin(BULLETIN, BULLETIN.c.id == OUTBOX.c.bulletin_id)
    .where(
        or_(
            OUTBOX.c.state == "sent",
            and_(
                OUTBOX.c.state == "waiting",
                or_(OUTBOX.c.bulletin_id.is_(None), BULLETIN.c.state.in_(("sending", "done"))),
            ),
        )
    )
)


_MARK_FETCHED = (
    update(OUTBOX)
    .where(OUTBOX.c.person_id == bindparam("person"), OUTBOX.c.number == bindparam("row"), OUTBOX.c.state == "waiting")
    .values(state="sent", reason="", settled_at=bindparam("now"))
)


def after(connection: Connection, person_id: int, number: int, *, limit: int) -> list[Row[Any]]:
    """A fetched channel reads: (number, rank, payload, state, created_at) behind `number`, in order.

    Also the message of its bulletin as `bulletin`, where it is a row of one.
    """
    query = _SHOWN.where(OUTBOX.c.person_id == person_id, OUTBOX.c.number > number)
    return list(connection.execute(query.order_by(OUTBOX.c.number).limit(limit)))


def newest(connection: Connection, person_id: int, *, limit: int) -> list[Row[Any]]:
    """The last rows of a person's conversation, oldest first; columns as in `after`."""
    query = _SHOWN.where(OUTBOX.c.person_id == person_id).order_by(OUTBOX.c.number.desc())
    return list(reversed(connection.execute(query.limit(limit)).all()))


def mark_fetched(connection: Connection, pairs: Collection[tuple[int, int]], now: datetime) -> None:
    """The page of a fetched channel has these (person, number) rows."""
    if pairs:
        # Each by its key: for a list of pairs SQLite walks the whole outbox.
        keys = [{"person": person_id, "row": number} for person_id, number in pairs]
        connection.execute(_MARK_FETCHED, [key | {"now": now} for key in keys])


def waiting_for(connection: Connection, people: Collection[int]) -> set[int]:
    """Those of these people for whom something waits."""
    query = select(OUTBOX.c.person_id).where(OUTBOX.c.person_id.in_(list(people)), OUTBOX.c.state == "waiting")
    return set(connection.scalars(query.where(_IS_OPEN)))
