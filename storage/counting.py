"""What happened at steps, folded into counts that name nobody; and how many people there are in each place.

Knows no map: the province of a place is told by a function. A chunk of events and the mark of how far they are counted
are one transaction: a crash counts nothing twice and misses nothing, and two processes take turns at the mark.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from storage.tables import ACCOUNT, PERSON, PROGRESS, STEP_EVENT, SUBSCRIPTION
from storage.team_tables import COUNTED, PLACE_COUNT

#: Events that one transaction folds; more only when they bear the same time.
CHUNK = 500
#: Younger events may have neighbours that are not committed yet.
SETTLED_AFTER = timedelta(seconds=60)
#: Who is silent for longer between two events has put the phone away.
LONGEST_PAUSE = timedelta(minutes=10)

STEPS, PLACES = "steps", "places"
COUNTRY = "vn"
FIRST_RIGHT, FIRST_WRONG, SECONDS = "first_right", "first_wrong", "seconds"

#: Code of the province that a commune or province lies in; None for what is neither.
ProvinceOf = Callable[[str], str | None]

#: Where somebody lives, as far as it is known.
PLACE: ColumnElement[str | None] = func.coalesce(PERSON.c.place, ACCOUNT.c.place)

_BEGINNING = datetime.fromtimestamp(0, UTC)
_FIRST_ANSWERS = {"answer_right": FIRST_RIGHT, "answer_wrong": FIRST_WRONG}

# As text: SQLAlchemy has an upsert for each database, and these are read by both.
_FIRST_MARK = text("INSERT INTO counted (name, at) VALUES (:name, 0) ON CONFLICT (name) DO NOTHING")
_ADD = text(
    "INSERT INTO stepcount (place, month, lesson, step, kind, count)"
    " VALUES (:place, :month, :lesson, :step, :kind, :count)"
    " ON CONFLICT (place, month, lesson, step, kind) DO UPDATE SET count = stepcount.count + excluded.count"
)


def counted_at(connection: Connection, name: str) -> datetime | None:
    """Up to when STEPS or PLACES are counted; None before the first time."""
    found: datetime | None = connection.scalar(select(COUNTED.c.at).where(COUNTED.c.name == name))
    return found if found != _BEGINNING else None


# Steps ----------------------------------------------------------------------------------------------------


def fold_steps(connection: Connection, *, now: datetime, zone: ZoneInfo, province_of: ProvinceOf) -> bool:
    """Count the next events, of one local month and about CHUNK at most; whether more may be left."""
    since, until = _locked(connection, STEPS), now - SETTLED_AFTER
    at = STEP_EVENT.c.at
    is_new = and_(at > since, at <= until)
    first = connection.scalar(select(func.min(at)).where(is_new))
    if first is None:
        _mark(connection, STEPS, max(since, until))
        return False
    month, ends = _month(first, zone)
    last = connection.scalar(select(at).where(is_new).order_by(at).offset(CHUNK - 1).limit(1)) or until
    upto = min(last, ends - timedelta(milliseconds=1))
    counts = _counts(connection, and_(at > since, at <= upto))
    _add(connection, _everywhere(counts, province_of), month)
    _mark(connection, STEPS, upto)
    return bool(upto < until)


Key = tuple[str | None, str, str, str]  # place, lesson, step, kind


def _counts(connection: Connection, is_meant: ColumnElement[bool]) -> Counter[Key]:
    counts: Counter[Key] = Counter()
    for place, lesson, step, kind, times in connection.execute(_happened(is_meant)):
        counts[place, lesson or "", step or "", kind] += times
    for place, lesson, step, kind, times in connection.execute(_first_answers(is_meant)):
        counts[place, lesson, step, _FIRST_ANSWERS[kind]] += times
    for place, lesson, milliseconds in connection.execute(_seconds(is_meant)):
        counts[place, lesson, "", SECONDS] += round(milliseconds / 1000)
    return counts


def _of_people(joined: FromClause = STEP_EVENT) -> FromClause:
    return joined.join(PERSON, PERSON.c.id == STEP_EVENT.c.person_id).join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)


def _happened(is_meant: ColumnElement[bool]) -> Any:
    columns = (PLACE.label("place"), STEP_EVENT.c.lesson, STEP_EVENT.c.step, STEP_EVENT.c.kind)
    return select(*columns, func.count()).select_from(_of_people()).where(is_meant).group_by(*columns)


def _first_answers(is_meant: ColumnElement[bool]) -> Any:
    """The first answer that somebody ever gave at a step, right or wrong."""
    earlier = STEP_EVENT.alias()
    is_later = exists().where(
        earlier.c.person_id == STEP_EVENT.c.person_id,
        earlier.c.number < STEP_EVENT.c.number,
        earlier.c.lesson == STEP_EVENT.c.lesson,
        earlier.c.step == STEP_EVENT.c.step,
        earlier.c.kind.in_(_FIRST_ANSWERS),
    )
    is_first = (is_meant, STEP_EVENT.c.kind.in_(_FIRST_ANSWERS), ~is_later)
    return _happened(and_(*is_first))


def _seconds(is_meant: ColumnElement[bool]) -> Any:
    """The time between an event and the one before it, where both are of one round through a lesson."""
    before, earlier = STEP_EVENT.alias("before"), STEP_EVENT.alias("earlier")
    is_earlier = and_(earlier.c.person_id == STEP_EVENT.c.person_id, earlier.c.number < STEP_EVENT.c.number)
    last = select(func.max(earlier.c.number)).where(is_earlier).scalar_subquery()
    pause = type_coerce(STEP_EVENT.c.at, BigInteger) - type_coerce(before.c.at, BigInteger)
    joined = _of_people(
        STEP_EVENT.join(before, and_(before.c.person_id == STEP_EVENT.c.person_id, before.c.number == last))
    )
    columns = (PLACE.label("place"), STEP_EVENT.c.lesson)
    query = select(*columns, func.sum(pause)).select_from(joined)
    return query.where(
        is_meant,
        STEP_EVENT.c.kind != "lesson_started",
        before.c.lesson == STEP_EVENT.c.lesson,
        pause < int(LONGEST_PAUSE.total_seconds() * 1000),
    ).group_by(*columns)


def _everywhere(counts: Counter[Key], province_of: ProvinceOf) -> Counter[Key]:
    """The same in the place, its province and the country."""
    spread: Counter[Key] = Counter()
    for (place, lesson, step, kind), count in counts.items():
        for wider in _lies_in(place, province_of):
            spread[wider, lesson, step, kind] += count
    return spread


def _lies_in(place: str | None, province_of: ProvinceOf) -> set[str]:
    if place is None:
        return {COUNTRY}
    return {place, COUNTRY} | {province for province in (province_of(place),) if province is not None}


def _add(connection: Connection, counts: Counter[Key], month: str) -> None:
    rows = [
        {"place": place, "month": month, "lesson": lesson, "step": step, "kind": kind, "count": count}
        for (place, lesson, step, kind), count in counts.items()
        if count
    ]
    if rows:
        connection.execute(_ADD, rows)


def _month(moment: datetime, zone: ZoneInfo) -> tuple[str, datetime]:
    """The local month (2026-11) and the moment at which the next one begins."""
    there = moment.astimezone(zone)
    first = there.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return f"{there:%Y-%m}", (first + timedelta(days=32)).replace(day=1)


# Places ---------------------------------------------------------------------------------------------------


def people_by_place(connection: Connection, *, province_of: ProvinceOf) -> list[dict[str, Any]]:
    """Rows of PlaceCount: who wrote to us, who began a lesson, finished one, wants bulletins. Walks over everybody."""
    counts: dict[str, Counter[str]] = {}
    for place, name, people in _people(connection):
        for wider in _lies_in(place, province_of):
            counts.setdefault(wider, Counter())[name] += people
    names = ("residents", "learners", "finished", "subscribers")
    return [{"place": place} | {name: found[name] for name in names} for place, found in sorted(counts.items())]


def _people(connection: Connection) -> list[tuple[str | None, str, int]]:
    everybody = PERSON.join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)
    is_there = PERSON.c.erased_at.is_(None)
    began = select(PROGRESS.c.person_id, func.max(PROGRESS.c.finished_at).label("finished_at"))
    learners = began.group_by(PROGRESS.c.person_id).subquery()
    wishing = (SUBSCRIPTION.c.person_id == PERSON.c.id, SUBSCRIPTION.c.ended_at.is_(None))
    sources = (
        ("residents", everybody, func.count()),
        ("learners", everybody.join(learners, learners.c.person_id == PERSON.c.id), func.count()),
        (
            "finished",
            everybody.join(learners, learners.c.person_id == PERSON.c.id),
            func.count(learners.c.finished_at),
        ),
        ("subscribers", everybody.join(SUBSCRIPTION, and_(*wishing)), func.count()),
    )
    found: list[tuple[str | None, str, int]] = []
    for name, joined, count in sources:
        query = select(PLACE.label("place"), count).select_from(joined).where(is_there).group_by(PLACE)
        found += [(place, name, people) for place, people in connection.execute(query)]
    return found


def replace_places(connection: Connection, rows: Sequence[dict[str, Any]], *, read_at: datetime) -> bool:
    """Put these rows in place of all; False when somebody has counted later than `read_at` meanwhile."""
    if _locked(connection, PLACES) >= read_at:
        return False
    connection.execute(delete(PLACE_COUNT))
    if rows:
        connection.execute(insert(PLACE_COUNT), list(rows))
    _mark(connection, PLACES, read_at)
    return True


# The marks ------------------------------------------------------------------------------------------------


def _locked(connection: Connection, name: str) -> datetime:
    """Up to when it is counted; until this transaction ends nobody else counts."""
    connection.execute(_FIRST_MARK, {"name": name})
    query = select(COUNTED.c.at).where(COUNTED.c.name == name).with_for_update()
    found: datetime = connection.execute(query).scalar_one()
    return found


def _mark(connection: Connection, name: str, at: datetime) -> None:
    connection.execute(update(COUNTED).where(COUNTED.c.name == name).values(at=at))
