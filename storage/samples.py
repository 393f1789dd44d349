"""What was pasted to be checked, for editors who look for new tricks: only of who agreed to it, and never whose it was.

Stands on the newest consent of each person (subject `samples`) at the moment of the look: who takes it back, or is
erased, is gone from here at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, text, true

from storage.counting import PLACE
from storage.tables import ACCOUNT, CONSENT, INBOX, PERSON

SUBJECT = "samples"


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A text, masked before it was stored, how often it came, and when last."""

    text: str
    times: int
    last_at: datetime


def newest(
    connection: Connection, *, places: Sequence[str] | None, since: datetime, skip: int, limit: int
) -> list[StoredSample]:
    """The texts that came since then, each once, the newest first, after the first `skip`.

    With `places` those of who lives there, and of whom no place is known. None: of everybody.
    """
    agreed = (
        select(CONSENT.c.granted)
        .where(CONSENT.c.person_id == INBOX.c.person_id, CONSENT.c.subject == SUBJECT)
        .order_by(CONSENT.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    joined = INBOX.join(PERSON, PERSON.c.id == INBOX.c.person_id).join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)
    last = func.max(INBOX.c.received_at)
    query = (
        select(INBOX.c.text, func.count().label("times"), last.label("last_at"))
        .select_from(joined)
        .where(
            text("inbox.kind = 'Pasted'"),  # word for word the condition of the index
            INBOX.c.text.is_not(None),
            INBOX.c.received_at >= since,
            PERSON.c.erased_at.is_(None),
            agreed.is_(true()),
        )
    )
    if places is not None:
        query = query.where(or_(PLACE.is_(None), PLACE.in_(places)))
    query = query.group_by(INBOX.c.text).order_by(last.desc(), INBOX.c.text).offset(skip).limit(limit)
    return [StoredSample(**row._mapping) for row in connection.execute(query)]
