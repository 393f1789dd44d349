"""Those who sign in to the staff pages: their roles and places, passwords as hashes, sessions, and what they did.

Knows no page and no password: digests and hashes are given.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from storage.subscriptions import joined, parted
from storage.team_tables import AUDIT, STAFF, STAFF_SESSION

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True, slots=True)
class Member:
    """One of the staff. `scope` are codes of places, "vn" for everywhere; `person_id` the chat that is his own."""

    id: int
    login: str
    name: str
    roles: frozenset[str]
    scope: tuple[str, ...]
    person_id: int | None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in, and as whom."""

    member: Member
    began_at: datetime
    seen_at: datetime


def digest(secret: str) -> str:
    """What is kept of a cookie, a link or a code."""
    return sha256(secret.encode()).hexdigest()


def is_login(text: str) -> bool:
    """Whether somebody can be called so: 2 to 40 small letters, digits, dots, dashes."""
    return _LOGIN.fullmatch(text) is not None


# Who there is ---------------------------------------------------------------------------------------------


def add(
    connection: Connection, *, login: str, name: str, roles: Sequence[str], scope: Sequence[str], now: datetime
) -> int:
    """A new member without a password; his id. Logins are one spelling: sqlalchemy.exc.IntegrityError for a second."""
    values = {"login": login, "name": name, "roles": joined(roles), "scope": joined(scope), "created_at": now}
    blank = {"password_hash": "", "failed_attempts": 0, "join_digest": "", "link_digest": ""}
    key = connection.execute(insert(STAFF).values(**(blank | values))).inserted_primary_key
    return int(key[0]) if key else 0


def change(connection: Connection, staff_id: int, **columns: Any) -> None:
    """Change columns; `roles` and `scope` are sequences."""
    for name in ("roles", "scope"):
        if name in columns:
            columns[name] = joined(columns[name])
    connection.execute(update(STAFF).where(STAFF.c.id == staff_id).values(**columns))


def by_login(connection: Connection, login: str) -> Row[Any] | None:
    """The row of somebody who has not ended, with his password's hash and his lock."""
    return connection.execute(select(STAFF).where(STAFF.c.login == login, STAFF.c.ended_at.is_(None))).first()


def one(connection: Connection, staff_id: int) -> Row[Any] | None:
    return connection.execute(select(STAFF).where(STAFF.c.id == staff_id)).first()


def everyone(connection: Connection) -> list[Member]:
    """Also those who have ended, in the order in which they were added."""
    return [member_of(row) for row in connection.execute(select(STAFF).order_by(STAFF.c.id))]


def end(connection: Connection, staff_id: int, now: datetime) -> None:
    """He signs in no more, and is signed out everywhere; what he did stays written."""
    columns = {"ended_at": now, "password_hash": "", "join_digest": "", "link_digest": "", "person_id": None}
    change(connection, staff_id, **columns)
    end_sessions(connection, staff_id)


def forget_secrets(connection: Connection, staff_id: int) -> None:
    """Password, second factor and lock of somebody end, and he is signed out everywhere: he needs a new link."""
    blank = {"password_hash": "", "failed_attempts": 0, "locked_until": None}
    change(connection, staff_id, **blank, totp_secret="", totp_step=0, recovery="[]")
    end_sessions(connection, staff_id)


def member_of(row: Row[Any]) -> Member:
    return Member(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=frozenset(parted(row.roles)),
        scope=parted(row.scope),
        person_id=row.person_id,
        is_active=row.ended_at is None,
    )


# Links and passwords --------------------------------------------------------------------------------------


def invite(connection: Connection, staff_id: int, *, token: str, until: datetime) -> None:
    """Let the bearer of this one-time link choose a password; an older link is worth nothing any more."""
    change(connection, staff_id, join_digest=digest(token), join_until=until)


def invited(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """Who may choose a password by this link."""
    query = select(STAFF).where(
        STAFF.c.join_digest == digest(token), STAFF.c.join_until > now, STAFF.c.ended_at.is_(None)
    )
    return connection.execute(query).first()


def set_password(connection: Connection, staff_id: int, password_hash: str) -> None:
    """A new password: the link is used up, a lock is open again."""
    change(
        connection,
        staff_id,
        password_hash=password_hash,
        join_digest="",
        join_until=None,
        failed_attempts=0,
        locked_until=None,
    )


def count_failure(connection: Connection, staff_id: int, *, most: int, locked_for: timedelta, now: datetime) -> None:
    """One more wrong password; after `most` of them the login is locked for a while and the count begins anew."""
    connection.execute(update(STAFF).where(STAFF.c.id == staff_id).values(failed_attempts=STAFF.c.failed_attempts + 1))
    query = update(STAFF).where(STAFF.c.id == staff_id, STAFF.c.failed_attempts >= most)
    connection.execute(query.values(failed_attempts=0, locked_until=now + locked_for))


def is_locked(row: Row[Any], now: datetime) -> bool:
    """Whether there were too many wrong passwords a short while ago."""
    return row.locked_until is not None and row.locked_until > now


# Sessions -------------------------------------------------------------------------------------------------


def begin_session(
    connection: Connection,
    staff_id: int,
    *,
    cookie_digest: str,
    agent: str,
    now: datetime,
    is_pending: bool = False,
) -> None:
    """A browser signs in; earlier failures are forgotten, but for one whose second factor is still asked for."""
    if not is_pending:
        change(connection, staff_id, failed_attempts=0, locked_until=None)
    values = {"digest": cookie_digest, "staff_id": staff_id, "agent": agent, "began_at": now, "seen_at": now}
    connection.execute(insert(STAFF_SESSION).values(**values, is_pending=is_pending))


def pending(connection: Connection, cookie_digest: str, *, began_after: datetime) -> Row[Any] | None:
    """Whose second factor this browser is asked for."""
    query = select(STAFF).join(STAFF_SESSION, STAFF_SESSION.c.staff_id == STAFF.c.id)
    asked = (STAFF_SESSION.c.digest == cookie_digest, STAFF_SESSION.c.is_pending)
    in_time = (STAFF_SESSION.c.began_at > began_after, STAFF.c.ended_at.is_(None))
    return connection.execute(query.where(*asked, *in_time)).first()


def session(
    connection: Connection, cookie_digest: str, *, now: datetime, idle: timedelta, longest: timedelta
) -> Session | None:
    """Who this browser is; None when it is not signed in, or has been idle or signed in for too long."""
    columns = (STAFF, STAFF_SESSION.c.began_at, STAFF_SESSION.c.seen_at)
    query = (
        select(*columns)
        .join(STAFF, STAFF.c.id == STAFF_SESSION.c.staff_id)
        .where(
            STAFF_SESSION.c.digest == cookie_digest,
            _goes_on(now=now, idle=idle, longest=longest),
            STAFF.c.ended_at.is_(None),
        )
    )
    row = connection.execute(query).first()
    return Session(member_of(row), row.began_at, row.seen_at) if row is not None else None


def _goes_on(*, now: datetime, idle: timedelta, longest: timedelta) -> ColumnElement[bool]:
    is_in_time = (STAFF_SESSION.c.seen_at > now - idle, STAFF_SESSION.c.began_at > now - longest)
    return and_(~STAFF_SESSION.c.is_pending, *is_in_time)


def touch(connection: Connection, cookie_digest: str, now: datetime) -> None:
    connection.execute(update(STAFF_SESSION).where(STAFF_SESSION.c.digest == cookie_digest).values(seen_at=now))


def sessions(
    connection: Connection, staff_id: int, *, now: datetime, idle: timedelta, longest: timedelta
) -> list[Row[Any]]:
    """The browsers that are signed in as somebody, those seen last first."""
    is_his = STAFF_SESSION.c.staff_id == staff_id
    query = select(STAFF_SESSION).where(is_his, _goes_on(now=now, idle=idle, longest=longest))
    return list(connection.execute(query.order_by(STAFF_SESSION.c.seen_at.desc())))


def end_session(connection: Connection, cookie_digest: str, *, of: int | None = None) -> None:
    """Sign one browser out; with `of` only if it is signed in as this member."""
    query = delete(STAFF_SESSION).where(STAFF_SESSION.c.digest == cookie_digest)
    connection.execute(query if of is None else query.where(STAFF_SESSION.c.staff_id == of))


def end_sessions(connection: Connection, staff_id: int, *, but: str = "") -> None:
    """Sign somebody out everywhere, `but` in one browser."""
    query = delete(STAFF_SESSION).where(STAFF_SESSION.c.staff_id == staff_id, STAFF_SESSION.c.digest != but)
    connection.execute(query)


def last_seen(connection: Connection) -> dict[int, datetime]:
    """When each member was seen last, of those who are signed in somewhere."""
    query = select(STAFF_SESSION.c.staff_id, func.max(STAFF_SESSION.c.seen_at).label("at"))
    rows = connection.execute(query.group_by(STAFF_SESSION.c.staff_id))
    return {row.staff_id: row.at for row in rows}


def sweep_sessions(connection: Connection, *, seen_before: datetime) -> int:
    """Delete sessions that nobody can go on with; how many."""
    return connection.execute(delete(STAFF_SESSION).where(STAFF_SESSION.c.seen_at < seen_before)).rowcount


# The chat that is somebody's own --------------------------------------------------------------------------


def offer_tie(connection: Connection, staff_id: int, *, code: str, until: datetime) -> None:
    """Let whoever writes this code in a chat say that the chat is this member's."""
    change(connection, staff_id, link_digest=digest(code), link_until=until)


def tie_chat(connection: Connection, code: str, person_id: int, now: datetime) -> bool:
    """Make the chat that of the member whose code it is, and nobody else's; False for an unknown or old code."""
    written = digest(code.strip().upper())
    ours = (STAFF.c.link_digest == written, STAFF.c.link_until > now, STAFF.c.ended_at.is_(None))
    row = connection.execute(select(STAFF.c.id).where(*ours)).first()
    if row is None:
        return False
    connection.execute(update(STAFF).where(STAFF.c.person_id == person_id).values(person_id=None))
    change(connection, row.id, person_id=person_id, link_digest="", link_until=None)
    record(connection, staff_id=row.id, action="chat_tied", now=now)
    return True


def untie_chat(connection: Connection, staff_id: int, now: datetime) -> None:
    """No chat is this member's any more, and a code that was offered is worth nothing."""
    change(connection, staff_id, person_id=None, link_digest="", link_until=None)
    record(connection, staff_id=staff_id, action="chat_untied", now=now)


# What was done --------------------------------------------------------------------------------------------


def record(
    connection: Connection,
    *,
    staff_id: int | None,
    action: str,
    subject: str = "",
    detail: str = "",
    now: datetime,
) -> None:
    """Write down that somebody did something; `staff_id` None: a command on the server."""
    values = {"at": now, "staff_id": staff_id, "action": action, "subject": subject, "detail": detail}
    connection.execute(insert(AUDIT).values(**values))


def did(connection: Connection, staff_id: int, action: str, subject: str, *, since: datetime) -> bool:
    """Whether somebody has done this to that subject since then."""
    same = (AUDIT.c.staff_id == staff_id, AUDIT.c.at >= since, AUDIT.c.action == action, AUDIT.c.subject == subject)
    return connection.execute(select(AUDIT.c.id).where(*same).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in the audit; what is None or empty is not asked about.

    `of` are the members whose deeds may be seen, None for everybody's and the server's own; `before` a row's id.
    """

    of: frozenset[int] | None = None
    staff_id: int | None = None
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def audit(connection: Connection, wanted: Wanted, *, limit: int) -> list[Row[Any]]:
    """What was done, the newest first: (id, at, action, subject, detail, login, name)."""
    columns = (AUDIT.c.id, AUDIT.c.at, AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail, STAFF.c.login, STAFF.c.name)
    query = select(*columns).outerjoin(STAFF, STAFF.c.id == AUDIT.c.staff_id)
    if wanted.of is not None:
        query = query.where(AUDIT.c.staff_id.in_(sorted(wanted.of)))
    if wanted.staff_id is not None:
        query = query.where(AUDIT.c.staff_id == wanted.staff_id)
    if wanted.action:
        query = query.where(AUDIT.c.action == wanted.action)
    if wanted.subject:
        query = query.where(AUDIT.c.subject == wanted.subject)
    if wanted.since is not None:
        query = query.where(AUDIT.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AUDIT.c.at < wanted.until)
    if wanted.before is not None:
        query = query.where(AUDIT.c.id < wanted.before)
    return list(connection.execute(query.order_by(AUDIT.c.id.desc()).limit(limit)))
