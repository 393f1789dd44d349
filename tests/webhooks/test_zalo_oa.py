"""Zalo OA: signatures, what is rendered, when it may be sent."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.events import ButtonPressed
from bot.messages import Choice, Message
from tests.fakes import zalo_events
from tests.fakes.zalo_events import Signing
from tests.webhooks.zalo_account import AT, CAPTURED, IDENTITY, USER, config
from webhooks.channel import Arrival, BadSignature, Window
from webhooks.channels import zalo_oa

SIGNED = [row for row in CAPTURED if "signature" in row]


# Signature ----------------------------------------------------------------------------------------------

VECTOR = (
    '{"app_id":"1111222233334444555","sender":{"id":"9000000000000000001"},"user_id_by_app":'
    '"8000000000000000001","recipient":{"id":"7000000000000000001"},"event_name":"user_send_text",'
    '"message":{"text":"Xin chào","msg_id":"aa11bb22cc33"},"timestamp":"1790000000123"}'
).encode()
VECTOR_DIGEST = "c8c56a28f4f1a62015814cca7e0375a59670affbccf3f6e78c2e651e9d42fb85"


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_the_published_vector() -> None:
    assert zalo_oa.signature(VECTOR, "1790000000123", config()) == VECTOR_DIGEST


@pytest.mark.parametrize("row", SIGNED, ids=lambda row: row["id"])
def test_captured_signatures_are_taken(row: dict[str, Any]) -> None:
    signature = row["signature"]
    account = config(app_id=signature["app_id"], secret=signature["oa_secret"])
    headers = {"x-zevent-signature": signature["header"], "x-zevent-timestamp": signature["timestamp"]}

    assert zalo_oa.verify(headers, row["raw_body"].encode(), account) == "header"


@pytest.mark.parametrize(
    ("signing", "formula"),
    [
        pytest.param(Signing(), "body", id="as documented"),
        pytest.param(Signing(has_prefix=False), "body", id="without mac="),
        pytest.param(Signing(is_upper=True), "body", id="upper-case hex"),
        pytest.param(Signing(header_timestamp="1790000009999"), "header", id="timestamp in a header"),
    ],
)
@pytest.mark.parametrize("is_escaped", [False, True], ids=["utf-8", "escaped"])
def test_honest_signatures_are_taken(signing: Signing, formula: str, is_escaped: bool) -> None:
    event = zalo_events.message(IDENTITY, USER, name="user_send_text", message_id="m1", at=AT, text="Chào em/anh ạ")
    body = zalo_events.encode(event, is_escaped=is_escaped)

    assert zalo_oa.verify(lower(zalo_events.headers(body, IDENTITY, signing)), body, config()) == formula


def test_a_timestamp_that_is_a_number_is_signed_as_its_digits() -> None:
    body = b'{"event_name":"follow","timestamp":1670000000000}'
    headers = lower(zalo_events.headers(body, IDENTITY))

    assert zalo_oa.verify(headers, body, config()) == "body"


@pytest.mark.parametrize(
    "signing",
    [
        pytest.param(Signing(secret="another"), id="another secret"),
        pytest.param(Signing(secret=IDENTITY.app_secret), id="the app's secret"),
        pytest.param(Signing(is_reserialised=True), id="over parsed and serialised JSON"),
        pytest.param(Signing(is_absent=True), id="none"),
    ],
)
def test_other_signatures_are_refused(signing: Signing) -> None:
    headers = lower(zalo_events.headers(VECTOR, IDENTITY, signing))

    with pytest.raises(BadSignature):
        zalo_oa.verify(headers, VECTOR, config())


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"x-zevent-signature": f"mac={VECTOR_DIGEST}"}, VECTOR + b" ", id="one byte more"),
        pytest.param({"x-zevent-signature": "mac="}, VECTOR, id="empty"),
        pytest.param({"x-zevent-signature": "mac=\xe9\u0142"}, VECTOR, id="not ASCII"),
        pytest.param({"x-zevent-signature": f"mac={VECTOR_DIGEST}"}, b"[]", id="not an object"),
        pytest.param({"x-zevent-signature": f"mac={VECTOR_DIGEST}"}, b"\xff\x00", id="not JSON"),
        pytest.param(
            {"x-zevent-signature": VECTOR_DIGEST, "x-zevent-timestamp": '"}1790000000123'},
            VECTOR[:-2],
            id="a timestamp that was a piece of the body",
        ),
    ],
)
def test_forgeries_are_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadSignature):
        zalo_oa.verify(headers, body, config())


def test_nothing_is_taken_without_a_secret() -> None:
    signed_with_nothing = lower(zalo_events.headers(VECTOR, IDENTITY, Signing(secret="")))

    with pytest.raises(BadSignature):
        zalo_oa.verify(signed_with_nothing, VECTOR, config(secret=""))


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        pytest.param({}, b"{}", True, id="the console's test button"),
        pytest.param({}, b" {}\n", True, id="with white space"),
        pytest.param({"x-zevent-signature": "mac=00"}, b"{}", False, id="signed"),
        pytest.param({}, b'{"event_name":"user_withdraw"}', False, id="anything else"),
    ],
)
def test_probe(headers: dict[str, str], body: bytes, expected: bool) -> None:
    assert zalo_oa.is_probe(headers, body) is expected


# What goes out ------------------------------------------------------------------------------------------

CHOICES = (Choice("Tiếp tục", "go"), Choice("Để sau", "later"))


def rendered(message: Message, **changes: Any) -> list[dict[str, Any]]:
    calls = zalo_oa.render(message, to=USER, config=config(**changes))
    for call in calls:
        assert call.url == "https://openapi.zalo.example/v3.0/oa/message/cs"
        assert call.headers["access_token"] == "token"
        assert call.json["recipient"] == {"user_id": USER}
        assert call.text == call.json["message"].get("text", "")
    return [dict(call.json["message"]) for call in calls]


def test_text_with_choices_is_numbered() -> None:
    assert rendered(Message("**Xong** chưa?", CHOICES)) == [{"text": "Xong chưa?\n\n1. Tiếp tục\n2. Để sau"}]


def test_buttons_come_beside_the_numbers_where_the_account_has_them() -> None:
    (message,) = rendered(Message("Xong chưa?", CHOICES), has_buttons=True)

    assert message["text"] == "Xong chưa?\n\n1. Tiếp tục\n2. Để sau"
    assert message["attachment"] == {
        "type": "template",
        "payload": {
            "buttons": [
                {"type": "oa.query.hide", "title": "Tiếp tục", "payload": "#md:go"},
                {"type": "oa.query.hide", "title": "Để sau", "payload": "#md:later"},
            ]
        },
    }


def test_a_pressed_button_is_the_choice_that_was_sent() -> None:
    (message,) = rendered(Message("Xong chưa?", CHOICES), has_buttons=True)
    payload = message["attachment"]["payload"]["buttons"][1]["payload"]

    event = zalo_events.message(IDENTITY, USER, name="user_send_text", message_id="m", at=AT, text=payload)
    (inbound,) = zalo_oa.parse(zalo_events.encode(event))
    assert isinstance(inbound, Arrival)
    assert inbound.event == ButtonPressed("later")


def test_more_choices_than_buttons_are_numbers_only() -> None:
    choices = tuple(Choice(f"Bài {n}", str(n)) for n in range(6))

    (message,) = rendered(Message("Chọn bài", choices), has_buttons=True)

    assert "attachment" not in message
    assert "6. Bài 5" in message["text"]


def test_buttons_hang_on_the_last_part() -> None:
    parts = rendered(Message("Câu này dài lắm. " * 200, CHOICES), has_buttons=True)

    assert len(parts) > 1
    assert ["attachment" in part for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_picture_goes_with_its_words() -> None:
    message = Message("Bấm nút đỏ", CHOICES, picture="vneid đỏ.png", picture_alt="Nút đỏ ở giữa")

    (sent,) = rendered(message, media_url="https://muadam.example/media/", has_buttons=True)

    assert sent["text"] == "Bấm nút đỏ\n\n1. Tiếp tục\n2. Để sau"
    assert sent["attachment"]["payload"] == {
        "template_type": "media",
        "elements": [{"media_type": "image", "url": "https://muadam.example/media/vneid%20%C4%91%E1%BB%8F.png"}],
    }


@pytest.mark.parametrize(("text", "calls"), [("Mưa to. ", 1), ("Mưa to thứ Năm. " * 200, 2)], ids=["short", "long"])
def test_taps_ride_behind_a_picture_where_there_is_room_and_cost_no_call(text: str, calls: int) -> None:
    taps = (Choice("Đã rõ", "bulletin:7:clear"), Choice("Muốn hỏi", "bulletin:7:question"))
    message = Message(text, picture="bulletin-7.png", taps=taps)

    with_buttons = rendered(message, media_url="https://muadam.example/media", has_buttons=True)
    without = rendered(message, media_url="https://muadam.example/media")

    assert len(with_buttons) == len(without) >= calls
    assert "Đã rõ" not in "".join(part.get("text", "") for part in with_buttons)
    kinds = [list(part.get("attachment", {}).get("payload", {})) for part in with_buttons]
    assert kinds[-2:] == (
        [["template_type", "elements"]] if calls == 1 else [["template_type", "elements"], ["buttons"]]
    )
    assert "elements" in without[-1]["attachment"]["payload"]


def test_a_picture_becomes_words_where_it_cannot_be_fetched() -> None:
    message = Message("Bấm nút đỏ", picture="a.png", picture_alt="Nút đỏ ở giữa")

    assert rendered(message) == [{"text": "Bấm nút đỏ\n(Nút đỏ ở giữa)"}]


def test_a_picture_alone_is_sent_alone() -> None:
    (sent,) = rendered(Message("", picture="a.png"), media_url="https://muadam.example/media")

    assert "text" not in sent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Chào [@123] nhé", "Chào  nhé", id="one"),
        pytest.param("[@1[@9]2]", "", id="one inside another"),
        pytest.param("[@**1**]a", "a", id="one behind bold marks"),
        pytest.param("[@\x001]a", "a", id="one behind a control character"),
        pytest.param("[@ba] [1]", "[@ba] [1]", id="what is none"),
    ],
)
def test_nobody_is_named_in_a_group_through_our_text(text: str, expected: str) -> None:
    assert rendered(Message(text)) == ([{"text": expected}] if expected else [])


def test_nobody_is_named_through_a_label() -> None:
    (message,) = rendered(Message("a", (Choice("Bác [@5]", "v"),)), has_buttons=True)

    assert "[@" not in json.dumps(message)


def test_the_proof_of_the_published_vector_goes_along() -> None:
    account = config(app_secret="appSecretForTests", access_token="accessTokenForTests")

    (call,) = zalo_oa.render(Message("a"), to=USER, config=account)

    assert call.headers["appsecret_proof"] == "66510443326c90c947c1e1acc89105a95fdb89364c7ebf13564a73791c52ea9e"


def test_a_message_of_nothing_is_no_call() -> None:
    assert rendered(Message(" ")) == []


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param(None, Window.CLOSED, id="never wrote"),
        pytest.param(timedelta(0), Window.FREE, id="just wrote"),
        pytest.param(timedelta(hours=-1), Window.FREE, id="clocks that differ"),
        pytest.param(timedelta(hours=46, minutes=59), Window.FREE, id="before 47 hours"),
        pytest.param(timedelta(hours=47), Window.BILLED, id="after 47 hours"),
        pytest.param(timedelta(days=6, hours=21, minutes=59), Window.BILLED, id="before the 7 days' margin"),
        pytest.param(timedelta(days=6, hours=22), Window.CLOSED, id="after the 7 days' margin"),
    ],
)
def test_window(age: timedelta | None, expected: Window) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)

    assert zalo_oa.window(None if age is None else now - age, now) is expected
