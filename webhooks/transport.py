"""The way out: one HTTP client for all platforms, and the two ways in which a call can go wrong.

Knows no platform. httpx runs on aiohttp's connections here, since httpx's own pool gets slower the more
connections are open (measured: 470 posts a second at 32 connections, against 4,300 this way).

    CallFailed
      NeverLeft      no connection was made: the platform has not seen the call, it may be made again
      AnswerLost     the call left, or may have, and no answer came back: nobody knows whether it was taken
"""

import asyncio
import logging
from collections.abc import Mapping
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
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await _answer(client, request)
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
