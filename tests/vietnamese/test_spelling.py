"""Common spelling: teencode, dialects, voice slips, forgotten telex and VNI keys."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from vietnamese.denials import negations
from vietnamese.fold import accented, fold
from vietnamese.spelling import normalise, standard_words


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


ROWS = rows(files("vietnamese").joinpath("spellings.tsv").read_text(encoding="utf-8"))
TYPED = [typed for typed, _, _ in ROWS]
EXAMPLES = [
    (rule, typed, meant)
    for rule, typed, meant, _ in rows((ROOT / "tests/vietnamese/spelling_examples.tsv").read_text(encoding="utf-8"))
]
LETTER_RULES = {
    "case",
    "decomposed",
    "digits",
    "i_y",
    "names",
    "punctuation",
    "signs",
    "stretched",
    "telex",
    "telex_half",
    "telex_late",
    "telex_open",
    "tone_place",
    "vni",
}


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


@pytest.mark.parametrize(("rule", "typed", "meant"), EXAMPLES)
def test_examples(rule: str, typed: str, meant: str) -> None:
    assert standard_words(typed) == accented(meant).split()


def test_every_rule_has_examples_and_a_source() -> None:
    kinds = {kind for _, _, kind in ROWS}

    assert {rule for rule, *_ in EXAMPLES} == kinds | LETTER_RULES


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("dừng dùng đúng đừng dụng", id="stop, use, right, do not"),
        pytest.param("có không cô", id="yes and no"),
        pytest.param("chưa chứa chữa", id="not yet, hold, mend"),
        pytest.param("hủy hùy", id="cancel"),
        pytest.param("bỏ bố bộ", id="leave, father, ministry"),
        pytest.param("tắt tất", id="switch off, all"),
        pytest.param("thôi thời thối", id="enough, time"),
        pytest.param("mã má mà ma", id="code, mother, but, ghost"),
        pytest.param("gửi giữ gỡ", id="send, keep, remove"),
        pytest.param("xóa xoa", id="delete, rub"),
        pytest.param("nhận nhấp", id="receive"),
        pytest.param("hỏng hồng", id="broken, pink"),
        pytest.param("chi chỉ chị", id="spend, show, sister"),
        pytest.param("mắc biểu ảnh", id="words of the South with another meaning"),
    ],
)
def test_words_that_must_not_be_taken_for_each_other(words: str) -> None:
    assert standard_words(words) == accented(words).split()


def test_no_row_loses_a_no() -> None:
    lost = [typed for typed in TYPED if not negations(accented(typed).split()) <= negations(standard_words(typed))]

    assert lost == []


def test_every_row_means_what_it_says() -> None:
    wrong = [typed for typed, meant, _ in ROWS if standard_words(typed) != accented(meant).split()]

    assert wrong == []


def test_what_a_row_means_stays() -> None:
    assert [meant for _, meant, _ in ROWS if standard_words(meant) != accented(meant).split()] == []


@given(st.lists(st.sampled_from([*TYPED, "dduwowcj", "mat65", "2", "?", "👍"]), max_size=8))
def test_putting_into_common_spelling_twice_changes_nothing(words: list[str]) -> None:
    once = standard_words(" ".join(words))

    assert standard_words(" ".join(once)) == once


@given(st.text())
def test_words_never_raise_and_are_never_empty(text: str) -> None:
    assert all(standard_words(text))


@given(st.text())
def test_normalise_never_raises_and_is_folded(text: str) -> None:
    result = normalise(text)

    assert fold(result) == result


def test_every_line_of_the_table_says_something() -> None:
    assert all(len(row) == 3 and all(row) for row in ROWS)
    assert len({accented(typed) for typed, _, _ in ROWS}) == len(ROWS)
    assert [typed for typed, meant, kind in ROWS if (typed == meant) != (kind == "keep")] == []
