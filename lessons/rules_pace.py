"""Lint rules on the pace of a lesson: short, with rests and questions, in bubbles that a slow reader reads."""

from collections.abc import Iterator

from lessons.flow import explore, steps_without
from lessons.passages import passages
from lessons.rules import LessonRule, Mark, Surroundings, mark
from lessons.rules_words import MAX_CHARS, filled
from lessons.schema import Lesson
from lessons.sentences import BUBBLE_CHARS

STEPS_UNTIL_REST = 7
SHORT_STEPS = 5  # a lesson of so few steps needs no quiz
FEWEST_QUIZZES, MOST_QUIZZES = 2, 5
FEWEST_MINUTES, MOST_MINUTES = 3, 8


def resting_places(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    """After a few steps everybody is told that he may stop here; only a `say` can tell him."""
    for index, step in enumerate(lesson.steps):
        if step.rest and step.kind != "say":
            yield mark("rest_not_here", ("steps", index, "rest"), kind=step.kind)
    rests = frozenset(index for index, step in enumerate(lesson.steps) if step.rest)
    for index, count in sorted(steps_without(explore(lesson, around.elsewhere), rests).items()):
        if count == STEPS_UNTIL_REST and index not in rests:
            yield mark("no_rest", ("steps", index, "id"), id=lesson.steps[index].id, limit=STEPS_UNTIL_REST)


def quizzes(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    count = sum(step.kind == "quiz" for step in lesson.steps)
    if len(lesson.steps) > SHORT_STEPS and not FEWEST_QUIZZES <= count <= MOST_QUIZZES:
        yield mark("quiz_count", ("steps",), count=count, fewest=FEWEST_QUIZZES, most=MOST_QUIZZES)
    for index, step in enumerate(lesson.steps):
        for nth, choice in enumerate(step.choices if step.kind == "quiz" else ()):
            if choice.feedback is None:
                yield mark("no_feedback", ("steps", index, "choices", nth, "label"), label=choice.label)


def length(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    if not FEWEST_MINUTES <= lesson.minutes <= MOST_MINUTES:
        yield mark("lesson_minutes", ("minutes",), count=lesson.minutes, fewest=FEWEST_MINUTES, most=MOST_MINUTES)


def short_bubbles(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    """What is sent to who asked for short words: the simpler text of a step, else its text; every answer and help."""
    for passage in passages(lesson):
        if passage.role != "says" or passage.kind == "picture_alt":
            continue
        count = len(filled(passage.text, around))
        if count <= BUBBLE_CHARS:
            continue
        if passage.kind in {"simpler", "feedback", "help"}:
            yield mark("bubble_long", passage.path, count=count, limit=BUBBLE_CHARS)
        elif count <= MAX_CHARS and lesson.steps[int(passage.path[1])].simpler is None:
            yield mark("no_simpler", passage.path, count=count, limit=BUBBLE_CHARS)


RULES: tuple[LessonRule, ...] = (resting_places, quizzes, length, short_bubbles)
