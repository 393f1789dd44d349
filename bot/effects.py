"""What a turn asks for, as values: who wants something done returns it, who does it decides nothing."""

from dataclasses import dataclass
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

    reason: Literal["asked", "stuck", "not_understood", "scam", "bug"]
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
    """The resident agreed to (or refused) the notice whose version is named; the row is never changed."""

    granted: bool
    notice_version: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A text that nothing came near, as `bot.unmatched.countable` gives it: counted, never with a person."""

    text: str


@dataclass(frozen=True, slots=True)
class LivesAt:
    """The resident lives in the commune of this code (five digits); None: nobody knows any more."""

    place: str | None


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
    | LivesAt
    | StopPushes
    | Unreachable
    | ForgetMe
)
