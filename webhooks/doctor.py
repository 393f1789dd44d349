"""What `muadam doctor` looks at: one claim each, and what to do when it does not hold.

What is wrong with an account is told by webhooks/alarms.py; what its platform says of it, by `ask` here. The pages
under /staff use both.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from storage import accounts
from storage.accounts import Counts, StoredAccount
from storage.database import HEAD, Database, reading, schema_version
from storage.tables import INBOX
from webhooks.accounts import config_of
from webhooks.alarms import DEAD_WITHIN, REFRESHED, UNKNOWN_AFTER, Alarm, Code, alarms
from webhooks.channel import Answer, Malformed, Retry, Sent
from webhooks.channels import BY_NAME
from webhooks.transport import CALL_SECONDS, CallFailed, exchange, make_client

LEAST_DISK_BYTES = 200_000_000
CLOCKS_APART = timedelta(minutes=2)

#: The settings that hold what an account needs, where it is not kept on its page.
_SECRET_SETTING = {
    "zalo-oa": "MUADAM_ZALO_OA_SECRET",
    "zalo-bot": "MUADAM_ZALO_BOT_SECRET",
    "messenger": "MUADAM_MESSENGER_APP_SECRET",
}
_TOKEN_SETTING = {
    "zalo-oa": "MUADAM_ZALO_ACCESS_TOKEN and MUADAM_ZALO_REFRESH_TOKEN",
    "zalo-bot": "MUADAM_ZALO_BOT_TOKEN",
    "messenger": "MUADAM_MESSENGER_PAGE_TOKEN",
}


@dataclass(frozen=True, slots=True)
class Check:
    """`sentence` says what is so and, when it is not well, what to do."""

    name: str
    is_well: bool
    sentence: str


#: taken: the token is good and is the account's. refused: `reason` says why. other_account: the token is good, for
#: the account `told`. unclear: an answer that says neither. silent: no answer. not_asked: the platform cannot be.
Verdict = Literal["taken", "refused", "other_account", "unclear", "silent", "not_asked"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a platform says of an account. `apart` is how far its clock is from ours, None when it told no time."""

    verdict: Verdict
    reason: str = ""
    account: str = ""
    apart: timedelta | None = None

    @property
    def is_clock_off(self) -> bool:
        return self.apart is not None and self.apart > CLOCKS_APART


def look(database: Database, data_dir: Path, now: datetime) -> Iterator[Check]:
    """The database, the disk, the clock, the accounts and what is being sent; asks nobody outside."""
    version = schema_version(database)
    if version != HEAD:
        yield Check("database", False, f"the schema is at {version}, not {HEAD}: run `muadam migrate`")
        return
    yield Check("database", True, f"the schema is at {HEAD}")
    yield _disk(data_dir)
    with reading(database) as connection:
        newest: datetime | None = connection.scalar(select(func.max(INBOX.c.received_at)))
        yield _clock(newest, now)
        counts = counted(connection, now)
        for account in accounts.everyone(connection):
            yield from look_at(account, counts.get(account.id, Counts()), now)
        yield _unknown(sum(one.unknown_old for one in counts.values()))


def counted(connection: Connection, now: datetime) -> dict[int, Counts]:
    """The messages of each account, as the alarms want them."""
    return accounts.counts(connection, now=now, dead_since=now - DEAD_WITHIN, old_before=now - UNKNOWN_AFTER)


def look_at(account: StoredAccount, counts: Counts, now: datetime) -> Iterator[Check]:
    """What the account's row and numbers alone tell; nothing of a channel that is fetched."""
    channel = BY_NAME.get(account.channel)
    if channel is None or channel.IS_FETCHED:
        return
    name = name_of(account)
    found = alarms(account, channel, counts, articles_used=0, now=now)
    for alarm in found:
        if alarm.code != "unknown_sends":  # told once, of all accounts
            yield Check(name, alarm.severity == "note", _SENTENCES[alarm.code](account, alarm, now))
    codes = {alarm.code for alarm in found}
    if not codes & {"tokens_lost", "token_over", "token_ending"}:
        yield Check(name, True, _token_sentence(account, now))
    if not codes & {"never_called", "not_called"}:
        yield Check(name, True, f"last webhook: {account.last_webhook_at:%Y-%m-%d %H:%M} UTC")


def name_of(account: StoredAccount) -> str:
    """How checks call an account."""
    return f"{account.channel} {account.external_id}"


# What the platform says -----------------------------------------------------------------------------------


async def ask(account: StoredAccount, now: datetime, *, seconds: float = CALL_SECONDS) -> Told:
    """Is the token taken, for whom, and what time is it there? Changes nothing at the platform. Never raises.

    Waits so many seconds at most. Never call it inside a transaction.
    """
    # A platform where one can ask says how in its channel's file: whoami(config) and who(answer).
    channel: Any = BY_NAME.get(account.channel)
    if channel is None or not hasattr(channel, "whoami"):
        return Told("not_asked")
    url, headers = channel.whoami(config_of(account, media_url=""))
    async with make_client() as client:
        try:
            async with asyncio.timeout(seconds):
                answer = await exchange(client, "GET", url, headers=headers)
        except (CallFailed, TimeoutError) as error:
            return Told("silent", reason=str(error) or "Timeout")
    return _read(channel, account, answer, _apart(answer, now))


def _read(channel: Any, account: StoredAccount, answer: Answer, apart: timedelta | None) -> Told:
    outcome = channel.judge(answer)
    try:
        told = channel.who(answer)
    except Malformed:
        told = ""
    if told:
        return Told("taken" if told == account.external_id else "other_account", account=told, apart=apart)
    if isinstance(outcome, Sent):
        return Told("taken", apart=apart)
    reason = getattr(outcome, "reason", "")
    return Told("unclear" if isinstance(outcome, Retry) else "refused", reason=reason, apart=apart)


def _apart(answer: Answer, now: datetime) -> timedelta | None:
    try:
        return abs(now - parsedate_to_datetime(answer.headers["date"]))
    except (KeyError, ValueError, TypeError):  # none, no date, or one without a zone
        return None


def told_checks(account: StoredAccount, told: Told) -> list[Check]:
    """What the platform said, as sentences."""
    name = name_of(account)
    if told.verdict == "not_asked":
        return [Check(name, True, "this platform cannot be asked for whom a token is")]
    if told.verdict == "silent":
        return [Check(name, False, f"the platform does not answer ({told.reason}): is this host on the internet?")]
    if told.is_clock_off and told.apart is not None:
        seconds = f"{told.apart.total_seconds():.0f} seconds"
        clock = Check("clock", False, f"the clock is {seconds} off the platform's: set it (NTP)")
    else:
        agrees = "the platform tells no time" if told.apart is None else "the clock agrees with the platform's"
        clock = Check("clock", True, agrees)
    match told.verdict:
        case "taken":
            return [Check(name, True, "the platform takes the token"), clock]
        case "other_account":
            advice = "set MUADAM_ZALO_OA_ID to that" if account.channel == "zalo-oa" else "see /staff/accounts"
            kind = "OA" if account.channel == "zalo-oa" else "account"
            return [Check(name, False, f"the token is for {kind} {told.account}: {advice}"), clock]
        case "refused":
            said = f"the platform refuses the token ({told.reason}): see docs/operations.md"
            return [Check(name, False, said), clock]
        case "unclear":
            return [Check(name, False, f"the platform answers oddly ({told.reason}): try again later"), clock]


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


def _clock(newest: datetime | None, now: datetime) -> Check:
    if newest is not None and newest > now + timedelta(minutes=1):
        late = int((newest - now).total_seconds() // 60)
        return Check("clock", False, f"the clock is {late} minutes behind the newest message: set it (NTP)")
    return Check("clock", True, f"the clock says {now:%Y-%m-%d %H:%M} UTC")


def _unknown(count: int) -> Check:
    if count:
        return Check("sending", False, f"{count} sends had no answer: see docs/operations.md, section unknown")
    return Check("sending", True, "no send is without an answer")


# The alarms in words --------------------------------------------------------------------------------------


def _token_sentence(account: StoredAccount, now: datetime) -> str:
    if account.channel not in REFRESHED:
        return "there is a token; it is good until the platform refuses it"
    if account.token_expires_at is None:
        return "the age of the token is not known; the server will refresh it"
    hours = int((account.token_expires_at - now).total_seconds() // 3600)
    return f"the access token is good for {hours} hours" if hours >= 0 else "the token is refreshed when it goes on"


def _lost(account: StoredAccount, _alarm: Alarm, _now: datetime) -> str:
    setting = _TOKEN_SETTING.get(account.channel)
    return "the tokens are lost: get new ones and " + (f"set {setting}" if setting else "see /staff/accounts")


def _secret(account: StoredAccount, _alarm: Alarm, _now: datetime) -> str:
    return f"no webhook is accepted: set {_SECRET_SETTING.get(account.channel, 'its secret, see /staff/accounts')}"


_HEARD = "look whether the console still has it switched on"
_RUNNING = "is the server (or `muadam work`) running?"

_SENTENCES: Mapping[Code, Callable[[StoredAccount, Alarm, datetime], str]] = {
    "tokens_lost": _lost,
    "stopped": lambda _account, alarm, _now: f"sending is stopped ({alarm.reason}): see docs/operations.md",
    "no_secret": _secret,
    "token_over": lambda _account, alarm, _now: (
        f"the access token ended at {alarm.when:%Y-%m-%d %H:%M} UTC: {_RUNNING}"
    ),
    "token_ending": lambda _account, alarm, now: f"the access token ends in {(alarm.when or now) - now}: {_RUNNING}",
    "unknown_sends": lambda _account, alarm, _now: f"{alarm.count} sends had no answer",
    "many_dead": lambda _account, alarm, _now: f"{alarm.count} sends died within a day: see docs/operations.md",
    "never_called": lambda _account, _alarm, _now: f"last webhook: never; {_HEARD}",
    "not_called": lambda _account, alarm, _now: f"last webhook: {alarm.when:%Y-%m-%d %H:%M} UTC; {_HEARD}",
    "stopped_by_staff": lambda _account, _alarm, _now: "somebody stopped it: it is started under /staff/accounts",
    "is_new": lambda _account, _alarm, _now: "it is new and was not started yet: see /staff/accounts",
    "articles_used_up": lambda _account, alarm, _now: f"{alarm.count} articles are used up this month",
}
