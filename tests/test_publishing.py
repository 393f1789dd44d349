"""Publishing: what was learnt from the phrases is learnt once and kept with the files."""

from pathlib import Path

from sqlalchemy import update

from bot.linear import unpack
from bot.phrasebook import phrasebook
from bot.understanding import reader_for
from lessons.loader import Library
from publishing import Files, first_published, publish_library, published
from storage import lessons
from storage.database import Database, reading, transaction
from storage.lesson_tables import PUBLICATION
from tests.conftest import HANOI, NOW
from tests.lessons.library_on_disk import load, write_clean


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
