"""Every lesson answers as its transcripts say; `pytest tests/lessons --update` writes the answers anew."""

from pathlib import Path

import pytest

from bot import transcripts
from lessons.schema import Book
from tests.conftest import ROOT

FILES = sorted((ROOT / "lessons" / "library").glob("*.transcripts.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".transcripts.yaml"))
def test_the_lesson_answers_as_written(book: Book, file: Path, request: pytest.FixtureRequest) -> None:
    written = transcripts.parse(file.read_text(encoding="utf-8"))
    if request.config.getoption("--update"):
        file.write_text(transcripts.to_yaml(transcripts.rewritten(book, written)), encoding="utf-8")
        return

    found = transcripts.mismatches(book, written)

    assert not found, "\n".join(f"{one.transcript}: {one.me!r}\n{one.written}\n{one.given}" for one in found[:3])


def test_every_lesson_has_transcripts(book: Book) -> None:
    have = {file.name.removesuffix(".transcripts.yaml") for file in FILES}

    assert have == set(book.current)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".transcripts.yaml"))
def test_the_straight_way_ends_the_lesson(book: Book, file: Path) -> None:
    written = transcripts.parse(file.read_text(encoding="utf-8"))
    straight = written.transcripts[0]
    done = book.phrases.say.lesson_finished.partition("{")[0]

    assert any(done in bubble for bubble in straight.turns[-1].bot), straight.name


def test_a_changed_answer_is_found(book: Book) -> None:
    written = transcripts.parse(FILES[0].read_text(encoding="utf-8"))
    first = written.transcripts[0]
    exchange = first.turns[1].model_copy(update={"bot": ("something else",)})
    changed = first.model_copy(update={"turns": (first.turns[0], exchange, *first.turns[2:])})

    [found] = transcripts.mismatches(book, written.model_copy(update={"transcripts": (changed,)}))

    assert (found.me, found.written) == (exchange.me, ("something else",))
