"""Whom a bulletin reaches: counted for its plan, then queued in chunks, in the order of people.

The audience is fixed when a bulletin is planned, and so is who of it may be written to at a price. Where the queuing
has come to is written in the same transaction as the rows: a process that dies leaves no row out and queues none
twice. Knows no channel and no word of a bulletin.
"""

from collections.abc import Mapping, Sequence
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
    false,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from storage import expiry, outbox
from storage.bulletin_tables import BULLETIN, BULLETIN_DELIVERY
from storage.bulletins import COUNTRY, PAGE, SHOWN, rank_of
from storage.tables import OUTBOX, PERSON, SUBSCRIPTION

#: What a bulletin can mean for one of its audience, in the order in which it is asked.
Class = Literal["opted_out", "unreachable", "already", "free", "billed", "closed"]
#: Those who get a row; of the billed only where it was allowed, the others wait until they write.
REACHED: tuple[Class, ...] = ("free", "billed", "closed")

#: The reason of a row in whose place a newer bulletin was queued.
SUPERSEDED = "superseded"

# Word for word the condition of the index, without which SQLite would not take it.
_BY_PERSON = text("outbox.state IN ('waiting', 'sending', 'held', 'paused', 'unknown')")
_SHOWN = BULLETIN_DELIVERY.alias("shown")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a bulletin is for: subscribers of a commune, a province or the country, before `as_of`.

    `is_province`: `place` is the code of one. With `crops` only who grows one of them or named none; with `seen_since`
    only who wrote since then; with `corrects` only who got that bulletin, subscribers or not. Who has had a bulletin
    today gets an urgent one all the same.
    """

    place: str
    crops: tuple[str, ...]
    as_of: datetime
    seen_since: datetime | None = None
    corrects: int | None = None
    is_province: bool = False
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """Since when somebody of an account must have written to be sent to for free, and at a price.

    None: at any time. `is_fetched`: nothing is sent, his page reads it when he opens it.
    """

    free_since: datetime | None
    billed_since: datetime | None
    is_fetched: bool = False


# Planning -------------------------------------------------------------------------------------------------


def plan(
    connection: Connection, audience: Audience, *, today: datetime, reaches: Mapping[int, Reach]
) -> dict[tuple[int, Class], int]:
    """How many people of the audience are in which class, by account. `today` is the beginning of the local day."""
    counted = _audience(audience, today=today, reaches=reaches).subquery()
    query = select(counted.c.account_id, counted.c.kind, func.count().label("people"))
    rows = connection.execute(query.group_by(counted.c.account_id, counted.c.kind))
    return {(row.account_id, row.kind): row.people for row in rows}


def _audience(audience: Audience, *, today: datetime, reaches: Mapping[int, Reach], after: int = 0) -> Select[Any]:
    """(person_id, account_id, numbered, kind) of everybody whom the bulletin is for, behind the person `after`."""
    # Who never subscribed is here only for the correction of what he asked for.
    is_wanted = and_(SUBSCRIPTION.c.ended_at.is_(None), PERSON.c.wants_pushes)
    is_always = audience.corrects is not None or audience.is_urgent
    free = [_since(account, reach.free_since) for account, reach in reaches.items()]
    billed = [_since(account, reach.billed_since) for account, reach in reaches.items()]
    kind = case(
        (~is_wanted, "opted_out"),
        (or_(~PERSON.c.is_reachable, PERSON.c.erased_at.is_not(None)), "unreachable"),
        (false() if is_always else _had_one(today), "already"),
        (or_(false(), *free), "free"),
        (or_(false(), *billed), "billed"),
        else_="closed",
    )
    columns = (PERSON.c.id.label("person_id"), PERSON.c.account_id, PERSON.c.numbered, kind.label("kind"))
    query = select(*columns)
    if audience.corrects is not None:
        return _who_got(query, audience.corrects, audience.as_of, after)
    query = query.select_from(SUBSCRIPTION).join(PERSON, PERSON.c.id == SUBSCRIPTION.c.person_id)
    return query.where(*_wanted(audience), SUBSCRIPTION.c.person_id > after)


def _had_one(today: datetime) -> ColumnElement[bool]:
    """A bulletin was queued for him today; what he asked for himself does not count."""
    return exists().where(
        BULLETIN_DELIVERY.c.person_id == PERSON.c.id,
        BULLETIN_DELIVERY.c.at >= today,
        OUTBOX.c.person_id == PERSON.c.id,
        OUTBOX.c.number == BULLETIN_DELIVERY.c.number,
        OUTBOX.c.bulletin_id.is_not(None),
        OUTBOX.c.state.not_in(("withdrawn", "expired")),
    )


def _who_got(query: Select[Any], wrong: int, as_of: datetime, after: int) -> Select[Any]:
    """Those whom the wrong bulletin has reached, or reaches now: by itself, or as an answer."""
    is_row = and_(OUTBOX.c.person_id == BULLETIN_DELIVERY.c.person_id, OUTBOX.c.number == BULLETIN_DELIVERY.c.number)
    was_sent = or_(OUTBOX.c.state.in_(("sending", "sent", "unknown")), OUTBOX.c.reason == expiry.NEVER_SEEN)
    by_itself = and_(OUTBOX.c.bulletin_id == wrong, was_sent)
    # An answer holds the wrong words: it will be sent with them.
    as_answer = and_(OUTBOX.c.bulletin_id.is_(None), or_(was_sent, OUTBOX.c.state.in_(outbox.UNSENT)))
    return (
        query.select_from(BULLETIN_DELIVERY)
        .join(PERSON, PERSON.c.id == BULLETIN_DELIVERY.c.person_id)
        .join(OUTBOX, is_row)
        .outerjoin(SUBSCRIPTION, SUBSCRIPTION.c.person_id == BULLETIN_DELIVERY.c.person_id)
        .where(
            BULLETIN_DELIVERY.c.bulletin_id == wrong,
            BULLETIN_DELIVERY.c.person_id > after,
            or_(by_itself, as_answer),
            or_(SUBSCRIPTION.c.person_id.is_(None), SUBSCRIPTION.c.since <= as_of),
        )
    )


def _wanted(audience: Audience) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [SUBSCRIPTION.c.since <= audience.as_of]
    if audience.place != COUNTRY:
        # One of the two columns, not either: the index of each gives people in their order, a chunk at a time.
        column = SUBSCRIPTION.c.province if audience.is_province else SUBSCRIPTION.c.place
        conditions.append(column == audience.place)
    if audience.crops:
        grown = (SUBSCRIPTION.c.crops.like(f"%,{crop},%") for crop in audience.crops)
        conditions.append(or_(SUBSCRIPTION.c.crops == "", *grown))
    if audience.seen_since is not None:
        conditions.append(PERSON.c.last_contact_at >= audience.seen_since)
    return conditions


def _since(account: int, moment: datetime | None) -> ColumnElement[bool]:
    ours = PERSON.c.account_id == account
    return ours if moment is None else and_(ours, PERSON.c.last_contact_at > moment)


# Queuing --------------------------------------------------------------------------------------------------


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
    limit: int,
) -> Chunk:
    """Queue rows for the next `limit` people of the audience, at most as many in all as were planned.

    `reaches` are those of the plan, so that nobody is billed who was not planned as billed. Who may not be written to
    gets a row that waits until he writes. Who was given the bulletin meanwhile, because he asked, is
    sent none; but a correction, which says that he got a wrong one.
    """
    asked = _audience(audience, today=today, reaches=reaches, after=bulletin.expanded_to)
    was_shown = exists().where(_SHOWN.c.person_id == PERSON.c.id, _SHOWN.c.bulletin_id == bulletin.id)
    query = asked.add_columns(was_shown.label("was_shown")).order_by(_person(audience)).limit(limit)
    found = connection.execute(query.with_for_update(of=PERSON)).all()
    room = max(0, bulletin.planned - bulletin.expanded)
    chosen = [row for row in found if row.kind in REACHED][:room]
    billed = _billed(chosen, room=bulletin.planned_billed - bulletin.expanded_billed)
    if chosen:
        ids = [row.person_id for row in chosen]
        _supersede(connection, bulletin, ids, now)
        connection.execute(update(PERSON).where(PERSON.c.id.in_(ids)).values(numbered=PERSON.c.numbered + 1))
        outbox.add(connection, [_outbox_row(row, bulletin, reaches, billed, now) for row in chosen])
        _deliver(connection, bulletin, chosen, now)
    is_last = len(found) < limit or room <= len(chosen)
    columns = {"expanded": bulletin.expanded + len(chosen), "is_expanded": is_last}
    columns["expanded_billed"] = bulletin.expanded_billed + len(billed)
    columns["expanded_to"] = found[-1].person_id if found else bulletin.expanded_to
    connection.execute(update(BULLETIN).where(BULLETIN.c.id == bulletin.id).values(**columns))
    return Chunk(len(chosen), is_last)


def _person(audience: Audience) -> ColumnElement[int]:
    """The column whose index gives people in their order."""
    table = SUBSCRIPTION if audience.corrects is None else BULLETIN_DELIVERY
    column: ColumnElement[int] = table.c.person_id
    return column


def _billed(chosen: Sequence[Row[Any]], *, room: int) -> set[int]:
    """Who of them may be written to at a price: never more than were planned."""
    planned = [row.person_id for row in chosen if row.kind == "billed"]
    return set(planned[: max(0, room)])


def _supersede(connection: Connection, bulletin: Row[Any], people: Sequence[int], now: datetime) -> None:
    """What these people have not got yet of older bulletins is not sent any more: the newest is enough.

    A calm one takes the place of calm ones; an urgent one only of what is held until they write, so that calm ones
    which are on their way still come. A correction takes the place of nothing but what it corrects (`repoint`), and
    nothing takes its place with who got the wrong one: its opening is in the payload.
    """
    if bulletin.corrects is not None:
        return
    is_calm = not bulletin.urgent_reason
    was_before = tuple_(BULLETIN.c.released_at, BULLETIN.c.id) < (bulletin.released_at, bulletin.id)
    query = select(BULLETIN.c.id).where(was_before, BULLETIN.c.valid_until > now)
    older = list(connection.scalars(query.where(BULLETIN.c.urgent_reason == "") if is_calm else query))
    if older:
        rows = update(OUTBOX).where(
            OUTBOX.c.person_id.in_(people),
            OUTBOX.c.state.in_(outbox.UNSENT if is_calm else ("held",)),
            _BY_PERSON,
            OUTBOX.c.bulletin_id.in_(older),
            OUTBOX.c.payload == "",
            # Of these he may have seen a part.
            OUTBOX.c.parts_sent == 0,
            OUTBOX.c.reason != outbox.SENDER_DIED,
        )
        connection.execute(rows.values(state="withdrawn", reason=SUPERSEDED, settled_at=now))


def _outbox_row(
    row: Row[Any], bulletin: Row[Any], reaches: Mapping[int, Reach], billed: set[int], now: datetime
) -> dict[str, Any]:
    may_bill = row.person_id in billed
    is_fetched = row.account_id in reaches and reaches[row.account_id].is_fetched
    state, reason = ("paused" if bulletin.state == "paused" else "waiting"), PAGE if is_fetched else ""
    is_given = row.was_shown and bulletin.corrects is None
    if is_given:
        state, reason = "withdrawn", SHOWN
    elif row.kind != "free" and not may_bill:
        state, reason = "held", "window_closed"
    return {
        "person_id": row.person_id,
        "number": row.numbered + 1,
        "account_id": row.account_id,
        "rank": rank_of(bulletin),
        "payload": bulletin.opening,
        "bulletin_id": bulletin.id,
        "may_bill": may_bill,
        "state": state,
        "reason": reason,
        "due_at": now,
        "valid_until": bulletin.valid_until,
        "created_at": now,
        "settled_at": now if is_given else None,
    }


def _deliver(connection: Connection, bulletin: Row[Any], chosen: Sequence[Row[Any]], now: datetime) -> None:
    """Note that these people get it, by the rows that were queued; of who was shown it already that is known."""
    blank = {"bulletin_id": bulletin.id, "at": now, "verdict": ""}
    rows = [{"person_id": row.person_id, "number": row.numbered + 1} | blank for row in chosen if not row.was_shown]
    if rows:
        connection.execute(insert(BULLETIN_DELIVERY), rows)
    if bulletin.corrects is not None:
        for row in chosen:
            if row.was_shown:
                is_it = and_(
                    BULLETIN_DELIVERY.c.person_id == row.person_id, BULLETIN_DELIVERY.c.bulletin_id == bulletin.id
                )
                connection.execute(update(BULLETIN_DELIVERY).where(is_it).values(number=row.numbered + 1))
