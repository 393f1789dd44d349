"""What of a text may be counted: nothing that tells of somebody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.secrets import mask
from bot.unmatched import LONGEST_CHARS, countable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Làm sao lắp WiFi?", "lam sao lap wifi", id="folded"),
        pytest.param("đóng 20 nghìn được hông", "dong 20 nghin duoc hong", id="a small number stays"),
        pytest.param("nhà số 1234 đường 3/2", "nha so # duong 3 2", id="a longer number"),
        pytest.param("sinh ngày 05/09/1961", "sinh ngay #", id="a date of birth"),
        pytest.param("tra cứu 12.34.56", "tra cuu #", id="a number in pieces"),
        pytest.param("biển số 83a12345", "bien so 83a#", id="digits in a word"),
        pytest.param("gọi ٠٩١٢ nhé", "goi # nhe", id="digits of another shape"),
        pytest.param("", None, id="empty"),
        pytest.param("  ?! 🙏", None, id="no letter"),
        pytest.param("12", None, id="a short number"),
        pytest.param("123456", None, id="a long number"),
        pytest.param("b", None, id="one letter"),
        pytest.param("b 2", None, id="one letter and a number"),
        pytest.param("ga " * 33 + "a", "ga " * 33 + "a", id="just short enough"),
        pytest.param("ga " * 33 + "ao", None, id="a story"),
    ],
)
def test_a_text_is_made_fit_to_be_counted_or_left_out(text: str, expected: str | None) -> None:
    assert countable(text) == expected


def test_the_digits_of_a_long_story_do_not_make_it_short() -> None:
    assert countable("so dien thoai " + "0 " * 60) is None


def test_what_was_hidden_stays_hidden() -> None:
    assert countable(mask("số điện thoại 0912 345 678").text) == "so dien thoai"


@given(st.text())
def test_whatever_is_typed_it_never_raises_and_keeps_no_long_number(text: str) -> None:
    counted = countable(text)

    if counted is not None:
        digits = [word for word in "".join(c if c.isdigit() else " " for c in counted).split() if len(word) >= 3]
        assert digits == []
        assert 2 <= len(counted) <= LONGEST_CHARS
