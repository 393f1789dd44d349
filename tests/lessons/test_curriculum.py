"""The curriculum as it ships: its size, its pace, its tests, and that nothing of it is left to warn of."""

from pathlib import Path

import pytest

from bot import transcripts
from bot.transcripts import Transcript, Transcripts
from lessons.linter import lint
from lessons.loader import Library
from lessons.schema import Book
from tests.conftest import ROOT, TODAY
from vietnamese.fold import fold

ORDER = [
    "vneid", "dvc", "qr_payment", "scam_help", "bills", "mobile_money", "shopping_online", "vssid_bhyt",
    "digital_signature", "etax", "zalo_basics", "smartphone_basics", "my_data",
]  # fmt: skip
DEEPEST = ("vneid", "dvc", "qr_payment", "scam_help")
WAYS = ("đi thẳng", "trả lời sai", "vướng", "quay lại")
LIBRARY = ROOT / "lessons" / "library"
FILES = sorted(path for path in LIBRARY.glob("*.yaml") if not path.name.endswith(".transcripts.yaml"))


def transcripts_of(file: Path) -> Transcripts:
    return transcripts.parse(file.with_suffix(".transcripts.yaml").read_text(encoding="utf-8"))


def test_the_courses_stand_in_the_order_of_the_menu(book: Book) -> None:
    assert [course.id for course in book.courses] == ORDER


def test_the_curriculum_is_as_large_as_it_says(book: Book) -> None:
    steps = sum(len(edition.lesson.steps) for edition in book.current.values())

    assert len(book.current) >= 45
    assert steps >= 350
    assert all(len(book.course(course).lessons) >= 6 for course in DEEPEST if book.course(course))
    assert sum(len(listed.questions) for listed in book.faq) >= 120


def test_every_file_of_the_library_is_in_the_curriculum(book: Book) -> None:
    assert {path.stem for path in FILES} == set(book.current)


def test_every_file_of_questions_is_in_the_curriculum(library: Library) -> None:
    files = {f"lessons/faq/{path.name}" for path in (ROOT / "lessons" / "faq").glob("*.yaml")}

    assert files == set(library.faq)


def test_lint_has_nothing_to_say(library: Library) -> None:
    assert [f"{one.file}:{one.line} {one.code}" for one in lint(library, today=TODAY)] == []


def test_every_course_promises_in_two_lines_and_asks_before_it_begins(book: Book) -> None:
    for course in book.courses:
        assert len(course.promise.splitlines()) == 2, course.id
        assert course.placement is not None, course.id


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_lesson_is_tested_on_four_ways(book: Book, file: Path) -> None:
    written = transcripts_of(file).transcripts

    for way in WAYS:
        assert any(way in one.name for one in written), way
    assert "quay lai" in _typed(_named(written, "quay lại"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_way_but_the_one_that_means_to_is_met_with_not_understood(book: Book, file: Path) -> None:
    missed = book.phrases.say.not_understood.partition("{")[0]

    for one in transcripts_of(file).transcripts:
        if "chưa hiểu" not in one.name:
            assert not [turn.me for turn in one.turns if any(bubble.startswith(missed) for bubble in turn.bot)], (
                one.name
            )


def _named(written: tuple[Transcript, ...], way: str) -> Transcript:
    return next(one for one in written if way in one.name)


def _typed(transcript: Transcript) -> str:
    return " ".join(fold(turn.me) for turn in transcript.turns)
