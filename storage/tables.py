"""Every table of the conversation on one page, as SQLModel classes; queries use the Core tables at the foot.

Keys of what a turn touches begin with the person, so that the tables can be split by person. SQLModel table
classes do not validate: values are checked before they get here. JSON stands in text columns that are
replaced whole, since edits in place of a JSON column would be lost.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, kept as whole milliseconds since 1970 UTC (SQLite has no time of its own)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp() * 1000)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


class Account(SQLModel, table=True):
    """An account of ours on a platform; tokens, rate and capabilities live here, for all processes.

    `seeded_with` are digests of the tokens that the settings brought and of all that they said, so that what is
    new in the settings is taken over and what is old never overwrites what has changed in the row since.
    """

    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    external_id: str
    place: str | None = None
    app_id: str = ""
    secret: str = ""
    app_secret: str = ""
    access_token: str = ""
    refresh_token: str = ""
    token_expires_at: datetime | None = Field(default=None, sa_type=UtcTime)
    token_state: str = "ok"  # ok, refreshing, unknown (the answer was not seen), lost
    token_claimed_until: datetime | None = Field(default=None, sa_type=UtcTime)
    token_claimed_by: str = ""
    seeded_with: str = ""
    api_url: str = ""
    oauth_url: str = ""
    rate_per_minute: int = 0  # 0: no limit
    allowance: float = 0.0  # sends that may leave now; refilled at each claim
    allowance_at: datetime | None = Field(default=None, sa_type=UtcTime)
    paused_until: datetime | None = Field(default=None, sa_type=UtcTime)
    has_buttons: bool = False
    approval_above: int | None = None  # a bulletin to more people than this needs a second person
    articles_per_month: int | None = None  # articles that may be broadcast; null: this account broadcasts none
    state: str = "active"  # active, stopped
    reason: str = ""
    last_webhook_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Person(SQLModel, table=True):
    """An address on an account. `numbered` is the last number given to a row of the outbox or of records."""

    __table_args__ = (
        UniqueConstraint("account_id", "address"),
        Index(
            "person_erased",
            "erased_at",
            sqlite_where=text("erased_at IS NOT NULL"),
            postgresql_where=text("erased_at IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    address: str
    place: str | None = Field(default=None, index=True)
    numbered: int = 0
    wants_pushes: bool = True
    is_reachable: bool = True
    last_contact_at: datetime | None = Field(default=None, sa_type=UtcTime)
    created_at: datetime = Field(sa_type=UtcTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Learner(SQLModel, table=True):
    """One of the people who share a person's phone: where he stands. Lesson columns repeat the state."""

    # Who has stood still: the pages look for him by the time of his last turn.
    __table_args__ = (
        Index(
            "learner_standing",
            "updated_at",
            sqlite_where=text("lesson IS NOT NULL"),
            postgresql_where=text("lesson IS NOT NULL"),
        ),
    )

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    number: int = Field(primary_key=True)
    state: str = Field(sa_type=Text)
    lesson: str | None = Field(default=None, index=True)
    version: str | None = None
    step: str | None = None
    updated_at: datetime = Field(sa_type=UtcTime)


class Inbox(SQLModel, table=True):
    """The ledger of what came: a second (person, key) is a duplicate. `text` is masked, null without consent.

    `kind` is the name of the event, or Pasted for words that came from somebody else and were to be checked.
    """

    __table_args__ = (
        Index(
            "inbox_pasted",
            "received_at",
            sqlite_where=text("kind = 'Pasted'"),
            postgresql_where=text("kind = 'Pasted'"),
        ),
    )

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(primary_key=True)
    kind: str
    received_at: datetime = Field(sa_type=UtcTime)
    text: str | None = Field(default=None, sa_type=Text)
    state: str = "done"  # done, failed (our bug: answered with an apology)


OPEN_STATES = ("waiting", "sending", "held", "paused", "unknown")


class Outbox(SQLModel, table=True):
    """What is to be sent, and what became of it. Numbers of a person rise in the order of the conversation.

    A row of a bulletin has no payload of its own: what is sent is the bulletin's `message` at that moment.
    `parts_sent` counts the calls of this row that were taken; `in_flight` is the digest of the words of the
    call that is under way, by which an echo settles an `unknown`.
    """

    __table_args__ = (
        Index(
            "outbox_open",
            "account_id",
            "state",
            "rank",
            "due_at",
            sqlite_where=text("state IN ('waiting', 'sending')"),
            postgresql_where=text("state IN ('waiting', 'sending')"),
        ),
        Index(
            "outbox_of_person",
            "person_id",
            "state",
            sqlite_where=text("state IN ('waiting', 'sending', 'held', 'paused', 'unknown')"),
            postgresql_where=text("state IN ('waiting', 'sending', 'held', 'paused', 'unknown')"),
        ),
        # Of every account: what is stuck, and what died of late.
        Index(
            "outbox_apart",
            "state",
            "settled_at",
            "account_id",
            sqlite_where=text("state IN ('held', 'unknown', 'dead')"),
            postgresql_where=text("state IN ('held', 'unknown', 'dead')"),
        ),
        Index(
            "outbox_of_bulletin",
            "bulletin_id",
            "state",
            sqlite_where=text("bulletin_id IS NOT NULL"),
            postgresql_where=text("bulletin_id IS NOT NULL"),
        ),
    )

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    number: int = Field(primary_key=True)
    account_id: int
    rank: int  # 0 reply, 1 staff, 5 reminder, 8 urgent bulletin, 9 bulletin
    payload: str = Field(sa_type=Text)
    due_at: datetime = Field(sa_type=UtcTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcTime)
    attempts: int = 0
    parts_sent: int = 0
    state: str = "waiting"  # waiting sending sent unknown held paused dead expired withdrawn
    reason: str = ""
    platform_id: str = ""
    in_flight: str = ""
    bulletin_id: int | None = None
    may_bill: bool = False  # planned as one that costs money
    claimed_until: datetime | None = Field(default=None, sa_type=UtcTime)
    claimed_by: str = ""
    created_at: datetime = Field(sa_type=UtcTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Timer(SQLModel, table=True):
    """A TimerRang to come. No lease: its turn's key holds the due time, so the ledger lets it ring once."""

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    name: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=UtcTime, index=True)


class PictureLook(SQLModel, table=True):
    """A picture that is to be fetched and looked through for QR codes; deleted once that is answered, or given up.

    `key` is that of the event that brought it.
    """

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(primary_key=True)
    url: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=UtcTime)
    due_at: datetime = Field(sa_type=UtcTime, index=True)
    attempts: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=UtcTime)
    claimed_by: str = ""


class Handoff(SQLModel, table=True):
    """A resident who wants, or needs, a person of the team.

    `claimed_by` is the member (of the staff) who answers him; null as well when somebody types in the platform's own
    console. `told` counts how often members were told that he waits, `told_at` is when they were last.
    """

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    opened_at: datetime = Field(primary_key=True, sa_type=UtcTime)
    reason: str  # asked, stuck, not_understood, scam, bug
    is_urgent: bool = False
    lesson: str | None = None
    step: str | None = None
    state: str = Field(default="waiting", index=True)  # waiting, talking, closed
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    claimed_by: int | None = None
    claimed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    told: int = 0
    told_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Consent(SQLModel, table=True):
    """Consent or refusal, with the version of the notice that was shown; never changed.

    `subject`: data (what is stored of who learns), weather (bulletins that nobody asked for that moment), samples (what
    he pastes to be checked may be read by editors).
    """

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    granted: bool
    notice_version: str
    channel: str
    subject: str = "data"


class Progress(SQLModel, table=True):
    """A lesson that was begun, and when it was finished for the first time."""

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    learner: int = Field(primary_key=True)
    lesson: str = Field(primary_key=True)
    version: str
    started_at: datetime = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)


class StepEvent(SQLModel, table=True):
    """What happened at a step, for numbers; never a word that the resident typed."""

    # What is new since it was counted last, and who was wrong lately.
    __table_args__ = (
        Index("stepevent_at", "at"),
        Index(
            "stepevent_wrong",
            "at",
            sqlite_where=text("kind = 'answer_wrong'"),
            postgresql_where=text("kind = 'answer_wrong'"),
        ),
    )

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    kind: str
    lesson: str | None = None
    version: str | None = None
    step: str | None = None


class Erasure(SQLModel, table=True):
    """The receipt of an erasure: a keyed digest of the address, nothing that says who it was."""

    account_id: int = Field(primary_key=True)
    address_digest: str = Field(primary_key=True)
    erased_at: datetime = Field(sa_type=UtcTime)


class Subscription(SQLModel, table=True):
    """Who wants weather bulletins, for which place and crops; `ended_at` when he no longer does.

    `crops` is a list between commas (",lua,tom,"), so that one of them is found by a LIKE; `stages` is JSON.
    """

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    place: str = Field(index=True)
    province: str = Field(index=True)
    crops: str = ""
    stages: str = "{}"
    since: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Unmatched(SQLModel, table=True):
    """A text that nothing came near, folded and masked, and how often it came; whose it was is not kept."""

    text: str = Field(primary_key=True)
    count: int
    first_at: datetime = Field(sa_type=UtcTime)
    last_at: datetime = Field(sa_type=UtcTime)


def table_named(name: str) -> Table:
    """The Core table of a class above."""
    return SQLModel.metadata.tables[name]


ACCOUNT = table_named("account")
PERSON = table_named("person")
LEARNER = table_named("learner")
INBOX = table_named("inbox")
OUTBOX = table_named("outbox")
TIMER = table_named("timer")
PICTURE_LOOK = table_named("picturelook")
HANDOFF = table_named("handoff")
CONSENT = table_named("consent")
PROGRESS = table_named("progress")
STEP_EVENT = table_named("stepevent")
ERASURE = table_named("erasure")
SUBSCRIPTION = table_named("subscription")
UNMATCHED = table_named("unmatched")
