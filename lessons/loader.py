"""Files of lessons -> Library: the Book when all can be read, and what is wrong with its place when not.

The core takes texts, so that a publish and a page may load what is in the database; only `load_files`
touches the disk. Knows no rule of teaching: those are the linter's.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from lessons.crops import Crops
from lessons.findings import Finding, LessonError, finding, in_order, is_blocking
from lessons.schema import Book, Course, Curriculum, Edition, Lesson, PlaceFacts, QuestionList
from lessons.sentences import Phrases
from lessons.signs import ScamSigns
from lessons.validation import validate
from lessons.yaml_tree import MAX_CHARS, Path, Tree, normalise, read

CURRICULUM = "lessons.yaml"
MEDIA_FOLDER = "lessons/media"
VERSION_DIGITS = 12

Model = TypeVar("Model", bound=BaseModel)
Part = TypeVar("Part", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file gave no text. `line` is in the file itself; None blames the place that names the file."""

    code: str
    line: int | None = None


Reader = Callable[[str], str | Unread]


@dataclass(frozen=True, eq=False)
class Library:
    """Everything that was read, also when not all of it is right; `book` is None when a problem blocks.

    Files are named relative to the folder of lessons.yaml. `media` are names under lessons/media.
    """

    book: Book | None
    problems: tuple[Finding, ...]
    trees: Mapping[str, Tree]
    curriculum: Curriculum | None
    phrases: Phrases | None
    place_facts: PlaceFacts | None
    signs: ScamSigns | None = None
    crops: Crops | None = None
    editions: Mapping[str, Edition] = field(default_factory=dict)
    faq: Mapping[str, QuestionList] = field(default_factory=dict)
    media: frozenset[str] = frozenset()

    @property
    def texts(self) -> dict[str, str]:
        """File name -> YAML text as it was read (normalised): what a publish stores."""
        return {file: tree.text for file, tree in self.trees.items()}

    def where(self, file: str, path: Path, needle: str = "") -> tuple[int, int]:
        """Line and column, from 1, of a value such as ("steps", 3, "choices", 1, "label").

        What is not written is looked for above; with `needle`, the place of that word inside the value.
        """
        tree = self.trees.get(file)
        return tree.where(path, needle) if tree is not None else (1, 1)


def load_texts(
    texts: Mapping[str, str],
    *,
    media: Collection[str],
    timezone: ZoneInfo,
    older: Mapping[tuple[str, str], Edition] | None = None,
) -> Library:
    """The library of these texts, named as beside lessons.yaml. Never raises."""

    def reader(name: str) -> str | Unread:
        text = texts.get(name)
        return text if text is not None else Unread("missing_file")

    return _load(reader, media=media, timezone=timezone, older=older or {})


def load_files(curriculum: FilePath, *, timezone: ZoneInfo) -> Library:
    """The library of the files that lessons.yaml names. Never raises: an unreadable file is a problem."""
    root = curriculum.parent

    def reader(name: str) -> str | Unread:
        return _file_text(root, curriculum.name if name == CURRICULUM else name)

    folder = root / MEDIA_FOLDER
    media = [found.relative_to(folder).as_posix() for found in folder.rglob("*") if found.is_file()]
    return _load(reader, media=media, timezone=timezone, older={})


def parse_lesson(text: str, *, file: str) -> tuple[Edition | None, tuple[Finding, ...]]:
    """One lesson file by itself: its edition (None when a finding blocks) and what is wrong."""
    tree = read(text)
    lesson, found = validate(Lesson, tree, file=file)
    if lesson is None or is_blocking(found):
        return None, tuple(found)
    return edition_of(lesson, tree, file), tuple(found)


def edition_from_text(text: str, *, file: str) -> Edition:
    """The edition of a text that was published before. Raises LessonError when it no longer can be read."""
    edition, found = parse_lesson(text, file=file)
    if edition is None:
        raise LessonError(found)
    return edition


def version_of(text: str) -> str:
    """The version of a lesson's YAML; the same whatever the line ends or the form of its accents."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()[:VERSION_DIGITS]


def edition_of(lesson: Lesson, tree: Tree, file: str) -> Edition:
    """The edition of a lesson that was read from this file."""
    return Edition(lesson=_bare_media(lesson), version=version_of(tree.text), file=file, text=tree.text)


def _bare_media(lesson: Lesson) -> Lesson:
    """Pictures and recordings by their name under lessons/media, also where "media/" was written before it."""

    def bare(part: Part) -> Part:
        named = {key: getattr(part, key) for key in ("picture", "audio") if getattr(part, key, None)}
        return part.model_copy(update={key: name.removeprefix("media/") for key, name in named.items()})

    steps = tuple(
        bare(step).model_copy(update={"stuck": tuple(bare(trouble) for trouble in step.stuck)}) for step in lesson.steps
    )
    return lesson.model_copy(update={"steps": steps})


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    reader: Reader
    trees: dict[str, Tree] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)

    def parse(self, model: type[Model], file: str, *, named_at: Path) -> Model | None:
        text = _unsafe(file) or self.reader(file)
        if isinstance(text, Unread):
            self._report_unread(text, file, named_at)
            return None
        tree = self.trees[file] = read(text)
        value, found = validate(model, tree, file=file)
        self.problems += found
        return None if is_blocking(found) else value

    def report(self, code: str, path: Path, **values: object) -> None:
        """A problem of lessons.yaml itself."""
        tree = self.trees.get(CURRICULUM)
        line, column = tree.where(path) if tree is not None else (1, 1)
        self.problems.append(finding(code, file=CURRICULUM, line=line, column=column, **values))

    def _report_unread(self, unread: Unread, file: str, named_at: Path) -> None:
        if unread.line is None:
            self.report(unread.code, named_at, name=file)
        else:
            values = {"limit": MAX_CHARS // 1_000_000, "name": file}
            self.problems.append(finding(unread.code, file=file, line=unread.line, column=1, **values))


def _load(
    reader: Reader,
    *,
    media: Collection[str],
    timezone: ZoneInfo,
    older: Mapping[tuple[str, str], Edition],
) -> Library:
    reading = _Reading(reader)
    curriculum = reading.parse(Curriculum, CURRICULUM, named_at=())
    phrases = place_facts = signs = crops = None
    editions: dict[str, Edition] = {}
    faq: dict[str, QuestionList] = {}
    if curriculum is not None:
        phrases = reading.parse(Phrases, curriculum.phrases, named_at=("phrases",))
        place_facts = reading.parse(PlaceFacts, curriculum.place_facts, named_at=("place_facts",))
        signs = reading.parse(ScamSigns, curriculum.scam_signs, named_at=("scam_signs",))
        crops = _crops(curriculum, reading)
        editions = dict(_lessons(curriculum, reading))
        faq = dict(_questions(curriculum, reading))
    book = None
    if curriculum and phrases and place_facts and not is_blocking(reading.problems):
        book = Book(
            courses=_courses(curriculum, editions),
            current={edition.lesson.id: edition for edition in editions.values()},
            phrases=phrases,
            place_facts=place_facts,
            timezone=timezone,
            older=older,
            faq=tuple(faq.values()),
            signs=signs,
            crops=crops,
        )
    return Library(
        book=book,
        problems=tuple(in_order(reading.problems)),
        trees=reading.trees,
        curriculum=curriculum,
        phrases=phrases,
        place_facts=place_facts,
        signs=signs,
        crops=crops,
        editions=editions,
        faq=faq,
        media=frozenset(media),
    )


def _crops(curriculum: Curriculum, reading: _Reading) -> Crops | None:
    """None, too, where nobody names the file and there is none: a publication of before there were crops."""
    found = reading.reader(curriculum.crops)
    is_named = "crops" in curriculum.model_fields_set
    if not is_named and isinstance(found, Unread) and found.code == "missing_file":
        return None
    return reading.parse(Crops, curriculum.crops, named_at=("crops",))


def _lessons(curriculum: Curriculum, reading: _Reading) -> Iterator[tuple[str, Edition]]:
    """File and edition of every lesson; what stands in lessons.yaml twice is a problem and read once."""
    files: set[str] = set()
    ids: dict[str, str] = {}
    for nth, course in enumerate(curriculum.courses):
        if course.id in {earlier.id for earlier in curriculum.courses[:nth]}:
            reading.report("duplicate_course", ("courses", nth, "id"), id=course.id)
        for index, file in enumerate(course.lessons):
            path = ("courses", nth, "lessons", index)
            if file in files:
                reading.report("listed_twice", path, name=file)
                continue
            files.add(file)
            lesson = reading.parse(Lesson, file, named_at=path)
            if lesson is None:
                continue
            if lesson.id in ids:
                reading.report("duplicate_lesson", path, id=lesson.id, first=ids[lesson.id], name=file)
            ids.setdefault(lesson.id, file)
            yield file, edition_of(lesson, reading.trees[file], file)


def _questions(curriculum: Curriculum, reading: _Reading) -> Iterator[tuple[str, QuestionList]]:
    """File and questions of every list; a list that stands in lessons.yaml twice is a problem and read once."""
    for nth, file in enumerate(curriculum.faq):
        if file in curriculum.faq[:nth]:
            reading.report("listed_twice", ("faq", nth), name=file)
            continue
        questions = reading.parse(QuestionList, file, named_at=("faq", nth))
        if questions is not None:
            yield file, questions


def _courses(curriculum: Curriculum, editions: Mapping[str, Edition]) -> tuple[Course, ...]:
    return tuple(
        Course(
            id=course.id,
            title=course.title,
            promise=course.promise,
            lessons=tuple(editions[file].lesson.id for file in course.lessons),
            placement=course.placement,
        )
        for course in curriculum.courses
    )


def _unsafe(name: str) -> Unread | None:
    """A name that leads out of the folder, or to something that is no YAML file (.env holds secrets)."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or any(mark in name for mark in "\\:\0"):
        return Unread("outside_folder")
    return None if path.suffix in {".yaml", ".yml"} else Unread("not_yaml_name")


def _file_text(root: FilePath, name: str) -> str | Unread:
    try:
        path = (root / name).resolve()
        if not path.is_relative_to(root.resolve()):
            return Unread("outside_folder")
        if not path.is_file():
            return Unread("missing_file")
        if path.stat().st_size > MAX_CHARS:
            return Unread("file_too_large", line=1)
        content = path.read_bytes()
    except OSError:
        return Unread("unreadable_file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unread("not_utf8", line=content.count(b"\n", 0, error.start) + 1)
