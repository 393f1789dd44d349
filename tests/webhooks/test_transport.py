"""Calls that go wrong on real sockets: did they leave, or did they not?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from webhooks.channel import Answer
from webhooks.transport import LONGEST_ANSWER, AnswerLost, NeverLeft, NotGiven, TooMuch, exchange, fetch, make_client

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


@asynccontextmanager
async def serving(peer: Peer) -> AsyncIterator[str]:
    """The peer on a port of its own; its address."""

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/send"


async def with_peer(peer: Peer, *, times: int = 1) -> list[Answer]:
    async with serving(peer) as url:
        return await call(url, times=times)


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


# Fetching -------------------------------------------------------------------------------------------------


async def fetched(peer: Peer, *, most_bytes: int = 100) -> bytes:
    client = make_client()
    try:
        async with serving(peer) as url:
            return await fetch(client, url, permitted=httpx.URL, most_bytes=most_bytes)
    finally:
        await client.aclose()


def says(answer: bytes) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    return peer


async def trickles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b"400\r\n" + b"x" * 1_024 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", AnswerLost, id="a failure of theirs"),
        pytest.param(b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n", AnswerLost, id="too fast"),
        pytest.param(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", NotGiven, id="gone"),
        pytest.param(b"HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\nab", NotGiven, id="a part"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101, TooMuch, id="too long"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab", NotGiven, id="packed"
        ),
        pytest.param(b"HTTP/1.1 302 To\r\nContent-Length: 0\r\n\r\n", NotGiven, id="sent on to nowhere"),
        pytest.param(
            b"HTTP/1.1 302 To\r\nLocation: http://a:port/\r\nContent-Length: 0\r\n\r\n",
            NotGiven,
            id="sent on to nonsense",
        ),
        pytest.param(b"220 mail.example ESMTP\r\n", AnswerLost, id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab", AnswerLost, id="broken off"),
    ],
)
def test_what_cannot_be_fetched_is_told_apart(answer: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        asyncio.run(fetched(says(answer)))


def test_what_is_fetched_comes_whole() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100

    assert asyncio.run(fetched(says(answer))) == b"x" * 100


def test_nothing_is_read_beyond_what_is_wanted() -> None:
    with pytest.raises(TooMuch):
        asyncio.run(fetched(trickles, most_bytes=100_000))


def test_a_fetch_ends_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.transport.FETCH_SECONDS", 0.2)

    with pytest.raises(AnswerLost):
        asyncio.run(fetched(says_nothing))


def test_what_nobody_permits_is_not_asked() -> None:
    async def scene() -> None:
        client = make_client()
        try:
            await fetch(client, "http://127.0.0.1:9/", permitted=lambda url: None, most_bytes=1)
        finally:
            await client.aclose()

    with pytest.raises(NotGiven):
        asyncio.run(scene())
