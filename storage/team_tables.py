"""Tables of those who work with muadam: staff, their sessions and what they did, schedules, articles.

They touch no turn. The conventions are those of storage/tables.py, which has everything else.
"""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from storage.tables import UtcTime, table_named


class Staff(SQLModel, table=True):
    """Somebody who signs in to the pages under /staff. Lists stand between commas (",member,leader,").

    `scope` are codes of provinces and communes, or "vn" for everywhere. `join_digest` is of the one-time link with
    which a password is set, `link_digest` of the code with which a chat is tied to the account: the `person_id`
    to whom reminders go. `password_hash` is empty until the link was used. `totp_secret` (base 32) is that of a second
    factor, empty without one; `totp_step` the last step of time whose code was used; `recovery` is a JSON list of
    digests of the codes that stand in for a lost phone, each good once.
    """

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    name: str
    roles: str
    scope: str
    password_hash: str = ""
    failed_attempts: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)
    join_digest: str = Field(default="", index=True)
    join_until: datetime | None = Field(default=None, sa_type=UtcTime)
    link_digest: str = Field(default="", index=True)
    link_until: datetime | None = Field(default=None, sa_type=UtcTime)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    created_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    totp_secret: str = ""
    totp_step: int = 0
    recovery: str = Field(default="[]", sa_type=Text)


class StaffSession(SQLModel, table=True):
    """A browser that is signed in: the digest of its cookie; deleted when it is signed out or idle too long.

    `is_pending`: the password was right, the second factor is still asked for.
    """

    digest: str = Field(primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    agent: str  # a browser and a system in two words, so that somebody knows his own again
    began_at: datetime = Field(sa_type=UtcTime)
    seen_at: datetime = Field(sa_type=UtcTime)
    is_pending: bool = False


class Audit(SQLModel, table=True):
    """What staff did that others may have to know later; only ever added to, which triggers hold.

    No words and no names of residents.
    """

    # The newest of somebody, of a kind, about something: behind the last row of the page before.
    __table_args__ = (
        Index("audit_of_staff", "staff_id", "id"),
        Index("audit_of_action", "action", "id"),
        Index("audit_of_subject", "subject", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcTime, index=True)
    staff_id: int | None = Field(default=None, foreign_key="staff.id")  # null: a command on the server
    action: str
    subject: str = ""
    detail: str = ""


class BulletinSchedule(SQLModel, table=True):
    """For which place a draft is prepared again and again, on which days (",0,4," from Monday) and at what local time.

    Only drafts are prepared: a member reads, releases or drops them.
    """

    id: int | None = Field(default=None, primary_key=True)
    place: str = Field(index=True)
    place_name: str
    crops: str = ""
    days: str
    minute: int  # of the local day
    ask: str = ""
    seen_within_days: int | None = None
    author: str
    author_id: int | None = Field(default=None, foreign_key="staff.id")
    since: datetime = Field(sa_type=UtcTime)  # runs before this moment are nobody's
    created_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class BulletinSlot(SQLModel, table=True):
    """One run of a schedule: by its key none starts twice. A dead process's lease runs out and another takes over."""

    __table_args__ = (
        Index(
            "slot_open",
            "state",
            sqlite_where=text("state IN ('preparing', 'missed', 'wanted')"),
            postgresql_where=text("state IN ('preparing', 'missed', 'wanted')"),
        ),
    )

    schedule_id: int = Field(primary_key=True, foreign_key="bulletinschedule.id")
    slot: datetime = Field(primary_key=True, sa_type=UtcTime)
    state: str  # preparing, drafted, missed (a member is asked), wanted (he said yes), skipped
    bulletin_id: int | None = Field(default=None, foreign_key="bulletin.id")
    attempts: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=UtcTime)
    claimed_by: str = ""
    reminded: int = 0  # how often the member was
    reminded_at: datetime | None = Field(default=None, sa_type=UtcTime)


class BulletinArticle(SQLModel, table=True):
    """A bulletin on its second road: an article of an Official Account, broadcast to everybody who follows it.

    `month` (2026-11, local) is the month whose number of broadcasts it uses up. `token` is the platform's while it
    checks the article, `article_id` what it is called then.
    """

    __table_args__ = (
        Index(
            "article_open",
            "due_at",
            sqlite_where=text("state IN ('creating', 'checking', 'broadcasting')"),
            postgresql_where=text("state IN ('creating', 'checking', 'broadcasting')"),
        ),
    )

    bulletin_id: int = Field(primary_key=True, foreign_key="bulletin.id")
    account_id: int = Field(primary_key=True, foreign_key="account.id")
    title: str
    text: str = Field(sa_type=Text)
    state: str  # creating, checking, broadcasting, sent, refused, unknown (the answer was not seen), cancelled
    reason: str = ""
    month: str
    token: str = ""
    article_id: str = ""
    platform_id: str = ""
    attempts: int = 0
    due_at: datetime = Field(sa_type=UtcTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcTime)
    claimed_by: str = ""
    asked_by: str
    asked_at: datetime = Field(sa_type=UtcTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcTime)


class CannedAnswer(SQLModel, table=True):
    """An answer that members give again and again; `picture` is a name under lessons/media, empty without one."""

    id: int | None = Field(default=None, primary_key=True)
    title: str
    text: str = Field(sa_type=Text)
    picture: str = ""
    staff_id: int = Field(foreign_key="staff.id")
    created_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class StepCount(SQLModel, table=True):
    """How often something happened at a step in a month (2026-11, local), in a place and all that it lies in.

    `place` is a commune, a province or "vn"; `step` is empty for the whole lesson. `kind` is that of step events,
    `first_right` and `first_wrong` (the first answer that somebody ever gave there: people, not events), or `seconds`
    (spent between events close to each other; of the whole lesson).
    Whose they were is not kept: erasing somebody does not change them.
    """

    place: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    lesson: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int


class PlaceCount(SQLModel, table=True):
    """The people of a commune, a province or "vn", counted now and then."""

    place: str = Field(primary_key=True)
    residents: int
    learners: int
    finished: int
    subscribers: int


class Counted(SQLModel, table=True):
    """Up to when something was counted: steps (StepCount), places (PlaceCount)."""

    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)


STAFF = table_named("staff")
STAFF_SESSION = table_named("staffsession")
AUDIT = table_named("audit")
BULLETIN_SCHEDULE = table_named("bulletinschedule")
BULLETIN_SLOT = table_named("bulletinslot")
BULLETIN_ARTICLE = table_named("bulletinarticle")
CANNED_ANSWER = table_named("cannedanswer")
STEP_COUNT = table_named("stepcount")
PLACE_COUNT = table_named("placecount")
COUNTED = table_named("counted")
