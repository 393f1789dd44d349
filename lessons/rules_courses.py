"""Lint rules on the courses of lessons.yaml: their lessons, their promise and their first question."""

from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz import process

from lessons.loader import CURRICULUM, Library
from lessons.nearest import sure
from lessons.passages import Passage
from lessons.rules import LibraryRule, Mark, mark
from lessons.rules_answers import MESSENGER_LABEL_UNITS, units
from lessons.rules_library import reserved_phrases
from lessons.rules_safety import link_marks, secret_marks
from lessons.rules_words import MAX_CHARS, address_marks, bold_marks, placeholder_marks, sentence_marks
from lessons.schema import PLACEHOLDERS, CourseEntry, Placement
from lessons.yaml_tree import Path
from vietnamese.fold import fold


def course_of_lesson(library: Library) -> Iterator[Mark]:
    for course in library.curriculum.courses if library.curriculum else ():
        for file in course.lessons:
            edition = library.editions.get(file)
            if edition is not None and edition.lesson.course != course.id:
                named = edition.lesson.course
                yield mark("wrong_course", ("course",), file=file, course=named, listed=course.id)


def promises(library: Library) -> Iterator[Mark]:
    """The promise and the first question are sent as one message, and keep the rules of every message."""
    for nth, course in enumerate(library.curriculum.courses if library.curriculum else ()):
        texts = list(_passages(course, ("courses", nth)))
        found = [*secret_marks(texts), *link_marks(texts), *sentence_marks(texts), *address_marks(texts)]
        for text in texts:
            found += [*placeholder_marks(text, allowed=PLACEHOLDERS), *bold_marks(text)]
        count = sum(len(text.text) for text in texts)
        if count > MAX_CHARS:
            found.append(mark("message_long", ("courses", nth, "promise"), count=count, limit=MAX_CHARS))
        yield from (replace(one, file=CURRICULUM) for one in found)


def placements(library: Library) -> Iterator[Mark]:
    """Every course asks first where somebody stands; every answer leads to a lesson that is there."""
    if library.curriculum is None or library.book is None:
        return
    known = sorted(edition.lesson.id for edition in library.editions.values())
    reserved = reserved_phrases(library.book.phrases)
    for nth, course in enumerate(library.curriculum.courses):
        if course.placement is None:
            yield mark("no_placement", ("courses", nth, "id"), file=CURRICULUM, id=course.id)
            continue
        path = ("courses", nth, "placement", "choices")
        for found in (*_unknown(course.placement, path, known), *_answers(course.placement, path, reserved)):
            yield replace(found, file=CURRICULUM)


def _passages(course: CourseEntry, path: Path) -> Iterator[Passage]:
    yield Passage((*path, "promise"), course.promise, "says", "promise")
    if course.placement is not None:
        yield Passage((*path, "placement", "ask"), course.placement.ask, "says", "ask")


def _unknown(placement: Placement, path: Path, known: list[str]) -> Iterator[Mark]:
    for nth, choice in enumerate(placement.choices):
        if choice.lesson not in known:
            nearest = process.extractOne(choice.lesson, known)[0]
            meant = sure(choice.lesson, known)
            yield mark("unknown_lesson", (*path, nth, "lesson"), target=choice.lesson, nearest=nearest, sure=meant)


def _answers(placement: Placement, path: Path, reserved: dict[str, str]) -> Iterator[Mark]:
    """Words that mean two answers, or a command that works everywhere; labels too long for a button."""
    seen: dict[str, tuple[int, str]] = {}
    for nth, choice in enumerate(placement.choices):
        label = (*path, nth, "label")
        for words in (choice.label, *choice.also):
            other, text = seen.setdefault(fold(words), (nth, words))
            if other != nth:
                yield mark("same_answer", label, needle=words, words=words, other=text, nth=other + 1)
            if (command := reserved.get(fold(words))) is not None:
                yield mark("shadows_command", label, needle=words, words=words, command=command)
        if (count := units(choice.label)) > MESSENGER_LABEL_UNITS:
            yield mark("label_long", label, count=count, limit=MESSENGER_LABEL_UNITS, nth=nth + 1)


RULES: tuple[LibraryRule, ...] = (course_of_lesson, promises, placements)
