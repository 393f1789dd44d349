"""What a platform says of a token, and how a platform that says nothing is told from one that refuses."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.fakes.zalo_oa import FakeZalo
from tests.webhooks.account_row import IDENTITY, row
from webhooks.doctor import Told, ask, told_checks

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def now() -> datetime:
    return datetime.now(UTC)  # the fake's answers carry the real date


@asynccontextmanager
async def serving(answer: Answer):  # type: ignore[no-untyped-def]
    """A platform that answers everything so; its address."""
    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def asked(answer: Answer, **columns: Any) -> Told:
    async with serving(answer) as url:
        return await ask(row(api_url=url, **columns), now(), seconds=0.5)


def says(text: str, *, status: int = 200) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=text, status=status)

    return answer


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (says('{"error": 0, "data": {"oa_id": "7000000000000000001"}}'), "taken", ""),
        (says('{"error": 0, "data": {}}'), "taken", ""),
        (says('{"error": 0, "data": {"oa_id": "7999"}}'), "other_account", ""),
        (says('{"error": -216}'), "refused", "token_refused"),
        (says('{"error": -224}'), "refused", "package_needed"),
        (says('{"error": -242}'), "refused", "proof_refused"),
        (says("", status=401), "refused", "http_401"),
        (says("<html>sign in to the wifi</html>"), "unclear", "unreadable"),
        (says("[]"), "unclear", "unreadable"),
        (says("", status=500), "unclear", "http_500"),
        (says("", status=429), "unclear", "http_429"),
    ],
)
def test_what_the_platform_says_is_understood(answer: Answer, verdict: str, reason: str) -> None:
    told = asyncio.run(asked(answer))

    assert (told.verdict, told.reason) == (verdict, reason)


def test_a_platform_that_hangs_is_not_waited_for() -> None:
    async def hang(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(30)
        raise AssertionError

    async def scene() -> tuple[Told, float]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        return await asked(hang), loop.time() - started

    told, seconds = asyncio.run(scene())

    assert told.verdict == "silent"
    assert seconds < 5


def test_an_address_where_nobody_listens_is_silence() -> None:
    told = asyncio.run(ask(row(api_url="http://127.0.0.1:9"), now()))

    assert told.verdict == "silent"


def test_our_own_page_is_not_asked() -> None:
    assert asyncio.run(ask(row(channel="webchat"), now())).verdict == "not_asked"


@pytest.mark.parametrize(("minutes", "is_off"), [(0, False), (1, False), (5, True), (-5, True)])
def test_a_clock_that_is_off_is_told(minutes: int, is_off: bool) -> None:
    async def scene() -> Told:
        async with FakeZalo() as zalo:
            return await ask(row(api_url=zalo.url), now() + timedelta(minutes=minutes))

    told = asyncio.run(scene())

    assert told.is_clock_off == is_off
    assert told_checks(row(), told)[-1].is_well != is_off


def test_no_secret_is_in_what_is_said() -> None:
    async def scene() -> str:
        async with FakeZalo() as zalo:
            account = row(api_url=zalo.url, access_token="SECRET-TOKEN", external_id="7999")
            told = await ask(account, now())
            return f"{told} {told_checks(account, told)}"

    said = asyncio.run(scene())

    assert "SECRET" not in said
    assert IDENTITY.app_secret not in said
