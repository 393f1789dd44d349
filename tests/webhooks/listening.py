"""An open page as the server sees it: one ASGI request that streams, read event by event."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Self

from starlette.applications import Starlette
from starlette.types import Message, Scope

PATIENCE_SECONDS = 5


@dataclass
class Listening:
    """`status` of the answer; `event()` gives the next one, `comment()` the next line of comment."""

    app: Starlette
    cookie: str
    query: str = ""
    last_event_id: str | None = None
    status: int = 0
    _sent: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _text: str = ""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.app(self._scope(), self._receive, self._sent.put))
        self.status = (await self._next())["status"]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._gone.set()
        assert self._task is not None
        await asyncio.wait_for(self._task, PATIENCE_SECONDS)

    async def event(self) -> dict[str, str]:
        """The next event's fields; comments are skipped."""
        while True:
            fields = dict(line.split(": ", 1) for line in await self._block() if not line.startswith(":"))
            if fields:
                return fields

    async def events(self, count: int) -> list[dict[str, str]]:
        return [await self.event() for _ in range(count)]

    async def end(self) -> None:
        """Wait until the server ends the stream; what it still sends is dropped."""
        while (await self._next()).get("more_body"):
            pass

    async def _block(self) -> list[str]:
        while "\n\n" not in self._text:
            message = await self._next()
            assert message.get("more_body"), "the stream ended"
            self._text += message["body"].decode()
        block, self._text = self._text.split("\n\n", 1)
        return block.split("\n")

    async def _next(self) -> Message:
        return await asyncio.wait_for(self._sent.get(), PATIENCE_SECONDS)

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    def _scope(self) -> Scope:
        headers = [(b"cookie", f"muadam_chat={self.cookie}".encode())]
        if self.last_event_id is not None:
            headers.append((b"last-event-id", self.last_event_id.encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/chat/stream",
            "raw_path": b"/chat/stream",
            "query_string": self.query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", 8000),
        }
