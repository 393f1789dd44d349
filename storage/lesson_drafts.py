"""Files of the lessons that somebody is changing, and who has their pages open. Residents never see them.

StaleDraft      somebody else has saved the file meanwhile
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.lesson_tables import LESSON_DRAFT, LESSON_PRESENCE
from storage.team_tables import STAFF

_DRAFTS = select(LESSON_DRAFT, STAFF.c.name.label("by")).join(STAFF, STAFF.c.id == LESSON_DRAFT.c.staff_id)


class StaleDraft(Exception):
    """Somebody else has saved the file since it was opened; nothing is saved."""


def everyone(connection: Connection) -> list[Row[Any]]:
    """All drafts (file, text, base, revision, staff_id, updated_at, by), by file."""
    return list(connection.execute(_DRAFTS.order_by(LESSON_DRAFT.c.file)))


def one(connection: Connection, file: str) -> Row[Any] | None:
    """The draft of a file, with `by`, the name of who saved it."""
    return connection.execute(_DRAFTS.where(LESSON_DRAFT.c.file == file)).first()


def save(
    connection: Connection, file: str, text: str, *, base: str, revision: int, staff_id: int, now: datetime
) -> int:
    """Keep the text; its revision. `revision` is the one that was opened, 0 where there was no draft.

    Raises StaleDraft.
    """
    values = {"text": text, "staff_id": staff_id, "updated_at": now, "revision": revision + 1}
    if revision:
        is_same = (LESSON_DRAFT.c.file == file, LESSON_DRAFT.c.revision == revision)
        if not connection.execute(update(LESSON_DRAFT).where(*is_same).values(**values)).rowcount:
            raise StaleDraft
    else:
        if one(connection, file) is not None:
            raise StaleDraft
        connection.execute(insert(LESSON_DRAFT).values(file=file, base=base, **values))
    return revision + 1


def drop(connection: Connection, files: Sequence[str]) -> None:
    """Forget the drafts of these files: they are published, or nobody wants them."""
    connection.execute(delete(LESSON_DRAFT).where(LESSON_DRAFT.c.file.in_(files)))


def note_presence(connection: Connection, file: str, staff_id: int, now: datetime) -> None:
    """Somebody has the page of the file open."""
    mine = (LESSON_PRESENCE.c.file == file, LESSON_PRESENCE.c.staff_id == staff_id)
    if not connection.execute(update(LESSON_PRESENCE).where(*mine).values(seen_at=now)).rowcount:
        connection.execute(insert(LESSON_PRESENCE).values(file=file, staff_id=staff_id, seen_at=now))


def others_present(connection: Connection, file: str, staff_id: int, *, since: datetime) -> list[str]:
    """Names of the others who have had the page of the file open since then."""
    query = select(STAFF.c.name).join(LESSON_PRESENCE, LESSON_PRESENCE.c.staff_id == STAFF.c.id)
    where = (LESSON_PRESENCE.c.file == file, STAFF.c.id != staff_id, LESSON_PRESENCE.c.seen_at >= since)
    return list(connection.scalars(query.where(*where).order_by(STAFF.c.name)))
