"""One person's conversation for those who help him: where he is, and the newest of what was said on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from storage.people import FIRST_LEARNER
from storage.tables import ACCOUNT, INBOX, LEARNER, OUTBOX, PERSON

#: What came in that is worth a line without words of its own.
TOLD_KINDS = (
    *("PictureSent", "PictureRead", "VoiceSent", "PlaceShared", "Unsupported"),
    *("ButtonPressed", "TextSaid", "Pasted"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said. `text` is his words as they are kept (masked; None without consent), or a Message in
    JSON of ours; `kind` the event's name, or the rank of what we sent; `state` what became of it."""

    at: datetime
    side: Literal["theirs", "ours"]
    kind: str
    text: str | None
    state: str


def person(connection: Connection, person_id: int) -> Any:
    """(id, account_id, address, channel, place, last_contact_at, is_reachable, learner); None when he is not there.

    `place` is that of his account where his own is not known; `learner` the state in JSON, None without one.
    """
    columns = (
        PERSON.c.id,
        PERSON.c.account_id,
        PERSON.c.address,
        ACCOUNT.c.channel,
        func.coalesce(PERSON.c.place, ACCOUNT.c.place).label("place"),
        PERSON.c.last_contact_at,
        PERSON.c.is_reachable,
        LEARNER.c.state.label("learner"),
    )
    is_first = (LEARNER.c.person_id == PERSON.c.id) & (LEARNER.c.number == FIRST_LEARNER)
    joined = PERSON.join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id).outerjoin(LEARNER, is_first)
    query = select(*columns).select_from(joined).where(PERSON.c.id == person_id, PERSON.c.erased_at.is_(None))
    return connection.execute(query).first()


def newest(connection: Connection, person_id: int, *, limit: int) -> Sequence[Line]:
    """The newest lines of both sides, oldest first. Bulletins are left out: what is looked for is the conversation."""
    theirs = (
        select(INBOX.c.received_at, INBOX.c.kind, INBOX.c.text, INBOX.c.state)
        .where(INBOX.c.person_id == person_id, INBOX.c.kind.in_(TOLD_KINDS))
        .order_by(INBOX.c.received_at.desc())
    )
    ours = (
        select(OUTBOX.c.created_at, OUTBOX.c.rank, OUTBOX.c.payload, OUTBOX.c.state)
        .where(OUTBOX.c.person_id == person_id, OUTBOX.c.bulletin_id.is_(None))
        .order_by(OUTBOX.c.number.desc())
    )
    lines = [
        Line(row.received_at, "theirs", row.kind, row.text, row.state)
        for row in connection.execute(theirs.limit(limit))
    ]
    lines += [
        Line(row.created_at, "ours", str(row.rank), row.payload, row.state)
        for row in reversed(connection.execute(ours.limit(limit)).all())
    ]
    # What was said in one moment: his words first, then ours in their order.
    return sorted(lines, key=lambda line: (line.at, line.side != "theirs"))[-limit:]
