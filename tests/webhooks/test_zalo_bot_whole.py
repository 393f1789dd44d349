"""Zalo Bot from end to end: a fake platform on one side of the real server, over real sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from storage import accounts
from storage.database import transaction
from tests.fakes.serving import Fault
from tests.fakes.zalo_bot import FakeZaloBot, Identity
from tests.webhooks.platform_stage import Town, town
from tests.webhooks.test_door import NOTHING
from webhooks import doctor
from webhooks.tokens import TOKEN_LOST

A = "6ede9afa66b88fe6d6a9"
IDENTITY = Identity()
PATH = f"/webhooks/zalo-bot/{IDENTITY.bot_id}"

Act = Callable[[Town, FakeZaloBot], Awaitable[None]]


def played(tmp_path: Path, act: Act, **changes: Any) -> None:
    async def run() -> None:
        async with FakeZaloBot() as zalo:
            found = {
                "zalo_bot_token": IDENTITY.token,
                "zalo_bot_secret": IDENTITY.secret,
                "zalo_bot_api_url": zalo.url,
            }
            async with town(tmp_path, zalo, channel="zalo-bot", path=PATH, **(found | changes)) as place:
                await act(place, zalo)

    asyncio.run(run())


@pytest.mark.parametrize("is_flat", [False, True], ids=["wrapped", "flat"])
def test_a_resident_learns_over_a_bot(tmp_path: Path, is_flat: bool) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        zalo.behaviour.is_flat = is_flat
        for said in ("alo", "1", "bac", "vneid la gi", "1"):
            assert (await zalo.say(A, said)).status == 200
            await zalo.until(lambda: len(zalo.texts(A)) == place.count()["outbox"])

        texts = zalo.texts(A)
        assert "OTP" in texts[0]
        assert any(text.startswith("Dạ, em xin gọi là bác") for text in texts)
        assert sum("1. " in text for text in texts) >= 3
        assert all("**" not in text for text in texts)

    played(tmp_path, act)


@pytest.mark.parametrize("secret", ["another-secret", IDENTITY.token, " "])
def test_another_secret_is_refused_and_nothing_else_happens(tmp_path: Path, secret: str) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        assert (await zalo.post(zalo.event(A, "text", text="alo"), secret=secret)).status == 401
        assert place.count() == NOTHING
        assert zalo.calls == 0

    played(tmp_path, act)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/webhooks/zalo-bot", 404, id="none"),
        pytest.param("/webhooks/zalo-bot/5", 401, id="another bot"),
        pytest.param(f"{PATH}/more", 404, id="more than the bot"),
        pytest.param(PATH, 200, id="its own"),
    ],
)
def test_the_address_says_for_which_bot_it_is(tmp_path: Path, path: str, status: int) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        headers = {"x-bot-api-secret-token": IDENTITY.secret}
        body = zalo.encode(zalo.event(A, "text", text="alo"))
        assert (await place.client.post(path, content=body, headers=headers)).status_code == status
        assert bool(place.count()["inbox"]) is (status == 200)

    played(tmp_path, act)


def test_two_bots_are_told_apart_and_answer_by_their_own_token(tmp_path: Path) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        first = place.account()
        with transaction(place.server.database) as connection:
            secrets = {"secret": "another-secret", "access_token": "5:anotherToken", "api_url": zalo.url}
            second = accounts.put(connection, channel="zalo-bot", external_id="5", **secrets)
        place.server.accounts.load()
        zalo.token = "5:anotherToken"
        headers = {"x-bot-api-secret-token": "another-secret"}
        body = zalo.encode(zalo.event(A, "text", text="alo"))

        assert (await place.client.post(PATH, content=body, headers=headers)).status_code == 401
        assert (await place.client.post("/webhooks/zalo-bot/5", content=body, headers=headers)).status_code == 200

        await zalo.until(lambda: bool(zalo.texts(A)))
        assert {row.account_id for row in place.rows()} == {second} != {first.id}

    played(tmp_path, act)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]"])
def test_what_is_not_the_platforms_json_is_malformed(tmp_path: Path, body: bytes) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        headers = {"x-bot-api-secret-token": IDENTITY.secret}
        assert (await place.client.post(PATH, content=body, headers=headers)).status_code == 400
        assert place.count() == NOTHING

    played(tmp_path, act)


def test_what_is_said_in_a_group_is_counted_and_nobody_is_answered(tmp_path: Path) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        update = zalo.event(A, "text", text="@Bot alo", chat={"id": "g1", "chat_type": "GROUP"})
        assert (await zalo.post(update)).status == 200
        assert place.count() == NOTHING
        assert place.counted("events", channel="zalo-bot", event="group") == 1

    played(tmp_path, act)


def test_the_same_message_again_is_answered_once(tmp_path: Path) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        update = zalo.event(A, "text", text="alo")
        assert [(await zalo.post(update)).status for _ in range(3)] == [200, 200, 200]
        await place.until_states("sent")
        assert place.count()["inbox"] == 1
        assert len(zalo.texts(A)) == place.count()["outbox"]

    played(tmp_path, act)


def test_who_has_blocked_the_bot_gets_nothing_more(tmp_path: Path) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        zalo.has_blocked.add(A)
        await zalo.say(A, "alo")
        await place.until_states("dead", "withdrawn")
        assert place.rows()[0].reason == "blocked: blocked_us"
        assert zalo.calls == 1

    played(tmp_path, act)


def test_too_many_calls_pause_the_account(tmp_path: Path) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        zalo.behaviour.is_too_fast = True
        await zalo.say(A, "alo")
        await zalo.until(lambda: zalo.calls == 1)
        await place.until_states("waiting")
        assert place.account().paused_until is not None

    played(tmp_path, act)


@pytest.mark.parametrize("fault", ["taken_then_hang", "drop"])
def test_a_send_whose_answer_is_lost_is_unknown_and_never_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr("webhooks.transport.CALL_SECONDS", 0.5)

    async def act(place: Town, zalo: FakeZaloBot) -> None:
        zalo.faults_of[A].append(fault)
        await zalo.say(A, "alo")
        await place.until_states("unknown", "sent")
        first, *behind = place.rows()
        assert first.state == "unknown"
        assert zalo.calls == 1 + len(behind)

    played(tmp_path, act)


def test_a_token_that_is_refused_stops_the_bot(tmp_path: Path) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        zalo.token = f"{IDENTITY.bot_id}:another"
        await zalo.say(A, "alo")
        await place.until(lambda: place.account().state == "stopped")
        await place.until_states("waiting")
        assert place.account().reason == TOKEN_LOST

    played(tmp_path, act)


@pytest.mark.parametrize(("token", "verdict"), [(IDENTITY.token, "taken"), (f"{IDENTITY.bot_id}:old", "refused")])
def test_the_platform_is_asked_whether_it_takes_the_token(tmp_path: Path, token: str, verdict: str) -> None:
    async def act(place: Town, zalo: FakeZaloBot) -> None:
        place.change_account(access_token=token)
        told = await doctor.ask(place.account(), zalo.now)
        assert (told.verdict, told.account) == (verdict, "")

    played(tmp_path, act)


@pytest.mark.parametrize("fault", ["http_500", "garbage", "http_429", "drop"])
def test_no_log_holds_the_token_of_the_address(tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: Fault) -> None:
    with capture_logs() as logs, caplog.at_level("DEBUG"):

        async def act(place: Town, zalo: FakeZaloBot) -> None:
            zalo.faults_of[A].append(fault)
            await zalo.say(A, "alo")
            await zalo.until(lambda: zalo.calls >= 1)
            await place.until_states("waiting", "sending", "unknown", "sent")

        played(tmp_path, act)

    written = f"{logs}{caplog.text}"
    assert IDENTITY.token not in written
    assert IDENTITY.token.partition(":")[2] not in written
    assert IDENTITY.secret not in written
