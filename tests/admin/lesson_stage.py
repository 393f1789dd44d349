"""The pages of lessons over a small library that is published: what a test writes, publishes and looks up."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import insert, select

from bot import transcripts
from lessons.loader import version_of
from publishing import Files, publish_files, published, transcripts_of
from storage import accounts, lesson_drafts, staff
from storage import lessons as stored_lessons
from storage.database import Database, reading, transaction
from storage.tables import LEARNER, PERSON
from storage.team_tables import AUDIT, STAFF
from tests.admin.desk_stage import Stage, staged
from tests.conftest import HANOI, NOW
from tests.lessons.library_on_disk import LESSON, write_clean

NEXT_LESSON = "lessons/library/bai-sau.yaml"
CURRICULUM = "lessons.yaml"


@asynccontextmanager
async def lesson_stage(database: Database, root: Path, *, transcript: bool = False) -> AsyncIterator[Stage]:
    """The clean library, published from the disk; with `transcript` one of its first lesson stands beside it."""
    write_clean(root)
    files = Files(root / "lessons.yaml", HANOI)
    publish_files(database, files, now=NOW)
    found = published(database, files)
    assert found is not None
    if transcript:
        played = transcripts.Transcript(name="đi thẳng", turns=transcripts.play(found.book, "bai", ["1", "android"]))
        text = transcripts.to_yaml(transcripts.Transcripts(lesson="bai", transcripts=(played,)))
        (root / transcripts_of(LESSON)).write_text(text, encoding="utf-8")
        publish_files(database, files, now=NOW)
    async with staged(database, found.book, files=files, published=lambda: published(database, files)) as made:
        yield made


def text_now(stage: Stage, file: str) -> str:
    """What is published of a file."""
    with reading(stage.database) as connection:
        found = stored_lessons.newest(connection)
    assert found is not None
    return found.files[file]


def base_of(stage: Stage) -> int:
    with reading(stage.database) as connection:
        return stored_lessons.newest_id(connection) or 0


def write_draft(stage: Stage, file: str, text: str, *, by: str = "Cô Ba") -> None:
    """A draft of the file by somebody who is no browser of the test."""
    with transaction(stage.database) as connection:
        author = connection.scalar(select(STAFF.c.id).where(STAFF.c.login == by))
        if author is None:
            author = staff.add(connection, login=by, name=by, roles=("author",), scope=("vn",), now=NOW)
        found = stored_lessons.newest(connection)
        assert found is not None
        base = version_of(found.files[file]) if file in found.files else ""
        old = lesson_drafts.one(connection, file)
        revision = old.revision if old is not None else 0
        lesson_drafts.save(connection, file, text, base=base, revision=revision, staff_id=author, now=stage.at[0])


def draft_of(stage: Stage, file: str) -> str | None:
    with reading(stage.database) as connection:
        row = lesson_drafts.one(connection, file)
    return row.text if row is not None else None


def learners(stage: Stage, lesson: str, step: str, count: int, *, version: str | None = None, start: int = 0) -> None:
    """So many people who stand at a step, in the current version where no other is told."""
    found = stage.desk.published()
    assert found is not None
    edition = version or found.book.current[lesson].version
    with transaction(stage.database) as connection:
        account = accounts.put(connection, channel="webchat", external_id="webchat")
        for nth in range(start, start + count):
            values = {"account_id": account, "address": f"{lesson}-{step}-{nth}", "created_at": NOW}
            values |= {"numbered": 0, "wants_pushes": True, "is_reachable": True}
            person = connection.execute(insert(PERSON).values(**values)).inserted_primary_key[0]
            standing = {"lesson": lesson, "version": edition, "step": step, "updated_at": NOW}
            connection.execute(insert(LEARNER).values(person_id=person, number=1, state="{}", **standing))


def audited(stage: Stage) -> list[tuple[str, str, str]]:
    with reading(stage.database) as connection:
        rows = connection.execute(select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail).order_by(AUDIT.c.id))
        return [tuple(row) for row in rows]


def hidden(page: httpx.Response, name: str) -> list[str]:
    """Values of the inputs of a name, ticked or not."""
    return re.findall(rf'name="{name}" value="([^"]*)"', page.text)


def ticks(page: httpx.Response) -> list[str]:
    """Values of the drafts that are ticked."""
    return re.findall(r'name="draft" value="([^"]*)" checked', page.text)
