"""Which known word a mistyped one is meant to be. Knows no rule and no file."""

from collections.abc import Iterable

from rapidfuzz import fuzz

from vietnamese.fold import fold

LIKE = 75  # of 100, by rapidfuzz's ratio


def sure(word: str, known: Iterable[str]) -> str:
    """The one known word that this one can only be a slip of; empty where none is, or where two are.

    What differs in a digit is no slip: after buoc-2 comes buoc-3.
    """
    others = sorted({one for one in known if one != word})
    squeezed = [one for one in others if _squeezed(one) == _squeezed(word)]
    alike = squeezed or [one for one in others if _digits(one) == _digits(word) and fuzz.ratio(word, one) >= LIKE]
    return alike[0] if len(alike) == 1 else ""


def _squeezed(word: str) -> str:
    """Without case, accents and the marks between syllables."""
    return "".join(letter for letter in fold(word) if letter.isalnum())


def _digits(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())
