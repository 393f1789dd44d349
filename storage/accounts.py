"""Accounts on the platforms: who they are, their tokens, their rate."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from storage.tables import ACCOUNT


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


_EVERYONE = select(ACCOUNT).order_by(ACCOUNT.c.id)


def everyone(connection: Connection) -> list[StoredAccount]:
    """All accounts, in the order in which they were added."""
    rows = connection.execute(_EVERYONE)
    return [StoredAccount(**row._mapping) for row in rows]


def one(connection: Connection, account_id: int) -> StoredAccount:
    """The account; sqlalchemy.exc.NoResultFound when it is not there."""
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == account_id)).one()
    return StoredAccount(**row._mapping)


def put(connection: Connection, *, channel: str, external_id: str, **columns: Any) -> int:
    """Make the account, or change these columns of it; its id."""
    where = (ACCOUNT.c.channel == channel) & (ACCOUNT.c.external_id == external_id)
    account_id: int | None = connection.scalar(select(ACCOUNT.c.id).where(where))
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
