"""Addresses are found as people write them, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.links import Link, find, registrable, tidy


def hosts(text: str) -> list[str]:
    return [link.host for link in find(tidy(text))]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://abc-def.top/x?y=1", "abc-def.top"),
        ("vào ABC-DEF.TOP nhé", "abc-def.top"),
        ("vào abc-def.top.", "abc-def.top"),
        ("(abc-def.top)", "abc-def.top"),
        ("hxxps://abc-def[.]top/x", "abc-def.top"),
        ("abc-def(.)top", "abc-def.top"),
        ("abc-def [dot] com", "abc-def.com"),
        ("abcdef . com", "abcdef.com"),
        ("abcdef .vn", "abcdef.vn"),
        ("abcdef. com. vn", "abcdef.com.vn"),
        ("abcdef chấm com", "abcdef.com"),
        ("ａｂｃｄｅｆ．ｔｏｐ", "abcdef.top"),
        ("abcdef。top", "abcdef.top"),
        ("abc\u200bdef.t\u200bop", "abcdef.top"),
        ("bit.ly/abc", "bit.ly"),
        ("abcdef.top:8443/x", "abcdef.top"),
        ("http://user@abcdef.top", "abcdef.top"),
        ("https://abc.com.vn@abcdef.top/x", "abcdef.top"),
        ("103.12.88.9", "103.12.88.9"),
        ("http://3232235777/x", "192.168.1.1"),
        ("http://0xC0A80101/", "192.168.1.1"),
        ("https://xn--abcdf-esa.top", "abcdéf.top"),
        ("аbcdef.top", "аbcdef.top"),
    ],
)
def test_an_address_is_found(text: str, host: str) -> None:
    assert hosts(text) == [host]


@pytest.mark.parametrize(
    "text",
    [
        "xong.con hoi",
        "xong.la sao",
        "cam on con.me di cho",
        "1.500.000đ",
        "ba@gmail.com",
        "TP.HCM",
        "v.v",
        "ngày 12.11.2026",
        "lúc 8.30 sáng",
        "Q.1, P.2",
        "3.14",
        "999.999.999.999",
        "a..b",
        "...",
        "http://",
        "",
    ],
)
def test_this_is_no_address(text: str) -> None:
    assert hosts(text) == []


def test_the_parts_of_an_address() -> None:
    assert find("http://me@abc.top:8080/tai.apk?x=1") == [
        Link("http://me@abc.top:8080/tai.apk?x=1", "abc.top", user="me", port=8080, path="/tai.apk?x=1")
    ]


@pytest.mark.parametrize(
    ("host", "owned"),
    [("a.b.com.vn", "b.com.vn"), ("a.b.xyz", "b.xyz"), ("dichvucong.gov.vn.abc.top", "abc.top"), ("com.vn", "com.vn")],
)
def test_who_owns_a_name_is_told_by_the_list_of_endings(host: str, owned: str) -> None:
    assert registrable(host) == owned


@given(st.text("abc.vn/:@[]() chấm\u200b。１-xp#?", max_size=120))
def test_any_text_is_searched(text: str) -> None:
    for link in find(tidy(text)):
        assert link.host
        assert link.written
