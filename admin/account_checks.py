"""The steps by which an account is set up, each with how far it is: codes, which templates say in words.

Pure: the row, what the platform said, and the moment are given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from admin.account_forms import Kind, malformed, missing
from storage.accounts import StoredAccount
from webhooks.alarms import BY_STAFF, IS_NEW, QUIET_WEBHOOK, REFRESHED
from webhooks.doctor import Told
from webhooks.tokens import LOST

#: good: it holds. bad: somebody has to do something. later: it will show by itself, or after another step.
#: unknown: it was not tried.
State = Literal["good", "bad", "later", "unknown"]

#: The server refreshes a new pair within a minute; after so long it was refused.
REFRESHED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Step:
    """`code` names the step, `why` what is so; `facts` are for the sentence."""

    code: str
    state: State
    why: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """When what webhooks are checked with was last saved, and when the tokens were; None: not known."""

    keys: datetime | None = None
    tokens: datetime | None = None


def steps(
    account: StoredAccount, kind: Kind, *, told: Told | None, public_url: str, saved: Saved, now: datetime
) -> list[Step]:
    """The check-list, in the order in which it is worked through; `told` None: the platform was not asked now."""
    if not kind.fields:
        return []
    found = [_fields(account), _token(account, told)]
    if told is None or told.verdict != "not_asked":
        found.append(_whose(account, told))
    if account.channel in REFRESHED:
        found.append(_refresh(account, saved, now))
    found += [_address(account, kind, public_url), _key(account, saved), _called(account, saved, now), _clock(told)]
    return [*found, _is_on(account)]


def _fields(account: StoredAccount) -> Step:
    if lacking := missing(account):
        return Step("fields", "bad", "missing", {"columns": ",".join(lacking)})
    if wrong := malformed(account):
        return Step("fields", "bad", "form", {"columns": ",".join(wrong)})
    return Step("fields", "good", "all")


def _token(account: StoredAccount, told: Told | None) -> Step:
    if not account.access_token:
        return Step("token", "bad", "missing")
    if told is None or told.verdict == "not_asked":
        return Step("token", "unknown", "not_tried" if told is None else "not_asked")
    if told.verdict in ("taken", "other_account"):
        return Step("token", "good", "taken")
    return Step("token", "bad", told.verdict, {"reason": told.reason})


def _whose(account: StoredAccount, told: Told | None) -> Step:
    if told is not None and told.verdict == "other_account":
        return Step("whose", "bad", "other", {"account": told.account, "ours": account.external_id})
    if told is not None and told.account:
        return Step("whose", "good", "ours")
    return Step("whose", "unknown", "not_told" if told is not None and told.verdict == "taken" else "not_tried")


def _refresh(account: StoredAccount, saved: Saved, now: datetime) -> Step:
    if not (account.refresh_token and account.app_secret and account.app_id):
        return Step("refresh", "bad", "missing")
    if account.token_state == LOST:
        return Step("refresh", "bad", "lost")
    if account.token_expires_at is not None:
        return Step("refresh", "good" if account.token_expires_at > now else "later", "known")
    if account.state != "active":
        return Step("refresh", "later", "stopped")
    if saved.tokens is not None and now - saved.tokens > REFRESHED_WITHIN:
        return Step("refresh", "bad", "refused")
    return Step("refresh", "later", "soon")


def webhook_address(account: StoredAccount, kind: Kind, public_url: str) -> str:
    """What is pasted into the platform's console."""
    path = kind.webhook.format(external_id=account.external_id, id=account.id)
    return f"{public_url.rstrip('/')}{path}" if public_url and path else ""


def _address(account: StoredAccount, kind: Kind, public_url: str) -> Step:
    address = webhook_address(account, kind, public_url)
    if not address:
        return Step("address", "bad", "no_url")
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return Step("address", "bad", "no_https", {"address": address})
    # The platforms take a name that is registered, on the port of https.
    if parts.port not in (None, 443) or "." not in host or ":" in host or host.replace(".", "").isdigit():
        return Step("address", "bad", "no_name", {"address": address})
    return Step("address", "good", "https", {"address": address})


def _is_called_since(account: StoredAccount, saved: Saved) -> bool:
    last = account.last_webhook_at
    return last is not None and (saved.keys is None or last >= saved.keys)


def _key(account: StoredAccount, saved: Saved) -> Step:
    if not account.secret:
        return Step("key", "bad", "missing")
    # A webhook is noted after its signature was checked alone.
    return Step("key", "good", "matched") if _is_called_since(account, saved) else Step("key", "later", "not_tried")


def _called(account: StoredAccount, saved: Saved, now: datetime) -> Step:
    last = account.last_webhook_at
    if last is None:
        return Step("called", "later", "never")
    if not _is_called_since(account, saved):
        return Step("called", "later", "not_since")
    return Step("called", "bad", "quiet") if now - last > QUIET_WEBHOOK else Step("called", "good", "since")


def _clock(told: Told | None) -> Step:
    if told is None or told.apart is None:
        return Step("clock", "unknown", "not_tried" if told is None else "not_told")
    seconds = {"seconds": f"{told.apart.total_seconds():.0f}"}
    return Step("clock", "bad", "off", seconds) if told.is_clock_off else Step("clock", "good", "agrees")


def _is_on(account: StoredAccount) -> Step:
    if account.state == "active":
        return Step("on", "good", "on")
    is_ours = account.reason in (IS_NEW, BY_STAFF)
    return Step("on", "later" if is_ours else "bad", account.reason if is_ours else "stopped")
