"""What every channel owes, run over all of them. A new channel is tested here by being listed in ALL."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Event
from bot.messages import Choice, Message
from webhooks import channels
from webhooks.channel import (
    AccountNotice,
    Answer,
    Arrival,
    BadSignature,
    Channel,
    Config,
    Echo,
    Ignored,
    Malformed,
    Outcome,
    Window,
)
from webhooks.fitting import units

SECRETS = {"secret": "webhook-secret", "app_secret": "app-secret", "access_token": "access-token"}
NOW = datetime(2026, 11, 22, tzinfo=UTC)

every_channel = pytest.mark.parametrize("channel", channels.ALL, ids=lambda channel: channel.NAME)


def config(**changes: Any) -> Config:
    fields: dict[str, Any] = {
        "id": 1,
        "external_id": "7000",
        "app_id": "1111",
        "api_url": "https://api.example",
        "oauth_url": "https://oauth.example",
        "has_buttons": True,
        "media_url": "https://muadam.example/media",
    }
    return Config(**(SECRETS | fields | changes))


WORDS = """event_name sender recipient message text msg_id attachments payload coordinates timestamp oa_id follower
    id user_id user_send_text user_send_location follow oa_send_text key button joined error data message_id object
    entry messaging"""
names = st.sampled_from(WORDS.split())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | names | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=20,
)
bodies = st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode())

texts = st.text(max_size=300) | st.lists(st.sampled_from(["Dạ vâng ạ. ", "**Bấm** ", "\n", "👍🏽"]), max_size=900).map(
    "".join
)
choices = st.lists(st.builds(Choice, st.text(max_size=150), st.text(max_size=20)), max_size=12).map(tuple)
pictures = st.none() | st.just("a.png")
messages = st.builds(Message, texts, choices, pictures, st.text(max_size=200), st.none() | st.just("https://a.vn"))


def test_names_are_theirs_alone() -> None:
    assert len(channels.BY_NAME) == len(channels.ALL)


@every_channel
@given(body=bodies)
def test_parse_gives_inbounds_or_says_malformed(channel: Channel, body: bytes) -> None:
    try:
        found = channel.parse(body)
    except Malformed:
        return

    for one in found:
        assert isinstance(one, Arrival | Echo | AccountNotice | Ignored)
        if isinstance(one, Arrival):
            assert isinstance(one.event, get_args(Event))
            assert one.key
            assert "\0" not in one.key + one.address + one.account
            assert repr(one).encode("utf-8")


@every_channel
@given(status=st.integers(100, 599), body=bodies, header=st.text(max_size=5))
def test_judge_is_total(channel: Channel, status: int, body: bytes, header: str) -> None:
    outcome = channel.judge(Answer(status, {"retry-after": header}, body))

    assert isinstance(outcome, get_args(Outcome))


@every_channel
@given(body=bodies, value=st.text(max_size=40), timestamp=st.text(max_size=20))
def test_verify_refuses_garbage_and_nothing_else_happens(
    channel: Channel, body: bytes, value: str, timestamp: str
) -> None:
    headers = dict.fromkeys(("x-zevent-signature", "x-hub-signature-256", "x-bot-api-secret-token"), value)

    headers["x-zevent-timestamp"] = timestamp
    if channel.IS_FETCHED:
        channel.verify(headers, body, config())
        return

    with pytest.raises(BadSignature) as refused:
        channel.verify(headers, body, config())

    assert all(secret not in str(refused.value) for secret in SECRETS.values())


@every_channel
def test_without_a_secret_no_webhook_is_taken(channel: Channel) -> None:
    if not channel.IS_FETCHED:
        with pytest.raises(BadSignature):
            channel.verify({}, b"{}", config(secret=""))


@every_channel
@given(body=bodies)
def test_a_signed_call_is_no_probe(channel: Channel, body: bytes) -> None:
    headers = dict.fromkeys(("x-zevent-signature", "x-hub-signature-256", "x-bot-api-secret-token"), "x")

    assert not channel.is_probe(headers, body)


@every_channel
@given(message=messages, has_buttons=st.booleans(), has_media=st.booleans())
def test_calls_are_within_the_limits(channel: Channel, message: Message, has_buttons: bool, has_media: bool) -> None:
    account = config(has_buttons=has_buttons, media_url="https://muadam.example/media" if has_media else "")

    calls = channel.render(message, to="9000", config=account)

    assert not (channel.IS_FETCHED and calls)
    for call in calls:
        assert units(call.text) <= channel.LIMITS.text_units
        assert call.url.startswith(account.api_url)
        assert json.dumps(dict(call.json), ensure_ascii=False, allow_nan=False).encode()
    again = channel.render(message, to="9000", config=account)
    assert [call.json for call in again] == [call.json for call in calls]


@every_channel
@given(message=messages)
def test_secrets_are_in_no_repr_and_in_no_body(channel: Channel, message: Message) -> None:
    account = config()
    shown = repr(account) + "".join(
        repr(call) + json.dumps(dict(call.json)) + call.text
        for call in channel.render(message, to="9000", config=account)
    )

    assert all(secret not in shown for secret in SECRETS.values())


@every_channel
@given(age=st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=400)))
def test_a_window_only_ever_closes(channel: Channel, age: timedelta | None) -> None:
    order = [Window.FREE, Window.BILLED, Window.CLOSED]
    now_open = channel.window(None if age is None else NOW - age, NOW)
    later = channel.window(None if age is None else NOW - age, NOW + timedelta(days=1))

    assert order.index(later) >= order.index(now_open)


@every_channel
def test_whoever_just_wrote_may_be_answered(channel: Channel) -> None:
    assert channel.window(NOW, NOW) is Window.FREE


def test_the_limits_leave_room_for_a_menu() -> None:
    for channel in channels.ALL:
        assert channel.LIMITS.text_units >= 1_000
        assert channel.LIMITS.label_units >= 20
