"""One file as somebody is writing it, in the library of all the others as they are published.

Only the one file is read: the others come from the book, already understood. Knows no rule and no database.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Literal, TypeVar, assert_never

from pydantic import BaseModel

from lessons.crops import Crops
from lessons.findings import is_blocking
from lessons.loader import CURRICULUM, Library, edition_of, load_texts
from lessons.schema import Book, Curriculum, Lesson, PlaceFacts, QuestionList
from lessons.sentences import Phrases
from lessons.signs import ScamSigns
from lessons.validation import validate
from lessons.yaml_tree import Tree, read

Kind = Literal["lesson", "curriculum", "phrases", "place_facts", "scam_signs", "crops", "faq"]

MODELS: Mapping[Kind, type[BaseModel]] = {
    "lesson": Lesson,
    "curriculum": Curriculum,
    "phrases": Phrases,
    "place_facts": PlaceFacts,
    "scam_signs": ScamSigns,
    "crops": Crops,
    "faq": QuestionList,
}

Model = TypeVar("Model", bound=BaseModel)


def kind_of(curriculum: Curriculum | None, file: str) -> Kind:
    """What a file is: what lessons.yaml names it, else a lesson, or questions where they lie among questions."""
    if file == CURRICULUM:
        return "curriculum"
    named: dict[str, Kind] = {}
    if curriculum is not None:
        named.update(dict.fromkeys(curriculum.faq, "faq"))
        named[curriculum.phrases] = "phrases"
        named[curriculum.place_facts] = "place_facts"
        named[curriculum.scam_signs] = "scam_signs"
        named[curriculum.crops] = "crops"
    return named.get(file) or ("faq" if PurePosixPath(file).parent.name == "faq" else "lesson")


def published_library(book: Book, files: Mapping[str, str], *, media: Collection[str]) -> Library:
    """The library that a book was made of, without reading it again: it has no tree, and nothing wrong with it."""
    curriculum, _ = validate(Curriculum, read(files.get(CURRICULUM, "")), file=CURRICULUM)
    lists = dict.fromkeys(curriculum.faq if curriculum is not None else ())
    return Library(
        book=book,
        problems=(),
        trees={},
        curriculum=curriculum,
        phrases=book.phrases,
        place_facts=book.place_facts,
        signs=book.signs,
        crops=book.crops,
        editions={edition.file: edition for edition in book.current.values()},
        faq=dict(zip(lists, book.faq, strict=True)),
        media=frozenset(media),
    )


def with_draft(library: Library, file: str, text: str, *, files: Mapping[str, str]) -> Library:
    """The library with another text of one file; `files` are the texts that are published. Never raises.

    What is wrong with the file is in `problems`, and `book` is None when it blocks. Another lessons.yaml has everything
    read anew, since it says what there is: that takes a moment.
    """
    kind = kind_of(library.curriculum, file)
    if kind == "curriculum" and library.book is not None:
        return load_texts({**files, file: text}, media=library.media, timezone=library.book.timezone)
    tree = read(text)
    changed = replace(library, trees={**library.trees, file: tree})
    match kind:
        case "lesson":
            return _with_lesson(changed, tree, file)
        case "faq":
            return _with_questions(changed, tree, file)
        case "phrases":
            phrases, changed = _read(changed, Phrases, tree, file)
            return replace(changed, phrases=phrases)
        case "place_facts":
            place_facts, changed = _read(changed, PlaceFacts, tree, file)
            return replace(changed, place_facts=place_facts)
        case "scam_signs":
            signs, changed = _read(changed, ScamSigns, tree, file)
            return replace(changed, signs=signs)
        case "crops":
            crops, changed = _read(changed, Crops, tree, file)
            return replace(changed, crops=crops)
        case "curriculum":  # nothing was published beside it that could be read
            curriculum, changed = _read(changed, Curriculum, tree, file)
            return replace(changed, curriculum=curriculum)
        case _:
            assert_never(kind)


def _with_lesson(library: Library, tree: Tree, file: str) -> Library:
    lesson, library = _read(library, Lesson, tree, file)
    editions = dict(library.editions)
    if lesson is None:
        editions.pop(file, None)
    else:
        editions[file] = edition_of(lesson, tree, file)
    is_known = lesson is not None and any(e.lesson.id == lesson.id for f, e in editions.items() if f != file)
    return replace(library, editions=editions, book=None if is_known else library.book)


def _with_questions(library: Library, tree: Tree, file: str) -> Library:
    questions, library = _read(library, QuestionList, tree, file)
    faq = dict(library.faq)
    if questions is None:
        faq.pop(file, None)
    else:
        faq[file] = questions
    return replace(library, faq=faq)


def _read(library: Library, model: type[Model], tree: Tree, file: str) -> tuple[Model | None, Library]:
    """The file's value, None when something blocks, and the library with what is wrong."""
    value, found = validate(model, tree, file=file)
    if is_blocking(found):
        return None, replace(library, problems=tuple(found), book=None)
    return value, replace(library, problems=tuple(found))
