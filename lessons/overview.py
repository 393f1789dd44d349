"""The curriculum as a table in Markdown: courses, lessons, minutes, skills, sources, and when to check them again.

Pure: made from a Book and the words of overview_words.yaml.
"""

from collections.abc import Iterator
from typing import Any

from lessons.findings import read_table
from lessons.rules_safety import STALE_AFTER
from lessons.schema import Book, Lesson


def curriculum_table(book: Book) -> str:
    """The totals, then a heading, a promise and a table a course."""
    words = read_table("overview_words.yaml")
    lessons = [edition.lesson for edition in book.current.values()]
    lines = [
        words["totals"].format(
            courses=len(book.courses),
            lessons=len(lessons),
            steps=sum(len(lesson.steps) for lesson in lessons),
            minutes=sum(lesson.minutes for lesson in lessons),
        )
    ]
    address = book.phrases.default_address
    for course in book.courses:
        promise = " ".join(course.promise.replace("{xung_ho}", address).split())
        lines += ["", words["course"].format(title=course.title), "", promise, ""]
        lines += _table([book.current[name].lesson for name in course.lessons], words)
    return "\n".join(lines) + "\n"


def _table(lessons: list[Lesson], words: dict[str, Any]) -> Iterator[str]:
    columns = [str(column) for column in words["columns"]]
    yield _row(columns)
    yield _row(["---"] * len(columns))
    for lesson in lessons:
        rechecks = sum(step.recheck for step in lesson.steps)
        yield _row(
            [
                f"{lesson.title} (`{lesson.id}`)",
                str(lesson.minutes),
                str(len(lesson.steps)),
                lesson.skill or str(words["no_skill"]),
                str(words["rechecks"]).format(count=rechecks) if rechecks else str(words["no_rechecks"]),
                f"{lesson.checked_on + STALE_AFTER:%d/%m/%Y}",
                "; ".join(lesson.sources),
            ]
        )


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
