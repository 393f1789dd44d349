"""What the fakes of small platforms have in common: a real server on loopback, faults, waiting, posting webhooks.

A platform says in `_handle` how it answers. Its clock moves only when told (`forward`).
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

import aiohttp
from aiohttp import web

from tests.fakes.pictures import Shelf
from tests.fakes.zalo_behaviour import Webhook

#: What can befall a call: no proper answer, before or after it was taken.
Fault = Literal["hang", "drop", "http_500", "http_429", "garbage", "taken_then_drop", "taken_then_hang"]

WEBHOOK_DEADLINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken: what its user has on the screen. `body` is the whole of the call."""

    user: str
    text: str
    body: Mapping[str, Any]
    message_id: str
    at: datetime


class FakePlatform(ABC):
    """`async with` gives a server at `url`; set `webhook_url` for its webhooks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
        self.url = ""
        self.webhook_url = ""
        #: What befalls the next calls for a user, in order.
        self.faults_of: dict[str, deque[Fault]] = defaultdict(deque)
        self.messages: list[Taken] = []
        self.pictures = Shelf()
        self.calls = 0
        self.webhooks: list[Webhook] = []
        self._number = 0
        self._changed = asyncio.Condition()
        self._posts: set[asyncio.Task[Any]] = set()
        self._released = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    @abstractmethod
    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a call."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        picture = await self.pictures.answer(request)
        return await self._handle(request) if picture is None else picture

    async def stop(self) -> None:
        self._released.set()
        await asyncio.gather(*self._posts, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def forward(self, **period: float) -> None:
        """Move the clock, as in forward(days=3)."""
        self.now += timedelta(**period)

    def texts(self, user: str) -> list[str]:
        """What of a user was taken, in order."""
        return [taken.text for taken in self.messages if taken.user == user]

    async def until(self, is_so: Callable[[], bool], *, seconds: float = 5.0) -> None:
        """Wait for something to be so that calls and webhooks change; an AssertionError when it does not come."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(is_so)
        except TimeoutError:
            last = [taken.text for taken in self.messages[-5:]]
            raise AssertionError(f"not so after {seconds} seconds; taken: {last}") from None

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _called(self, user: str) -> Fault | None:
        """A send has come in; what befalls it."""
        self.calls += 1
        await self._tell()
        faults = self.faults_of[user]
        return faults.popleft() if faults else None

    async def _take(self, user: str, text: str, body: Mapping[str, Any]) -> Taken:
        taken = Taken(user, text, body, self._next("m"), self.now)
        self.messages.append(taken)
        await self._tell()
        return taken

    async def _befall(self, request: web.BaseRequest, fault: str) -> web.StreamResponse:
        match fault.removeprefix("taken_then_"):
            case "http_500":
                return web.Response(status=500, text="Internal Server Error")
            case "http_429":
                return web.Response(status=429, headers={"Retry-After": "7"})
            case "garbage":
                return web.Response(text="<html>captive portal</html>", content_type="text/html")
            case "hang":
                await self._released.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _next(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}_{self._number:08d}"

    def milliseconds(self) -> int:
        return int(self.now.timestamp() * 1000)

    async def deliver(self, body: bytes, headers: Mapping[str, str], *, url: str = "") -> Webhook:
        """Post one webhook; how it was answered."""
        assert self._session is not None, "start the fake first"
        loop = asyncio.get_running_loop()
        started, status = loop.time(), 0
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                asyncio.timeout(WEBHOOK_DEADLINE_SECONDS),
                self._session.post(url or self.webhook_url, data=body, headers=headers) as response,
            ):
                await response.read()
                status = response.status
        posted = Webhook(body, status, loop.time() - started)
        self.webhooks.append(posted)
        await self._tell()
        return posted

    def _deliver_soon(self, body: bytes, headers: Mapping[str, str]) -> None:
        if self.webhook_url:
            task = asyncio.create_task(self.deliver(body, headers))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)


def answer(data: Mapping[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(data).encode(), content_type="application/json", status=status)
