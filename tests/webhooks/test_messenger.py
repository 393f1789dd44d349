"""Messenger: handshake, signatures, events, what is rendered, what answers mean."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.events import ButtonPressed
from bot.messages import Choice, Message
from tests.fakes.messenger import FakeMessenger, Identity, Signing, encode
from webhooks.channel import (
    AccountNotice,
    Answer,
    Arrival,
    BadSignature,
    Blocked,
    Config,
    Dead,
    Downgrade,
    Echo,
    Hold,
    Ignored,
    Malformed,
    Outcome,
    Refresh,
    Retry,
    Sent,
    Window,
)
from webhooks.channels import messenger

FIXTURES = Path(__file__).parent / "fixtures" / "messenger" / "events.jsonl"
EVENTS = [json.loads(line) for line in FIXTURES.read_text(encoding="utf-8").splitlines()]
IDENTITY = Identity()
USER, PAGE = "6000000000000001", IDENTITY.page_id
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def config(**changes: Any) -> Config:
    fields: dict[str, Any] = {
        "id": 1,
        "external_id": PAGE,
        "app_id": "",
        "secret": IDENTITY.app_secret,
        "app_secret": IDENTITY.verify_token,
        "access_token": IDENTITY.page_token,
        "api_url": "https://graph.example/v25.0",
        "oauth_url": "",
        "has_buttons": True,
        "media_url": "",
    }
    return Config(**(fields | changes))


# Handshake and signature --------------------------------------------------------------------------------

ASKED = {"hub.mode": "subscribe", "hub.verify_token": IDENTITY.verify_token, "hub.challenge": "1158201444"}


@pytest.mark.parametrize(
    ("query", "ours", "expected"),
    [
        pytest.param(ASKED, IDENTITY.verify_token, "1158201444", id="as documented"),
        pytest.param(ASKED | {"hub.verify_token": "another"}, IDENTITY.verify_token, None, id="another token"),
        pytest.param(ASKED | {"hub.verify_token": "ổ"}, IDENTITY.verify_token, None, id="not ASCII"),
        pytest.param(ASKED | {"hub.mode": "unsubscribe"}, IDENTITY.verify_token, None, id="another mode"),
        pytest.param({"hub.challenge": "1"}, IDENTITY.verify_token, None, id="no token"),
        pytest.param(ASKED | {"hub.verify_token": ""}, "", None, id="we have none"),
    ],
)
def test_the_challenge_comes_back_for_our_verify_token_alone(
    query: dict[str, str], ours: str, expected: str | None
) -> None:
    assert messenger.handshake(query, config(app_secret=ours)) == expected


def test_the_published_vector() -> None:
    body = b'{"object":"page","entry":[]}'

    assert messenger.signature(body, "fbAppSecretForTests") == (
        "06597a877cbfdc6589c56f88b4e0322afed6e3f49fc85c72f909d408198df83f"
    )
    assert messenger.parse(body) == ()


@pytest.mark.parametrize("row", EVENTS, ids=lambda row: row["id"])
def test_signatures_over_the_bytes_are_taken(row: dict[str, Any]) -> None:
    signature = row["signature"]
    headers = {"x-hub-signature-256": signature["header"]}

    assert messenger.verify(headers, row["raw_body"].encode(), config(secret=signature["app_secret"])) == "sha256"


BODY = encode({"object": "page", "entry": [{"id": PAGE, "messaging": []}], "note": "bà con/cô bác"})


@pytest.mark.parametrize(
    ("signing", "body", "secret"),
    [
        pytest.param(Signing(secret="another"), BODY, IDENTITY.app_secret, id="another secret"),
        pytest.param(Signing(is_reserialised=True), BODY, IDENTITY.app_secret, id="over parsed and serialised JSON"),
        pytest.param(Signing(is_absent=True), BODY, IDENTITY.app_secret, id="none"),
        pytest.param(Signing(), BODY + b" ", IDENTITY.app_secret, id="one byte more"),
        pytest.param(Signing(secret=""), BODY, "", id="we have no secret"),
    ],
)
def test_other_signatures_are_refused(signing: Signing, body: bytes, secret: str) -> None:
    _, headers = FakeMessenger().signed(BODY, signing)

    with pytest.raises(BadSignature):
        messenger.verify({name.lower(): value for name, value in headers.items()}, body, config(secret=secret))


# What came in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", EVENTS, ids=lambda row: row["id"])
def test_every_event(row: dict[str, Any]) -> None:
    expected = row["expect"]

    (inbound,) = messenger.parse(row["raw_body"].encode())

    match inbound:
        case Arrival(event=event):
            assert type(event).__name__ == expected["kind"]
            assert (inbound.account, inbound.address) == (PAGE, USER)
            assert inbound.occurred_at == datetime.fromtimestamp(1_790_000_000.123, UTC)
            words = next(
                (getattr(event, name) for name in ("text", "value", "kind", "caption") if hasattr(event, name)), ""
            )
            assert words == expected.get("words", "")
        case Echo(by_person=by_person):
            assert (expected["kind"], expected["by_person"]) == ("Echo", by_person)
            assert (inbound.account, inbound.address) == (PAGE, USER)
        case AccountNotice(account=account, kind=kind):
            assert (expected["kind"], expected["words"], account) == ("AccountNotice", kind, PAGE)
        case Ignored(name=name):
            assert (expected["kind"], expected["words"]) == ("Ignored", name)


def test_all_entries_and_all_their_events_are_read_in_order() -> None:
    def said(page: str, text: str) -> dict[str, Any]:
        return {"sender": {"id": USER}, "recipient": {"id": page}, "message": {"mid": f"m_{text}", "text": text}}

    entries = [
        {"id": "1", "messaging": [said("1", "a"), said("1", "b")]},
        {"id": "2", "messaging": [said("2", "c")], "standby": [said("2", "d")]},
    ]

    found = messenger.parse(encode({"object": "page", "entry": entries}))

    assert [one.name if isinstance(one, Ignored) else (one.account, one.key) for one in found] == [
        ("1", "message:m_a"),
        ("1", "message:m_b"),
        ("2", "message:m_c"),
        "standby",
    ]


@pytest.mark.parametrize(
    ("content", "same"),
    [
        pytest.param({"message": {"mid": "m_1", "text": "a"}}, True, id="by its id"),
        pytest.param({"postback": {"title": "Có", "payload": "x"}}, True, id="by its content"),
        pytest.param({"postback": {"title": "Có", "payload": "x"}, "timestamp": 2}, False, id="pressed again later"),
    ],
)
def test_what_is_sent_again_in_other_company_has_the_same_key(content: dict[str, Any], same: bool) -> None:
    event = {"sender": {"id": USER}, "recipient": {"id": PAGE}, "timestamp": 1} | {
        name: value for name, value in content.items() if name != "timestamp"
    }
    other = {"sender": {"id": "7"}, "recipient": {"id": PAGE}, "message": {"mid": "m_9", "text": "b"}}

    first = messenger.parse(encode({"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]}))
    again = messenger.parse(encode({"object": "page", "entry": [{"id": PAGE, "messaging": [other, event | content]}]}))

    assert isinstance(first[0], Arrival)
    assert isinstance(again[1], Arrival)
    assert (first[0].key == again[1].key) is same


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"object": "instagram", "entry": []}, "unknown", id="another product"),
        pytest.param({}, "unknown", id="nothing"),
    ],
)
def test_what_is_not_of_a_page_is_ignored(body: dict[str, Any], expected: str) -> None:
    assert messenger.parse(encode(body)) == (Ignored(expected),)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"object":'])
def test_what_is_no_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        messenger.parse(body)


@pytest.mark.parametrize(
    ("sender", "message", "name"),
    [
        pytest.param({"id": PAGE}, {"mid": "m", "text": "a"}, "own", id="the page itself without is_echo"),
        pytest.param({}, {"mid": "m", "text": "a"}, "incomplete", id="nobody"),
        pytest.param({"id": USER}, {"text": " "}, "incomplete", id="nothing said, and no id"),
    ],
)
def test_what_nobody_said_makes_no_event(sender: dict[str, str], message: dict[str, Any], name: str) -> None:
    item = {"sender": sender, "recipient": {"id": PAGE}, "message": message}

    assert messenger.parse(encode({"object": "page", "entry": [{"id": PAGE, "messaging": [item]}]})) == (Ignored(name),)


# What goes out ------------------------------------------------------------------------------------------

CHOICES = (Choice("Tiếp tục", "go"), Choice("Để sau", "later"))
REPLIES = [
    {"content_type": "text", "title": "Tiếp tục", "payload": "md:go"},
    {"content_type": "text", "title": "Để sau", "payload": "md:later"},
]
MEDIA = "https://muadam.example/media"


def rendered(message: Message, **changes: Any) -> list[dict[str, Any]]:
    """The messages of the calls, without the metadata that is on all of them."""
    parts = []
    for call in messenger.render(message, to=USER, config=config(**changes)):
        assert call.url.startswith("https://graph.example/v25.0/me/messages?")
        assert call.json["recipient"] == {"id": USER}
        assert call.json["messaging_type"] == "RESPONSE"
        part = dict(call.json["message"])
        assert part.pop("metadata") == "muadam"
        assert call.text == part.get("text", "")
        parts.append(part)
    return parts


def test_the_token_and_its_proof_are_in_the_address_and_in_no_repr() -> None:
    (call,) = messenger.render(
        Message("a"), to=USER, config=config(secret="appSecretForTests", access_token="accessTokenForTests")
    )

    assert parse_qs(urlsplit(call.url).query) == {
        "access_token": ["accessTokenForTests"],
        "appsecret_proof": ["66510443326c90c947c1e1acc89105a95fdb89364c7ebf13564a73791c52ea9e"],
    }
    assert "accessTokenForTests" not in repr(call)


def test_choices_are_numbers_and_quick_replies() -> None:
    assert rendered(Message("**Xong** chưa?", CHOICES)) == [
        {"text": "Xong chưa?\n\n1. Tiếp tục\n2. Để sau", "quick_replies": REPLIES}
    ]


def test_without_the_capability_the_numbers_alone_are_sent() -> None:
    assert rendered(Message("Xong chưa?", CHOICES), has_buttons=False) == [
        {"text": "Xong chưa?\n\n1. Tiếp tục\n2. Để sau"}
    ]


def test_a_pressed_quick_reply_is_the_choice_that_was_sent() -> None:
    (part,) = rendered(Message("Xong chưa?", CHOICES))
    reply = part["quick_replies"][1]

    event = {"sender": {"id": USER}, "message": {"mid": "m", "text": reply["title"], "quick_reply": reply}}
    (inbound,) = messenger.parse(encode({"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]}))

    assert isinstance(inbound, Arrival)
    assert inbound.event == ButtonPressed("later")


def test_quick_replies_hang_on_the_last_part_since_they_vanish_with_the_next() -> None:
    parts = rendered(Message("Câu này dài lắm. " * 200, CHOICES, picture="a.png"), media_url=MEDIA)

    assert len(parts) > 2
    assert ["quick_replies" in part for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_picture_goes_behind_its_words() -> None:
    words, picture = rendered(Message("Bấm nút đỏ", picture="vneid đỏ.png", picture_alt="Nút đỏ"), media_url=MEDIA)

    assert words == {"text": "Bấm nút đỏ"}
    assert picture == {"attachment": {"type": "image", "payload": {"url": f"{MEDIA}/vneid%20%C4%91%E1%BB%8F.png"}}}


def test_a_picture_that_is_refused_leaves_the_calls_before_it_as_they_were() -> None:
    message = Message("Bấm nút đỏ", picture="a.png", picture_alt="Nút đỏ ở giữa")
    with_picture = rendered(message, media_url=MEDIA)
    without = rendered(Message("Bấm nút đỏ", picture_alt="Nút đỏ ở giữa"), media_url=MEDIA)

    assert len(with_picture) == 2
    assert len(without) == 1, "all of it was said before the picture"


def test_a_picture_becomes_words_where_it_cannot_be_fetched() -> None:
    message = Message("Bấm nút đỏ", picture="a.png", picture_alt="Nút đỏ ở giữa")

    assert rendered(message) == [{"text": "Bấm nút đỏ\n(Nút đỏ ở giữa)"}]


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(tuple(Choice(f"Bài {n}", str(n)) for n in range(14)), id="more than there may be"),
        pytest.param((Choice("Có", "a"), Choice(" ", "b")), id="one without words"),
    ],
)
def test_choices_that_do_not_fit_are_numbers_only(choices: tuple[Choice, ...]) -> None:
    (part,) = rendered(Message("Chọn bài", choices))

    assert "quick_replies" not in part
    assert "1. " in part["text"]


def test_long_labels_are_cut_to_twenty_characters() -> None:
    (part,) = rendered(Message("?", (Choice("Máy tính bảng chạy Android", "x"),)))

    title = part["quick_replies"][0]["title"]
    assert len(title) <= 20
    assert title.endswith("…")


def test_taps_are_quick_replies_without_numbers() -> None:
    (part,) = rendered(Message("Mưa to.", taps=(Choice("Đã rõ", "bulletin:7:clear"),)))

    assert part["text"] == "Mưa to."
    assert part["quick_replies"][0]["payload"] == "md:bulletin:7:clear"


def test_a_message_of_nothing_is_no_call() -> None:
    assert rendered(Message(" ", taps=CHOICES)) == []


# What became of it --------------------------------------------------------------------------------------

CODES: list[tuple[int, int | None, Outcome]] = [
    (1, None, Retry("temporary")),
    (2, None, Retry("temporary")),
    (1200, None, Retry("temporary")),
    (3, None, Dead("permission_missing", stops_account=True)),
    (10, None, Dead("permission_missing", stops_account=True)),
    (10, 2018278, Hold("window_closed")),
    (10, 2534022, Hold("window_closed")),
    (10, 2018108, Blocked("unavailable")),
    (10, 1893063, Dead("page_restricted", stops_account=True)),
    (100, None, Downgrade("invalid_parameter")),
    (100, 2018001, Blocked("no_such_user")),
    (100, 2018047, Downgrade("invalid_parameter")),
    (102, None, Refresh("token_refused")),
    (190, 460, Refresh("token_refused")),
    (200, None, Dead("permission_missing", stops_account=True)),
    (200, 1545041, Blocked("unavailable")),
    (200, 2018028, Hold("app_not_public")),
    (299, None, Dead("permission_missing", stops_account=True)),
    (368, None, Dead("page_restricted", stops_account=True)),
    (551, 1545041, Blocked("unavailable")),
    (551, None, Blocked("unavailable")),
    (300, None, Retry("code_300")),
    (9_999, None, Retry("code_9999")),
    *[
        (code, None, Retry("rate_limited", after=timedelta(seconds=30), slows_account=True))
        for code in (4, 17, 32, 341, 613, 80006)
    ],
]


def answered(body: Any, *, status: int = 400, **headers: str) -> Outcome:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return messenger.judge(Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, encoded))


@pytest.mark.parametrize(("code", "subcode", "expected"), CODES)
@pytest.mark.parametrize("status", [400, 500, 200])
def test_every_error_code(code: int, subcode: int | None, expected: Outcome, status: int) -> None:
    error = {"message": "(#1) whatever it says", "code": code, "error_subcode": subcode, "fbtrace_id": "x"}

    assert answered({"error": error}, status=status) == expected


@pytest.mark.parametrize(
    ("code", "sentence", "expected"),
    [
        (100, "Invalid appsecret_proof provided in the API argument", Dead("proof_refused", stops_account=True)),
        (
            100,
            "API calls from the server require an appsecret_proof argument",
            Dead("proof_refused", stops_account=True),
        ),
        (10, "(#10) This message is sent outside of allowed window.", Hold("window_closed")),
        (200, "(#200) This person isn't receiving messages from you right now.", Blocked("unavailable")),
        (10, "(#10) This person isn't available right now.", Blocked("unavailable")),
    ],
)
def test_a_refusal_without_a_subcode_is_known_by_its_words(code: int, sentence: str, expected: Outcome) -> None:
    assert answered({"error": {"message": sentence, "code": code}}) == expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(200, {"recipient_id": USER, "message_id": "m_1"}, Sent("m_1"), id="as documented"),
        pytest.param(200, {"recipient_id": USER}, Sent(""), id="no id"),
        pytest.param(200, {}, Retry("unreadable"), id="nothing said"),
        pytest.param(200, {"message_id": "m", "error": {"message": "?"}}, Retry("unreadable"), id="both"),
        pytest.param(200, b"<html>", Retry("unreadable"), id="not JSON"),
        pytest.param(400, {"message_id": "m"}, Retry("http_400"), id="an id and a status of refusal"),
        pytest.param(404, b"", Retry("http_404"), id="not found"),
        pytest.param(502, b"<html>", Retry("http_502"), id="something in front of it"),
    ],
)
def test_other_answers(status: int, body: Any, expected: Outcome) -> None:
    assert answered(body, status=status) == expected


def test_too_many_requests_slow_the_account() -> None:
    assert answered(b"", status=429, retry_after="7") == Retry(
        "http_429", after=timedelta(seconds=7), slows_account=True
    )


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param(None, Window.CLOSED, id="never wrote"),
        pytest.param(timedelta(hours=22, minutes=59), Window.FREE, id="before 23 hours"),
        pytest.param(timedelta(hours=23), Window.CLOSED, id="after 23 hours, for nobody's money"),
    ],
)
def test_window(age: timedelta | None, expected: Window) -> None:
    assert messenger.window(None if age is None else NOW - age, NOW) is expected


# Whose token it is --------------------------------------------------------------------------------------


def test_the_page_of_a_token_is_asked_for() -> None:
    url, headers = messenger.whoami(config())

    assert url.startswith("https://graph.example/v25.0/me?fields=id&access_token=")
    assert headers == {}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"id": PAGE}, PAGE),
        (200, {"name": "x"}, ""),
        (400, {"error": {"code": 190}, "id": PAGE}, ""),
    ],
)
def test_the_page_in_the_answer(status: int, body: dict[str, Any], expected: str) -> None:
    assert messenger.who(Answer(status, {}, json.dumps(body).encode())) == expected
