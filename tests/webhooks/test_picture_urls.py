"""Where a picture may be fetched from, and what of a webhook is such an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Event, PictureSent, Unsupported
from tests.fakes import zalo_events
from tests.fakes.messenger import FakeMessenger
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_events import Identity, attachment
from webhooks import channels
from webhooks.channel import Arrival, Channel
from webhooks.channels import messenger, zalo_bot, zalo_oa
from webhooks.pictures import place_of

ZALO = ("zdn.vn", "zadn.vn")
API = "https://openapi.zalo.me"
URL = "https://f20-zpg.zdn.vn/1/abc.jpg?sig=a%2Bb"


@pytest.mark.parametrize("channel", channels.ALL, ids=lambda channel: channel.NAME)
def test_a_channel_names_its_servers_of_pictures_by_the_end_of_their_names(channel: Channel) -> None:
    assert bool(channel.PICTURE_HOSTS) is not channel.IS_FETCHED
    for host in channel.PICTURE_HOSTS:
        assert host == host.lower().strip("./ ")
        assert "." in host
        assert "/" not in host


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        pytest.param(URL, URL, id="a server of the platform"),
        pytest.param("https://zdn.vn/a.jpg", "https://zdn.vn/a.jpg", id="the name itself"),
        pytest.param("http://s.zadn.vn/a.jpg", "https://s.zadn.vn/a.jpg", id="never without TLS"),
        pytest.param("http://s.zadn.vn:80/a.jpg", "https://s.zadn.vn/a.jpg", id="never without TLS, port named"),
        pytest.param("HTTPS://S.ZDN.VN/A.jpg", "https://s.zdn.vn/A.jpg", id="capitals"),
        pytest.param(f"{API}/v2.0/picture/1", f"{API}/v2.0/picture/1", id="the API's own host"),
    ],
)
def test_the_platforms_own_servers_are_asked(url: str, asked: str) -> None:
    assert str(place_of(url, hosts=ZALO, api_url=API)) == asked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "zdn.vn/a.jpg",
        "ftp://f.zdn.vn/a.jpg",
        "file:///etc/passwd",
        "https://evil.example/a.jpg",
        "https://evilzdn.vn/a.jpg",
        "https://zdn.vn.evil.example/a.jpg",
        "https://evil.example/zdn.vn",
        "https://evil.example#.zdn.vn",
        "https://evil.example\\.zdn.vn/",
        "https://f.zdn.vn@evil.example/a.jpg",
        "https://user:word@f.zdn.vn/a.jpg",
        "https://f.zdn.vn:8443/a.jpg",
        "http://f.zdn.vn:443/a.jpg",
        "https://f.zdn.vn./a.jpg",
        "https://ｚdn.vn/a.jpg",
        "http://127.0.0.1/a.jpg",
        "http://[::1]/a.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://openapi.zalo.me/a.jpg",
        "https://openapi.zalo.me:8443/a.jpg",
        "https://x.openapi.zalo.me/a.jpg",
        "https://f.zdn.vn:99999/a.jpg",
        "https://[f.zdn.vn/a.jpg",
    ],
)
def test_no_other_address_is_asked(url: str) -> None:
    assert place_of(url, hosts=ZALO, api_url=API) is None


@pytest.mark.parametrize(
    ("url", "is_asked"),
    [
        ("http://127.0.0.1:9001/pictures/1.jpg", True),
        ("http://127.0.0.1:9002/pictures/1.jpg", False),
        ("http://127.0.0.1/pictures/1.jpg", False),
        ("https://127.0.0.1:9001/pictures/1.jpg", False),
        ("http://localhost:9001/pictures/1.jpg", False),
    ],
)
def test_a_platform_to_try_things_with_is_asked_at_its_own_port_alone(url: str, is_asked: bool) -> None:
    assert (place_of(url, hosts=(), api_url="http://127.0.0.1:9001/v1") is not None) is is_asked


@given(url=st.text(max_size=60) | st.from_regex(r"https?://[a-z0-9.@:\[\]%-]{0,30}zdn\.vn[/:@.?#a-z0-9-]{0,20}"))
def test_whatever_is_asked_is_asked_by_tls_at_a_server_of_the_platform(url: str) -> None:
    found = place_of(url, hosts=ZALO, api_url="")

    if found is not None:
        assert (found.scheme, found.userinfo, found.port) == ("https", b"", None)
        assert f".{found.host}".endswith((".zdn.vn", ".zadn.vn"))


@pytest.mark.parametrize("api_url", ["", "/v1", "not an address", "http://[", "https://"])
def test_an_account_without_an_address_of_its_api_permits_nothing_more(api_url: str) -> None:
    assert place_of("https://evil.example/a.jpg", hosts=ZALO, api_url=api_url) is None
    assert place_of(URL, hosts=ZALO, api_url=api_url) is not None


# What webhooks say ----------------------------------------------------------------------------------------


def event_of(channel: Channel, body: bytes) -> Event:
    (found,) = channel.parse(body)
    assert isinstance(found, Arrival), found
    return found.event


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            attachment("image", thumbnail="https://t.zdn.vn/s.jpg", url=URL), PictureSent("", URL), id="plain"
        ),
        pytest.param({"text": "mã", **attachment("image", url=URL)}, PictureSent("mã", URL), id="with words"),
        pytest.param(attachment("image", url="url_to_thumbnail"), PictureSent(), id="no address"),
        pytest.param(attachment("image", url=["a"]), PictureSent(), id="of another type"),
        pytest.param(attachment("image", url=f"https://a.vn/{'a' * 5_000}"), PictureSent(), id="far too long"),
        pytest.param({"attachments": []}, PictureSent(), id="nothing attached"),
    ],
)
def test_zalo_says_where_a_picture_is(content: dict[str, object], expected: Event) -> None:
    event = zalo_events.message(Identity(), "9001", name="user_send_image", message_id="m1", at=1, **content)

    assert event_of(zalo_oa, zalo_events.encode(event)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param({"photo": URL, "caption": "mã"}, PictureSent("mã", URL), id="photo"),
        pytest.param({"photo_url": URL}, PictureSent("", URL), id="photo_url"),
        pytest.param({"photo": {"id": 1}, "photo_url": URL}, PictureSent("", URL), id="photo of another type"),
        pytest.param({}, PictureSent(), id="none"),
    ],
)
def test_a_zalo_bot_is_told_where_a_picture_is(content: dict[str, object], expected: Event) -> None:
    fake = FakeZaloBot()

    assert event_of(zalo_bot, fake.encode(fake.event("a1", "image", **content))) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param({"url": URL}, PictureSent("", URL), id="a picture"),
        pytest.param({"url": URL, "sticker_id": 369239263222822}, Unsupported("sticker"), id="the thumb"),
        pytest.param({}, PictureSent(), id="no address"),
    ],
)
def test_messenger_says_where_a_picture_is(payload: dict[str, object], expected: Event) -> None:
    fake = FakeMessenger()
    message = {"attachments": [{"type": "image", "payload": payload}]}

    assert event_of(messenger, fake.webhook(fake.event("6001", message=message))) == expected
