"""Publishing: what is kept with the files, and what a publish from the disk must not undo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from bot import transcripts
from bot.linear import unpack
from bot.phrasebook import phrasebook
from bot.understanding import reader_for
from lessons.loader import Library
from publishing import (
    Files,
    NotPublished,
    first_published,
    publish_files,
    publish_library,
    published,
    transcripts_of,
    undone,
)
from storage import lessons, media, staff
from storage.database import Database, connect, migrate, reading, transaction
from storage.lesson_tables import PUBLICATION
from storage.team_tables import AUDIT
from tests.conftest import HANOI, NOW, ROOT
from tests.lessons.library_on_disk import LESSON, load, write_clean


def small(root: Path) -> tuple[Library, Files]:
    return load(write_clean(root)), Files(root / "lessons.yaml", HANOI)


def test_the_book_that_is_published_comes_with_what_was_learnt_from_it(database: Database, tmp_path: Path) -> None:
    library, files = small(tmp_path / "small")

    publish_library(database, library, now=NOW)

    found = published(database, files)
    assert found is not None
    with reading(database) as connection:
        stored = lessons.newest(connection)
    assert stored is not None
    assert found.book.learnt == stored.learnt
    assert found.book.learnt is not None
    assert unpack(found.book.learnt, fingerprint=phrasebook(found.book).fingerprint) is not None


def test_a_publication_of_an_older_version_has_learnt_nothing_and_is_read_all_the_same(
    database: Database, tmp_path: Path
) -> None:
    library, files = small(tmp_path / "small")
    publish_library(database, library, now=NOW)
    with transaction(database) as connection:
        connection.execute(update(PUBLICATION).values(learnt=None))

    found = published(database, files)

    assert found is not None
    assert found.book.learnt is None
    assert reader_for(found.book).nearest("quay lại") == "back"


def test_what_an_older_version_published_and_this_one_cannot_read_is_published_anew(
    database: Database, tmp_path: Path
) -> None:
    library, files = small(tmp_path / "small")
    old = {name: text for name, text in library.texts.items() if name != "lessons/scam_signs.yaml"}
    with transaction(database) as connection:
        first = lessons.publish(connection, old, [], learnt=None, now=NOW)

    found = first_published(database, files, now=NOW)

    assert found.id > first
    assert found.book.signs is not None


def test_what_a_page_wrote_outlives_an_upgrade_that_cannot_read_another_file(
    database: Database, tmp_path: Path
) -> None:
    library, files = small(tmp_path / "small")
    publish_library(database, library, now=NOW)
    file, text = next((edition.file, edition.text) for edition in library.editions.values())
    written = text.replace("title: ", "title: Mới, ", 1)
    # As a version that knew another key left it.
    on_a_page(database, **{file: written, "lessons/phrases.yaml": "key_of_another_version: 1\n"})

    found = first_published(database, files, now=NOW)

    assert found.files[file] == written
    assert found.files["lessons/phrases.yaml"] == library.texts["lessons/phrases.yaml"]
    assert any(edition.lesson.title.startswith("Mới, ") for edition in found.book.current.values())


def with_transcript(root: Path) -> str:
    """A transcript beside the first lesson; its text."""
    book = load(root).book
    assert book is not None
    played = transcripts.Transcript(name="đi thẳng", turns=transcripts.play(book, "bai", ["1"]))
    text = transcripts.to_yaml(transcripts.Transcripts(lesson="bai", transcripts=(played,)))
    (root / transcripts_of(LESSON)).write_text(text, encoding="utf-8")
    return text


def test_transcripts_are_published_with_their_lessons_and_disturb_nobody(database: Database, tmp_path: Path) -> None:
    library, files = small(tmp_path / "small")
    text = with_transcript(files.root)

    publish_files(database, files, now=NOW)

    found = published(database, files)
    assert found is not None
    assert found.files == {**library.texts, transcripts_of(LESSON): text}
    assert set(found.book.current) == {"bai", "bai-sau"}
    with reading(database) as connection:
        [row] = connection.execute(AUDIT.select())
    assert (row.action, row.subject, row.staff_id) == ("published", f"publication {found.id}", None)


def on_a_page(database: Database, **changes: str) -> int:
    """A publish by a member, in which files are other ones."""
    with transaction(database) as connection:
        author = staff.add(connection, login="ba", name="Cô Ba", roles=("author",), scope=("vn",), now=NOW)
        newest = lessons.newest(connection)
        assert newest is not None
        files = {**newest.files, **{LESSON if name == "lesson" else name: text for name, text in changes.items()}}
        return lessons.publish(connection, files, [], learnt=None, now=NOW, by_id=author, reason="vì sao")


def test_what_was_published_on_a_page_would_be_undone_by_the_disk(database: Database, tmp_path: Path) -> None:
    library, files = small(tmp_path / "small")
    publish_files(database, files, now=NOW)
    assert undone(database, library.texts) == []
    changed = library.texts[LESSON] + "# trên trang\n"

    on_a_page(database, lesson=changed, new="a: b\n")

    assert undone(database, library.texts) == [LESSON, "new"]
    taken_up = {**library.texts, LESSON: changed, "new": "a: b\n"}
    assert undone(database, taken_up) == []
    assert undone(database, {**taken_up, "lessons/phrases.yaml": "say: otherwise\n"}) == []


def test_a_publish_by_command_settles_what_the_pages_did_before(database: Database, tmp_path: Path) -> None:
    library, files = small(tmp_path / "small")
    publish_files(database, files, now=NOW)
    on_a_page(database, lesson=library.texts[LESSON] + "# trên trang\n")

    publish_files(database, files, now=NOW)

    assert undone(database, library.texts) == []


def test_nothing_is_undone_before_the_first_publish(database: Database, tmp_path: Path) -> None:
    library, _ = small(tmp_path / "small")

    assert undone(database, library.texts) == []


def test_lessons_on_the_disk_may_name_a_picture_that_was_uploaded(database: Database, tmp_path: Path) -> None:
    _, files = small(tmp_path / "small")
    lesson = files.root / LESSON
    lesson.write_text(lesson.read_text(encoding="utf-8").replace("media/hinh.png", "moi.jpg"), encoding="utf-8")
    with pytest.raises(NotPublished):
        publish_files(database, files, now=NOW)
    with transaction(database) as connection:
        author = staff.add(connection, login="ba", name="Cô Ba", roles=("author",), scope=("vn",), now=NOW)
        sizes = {"width": 1, "height": 1, "staff_id": author}
        assert media.put(connection, name="moi.jpg", content=b"jpeg", alt="Một hình", now=NOW, **sizes)
        assert not media.put(connection, name="moi.jpg", content=b"other", alt="Hình khác", now=NOW, **sizes)

    publish_files(database, files, now=NOW)

    found = published(database, files)
    assert found is not None
    assert found.book.current["bai"].lesson.steps[2].picture == "moi.jpg"


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MUADAM_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "muadam.py"), *arguments],
        cwd=place,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_undoes_no_page_unless_it_is_told_to_and_exports_what_is_published(tmp_path: Path) -> None:
    place = write_clean(tmp_path / "small")
    transcript = with_transcript(place)
    assert run(place, "publish").returncode == 0
    database = connect(f"sqlite:///{place / 'data' / 'muadam.db'}")
    migrate(database)
    changed = (place / LESSON).read_text(encoding="utf-8") + "# trên trang\n"
    on_a_page(database, lesson=changed)
    with transaction(database) as connection:
        sizes = {"width": 1, "height": 1, "staff_id": 1}
        media.put(connection, name="moi.jpg", content=b"jpeg", alt="Một hình", now=NOW, **sizes)

    refused = run(place, "publish")
    exported = run(place, "export", "out")

    assert refused.returncode == 2
    assert LESSON in refused.stderr
    assert "muadam export" in refused.stderr
    assert "--over" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert exported.returncode == 0, exported.stderr
    assert (place / "out" / LESSON).read_text(encoding="utf-8") == changed
    assert (place / "out" / transcripts_of(LESSON)).read_text(encoding="utf-8") == transcript
    assert (place / "out/lessons/media/moi.jpg").read_bytes() == b"jpeg"
    (place / LESSON).write_text(changed, encoding="utf-8")
    assert run(place, "publish").returncode == 0
    on_a_page_again = changed + "# lần nữa\n"
    with transaction(database) as connection:
        newest = lessons.newest(connection)
        assert newest is not None
        lessons.publish(connection, {**newest.files, LESSON: on_a_page_again}, [], learnt=None, now=NOW, by_id=1)
    assert run(place, "publish").returncode == 2
    assert run(place, "publish", "--over").returncode == 0
    with reading(database) as connection:
        newest = lessons.newest(connection)
    database.close()
    assert newest is not None
    assert newest.files[LESSON] == changed
