"""The writer: one thread that owns the write connection and commits everything that waits as a group.

    WriterError
      Overloaded     too much is waiting: nothing was accepted, try later
      Stopped        the server is going down: nothing was accepted

A job is what to do with a list of payloads in one transaction; the writer knows neither events nor sends.
Up to `batch` payloads that are waiting are taken at once, never lingering for more; when their transaction
fails it is rolled back and each payload is tried by itself, so that one bad payload never fails its
neighbours. Futures are resolved after the commit, all of a batch in one call into the event loop.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from storage.database import Database, transaction

BATCH = 64
MAX_WAITING = 2_000
MAX_WAIT_SECONDS = 0.5

#: Jobs of this order write down what has been sent. They are taken before all else: what is sent and not
#: yet marked would be sent again after a crash, and under a backlog that could be hundreds.
MARKS = 10


class WriterError(Exception):
    """Base of what submit can refuse."""


class Overloaded(WriterError):
    """The queue is full or too old."""


class Stopped(WriterError):
    """No more work is taken."""


class Job(Protocol):
    """Runs its payloads in the transaction that is open, and gives one result for each, in their order.

    Jobs of a batch run by `order`: events first, marks of what was sent next, claims last, so that a claim
    sees what the same transaction has queued.
    """

    order: int

    def run(self, connection: Connection, payloads: Sequence[Any], now: datetime) -> Sequence[Any]: ...


@dataclass(slots=True)
class _Item:
    job: Job
    payload: Any
    future: "asyncio.Future[Any]"
    since: float
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Give it work with `submit` from the event loop; `start` it first and `stop` it last.

    `on_batch(size, seconds)` is called after each transaction, from the writer's thread.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        on_batch: Callable[[int, float], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_batch = on_batch
        self._marks: deque[_Item] = deque()
        self._waiting: deque[_Item] = deque()
        self._wake = threading.Condition()
        self._is_open = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        """Start the thread; results are delivered to the loop that is running now."""
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Take nothing more, finish what waits, and end the thread."""
        with self._wake:
            self._is_open = False
            self._wake.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        return len(self._marks) + len(self._waiting)

    def submit(self, job: Job, payload: Any, *, can_wait: bool) -> "asyncio.Future[Any]":
        """The job's result for the payload, after the commit.

        Raises Stopped, and, unless it `can_wait`, Overloaded: then nothing was accepted.
        """
        if not self._is_open:
            raise Stopped
        item = _Item(job, payload, self._loop.create_future(), monotonic())
        with self._wake:
            if not self._is_open:
                raise Stopped
            if not can_wait and self._is_overloaded(item.since):
                raise Overloaded
            (self._marks if job.order == MARKS else self._waiting).append(item)
            self._wake.notify()
        return item.future

    def _is_overloaded(self, now: float) -> bool:
        if not self._waiting:
            return False
        return len(self._waiting) >= MAX_WAITING or now - self._waiting[0].since > MAX_WAIT_SECONDS

    def _work(self) -> None:
        while True:
            with self._wake:
                while not (self._marks or self._waiting) and self._is_open:
                    self._wake.wait()
                items = self._next_batch()
            if not items:
                return
            started = monotonic()
            self._commit(items)
            self._deliver(items)
            if self._on_batch is not None:
                self._on_batch(len(items), monotonic() - started)

    def _next_batch(self) -> list[_Item]:
        items: list[_Item] = []
        for queue in (self._marks, self._waiting):
            items += [queue.popleft() for _ in range(min(BATCH - len(items), len(queue)))]
        return items

    def _commit(self, items: list[_Item]) -> None:
        try:
            self._run(items)
        except OperationalError as error:
            # The database itself (locked, full, away), not a payload: trying one by one would only wait again.
            for item in items:
                item.error = error
        except Exception as error:  # the writer is the turn's door: nothing may kill its thread
            if len(items) == 1:
                items[0].error = error
                return
            for item in items:
                self._commit([item])

    def _run(self, items: list[_Item]) -> None:
        now = self._clock()
        with transaction(self._database) as connection:
            for job in sorted({item.job for item in items}, key=lambda job: job.order):
                mine = [item for item in items if item.job is job]
                results = job.run(connection, [item.payload for item in mine], now)
                for item, result in zip(mine, results, strict=True):
                    item.result = result

    def _deliver(self, items: list[_Item]) -> None:
        # A loop that is closed waits for no answer any more; what is committed stays.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_resolve, items)


def _resolve(items: list[_Item]) -> None:
    for item in items:
        if item.future.cancelled():
            continue
        if item.error is not None:
            item.future.set_exception(item.error)
        else:
            item.future.set_result(item.result)
