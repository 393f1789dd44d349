"""Every lesson, walked through by a clumsy resident: ends at its end or at a person, never stuck, never flooded."""

import pytest

from benchmarks.walks import walk
from bot.speaking import MESSAGES_A_TURN
from lessons.schema import Book
from tests.bot.conversation import lesson, with_lesson
from tests.conftest import ROOT

SEEDS = range(3)
LESSONS = sorted(
    path.stem for path in (ROOT / "lessons/library").glob("*.yaml") if not path.stem.endswith(".transcripts")
)


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_a_clumsy_resident_ends_at_the_end_or_at_a_person(book: Book, lesson_id: str) -> None:
    for seed in SEEDS:
        walked = walk(book, lesson_id, seed)

        assert walked.ending != "lost", f"seed {seed}: ... {walked.said[-20:]}"
        assert 1 <= walked.fewest_messages <= walked.most_messages <= MESSAGES_A_TURN, f"seed {seed}"


def test_a_lesson_that_traps_people_is_found_out(book: Book) -> None:
    """The walk itself: in a lesson that leads in a ring, nobody finds the end."""
    ring = [{"id": "mot", "say": "Một."}, {"id": "hai", "say": "Hai.", "goto": "mot"}]

    endings = {walk(with_lesson(book, lesson(steps=ring)), "hoc-thu", seed).ending for seed in range(5)}

    assert "finished" not in endings
