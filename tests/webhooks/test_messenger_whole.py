"""Messenger from end to end: a fake Facebook on one side of the real server, over real sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from server import clock
from storage.database import transaction
from storage.tables import OUTBOX
from tests.fakes.messenger import FakeMessenger, Identity, Signing, encode
from tests.fakes.serving import Fault
from tests.webhooks.platform_stage import Town, town
from tests.webhooks.test_door import NOTHING
from webhooks import delivery, doctor
from webhooks.tokens import LOST, TOKEN_LOST

A, B = "6000000000000001", "6000000000000002"
IDENTITY = Identity()
PATH = "/webhooks/messenger"

Act = Callable[[Town, FakeMessenger], Awaitable[None]]


@asynccontextmanager
async def messenger_town(tmp_path: Path, facebook: FakeMessenger, **changes: Any) -> Any:
    found = {
        "messenger_page_id": IDENTITY.page_id,
        "messenger_app_secret": IDENTITY.app_secret,
        "messenger_verify_token": IDENTITY.verify_token,
        "messenger_page_token": IDENTITY.page_token,
        "messenger_api_url": facebook.url,
    }
    async with town(tmp_path, facebook, channel="messenger", path=PATH, **(found | changes)) as place:
        yield place


def played(tmp_path: Path, act: Act, **changes: Any) -> None:
    async def run() -> None:
        async with FakeMessenger() as facebook, messenger_town(tmp_path, facebook, **changes) as place:
            await act(place, facebook)

    asyncio.run(run())


def test_a_resident_learns_over_messenger_by_typing_and_by_quick_replies(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        facebook.behaviour.echoes = True
        for said in ("alo", "1", "bac", "vneid la gi"):
            assert (await facebook.say(A, said)).status == 200
            await facebook.until(lambda: len(facebook.texts(A)) == place.count()["outbox"])
        before = len(facebook.texts(A))
        assert (await facebook.press(A, 1)).status == 200
        await facebook.until(lambda: len(facebook.texts(A)) > before)
        await place.until_states("sent")

        texts = facebook.texts(A)
        assert "OTP" in texts[0]
        assert any(text.startswith("Dạ, em xin gọi là bác") for text in texts)
        assert all("**" not in text for text in texts)
        assert facebook.refusals == []
        assert place.counted("events", channel="messenger", event="ButtonPressed") == 1
        await facebook.until(lambda: place.counted("events", channel="messenger", event="echo") == len(texts))
        assert place.counted("events", channel="messenger", event="staff_echo") == 0

    played(tmp_path, act)


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [
        pytest.param(IDENTITY.verify_token, 200, "1158201444", id="ours"),
        pytest.param("another", 403, None, id="another"),
    ],
)
def test_the_console_is_told_the_challenge_for_our_token_alone(
    tmp_path: Path, token: str, status: int, text: str | None
) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        answered, said = await facebook.handshake(token=token)
        assert answered == status
        assert said == text if text else "1158201444" not in said
        assert place.count() == NOTHING
        assert place.account().last_webhook_at is None

    played(tmp_path, act)


def test_an_account_without_a_verify_token_shakes_no_hand(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
        assert (await place.client.get(PATH, params=query)).status_code == 403
        assert (await place.client.get(PATH)).status_code == 200, "somebody looked whether it answers"

    played(tmp_path, act, messenger_verify_token="")


@pytest.mark.parametrize(
    "signing",
    [
        pytest.param(Signing(secret="wrong"), id="another secret"),
        pytest.param(Signing(is_reserialised=True), id="signed over parsed JSON"),
        pytest.param(Signing(is_absent=True), id="no signature"),
    ],
)
def test_a_bad_signature_is_refused_and_nothing_else_happens(tmp_path: Path, signing: Signing) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        body = facebook.webhook(facebook.event(A, message={"text": "xin chào"}))
        assert (await facebook.post(body, signing=signing)).status == 401
        assert place.count() == NOTHING
        assert facebook.calls == 0

    played(tmp_path, act)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"[" * 200_000])
def test_what_is_not_facebooks_json_is_malformed(tmp_path: Path, body: bytes) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        signed, headers = facebook.signed(body)
        answer = await place.client.post(PATH, content=signed, headers=headers)
        assert answer.status_code == 400
        assert place.count() == NOTHING

    played(tmp_path, act)


def test_receipts_and_unknown_events_are_counted_and_answered(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        events = [facebook.event(A, read={"watermark": 1}), facebook.event(A, delivery={"watermark": 1})]
        assert (await facebook.post(facebook.webhook(*events, facebook.event(A, hologram={})))).status == 200
        assert place.count() == NOTHING
        for name in ("read", "delivery", "unknown"):
            assert place.counted("events", channel="messenger", event=name) == 1

    played(tmp_path, act)


def test_a_batch_is_taken_whole_and_what_comes_again_in_other_company_is_answered_once(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        first, second = (facebook.event(user, message={"text": "xin chào"}) for user in (A, B))
        entries = [{"id": IDENTITY.page_id, "time": 1, "messaging": [event]} for event in (first, second)]
        assert (await facebook.post(encode({"object": "page", "entry": entries}))).status == 200
        await place.until_states("sent")
        counts = place.count()
        assert (counts["person"], counts["inbox"]) == (2, 2)
        assert facebook.texts(A) == facebook.texts(B) != []

        assert (await facebook.post(facebook.webhook(second))).status == 200
        assert place.count() == counts

    played(tmp_path, act)


def test_while_somebody_writes_in_the_pages_inbox_the_bot_is_silent(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        await facebook.say(A, "alo")
        await place.until_states("sent")

        assert (await facebook.write_in_inbox(A, "Chị Ba đây, bác cần gì ạ?")).status == 200
        before = place.count()["outbox"]
        await facebook.say(A, "cảm ơn chị")

        assert place.count()["outbox"] == before
        assert place.counted("events", channel="messenger", event="staff_echo") == 1

    played(tmp_path, act)


def test_another_app_of_the_page_is_no_person(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        await facebook.say(A, "alo")
        await place.until_states("sent")

        await facebook.write_in_inbox(A, "Khuyến mãi", app_id="999")
        before = place.count()["outbox"]
        await facebook.say(A, "1")

        assert place.count()["outbox"] > before

    played(tmp_path, act)


def test_who_has_blocked_the_page_gets_nothing_more_until_he_writes(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        facebook.has_blocked.add(A)
        await facebook.say(A, "alo")
        await place.until_states("dead", "withdrawn")

        first, *behind = place.rows()
        assert (first.state, first.reason) == ("dead", "blocked: unavailable")
        assert {row.state for row in behind} <= {"withdrawn"}
        assert not first.is_reachable
        assert facebook.calls == 1
        assert place.account().state == "active"

    played(tmp_path, act)


def test_too_many_calls_pause_the_account_and_lose_nothing(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        facebook.behaviour.is_too_fast = True
        await facebook.say(A, "alo")
        await facebook.until(lambda: facebook.calls == 1)
        await place.until_states("waiting")

        paused_until = place.account().paused_until
        assert paused_until is not None
        assert paused_until > clock()
        assert {row.reason for row in place.rows()} <= {"rate_limited", ""}
        facebook.behaviour.is_too_fast = False
        place.change_account(paused_until=None)
        place.server.sender.nudge()
        await place.until_states("sent")

    played(tmp_path, act)


@pytest.mark.parametrize("fault", ["taken_then_hang", "taken_then_drop", "drop"])
def test_a_send_whose_answer_is_lost_is_unknown_and_never_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr("webhooks.transport.CALL_SECONDS", 0.5)

    async def act(place: Town, facebook: FakeMessenger) -> None:
        facebook.faults_of[A].append(fault)
        await facebook.say(A, "alo")
        await place.until_states("unknown", "sent")

        first, *behind = place.rows()
        assert (first.state, first.reason) == ("unknown", "answer_lost")
        assert {row.state for row in behind} <= {"sent"}
        assert facebook.calls == 1 + len(behind)
        if fault.startswith("taken"):
            taken = facebook.messages[0]
            await facebook.post(facebook.webhook(facebook.echo_of(taken)))
            await place.until_states("sent")
            assert facebook.calls == 1 + len(behind), "the echo settles it without another call"

    played(tmp_path, act)


def test_a_page_without_quick_replies_gets_numbers_and_is_remembered(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        facebook.behaviour.takes_quick_replies = False
        await facebook.say(A, "alo")
        await place.until_states("sent")

        assert len(facebook.texts(A)) == place.count()["outbox"]
        assert any("1. " in text for text in facebook.texts(A))
        assert not place.account().has_buttons

    played(tmp_path, act)


def test_a_token_that_is_refused_stops_the_page_until_there_is_a_new_one(tmp_path: Path) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        facebook.page_token = "EAAGanother"
        await facebook.say(A, "alo")
        await place.until(lambda: place.account().state == "stopped")
        await place.until_states("waiting")

        account = place.account()
        assert (account.state, account.reason, account.token_state) == ("stopped", TOKEN_LOST, LOST)
        await place.server.tokens.look()
        assert place.account() == account, "there is nothing to refresh it with"

        place.change_account(access_token="EAAGanother", state="active", reason="", token_state="ok")
        await facebook.say(B, "alo")
        await facebook.until(lambda: bool(facebook.texts(B)))

    played(tmp_path, act)


@pytest.mark.parametrize(
    ("columns", "verdict", "reason", "account"),
    [
        pytest.param({"secret": ""}, "taken", "", IDENTITY.page_id, id="its own, without a proof"),
        pytest.param({"state": "active"}, "taken", "", IDENTITY.page_id, id="its own"),
        pytest.param({"external_id": "5"}, "other_account", "", IDENTITY.page_id, id="another page's"),
        pytest.param({"access_token": "EAAGold"}, "refused", "token_refused", "", id="old"),
        pytest.param({"secret": "another"}, "refused", "proof_refused", "", id="of another app"),
    ],
)
def test_the_platform_is_asked_for_whom_the_token_is(
    tmp_path: Path, columns: dict[str, str], verdict: str, reason: str, account: str
) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        place.change_account(**columns)
        told = await doctor.ask(place.account(), facebook.now)
        assert (told.verdict, told.reason, told.account) == (verdict, reason, account)

    played(tmp_path, act)


@pytest.mark.parametrize(
    ("code", "fault", "state"),
    [
        pytest.param(1200, None, "dead", id="what Facebook refuses again and again is given up"),
        pytest.param(0, "http_500", "waiting", id="what it does not answer is waited for"),
        pytest.param(0, "garbage", "waiting", id="nor what something in front of it answers"),
    ],
)
def test_only_facebooks_own_refusals_count_against_a_message(
    tmp_path: Path, code: int, fault: Fault | None, state: str
) -> None:
    async def act(place: Town, facebook: FakeMessenger) -> None:
        facebook.behaviour.refuses_with = code
        facebook.faults_of[A].extend([fault] * 3 if fault else [])
        await facebook.say(A, "alo")
        await place.until(lambda: place.rows()[0].attempts == 1)
        with transaction(place.server.database) as connection:
            connection.execute(update(OUTBOX).values(attempts=delivery.REFUSALS - 1, due_at=clock()))
        place.server.sender.nudge()
        await place.until(lambda: place.rows()[0].attempts == delivery.REFUSALS)

        assert place.rows()[0].state == state

    played(tmp_path, act)


@pytest.mark.parametrize("fault", ["http_500", "garbage", "http_429", "drop"])
def test_no_log_holds_a_token_a_secret_or_words(tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: Fault) -> None:
    with capture_logs() as logs, caplog.at_level("DEBUG"):

        async def act(place: Town, facebook: FakeMessenger) -> None:
            facebook.faults_of[A].append(fault)
            await facebook.say(A, "mật khẩu của tôi")
            await facebook.until(lambda: facebook.calls >= 1)
            await place.until_states("waiting", "sending", "unknown", "sent")

        played(tmp_path, act)

    written = f"{logs}{caplog.text}"
    for secret in (IDENTITY.page_token, IDENTITY.app_secret, IDENTITY.verify_token, "mật khẩu"):
        assert secret not in written
