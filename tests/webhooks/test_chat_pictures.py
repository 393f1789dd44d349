"""Pictures over the web chat: who may post them, how large and how often, and what the page shows of them later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from storage.database import Database, reading
from storage.tables import INBOX, OUTBOX, PERSON
from storage.writer import Overloaded
from tests.conftest import NOW
from tests.webhooks.chat_visitor import COOKIE, OTHER, count, key, say, visiting
from tests.webhooks.echo_chat import EchoChat, echo_chat
from webhooks.chat_pictures import MOST_AT_ONCE
from webhooks.pictures import LARGEST_PICTURE

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def show(client: httpx.AsyncClient, picture: bytes = b"\xff\xd8\xff picture", **headers: str) -> httpx.Response:
    sent = {"content-type": "image/jpeg", "muadam-key": key()} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return await client.post("/chat/pictures", content=picture, headers=sent)


def counted(chat: EchoChat, metric: str, **labels: str) -> float:
    return chat.metrics.registry.get_sample_value(f"muadam_{metric}_total", labels) or 0.0


async def test_a_picture_is_looked_at_and_answered_in_the_chat(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        answer = await show(client)
        history = (await client.get("/chat/history")).json()

        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        assert [bubble["message"]["text"] for bubble in history["bubbles"] if bubble["from"] == "bot"] == [
            r"Em thấy hình: b'\xff\xd8\xff'"
        ]
        assert counted(chat, "picture_looks", outcome="code") == 1


async def test_the_history_shows_that_there_was_a_picture_and_not_which(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "một")
        chat.now += timedelta(minutes=1)
        await show(client, muadam_key="picture-key-1")
        chat.now += timedelta(minutes=1)
        await say(client, "hai")
        history = (await client.get("/chat/history")).json()

    mine = [bubble for bubble in history["bubbles"] if bubble["from"] == "me"]
    assert [bubble.get("text") for bubble in mine] == ["một", None, "hai"]
    assert mine[1] == {"from": "me", "key": "picture-key-1", "picture": True, "at": "2026-11-22T03:01:00.000Z"}


async def test_nothing_of_the_picture_is_stored(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await show(client, b"\xff\xd8\xff bytes-of-the-picture")

    with reading(database) as connection:
        stored = str([connection.execute(select(table)).all() for table in SQLModel.metadata.sorted_tables])
    assert "bytes-of-the-picture" not in stored


async def test_the_same_picture_sent_again_is_answered_once(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        answers = [await show(client, muadam_key="picture-key-1") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert count(database, OUTBOX) == 1


SAME = {"sec_fetch_site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param(SAME, 200, None, id="our page"),
        pytest.param({**SAME, "content_type": "image/webp"}, 200, None, id="webp"),
        pytest.param({**SAME, "content_type": "image/heic"}, 200, None, id="a form that is read nowhere"),
        pytest.param({"origin": "http://chat.test"}, 200, None, id="our page in an old browser"),
        pytest.param({"origin": "https://evil.test"}, 403, "other_site", id="another page in an old browser"),
        pytest.param({"sec_fetch_site": "cross-site"}, 403, "other_site", id="another site"),
        pytest.param({"content_type": "application/json"}, 415, "not_picture", id="no picture"),
        pytest.param({"content_type": "text/plain"}, 415, "not_picture", id="a form"),
        pytest.param({"content_type": ""}, 415, "not_picture", id="of no type"),
        pytest.param({"muadam_key": ""}, 400, "malformed", id="no key"),
        pytest.param({"muadam_key": "short"}, 400, "malformed", id="a short key"),
        pytest.param({"muadam_key": "look:m12345678"}, 400, "malformed", id="a key of another kind"),
        pytest.param({"muadam_key": "k" * 65}, 400, "malformed", id="a long key"),
    ],
)
async def test_only_our_own_page_may_post_pictures(
    database: Database, headers: dict[str, str], status: int, code: str | None
) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        answer = await show(client, **headers)

        assert (answer.status_code, answer.json().get("code")) == (status, code)
        assert len(chat.pictures) == count(database, INBOX) == (status == 200)
        if code is not None:
            assert counted(chat, "webhooks", channel="webchat", outcome=code) == 1


async def test_a_picture_without_cookie_gets_one_and_is_not_taken(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat, None) as client:
        first = await show(client)
        second = await show(client)

    assert (first.status_code, first.json()["code"]) == (400, "no_cookie")
    assert second.status_code == 200


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536 + 1):
        yield b"x" * 65_536


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in pieces"])
async def test_a_picture_that_is_too_large_is_refused_before_anything_is_stored(
    database: Database, is_announced: bool
) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        content = b"x" * (LARGEST_PICTURE + 1) if is_announced else _pieces(LARGEST_PICTURE)
        headers = {"content-type": "image/png", "muadam-key": key()}
        answer = await client.post("/chat/pictures", content=content, headers=headers)
        largest = await show(client, b"x" * LARGEST_PICTURE)

        assert (answer.status_code, answer.json()["code"]) == (413, "picture_too_large")
        assert largest.status_code == 200
        assert [len(picture) for picture in chat.pictures] == [LARGEST_PICTURE]
    assert count(database, PERSON) == 1


async def test_a_visitor_may_show_ten_pictures_an_hour(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        first = [(await show(client)).status_code for _ in range(10)]
        refused = await show(client)
        async with visiting(chat, OTHER) as neighbour:
            other = (await show(neighbour)).status_code
        words = (await say(client, "chữ thì được")).status_code
        chat.now += timedelta(minutes=6, seconds=1)
        later = [(await show(client)).status_code for _ in range(2)]

    assert first == [200] * 10
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_pictures")
    assert int(refused.headers["retry-after"]) == 360
    assert (other, words) == (200, 200)
    assert later == [200, 429]


@pytest.mark.parametrize(
    "failure", [Overloaded(), OperationalError("INSERT", {}, Exception("database is locked"))], ids=["full", "locked"]
)
async def test_a_picture_that_cannot_be_taken_now_may_be_sent_again(database: Database, failure: Exception) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        chat.fail = failure
        refused = await show(client, muadam_key="picture-key-1")
        chat.fail = None
        taken = await show(client, muadam_key="picture-key-1")

    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    assert taken.status_code == 200
    assert count(database, INBOX) == 1


async def test_a_reader_with_too_much_to_do_is_said_before_anything_is_stored(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        chat.trouble = "unreachable"
        refused = await show(client)
        chat.trouble = "broken"
        taken = await show(client)

    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert taken.status_code == 200
    assert count(database, INBOX) == 1


async def test_only_so_many_pictures_are_held_at_once(database: Database) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        begun.release()
        await end.wait()

    begun, end = asyncio.Semaphore(0), asyncio.Event()
    headers = {"content-type": "image/png", "cookie": f"muadam_chat={COOKIE}"}
    async with echo_chat(database, now=NOW) as chat, visiting(chat, None) as client:
        posts = [
            asyncio.create_task(client.post("/chat/pictures", content=slow(), headers=headers | {"muadam-key": key()}))
            for _ in range(MOST_AT_ONCE)
        ]
        for _ in posts:
            await begun.acquire()
        async with visiting(chat, OTHER) as neighbour:
            refused = await show(neighbour)
            end.set()
            taken = [(await post).status_code for post in posts]
            later = await show(neighbour)

    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert taken == [200] * MOST_AT_ONCE
    assert later.status_code == 200


async def test_a_picture_that_does_not_come_is_not_waited_for_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        await asyncio.Event().wait()

    monkeypatch.setattr("webhooks.chat_pictures.BODY_SECONDS", 0.05)
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        headers = {"content-type": "image/png", "muadam-key": key()}
        answer = await client.post("/chat/pictures", content=stuck(), headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert chat.pictures == []
