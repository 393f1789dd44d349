"""A lesson as a drawing: its steps in layers from the first to the end, and the ways between them.

Only places and paths: admin/templates/lesson_graph.html draws them. Knows no page. A small layered layout (layers by
the longest way, nodes put under those that lead to them), so that no script is needed for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from lessons.findings import Finding
from lessons.flow import Answers, explore
from lessons.schema import END, AnswerChoice, Lesson, Step, StepKind
from lessons.yaml_tree import Tree

WIDTH, HEIGHT = 196, 50  # of a node, in pixels
BESIDE, BELOW = 22, 46  # between nodes
LANE = 18  # of a way that passes a layer
LIFT = 14
MARGIN = 12
MOST_STEPS = 150  # a longer lesson is listed, not drawn
SHOWN_CHARS, SHOWN_LABEL = 26, 22

Way = Literal["on", "back"]
Mark = Literal["error", "warning", ""]


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a step leads: to another step, to the end, or to a lesson; `label` is the answer that leads there."""

    label: str
    step: str
    lesson: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A step, or the end of the lesson (`kind` None), and where it stands."""

    id: str
    kind: StepKind | None
    words: str
    line: int
    x: float
    y: float
    mark: Mark
    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A way: an SVG path, and what is written beside it."""

    path: str
    way: Way
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    width: float
    height: float
    is_drawn: bool = True


def graph(lesson: Lesson, tree: Tree, findings: Sequence[Finding], *, elsewhere: Answers) -> Graph:
    """The drawing of a lesson; `elsewhere` is what other lessons may have remembered."""
    count = len(lesson.steps)
    marks = _marks(tree, findings, count)
    labels = _labels(lesson)
    is_drawn = count <= MOST_STEPS
    ways = _ways(lesson, elsewhere) if is_drawn else {}
    layers = _layers(ways, count)
    rows, chains = _rows(ways, layers)
    across = _across(rows, chains)
    shift = MARGIN + WIDTH / 2 - min(across.values(), default=0)

    def place(item: _Item) -> tuple[float, float]:
        layer = layers[item] if isinstance(item, int) else item[2]
        return across[item] + shift, MARGIN + layer * (HEIGHT + BELOW)

    nodes = [
        _node(step, index, tree, marks[index], labels, place(index) if is_drawn else (0, 0))
        for index, step in enumerate(lesson.steps)
    ]
    if is_drawn:
        nodes.append(Node(END, None, "", 0, *place(count), "", ()))
    right = max((node.x for node in nodes), default=0) + WIDTH / 2
    lines: list[Line] = []
    for start in range(count):
        leaving = [(ends, [place(item) for item in chain]) for ends, chain in chains.items() if ends[0] == start]
        leaving.sort(key=lambda way: way[1][1][0])
        for nth, (ends, points) in enumerate(leaving):
            lane = right + MARGIN + 8 * (len(lines) % 4)
            lines.append(_line(ends, points, labels.get(ends, ""), right=lane, lift=LIFT * (nth % 2)))
    bottom = max((node.y for node in nodes), default=0) + HEIGHT + MARGIN
    return Graph(tuple(nodes), tuple(lines), right + 4 * MARGIN, bottom, is_drawn)


_Ends = tuple[int, int]
_Item = int | tuple[int, int, int]  # a node; or (from, to, layer), where a way passes a layer


def _ways(lesson: Lesson, elsewhere: Answers) -> dict[_Ends, None]:
    """From which step to which one may come, in the order of the file; the end has the number after the last."""
    count = len(lesson.steps)
    found = {
        (index, target if target >= 0 else count)
        for (index, _), following in explore(lesson, elsewhere).ways.items()
        for target, _ in following
    }
    return dict.fromkeys(sorted(found))


def _layers(ways: Mapping[_Ends, None], count: int) -> dict[_Item, int]:
    """The layer of every node: below all that lead to it onwards. What nobody reaches follows the step before it."""
    layers: dict[_Item, int] = {}
    for index in range(count + 1):
        before = [layers[start] + 1 for start, end in ways if end == index and start < index]
        layers[index] = max(before) if before else layers.get(index - 1, -1) + 1
    layers[count] = max(layers.values())
    return layers


def _rows(
    ways: Mapping[_Ends, None], layers: Mapping[_Item, int]
) -> tuple[list[list[_Item]], dict[_Ends, list[_Item]]]:
    """The items of every layer, and of every way the items that it passes."""
    rows: list[list[_Item]] = [[] for _ in range(max(layers.values()) + 1)]
    for item, layer in layers.items():
        rows[layer].append(item)
    chains: dict[_Ends, list[_Item]] = {}
    for start, end in ways:
        between = range(layers[start] + 1, layers[end]) if start < end else ()
        chains[start, end] = [start, *((start, end, layer) for layer in between), end]
        for layer in between:
            rows[layer].append((start, end, layer))
    return rows, chains


def _across(rows: Sequence[list[_Item]], chains: Mapping[_Ends, Sequence[_Item]]) -> dict[_Item, float]:
    """Where every item stands in its layer: near those above and below it, and not upon its neighbours."""
    above: dict[_Item, list[_Item]] = {}
    below: dict[_Item, list[_Item]] = {}
    for (start, end), chain in chains.items():
        for upper, lower in pairwise(chain) if start < end else ():
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
    across: dict[_Item, float] = {}
    for row in rows:
        _place(row, above, across)
    for near, order in ((below, rows[::-1]), (above, rows), (below, rows[::-1]), (above, rows)):
        for row in order:
            _place(row, near, across)
    return across


def _place(row: list[_Item], near: Mapping[_Item, Sequence[_Item]], across: dict[_Item, float]) -> None:
    """Order a layer by where its items want to be, and put them there as far as they have room."""

    def wanted(item: _Item) -> float:
        others = [across[other] for other in near.get(item, ()) if other in across]
        return sum(others) / len(others) if others else across.get(item, 0.0)

    row.sort(key=wanted)
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (_room(left) + _room(right)) / 2)
    wishes = [wanted(item) - offset for item, offset in zip(row, offsets, strict=False)]
    for item, wish, offset in zip(row, _rising(wishes), offsets, strict=False):
        across[item] = wish + offset


def _room(item: _Item) -> float:
    return WIDTH + BESIDE if isinstance(item, int) else LANE


def _rising(values: Sequence[float]) -> list[float]:
    """The values nearest to these that never fall (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        total, size = value, 1
        while pools and pools[-1][0] / pools[-1][1] > total / size:
            more, others = pools.pop()
            total, size = total + more, size + others
        pools.append((total, size))
    return [total / size for total, size in pools for _ in range(size)]


def _line(ends: _Ends, points: Sequence[tuple[float, float]], label: str, *, right: float, lift: float) -> Line:
    """A way down, bent between layers, or back up in a lane at `right`; its label is lifted beside its neighbour's."""
    start, end = ends
    (x, y), (to_x, to_y) = points[0], points[-1]
    if end <= start:
        middle, to_middle = y + HEIGHT / 2, to_y + HEIGHT / 2
        path = f"M{x + WIDTH / 2:.0f} {middle:.0f}H{right:.0f}V{to_middle:.0f}H{to_x + WIDTH / 2:.0f}"
        return Line(path, "back", label, right - 4, middle - 4)
    parts = [f"M{x:.0f} {y + HEIGHT:.0f}"]
    for nth, (next_x, next_y) in enumerate(points[1:], 1):
        at_x, at_y = points[nth - 1]
        bend = BELOW / 2
        parts.append(
            f"C{at_x:.0f} {at_y + HEIGHT + bend:.0f} {next_x:.0f} {next_y - bend:.0f} {next_x:.0f} {next_y:.0f}"
        )
        if nth < len(points) - 1:
            parts.append(f"V{next_y + HEIGHT:.0f}")
    first_x, first_y = points[1]
    return Line("".join(parts), "on", label, (x + 3 * first_x) / 4, first_y - BELOW / 5 - lift)


def _node(step: Step, index: int, tree: Tree, mark: Mark, labels: Mapping[_Ends, str], at: tuple[float, float]) -> Node:
    line, _ = tree.where(("steps", index))
    words = _short(step.text.replace("**", ""), SHOWN_CHARS)
    return Node(step.id, step.kind, words, line, *at, mark, _leads(step))


def _leads(step: Step) -> tuple[Lead, ...]:
    """Where each answer leads by what is written; nothing for a step that the next one follows."""
    leads = [
        Lead(choice.label, choice.goto or ("" if choice.lesson else step.goto or ""), choice.lesson or "")
        for choice in step.choices
        if step.kind == "ask" or choice.correct
    ]
    leads = [lead for lead in leads if lead.step or lead.lesson]
    return tuple(leads) if leads else ((Lead("", step.goto),) if step.goto else ())


def _labels(lesson: Lesson) -> dict[_Ends, str]:
    """What is written beside a way: the answers that lead there, where not all lead to one place."""
    count = len(lesson.steps)
    indices = {step.id: index for index, step in reversed(list(enumerate(lesson.steps)))} | {END: count}
    found: dict[_Ends, list[str]] = {}
    for index, step in enumerate(lesson.steps):
        targets = [_target(choice, step, index, indices, count) for choice in step.choices]
        if step.kind != "ask" or len(set(targets)) < 2:
            continue
        for choice, target in zip(step.choices, targets, strict=True):
            found.setdefault((index, target), []).append(choice.label)
    return {ends: _short(" / ".join(words), SHOWN_LABEL) for ends, words in found.items()}


def _target(choice: AnswerChoice, step: Step, index: int, indices: Mapping[str, int], count: int) -> int:
    if choice.lesson is not None:
        return count
    return indices.get(choice.goto or step.goto or "", index + 1)


def _marks(tree: Tree, findings: Sequence[Finding], count: int) -> list[Mark]:
    """The worst that was found within the lines of each step."""
    starts = [tree.where(("steps", index))[0] for index in range(count)]
    marks: list[Mark] = [""] * count
    for one in findings:
        within = [index for index, start in enumerate(starts) if start <= one.line]
        if within and marks[within[-1]] != "error":
            marks[within[-1]] = one.severity
    return marks


def _short(text: str, most: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
