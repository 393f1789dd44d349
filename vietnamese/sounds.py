"""Words that are spelt apart but sound alike somewhere: what people mix up when they write as they speak.

North: l and n, s and x, tr and ch, d gi and r, ưu and iu. South: n and ng, t and c at the end.
Fashions of writing: f for ph, w and q for qu, j and z for gi, k for c. Slips: g for gh, ng for ngh, i for y.
Tones and hats are off in folded words. Knows no lesson and no bot. Sources: descriptions of the mergers of the
Vietnamese dialects, and frequent misspellings.
"""

import re
import unicodedata
from functools import lru_cache

_TONES = "\u0300\u0301\u0303\u0309\u0323"
#: Left apart: "tay" and "tai", "thuy" and "thui" are never confused; v and d are in the South, but too many
#: short words would become one ("ve", "de", "re").
_STEPS = (
    (re.compile(r"^f"), "ph"),
    (re.compile(r"^(?:w|q(?!u))"), "qu"),
    (re.compile(r"^k(?!h)"), "c"),
    (re.compile(r"^ngh"), "ng"),
    (re.compile(r"^gh"), "g"),
    (re.compile(r"^n(?![gh])"), "l"),
    (re.compile(r"^s"), "x"),
    (re.compile(r"^tr"), "ch"),
    (re.compile(r"^(?:dz|g(?=ie)|gi(?=[aou])|g(?=i)|[rzj])"), "d"),
    (re.compile(r"^y(?=e)|(?<![aou])y$"), "i"),
    (re.compile(r"uou$"), "ieu"),
    (re.compile(r"uu$"), "iu"),
    (re.compile(r"n[gh]$"), "n"),
    (re.compile(r"ch?$"), "t"),
)


@lru_cache(maxsize=8192)
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
