"""The ledger of what came in: what was seen once is never answered again."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, text, update

from storage.tables import INBOX

#: What was pasted to be checked is kept for so long: it is somebody else's words.
KEEP_PASTED = timedelta(days=30)
#: The kind of a row that stands for a picture that was looked at.
PICTURE = "PictureRead"

_SEEN = select(INBOX.c.person_id, INBOX.c.key).where(
    INBOX.c.person_id.in_(bindparam("people", expanding=True)),
    INBOX.c.key.in_(bindparam("keys", expanding=True)),
)


def seen(connection: Connection, pairs: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of the (person, key) pairs that have been answered before."""
    people = sorted({person for person, _ in pairs})
    keys = sorted({key for _, key in pairs})
    rows = connection.execute(_SEEN, {"people": people, "keys": keys})
    return {(row.person_id, row.key) for row in rows} & set(pairs)


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Ledger rows: person_id, key, kind, received_at, text (masked or None), state."""
    if rows:
        connection.execute(insert(INBOX), rows)


def said_since(connection: Connection, person_id: int, *, limit: int) -> list[Row[Any]]:
    """The person's newest stored texts and pictures (key, kind, text, received_at), oldest first.

    Of a picture there is no text: it was looked at, and not kept.
    """
    query = (
        select(INBOX.c.key, INBOX.c.kind, INBOX.c.text, INBOX.c.received_at)
        .where(INBOX.c.person_id == person_id, or_(INBOX.c.text.is_not(None), INBOX.c.kind == PICTURE))
        .order_by(INBOX.c.received_at.desc())
        .limit(limit)
    )
    return list(reversed(connection.execute(query).all()))


def forget_pasted(connection: Connection, before: datetime) -> int:
    """Drop what was pasted to be checked before this moment; the ledger row stays. How many were dropped."""
    is_old = (INBOX.c.kind == text("'Pasted'")) & INBOX.c.text.is_not(None) & (INBOX.c.received_at < before)
    return connection.execute(update(INBOX).where(is_old).values(text=None)).rowcount


def forget_texts(connection: Connection, before: datetime) -> int:
    """Drop the words that came before this moment; the ledger row stays. How many were dropped."""
    query = update(INBOX).where(INBOX.c.text.is_not(None), INBOX.c.received_at < before)
    return connection.execute(query.values(text=None)).rowcount
