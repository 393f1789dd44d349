"""What a loudspeaker says for figures, dates, hours and units."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese import spoken


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "không"),
        (4, "bốn"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (25, "hai mươi lăm"),
        (101, "một trăm linh một"),
        (104, "một trăm linh bốn"),
        (105, "một trăm linh năm"),
        (115, "một trăm mười lăm"),
        (1_005, "một nghìn không trăm linh năm"),
        (1_250_000, "một triệu hai trăm năm mươi nghìn"),
        (1_025_000, "một triệu không trăm hai mươi lăm nghìn"),
        (2_000_500, "hai triệu không nghìn năm trăm"),
        (1_000_000_005, "một tỷ không nghìn không trăm linh năm"),
        (10**12, "một nghìn tỷ"),
        (-5, "âm năm"),
        (Decimal("2.5"), "hai phẩy năm"),
        (Decimal("2.05"), "hai phẩy không năm"),
        (Decimal("2.25"), "hai phẩy hai mươi lăm"),
        (Decimal("-0.125"), "âm không phẩy một hai năm"),
    ],
)
def test_a_number_in_words(value: int | Decimal, words: str) -> None:
    assert spoken.number(value) == words


def test_the_south_says_it_its_own_way() -> None:
    assert spoken.number(2_105, region="south") == "hai ngàn một trăm lẻ năm"
    assert spoken.text("4‰, 500k", region="south") == "bốn phần ngàn, năm trăm ngàn đồng"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mưa 30-50 mm", "Mưa ba mươi đến năm mươi mi-li-mét"),
        ("trên 100 mm/ngày", "trên một trăm mi-li-mét một ngày"),
        (">100 mm", "trên một trăm mi-li-mét"),
        ("≥35°C", "ít nhất ba mươi lăm độ C"),
        ("25°C-28°C", "hai mươi lăm độ C đến hai mươi tám độ C"),
        ("-5°C", "âm năm độ C"),
        ("- 5 người", "- năm người"),
        ("-5 người", "- năm người"),
        ("gió 25 km/h", "gió hai mươi lăm ki-lô-mét trên giờ"),
        ("5,5 m/s", "năm phẩy năm mét trên giây"),
        ("12,5ha", "mười hai phẩy năm héc-ta"),
        ("6 tấn/ha", "sáu tấn một héc-ta"),
        ("20-30 kg/công", "hai mươi đến ba mươi ki-lô-gam một công"),
        ("10 kg/1.000 m2", "mười ki-lô-gam trên một nghìn mét vuông"),
        ("60 - 80%", "sáu mươi đến tám mươi phần trăm"),
        ("15.000đ/kg", "mười lăm nghìn đồng một ki-lô-gam"),
        ("500k", "năm trăm nghìn đồng"),
        ("2tr5", "hai triệu năm trăm nghìn đồng"),
        ("300-500k", "ba trăm đến năm trăm nghìn đồng"),
        ("2 triệu rưỡi", "hai triệu rưỡi"),
        ("1 000 000 đ", "một triệu đồng"),
        ("1.250,5 kg", "một nghìn hai trăm năm mươi phẩy năm ki-lô-gam"),
        ("20x30 cm", "hai mươi nhân ba mươi xăng-ti-mét"),
        ("NPK 16-16-8", "NPK mười sáu mười sáu tám"),
        ("giống ST25, OM5451", "giống ST hai mươi lăm, OM năm bốn năm một"),
        ("sóng 4G", "sóng bốn G"),
        ("thứ 4 tháng 4", "thứ tư tháng tư"),
        ("05 ngày", "năm ngày"),
        ("mã 482913", "mã bốn tám hai chín một ba"),
        ("tỷ lệ 1:10", "tỷ lệ một trên mười"),
        ("1️⃣ Một", "một Một"),
        ("xem dichvucong.gov.vn/2026 số 5", "xem dichvucong.gov.vn/2026 số năm"),
    ],
)
def test_figures_and_units_are_spelt_out(text: str, words: str) -> None:
    assert spoken.text(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("22/11", "ngày hai mươi hai tháng mười một"),
        ("Ngày 22/11/2026", "Ngày hai mươi hai tháng mười một năm hai nghìn không trăm hai mươi sáu"),
        ("ngày 1-4-2026", "ngày một tháng tư năm hai nghìn không trăm hai mươi sáu"),
        ("2026-11-22", "ngày hai mươi hai tháng mười một năm hai nghìn không trăm hai mươi sáu"),
        ("tháng 11/2026", "tháng mười một năm hai nghìn không trăm hai mươi sáu"),
        ("22-28/11", "ngày hai mươi hai đến hai mươi tám tháng mười một"),
        ("từ 30/11 - 2/12", "từ ngày ba mươi tháng mười một đến ngày hai tháng mười hai"),
        ("sáng 1/2", "sáng ngày một tháng hai"),
        ("1/2 ruộng", "một phần hai ruộng"),
        ("3/4", "ba phần tư"),
        ("24/7", "hai mươi tư trên bảy"),
        ("Nghị định 69/2024", "Nghị định sáu mươi chín năm hai nghìn không trăm hai mươi tư"),
        ("6h30", "sáu giờ ba mươi phút"),
        ("18:00", "mười tám giờ"),
        ("18:05", "mười tám giờ năm phút"),
        ("7-9h", "bảy đến chín giờ"),
        ("6h30-7h", "sáu giờ ba mươi phút đến bảy giờ"),
    ],
)
def test_dates_and_hours_are_spelt_out(text: str, words: str) -> None:
    assert spoken.text(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0912.345.678", "không chín một hai, ba bốn năm, sáu bảy tám"),
        ("+84912345678", "không chín một hai, ba bốn năm, sáu bảy tám"),
        ("02438255555", "không hai bốn, ba tám hai năm, năm năm năm năm"),
        ("19000368", "một chín không không, không ba sáu tám"),
        ("gọi 113", "gọi một một ba"),
        ("stk 12345678", "stk một hai ba bốn, năm sáu bảy tám"),
    ],
)
def test_numbers_to_call_are_said_in_groups(text: str, words: str) -> None:
    assert spoken.text(text) == words


@given(st.text(st.characters(exclude_categories=["Nd"])))
def test_a_text_without_digits_stays_as_it_is(text: str) -> None:
    assert spoken.text(text) == text


_PARTS = [
    "1",
    "22/11",
    "-",
    " ",
    "5",
    ",",
    ".",
    "mm",
    "h",
    ":",
    "30",
    "%",
    "k",
    "tr5",
    "/ha",
    "°C",
    "A",
    "0912345678",
    "x",
]


@given(st.text(st.characters(exclude_characters="@.")) | st.lists(st.sampled_from(_PARTS)).map("".join))
def test_no_digit_is_left_and_saying_it_twice_changes_nothing(text: str) -> None:
    words = spoken.text(text)

    assert not any(map(str.isdecimal, words)) or "://" in text
    assert spoken.text(words) == words


@pytest.mark.parametrize("part", ["1", "1.", "1-", "1/", "1:", "1 ", "22/11-", "a.", "a@", "1,000", "-1", "1h", "1tr"])
def test_long_hostile_texts_are_spelt_out(part: str) -> None:
    assert spoken.text(part * 5_000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("bà con " * 75, 60, id="150 syllables"),
        pytest.param("30 mm", 2, id="five syllables, rounded up"),
        pytest.param("UBND", 2, id="letter by letter"),
    ],
)
def test_the_time_to_read_follows_the_syllables(text: str, seconds: int) -> None:
    assert spoken.reading_time(text) == timedelta(seconds=seconds)
