"""One spelling for comparison: what two texts have in common when case, accents and dressing are off.

Changes letters, never words (that is spelling.py), so that lint may use it to compare labels.
Knows no lesson and no bot. Sources: Unicode normalisation forms (UAX #15); the place of the tone mark, as in
"hòa" and "hoà", differs between schools of spelling, so a tone belongs to the word and not to a letter; i and y
are both read in open syllables after h, k, l, m, s, t, v and after qu (decision 240/QĐ of the Ministry of
Education, 5 March 1984, and article 9 of 1989/QĐ-BGDĐT, 25 May 2018, want i there, offices go on writing y).
"""

import re
import unicodedata
from functools import lru_cache

_TONES = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng
_KEEPERS = "\u0302\u0306\u031b"  # the hat of â, the bow of ă, the horn of ơ and ư
_LOOSE = frozenset(_KEEPERS)  # in a composed text they stand on their letters
_VALUES_WITHOUT_DIGIT = {0x1F51F: "10"}  # the keycap ten has no numeric value in Unicode
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
#: A tone and what follows it in its word; and one that was left inside the word, since there were two.
_TONE_INSIDE = re.compile(f"([{_TONES}])(\\S+)")
_TONE_STILL_INSIDE = re.compile(f"[{_TONES}](?!\\s|$)")
#: Whole words only: "tay" and "tai", "thuy" and "thui" are different words. Of each pair the one that is
#: written more, which is also how word lists in code are written.
_ONE_OF_I_AND_Y = {
    onset + other + tone: onset + usual + tone
    for onsets, usual, other in (("k l t qu", "y", "i"), ("h m s v", "i", "y"))
    for onset in onsets.split()
    for tone in ("", *_TONES)
}
_COMMON = (
    *range(0x250),
    *range(0x300, 0x370),
    *range(0x1E00, 0x1F00),
    *range(0x2000, 0x2070),
    *range(0xFF01, 0xFF5F),
)


def fold(text: str) -> str:
    """Lower case, no accents (đ is d), words parted by single spaces; emoji and punctuation are gone.

    Digits of every shape become 0-9; a letter typed three times or more counts once ("okkkk" is "ok",
    while "ddieenj" keeps its pairs for telex); "chữ kí" is "chu ky" and "bác sỹ" is "bac si". Folding twice
    changes nothing. Never raises.
    """
    return _evened(text.translate(_BARE))


def folded_words(text: str) -> frozenset[str]:
    """The folded words of a text, each once: how word lists are written down in code."""
    return frozenset(fold(text).split())


@lru_cache(maxsize=8192)
def fold_word(word: str) -> str:
    """`fold`, remembered: for the words of a text that are folded again and again."""
    return fold(word)


def accented(text: str) -> str:
    """As `fold`, with the accents kept: hats and horns on their letters, the tone at the end of its word.

    "Hoà", "hòa" and their decomposed forms give the same; compare results, do not show them.
    """
    if text.isascii():
        return fold(text)
    words = unicodedata.normalize("NFC", text).translate(_MARKED)
    even = _TONE_INSIDE.sub(r"\2\1", words)
    if _TONE_STILL_INSIDE.search(even) or not _LOOSE.isdisjoint(words):
        even = " ".join([_tone_last(word) for word in words.split()])
    return _evened(even)


def plain_letters(text: str) -> str:
    """The text with bare letters and everything else as typed: "Tiền điện 5/11" is "Tien dien 5/11"."""
    spread = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(char for char in spread if not unicodedata.combining(char))


def has_accents(text: str) -> bool:
    """Whether the writer uses Vietnamese marks at all: then what he left off was left off on purpose."""
    return not text.isascii() and accented(text) != fold(text)


def _evened(text: str) -> str:
    words = _STRETCHED.sub(r"\1", text).split()
    return " ".join([_ONE_OF_I_AND_Y.get(word, word) for word in words])


def _tone_last(word: str) -> str:
    """For a word in disorder: marks that stand by themselves, several tones of which the first counts."""
    spread = unicodedata.normalize("NFD", word)
    tone = next((mark for mark in spread if mark in _TONES), "")
    letters = "".join([letter for letter in spread if letter not in _TONES])
    return unicodedata.normalize("NFC", letters) + tone


class _Letters(dict[int, str]):
    """A table for str.translate that works out a rare character when it meets one.

    Rare ones are not remembered: a stranger could fill the memory with them.
    """

    def __init__(self, *, kept: str) -> None:
        super().__init__()
        self._kept = kept
        for code in _COMMON:
            self[code] = self._letters_of(code)

    def __missing__(self, code: int) -> str:
        return self._letters_of(code)

    def _letters_of(self, code: int) -> str:
        if code in _VALUES_WITHOUT_DIGIT:
            return f" {_VALUES_WITHOUT_DIGIT[code]} "
        if unicodedata.category(chr(code)) in {"No", "Nl"}:
            return _enclosed_number(chr(code))
        spread = unicodedata.normalize("NFKD", chr(code)).casefold()
        plain = "".join(self._plain(char) for char in unicodedata.normalize("NFKD", spread))
        return _tone_last(plain) if self._kept else plain

    def _plain(self, char: str) -> str:
        if char in self._kept:
            return char
        if char == "đ":
            return char if self._kept else "d"
        kind = unicodedata.category(char)
        if kind[0] == "L":
            return char
        if kind == "Nd":
            return str(unicodedata.digit(char))
        if kind[0] == "M" or kind in {"Cf", "Cs"} or (kind == "Cc" and not char.isspace()):
            return ""
        return " "


def _enclosed_number(char: str) -> str:
    value = unicodedata.numeric(char, -1.0)
    return f" {int(value)} " if value.is_integer() and 0 <= value < 1000 else " "


_BARE = _Letters(kept="")
_MARKED = _Letters(kept=_TONES + _KEEPERS)
