"""The sender: claims what is to be sent, one person's rows in one hand, and lets nothing fall when it stops.

Knows no platform: the channel renders and judges, webhooks/delivery.py obeys. It looks when it is nudged,
when a hand is free again, and once a second; rows of a dead sender are taken over.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from time import monotonic

import httpx
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from storage import accounts, expiry, outbox, people
from storage.database import Database
from storage.writer import Writer, WriterError
from webhooks import jobs
from webhooks.accounts import config_of
from webhooks.calling import Means, Route, text_digest
from webhooks.channel import Channel, Echo
from webhooks.delivery import Delivery
from webhooks.metrics import Metrics
from webhooks.tokens import Tokens

LOOK_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 10.0

NEVER = float("-inf")

#: How long `stop` waits for calls under way, and then for what became of them to be written down.
STOP_SECONDS = 10.0
WRITE_DOWN_SECONDS = 5.0

log = structlog.get_logger()


class Sender:
    """One sender of a process. `name` is host:pid:random: by it others see whether it still lives."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        client: httpx.AsyncBaseTransport,
        tokens: Tokens,
        channels: Mapping[str, Channel],
        *,
        clock: Callable[[], datetime],
        name: str,
        media_url: str,
        metrics: Metrics,
        is_quiet: Callable[[datetime], bool],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._writer = writer
        self._channels = {key: one for key, one in channels.items() if not one.IS_FETCHED}
        self._media_url = media_url
        self._name = name
        self._metrics = metrics
        self._is_stopping = False
        self._means = Means(
            client=client,
            tokens=tokens,
            metrics=metrics,
            name=name,
            clock=clock,
            jitter=jitter,
            is_stopping=lambda: self._is_stopping,
            look=self.nudge,
        )
        self._claims = jobs.Claims(by=name, channels=self._channels, is_quiet=is_quiet)
        self._marks = jobs.Marks(by=name)
        self._work = jobs.Task(order=11)
        self._wake = asyncio.Event()
        self._look_submitted: tuple[float, asyncio.Future[jobs.Round]] | None = None
        self._is_looking = False
        self._is_short = False
        self._room = jobs.UNSETTLED
        self._under_way: Counter[int] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_ended = asyncio.Event()
        self._has_ended.set()
        self._cleaned_at = NEVER
        self._has_more_to_close = False

    def nudge(self) -> None:
        """Something is queued, or is being queued by what has just been submitted to the writer.

        The claim is submitted here and now: it stands in the same transaction, and costs none of its own.
        """
        can_look = not (self._is_looking or self._is_stopping or self._has_ended.is_set())
        if can_look and self._look_submitted is None:
            with suppress(WriterError):
                self._look_submitted = self._submit_look()
        self._wake.set()

    def _submit_look(self) -> "tuple[float, asyncio.Future[jobs.Round]]":
        busy = jobs.Busy(dict(self._under_way), len(self._means.unsettled))
        self._room = jobs.UNSETTLED - busy.unsettled
        return monotonic(), self._writer.submit(self._claims, busy, can_wait=True)

    async def run(self) -> None:
        """Send until `stop`. A database that fails is tried again with the next look."""
        self._has_ended.clear()
        try:
            while not self._is_stopping:
                self._wake.clear()
                await self._sleep(await self._round())
            if self._look_submitted is not None:
                await self._round()  # what it claimed is given back by the deliveries that it begins
        finally:
            self._has_ended.set()

    async def stop(self) -> None:
        """Claim nothing more, let calls under way end, write down what became of them.

        What takes longer than STOP_SECONDS is cut off: its rows are `unknown`. Rows not begun are given back.
        """
        self._is_stopping = True
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                # A claim that is on its way is given back by the deliveries that it begins.
                await self._has_ended.wait()
        await self._finish(STOP_SECONDS)
        for call in list(self._means.calls):
            call.cancel()
        await self._finish(WRITE_DOWN_SECONDS)
        for task in list(self._tasks):
            log.error("left_behind", todo="their leases run out and another sender takes them over")
            task.cancel()

    async def settle(self, account_id: int, echo: Echo) -> None:
        """An echo of ours: should nobody have seen the answer of that call, it was taken after all."""
        digest = text_digest(echo.text)

        def note(connection: Connection, _now: datetime) -> bool:
            person_id = people.find(connection, account_id, echo.address)
            return person_id is not None and outbox.settle_unknown(
                connection, person_id, digest=digest, platform_id=echo.platform_id
            )

        if await self._writer.submit(self._work, note, can_wait=False):
            self.nudge()

    async def stop_account(self, account_id: int, reason: str) -> None:
        """The platform says that nothing may be sent through the account any more."""
        log.error("account_stopped", account=account_id, reason=reason)

        def change(connection: Connection, _now: datetime) -> None:
            accounts.change(connection, account_id, state="stopped", reason=reason)

        await self._writer.submit(self._work, change, can_wait=False)

    async def _round(self) -> float:
        """Clean up when it is time, look for work; how many seconds to sleep at most."""
        try:
            if self._has_more_to_close or monotonic() - self._cleaned_at > HOUSEKEEPING_SECONDS:
                self._has_more_to_close = await self._clean(is_first=self._cleaned_at == NEVER)
            return min(await self._look(), 0.0 if self._has_more_to_close else LOOK_SECONDS)
        except SQLAlchemyError as error:
            log.warning("sender_waits", error=type(error).__name__)
        except Exception as error:  # the sender's door: it goes on as long as the server runs
            log.exception("sender_failed", error=type(error).__name__)
        return LOOK_SECONDS

    async def _look(self) -> float:
        """Claim, begin to send what was claimed, and say how many seconds to sleep at most."""
        claimed_at, future = self._look_submitted or self._submit_look()
        self._look_submitted, self._is_looking = None, True
        try:
            found = await future
        finally:
            self._is_looking = False
        self._is_short = len(found.claims) >= self._room
        for claim in found.claims:
            self._begin(claim, lease_ends=claimed_at + jobs.LEASE.total_seconds())
        return min(LOOK_SECONDS, found.again_after)

    def _begin(self, claim: jobs.Claim, *, lease_ends: float) -> None:
        account = claim.account
        route = Route(
            channel=self._channels[account.channel],
            config=config_of(account, media_url=self._media_url),
            is_limited=account.rate_per_minute > 0,
            lease_ends=lease_ends,
            unpaid=len(claim.rows),
        )
        notebook = jobs.Notebook(self._writer, self._marks, self._work)
        delivery = Delivery(claim.rows, route, self._means, notebook)
        task = asyncio.create_task(delivery.send())
        self._tasks.add(task)
        self._under_way[account.id] += 1
        task.add_done_callback(lambda task: self._ended(task, account.id))

    def _ended(self, task: "asyncio.Task[None]", account_id: int) -> None:
        self._tasks.discard(task)
        self._under_way[account_id] -= 1
        if self._is_short or self._under_way[account_id] >= jobs.SLOTS // 2:
            self._wake.set()  # the last look may have found no hand free
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery_failed", account=account_id, error=type(error).__name__, exc_info=error)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _finish(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    async def _clean(self, *, is_first: bool) -> bool:
        """Take over what dead senders held, close some of what is no longer valid; whether more of it is left."""
        name = self._name

        def clean(connection: Connection, now: datetime) -> tuple[int, int]:
            dead = {other for other in outbox.holders(connection) if is_dead(other, me=name)} if is_first else ()
            return outbox.take_over(connection, now=now, dead=dead), expiry.expire(connection, now)

        taken_over, closed = await self._writer.submit(self._work, clean, can_wait=True)
        self._cleaned_at = monotonic()
        if taken_over:
            log.warning("taken_over", rows=taken_over)
            self._metrics.takeovers.inc(taken_over)
        return bool(closed >= expiry.AT_ONCE)


def is_dead(other: str, *, me: str) -> bool:
    """Is the process with this sender's name on our host gone? False when that cannot be told."""
    try:
        (host, pid, _), (my_host, my_pid, _) = other.rsplit(":", 2), me.rsplit(":", 2)
        process = int(pid)
    except ValueError:
        return False
    if host != my_host or other == me or process <= 0:
        return False
    if pid == my_pid:
        return True  # its number is ours now: a container that was started again
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
