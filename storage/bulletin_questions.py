"""What readers ask about a bulletin, for who wrote it: their words as they are kept, and the answer.

A question is a verdict of a delivery, "question", and the words that came after it; when it was answered, the verdict
is "answered". What an answer says is given.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, or_, select, text, update

from storage import outbox
from storage.bulletin_tables import BULLETIN, BULLETIN_DELIVERY
from storage.tables import INBOX, PERSON
from storage.team_tables import STAFF
from storage.telling import tell

Outcome = Literal["sent", "answered", "unreachable"]

MOST_TEXTS = 5
#: Word for word the condition of the index delivery_asked.
_IS_OPEN = text("verdict = 'question'")
#: Words belong to a question for so long after it was asked; later ones are about something else.
BELONGS_FOR = timedelta(days=1)
ANSWER_VALID_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, since when, and his words since then, the newest, masked as they are kept, in their order."""

    person_id: int
    at: datetime
    texts: tuple[str, ...]
    is_answered: bool


def of_bulletin(connection: Connection, bulletin_id: int, *, limit: int = 100) -> list[Question]:
    """The questions about a bulletin: those that wait first, then who asked first."""
    verdict = BULLETIN_DELIVERY.c.verdict
    query = select(BULLETIN_DELIVERY.c.person_id, verdict, BULLETIN_DELIVERY.c.verdict_at).where(
        BULLETIN_DELIVERY.c.bulletin_id == bulletin_id, verdict.in_(("question", "answered"))
    )
    rows = connection.execute(query.order_by(verdict.desc(), BULLETIN_DELIVERY.c.verdict_at).limit(limit)).all()
    return [
        Question(
            row.person_id, row.verdict_at, _texts(connection, row.person_id, row.verdict_at), row.verdict == "answered"
        )
        for row in rows
    ]


def open_by_bulletin(connection: Connection, bulletin_ids: Collection[int]) -> dict[int, int]:
    """Bulletin -> how many questions about it wait; without those that have none."""
    query = select(BULLETIN_DELIVERY.c.bulletin_id, func.count().label("people")).where(
        BULLETIN_DELIVERY.c.bulletin_id.in_(list(bulletin_ids)), _IS_OPEN
    )
    return {row.bulletin_id: row.people for row in connection.execute(query.group_by(BULLETIN_DELIVERY.c.bulletin_id))}


def answer(connection: Connection, *, bulletin_id: int, person_id: int, payload: str, now: datetime) -> Outcome:
    """Queue an answer, a Message in JSON: `sent`, `answered` by somebody before, or he is `unreachable`."""
    waits = (
        BULLETIN_DELIVERY.c.bulletin_id == bulletin_id,
        BULLETIN_DELIVERY.c.person_id == person_id,
        BULLETIN_DELIVERY.c.verdict == "question",
    )
    query = update(BULLETIN_DELIVERY).where(*waits).values(verdict="answered")
    if not connection.execute(query).rowcount:
        return "answered"
    if tell(connection, person_id, rank=outbox.STAFF, payload=payload, now=now, valid_for=ANSWER_VALID_FOR):
        return "sent"
    connection.execute(update(BULLETIN_DELIVERY).where(*waits[:2]).values(verdict="question"))
    return "unreachable"


def to_tell(connection: Connection, *, now: datetime, again_after: timedelta) -> list[Row[Any]]:
    """Bulletins with questions of which their author does not know: (bulletin_id, people, person_id).

    Authors who have tied a chat and want to be told, `again_after` at the soonest.
    """
    newest = func.max(BULLETIN_DELIVERY.c.verdict_at)
    told_at = BULLETIN.c.questions_told_at
    query = (
        select(BULLETIN_DELIVERY.c.bulletin_id, func.count().label("people"), STAFF.c.person_id)
        .join(BULLETIN, BULLETIN.c.id == BULLETIN_DELIVERY.c.bulletin_id)
        .join(STAFF, STAFF.c.id == BULLETIN.c.author_id)
        .join(PERSON, PERSON.c.id == STAFF.c.person_id)
        .where(_IS_OPEN, STAFF.c.ended_at.is_(None), or_(told_at.is_(None), told_at <= now - again_after))
        .where(PERSON.c.wants_pushes, PERSON.c.is_reachable, PERSON.c.erased_at.is_(None))
        .group_by(BULLETIN_DELIVERY.c.bulletin_id, STAFF.c.person_id, told_at)
        .having(or_(told_at.is_(None), newest > told_at))
    )
    return list(connection.execute(query.order_by(BULLETIN_DELIVERY.c.bulletin_id)))


def told(connection: Connection, bulletin_id: int, *, now: datetime) -> None:
    """The author knows of the questions that wait now."""
    connection.execute(update(BULLETIN).where(BULLETIN.c.id == bulletin_id).values(questions_told_at=now))


def _texts(connection: Connection, person_id: int, since: datetime) -> tuple[str, ...]:
    is_after = (INBOX.c.received_at >= since, INBOX.c.received_at < since + BELONGS_FOR, INBOX.c.text.is_not(None))
    query = select(INBOX.c.text).where(INBOX.c.person_id == person_id, *is_after)
    newest = connection.scalars(query.order_by(INBOX.c.received_at.desc()).limit(MOST_TEXTS)).all()
    return tuple(reversed(newest))
