"""People and learners: who stands where, read and written for a whole batch of turns at once."""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, text, update

from storage.bulletin_tables import BULLETIN_DELIVERY
from storage.tables import (
    CONSENT,
    ERASURE,
    HANDOFF,
    INBOX,
    LEARNER,
    OUTBOX,
    PERSON,
    PICTURE_LOOK,
    PROGRESS,
    STEP_EVENT,
    SUBSCRIPTION,
    TIMER,
)
from storage.team_tables import STAFF

#: Everything that is kept of a person, but for the bare address.
_OF_PERSON = (
    *(LEARNER, INBOX, OUTBOX, TIMER, HANDOFF, CONSENT, PROGRESS, STEP_EVENT),
    *(SUBSCRIPTION, BULLETIN_DELIVERY, PICTURE_LOOK),
)

#: One learner a phone until a household asks for more.
FIRST_LEARNER = 1

#: An erased person's row outlives the receipt by this long at most.
RECEIPT_PATIENCE = timedelta(days=1)


@dataclass(slots=True)
class StoredPerson:
    """A person with the learner's state as JSON (None: never seen). Changed in memory, written by `save`."""

    id: int
    account_id: int
    address: str
    place: str | None
    numbered: int
    wants_pushes: bool
    is_reachable: bool
    last_contact_at: datetime | None
    erased_at: datetime | None
    state: str | None
    lesson: str | None = None
    version: str | None = None
    step: str | None = None


_READ = (
    select(
        PERSON.c.id,
        PERSON.c.account_id,
        PERSON.c.address,
        PERSON.c.place,
        PERSON.c.numbered,
        PERSON.c.wants_pushes,
        PERSON.c.is_reachable,
        PERSON.c.last_contact_at,
        PERSON.c.erased_at,
        LEARNER.c.state,
        LEARNER.c.lesson,
        LEARNER.c.version,
        LEARNER.c.step,
    )
    .select_from(PERSON.outerjoin(LEARNER, (LEARNER.c.person_id == PERSON.c.id) & (LEARNER.c.number == FIRST_LEARNER)))
    .where(
        PERSON.c.account_id == bindparam("account"),
        PERSON.c.address.in_(bindparam("addresses", expanding=True)),
    )
    .order_by(PERSON.c.id)
    .with_for_update(of=PERSON)
)

_ADD = insert(PERSON)

_SAVE_PERSON = (
    update(PERSON)
    .where(PERSON.c.id == bindparam("key"))
    .values(
        place=bindparam("place"),
        numbered=bindparam("numbered"),
        wants_pushes=bindparam("wants_pushes"),
        is_reachable=bindparam("is_reachable"),
        last_contact_at=bindparam("last_contact_at"),
        erased_at=bindparam("erased_at"),
    )
)

_SAVE_LEARNER = (
    update(LEARNER)
    .where(LEARNER.c.person_id == bindparam("key"), LEARNER.c.number == FIRST_LEARNER)
    .values(
        state=bindparam("state"),
        lesson=bindparam("lesson"),
        version=bindparam("version"),
        step=bindparam("step"),
        updated_at=bindparam("updated_at"),
    )
)


def locked(connection: Connection, account_id: int, addresses: Collection[str]) -> dict[str, StoredPerson]:
    """The people at these addresses that exist, locked in the order of their ids, by address."""
    rows = connection.execute(_READ, {"account": account_id, "addresses": sorted(addresses)})
    return {row.address: StoredPerson(**row._mapping) for row in rows}


def add(connection: Connection, account_id: int, addresses: Iterable[str], *, now: datetime) -> None:
    """Make people at addresses that have none yet."""
    rows = [
        {
            "account_id": account_id,
            "address": address,
            "numbered": 0,
            "wants_pushes": True,
            "is_reachable": True,
            "created_at": now,
        }
        for address in addresses
    ]
    connection.execute(_ADD, rows)


def save(
    connection: Connection,
    people: Sequence[StoredPerson],
    *,
    new_learners: Collection[int],
    now: datetime,
) -> None:
    """Write people and their learners; `new_learners` are the ids whose learner row is not there yet."""
    if not people:
        return
    connection.execute(_SAVE_PERSON, [_person_values(person) for person in people])
    if old := [_learner_values(person, now) for person in people if person.id not in new_learners]:
        connection.execute(_SAVE_LEARNER, old)
    if new := [_learner_values(person, now) for person in people if person.id in new_learners]:
        rows = [{"person_id": row.pop("key"), "number": FIRST_LEARNER, **row} for row in new]
        connection.execute(insert(LEARNER), rows)


def address_of(connection: Connection, person_id: int) -> Row[Any, Any, Any, Any] | None:
    """(account_id, address, last_contact_at, is_reachable) of a person."""
    columns = (PERSON.c.account_id, PERSON.c.address, PERSON.c.last_contact_at, PERSON.c.is_reachable)
    return connection.execute(select(*columns).where(PERSON.c.id == person_id)).first()


def find(connection: Connection, account_id: int, address: str) -> int | None:
    """The person's id at this address."""
    query = select(PERSON.c.id).where(PERSON.c.account_id == account_id, PERSON.c.address == address)
    person_id: int | None = connection.scalar(query)
    return person_id


def mark_unreachable(connection: Connection, person_id: int) -> None:
    """The platform says that this person refuses us."""
    connection.execute(update(PERSON).where(PERSON.c.id == person_id).values(is_reachable=False))


def standing_counts(connection: Connection) -> list[Row[Any]]:
    """How many learners stand at each (lesson, version, step)."""
    columns = (LEARNER.c.lesson, LEARNER.c.version, LEARNER.c.step)
    query = select(*columns, func.count().label("learners")).where(LEARNER.c.lesson.is_not(None))
    return list(connection.execute(query.group_by(*columns).order_by(*columns)))


def erase(connection: Connection, person: StoredPerson, *, digest: str, now: datetime) -> None:
    """Delete everything about the person, but the bare address until the receipt is sent (`sweep_erased`)."""
    for table in _OF_PERSON:
        connection.execute(delete(table).where(table.c.person_id == person.id))
    erasure = (ERASURE.c.account_id == person.account_id) & (ERASURE.c.address_digest == digest)
    connection.execute(delete(ERASURE).where(erasure))
    connection.execute(insert(ERASURE).values(account_id=person.account_id, address_digest=digest, erased_at=now))


def sweep_erased(connection: Connection, now: datetime) -> int:
    """Delete erased people whose receipt has left, or has been waiting for a day; how many were deleted."""
    unsent = select(OUTBOX.c.person_id).where(text("outbox.state IN ('waiting', 'sending')"))
    is_over = PERSON.c.id.not_in(unsent) | (PERSON.c.erased_at < now - RECEIPT_PATIENCE)
    people = list(connection.scalars(select(PERSON.c.id).where(PERSON.c.erased_at.is_not(None), is_over).limit(500)))
    if people:
        # A webhook that was replayed after the erasure may have left a row: all tables, not the outbox alone.
        for table in _OF_PERSON:
            connection.execute(delete(table).where(table.c.person_id.in_(people)))
        connection.execute(update(STAFF).where(STAFF.c.person_id.in_(people)).values(person_id=None))
        connection.execute(delete(PERSON).where(PERSON.c.id.in_(people)))
    return len(people)


def erased_at(connection: Connection, account_id: int, digest: str) -> datetime | None:
    """When the address with this digest was erased last."""
    query = select(ERASURE.c.erased_at).where(ERASURE.c.account_id == account_id, ERASURE.c.address_digest == digest)
    moment: datetime | None = connection.scalar(query)
    return moment


def address_digest(address: str, *, key: bytes) -> str:
    """A digest that only the holder of the key can compute: it says later whether an address was erased."""
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()


def _person_values(person: StoredPerson) -> dict[str, Any]:
    return {
        "key": person.id,
        "place": person.place,
        "numbered": person.numbered,
        "wants_pushes": person.wants_pushes,
        "is_reachable": person.is_reachable,
        "last_contact_at": person.last_contact_at,
        "erased_at": person.erased_at,
    }


def _learner_values(person: StoredPerson, now: datetime) -> dict[str, Any]:
    return {
        "key": person.id,
        "state": person.state,
        "lesson": person.lesson,
        "version": person.version,
        "step": person.step,
        "updated_at": now,
    }
