"""Answers that members give again and again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.team_tables import CANNED_ANSWER

_COLUMNS = (CANNED_ANSWER.c.id, CANNED_ANSWER.c.title, CANNED_ANSWER.c.text, CANNED_ANSWER.c.picture)
_OFFERED = select(*_COLUMNS).where(CANNED_ANSWER.c.ended_at.is_(None))


def offered(connection: Connection) -> list[Row[Any]]:
    """Those that are offered (id, title, text, picture), by their titles."""
    return list(connection.execute(_OFFERED.order_by(CANNED_ANSWER.c.title)))


def one(connection: Connection, answer_id: int) -> Any:
    """One that is offered (id, title, text, picture); None when it is not."""
    return connection.execute(_OFFERED.where(CANNED_ANSWER.c.id == answer_id)).first()


def add(connection: Connection, *, title: str, text: str, picture: str, staff_id: int, now: datetime) -> int:
    """A new one; its id. `picture` is a name under lessons/media, empty without one."""
    values = {"title": title, "text": text, "picture": picture, "staff_id": staff_id, "created_at": now}
    key = connection.execute(insert(CANNED_ANSWER).values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def change(connection: Connection, answer_id: int, *, title: str, text: str, picture: str) -> None:
    """What it says from now on; what has been sent stays as it was."""
    query = update(CANNED_ANSWER).where(CANNED_ANSWER.c.id == answer_id)
    connection.execute(query.values(title=title, text=text, picture=picture))


def end(connection: Connection, answer_id: int, now: datetime) -> bool:
    """Offer it no more; False when it was not offered."""
    is_it = (CANNED_ANSWER.c.id == answer_id, CANNED_ANSWER.c.ended_at.is_(None))
    return connection.execute(update(CANNED_ANSWER).where(*is_it).values(ended_at=now)).rowcount > 0
