"""A lesson on paper: what a printed sheet says, in order, for people without a phone in hand.

Pure: a lesson, the words of sheet_words.yaml and the facts of a place give a Sheet. How it is drawn is sheet_pdf.py.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lessons.findings import read_table
from lessons.schema import END, PLACE_PLACEHOLDERS, AnswerChoice, Book, Lesson, Step

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Box:
    """One numbered step on the sheet. `heading` is empty or says what kind of step it is; `options` are the
    answers to choose from, `troubles` pairs of what goes wrong and what helps; `note` is small print."""

    number: int
    heading: str
    text: str
    options: tuple[str, ...] = ()
    troubles: tuple[tuple[str, str], ...] = ()
    note: str = ""
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole sheet. Texts may hold **bold** words; `answers` are those of the quizzes, by box."""

    lesson: str
    course: str
    title: str
    about: str
    boxes: tuple[Box, ...]
    answers: tuple[str, ...]
    sources: tuple[str, ...]


def sheet_words() -> Mapping[str, Any]:
    """sheet_words.yaml: the words that every sheet has."""
    return _table()


def sheet(book: Book, lesson_id: str, *, place: str | None) -> Sheet:
    """The sheet of a current lesson with the facts of a place (None: the country's). KeyError: no such lesson."""
    lesson = book.current[lesson_id].lesson
    words, writer = _table(), _Writer(book, lesson, place)
    minutes = words["minutes"].format(minutes=lesson.minutes)
    checked = words["checked"].format(date=f"{lesson.checked_on:%d/%m/%Y}")
    course = book.course(lesson.course)
    return Sheet(
        lesson=lesson.id,
        course=course.title if course else lesson.course,
        title=lesson.title,
        about=f"{minutes} · {checked}",
        boxes=tuple(writer.box(number, step) for number, step in enumerate(lesson.steps, 1)),
        answers=tuple(writer.answers()),
        sources=lesson.sources,
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    book: Book
    lesson: Lesson
    place: str | None

    def box(self, number: int, step: Step) -> Box:
        heading = {"do": _table()["task"], "quiz": _table()["question"]}.get(step.kind, "")
        return Box(
            number=number,
            heading=heading,
            text=self.fill(step.text),
            options=tuple(self._option(choice, step) for choice in step.choices),
            troubles=tuple((trouble.problem, self.fill(trouble.help)) for trouble in step.stuck),
            note=" · ".join(self._notes(step)),
            picture=step.picture,
        )

    def answers(self) -> Iterator[str]:
        for number, step in enumerate(self.lesson.steps, 1):
            for choice in step.choices:
                if choice.correct:
                    feedback = self.fill(choice.feedback or "")
                    yield _table()["answer"].format(number=number, label=choice.label, feedback=feedback)

    def fill(self, text: str) -> str:
        return _PLACEHOLDER.sub(self._word, text).strip()

    def _word(self, found: re.Match[str]) -> str:
        name, address = found[1], str(_table()["address"])
        if name in PLACE_PLACEHOLDERS:
            return self.book.place_facts.fact(name, self.place)
        return {"xung_ho": address, "Xung_ho": address[:1].upper() + address[1:]}.get(name, found[0])

    def _option(self, choice: AnswerChoice, step: Step) -> str:
        if step.kind == "quiz":
            return choice.label
        return f"{choice.label}: {way}" if (way := self._way(choice.goto, choice.lesson)) else choice.label

    def _notes(self, step: Step) -> Iterator[str]:
        words = _table()
        for name, values in step.when.items():
            wanted = (values,) if isinstance(values, str) else values
            yield words["only_for"].format(label=", ".join(self._label(name, value) for value in wanted))
        if step.rest:
            yield words["rest"]
        if step.recheck:
            yield words["recheck"]
        if way := self._way(step.goto, None):
            yield way[:1].upper() + way[1:]

    def _way(self, goto: str | None, lesson_id: str | None) -> str:
        words = _table()
        if lesson_id is not None:
            return str(words["other_lesson"]).format(title=self.book.current[lesson_id].lesson.title)
        if goto == END:
            return str(words["ends"])
        position = self.lesson.position(goto) if goto else None
        return "" if position is None else str(words["go_to"]).format(number=position + 1)

    def _label(self, name: str, value: str) -> str:
        """What the remembered value is called where it is asked for, in this lesson first."""
        lessons = (self.lesson, *(edition.lesson for edition in self.book.current.values()))
        asked = (step for lesson in lessons for step in lesson.steps if step.remember == name)
        return next((choice.label for step in asked for choice in step.choices if choice.value == value), value)


@cache
def _table() -> dict[str, Any]:
    return read_table("sheet_words.yaml")
