"""Which of so many answers a resident points at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.numbers import read_choice


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("1", 0),
        ("1.", 0),
        (" 2 ", 1),
        ("02", 1),
        ("số 1", 0),
        ("so 4", 3),
        ("câu 2", 1),
        ("cau2", 1),
        ("bài 3", 2),
        ("cau b", 1),
        ("b", 1),
        ("B.", 1),
        ("đáp án c", 2),
        ("chọn a", 0),
        ("a ạ", 0),
        ("dạ a", 0),
        ("chọn 2", 1),
        ("2 nha", 1),
        ("2 đi con", 1),
        ("dạ 2 ạ", 1),
        ("em ơi chọn câu 3 nhé", 2),
        ("con chọn số 2 ạ", 1),
        ("tôi chọn đáp án c", 2),
        ("hai", 1),
        ("số ba", 2),
        ("ba", 2),
        ("tư", 3),
        ("bốn ạ", 3),
        ("cái thứ hai", 1),
        ("cai thu hai", 1),
        ("thứ nhất", 0),
        ("cái nhì", 1),
        ("thứ tư", 3),
        ("đầu tiên", 0),
        ("cái đầu", 0),
        ("cái đầu á", 0),
        ("cai dau", 0),
        ("cái cuối", 3),
        ("cuối cùng", 3),
        ("cai chot", 3),
        ("❷", 1),
        ("①", 0),
        ("2️⃣", 1),
        ("３", 2),
    ],
)
def test_a_choice_of_four_is_read(text: str, position: int) -> None:
    assert read_choice(text, count=4) == position


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("5", id="out of range"),
        pytest.param("0", id="nought"),
        pytest.param("e", id="letter out of range"),
        pytest.param("năm", id="word out of range"),
        pytest.param("11", id="two digits"),
        pytest.param("1 2", id="two numbers"),
        pytest.param("50.000", id="money"),
        pytest.param("2tr5", id="more money"),
        pytest.param("22/11", id="date"),
        pytest.param("không", id="no"),
        pytest.param("ba ơi", id="father is called"),
        pytest.param("bà", id="grandmother"),
        pytest.param("ba con", id="three children"),
        pytest.param("một chút", id="a little"),
        pytest.param("sau", id="after"),
        pytest.param("tu", id="from"),
        pytest.param("dau", id="where"),
        pytest.param("đâu", id="where with its accent"),
        pytest.param("nằm", id="to lie"),
        pytest.param("tôi à", id="me?"),
        pytest.param("số", id="pointing at nothing"),
        pytest.param("", id="empty"),
        pytest.param("tôi không biết chọn câu 2 hay câu 3", id="a sentence"),
    ],
)
def test_what_is_no_clear_choice_of_four_is_none(text: str) -> None:
    assert read_choice(text, count=4) is None


def test_larger_lists_reach_further() -> None:
    assert read_choice("sáu", count=8) == 5
    assert read_choice("10", count=10) == 9
    assert read_choice("cái cuối", count=10) == 9


def test_nothing_can_be_chosen_of_nothing() -> None:
    assert read_choice("1", count=0) is None
    assert read_choice("cuối cùng", count=0) is None


@given(st.text(), st.integers(0, 12))
def test_any_text_gives_a_position_or_none(text: str, count: int) -> None:
    position = read_choice(text, count=count)

    assert position is None or 0 <= position < count
