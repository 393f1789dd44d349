"""What the page of the web chat may post, and what the channel says of itself."""

import json
from datetime import timedelta

import pytest

from bot.events import ButtonPressed, Event, Joined, TextSaid
from bot.messages import Choice, Message
from tests.conftest import NOW
from webhooks.channel import Answer, Config, Malformed, Sent, Window
from webhooks.channels import webchat

KEY = "mb3k2x9aa-0123456789"
CONFIG = Config(
    id=1,
    external_id="webchat",
    app_id="",
    secret="",
    app_secret="",
    access_token="",
    api_url="",
    oauth_url="",
    has_buttons=True,
    media_url="",
)


@pytest.mark.parametrize(
    ("posted", "event"),
    [
        pytest.param({"text": "xin chào"}, TextSaid("xin chào"), id="words"),
        pytest.param({"text": "  hai dòng\nđây "}, TextSaid("  hai dòng\nđây "), id="as they were typed"),
        pytest.param({"text": "👍🏽"}, TextSaid("👍🏽"), id="an emoji alone"),
        pytest.param({"text": "a" * 5_000}, TextSaid("a" * 5_000), id="the longest text"),
        pytest.param({"text": "\u0000\u0007 a"}, TextSaid("\u0000\u0007 a"), id="control characters"),
        pytest.param({"button": "3.1"}, ButtonPressed("3.1"), id="a button"),
        pytest.param({"joined": True}, Joined(), id="the first button"),
        pytest.param({"text": "a", "color": "red"}, TextSaid("a"), id="a field that we do not know"),
    ],
)
def test_what_the_page_posts_is_one_event(posted: dict[str, object], event: Event) -> None:
    (arrival,) = webchat.parse(json.dumps({"key": KEY, **posted}).encode())

    assert arrival.event == event
    assert (arrival.account, arrival.address, arrival.key) == ("webchat", "", KEY)
    assert arrival.occurred_at is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"xin chao"', id="a bare text"),
        pytest.param(b"[" * 30_000, id="deep nesting"),
        pytest.param(b'{"text": "a"}', id="no key"),
        pytest.param(b'{"key": "short", "text": "a"}', id="a key that is too short"),
        pytest.param(b'{"key": "%s", "text": "a"}' % (b"k" * 65), id="a key that is too long"),
        pytest.param(b'{"key": "0123456789\\n", "text": "a"}', id="a key with a line end"),
        pytest.param(b'{"key": 12345678, "text": "a"}', id="a number for a key"),
        pytest.param(b'{"key": "0123456789"}', id="nothing said"),
        pytest.param(b'{"key": "0123456789", "text": 5}', id="a number for a text"),
        pytest.param(b'{"key": "0123456789", "text": ["a"]}', id="a list for a text"),
        pytest.param(b'{"key": "0123456789", "text": ""}', id="an empty text"),
        pytest.param(b'{"key": "0123456789", "text": " \\n\\t "}', id="a text of spaces"),
        pytest.param(b'{"key": "0123456789", "text": "\\ud800"}', id="half a character"),
        pytest.param(b'{"key": "0123456789", "text": "\xff\xfe"}', id="bytes that are not UTF-8"),
        pytest.param(b'{"key": "0123456789", "button": ""}', id="an empty button"),
        pytest.param(b'{"key": "0123456789", "button": "%s"}' % (b"b" * 301), id="a huge button"),
        pytest.param(b'{"key": "0123456789", "joined": false}', id="not joined"),
        pytest.param(b'{"key": "0123456789", "joined": 1}', id="a number for joined"),
        pytest.param(b'{"key": "0123456789", "text": "a", "button": "b"}', id="two at once"),
    ],
)
def test_what_no_page_posts_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        webchat.parse(body)


def test_a_text_that_is_too_long_is_told_apart() -> None:
    with pytest.raises(webchat.TooLong):
        webchat.parse(json.dumps({"key": KEY, "text": "ơ" * 5_001}).encode())


def test_nothing_is_called_since_the_page_fetches() -> None:
    message = Message("Chọn đi ạ", choices=(Choice("Một", "1.1"),))

    assert webchat.IS_FETCHED
    assert webchat.render(message, to="someone", config=CONFIG) == ()
    assert webchat.judge(Answer(500)) == Sent("")
    assert not webchat.is_probe({}, b"{}")
    assert webchat.verify({}, b"{}", CONFIG) == "cookie"


@pytest.mark.parametrize("last_contact", [None, NOW, NOW - timedelta(days=400)])
def test_the_page_may_be_written_to_at_any_time(last_contact: object) -> None:
    assert webchat.window(last_contact, NOW) is Window.FREE  # type: ignore[arg-type]
