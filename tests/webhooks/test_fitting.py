"""Fitting: texts within the limit, cut where people would cut them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Choice, Message
from webhooks.channel import Limits
from webhooks.fitting import clean, cut, fit, label, units

PLAIN = Limits(text_units=40, buttons=5, label_units=12, has_bold=False, has_pictures=False)
RICH = Limits(text_units=40, buttons=5, label_units=12, has_bold=True, has_pictures=True)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1fb\U0001f1f3"
THUMB = "\U0001f44d\U0001f3fd"

letters = st.sampled_from([*"aăâbcdđeêốộữỳ .,!?\n1234ƠƯ", "e\u0302\u0323", FAMILY, FLAG, THUMB, "\u0301"])
vietnamese = st.lists(letters, max_size=200).map("".join)
anything = st.text(max_size=200)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Xin chào bác Nguyễn Thị Ánh", 27, id="composed letters are one"),
        pytest.param("👍", 2, id="an emoji is two"),
        pytest.param(FAMILY, 8, id="a family is eight"),
        pytest.param(FLAG, 4, id="a flag is four"),
    ],
)
def test_length_is_counted_in_utf16(text: str, expected: int) -> None:
    assert units(text) == expected == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing gives no part"),
        pytest.param(" \n ", [], id="white space gives no part"),
        pytest.param("Chào bác.", ["Chào bác."], id="what fits stays whole"),
        pytest.param(
            "Bác mở VNeID lên nhé. Rồi bấm nút màu đỏ ở dưới cùng.",
            ["Bác mở VNeID lên nhé.", "Rồi bấm nút màu đỏ ở dưới cùng."],
            id="between sentences",
        ),
        pytest.param(
            "Bác cần ba thứ giấy tờ sau đây\n1. Căn cước công dân\n2. Số điện thoại",
            ["Bác cần ba thứ giấy tờ sau đây", "1. Căn cước công dân\n2. Số điện thoại"],
            id="between lines, and a number in a list ends no sentence",
        ),
        pytest.param(
            "mot hai ba bon nam sau bay tam chin muoi muoi mot",
            ["mot hai ba bon nam sau bay tam chin muoi", "muoi mot"],
            id="between words",
        ),
        pytest.param("a" * 50, ["a" * 40, "a" * 10], id="through a word when there is no other way"),
        pytest.param("Hay! " + "a" * 50, ["Hay! " + "a" * 35, "a" * 15], id="not after the first few letters"),
        pytest.param("a" * 39 + ". b", ["a" * 39 + ".", "b"], id="a sentence that ends at the limit"),
        pytest.param("a" * 38 + "👍 b", ["a" * 38 + "👍", "b"], id="an emoji that ends at the limit"),
        pytest.param("a" * 39 + "👍", ["a" * 39, "👍"], id="never half an emoji"),
        pytest.param("a" * 36 + FAMILY, ["a" * 36, FAMILY], id="never half a family"),
        pytest.param("a" * 38 + FLAG + FLAG, ["a" * 38, FLAG + FLAG], id="never half a flag"),
        pytest.param("a" * 34 + FLAG + FLAG, ["a" * 34 + FLAG, FLAG], id="between two flags"),
        pytest.param("a" * 38 + THUMB, ["a" * 38, THUMB], id="never a thumb without its colour"),
        pytest.param("a" * 39 + "x\u0330", ["a" * 39, "x\u0330"], id="never a letter without its mark"),
        pytest.param("x" + "\u0330" * 50, ["x" + "\u0330" * 39, "\u0330" * 11], id="unless it is all marks"),
    ],
)
def test_cut(text: str, expected: list[str]) -> None:
    assert cut(text, 40) == expected


@given(vietnamese, st.integers(9, 60))
def test_parts_keep_every_letter_in_order_and_stay_within_the_limit(text: str, limit: int) -> None:
    text = clean(text, RICH)
    parts = cut(text, limit)

    assert all(part and part == part.strip() and units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(anything, st.integers(1, 30))
def test_nothing_makes_it_raise(text: str, limit: int) -> None:
    parts = cut(clean(text, RICH), limit)

    assert all(part.encode() for part in parts)


@given(st.lists(st.sampled_from([FAMILY, FLAG, THUMB, "e\u0323\u0306", "ộ", " "]), max_size=80))
def test_what_is_seen_as_one_is_never_cut(seen: list[str]) -> None:
    parts = cut("".join(seen), 20)

    lefts = [part[0] for part in parts]
    assert all(not unicodedata.combining(left) and left not in "\u200d\U0001f3fd" for left in lefts)
    assert sum(part.count(FAMILY) for part in parts) == seen.count(FAMILY)


@pytest.mark.parametrize(
    ("text", "limits", "expected"),
    [
        pytest.param("**Kích hoạt** ngay", PLAIN, "Kích hoạt ngay", id="bold goes where there is none"),
        pytest.param("**Kích hoạt** ngay", RICH, "**Kích hoạt** ngay", id="bold stays where there is"),
        pytest.param("e\u0302\u0323", PLAIN, "ệ", id="one letter for letter and marks"),
        pytest.param("a\x00b\x07c\ud800d", PLAIN, "abcd", id="no control characters, no half pairs"),
        pytest.param("a\r\nb\tc", PLAIN, "a\nb c", id="line ends and tabs"),
        pytest.param("e\x00\u0302", PLAIN, "ê", id="composed across what was taken out"),
    ],
)
def test_clean(text: str, limits: Limits, expected: str) -> None:
    assert clean(text, limits) == expected


YES_NO = (Choice("Dạ đúng", "yes"), Choice("Dạ chưa", "no"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(Message(""), [], id="nothing"),
        pytest.param(Message("Chào bác"), ["Chào bác"], id="text"),
        pytest.param(Message("Phải không?", YES_NO), ["Phải không?\n\n1. Dạ đúng\n2. Dạ chưa"], id="choices"),
        pytest.param(Message("", YES_NO), ["1. Dạ đúng\n2. Dạ chưa"], id="choices without text"),
        pytest.param(
            Message("Bác đã thấy nút màu đỏ đó chưa ạ?", YES_NO),
            ["Bác đã thấy nút màu đỏ đó chưa ạ?", "1. Dạ đúng\n2. Dạ chưa"],
            id="choices stay together",
        ),
        pytest.param(Message("Đọc thêm", link="https://vneid.gov.vn"), ["Đọc thêm\nhttps://vneid.gov.vn"], id="link"),
        pytest.param(
            Message("Ở https://vneid.gov.vn", link="https://vneid.gov.vn"),
            ["Ở https://vneid.gov.vn"],
            id="link that is there already",
        ),
        pytest.param(
            Message("Bấm đây", picture="a.png", picture_alt="Nút đỏ"),
            ["Bấm đây\n(Nút đỏ)"],
            id="a picture in words where there are no pictures",
        ),
    ],
)
def test_fit(message: Message, expected: list[str]) -> None:
    assert fit(message, PLAIN) == expected


def test_a_picture_that_is_sent_is_not_told_in_words() -> None:
    message = Message("Bấm đây", picture="a.png", picture_alt="Nút đỏ")

    assert fit(message, RICH) == ["Bấm đây"]


@given(vietnamese, st.booleans())
def test_parts_of_the_text_do_not_depend_on_what_follows(text: str, has_choices: bool) -> None:
    """Else a row whose first parts are sent would go on at the wrong place once its form has changed."""
    plain = fit(Message(text), PLAIN)
    whole = fit(Message(text, YES_NO if has_choices else (), picture_alt="Nút đỏ"), PLAIN)

    assert whole[: max(0, len(plain) - 1)] == plain[:-1]


@given(vietnamese, st.lists(st.tuples(vietnamese, vietnamese), max_size=8), st.text(max_size=80))
def test_every_part_is_within_the_limit(text: str, choices: list[tuple[str, str]], alt: str) -> None:
    message = Message(text, tuple(Choice(*choice) for choice in choices), picture_alt=alt)

    assert all(part and units(part) <= PLAIN.text_units for part in fit(message, PLAIN))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("Tiếp tục", "Tiếp tục", id="short"),
        pytest.param("Em chưa hiểu câu này", "Em chưa hiể…", id="cut"),
        pytest.param("**Có**\nạ", "Có ạ", id="one line, not bold"),
    ],
)
def test_label(words: str, expected: str) -> None:
    assert label(Choice(words, "v"), PLAIN) == expected
