"""Tables of lessons: what is published, what somebody is changing, and the pictures that were uploaded.

They touch no turn. The conventions are those of storage/tables.py, which has everything else.
"""

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel

from storage.tables import UtcTime, table_named


class LessonEdition(SQLModel, table=True):
    """The YAML of a lesson as it was published, by content hash; kept while somebody may stand in it."""

    lesson: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    file: str
    text: str = Field(sa_type=Text)
    published_at: datetime = Field(sa_type=UtcTime)


class Publication(SQLModel, table=True):
    """One publish: all files that make a Book. The newest row is what residents learn from.

    `learnt` is what bot.phrasebook learnt from its phrases; null where a publish of an older version did not.
    `by_id` is the member who published on a page, null for the command; `changed` are the names of the files, a JSON
    list, that the publication before it did not have so.
    """

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    files: str = Field(sa_type=Text)  # JSON: file name -> YAML text
    digest: str
    learnt: bytes | None = Field(default=None, sa_type=LargeBinary)
    by_id: int | None = None
    reason: str = Field(default="", sa_type=Text)
    changed: str = Field(default="[]", sa_type=Text)


class LessonDraft(SQLModel, table=True):
    """A file of the lessons as somebody is changing it; residents never see it.

    `base` is the version (lessons.loader.version_of) of the published text that was changed, empty for a new file.
    `revision` rises with every save: who saves an older one is told.
    """

    file: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    base: str
    revision: int
    staff_id: int = Field(foreign_key="staff.id")
    updated_at: datetime = Field(sa_type=UtcTime)


class LessonPresence(SQLModel, table=True):
    """Who has the page of a file open, and when it was last heard."""

    file: str = Field(primary_key=True)
    staff_id: int = Field(primary_key=True, foreign_key="staff.id")
    seen_at: datetime = Field(sa_type=UtcTime)


class Medium(SQLModel, table=True):
    """A picture that was uploaded on a page, under its name as lessons write it; made anew from what came.

    `alt` says what is on it. Sizes are in pixels.
    """

    name: str = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)
    alt: str
    width: int
    height: int
    staff_id: int = Field(foreign_key="staff.id")
    uploaded_at: datetime = Field(sa_type=UtcTime)


LESSON_EDITION = table_named("lessonedition")
PUBLICATION = table_named("publication")
LESSON_DRAFT = table_named("lessondraft")
LESSON_PRESENCE = table_named("lessonpresence")
MEDIUM = table_named("medium")
