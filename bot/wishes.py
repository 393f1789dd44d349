"""Which lesson of a course fits what somebody wishes to do: "khai sinh cho chau" in the course on papers.

A lesson fits by its title, the ways in which it is asked for, and the answer of the course's first question that
leads to it. A word that every lesson of the course has tells nothing. Knows no state.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lessons.schema import Book, Course, Lesson
from vietnamese.courtesy import without_request
from vietnamese.fold import fold_word
from vietnamese.spelling import standard_words

#: Share of the weight of both wordings that a wish and a lesson have in common, and the lead over the next lesson.
#: Chosen by reading some thirty wishes with the lessons that they found.
_FITS, _LEAD = 0.5, 0.12
_PLAINLY = 0.95  # asked of a wish that only repeats words of the course's own title


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The lessons of one course: lesson -> its wordings, each a set of words; and what a word weighs."""

    title: frozenset[str]
    lessons: dict[str, list[frozenset[str]]]
    weights: dict[str, float]

    def weight(self, words: frozenset[str]) -> float:
        unknown = math.log(len(self.lessons) + 1)
        return sum(self.weights.get(word, unknown) for word in words)

    def likeness(self, wish: frozenset[str], wording: frozenset[str]) -> float:
        both = self.weight(wish) + self.weight(wording)
        return 2 * self.weight(wish & wording) / both if both else 0.0


class Wishes:
    """Built once for a book."""

    def __init__(self, book: Book) -> None:
        self._shelves = {course.id: _shelf(book, course) for course in book.courses}

    def find(self, words: Sequence[str], *, course: str) -> str | None:
        """The id of the one lesson of the course that plainly fits; None when none does, or more than one."""
        shelf = self._shelves.get(course)
        wish = frozenset(without_request([fold_word(word) for word in words]))
        if shelf is None or not shelf.lessons or not wish:
            return None
        fits = {
            lesson: max(shelf.likeness(wish, wording) for wording in wordings)
            for lesson, wordings in shelf.lessons.items()
        }
        first, *others = sorted(fits, key=lambda lesson: -fits[lesson])
        least = _PLAINLY if wish <= shelf.title else _FITS
        lead = fits[first] - max((fits[other] for other in others), default=0.0)
        return first if fits[first] >= least and lead >= _LEAD else None


def _shelf(book: Book, course: Course) -> _Shelf:
    known = [book.current[one].lesson for one in course.lessons if one in book.current]
    lessons = {lesson.id: list(map(_words, _wordings(lesson, course))) for lesson in known}
    counts = Counter(word for wordings in lessons.values() for word in frozenset().union(*wordings))
    weights = {word: math.log((len(lessons) + 1) / count) for word, count in counts.items()}
    return _Shelf(_words(course.title), lessons, weights)


def _wordings(lesson: Lesson, course: Course) -> list[str]:
    choices = course.placement.choices if course.placement is not None else ()
    answers = [words for one in choices if one.lesson == lesson.id for words in (one.label, *one.also)]
    return [lesson.title, *lesson.asked_as, *answers]


def _words(text: str) -> frozenset[str]:
    return frozenset(fold_word(word) for word in standard_words(text))
