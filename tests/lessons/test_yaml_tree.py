"""YAML text as a tree with positions: what editors type is kept, what is broken is told where."""

from pathlib import Path

import pytest

import lessons
from lessons.yaml_tree import MAX_CHARS, normalise, read


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("label: yes", "yes", id="yes is not true"),
        pytest.param("label: No", "No", id="no is not false"),
        pytest.param("label: Có", "Có", id="có"),
        pytest.param("label: 1", "1", id="number"),
        pytest.param("label: 007", "007", id="leading zeros"),
        pytest.param("label: 1e3", "1e3", id="exponent"),
        pytest.param("label: 12:30", "12:30", id="sixty-based number"),
        pytest.param("label: 2026-11-20", "2026-11-20", id="date"),
        pytest.param("label: 'null'", "null", id="quoted null"),
        pytest.param("label: =", "=", id="value sign"),
        pytest.param("<<: x", None, id="merge key is a key like others"),
    ],
)
def test_scalars_keep_what_was_typed(typed: str, kept: str | None) -> None:
    tree = read(typed)

    assert tree.faults == ()
    assert tree.data == ({"label": kept} if kept is not None else {"<<": "x"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\ufeffa: b", "a: b", id="byte-order mark"),
        pytest.param("a: b\r\nc: d\re: f", "a: b\nc: d\ne: f", id="line ends"),
        pytest.param("a: Hoa\u0300 bi\u0300nh", "a: Hoà bình", id="decomposed accents"),
        pytest.param("a:\u00a0b", "a: b", id="hard space"),
        pytest.param("a: b\u200bc\u2028d", "a: bc d", id="invisible and odd separators"),
    ],
)
def test_spelling_of_the_file_does_not_matter(text: str, expected: str) -> None:
    assert normalise(text) == expected
    assert normalise(expected) == expected


TEXT = """\
id: bai
steps:
  - id: chao
    say: |
      Dòng một.
      Dòng hai có vneid.gov.vn ở cuối.
  - id: hỏi
    choices:
      - {label: Có, also: [rồi, "dạ có"]}
      - {label: Chưa}
"""


@pytest.mark.parametrize(
    ("path", "needle", "place"),
    [
        pytest.param((), "", (1, 1), id="whole file"),
        pytest.param(("steps", 1), "", (7, 5), id="item"),
        pytest.param(("steps", 1, "choices", 0, "label"), "", (9, 10), id="key in braces"),
        pytest.param(("steps", 1, "choices", 0, "also", 1), "", (9, 33), id="item in brackets"),
        pytest.param(("steps", 0, "say"), "vneid.gov.vn", (6, 19), id="word inside a block"),
        pytest.param(("steps", 0, "say"), "không có", (4, 5), id="word that is not there"),
        pytest.param(("steps", 1, "choices", 1, "value"), "", (10, 9), id="missing key: the one above"),
        pytest.param(("khong", "co"), "", (1, 1), id="nothing of it"),
    ],
)
def test_places_count_from_one(path: tuple[str | int, ...], needle: str, place: tuple[int, int]) -> None:
    assert read(TEXT).where(path, needle) == place


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        pytest.param("", "empty_file", (1, 1), id="nothing"),
        pytest.param("# chú thích\n\n", "empty_file", (1, 1), id="only comments"),
        pytest.param("---\n", "empty_file", (1, 1), id="only a dash line"),
        pytest.param("a: x" * MAX_CHARS, "file_too_large", (1, 1), id="too large"),
        pytest.param("a: \x00", "control_character", (1, 4), id="zero byte"),
        pytest.param("a: b\nc: \ud800", "control_character", (2, 4), id="half a character"),
        pytest.param("a: &x b", "special_start", (1, 4), id="anchor"),
        pytest.param("a: *xong", "special_start", (1, 4), id="alias"),
        pytest.param("a: *Bấm* nút", "special_start", (1, 4), id="star"),
        pytest.param("a: !ruby b", "special_start", (1, 4), id="tag"),
        pytest.param("a: !!python/object:os.system b", "special_start", (1, 4), id="python tag"),
        pytest.param("a: @b", "special_start", (1, 4), id="at sign"),
        pytest.param("a: `b`", "special_start", (1, 4), id="backtick"),
        pytest.param("a: {xung_ho}", "brace_start", (1, 4), id="only a placeholder"),
        pytest.param("a: [{xung_ho} ơi]", "brace_start", (1, 15), id="placeholder in a list"),
        pytest.param("a: {b: c, d, e: f}", "comma_in_braces", (1, 4), id="comma in braces"),
        pytest.param('a: "b\nc: d\n', "open_quote", (1, 4), id="quote never closed"),
        pytest.param("a: [b\nc: d\n", "open_bracket", (1, 4), id="bracket never closed"),
        pytest.param("a: b\n\tc: d\n", "tab", (2, 1), id="tab"),
        pytest.param("a:\n  b: c\n d: e\n", "indentation", (3, 2), id="crooked"),
        pytest.param("%YAML 9.9\n---\na: b", "bad_yaml", (1, 1), id="directive"),
        pytest.param("[" * 30 + "]" * 30, "too_deep", (1, 22), id="thirty brackets"),
        pytest.param("{a: " * 3000, "too_deep", (1, 85), id="three thousand braces"),
        pytest.param("? [a]\n: b", "key_not_text", (1, 3), id="list as a key"),
    ],
)
def test_faults_have_a_code_and_a_place(text: str, code: str, place: tuple[int, int]) -> None:
    found = read(text).faults

    assert [(fault.code, (fault.line, fault.column)) for fault in found] == [(code, place)]


def test_second_of_two_keys_is_told_and_the_first_kept() -> None:
    tree = read("a: 1\nb: 2\na: {c: d}\n")

    assert tree.data == {"a": "1", "b": "2"}
    assert [(fault.code, fault.line, fault.values["first"]) for fault in tree.faults] == [("duplicate_key", 3, 1)]


@pytest.mark.parametrize("name", sorted(Path(lessons.__file__).parent.glob("*.yaml")), ids=lambda p: p.name)
def test_own_tables_have_no_fault(name: Path) -> None:
    assert read(name.read_text(encoding="utf-8")).faults == ()
