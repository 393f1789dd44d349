"""Where learners stand in a lesson that is about to change, and where they would go on in its new edition. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.state import Standing
from bot.walking import carried
from lessons.loader import Library, parse_lesson
from lessons.schema import Book


@dataclass(frozen=True, slots=True)
class Fate:
    """So many learners stand at a step. They keep their edition; who begins anew or comes back late goes on at `to`.

    `version` is empty for the current one, `to` where the new text cannot be read.
    """

    step: str
    version: str
    learners: int
    to: str

    @property
    def stays(self) -> bool:
        return self.to == self.step


def fates(book: Book, standing: Sequence[Any], file: str, text: str) -> list[Fate]:
    """Those who stand in the lesson of a file, by rows (lesson, version, step, learners), when `text` is its next."""
    current = next((edition for edition in book.current.values() if edition.file == file), None)
    if current is None:
        return []
    new, _ = parse_lesson(text, file=file)
    made = []
    for row in standing:
        if row.lesson != current.lesson.id:
            continue
        to = ""
        if new is not None:
            old = book.edition(row.lesson, row.version)
            stands = Standing(lesson=row.lesson, version=row.version, step=row.step)
            to = carried(stands, old, new).step
        version = "" if row.version == current.version else row.version[:6]
        made.append(Fate(row.step, version, row.learners, to))
    return sorted(made, key=lambda fate: (fate.version, current.lesson.position(fate.step) or 0))


def gone(book: Book, library: Library, standing: Sequence[Any]) -> list[tuple[str, int]]:
    """Title of each lesson that is not in the library any more, and how many stand in it; of one that can be read."""
    if library.book is None:
        return []
    kept = {edition.lesson.id for edition in library.editions.values()}
    return [
        (edition.lesson.title, sum(row.learners for row in standing if row.lesson == name))
        for name, edition in book.current.items()
        if name not in kept
    ]
