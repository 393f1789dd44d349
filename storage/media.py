"""Pictures that were uploaded on a page, under the names that lessons write."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from storage.lesson_tables import MEDIUM
from storage.team_tables import STAFF


def put(
    connection: Connection,
    *,
    name: str,
    content: bytes,
    alt: str,
    width: int,
    height: int,
    staff_id: int,
    now: datetime,
) -> bool:
    """Keep a picture; False, and nothing is kept, where the name is another's."""
    if connection.scalar(select(MEDIUM.c.name).where(MEDIUM.c.name == name)) is not None:
        return False
    values = {"name": name, "content": content, "alt": alt, "width": width, "height": height}
    connection.execute(insert(MEDIUM).values(**values, staff_id=staff_id, uploaded_at=now))
    return True


def names(connection: Connection) -> frozenset[str]:
    """Of every picture."""
    return frozenset(connection.scalars(select(MEDIUM.c.name)))


def one(connection: Connection, name: str) -> bytes | None:
    """The picture's bytes; None when there is none of this name."""
    content: bytes | None = connection.scalar(select(MEDIUM.c.content).where(MEDIUM.c.name == name))
    return content


def everyone(connection: Connection) -> list[Row[Any]]:
    """What is known of every picture but its bytes (name, alt, width, height, uploaded_at, by), the newest first."""
    columns = (MEDIUM.c.name, MEDIUM.c.alt, MEDIUM.c.width, MEDIUM.c.height, MEDIUM.c.uploaded_at)
    query = select(*columns, STAFF.c.name.label("by")).join(STAFF, STAFF.c.id == MEDIUM.c.staff_id)
    return list(connection.execute(query.order_by(MEDIUM.c.uploaded_at.desc(), MEDIUM.c.name)))
