"""The words of a lesson or of the phrases, one passage a text, each with its place and its role.

Knows no rule. Roles: what the bot says as a message (`says`), what a resident reads as an answer or may
type (`answer`), a button that the bot itself offers (`button`), and names that stand in lists (`title`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from lessons.findings import read_table
from lessons.schema import AnswerChoice, Lesson, QuestionList, Step
from lessons.sentences import Phrases
from lessons.signs import ScamSigns
from lessons.yaml_tree import Path

LOOKED_AT_CHARS = 5_000  # what is longer is refused for its length, and need not be read to the end

Role = Literal["says", "answer", "button", "title"]

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’*)]*\s+|\n+")
_BULLET = re.compile(r"^\s*(?:[-•*+]|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """One text. `kind` is the field that holds it: say, ask, do, quiz, simpler, feedback, help, label..."""

    path: Path
    text: str
    role: Role
    kind: str

    @property
    def head(self) -> str:
        return self.text[:LOOKED_AT_CHARS]

    @property
    def sentences(self) -> list[str]:
        """Parts that end in a full stop or a line end, without bullets and bold marks."""
        parts = (_BULLET.sub("", part).replace("**", "").strip() for part in _SENTENCE_END.split(self.head))
        return [part for part in parts if part]


def passages(lesson: Lesson) -> Iterator[Passage]:
    """Every text of the lesson that a resident may see or type, in the order of the file."""
    yield Passage(("title",), lesson.title, "title", "title")
    for nth, phrase in enumerate(lesson.asked_as):
        yield Passage(("asked_as", nth), phrase, "answer", "asked_as")
    for index, step in enumerate(lesson.steps):
        yield from _step_passages(step, ("steps", index))


def phrase_passages(phrases: Phrases) -> Iterator[Passage]:
    """The fixed sentences and the bot's own buttons."""
    for name in type(phrases.say).model_fields:
        yield Passage(("say", name), getattr(phrases.say, name), "says", "phrase")
    for name in type(phrases.labels).model_fields:
        yield Passage(("labels", name, "label"), getattr(phrases.labels, name).label, "button", "label")


def question_passages(questions: QuestionList) -> Iterator[Passage]:
    """Every question of a list, the ways in which it is asked, and its answer."""
    for nth, question in enumerate(questions.questions):
        path = ("questions", nth)
        yield Passage((*path, "question"), question.question, "title", "question")
        for index, phrase in enumerate(question.asked_as):
            yield Passage((*path, "asked_as", index), phrase, "answer", "asked_as")
        yield Passage((*path, "answer"), question.answer, "says", "answer")
        if question.simpler is not None:
            yield Passage((*path, "simpler"), question.simpler, "says", "simpler")


def sign_passages(signs: ScamSigns) -> Iterator[Passage]:
    """What is said about every sign of a scam, and every advice."""
    for name, advice in signs.advice.items():
        yield Passage(("advice", name), advice, "says", "advice")
    for nth, sign in enumerate(signs.signs):
        yield Passage(("signs", nth, "reason"), sign.reason, "says", "reason")
    for kind, link in signs.links or ():
        yield Passage(("links", kind, "reason"), link.reason, "says", "link_reason")
    if signs.examples is not None:
        yield Passage(("examples", "reason"), signs.examples.reason, "says", "reason")


@cache
def vocabulary() -> Mapping[str, Any]:
    """lint_words.yaml: the words that the rules look for."""
    return read_table("lint_words.yaml")


def _step_passages(step: Step, path: Path) -> Iterator[Passage]:
    yield Passage((*path, step.kind), step.text, "says", step.kind)
    for kind, text in (("simpler", step.simpler), ("picture_alt", step.picture_alt)):
        if text is not None:
            yield Passage((*path, kind), text, "says", kind)
    for nth, choice in enumerate(step.choices):
        yield from _choice_passages(choice, (*path, "choices", nth))
    for nth, trouble in enumerate(step.stuck):
        inner = (*path, "stuck", nth)
        yield Passage((*inner, "problem"), trouble.problem, "answer", "problem")
        yield from _also((*inner, "also"), trouble.also)
        yield Passage((*inner, "help"), trouble.help, "says", "help")
        if trouble.picture_alt is not None:
            yield Passage((*inner, "picture_alt"), trouble.picture_alt, "says", "picture_alt")


def _choice_passages(choice: AnswerChoice, path: Path) -> Iterator[Passage]:
    yield Passage((*path, "label"), choice.label, "answer", "label")
    yield from _also((*path, "also"), choice.also)
    if choice.feedback is not None:
        yield Passage((*path, "feedback"), choice.feedback, "says", "feedback")


def _also(path: Path, words: tuple[str, ...]) -> Iterator[Passage]:
    for nth, word in enumerate(words):
        yield Passage((*path, nth), word, "answer", "also")
