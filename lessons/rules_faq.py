"""Lint rules on questions and answers: whose they are, that they are asked once, and what lessons must keep too."""

from collections.abc import Iterator
from datetime import date

from rapidfuzz import process

from lessons.loader import Library
from lessons.nearest import sure
from lessons.passages import question_passages
from lessons.rules import Mark, mark
from lessons.rules_safety import check_marks, link_marks, secret_marks
from lessons.rules_words import MAX_CHARS, address_marks, bold_marks, placeholder_marks, sentence_marks
from lessons.schema import PLACEHOLDERS, QuestionList
from vietnamese.fold import fold


def questions(library: Library, *, today: date) -> Iterator[Mark]:
    """Everything that is wrong in the lists of questions, list by list."""
    owners = {fold(phrase): e.lesson.id for e in library.editions.values() for phrase in e.lesson.asked_as}
    for file, listed in library.faq.items():
        for one in (*_wording(listed), *_places(library, listed), *_repeated(listed, owners)):
            yield Mark(one.code, one.path, one.values, one.needle, file)
        for nth, question in enumerate(listed.questions):
            for one in check_marks(("questions", nth, "checked_on"), question.checked_on, today=today):
                yield Mark(one.code, one.path, one.values, one.needle, file)


def _wording(listed: QuestionList) -> Iterator[Mark]:
    texts = list(question_passages(listed))
    yield from secret_marks(texts)
    yield from link_marks(texts)
    yield from sentence_marks(texts)
    yield from address_marks(texts)
    for text in texts:
        yield from placeholder_marks(text, allowed=PLACEHOLDERS)
        yield from bold_marks(text)
        if text.kind == "answer" and len(text.text) > MAX_CHARS:
            yield mark("message_long", text.path, count=len(text.text), limit=MAX_CHARS)


def _places(library: Library, listed: QuestionList) -> Iterator[Mark]:
    """The topic and the lessons that a list names exist."""
    if library.phrases is not None and listed.topic not in library.phrases.topics:
        nearest = process.extractOne(listed.topic, sorted(library.phrases.topics) or [listed.topic])[0]
        yield mark("unknown_topic", ("topic",), topic=listed.topic, nearest=nearest)
    lessons = sorted(edition.lesson.id for edition in library.editions.values())
    for nth, question in enumerate(listed.questions):
        if question.lesson is not None and library.book is not None and question.lesson not in lessons:
            nearest = process.extractOne(question.lesson, lessons)[0]
            path = ("questions", nth, "lesson")
            meant = sure(question.lesson, lessons)
            yield mark("unknown_lesson", path, target=question.lesson, nearest=nearest, sure=meant)


def _repeated(listed: QuestionList, owners: dict[str, str]) -> Iterator[Mark]:
    for nth, question in enumerate(listed.questions):
        path = ("questions", nth)
        if f"id:{question.id}" in owners:
            yield mark("duplicate_question", (*path, "id"), id=question.id)
        owners.setdefault(f"id:{question.id}", question.id)
        for index, phrase in enumerate((question.question, *question.asked_as)):
            where = (*path, "asked_as", index - 1) if index else (*path, "question")
            other = owners.setdefault(fold(phrase), question.id)
            if other != question.id:
                yield mark("question_twice", where, needle=phrase, words=phrase, id=other)
