"""A text taken apart into words, figures and signs, each with its place: what the readers of numbers walk over.

Knows no number word. A word with telex keys left in it ("trieeuj") is given as the syllable behind it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from vietnamese.fold import accented, fold_word
from vietnamese.syllables import SYLLABLES, from_telex

#: For each folded word its written forms (as `accented` gives them) and what they are worth.
Words = Mapping[str, tuple[tuple[str, int], ...]]

_SPACED = r"(?<!\d)\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d.,]*\d)"
_PIECE = re.compile(rf"(?P<figure>{_SPACED}|\d+(?:[.,]\d+)*)|(?P<word>(?:[^\W\d_]|[\u0300-\u036f])+)|\S")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([., \u00a0\u202f])\d{3})(?:\1\d{3})*")
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, a figure such as "1.000.000", or one sign: text[start:end]. `bare` is folded, empty for a sign."""

    text: str
    bare: str
    start: int
    end: int
    is_figure: bool


def pieces_of(text: str) -> list[Piece]:
    """The pieces in their order, without the spaces. Never raises."""
    return [
        Piece(
            found.group(),
            "" if found.lastgroup != "word" else _bare(found.group()),
            found.start(),
            found.end(),
            found.lastgroup == "figure",
        )
        for found in _PIECE.finditer(text)
    ]


def word_table(words: Mapping[str, int]) -> Words:
    """The words as they are looked up by `worth`; several may stand in one key, parted by spaces."""
    table: dict[str, tuple[tuple[str, int], ...]] = {}
    for spellings, value in words.items():
        for word in spellings.split():
            table[fold_word(word)] = (*table.get(fold_word(word), ()), (accented(word), value))
    return table


def worth(piece: Piece | None, table: Words) -> int | None:
    """The value of a word whose accents fit or were left off; None for any other piece."""
    if piece is None or piece.bare not in table:
        return None
    typed = accented(piece.text)
    values = table[piece.bare]
    if typed.isascii():
        return values[0][1]
    return next((value for form, value in values if form == typed), None)


def value_of(figure: str) -> Fraction | None:
    """What figures are worth: "1.250.000" and "1 250 000" by threes, "1,5" and "1.5" with a decimal part.

    A single "1,250" counts as thousands. None for a mixture, a code such as "0912345", or over 18 digits.
    """
    digits = "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in figure)
    if sum(char.isdecimal() for char in digits) > _MOST_DIGITS:
        return None
    if _GROUPED.fullmatch(digits):
        return Fraction(re.sub(r"\D", "", digits))
    whole, _, part = _last_sign_split(digits)
    if not whole.isdecimal():
        grouped = _GROUPED.fullmatch(whole)
        if grouped is None or grouped.group(1) == digits[len(whole)]:
            return None
        whole = re.sub(r"\D", "", whole)
    if len(whole) > 3 and whole.startswith("0"):
        return None
    return Fraction(f"{whole}.{part or '0'}")


def _last_sign_split(digits: str) -> tuple[str, str, str]:
    at = max(digits.rfind("."), digits.rfind(","))
    return (digits, "", "") if at < 0 else (digits[:at], digits[at], digits[at + 1 :])


@lru_cache(maxsize=8192)
def _bare(word: str) -> str:
    bare = fold_word(word)
    return bare if bare in SYLLABLES else fold_word(from_telex(accented(word)) or bare)
