"""Words that say not, or no more; and words that only look like them without accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.denials import denials, negations
from vietnamese.fold import accented

SOME_WORDS = "đừng dung dùng đúng không khong bỏ bo thôi thoi app rồi"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("đừng gửi nữa", {"dung"}),
        ("bỏ tin thời tiết", {"bo"}),
        ("thời tiết", set()),
        ("thoi tiet", set()),
        ("thôi không cần", {"thoi", "khong"}),
        ("dung ung dung nay", {"dung"}),
        ("sử dụng", set()),
        ("đúng", set()),
        ("dung", {"dung"}),
        ("muon dung app", set()),
        ("dừng được không", {"dung", "khong"}),
        ("dung gui tin", {"dung"}),
        ("tat ca cac bai", set()),
        ("tat tin", {"tat"}),
        ("bo phan mot cua", set()),
        ("khoi dong may", set()),
        ("khỏi gửi", {"khoi"}),
        ("go so", set()),
    ],
)
def test_denials(text: str, expected: set[str]) -> None:
    assert denials(accented(text).split()) == expected


def test_stopping_is_no_negation() -> None:
    assert negations(accented("xóa dữ liệu").split()) == frozenset()
    assert negations(accented("chưa xong").split()) == {"chua"}


@given(st.lists(st.sampled_from(SOME_WORDS.split()), max_size=6))
def test_a_negation_is_a_denial(words: list[str]) -> None:
    assert negations(list(map(accented, words))) <= denials(list(map(accented, words)))
