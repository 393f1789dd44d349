"""Whatever is typed into a file, loading and linting answer: a book, or problems with a place in the file."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.findings import is_blocking
from lessons.linter import lint
from lessons.loader import load_texts
from tests.lessons.library_on_disk import LESSON, PHRASES, TIMEZONE, TODAY, load, write_clean

FILES = st.sampled_from(["lessons.yaml", PHRASES, "lessons/place_facts.yaml", LESSON])
PIECES = st.sampled_from(
    [
        *"\t\n\r:-{}[]\"'|>#*&!%@`?,. \x00\x07\u200b\ud83d",
        "{xung_ho}",
        "**",
        "- ",
        "  ",
        ": ",
        "goto: chao",
        "à",
        "👍",
        "1",
    ]
)
CUTS = st.integers(min_value=0, max_value=40)
EDITS = st.lists(st.tuples(st.floats(0, 1), CUTS, PIECES), min_size=1, max_size=6)


@cache
def clean_texts() -> dict[str, str]:
    with TemporaryDirectory() as folder:
        return load(write_clean(Path(folder))).texts


def edited(text: str, edits: list[tuple[float, int, str]]) -> str:
    for share, cut, piece in edits:
        at = int(share * len(text))
        text = text[:at] + piece + text[at + cut :]
    return text


@settings(max_examples=300, deadline=None)
@given(file=FILES, edits=EDITS)
def test_mistyped_files_never_raise_and_every_finding_has_a_place(
    file: str, edits: list[tuple[float, int, str]]
) -> None:
    texts = {**clean_texts(), file: edited(clean_texts()[file], edits)}

    library = load_texts(texts, media=("doc.mp3", "hinh.png"), timezone=TIMEZONE)
    found = lint(library, today=TODAY)

    assert (library.book is None) == is_blocking(library.problems)
    assert set(library.problems) <= set(found)
    for one in found:
        lines = library.texts.get(one.file, "").split("\n")
        assert 1 <= one.line <= len(lines) + 1
        assert 1 <= one.column <= max(map(len, lines), default=0) + 2


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_at_all_is_answered(text: str) -> None:
    library = load_texts({**clean_texts(), LESSON: text}, media=(), timezone=TIMEZONE)

    assert library.book is None
    assert is_blocking(lint(library, today=TODAY))
