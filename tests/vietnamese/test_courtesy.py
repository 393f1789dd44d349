"""Words of courtesy, asking, denying, and words that sound alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.courtesy import without_courtesy, without_request
from vietnamese.denials import denials, negations
from vietnamese.fold import accented, fold
from vietnamese.sounds import fit, sound_of

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
    ],
)
def test_denials(text: str, expected: set[str]) -> None:
    assert denials(accented(text).split()) == expected


def test_stopping_is_no_negation() -> None:
    assert negations(accented("xóa dữ liệu").split()) == frozenset()
    assert negations(accented("chưa xong").split()) == {"chua"}


@pytest.mark.parametrize(
    ("first", "second"),
    [("lop", "nop"), ("xao", "sao"), ("chuyen", "truyen"), ("lang", "nan"), ("mut", "muc"), ("ky", "ki")],
)
def test_words_that_are_confused_sound_alike(first: str, second: str) -> None:
    assert sound_of(first) == sound_of(second)


@pytest.mark.parametrize(("first", "second"), [("ban", "lan"), ("tien", "dien"), ("nha", "la"), ("nghe", "le")])
def test_other_words_do_not(first: str, second: str) -> None:
    assert sound_of(first) != sound_of(second)


@pytest.mark.parametrize(
    ("typed", "written", "least", "most"),
    [
        pytest.param("mã", "mã", 1, 1, id="same"),
        pytest.param("ma", "mã", 1, 1, id="accents left off"),
        pytest.param("hiễm", "hiểm", 0.8, 0.95, id="slip of the tone"),
        pytest.param("bận", "bán", 0, 0.5, id="another word"),
        pytest.param("đừng", "dừng", 0, 0.5, id="đ and d"),
    ],
)
def test_fit_of_accents(typed: str, written: str, least: float, most: float) -> None:
    assert least <= fit(accented(typed), accented(written)) <= most
