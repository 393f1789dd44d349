"""The road of a picture: claimed, fetched, looked through, told; by one process, once, and without a trace."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel
from structlog.testing import capture_logs

from bot.events import DataWithdrawn, PictureRead, SeenCode, TextSaid
from bot.gathering import LOOKED_AT
from bot.turn import Incoming
from lessons.schema import Book
from storage import looks, people
from storage.database import Database, transaction
from storage.writer import Overloaded
from tests.webhooks.darkroom import A, B, Darkroom, kill
from webhooks.pictures import LARGEST_PICTURE, LEASE, with_ticket

Act = Callable[[Darkroom], Awaitable[None]]


@pytest.fixture
def played(database: Database, book: Book) -> Callable[[Act], None]:
    async def run(act: Act) -> None:
        async with Darkroom.set(database, book) as room:
            await act(room)

    return lambda act: asyncio.run(run(act))


Play = Callable[[Act], None]


def test_what_a_picture_holds_is_told_once_and_the_look_is_gone(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        await room.send(A, b"ma")
        assert [row.url.startswith(room.zalo.url) for row in room.waiting()] == [True]

        room.start()
        await room.settled()

        assert room.told(A) == ["ma"]
        assert room.waiting() == []
        await room.until(lambda: room.counted("code") == 1)

    played(act)


def test_nothing_of_a_picture_is_stored(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.trouble = ["broken"]
        await room.send(A, b"bytes-of-the-picture")
        room.start()
        await room.settled()

        with transaction(room.database) as connection:
            stored = str([connection.execute(select(table)).all() for table in SQLModel.metadata.sorted_tables])
        assert "bytes-of-the-picture" not in stored
        assert "/pictures/" not in stored

    played(act)


def test_the_platform_is_told_nothing_of_us(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        await room.send(A, b"ma")
        room.start()
        await room.settled()

        (headers,) = room.zalo.pictures.asked
        assert set(headers) <= {"host", "accept", "accept-encoding", "user-agent"}
        assert "access-0" not in str(headers)

    played(act)


def test_a_nudge_saves_the_wait_for_the_next_second(played: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.pictures.LOOK_SECONDS", 1e9)

    async def act(room: Darkroom) -> None:
        pictures, _ = room.start()
        await room.send(A, b"ma")
        pictures.nudge()
        await room.settled()

        assert room.told(A) == ["ma"]

    played(act)


# What goes wrong ------------------------------------------------------------------------------------------


def test_a_platform_that_fails_is_asked_again_after_a_pause(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.zalo.pictures.ahead.append(500)
        await room.send(A, b"ma")
        room.start()
        await room.settled()
        assert room.told(A) == []

        room.forward(seconds=2)
        await room.settled()

        assert room.told(A) == ["ma"]
        assert room.counted("again") == 1

    played(act)


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_after_the_third_try_the_resident_is_told(played: Play, status: int) -> None:
    async def act(room: Darkroom) -> None:
        room.zalo.pictures.ahead.extend([status] * 4)
        await room.send(A, b"ma")
        room.start()
        for pause in (2, 5):
            await room.settled()
            assert room.told(A) == []
            room.forward(seconds=pause)
        await room.settled()

        assert room.told(A) == ["unreachable"]
        assert len(room.zalo.pictures.asked) == 3

    played(act)


def test_somebody_is_not_kept_waiting_for_longer_than_half_a_minute(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.zalo.pictures.ahead.append(500)
        await room.send(A, b"ma")
        room.forward(seconds=30)
        room.start()
        await room.settled()

        assert room.told(A) == ["unreachable"]

    played(act)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 204])
def test_a_plain_no_is_told_at_once(played: Play, status: int) -> None:
    async def act(room: Darkroom) -> None:
        room.zalo.pictures.ahead.append(status)
        await room.send(A, b"ma")
        room.start()
        await room.settled()

        assert room.told(A) == ["unreachable"]
        assert len(room.zalo.pictures.asked) == 1

    played(act)


def test_a_picture_that_is_too_large_is_not_looked_at(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        await room.send(A, b"x" * (LARGEST_PICTURE + 1))
        await room.send(B, b"x" * LARGEST_PICTURE)
        room.start()
        await room.settled()

        assert room.told(A) == ["too_large"]
        assert [len(picture) for picture in room.seen] == [LARGEST_PICTURE]

    played(act)


def test_a_reader_with_too_much_to_do_is_asked_again(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.trouble = ["unreachable"]
        await room.send(A, b"ma")
        room.start()
        await room.settled()
        assert room.told(A) == []
        room.forward(seconds=2)
        await room.settled()

        assert room.told(A) == ["ma"]

    played(act)


def test_what_could_not_be_told_is_looked_at_again_when_the_claim_runs_out(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.fail = [Overloaded()]
        await room.send(A, b"ma")
        pictures, _ = room.start()
        await room.until(lambda: len(room.seen) == 1 and not room.fail)
        assert room.told(A) == []

        room.forward(seconds=LEASE.total_seconds() + 1)
        pictures.nudge()
        await room.settled()

        assert room.told(A) == ["ma"]

    played(act)


def test_no_log_names_the_address(played: Play, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs, caplog.at_level("DEBUG"):

        async def act(room: Darkroom) -> None:
            room.fail = [Overloaded()]
            room.zalo.pictures.ahead.extend([500, 404])
            for address in (A, B, "9003"):
                await room.send_address(address, f"{room.zalo.url}/pictures/secret-name.jpg")
            await room.send_address("9004", "https://secret-name.example/1.jpg")
            room.start()
            await room.until(lambda: room.counted("other_host") == 1 and not room.fail)

        played(act)

    assert "secret-name" not in f"{logs}{caplog.text}"


# Where it is fetched from ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["at once", "by a redirect"])
def test_another_host_is_never_asked(played: Play, way: str) -> None:
    async def act(room: Darkroom) -> None:
        async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            calls.append(await reader.readline())
            writer.close()

        calls: list[bytes] = []
        async with await asyncio.start_server(called, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/pictures/1.jpg"
            if way == "at once":
                await room.send_address(A, url)
            else:
                room.zalo.pictures.ahead.append(url)
                await room.send(A, b"ma")
            room.start()
            await room.settled()

        assert calls == []
        assert room.told(A) == ["unreachable"]
        assert room.counted("other_host") == (way == "at once")

    played(act)


@pytest.mark.parametrize(
    ("redirects", "said"), [(0, "ma"), (1, "ma"), (2, "ma"), (3, "unreachable"), (9, "unreachable")]
)
def test_the_platform_may_send_on_within_itself_twice(played: Play, redirects: int, said: str) -> None:
    async def act(room: Darkroom) -> None:
        room.zalo.pictures.ahead.extend(["/pictures/1.jpg"] * redirects)
        await room.send(A, b"ma")
        room.start()
        await room.settled()

        assert room.told(A) == [said]
        assert len(room.zalo.pictures.asked) == min(redirects, 2) + 1

    played(act)


# Many, and several processes ------------------------------------------------------------------------------


def test_two_processes_look_once(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        everybody = [f"{number}" for number in range(9001, 9013)]
        for address in everybody:
            await room.send(address, address.encode())
        for name in ("host:1:one", "host:2:two"):
            room.start(name)
        await room.settled()

        assert sorted(room.seen) == [address.encode() for address in everybody]
        assert [room.told(address) for address in everybody] == [[address] for address in everybody]

    played(act)


def test_at_most_three_are_looked_at_at_a_time(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.light.clear()
        for number in range(9001, 9009):
            await room.send(f"{number}", b"ma")
        pictures, _ = room.start()
        await room.until(lambda: len([row for row in room.waiting() if row.claimed_by]) == 3)
        pictures.nudge()
        await room.until(lambda: room.most_at_once == 3)
        assert len(room.zalo.pictures.asked) == 3

        room.light.set()
        await room.settled()

        assert room.most_at_once == 3
        assert len(room.seen) == 8

    played(act)


def test_of_an_album_the_first_three_are_answered(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        for number in range(5):
            await room.send(A, f"{number}".encode())
            room.forward(seconds=0.1)
        await room.send(B, b"ma")
        room.start()
        await room.settled()

        assert sorted(room.told(A)) == ["0", "1", "2"]
        assert room.told(B) == ["ma"]
        assert room.counted("dropped") == 2

    played(act)


def test_when_a_process_is_killed_another_goes_on(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.light.clear()
        await room.send(A, b"ma")
        _, task = room.start("host:1:dies")
        await room.until(lambda: room.most_at_once == 1)
        await kill(task)
        room.light.set()

        other, _ = room.start("host:2:lives")
        room.forward(seconds=LEASE.total_seconds())
        other.nudge()
        await room.until(lambda: True)
        assert room.told(A) == []
        room.forward(seconds=1)
        other.nudge()
        await room.settled()

        assert room.told(A) == ["ma"]

    played(act)


def test_a_look_that_outlives_its_claim_is_told_once(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.light.clear()
        await room.send(A, b"ma")
        room.start("host:1:slow")
        await room.until(lambda: room.most_at_once == 1)
        room.forward(seconds=LEASE.total_seconds() + 1)
        room.start("host:2:second")
        await room.until(lambda: room.most_at_once == 2)

        room.light.set()
        await room.until(lambda: len(room.seen) == 2 and not room.waiting())
        await room.happen(A, TextSaid("sau"))

        assert room.told(A) == ["ma", "sau"]

    played(act)


def test_a_process_does_not_begin_anew_what_it_is_still_looking_at(played: Play) -> None:
    async def act(room: Darkroom) -> None:
        room.light.clear()
        await room.send(A, b"ma")
        pictures, _ = room.start()
        await room.until(lambda: room.most_at_once == 1)

        room.forward(seconds=LEASE.total_seconds() + 1)
        pictures.nudge()
        await room.until(lambda: [row.attempts for row in room.waiting()] == [2])
        room.light.set()
        await room.settled()

        assert len(room.zalo.pictures.asked) == 1
        assert room.told(A) == ["ma"]

    played(act)


@pytest.mark.parametrize("key", ["m1", "k" * 197], ids=["short", "as long as the ledger takes"])
def test_a_replayed_answer_leaves_no_look_behind(played: Play, key: str) -> None:
    async def act(room: Darkroom) -> None:
        await room.happen(A, TextSaid("alo"))
        await room.take(Incoming(room.account_id, A, LOOKED_AT + key, PictureRead(), occurred_at=room.now))
        row = {"key": key, "url": f"{room.zalo.url}{room.zalo.pictures.put(b'')}", "asked_at": room.now}
        with transaction(room.database) as connection:
            person = people.find(connection, room.account_id, A)
            blank = {"due_at": room.now, "attempts": 0, "claimed_by": ""}
            looks.add(connection, [{"person_id": person, **row, **blank}])

        room.start()
        await room.settled()

        assert room.told(A) == ["alo", "không có mã"]
        assert room.waiting() == []

    played(act)


# Erasure --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_swept", [False, True], ids=["just erased", "swept"])
def test_who_is_erased_between_sending_and_reading_stays_away(played: Play, is_swept: bool) -> None:
    async def act(room: Darkroom) -> None:
        room.light.clear()
        await room.send(A, b"ma")
        room.start()
        await room.until(lambda: room.most_at_once == 1)

        await room.happen(A, DataWithdrawn())
        if is_swept:
            room.forward(days=2)
            with transaction(room.database) as connection:
                people.sweep_erased(connection, room.now)
        room.light.set()
        await room.until(lambda: room.counted("code") == 1)
        await room.until(lambda: True)

        assert room.told(A) == []
        assert room.waiting() == []
        assert room.people() == (0 if is_swept else 1)

    played(act)


# Tickets --------------------------------------------------------------------------------------------------

ORDER = SeenCode("vietqr_transfer", "000201")


@pytest.mark.parametrize(
    ("codes", "ticket"),
    [
        pytest.param((ORDER,), "sealed 000201", id="one order"),
        pytest.param((), "", id="nothing"),
        pytest.param((ORDER, ORDER), "", id="two"),
        pytest.param((ORDER, SeenCode("link", "https://a.vn")), "", id="an order beside something else"),
        pytest.param((SeenCode("emv_merchant", "000201"),), "", id="a shop's"),
        pytest.param((SeenCode("broken", "000201"),), "", id="an order that does not hold together"),
        pytest.param((SeenCode("citizen_card"),), "", id="a card"),
    ],
)
def test_only_a_single_good_order_gets_a_ticket(codes: tuple[SeenCode, ...], ticket: str) -> None:
    read = with_ticket(PictureRead(codes), lambda payload: f"sealed {payload}")

    assert read == PictureRead(codes, ticket=ticket)
