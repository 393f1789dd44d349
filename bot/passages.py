"""A search over the steps of lessons: which step speaks of what is asked, if any clearly does.

A step answers when it has nearly all of the weight of the question's words, some of them side by side as they
were asked; a word that few steps have weighs more. Knows no phrase and no state.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.meanings import StepAsked
from lessons.schema import Book, Lesson
from vietnamese.courtesy import without_request
from vietnamese.fold import fold_word
from vietnamese.spelling import standard_words

_NEARLY_ALL = 0.8  # of the weight of the words that are asked
_ENOUGH_WORDS = 4  # that are asked about and stand in the step
_ENOUGH_PAIRS = 2  # of words side by side


@dataclass(frozen=True, slots=True)
class _Passage:
    course: str
    found: StepAsked
    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]


class Passages:
    """Built once for a book. Steps that ask, test or depend on an answer are left out: they tell nothing."""

    def __init__(self, book: Book) -> None:
        lessons = [edition.lesson for edition in book.current.values()]
        self._passages = [passage for lesson in lessons for passage in _passages(lesson)]
        counts = Counter(word for passage in self._passages for word in passage.words)
        total = len(self._passages)
        self._weights = {word: math.log(1 + total / count) for word, count in counts.items()}
        self._unknown = math.log(1 + total)

    def find(self, words: Sequence[str], *, course: str) -> StepAsked | None:
        """The step of the course that speaks of what the words ask; None when none has nearly all of them."""
        in_order = without_request([fold_word(word) for word in words])
        asked, pairs = set(in_order), set(pairwise(in_order))
        weight = sum(self._weights.get(word, self._unknown) for word in asked)
        best, found = 0.0, None
        for passage in self._passages:
            common = asked & passage.words
            is_near = len(common) >= _ENOUGH_WORDS and len(pairs & passage.pairs) >= _ENOUGH_PAIRS
            if passage.course != course or not is_near:
                continue
            share = sum(self._weights[word] for word in common) / weight
            if share > best:
                best, found = share, passage.found
        return found if best >= _NEARLY_ALL else None


def _passages(lesson: Lesson) -> list[_Passage]:
    told = [(step.id, _words(f"{lesson.title}. {step.text}")) for step in lesson.steps if step.kind in {"say", "do"}]
    return [
        _Passage(lesson.course, StepAsked(lesson.id, step), frozenset(words), frozenset(pairwise(words)))
        for step, words in told
    ]


def _words(text: str) -> list[str]:
    return [fold_word(word) for word in standard_words(text)]
