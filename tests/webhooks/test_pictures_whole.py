"""A photo of a QR code from end to end: a fake platform, the real server, its real reader of pictures, the answer."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server import clock
from tests.fakes import messenger, zalo_bot, zalo_events
from tests.fakes.messenger import FakeMessenger
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZalo
from tests.qr import pictures
from tests.webhooks.platform_stage import Town, behind_a_socket, town
from tests.webhooks.test_door import running, settings

A = "9000000000000000001"
ORDER = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"

#: A fake of any platform.
Fake = Any
Act = Callable[[Town, Fake], Awaitable[None]]


def photo(*held: str) -> bytes:
    """A JPEG of codes side by side."""
    codes = [pictures.code(text) for text in held]
    sheet = pictures.Image.new("RGB", (sum(one.width for one in codes) + 40, max(one.height for one in codes)), "white")
    left = 0
    for one in codes:
        sheet.paste(one, (left, 0))
        left += one.width + 20
    kept = io.BytesIO()
    sheet.save(kept, "jpeg", quality=85)
    return kept.getvalue()


@asynccontextmanager
async def zalo_oa_town(tmp_path: Path) -> AsyncIterator[tuple[Town, Fake]]:
    async with FakeZalo() as fake:
        found = settings(tmp_path, zalo_api_url=fake.url, zalo_oauth_url=fake.url)
        async with running(found, works=True) as door, behind_a_socket(door) as url:
            fake.webhook_url = f"{url}/webhooks/zalo-oa"
            fake.now = clock()
            fake.token_dies_at = fake.now + fake.behaviour.token_lives
            yield Town(door.server, door.client), fake


@asynccontextmanager
async def zalo_bot_town(tmp_path: Path) -> AsyncIterator[tuple[Town, Fake]]:
    bot = zalo_bot.Identity()
    async with FakeZaloBot() as fake:
        found = {"zalo_bot_token": bot.token, "zalo_bot_secret": bot.secret, "zalo_bot_api_url": fake.url}
        path = f"/webhooks/zalo-bot/{bot.bot_id}"
        async with town(tmp_path, fake, channel="zalo-bot", path=path, **found) as place:
            yield place, fake


@asynccontextmanager
async def messenger_town(tmp_path: Path) -> AsyncIterator[tuple[Town, Fake]]:
    page = messenger.Identity()
    async with FakeMessenger() as fake:
        found = {
            "messenger_page_id": page.page_id,
            "messenger_app_secret": page.app_secret,
            "messenger_verify_token": page.verify_token,
            "messenger_page_token": page.page_token,
            "messenger_api_url": fake.url,
        }
        async with town(tmp_path, fake, channel="messenger", path="/webhooks/messenger", **found) as place:
            yield place, fake


TOWNS = [
    pytest.param(zalo_oa_town, id="zalo-oa"),
    pytest.param(zalo_bot_town, id="zalo-bot"),
    pytest.param(messenger_town, id="messenger"),
]


def played(tmp_path: Path, make: Callable[[Path], Any], act: Act) -> None:
    async def run() -> None:
        async with make(tmp_path) as (place, fake):
            for said in ("alo", "1", "bac"):
                assert (await fake.say(A, said)).status == 200
            await fake.until(lambda: len(fake.texts(A)) == place.count()["outbox"])
            await act(place, fake)

    asyncio.run(run())


async def answer(fake: Fake) -> str:
    """What is said next, all of it."""
    before = len(fake.texts(A))
    await fake.until(lambda: len(fake.texts(A)) > before, seconds=20)
    return "\n".join(fake.texts(A)[before:])


@pytest.mark.parametrize("make", TOWNS)
def test_a_resident_learns_whose_account_is_in_a_code(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    async def act(place: Town, fake: Fake) -> None:
        posted, said = await asyncio.gather(fake.show(A, photo(ORDER)), answer(fake))

        assert posted.status == 200
        assert "ACB" in said
        assert "8859" in said.replace(" ", "")
        await place.until(lambda: place.counted("picture_looks", outcome="code") == 1)

    played(tmp_path, make, act)


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        pytest.param(photo(ORDER, "https://vneid.gov.vn"), "code", id="two codes"),
        pytest.param(photo(ORDER)[:2_000], "broken", id="half a file"),
        pytest.param(b"", "broken", id="nothing"),
        pytest.param(b"<html>", "broken", id="no picture"),
        pytest.param(b"x" * (10 * 1024 * 1024 + 1), "too_large", id="too large"),
    ],
)
def test_whatever_comes_is_answered_with_words(tmp_path: Path, held: bytes, outcome: str) -> None:
    async def act(place: Town, fake: Fake) -> None:
        _, said = await asyncio.gather(fake.show(A, held), answer(fake))

        assert said.strip()
        await place.until(lambda: place.counted("picture_looks", outcome=outcome) == 1)

    played(tmp_path, zalo_oa_town, act)


def test_a_forged_address_is_answered_and_never_asked(tmp_path: Path) -> None:
    async def act(place: Town, fake: Fake) -> None:
        async with FakeZaloBot() as other:
            found = zalo_events.attachment("image", url=f"{other.url}{other.pictures.put(photo(ORDER))}")
            event = zalo_events.encode(fake.event(A, "user_send_image", **found))
            _, said = await asyncio.gather(fake.post(event), answer(fake))

            assert other.pictures.asked == []
        assert "ACB" not in said
        assert place.counted("picture_looks", outcome="other_host") == 1

    played(tmp_path, zalo_oa_town, act)


def test_the_same_picture_delivered_again_is_looked_at_once(tmp_path: Path) -> None:
    async def act(place: Town, fake: Fake) -> None:
        body = fake.picture_event(A, photo(ORDER))
        await asyncio.gather(fake.post(body), answer(fake))
        answered = place.count()
        assert (await fake.post(body)).status == 200
        await place.until(lambda: place.counted("turns", outcome="duplicate") == 1)

        assert len(fake.pictures.asked) == 1
        assert place.count() == answered

    played(tmp_path, zalo_oa_town, act)


def test_who_has_not_agreed_has_no_picture_looked_at(tmp_path: Path) -> None:
    async def run() -> None:
        async with zalo_oa_town(tmp_path) as (place, fake):
            await fake.show(A, photo(ORDER))
            await fake.until(lambda: bool(fake.texts(A)))
            await fake.say(A, "2")
            await fake.until(lambda: len(fake.texts(A)) == place.count()["outbox"])

            assert fake.pictures.asked == []

    asyncio.run(run())
