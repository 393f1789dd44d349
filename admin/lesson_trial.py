"""Trying a lesson out beside the editor: the real engine, on nothing that is stored.

The conversation travels with the browser: its state comes in with every request and goes out with the answer. No
person is made, no row is written. What cannot be played is refused with a code; the page has the sentences.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from admin import trial_walks, views
from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.roles import EVERYWHERE, LESSON_READERS
from admin.trial_play import REACH, BadState, Played, Spoken, Stage, opened, played, staged, state_of
from bot.effects import BulletinRead, Effect, ForgetMe, HandOff, Record, ShowBulletin, StopPushes, TieChat
from bot.events import ButtonPressed, Event, Joined, PictureSent, PlaceShared, TextSaid, Unsupported, VoiceSent
from bot.messages import Message
from bot.state import State, to_json
from lessons.findings import LessonError
from lessons.loader import version_of
from lessons.schema import Book
from lessons.yaml_tree import MAX_CHARS
from storage import lesson_drafts

TRIAL = "/staff/lessons/trial"
MEDIA = "/media/"

LARGEST = 3 * 1024 * 1024
#: The page of our own has its answers as buttons, the others as numbered lines.
OWN_PAGE = "webchat"
#: Between two things that somebody does.
BETWEEN = timedelta(seconds=20)
LONGEST_WAIT = timedelta(days=60)
STAGES_KEPT = 8
MOST_MISSED = 15

_ODD_EVENTS: Mapping[str, Event] = {
    "picture": PictureSent(),
    "voice": VoiceSent(),
    "sticker": Unsupported("sticker"),
    "place": PlaceShared(9.6, 106.0),
    "joined": Joined(),
}

T = TypeVar("T")


class _Posted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Happening(_Posted):
    """What the tester does. `value`: the text, the pressed button's value, or for how many seconds he waits."""

    kind: Literal["start", "text", "press", "wait", "picture", "voice", "sticker", "place", "joined"]
    value: str = Field("", max_length=5_000)


class _OfLesson(_Posted):
    file: str = Field(max_length=300)
    text: str = Field(max_length=MAX_CHARS)
    channel: str = Field("", max_length=40)


class TurnAsked(_OfLesson):
    """`state` is what the last answer gave, `now` its clock; both null at the start."""

    event: Happening
    state: str | None = Field(None, max_length=200_000)
    now: AwareDatetime | None = None
    phone_os: Literal["android", "iphone"] | None = None


class WalksAsked(_OfLesson):
    """The same seed gives the same walks."""

    seed: int = Field(1, ge=0, le=1_000_000)


class Refused(Exception):
    """It cannot be played. `code` chooses the sentence, `values` go with it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class _Over:
    """A message that is cut into parts on a channel."""

    step: str
    channel: str
    parts: int


class Trials:
    """Plays for all testers, one at a time: residents' turns need the processor more. Keeps the last texts, read."""

    def __init__(self, at: Desk) -> None:
        self._at = at
        self._lock = asyncio.Lock()
        self._stages: OrderedDict[tuple[int, str, str], Stage] = OrderedDict()

    async def play(self, asking: _OfLesson, work: Callable[[Stage], T]) -> T:
        """What `work` gives for the lesson, in a thread. Raises Refused."""
        published = self._at.published()
        if published is None:
            raise Refused("unpublished")

        def run() -> T:
            return work(self._stage(asking, published.id, published.book))

        async with self._lock:
            return await asyncio.to_thread(run)

    def _stage(self, asking: _OfLesson, publication: int, book: Book) -> Stage:
        key = (publication, asking.file, version_of(asking.text))
        found = self._stages.pop(key, None)
        if found is None:
            try:
                found = staged(book, asking.text, file=asking.file)
            except LessonError as error:
                worst = next(one for one in error.findings if one.severity == "error")
                raise Refused("text", line=worst.line, says=worst.message, suggests=worst.suggestion) from error
        self._stages[key] = found
        for stale in [one for one in self._stages if one[0] != publication]:
            del self._stages[stale]
        while len(self._stages) > STAGES_KEPT:
            self._stages.popitem(last=False)
        return found


def routes(at: Desk) -> list[BaseRoute]:
    trials = Trials(at)

    async def turn(request: Request, asked: Asked) -> Response:
        return await _or_refusal(lambda: _turn(at, trials, request, asked))

    async def walks(request: Request, asked: Asked) -> Response:
        return await _or_refusal(lambda: _walks(at, trials, request, asked))

    async def page(request: Request, asked: Asked) -> Response:
        file = request.path_params["file"]
        published = at.published()
        text = await at.gate.read(lambda connection: _text(connection, file, published.files if published else {}))
        return views.page(request, "lesson_trial.html", asked, file=file, text=text)

    route = at.gate.route
    return [
        route(TRIAL, turn, roles=LESSON_READERS, methods=("POST",), largest=LARGEST),
        route(f"{TRIAL}/walks", walks, roles=LESSON_READERS, methods=("POST",), largest=LARGEST),
        route(TRIAL + "/{file:path}", page, roles=LESSON_READERS),
    ]


def _text(connection: Connection, file: str, published: Mapping[str, str]) -> str:
    """The draft of the file, else what is published. Raises Missing."""
    draft = lesson_drafts.one(connection, file)
    text = draft.text if draft is not None else published.get(file)
    if text is None:
        raise Missing
    return str(text)


async def _or_refusal(answer: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await answer()
    except Refused as refused:
        return JSONResponse({"refused": refused.code, **refused.values}, 422)


# One turn -------------------------------------------------------------------------------------------------


async def _turn(at: Desk, trials: Trials, request: Request, asked: Asked) -> Response:
    asking = _read(TurnAsked, await request.body())
    clock = asking.now or asked.now
    if abs(clock - asked.now) > REACH / 2:
        raise Refused("time")
    now = clock + _passed(asking)
    before = _state(asking, now)
    stage, done = await trials.play(asking, lambda stage: (stage, _played(stage, before, asking, asked, now)))
    shown = await at.gate.read(lambda connection: _fitted(at, connection, done.spoken, asking.channel))
    answer = {
        "bubbles": shown[1],
        "channels": shown[0],
        "state": to_json(done.state),
        "now": now.isoformat(),
        "clock": views.moment(now, at.zone),
        "standing": _standing(stage, done.state),
        "reminder": views.moment(done.state.remind_at, at.zone) if done.state.remind_at else None,
        "notes": [note for effect in done.effects if (note := _note(effect)) is not None],
        "finished": stage.edition.lesson.id in done.state.finished,
    }
    return JSONResponse(answer)


def _read(model: type[T], body: bytes) -> T:
    """Raises Refused with the field that is wrong."""
    try:
        return model.model_validate_json(body)  # type: ignore[attr-defined, no-any-return]
    except ValidationError as error:
        codes = {"state": "state", "now": "time", "event": "event", "seed": "seed"}
        named = {str(one["loc"][0]) for one in error.errors(include_input=False) if one["loc"]}
        raise Refused(next((codes[name] for name in codes if name in named), "request")) from error


def _passed(asking: TurnAsked) -> timedelta:
    """How far the clock goes on by what happens."""
    kind, value = asking.event.kind, asking.event.value
    if kind == "wait":
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise Refused("event")
        if timedelta(seconds=int(value)) > LONGEST_WAIT:
            raise Refused("event")
        return timedelta(seconds=int(value))
    return timedelta() if kind == "start" else BETWEEN


def _state(asking: TurnAsked, now: datetime) -> State | None:
    """None: the lesson is opened. Raises Refused."""
    if asking.event.kind == "start":
        return None
    try:
        return state_of(asking.state or "", now=now)
    except BadState as error:
        raise Refused("state") from error


def _played(stage: Stage, before: State | None, asking: TurnAsked, asked: Asked, now: datetime) -> Played:
    if before is None:
        return opened(stage, place=_place(asked), phone=asking.phone_os, now=now)
    return played(stage, before, _event(asking.event), now=now)


def _event(happening: Happening) -> Event | None:
    match happening.kind:
        case "text":
            return TextSaid(happening.value)
        case "press":
            return ButtonPressed(happening.value)
        case kind:
            return _ODD_EVENTS.get(kind)


def _place(asked: Asked) -> str | None:
    """Where the tester is as a resident: what stands in a lesson for the place is that of his own."""
    return next((place for place in sorted(asked.member.scope) if place != EVERYWHERE), None)


def _fitted(
    at: Desk, connection: Connection, spoken: Sequence[Spoken], channel: str
) -> tuple[list[str], list[dict[str, Any]]]:
    """The channels that there are, and the bubbles as the one that is asked for shows them."""
    channels = [one.channel for one in at.fitted(connection, Message("."))]
    name = channel if channel in channels else next(iter(channels), "")
    return channels, [_bubble(at, connection, one, name) for one in spoken]


def _bubble(at: Desk, connection: Connection, spoken: Spoken, channel: str) -> dict[str, Any]:
    message = spoken.message
    fitting = replace(message, choices=()) if channel == OWN_PAGE else message
    texts = [one.texts for one in at.fitted(connection, fitting) if one.channel == channel]
    return {
        "parts": list(texts[0]) if texts else [message.text],
        "choices": [{"label": choice.label, "value": choice.value} for choice in message.choices],
        "picture": {"url": MEDIA + message.picture, "alt": message.picture_alt} if message.picture else None,
        "link": message.link,
        "reminder_at": views.moment(spoken.at, at.zone) if spoken.is_reminder else None,
    }


def _standing(stage: Stage, state: State) -> dict[str, Any] | None:
    """Where he stands; the line is null in another lesson than the one that is tried."""
    standing = state.standing
    if standing is None:
        return None
    is_here = standing.lesson == stage.edition.lesson.id
    edition = stage.book.edition(standing.lesson, standing.version)
    return {
        "lesson": standing.lesson,
        "title": edition.lesson.title if edition is not None else standing.lesson,
        "step": standing.step,
        "line": stage.lines.get(standing.step) if is_here else None,
    }


def _note(effect: Effect) -> dict[str, Any] | None:
    """What a resident does not see of what happened, where it matters to who writes the lesson."""
    match effect:
        case HandOff(reason=reason):
            return {"code": "person", "reason": reason}
        case Record(kind="not_understood" | "secret_warned" | "lesson_left" as kind):
            return {"code": kind}
        case StopPushes():
            return {"code": "stopped"}
        case ForgetMe():
            return {"code": "forgotten"}
        case ShowBulletin() | BulletinRead() | TieChat():
            return {"code": "rows"}
        case _:
            return None


# Wandering residents --------------------------------------------------------------------------------------


async def _walks(at: Desk, trials: Trials, request: Request, asked: Asked) -> Response:
    asking = _read(WalksAsked, await request.body())
    walked: list[trial_walks.Walk] = []
    for number in range(trial_walks.WALKS):

        def walk(stage: Stage, number: int = number) -> tuple[Stage, trial_walks.Walk]:
            return stage, trial_walks.walk(stage, number, seed=asking.seed, place=_place(asked), now=asked.now)

        # One by one: who plays a turn meanwhile waits for one walk and not for all.
        stage, one = await trials.play(asking, walk)
        walked.append(one)
        if sum(one.ending == "lost" for one in walked) >= trial_walks.MANY_LOST:
            break
    found = trial_walks.report(stage.edition.lesson, walked)
    said = trial_walks.messages(walked)
    over = await at.gate.read(lambda connection: _over(at, connection, said))
    return views.page(
        request,
        "lesson_trial_walks.html",
        asked,
        report=found,
        over=over,
        lines=stage.lines,
        missed=found.missed[:MOST_MISSED],
        seed=asking.seed,
    )


def _over(at: Desk, connection: Connection, said: Mapping[Message, str]) -> list[_Over]:
    """The messages that a channel cannot carry in one piece, a step and channel once."""
    worst: dict[tuple[str, str], int] = {}
    for message, step in said.items():
        for one in at.fitted(connection, message):
            if len(one.texts) > 1:
                worst[step, one.channel] = max(len(one.texts), worst.get((step, one.channel), 0))
    return [_Over(step, channel, parts) for (step, channel), parts in worst.items()]
