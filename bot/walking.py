"""The road through a lesson: which step comes next, back, and over into another edition."""

from collections.abc import Mapping

from bot.state import TRAIL_LIMIT, Footprint, Standing
from lessons.schema import END, Edition, Lesson, Step


def first_step(lesson: Lesson, memory: Mapping[str, str]) -> str:
    """Where a lesson begins for somebody with this memory."""
    return _settle(lesson, 0, memory) or lesson.steps[0].id


def next_step(lesson: Lesson, step: Step, memory: Mapping[str, str], *, goto: str | None) -> str | None:
    """The step after this one, by the answer's goto, else the step's own, else the order; None at the end."""
    target = goto or step.goto
    if target == END:
        return None
    position = lesson.position(target) if target else None
    if position is None:
        position = (lesson.position(step.id) or 0) + 1
    return _settle(lesson, position, memory)


def _settle(lesson: Lesson, position: int, memory: Mapping[str, str]) -> str | None:
    """The first step from here that is for this learner: `when` holds, and its answer is not known yet."""
    for _ in range(2 * len(lesson.steps)):
        if position >= len(lesson.steps):
            return None
        step = lesson.steps[position]
        target: str | None = None
        if holds(step, memory):
            if not is_known(step, memory):
                return step.id
            # What was answered in another lesson is not asked again: its branch is taken as if it were.
            known = next(choice for choice in step.choices if choice.value == memory[step.remember or ""])
            target = known.goto or step.goto
        if target == END:
            return None
        jump = lesson.position(target) if target else None
        position = position + 1 if jump is None else jump
    return None  # a circle of steps that are all known: there is nothing left to ask


def holds(step: Step, memory: Mapping[str, str]) -> bool:
    """Is this step for somebody with this memory?"""
    for key, wanted in step.when.items():
        allowed = (wanted,) if isinstance(wanted, str) else wanted
        if memory.get(key) not in allowed:
            return False
    return True


def is_known(step: Step, memory: Mapping[str, str]) -> bool:
    """Has this `ask` been answered before, with a value that it still offers?"""
    if step.kind != "ask" or step.remember is None or step.remember not in memory:
        return False
    return memory[step.remember] in {choice.value for choice in step.choices}


def moved_on(standing: Standing, to: str, *, key: str | None = None, before: str | None = None) -> Standing:
    """The standing one step further, with the footprint that `back` needs."""
    trail = (*standing.trail, Footprint(step=standing.step, key=key, before=before))[-TRAIL_LIMIT:]
    return standing.model_copy(update={"step": to, "trail": trail, "wrong": 0, "reworded": False})


def moved_back(standing: Standing, memory: Mapping[str, str]) -> tuple[Standing, dict[str, str]] | None:
    """The standing one step earlier and the memory without that step's answer; None at the beginning."""
    if not standing.trail:
        return None
    *trail, last = standing.trail
    restored = dict(memory)
    if last.key is not None:
        restored.pop(last.key, None)
        if last.before is not None:
            restored[last.key] = last.before
    return standing.model_copy(
        update={"step": last.step, "trail": tuple(trail), "wrong": 0, "reworded": False}
    ), restored


def carried(standing: Standing, old: Edition | None, new: Edition) -> Standing:
    """The same place in a newer edition: the step, else where it was moved, else the nearest one before it."""
    step = _same_place(standing.step, old, new)
    trail = tuple(mark for mark in standing.trail if new.lesson.position(mark.step) is not None)
    return Standing(lesson=new.lesson.id, version=new.version, step=step, trail=trail)


def _same_place(step_id: str, old: Edition | None, new: Edition) -> str:
    steps = [step_id]
    if old is not None and (position := old.lesson.position(step_id)) is not None:
        steps += [step.id for step in reversed(old.lesson.steps[:position])]
    for candidate in steps:
        for name in (candidate, new.lesson.moved.get(candidate)):
            if name is not None and new.lesson.position(name) is not None:
                return name
    return new.lesson.steps[0].id


def remembered_by(lesson: Lesson) -> set[str]:
    """The names that this lesson's steps remember."""
    return {step.remember for step in lesson.steps if step.remember}
