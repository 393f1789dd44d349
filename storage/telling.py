"""A message to one person that no turn has asked for: a row of the outbox with the next of his numbers."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from storage import outbox
from storage.tables import PERSON


def tell(
    connection: Connection, person_id: int, *, rank: int, payload: str, now: datetime, valid_for: timedelta
) -> bool:
    """Queue a Message in JSON; False when he cannot be reached any more."""
    is_there = (PERSON.c.id == person_id, PERSON.c.is_reachable, PERSON.c.erased_at.is_(None))
    query = update(PERSON).where(*is_there).values(numbered=PERSON.c.numbered + 1)
    row = connection.execute(query.returning(PERSON.c.account_id, PERSON.c.numbered)).first()
    if row is None:
        return False
    values = {"person_id": person_id, "number": row.numbered, "account_id": row.account_id, "rank": rank}
    values |= {"payload": payload, "due_at": now, "valid_until": now + valid_for, "created_at": now}
    outbox.add(connection, [values])
    return True
