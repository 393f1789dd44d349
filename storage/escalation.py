"""Which residents wait for a person and are nobody's yet, and whom of the team that can be told.

Decides neither when nor of whom: that is the caller's.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from storage.subscriptions import parted
from storage.tables import ACCOUNT, HANDOFF, PERSON
from storage.team_tables import STAFF


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A request that nobody answers; `told` is how often the team was told of it, `told_at` when they were last.

    `place` is that of the person's account where his own is not known.
    """

    person_id: int
    opened_at: datetime
    is_urgent: bool
    told: int
    told_at: datetime | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody of the team who has tied a chat and wants to be told there: `person_id` is that chat."""

    roles: frozenset[str]
    scope: tuple[str, ...]
    person_id: int


def unclaimed(
    connection: Connection, *, opened_after: datetime, claimed_before: datetime, told_less_than: int
) -> list[Unclaimed]:
    """Requests that nobody answers, the urgent first, then who has waited longest.

    Who has claimed one before `claimed_before` and has not answered has forgotten it.
    """
    columns = (HANDOFF.c.person_id, HANDOFF.c.opened_at, HANDOFF.c.is_urgent, HANDOFF.c.told, HANDOFF.c.told_at)
    place = func.coalesce(PERSON.c.place, ACCOUNT.c.place).label("place")
    query = (
        select(*columns, place)
        .join(PERSON, PERSON.c.id == HANDOFF.c.person_id)
        .join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)
        .where(HANDOFF.c.state == "waiting", HANDOFF.c.opened_at > opened_after, HANDOFF.c.told < told_less_than)
        .where(or_(HANDOFF.c.claimed_by.is_(None), HANDOFF.c.claimed_at <= claimed_before))
        .where(PERSON.c.erased_at.is_(None))
    )
    rows = connection.execute(query.order_by(HANDOFF.c.is_urgent.desc(), HANDOFF.c.opened_at))
    return [Unclaimed(*row) for row in rows]


def reachable(connection: Connection) -> list[Reachable]:
    """Those of the team whom a message in their own chat reaches."""
    query = (
        select(STAFF.c.roles, STAFF.c.scope, STAFF.c.person_id)
        .join(PERSON, PERSON.c.id == STAFF.c.person_id)
        .where(STAFF.c.ended_at.is_(None), PERSON.c.wants_pushes, PERSON.c.is_reachable, PERSON.c.erased_at.is_(None))
    )
    return [
        Reachable(frozenset(parted(row.roles)), parted(row.scope), row.person_id)
        for row in connection.execute(query.order_by(STAFF.c.id))
    ]


def note_told(connection: Connection, person_id: int, opened_at: datetime, *, was: int, now: datetime) -> bool:
    """The team is told once more of a request; False when it was closed, or somebody told them meanwhile."""
    is_it = (HANDOFF.c.person_id == person_id, HANDOFF.c.opened_at == opened_at)
    query = update(HANDOFF).where(*is_it, HANDOFF.c.state == "waiting", HANDOFF.c.told == was)
    return connection.execute(query.values(told=was + 1, told_at=now)).rowcount > 0
