"""Whether somebody is being robbed right now, however it is typed: "lo dua cho no cai ma otp roi".

The words of an emergency phrase must come in their order with few words between them. A question about
fraud ("lam sao de khong bi lua") is none. Knows no book; the phrases are given.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from vietnamese.fold import fold_word, folded_words
from vietnamese.spelling import standard_words

_LONGEST = 8  # words of a phrase; a longer one is a story that nobody tells again in these words
_LN = {"l": "n", "n": "l"}
_TILDE, _HOOK = "\u0303", "\u0309"
_GAP = 3  # other words allowed between two words of a phrase
_GAP_IN_SHORT = 1  # the same in a phrase of two words
_DENIED = folded_words("khong chua")  # right before the phrase
_SUPPOSED = folded_words("so tranh khoi neu phong ngua chong keo cach dau")  # a little before it, or in it
_CAUTIONS = ("can than", "coi chung", "canh giac", "de phong")  # who warns others tells of nothing that happened
_WARNINGS = (*_CAUTIONS, "hay", "de bi")  # before it: nothing has happened yet
_SUM_FOLLOWS = folded_words("tien dien tai the")  # then "so" is a number and not a fear
_SURELY = folded_words("roi trieu cuu")
_SPEAKERS = folded_words("toi tui em con chau bac minh me bo ba")
_GIVING = folded_words("dua doc cho gui")  # a phrase that begins so is of him who stands before it
_OTHERS = folded_words("ban ho no ta")  # người bán, họ, nó, người ta: they give, not the writer
_AGAINST, _GRAVE = "chong", "\u0300"  # with this accent a husband, with another what guards against a thing
_MISHAP = "lo"  # the word for doing a thing by mistake: nobody else writes it of the reader


class Alarm:
    """Built once from the phrases of an emergency."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        for phrase in phrases:
            words = tuple(standard_words(phrase))
            if 1 < len(words) <= _LONGEST:
                bare = [fold_word(word) for word in words]
                self._by_first[bare[0]].append((max(bare[1:], key=len), words))

    def rings(self, words: Sequence[str], *, is_quoted: bool) -> bool:
        """Whether a text tells of an emergency of its writer; words in common spelling, with accents.

        Of a quoted text, such as a message that was pasted, only what speaks of oneself counts.
        """
        bare = _bare(words)
        there = {*bare, *(_LN[word[0]] + word[1:] for word in bare if word[0] in _LN)}
        for start, first in enumerate(bare):
            for telling, phrase in self._by_first.get(first, ()):
                places = _places_of(phrase, words, bare, start) if telling in there else None
                if places is not None and _is_told(bare, places, is_quoted=is_quoted):
                    return True
        return False


def is_doubted(words: Sequence[str]) -> bool:
    """Whether a text denies, fears, supposes or asks rather than tells."""
    bare = _bare(words)
    if _SURELY.intersection(bare):
        return False
    text = f" {' '.join(bare)} "
    return bool((_DENIED | _SUPPOSED).intersection(bare)) or any(f" {warning} " in text for warning in _CAUTIONS)


def _bare(words: Sequence[str]) -> list[str]:
    """The words without accents, but that a husband keeps his: without them he is what guards against a thing."""
    bare = [fold_word(word) for word in words]
    for at, (word, following) in enumerate(zip(words, [*bare[1:], ""], strict=False)):
        if bare[at] == _AGAINST and (word.endswith(_GRAVE) or (word == _AGAINST and following in _SPEAKERS)):
            bare[at] += _GRAVE
    return bare


def _places_of(phrase: tuple[str, ...], words: Sequence[str], bare: list[str], start: int) -> list[int] | None:
    """Where the words of a phrase that begins at `start` stand, None when they do not follow."""
    gap = _GAP if len(phrase) > 2 else _GAP_IN_SHORT
    if not _alike(words[start], bare[start], phrase[0]):
        return None
    places = [start]
    for wanted in phrase[1:]:
        reach = range(places[-1] + 1, min(places[-1] + 2 + gap, len(words)))
        found = next((i for i in reach if _alike(words[i], bare[i], wanted)), None)
        if found is None:
            return None
        places.append(found)
    return places


def _alike(typed: str, bare: str, wanted: str) -> bool:
    if bare == fold_word(wanted):
        # Of the tones only those two are let pass that half of the country does not tell apart.
        return typed.isascii() or typed.replace(_TILDE, _HOOK) == wanted.replace(_TILDE, _HOOK)
    # In the North l and n change places; only believed of a word whose accents were typed.
    return not typed.isascii() and {typed[0], wanted[0]} == {"l", "n"} and typed[1:] == wanted[1:]


def _is_told(bare: list[str], places: list[int], *, is_quoted: bool) -> bool:
    start, end = places[0], places[-1]
    if is_quoted and bare[start] != _MISHAP and not _SPEAKERS.intersection(bare[max(0, start - 3) : start]):
        return False
    if start and bare[start] in _GIVING and bare[start - 1] in _OTHERS:
        return False
    if _SURELY.intersection(bare):
        return True
    if _DENIED.intersection(bare[max(0, start - 2) : start]):
        return False
    said_before = f" {' '.join(bare[max(0, start - 4) : start])} "
    if any(f" {warning} " in said_before for warning in _WARNINGS):
        return False
    around = (i for i in range(max(0, start - 4), end) if i not in places)  # before the phrase and in its gaps
    if any(bare[i] in _SUPPOSED and bare[i + 1] not in _SUM_FOLLOWS for i in around):
        return False
    asks = bare[-1] == "khong" and ("co" in bare[:start] or end == len(bare) - 2)
    return not asks
