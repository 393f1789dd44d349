"""What a turn asks for, as values: who wants something done returns it, who does it decides nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.messages import Message

RecordKind = Literal[
    "lesson_started",
    "lesson_finished",
    "lesson_left",
    "step_done",
    "answer_right",
    "answer_wrong",
    "stuck",
    "not_understood",
    "secret_warned",
    "scam_reported",
]


@dataclass(frozen=True, slots=True)
class Say:
    """Send this to the resident; `is_reminder` puts it behind the replies of everybody."""

    message: Message
    is_reminder: bool = False


@dataclass(frozen=True, slots=True)
class Remind:
    """Let TimerRang(name) come at `at` (aware). A later Remind of the same name replaces this one."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelReminders:
    """Forget every timer of this resident."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """A person of the team is wanted. `urgent` is for somebody who is being scammed right now."""

    reason: Literal["asked", "stuck", "not_understood", "scam", "bug", "bulletin"]
    lesson: str | None
    step: str | None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class HandBack:
    """The resident no longer waits for a person: open requests are closed."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of statistics: what happened at which step. Never a word that the resident typed."""

    kind: RecordKind
    lesson: str | None = None
    version: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The resident agreed to (or refused) the notice whose version is named; the row is never changed.

    `subject`: what is kept about him at all, that weather bulletins are sent to him, or that what he pastes to be
    checked may be read by editors, who learn new tricks from it.
    """

    granted: bool
    notice_version: str
    subject: Literal["data", "weather", "samples"] = "data"


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A text that nothing came near, as `bot.unmatched.countable` gives it: counted, never with a person."""

    text: str


@dataclass(frozen=True, slots=True)
class LookAt:
    """Fetch this picture of the resident's and look for QR codes in it: a PictureRead comes of it."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ForgetSaid:
    """What was said to the resident and is private is not needed any more: keep this in its place."""

    instead: Message


@dataclass(frozen=True, slots=True)
class LivesAt:
    """The resident lives in the commune of this code (five digits); None: nobody knows any more."""

    place: str | None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Send weather bulletins for this commune (five digits), these crops and stages (crop, stage); in place of
    whatever was wished before."""

    place: str
    crops: tuple[str, ...]
    stages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """No weather bulletins any more."""


@dataclass(frozen=True, slots=True)
class ShowBulletin:
    """Say the newest bulletin for place and crops, before what else is said in this turn; done where the rows are.

    `missing` is said when there is none. `stale` is a sentence with {date} that is put before one out of date.
    """

    place: str
    crops: tuple[str, ...]
    missing: Message
    stale: str


@dataclass(frozen=True, slots=True)
class BulletinRead:
    """What the resident thinks of a bulletin; without its number, of the last one that reached him."""

    verdict: Literal["clear", "unclear", "question"]
    bulletin: int | None = None


@dataclass(frozen=True, slots=True)
class TieChat:
    """This chat is that of the team member whose code it is: `said` when there is such a code, else `unknown`.

    Carried out where the rows are.
    """

    code: str
    said: Message
    unknown: Message


@dataclass(frozen=True, slots=True)
class StopPushes:
    """Nothing unasked from now on: what waits of rank reminder and bulletin is withdrawn."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The resident left: nothing may be sent until he writes again."""


@dataclass(frozen=True, slots=True)
class ForgetMe:
    """Erase everything about the resident; what this turn says is the last thing that is sent."""


Effect = (
    Say
    | Remind
    | CancelReminders
    | HandOff
    | HandBack
    | Record
    | ConsentGiven
    | Unmatched
    | LookAt
    | ForgetSaid
    | LivesAt
    | Subscribe
    | Unsubscribe
    | ShowBulletin
    | BulletinRead
    | TieChat
    | StopPushes
    | Unreachable
    | ForgetMe
)
