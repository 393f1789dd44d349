"""What a batch of turns will write, gathered row by row before anything is written.

Turns events and effects into rows and into changes of the people in memory; never sees a connection. Of storage
it knows what a person and a row of the outbox look like, and nothing that reads or writes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from bot import messages
from bot.effects import (
    BulletinRead,
    CancelReminders,
    ConsentGiven,
    Effect,
    ForgetMe,
    ForgetSaid,
    HandBack,
    HandOff,
    LivesAt,
    LookAt,
    Record,
    Remind,
    Say,
    ShowBulletin,
    StopPushes,
    Subscribe,
    TieChat,
    Unmatched,
    Unreachable,
    Unsubscribe,
)
from bot.events import DataWithdrawn, Event, Left, PictureRead, StaffReleased, StaffReplied, TimerRang
from bot.messages import Message
from bot.speaking import Turn
from storage import outbox
from storage.people import FIRST_LEARNER, StoredPerson
from storage.subscriptions import Subscribed
from vietnamese import places

#: A reminder that could not be sent for so long is not worth sending.
REMINDER_VALID = timedelta(hours=24)

#: Events that make nobody: what they are about must be there already.
MAKES_NOBODY = (Left, DataWithdrawn, TimerRang, StaffReplied, StaffReleased)


#: What was pasted to be checked is kept shorter than other words: its row of the ledger says so.
PASTED = "Pasted"
#: Before the key of a picture that was sent: the key of the event that it was looked at.
LOOKED_AT = "look:"

#: Who said what of which bulletin; None: of the last that reached him.
Verdict = tuple[int, str, int | None]


@dataclass(slots=True)
class Rows:
    """Everything that a batch writes, but for the people: those it changes where they are.

    `bulletin` finds the newest one, a row with `id`, `message` and `valid_until`, for a place and crops. `shown` are
    those that are given to who asked: (person, bulletin) -> the number of the answer. `tie` makes a chat that of the
    member whose code it is.
    """

    bulletin: Callable[[str, tuple[str, ...]], Any]
    tie: Callable[[str, int], bool]
    zone: ZoneInfo
    inbox: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    timers: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    rung: list[tuple[int, str]] = field(default_factory=list)
    looks: list[dict[str, Any]] = field(default_factory=list)
    looked_at: list[tuple[int, str]] = field(default_factory=list)
    unsaid: dict[int, str] = field(default_factory=dict)
    handoffs: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)
    finished: list[dict[str, Any]] = field(default_factory=list)
    unmatched: Counter[str] = field(default_factory=Counter)
    subscribed: dict[int, Subscribed] = field(default_factory=dict)
    unsubscribed: set[int] = field(default_factory=set)
    shown: dict[tuple[int, int], int] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    cancelled: set[int] = field(default_factory=set)
    stopped: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    wrote: set[int] = field(default_factory=set)
    taken_over: set[int] = field(default_factory=set)
    handed_back: set[int] = field(default_factory=set)

    def take_event(
        self, person: StoredPerson, event: Event, turn: Turn, *, key: str, outcome: str, now: datetime
    ) -> None:
        """The event's row of the ledger, and what it says about the person by itself."""
        if isinstance(event, TimerRang):
            self.rung.append((person.id, event.name))
        elif isinstance(event, StaffReplied):
            self.taken_over.add(person.id)
        elif isinstance(event, PictureRead) and key.startswith(LOOKED_AT):
            self.looked_at.append((person.id, key.removeprefix(LOOKED_AT)))
        elif not isinstance(event, MAKES_NOBODY):
            person.last_contact_at = now
            person.is_reachable = True
            person.erased_at = None
            self.wrote.add(person.id)
            self.left.discard(person.id)
        self.inbox.append(
            {
                "person_id": person.id,
                "key": key,
                "kind": PASTED if turn.is_pasted else type(event).__name__,
                "received_at": now,
                "text": turn.heard,
                "state": outcome,
            }
        )

    def take_effect(self, person: StoredPerson, effect: Effect, *, key: str, channel: str, now: datetime) -> None:
        """What one effect of the event with this key asks for. ForgetMe is carried out by who runs the turn."""
        match effect:
            case Say(message=message, is_reminder=is_reminder):
                self._say(person, message, now, is_reminder=is_reminder)
            case Record():
                self._record(person, effect, now)
            case Remind(name=name, at=at):
                self.timers[(person.id, name)] = {"person_id": person.id, "name": name, "due_at": at}
            case CancelReminders():
                self.cancelled.add(person.id)
                self._drop_timers(person.id)
            case HandOff():
                self.handoffs.append(_handoff_row(person, effect, now))
            case HandBack():
                self.handed_back.add(person.id)
                self.handoffs[:] = [row for row in self.handoffs if row["person_id"] != person.id]
            case ConsentGiven():
                self.consents.append(_consent_row(person, effect, channel, now))
            case Unmatched(text=text):
                self.unmatched[text] += 1
            case LookAt(url=url):
                blank = {"attempts": 0, "claimed_by": ""}
                self.looks.append(
                    {"person_id": person.id, "key": key, "url": url, "asked_at": now, "due_at": now, **blank}
                )
            case ForgetSaid(instead=instead):
                self.unsaid[person.id] = messages.to_json(instead)
            case LivesAt(place=place):
                person.place = place
            case Subscribe():
                self._subscribe(person, effect)
            case Unsubscribe():
                self.unsubscribed.add(person.id)
                self.subscribed.pop(person.id, None)
            case BulletinRead(verdict=verdict, bulletin=bulletin):
                self.verdicts.append((person.id, verdict, bulletin))
            case TieChat(code=code, said=said, unknown=unknown):
                self._say(person, said if self.tie(code, person.id) else unknown, now, is_reminder=False)
            case ShowBulletin():
                self.show(person, effect, now)
            case StopPushes():
                person.wants_pushes = False
                self.stopped.add(person.id)
            case Unreachable():
                person.is_reachable = False
                self.left.add(person.id)
            case ForgetMe():
                pass
            case _ as never:
                assert_never(never)

    def forget(self, person: StoredPerson, receipts: list[Message], now: datetime) -> None:
        """Drop what this batch would have written about somebody who is erased in it, but for the receipts.

        What is counted without a person stays counted.
        """
        for rows in (self.inbox, self.outbox, self.handoffs, self.consents, self.events, self.started, self.looks):
            rows[:] = [row for row in rows if row["person_id"] != person.id]
        self.finished[:] = [row for row in self.finished if row["person"] != person.id]
        self._drop_timers(person.id)
        self.subscribed.pop(person.id, None)
        self.verdicts[:] = [one for one in self.verdicts if one[0] != person.id]
        self.shown = {key: number for key, number in self.shown.items() if key[0] != person.id}
        person.erased_at, person.wants_pushes, person.place = now, True, None
        for message in receipts:
            self._say(person, message, now, is_reminder=False)

    def show(self, person: StoredPerson, wanted: ShowBulletin, now: datetime) -> None:
        """The newest bulletin for the place and the crops, or that there is none."""
        found = self.bulletin(wanted.place, wanted.crops)
        if found is None:
            self._say(person, wanted.missing, now, is_reminder=False)
            return
        message, valid_until = messages.from_json(found.message), found.valid_until
        if valid_until is not None and valid_until <= now:
            last_day = (valid_until - timedelta(seconds=1)).astimezone(self.zone)
            opening = wanted.stale.replace("{date}", f"{last_day:%d/%m/%Y}")
            message = replace(message, text=f"{opening}\n\n{message.text}")
        self._say(person, message, now, is_reminder=False)
        self.shown[person.id, found.id] = person.numbered

    def _subscribe(self, person: StoredPerson, wish: Subscribe) -> None:
        province = places.province_of(wish.place)
        code = province[0] if province else wish.place
        self.subscribed[person.id] = Subscribed(person.id, wish.place, code, wish.crops, dict(wish.stages))
        self.unsubscribed.discard(person.id)
        person.wants_pushes = True

    def _say(self, person: StoredPerson, message: Message, now: datetime, *, is_reminder: bool) -> None:
        self.outbox.append(
            {
                "person_id": person.id,
                "number": _next_number(person),
                "account_id": person.account_id,
                "rank": outbox.REMINDER if is_reminder else outbox.REPLY,
                "payload": messages.to_json(message),
                "due_at": now,
                "valid_until": now + REMINDER_VALID if is_reminder else None,
                "created_at": now,
            }
        )

    def _record(self, person: StoredPerson, record: Record, now: datetime) -> None:
        self.events.append(
            {
                "person_id": person.id,
                "number": _next_number(person),
                "at": now,
                "kind": record.kind,
                "lesson": record.lesson,
                "version": record.version,
                "step": record.step,
            }
        )
        if record.kind == "lesson_started":
            self.started.append(
                {
                    "person_id": person.id,
                    "learner": FIRST_LEARNER,
                    "lesson": record.lesson,
                    "version": record.version,
                    "started_at": now,
                }
            )
        elif record.kind == "lesson_finished":
            self.finished.append({"person": person.id, "finished": record.lesson, "at": now})

    def _drop_timers(self, person_id: int) -> None:
        self.timers = {key: row for key, row in self.timers.items() if key[0] != person_id}


def _next_number(person: StoredPerson) -> int:
    person.numbered += 1
    return person.numbered


def _handoff_row(person: StoredPerson, effect: HandOff, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person.id,
        "opened_at": now,
        "reason": effect.reason,
        "is_urgent": effect.urgent,
        "lesson": effect.lesson,
        "step": effect.step,
        "state": "waiting",
    }


def _consent_row(person: StoredPerson, effect: ConsentGiven, channel: str, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person.id,
        "number": _next_number(person),
        "at": now,
        "granted": effect.granted,
        "notice_version": effect.notice_version,
        "channel": channel,
        "subject": effect.subject,
    }
