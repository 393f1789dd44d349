"""Residents who learn: what each of them types, what he must be answered, and what he was.

Knows no socket and no database. The expected answers come from bot.engine.step, played beforehand on the
same lessons; the way through a lesson is found by picking one of the answers suggested, typed without accents.
"""

import json
import random
import unicodedata
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import wire
from bot.effects import Say
from bot.engine import step
from bot.events import TextSaid
from bot.messages import Choice
from bot.state import State, from_json, to_json
from lessons.loader import load_files
from lessons.schema import Book
from tests.fakes import zalo_events
from tests.fakes.zalo_events import Identity
from webhooks.channel import Config
from webhooks.channels import zalo_oa

ROOT = Path(__file__).parent.parent
WEBHOOK_PATH = "/webhooks/zalo-oa"
LESSON = "vneid-kich-hoat"

#: First contact, consent, form of address, and the way into the lesson: said by everybody.
OPENINGS = (
    ("chao em", "dong y", "bac", "kich hoat vneid"),
    ("alo", "dong y", "co", "kich hoat vneid muc 2"),
    ("xin chao", "ok", "chu", "dinh danh muc 2 kich hoat sao"),
)
#: What people say in the middle of a lesson without answering it.
ASIDES = ("nhac lai", "quay lai", "giup toi voi", "menu", "cam on em", "hom nay mua to qua", "hoc tiep")
#: Other words for the first answer suggested ("Tiếp", "Xong rồi", ...).
NODS = ("xong", "roi", "ok", "da", "xong roi em", "duoc roi")
LONGEST_TALK = 40

#: Whom a resident is, in the fake's terms.
IDENTITY = Identity()
#: The same account as its channel sees it.
CONFIG = Config(
    id=0,
    external_id=IDENTITY.oa_id,
    app_id=IDENTITY.app_id,
    secret=IDENTITY.oa_secret,
    app_secret=IDENTITY.app_secret,
    access_token="",
    api_url="",
    oauth_url="",
    has_buttons=False,
    media_url="",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is said, the messages that must come back, in order, and where the learner stands then."""

    said: str
    answers: tuple[str, ...]
    standing: Mapping[str, Any]


def load_book() -> Book:
    """The lessons that a server started here publishes."""
    library = load_files(ROOT / "lessons.yaml", timezone=ZoneInfo("Asia/Ho_Chi_Minh"))
    if library.book is None:
        raise SystemExit("the lessons do not load: run `muadam lint`")
    return library.book


def make_talks(book: Book, *, seed: int, count: int = 48) -> list[tuple[Exchange, ...]]:
    """So many different ways from the first word to the end of the lesson."""
    return [_talk(book, number, random.Random(f"{seed}:{number}")) for number in range(count)]


def _talk(book: Book, number: int, choose: random.Random) -> tuple[Exchange, ...]:
    now = datetime.now(UTC)
    state, exchanges, suggested = State(), list[Exchange](), tuple[Choice, ...]()
    opening = OPENINGS[number % len(OPENINGS)]
    while len(exchanges) < LONGEST_TALK and LESSON not in state.finished:
        is_opening = len(exchanges) < len(opening)
        said = opening[len(exchanges)] if is_opening else _next_words(suggested, choose)
        turn = step(book, state, TextSaid(said), now)
        messages = [effect.message for effect in turn.effects if isinstance(effect, Say)]
        calls = (call for message in messages for call in zalo_oa.render(message, to="", config=CONFIG))
        state = from_json(to_json(turn.state))
        exchanges.append(Exchange(said, tuple(as_text(call.json["message"]) for call in calls), standing(state)))
        suggested = messages[-1].choices if messages else ()
        now += timedelta(seconds=1)
    return tuple(exchanges)


def _next_words(suggested: tuple[Choice, ...], choose: random.Random) -> str:
    """Mostly the first answer, so that the lesson goes on: by its number, its label, or in other words."""
    if not suggested or choose.random() < 0.06:
        return choose.choice(ASIDES)
    number = 0 if choose.random() < 0.85 else choose.randrange(len(suggested))
    is_nod = number == 0 and len(suggested) <= 2
    words = [str(number + 1), suggested[number].label, *(NODS if is_nod else ())]
    return without_accents(choose.choice(words)).lower()


def without_accents(text: str) -> str:
    """As people type on a phone without a Vietnamese keyboard."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return bare.replace("đ", "d").replace("Đ", "D")


def as_text(message: Mapping[str, Any]) -> str:
    """The message object of a send call, in one spelling."""
    return json.dumps(message, ensure_ascii=False, sort_keys=True)


def standing(state: State) -> Mapping[str, Any]:
    """What a state says, but for the times in it."""
    data: dict[str, Any] = json.loads(to_json(state.model_copy(update={"last_seen": None, "remind_at": None})))
    return data | {"finished": sorted(state.finished)}


@dataclass(slots=True)
class Turn:
    """One webhook on its way. `first` and `last` are the places of its answers in what the resident gets."""

    resident: "Resident"
    webhook: bytes
    first: int
    last: int
    sent_at: float
    acked_at: float = 0.0
    replied_at: float = 0.0


@dataclass(slots=True)
class Resident:
    """One address. `received` is what the platform took for him, in order."""

    address: str
    talk: tuple[Exchange, ...]
    turns: int = 0
    expected: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    open: deque[Turn] = field(default_factory=deque)
    is_busy: bool = False

    @property
    def has_more_to_say(self) -> bool:
        return self.turns < len(self.talk)

    def next_turn(self, *, at: float) -> Turn:
        """Say the next thing; his answers are expected from now on."""
        exchange = self.talk[self.turns]
        key = f"{self.address}-{self.turns}"
        first = len(self.expected)
        self.turns += 1
        self.expected += exchange.answers
        turn = Turn(self, said(self.address, exchange.said, key=key), first, len(self.expected) - 1, at)
        if exchange.answers:
            self.open.append(turn)
        return turn

    def receive(self, message: str, *, at: float) -> Turn | None:
        """The platform took a message for him; the turn that is answered by it in full."""
        self.received.append(message)
        place = len(self.received) - 1
        if not self.open:
            return None
        turn = self.open[0]
        if place == turn.first:
            turn.replied_at = at
        if place >= turn.last:
            self.open.popleft()
            return turn
        return None


def said(address: str, text: str, *, key: str, secret: str | None = None) -> bytes:
    """The bytes of a signed webhook; with another `secret` its signature is bad."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    event = zalo_events.message(IDENTITY, address, name="user_send_text", message_id=key, at=now, text=text)
    return webhook(event, secret=secret)


def webhook(event: dict[str, Any], *, secret: str | None = None) -> bytes:
    """The bytes of the POST that carries the event."""
    body = zalo_events.encode(event)
    headers = zalo_events.headers(body, IDENTITY, zalo_events.Signing(secret=secret))
    return wire.request(WEBHOOK_PATH, {"Content-Type": "application/json"} | headers, body)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with what residents got, in messages; all zero when everything is right."""

    lost: int
    doubled: int
    out_of_order: int
    wrong: int

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order or self.wrong)


def judge(resident: Resident) -> Verdict:
    """Compare what the resident got with what he must get."""
    if resident.received == resident.expected:
        return Verdict(0, 0, 0, 0)
    expected, received = Counter(resident.expected), Counter(resident.received)
    lost = sum((expected - received).values())
    extra = received - expected
    wrong = sum(count for message, count in extra.items() if message not in expected)
    doubled = sum(extra.values()) - wrong
    is_in_order = lost > 0 or _is_within(resident.expected, resident.received)
    return Verdict(lost, doubled, 0 if is_in_order else 1, wrong)


def judge_all(residents: Mapping[str, Resident]) -> Verdict:
    verdicts = [judge(resident) for resident in residents.values()]
    return Verdict(
        lost=sum(one.lost for one in verdicts),
        doubled=sum(one.doubled for one in verdicts),
        out_of_order=sum(one.out_of_order for one in verdicts),
        wrong=sum(one.wrong for one in verdicts),
    )


def _is_within(inner: list[str], outer: list[str]) -> bool:
    """Are the elements of `inner` in `outer`, in their order?"""
    rest = iter(outer)
    return all(any(one == other for other in rest) for one in inner)
