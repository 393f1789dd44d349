"""The load: residents' webhooks, posted as a platform posts them, at a rate or so many at a time.

Knows no process and no table. A webhook that is not answered with 200 is posted again, the same bytes; some
are posted twice though they were answered, and some are forged.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter
from typing import Any

from benchmarks.residents import IDENTITY, Turn, said, webhook
from benchmarks.town import Town
from benchmarks.wire import Client, Unanswered
from tests.fakes import zalo_events

#: Shares of turns that come with a second copy, and with a forged webhook beside them.
DUPLICATES, FORGERIES = 0.05, 0.02
RESEND_SECONDS = 0.5


class TookTooLong(Exception):
    """What had to come did not come; the text says what."""


class Load:
    """Counts what the door said; what residents were answered is kept by the town."""

    def __init__(self, town: Town, client: Client) -> None:
        self.town = town
        self.client = client
        self.statuses: Counter[int] = Counter()
        self.duplicates: Counter[int] = Counter()
        self.forgeries: Counter[int] = Counter()
        self.echoes: Counter[int] = Counter()
        self.lateness: list[float] = []
        self._answered: dict[int, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def answered(self, turn: Turn) -> None:
        """The last answer of the turn was taken."""
        if (waiting := self._answered.pop(id(turn), None)) is not None and not waiting.done():
            waiting.set_result(None)

    def echo(self, address: str, text: str, message_id: str) -> None:
        """The platform tells us what left our account."""
        event = zalo_events.echo(IDENTITY, address, text=text, message_id=message_id, at=1_790_000_000_000)
        self._begin(self._post(webhook(event), self.echoes))

    async def open_loop(self, *, rate: float, is_over: Callable[[], bool]) -> list[Turn]:
        """Turns begin at their times (Poisson), whatever became of those before; all are acknowledged.

        A turn's `sent_at` is when it was begun, also when all connections are busy then.
        """
        turns, due = [], perf_counter()
        while not is_over():
            if (pause := due - perf_counter()) > 0:
                await asyncio.sleep(pause)
            self.lateness.append(perf_counter() - due)
            turn = self.town.next_turn(at=perf_counter())
            turns.append(turn)
            self._begin(self.deliver(turn))
            due += self.town.choose.expovariate(rate)
        await self.settled()
        return turns

    async def closed_loop(self, *, in_flight: int, seconds: float, until: str) -> list[Turn]:
        """So many turns under way all the time, each until its "ack" or its "reply"."""
        turns: list[Turn] = []
        ends = perf_counter() + seconds

        async def keep_one_under_way() -> None:
            while perf_counter() < ends:
                turn = self.town.next_turn(at=perf_counter())
                turns.append(turn)
                replied = self._reply_to(turn) if until == "reply" and turn.last >= turn.first else None
                await self.deliver(turn)
                if replied is not None:
                    await replied

        await asyncio.gather(*(keep_one_under_way() for _ in range(in_flight)))
        await self.settled()
        return turns

    async def settled(self) -> None:
        """Wait for everything that was begun."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def deliver(self, turn: Turn) -> None:
        """Post the turn's webhook until it is acknowledged."""
        prank = self.town.choose.random()
        if prank < DUPLICATES / 2:
            self._begin(self._post(turn.webhook, self.duplicates))
        await self._insist(turn)
        self.town.acked(turn)
        if DUPLICATES / 2 <= prank < DUPLICATES:
            await self._post(turn.webhook, self.duplicates)
        elif prank > 1 - FORGERIES:
            forged = said(turn.resident.address, "menu", key=f"forged-{len(self.town.turns)}", secret="guessed")
            await self._post(forged, self.forgeries)

    async def _insist(self, turn: Turn) -> None:
        while (status := await self._status(turn.webhook)) != 200:
            self.statuses[status] += 1
            await asyncio.sleep(RESEND_SECONDS)
        self.statuses[status] += 1
        turn.acked_at = perf_counter()

    async def _post(self, data: bytes, counts: Counter[int]) -> None:
        counts[await self._status(data)] += 1

    async def _status(self, data: bytes) -> int:
        """The status of the answer; 0 when there was none."""
        try:
            return await self.client.post(data)
        except Unanswered:
            return 0

    def _reply_to(self, turn: Turn) -> Awaitable[None]:
        self._answered[id(turn)] = asyncio.get_running_loop().create_future()
        return self._answered[id(turn)]

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def after(seconds: float) -> Callable[[], bool]:
    """True when so many seconds have gone by."""
    ends = perf_counter() + seconds
    return lambda: perf_counter() > ends


async def until(is_so: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Look again and again until it is so. Raises TookTooLong."""
    is_late = after(seconds)
    while not is_so():
        if is_late():
            raise TookTooLong(f"{what}: not after {seconds:.0f} seconds")
        await asyncio.sleep(0.02)
