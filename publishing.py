"""Publishing: from the editors' files to what residents learn from, and back.

Nothing that lint or a transcript refuses gets through. Knows no settings: where the files are is handed in.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError
from sqlalchemy import Connection

from bot import transcripts
from bot.understanding import learn
from lessons import linter
from lessons.crops import Crops
from lessons.findings import Finding, LessonError, finding, is_blocking, render_text
from lessons.loader import CURRICULUM, Library, edition_from_text, load_files, load_texts
from lessons.schema import Book
from lessons.validation import validate
from lessons.yaml_tree import read
from storage import lessons as stored_lessons
from storage import media, people, staff
from storage.database import Database, reading, transaction

#: Where the crops stand, beside lessons.yaml.
CROPS = "lessons/crops.yaml"
#: How the name of a file ends that says how a lesson answers.
TRANSCRIPTS = ".transcripts.yaml"
MEDIA = "lessons/media"


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
        return self.root / MEDIA


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
    for beside in map(transcripts_of, library.editions):
        if (root / beside).exists():
            yield beside, (root / beside).read_text(encoding="utf-8")


def transcripts_of(file: str) -> str:
    """The name of the file that says how the lesson of this file answers."""
    return PurePosixPath(file).with_suffix(TRANSCRIPTS).as_posix()


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


def fit_to_publish(files: Files, *, now: datetime, uploaded: Collection[str] = ()) -> Library:
    """The files, linted and their transcripts played. Raises NotPublished with what is wrong.

    `uploaded` are names of pictures that are in the database.
    """
    library = load_files(files.curriculum, timezone=files.timezone)
    library = replace(library, media=library.media | frozenset(uploaded))
    if wrong := checked(library, files.root, today=now.date()):
        raise NotPublished(wrong)
    return library


def publish_library(
    database: Database, library: Library, *, now: datetime, played: Mapping[str, str] | None = None
) -> int:
    """Make what `fit_to_publish` gave what residents learn from; the publication's id.

    `played` are its transcripts, which are kept with it.
    """
    ready = prepared(library, played or {})
    with transaction(database) as connection:
        publication = store(connection, ready, now=now)
        staff.record(connection, staff_id=None, action="published", subject=f"publication {publication}", now=now)
    return publication


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a publish stores."""

    texts: Mapping[str, str]
    editions: tuple[tuple[str, str, str, str], ...]
    learnt: bytes


def prepared(library: Library, played: Mapping[str, str]) -> Prepared:
    """What takes seconds, for before the transaction, which others wait for. Raises NotPublished."""
    if library.book is None:
        raise NotPublished(render_text(library.problems))
    editions = tuple((e.lesson.id, e.version, e.file, e.text) for e in library.editions.values())
    return Prepared({**played, **library.texts}, editions, learn(library.book))


def store(connection: Connection, ready: Prepared, *, now: datetime, by_id: int | None = None, reason: str = "") -> int:
    """Make this what residents learn from; the publication's id."""
    return stored_lessons.publish(
        connection, ready.texts, ready.editions, learnt=ready.learnt, now=now, by_id=by_id, reason=reason
    )


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of a look at files before they are published.

    `played` are the transcripts as they are written, `answers` those of them that the lessons no longer answer so, as
    they answer now; `unreadable` are transcripts that cannot be played.
    """

    library: Library
    findings: tuple[Finding, ...]
    played: Mapping[str, str]
    answers: Mapping[str, str]
    unreadable: tuple[str, ...]

    @property
    def is_fit(self) -> bool:
        """Whether nothing forbids publishing, but for answers that have to be accepted."""
        return self.library.book is not None and not is_blocking(self.findings) and not self.unreadable


def examine(
    texts: Mapping[str, str], *, root: Path, media: Collection[str], timezone: ZoneInfo, today: date
) -> Examined:
    """Lint these texts and play their transcripts: those among the texts, else those on the disk. Takes seconds."""
    library = load_texts(texts, media=media, timezone=timezone)
    findings = tuple(linter.lint(library, today=today))
    on_disk = dict(transcript_texts(library, root))
    wanted = [name for file in library.editions if (name := transcripts_of(file)) in texts or name in on_disk]
    played = {name: texts.get(name, on_disk.get(name, "")) for name in wanted}
    answers: dict[str, str] = {}
    unreadable: list[str] = []
    if library.book is not None and not is_blocking(findings):
        for name, text in played.items():
            try:
                written = transcripts.parse(text)
            except (yaml.YAMLError, ValidationError):
                unreadable.append(name)
                continue
            if written.lesson not in library.book.current:
                unreadable.append(name)
                continue
            given = transcripts.rewritten(library.book, written)
            if given != written:
                answers[name] = transcripts.to_yaml(given)
    return Examined(library, findings, played, answers, tuple(unreadable))


def undone(database: Database, texts: Mapping[str, str]) -> list[str]:
    """Files that were published on a page since the last command, and that a publish of these texts would undo."""
    with reading(database) as connection:
        newest, before = stored_lessons.newest(connection), stored_lessons.newest_by_command(connection)
    if newest is None or (before is not None and before.id == newest.id):
        return []
    from_disk = before.files if before is not None else {}
    names = sorted({*newest.files, *from_disk})
    changed = [name for name in names if newest.files.get(name) != from_disk.get(name)]
    return [name for name in changed if newest.files.get(name) != texts.get(name)]


def media_names(connection: Connection, files: Files) -> frozenset[str]:
    """Of all pictures and recordings that lessons may name: those on the disk, and those uploaded."""
    return frozenset(path.name for path in files.media_folder.glob("*")) | media.names(connection)


def publish_files(database: Database, files: Files, *, now: datetime) -> int:
    """Check the files on the disk and make them what residents learn from; the publication's id."""
    with reading(database) as connection:
        uploaded = media.names(connection)
    library = fit_to_publish(files, now=now, uploaded=uploaded)
    return publish_library(database, library, now=now, played=dict(transcript_texts(library, files.root)))


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
        known_media = media_names(connection, files)
    if publication is None:
        return None
    older = {}
    for row in in_use:
        # An edition that this version can no longer read: who stands in it is carried to the current one.
        with suppress(LessonError):
            older[(row.lesson, row.version)] = edition_from_text(row.text, file=row.file)
    library = load_texts(publication.files, media=known_media, timezone=files.timezone, older=older)
    if library.book is None:
        raise NotPublished(render_text(library.problems))
    return Published(publication.id, publication.files, replace(library.book, learnt=publication.learnt))


def first_published(database: Database, files: Files, *, now: datetime) -> Published:
    """The newest publication. The files beside the program are published when there is none, at the first start.

    What this version can no longer read, after an upgrade, is published anew: the files that it cannot read as they
    stand beside the program, the others as they were, so that what was written on pages is not lost.
    """
    found = None
    with suppress(NotPublished):
        found = published(database, files)
    if found is None:
        if not _mend(database, files, now=now):
            publish_files(database, files, now=now)
        found = published(database, files)
    if found is None:
        raise NotPublished("nothing is published: run `muadam publish`")
    return found


def _mend(database: Database, files: Files, *, now: datetime) -> bool:
    """Publish the newest publication again with the files that cannot be read taken from the disk; False when there
    is none, or when not even that is fit."""
    with reading(database) as connection:
        publication = stored_lessons.newest(connection)
        known_media = media_names(connection, files)
    if publication is None:
        return False
    disk = load_files(files.curriculum, timezone=files.timezone)
    texts = dict(publication.files)
    library = load_texts(texts, media=known_media, timezone=files.timezone)
    while library.book is None:
        unread = {one.file for one in library.problems if one.severity == "error"}
        better = {name: disk.texts[name] for name in unread if texts.get(name) != disk.texts.get(name, texts.get(name))}
        # What a curriculum of the disk names and the publication has not is missing: it is there on the disk.
        better |= {name: text for name, text in disk.texts.items() if name not in texts and CURRICULUM in unread}
        if not better:
            return False
        texts |= better
        library = load_texts(texts, media=known_media, timezone=files.timezone)
    if is_blocking(linter.lint(library, today=now.date())):
        return False
    played = {name: text for name, text in texts.items() if name.endswith(TRANSCRIPTS)}
    publish_library(database, library, now=now, played=played)
    return True


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
