"""What telex and VNI keys leave in words, and which words are no Vietnamese syllables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.fold import accented, fold
from vietnamese.syllables import (
    SYLLABLES,
    accented_from_telex,
    accented_from_vni,
    from_telex,
    from_vni,
    without_accents,
)

KEYS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzăâđêôơư\u0301\u0300", max_size=10)


@pytest.mark.parametrize("word", ["nghieng", "khuya", "truong", "quyet", "giuong", "yeu", "xoong", "quynh", "ky", "ki"])
def test_syllables_are_known_and_stay(word: str) -> None:
    assert word in SYLLABLES
    assert from_telex(word) is None


@pytest.mark.parametrize("word", ["vneid", "tieeps", "cais", "shopee", "", "123", "qr", "otp"])
def test_other_words_are_no_syllables(word: str) -> None:
    assert word not in SYLLABLES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("gawpj", "gặp", id="keys behind their letters"),
        pytest.param("gapwj", "gặp", id="bow at the end"),
        pytest.param("dduowjc", "được", id="tone before the last letter"),
        pytest.param("dduocjw", "được", id="horn at the very end"),
        pytest.param("ngwowif", "người", id="w for ư"),
        pytest.param("thuowr", "thuở", id="uơ without an end"),
        pytest.param("tiesp", "tiếp", id="hat left off where only one fits"),
        pytest.param("tiepes", "tiếp", id="late hat"),
        pytest.param("dodong", "đông", id="late stroke"),
        pytest.param("quyeenf", "quyền", id="three vowels"),
        pytest.param("kis", "ký", id="i and y are evened"),
        pytest.param("duocj", "duoc", id="open vowel: no accents"),
        pytest.param("mậtj", "mật", id="half converted"),
    ],
)
def test_telex_is_read_with_its_accents(typed: str, meant: str) -> None:
    assert accented_from_telex(accented(typed)) == accented(meant)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("text", id="no ngã on a stop"),
        pytest.param("part", id="no hỏi on a stop"),
        pytest.param("shopee", id="no onset sh"),
        pytest.param("vssid", id="no vowel after s"),
        pytest.param("zalo", id="no keys"),
        pytest.param("tsrang", id="keys before the vowel"),
        pytest.param("fasr", id="two tones"),
        pytest.param("x" * 500 + "as", id="too long"),
    ],
)
def test_other_words_are_no_telex(typed: str) -> None:
    assert from_telex(typed) is None


@given(KEYS)
def test_telex_gives_a_syllable_or_nothing(word: str) -> None:
    found = from_telex(word)

    assert found is None or found in SYLLABLES


@given(KEYS)
def test_accents_of_a_syllable_come_off_as_in_fold(word: str) -> None:
    found = accented_from_telex(accented(word))

    assert found is None or without_accents(found) == fold(found)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("mat65 kha6u3", "mật khẩu", id="tones and hats"),
        pytest.param("d9ie6n5 thoai5", "điện thoại", id="the stroke and a tone alone"),
        pytest.param("nguoi72", "người", id="late horn"),
        pytest.param("ma4 kho6ng", "mã không", id="one hat is enough for all"),
        pytest.param("gui73 ma4", "gửi mã", id="horn and tone"),
    ],
)
def test_vni_is_read_with_its_accents(typed: str, meant: str) -> None:
    found = accented_from_vni(typed.split())

    assert [found[word] for word in typed.split()] == accented(meant).split()


@pytest.mark.parametrize("typed", ["cau2", "muc2", "bai1 cau2", "mp3 covid19", "a1 b2c3", "2tr5", "vneid2 muc2"])
def test_numbers_are_no_vni(typed: str) -> None:
    assert from_vni(typed.split()) == typed.split()


@given(st.lists(st.text(alphabet="abcdehiknotu123456789", max_size=8), max_size=6))
def test_vni_keeps_the_number_of_words(words: list[str]) -> None:
    assert len(from_vni(words)) == len(words)
