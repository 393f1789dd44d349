"""Access tokens of Zalo accounts, kept fresh by one claimant at a time.

A refresh token can be used once: the answer brings the next pair and kills the last. So the pair is stored
before it is used, in one transaction with the end of the claim, and a row says what is under way:

    ok           the pair in the row is good, as far as anybody knows
    refreshing   somebody (token_claimed_by, until token_claimed_until) has posted the refresh token
    unknown      he did not see the answer: while the old access token is taken the pair is still good; once
                 it is refused one more refresh is tried
    lost         that was refused as well: an administrator has to grant the app anew

Accounts without a refresh token are not looked at. When the platform refuses the access token of one it is lost.

Source: https://developers.zalo.me/docs/official-account/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new, as
relayed by integrators' notes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from storage import accounts
from storage.accounts import StoredAccount
from storage.database import Database, reading
from storage.writer import Writer, WriterError
from webhooks import jobs, taming
from webhooks.channel import Answer, Malformed
from webhooks.metrics import Metrics
from webhooks.transport import AnswerLost, NeverLeft, exchange

LOOK_EVERY = timedelta(minutes=1)
#: Access tokens live 25 hours.
REFRESH_BEFORE = timedelta(hours=6)
#: An interrupted refresh leaves the old token alone for as long as it lives.
LAST_HOUR = timedelta(hours=1)
LIFETIME = timedelta(hours=25)
SHORTEST_LIFETIME = timedelta(minutes=10)
#: After a refresh that gave nothing; also how often a lost account is tried again.
TRY_AGAIN_AFTER = timedelta(minutes=5)
#: Sends whose token is refused ask again and again: not each of them is passed on.
REST = timedelta(seconds=10)
#: Longer than a call may take.
LEASE = timedelta(seconds=60)
#: How often it is looked whether another process has finished.
POLL_SECONDS = 0.25

OK, REFRESHING, UNKNOWN, LOST = "ok", "refreshing", "unknown", "lost"

#: The reason of an account that was stopped here, and is set going again here.
TOKEN_LOST = "token_lost"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pair:
    """What a refresh gives. `lives` begins now."""

    access_token: str
    refresh_token: str
    lives: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform said no: `reason` is its error's number or name."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Begun:
    """The claim is ours, and this is the row as it was before."""

    account: StoredAccount
    was_unknown: bool


class Tokens:
    """All accounts that have a refresh token. Made in muadam.build(); `run` keeps them fresh for ever."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        client: httpx.AsyncBaseTransport,
        *,
        clock: Callable[[], datetime],
        name: str,
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._writer = writer
        self._client = client
        self._clock = clock
        self._name = name
        self._metrics = metrics
        self._work = jobs.Task(order=12)
        self._under_way: dict[int, asyncio.Task[str | None]] = {}
        self._failed_at: dict[int, datetime] = {}

    async def run(self) -> None:
        """Look once a minute. When it is cancelled a refresh under way is brought to its end first."""
        try:
            while True:
                try:
                    await self.look()
                except (SQLAlchemyError, WriterError) as error:
                    log.warning("tokens_not_looked_at", error=type(error).__name__)
                await asyncio.sleep(LOOK_EVERY.total_seconds())
        finally:
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def look(self) -> None:
        """Refresh every token that is due for it."""
        now = self._clock()
        for account in await asyncio.to_thread(self._read):
            if is_due(account, now) and not self._has_failed_within(TRY_AGAIN_AFTER, account.id):
                await self.refresh(account.id)

    async def refresh(self, account_id: int, *, refused: str = "") -> str | None:
        """The access token to use now; None when there is none.

        `refused` is the one that the platform did not take: when the row holds another one by now, that is
        the answer. Whoever asks while a refresh is under way gets what it gives.
        """
        task = self._under_way.get(account_id)
        if task is None:
            if self._has_failed_within(REST, account_id):
                return None
            task = asyncio.create_task(self._refresh(account_id, refused))
            self._under_way[account_id] = task
            task.add_done_callback(lambda _: self._under_way.pop(account_id, None))
        # Shielded: an asker who is cancelled must not tear down a call that uses the refresh token up.
        return await asyncio.shield(task)

    async def _refresh(self, account_id: int, refused: str) -> str | None:
        begun = await self._begin(account_id, refused)
        if not isinstance(begun, _Begun):
            return begun or None
        account = begun.account
        try:
            answer = await exchange(
                self._client,
                "POST",
                f"{account.oauth_url.rstrip('/')}/v4/oa/access_token",
                headers={"secret_key": account.app_secret},
                form={
                    "refresh_token": account.refresh_token,
                    "app_id": account.app_id,
                    "grant_type": "refresh_token",
                },
            )
        except NeverLeft as failure:
            await self._give_up(begun, "never_left", str(failure), is_unknown=begun.was_unknown)
            return None
        except AnswerLost as failure:
            await self._give_up(begun, "unknown", str(failure), is_unknown=True)
            return None
        match read_answer(answer):
            case Pair() as pair:
                await self._store(account, pair)
                return pair.access_token
            case Refused(reason=reason):
                await self._refused(begun, reason, is_old_one_dead=bool(refused))
            case None:
                await self._give_up(begun, "unknown", f"http {answer.status}", is_unknown=True)
        return None

    async def _begin(self, account_id: int, refused: str) -> "_Begun | str | None":
        """Claim the account. The token that it has by now, when that is another one than was refused.

        "" when there is none and nothing to get one with.
        """
        waited = 0.0
        while True:
            found: _Begun | str | None = await self._ask(lambda c, now: self._claim(c, account_id, refused, now))
            if found is not None or not refused or waited > LEASE.total_seconds():
                return found
            await asyncio.sleep(POLL_SECONDS)  # another process is at it
            waited += POLL_SECONDS

    def _claim(self, connection: Connection, account_id: int, refused: str, now: datetime) -> "_Begun | str | None":
        account = accounts.one(connection, account_id)
        if refused and account.access_token != refused:
            return account.access_token
        if not account.refresh_token:
            return self._lose(connection, account)
        if not accounts.claim_token(connection, account_id, by=self._name, now=now, lease=LEASE):
            return None
        accounts.change(connection, account_id, token_state=REFRESHING)
        return _Begun(account, was_unknown=account.token_state in (REFRESHING, UNKNOWN))

    def _lose(self, connection: Connection, account: StoredAccount) -> str:
        log.error("token_lost", account=account.id, todo="get a new one in the platform's console")
        accounts.change(connection, account.id, token_state=LOST, state="stopped", reason=TOKEN_LOST)
        return ""

    async def _store(self, account: StoredAccount, pair: Pair) -> None:
        columns: dict[str, Any] = {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "token_expires_at": self._clock() + pair.lives,
        }
        if account.state == "stopped" and account.reason == TOKEN_LOST:
            columns |= {"state": "active", "reason": ""}
        await self._end(account.id, token_state=OK, **columns)
        self._failed_at.pop(account.id, None)
        self._count("refreshed")
        log.info("token_refreshed", account=account.id)

    async def _refused(self, begun: _Begun, reason: str, *, is_old_one_dead: bool) -> None:
        """The refresh token is not taken. While the access token lives on that is a warning, then the end."""
        account, now = begun.account, self._clock()
        expires_at = account.token_expires_at
        is_old_one_dead |= expires_at is not None and expires_at <= now
        if is_old_one_dead:
            log.error("token_lost", account=account.id, reason=reason, todo="grant the app again, then account add")
            await self._end(account.id, token_state=LOST, state="stopped", reason=TOKEN_LOST)
        else:
            log.warning("token_refresh_refused", account=account.id, reason=reason)
            await self._end(account.id, token_state=LOST if begun.was_unknown else OK)
        self._failed_at[account.id] = now
        self._count("lost" if is_old_one_dead else "refused")

    async def _give_up(self, begun: _Begun, outcome: str, error: str, *, is_unknown: bool) -> None:
        account_id = begun.account.id
        log.warning("token_refresh_failed", account=account_id, outcome=outcome, error=error)
        await self._end(account_id, token_state=UNKNOWN if is_unknown else begun.account.token_state)
        self._failed_at[account_id] = self._clock()
        self._count(outcome)

    def _has_failed_within(self, period: timedelta, account_id: int) -> bool:
        failed_at = self._failed_at.get(account_id)
        return failed_at is not None and self._clock() - failed_at < period

    async def _end(self, account_id: int, **columns: Any) -> None:
        """Write it down and give the claim back, in one transaction; the database is waited for."""
        columns |= {"token_claimed_until": None, "token_claimed_by": ""}
        await self._ask(lambda c, _: accounts.change(c, account_id, **columns))

    async def _ask(self, work: Callable[[Connection, datetime], Any]) -> Any:
        return await jobs.insist(self._writer, self._work, work)

    def _read(self) -> list[StoredAccount]:
        with reading(self._database) as connection:
            return accounts.everyone(connection)

    def _count(self, outcome: str) -> None:
        self._metrics.refreshes.labels("zalo-oa", outcome).inc()


def is_due(account: StoredAccount, now: datetime) -> bool:
    """Should the account's token be refreshed without anybody asking for it?"""
    if not (account.refresh_token and account.app_id and account.app_secret and account.oauth_url):
        return False
    if account.state == "stopped":
        return account.reason == TOKEN_LOST
    is_claimed = account.token_claimed_until is not None and account.token_claimed_until > now
    if is_claimed:
        return False
    expires_at = account.token_expires_at
    if account.token_state == OK:
        return expires_at is None or expires_at - now < REFRESH_BEFORE
    return expires_at is not None and expires_at - now < LAST_HOUR


def read_answer(answer: Answer) -> Pair | Refused | None:
    """Errors come with HTTP 200 too: only a text as access token is a success. None: it cannot be told."""
    try:
        data = taming.read(answer.body)
    except Malformed:
        return None
    access_token, refresh_token = (taming.text(data.get(name)) for name in ("access_token", "refresh_token"))
    if access_token and refresh_token:
        return Pair(access_token, refresh_token, _lifetime(data.get("expires_in")))
    if answer.status >= 500:
        return None
    reason = taming.text(data.get("error_name")) or taming.text(data.get("error"))
    return Refused(reason[:60]) if reason else None


def _lifetime(value: Any) -> timedelta:
    seconds = taming.number(value)
    if not 0 < seconds < 1e9:
        return LIFETIME
    return max(SHORTEST_LIFETIME, timedelta(seconds=seconds))
