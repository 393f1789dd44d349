"""Tables of weather bulletins: what is said, and to whom it goes.

The conventions are those of storage/tables.py, which has everything else that a turn touches.
"""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from storage.tables import UtcTime, table_named


class Bulletin(SQLModel, table=True):
    """A weather bulletin from its draft to its report. `content` is bulletins.content as JSON.

    `message` and `picture` are what is sent, made at its release; `opening` is what a correction says before them to
    who got the wrong one. `planned_at` fixes the audience, `planned` its size;
    `expanded_to` is the last person who was looked at, `expanded` how many rows were queued. `planned_billed` and
    `expanded_billed` count those of them who may be written to at a price.
    """

    # What the claims and the answers to "weather" look for stands in the indexes: reading the rows would walk past
    # their pictures.
    __table_args__ = (
        Index("bulletin_by_state", "state", "valid_until", "urgent_reason"),
        Index("bulletin_by_place", "place", "state", "released_at", "corrected_by", "valid_until", "crops"),
    )

    id: int | None = Field(default=None, primary_key=True)
    place: str
    crops: str = ""
    seen_within_days: int | None = None
    content: str = Field(sa_type=Text)
    message: str = Field(default="", sa_type=Text)
    opening: str = Field(default="", sa_type=Text)
    picture: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str = "draft"  # draft sending paused done cancelled withdrawn
    author: str
    author_id: int | None = None  # of the staff, where it was written on a page
    approver: str = ""
    approver_id: int | None = None
    corrects: int | None = Field(default=None, foreign_key="bulletin.id")
    corrected_by: int | None = None
    may_bill: bool = False
    urgent_reason: str = ""  # why it may leave in the quiet hours
    created_at: datetime = Field(sa_type=UtcTime)
    planned_at: datetime | None = Field(default=None, sa_type=UtcTime)
    planned: int = 0
    planned_billed: int = 0
    expanded_to: int = 0
    expanded: int = 0
    expanded_billed: int = 0
    is_expanded: bool = False
    released_at: datetime | None = Field(default=None, sa_type=UtcTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    questions_told_at: datetime | None = Field(default=None, sa_type=UtcTime)  # when its author was told of some


class BulletinDelivery(SQLModel, table=True):
    """That a person gets a bulletin: once, by the key. What became of it stands in the row of the outbox.

    That row is the bulletin's own, or the answer to who asked for it, which has no `bulletin_id`.
    """

    __table_args__ = (
        Index("delivery_of_bulletin", "bulletin_id", "person_id"),
        Index(
            "delivery_asked",
            "bulletin_id",
            sqlite_where=text("verdict = 'question'"),
            postgresql_where=text("verdict = 'question'"),
        ),
    )

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    bulletin_id: int = Field(primary_key=True, foreign_key="bulletin.id")
    number: int
    at: datetime = Field(sa_type=UtcTime)
    verdict: str = ""  # clear, unclear, question: what the reader said of it
    verdict_at: datetime | None = Field(default=None, sa_type=UtcTime)


BULLETIN = table_named("bulletin")
BULLETIN_DELIVERY = table_named("bulletindelivery")
