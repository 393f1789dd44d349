"""The rules over a library: what must be corrected before it can be published, and what could be better.

Runs every rule of rules_*.py over whatever could be read, so that one broken file does not hide the rest.
Knows no rule itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from lessons import (
    rules_answers,
    rules_courses,
    rules_crops,
    rules_faq,
    rules_flow,
    rules_library,
    rules_pace,
    rules_safety,
    rules_short,
    rules_signs,
    rules_words,
)
from lessons.findings import Finding, finding, in_order
from lessons.flow import answers_of
from lessons.loader import Library
from lessons.rules import LessonRule, LibraryRule, Mark, Surroundings
from lessons.rules_library import reserved_phrases
from lessons.rules_words import longest_words

LESSON_RULES: tuple[LessonRule, ...] = (
    *rules_flow.RULES,
    *rules_answers.RULES,
    *rules_words.RULES,
    *rules_safety.RULES,
    *rules_pace.RULES,
)
LIBRARY_RULES: tuple[LibraryRule, ...] = (*rules_library.RULES, *rules_courses.RULES, *rules_short.RULES)


def lint(library: Library, *, today: date) -> list[Finding]:
    """Everything that is wrong, the loader's problems included, by file and line. Never raises."""
    found = list(library.problems)
    around = _surroundings(library, today)
    for file, edition in library.editions.items():
        beside = replace(around, elsewhere=_elsewhere(library, file))
        for rule in LESSON_RULES:
            found += _findings(library, rule(edition.lesson, beside), file)
    for library_rule in LIBRARY_RULES:
        found += _findings(library, library_rule(library), "")
    found += _findings(library, rules_faq.questions(library, today=today), "")
    found += _findings(library, rules_signs.signs(library, today=today), "")
    found += _findings(library, rules_crops.crops(library, today=today), "")
    return in_order(found)


def _findings(library: Library, marks: Iterable[Mark], file: str) -> Iterator[Finding]:
    for mark in marks:
        at = mark.file or file
        line, column = library.where(at, mark.path, mark.needle)
        yield finding(mark.code, file=at, line=line, column=column, **mark.values)


def _surroundings(library: Library, today: date) -> Surroundings:
    return Surroundings(
        today=today,
        is_whole=library.book is not None,
        media=library.media,
        lesson_ids={edition.lesson.id for edition in library.editions.values()},
        reserved=reserved_phrases(library.phrases) if library.phrases else {},
        elsewhere={},
        longest_words=longest_words(library),
    )


def _elsewhere(library: Library, file: str) -> dict[str, frozenset[str]]:
    answers: dict[str, frozenset[str]] = {}
    for other, edition in library.editions.items():
        for name, values in answers_of(edition.lesson).items() if other != file else ():
            answers[name] = answers.get(name, frozenset()) | values
    return answers
