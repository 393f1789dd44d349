"""Articles on their way to everybody who follows an account: made, checked by the platform, broadcast once.

A round makes one call for each row that is due and writes down what became of it; the next call is of a later round.
Knows no bulletin's words and no HTTP; webhooks/channels/zalo_articles.py renders and judges.

What may be done twice: asking whether an article is made. Making it again is done too, when the answer was not seen:
a second article in the account's list harms little, and nobody is told of it. The broadcast is never repeated unless
the platform itself said that it did not take it: everything else is `unknown`, and a person looks.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import httpx
import structlog
from sqlalchemy import Connection

from storage import accounts, articles
from storage.accounts import StoredAccount
from storage.articles import ClaimedArticle
from storage.database import Database, reading
from storage.writer import Writer
from webhooks import jobs
from webhooks.accounts import config_of
from webhooks.channel import (
    Answer,
    Blocked,
    Call,
    Config,
    Dead,
    Downgrade,
    Hold,
    Outcome,
    Refresh,
    Retry,
    Sent,
)
from webhooks.channels import zalo_articles
from webhooks.delivery import SLOW_DOWN
from webhooks.metrics import Metrics
from webhooks.tokens import Tokens
from webhooks.transport import AnswerLost, NeverLeft, exchange

EVERY = timedelta(seconds=5)
AT_ONCE = 8
#: Longer than a call may take, with time to write down what became of it.
LEASE = timedelta(seconds=60)

#: How often making or broadcasting is tried that the platform refuses for now: for about two hours and a half.
TRIES = 10
#: How often it is asked whether the article is made, a minute apart: for about three hours.
CHECKS = 180
#: While the account or its bulletin is stopped, or the platform cannot be reached.
LOOK_AGAIN = timedelta(minutes=1)
#: The platform needs some seconds to make an article.
FIRST_CHECK = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=30)

#: A bulletin in these states is on its way or has arrived; a paused one waits.
_OUT = ("sending", "paused", "done")

log = structlog.get_logger()


class Articles:
    """The rounds of one process. `is_quiet`: when people should be left alone, unless it is urgent."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        client: httpx.AsyncBaseTransport,
        tokens: Tokens,
        *,
        clock: Callable[[], datetime],
        name: str,
        media_url: str,
        metrics: Metrics,
        is_quiet: Callable[[datetime], bool],
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._writer = writer
        self._client = client
        self._tokens = tokens
        self._clock = clock
        self._name = name
        self._media_url = media_url
        self._metrics = metrics
        self._is_quiet = is_quiet
        self._zone = zone
        self._work = jobs.Task(order=24)

    async def round(self) -> None:
        """One call for each row that is due. Cancelled, it first comes to its end.

        Else a broadcast that was claimed, or whose answer nobody waits for, would be one that nobody knows of.
        """
        task = asyncio.create_task(self._round())
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await task
            raise

    async def _round(self) -> None:
        if await asyncio.to_thread(self._is_any_due):
            claimed = await self._writer.submit(self._work, self._begin, can_wait=True)
            await asyncio.gather(*(self._step(row, account) for row, account in claimed))

    def _is_any_due(self) -> bool:
        with reading(self._database) as connection:
            return articles.is_any_due(connection, self._clock())

    # Before the call ------------------------------------------------------------------------------------

    def _begin(self, connection: Connection, now: datetime) -> list[tuple[ClaimedArticle, StoredAccount]]:
        """Claim what may be called for now, and pay for it; what may not goes back in the same transaction."""
        for lost in articles.give_up_broadcasts(connection, now):
            log.error("article_unknown", bulletin=lost.bulletin_id, account=lost.account_id, reason=articles.DIED)
        claimed = articles.claim(connection, now=now, by=self._name, lease=LEASE, limit=AT_ONCE)
        ready = []
        for row in claimed:
            account = accounts.one(connection, row.account_id)
            columns = self._kept_back(connection, row, account, now)
            if columns is None:
                ready.append((row, account))
            else:
                articles.mark(connection, row, by=self._name, **columns)
        return ready

    def _kept_back(
        self, connection: Connection, row: ClaimedArticle, account: StoredAccount, now: datetime
    ) -> dict[str, Any] | None:
        """What to write down of a row for which no call is made now; None when one is, and is paid for."""
        if reason := _over(row, account, now):
            return {"state": "cancelled", "reason": reason, "settled_at": now}
        if row.bulletin_state == "paused" or not jobs.is_open(account, now):
            return {"due_at": now + LOOK_AGAIN}
        if row.state == "broadcasting":
            opening = self._opening(row, now)
            if opening > now:
                return {"due_at": opening}
            if not self._is_of_this_month(connection, row, account, now):
                return {"state": "refused", "reason": "articles_used_up", "settled_at": now}
        # Where the rate has no room now the row stays due, for the next round.
        return None if jobs.take_one_more(connection, account.id, now) else {}

    def _opening(self, row: ClaimedArticle, now: datetime) -> datetime:
        """When it may be broadcast: in the platform's hours and, when it is not urgent, outside the quiet ones."""
        opening = zalo_articles.opening(now)
        if opening == now and self._is_quiet(now) and not row.urgent_reason:
            return zalo_articles.next_opening(now)
        return opening

    def _is_of_this_month(
        self, connection: Connection, row: ClaimedArticle, account: StoredAccount, now: datetime
    ) -> bool:
        """Whether it may be broadcast in this month; one that waited over the month's end uses up the new one's."""
        month = articles.month_of(now, self._zone)
        if row.month == month:
            return True
        articles.lock(connection, account.id)
        if articles.used_in_month(connection, account.id, month) >= (account.articles_per_month or 0):
            return False
        articles.move_to_month(connection, row, month)
        return True

    # The call -------------------------------------------------------------------------------------------

    async def _step(self, row: ClaimedArticle, account: StoredAccount) -> None:
        try:
            columns = await self._called(row, account)
        except Exception as error:  # the loop's door: one row's failure must not end the others
            log.exception("article_failed", bulletin=row.bulletin_id, error=type(error).__name__)
            columns = _lost(row, self._clock(), "bug")
        if columns.get("state") in ("refused", "unknown"):
            keys = {"bulletin": row.bulletin_id, "account": row.account_id, "reason": columns["reason"]}
            log.error(f"article_{columns['state']}", **keys)
        await self._write(lambda c, _: articles.mark(c, row, by=self._name, **columns))

    async def _called(self, row: ClaimedArticle, account: StoredAccount) -> dict[str, Any]:
        """Make the row's call; what to write down of it."""
        config = config_of(account, media_url=self._media_url)
        call, judge = _rendered(row, config)
        try:
            answer = await exchange(self._client, call.method, call.url, headers=call.headers, json=call.json)
        except NeverLeft as failure:
            log.warning("unreachable", account=account.id, error=str(failure))
            self._count("retry", "unreachable")
            return {"due_at": self._clock() + LOOK_AGAIN, "reason": "unreachable"}
        except AnswerLost as failure:
            log.warning("answer_lost", account=account.id, error=str(failure))
            self._count("lost", "")
            return _lost(row, self._clock(), "answer_lost")
        outcome = judge(answer)
        self._count(type(outcome).__name__.lower(), getattr(outcome, "reason", ""))
        return await self._obeyed(row, config, outcome)

    async def _obeyed(self, row: ClaimedArticle, config: Config, outcome: Outcome) -> dict[str, Any]:
        now = self._clock()
        match outcome:
            case Sent(platform_id=platform_id):
                return _gone_on(row, platform_id, now)
            case Refresh():
                token = await self._tokens.refresh(config.id, refused=config.access_token)
                again = _again(row, self._clock(), "token_refused", timedelta())
                return again if token is None or "state" in again else again | {"due_at": now}
            case Retry(slows_account=True):
                paused_until = now + (outcome.after or SLOW_DOWN)
                await self._write(lambda c, _: accounts.change(c, config.id, paused_until=paused_until))
                return {"due_at": paused_until, "reason": outcome.reason}
            case Retry(reason="night_hours", after=after):
                return {"due_at": now + (after or LOOK_AGAIN), "reason": "night_hours"}
            case Retry() if zalo_articles.is_unclear(outcome):
                return _lost(row, now, outcome.reason)
            case Retry(reason=reason, after=after):
                return _again(row, now, reason, after or timedelta())
            case Downgrade(reason=reason):
                article = row.article
                if row.state == "creating" and article.picture and config.media_url:
                    # It may be the picture: too large, of a form that is not taken, at an address not reached.
                    return {"text": articles.as_text(replace(article, picture="")), "due_at": now, "reason": reason}
                return _refused(reason, now)
            case Hold(reason=reason) | Dead(reason=reason) | Blocked(reason=reason):
                return _refused(reason, now)
            case _:
                assert_never(outcome)

    async def _write(self, work: Callable[[Connection, datetime], Any]) -> None:
        await jobs.insist(self._writer, self._work, work)

    def _count(self, outcome: str, reason: str) -> None:
        label = "code_other" if reason.startswith("code_") else reason
        self._metrics.sends.labels("zalo-articles", outcome, label).inc()


def _over(row: ClaimedArticle, account: StoredAccount, now: datetime) -> str:
    """Why it must not be broadcast any more; empty when it may be."""
    if row.corrected_by is not None:
        return "corrected"
    if row.bulletin_state not in _OUT:
        return row.bulletin_state
    if row.valid_until is not None and row.valid_until <= now:
        return "expired"
    return "articles_off" if account.articles_per_month is None else ""


def _rendered(row: ClaimedArticle, config: Config) -> tuple[Call, Callable[[Answer], Outcome]]:
    """The call of a row's state, and who judges its answer."""
    match row.state:
        case "creating":
            article = row.article
            make = partial(zalo_articles.create, title=article.title, author=article.author)
            call = make(description=article.description, blocks=article.blocks, picture=article.picture, config=config)
            return call, zalo_articles.judge_create
        case "checking":
            return zalo_articles.verify(token=row.token, config=config), zalo_articles.judge_verify
        case _:
            return zalo_articles.broadcast(article_id=row.article_id, config=config), zalo_articles.judge_broadcast


def _gone_on(row: ClaimedArticle, platform_id: str, now: datetime) -> dict[str, Any]:
    """The call was taken: what comes next."""
    done = {"attempts": 0, "reason": "", "due_at": now}
    match row.state:
        case "creating":
            return done | {"state": "checking", "token": platform_id, "due_at": now + FIRST_CHECK}
        case "checking":
            return done | {"state": "broadcasting", "article_id": platform_id}
        case _:
            return done | {"state": "sent", "platform_id": platform_id, "settled_at": now}


def _lost(row: ClaimedArticle, now: datetime, reason: str) -> dict[str, Any]:
    """Nobody knows whether the call was taken."""
    if row.state == "broadcasting":
        return {"state": "unknown", "reason": reason, "settled_at": now}
    return _again(row, now, reason, timedelta())


def _again(row: ClaimedArticle, now: datetime, reason: str, after: timedelta) -> dict[str, Any]:
    """Not taken: once more, after a pause that grows; in the end it is given up."""
    attempts = row.attempts + 1
    if attempts >= (CHECKS if row.state == "checking" else TRIES):
        return _refused(reason, now) | {"attempts": attempts}
    grown = LOOK_AGAIN if row.state == "checking" else min(LONGEST_PAUSE, LOOK_AGAIN * 2 ** (attempts - 1))
    return {"attempts": attempts, "reason": reason, "due_at": now + max(grown, after)}


def _refused(reason: str, now: datetime) -> dict[str, Any]:
    return {"state": "refused", "reason": reason, "settled_at": now}
