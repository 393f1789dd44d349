"""The second factor of members: a secret that their phone has too, and codes for when the phone is lost.

Knows no clock of codes: which step of time a code is of is given.
"""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from storage.staff import change, digest
from storage.team_tables import STAFF


def turn_on(connection: Connection, staff_id: int, *, secret: str, step: int, codes: Sequence[str]) -> None:
    """Ask for it from now on. `step` is that of the code by which it was tried; of `codes` digests are kept."""
    kept = json.dumps([digest(code) for code in codes])
    change(connection, staff_id, totp_secret=secret, totp_step=step, recovery=kept)


def turn_off(connection: Connection, staff_id: int) -> None:
    """Ask for the password alone."""
    change(connection, staff_id, totp_secret="", totp_step=0, recovery="[]")


def use_step(connection: Connection, staff_id: int, step: int) -> bool:
    """Take a code of this step of time; False when this one, or a later one, was used before."""
    query = update(STAFF).where(STAFF.c.id == staff_id, STAFF.c.totp_step < step)
    return bool(connection.execute(query.values(totp_step=step)).rowcount)


def use_code(connection: Connection, staff_id: int, code: str) -> bool:
    """Take one of the codes for a lost phone; each is good once."""
    written: str | None = connection.scalar(select(STAFF.c.recovery).where(STAFF.c.id == staff_id))
    left = json.loads(written or "[]")
    if digest(code) not in left:
        return False
    left.remove(digest(code))
    # The row as it was read: another process may have taken the same code meanwhile.
    query = update(STAFF).where(STAFF.c.id == staff_id, STAFF.c.recovery == written)
    return bool(connection.execute(query.values(recovery=json.dumps(left))).rowcount)


def codes_left(written: str) -> int:
    """How many codes for a lost phone are left in a column `recovery`."""
    return len(json.loads(written))
