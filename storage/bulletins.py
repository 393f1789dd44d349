"""Bulletins from their draft to their report: rows and queries. What they say is nobody's business here.

States: draft, sending, paused, done, cancelled, withdrawn. Whom they reach is found in storage/bulletin_audience.py.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
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

from storage import outbox
from storage.bulletin_tables import BULLETIN, BULLETIN_DELIVERY
from storage.tables import OUTBOX

COUNTRY = "vn"

#: The reason of a row that waits until its reader opens the page of a fetched channel.
PAGE = "page"
#: The reason of a row in whose place its reader was given the bulletin when he asked for the weather.
SHOWN = "shown"

_OUT = ("sending", "paused", "done", "cancelled")
_BY_BULLETIN = text("outbox.bulletin_id IS NOT NULL")
_IS_KEY = and_(OUTBOX.c.person_id == bindparam("person"), OUTBOX.c.number == bindparam("row"))
_IS_ITS_ROW = and_(OUTBOX.c.person_id == BULLETIN_DELIVERY.c.person_id, OUTBOX.c.number == BULLETIN_DELIVERY.c.number)


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
    blank |= {"planned_billed": 0, "expanded_to": 0, "expanded": 0, "expanded_billed": 0, "is_expanded": False}
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
    order = (is_valid, nearness, BULLETIN.c.crops == "", BULLETIN.c.released_at.desc())
    # By its id, which the index alone gives: the rows hold pictures.
    best = select(BULLETIN.c.id).where(BULLETIN.c.place.in_(places), is_out, fits).order_by(*order).limit(1)
    columns = (BULLETIN.c.id, BULLETIN.c.message, BULLETIN.c.valid_until)
    return connection.execute(select(*columns).where(BULLETIN.c.id == best.scalar_subquery())).first()


# On their way ---------------------------------------------------------------------------------------------


# Made once: every claim asks.
_SENDABLE = select(BULLETIN.c.id).where(
    BULLETIN.c.state.in_(("sending", "done")),
    or_(BULLETIN.c.valid_until.is_(None), BULLETIN.c.valid_until > bindparam("now")),
)
_SENDABLE_URGENT = _SENDABLE.where(BULLETIN.c.urgent_reason != "")


def sendable(connection: Connection, now: datetime, *, is_quiet: bool) -> list[int]:
    """Bulletins whose rows may leave now; in the quiet hours only those with a reason.

    One that is done is among them while it is valid: who could not be written to may write yet.
    """
    return list(connection.scalars(_SENDABLE_URGENT if is_quiet else _SENDABLE, {"now": now}))


def rank_of(bulletin: Row[Any]) -> int:
    """An urgent bulletin overtakes the others."""
    return outbox.URGENT if bulletin.urgent_reason else outbox.BULLETIN


def under_way(connection: Connection) -> list[Row[Any]]:
    """Bulletins with work left: to be expanded, with rows to be moved after a pause or an end, or to be closed."""
    columns = [column for column in BULLETIN.c if column.name != "picture"]
    is_open = and_(BULLETIN.c.state.in_(("sending", "paused", "cancelled", "withdrawn")), BULLETIN.c.ended_at.is_(None))
    return list(connection.execute(select(*columns).where(is_open).order_by(BULLETIN.c.id)))


def move_rows(
    connection: Connection,
    bulletin_id: int,
    *,
    only_in: Collection[str],
    to: str,
    reason: str,
    limit: int,
    pages: Collection[int] = (),
) -> int:
    """Move rows of a bulletin that have not been sent to another state; how many, `limit` at most.

    With no reason those of the accounts `pages` wait for their page.
    """
    rows = (
        select(OUTBOX.c.person_id, OUTBOX.c.number)
        .where(OUTBOX.c.bulletin_id == bulletin_id, _BY_BULLETIN, OUTBOX.c.state.in_(only_in))
        .limit(limit)
    )
    # That nobody saw the answer of an earlier call stays written there.
    waits = (OUTBOX.c.account_id.in_(pages), reason or PAGE)
    kept = case((OUTBOX.c.reason == outbox.SENDER_DIED, OUTBOX.c.reason), waits, else_=reason)
    # A subquery, not the keys themselves: for a list of pairs SQLite walks the whole outbox.
    query = update(OUTBOX).where(tuple_(OUTBOX.c.person_id, OUTBOX.c.number).in_(rows), OUTBOX.c.state.in_(only_in))
    return connection.execute(query.values(state=to, reason=kept)).rowcount


def replaceable(connection: Connection, bulletin_id: int) -> list[Row[Any]]:
    """Whom a bulletin has not reached yet, who would get its correction in its place: (account_id, may_bill, people).

    `may_bill`: they were planned as people who are written to at a price.
    """
    unsent = and_(OUTBOX.c.bulletin_id == bulletin_id, _BY_BULLETIN, OUTBOX.c.state.in_(outbox.UNSENT))
    columns = (OUTBOX.c.account_id, OUTBOX.c.may_bill)
    query = select(*columns, func.count().label("people")).where(unsent)
    return list(connection.execute(query.group_by(*columns)))


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
        query = update(OUTBOX).where(_IS_KEY)
        columns = {"bulletin_id": right.id, "payload": payload, "parts_sent": 0, "valid_until": right.valid_until}
        may_bill = OUTBOX.c.may_bill if right.may_bill else false()
        keys = [{"person": row.person_id, "row": row.number} for row in rows]
        connection.execute(query.values(**columns, may_bill=may_bill, rank=rank_of(right)), keys)
    return len(rows)


def is_any(connection: Connection, bulletin_id: int, *, states: Collection[str], besides: Collection[int] = ()) -> bool:
    """Whether a row of it is in one of these states, besides those of these accounts."""
    rows = and_(OUTBOX.c.bulletin_id == bulletin_id, _BY_BULLETIN, OUTBOX.c.state.in_(states))
    if besides:
        rows = and_(rows, OUTBOX.c.account_id.not_in(besides))
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


# What readers have and say --------------------------------------------------------------------------------


def note_shown(connection: Connection, shown: Mapping[tuple[int, int], int], now: datetime) -> None:
    """(person, bulletin) -> the number of the answer that gives it to who asked for the weather.

    It counts as delivered by that answer, unless it was sent to him before; what is queued of it is not sent any more.
    """
    if not shown:
        return
    found = connection.execute(_deliveries(shown))
    known = {pair: row for row in found if (pair := (row.person_id, row.bulletin_id)) in shown}
    blank = {"at": now, "verdict": ""}
    if new := [
        {"person_id": person, "bulletin_id": bulletin, "number": number} | blank
        for (person, bulletin), number in shown.items()
        if (person, bulletin) not in known
    ]:
        connection.execute(insert(BULLETIN_DELIVERY), new)
    by_answer = [row for row in known.values() if not _stands(row)]
    if queued := [{"person": row.person_id, "row": row.number} for row in by_answer if row.state in outbox.UNSENT]:
        values = {"state": "withdrawn", "reason": SHOWN, "settled_at": now}
        connection.execute(update(OUTBOX).where(_IS_KEY).values(**values), queued)
    for row in by_answer:
        is_it = and_(BULLETIN_DELIVERY.c.person_id == row.person_id, BULLETIN_DELIVERY.c.bulletin_id == row.bulletin_id)
        number = shown[row.person_id, row.bulletin_id]
        connection.execute(update(BULLETIN_DELIVERY).where(is_it).values(number=number))


def _deliveries(pairs: Collection[tuple[int, int]]) -> Select[Any]:
    """What is known of these people and bulletins, with what became of it; no state where its row was dropped."""
    of_row = (OUTBOX.c.state, OUTBOX.c.parts_sent, OUTBOX.c.reason, OUTBOX.c.payload, OUTBOX.c.bulletin_id.label("of"))
    columns = (BULLETIN_DELIVERY.c.person_id, BULLETIN_DELIVERY.c.bulletin_id, BULLETIN_DELIVERY.c.number)
    is_one = and_(
        BULLETIN_DELIVERY.c.person_id.in_({person for person, _ in pairs}),
        BULLETIN_DELIVERY.c.bulletin_id.in_({bulletin for _, bulletin in pairs}),
    )
    return select(*columns, *of_row).outerjoin(OUTBOX, _IS_ITS_ROW).where(is_one)


def _stands(row: Row[Any]) -> bool:
    """Whether a delivery is one by its own row: sent, begun, an earlier answer, or a correction that says so."""
    if row.state not in outbox.UNSENT:
        return row.state in ("sending", "sent", "unknown")
    return row.parts_sent > 0 or row.reason == outbox.SENDER_DIED or row.of is None or row.payload != ""


Verdict = tuple[int, str, int | None]


def take_verdicts(connection: Connection, said: Sequence[Verdict], now: datetime) -> list[Verdict]:
    """What people think, one after the other: (person; clear, unclear or question; the bulletin).

    None for the bulletin: the last that reached him, by a send or as an answer. Gives back what was said of none that
    reached who said it: of that nothing is kept.
    """
    unknown = []
    for person_id, verdict, bulletin in said:
        is_answer = and_(OUTBOX.c.bulletin_id.is_(None), OUTBOX.c.state.in_(("waiting", "sending")))
        is_his = and_(
            or_(OUTBOX.c.bulletin_id == BULLETIN_DELIVERY.c.bulletin_id, OUTBOX.c.bulletin_id.is_(None)),
            or_(OUTBOX.c.state.in_(("sent", "unknown")), is_answer),
        )
        reached = select(BULLETIN_DELIVERY.c.bulletin_id).join(OUTBOX, _IS_ITS_ROW)
        reached = reached.where(BULLETIN_DELIVERY.c.person_id == person_id, is_his)
        if bulletin is not None:
            reached = reached.where(BULLETIN_DELIVERY.c.bulletin_id == bulletin)
        last_first = func.coalesce(OUTBOX.c.settled_at, OUTBOX.c.due_at).desc()
        last = connection.scalar(reached.order_by(last_first, OUTBOX.c.number.desc()).limit(1))
        is_last = and_(BULLETIN_DELIVERY.c.person_id == person_id, BULLETIN_DELIVERY.c.bulletin_id == last)
        if last is None:
            unknown.append((person_id, verdict, bulletin))
        else:
            connection.execute(update(BULLETIN_DELIVERY).where(is_last).values(verdict=verdict, verdict_at=now))
    return unknown
