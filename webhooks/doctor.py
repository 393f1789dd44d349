"""What `muadam doctor` looks at: one claim each, and what to do when it does not hold."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from storage import accounts, expiry
from storage.accounts import StoredAccount
from storage.database import HEAD, Database, reading, schema_version
from storage.tables import INBOX
from webhooks.accounts import config_of
from webhooks.channel import Answer, Sent
from webhooks.channels import zalo_oa
from webhooks.transport import CallFailed, exchange, make_client

LEAST_DISK_BYTES = 200_000_000
TOKEN_SOON = timedelta(hours=3)
#: Sends whose answer was never seen are shown to people after this long.
UNKNOWN_AFTER = timedelta(minutes=10)
QUIET_WEBHOOK = timedelta(days=2)
CLOCKS_APART = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Check:
    """`sentence` says what is so and, when it is not well, what to do."""

    name: str
    is_well: bool
    sentence: str


def look(database: Database, data_dir: Path, now: datetime) -> Iterator[Check]:
    """The database, the disk, the clock, the accounts and what is being sent; asks nobody outside."""
    version = schema_version(database)
    if version != HEAD:
        yield Check("database", False, f"the schema is at {version}, not {HEAD}: run `muadam migrate`")
        return
    yield Check("database", True, f"the schema is at {HEAD}")
    yield _disk(data_dir)
    with reading(database) as connection:
        yield _clock(connection, now)
        for account in accounts.everyone(connection):
            if account.channel == zalo_oa.NAME:
                yield from look_at_zalo(account, now)
        yield _unknown(connection, now)


async def ask_zalo(account: StoredAccount, now: datetime) -> list[Check]:
    """What the platform itself says of the account: is the token taken, for whom, and what time is it there."""
    name = f"zalo-oa {account.external_id}"
    config = config_of(account, media_url="")
    url, headers = zalo_oa.whoami(config)
    async with make_client() as client:
        try:
            answer = await exchange(client, "GET", url, headers=headers)
        except CallFailed as error:
            return [Check(name, False, f"the platform does not answer ({error}): is this host on the internet?")]
    outcome = zalo_oa.judge(answer)
    found = [_platform_clock(answer, now)]
    if not isinstance(outcome, Sent):
        reason = getattr(outcome, "reason", "")
        return [Check(name, False, f"the platform refuses the token ({reason}): see docs/operations.md"), *found]
    told = zalo_oa.who(answer)
    if told and told != account.external_id:
        return [Check(name, False, f"the token is for OA {told}: set MUADAM_ZALO_OA_ID to that"), *found]
    return [Check(name, True, "the platform takes the token"), *found]


def _platform_clock(answer: Answer, now: datetime) -> Check:
    try:
        there = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return Check("clock", True, "the platform tells no time")
    apart = abs((now - there).total_seconds())
    if apart > CLOCKS_APART.total_seconds():
        return Check("clock", False, f"the clock is {apart:.0f} seconds off the platform's: set it (NTP)")
    return Check("clock", True, "the clock agrees with the platform's")


def public_view(account: StoredAccount) -> dict[str, object]:
    """An account without its secrets and tokens."""
    return {
        "id": account.id,
        "channel": account.channel,
        "external_id": account.external_id,
        "state": account.state,
        "reason": account.reason,
        "rate_per_minute": account.rate_per_minute,
        "has_buttons": account.has_buttons,
        "approval_above": "" if account.approval_above is None else account.approval_above,
        "token_state": account.token_state,
        "token_expires_at": account.token_expires_at.isoformat() if account.token_expires_at else "",
        "last_webhook_at": account.last_webhook_at.isoformat() if account.last_webhook_at else "",
    }


def _disk(data_dir: Path) -> Check:
    free = shutil.disk_usage(data_dir if data_dir.exists() else ".").free
    megabytes = free // 1_000_000
    if free < LEAST_DISK_BYTES:
        return Check("disk", False, f"{megabytes} MB are left: make room, or messages will be refused")
    return Check("disk", True, f"{megabytes} MB are free")


def _clock(connection: Connection, now: datetime) -> Check:
    newest: datetime | None = connection.scalar(select(func.max(INBOX.c.received_at)))
    if newest is not None and newest > now + timedelta(minutes=1):
        late = int((newest - now).total_seconds() // 60)
        return Check("clock", False, f"the clock is {late} minutes behind the newest message: set it (NTP)")
    return Check("clock", True, f"the clock says {now:%Y-%m-%d %H:%M} UTC")


def look_at_zalo(account: StoredAccount, now: datetime) -> Iterator[Check]:
    """What the account's row alone tells."""
    name = f"zalo-oa {account.external_id}"
    if account.state != "active":
        yield Check(name, False, f"sending is stopped ({account.reason}): see docs/operations.md")
    if not account.secret:
        yield Check(name, False, "no webhook is accepted: set MUADAM_ZALO_OA_SECRET")
    yield _token(name, account, now)
    last = account.last_webhook_at
    if last is None or now - last > QUIET_WEBHOOK:
        heard = "never" if last is None else f"{last:%Y-%m-%d %H:%M} UTC"
        yield Check(name, False, f"last webhook: {heard}; look whether the console still has it switched on")
    else:
        yield Check(name, True, f"last webhook: {last:%Y-%m-%d %H:%M} UTC")


def _token(name: str, account: StoredAccount, now: datetime) -> Check:
    if account.token_state == "lost" or not account.refresh_token:
        advice = "get a new pair of tokens and set MUADAM_ZALO_ACCESS_TOKEN and MUADAM_ZALO_REFRESH_TOKEN"
        return Check(name, False, f"the tokens are lost: {advice}")
    if account.token_expires_at is None:
        return Check(name, True, "the age of the token is not known; the server will refresh it")
    left = account.token_expires_at - now
    if left < TOKEN_SOON:
        return Check(name, False, f"the access token ends in {left}: is the server (or `muadam work`) running?")
    return Check(name, True, f"the access token is good for {int(left.total_seconds() // 3600)} hours")


def _unknown(connection: Connection, now: datetime) -> Check:
    count = expiry.unknown_before(connection, now - UNKNOWN_AFTER)
    if count:
        return Check("sending", False, f"{count} sends had no answer: see docs/operations.md, section unknown")
    return Check("sending", True, "no send is without an answer")
