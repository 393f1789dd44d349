"""Lint rules on the way through a lesson: nobody is trapped, nothing is in vain, every target exists."""

from collections.abc import Iterator

from rapidfuzz import process

from lessons.flow import answers_of, explore, loops, trapped, wanted
from lessons.nearest import sure
from lessons.rules import LessonRule, Mark, Surroundings, mark
from lessons.schema import END, Lesson
from lessons.yaml_tree import Path


def duplicate_steps(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    seen: dict[str, int] = {}
    for index, step in enumerate(lesson.steps):
        if step.id in seen:
            yield mark("duplicate_step", ("steps", index, "id"), id=step.id, nth=seen[step.id] + 1)
        if step.id == END:
            yield mark("step_named_end", ("steps", index, "id"))
        seen.setdefault(step.id, index)


def unknown_targets(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    ids = [step.id for step in lesson.steps]
    for path, target in _gotos(lesson):
        if target != END and target not in ids:
            known = [*ids, END]
            yield mark("unknown_goto", path, target=target, nearest=_nearest(target, known), sure=sure(target, known))
    for old, new in lesson.moved.items():
        if old in ids:
            yield mark("moved_still_here", ("moved", old), old=old)
        if new not in ids:
            nearest = _nearest(new, ids)
            yield mark("unknown_moved", ("moved", old), old=old, new=new, nearest=nearest, sure=sure(new, ids))


def unknown_lessons(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    for index, step in enumerate(lesson.steps):
        for nth, choice in enumerate(step.choices):
            path = ("steps", index, "choices", nth, "lesson")
            if choice.lesson is not None and choice.goto is not None:
                yield mark("two_ways", path)
            if around.is_whole and choice.lesson is not None and choice.lesson not in around.lesson_ids:
                known, target = sorted(around.lesson_ids), choice.lesson
                nearest = _nearest(target, known)
                yield mark("unknown_lesson", path, target=target, nearest=nearest, sure=sure(target, known))


def ways_through(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    """Dead ends, loops without a way out, steps that nobody reaches, conditions on what nobody said."""
    flow = explore(lesson, around.elsewhere)
    hopeless = trapped(flow)
    rings = loops(flow, hopeless)
    in_ring = {index for ring in rings for index in ring}
    for ring in rings:
        names = " → ".join(lesson.steps[index].id for index in (*ring, ring[0]))
        yield mark("loop_without_exit", ("steps", ring[-1], "goto"), steps=names)
    for index in sorted(hopeless - in_ring):
        yield mark("dead_end", ("steps", index, "id"), id=lesson.steps[index].id)
    unremembered = sorted(place for place, held in flow.consulted.items() if held == {None})
    for index, name in unremembered if around.is_whole else ():
        yield mark("when_unremembered", ("steps", index, "when", name), name=name)
    explained = {index for index, _ in unremembered}
    for index, step in enumerate(lesson.steps):
        if index not in flow.reached and index not in explained:
            yield mark("unreachable", ("steps", index, "id"), id=step.id)


def when_values(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    own = answers_of(lesson)
    for index, step in enumerate(lesson.steps):
        for name, values in wanted(step):
            given = own.get(name, frozenset()) | around.elsewhere.get(name, frozenset())
            for value in sorted(values - given) if given and around.is_whole else ():
                path = ("steps", index, "when", name)
                known = ", ".join(sorted(given))
                yield mark("when_unknown_value", path, needle=value, name=name, value=value, known=known)


def _gotos(lesson: Lesson) -> Iterator[tuple[Path, str]]:
    for index, step in enumerate(lesson.steps):
        if step.goto is not None:
            yield ("steps", index, "goto"), step.goto
        for nth, choice in enumerate(step.choices):
            if choice.goto is not None:
                yield ("steps", index, "choices", nth, "goto"), choice.goto


def _nearest(word: str, known: list[str]) -> str:
    best = process.extractOne(word, known)
    return best[0] if best is not None else END


RULES: tuple[LessonRule, ...] = (
    duplicate_steps,
    unknown_targets,
    unknown_lessons,
    ways_through,
    when_values,
)
