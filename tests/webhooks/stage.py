"""A stage for tests of sending: a database, one account with people, the fake Zalo, and a sender.

Real sockets and a real writer; only the clock is moved by hand (`forward`), here and at the fake together.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Connection, Row, select, update

from bot.messages import Message, to_json
from storage import accounts, bulletins, outbox, people
from storage.accounts import StoredAccount
from storage.database import Database, reading, transaction
from storage.tables import OUTBOX, PERSON
from storage.writer import Writer
from tests.conftest import NOW
from tests.fakes.zalo_oa import FakeZalo
from webhooks import channels
from webhooks.channel import Arrival, Echo
from webhooks.metrics import Metrics
from webhooks.sender import Sender
from webhooks.tokens import Tokens
from webhooks.transport import make_client

NAME = "host:1:stage"


class Stage:
    """`async with Stage.set(database) as stage:`; people are made as they are written to."""

    def __init__(self, database: Database, zalo: FakeZalo, client: httpx.AsyncClient) -> None:
        self.database = database
        self.zalo = zalo
        self.client = client
        self.now = NOW
        self.metrics = Metrics()
        self.writer = Writer(database, clock=self.clock)
        self.tokens = self.another_tokens(NAME)
        self.sender = self.another_sender(NAME)
        self.account_id = 0
        self._numbers: dict[str, int] = {}
        self._bulletins: dict[str, int] = {}
        self._running: list[asyncio.Task[None]] = []

    @classmethod
    @asynccontextmanager
    async def set(cls, database: Database, **account: Any) -> AsyncIterator["Stage"]:
        client = make_client()
        async with FakeZalo() as zalo:
            stage = cls(database, zalo, client)
            zalo.now, zalo.token_dies_at = stage.now, stage.now + zalo.behaviour.token_lives
            stage.add_account(**account)
            stage.writer.start()
            try:
                yield stage
            finally:
                await stage.stop()
                await stage.writer.stop()
                await client.aclose()

    def add_account(self, **columns: Any) -> None:
        identity = self.zalo.identity
        known = {
            "app_id": identity.app_id,
            "secret": identity.oa_secret,
            "app_secret": identity.app_secret,
            "access_token": self.zalo.access_token,
            "refresh_token": self.zalo.refresh_token,
            "token_expires_at": self.zalo.token_dies_at,
            "api_url": self.zalo.url,
            "oauth_url": self.zalo.url,
        }
        with transaction(self.database) as connection:
            self.account_id = accounts.put(
                connection, channel="zalo-oa", external_id=identity.oa_id, **(known | columns)
            )

    def clock(self) -> datetime:
        return self.now

    def forward(self, **period: float) -> None:
        self.now += timedelta(**period)
        self.zalo.forward(**period)

    def another_tokens(self, name: str) -> Tokens:
        return Tokens(self.database, self.writer, self.client, clock=self.clock, name=name, metrics=self.metrics)

    def another_sender(self, name: str) -> Sender:
        return Sender(
            self.database,
            self.writer,
            self.client,
            self.tokens,
            channels.BY_NAME,
            clock=self.clock,
            name=name,
            media_url="",
            metrics=self.metrics,
            is_quiet=lambda _: False,
            jitter=lambda: 0.0,
        )

    # What there is to send ------------------------------------------------------------------------------

    def person(self, address: str) -> int:
        """His id; he wrote just now when he is new."""
        with transaction(self.database) as connection:
            found = people.find(connection, self.account_id, address)
            if found is not None:
                return found
            people.add(connection, self.account_id, [address], now=self.now)
            person_id = people.find(connection, self.account_id, address) or 0
        self.change_person(address, last_contact_at=self.now)
        return person_id

    def change_person(self, address: str, **columns: Any) -> None:
        with transaction(self.database) as connection:
            connection.execute(update(PERSON).where(PERSON.c.address == address).values(**columns))

    def queue(self, address: str, *said: str | Message, rank: int = outbox.REPLY, **columns: Any) -> None:
        """Rows for a person, as a turn would queue them, and the nudge."""
        person_id = self.person(address)
        rows = [self._row(address, person_id, one, rank) | columns for one in said]
        with transaction(self.database) as connection:
            for row in rows if rank == outbox.BULLETIN else ():
                row |= {"bulletin_id": self._bulletin(connection, row["payload"]), "payload": ""}
            outbox.add(connection, rows)
        self.sender.nudge()

    def _bulletin(self, connection: Connection, message: str) -> int:
        """A bulletin with this message that is being sent."""
        if message not in self._bulletins:
            released = {"message": message, "released_at": self.now, "is_expanded": True}
            made = bulletins.add(connection, place="vn", content="{}", author="A", now=self.now, **released)
            bulletins.change(connection, made, only_in=("draft",), state="sending")
            self._bulletins[message] = made
        return self._bulletins[message]

    def _row(self, address: str, person_id: int, said: str | Message, rank: int) -> dict[str, Any]:
        self._numbers[address] = self._numbers.get(address, 0) + 1
        return {
            "person_id": person_id,
            "number": self._numbers[address],
            "account_id": self.account_id,
            "rank": rank,
            "payload": to_json(said if isinstance(said, Message) else Message(said)),
            "due_at": self.now,
            "valid_until": None,
            "created_at": self.now,
        }

    # How it goes ----------------------------------------------------------------------------------------

    def start(self) -> None:
        self._running.append(asyncio.create_task(self.sender.run()))

    async def stop(self) -> None:
        await self.sender.stop()
        await asyncio.gather(*self._running)
        self._running.clear()

    async def send(self) -> None:
        """Everything that can leave leaves, and what became of it is written down."""
        self.start()
        await self.settled()
        await self.stop()
        self.sender = self.another_sender(NAME)

    async def settled(self) -> None:
        """Nothing can leave before the clock moves on, and nothing is being sent."""
        await self.until(lambda: not self._can_leave())

    async def looked(self) -> None:
        """The sender has looked, and what it found then is sent and written down."""
        self.sender.nudge()
        for _ in range(3):  # it wakes, it submits its claim, its claim is committed
            await self.writer.submit(_LOOK, None, can_wait=True)
        await self.until(lambda: "sending" not in self.states())

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Look again after each commit until it is so."""
        async with asyncio.timeout(10):
            while not is_so():
                self.sender.nudge()
                await self.writer.submit(_LOOK, None, can_wait=True)

    def _can_leave(self) -> bool:
        first: dict[int, Row[Any]] = {}
        for row in sorted(self.rows(), key=lambda row: (row.rank, row.number)):
            if row.state == "sending":
                return True
            if row.state == "waiting":
                first.setdefault(row.person_id, row)
        return any(row.due_at <= self.now for row in first.values())

    async def hear(self, body: bytes) -> None:
        """An echo of the fake's, as the door would pass it on."""
        for inbound in channels.BY_NAME["zalo-oa"].parse(body):
            assert isinstance(inbound, Echo | Arrival)
            if isinstance(inbound, Echo):
                await self.sender.settle(self.account_id, inbound)

    def rows(self, address: str | None = None) -> list[Row[Any]]:
        query = select(OUTBOX, PERSON.c.address).join(PERSON, PERSON.c.id == OUTBOX.c.person_id)
        if address is not None:
            query = query.where(PERSON.c.address == address)
        with reading(self.database) as connection:
            return list(connection.execute(query.order_by(OUTBOX.c.person_id, OUTBOX.c.number)))

    def states(self, address: str | None = None) -> list[str]:
        return [row.state for row in self.rows(address)]

    def account(self) -> StoredAccount:
        with reading(self.database) as connection:
            return accounts.one(connection, self.account_id)


class _Look:
    """A job that does nothing: its future resolves after everything that was submitted before it."""

    order = 99

    def run(self, connection: Any, payloads: Any, now: datetime) -> list[None]:
        return [None] * len(payloads)


_LOOK = _Look()
