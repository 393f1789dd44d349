"""Which of the answers that a step expects was typed: by word, number or letter, or near enough.

Two answers that fit equally well are no answer: asking again is kinder than guessing. Knows no book.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from bot.matching import ways_of_saying
from vietnamese.denials import negations
from vietnamese.fold import accented, fold, fold_word, folded_words
from vietnamese.numbers import read_choice
from vietnamese.sounds import fit
from vietnamese.spelling import standard_words

#: Likeness of a label and what was typed, and how far the next label must then stay behind.
_PLAIN = (0.8, 0.08)
_VAGUE = (0.7, 0.2)
_MOST_WORDS = 12  # a longer text is a question or a story, not an answer
_LEAST_LETTERS = 4  # a shorter word counts only when it is typed by itself
_FILLERS = folded_words(
    "la goi keu cho em toi tui minh bac thi duoc chon lay may dung cai loai con dang a nha nhe di voi da o vay"
)

_CALLS = folded_words("con chau em bac chu co di anh chi ong ba oi a nha nhe ne")  # "con ơi" calls, it answers nothing


@dataclass(frozen=True, slots=True)
class Option:
    """An answer as shown, and what else people type for it. One without a number comes behind those with."""

    label: str
    also: tuple[str, ...] = ()
    has_number: bool = True


@dataclass(frozen=True, slots=True)
class _Words:
    """What was typed or what a label says: with accents, folded, and which of the words deny."""

    written: tuple[str, ...]
    bare: tuple[str, ...]
    negations: frozenset[str]


def answer_typed(words: Sequence[str], text: str, options: Sequence[Option]) -> int | None:
    """The option that is named exactly, with or without accents, or by its number or letter."""
    if not options or len(words) > _MOST_WORDS:
        return None
    if (as_written := _as_written(text, options)) is not None:
        return as_written
    for said in ways_of_saying(words):
        levels = [max(_levels(said, option), default=0.0) for option in options]
        best = max(levels)
        if best:
            return levels.index(best) if levels.count(best) == 1 else None
    return read_choice(text, count=sum(option.has_number for option in options))


def _as_written(text: str, options: Sequence[Option]) -> int | None:
    """The option that has these very words. Nothing in them is dialect then, as "mo" (where) in "mo roi" (opened)."""
    raw, bare = accented(text), fold(text)
    if " " not in bare:
        return None
    said = {at for at, option in enumerate(options) for name in _names(option) if _is_written_so(name, raw, bare)}
    return said.pop() if len(said) == 1 else None


def _is_written_so(name: str, raw: str, bare: str) -> bool:
    with_accents, without = _spelt(name)
    return without == bare and raw in (bare, with_accents)


@lru_cache(maxsize=20_000)
def _spelt(name: str) -> tuple[str, str]:
    """A label with its accents and without them."""
    return accented(name), fold(name)


def answer_near(words: Sequence[str], options: Sequence[Option]) -> int | None:
    """The option that is plainly meant by other words, or by words with slips; None when two are close."""
    if not options or not words or len(words) > _MOST_WORDS or _CALLS.issuperset(map(fold_word, words)):
        return None
    said = _words_of(tuple(words))
    named = [max((_named(said, _key(name)) for name in _names(option)), default=0) for option in options]
    if max(named):
        return _only(named, margin=1)
    scores = [max((_likeness(said, _key(name)) for name in _names(option)), default=0.0) for option in options]
    least, margin = _PLAIN if max(scores) >= _PLAIN[0] else _VAGUE
    return _only(scores, margin=margin) if max(scores) >= least else None


def _only(scores: Sequence[float], *, margin: float) -> int | None:
    """The position of the highest score when the next one stays behind by the margin."""
    best = max(scores)
    is_clear = sum(score > best - margin for score in scores) == 1
    return scores.index(best) if is_clear else None


def _names(option: Option) -> Iterator[str]:
    yield option.label
    yield from option.also


def _levels(said: Sequence[str], option: Option) -> Iterator[float]:
    """How well the accents fit, for each name of the option that has the same words."""
    bare = tuple(fold_word(word) for word in said)
    for name in map(_key, _names(option)):
        if name.bare != bare:
            continue
        level = min(map(fit, said, name.written), default=0.0)
        if len(said) > 1 or level >= 0.9:
            yield level


def _named(said: _Words, name: _Words) -> int:
    """How many words of the text are the name, when all others only fill the sentence; else 0."""
    if not name.bare or said.negations != name.negations:
        return 0
    kept = [word for word in said.written if fold_word(word) in name.bare or fold_word(word) not in _FILLERS]
    if tuple(map(fold_word, kept)) != name.bare:
        return 0
    return len(kept) if len(kept) > 1 or fit(kept[0], name.written[0]) >= 0.9 else 0


def _likeness(said: _Words, name: _Words) -> float:
    text, key = " ".join(said.bare), " ".join(name.bare)
    if said.negations != name.negations or min(len(text), len(key)) < _LEAST_LETTERS:
        return 0.0
    if len(said.bare) == len(name.bare) == 1:
        return JaroWinkler.similarity(text, key) - 0.1 if len(text) > _LEAST_LETTERS else 0.0
    if _FILLERS.issuperset(set(name.bare) - name.negations):
        return fuzz.ratio(text, key) / 100
    if f" {key} " in f" {text} " or (len(key) >= 6 and key.replace(" ", "") in text.replace(" ", "")):
        return 0.8 + 0.19 * len(key) / len(text)
    if f" {text} " in f" {key} ":
        return 0.75 + 0.24 * len(text) / len(key)
    return fuzz.ratio(text, key) / 100


@lru_cache(maxsize=20_000)
def _key(name: str) -> _Words:
    """A label in common spelling. Labels come from lessons, so there are not endlessly many."""
    return _words_of(tuple(standard_words(name)))


def _words_of(words: tuple[str, ...]) -> _Words:
    return _Words(words, tuple(map(fold_word, words)), negations(words))
