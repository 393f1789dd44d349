"""What the sender and the tokens do in the database, as jobs of the writer.

Knows no HTTP. Marks come before claims in a transaction, so that a claim sees whose turn it is.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, inf
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from storage import accounts, bulletins, outbox
from storage.accounts import StoredAccount
from storage.outbox import Claimed, Mark, Room
from storage.writer import Job, Writer

#: Longer than a call may take, with time to write down what became of it.
LEASE = timedelta(seconds=60)

#: People of one account to whom may be sent at once, and how many of them only answers may take.
SLOTS = 64
REPLY_SLOTS = 16

#: Deliveries that may wait for the commit of their marks while new ones begin: after a crash these are sent
#: again. More of them gained little and doubled much (benchmarks/crash.py), and two are only for answers.
UNSETTLED = 8
UNSETTLED_REPLIES = 2

#: What one transaction claims at most, so that it stays short: webhooks wait behind it.
PEOPLE_AT_ONCE = 64
ROWS_AT_ONCE = 128

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Busy:
    """What is going on at the moment of a claim: runs under way by account, and how many wait for a commit."""

    under_way: Mapping[int, int]
    unsettled: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One person's rows that are ours to send, and the account as it was when they were claimed."""

    account: StoredAccount
    rows: list[Claimed]


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the outbox gave. `again_after` seconds some account may send more."""

    claims: list[Claim]
    again_after: float


class Claims:
    """Claim for every account that may send; the payload says what is going on.

    `is_quiet`: whether bulletins should not disturb people at that moment.
    """

    order = 20

    def __init__(self, *, by: str, channels: Collection[str], is_quiet: Callable[[datetime], bool]) -> None:
        self._by = by
        self._channels = channels
        self._is_quiet = is_quiet

    def run(self, connection: Connection, payloads: Sequence[Busy], now: datetime) -> list[Round]:
        return [self._round(connection, busy, now) for busy in payloads]

    def _round(self, connection: Connection, busy: Busy, now: datetime) -> Round:
        claims: list[Claim] = []
        again_after = inf
        is_quiet = self._is_quiet(now)
        sendable = bulletins.sendable(connection, now, is_quiet=is_quiet)
        for account in accounts.everyone(connection):
            if account.channel not in self._channels or not is_open(account, now):
                continue
            free = SLOTS - busy.under_way.get(account.id, 0)
            unsettled = UNSETTLED - busy.unsettled - len(claims)
            runs, seconds = claim(
                connection,
                account,
                now=now,
                by=self._by,
                free=free,
                settles=unsettled,
                sendable=sendable,
                # The calm ones that wait for the morning are not walked past.
                highest_rank=outbox.URGENT if is_quiet else outbox.BULLETIN,
            )
            claims += [Claim(account, rows) for rows in runs]
            again_after = min(again_after, seconds)
        return Round(claims, again_after)


class Marks:
    """Write down what became of rows; a payload is one row's mark."""

    order = 10

    def __init__(self, *, by: str) -> None:
        self._by = by

    def run(self, connection: Connection, payloads: Sequence[Mark], now: datetime) -> list[None]:
        outbox.mark(connection, payloads, by=self._by)
        return [None] * len(payloads)


class Task:
    """Anything else: the payload is called with the connection and the time, its result is the result."""

    def __init__(self, *, order: int) -> None:
        self.order = order

    def run(
        self, connection: Connection, payloads: Sequence[Callable[[Connection, datetime], Any]], now: datetime
    ) -> list[Any]:
        return [payload(connection, now) for payload in payloads]


class Notebook:
    """What one delivery has written down and not yet seen committed."""

    def __init__(self, writer: Writer, marks: Marks, tasks: Task) -> None:
        self._writer = writer
        self._marks = marks
        self._tasks = tasks
        self._submitted: list[tuple[Job, Any, asyncio.Future[Any]]] = []

    def mark(self, mark: Mark) -> None:
        self._submit(self._marks, mark)

    def note(self, work: Callable[[Connection, datetime], Any]) -> None:
        self._submit(self._tasks, work)

    async def ask(self, work: Callable[[Connection, datetime], Any]) -> Any:
        """The result of the work, after its commit."""
        return await insist(self._writer, self._tasks, work)

    async def committed(self) -> None:
        """Wait until all of it is; a database that is locked or full is waited for."""
        for job, payload, future in self._submitted:
            try:
                await future
            except OperationalError:
                await insist(self._writer, job, payload)
        self._submitted.clear()

    def _submit(self, job: Job, payload: Any) -> None:
        self._submitted.append((job, payload, self._writer.submit(job, payload, can_wait=True)))


def is_open(account: StoredAccount, now: datetime) -> bool:
    """May anything be sent through this account now?"""
    is_paused = account.paused_until is not None and account.paused_until > now
    return account.state == "active" and not is_paused


def claim(
    connection: Connection,
    account: StoredAccount,
    *,
    now: datetime,
    by: str,
    free: int,
    settles: int,
    sendable: Sequence[int] = (),
    highest_rank: int = outbox.BULLETIN,
) -> tuple[list[list[Claimed]], float]:
    """Claim what the account's rate and the free slots allow, and pay for it: a row costs one call.

    Of bulletins only rows of those that are `sendable`, and nothing behind `highest_rank`.

    Also in how many seconds it is worth looking again. Half of what may leave at once, and REPLY_SLOTS, are
    kept for answers.
    """
    allowance = accounts.refill(account, now)
    burst = accounts.burst(account)
    room = Room(
        people=min(free, settles, PEOPLE_AT_ONCE),
        rows=_whole(allowance),
        bulk_people=max(0, min(free - REPLY_SLOTS, settles - UNSETTLED_REPLIES)),
        bulk_rows=_whole(allowance - min(burst / 2, burst - 1) if burst < inf else inf),
    )
    if room.people <= 0:
        return [], inf  # a hand that gets free wakes the sender
    if room.rows <= 0:
        return [], accounts.seconds_until(account, allowance)
    runs = outbox.claim(
        connection,
        account.id,
        now=now,
        by=by,
        lease=LEASE,
        room=room,
        bulletins=sendable,
        highest_rank=highest_rank,
    )
    taken = sum(len(rows) for rows in runs)
    if taken and allowance < inf:
        accounts.change(connection, account.id, allowance=allowance - taken, allowance_at=now)
    if allowance - taken < 1:
        return runs, accounts.seconds_until(account, allowance - taken)
    return runs, 0.0 if len(runs) == PEOPLE_AT_ONCE or taken == ROWS_AT_ONCE else inf


def take_one_more(connection: Connection, account_id: int, now: datetime) -> bool:
    """Pay for a call beyond the one that a row's claim has paid for; False when the rate forbids it."""
    account = accounts.one(connection, account_id)
    allowance = accounts.refill(account, now)
    if allowance < 1:
        return False
    if allowance < inf:
        accounts.change(connection, account_id, allowance=allowance - 1, allowance_at=now)
    return True


async def insist(writer: Writer, job: Job, payload: Any) -> Any:
    """The job's result, however long the database is locked or full: for what cannot be learnt again."""
    pause = 0.05
    while True:
        try:
            return await writer.submit(job, payload, can_wait=True)
        except OperationalError as error:
            log.error("not_written_yet", error=type(error).__name__)  # noqa: TRY400 - a trace tells no more
        await asyncio.sleep(pause)
        pause = min(2.0, pause * 2)


def _whole(calls: float) -> int:
    return ROWS_AT_ONCE if calls >= ROWS_AT_ONCE else max(0, floor(calls))
