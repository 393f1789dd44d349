"""What of counts may be seen: fewer than FEW people are never told, nor what they could be computed back from.

    few       it is 1 to FEW - 1 people
    most      all but 1 to FEW - 1 of those it was counted among: the rest would be told
    other     taken from the sum beside it, one of the former would be told

Knows no page and no table. Zero is told: it is about nobody.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal, TypeVar

FEW = 5

Why = Literal["", "few", "most", "other"]
Range = tuple[float, float]

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Shown:
    """A count as it may be seen: None where it is hidden, and why."""

    count: int | None
    why: Why = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A count, and the counts that it is a part of."""

    count: int
    wholes: tuple[int, ...] = ()

    @property
    def why(self) -> Why:
        if 0 < self.count < FEW:
            return "few"
        if self.count >= FEW and self._left:
            return "most"
        return ""

    @property
    def range(self) -> Range:
        """What who reads why it is hidden, and all its wholes, knows it to be."""
        if self.why == "few":
            return (1, FEW - 1)
        if self.why == "most":
            return (max(whole - FEW + 1 for whole in self._left), min(self._left) - 1)
        return (FEW, inf)

    @property
    def _left(self) -> list[int]:
        return [whole for whole in self.wholes if 0 < whole - self.count < FEW]


def shown(cell: Cell) -> Shown:
    """A cell by itself, beside its wholes and no sum."""
    return Shown(None, cell.why) if cell.why else Shown(cell.count)


def percent(part: Shown, whole: Shown) -> int | None:
    """The share, rounded; None where one of both is hidden, or the part is not one."""
    if part.count is None or not whole.count or part.count > whole.count:
        return None
    return round(100 * part.count / whole.count)


def column(cells: Mapping[Key, Cell], *, also: Collection[Key] = ()) -> tuple[dict[Key, Shown], bool]:
    """The cells of a column whose sum stands below it; False when even so the sum must not be seen.

    `also` are hidden for another's sake. Where what is hidden follows from the sum, the smallest of the others are
    hidden too, until every hidden count may be at least two numbers.
    """
    why: dict[Key, Why] = {key: cell.why or ("other" if key in also else "") for key, cell in cells.items()}
    total = sum(cell.count for key, cell in cells.items() if why[key])
    ranges = [cell.range for key, cell in cells.items() if why[key]]
    rest = sorted((key for key, cell in cells.items() if cell.count and not why[key]), key=lambda key: cells[key].count)
    while not (is_safe := _is_safe(total, ranges)) and rest:
        key = rest.pop(0)
        why[key] = "other"
        total += cells[key].count
        ranges.append(cells[key].range)
    return {key: Shown(None, why[key]) if why[key] else Shown(cell.count) for key, cell in cells.items()}, is_safe


def _is_safe(total: int, ranges: Sequence[Range]) -> bool:
    """Whether who knows the sum of some counts, and the range of each, still cannot tell any of them."""
    lows, endless = sum(low for low, _ in ranges), sum(high == inf for _, high in ranges)
    highs = sum(high for _, high in ranges if high < inf)
    for low, high in ranges:
        rest = inf if endless - (high == inf) else highs - (high if high < inf else 0)
        if max(low, total - rest) >= min(high, total - (lows - low)):
            return False
    return True


def tree(cells: Mapping[Key, Cell], children: Sequence[tuple[Key, Sequence[Key]]]) -> dict[Key, Shown]:
    """The cells of a column in which some are the sum of others: `children` from the lowest sums up.

    Each lies below one sum at most. What is hidden for another's sake is not told by its own parts either.
    """
    seen = {key: shown(cell) for key, cell in cells.items()}
    unsafe: set[Key] = set()
    for parent, parts in children:
        found, is_safe = column({part: cells[part] for part in parts}, also=unsafe)
        seen |= found
        if not is_safe and seen[parent].count is not None:
            unsafe.add(parent)
            seen[parent] = Shown(None, "other")
    for parent, parts in reversed(children):
        if seen[parent].why == "other" and all(seen[part].count is not None for part in parts):
            told = [part for part in parts if cells[part].count]
            if told:
                seen[min(told, key=lambda part: cells[part].count)] = Shown(None, "other")
    return seen
