"""An account as a page shows it: what is wrong, its tokens, its rate, its messages. No secret is in it.

Knows no form. Sentences stand in the templates; times and numbers are made ready here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from admin.account_forms import kind_of, place_words
from admin.views import moment
from storage import accounts, articles
from storage.accounts import Counts, StoredAccount
from webhooks.alarms import REFRESHED, Alarm, alarms, has_lost_tokens
from webhooks.channels import BY_NAME
from webhooks.doctor import counted


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time as people say it: so many minutes, hours or days (`unit`), rounded down."""

    count: int
    unit: str

    @classmethod
    def between(cls, earlier: datetime, later: datetime) -> "Period":
        minutes = max(0, int((later - earlier).total_seconds() // 60))
        if minutes < 60:
            return cls(minutes, "minutes")
        return cls(minutes // 60, "hours") if minutes < 48 * 60 else cls(minutes // (24 * 60), "days")


def cards(
    connection: Connection, rows: Sequence[StoredAccount], *, now: datetime, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """The accounts in their order; those on a platform before our own page."""
    counts = counted(connection, now)
    ordered = sorted(rows, key=lambda row: BY_NAME[row.channel].IS_FETCHED)
    return [_card(connection, row, counts.get(row.id, Counts()), now=now, zone=zone) for row in ordered]


def card(connection: Connection, account: StoredAccount, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    counts = counted(connection, now).get(account.id, Counts())
    return _card(connection, account, counts, now=now, zone=zone)


def _card(
    connection: Connection, account: StoredAccount, counts: Counts, *, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    channel, kind = BY_NAME[account.channel], kind_of(account.channel)
    used = 0
    if kind.has_articles:
        used = articles.used_in_month(connection, account.id, articles.month_of(now, zone))
    left = accounts.refill(account, now)
    is_paused = account.paused_until is not None and account.paused_until > now
    return {
        "id": account.id,
        "channel": account.channel,
        "external_id": account.external_id,
        "is_fetched": channel.IS_FETCHED,
        "place": place_words(account.place),
        "is_on": account.state == "active",
        "reason": account.reason,
        "alarms": [_shown(one, now) for one in alarms(account, channel, counts, articles_used=used, now=now)],
        "token": _token(account, now),
        "heard": Period.between(account.last_webhook_at, now) if account.last_webhook_at else None,
        "has_secret": bool(account.secret),
        "rate": account.rate_per_minute,
        "left": None if left == inf else int(left),
        "slowed_until": moment(account.paused_until, zone) if is_paused and account.paused_until else "",
        "has_articles": kind.has_articles,
        "articles": account.articles_per_month,
        "articles_used": used,
        "has_buttons": account.has_buttons,
        "takes_buttons": channel.LIMITS.buttons > 0 and not channel.IS_FETCHED,
        "approval": account.approval_above,
        "counts": counts,
    }


def _shown(alarm: Alarm, now: datetime) -> dict[str, Any]:
    when = alarm.when
    ago = Period.between(when, now) if when is not None and when <= now else None
    left = Period.between(now, when) if when is not None and when > now else None
    shown = {"code": alarm.code, "severity": alarm.severity, "reason": alarm.reason, "count": alarm.count}
    return {**shown, "ago": ago, "left": left}


def _token(account: StoredAccount, now: datetime) -> dict[str, Any]:
    """How it is with the access token: lost, lasting (until it is refused), fresh, left or over (for how long)."""
    if has_lost_tokens(account):
        return {"state": "lost", "period": None}
    if account.channel not in REFRESHED:
        return {"state": "lasting", "period": None}
    expires_at = account.token_expires_at
    if expires_at is None:
        return {"state": "fresh", "period": None}
    if expires_at <= now:
        return {"state": "over", "period": Period.between(expires_at, now)}
    return {"state": "left", "period": Period.between(now, expires_at)}
