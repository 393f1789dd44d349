"""The stream of answers: everything, in order, once, to every tab, until the server stops."""

import asyncio
import json
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import update

from storage import outbox
from storage.database import Database, transaction
from storage.tables import INBOX, OUTBOX, PERSON
from tests.conftest import NOW
from tests.webhooks.chat_visitor import COOKIE, OTHER, say, states, texts, visiting, write_row
from tests.webhooks.echo_chat import EchoChat, echo_chat
from tests.webhooks.listening import Listening
from webhooks.streams import MOST_OF_ONE

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_answers_come_in_order_with_their_numbers(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        async with Listening(chat.app, COOKIE) as listening:
            first = await listening.event()
            await say(client, "ba")
            more = await listening.events(3)
            await say(client, "cuối")
            await listening.event()
        marked = states(database)

    assert first["id"] == "1"
    assert json.loads(first["data"]) == {
        "number": 1,
        "at": "2026-11-22T03:00:00.000Z",
        "message": {"text": "Em nghe: xin chào"},
    }
    assert [event["id"] for event in more] == ["2", "3", "4"]
    assert texts(more) == ["tin 1", "tin 2", "tin 3"]
    assert marked[:4] == ["sent"] * 4


async def test_two_tabs_both_get_everything(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        async with Listening(chat.app, COOKIE) as one, Listening(chat.app, COOKIE) as two:
            await say(client, "ba")
            both = [texts(await one.events(4)), texts(await two.events(4))]

    assert both[0] == both[1] == ["Em nghe: xin chào", "tin 1", "tin 2", "tin 3"]


@pytest.mark.parametrize(
    ("query", "last_event_id", "expected"),
    [
        ("", None, ["1", "2", "3"]),
        ("after=1", None, ["2", "3"]),
        ("after=1", "2", ["3"]),
        ("after=abc", None, ["1", "2", "3"]),
        ("after=-5", None, ["1", "2", "3"]),
        ("after=" + "9" * 30, None, ["1", "2", "3"]),
    ],
)
async def test_the_stream_goes_on_behind_what_the_page_has(
    database: Database, query: str, last_event_id: str | None, expected: list[str]
) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "ba")
        async with Listening(chat.app, COOKIE, query, last_event_id) as listening:
            events = await listening.events(len(expected))

    assert [event["id"] for event in events] == expected


async def test_many_rows_that_waited_all_come(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        for number in range(130):
            write_row(chat, f"bản tin {number}")
        async with Listening(chat.app, COOKIE) as listening:
            events = await listening.events(131)

    assert [event["id"] for event in events] == [str(number) for number in range(1, 132)]


async def test_rows_that_another_process_wrote_come_as_well(database: Database) -> None:
    async with echo_chat(database, now=NOW, look_seconds=0.01) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        async with Listening(chat.app, COOKIE, "after=1") as listening:
            write_row(chat, "từ máy khác")
            events = await listening.events(1)

    assert texts(events) == ["từ máy khác"]


async def test_a_heartbeat_keeps_the_line_open(database: Database) -> None:
    async with echo_chat(database, now=NOW, heartbeat_seconds=0.01) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        async with Listening(chat.app, COOKIE, "after=1") as listening:
            events = await listening.events(2)

    assert events == [{"event": "beat", "data": "1"}] * 2


async def test_a_visitor_who_never_wrote_is_not_listened_for(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat:
        async with Listening(chat.app, COOKIE) as listening:
            assert listening.status == 204
        assert len(chat.streams) == 0


async def test_a_page_that_was_erased_begins_anew(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "ba")
        async with Listening(chat.app, COOKIE, "after=3") as listening:
            with transaction(database) as connection:
                connection.execute(OUTBOX.delete())
            chat.streams.notify([write_row(chat, "đã xóa hết ạ")])
            events = await listening.events(2)

    assert events[0]["event"] == "restart"
    assert texts(events[1:]) == ["đã xóa hết ạ"]


async def test_somebody_erased_who_writes_again_is_answered_on_the_open_page(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client, visiting(chat, OTHER) as other:
        await say(client, "ba")
        async with Listening(chat.app, COOKIE, "after=2") as listening:
            await listening.event()
            with transaction(database) as connection:
                for table in (OUTBOX, INBOX):
                    connection.execute(table.delete())
                connection.execute(update(PERSON).values(address="erased"))
            chat.now += timedelta(seconds=1)
            await say(other, "người khác")
            await say(client, "ba")
            events = await listening.events(4)
            await say(client, "nữa")
            more = await listening.events(1)

    assert [event.get("event") for event in events] == ["restart", None, None, None]
    assert texts(events[1:]) == ["tin 1", "tin 2", "tin 3"]
    assert texts(more) == ["Em nghe: nữa"]


async def test_streams_end_when_the_server_stops(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        async with Listening(chat.app, COOKIE) as listening:
            chat.streams.close()
            await listening.end()
        async with Listening(chat.app, COOKIE) as late:
            await late.end()


async def test_a_page_that_left_is_forgotten(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        async with Listening(chat.app, COOKIE):
            during = len(chat.streams)
        after = len(chat.streams)

    assert (during, after) == (1, 0)


async def test_too_many_tabs_end_the_oldest(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        tabs = [Listening(chat.app, COOKIE) for _ in range(MOST_OF_ONE + 1)]
        for tab in tabs:
            await tab.__aenter__()
        await tabs[0].end()
        await say(client, "còn đây")
        heard = texts(await tabs[1].events(2))
        for tab in tabs:
            await tab.__aexit__()

    assert heard == ["Em nghe: xin chào", "Em nghe: còn đây"]


async def test_what_was_withdrawn_is_not_shown(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        await say(client, "xin chào")
        person_id = write_row(chat, "nhắc học")
        with transaction(database) as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.number == 2).values(rank=outbox.REMINDER))
            outbox.withdraw_pushes(connection, [person_id])
        await say(client, "ba")
        async with Listening(chat.app, COOKIE) as listening:
            events = await listening.events(4)

    assert texts(events) == ["Em nghe: xin chào", "tin 1", "tin 2", "tin 3"]


async def test_many_visitors_talk_at_once(database: Database) -> None:
    async def talk(chat: EchoChat, number: int) -> list[str]:
        cookie = secrets.token_urlsafe(32)
        async with visiting(chat, cookie) as client:
            await say(client, f"người {number}")
            async with Listening(chat.app, cookie) as listening:
                await say(client, "ba")
                return texts(await listening.events(4))

    async with echo_chat(database, now=NOW) as chat:
        heard = await asyncio.gather(*(talk(chat, number) for number in range(20)))

    assert heard == [[f"Em nghe: người {number}", "tin 1", "tin 2", "tin 3"] for number in range(20)]
