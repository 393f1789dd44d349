"""Zalo Bot: its secret, events, what is rendered, what answers mean."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.messages import Choice, Message
from webhooks.channel import (
    Answer,
    Arrival,
    BadSignature,
    Blocked,
    Config,
    Downgrade,
    Hold,
    Ignored,
    Malformed,
    Outcome,
    Refresh,
    Retry,
    Sent,
    Window,
)
from webhooks.channels import zalo_bot

FIXTURES = Path(__file__).parent / "fixtures" / "zalo_bot" / "events.jsonl"
EVENTS = [json.loads(line) for line in FIXTURES.read_text(encoding="utf-8").splitlines()]
USER, SECRET, TOKEN = "6ede9afa66b88fe6d6a9", "webhook-secret-for-tests", "1459232241454765289:botTokenForTests"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MEDIA = "https://muadam.example/media"


def config(**changes: Any) -> Config:
    fields: dict[str, Any] = {
        "id": 1,
        "external_id": TOKEN.partition(":")[0],
        "app_id": "",
        "secret": SECRET,
        "app_secret": "",
        "access_token": TOKEN,
        "api_url": "https://bot-api.example",
        "oauth_url": "",
        "has_buttons": False,
        "media_url": "",
    }
    return Config(**(fields | changes))


def test_the_secret_token_is_taken() -> None:
    assert zalo_bot.verify({"x-bot-api-secret-token": SECRET}, b"{}", config()) == "secret_token"


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        pytest.param({}, SECRET, id="none"),
        pytest.param({"x-bot-api-secret-token": SECRET + "x"}, SECRET, id="another"),
        pytest.param({"x-bot-api-secret-token": SECRET.upper()}, SECRET, id="in capitals"),
        pytest.param({"x-bot-api-secret-token": "\xe9"}, SECRET, id="not ASCII"),
        pytest.param({"x-bot-api-secret-token": TOKEN}, SECRET, id="the bot's token"),
        pytest.param({"x-bot-api-secret-token": ""}, "", id="we have none"),
        pytest.param({"x-zevent-signature": SECRET}, SECRET, id="in the header of the Official Account"),
    ],
)
def test_other_secrets_are_refused(headers: dict[str, str], secret: str) -> None:
    with pytest.raises(BadSignature):
        zalo_bot.verify(headers, b"{}", config(secret=secret))


@pytest.mark.parametrize("row", EVENTS, ids=lambda row: row["id"])
def test_every_event(row: dict[str, Any]) -> None:
    expected = row["expect"]

    (inbound,) = zalo_bot.parse(row["raw_body"].encode())

    if isinstance(inbound, Ignored):
        assert (expected["kind"], expected["words"]) == ("Ignored", inbound.name)
        return
    assert isinstance(inbound, Arrival)
    event = inbound.event
    assert type(event).__name__ == expected["kind"]
    assert (inbound.account, inbound.address) == ("", USER)
    assert inbound.key.endswith(":2d758cb5e222177a4e35")
    assert inbound.occurred_at == datetime.fromtimestamp(1_750_316_131.602, UTC)
    words = next((getattr(event, name) for name in ("text", "kind", "caption") if hasattr(event, name)), "")
    assert words == expected.get("words", "")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"ok":'])
def test_what_is_no_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        zalo_bot.parse(body)


def test_a_message_without_an_id_has_a_key_of_its_content() -> None:
    def key(text: str) -> str:
        message = {"chat": {"id": USER}, "text": text, "date": 1750316131602}
        (found,) = zalo_bot.parse(json.dumps({"event_name": "message.text.received", "message": message}).encode())
        assert isinstance(found, Arrival)
        return found.key

    assert key("một") == key("một") != key("hai")


def rendered(message: Message, **changes: Any) -> list[tuple[str, dict[str, Any]]]:
    """The method and the body of each call."""
    calls = zalo_bot.render(message, to=USER, config=config(**changes))
    for call in calls:
        assert call.url.startswith(f"https://bot-api.example/bot{TOKEN}/send")
        assert call.json["chat_id"] == USER
        assert TOKEN not in repr(call)
        assert call.text == call.json.get("text", call.json.get("caption", ""))
    return [(call.url.rpartition("/")[2], {k: v for k, v in call.json.items() if k != "chat_id"}) for call in calls]


CHOICES = (Choice("Tiếp tục", "go"), Choice("Để sau", "later"))


def test_choices_are_numbers_even_where_somebody_switched_buttons_on() -> None:
    text = "Xong chưa?\n\n1. Tiếp tục\n2. Để sau"

    assert rendered(Message("**Xong** chưa?", CHOICES), has_buttons=True) == [("sendMessage", {"text": text})]


def test_the_last_text_stands_below_the_picture() -> None:
    message = Message("Câu này dài lắm. " * 150, CHOICES, picture="vneid đỏ.png")

    *before, (method, photo) = rendered(message, media_url=f"{MEDIA}/")

    assert [name for name, _ in before] == ["sendMessage"]
    assert method == "sendPhoto"
    assert photo["photo"] == f"{MEDIA}/vneid%20%C4%91%E1%BB%8F.png"
    assert photo["caption"].endswith("1. Tiếp tục\n2. Để sau")


def test_a_picture_alone_has_no_words_below_it() -> None:
    assert rendered(Message("", picture="a.png"), media_url=MEDIA) == [("sendPhoto", {"photo": f"{MEDIA}/a.png"})]


def test_a_picture_becomes_words_where_it_cannot_be_fetched() -> None:
    message = Message("Bấm nút đỏ", picture="a.png", picture_alt="Nút đỏ ở giữa")

    assert rendered(message) == [("sendMessage", {"text": "Bấm nút đỏ\n(Nút đỏ ở giữa)"})]


def test_as_many_calls_with_the_picture_as_without_so_that_none_is_made_again() -> None:
    message = Message("Câu này dài lắm. " * 150, picture="a.png")

    assert len(rendered(message, media_url=MEDIA)) == len(rendered(message)) == 2


def test_a_message_of_nothing_is_no_call() -> None:
    assert rendered(Message(" ", taps=CHOICES)) == []


def refusal(code: Any, description: str = "whatever") -> dict[str, Any]:
    return {"ok": False, "error_code": code, "description": description}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(200, {"ok": True, "result": {"message_id": "m1", "date": 1}}, Sent("m1"), id="as documented"),
        pytest.param(200, {"ok": True}, Sent(""), id="no id"),
        pytest.param(200, {"ok": "true"}, Retry("unreadable"), id="ok of another type"),
        pytest.param(200, {}, Retry("unreadable"), id="nothing said"),
        pytest.param(200, b"<html>", Retry("unreadable"), id="not JSON"),
        pytest.param(200, [], Retry("unreadable"), id="not an object"),
        pytest.param(502, b"<html>", Retry("http_502"), id="something in front of it"),
        pytest.param(500, refusal(500), Retry("http_500"), id="500 in form"),
        pytest.param(403, b"", Retry("http_403"), id="403 of something in front of it"),
        pytest.param(400, refusal(400), Downgrade("invalid_parameter"), id="400"),
        pytest.param(200, refusal("400"), Downgrade("invalid_parameter"), id="400 with HTTP 200, in words"),
        pytest.param(401, refusal(401), Refresh("token_refused"), id="401"),
        pytest.param(402, refusal(402), Hold("quota_used_up"), id="402"),
        pytest.param(403, refusal(403), Hold("forbidden"), id="403 of nobody knows whom"),
        pytest.param(403, refusal(403, "Forbidden: bot was blocked by the user"), Blocked("blocked_us"), id="blocked"),
        pytest.param(404, refusal(404), Hold("not_found"), id="404"),
        pytest.param(408, refusal(408), Retry("timeout"), id="408"),
        pytest.param(413, refusal(413), Downgrade("over_limit"), id="413"),
        pytest.param(200, refusal(429), Retry("rate_limited", slows_account=True), id="429 in form"),
        pytest.param(429, b"", Retry("http_429", slows_account=True), id="429"),
        pytest.param(200, refusal(-1), Retry("code_-1"), id="unknown"),
        pytest.param(200, refusal(None), Retry("unreadable"), id="no code"),
    ],
)
def test_answers(status: int, body: Any, expected: Outcome) -> None:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()

    assert zalo_bot.judge(Answer(status, {}, encoded)) == expected


@pytest.mark.parametrize("age", [None, timedelta(0), timedelta(days=400)], ids=str)
def test_no_window_is_known(age: timedelta | None) -> None:
    assert zalo_bot.window(None if age is None else NOW - age, NOW) is Window.FREE


def test_the_bot_is_asked_for_by_its_token() -> None:
    url, _ = zalo_bot.whoami(config())

    assert url == f"https://bot-api.example/bot{TOKEN}/getMe"
    assert zalo_bot.who(Answer(200, {}, b'{"ok":true,"result":{"id":"5"}}')) == ""


def test_a_token_cannot_lead_to_another_address() -> None:
    (call,) = zalo_bot.render(Message("a"), to=USER, config=config(access_token="1:a/../../x?y#z"))

    assert call.url == "https://bot-api.example/bot1:a%2F..%2F..%2Fx%3Fy%23z/sendMessage"
