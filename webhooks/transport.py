"""The way out: one HTTP client for all platforms, and the two ways in which a call can go wrong.

Knows no platform. httpx runs on aiohttp's connections here, since httpx's own pool gets slower the more
connections are open (measured: 470 posts a second at 32 connections, against 4,300 this way).

    CallFailed
      NeverLeft      no connection was made: the platform has not seen the call, it may be made again
      AnswerLost     the call left, or may have, and no answer came back: nobody knows whether it was taken
      NotGiven       what was to be fetched is not there for us: to ask again is of no use
      TooMuch        what was to be fetched is longer than we want it
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from webhooks.channel import Answer

TIMEOUT = httpx.Timeout(connect=5.0, read=10.0, write=10.0, pool=5.0)

#: The whole call, also for an answer that trickles. Leases are longer than this.
CALL_SECONDS = 16.0

#: Shorter than the five seconds after which many servers close an idle connection: a call that meets the
#: closing would be lost.
KEEP_ALIVE_SECONDS = 3.0

#: Answers have some hundred bytes; what is longer is not read to its end.
LONGEST_ANSWER = 65_536

#: All of a fetch, with what it is sent on to.
FETCH_SECONDS = 10.0
MOST_REDIRECTS = 2

#: Answers to a fetch that may be another one the next time; beside those of 500 and more.
_FOR_NOW = (408, 425, 429)

_NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    httpx.UnsupportedProtocol,
)


class CallFailed(Exception):
    """Base of a call without an answer; the text names the kind of failure, never the address."""


class NeverLeft(CallFailed):
    """Nothing was sent."""


class AnswerLost(CallFailed):
    """Sent, or half sent, and then nothing more was heard."""


class NotGiven(CallFailed):
    """Refused, gone, or at an address where we do not ask."""


class TooMuch(CallFailed):
    """More bytes than are wanted; the rest was not read."""


def make_client() -> httpx.AsyncBaseTransport:
    """The client; connections are opened with its first call, in the loop that runs then. Close it."""
    # httpx logs each address at INFO, and some platforms put the token into the address.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    transport = AiohttpTransport(trust_env=False)
    # The sender's slots bound the connections; a limit here would only let calls time out in a queue.
    transport.client = lambda: aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=transport.ssl_context),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    return transport


async def exchange(
    client: httpx.AsyncBaseTransport,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    json: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """Make one call. Raises NeverLeft or AnswerLost; any HTTP status is an answer."""
    try:
        request = httpx.Request(
            method, _parsed(url), headers=headers, json=json, data=form, extensions={"timeout": TIMEOUT.as_dict()}
        )
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise NeverLeft(type(error).__name__) from error
    with _failures():
        async with asyncio.timeout(CALL_SECONDS):
            return await _answer(client, request)


async def fetch(
    client: httpx.AsyncBaseTransport, url: str, *, permitted: Callable[[str], httpx.URL | None], most_bytes: int
) -> bytes:
    """The bytes at an address, by a GET that tells nothing of us.

    `permitted` gives an address as we ask it, and None for one that we do not; what the answer sends on to is held to
    it as well. Raises NotGiven or TooMuch; NeverLeft or AnswerLost when it may go better another time.
    """
    with _failures():
        async with asyncio.timeout(FETCH_SECONDS):
            for _ in range(1 + MOST_REDIRECTS):
                address = permitted(url)
                if address is None:
                    raise NotGiven("address")
                found = await _fetched(client, address, most_bytes)
                if isinstance(found, bytes):
                    return found
                url = str(address.join(found))
    raise NotGiven("redirects")


async def _fetched(client: httpx.AsyncBaseTransport, address: httpx.URL, most_bytes: int) -> bytes | str:
    """What is there, or the address to which the answer sends on."""
    # Packed bytes are not wanted: a few of them could unpack to more than the memory holds.
    headers = {"accept": "image/*", "accept-encoding": "identity"}
    request = httpx.Request("GET", address, headers=headers, extensions={"timeout": TIMEOUT.as_dict()})
    response = await client.handle_async_request(request)
    try:
        status = response.status_code
        if status in (301, 302, 303, 307, 308):
            return str(response.headers.get("location", ""))
        if status >= 500 or status in _FOR_NOW:
            raise AnswerLost(f"http_{status}")
        if status != 200 or response.headers.get("content-encoding", "identity") != "identity":
            raise NotGiven(f"http_{status}")
        if int(response.headers.get("content-length", "0")) > most_bytes:
            raise TooMuch
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > most_bytes:
                raise TooMuch
        return bytes(body)
    finally:
        await response.aclose()


@contextmanager
def _failures() -> Iterator[None]:
    """What goes wrong on the way, told apart: NeverLeft, AnswerLost."""
    try:
        yield
    except httpx.InvalidURL as error:
        raise NotGiven("address") from error
    except (httpx.HTTPError, aiohttp.ClientError, OSError, ValueError) as error:
        # The transport calls a connection that was cut a "connect timeout": only the cause tells the truth.
        cause = error.__cause__ or error
        failure = NeverLeft if isinstance(cause, _NEVER_LEFT) else AnswerLost
        raise failure(type(cause).__name__) from error


async def _answer(client: httpx.AsyncBaseTransport, request: httpx.Request) -> Answer:
    response = await client.handle_async_request(request)
    try:
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > LONGEST_ANSWER:
                break
    finally:
        await response.aclose()
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
    return Answer(status=response.status_code, headers=headers, body=body)


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)
