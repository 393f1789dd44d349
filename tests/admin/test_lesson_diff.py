"""What is told of two texts: the lines that differ, a little around them, and the words."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.lesson_diff import MOST_ROWS, Diff, diff
from tests.conftest import ROOT

TEXT = "".join(f"dòng {nth}\n" for nth in range(1, 11))


def told(found: Diff) -> list[str]:
    """Rows as text: words that the other has not stand in brackets."""
    marks = {"same": " ", "out": "-", "in": "+"}
    return [
        f"... {row.number}"
        if row.mark == "gap"
        else marks[row.mark] + str(row.number) + " " + "".join(f"[{text}]" if new else text for text, new in row.pieces)
        for row in found.rows
    ]


def test_a_changed_line_is_told_with_two_lines_around_it_and_its_words() -> None:
    found = diff(TEXT, TEXT.replace("dòng 5\n", "dòng năm\n"))

    assert told(found) == [
        "... 2",
        " 3 dòng 3",
        " 4 dòng 4",
        "-5 dòng [5]",
        "+5 dòng [năm]",
        " 6 dòng 6",
        " 7 dòng 7",
        "... 4",
    ]
    assert (found.put_in, found.taken_out, found.more) == (1, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("a\nb\n", "a\nx\nb\n", [" 1 a", "+2 x", " 3 b", " 4 "], id="a line more"),
        pytest.param("a\nx\nb\n", "a\nb\n", [" 1 a", "-2 x", " 2 b", " 3 "], id="a line less"),
        pytest.param("", "a\n", ["+1 a", " 2 "], id="a new file"),
        pytest.param("a\n", "a\r\n", [], id="line ends do not count"),
        pytest.param("e\u0302\n", "ê\n", [], id="the form of accents does not count"),
        pytest.param(
            "1\n2\n3\n4\n5\n6\n",
            "x\n2\n3\n4\n5\ny\n",
            ["-1 1", "+1 x", " 2 2", " 3 3", " 4 4", " 5 5", "-6 6", "+6 y", " 7 "],
            id="what stands between two changes is told once",
        ),
    ],
)
def test_rows(old: str, new: str, expected: list[str]) -> None:
    assert told(diff(old, new)) == expected


def test_the_same_text_has_no_rows() -> None:
    assert diff(TEXT, TEXT).is_empty


def test_a_whole_file_is_not_shown_to_its_end() -> None:
    found = diff("", "x\n" * 900)

    assert (len(found.rows), found.more) == (MOST_ROWS, 901 - MOST_ROWS)


def test_two_large_files_with_nothing_in_common_are_told_in_time() -> None:
    old = "".join(f"a {nth}\n" for nth in range(100_000))
    start = perf_counter()

    found = diff(old, old.replace("a", "b"))

    assert found.taken_out == 100_000
    assert perf_counter() - start < 3


def test_two_changes_far_apart_in_the_longest_file_of_the_library_are_told_as_two() -> None:
    text = (ROOT / "lessons/phrases.yaml").read_text(encoding="utf-8")
    lines = text.split("\n")
    start = perf_counter()

    found = diff(text, "\n".join([*lines[:20], "# mới", *lines[20:-20], "# mới", *lines[-20:]]))

    assert (found.put_in, found.taken_out) == (2, 0)
    assert perf_counter() - start < 1


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_the_rows_and_the_gaps_are_all_of_the_new_text(old: list[str], new: list[str]) -> None:
    found = diff("\n".join(old), "\n".join(new))

    length = sum(row.number if row.mark == "gap" else 1 for row in found.rows if row.mark != "out")
    assert length == ("\n".join(new).count("\n") + 1 if found.rows else 0)
    assert sum(row.mark == "in" for row in found.rows) == found.put_in
    assert sum(row.mark == "out" for row in found.rows) == found.taken_out
