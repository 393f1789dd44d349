"""Pictures that residents sent: fetched from the platform, looked through for QR codes, told to the conversation.

Knows no QR code and no conversation. A picture is in memory while it is looked at, and nowhere else: neither its bytes
nor its address are written down or logged.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import structlog
from sqlalchemy import Connection, Row
from sqlalchemy.exc import SQLAlchemyError

from bot.events import PictureRead
from bot.gathering import LOOKED_AT
from bot.turn import Incoming, Taken
from storage import looks
from storage.accounts import StoredAccount
from storage.writer import Writer, WriterError
from webhooks import jobs
from webhooks.channel import Channel
from webhooks.metrics import Metrics
from webhooks.transport import CallFailed, NotGiven, TooMuch, fetch

LOOK_SECONDS = 1.0
AT_ONCE = 3
#: Longer than a fetch and a look together. A look that takes longer than that is told once all the same.
LEASE = timedelta(seconds=30)
LARGEST_PICTURE = 10 * 1024 * 1024
#: How long to wait after the first failure, and after the second; a third is the last, or one after PATIENCE.
PAUSES = (timedelta(seconds=2), timedelta(seconds=5))
PATIENCE = timedelta(seconds=30)
#: Pictures of one person that may wait. Who sends a whole album is answered about the first of them, and not told
#: about the others: each of them a message would bury what the first ones say.
MOST_OF_A_PERSON = 3

#: Looks through a picture; never raises. `unreachable`: too much is waiting, not now.
Look = Callable[[bytes], Awaitable[PictureRead]]

_CHANGES = jobs.Task(order=26)
_UNREACHABLE = PictureRead(trouble="unreachable")

log = structlog.get_logger()


def place_of(url: str, *, hosts: Sequence[str], api_url: str) -> httpx.URL | None:
    """The address as it may be asked: by https on a platform's `hosts`, or as it is where the platform's API is.

    None for any other: a forged webhook must not make us ask our own network.
    """
    try:
        address, api = httpx.URL(url), httpx.URL(api_url)
    except (httpx.InvalidURL, ValueError):
        return None
    if address.userinfo or address.scheme not in ("http", "https"):
        return None
    if api.host and (address.scheme, address.netloc) == (api.scheme, api.netloc):
        return address
    # Nothing in the name that another reader of addresses could take for its end.
    is_plain = re.fullmatch("[a-z0-9.-]+", address.host) is not None and address.port is None
    is_theirs = any(f".{address.host}".endswith(f".{host}") for host in hosts)
    return address.copy_with(scheme="https") if is_theirs and is_plain else None


def with_ticket(read: PictureRead, seal: Callable[[str], str]) -> PictureRead:
    """With a ticket for a poster, when the picture shows one good order to transfer money and nothing else."""
    match read.codes:
        case (code,) if code.kind == "vietqr_transfer":
            return replace(read, ticket=seal(code.text))
    return read


def outcome_of(read: PictureRead) -> str:
    """For the counter: what was wrong, or whether there was a code."""
    return read.trouble or ("code" if read.codes else "no_code")


class Pictures:
    """Looks through what waits, a few at a time; `nudge` it when something new does.

    `account` gives an account's row. Several processes may run: each look is claimed by one, and a claim whose process
    died runs out.
    """

    def __init__(
        self,
        writer: Writer,
        client: httpx.AsyncBaseTransport,
        *,
        look: Look,
        take: Callable[[Incoming], Awaitable[Taken]],
        account: Callable[[int], StoredAccount | None],
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        name: str,
        metrics: Metrics,
    ) -> None:
        self._writer = writer
        self._client = client
        self._look = look
        self._take = take
        self._account = account
        self._channels = channels
        self._clock = clock
        self._name = name
        self._metrics = metrics
        self._nudged = asyncio.Event()
        self._under_way: dict[tuple[int, str], asyncio.Task[None]] = {}

    def nudge(self) -> None:
        """Something may wait: look now."""
        self._nudged.set()

    async def run(self) -> None:
        """For ever; cancel it to end it. What is under way then is looked at again by whoever runs."""
        try:
            while True:
                try:
                    await self._round()
                except (SQLAlchemyError, WriterError) as error:
                    log.warning("round_failed", loop="pictures", error=type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._nudged.wait()
                self._nudged.clear()
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def _round(self) -> None:
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return  # one that ends nudges
        dropped, claimed = await self._change(partial(self._claim, free))
        if dropped:
            self._metrics.looks.labels("dropped").inc(dropped)
        for asked in claimed:
            mark = (asked.person_id, asked.key)
            if mark not in self._under_way:  # a look of ours that takes longer than its lease
                self._under_way[mark] = task = asyncio.create_task(self._one(asked))
                task.add_done_callback(partial(self._ended, mark))

    def _claim(self, free: int, connection: Connection, now: datetime) -> tuple[int, list[Row[Any]]]:
        dropped = looks.drop_beyond(connection, MOST_OF_A_PERSON)
        return dropped, looks.claim(connection, by=self._name, now=now, lease=LEASE, limit=free)

    def _ended(self, mark: tuple[int, str], _: asyncio.Task[None]) -> None:
        del self._under_way[mark]
        self.nudge()

    async def _one(self, asked: Row[Any]) -> None:
        """Fetch, look, tell; or put it off."""
        read = await self._read(asked)
        try:
            if read is None:
                self._metrics.looks.labels("again").inc()
                await self._put_off(asked)
            else:
                await self._tell(asked, read)
        except (SQLAlchemyError, WriterError) as error:
            # Its claim runs out, and it is looked at again.
            log.warning("look_not_told", person=asked.person_id, error=type(error).__name__)

    async def _read(self, asked: Row[Any]) -> PictureRead | None:
        """What the picture shows, or why nobody can say; None when it should be tried again."""
        account = self._account(asked.account_id)
        if account is None or account.channel not in self._channels:
            return _UNREACHABLE
        permitted = partial(place_of, hosts=self._channels[account.channel].PICTURE_HOSTS, api_url=account.api_url)
        if permitted(asked.url) is None:
            self._metrics.looks.labels("other_host").inc()
            return _UNREACHABLE
        try:
            picture = await fetch(self._client, asked.url, permitted=permitted, most_bytes=LARGEST_PICTURE)
        except TooMuch:
            return PictureRead(trouble="too_large")
        except NotGiven:
            return _UNREACHABLE
        except CallFailed:
            return _UNREACHABLE if self._is_last(asked) else None
        read = await self._look(picture)
        return None if read.trouble == "unreachable" and not self._is_last(asked) else read

    def _is_last(self, asked: Row[Any]) -> bool:
        is_late: bool = self._clock() - asked.asked_at >= PATIENCE
        return is_late or asked.attempts > len(PAUSES)

    async def _tell(self, asked: Row[Any], read: PictureRead) -> None:
        key = LOOKED_AT + asked.key
        incoming = Incoming(asked.account_id, asked.address, key, read, occurred_at=asked.asked_at)
        taken = await self._take(incoming)
        self._metrics.looks.labels(outcome_of(read)).inc()
        if taken.is_duplicate or taken.person_id is None:
            # The turn removes what it answers. This was answered before, or whose it was is erased.
            await self._change(lambda connection, now: looks.remove(connection, [(asked.person_id, asked.key)]))

    async def _put_off(self, asked: Row[Any]) -> None:
        pause = PAUSES[min(asked.attempts, len(PAUSES)) - 1]
        await self._change(
            lambda connection, now: looks.put_off(connection, asked.person_id, asked.key, until=now + pause)
        )

    async def _change(self, work: Callable[[Connection, datetime], Any]) -> Any:
        return await self._writer.submit(_CHANGES, work, can_wait=True)
