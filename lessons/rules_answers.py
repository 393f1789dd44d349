"""Lint rules on answers: each kind of step has what it needs, and what people type means only one thing."""

import re
from collections.abc import Iterable, Iterator

from lessons.rules import LessonRule, Mark, Surroundings, mark
from lessons.schema import AnswerChoice, Lesson, Step, Trouble
from lessons.yaml_tree import Path
from vietnamese.fold import fold

MESSENGER_LABEL_UNITS = 20  # quick reply title: developers.facebook.com/docs/messenger-platform
ZALO_LABEL_UNITS = 100  # oa.query.show button title: developers.zalo.me
_POSITION = re.compile(r"(?:cau |so )?(\d{1,2}|[a-z])")


def units(text: str) -> int:
    """Length in UTF-16 units, as the platforms count."""
    return len(text.encode("utf-16-le")) // 2


def step_parts(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    """A kind of step has its own parts, and no others."""
    for index, step in enumerate(lesson.steps):
        path = ("steps", index)
        asks = step.kind in {"ask", "quiz"}
        if asks and len(step.choices) < 2:
            yield mark("few_choices", (*path, "choices"), kind=step.kind, count=len(step.choices))
        if not asks and step.choices:
            yield mark("choices_not_here", (*path, "choices"), kind=step.kind)
        if step.kind == "do" and not step.stuck:
            yield mark("do_without_stuck", (*path, "do"))
        if step.kind != "do" and step.stuck:
            yield mark("stuck_not_here", (*path, "stuck"), kind=step.kind)
        if step.kind != "ask" and step.remember:
            yield mark("remember_not_here", (*path, "remember"), kind=step.kind)


def right_answers(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    for index, step in enumerate(lesson.steps):
        right = [nth for nth, choice in enumerate(step.choices) if choice.correct]
        if step.kind == "quiz" and step.choices and len(right) != 1:
            yield mark("quiz_right_answer", ("steps", index, "choices"), count=len(right))
        if step.kind != "quiz" and right:
            yield mark("correct_not_here", ("steps", index, "choices", right[0], "correct"), kind=step.kind)
        for nth, choice in enumerate(step.choices if step.kind == "quiz" else ()):
            path = ("steps", index, "choices", nth)
            if choice.lesson is not None or (choice.goto is not None and not choice.correct):
                yield mark("goto_never_used", (*path, "lesson" if choice.lesson else "goto"))


def remembered_values(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    """What is remembered is a word of its own, so that a label can be reworded without losing people."""
    for index, step in enumerate(lesson.steps):
        for nth, choice in enumerate(step.choices):
            path = ("steps", index, "choices", nth)
            if step.ask and step.remember and choice.value is None and choice.lesson is None:
                yield mark("remember_without_value", (*path, "label"), name=step.remember, label=choice.label)
            if choice.value is not None and not step.remember:
                yield mark("value_not_kept", (*path, "value"), value=choice.value)


def same_answers(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    """Two answers of one step that are the same once accents and case are off, or that are no word at all."""
    for index, step in enumerate(lesson.steps):
        seen: dict[str, tuple[int, str]] = {}
        for nth, path, words in _answers(step, ("steps", index)):
            folded = fold(words)
            if not folded:
                yield mark("answer_without_words", path, words=words)
                continue
            earlier, text = seen.setdefault(folded, (nth, words))
            if earlier != nth:
                yield mark("same_answer", path, needle=words, words=words, other=text, nth=earlier + 1)


def shadowed_commands(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    """An answer that is a command everywhere would never be heard as an answer."""
    phrases = [("asked_as", nth) for nth in range(len(lesson.asked_as))]
    words_at: list[tuple[Path, str]] = list(zip(phrases, lesson.asked_as, strict=True))
    for index, step in enumerate(lesson.steps):
        words_at += [(path, words) for _, path, words in _answers(step, ("steps", index))]
    for path, words in words_at:
        command = around.reserved.get(fold(words))
        if command is not None:
            yield mark("shadows_command", path, needle=words, words=words, command=command)


def misleading_numbers(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    """An answer "2" in first place: who types 2 means the second line, or does he?"""
    for index, step in enumerate(lesson.steps):
        count = len(step.choices) or len(step.stuck)
        for nth, path, words in _answers(step, ("steps", index)):
            found = _POSITION.fullmatch(fold(words))
            position = _position(found[1]) if found else 0
            if 1 <= position <= count and position != nth + 1:
                yield mark("misleading_number", path, needle=words, words=words, nth=position)


def long_labels(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    for index, step in enumerate(lesson.steps):
        for nth, path, words in _answers(step, ("steps", index), with_also=False):
            length = units(words)
            if length > ZALO_LABEL_UNITS:
                yield mark("label_too_long", path, count=length, limit=ZALO_LABEL_UNITS, nth=nth + 1)
            elif length > MESSENGER_LABEL_UNITS and step.choices:
                yield mark("label_long", path, count=length, limit=MESSENGER_LABEL_UNITS, nth=nth + 1)


def _answers(step: Step, path: Path, *, with_also: bool = True) -> Iterator[tuple[int, Path, str]]:
    """Number of the answer, place, words: what may be typed at this step."""
    parts: Iterable[AnswerChoice | Trouble] = step.choices or step.stuck
    field = "choices" if step.choices else "stuck"
    for nth, part in enumerate(parts):
        name, words = ("label", part.label) if isinstance(part, AnswerChoice) else ("problem", part.problem)
        yield nth, (*path, field, nth, name), words
        for other, also in enumerate(part.also if with_also else ()):
            yield nth, (*path, field, nth, "also", other), also


def _position(word: str) -> int:
    return int(word) if word.isdigit() else ord(word) - ord("a") + 1


RULES: tuple[LessonRule, ...] = (
    step_parts,
    right_answers,
    remembered_values,
    same_answers,
    shadowed_commands,
    misleading_numbers,
    long_labels,
)
