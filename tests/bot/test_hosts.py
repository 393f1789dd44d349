"""Whose name an address borrows. All hosts here that are nobody's are made up; none is ever opened."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.hosts import Names, Oddity, judge
from bot.links import find, tidy
from bot.scam import check
from lessons.loader import load_files
from lessons.signs import ScamSigns
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def signs() -> ScamSigns:
    found = load_files(ROOT / "lessons.yaml", timezone=ZoneInfo("Asia/Ho_Chi_Minh")).signs
    assert found is not None
    return found


@pytest.fixture(scope="module")
def names(signs: ScamSigns) -> Names:
    return Names.of(signs)


def oddities(names: Names, text: str) -> list[Oddity]:
    (link,) = find(tidy(text))
    return judge(names, link)


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("vietcombank-khachhang.info", "imitation", "Vietcombank"),
        ("kh.vietcombank.xyz", "imitation", "Vietcombank"),
        ("vcb-digibank-xacnhan.com", "imitation", "Vietcombank"),
        ("vaynhanhmsb247.site", "imitation", "MSB"),
        ("acb-vay.com", "imitation", "ACB"),
        ("acb.vn-abc.xyz", "misplaced", "ACB"),
        ("momo9797.me", "imitation", "MoMo"),
        ("dienlucevn-thanhtoan.com", "imitation", "Điện lực EVN"),
        ("dichvucong.hoso-abc.com", "imitation", "Cổng Dịch vụ công"),
        ("bidv-khuyenmai.weebly.com", "imitation", "BIDV"),
        ("vietc0mbank.com", "look_alike", "Vietcombank"),
        ("vietcornbank.com", "look_alike", "Vietcombank"),
        ("vietcombamk.com", "look_alike", "Vietcombank"),
        ("dichvucomg.com", "look_alike", "Cổng Dịch vụ công"),
        ("m0m0.vn", "look_alike", "MoMo"),
        ("vіetcombank.com", "imitation", "Vietcombank"),
        ("https://xn--vietcmbank-t2i.com", "look_alike", "Vietcombank"),
        ("vietcombank.com.vn.abc.top", "misplaced", "Vietcombank"),
        ("dichvucong-gov-vn.info", "misplaced", "Cổng Dịch vụ công"),
        ("hoso-govn.cc", "state_like", ""),
        ("https://vietcombank.com.vn@abcdef.com/x", "user_part", ""),
        ("http://103.12.88.9/x", "number_host", ""),
        ("https://abcdef.com/VNeID.apk", "app_file", ""),
        ("https://abcdef.com/tai?f=VNeID.apk&x=1", "app_file", ""),
        ("abcdеf.com", "strange_letters", ""),
        ("abcdef.com:8443", "odd_port", ""),
        ("nhanquatrian.vip", "bait", ""),
    ],
)
def test_an_odd_address_is_told_with_whose_name_it_borrows(names: Names, address: str, kind: str, name: str) -> None:
    assert Oddity(kind, name) in oddities(names, address)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "https://vietcombank.com.vn/khuyen-mai",
        "ebank.vietcombank.com.vn",
        "https://cskh.npc.com.vn:443/",
        "https://vneid.gov.vn",
        "congan.cantho.gov.vn/tai-ve/VNeID.apk",
        "https://zalo.me/g/abcdef",
        "docs.google.com/forms/d/abc",
        "vibrant-shop.vn",
        "acbnews.com",
        "seventeen.com",
        "dichvucongnghe.vn",
        "nongnghiep.vn",
        "truongthptso1.edu.vn",
        "tiemvangkimphat.com",
        "sangovinhhung.com",
        "govtech-news.com",
        "hocnauan.net",
    ],
)
def test_an_ordinary_or_true_address_is_left_in_peace(names: Names, address: str) -> None:
    assert oddities(names, address) == []


def test_a_bare_unknown_address_is_no_sign(signs: ScamSigns) -> None:
    assert check(signs, "tiemvangkimphat.com").level == "no_sign_found"


def test_a_name_that_cannot_be_pressed_is_shown(signs: ScamSigns) -> None:
    verdict = check(signs, "Quy khach vao vietcombank-khachhang.info de nhan qua")

    assert verdict.level == "danger"
    assert any("vietcombank-khachhang . info" in reason for reason in verdict.reasons)
    assert not any(find(reason) for reason in verdict.reasons)


def test_every_official_domain_is_trusted(names: Names) -> None:
    listed = yaml.safe_load(Path(ROOT / "lessons/official_domains.yaml").read_text(encoding="utf-8"))["domains"]

    assert [entry["domain"] for entry in listed if names.owner(entry["domain"]) is None] == []


def test_no_trusted_host_borrows_a_name(names: Names) -> None:
    odd = {host: oddities(names, f"https://{host}") for host in names.trusted}

    assert {host: found for host, found in odd.items() if found} == {}


@given(st.text("abcdefgvnimo0123.-éаｖ", min_size=1, max_size=200))
def test_any_address_is_judged(names: Names, text: str) -> None:
    for link in find(tidy(f"https://{text}")):
        assert len(judge(names, link)) <= 10
