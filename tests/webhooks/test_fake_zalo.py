"""The fake Zalo itself: what it posts is what the channel takes, with all that can be odd about it."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.events import ButtonPressed, TextSaid
from tests.conftest import ROOT
from tests.fakes import zalo_oa as fake_zalo
from tests.fakes.zalo_events import Signing
from tests.fakes.zalo_oa import FakeZalo
from tests.webhooks.zalo_account import USER, config
from webhooks.channel import Arrival, BadSignature, Echo
from webhooks.channels import zalo_oa


class Door:
    """Takes webhooks as a server does; `status` is what it answers."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((headers, await request.read()))
        await self.is_open.wait()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def check(self, number: int) -> str:
        return zalo_oa.verify(*self.seen[number], config())


@asynccontextmanager
async def playing() -> AsyncIterator[tuple[FakeZalo, Door]]:
    door = Door()
    runner = web.ServerRunner(web.Server(door.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with FakeZalo() as zalo:
        zalo.webhook_url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/zalo-oa"
        yield zalo, door
    await runner.cleanup()


def test_what_it_posts_is_signed_and_read() -> None:
    async def scene() -> None:
        async with playing() as (zalo, door):
            posted = await zalo.say(USER, "xin chào")

            assert posted.status == 200
            assert door.check(0) == "body"
            (inbound,) = zalo_oa.parse(door.seen[0][1])
            assert isinstance(inbound, Arrival)
            assert (inbound.address, inbound.event) == (USER, TextSaid("xin chào"))

    asyncio.run(scene())


def test_a_bad_secret_is_refused() -> None:
    async def scene() -> None:
        async with playing() as (zalo, door):
            await zalo.say(USER, "xin chào", signing=Signing(secret="wrong"))

            with pytest.raises(BadSignature):
                door.check(0)

    asyncio.run(scene())


def test_the_probe_is_a_probe() -> None:
    async def scene() -> None:
        async with playing() as (zalo, door):
            await zalo.probe()

            assert zalo_oa.is_probe(*door.seen[0])

    asyncio.run(scene())


def test_it_comes_again_until_it_is_taken() -> None:
    async def scene() -> None:
        async with playing() as (zalo, door):
            begun = zalo.now
            door.statuses = [500, 503]
            attempts = await zalo.post_until_taken(zalo.said(USER, "xin chào"))

            assert attempts == 3
            assert [headers.get("num_retry") for headers, _ in door.seen] == [None, "1", "2"]
            assert len({body for _, body in door.seen}) == 1
            assert (zalo.now - begun).total_seconds() == 30 + 300

    asyncio.run(scene())


def test_a_door_that_is_slow_counts_as_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_zalo, "WEBHOOK_DEADLINE_SECONDS", 0.05)

    async def scene() -> None:
        async with playing() as (zalo, door):
            door.is_open.clear()
            posted = await zalo.say(USER, "xin chào")
            door.is_open.set()

            assert posted.status == 0

    asyncio.run(scene())


def test_a_burst_comes_whole_and_out_of_order() -> None:
    async def scene() -> None:
        async with playing() as (zalo, door):
            bodies = [zalo.said(f"9{number:018d}", str(number)) for number in range(50)]
            await zalo.burst(bodies, shuffled_by=random.Random(1))

            assert sorted(body for _, body in door.seen) == sorted(bodies)
            assert [body for _, body in door.seen] != bodies

    asyncio.run(scene())


def test_echoes_say_who_wrote() -> None:
    async def scene() -> None:
        async with playing() as (zalo, door):
            await zalo.write_as_admin(USER, "Dạ để em xem")

            (inbound,) = zalo_oa.parse(door.seen[0][1])
            assert isinstance(inbound, Echo)
            assert (inbound.by_person, inbound.address, inbound.text) == (True, USER, "Dạ để em xem")

    asyncio.run(scene())


def test_a_pressed_button_is_the_one_that_was_sent() -> None:
    async def scene() -> None:
        async with playing() as (zalo, door):
            buttons = [{"title": "a", "payload": "#md:1"}, {"title": "b", "payload": "#md:2"}]
            message = {"text": "?", "attachment": {"payload": {"buttons": buttons}}}
            zalo.messages.append(fake_zalo.Taken(USER, "?", message, "m", zalo.now))
            await zalo.press(USER, 2)

            (inbound,) = zalo_oa.parse(door.seen[0][1])
            assert isinstance(inbound, Arrival)
            assert inbound.event == ButtonPressed("2")

    asyncio.run(scene())


@pytest.mark.parametrize("is_escaped", [False, True])
def test_bodies_in_both_spellings_say_the_same(is_escaped: bool) -> None:
    event = FakeZalo().event(USER, "user_send_text", text="Chào em/anh ạ 👍")
    body = fake_zalo.zalo_events.encode(event, is_escaped=is_escaped)

    assert json.loads(body) == event
    assert (b"\\u" in body, b"\\/" in body) == (is_escaped, is_escaped)


def test_it_can_be_started_by_hand() -> None:
    command = [sys.executable, "-m", "tests.fakes.zalo_oa", "--port", "0"]

    typed = "xin chào\n/forward x\n/quit\n"
    ran = subprocess.run(command, input=typed, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("fake Zalo at http://127.0.0.1:")
    assert "--help" in ran.stdout
