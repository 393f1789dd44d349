"""Ways through a lesson: every answer followed, with what it makes the bot remember."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.walking import first_step, holds, next_step
from lessons.flow import explore, loops, trapped, value_of
from lessons.schema import Lesson

PHONE = {"phone": frozenset({"a", "i"})}


def lesson(*steps: dict[str, Any]) -> Lesson:
    return Lesson.model_validate(
        {
            "id": "bai",
            "course": "khoa",
            "title": "Bài",
            "minutes": 1,
            "owner": "Tổ",
            "checked_on": date(2026, 1, 1),
            "sources": ["x"],
            "steps": steps,
        }
    )


def say(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "say": name, **more}


def ask(name: str, *choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "ask": name,
        "choices": [{"label": str(n), **c} for n, c in enumerate(choices)],
        **more,
    }


def quiz(name: str, *choices: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "quiz": name, "choices": [{"label": str(n), **c} for n, c in enumerate(choices)]}


ASK_PHONE = ask("may", {"value": "a"}, {"value": "i"}, remember="phone")


@pytest.mark.parametrize(
    ("given", "elsewhere", "unreached", "trapped_at", "rings"),
    [
        pytest.param(lesson(say("x"), say("y")), {}, set(), set(), [], id="the last step ends it"),
        pytest.param(lesson(say("x", goto="end"), say("y")), {}, {"y"}, set(), [], id="step behind an end"),
        pytest.param(lesson(say("x", goto="z"), say("y"), say("z")), {}, {"y"}, set(), [], id="jumped over"),
        pytest.param(lesson(say("x", goto="x")), {}, set(), {"x"}, [["x"]], id="back to itself"),
        pytest.param(
            lesson(say("v"), say("x"), say("y", goto="x")),
            {},
            set(),
            {"v", "x", "y"},
            [["x", "y"]],
            id="ring",
        ),
        pytest.param(
            lesson(say("x"), ask("y", {"goto": "x"}, {})),
            {},
            set(),
            set(),
            [],
            id="loop that an answer leaves",
        ),
        pytest.param(
            lesson(say("x"), ask("y", {"goto": "x"}, {"lesson": "khac"})),
            {},
            set(),
            set(),
            [],
            id="other lesson",
        ),
        pytest.param(
            lesson(say("x"), ask("y", {"goto": "x", "value": "k"}, {"value": "c"}, remember="xong")),
            {},
            set(),
            {"x"},
            [["x"]],
            id="a remembered answer is not asked again, so it never lets go",
        ),
        pytest.param(
            lesson(say("x"), quiz("q", {"goto": "x"}, {"correct": True}), say("y")),
            {},
            set(),
            set(),
            [],
            id="a wrong answer of a quiz leads nowhere",
        ),
        pytest.param(
            lesson(quiz("q", {}, {"correct": True, "goto": "end"}), say("y")),
            {},
            {"y"},
            set(),
            [],
            id="right answer",
        ),
        pytest.param(
            lesson(ASK_PHONE, say("x", when={"phone": "a"}), say("y", when={"phone": ["a", "i"]})),
            {},
            set(),
            set(),
            [],
            id="when",
        ),
        pytest.param(
            lesson(ASK_PHONE, say("x", when={"phone": "a"}, goto="may"), say("y")),
            {},
            set(),
            {"x"},
            [["x"]],
            id="trapped only with one answer",
        ),
        pytest.param(
            lesson(
                ASK_PHONE,
                say("x", when={"phone": "a"}, goto="end"),
                say("y", when={"phone": "i"}, goto="end"),
                say("z"),
            ),
            {},
            {"z"},
            set(),
            [],
            id="no answer is left for the last step",
        ),
        pytest.param(lesson(say("x", when={"phone": "a"}), say("y")), PHONE, set(), set(), [], id="from elsewhere"),
        pytest.param(
            lesson(
                say("x", when={"phone": "a"}, goto="end"),
                ask("may", {"value": "a"}, {"value": "i"}, remember="phone"),
            ),
            PHONE,
            set(),
            set(),
            [],
            id="known from elsewhere or asked here",
        ),
    ],
)
def test_steps_out_of_reach_and_steps_without_a_way_out(
    given: Lesson,
    elsewhere: dict[str, frozenset[str]],
    unreached: set[str],
    trapped_at: set[str],
    rings: list[list[str]],
) -> None:
    flow = explore(given, elsewhere)
    hopeless = trapped(flow)

    names = [step.id for step in given.steps]
    assert {name for index, name in enumerate(names) if index not in flow.reached} == unreached
    assert {names[index] for index in hopeless} == trapped_at
    assert [[names[index] for index in ring] for ring in loops(flow, hopeless)] == rings


def test_conditions_note_what_was_remembered_when_they_were_asked() -> None:
    flow = explore(lesson(say("x", when={"phone": "a"}), ASK_PHONE, say("y", when={"phone": "a"})), {})

    assert flow.consulted == {(0, "phone"): {None}, (2, "phone"): {"a", "i"}}


def test_very_many_remembered_answers_are_taken_either_way() -> None:
    values = [{"value": f"v{n}"} for n in range(9)]
    asks = [ask(f"hoi{n}", *values, remember=f"ten{n}") for n in range(12)]
    given = lesson(*asks, say("x", when={f"ten{n}": "v1" for n in range(12)}), say("y"))

    flow = explore(given, {})

    assert flow.reached == set(range(14))
    assert not trapped(flow)
    assert len(flow.ways) <= 100_000


NAMES = st.sampled_from(["x", "y"])
VALUES = st.sampled_from(["a", "b"])
TARGETS = st.none() | st.sampled_from(["s0", "s1", "s2", "s3", "s4", "end", "nowhere"])
CHOICES = st.lists(st.fixed_dictionaries({"value": VALUES, "goto": TARGETS}), min_size=2, max_size=3)


@st.composite
def lessons(draw: st.DrawFn) -> Lesson:
    steps = []
    for nth in range(draw(st.integers(1, 5))):
        when = draw(st.dictionaries(NAMES, VALUES, max_size=1))
        more = {"when": when, "goto": draw(TARGETS)}
        if draw(st.booleans()):
            steps.append(ask(f"s{nth}", *draw(CHOICES), remember=draw(st.none() | NAMES), **more))
        else:
            steps.append(say(f"s{nth}", **more))
    return lesson(*steps)


@settings(max_examples=300, deadline=None)
@given(walked=lessons(), answers=st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_who_walks_as_the_conversation_walks_stays_on_the_explored_ways(walked: Lesson, answers: list[int]) -> None:
    flow = explore(walked, {})
    memory: dict[str, str] = {}
    at: str | None = first_step(walked, memory)
    if not holds(walked.steps[walked.position(at or "") or 0], memory):
        return  # nothing of the lesson is for this learner: the conversation says its first step all the same

    for answer in answers:
        if at is None:
            return
        position = walked.position(at)
        assert position in flow.reached
        step = walked.steps[position or 0]
        choice = step.choices[answer % len(step.choices)] if step.choices else None
        if choice is not None and step.remember:
            memory = {**memory, step.remember: value_of(choice)}
        at = next_step(walked, step, memory, goto=choice.goto if choice else None)
