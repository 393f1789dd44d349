"""The web chat's HTTP: who he is, what he may post, what was said."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from storage.database import Database, reading
from storage.tables import INBOX, OUTBOX, PERSON
from storage.writer import Overloaded, Stopped
from tests.conftest import NOW
from tests.webhooks.chat_visitor import ADDRESS, COOKIE, OTHER, count, key, say, states, visiting
from tests.webhooks.echo_chat import echo_chat
from tests.webhooks.listening import Listening

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_what_is_posted_is_stored_before_it_is_acknowledged(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        answer = await say(client, "xin chào")
        stored = (count(database, INBOX), count(database, OUTBOX))

    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert stored == (1, 1)


async def test_the_database_never_sees_the_cookie(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")

    with reading(database) as connection:
        assert connection.scalar(select(PERSON.c.address)) == ADDRESS
        assert COOKIE not in str(connection.execute(select(PERSON)).all())


async def test_the_same_key_is_answered_once(database: Database) -> None:
    posted = {"key": key(), "text": "xin chào"}

    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        answers = [await client.post("/chat/messages", json=posted) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert count(database, OUTBOX) == 1


async def test_a_button_and_the_first_button_are_taken(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await client.post("/chat/messages", json={"key": key(), "joined": True})
        await client.post("/chat/messages", json={"key": key(), "button": "1.2"})
        history = (await client.get("/chat/history")).json()

    assert [bubble["message"]["text"] for bubble in history["bubbles"]] == [
        "Dạ em chào **bác**!",
        "Điện thoại là loại nào ạ?",
        "Em thấy nút 1.2",
    ]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b'{"key": "0123456789", "text": ""}', 400, "malformed"),
        (b'{"key": "0123456789", "text": "%s"}' % (b"a" * 5_001), 413, "too_long"),
        (b'{"key": "0123456789", "text": "%s"}' % (b"a" * 70_000), 413, "too_long"),
    ],
)
async def test_a_bad_body_is_refused_with_a_word_for_the_page(
    database: Database, content: bytes, status: int, code: str
) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        headers = {"content-type": "application/json; charset=utf-8"}
        answer = await client.post("/chat/messages", content=content, headers=headers)

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["error"]
    assert count(database, PERSON) == 0


async def test_five_thousand_characters_of_any_kind_are_taken(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        answer = await say(client, "😀" * 5_000)

    assert answer.status_code == 200


async def test_a_post_without_cookie_gets_one_and_is_not_taken(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat, None) as client:
        first = await say(client, "xin chào")
        second = await say(client, "xin chào")

    assert (first.status_code, first.json()["code"]) == (400, "no_cookie")
    assert second.status_code == 200


SAME = {"sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="no word of the browser's"),
        pytest.param(SAME, 200, id="our page"),
        pytest.param({**SAME, "origin": "https://proxied.test"}, 200, id="our page behind a proxy"),
        pytest.param({"origin": "http://chat.test"}, 200, id="our page in an old browser"),
        pytest.param({"origin": "https://xa.test"}, 200, id="an old browser behind a proxy"),
        pytest.param({"origin": "https://evil.test"}, 403, id="another page in an old browser"),
        pytest.param({"origin": "null"}, 403, id="a page without origin"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="a neighbour of our site"),
        pytest.param({**SAME, "content-type": "text/plain"}, 415, id="a form"),
        pytest.param({**SAME, "content-type": "application/x-www-form-urlencoded"}, 415, id="another form"),
    ],
)
async def test_only_our_own_page_may_post(database: Database, headers: dict[str, str], status: int) -> None:
    content = json.dumps({"key": key(), "text": "xin chào"})

    async with echo_chat(database, now=NOW, public_url="https://xa.test") as chat, visiting(chat) as client:
        # The public address is https, so this browser would keep its cookie to itself: it is sent by hand.
        sent = {"content-type": "application/json", "cookie": f"muadam_chat={COOKIE}", **headers}
        answer = await client.post("/chat/messages", content=content, headers=sent)

    assert answer.status_code == status
    assert count(database, INBOX) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "failure",
    [Overloaded(), Stopped(), OperationalError("INSERT", {}, Exception("database is locked"))],
    ids=["too much waits", "going down", "locked"],
)
async def test_what_cannot_be_taken_now_is_said_so_before_it_is_accepted(
    database: Database, failure: Exception
) -> None:
    posted = {"key": key(), "text": "xin chào"}

    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        chat.fail = failure
        refused = await client.post("/chat/messages", json=posted)
        chat.fail = None
        taken = await client.post("/chat/messages", json=posted)

    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    assert taken.status_code == 200
    assert count(database, INBOX) == 1


async def test_a_page_cannot_flood_and_may_go_on_after_a_while(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        first = [(await say(client, "a")).status_code for _ in range(121)]
        async with visiting(chat, OTHER) as neighbour:
            other = (await say(neighbour, "a")).status_code
        chat.now += timedelta(seconds=1.5)
        later = [(await say(client, "a")).status_code for _ in range(4)]

    assert first == [200] * 120 + [429]
    assert other == 200
    assert later == [200, 200, 200, 429]


# What was said ----------------------------------------------------------------------------------------


async def test_history_has_both_sides_in_order(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "một")
        chat.now += timedelta(minutes=1)
        await say(client, "hai")
        history = (await client.get("/chat/history")).json()

    assert [(b["from"], b.get("text") or b["message"]["text"]) for b in history["bubbles"]] == [
        ("me", "một"),
        ("bot", "Em nghe: một"),
        ("me", "hai"),
        ("bot", "Em nghe: hai"),
    ]
    assert [b.get("number") for b in history["bubbles"]] == [None, 1, None, 2]
    assert history["bubbles"][0]["at"] == "2026-11-22T03:00:00.000Z"
    assert (history["started"], history["last"]) == (True, 2)


async def test_history_is_short_and_ends_with_the_newest(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        for number in range(40):
            chat.now += timedelta(minutes=1)
            await say(client, f"câu {number}")
        history = (await client.get("/chat/history")).json()

    assert len(history["bubbles"]) == 50
    assert history["bubbles"][-1]["message"]["text"] == "Em nghe: câu 39"


async def test_nobody_reads_what_another_said(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat:
        async with visiting(chat) as client:
            await say(client, "chuyện riêng")
        async with visiting(chat, OTHER) as stranger:
            history = (await stranger.get("/chat/history")).json()
        async with Listening(chat.app, OTHER) as listening:
            status = listening.status

    assert history["bubbles"] == []
    assert status == 204


async def test_what_the_history_has_shown_no_longer_waits(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "ba")
        before = states(database)
        await client.get("/chat/history")

    assert before == ["waiting"] * 3
    assert states(database) == ["sent"] * 3
