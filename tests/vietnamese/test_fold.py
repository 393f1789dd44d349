"""One spelling for comparison."""

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vietnamese.fold import accented, fold, fold_word, folded_words, has_accents


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Kích Hoạt VNeID", "kich hoat vneid", id="accents and case"),
        pytest.param("Đường ĐI", "duong di", id="đ is d"),
        pytest.param(unicodedata.normalize("NFD", "Đã được phê duyệt"), "da duoc phe duyet", id="decomposed"),
        pytest.param("  dạ,\n\tđược   rồi... ạ!! ", "da duoc roi a", id="punctuation and spaces"),
        pytest.param("okkkk", "ok", id="stretched letter"),
        pytest.param("HÔÔÔNG", "hong", id="stretched letter with an accent"),
        pytest.param("ddieenj thoaij", "ddieenj thoaij", id="pairs of telex stay"),
        pytest.param("1000", "1000", id="digits are not stretched letters"),
        pytest.param("50.000đ", "50 000d", id="money"),
        pytest.param("xong\u200b r\u0000ồi", "xong roi", id="zero width and control characters"),
        pytest.param("👍🏽 ok 😀❤️", "ok", id="emoji"),
        pytest.param("2️⃣", "2", id="keycap"),
        pytest.param("①②", "1 2", id="circled digits"),
        pytest.param("❷", "2", id="negative circled digit"),
        pytest.param("🔟", "10", id="keycap ten"),
        pytest.param("１２Ａ", "12a", id="full width"),
        pytest.param("٣", "3", id="digit of another script"),
        pytest.param("½", "", id="fraction"),
        pytest.param("a\u00a0b", "a b", id="no-break space"),
        pytest.param("\ud800", "", id="lone surrogate"),
        pytest.param("chữ kí, quí khách", "chu ky quy khach", id="i written y after k and qu"),
        pytest.param("bác sỹ hy vọng", "bac si hi vong", id="y written i after s and h"),
        pytest.param("tay tai thuy thui y", "tay tai thuy thui y", id="y and i tell other words apart"),
        pytest.param("kyyy", "ky", id="stretched before y is evened"),
        pytest.param("", "", id="empty"),
        pytest.param("🙂", "", id="emoji only"),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aăâeêioôơuưyđbcnthg ạảấầẩẫậ̣́̀̉̃ \u200b"))
def test_composed_and_decomposed_texts_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("hòa", "hoà", id="old and new place of the tone"),
        pytest.param("thuý", "thúy", id="in an open syllable"),
        pytest.param("KHỎE", "khoẻ", id="upper case"),
        pytest.param("mật khẩu", unicodedata.normalize("NFD", "mật  khẩu"), id="decomposed"),
        pytest.param("kĩ", "kỹ", id="i and y"),
        pytest.param("quí", "quý", id="i and y after qu"),
        pytest.param("ô\u0323", "ộ", id="half composed"),
        pytest.param("o\u0301\u0302", "ố", id="marks in disorder"),
        pytest.param("tiếếếng", "tiếng", id="stretched with its tone"),
    ],
)
def test_accented_evens_out_what_is_no_difference(first: str, second: str) -> None:
    assert accented(first) == accented(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("mã", "ma"), ("mã", "má"), ("bán", "bận"), ("đừng", "dừng"), ("mưa", "mua"), ("cô", "có")],
)
def test_accented_keeps_what_is_another_word(first: str, second: str) -> None:
    assert fold(first) == fold(second)
    assert accented(first) != accented(second)


@given(st.text(alphabet="aăbcdđêghikmnoơqtuưvyạảấầẩẫậ̣́̀̉̃ \u200b🙂2"))
def test_accenting_twice_changes_nothing(text: str) -> None:
    assert accented(accented(text)) == accented(text)


@given(st.text())
def test_accented_never_raises(text: str) -> None:
    assert accented(text).split() == accented(text).split(" ") or not accented(text)


@given(st.text(alphabet="abcđghikmnotuvyạảấầểộừỹ ", max_size=30))
def test_accented_has_the_letters_of_fold(text: str) -> None:
    letters = unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode()
    # A run such as "uuuừ" is stretched for the one, and three letters and another for the other: no word has it.
    assume(not re.search(r"([a-z])\1\1", letters.replace(" ", "")))

    assert fold(accented(text)) == fold(text)


@pytest.mark.parametrize(("text", "expected"), [("đã", True), ("bán", True), ("da ban", False), ("…", False)])
def test_has_accents(text: str, expected: bool) -> None:
    assert has_accents(text) is expected


@given(st.text(max_size=12))
def test_a_word_folds_as_a_text_does(word: str) -> None:
    assert fold_word(word) == fold(word)


def test_folded_words_are_a_set() -> None:
    assert folded_words("dạ thưa dạ") == {"da", "thua"}
