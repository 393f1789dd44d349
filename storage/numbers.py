"""What was counted (storage.counting), as pages and reports ask for it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from storage.counting import FIRST_RIGHT, FIRST_WRONG, PLACE
from storage.tables import ACCOUNT, LEARNER, PERSON
from storage.team_tables import COUNTED, PLACE_COUNT, STEP_COUNT


def marks(connection: Connection) -> dict[str, datetime]:
    """Up to when what is counted."""
    return {row.name: row.at for row in connection.execute(select(COUNTED))}


def people_of_places(connection: Connection, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    """Every place with these columns of PlaceCount."""
    query = select(PLACE_COUNT.c.place, *(PLACE_COUNT.c[name] for name in columns)).order_by(PLACE_COUNT.c.place)
    return [tuple(row) for row in connection.execute(query)]


def by_lesson(
    connection: Connection, place: str, months: Sequence[str], kinds: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Lesson -> kind -> how often, at all its steps together; what happened in no lesson stands under ""."""
    columns = (STEP_COUNT.c.lesson, STEP_COUNT.c.kind)
    query = select(*columns, func.sum(STEP_COUNT.c.count).label("times")).where(
        STEP_COUNT.c.place == place, STEP_COUNT.c.month.in_(months), STEP_COUNT.c.kind.in_(kinds)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query.group_by(*columns)):
        found.setdefault(row.lesson, {})[row.kind] = int(row.times)
    return found


def by_step(connection: Connection, place: str, months: Sequence[str], lesson: str) -> dict[str, dict[str, int]]:
    """Step -> kind -> how often, of one lesson; "" for what is counted of the whole lesson."""
    columns = (STEP_COUNT.c.step, STEP_COUNT.c.kind)
    query = select(*columns, func.sum(STEP_COUNT.c.count).label("times")).where(
        STEP_COUNT.c.place == place, STEP_COUNT.c.month.in_(months), STEP_COUNT.c.lesson == lesson
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query.group_by(*columns)):
        found.setdefault(row.step, {})[row.kind] = int(row.times)
    return found


def first_answers(
    connection: Connection, place: str, months: Sequence[str]
) -> Mapping[tuple[str, str], dict[str, int]]:
    """(lesson, step) -> how many people were right, and wrong, when they answered there for the first time."""
    columns = (STEP_COUNT.c.lesson, STEP_COUNT.c.step, STEP_COUNT.c.kind)
    query = select(*columns, func.sum(STEP_COUNT.c.count).label("times")).where(
        STEP_COUNT.c.place == place,
        STEP_COUNT.c.month.in_(months),
        STEP_COUNT.c.kind.in_((FIRST_RIGHT, FIRST_WRONG)),
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(query.group_by(*columns)):
        found.setdefault((row.lesson, row.step), {})[row.kind] = int(row.times)
    return found


def standing_still(
    connection: Connection, lesson: str, *, places: Sequence[str] | None, silent_since: datetime
) -> dict[str, int]:
    """Step -> people who stand there and have not written since then; `places` None: everywhere."""
    query = (
        select(LEARNER.c.step, func.count())
        .join(PERSON, PERSON.c.id == LEARNER.c.person_id)
        .where(LEARNER.c.lesson == lesson, PERSON.c.last_contact_at <= silent_since)
        .group_by(LEARNER.c.step)
    )
    if places is not None:
        query = query.join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id).where(PLACE.in_(places))
    return {step: people for step, people in connection.execute(query) if step is not None}
