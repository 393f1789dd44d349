"""Counts of a few people are not told, and not computed back from what stands beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.small_counts import FEW, Cell, Shown, column, percent, shown, tree

FEW_, MOST, OTHER = Shown(None, "few"), Shown(None, "most"), Shown(None, "other")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        pytest.param(Cell(0), Shown(0), id="nobody is nobody's secret"),
        pytest.param(Cell(1), FEW_, id="one"),
        pytest.param(Cell(4), FEW_, id="four"),
        pytest.param(Cell(5), Shown(5), id="five"),
        pytest.param(Cell(12, (30,)), Shown(12), id="a part"),
        pytest.param(Cell(30, (30,)), Shown(30), id="all"),
        pytest.param(Cell(29, (30,)), MOST, id="all but one"),
        pytest.param(Cell(26, (30,)), MOST, id="all but four"),
        pytest.param(Cell(25, (30,)), Shown(25), id="all but five"),
        pytest.param(Cell(0, (3,)), Shown(0), id="nobody of a few"),
        pytest.param(Cell(29, (29, 30)), MOST, id="all of what is itself all but one"),
    ],
)
def test_a_cell_beside_its_wholes(cell: Cell, expected: Shown) -> None:
    assert shown(cell) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        pytest.param(Shown(12), Shown(30), 40, id="a share"),
        pytest.param(Shown(1000), Shown(3000), 33, id="rounded"),
        pytest.param(FEW_, Shown(30), None, id="hidden part"),
        pytest.param(Shown(0), FEW_, None, id="hidden whole"),
        pytest.param(Shown(0), Shown(0), None, id="of nothing"),
        pytest.param(Shown(7), Shown(6), None, id="more than all: begun before"),
    ],
)
def test_a_share_is_told_when_both_of_its_numbers_are(part: Shown, whole: Shown, expected: int | None) -> None:
    assert percent(part, whole) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param([10, 20, 30], ["10", "20", "30"], id="nothing is small"),
        pytest.param([0, 10, 20], ["0", "10", "20"], id="nothing is small, zero is told"),
        pytest.param([3, 10, 20], ["few", "other", "20"], id="one small count takes another with it"),
        pytest.param([2, 3, 20], ["few", "few", "20"], id="two small ones hide each other: 1 and 4, 2 and 3..."),
        pytest.param([1, 1, 20], ["few", "few", "other"], id="two ones have a sum that tells them"),
        pytest.param([4, 4, 20], ["few", "few", "other"], id="two fours as well"),
        pytest.param([1, 5, 6], ["few", "other", "other"], id="the least of both ranges tells as well"),
        pytest.param([1, 0, 9], ["few", "0", "other"], id="zero hides nothing"),
    ],
)
def test_small_counts_do_not_follow_from_the_sum(counts: list[int], expected: list[str]) -> None:
    seen, is_safe = column({nth: Cell(count) for nth, count in enumerate(counts)})

    assert [one.why or str(one.count) for one in seen.values()] == expected
    assert is_safe


@pytest.mark.parametrize("counts", [[3], [1, 1], [4, 4, 0], [1, 5]])
def test_where_hiding_is_not_enough_the_sum_must_not_be_seen(counts: list[int]) -> None:
    _, is_safe = column({nth: Cell(count) for nth, count in enumerate(counts)})

    assert not is_safe


@given(st.lists(st.integers(0, 12), max_size=7))
def test_no_small_count_can_be_worked_out_from_a_column_and_its_sum(counts: list[int]) -> None:
    seen, is_safe = column({nth: Cell(count) for nth, count in enumerate(counts)})

    told = [one.count for one in seen.values() if one.count is not None]
    assert not [count for count in told if 0 < count < FEW]
    whys = [one.why for one in seen.values() if one.why]
    if is_safe and "few" in whys:
        # By trying: what the hidden ones may be, given their sum.
        rest = sum(counts) - sum(told)
        ways = _ways(whys, rest)
        first = whys.index("few")
        assert len({way[first] for way in ways}) > 1


def _ways(whys: list[str], total: int) -> list[tuple[int, ...]]:
    if not whys:
        return [()] if total == 0 else []
    tried = range(1, FEW) if whys[0] == "few" else range(FEW, total + 1)
    return [(one, *others) for one in tried if one <= total for others in _ways(whys[1:], total - one)]


def test_what_one_list_hides_another_does_not_tell() -> None:
    # The country 100 = the provinces 3 + 40 + 57; the province of 40 has the communes 15 and 25.
    counts = {"vn": 100, "a": 3, "b": 40, "c": 57, "a1": 3, "b1": 15, "b2": 25, "c1": 57}
    children = [("a", ["a1"]), ("b", ["b1", "b2"]), ("c", ["c1"]), ("vn", ["a", "b", "c"])]

    seen = tree({key: Cell(count) for key, count in counts.items()}, children)

    assert {key: one.why or str(one.count) for key, one in seen.items()} == {
        "vn": "100",
        "a": "few",
        "b": "other",  # 100 - 57 - 40 would tell the 3
        "c": "57",
        "a1": "few",
        "b1": "other",  # 15 + 25 would tell the 40
        "b2": "25",
        "c1": "57",
    }
