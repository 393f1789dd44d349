"""What has been published, and the older editions in which somebody still stands."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from storage.lesson_tables import LESSON_EDITION, PUBLICATION
from storage.tables import LEARNER
from storage.team_tables import STAFF


@dataclass(frozen=True, slots=True)
class StoredPublication:
    """A publish: `files` maps file names to YAML, `digest` is of all of them.

    `learnt` is for bot.phrasebook, which knows whether it is of these files; None when nothing was kept.
    """

    id: int
    at: datetime
    digest: str
    files: Mapping[str, str]
    learnt: bytes | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A publish without its files. `by` is who published on a page, empty for the command.

    `changed` are the files that the publish before it did not have so; empty, too, where an older version of muadam
    did not write them down.
    """

    id: int
    at: datetime
    by: str
    reason: str
    changed: Sequence[str]


def digest(files: Mapping[str, str]) -> str:
    """The content hash of a set of files."""
    return hashlib.sha256(_as_json(files).encode()).hexdigest()


def publish(
    connection: Connection,
    files: Mapping[str, str],
    editions: Sequence[tuple[str, str, str, str]],
    *,
    learnt: bytes | None,
    now: datetime,
    by_id: int | None = None,
    reason: str = "",
) -> int:
    """Store the files, the (lesson, version, file, text) editions and what was learnt; the publication's id.

    `by_id` is the member who publishes on a page.
    """
    known = {
        (row.lesson, row.version)
        for row in connection.execute(select(LESSON_EDITION.c.lesson, LESSON_EDITION.c.version))
    }
    fresh = [
        {"lesson": lesson, "version": version, "file": file, "text": text, "published_at": now}
        for lesson, version, file, text in editions
        if (lesson, version) not in known
    ]
    if fresh:
        connection.execute(insert(LESSON_EDITION), fresh)
    before = newest(connection)
    known_files = before.files if before is not None else {}
    changed = sorted(name for name in {*files, *known_files} if files.get(name) != known_files.get(name))
    values = {"at": now, "files": _as_json(files), "digest": digest(files), "learnt": learnt}
    values |= {"by_id": by_id, "reason": reason, "changed": json.dumps(changed, ensure_ascii=False)}
    connection.execute(insert(PUBLICATION).values(**values))
    return int(connection.scalars(select(func.max(PUBLICATION.c.id))).one())


def newest_id(connection: Connection) -> int | None:
    """The id of the newest publication."""
    query = select(PUBLICATION.c.id).order_by(PUBLICATION.c.id.desc()).limit(1)
    publication_id: int | None = connection.scalar(query)
    return publication_id


def newest(connection: Connection) -> StoredPublication | None:
    """What residents learn from now."""
    return _stored(connection.execute(select(PUBLICATION).order_by(PUBLICATION.c.id.desc()).limit(1)).first())


def newest_by_command(connection: Connection) -> StoredPublication | None:
    """The last publish that was made from files on the disk, not on a page."""
    is_by_command = PUBLICATION.c.by_id.is_(None)
    query = select(PUBLICATION).where(is_by_command).order_by(PUBLICATION.c.id.desc()).limit(1)
    return _stored(connection.execute(query).first())


def one(connection: Connection, publication_id: int) -> StoredPublication | None:
    """A publish with all its files."""
    return _stored(connection.execute(select(PUBLICATION).where(PUBLICATION.c.id == publication_id)).first())


def listed(connection: Connection, *, limit: int, before: int | None = None) -> list[Listed]:
    """The newest publishes, those before one of them with `before`."""
    columns = (PUBLICATION.c.id, PUBLICATION.c.at, PUBLICATION.c.reason, PUBLICATION.c.changed, STAFF.c.name)
    query = select(*columns).outerjoin(STAFF, STAFF.c.id == PUBLICATION.c.by_id)
    if before is not None:
        query = query.where(PUBLICATION.c.id < before)
    rows = connection.execute(query.order_by(PUBLICATION.c.id.desc()).limit(limit))
    return [Listed(row.id, row.at, row.name or "", row.reason, json.loads(row.changed)) for row in rows]


def edition_dates(connection: Connection) -> dict[tuple[str, str], datetime]:
    """When each (lesson, version) was published first."""
    rows = connection.execute(select(LESSON_EDITION.c.lesson, LESSON_EDITION.c.version, LESSON_EDITION.c.published_at))
    return {(row.lesson, row.version): row.published_at for row in rows}


def editions_in_use(connection: Connection) -> list[Row[Any]]:
    """Editions (lesson, version, file, text) in which a learner stands, current ones among them."""
    standing = select(LEARNER.c.lesson, LEARNER.c.version).where(LEARNER.c.lesson.is_not(None)).distinct()
    wanted = standing.subquery()
    query = select(
        LESSON_EDITION.c.lesson, LESSON_EDITION.c.version, LESSON_EDITION.c.file, LESSON_EDITION.c.text
    ).join(
        wanted,
        (wanted.c.lesson == LESSON_EDITION.c.lesson) & (wanted.c.version == LESSON_EDITION.c.version),
    )
    return list(connection.execute(query))


def learners_of(connection: Connection) -> dict[str, int]:
    """How many learners stand in each lesson, whatever the version."""
    query = select(LEARNER.c.lesson, func.count().label("learners")).where(LEARNER.c.lesson.is_not(None))
    return {row.lesson: row.learners for row in connection.execute(query.group_by(LEARNER.c.lesson))}


def _stored(row: Row[Any] | None) -> StoredPublication | None:
    if row is None:
        return None
    return StoredPublication(id=row.id, at=row.at, digest=row.digest, files=json.loads(row.files), learnt=row.learnt)


def _as_json(files: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(files.items())), ensure_ascii=False)
