"""Wandering residents in a lesson that is tried out: who types badly, wanders off, is away for days; and what they met.

Everything that somebody does comes from a seed, so that a walk can be walked again. Knows no page and no database.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from admin.trial_play import Played, Stage, opened, played
from bot.effects import HandOff, Record
from bot.engine import LONG_GAP
from bot.events import ButtonPressed, Event, PictureSent, TextSaid, Unsupported, VoiceSent
from bot.messages import Choice, Message
from bot.state import Scene, State, from_json, to_json
from bot.transcripts import written
from lessons.schema import Book, Lesson, Step
from vietnamese.fold import fold

WALKS = 40
LONGEST_WALK = 200  # turns
#: So many who never got out of the lesson are enough to know.
MANY_LOST = 6
PHONES = (None, "android", "iphone")

#: What else people do than answer, by the manner of the walk: careful, hasty, wandering, slow.
_STRAYING = (0.0, 0.05, 0.3, 0.15)
_RIGHT = (0.9, 0.6, 0.5, 0.7)
_DAYS_AWAY = (0.0, 0.0, 0.02, 0.12)

_PAUSES = (5, 20, 60, 600)  # seconds
#: Of the bot's own phrases; nothing that leaves the lesson for another one, erases or ends.
_COMMANDS = ("stuck_help", "repeat", "back", "menu", "continue_", "thanks", "progress")
_STRAYS = ("chua hieu", "la sao em", "7", "c", "asdfgh", "\U0001f44d", "doi ti", "u", "ko", "?", "de mai hoc nha")
_NEIGHBOURS = {"a": "s", "o": "p", "n": "m", "i": "u", "t": "y", "c": "v", "g": "h", "e": "r"}
_LETTERS = "abcdefgh"
_TYPED_LETTERS = 6  # a shorter answer is typed without a slip

Kind = Literal["text", "picture", "voice", "sticker", "days"]
Ending = Literal["finished", "elsewhere", "lost"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a resident did, the bubbles of the answer as text, and where he stood then."""

    kind: Kind
    text: str
    bot: tuple[str, ...]
    step: str | None


@dataclass(frozen=True, slots=True)
class Missed:
    """An answer of the step that was typed, and not understood or, with `as_other`, taken for something else."""

    step: str
    text: str
    as_other: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """`stood` has the step after every turn; `spoken` each message with the step at which it was said."""

    number: int
    ending: Ending
    exchanges: tuple[Exchange, ...]
    stood: tuple[str, ...]
    missed: tuple[Missed, ...]
    spoken: tuple[tuple[str, Message], ...]
    asked_person: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What all walks together met. Steps in the order of the lesson; `missed` the most frequent first."""

    walks: int
    finished: int
    elsewhere: int
    lost: int
    asked_person: int
    usual_turns: int
    reached: tuple[str, ...]
    not_reached: tuple[str, ...]
    dead_ends: tuple[str, ...]
    missed: tuple[tuple[Missed, int], ...]
    worst: Walk


def walk(stage: Stage, number: int, *, seed: int, place: str | None, now: datetime) -> Walk:
    """One walk from the opening of the lesson to its end, out into another lesson, or LONGEST_WALK turns."""
    return _Walker(stage, number, seed, place, now).walk()


def report(lesson: Lesson, walks: Sequence[Walk]) -> Report:
    """At least one walk is given."""
    lost = [one for one in walks if one.ending == "lost"]
    reached = {step for one in walks for step in one.stood}
    ring = {step for one in lost for step in one.stood[-LONGEST_WALK // 3 :]}
    lengths = sorted(len(one.exchanges) for one in walks if one.ending != "lost") or [LONGEST_WALK]
    missed = Counter(missed for one in walks for missed in one.missed)
    return Report(
        walks=len(walks),
        finished=sum(one.ending == "finished" for one in walks),
        elsewhere=sum(one.ending == "elsewhere" for one in walks),
        lost=len(lost),
        asked_person=sum(one.asked_person for one in walks),
        usual_turns=lengths[len(lengths) // 2],
        reached=_in_order(lesson, reached),
        not_reached=_in_order(lesson, {step.id for step in lesson.steps} - reached),
        dead_ends=_in_order(lesson, ring),
        missed=tuple(missed.most_common()),
        worst=max(walks, key=lambda one: (one.ending == "lost", len(one.missed), len(one.exchanges))),
    )


def messages(walks: Iterable[Walk]) -> dict[Message, str]:
    """Every message that was said, once, with the first step at which it was."""
    found: dict[Message, str] = {}
    for one in walks:
        for step, message in one.spoken:
            found.setdefault(message, step)
    return found


def _in_order(lesson: Lesson, steps: set[str]) -> tuple[str, ...]:
    return tuple(step.id for step in lesson.steps if step.id in steps)


@dataclass(frozen=True, slots=True)
class _Act:
    """What is done next; `meant` is the button that says the same as a typed answer."""

    kind: Kind
    event: Event | None
    text: str = ""
    meant: str | None = None


@dataclass(slots=True)
class _Walker:
    stage: Stage
    number: int
    seed: int
    place: str | None
    now: datetime
    chance: random.Random = field(init=False)
    state: State = field(init=False)
    choices: tuple[Choice, ...] = ()
    exchanges: list[Exchange] = field(default_factory=list)
    stood: list[str] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    spoken: list[tuple[str, Message]] = field(default_factory=list)
    asked_person: bool = False

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.lesson.id} {self.seed} {self.number}")  # noqa: S311 - a walk, no secret

    @property
    def lesson(self) -> Lesson:
        return self.stage.edition.lesson

    def walk(self) -> Walk:
        phone = PHONES[self.number % len(PHONES)]
        self._take(_Act("text", None), opened(self.stage, place=self.place, phone=phone, now=self.now))
        ending: Ending | None = self._ending()
        while ending is None and len(self.exchanges) < LONGEST_WALK:
            act = self._next()
            away = timedelta(days=self.chance.randint(1, 9)) if act.kind == "days" else None
            self.now += away or timedelta(seconds=self.chance.choice(_PAUSES))
            before = self.state
            done = played(self.stage, before, act.event, now=self.now)
            self._judge(act, before, done)
            self._take(act, done)
            ending = self._ending()
        return Walk(
            self.number,
            ending or "lost",
            tuple(self.exchanges),
            tuple(self.stood),
            tuple(self.missed),
            tuple(self.spoken),
            self.asked_person,
        )

    def _ending(self) -> Ending | None:
        if self.lesson.id in self.state.finished:
            return "finished"
        standing = self.state.standing
        return "elsewhere" if standing is None or standing.lesson != self.lesson.id else None

    def _take(self, act: _Act, done: Played) -> None:
        """Go on from what came of it; the state goes through JSON, as it does in the database."""
        self.state = from_json(to_json(done.state))
        said = [spoken.message for spoken in done.spoken]
        if said:
            self.choices = said[-1].choices
        standing = self.state.standing
        at = standing.step if standing is not None and standing.lesson == self.lesson.id else None
        if at is not None:
            self.stood.append(at)
            self.spoken += [(at, message) for message in said]
        self.asked_person |= any(isinstance(effect, HandOff) for effect in done.effects)
        self.exchanges.append(Exchange(act.kind, act.text, tuple(map(written, said)), at))

    def _judge(self, act: _Act, before: State, done: Played) -> None:
        """Whether a typed answer did what its button does. After days a short answer is asked about, rightly."""
        standing, last = before.standing, before.last_seen
        if act.meant is None or standing is None or (last is not None and self.now - last >= LONG_GAP):
            return
        is_missed = any(isinstance(one, Record) and one.kind == "not_understood" for one in done.effects)
        pressed = played(self.stage, before, ButtonPressed(act.meant), now=self.now).state
        if is_missed or _place(pressed) != _place(done.state):
            self.missed.append(Missed(standing.step, act.text, as_other=not is_missed))

    # What he does next ------------------------------------------------------------------------------------

    def _next(self) -> _Act:
        manner = self.number % len(_STRAYING)
        if self.chance.random() < _DAYS_AWAY[manner]:
            return _Act("days", None)
        if self.chance.random() < _STRAYING[manner]:
            return self._stray()
        is_here = self.state.scene in (Scene.LESSON, Scene.TROUBLE)
        if not is_here or not self.choices:
            return _said(self._phrase("continue_"))
        at = self._answer(eager=self.chance.random() < _RIGHT[manner])
        choice = self.choices[at]
        return _Act("text", *_text(self._typed(at, choice.label)), meant=choice.value)

    def _stray(self) -> _Act:
        odd = self.chance.random()
        if odd < 0.15:
            events: tuple[tuple[Kind, Event], ...] = (
                ("picture", PictureSent()),
                ("voice", VoiceSent()),
                ("sticker", Unsupported("sticker")),
            )
            return _Act(*self.chance.choice(events))
        if odd < 0.55:
            return _said(self._phrase(self.chance.choice(_COMMANDS)))
        return _said(self.chance.choice((*_STRAYS, *self.stage.book.phrases.out_of_scope[:40])))

    def _phrase(self, command: str) -> str:
        phrase = self.chance.choice(self.stage.book.phrases.commands[command][:4])
        return phrase if self.chance.random() < 0.5 else fold(phrase)

    def _answer(self, *, eager: bool) -> int:
        """The position of the answer that goes on, or any."""
        step = self._step()
        if not eager or self.state.scene is not Scene.LESSON or step.kind == "ask":
            return self.chance.randrange(len(self.choices))
        right = (nth for nth, choice in enumerate(step.choices) if choice.correct)
        return next(right, 0) if step.kind == "quiz" else 0

    def _step(self) -> Step:
        standing = self.state.standing
        position = self.lesson.position(standing.step) if standing is not None else None
        return self.lesson.steps[position or 0]

    def _typed(self, at: int, label: str) -> str:
        """An answer as people write it: its number or letter, its words or others, without accents, with slips."""
        ways = [str(at + 1), f"cau {at + 1}", label, fold(label), self._slip(fold(label))]
        if at < len(_LETTERS):
            ways.append(_LETTERS[at])
        ways += [fold(word) for word in _other_words(self.stage.book, self._step()).get(label, ())]
        return self.chance.choice(ways)

    def _slip(self, text: str) -> str:
        """A finger on the key beside, once."""
        places = [at for at, letter in enumerate(text) if letter in _NEIGHBOURS]
        if len(text) < _TYPED_LETTERS or not places:
            return text
        at = self.chance.choice(places)
        return text[:at] + _NEIGHBOURS[text[at]] + text[at + 1 :]


def _said(text: str) -> _Act:
    return _Act("text", *_text(text))


def _text(text: str) -> tuple[Event, str]:
    return TextSaid(text), text


def _place(state: State) -> tuple[object, ...]:
    return state.scene, state.standing, state.memory, state.finished


def _other_words(book: Book, step: Step) -> Mapping[str, tuple[str, ...]]:
    """Label -> what people type instead of it."""
    labels = book.phrases.labels
    own = {label.label: label.also for label in (labels.go_on, labels.done, labels.not_yet)}
    return {**own, **{one.label: one.also for one in step.choices}, **{one.problem: one.also for one in step.stuck}}
