"""Zalo OA: every event of the platform's pages, and whatever else may come."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.events import (
    ButtonPressed,
    DataWithdrawn,
    Event,
    Joined,
    Left,
    PictureSent,
    PlaceShared,
    TextSaid,
    Unsupported,
    VoiceSent,
)
from tests.fakes import zalo_events
from tests.fakes.zalo_events import attachment
from tests.webhooks.zalo_account import AT, CAPTURED, IDENTITY, OA, USER
from webhooks.channel import (
    AccountNotice,
    Arrival,
    Echo,
    Ignored,
    Inbound,
    Malformed,
)
from webhooks.channels import zalo_oa

MEANING: dict[str, type[Event]] = {
    "text": TextSaid,
    "sticker": Unsupported,
    "image": PictureSent,
    "location": PlaceShared,
    "follow": Joined,
}


def parsed(event: dict[str, Any] | bytes) -> Inbound:
    (found,) = zalo_oa.parse(event if isinstance(event, bytes) else zalo_events.encode(event))
    return found


def said(name: str, **content: Any) -> Inbound:
    return parsed(zalo_events.message(IDENTITY, USER, name=name, message_id="m1", at=AT, **content))


def event_of(inbound: Inbound) -> Event:
    assert isinstance(inbound, Arrival), inbound
    return inbound.event


@pytest.mark.parametrize("row", CAPTURED, ids=lambda row: f"{row['id']} {row['event_name']}")
def test_captured_webhooks(row: dict[str, Any]) -> None:
    expected = row["expect"]
    body = row["raw_body"].encode()
    if body == b"[]":
        with pytest.raises(Malformed):
            zalo_oa.parse(body)
        return

    inbound = parsed(body)

    if expected["kind"] == "oa_echo":
        assert isinstance(inbound, Echo)
        assert not inbound.by_person
    elif expected["kind"] in MEANING:
        assert isinstance(inbound, Arrival)
        assert inbound.address == expected["user_id"]
        assert isinstance(inbound.event, MEANING[expected["kind"]])
        words = getattr(inbound.event, "text", getattr(inbound.event, "caption", None))
        assert words == expected.get("text", words)
    else:
        assert isinstance(inbound, Ignored)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param("user_send_text", {"text": "xin chào"}, TextSaid("xin chào"), id="text"),
        pytest.param("user_send_text", {"text": "  "}, Unsupported("empty"), id="blank text"),
        pytest.param("user_send_text", {"text": None}, Unsupported("empty"), id="no text"),
        pytest.param("user_send_text", {"text": ["a"]}, Unsupported("empty"), id="text of another type"),
        pytest.param("user_send_text", {"text": "#md:menu"}, ButtonPressed("menu"), id="button of ours"),
        pytest.param("user_send_text", {"text": "a #md:menu"}, TextSaid("a #md:menu"), id="no button"),
        pytest.param("user_send_text", {"text": "a\x00b"}, TextSaid("ab"), id="zero byte"),
        pytest.param("user_send_text", {"text": "x" * 50_000}, TextSaid("x" * 50_000), id="very long"),
        pytest.param(
            "user_send_image",
            {"text": "ảnh này", **attachment("image", url="u")},
            PictureSent("ảnh này"),
            id="picture with words",
        ),
        pytest.param("user_send_image", attachment("image", url="u"), PictureSent(), id="picture"),
        pytest.param("user_send_audio", attachment("audio", url="u"), VoiceSent(), id="voice"),
        pytest.param("user_send_gif", attachment("gif", url="u"), Unsupported("gif"), id="gif"),
        pytest.param("user_send_video", attachment("video", url="u"), Unsupported("video"), id="video"),
        pytest.param("user_send_sticker", attachment("sticker", id="1"), Unsupported("sticker"), id="sticker"),
        pytest.param("user_send_file", attachment("file", url="u"), Unsupported("file"), id="file"),
        pytest.param(
            "user_send_business_card",
            {"text": "Anh Ba", **attachment("link", description='{"phone":"0900000001"}')},
            Unsupported("contact"),
            id="contact",
        ),
        pytest.param(
            "user_send_link",
            {"text": "coi giùm", **attachment("link", url="https://lua-dao.example")},
            TextSaid("coi giùm\nhttps://lua-dao.example"),
            id="link with words",
        ),
        pytest.param(
            "user_send_link",
            {"text": "https://a.example", **attachment("link", url="https://a.example")},
            TextSaid("https://a.example"),
            id="link that is its words",
        ),
        pytest.param("user_send_link", {"attachments": {}}, Unsupported("link"), id="link without a link"),
        pytest.param(
            "user_send_location",
            attachment("location", coordinates={"latitude": "21.028", "longitude": "105.854"}),
            PlaceShared(21.028, 105.854),
            id="place",
        ),
        pytest.param(
            "user_send_location",
            {"location": {"latitude": 10.5, "longitude": 106}},
            PlaceShared(10.5, 106.0),
            id="place in the other shape, as numbers",
        ),
        pytest.param(
            "user_send_location",
            attachment("location", coordinates={"latitude": "NaN", "longitude": "105"}),
            Unsupported("location"),
            id="place that is no number",
        ),
        pytest.param(
            "user_send_location",
            attachment("location", coordinates={"latitude": "91", "longitude": "105"}),
            Unsupported("location"),
            id="place off the globe",
        ),
        pytest.param("user_send_location", {"attachments": [None]}, Unsupported("location"), id="no place"),
    ],
)
def test_messages(name: str, content: dict[str, Any], expected: Event) -> None:
    inbound = said(name, **content)

    assert inbound == Arrival(OA, USER, f"{name}:m1", datetime.fromtimestamp(AT / 1000, UTC), expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("follow", Joined()),
        ("user_click_chatnow", Joined()),
        ("unfollow", Left()),
        ("user_withdraw", DataWithdrawn()),
    ],
)
def test_relations(name: str, expected: Event) -> None:
    inbound = parsed(zalo_events.relation(IDENTITY, USER, name=name, at=AT))

    assert isinstance(inbound, Arrival)
    assert (inbound.account, inbound.address, inbound.event) == (OA, USER, expected)


def test_half_a_surrogate_pair_can_be_stored() -> None:
    event = event_of(parsed(rb'{"event_name":"user_send_text","sender":{"id":"1"},"message":{"text":"a\ud83d b"}}'))

    assert isinstance(event, TextSaid)
    assert event.text.encode() == "a\ufffd b".encode()


def test_long_ids_that_come_as_numbers_keep_their_digits() -> None:
    inbound = parsed(
        b'{"event_name":"user_send_text","sender":{"id":90000000000000000017},"recipient":{"id":7000000000000000001},'
        b'"message":{"msg_id":12345678901234567890123,"text":"a"},"timestamp":1790000000123}'
    )

    assert isinstance(inbound, Arrival)
    assert (inbound.address, inbound.account) == ("90000000000000000017", OA)
    assert inbound.key == "user_send_text:12345678901234567890123"


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        pytest.param("1790000000123", datetime.fromtimestamp(AT / 1000, UTC), id="text"),
        pytest.param(1790000000123, datetime.fromtimestamp(AT / 1000, UTC), id="number"),
        pytest.param("154397978274", None, id="too early to be true"),
        pytest.param("99999999999999", None, id="too late to be true"),
        pytest.param("9" * 5_000, None, id="absurd"),
        pytest.param("-1", None, id="negative"),
        pytest.param("1.5e12", None, id="not digits"),
        pytest.param(None, None, id="none"),
        pytest.param({"a": 1}, None, id="of another type"),
    ],
)
def test_when_it_happened(timestamp: Any, expected: datetime | None) -> None:
    event = zalo_events.message(IDENTITY, USER, name="user_send_text", message_id="m", at=AT, text="a")

    inbound = parsed(event | {"timestamp": timestamp})

    assert isinstance(inbound, Arrival)
    assert inbound.occurred_at == expected


def test_events_without_an_id_are_told_apart_and_their_repetitions_are_not() -> None:
    def follow(at: int) -> str:
        inbound = parsed(zalo_events.relation(IDENTITY, USER, name="follow", at=at))
        assert isinstance(inbound, Arrival)
        return inbound.key

    assert follow(AT) == follow(AT)
    assert follow(AT) != follow(AT + 1)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param({"event_name": "user_send_text"}, "incomplete", id="nobody said nothing"),
        pytest.param({"event_name": "user_send_text", "sender": {"id": "1"}}, "incomplete", id="nothing said"),
        pytest.param({"event_name": "user_send_sticker", "sender": {}}, "incomplete", id="nobody"),
        pytest.param({"event_name": "user_withdraw"}, "incomplete", id="nobody to forget"),
        pytest.param(
            {"event_name": "user_send_text", "sender": {"id": OA}, "recipient": {"id": OA}, "message": {"text": "a"}},
            "own",
            id="the account itself",
        ),
        pytest.param({"event_name": "oa_send_text", "sender": {"id": OA}}, "incomplete", id="echo to nobody"),
        pytest.param({"event_name": "never_heard_of"}, "unknown", id="unknown"),
        pytest.param({"event_name": "user_send_poll", "sender": {"id": "1"}}, "unknown", id="new kind of message"),
        pytest.param({"event_name": 5}, "unknown", id="name of another type"),
        pytest.param({}, "unknown", id="no name"),
        pytest.param({"event_name": "user_received_message"}, "received_message", id="receipt"),
        pytest.param({"event_name": "user_seen_message"}, "seen_message", id="seen"),
        pytest.param({"event_name": "user_reacted_message"}, "reacted", id="reaction"),
        pytest.param({"event_name": "oa_reacted_message"}, "reacted", id="our reaction"),
        pytest.param({"event_name": "user_submit_info", "info": {"phone": "0"}}, "info", id="shared info"),
        pytest.param({"event_name": "update_user_info"}, "info", id="changed info"),
        pytest.param({"event_name": "add_user_to_tag"}, "tag", id="tag"),
        pytest.param({"event_name": "remove_user_from_tag"}, "tag", id="tag removed from one"),
        pytest.param({"event_name": "remove_tag"}, "tag", id="tag removed"),
        pytest.param({"event_name": "widget_interaction_accepted"}, "widget", id="widget"),
        pytest.param({"event_name": "widget_failed_to_sync_user_external_id"}, "widget", id="widget failed"),
        pytest.param({"event_name": "extension_purchased"}, "extension", id="extension"),
        pytest.param({"event_name": "change_oa_daily_quota"}, "quota", id="quota"),
        pytest.param({"event_name": "change_template_status"}, "template", id="template status"),
        pytest.param({"event_name": "change_template_quality"}, "template", id="template quality"),
        pytest.param({"event_name": "change_template_quota"}, "template", id="template quota"),
        pytest.param({"event_name": "change_oa_template_tags"}, "tag", id="template tags"),
        pytest.param({"event_name": "event_journey_time_out"}, "journey", id="journey"),
        pytest.param({"event_name": "event_journey_acknowledged"}, "journey", id="journey acknowledged"),
        pytest.param({"event_name": "user_feedback"}, "feedback", id="feedback"),
        pytest.param({"event_name": "shop_has_order"}, "order", id="order"),
        pytest.param({"event_name": "user_call_oa"}, "call", id="call"),
        pytest.param({"event_name": "oa_call_user"}, "call", id="our call"),
        pytest.param({"event_name": "oa_send_consent", "recipient": {"id": "1"}}, "consent", id="consent asked"),
        pytest.param({"event_name": "user_reply_consent"}, "consent", id="consent answered"),
        pytest.param({"event_name": "create_group"}, "group", id="group made"),
        pytest.param({"event_name": "user_join_group"}, "group", id="group joined"),
        pytest.param({"event_name": "delete_group"}, "group", id="group gone"),
        pytest.param(
            {"event_name": "user_send_group_text", "sender": {"id": "1"}, "message": {"text": "a"}},
            "group",
            id="group message",
        ),
        pytest.param({"event_name": "oa_send_group_text", "recipient": {"id": "1"}}, "group", id="ours in a group"),
        pytest.param(
            {"event_name": "anonymous_send_text", "sender": {"id": "1"}, "message": {"text": "a"}},
            "anonymous",
            id="anonymous",
        ),
        pytest.param(
            {"event_name": "oa_send_anonymous_text", "recipient": {"id": "1"}}, "anonymous", id="ours to anonymous"
        ),
    ],
)
def test_what_is_none_of_our_business_is_counted_by_family(event: dict[str, Any], expected: str) -> None:
    closed_set = {*zalo_oa.APART, *zalo_oa.FAMILIES, "unknown", "incomplete", "own"}

    assert parsed(event) == Ignored(expected)
    assert expected in closed_set


@pytest.mark.parametrize("kind", ["text", "image", "gif", "list", "file", "sticker", "template"])
def test_echoes_of_every_kind_are_never_residents(kind: str) -> None:
    event = zalo_events.echo(IDENTITY, USER, text="Dạ", message_id="m1", at=AT)

    inbound = parsed(event | {"event_name": f"oa_send_{kind}"})

    assert inbound == Echo(OA, USER, f"oa_send_{kind}:m1", "m1", "Dạ", by_person=False)


def test_an_echo_with_an_admin_was_typed_by_a_person() -> None:
    inbound = parsed(zalo_events.echo(IDENTITY, USER, text="Dạ", message_id="m1", at=AT, admin="5"))

    assert isinstance(inbound, Echo)
    assert inbound.by_person


def test_a_revoked_permission_is_a_notice() -> None:
    assert parsed({"event_name": "permission_revoked", "oa_id": OA}) == AccountNotice(OA, "revoked")


@pytest.mark.parametrize("body", [b"", b"[]", b'"a"', b"1", b"null", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_only_what_is_no_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        zalo_oa.parse(body)
