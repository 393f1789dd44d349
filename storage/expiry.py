"""The end of rows of the outbox that were not settled: no longer valid, never answered, or kept long enough."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, select, text, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from storage.tables import OPEN_STATES, OUTBOX

#: Staff see an `unknown` row for so long; then it is closed.
UNKNOWN_PATIENCE = timedelta(days=2)
#: What one `expire` closes at most: webhooks wait behind it.
AT_ONCE = 2_000
#: The reason of a row that was closed so.
NEVER_SEEN = "answer_never_seen"

# Word for word the condition of the index, without which SQLite would not take it.
_BY_PERSON = text("outbox.state IN ('waiting', 'sending', 'held', 'paused', 'unknown')")


def expire(connection: Connection, now: datetime) -> int:
    """Close what was not sent while it was valid, and what no echo settled; how many rows.

    AT_ONCE of either at most: that many or more mean that some may be left.
    """
    unsent = and_(OUTBOX.c.state.in_(("waiting", "held", "paused")), OUTBOX.c.valid_until <= now)
    expired = _close(connection, unsent, state="expired", settled_at=now)
    unsettled = and_(OUTBOX.c.state == "unknown", OUTBOX.c.created_at < now - UNKNOWN_PATIENCE)
    return expired + _close(connection, unsettled, state="dead", reason=NEVER_SEEN, settled_at=now)


def _close(connection: Connection, condition: ColumnElement[bool], **columns: Any) -> int:
    rows = select(OUTBOX.c.person_id, OUTBOX.c.number).where(condition, _BY_PERSON).limit(AT_ONCE)
    query = update(OUTBOX).where(tuple_(OUTBOX.c.person_id, OUTBOX.c.number).in_(rows), condition)
    return connection.execute(query.values(**columns)).rowcount


def forget(connection: Connection, before: datetime) -> int:
    """Drop what was settled and queued before this moment; how many rows."""
    is_open = OUTBOX.c.state.in_(OPEN_STATES)
    return connection.execute(delete(OUTBOX).where(OUTBOX.c.created_at < before, ~is_open)).rowcount


def unknown_before(connection: Connection, moment: datetime) -> int:
    """Sends whose answer was never seen, older than that: staff should look."""
    is_old = and_(OUTBOX.c.state == "unknown", _BY_PERSON, OUTBOX.c.created_at < moment)
    return int(connection.scalar(select(func.count()).select_from(OUTBOX).where(is_old)) or 0)


_FORGET_SAID = (
    update(OUTBOX)
    .where(
        OUTBOX.c.person_id == bindparam("person"),
        OUTBOX.c.state.not_in(("waiting", "sending")),
        OUTBOX.c.payload.contains(bindparam("field"), autoescape=False),
    )
    .values(payload=bindparam("instead"))
)


def forget_said(connection: Connection, instead: Mapping[int, str], *, field: str) -> None:
    """Put the payload given for a person in the place of his rows that left and have this field."""
    if instead:
        rows = [{"person": person_id, "field": f'"{field}"', "instead": kept} for person_id, kept in instead.items()]
        connection.execute(_FORGET_SAID, rows)
