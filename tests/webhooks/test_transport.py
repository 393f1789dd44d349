"""Calls that go wrong on real sockets: did they leave, or did they not?"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from webhooks.channel import Answer
from webhooks.transport import LONGEST_ANSWER, AnswerLost, NeverLeft, exchange, make_client

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Rate: 7\r\n\r\n{}"


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(length)


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await read_request(reader)
        writer.write(OK)


async def closes_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def closes_after_the_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.close()


async def resets_after_the_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.transport.abort()


async def speaks_no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"220 mail.example ESMTP\r\n")
    writer.close()


async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    writer.close()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b"400\r\n" + b"x" * 1_024 + b"\r\n")
        await writer.drain()


async def call(url: str, *, times: int = 1) -> list[Answer]:
    client = make_client()
    try:
        return [
            await exchange(client, "POST", url, headers={"access_token": "t"}, json={"text": "Dạ"})
            for _ in range(times)
        ]
    finally:
        await client.aclose()


async def with_peer(peer: Peer, *, times: int = 1) -> list[Answer]:
    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await call(f"http://127.0.0.1:{port}/send", times=times)


def test_an_answer_comes_whole_over_one_connection() -> None:
    first, second = asyncio.run(with_peer(answers, times=2))

    assert first == second
    assert (first.status, first.body, first.headers["x-rate"]) == (200, b"{}", "7")


@pytest.mark.parametrize(
    "peer",
    [closes_at_once, closes_after_the_request, resets_after_the_request, speaks_no_http, breaks_off, says_nothing],
    ids=lambda peer: peer.__name__,
)
def test_what_may_have_left_is_lost(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.transport.CALL_SECONDS", 0.3)

    with pytest.raises(AnswerLost):
        asyncio.run(with_peer(peer))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "nonsense", "http://", "ftp://127.0.0.1/", "http://127.0.0.1:99999999/", ""],
)
def test_what_found_no_connection_never_left(url: str) -> None:
    with pytest.raises(NeverLeft):
        asyncio.run(call(url))


@pytest.mark.parametrize("token", ["ký tự lạ", "\ud800"])
def test_a_header_that_cannot_be_sent_never_left(token: str) -> None:
    async def scene() -> None:
        client = make_client()
        try:
            await exchange(client, "POST", "http://127.0.0.1:9/", headers={"access_token": token})
        finally:
            await client.aclose()

    with pytest.raises(NeverLeft):
        asyncio.run(scene())


def test_an_answer_without_end_is_cut() -> None:
    (answer,) = asyncio.run(with_peer(never_ends))

    assert LONGEST_ANSWER < len(answer.body) < 3 * LONGEST_ANSWER


def test_failures_do_not_name_the_address() -> None:
    with pytest.raises(NeverLeft) as failure:
        asyncio.run(call("http://127.0.0.1:9/bot12345:secret/send"))

    assert "secret" not in str(failure.value)
