"""Every way through a lesson: which steps can be reached, and from where its end no longer can.

All answers are tried with everything that they make the bot remember, so that `when` is followed exactly,
and so is the rule that an `ask` whose answer is already known is not asked again but takes its branch;
only in a lesson with very many remembered answers are some of them taken as "either way".
Knows the lesson's schema and nothing of files or wording; the conversation itself is bot/walking.py.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import product

from lessons.schema import END, AnswerChoice, Lesson, Step

MAX_SPOTS = 60_000  # steps times combinations of remembered answers that are told apart

Answers = Mapping[str, frozenset[str]]  # remembered name -> the values that choices give it
Memory = tuple[str | None, ...]  # aligned with the tracked names
Spot = tuple[int, Memory]  # a step, or OUT, and what is remembered there

OUT = -1  # the lesson is over, or another lesson has begun


@dataclass(frozen=True, slots=True)
class Flow:
    """`ways` leads from each spot that can be reached to the next ones.

    `consulted` has, for a step and a name of its `when`, what the memory held whenever it was asked.
    """

    ways: Mapping[Spot, frozenset[Spot]]
    consulted: Mapping[tuple[int, str], frozenset[str | None]]

    @property
    def reached(self) -> frozenset[int]:
        return frozenset(index for index, _ in self.ways)


def value_of(choice: AnswerChoice) -> str:
    """What a step with `remember` keeps of this answer."""
    return choice.value or choice.label


def answers_of(lesson: Lesson) -> dict[str, frozenset[str]]:
    """What the lesson's steps remember, and the values that their choices give."""
    answers: dict[str, frozenset[str]] = {}
    for step in lesson.steps:
        if step.remember and step.ask is not None:
            values = frozenset(value_of(choice) for choice in step.choices)
            answers[step.remember] = answers.get(step.remember, frozenset()) | values
    return answers


def wanted(step: Step) -> Iterator[tuple[str, frozenset[str]]]:
    """The names of the step's `when`, each with the values that let the step appear."""
    for name, values in step.when.items():
        yield name, frozenset({values} if isinstance(values, str) else values)


def explore(lesson: Lesson, elsewhere: Answers) -> Flow:
    """Follow every answer from the first step; `elsewhere` may be remembered from other lessons or not."""
    walk = _Walk(lesson, _possible(lesson, elsewhere))
    starts = product(*([None, *sorted(elsewhere.get(name, ()))] for name in walk.tracked))
    waiting = [spot for memory in starts for spot in walk.landings(0, memory)]
    ways: dict[Spot, frozenset[Spot]] = {}
    while waiting:
        spot = waiting.pop()
        if spot in ways or spot[0] == OUT:
            continue
        ways[spot] = frozenset(walk.onwards(spot))
        waiting.extend(ways[spot])
    consulted = {place: frozenset(values) for place, values in walk.consulted.items()}
    return Flow(ways, consulted)


def trapped(flow: Flow) -> frozenset[int]:
    """Steps at which somebody can stand and never get out of the lesson, whatever he answers."""
    before: dict[Spot, list[Spot]] = {}
    for spot, nexts in flow.ways.items():
        for following in nexts:
            before.setdefault(following, []).append(spot)
    free = {spot for spot in before if spot[0] == OUT}
    waiting = list(free)
    while waiting:
        for spot in before.get(waiting.pop(), ()):
            if spot not in free:
                free.add(spot)
                waiting.append(spot)
    return frozenset(index for index, memory in flow.ways if (index, memory) not in free)


def loops(flow: Flow, within: frozenset[int]) -> list[list[int]]:
    """The rings of steps, each in the order of the file, that lie wholly within the given steps."""
    nexts: dict[int, set[int]] = {index: set() for index in within}
    for (index, _), following in flow.ways.items():
        if index in nexts:
            nexts[index] |= {target for target, _ in following if target in within}
    reach = {index: _reachable(index, nexts) for index in within}
    rings: list[list[int]] = []
    for index in sorted(within):
        if index in reach[index] and not any(index in ring for ring in rings):
            rings.append([other for other in sorted(reach[index]) if index in reach[other]])
    return rings


def steps_without(flow: Flow, rests: AbstractSet[int]) -> dict[int, int]:
    """For every step that can be reached, the most steps that are passed since the start or the last of `rests`.

    Going round in a ring counts once.
    """
    before: dict[Spot, int] = {}
    for spot in _onwards_order(flow):
        here = before.setdefault(spot, 0)
        passed = 0 if spot[0] in rests else here + 1
        for following in flow.ways[spot]:
            if following in flow.ways:
                before[following] = max(before.get(following, 0), passed)
    most: dict[int, int] = {}
    for (index, _), count in before.items():
        most[index] = max(most.get(index, 0), count)
    return most


def _onwards_order(flow: Flow) -> list[Spot]:
    """Every spot before those that it leads to; where ways form a ring, the one that was found first leads."""
    order: list[Spot] = []
    seen: set[Spot] = set()
    for start in flow.ways:
        stack = [(start, iter(sorted(flow.ways[start], key=str)))] if start not in seen else []
        seen.add(start)
        while stack:
            spot, following = stack[-1]
            unseen = next((one for one in following if one in flow.ways and one not in seen), None)
            if unseen is None:
                order.append(spot)
                stack.pop()
            else:
                seen.add(unseen)
                stack.append((unseen, iter(sorted(flow.ways[unseen], key=str))))
    return order[::-1]


def _reachable(start: int, nexts: Mapping[int, set[int]]) -> set[int]:
    found: set[int] = set()
    waiting = list(nexts[start])
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            waiting.extend(nexts[index])
    return found


def _possible(lesson: Lesson, elsewhere: Answers) -> Answers:
    own = answers_of(lesson)
    return {name: own.get(name, frozenset()) | elsewhere.get(name, frozenset()) for name in {*own, *elsewhere}}


@dataclass(slots=True)
class _Walk:
    lesson: Lesson
    possible: Answers
    tracked: list[str] = field(init=False)
    indices: dict[str, int] = field(init=False)
    consulted: dict[tuple[int, str], set[str | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = self.lesson.steps
        self.indices = {step.id: i for i, step in reversed(list(enumerate(steps)))}
        asked = [name for step in steps for name in step.when]
        kept = [step.remember for step in steps if step.ask is not None and step.remember]
        self.tracked = []
        memories = 1
        for name in dict.fromkeys((*asked, *kept)):
            memories *= len(self.possible.get(name, ())) + 1
            if name in self.possible and memories * len(steps) <= MAX_SPOTS:
                self.tracked.append(name)

    def onwards(self, spot: Spot) -> Iterator[Spot]:
        """Where every answer at this spot leads. A wrong answer of a quiz leads nowhere by itself."""
        index, memory = spot
        step = self.lesson.steps[index]
        if step.kind in {"say", "do"} or not step.choices:
            yield from self._follow(step.goto, index, memory)
        elif step.kind == "quiz":
            right = next((choice for choice in step.choices if choice.correct), step.choices[0])
            yield from self._follow(right.goto or step.goto, index, memory)
        else:
            for choice in step.choices:
                kept = self._remember(step, choice, memory)
                if choice.lesson is not None:
                    yield OUT, kept
                else:
                    yield from self._follow(choice.goto or step.goto, index, kept)

    def landings(self, index: int, memory: Memory) -> Iterator[Spot]:
        """The step where one arrives: this one, or the first on the way that shows itself."""
        passed: set[int] = set()
        while index not in passed and index < len(self.lesson.steps):
            passed.add(index)
            holds = self._holds(index, memory)
            known = self._known(index, memory) if holds is not False else None
            if holds is not False and known is None:
                yield index, memory
            if holds and known is None:
                return
            index = self._after(known, index) if holds else index + 1
        yield OUT, memory

    def _known(self, index: int, memory: Memory) -> AnswerChoice | None:
        """The answer of this `ask` that is already remembered."""
        step = self.lesson.steps[index]
        if step.ask is None or step.remember not in self.tracked:
            return None
        held = memory[self.tracked.index(step.remember)]
        return next((choice for choice in step.choices if choice.value == held is not None), None)

    def _after(self, known: AnswerChoice | None, index: int) -> int:
        goto = (known.goto if known is not None else None) or self.lesson.steps[index].goto
        return len(self.lesson.steps) if goto == END else self.indices.get(goto or "", index + 1)

    def _follow(self, goto: str | None, index: int, memory: Memory) -> Iterator[Spot]:
        if goto == END:
            yield OUT, memory
        else:
            yield from self.landings(self.indices.get(goto or "", index + 1), memory)

    def _remember(self, step: Step, choice: AnswerChoice, memory: Memory) -> Memory:
        if step.ask is None or step.remember not in self.tracked:
            return memory
        at = self.tracked.index(step.remember)
        return (*memory[:at], value_of(choice), *memory[at + 1 :])

    def _holds(self, index: int, memory: Memory) -> bool | None:
        """Whether the step appears; None when it may or may not. A value that nobody gives is let pass."""
        either_way = False
        for name, values in wanted(self.lesson.steps[index]):
            seen = self.consulted.setdefault((index, name), set())
            if name not in self.tracked:
                seen.add(None if name not in self.possible else "")
                either_way = True
                continue
            held = memory[self.tracked.index(name)]
            seen.add(held)
            if values.isdisjoint(self.possible[name]):
                either_way = True
            elif held not in values:
                return False
        return None if either_way else True
