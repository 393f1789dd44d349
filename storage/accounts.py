"""Accounts on the platforms: who they are, their tokens, their rate."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, text, update
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from storage.tables import ACCOUNT, OUTBOX
from storage.team_tables import AUDIT


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account row as it was read; see tables.Account for the columns."""

    id: int
    channel: str
    external_id: str
    place: str | None
    app_id: str
    secret: str = field(repr=False)
    app_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_expires_at: datetime | None
    token_state: str
    token_claimed_until: datetime | None
    token_claimed_by: str
    seeded_with: str
    api_url: str
    oauth_url: str
    rate_per_minute: int
    allowance: float
    allowance_at: datetime | None
    paused_until: datetime | None
    has_buttons: bool
    approval_above: int | None
    articles_per_month: int | None
    state: str
    reason: str
    last_webhook_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the messages of an account. `unknown_old` is of unknown ones whose answer will hardly come."""

    waiting: int = 0
    held: int = 0
    unknown: int = 0
    unknown_old: int = 0
    dead: int = 0


#: What happened to an account on the pages or by a command; its rows in the audit are `subject(id)`.
ADDED, CHANGED = "account_added", "account_changed"

# Word for word the conditions of the indexes, without which SQLite would not take them.
_IS_OPEN = text("outbox.state IN ('waiting', 'sending')")
_IS_APART = text("outbox.state IN ('held', 'unknown', 'dead')")

_EVERYONE = select(ACCOUNT).order_by(ACCOUNT.c.id)


def everyone(connection: Connection) -> list[StoredAccount]:
    """All accounts, in the order in which they were added."""
    rows = connection.execute(_EVERYONE)
    return [StoredAccount(**row._mapping) for row in rows]


def one(connection: Connection, account_id: int) -> StoredAccount:
    """The account; sqlalchemy.exc.NoResultFound when it is not there."""
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == account_id)).one()
    return StoredAccount(**row._mapping)


def find(connection: Connection, channel: str, external_id: str) -> int | None:
    """The id of the account that the platform knows by this id."""
    where = (ACCOUNT.c.channel == channel) & (ACCOUNT.c.external_id == external_id)
    found: int | None = connection.scalar(select(ACCOUNT.c.id).where(where))
    return found


def put(connection: Connection, *, channel: str, external_id: str, **columns: Any) -> int:
    """Make the account, or change these columns of it; its id."""
    where = (ACCOUNT.c.channel == channel) & (ACCOUNT.c.external_id == external_id)
    account_id = find(connection, channel, external_id)
    if account_id is not None:
        if columns:
            connection.execute(update(ACCOUNT).where(where).values(**columns))
        return account_id
    # Defaults stand in the SQLModel class: a Core insert would leave the columns null.
    defaults = {
        column.name: column.default.arg
        for column in ACCOUNT.columns
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    values = defaults | {"channel": channel, "external_id": external_id} | columns
    connection.execute(insert(ACCOUNT).values(**values))
    return int(connection.scalars(select(ACCOUNT.c.id).where(where)).one())


def change(connection: Connection, account_id: int, **columns: Any) -> None:
    """Change these columns."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**columns))


def counts(connection: Connection, *, now: datetime, dead_since: datetime, old_before: datetime) -> dict[int, Counts]:
    """By account: waiting that could have left by now, held, unknown (old: from before `old_before`), and those
    that have died since. An account without any of them is not in it."""
    waiting = select(OUTBOX.c.account_id, func.count()).where(_IS_OPEN, OUTBOX.c.due_at <= now)
    apart = select(OUTBOX.c.account_id, func.count()).where(_IS_APART).group_by(OUTBOX.c.account_id)
    unknown = apart.where(OUTBOX.c.state == "unknown")
    found = {
        "waiting": waiting.group_by(OUTBOX.c.account_id),
        "held": apart.where(OUTBOX.c.state == "held"),
        "unknown": unknown,
        "unknown_old": unknown.where(OUTBOX.c.created_at < old_before),
        "dead": apart.where(OUTBOX.c.state == "dead", OUTBOX.c.settled_at >= dead_since),
    }
    numbers: dict[int, dict[str, int]] = {}
    for name, query in found.items():
        for account_id, count in connection.execute(query):
            numbers.setdefault(account_id, {})[name] = count
    return {account_id: Counts(**named) for account_id, named in numbers.items()}


def subject(account_id: int) -> str:
    """How the audit names an account."""
    return f"account {account_id}"


def last_saved(connection: Connection, account_id: int, columns: Collection[str]) -> datetime | None:
    """When one of these columns was last changed on a page or by a command, or the account added; None: never."""
    query = select(AUDIT.c.at, AUDIT.c.action, AUDIT.c.detail).where(
        AUDIT.c.action.in_((ADDED, CHANGED)), AUDIT.c.subject == subject(account_id)
    )
    for row in connection.execute(query.order_by(AUDIT.c.id.desc())):
        if row.action == ADDED or set(row.detail.split(", ")) & set(columns):
            return row.at  # type: ignore[no-any-return]
    return None


def claim_token(
    connection: Connection, account_id: int, *, by: str, now: datetime, lease: timedelta
) -> StoredAccount | None:
    """Become the only one who may refresh this account's token; None while somebody else is."""
    free = or_(ACCOUNT.c.token_claimed_until.is_(None), ACCOUNT.c.token_claimed_until < now)
    claim = update(ACCOUNT).where(ACCOUNT.c.id == account_id, or_(free, ACCOUNT.c.token_claimed_by == by))
    result = connection.execute(claim.values(token_claimed_until=now + lease, token_claimed_by=by))
    return one(connection, account_id) if result.rowcount else None


def spend(connection: Connection, account_id: int, sends: float) -> None:
    """Take sends that were more than the claim took into account off the allowance."""
    query = update(ACCOUNT).where(ACCOUNT.c.id == account_id)
    connection.execute(query.values(allowance=ACCOUNT.c.allowance - sends))


def burst(account: StoredAccount) -> float:
    """Sends that may leave at once; infinity without a rate."""
    return max(1.0, account.rate_per_minute / 10) if account.rate_per_minute > 0 else inf


def refill(account: StoredAccount, now: datetime) -> float:
    """Sends that may leave now. A tenth of the minute's rate may go at once and the rest is spread over the
    minute, so that no 60 seconds, wherever they begin, see more than the rate. Infinity without a rate."""
    most = burst(account)
    if account.allowance_at is None or most == inf:
        return most
    seconds = max(0.0, (now - account.allowance_at).total_seconds())
    return min(most, account.allowance + seconds * _per_second(account))


def seconds_until(account: StoredAccount, allowance: float) -> float:
    """How long until an allowance of less than one has grown to one send."""
    return max(0.0, 1.0 - allowance) / _per_second(account)


def lasting_rate(account: StoredAccount) -> float:
    """Sends in a minute, minute after minute: the rate without what may leave at once. 0 without a rate."""
    if account.rate_per_minute <= 0:
        return 0.0
    # A rate of one a minute has nothing left beside its burst: it gets its one back after the minute.
    return account.rate_per_minute - burst(account) or account.rate_per_minute


def _per_second(account: StoredAccount) -> float:
    return lasting_rate(account) / 60
