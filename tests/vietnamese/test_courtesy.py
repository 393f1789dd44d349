"""Words of courtesy and of asking are left out; what is said remains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.courtesy import without_courtesy, without_request
from vietnamese.fold import fold

SOME_WORDS = "da a em oi co con khong duoc xong roi nha cho toi muon menu"
WORDS = st.lists(st.sampled_from(SOME_WORDS.split()), max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dạ xong rồi ạ", "xong roi"),
        ("em ơi cho hỏi", "cho hoi"),
        ("nói lại đi con", "noi lai"),
        ("nhắc lại giùm cái coi", "nhac lai"),
        ("cho gặp cán bộ được không", "cho gap can bo"),
        ("xong rồi con ơi", "xong roi"),
        ("được chưa hỉ", "duoc chua"),
        ("mệ ơi xong rồi", "xong roi"),
        ("ủa sao vậy hè", "sao"),
        ("đồng ý", "dong y"),
        ("quét mã", "quet ma"),
        ("cỡ chữ", "co chu"),
        ("dạ", "da"),
        ("cô ơi", "co oi"),
        ("con", "con"),
        ("", ""),
    ],
)
def test_courtesy_is_left_out(text: str, expected: str) -> None:
    assert " ".join(without_courtesy(fold(text).split())) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tôi muốn quay lại", "quay lai"),
        ("cho bác gặp cán bộ với", "gap can bo"),
        ("có không", "co khong"),
        ("không", "khong"),
    ],
)
def test_asking_is_left_out(text: str, expected: str) -> None:
    assert " ".join(without_request(fold(text).split())) == expected


@given(WORDS)
def test_a_text_never_becomes_empty(words: list[str]) -> None:
    assert bool(without_request(words)) == bool(words)
