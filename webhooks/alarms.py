"""What is wrong with an account, from its row and its numbers alone: codes, never sentences.

Asks nobody and reads no clock. The pages under /staff say each code in Vietnamese, `muadam doctor` in English.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from storage.accounts import Counts, StoredAccount
from webhooks.channel import Channel
from webhooks.channels import zalo_oa
from webhooks.tokens import LOST, TOKEN_LOST

#: Why an account does not send: somebody stopped it on a page; it is new and was not started yet.
BY_STAFF, IS_NEW = "by_staff", "is_new"

#: Channels whose access tokens end and are refreshed; the tokens of the others are good until they are refused.
REFRESHED = frozenset({zalo_oa.NAME})

TOKEN_SOON = timedelta(hours=3)
QUIET_WEBHOOK = timedelta(days=2)
#: Sends whose answer was never seen are shown to people after this long.
UNKNOWN_AFTER = timedelta(minutes=10)
#: So many sends that died in DEAD_WITHIN are too many.
MANY_DEAD = 20
DEAD_WITHIN = timedelta(days=1)

Code = Literal[
    "tokens_lost",
    "stopped",
    "no_secret",
    "token_over",
    "token_ending",
    "unknown_sends",
    "many_dead",
    "never_called",
    "not_called",
    "stopped_by_staff",
    "is_new",
    "articles_used_up",
]
CODES: tuple[Code, ...] = get_args(Code)

#: error: residents get no answer, or soon will not. warning: somebody should look. note: it is as it should be.
Severity = Literal["error", "warning", "note"]
SEVERITIES: Mapping[Code, Severity] = {
    "tokens_lost": "error",
    "stopped": "error",
    "no_secret": "error",
    "token_over": "error",
    "token_ending": "error",
    "unknown_sends": "warning",
    "many_dead": "warning",
    "never_called": "warning",
    "not_called": "warning",
    "stopped_by_staff": "warning",
    "is_new": "note",
    "articles_used_up": "note",
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong. `reason` is the platform's, `count` of messages or articles, `when` a moment."""

    code: Code
    reason: str = ""
    count: int = 0
    when: datetime | None = None

    @property
    def severity(self) -> Severity:
        return SEVERITIES[self.code]


def alarms(
    account: StoredAccount, channel: Channel, counts: Counts, *, articles_used: int, now: datetime
) -> list[Alarm]:
    """What is wrong, the worst first. A channel that is fetched knows no platform that could fail it."""
    found = [*_sending(account, counts, articles_used)]
    if not channel.IS_FETCHED:
        found += [*_tokens(account, now), *_webhooks(account, now)]
    return sorted(found, key=lambda alarm: CODES.index(alarm.code))


def has_lost_tokens(account: StoredAccount) -> bool:
    """Whether only somebody with the platform's console can set the account going."""
    lacks_refresh = account.channel in REFRESHED and not account.refresh_token
    is_lost = account.token_state == LOST or account.reason == TOKEN_LOST
    return is_lost or lacks_refresh or not account.access_token


def _sending(account: StoredAccount, counts: Counts, articles_used: int) -> list[Alarm]:
    found: list[Alarm] = []
    if account.state != "active" and account.reason != TOKEN_LOST:
        by_us: Mapping[str, Code] = {BY_STAFF: "stopped_by_staff", IS_NEW: "is_new"}
        found.append(Alarm(by_us.get(account.reason, "stopped"), reason=account.reason))
    if counts.unknown_old:
        found.append(Alarm("unknown_sends", count=counts.unknown_old))
    if counts.dead >= MANY_DEAD:
        found.append(Alarm("many_dead", count=counts.dead))
    if account.articles_per_month is not None and articles_used >= account.articles_per_month:
        found.append(Alarm("articles_used_up", count=articles_used))
    return found


def _tokens(account: StoredAccount, now: datetime) -> list[Alarm]:
    if has_lost_tokens(account):
        return [Alarm("tokens_lost")]
    expires_at = account.token_expires_at
    # Nobody refreshes the token of an account that is stopped: it is refreshed when it goes on.
    if expires_at is None or account.channel not in REFRESHED or account.state != "active":
        return []
    if expires_at <= now:
        return [Alarm("token_over", when=expires_at)]
    return [Alarm("token_ending", when=expires_at)] if expires_at - now < TOKEN_SOON else []


def _webhooks(account: StoredAccount, now: datetime) -> list[Alarm]:
    found = [] if account.secret else [Alarm("no_secret")]
    last = account.last_webhook_at
    if last is None:
        return [*found, Alarm("never_called")]
    return [*found, Alarm("not_called", when=last)] if now - last > QUIET_WEBHOOK else found
