"""Words that are confused by ear sound alike, others do not; and how far accents may be off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.fold import accented
from vietnamese.sounds import fit, sound_of


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("lop", "nop", id="l and n"),
        pytest.param("xao", "sao", id="s and x"),
        pytest.param("chuyen", "truyen", id="ch and tr"),
        pytest.param("dang", "rang", id="d and r"),
        pytest.param("dao", "giao", id="d and gi"),
        pytest.param("di", "gi", id="gi alone"),
        pytest.param("rieng", "gieng", id="gi before ê"),
        pytest.param("lang", "nan", id="ng and n at the end"),
        pytest.param("in", "inh", id="nh and n at the end"),
        pytest.param("mut", "muc", id="t and c at the end"),
        pytest.param("lich", "lit", id="ch and t at the end"),
        pytest.param("ky", "ki", id="y and i"),
        pytest.param("yeu", "ieu", id="yê and iê"),
        pytest.param("fai", "phai", id="f for ph"),
        pytest.param("wen", "quen", id="w for qu"),
        pytest.param("qet", "quet", id="q for qu"),
        pytest.param("kon", "con", id="k for c"),
        pytest.param("nge", "nghe", id="ng for ngh"),
        pytest.param("ge", "ghe", id="g for gh"),
        pytest.param("huu", "hiu", id="ưu and iu"),
        pytest.param("ruou", "rieu", id="ươu and iêu"),
    ],
)
def test_words_that_are_confused_sound_alike(first: str, second: str) -> None:
    assert sound_of(first) == sound_of(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ban", "lan"),
        ("tien", "dien"),
        ("nha", "la"),
        ("nghe", "le"),
        ("tay", "tai"),
        ("hay", "hai"),
        ("thuy", "thui"),
        ("khi", "ki"),
        ("nhan", "nan"),
        ("co", "khong"),
        ("ve", "re"),
        ("bao", "bau"),
    ],
)
def test_other_words_do_not(first: str, second: str) -> None:
    assert sound_of(first) != sound_of(second)


@given(st.text(max_size=12))
def test_any_word_has_a_sound(word: str) -> None:
    assert sound_of(word) or not word


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
