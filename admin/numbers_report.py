"""The numbers of a place and a month as a commune hands them in, and the words of its form.

The words stand in report_words.yaml; the file itself is drawn by admin.numbers_workbook. Knows no page and no command.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from admin.indicators import NOBODY, Learning, People, learning, people
from lessons.schema import Book
from storage import numbers

Indicator = Literal[
    "residents", "learners", "finished_people", "subscribers", "rounds", "finished_rounds", "first_right"
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IndicatorWords(_Strict):
    name: str
    unit: str
    note: str


class ReportWords(_Strict):
    """report_words.yaml."""

    title: str
    unit: str
    period: str
    made_on: str
    counted: str
    never: str
    sheets: Mapping[Literal["summary", "lessons", "quizzes"], str]
    columns: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    lesson_columns: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    quiz_columns: Annotated[tuple[str, ...], Field(min_length=6, max_length=6)]
    indicators: Mapping[Indicator, IndicatorWords]
    hidden: Mapping[Literal["few", "most", "other"], str]
    hidden_note: str


@cache
def report_words() -> ReportWords:
    """The words, read once."""
    written = resources.files("admin").joinpath("report_words.yaml").read_text(encoding="utf-8")
    return ReportWords.model_validate(yaml.safe_load(written))


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported: `month` is 2026-11; `counted` up to when, by storage.counting's names; `steps` are texts."""

    place_name: str
    month: str
    people: People
    learning: Learning
    counted: Mapping[str, datetime]
    steps: Mapping[tuple[str, str], str]


def read(connection: Connection, *, place: str, place_name: str, month: str, book: Book | None) -> Report:
    """The numbers of the place, as its page shows them."""
    return Report(
        place_name=place_name,
        month=month,
        people=people(connection).get(place, NOBODY),
        learning=learning(connection, place, [month], book),
        counted=numbers.marks(connection),
        steps=_quiz_texts(book),
    )


def _quiz_texts(book: Book | None) -> dict[tuple[str, str], str]:
    editions = book.current.values() if book is not None else ()
    lessons = (edition.lesson for edition in editions)
    return {
        (lesson.id, step.id): " ".join(step.text.replace("**", "").split())
        for lesson in lessons
        for step in lesson.steps
        if step.kind == "quiz"
    }
