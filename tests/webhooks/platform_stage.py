"""A stage for tests of a whole channel: the real server behind a real socket, and a fake platform that talks to it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import Row, select

from server import clock
from storage import accounts
from storage.accounts import StoredAccount
from storage.database import reading, transaction
from storage.tables import OUTBOX, PERSON
from tests.fakes.serving import FakePlatform
from tests.webhooks.test_door import Door, running, settings
from webhooks import jobs

_LOOK = jobs.Task(order=99)


class Town(Door):
    """The server and its one account on the fake's platform."""

    channel = ""

    def account(self) -> StoredAccount:
        with reading(self.server.database) as connection:
            (found,) = (row for row in accounts.everyone(connection) if row.channel == self.channel)
        return found

    def change_account(self, **columns: Any) -> None:
        with transaction(self.server.database) as connection:
            accounts.change(connection, self.account().id, **columns)
        self.server.accounts.load()

    def rows(self) -> list[Row[Any]]:
        """The outbox, with each row's person."""
        query = select(OUTBOX, PERSON.c.address, PERSON.c.is_reachable).join(PERSON, PERSON.c.id == OUTBOX.c.person_id)
        with reading(self.server.database) as connection:
            return list(connection.execute(query.order_by(OUTBOX.c.person_id, OUTBOX.c.number)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    async def until_states(self, *states: str) -> None:
        """Wait until every row of the outbox is in one of these states, and there is one."""
        await self.until(lambda: bool(found := self.states()) and not set(found) - set(states))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Look again after each commit until it is so."""
        async with asyncio.timeout(10):
            while not is_so():
                await self.server.writer.submit(_LOOK, lambda connection, now: None, can_wait=True)

    def counted(self, metric: str, **labels: str) -> float:
        return self.server.metrics.registry.get_sample_value(f"muadam_{metric}_total", labels) or 0.0


@asynccontextmanager
async def town(tmp_path: Path, fake: FakePlatform, *, channel: str, path: str, **found: Any) -> AsyncIterator[Town]:
    """`found` are the settings that describe the account. The fake's clock is the server's."""
    fake.now = clock()
    async with running(settings(tmp_path, zalo_app_id="", **found), works=True) as door, behind_a_socket(door) as url:
        fake.webhook_url = f"{url}{path}"
        whole = Town(door.server, door.client)
        whole.channel = channel
        yield whole


@asynccontextmanager
async def behind_a_socket(door: Door) -> AsyncIterator[str]:
    """The door's application on a port of its own; its address."""
    transport = door.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    config = uvicorn.Config(transport.app, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    # It listens before the server does: who calls early waits.
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
