"""The outbox: what is to be sent, in whose order, claimed by whom, and what became of it.

A person's rows leave one at a time in the order (rank, number); a row that waits for a retry holds back the
rows behind it, so that nothing overtakes. A claim is a lease: when its holder dies the row is taken over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)

from storage.bulletin_tables import BULLETIN as BULLETIN_TABLE
from storage.tables import OUTBOX, PERSON

REPLY, STAFF, REMINDER, URGENT, BULLETIN = 0, 1, 5, 8, 9  # urgent: a bulletin that overtakes the others

#: Rows of one person that a claim takes at most; the rest follow in the next claim.
ROWS_OF_ONE_PERSON = 8

#: The reason of a row whose call was unknown until the platform echoed it.
SETTLED = "settled by echo"
#: The reason of a row that was taken over while its call may have been under way.
SENDER_DIED = "unknown: sender died"

# SQLite takes a partial index only for a query that holds the index's own condition, word for word: a bound
# parameter does not do. Without these the queries would read every row that was ever sent.
_BY_ACCOUNT = text("outbox.state IN ('waiting', 'sending')")
_BY_PERSON = text("outbox.state IN ('waiting', 'sending', 'held', 'paused', 'unknown')")
#: States of a row that nobody has begun to send.
UNSENT = ("waiting", "held", "paused")
_EARLIER_BY_PERSON = text("earlier.state IN ('waiting', 'sending', 'held', 'paused', 'unknown')")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to send, with what its sending needs to know of the person.

    `bulletin` is the message of its bulletin, before which `payload` is only an opening, or empty.
    """

    person_id: int
    number: int
    account_id: int
    rank: int
    payload: str
    attempts: int
    parts_sent: int
    valid_until: datetime | None
    created_at: datetime
    due_at: datetime
    in_flight: str
    platform_id: str
    address: str
    last_contact_at: datetime | None
    is_reachable: bool
    wants_pushes: bool = True
    bulletin: str | None = None
    may_bill: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """How much one claim may take: people at a time, and rows in all.

    The `bulk` figures are what reminders and bulletins may have of it, so that answers never wait for them.
    """

    people: int
    rows: int
    bulk_people: int
    bulk_rows: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a claimed row. `state` waiting with the old `due_at` gives the row back untouched."""

    person_id: int
    number: int
    state: str
    due_at: datetime
    attempts: int
    parts_sent: int
    reason: str = ""
    platform_id: str = ""
    in_flight: str = ""
    settled_at: datetime | None = None


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Queue rows: person_id, number, account_id, rank, payload, due_at, valid_until, created_at.

    Those of a bulletin have also bulletin_id, may_bill, state and reason.
    """
    if rows:
        states = {"attempts": 0, "parts_sent": 0, "state": "waiting", "reason": "", "platform_id": ""}
        blank = states | {"in_flight": "", "claimed_by": "", "bulletin_id": None, "may_bill": False}
        connection.execute(insert(OUTBOX), [blank | row for row in rows])


_RELEASE = (
    update(OUTBOX)
    .where(OUTBOX.c.person_id.in_(bindparam("people", expanding=True)), OUTBOX.c.state == "held", _BY_PERSON)
    .values(state="waiting", due_at=bindparam("now"), reason="")
)


def release_held(connection: Connection, people: Collection[int], now: datetime) -> None:
    """These people wrote: what waited for that may leave, if it is still valid."""
    if people:
        connection.execute(_RELEASE, {"people": list(people), "now": now})


def withdraw_pushes(connection: Connection, people: Collection[int]) -> None:
    """Nothing unasked may leave any more for these people."""
    if people:
        is_push = and_(OUTBOX.c.rank >= REMINDER, OUTBOX.c.state.in_(UNSENT))
        query = update(OUTBOX).where(OUTBOX.c.person_id.in_(list(people)), is_push, _BY_PERSON)
        connection.execute(query.values(state="withdrawn", reason="stopped"))


def withdraw_all(connection: Connection, people: Collection[int]) -> None:
    """Nothing at all may leave any more for these people."""
    if people:
        is_open = OUTBOX.c.state.in_(UNSENT)
        query = update(OUTBOX).where(OUTBOX.c.person_id.in_(list(people)), is_open, _BY_PERSON)
        connection.execute(query.values(state="withdrawn", reason="left"))


_EARLIER = OUTBOX.alias("earlier")

#: A row of a bulletin leaves only while that bulletin is being sent.
_MAY_LEAVE = or_(OUTBOX.c.bulletin_id.is_(None), OUTBOX.c.bulletin_id.in_(bindparam("bulletins", expanding=True)))

#: What waits for its bulletin holds nothing back.
_EARLIER_MAY_LEAVE = or_(
    _EARLIER.c.bulletin_id.is_(None), _EARLIER.c.bulletin_id.in_(bindparam("bulletins", expanding=True))
)

_FIRST_ROWS = (
    select(OUTBOX.c.person_id, OUTBOX.c.rank)
    .where(
        OUTBOX.c.account_id == bindparam("account"),
        OUTBOX.c.state == "waiting",
        _BY_ACCOUNT,
        OUTBOX.c.rank <= bindparam("highest_rank"),
        _MAY_LEAVE,
        OUTBOX.c.due_at <= bindparam("now"),
        ~exists().where(
            _EARLIER_BY_PERSON,
            _EARLIER.c.person_id == OUTBOX.c.person_id,
            or_(
                _EARLIER.c.state == "sending",
                and_(
                    _EARLIER.c.state == "waiting",
                    _EARLIER_MAY_LEAVE,
                    or_(
                        _EARLIER.c.rank < OUTBOX.c.rank,
                        and_(_EARLIER.c.rank == OUTBOX.c.rank, _EARLIER.c.number < OUTBOX.c.number),
                    ),
                ),
            ),
        ),
    )
    .order_by(OUTBOX.c.rank, OUTBOX.c.due_at)
    .limit(bindparam("most"))
)

_ROWS_OF_PEOPLE = (
    select(
        OUTBOX.c.person_id,
        OUTBOX.c.number,
        OUTBOX.c.account_id,
        OUTBOX.c.rank,
        OUTBOX.c.payload,
        OUTBOX.c.attempts,
        OUTBOX.c.parts_sent,
        OUTBOX.c.valid_until,
        OUTBOX.c.created_at,
        OUTBOX.c.due_at,
        OUTBOX.c.in_flight,
        OUTBOX.c.platform_id,
        PERSON.c.address,
        PERSON.c.last_contact_at,
        PERSON.c.is_reachable,
        PERSON.c.wants_pushes,
        BULLETIN_TABLE.c.message.label("bulletin"),
        OUTBOX.c.may_bill,
    )
    .join(PERSON, PERSON.c.id == OUTBOX.c.person_id)
    .outerjoin(BULLETIN_TABLE, BULLETIN_TABLE.c.id == OUTBOX.c.bulletin_id)
    .where(
        OUTBOX.c.person_id.in_(bindparam("people", expanding=True)),
        OUTBOX.c.state == "waiting",
        _MAY_LEAVE,
        _BY_PERSON,
    )
    .order_by(OUTBOX.c.rank, OUTBOX.c.number)
)

_CLAIM = (
    update(OUTBOX)
    .where(OUTBOX.c.person_id == bindparam("person"), OUTBOX.c.number == bindparam("row"))
    .values(state="sending", claimed_until=bindparam("until"), claimed_by=bindparam("by"))
)


def claim(
    connection: Connection,
    account_id: int,
    *,
    now: datetime,
    by: str,
    lease: timedelta,
    room: Room,
    bulletins: Sequence[int] = (),
    highest_rank: int = BULLETIN,
) -> list[list[Claimed]]:
    """Some people's next rows, now ours until the lease ends: one list a person, in sending order.

    Of bulletins only rows of these. Rows behind `highest_rank` are not looked at, however many wait there.
    """
    # Without a bulletin the ranks before theirs are enough, however many rows of paused ones wait.
    highest = highest_rank if bulletins else min(highest_rank, REMINDER)
    parameters = {"account": account_id, "now": now, "most": room.people, "highest_rank": highest}
    parameters["bulletins"] = list(bulletins)
    people = _within_bulk(connection.execute(_FIRST_ROWS, parameters).all(), room.bulk_people)
    if not people:
        return []
    runs: dict[int, list[Claimed]] = {person: [] for person in people}
    blocked: set[int] = set()
    rows_left, bulk_left = room.rows, room.bulk_rows
    for row in connection.execute(_ROWS_OF_PEOPLE, {"people": people, "bulletins": list(bulletins)}):
        run = runs[row.person_id]
        is_bulk = row.rank > STAFF
        if row.due_at > now or len(run) == ROWS_OF_ONE_PERSON or not rows_left or (is_bulk and not bulk_left):
            blocked.add(row.person_id)
        if row.person_id not in blocked:
            run.append(Claimed(**row._mapping))
            rows_left -= 1
            bulk_left -= is_bulk
    values = [
        {"person": row.person_id, "row": row.number, "until": now + lease, "by": by}
        for run in runs.values()
        for row in run
    ]
    if values:
        connection.execute(_CLAIM, values)
    return [run for run in runs.values() if run]


def _within_bulk(first_rows: Sequence[Any], bulk_people: int) -> list[int]:
    answered = [row.person_id for row in first_rows if row.rank <= STAFF]
    return answered + [row.person_id for row in first_rows if row.rank > STAFF][:bulk_people]


_MARK = (
    update(OUTBOX)
    .where(OUTBOX.c.person_id == bindparam("person"), OUTBOX.c.number == bindparam("row"))
    .values(
        state=bindparam("state"),
        due_at=bindparam("due_at"),
        attempts=bindparam("attempts"),
        parts_sent=bindparam("parts_sent"),
        # That nobody saw the answer of an earlier call stays written there, whatever became of the row since.
        reason=case((OUTBOX.c.reason == SENDER_DIED, OUTBOX.c.reason), else_=bindparam("reason")),
        platform_id=bindparam("platform_id"),
        in_flight=bindparam("in_flight"),
        settled_at=bindparam("settled_at"),
        claimed_until=None,
    )
)
# What was sent is sent whoever holds the row now; anything else is only ours to say while we hold it.
_MARK_OURS = _MARK.where(OUTBOX.c.state == "sending", OUTBOX.c.claimed_by == bindparam("by"))


def mark(connection: Connection, marks: Sequence[Mark], *, by: str) -> None:
    """Write down what became of rows that we had claimed."""
    rows = []
    for one in marks:
        rows.append(_mark_values(_after_echo(connection, one, by=by) if one.state == "unknown" else one) | {"by": by})
    if sent := [row for row in rows if row["state"] == "sent"]:
        connection.execute(_MARK, [{k: v for k, v in row.items() if k != "by"} for row in sent])
    if other := [row for row in rows if row["state"] != "sent"]:
        connection.execute(_MARK_OURS, other)


def _mark_values(mark: Mark) -> dict[str, Any]:
    return {
        "person": mark.person_id,
        "row": mark.number,
        "state": mark.state,
        "due_at": mark.due_at,
        "attempts": mark.attempts,
        "parts_sent": mark.parts_sent,
        "reason": mark.reason,
        "platform_id": mark.platform_id,
        "in_flight": mark.in_flight,
        "settled_at": mark.settled_at,
    }


def _after_echo(connection: Connection, mark: Mark, *, by: str) -> Mark:
    """An unknown call whose echo was here before anybody gave the answer up was taken: it is not unknown."""
    echo = connection.execute(
        select(OUTBOX.c.in_flight, OUTBOX.c.platform_id).where(
            OUTBOX.c.person_id == mark.person_id,
            OUTBOX.c.number == mark.number,
            OUTBOX.c.state == "sending",
            OUTBOX.c.claimed_by == by,
        )
    ).first()
    if echo is None or echo.in_flight != mark.in_flight:
        return mark
    return replace(
        mark,
        state="waiting",
        parts_sent=mark.parts_sent + 1,
        reason=SETTLED,
        platform_id=echo.platform_id,
        in_flight="",
        settled_at=None,
    )


_NOTE_PARTS = (
    update(OUTBOX)
    .where(
        OUTBOX.c.person_id == bindparam("person"),
        OUTBOX.c.number == bindparam("row"),
        OUTBOX.c.state == "sending",
        OUTBOX.c.claimed_by == bindparam("by"),
    )
    .values(parts_sent=bindparam("parts"), in_flight="")
)


def note_parts(connection: Connection, person_id: int, number: int, *, parts_sent: int, by: str) -> None:
    """A part of a row that we hold was taken and more follow: who takes the row over begins behind it."""
    connection.execute(_NOTE_PARTS, {"person": person_id, "row": number, "parts": parts_sent, "by": by})


def take_over(connection: Connection, *, now: datetime, dead: Collection[str] = ()) -> int:
    """Give back rows whose lease ran out or whose holder is known to be dead; how many.

    Their call may have left: `reason` says so for good, since nobody saw the answer. An echo that came
    meanwhile stays noted in `in_flight`, for whoever sends them next.
    """
    lost = OUTBOX.c.claimed_until < now
    if dead:
        lost = or_(lost, OUTBOX.c.claimed_by.in_(list(dead)))
    query = update(OUTBOX).where(OUTBOX.c.state == "sending", _BY_ACCOUNT, lost)
    values = {"state": "waiting", "attempts": OUTBOX.c.attempts + 1, "reason": SENDER_DIED}
    return connection.execute(query.values(**values, claimed_by="", claimed_until=None)).rowcount


def holders(connection: Connection) -> set[str]:
    """Who holds rows now."""
    query = select(OUTBOX.c.claimed_by).where(OUTBOX.c.state == "sending", _BY_ACCOUNT)
    return set(connection.scalars(query.distinct()))


def settle_unknown(connection: Connection, person_id: int, *, digest: str, platform_id: str) -> bool:
    """An echo shows that the call in flight was taken after all: its row goes on behind that part.

    When nothing is unknown yet the echo is noted on the row that is being sent: should its answer get lost,
    `mark` finds it there.
    """
    rows = and_(OUTBOX.c.person_id == person_id, _BY_PERSON)
    unknown = select(OUTBOX.c.number).where(rows, OUTBOX.c.state == "unknown", OUTBOX.c.in_flight == digest)
    if numbers := connection.scalars(unknown).all():
        values: dict[str, Any] = {"state": "waiting", "parts_sent": OUTBOX.c.parts_sent + 1, "in_flight": ""}
        values |= {"platform_id": platform_id, "reason": SETTLED}
        connection.execute(update(OUTBOX).where(rows, OUTBOX.c.number == min(numbers)).values(**values))
        return True
    sending = select(OUTBOX.c.number).where(rows, OUTBOX.c.state == "sending")
    number = connection.scalar(sending.order_by(OUTBOX.c.rank, OUTBOX.c.number).limit(1))
    if number is not None:
        query = update(OUTBOX).where(rows, OUTBOX.c.number == number)
        connection.execute(query.values(in_flight=digest, platform_id=platform_id))
    return False
