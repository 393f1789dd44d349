"""A stage for tests of looking at pictures: a database, an account on the fake Zalo, the real turns, a tiny step.

The step asks for a look at every picture and says what came of it. Sockets and writer are real, only the clock is moved
by hand (`forward`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Row, func, select

from bot.effects import Effect, ForgetMe, LookAt, Say
from bot.events import DataWithdrawn, Event, PictureRead, PictureSent, SeenCode, TextSaid
from bot.messages import Message, from_json
from bot.speaking import Turn
from bot.state import State
from bot.turn import Incoming, Taken, Turns
from lessons.schema import Book
from storage import accounts
from storage.accounts import StoredAccount
from storage.database import Database, reading, transaction
from storage.tables import OUTBOX, PERSON, PICTURE_LOOK
from storage.writer import Writer
from tests.conftest import NOW
from tests.fakes.zalo_oa import FakeZalo
from webhooks import channels, jobs
from webhooks.metrics import Metrics
from webhooks.pictures import Pictures
from webhooks.transport import make_client

A, B = "9000000000000000001", "9000000000000000002"
_LOOK = jobs.Task(order=99)


def step(book: Book, state: State, event: Event, now: datetime) -> Turn:
    effects: tuple[Effect, ...] = ()
    match event:
        case PictureSent(url=url):
            effects = (LookAt(url),)
        case PictureRead(codes=codes, trouble=trouble):
            effects = (Say(Message(trouble or " ".join(code.text for code in codes) or "không có mã")),)
        case DataWithdrawn():
            effects = (ForgetMe(),)
        case TextSaid(text=text):
            effects = (Say(Message(text)),)
    return Turn(state, effects)


class Darkroom:
    """`async with Darkroom.set(database, book) as room:`; `room.start()` looks at what was sent."""

    def __init__(self, database: Database, book: Book, zalo: FakeZalo, client: httpx.AsyncBaseTransport) -> None:
        self.database = database
        self.zalo = zalo
        self.client = client
        self.now = NOW
        self.metrics = Metrics()
        self.writer = Writer(database, clock=lambda: self.now)
        self.turns = Turns(book, digest_key=b"k", account=lambda _: ("zalo-oa", None), take_step=step)
        self.account_id = 0
        #: What was looked through, in order; each shows one code whose text it is.
        self.seen: list[bytes] = []
        self.most_at_once = 0
        #: Nothing is seen while this is not set.
        self.light = asyncio.Event()
        self.light.set()
        self.trouble: list[Any] = []
        self.fail: list[Exception] = []
        self._at_once = 0
        self._number = 0
        self._running: list[asyncio.Task[None]] = []

    @classmethod
    @asynccontextmanager
    async def set(cls, database: Database, book: Book) -> AsyncIterator["Darkroom"]:
        client = make_client()
        async with FakeZalo() as zalo:
            room = cls(database, book, zalo, client)
            with transaction(database) as connection:
                room.account_id = accounts.put(
                    connection, channel="zalo-oa", external_id="7000", access_token="access-0", api_url=zalo.url
                )
            room.writer.start()
            try:
                yield room
            finally:
                await room.stop()
                await room.writer.stop()
                await client.aclose()

    def forward(self, **period: float) -> None:
        self.now += timedelta(**period)

    # What is sent ---------------------------------------------------------------------------------------

    async def send(self, address: str, picture: bytes) -> None:
        """The resident sends a picture, and the turn asks for a look."""
        await self.send_address(address, f"{self.zalo.url}{self.zalo.pictures.put(picture)}")

    async def send_address(self, address: str, url: str) -> None:
        await self.happen(address, PictureSent("", url))

    async def happen(self, address: str, event: Event) -> Taken:
        self._number += 1
        key = f"m{self._number}"
        return await self.take(Incoming(self.account_id, address, key, event, occurred_at=self.now))

    async def take(self, incoming: Incoming) -> Taken:
        if self.fail and isinstance(incoming.event, PictureRead):
            raise self.fail.pop()
        taken: Taken = await self.writer.submit(self.turns, incoming, can_wait=False)
        return taken

    # Who looks ------------------------------------------------------------------------------------------

    def another(self, name: str) -> Pictures:
        return Pictures(
            self.writer,
            self.client,
            look=self.look,
            take=self.take,
            account=self._account,
            channels=channels.BY_NAME,
            clock=lambda: self.now,
            name=name,
            metrics=self.metrics,
        )

    def start(self, name: str = "host:1:one") -> tuple[Pictures, "asyncio.Task[None]"]:
        pictures = self.another(name)
        task = asyncio.create_task(pictures.run())
        self._running.append(task)
        return pictures, task

    async def stop(self) -> None:
        for task in self._running:
            await kill(task)
        self._running.clear()

    async def look(self, picture: bytes) -> PictureRead:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self.light.wait()
        finally:
            self._at_once -= 1
        self.seen.append(picture)
        if self.trouble:
            return PictureRead(trouble=self.trouble.pop())
        return PictureRead((SeenCode("text", picture.decode()),) if picture else ())

    def _account(self, account_id: int) -> StoredAccount | None:
        with reading(self.database) as connection:
            return accounts.one(connection, account_id)

    # How it goes ----------------------------------------------------------------------------------------

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Look again after each commit until it is so."""
        async with asyncio.timeout(10):
            while not is_so():
                await self.writer.submit(_LOOK, lambda connection, now: None, can_wait=True)

    async def settled(self) -> None:
        """Nothing that may be looked at now is left."""
        await self.until(lambda: all(row.due_at > self.now for row in self.waiting()))

    def told(self, address: str) -> list[str]:
        """What was said to a resident, in order."""
        query = select(OUTBOX.c.payload).join(PERSON, PERSON.c.id == OUTBOX.c.person_id)
        with reading(self.database) as connection:
            rows = connection.scalars(query.where(PERSON.c.address == address).order_by(OUTBOX.c.number))
            return [from_json(payload).text for payload in rows]

    def waiting(self) -> list[Row[Any]]:
        with reading(self.database) as connection:
            return list(connection.execute(select(PICTURE_LOOK)))

    def people(self) -> int:
        with reading(self.database) as connection:
            return connection.scalar(select(func.count()).select_from(PERSON)) or 0

    def counted(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("muadam_picture_looks_total", {"outcome": outcome}) or 0.0


async def kill(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
