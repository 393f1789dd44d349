"""The end of rows of the outbox that were not settled: no longer valid, never answered, or kept long enough."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, select, text, update

from storage.tables import OPEN_STATES, OUTBOX

#: Staff see an `unknown` row for so long; then it is closed.
UNKNOWN_PATIENCE = timedelta(days=2)
#: The reason of a row that was closed so.
NEVER_SEEN = "answer_never_seen"

# Word for word the condition of the index, without which SQLite would not take it.
_BY_PERSON = text("outbox.state IN ('waiting', 'sending', 'held', 'paused', 'unknown')")


def expire(connection: Connection, now: datetime) -> int:
    """Close what was not sent while it was valid, and what no echo settled; how many rows."""
    query = update(OUTBOX).where(
        OUTBOX.c.state.in_(("waiting", "held", "paused")),
        _BY_PERSON,
        OUTBOX.c.valid_until.is_not(None),
        OUTBOX.c.valid_until <= now,
    )
    expired = connection.execute(query.values(state="expired", settled_at=now)).rowcount
    given_up = update(OUTBOX).where(
        OUTBOX.c.state == "unknown", _BY_PERSON, OUTBOX.c.created_at < now - UNKNOWN_PATIENCE
    )
    lost = {"state": "dead", "reason": NEVER_SEEN, "settled_at": now}
    return expired + connection.execute(given_up.values(**lost)).rowcount


def forget(connection: Connection, before: datetime) -> int:
    """Drop what was settled and queued before this moment; how many rows."""
    is_open = OUTBOX.c.state.in_(OPEN_STATES)
    return connection.execute(delete(OUTBOX).where(OUTBOX.c.created_at < before, ~is_open)).rowcount


def unknown_before(connection: Connection, moment: datetime) -> int:
    """Sends whose answer was never seen, older than that: staff should look."""
    is_old = and_(OUTBOX.c.state == "unknown", _BY_PERSON, OUTBOX.c.created_at < moment)
    return int(connection.scalar(select(func.count()).select_from(OUTBOX).where(is_old)) or 0)
