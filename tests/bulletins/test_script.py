"""What is read aloud over the commune's loudspeaker: no figure left, the warning first and last."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from bulletins.content import Content, OfficialWarning
from bulletins.script import script, spelt
from tests.bulletins.test_chat import BARE, MONDAY, WARNING, bulletin, contents


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("từ 28/11", "từ ngày hai mươi tám tháng mười một", id="date"),
        pytest.param("33 độ", "ba mươi ba độ", id="degrees"),
        pytest.param("23-25 độ", "hai mươi ba đến hai mươi lăm độ", id="range"),
        pytest.param("sáng, -2 đến 5 độ", "sáng, âm hai đến năm độ", id="below zero"),
        pytest.param("mưa 20 mm", "mưa hai mươi mi-li-mét", id="millimetres"),
        pytest.param("80 mm/24h", "tám mươi mi-li-mét trong hai mươi tư giờ", id="millimetres in hours"),
        pytest.param("50 mm/12 giờ", "năm mươi mi-li-mét trong mười hai giờ", id="millimetres in hours, in full"),
        pytest.param("70%", "bảy mươi phần trăm", id="percent"),
        pytest.param("0,3‰", "không phẩy ba phần ngàn", id="decimals"),
        pytest.param("1.200 con", "một ngàn hai trăm con", id="thousands"),
        pytest.param("lúc 7 giờ 30", "lúc bảy giờ ba mươi", id="hour"),
        pytest.param("50 km/h", "năm mươi ki-lô-mét trên giờ", id="speed"),
        pytest.param("gọi 0912345678", "gọi không chín một hai, ba bốn năm, sáu bảy tám", id="phone"),
        pytest.param("30m³, 5½ công", "ba mươi mét khối, năm một phần hai công", id="raised figures"),
        pytest.param("① gặt sớm", "một gặt sớm", id="figures in circles"),
        pytest.param("☎️ 1️⃣ **Chị Lan**", "một Chị Lan", id="emoji and bold"),
        pytest.param("UBND xã, TP.HCM", "Ủy ban nhân dân xã, Thành phố Hồ Chí Minh", id="abbreviations"),
        pytest.param("Sở NN&MT TP. Cần Thơ", "Sở Nông nghiệp và Môi trường thành phố Cần Thơ", id="with a point"),
        pytest.param("https://nchmf.gov.vn", "nchmf chấm gov chấm vn", id="address"),
        pytest.param("tin7@xa2.vn", "tin bảy a còng xa hai chấm vn", id="address with figures"),
        pytest.param("và/hoặc mưa to.Gió", "và, hoặc mưa to.Gió", id="stroke between words"),
        pytest.param("Open-Meteo.com (CC BY 4.0), làm tròn", "Open-Meteo chấm com, làm tròn", id="licence"),
        pytest.param("HTXA, Bộ UBNDX", "HTXA, Bộ UBNDX", id="no abbreviation inside of a word"),
    ],
)
def test_figures_and_signs_are_spelt_out(written: str, said: str) -> None:
    assert spelt(written, region="south") == said


def test_a_usual_bulletin_is_read_from_greeting_to_thanks() -> None:
    read = script(bulletin())

    assert read.text.startswith(
        "Kính thưa bà con xã Tài Văn.\n\nSau đây là bản tin thời tiết nông vụ, từ thứ Hai ngày hai mươi ba tháng mười"
        " một đến Chủ nhật ngày hai mươi chín tháng mười một.\n\n"
    )
    assert (
        "Thứ Năm, ngày hai mươi sáu tháng mười một: mưa vừa, có dông, hai mươi lăm đến ba mươi độ,"
        " lượng mưa hai mươi tám mi-li-mét, khả năng mưa tám mươi phần trăm.\n"
    ) in read.text
    assert "\n\nViệc nên làm tuần này.\nViệc thứ nhất: Khơi rãnh" in read.text
    assert "\nViệc thứ ba: Đo độ mặn trước khi lấy nước, không lấy khi trên một phần ngàn.\n\n" in read.text
    assert "khuyến nông xã: không chín một hai, ba bốn năm, sáu bảy tám.\n\n" in read.text
    assert "Bản tin do Trần Văn Minh duyệt.\nDữ liệu thời tiết: Open-Meteo chấm com, đã làm tròn" in read.text
    assert read.text.endswith("\n\nBản tin đến đây là hết. Xin cảm ơn bà con đã lắng nghe.")


def test_an_official_warning_is_read_first_and_again_at_the_end() -> None:
    warning = OfficialWarning(text="Cảnh báo lốc, sét.", source="Đài KTTV Cần Thơ", issued_at="14 giờ")
    said = "Cảnh báo lốc, sét.\nNguồn tin: Đài khí tượng thủy văn Cần Thơ. Giờ phát tin: mười bốn giờ."

    paragraphs = script(bulletin(warning=warning)).text.split("\n\n")

    assert paragraphs[1] == f"Trước hết là cảnh báo chính thức.\n{said}"
    assert paragraphs[-2] == f"Xin nhắc lại cảnh báo chính thức.\n{said}"


@pytest.mark.parametrize(
    ("changed", "paragraph"),
    [
        pytest.param({"tasks": ("Gặt sớm",)}, "Việc nên làm tuần này.\nGặt sớm.", id="a single task is not numbered"),
        pytest.param(
            {"last_day": MONDAY},
            "Sau đây là bản tin thời tiết nông vụ, thứ Hai ngày hai mươi ba tháng mười một.",
            id="a single day",
        ),
        pytest.param({"season": "Lúa trổ,\nlúa chín!"}, "Về mùa vụ.\nLúa trổ.\nLúa chín!", id="lines become sentences"),
    ],
)
def test_paragraphs(changed: dict[str, Any], paragraph: str) -> None:
    said = script(bulletin(**BARE | changed)).text.split("\n\n")

    assert paragraph.casefold() in [one.casefold() for one in said]


def test_what_is_empty_is_not_announced() -> None:
    assert len(script(bulletin(**BARE)).text.split("\n\n")) == 3


def test_thousands_are_said_as_the_region_says_them() -> None:
    content = bulletin(**BARE | {"week": "Có 1.200 hộ."})

    assert "một ngàn hai trăm hộ" in script(content, "south").text
    assert "một nghìn hai trăm hộ" in script(content, "north").text


def test_the_time_grows_with_the_text() -> None:
    short, long = script(bulletin(**BARE)), script(bulletin(warning=WARNING))

    assert timedelta(seconds=15) < timedelta(seconds=short.seconds) < timedelta(seconds=30)
    assert timedelta(minutes=3) < timedelta(seconds=long.seconds) < timedelta(minutes=6)


@given(contents())
def test_no_figure_and_no_mark_is_left(content: Content) -> None:
    read = script(content)

    assert [character for character in read.text if character.isdigit()] == []
    assert "**" not in read.text
    assert not re.search(r"[ \t]{2}", read.text)
    assert read.seconds > 0
