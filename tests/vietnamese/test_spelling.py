"""Common spelling: teencode, dialects, voice slips, forgotten telex and VNI keys."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.fold import fold
from vietnamese.spelling import normalise, standard_words
from vietnamese.syllables import SYLLABLES, from_telex


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("ko dc", "khong duoc", id="teencode"),
        pytest.param("mk vneid", "mat khau vneid", id="abbreviation"),
        pytest.param("hổng đặng", "khong duoc", id="south"),
        pytest.param("Tui vô hoài hông được", "toi vao hoai khong duoc", id="south in a sentence"),
        pytest.param("mần răng chừ", "lam sao gio", id="centre"),
        pytest.param("giúp bác giùm cái", "giup bac giup cai", id="words of helping"),
        pytest.param("vê nê ai đi", "vneid", id="voice"),
        pytest.param("ô tê pê", "otp", id="voice for otp"),
        pytest.param("quét quy a", "quet qr", id="voice for qr"),
        pytest.param("VNID", "vneid", id="slip in a name"),
        pytest.param("👍", "ok", id="a thumb is a yes"),
        pytest.param("hồng", "hong", id="an accented word is not the teencode that folds like it"),
        pytest.param("máy hỏng", "may hong", id="broken is not no"),
        pytest.param("bao nhiêu", "bao nhieu", id="a group that is right already"),
        pytest.param("sổ hộ khẩu", "so ho khau", id="a household is not a favour"),
    ],
)
def test_words_are_put_into_common_spelling(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("kichs hoatj", "kich hoat"),
        ("maatj khaaur", "mat khau"),
        ("mật khaaur", "mat khau"),
        ("ddieenj thoaij", "dien thoai"),
        ("dduowcj", "duoc"),
        ("tieenf", "tien"),
        ("DDangws nhaapj", "dang nhap"),
        ("nguwowif", "nguoi"),
        ("bij lwaf ddaor", "bi lua dao"),
        ("vietej", "viet"),
        ("mat5 kha6u3", "mat khau"),
        ("d9ie6n5 thoai5", "dien thoai"),
    ],
)
def test_keys_of_telex_and_vni_are_taken_out(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


@pytest.mark.parametrize(
    "word", ["zalo", "shopee", "facebook", "messenger", "momo", "wifi", "video", "app", "etax", "vneid"]
)
def test_names_are_no_telex(word: str) -> None:
    assert normalise(word) == word


@pytest.mark.parametrize("typed", ["cau2", "muc2", "bai3"])
def test_a_lone_digit_at_a_word_is_no_vni(typed: str) -> None:
    assert normalise(typed) == typed


def test_accents_survive_for_those_who_need_them() -> None:
    assert [fold(word) for word in standard_words("mã ko")] == ["ma", "khong"]
    assert standard_words("mã") != standard_words("ma")


@pytest.mark.parametrize("word", ["nghieng", "khuya", "truong", "quyet", "giuong", "yeu", "xoong"])
def test_syllables_are_known(word: str) -> None:
    assert word in SYLLABLES
    assert from_telex(word) is None


@pytest.mark.parametrize("word", ["vneid", "tieeps", "cais", "shopee", "", "123"])
def test_other_words_are_no_syllables(word: str) -> None:
    assert word not in SYLLABLES - {""}


@given(st.text())
def test_normalise_never_raises_and_is_folded(text: str) -> None:
    result = normalise(text)

    assert fold(result) == result


def test_every_line_of_the_table_says_something() -> None:
    table = files("vietnamese").joinpath("spellings.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]

    assert all(len(row) == 3 and all(row) for row in rows)
    assert len({typed for typed, _, _ in rows}) == len(rows)
    assert [typed for typed, meant, kind in rows if typed == meant and kind != "keep"] == []
