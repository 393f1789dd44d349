"""The rules over a library: what must be corrected before it can be published, and what could be better.

Runs every rule of rules_*.py over whatever could be read, so that one broken file does not hide the rest; or, for who
is writing, only those that find something in his file.
Knows no rule itself.
"""

from collections.abc import Iterable, Iterator, Mapping
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
from lessons.draft import Kind, kind_of
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
DATED_RULES = (rules_faq.questions, rules_signs.signs, rules_crops.crops)

#: The rules over a library that find something in a file of this kind; the tests hold this against `lint`.
ABOUT: Mapping[Kind, tuple[LibraryRule, ...]] = {
    "lesson": (rules_library.questions_asked_twice, rules_library.recordings, rules_courses.course_of_lesson),
    "curriculum": (rules_library.commands_and_topics, rules_courses.promises, rules_courses.placements),
    "phrases": (
        rules_library.phrases_once,
        rules_library.commands_and_topics,
        rules_library.fixed_sentences,
        rules_short.short_sentences,
    ),
    "place_facts": (rules_library.place_tree,),
    "scam_signs": (),
    "crops": (),
    "faq": (rules_short.short_answers,),
}
_DATED_ABOUT = {"faq": rules_faq.questions, "scam_signs": rules_signs.signs, "crops": rules_crops.crops}


def lint(library: Library, *, today: date) -> list[Finding]:
    """Everything that is wrong, the loader's problems included, by file and line. Never raises."""
    found = list(library.problems)
    around = _surroundings(library, today)
    for file in library.editions:
        found += _lesson_findings(library, file, around)
    for library_rule in LIBRARY_RULES:
        found += _findings(library, library_rule(library), "")
    for dated_rule in DATED_RULES:
        found += _findings(library, dated_rule(library, today=today), "")
    return in_order(found)


def lint_file(library: Library, file: str, *, today: date) -> list[Finding]:
    """What `lint` finds in one file, in a fraction of the time. Never raises."""
    found = [problem for problem in library.problems if problem.file == file]
    if file in library.editions:
        found += _lesson_findings(library, file, _surroundings(library, today))
    kind = kind_of(library.curriculum, file)
    marks = [mark for rule in ABOUT[kind] for mark in rule(library)]
    if kind in _DATED_ABOUT:
        marks += _DATED_ABOUT[kind](library, today=today)
    found += _findings(library, (mark for mark in marks if mark.file == file), file)
    return in_order(found)


def _lesson_findings(library: Library, file: str, around: Surroundings) -> Iterator[Finding]:
    beside = replace(around, elsewhere=elsewhere_than(library, file))
    for rule in LESSON_RULES:
        yield from _findings(library, rule(library.editions[file].lesson, beside), file)


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


def elsewhere_than(library: Library, file: str) -> dict[str, frozenset[str]]:
    """What the lessons of other files remember, and the values that they give it."""
    answers: dict[str, frozenset[str]] = {}
    for other, edition in library.editions.items():
        for name, values in answers_of(edition.lesson).items() if other != file else ():
            answers[name] = answers.get(name, frozenset()) | values
    return answers
