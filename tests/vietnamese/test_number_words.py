"""Numbers in words and figures, as people say and type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese import spoken
from vietnamese.fold import fold
from vietnamese.numbers import read_choice, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("không", 0),
        ("năm", 5),
        ("hai mươi mốt", 21),
        ("hai mươi tư", 24),
        ("hai muoi tu", 24),
        ("mười lăm", 15),
        ("muoi lam", 15),
        ("muời hai", 12),
        ("hai lăm", 25),
        ("hăm hai", 22),
        ("băm mốt", 31),
        ("bảy mươi nhăm", 75),
        ("chục", 10),
        ("ba chục", 30),
        ("chục rưỡi", 15),
        ("trăm hai", 120),
        ("ba trăm rưỡi", 350),
        ("ba tram ruoi", 350),
        ("năm trăm rưởi", 550),
        ("một trăm lẻ năm", 105),
        ("một trăm linh năm", 105),
        ("mot tram le nam", 105),
        ("ba trăm hai sáu", 326),
        ("một ngàn", 1_000),
        ("một nghìn không trăm linh năm", 1_005),
        ("nghìn lẻ một", 1_001),
        ("hai nghìn hai lăm", 2_025),
        ("hai ngàn không trăm hai sáu", 2_026),
        ("năm trăm nghìn", 500_000),
        ("nam tram nghin", 500_000),
        ("nawm trawm nghinf", 500_000),
        ("Năm trăm NGÀN ạ", 500_000),
        ("nửa triệu", 500_000),
        ("nữa triệu", 500_000),
        ("triệu hai", 1_200_000),
        ("hai triệu ba", 2_300_000),
        ("hai triệu năm trăm", 2_500_000),
        ("hai triệu không nghìn năm trăm", 2_000_500),
        ("2 triệu 350 nghìn", 2_350_000),
        ("1,5 triệu", 1_500_000),
        ("3 tỷ 2", 3_200_000_000),
        ("một nghìn hai trăm tỷ", 1_200_000_000_000),
        ("1.000.000", 1_000_000),
        ("1,000,000", 1_000_000),
        ("1 000 000", 1_000_000),
        ("１２", 12),
        ("dạ, khoảng 20 ạ", 20),
    ],
)
def test_a_number_is_read(text: str, number: int) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("hai ba", id="two or three"),
        pytest.param("bà", id="grandmother"),
        pytest.param("ba con", id="everybody"),
        pytest.param("năm nay", id="this year"),
        pytest.param("tư vấn", id="advice"),
        pytest.param("trăm", id="hundreds"),
        pytest.param("nghìn", id="thousands"),
        pytest.param("rưỡi", id="half of nothing"),
        pytest.param("5 người", id="something is counted"),
        pytest.param("12,5", id="no whole number"),
        pytest.param("2 rưỡi", id="two and a half"),
        pytest.param("-5", id="below nought"),
        pytest.param("hai triệu mười lăm", id="2,150,000 to some"),
        pytest.param("1.50.000", id="grouped wrongly"),
        pytest.param("0912345678", id="phone number"),
        pytest.param("9" * 5000, id="too long"),
        pytest.param("9" * 100, id="too many digits"),
    ],
)
def test_what_is_no_clear_number_is_none(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("caau hai", 1, id="telex left over"),
        pytest.param("thuws hai", 1, id="telex of an ordinal"),
        pytest.param("ca6u hai", 1, id="vni left over"),
        pytest.param("cuoosi cungf", 3, id="telex of the last"),
        pytest.param("câu hỏi 2", 1, id="question"),
        pytest.param("số thứ 2", 1, id="number and ordinal"),
        pytest.param("(2)", 1, id="brackets"),
        pytest.param("#2", 1, id="hash"),
        pytest.param("bước 3", 2, id="step"),
        pytest.param("cách hai", 1, id="way"),
        pytest.param("nut 3", 2, id="button"),
        pytest.param("nut3", 2, id="button glued"),
        pytest.param("theo tôi là b", 1, id="opinion"),
        pytest.param("em đoán câu c", 2, id="guess"),
        pytest.param("cho con xin câu b", 1, id="request"),
        pytest.param("b đúng rồi á", 1, id="agreement"),
        pytest.param("số 2 luôn", 1, id="south"),
        pytest.param("câu bê", 1, id="name of a letter"),
        pytest.param("câu đ", 3, id="letter after c"),
        pytest.param("câu ii", 1, id="roman"),
        pytest.param("thứ nhứt", 0, id="south first"),
        pytest.param("cái thứ ba từ trên xuống", 2, id="from above"),
        pytest.param("cái thứ nhất từ dưới lên", 3, id="from below"),
        pytest.param("cái kế cuối", 2, id="last but one, south"),
        pytest.param("áp chót", 2, id="last but one"),
    ],
)
def test_more_ways_to_choose_of_four(text: str, position: int) -> None:
    assert read_choice(text, count=4) == position


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("đi ạ", id="please go"),
        pytest.param("câu ạ", id="a courtesy is no letter"),
        pytest.param("chú a", id="a courtesy after a person"),
        pytest.param("cho ba", id="for father"),
        pytest.param("năm nay", id="this year"),
        pytest.param("tư vấn", id="advice"),
        pytest.param("cả 2", id="both"),
        pytest.param("1 hoặc 2", id="either"),
        pytest.param("không phải 2", id="not this one"),
        pytest.param("2 lần", id="twice"),
        pytest.param("ba rồi", id="father already"),
        pytest.param("cái trên", id="above of four"),
        pytest.param("cái giữa", id="the middle of four"),
        pytest.param("từ dưới lên", id="direction alone"),
    ],
)
def test_more_that_is_no_choice_of_four(text: str) -> None:
    assert read_choice(text, count=4) is None


def test_above_below_and_middle_depend_on_how_many_there_are() -> None:
    assert read_choice("cái trên", count=2) == 0
    assert read_choice("cái dưới", count=2) == 1
    assert read_choice("cái giữa", count=3) == 1
    assert read_choice("mười hai", count=12) == 11


@given(st.integers(0, 10**12) | st.integers(0, 3000), st.sampled_from(["north", "south"]))
def test_what_is_spoken_is_read_back(value: int, region: spoken.Region) -> None:
    words = spoken.number(value, region=region)

    assert read_number(words) == value
    assert read_number(fold(words)) == value


_WORDS = [
    "một",
    "hai",
    "năm",
    "trăm",
    "nghìn",
    "triệu",
    "tỷ",
    "rưỡi",
    "nửa",
    "lẻ",
    "chục",
    "mươi",
    "không",
    "5",
    "1.000",
    ",",
]


@given(st.text() | st.lists(st.sampled_from(_WORDS)).map(" ".join))
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = read_number(text)

    assert number is None or number >= 0
