"""What becomes of a row, by what the platform answers; against the fake Zalo over real sockets."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.messages import Choice, Message
from storage import outbox
from storage.database import Database, transaction
from tests.fakes.zalo_behaviour import Fault
from tests.webhooks.stage import NAME, Stage
from webhooks import delivery

A, B = "9000000000000000001", "9000000000000000002"
CHOICES = (Choice("Dạ có", "yes"), Choice("Dạ không", "no"))
LONG = "Bác đọc kỹ câu này giúp em nhé. " * 100


@pytest.mark.parametrize("fault", [-200, "http_500", "garbage", -99_999], ids=str)
def test_what_may_pass_is_tried_again_with_growing_pauses(database: Database, fault: Fault) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].extend([fault, fault])
            await stage.send()
            row, behind = stage.rows()
            assert (row.state, row.attempts, row.due_at - stage.now) == ("waiting", 1, timedelta(seconds=1))
            assert (behind.state, behind.attempts) == ("waiting", 0)
            assert row.reason

            stage.forward(seconds=1)
            await stage.send()
            assert stage.rows()[0].due_at - stage.now == timedelta(seconds=2)

            stage.forward(seconds=2)
            await stage.send()
            assert stage.zalo.texts(A) == ["một", "hai"]
            assert stage.states() == ["sent", "sent"]

    asyncio.run(scene())


def test_a_refused_row_is_given_up_and_those_behind_it_go_on(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].extend([-200] * delivery.REFUSALS)
            for _ in range(delivery.REFUSALS):
                await stage.send()
                stage.forward(minutes=2)

            assert [(row.state, row.reason) for row in stage.rows()] == [("dead", "send_failed"), ("sent", "")]
            assert stage.zalo.texts(A) == ["hai"]

    asyncio.run(scene())


def test_a_platform_that_is_away_is_waited_for(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một")
            stage.zalo.faults_of[A].extend(["http_500"] * 3 * delivery.REFUSALS)
            for _ in range(3 * delivery.REFUSALS):
                await stage.send()
                stage.forward(minutes=2)
            await stage.send()

            assert stage.zalo.texts(A) == ["một"]

    asyncio.run(scene())


def test_a_server_that_cannot_be_reached_is_tried_again(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, api_url="http://127.0.0.1:9") as stage:
            stage.queue(A, "một")
            await stage.send()

            (row,) = stage.rows()
            assert (row.state, row.reason, row.attempts) == ("waiting", "unreachable", 1)

    asyncio.run(scene())


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_unreachable(database: Database, url: str) -> None:
    async def scene() -> None:
        async with Stage.set(database, api_url=url) as stage:
            stage.queue(A, "một")
            await stage.send()

            assert stage.rows()[0].reason == "unreachable"

    asyncio.run(scene())


def test_a_closed_window_holds_the_row_until_the_person_writes(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.last_contact[A] = stage.now - timedelta(days=8)
            stage.queue(A, "một", "hai")
            await stage.send()
            assert [(row.state, row.reason) for row in stage.rows()] == [("held", "no_contact_in_7_days")] * 2
            assert stage.zalo.texts() == []

            stage.zalo.last_contact[A] = stage.now
            person_id = stage.person(A)
            with transaction(database) as connection:
                outbox.release_held(connection, [person_id], stage.now)
            await stage.send()

            assert stage.zalo.texts(A) == ["một", "hai"]

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("age", "rank", "state"),
    [
        pytest.param(timedelta(hours=1), outbox.BULLETIN, "sent", id="free for all"),
        pytest.param(timedelta(days=3), outbox.REPLY, "sent", id="billed for an answer"),
        pytest.param(timedelta(days=3), outbox.STAFF, "sent", id="billed for a team member"),
        pytest.param(timedelta(days=3), outbox.REMINDER, "held", id="never billed for a reminder"),
        pytest.param(timedelta(days=3), outbox.BULLETIN, "held", id="never billed for a bulletin"),
        pytest.param(timedelta(days=7), outbox.REPLY, "held", id="closed"),
        pytest.param(None, outbox.BULLETIN, "held", id="never wrote"),
    ],
)
def test_the_window_decides_before_a_call_is_made(
    database: Database, age: timedelta | None, rank: int, state: str
) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.person(A)
            stage.change_person(A, last_contact_at=None if age is None else stage.now - age)
            stage.queue(A, "một", rank=rank)
            await stage.send()

            assert stage.states() == [state]
            assert stage.zalo.calls == (state == "sent")

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("rank", "state"), [(outbox.REPLY, "sent"), (outbox.REMINDER, "withdrawn"), (outbox.BULLETIN, "withdrawn")]
)
def test_after_a_stop_only_answers_leave(database: Database, rank: int, state: str) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.person(A)
            stage.change_person(A, wants_pushes=False)
            stage.queue(A, "một", rank=rank)
            await stage.send()

            assert stage.states() == [state]
            assert stage.zalo.calls == (state == "sent")

    asyncio.run(scene())


def test_refused_buttons_are_turned_off_and_the_words_go_at_once(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, has_buttons=True) as stage:
            stage.queue(A, Message("Phải không?", CHOICES), Message("Hay là?", CHOICES))
            await stage.send()

            assert stage.zalo.refusals == [-233]
            assert stage.zalo.texts(A) == [
                "Phải không?\n\n1. Dạ có\n2. Dạ không",
                "Hay là?\n\n1. Dạ có\n2. Dạ không",
            ]
            assert not stage.account().has_buttons

    asyncio.run(scene())


def test_buttons_stay_where_they_are_taken(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, has_buttons=True) as stage:
            stage.zalo.behaviour.takes_buttons = True
            stage.queue(A, Message("Phải không?", CHOICES))
            await stage.send()

            assert len(stage.zalo.messages[0].message["attachment"]["payload"]["buttons"]) == 2
            assert stage.account().has_buttons

    asyncio.run(scene())


def test_a_refused_picture_becomes_words_and_the_account_keeps_its_buttons(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, has_buttons=True) as stage:
            stage.sender._media_url = "https://muadam.example/media"
            stage.zalo.behaviour.takes_pictures = False
            stage.queue(A, Message("Bấm đây", picture="a.png", picture_alt="Nút đỏ"))
            stage.start()
            await stage.settled()

            assert stage.zalo.texts(A) == ["Bấm đây\n(Nút đỏ)"]
            assert stage.account().has_buttons

    asyncio.run(scene())


def test_plain_text_that_is_refused_is_dead_and_the_next_goes_on(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].append(-201)
            await stage.send()

            rows = [(row.state, row.reason) for row in stage.rows()]
            assert rows == [("dead", "invalid_parameter"), ("sent", "")]

    asyncio.run(scene())


def test_an_account_that_is_stopped_keeps_its_messages(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].append(-224)
            stage.start()
            await stage.until(lambda: stage.account().state == "stopped")
            await stage.stop()

            assert stage.account().reason == "package_needed"
            assert stage.states() == ["waiting", "waiting"]
            assert stage.zalo.calls == 1

    asyncio.run(scene())


def test_a_revoked_account_sends_nothing(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            await stage.sender.stop_account(stage.account_id, "revoked")
            stage.queue(A, "một")
            stage.start()
            await stage.until(lambda: stage.account().state == "stopped")
            await stage.stop()

            assert (stage.states(), stage.zalo.calls) == (["waiting"], 0)

    asyncio.run(scene())


def test_an_account_that_is_too_fast_rests_and_no_row_is_blamed(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.zalo.faults_of[A].append(-32)
            stage.start()
            await stage.until(lambda: stage.account().paused_until is not None)
            await stage.until(lambda: stage.states() == ["waiting", "waiting"])
            stage.queue(B, "ba")
            await stage.stop()
            assert stage.account().paused_until == stage.now + delivery.SLOW_DOWN
            assert [row.attempts for row in stage.rows()] == [0, 0, 0]
            assert stage.zalo.calls == 1

            stage.forward(seconds=6)
            stage.sender = stage.another_sender(NAME)
            await stage.send()
            assert (stage.zalo.texts(A), stage.zalo.texts(B)) == (["một", "hai"], ["ba"])

    asyncio.run(scene())


def test_a_time_that_the_platform_names_is_kept(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một")
            stage.zalo.faults_of[A].append("http_429")
            stage.start()
            await stage.until(lambda: stage.account().paused_until is not None)

            assert stage.account().paused_until == stage.now + timedelta(seconds=7)

    asyncio.run(scene())


def test_somebody_who_does_not_want_us_gets_nothing_more(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", "hai")
            stage.queue(A, "bản tin", rank=outbox.BULLETIN, due_at=stage.now + timedelta(hours=1))
            stage.zalo.has_left.add(A)
            await stage.send()

            assert stage.states() == ["dead", "withdrawn", "withdrawn"]
            assert stage.rows()[0].reason == "blocked: not_following"
            stage.queue(A, "ba")
            await stage.send()
            assert stage.states()[-1] == "withdrawn"
            assert stage.zalo.calls == 1

    asyncio.run(scene())


def test_what_is_no_longer_valid_is_not_sent(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", valid_until=stage.now)
            stage.queue(A, "hai")
            await stage.send()

            assert stage.states() == ["expired", "sent"]

    asyncio.run(scene())


@pytest.mark.parametrize("payload", ["", "[]", '{"text": 5, "choices": [{}]}', '{"never": 1}', "null"])
def test_a_payload_that_cannot_be_read_stops_nobody(database: Database, payload: str) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.queue(A, "một", payload=payload)
            stage.queue(A, "hai")
            await stage.send()

            assert stage.states()[1] == "sent"
            assert stage.states()[0] in ("dead", "waiting")

    asyncio.run(scene())


@pytest.mark.parametrize("code", [-216, -220, -124])
def test_a_refused_token_is_refreshed_once_and_the_row_goes_at_once(database: Database, code: int) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            for user in (A, B):
                stage.zalo.faults_of[user].append(code)
                stage.queue(user, "một")
            await stage.send()

            assert stage.zalo.texts(A) == stage.zalo.texts(B) == ["một"]
            assert stage.zalo.refreshes == 1
            assert stage.account().access_token == stage.zalo.access_token != "access-0"

    asyncio.run(scene())


def test_without_a_token_the_rows_wait(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.access_token = "granted elsewhere"
            stage.zalo.token_faults.append("http_500")
            stage.queue(A, "một", "hai")
            await stage.send()

            first, second = stage.rows()
            assert (first.state, first.reason, second.state) == ("waiting", "no_token", "waiting")

    asyncio.run(scene())


def test_logs_hold_no_words_and_no_tokens(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, has_buttons=True) as stage:
            stage.zalo.faults_of[A].extend([-216, "http_500", -200, "drop", -201, -224])
            stage.queue(A, Message("chuyện riêng", CHOICES), "chuyện khác", "nữa")
            for _ in range(6):
                stage.start()
                await stage.looked()
                await stage.stop()
                stage.sender = stage.another_sender(NAME)
                stage.forward(seconds=30)

    with capture_logs() as logs:
        asyncio.run(scene())

    shown = repr(logs)
    assert logs
    for secret in ("chuyện", "nữa", "access-0", "refresh-0", "appSecretForTests", "oaSecretForTests01"):
        assert secret not in shown
