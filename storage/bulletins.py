"""Bulletins from their draft to their report: rows and queries. What they say is nobody's business here.

States: draft, sending, paused, done, cancelled, withdrawn. The audience is fixed when a bulletin is planned; it is
expanded to rows of the outbox in chunks, in the order of people, and where it has come to is written in the same
transaction: a process that dies leaves no row out and queues none twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from storage import expiry, outbox
from storage.tables import BULLETIN, BULLETIN_DELIVERY, OUTBOX, PERSON, SUBSCRIPTION

COUNTRY = "vn"

#: What a bulletin can mean for one of its audience, in the order in which it is asked.
Class = Literal["opted_out", "unreachable", "already", "free", "billed", "closed"]
#: Those who get a row; of the billed only where it was allowed, the others wait until they write.
REACHED: tuple[Class, ...] = ("free", "billed", "closed")

_OUT = ("sending", "paused", "done", "cancelled")
_BY_BULLETIN = text("outbox.bulletin_id IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a bulletin is for: subscribers of a commune, a province or the country, before `as_of`.

    With `crops` only who grows one of them or named none; with `seen_since` only who wrote since then; with
    `corrects` only who got that bulletin.
    """

    place: str
    crops: tuple[str, ...]
    as_of: datetime
    seen_since: datetime | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Since when somebody of an account must have written to be sent to for free, and at a price.

    None: at any time.
    """

    free_since: datetime | None
    billed_since: datetime | None


# Writing one ----------------------------------------------------------------------------------------------


def add(connection: Connection, *, place: str, content: str, author: str, now: datetime, **columns: Any) -> int:
    """A new draft; its id."""
    values = {"place": place, "content": content, "author": author, "created_at": now, "state": "draft"}
    blank = {
        "crops": "",
        "message": "",
        "opening": "",
        "approver": "",
        "may_bill": False,
        "urgent_reason": "",
        "planned": 0,
    }
    blank |= {"expanded_to": 0, "expanded": 0, "is_expanded": False}
    key = connection.execute(insert(BULLETIN).values(**(blank | values | columns))).inserted_primary_key
    return int(key[0]) if key else 0


def one(connection: Connection, bulletin_id: int) -> Row[Any] | None:
    """The bulletin's row without its picture; None when there is none."""
    columns = [column for column in BULLETIN.c if column.name != "picture"]
    return connection.execute(select(*columns).where(BULLETIN.c.id == bulletin_id)).first()


def change(connection: Connection, bulletin_id: int, *, only_in: Collection[str], **columns: Any) -> bool:
    """Change columns of a bulletin that is in one of these states; False when it is in none of them."""
    query = update(BULLETIN).where(BULLETIN.c.id == bulletin_id, BULLETIN.c.state.in_(only_in))
    return connection.execute(query.values(**columns)).rowcount > 0


def listed(connection: Connection, *, limit: int) -> list[Row[Any]]:
    """The newest bulletins first, without their pictures."""
    columns = [column for column in BULLETIN.c if column.name != "picture"]
    return list(connection.execute(select(*columns).order_by(BULLETIN.c.id.desc()).limit(limit)))


def picture(connection: Connection, bulletin_id: int) -> bytes | None:
    """The PNG of a bulletin that was released."""
    found: bytes | None = connection.scalar(select(BULLETIN.c.picture).where(BULLETIN.c.id == bulletin_id))
    return found


def newest_for(connection: Connection, places: Sequence[str], crops: Sequence[str], now: datetime) -> Any:
    """The bulletin that somebody of these places and crops is given on demand: (id, message, valid_until).

    `places` from the nearest to the widest. One that is valid goes before one that is not, the nearer place before
    the wider, one for his crops before one for everybody, the newer before the older. Only what was released, is
    not withdrawn, and was not corrected since.
    """
    is_out = and_(BULLETIN.c.state.in_(_OUT), BULLETIN.c.released_at.is_not(None), BULLETIN.c.corrected_by.is_(None))
    fits = or_(BULLETIN.c.crops == "", *(BULLETIN.c.crops.like(f"%,{crop},%") for crop in crops))
    nearness = case({place: nth for nth, place in enumerate(places)}, value=BULLETIN.c.place, else_=len(places))
    is_valid = case((BULLETIN.c.valid_until > now, 0), else_=1)
    query = select(BULLETIN.c.id, BULLETIN.c.message, BULLETIN.c.valid_until).where(
        BULLETIN.c.place.in_(places), is_out, fits
    )
    order = (is_valid, nearness, BULLETIN.c.crops == "", BULLETIN.c.released_at.desc())
    return connection.execute(query.order_by(*order).limit(1)).first()


# Planning and expanding -----------------------------------------------------------------------------------


def plan(
    connection: Connection, audience: Audience, *, today: datetime, reaches: Mapping[int, Reach]
) -> dict[tuple[int, Class], int]:
    """How many people of the audience are in which class, by account. `today` is the beginning of the local day."""
    counted = _audience(audience, today=today, reaches=reaches).subquery()
    query = select(counted.c.account_id, counted.c.kind, func.count().label("people"))
    rows = connection.execute(query.group_by(counted.c.account_id, counted.c.kind))
    return {(row.account_id, row.kind): row.people for row in rows}


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one step of an expansion queued. `is_last`: nobody of the audience is left."""

    queued: int
    is_last: bool


def expand(
    connection: Connection,
    bulletin: Row[Any],
    audience: Audience,
    *,
    now: datetime,
    today: datetime,
    reaches: Mapping[int, Reach],
    opening: str = "",
    limit: int,
) -> Chunk:
    """Queue rows for the next `limit` people of the audience, at most as many in all as were planned.

    Who may not be written to now gets a row that waits until he writes. `opening` is a Message in JSON that goes
    before the bulletin's own.
    """
    asked = _audience(audience, today=today, reaches=reaches).where(PERSON.c.id > bulletin.expanded_to)
    found = connection.execute(asked.order_by(PERSON.c.id).limit(limit).with_for_update(of=PERSON)).all()
    room = max(0, bulletin.planned - bulletin.expanded)
    chosen = [row for row in found if row.kind in REACHED][:room]
    if chosen:
        ids = [row.person_id for row in chosen]
        connection.execute(update(PERSON).where(PERSON.c.id.in_(ids)).values(numbered=PERSON.c.numbered + 1))
        outbox.add(connection, [_outbox_row(row, bulletin, opening, now) for row in chosen])
        connection.execute(insert(BULLETIN_DELIVERY), [_delivery_row(row, bulletin.id, now) for row in chosen])
    is_last = len(found) < limit or room <= len(chosen)
    columns = {"expanded": bulletin.expanded + len(chosen), "is_expanded": is_last}
    columns["expanded_to"] = found[-1].person_id if found else bulletin.expanded_to
    connection.execute(update(BULLETIN).where(BULLETIN.c.id == bulletin.id).values(**columns))
    return Chunk(len(chosen), is_last)


def _audience(audience: Audience, *, today: datetime, reaches: Mapping[int, Reach]) -> Select[Any]:
    """(person_id, account_id, numbered, kind) of everybody whom the bulletin is for."""
    is_wanted = and_(SUBSCRIPTION.c.ended_at.is_(None), PERSON.c.wants_pushes)
    had_one = exists().where(
        BULLETIN_DELIVERY.c.person_id == PERSON.c.id,
        BULLETIN_DELIVERY.c.at >= today,
        OUTBOX.c.person_id == PERSON.c.id,
        OUTBOX.c.number == BULLETIN_DELIVERY.c.number,
        OUTBOX.c.state.not_in(("withdrawn", "expired")),
    )
    already = literal(False) if audience.corrects is not None else had_one
    kind = case(
        (~is_wanted, "opted_out"),
        (or_(~PERSON.c.is_reachable, PERSON.c.erased_at.is_not(None)), "unreachable"),
        (already, "already"),
        (or_(literal(False), *(_since(account, reach.free_since) for account, reach in reaches.items())), "free"),
        (or_(literal(False), *(_since(account, reach.billed_since) for account, reach in reaches.items())), "billed"),
        else_="closed",
    )
    columns = (PERSON.c.id.label("person_id"), PERSON.c.account_id, PERSON.c.numbered, kind.label("kind"))
    query = select(*columns).join(SUBSCRIPTION, SUBSCRIPTION.c.person_id == PERSON.c.id)
    return query.where(SUBSCRIPTION.c.since <= audience.as_of, *_wanted(audience))


def _wanted(audience: Audience) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if audience.corrects is not None:
        got = exists().where(
            BULLETIN_DELIVERY.c.person_id == PERSON.c.id,
            BULLETIN_DELIVERY.c.bulletin_id == audience.corrects,
            OUTBOX.c.person_id == PERSON.c.id,
            OUTBOX.c.number == BULLETIN_DELIVERY.c.number,
            OUTBOX.c.bulletin_id == audience.corrects,
            or_(OUTBOX.c.state.in_(("sending", "sent", "unknown")), OUTBOX.c.reason == expiry.NEVER_SEEN),
        )
        return [got]
    if audience.place != COUNTRY:
        is_there = or_(SUBSCRIPTION.c.place == audience.place, SUBSCRIPTION.c.province == audience.place)
        conditions.append(is_there)
    if audience.crops:
        grown = (SUBSCRIPTION.c.crops.like(f"%,{crop},%") for crop in audience.crops)
        conditions.append(or_(SUBSCRIPTION.c.crops == "", *grown))
    if audience.seen_since is not None:
        conditions.append(PERSON.c.last_contact_at >= audience.seen_since)
    return conditions


def _since(account: int, moment: datetime | None) -> ColumnElement[bool]:
    ours = PERSON.c.account_id == account
    return ours if moment is None else and_(ours, PERSON.c.last_contact_at > moment)


def _outbox_row(row: Row[Any], bulletin: Row[Any], opening: str, now: datetime) -> dict[str, Any]:
    may_leave = row.kind == "free" or (row.kind == "billed" and bulletin.may_bill)
    return {
        "person_id": row.person_id,
        "number": row.numbered + 1,
        "account_id": row.account_id,
        "rank": outbox.BULLETIN,
        "payload": opening,
        "bulletin_id": bulletin.id,
        "state": ("paused" if bulletin.state == "paused" else "waiting") if may_leave else "held",
        "reason": "" if may_leave else "window_closed",
        "due_at": now,
        "valid_until": bulletin.valid_until,
        "created_at": now,
    }


def _delivery_row(row: Row[Any], bulletin_id: int, now: datetime) -> dict[str, Any]:
    number = row.numbered + 1
    return {"person_id": row.person_id, "bulletin_id": bulletin_id, "number": number, "at": now, "verdict": ""}


# On their way ---------------------------------------------------------------------------------------------


def sendable(connection: Connection, now: datetime, *, is_quiet: bool) -> list[int]:
    """Bulletins whose rows may leave now; in the quiet hours only those with a reason.

    One that is done is among them while it is valid: who could not be written to may write yet.
    """
    is_valid = or_(BULLETIN.c.valid_until.is_(None), BULLETIN.c.valid_until > now)
    query = select(BULLETIN.c.id).where(BULLETIN.c.state.in_(("sending", "done")), is_valid)
    return list(connection.scalars(query.where(BULLETIN.c.urgent_reason != "") if is_quiet else query))


def under_way(connection: Connection) -> list[Row[Any]]:
    """Bulletins with work left: to be expanded, with rows to be moved after a pause or an end, or to be closed."""
    columns = [column for column in BULLETIN.c if column.name != "picture"]
    is_open = and_(BULLETIN.c.state.in_(("sending", "paused", "cancelled", "withdrawn")), BULLETIN.c.ended_at.is_(None))
    return list(connection.execute(select(*columns).where(is_open).order_by(BULLETIN.c.id)))


def move_rows(
    connection: Connection, bulletin_id: int, *, only_in: Collection[str], to: str, reason: str, limit: int
) -> int:
    """Move rows of a bulletin that have not been sent to another state; how many, `limit` at most."""
    rows = (
        select(OUTBOX.c.person_id, OUTBOX.c.number)
        .where(OUTBOX.c.bulletin_id == bulletin_id, _BY_BULLETIN, OUTBOX.c.state.in_(only_in))
        .limit(limit)
    )
    keys = connection.execute(rows).all()
    if keys:
        is_one = tuple_(OUTBOX.c.person_id, OUTBOX.c.number).in_([tuple(key) for key in keys])
        # That nobody saw the answer of an earlier call stays written there.
        kept = case((OUTBOX.c.reason == outbox.SENDER_DIED, OUTBOX.c.reason), else_=reason)
        query = update(OUTBOX).where(is_one, OUTBOX.c.state.in_(only_in))
        connection.execute(query.values(state=to, reason=kept))
    return len(keys)


def replaceable(connection: Connection, bulletin_id: int) -> int:
    """How many people a bulletin has not reached yet, who would get its correction in its place."""
    unsent = and_(OUTBOX.c.bulletin_id == bulletin_id, _BY_BULLETIN, OUTBOX.c.state.in_(outbox.UNSENT))
    return int(connection.scalar(select(func.count()).select_from(OUTBOX).where(unsent)) or 0)


def repoint(connection: Connection, wrong: int, right: Row[Any], *, now: datetime, limit: int) -> int:
    """Whom the wrong bulletin has not reached gets the right one in its place; how many, `limit` at most.

    Of a wrong one that may have been seen in part the right one is sent whole, behind its opening. Who has been
    queued for the right one by itself keeps only that.
    """
    has_right = exists().where(
        BULLETIN_DELIVERY.c.person_id == OUTBOX.c.person_id, BULLETIN_DELIVERY.c.bulletin_id == right.id
    )
    unsent = and_(OUTBOX.c.bulletin_id == wrong, _BY_BULLETIN, OUTBOX.c.state.in_(outbox.UNSENT))
    rows = connection.execute(select(OUTBOX.c.person_id, OUTBOX.c.number).where(unsent, ~has_right).limit(limit)).all()
    if rows:
        blank = {"bulletin_id": right.id, "at": now, "verdict": ""}
        connection.execute(insert(BULLETIN_DELIVERY), [dict(row._mapping) | blank for row in rows])
        was_begun = or_(OUTBOX.c.parts_sent > 0, OUTBOX.c.reason == outbox.SENDER_DIED)
        payload = case((was_begun, right.opening), else_=OUTBOX.c.payload)
        query = update(OUTBOX).where(tuple_(OUTBOX.c.person_id, OUTBOX.c.number).in_([tuple(row) for row in rows]))
        columns = {"bulletin_id": right.id, "payload": payload, "parts_sent": 0, "valid_until": right.valid_until}
        connection.execute(query.values(**columns))
    return len(rows)


def is_any(connection: Connection, bulletin_id: int, *, states: Collection[str]) -> bool:
    """Whether a row of it is in one of these states."""
    rows = and_(OUTBOX.c.bulletin_id == bulletin_id, _BY_BULLETIN, OUTBOX.c.state.in_(states))
    return bool(connection.scalar(select(exists().where(rows))))


# The report -----------------------------------------------------------------------------------------------


def outcomes(connection: Connection, bulletin_id: int) -> list[Row[Any]]:
    """How many rows of it are in which state, with what reason: (state, reason, people)."""
    columns = (OUTBOX.c.state, OUTBOX.c.reason)
    query = select(*columns, func.count().label("people")).where(OUTBOX.c.bulletin_id == bulletin_id, _BY_BULLETIN)
    return list(connection.execute(query.group_by(*columns).order_by(*columns)))


def verdicts(connection: Connection, bulletin_id: int) -> dict[str, int]:
    """What readers said of it -> how many."""
    verdict = BULLETIN_DELIVERY.c.verdict
    query = select(verdict, func.count().label("people")).where(BULLETIN_DELIVERY.c.bulletin_id == bulletin_id)
    rows = connection.execute(query.where(verdict != "").group_by(verdict))
    return {row.verdict: row.people for row in rows}


def take_verdicts(connection: Connection, said: Mapping[int, str], now: datetime) -> None:
    """What these people think of the bulletin that was sent to them last; nothing when none was."""
    for person_id, verdict in said.items():
        last = select(func.max(BULLETIN_DELIVERY.c.bulletin_id)).where(BULLETIN_DELIVERY.c.person_id == person_id)
        is_last = and_(
            BULLETIN_DELIVERY.c.person_id == person_id, BULLETIN_DELIVERY.c.bulletin_id == last.scalar_subquery()
        )
        connection.execute(update(BULLETIN_DELIVERY).where(is_last).values(verdict=verdict, verdict_at=now))
