"""Changing one line of a YAML text, and no other."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.yaml_edits import NoPlaceError, with_item
from lessons.yaml_tree import read
from tests.conftest import ROOT

BLOCK = """\
# ghi chú đầu
courses:
  - id: a   # khóa một
    lessons:
      - a.yaml  # bài một

      # sắp có thêm
  - id: b
    lessons:
    - b.yaml
labels:
  yes: {label: Có, also: [có, "dạ, có"]}
  no: {label: Không}
  later:
    label: Để sau
"""


@pytest.mark.parametrize(
    ("path", "item", "before", "after"),
    [
        pytest.param(
            ("courses", 0, "lessons"),
            "moi.yaml",
            "      - a.yaml  # bài một\n",
            "      - a.yaml  # bài một\n      - moi.yaml\n",
            id="behind the last line, before its comments",
        ),
        pytest.param(
            ("courses", 1, "lessons"), "moi.yaml", "    - b.yaml\n", "    - b.yaml\n    - moi.yaml\n", id="not indented"
        ),
        pytest.param(
            ("labels", "yes", "also"), "ừ", '[có, "dạ, có"]', '[có, "dạ, có", ừ]', id="in brackets, behind quotes"
        ),
        pytest.param(
            ("labels", "yes", "also"), "ừ, được", '"dạ, có"]', '"dạ, có", "ừ, được"]', id="a comma needs quotes"
        ),
        pytest.param(("labels", "yes", "also"), "1", '"dạ, có"]', '"dạ, có", "1"]', id="a number is text"),
        pytest.param(("labels", "yes", "also"), "a: b", '"dạ, có"]', '"dạ, có", "a: b"]', id="a colon needs quotes"),
        pytest.param(("labels", "yes", "also"), 'a "b"', '"dạ, có"]', '"dạ, có", a "b"]', id="quotes inside are text"),
        pytest.param(
            ("labels", "no", "also"), "hông", "{label: Không}", "{label: Không, also: [hông]}", id="begun in braces"
        ),
        pytest.param(
            ("labels", "later", "also"),
            "lát nữa",
            "    label: Để sau\n",
            "    label: Để sau\n    also: [lát nữa]\n",
            id="begun in a block",
        ),
    ],
)
def test_one_line_changes(path: tuple[str | int, ...], item: str, before: str, after: str) -> None:
    assert BLOCK.count(before) == 1

    assert with_item(BLOCK, path, item) == BLOCK.replace(before, after)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("also: []\n", "also: [ừ]\n", id="empty brackets"),
        pytest.param("also: [  ]  # chưa\n", "also: [  ừ]  # chưa\n", id="empty brackets with spaces"),
        pytest.param("also:\nlabel: a\n", "also: [ừ]\nlabel: a\n", id="a key with nothing behind it"),
        pytest.param("also:  # sau\nlabel: a\n", "also: [ừ]  # sau\nlabel: a\n", id="nothing but a comment"),
        pytest.param("also:\n  - a", "also:\n  - a\n  - ừ", id="no line end at the end"),
        pytest.param("also:\r\n  - a\r\nb: c\r\n", "also:\r\n  - a\r\n  - ừ\r\nb: c\r\n", id="line ends of Windows"),
        pytest.param("\ufeffalso: [a]\n", "\ufeffalso: [a, ừ]\n", id="byte-order mark"),
        pytest.param("also: [\n  a,\n  b,\n]\n", "also: [\n  a,\n  b, ừ,\n]\n", id="a bracket a line"),
        pytest.param("also:\n  - |\n    a\n    b\n\nx: y\n", "also:\n  - |\n    a\n    b\n  - ừ\n\nx: y\n", id="text"),
        pytest.param("also:\n  - a: 1\n    b: 2\nx: y\n", "also:\n  - a: 1\n    b: 2\n  - ừ\nx: y\n", id="mappings"),
        pytest.param("also:\n  - [a, b]  # hai\n", "also:\n  - [a, b]  # hai\n  - ừ\n", id="lists in the list"),
    ],
)
def test_lists_of_every_form_are_added_to(text: str, expected: str) -> None:
    assert with_item(text, ("also",), "ừ") == expected


def test_what_is_there_already_is_not_added_again() -> None:
    assert with_item(BLOCK, ("labels", "yes", "also"), " dạ, có ") == BLOCK


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param(BLOCK, ("courses", 7, "lessons"), id="no such course"),
        pytest.param(BLOCK, ("nowhere", "lessons"), id="no such key above"),
        pytest.param(BLOCK, ("labels", "yes", "label"), id="a text"),
        pytest.param(BLOCK, ("courses", 0), id="a mapping"),
        pytest.param("a: [b\n", ("a",), id="broken"),
        pytest.param("", ("a",), id="empty"),
        pytest.param("- a\n", ("a",), id="a list at the top"),
    ],
)
def test_where_there_is_no_list_nothing_is_added(text: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(NoPlaceError):
        with_item(text, path, "ừ")


def test_an_item_that_says_nothing_is_refused() -> None:
    with pytest.raises(NoPlaceError):
        with_item("also: [a]\n", ("also",), " \u200b ")


def test_a_lesson_joins_the_real_curriculum_by_one_line() -> None:
    text = (ROOT / "lessons.yaml").read_text(encoding="utf-8")
    courses = read(text).data["courses"]

    for nth, course in enumerate(courses):
        changed = with_item(text, ("courses", nth, "lessons"), "lessons/library/bai-moi.yaml")

        lines = [line for line in difflib.ndiff(text.splitlines(True), changed.splitlines(True)) if line[0] != " "]
        assert lines == ["+       - lessons/library/bai-moi.yaml\n"]
        assert read(changed).data["courses"][nth]["lessons"] == [*course["lessons"], "lessons/library/bai-moi.yaml"]


def test_every_phrase_of_the_real_files_can_be_added_to_by_one_line() -> None:
    files = [ROOT / "lessons/phrases.yaml", *sorted((ROOT / "lessons/faq").glob("*.yaml"))]
    added = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        data = read(text).data
        places = [("questions", nth, "asked_as") for nth in range(len(data.get("questions", ())))]
        places += [("labels", name, "also") for name in data.get("labels", ())]
        for place in places[:: max(1, len(places) // 12)]:
            changed = with_item(text, place, "câu lạ: hỏi gì, sao vậy")

            before, after = text.splitlines(True), changed.splitlines(True)
            kept = set(difflib.ndiff(before, after))
            assert len([line for line in kept if line.startswith("+ ")]) == 1
            assert len([line for line in kept if line.startswith("- ")]) in (0, 1)
            added += 1
    assert added > 50


@given(st.text(alphabet="abđ ư,:#[]{}\"'-?!&*|>%@`~=\\/0123.\u200b\u00a0\n", max_size=12))
def test_whatever_is_typed_comes_back_as_it_was_typed_or_is_refused(item: str) -> None:
    for text in ("also: [a]\n", "also:\n  - a\n"):
        try:
            changed = with_item(text, ("also",), item)
        except NoPlaceError:
            continue
        assert " ".join(read(changed).data["also"][-1].split()) == " ".join(
            (item.replace("\u200b", "").replace("\u00a0", " ").strip() or "a").split()
        )
