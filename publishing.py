"""Publishing: from the editors' files to what residents learn from, and back.

Nothing that lint or a transcript refuses gets through. Knows no settings: where the files are is handed in.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import transcripts
from bot.understanding import learn
from lessons import linter
from lessons.crops import Crops
from lessons.findings import LessonError, finding, is_blocking, render_text
from lessons.loader import Library, edition_from_text, load_files, load_texts
from lessons.schema import Book
from lessons.validation import validate
from lessons.yaml_tree import read
from storage import lessons as stored_lessons
from storage import people
from storage.database import Database, reading, transaction

#: Where the crops stand, beside lessons.yaml.
CROPS = "lessons/crops.yaml"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the editors' files are: lessons.yaml, with the lessons and media beside it."""

    curriculum: Path
    timezone: ZoneInfo

    @property
    def root(self) -> Path:
        return self.curriculum.parent

    @property
    def media_folder(self) -> Path:
        return self.root / "lessons" / "media"


class NotPublished(Exception):
    """The files are not fit to be published; the text says why, in the editors' language."""


def checked(library: Library, root: Path, *, today: date) -> str:
    """What keeps this library from residents: lint errors, else transcripts that no longer hold."""
    findings = linter.lint(library, today=today)
    if library.book is None or is_blocking(findings):
        return render_text([found for found in findings if found.severity == "error"])
    changed = []
    for file, text in transcript_texts(library, root):
        wrong = transcripts.mismatches(library.book, transcripts.parse(text))
        first = {one.transcript: one for one in reversed(wrong)}
        changed += [
            finding("transcript_changed", file=file, line=1, column=1, transcript=name, me=one.me)
            for name, one in first.items()
        ]
    return render_text(changed)


def transcript_texts(library: Library, root: Path) -> Iterator[tuple[str, str]]:
    """Name and text of the transcripts that stand beside the lesson files."""
    for file in library.editions:
        beside = Path(file).with_suffix(".transcripts.yaml")
        if (root / beside).exists():
            yield beside.as_posix(), (root / beside).read_text(encoding="utf-8")


def accept_answers(files: Files) -> int:
    """Write the answers that the lessons give now into their transcripts; how many files changed."""
    library = load_files(files.curriculum, timezone=files.timezone)
    root, changed = files.root, 0
    if library.book is None:
        raise NotPublished(render_text(library.problems))
    for file, text in transcript_texts(library, root):
        fresh = transcripts.to_yaml(transcripts.rewritten(library.book, transcripts.parse(text)))
        if fresh != text:
            (root / file).write_text(fresh, encoding="utf-8")
            changed += 1
    return changed


def fit_to_publish(files: Files, *, now: datetime) -> Library:
    """The files, linted and their transcripts played. Raises NotPublished with what is wrong."""
    library = load_files(files.curriculum, timezone=files.timezone)
    if wrong := checked(library, files.root, today=now.date()):
        raise NotPublished(wrong)
    return library


def publish_library(database: Database, library: Library, *, now: datetime) -> int:
    """Make what `fit_to_publish` gave what residents learn from; the publication's id."""
    if library.book is None:
        raise NotPublished(render_text(library.problems))
    learnt = learn(library.book)  # takes seconds: before the transaction, which others wait for
    editions = [(e.lesson.id, e.version, e.file, e.text) for e in library.editions.values()]
    with transaction(database) as connection:
        return stored_lessons.publish(connection, library.texts, editions, learnt=learnt, now=now)


@dataclass(frozen=True, slots=True)
class Published:
    """What residents learn from now: the publication's id, its files, and the book made of them."""

    id: int
    files: Mapping[str, str]
    book: Book


def published(database: Database, files: Files) -> Published | None:
    """The newest publication, with the older editions in which somebody stands."""
    with reading(database) as connection:
        publication = stored_lessons.newest(connection)
        in_use = stored_lessons.editions_in_use(connection)
    if publication is None:
        return None
    older = {}
    for row in in_use:
        # An edition that this version can no longer read: who stands in it is carried to the current one.
        with suppress(LessonError):
            older[(row.lesson, row.version)] = edition_from_text(row.text, file=row.file)
    media = [path.name for path in files.media_folder.glob("*")]
    library = load_texts(publication.files, media=media, timezone=files.timezone, older=older)
    if library.book is None:
        raise NotPublished(render_text(library.problems))
    return Published(publication.id, publication.files, replace(library.book, learnt=publication.learnt))


def first_published(database: Database, files: Files, *, now: datetime) -> Published:
    """The newest publication. The files beside the program are published when there is none, at the first start,
    and when this version can no longer read it, after an upgrade."""
    found = None
    with suppress(NotPublished):
        found = published(database, files)
    if found is None:
        publish_library(database, fit_to_publish(files, now=now), now=now)
        found = published(database, files)
    if found is None:
        raise NotPublished("nothing is published: run `muadam publish`")
    return found


def published_crops(database: Database, files: Files) -> Crops | None:
    """The crops that are published, without the rest of the book; before the first publish those of the files.

    None where there is no such file. Raises NotPublished when it cannot be read.
    """
    with reading(database) as connection:
        publication = stored_lessons.newest(connection)
    written = files.root / CROPS
    if publication is not None:
        text = publication.files.get(CROPS)
    else:
        text = written.read_text(encoding="utf-8") if written.exists() else None
    if text is None:
        return None
    crops, wrong = validate(Crops, read(text), file=CROPS)
    if crops is None:
        raise NotPublished(render_text(wrong))
    return crops


def where_people_stand(database: Database, library: Library) -> list[str]:
    """A line for each lesson under way: how many learners, and whether the files have another edition."""
    current = {edition.lesson.id: edition.version for edition in library.editions.values()}
    with reading(database) as connection:
        rows = people.standing_counts(connection)
    lines = []
    for row in rows:
        fate = "unchanged" if current.get(row.lesson) == row.version else "keep the edition they began"
        if row.lesson not in current:
            fate = "the lesson is gone: they keep it until they finish"
        lines.append(f"{row.lesson} {row.version} at {row.step}: {row.learners} ({fate})")
    return lines
