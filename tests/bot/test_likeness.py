"""How much a text is like the phrases of a subject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.likeness import Phrases
from vietnamese.spelling import standard_words

KNOWN = {
    "forgotten": ["quên mật khẩu vneid", "quên mã mở máy vneid"],
    "activate": ["kích hoạt vneid mức hai"],
    "power": ["trả tiền điện tháng này", "hóa đơn tiền điện"],
    "water": ["trả tiền nước"],
    "shop": ["bán hàng trên mạng", "mua phân bón trên shopee"],
    "health": ["thẻ bảo hiểm y tế hết hạn"],
    "back": ["quay lại bước trước"],
}
SUBJECTS = {"forgotten": "vneid", "activate": "vneid", "power": "bills", "water": "bills"}


def phrases() -> Phrases:
    known = [(label, tuple(standard_words(text))) for label, texts in KNOWN.items() for text in texts]
    return Phrases(known, whole_texts={"back"}, subjects=SUBJECTS)


PHRASES = phrases()


def likeness(text: str, label: str) -> float:
    """Nought when the label did not come up at all."""
    found = PHRASES.nearest(PHRASES.compared(standard_words(text)), SUBJECTS.get(label, label))
    return found[label][0] if label in found else 0.0


@pytest.mark.parametrize(
    ("text", "subject", "label", "phrase"),
    [
        pytest.param("quên mật khẩu vneid", "vneid", "forgotten", "quen mat khau vneid", id="whole"),
        pytest.param("quen mat khau vneid", "vneid", "forgotten", "quen mat khau vneid", id="without accents"),
        pytest.param("bác quên mật khẩu vneid rồi con ơi", "vneid", "forgotten", "quen mat khau vneid", id="longer"),
        pytest.param("quên mã mở máy", "vneid", "forgotten", "quen ma mo may vneid", id="the other phrase"),
        pytest.param("hoa don tien dien", "bills", "power", "hoa don tien dien", id="another subject"),
        pytest.param("mua phân bón shoppee", "shop", "shop", "mua phan bon tren shopee", id="a slip of the finger"),
    ],
)
def test_nearest_phrase_of_the_subject_is_found(text: str, subject: str, label: str, phrase: str) -> None:
    found = PHRASES.nearest(PHRASES.compared(standard_words(text)), subject)

    assert max(found, key=lambda one: found[one][0]) == label
    assert found[label][1].key == phrase


def test_the_very_phrase_is_wholly_alike() -> None:
    assert likeness("quên mật khẩu vneid", "forgotten") == pytest.approx(1)
    assert likeness("quen mat khau vneid", "forgotten") == pytest.approx(1)


@pytest.mark.parametrize(
    ("nearer", "farther", "label"),
    [
        pytest.param("quên mật khẩu vneid", "mật khẩu vneid", "forgotten", id="a word is missing"),
        pytest.param("trả tiền nước", "trả tiền nhà", "water", id="another word"),
        pytest.param("bán hàng trên mạng", "bạn hãng trên màng", "shop", id="other accents"),
        pytest.param("hóa đơn tiền điện", "hóa đơn tiền diênj", "power", id="mistyped"),
        pytest.param(
            "quay lại bước trước", "quay lại bước trước rồi về quê thăm nhà", "back", id="a command in a story"
        ),
    ],
)
def test_what_differs_is_less_alike(nearer: str, farther: str, label: str) -> None:
    assert likeness(nearer, label) > likeness(farther, label)


def test_command_in_a_story_suffers_more_than_a_topic_in_one() -> None:
    story = "sáng nay bà nội nhà tui dắt trâu ra đồng xong"

    assert likeness(f"quay lại bước trước {story}", "back") < likeness(f"hóa đơn tiền điện {story}", "power")


def test_rare_word_says_more_than_a_common_one() -> None:
    assert likeness("thẻ shopee", "shop") > likeness("trên tiền", "shop")


@pytest.mark.parametrize("subject", ["vneid", "nowhere", "forgotten"])
@pytest.mark.parametrize("text", ["", "…", "con bò ăn cỏ"])
def test_nothing_in_common_gives_nothing(text: str, subject: str) -> None:
    assert PHRASES.nearest(PHRASES.compared(standard_words(text)), subject) == {}


def test_no_phrases_are_like_nothing() -> None:
    empty = Phrases([], whole_texts=(), subjects={})

    assert empty.nearest(empty.compared(["vneid"]), "vneid") == {}


def test_word_that_sounds_alike_is_read_as_the_known_one() -> None:
    compared = PHRASES.compared(standard_words("chả tiền nước"))

    assert compared.read == ("tra", "tien", "nuoc")


@given(st.text(max_size=80), st.sampled_from(["vneid", "bills", "shop", "back", "nowhere"]))
def test_any_text_is_alike_from_nought_to_one(text: str, subject: str) -> None:
    found = PHRASES.nearest(PHRASES.compared(standard_words(text)), subject)

    assert all(0 <= alike <= 1 + 1e-9 for alike, _ in found.values())
    assert all(phrase.label == label for label, (_, phrase) in found.items())
