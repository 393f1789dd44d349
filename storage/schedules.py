"""Schedules of bulletins and their runs: rows and queries. When a run is due is decided elsewhere.

A run is a row, by its key one for each schedule and moment. Whoever prepares one holds it by a lease; a process that
dies loses it, and MOST_ATTEMPTS deaths end in a question. States:

    preparing   its draft is being made, or will be
    drafted     its draft is there
    missed      it could not begin in time: a member is asked
    wanted      a member said to prepare a missed one all the same: it is never late any more
    skipped     nothing comes of it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, text, update

from storage.bulletin_tables import BULLETIN
from storage.subscriptions import joined, parted
from storage.tables import PERSON
from storage.team_tables import BULLETIN_SCHEDULE, BULLETIN_SLOT, STAFF

#: Longer than the forecast service can keep us waiting.
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3
#: Reminders look at runs of the last days alone.
REMEMBERED = timedelta(days=3)

# SQLite takes a partial index only for a query that holds the index's own condition, word for word.
_IS_OPEN = text("bulletinslot.state IN ('preparing', 'missed', 'wanted')")
_TO_PREPARE = and_(_IS_OPEN, BULLETIN_SLOT.c.state.in_(("preparing", "wanted")))


@dataclass(frozen=True, slots=True)
class Schedule:
    """`days` from 0, Monday; `minute` of the local day; runs before `since` are nobody's."""

    id: int
    place: str
    place_name: str
    crops: tuple[str, ...]
    days: frozenset[int]
    minute: int
    ask: str
    seen_within_days: int | None
    author: str
    author_id: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run and its schedule. `was_asked_for`: by a member, after it was missed."""

    schedule: Schedule
    slot: datetime
    was_asked_for: bool = False


# Schedules ------------------------------------------------------------------------------------------------


def add(
    connection: Connection,
    *,
    place: str,
    place_name: str,
    days: frozenset[int],
    minute: int,
    author: str,
    now: datetime,
    crops: tuple[str, ...] = (),
    ask: str = "",
    seen_within_days: int | None = None,
    author_id: int | None = None,
) -> int:
    """A new schedule, whose first run is after now; its id."""
    values: dict[str, Any] = {"place": place, "place_name": place_name, "crops": joined(crops), "minute": minute}
    values |= {"days": joined([str(day) for day in sorted(days)]), "ask": ask, "seen_within_days": seen_within_days}
    values |= {"author": author, "author_id": author_id, "since": now, "created_at": now}
    key = connection.execute(insert(BULLETIN_SCHEDULE).values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def end(connection: Connection, schedule_id: int, *, now: datetime) -> bool:
    """No more runs, and none that is on its way; drafts that are there stay. False: it had ended, or never was."""
    is_active = and_(BULLETIN_SCHEDULE.c.id == schedule_id, BULLETIN_SCHEDULE.c.ended_at.is_(None))
    has_ended = connection.execute(update(BULLETIN_SCHEDULE).where(is_active).values(ended_at=now)).rowcount > 0
    of_schedule = and_(_IS_OPEN, BULLETIN_SLOT.c.schedule_id == schedule_id)
    connection.execute(update(BULLETIN_SLOT).where(of_schedule).values(state="skipped", claimed_by=""))
    return has_ended


def one(connection: Connection, schedule_id: int) -> Schedule | None:
    """A schedule that has not ended."""
    query = _active().where(BULLETIN_SCHEDULE.c.id == schedule_id)
    row = connection.execute(query).first()
    return _schedule(row) if row is not None else None


def listed(connection: Connection) -> list[Schedule]:
    """Those that have not ended, in the order in which they were added."""
    return [_schedule(row) for row in connection.execute(_active().order_by(BULLETIN_SCHEDULE.c.id))]


# Runs -----------------------------------------------------------------------------------------------------


def open_runs(connection: Connection, schedule: Schedule, states: Mapping[datetime, str], *, now: datetime) -> None:
    """Write down runs that have become due. A question about an older one is not asked any more."""
    if not states:
        return
    of_schedule = BULLETIN_SCHEDULE.c.id == schedule.id
    # Until the transaction ends nobody else writes runs of it down.
    connection.execute(select(BULLETIN_SCHEDULE.c.id).where(of_schedule).with_for_update())
    is_older = and_(BULLETIN_SLOT.c.schedule_id == schedule.id, BULLETIN_SLOT.c.slot < max(states))
    is_asked = and_(_IS_OPEN, BULLETIN_SLOT.c.state == "missed")
    connection.execute(update(BULLETIN_SLOT).where(is_older, is_asked).values(state="skipped"))
    there = select(BULLETIN_SLOT.c.slot).where(BULLETIN_SLOT.c.schedule_id == schedule.id)
    known = set(connection.scalars(there.where(BULLETIN_SLOT.c.slot.in_(list(states)))))
    blank = {"schedule_id": schedule.id, "attempts": 0, "claimed_by": "", "reminded": 0}
    if rows := [blank | {"slot": slot, "state": state} for slot, state in sorted(states.items()) if slot not in known]:
        connection.execute(insert(BULLETIN_SLOT), rows)
    connection.execute(update(BULLETIN_SCHEDULE).where(of_schedule).values(since=now))


def give_up(connection: Connection, *, now: datetime, late_before: datetime) -> list[Row[Any]]:
    """Runs that nobody holds are missed when they are late, or killed too many: (schedule_id, slot) of each."""
    is_late = and_(BULLETIN_SLOT.c.state == "preparing", BULLETIN_SLOT.c.slot < late_before)
    is_lost = or_(is_late, BULLETIN_SLOT.c.attempts >= MOST_ATTEMPTS)
    values = {"state": "missed", "claimed_by": "", "claimed_until": None, "reminded": 0, "reminded_at": None}
    query = update(BULLETIN_SLOT).where(_TO_PREPARE, _is_free(now), is_lost).values(**values)
    return list(connection.execute(query.returning(BULLETIN_SLOT.c.schedule_id, BULLETIN_SLOT.c.slot)))


def claim(connection: Connection, *, by: str, now: datetime, limit: int) -> list[Run]:
    """Runs that are ours to prepare now, the oldest first, `limit` at most. Call give_up before."""
    columns = (BULLETIN_SLOT.c.slot, BULLETIN_SLOT.c.state, *BULLETIN_SCHEDULE.c)
    query = select(*columns).join(BULLETIN_SCHEDULE, BULLETIN_SCHEDULE.c.id == BULLETIN_SLOT.c.schedule_id)
    query = query.where(_TO_PREPARE, _is_free(now), BULLETIN_SLOT.c.attempts < MOST_ATTEMPTS)
    query = query.order_by(BULLETIN_SLOT.c.slot, BULLETIN_SLOT.c.schedule_id).limit(limit)
    rows = connection.execute(query.with_for_update(of=BULLETIN_SLOT, skip_locked=True)).all()
    for row in rows:
        values = {"claimed_by": by, "claimed_until": now + LEASE, "attempts": BULLETIN_SLOT.c.attempts + 1}
        connection.execute(update(BULLETIN_SLOT).where(_is_run(row.id, row.slot)).values(**values))
    return [Run(_schedule(row), row.slot, row.state == "wanted") for row in rows]


def put_off(connection: Connection, run: Run, *, by: str, until: datetime) -> None:
    """Try it again later: nothing is wrong with the run itself."""
    values = {"claimed_until": until, "claimed_by": "", "attempts": BULLETIN_SLOT.c.attempts - 1}
    connection.execute(update(BULLETIN_SLOT).where(_is_ours(run, by)).values(**values))


def holds(connection: Connection, run: Run, *, by: str) -> bool:
    """Whether a run is still ours, and stays so until the transaction ends."""
    query = select(BULLETIN_SLOT.c.slot).where(_is_ours(run, by)).with_for_update()
    return connection.execute(query).first() is not None


def finish(connection: Connection, run: Run, bulletin_id: int, *, by: str) -> None:
    """The run has its draft. Ask `holds` before there is one."""
    values = {"state": "drafted", "bulletin_id": bulletin_id, "claimed_by": "", "claimed_until": None}
    query = update(BULLETIN_SLOT).where(_is_ours(run, by))
    connection.execute(query.values(**values, reminded=0, reminded_at=None))


def answer(connection: Connection, schedule_id: int, slot: datetime, *, prepares: bool) -> bool:
    """What to do about a missed run; False when it is not asked about (any more)."""
    values = {"state": "wanted" if prepares else "skipped", "attempts": 0, "claimed_until": None, "claimed_by": ""}
    where = and_(_is_run(schedule_id, slot), BULLETIN_SLOT.c.state == "missed")
    return connection.execute(update(BULLETIN_SLOT).where(where).values(**values)).rowcount > 0


def missed(connection: Connection) -> list[Run]:
    """Runs about which somebody has to be asked, the newest first."""
    query = select(BULLETIN_SLOT.c.slot, *BULLETIN_SCHEDULE.c).join(
        BULLETIN_SCHEDULE, BULLETIN_SCHEDULE.c.id == BULLETIN_SLOT.c.schedule_id
    )
    rows = connection.execute(
        query.where(_IS_OPEN, BULLETIN_SLOT.c.state == "missed").order_by(BULLETIN_SLOT.c.slot.desc())
    )
    return [Run(_schedule(row), row.slot) for row in rows]


# Reminders ------------------------------------------------------------------------------------------------


def to_remind(connection: Connection, *, now: datetime, again_after: timedelta, most: int) -> list[Row[Any]]:
    """Runs that wait for their member: (schedule_id, slot, state, bulletin_id, place_name, person_id).

    Drafts that nobody has released or dropped, and missed runs, of the last days, whose author has tied a chat and
    wants to be told; each `most` times, `again_after` between.
    """
    waits = or_(
        BULLETIN_SLOT.c.state == "missed", and_(BULLETIN_SLOT.c.state == "drafted", BULLETIN.c.state == "draft")
    )
    is_due = or_(BULLETIN_SLOT.c.reminded_at.is_(None), BULLETIN_SLOT.c.reminded_at <= now - again_after)
    columns = (BULLETIN_SLOT.c.schedule_id, BULLETIN_SLOT.c.slot, BULLETIN_SLOT.c.state, BULLETIN_SLOT.c.bulletin_id)
    query = (
        select(*columns, BULLETIN_SCHEDULE.c.place_name, STAFF.c.person_id)
        .join(BULLETIN_SCHEDULE, BULLETIN_SCHEDULE.c.id == BULLETIN_SLOT.c.schedule_id)
        .join(STAFF, STAFF.c.id == BULLETIN_SCHEDULE.c.author_id)
        .join(PERSON, PERSON.c.id == STAFF.c.person_id)
        .outerjoin(BULLETIN, BULLETIN.c.id == BULLETIN_SLOT.c.bulletin_id)
        .where(BULLETIN_SLOT.c.slot > now - REMEMBERED, STAFF.c.ended_at.is_(None))
        .where(PERSON.c.wants_pushes, PERSON.c.is_reachable, PERSON.c.erased_at.is_(None))
        .where(waits, is_due, BULLETIN_SLOT.c.reminded < most)
    )
    return list(connection.execute(query.order_by(BULLETIN_SLOT.c.slot)))


def reminded(connection: Connection, schedule_id: int, slot: datetime, *, now: datetime) -> None:
    values = {"reminded": BULLETIN_SLOT.c.reminded + 1, "reminded_at": now}
    connection.execute(update(BULLETIN_SLOT).where(_is_run(schedule_id, slot)).values(**values))


def _active() -> Any:
    return select(BULLETIN_SCHEDULE).where(BULLETIN_SCHEDULE.c.ended_at.is_(None))


def _is_run(schedule_id: int, slot: datetime) -> Any:
    return and_(BULLETIN_SLOT.c.schedule_id == schedule_id, BULLETIN_SLOT.c.slot == slot)


def _is_ours(run: Run, by: str) -> Any:
    ours = and_(_TO_PREPARE, BULLETIN_SLOT.c.claimed_by == by)
    return and_(_is_run(run.schedule.id, run.slot), ours)


def _is_free(now: datetime) -> Any:
    return or_(BULLETIN_SLOT.c.claimed_until.is_(None), BULLETIN_SLOT.c.claimed_until <= now)


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        id=row.id,
        place=row.place,
        place_name=row.place_name,
        crops=parted(row.crops),
        days=frozenset(int(day) for day in parted(row.days)),
        minute=row.minute,
        ask=row.ask,
        seen_within_days=row.seen_within_days,
        author=row.author,
        author_id=row.author_id,
        since=row.since,
    )
