"""Residents who wait for a person of the team, and who of the team answers them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from storage.people import FIRST_LEARNER
from storage.tables import ACCOUNT, HANDOFF, LEARNER, PERSON, TIMER
from storage.team_tables import STAFF

OPEN = ("waiting", "talking")
#: The reason of a request that nobody made: somebody of the team wrote first.
BY_TEAM = "staff"


def open_for(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Requests (person_id, opened_at, reason, is_urgent, lesson, step, state); one that is open is kept.

    An urgent request is added beside an open one that is not urgent.
    """
    if not rows:
        return
    people = [row["person_id"] for row in rows]
    query = select(HANDOFF.c.person_id, HANDOFF.c.is_urgent).where(
        HANDOFF.c.person_id.in_(people), HANDOFF.c.state.in_(OPEN)
    )
    covered = {(row.person_id, row.is_urgent) for row in connection.execute(query)}
    fresh: dict[tuple[int, bool], dict[str, Any]] = {}
    for row in rows:
        person, is_urgent = row["person_id"], row["is_urgent"]
        if (person, True) in covered or (person, is_urgent) in covered:
            continue
        fresh[(person, is_urgent)] = row
    # Two rows of one person at one moment would share their key: the urgent one is the one to keep.
    by_key = {(row["person_id"], row["opened_at"]): row for _, row in sorted(fresh.items())}
    if by_key:
        connection.execute(insert(HANDOFF), [{"told": 0, **row} for row in by_key.values()])


def take_over(connection: Connection, people: Collection[int], *, now: datetime) -> None:
    """Somebody of the team writes to these people: their requests are being dealt with; who had none has one now."""
    if not people:
        return
    move(connection, people, to="talking", now=now)
    blank = {"reason": BY_TEAM, "is_urgent": False, "lesson": None, "step": None, "state": "talking"}
    open_for(connection, [{"person_id": person, "opened_at": now, **blank} for person in people])


def move(connection: Connection, people: Collection[int], *, to: str, now: datetime) -> None:
    """Mark the open requests of these people `talking` or `closed`."""
    if not people:
        return
    values = {"state": to} if to == "talking" else {"state": to, "closed_at": now}
    query = update(HANDOFF).where(HANDOFF.c.person_id.in_(list(people)), HANDOFF.c.state.in_(OPEN))
    connection.execute(query.values(**values))


def claim(connection: Connection, person_id: int, staff_id: int, *, over: int | None, now: datetime) -> int | None:
    """Let a member answer this person; who answers him now: the member, or the other who was first.

    `over` is the colleague from whom the member knowingly takes over, None when he has seen none.
    None when the person has no open request.
    """
    where = (HANDOFF.c.person_id == person_id, HANDOFF.c.state.in_(OPEN))
    found = list(connection.scalars(select(HANDOFF.c.claimed_by).where(*where)))
    if not found:
        return None
    by: int | None = next((one for one in found if one is not None), None)
    if by is not None and by not in (staff_id, over):
        return by
    if found != [staff_id] * len(found):
        connection.execute(update(HANDOFF).where(*where).values(claimed_by=staff_id, claimed_at=now))
    return staff_id


def waiting(connection: Connection, *, limit: int = 200) -> list[Row[Any]]:
    """Who waits: the urgent first, then who has waited longest. `returns_at` is when the bot takes him back."""
    query = _SELECT.where(HANDOFF.c.state.in_(OPEN)).order_by(HANDOFF.c.is_urgent.desc(), HANDOFF.c.opened_at)
    return list(connection.execute(query.limit(limit)))


def of_person(connection: Connection, person_id: int) -> Row[Any] | None:
    """His open request, the urgent one first."""
    query = _SELECT.where(HANDOFF.c.person_id == person_id, HANDOFF.c.state.in_(OPEN))
    return connection.execute(query.order_by(HANDOFF.c.is_urgent.desc(), HANDOFF.c.opened_at).limit(1)).first()


def closed_since(connection: Connection, since: datetime, *, limit: int = 100) -> list[Row[Any]]:
    """Requests that were closed since then, the newest first."""
    query = _SELECT.where(HANDOFF.c.state == "closed", HANDOFF.c.closed_at >= since)
    return list(connection.execute(query.order_by(HANDOFF.c.closed_at.desc()).limit(limit)))


def _select() -> Select[Any]:
    """A request with the person's place (that of his account where his own is not known), state and answerer."""
    columns = (
        HANDOFF.c.person_id,
        HANDOFF.c.opened_at,
        HANDOFF.c.reason,
        HANDOFF.c.is_urgent,
        HANDOFF.c.lesson,
        HANDOFF.c.step,
        HANDOFF.c.state,
        HANDOFF.c.closed_at,
        HANDOFF.c.claimed_by,
        STAFF.c.name.label("claimed_name"),
        STAFF.c.login.label("claimed_login"),
        ACCOUNT.c.channel,
        PERSON.c.address,
        func.coalesce(PERSON.c.place, ACCOUNT.c.place).label("place"),
        LEARNER.c.state.label("learner"),
        TIMER.c.due_at.label("returns_at"),
    )
    is_first = (LEARNER.c.person_id == HANDOFF.c.person_id) & (LEARNER.c.number == FIRST_LEARNER)
    joined = (
        HANDOFF.join(PERSON, PERSON.c.id == HANDOFF.c.person_id)
        .join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)
        .outerjoin(LEARNER, is_first)
        .outerjoin(STAFF, STAFF.c.id == HANDOFF.c.claimed_by)
        .outerjoin(TIMER, (TIMER.c.person_id == HANDOFF.c.person_id) & (TIMER.c.name == "staff"))
    )
    return select(*columns).select_from(joined).where(PERSON.c.erased_at.is_(None))


_SELECT = _select()
