"""HTTP/1.1 as bare asyncio protocols, so that the load program costs less than what it measures.

Knows no Zalo. Both ends keep connections alive and speak only what our two peers speak: Content-Length, one
call at a time on a connection, no chunks.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from typing import cast

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REASONS = {200: b"OK", 500: b"Internal Server Error"}


class Unanswered(Exception):
    """The call was not answered: no connection, a connection that broke, or too late."""


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _HEAD_END + body


class _Message:
    """Collects the bytes of one message after another."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def take(self) -> tuple[bytes, bytes] | None:
        """(head, body) of the next whole message; None as long as there is none."""
        end = self._bytes.find(_HEAD_END)
        if end < 0:
            return None
        head = bytes(self._bytes[:end])
        found = _LENGTH.search(head)
        size = end + len(_HEAD_END) + (int(found[1]) if found else 0)
        if len(self._bytes) < size:
            return None
        body = bytes(self._bytes[end + len(_HEAD_END) : size])
        del self._bytes[:size]
        return head, body


# As a client ----------------------------------------------------------------------------------------------


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.is_open = True
        self._message = _Message()
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._message.feed(data)
        while (message := self._message.take()) is not None:
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(int(message[0][9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Unanswered("the connection broke"))

    async def post(self, data: bytes) -> int:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._answer

    def close(self) -> None:
        self.is_open = False
        self._transport.abort()


class Client:
    """At most `connections` kept-alive connections to a port of this machine, opened when needed."""

    def __init__(self, port: int, *, connections: int) -> None:
        self.port = port
        self._free: asyncio.LifoQueue[_Connection | None] = asyncio.LifoQueue()
        for _ in range(connections):
            self._free.put_nowait(None)

    async def post(self, data: bytes, *, seconds: float = 10.0) -> int:
        """Post the bytes of `request`; the status of the answer. Raises Unanswered."""
        connection = await self._free.get()
        try:
            async with asyncio.timeout(seconds):
                if connection is None or not connection.is_open:
                    connection = await self._open()
                return await connection.post(data)
        except (OSError, TimeoutError) as error:
            if connection is not None:
                connection.close()
            raise Unanswered(type(error).__name__) from error
        finally:
            self._free.put_nowait(connection)

    async def _open(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, "127.0.0.1", self.port)
        return connection

    def close(self) -> None:
        while not self._free.empty():
            if (connection := self._free.get_nowait()) is not None:
                connection.close()


# As a server ----------------------------------------------------------------------------------------------


class Call:
    """One call that came in. Answer it or drop it, at once or later."""

    __slots__ = ("_transport", "body", "path")

    def __init__(self, transport: asyncio.Transport, path: str, body: bytes) -> None:
        self._transport = transport
        self.path = path
        self.body = body

    def answer(self, body: bytes, *, status: int = 200) -> bool:
        """False when the caller is gone."""
        if self._transport.is_closing():
            return False
        head = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (status, _REASONS[status], len(body)) + body)
        return True

    def drop(self) -> None:
        """Close the connection without an answer."""
        self._transport.abort()


class _Peer(asyncio.Protocol):
    def __init__(self, handle: Callable[[Call], None], peers: set["_Peer"]) -> None:
        self._handle = handle
        self._peers = peers
        self._message = _Message()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._peers.discard(self)

    def data_received(self, data: bytes) -> None:
        self._message.feed(data)
        while (message := self._message.take()) is not None:
            path = message[0].split(b" ", 2)[1].decode("latin-1")
            self._handle(Call(self.transport, path, message[1]))


class Server:
    """Calls `handle` for every call on a port of this machine."""

    def __init__(self, handle: Callable[[Call], None]) -> None:
        self._handle = handle
        self._peers: set[_Peer] = set()
        self._server: asyncio.Server
        self.port = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Peer(self._handle, self._peers), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for peer in list(self._peers):
            peer.transport.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._server.wait_closed()
