"""What people grow and raise, as they say it: the crops and stages of the book, found in a text.

Knows no scene. Several may be named at once ("lua voi tom"), with or without accents; what is denied is not named.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.matching import words_of
from lessons.schema import Book
from vietnamese.fold import fold_word, folded_words
from vietnamese.sounds import fit
from vietnamese.spelling import standard_words

_SAME_WORD, _SAME_WORDS = 1.0, 0.9  # how well accents must fit in a name of one word, of several
#: Typed without accents so short a name means too much: it counts only by itself or behind one of these words.
_SHORT = 2
_BEFORE = folded_words("nuoi trong con cay lam voi va xen may dan vuon ao chuong dang moi sap lua")
_DENIALS = folded_words("khong chua het")
_DENIES_FROM = 2  # words before the name


@dataclass(frozen=True, slots=True)
class Kind:
    """A crop, an animal or a stage: `name` as in a sentence, `label` on a button, `also` as people call it."""

    id: str
    name: str
    label: str
    also: tuple[str, ...] = ()
    stages: tuple["Kind", ...] = ()


def listed(book: Book) -> tuple[Kind, ...]:
    """Everything that can be chosen, in the order of the buttons; nothing where the book has no crops."""
    crops = book.crops.crops if book.crops is not None else ()
    return tuple(
        Kind(
            crop.id,
            crop.name,
            crop.label,
            crop.also,
            tuple(Kind(one.id, one.name, one.name[:1].upper() + one.name[1:], one.also) for one in crop.stages),
        )
        for crop in crops
    )


def known(book: Book, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of the ids that the book still has, in its order."""
    wanted = set(ids)
    return tuple(kind.id for kind in listed(book) if kind.id in wanted)


def asked(book: Book, ids: Iterable[str]) -> Kind | None:
    """The first of the crops whose stage can be asked for."""
    wanted = set(ids)
    return next((kind for kind in listed(book) if kind.id in wanted and kind.stages), None)


def in_words(book: Book, ids: Iterable[str], stages: Mapping[str, str]) -> str:
    """The crops for a sentence, with their stages in brackets; empty when there are none."""
    wanted = set(ids)
    return ", ".join(_with_stage(kind, stages) for kind in listed(book) if kind.id in wanted)


def named(text: str, kinds: Sequence[Kind]) -> tuple[str, ...]:
    """The ids of what a text names and does not deny, in the order of `kinds`."""
    words = words_of(text)
    owners: list[str | None] = [None] * len(words)
    for name, kind in sorted(_names(kinds), key=lambda pair: -len(pair[0])):
        for at in range(len(words) - len(name) + 1):
            end = at + len(name)
            if not any(owners[at:end]) and _is_name(words, at, name):
                owners[at:end] = [kind.id] * len(name)
    found = {owner for at, owner in enumerate(owners) if owner is not None and not _is_denied(words, owners, at)}
    return tuple(kind.id for kind in kinds if kind.id in found)


def _names(kinds: Sequence[Kind]) -> Iterator[tuple[tuple[str, ...], Kind]]:
    for kind in kinds:
        for name in (*kind.name.split(","), kind.label, *kind.also):
            if words := _words(name):
                yield words, kind


def _is_name(words: Sequence[str], at: int, name: Sequence[str]) -> bool:
    said = words[at : at + len(name)]
    if any(fold_word(word) != fold_word(one) for word, one in zip(said, name, strict=True)):
        return False
    if min(map(fit, said, name)) < (_SAME_WORD if len(name) == 1 else _SAME_WORDS):
        return False
    is_vague = len(name) == 1 and said[0].isascii() and len(said[0]) <= _SHORT and not name[0].isascii()
    return not is_vague or len(words) <= _SHORT or (at > 0 and fold_word(words[at - 1]) in _BEFORE)


def _is_denied(words: Sequence[str], owners: Sequence[str | None], at: int) -> bool:
    """Whether a denial stands shortly before, with no other name between."""
    while at > 0 and owners[at - 1] == owners[at]:
        at -= 1
    before = range(at - 1, max(at - 1 - _DENIES_FROM, -1), -1)
    for place in before:
        if owners[place] is not None:
            return False
        if fold_word(words[place]) in _DENIALS:
            return True
    return False


def _with_stage(kind: Kind, stages: Mapping[str, str]) -> str:
    stage = next((one for one in kind.stages if one.id == stages.get(kind.id)), None)
    return kind.name if stage is None else f"{kind.name} ({stage.name})"


@lru_cache(maxsize=2_000)
def _words(name: str) -> tuple[str, ...]:
    """A name in common spelling. Names come from the book, so there are not endlessly many."""
    return tuple(standard_words(name))
