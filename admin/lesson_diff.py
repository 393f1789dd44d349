"""What is another line in one text than in another, as rows that a page shows. Pure.

Line by line, with a little around each change; in a line that was changed, the words that were.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from lessons.yaml_tree import normalise

AROUND = 2
#: Rows that a page shows; behind them only their number is told.
MOST_ROWS = 400
#: Among so many lines the frequent ones are no landmarks; with more, all are told as taken out and put in.
#: phrases.yaml has 13,000; to match the lines of larger texts could take minutes.
MANY_LINES, MOST_LINES = 2_000, 20_000

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Mark = Literal["same", "out", "in", "gap"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line: `number` is its own in the text that has it (the newer of both for "same"); `pieces` are (text, is new).

    "gap" stands for `number` lines that are the same.
    """

    mark: Mark
    number: int
    pieces: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """`more` rows are not shown."""

    rows: tuple[Row, ...]
    put_in: int
    taken_out: int
    more: int

    @property
    def is_empty(self) -> bool:
        return not self.put_in and not self.taken_out


def diff(old: str, new: str) -> Diff:
    """The rows; line ends and the form of accents do not count."""
    before, after = normalise(old).split("\n"), normalise(new).split("\n")
    groups = _changes(before, after)
    rows = list(_rows(before, after, groups))
    taken_out = sum(end - start for start, end, _, _ in groups)
    put_in = sum(end - start for _, _, start, end in groups)
    return Diff(tuple(rows[:MOST_ROWS]), put_in, taken_out, max(0, len(rows) - MOST_ROWS))


_Change = tuple[int, int, int, int]


def _changes(before: Sequence[str], after: Sequence[str]) -> list[_Change]:
    """Where lines differ: from, to (before), from, to (after)."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    if not left and not right:
        return []
    longest = max(len(left), len(right))
    if longest > MOST_LINES:
        return [(head, head + len(left), head, head + len(right))]
    codes = SequenceMatcher(None, left, right, autojunk=longest > MANY_LINES).get_opcodes()
    return [(head + a, head + b, head + c, head + d) for tag, a, b, c, d in codes if tag != "equal"]


def _rows(before: Sequence[str], after: Sequence[str], changes: Sequence[_Change]) -> Iterator[Row]:
    shown = 0  # lines of `after` that have been told, or jumped over
    for nth, (a, b, c, d) in enumerate(changes):
        start = max(shown, c - AROUND)
        if start > shown:
            yield Row("gap", start - shown)
        yield from (Row("same", line + 1, ((after[line], False),)) for line in range(start, c))
        yield from _changed(before, after, (a, b, c, d))
        following = changes[nth + 1][2] if nth + 1 < len(changes) else len(after)
        shown = min(d + AROUND, following)
        yield from (Row("same", line + 1, ((after[line], False),)) for line in range(d, shown))
    if changes and shown < len(after):
        yield Row("gap", len(after) - shown)


def _changed(before: Sequence[str], after: Sequence[str], change: _Change) -> Iterator[Row]:
    a, b, c, d = change
    if b - a != d - c or b - a > MOST_ROWS:  # lines that were not changed one by one are not compared word by word
        yield from (Row("out", line + 1, ((before[line], False),)) for line in range(a, b))
        yield from (Row("in", line + 1, ((after[line], False),)) for line in range(c, d))
        return
    pairs = [_worded(before[a + nth], after[c + nth]) for nth in range(b - a)]
    yield from (Row("out", a + nth + 1, pieces) for nth, (pieces, _) in enumerate(pairs))
    yield from (Row("in", c + nth + 1, pieces) for nth, (_, pieces) in enumerate(pairs))


_Pieces = tuple[tuple[str, bool], ...]


def _worded(old: str, new: str) -> tuple[_Pieces, _Pieces]:
    """Both lines in pieces; those that the other has not are told apart, unless hardly a word is the same."""
    left, right = _WORDS.findall(old), _WORDS.findall(new)
    if len(left) + len(right) > MANY_LINES:
        return ((old, False),), ((new, False),)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < 0.4:
        return ((old, False),), ((new, False),)
    outs: list[tuple[str, bool]] = []
    ins: list[tuple[str, bool]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        outs += [("".join(left[a:b]), tag != "equal")] if b > a else []
        ins += [("".join(right[c:d]), tag != "equal")] if d > c else []
    return tuple(outs), tuple(ins)
