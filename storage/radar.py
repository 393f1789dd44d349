"""Who may be stuck, by id and place only: the same answer wrong again and again, silent in a lesson, waiting for us.

With `places` it is who lives there, and of whom no place is known: he is everybody's to help. None: everybody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, func, literal, or_, select, text

from storage.counting import PLACE
from storage.handoffs import BY_TEAM, OPEN
from storage.tables import ACCOUNT, HANDOFF, LEARNER, PERSON, STEP_EVENT

#: Who stands in a lesson and has not written for so long is silent.
SILENT_FOR = timedelta(days=3)
#: So many wrong answers at one step are a sign.
WRONG_ANSWERS = 3
#: Of those who are silent.
MOST_COUNTED = 1000

_EVERYBODY = PERSON.join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)


def wrong_again(connection: Connection, *, places: Sequence[str] | None, since: datetime, limit: int) -> list[Row[Any]]:
    """Who was wrong at one step WRONG_ANSWERS times since then, and neither right there nor through since.

    Rows (person_id, place, lesson, step, at, times, people), the newest first; `people` is how many there are in all.
    """
    # Word for word the condition of the index, without which SQLite would not take it.
    is_wrong = text("stepevent.kind = 'answer_wrong'")
    step = (STEP_EVENT.c.person_id, STEP_EVENT.c.lesson, STEP_EVENT.c.step)
    wrong = (
        select(
            *step,
            func.count().label("times"),
            func.max(STEP_EVENT.c.at).label("at"),
            func.max(STEP_EVENT.c.number).label("number"),
        )
        .where(STEP_EVENT.c.at > since, is_wrong)
        .group_by(*step)
        .having(func.count() >= WRONG_ANSWERS)
        .subquery()
    )
    later = STEP_EVENT.alias()
    is_through = exists().where(
        later.c.person_id == wrong.c.person_id,
        later.c.number > wrong.c.number,
        later.c.lesson == wrong.c.lesson,
        or_(
            later.c.kind == "lesson_finished",
            and_(later.c.kind == "answer_right", later.c.step == wrong.c.step),
        ),
    )
    columns = (wrong.c.person_id, PLACE.label("place"), wrong.c.lesson, wrong.c.step, wrong.c.at, wrong.c.times)
    query = select(*columns, _people()).select_from(_EVERYBODY.join(wrong, wrong.c.person_id == PERSON.c.id))
    return _rows(connection, query.where(~is_through), places, order=wrong.c.at, limit=limit)


def silent(
    connection: Connection,
    *,
    places: Sequence[str] | None,
    after: datetime,
    until: datetime,
    limit: int,
) -> list[Row[Any]]:
    """Who stands in the middle of a lesson and wrote last between these moments.

    Rows (person_id, place, lesson, step, at, people), those of the last turn first; `people` counts no further than
    MOST_COUNTED. Turns that we began ourselves (a reminder) change when a learner was updated, not when he wrote: the
    index gives more than are wanted, and is walked in its order, so that a province of silent people costs no more.
    """
    columns = (LEARNER.c.person_id, PLACE.label("place"), LEARNER.c.lesson, LEARNER.c.step)
    wrote = PERSON.c.last_contact_at
    joined = LEARNER.join(PERSON, PERSON.c.id == LEARNER.c.person_id).join(ACCOUNT, ACCOUNT.c.id == PERSON.c.account_id)
    query = select(*columns, wrote.label("at")).select_from(joined)
    query = query.where(
        LEARNER.c.updated_at > after,
        text("learner.lesson IS NOT NULL"),
        wrote > after,
        wrote <= until,
        PERSON.c.is_reachable,
    )
    if places is not None:
        query = query.where(or_(PLACE.is_(None), PLACE.in_(places)))
    query = query.order_by(LEARNER.c.updated_at.desc())
    counted = query.limit(MOST_COUNTED).subquery()
    people = connection.scalar(select(func.count()).select_from(counted))
    return list(connection.execute(query.add_columns(literal(people).label("people")).limit(limit)))


def asked(connection: Connection, *, places: Sequence[str] | None, limit: int) -> list[Row[Any]]:
    """Whose request for a person of the team is open; not to whom the team wrote first.

    Rows (person_id, place, lesson, step, at, reason, people), the newest first.
    """
    columns = (HANDOFF.c.person_id, PLACE.label("place"), HANDOFF.c.lesson, HANDOFF.c.step)
    joined = _EVERYBODY.join(HANDOFF, HANDOFF.c.person_id == PERSON.c.id)
    query = select(*columns, HANDOFF.c.opened_at.label("at"), HANDOFF.c.reason, _people()).select_from(joined)
    is_his = HANDOFF.c.state.in_(OPEN) & (HANDOFF.c.reason != BY_TEAM)
    return _rows(connection, query.where(is_his), places, order=HANDOFF.c.opened_at, limit=limit)


def _people() -> Any:
    return func.count().over().label("people")


def _rows(
    connection: Connection, query: Select[Any], places: Sequence[str] | None, *, order: Any, limit: int
) -> list[Row[Any]]:
    if places is not None:
        query = query.where(or_(PLACE.is_(None), PLACE.in_(places)))
    return list(connection.execute(query.order_by(order.desc(), PERSON.c.id).limit(limit)))
