"""What a lint rule is given and what it gives.

A rule looks at one lesson, or at the whole library, and yields marks: a code of lint_messages.yaml, the
path of the value, and the words that fill the sentence. Knows no rule.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lessons.flow import Answers
from lessons.loader import Library
from lessons.schema import Lesson
from lessons.yaml_tree import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """Something found. `needle` is the word inside the text, as typed; `file` only for library rules."""

    code: str
    path: Path
    values: Mapping[str, object]
    needle: str = ""
    file: str = ""


def mark(code: str, path: Path, *, needle: str = "", file: str = "", **values: object) -> Mark:
    return Mark(code, path, values, needle, file)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a lesson's rules must know of the rest.

    `is_whole`: every file could be read, so that what is not here does not exist. `reserved`: folded phrase
    -> command. `elsewhere`: what other lessons remember. `longest_words`: placeholder -> its longest text.
    """

    today: date
    is_whole: bool
    media: Collection[str]
    lesson_ids: Collection[str]
    reserved: Mapping[str, str]
    elsewhere: Answers
    longest_words: Mapping[str, str]


LessonRule = Callable[[Lesson, Surroundings], Iterable[Mark]]
LibraryRule = Callable[[Library], Iterable[Mark]]
