"""Who wants weather bulletins, where and for what."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from storage.tables import SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A wish as it is kept: a commune or province code and its province's, crop ids, crop -> stage id."""

    person_id: int
    place: str
    province: str
    crops: tuple[str, ...]
    stages: Mapping[str, str] = field(default_factory=dict)


def joined(crops: Sequence[str]) -> str:
    """Crop ids as they are kept and looked for: between commas, none as nothing."""
    return f",{','.join(crops)}," if crops else ""


def parted(crops: str) -> tuple[str, ...]:
    """The crop ids of `joined`."""
    return tuple(crop for crop in crops.split(",") if crop)


def put(connection: Connection, wishes: Sequence[Subscribed], now: datetime) -> None:
    """Keep these wishes; whatever the same people wished before is replaced, but since when they wish anything."""
    newest = {wish.person_id: wish for wish in wishes}
    if not newest:
        return
    query = select(SUBSCRIPTION.c.person_id, SUBSCRIPTION.c.since).where(
        SUBSCRIPTION.c.person_id.in_(newest), SUBSCRIPTION.c.ended_at.is_(None)
    )
    since = {row.person_id: row.since for row in connection.execute(query)}
    connection.execute(delete(SUBSCRIPTION).where(SUBSCRIPTION.c.person_id.in_(newest)))
    connection.execute(
        insert(SUBSCRIPTION), [_values(wish) | {"since": since.get(wish.person_id, now)} for wish in newest.values()]
    )


def end(connection: Connection, people: Collection[int], now: datetime) -> None:
    """These people want no bulletins any more."""
    if people:
        query = update(SUBSCRIPTION).where(SUBSCRIPTION.c.person_id.in_(people), SUBSCRIPTION.c.ended_at.is_(None))
        connection.execute(query.values(ended_at=now))


def of(connection: Connection, person_id: int) -> Subscribed | None:
    """What this person wishes; None when nothing."""
    query = select(SUBSCRIPTION).where(SUBSCRIPTION.c.person_id == person_id, SUBSCRIPTION.c.ended_at.is_(None))
    row = connection.execute(query).first()
    if row is None:
        return None
    return Subscribed(row.person_id, row.place, row.province, parted(row.crops), json.loads(row.stages))


def _values(wish: Subscribed) -> dict[str, Any]:
    stages = json.dumps(dict(wish.stages), ensure_ascii=False, sort_keys=True)
    values = {"person_id": wish.person_id, "place": wish.place, "province": wish.province}
    return values | {"crops": joined(wish.crops), "stages": stages, "ended_at": None}
