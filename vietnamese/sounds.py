"""Words that are spelt apart but sound alike somewhere: what people mix up when they write as they speak.

North: l and n, s and x, tr and ch, d gi and r. South: n and ng, t and c at the end. Knows no lesson and
no bot. Source: descriptions of the Vietnamese dialects' mergers, and frequent misspellings.
"""

import re
import unicodedata
from functools import lru_cache

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_STEPS = (
    (re.compile(r"^n(?!gh?|h)"), "l"),
    (re.compile(r"^s"), "x"),
    (re.compile(r"^tr"), "ch"),
    (re.compile(r"^(?:gi(?=[aeiouy])|r|gi)"), "d"),
    (re.compile(r"(?:ng|nh)$"), "n"),
    (re.compile(r"(?:ch|c)$"), "t"),
    (re.compile(r"y"), "i"),
)


def sound_of(word: str) -> str:
    """The same for folded words that people confuse by ear: "lop" and "nop", "xao" and "sao"."""
    for pattern, merged in _STEPS:
        word = pattern.sub(merged, word)
    return word


def fit(typed: str, written: str) -> float:
    """How well the accents of a typed word go with those of a phrase, for words that fold alike (0 to 1).

    Both are in the form of `fold.accented`. Accents left off fit everything; a slip of the tone ("bão
    hiểm") costs little; another vowel ("cô" for "có") is another word.
    """
    if typed == written or typed.isascii():
        return 1.0
    return 0.9 if _without_tone(typed) == _without_tone(written) else 0.3


@lru_cache(maxsize=8192)
def _without_tone(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    return "".join([letter for letter in letters if letter not in _TONES])
