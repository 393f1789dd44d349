"""Consents, progress and step events: what a turn leaves behind beside the state."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.tables import CONSENT, PROGRESS, STEP_EVENT


def add_consents(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Consents: person_id, number, at, granted, notice_version, channel, subject."""
    if rows:
        connection.execute(insert(CONSENT), rows)


def add_step_events(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Step events: person_id, number, at, kind, lesson, version, step."""
    if rows:
        connection.execute(insert(STEP_EVENT), rows)


def start_lessons(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Progress rows (person_id, learner, lesson, version, started_at); a lesson begun before keeps its row."""
    if not rows:
        return
    keys = {(row["person_id"], row["learner"], row["lesson"]): row for row in rows}
    # By the people: for a list of whole keys SQLite walks the table.
    known = select(PROGRESS.c.person_id, PROGRESS.c.learner, PROGRESS.c.lesson).where(
        PROGRESS.c.person_id.in_({row["person_id"] for row in rows})
    )
    for row in connection.execute(known):
        keys.pop((row.person_id, row.learner, row.lesson), None)
    if keys:
        connection.execute(insert(PROGRESS), list(keys.values()))


_FINISH = (
    update(PROGRESS)
    .where(
        PROGRESS.c.person_id == bindparam("person"),
        PROGRESS.c.lesson == bindparam("finished"),
        PROGRESS.c.finished_at.is_(None),
    )
    .values(finished_at=bindparam("at"))
)


def finish_lessons(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Mark lessons (person, finished, at) as finished; the first time counts."""
    if rows:
        connection.execute(_FINISH, rows)
