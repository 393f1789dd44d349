"""A clumsy resident in every lesson: who types badly, wanders off, and must end at the end or at a person.

    python -m benchmarks.walks [WALKS A LESSON, 20]

Prints how the walks ended, how long they were, and the most messages of a turn. Everything he does comes from a
seed, so that a walk that failed can be walked again. Knows no database and no channel.
"""

import random
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from bot.effects import Say
from bot.engine import step
from bot.events import Event, PictureSent, TextSaid, Unsupported, VoiceSent
from bot.messages import Message
from bot.speaking import MESSAGES_A_TURN
from bot.state import Scene, State, from_json, to_json
from lessons.loader import load_files
from lessons.schema import Book
from vietnamese.fold import fold

ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LONGEST_WALK = 300
NEIGHBOURS = {"a": "s", "o": "p", "n": "m", "i": "u", "t": "y", "c": "v", "g": "h", "e": "r"}
STRAYS = (
    "chua hieu", "nhac lai", "quay lai", "la sao em", "hom nay troi nang qua", "cam on em nhe", "chao em", "7", "c",
    "ba nha toi di cho roi", "asdfgh", "👍", "co mat tien khong", "vneid la gi", "dien thoai nong qua", "doi ti",
    "tui o xa tai van tran de", "menu", "hoc tiep", "mai hoc nha", "noi ngan thoi", "khong biet", "u", "ko", "?",
    "Chuc mung ban trung xe SH, dong 1.200.000 phi ho so", "https://vcb-xxx.vip", "otp la 123456",
)  # fmt: skip
ODD_EVENTS: tuple[Event, ...] = (PictureSent(), VoiceSent(), Unsupported("sticker"))

Ending = Literal["finished", "person", "lost"]


@dataclass(frozen=True, slots=True)
class Walk:
    """How one walk went; `said` is what he typed, to be read when it ended badly."""

    lesson: str
    seed: int
    ending: Ending
    turns: int
    most_messages: int
    fewest_messages: int
    said: tuple[str, ...]


def walk(book: Book, lesson: str, seed: int) -> Walk:
    """One walk from the opening of the lesson to its end, to a person, or to LONGEST_WALK turns."""
    chance = random.Random(f"{lesson} {seed}")
    title = book.current[lesson].lesson.title
    state, now = State(consent="given", scene=Scene.MENU, address="bà con", last_seen=START), START
    event: Event = TextSaid(title)
    counts: list[int] = []
    said: list[str] = []
    while len(counts) < LONGEST_WALK:
        now += timedelta(seconds=chance.choice([5, 20, 60, 600]))
        turn = step(book, state, event, now)
        state = from_json(to_json(turn.state))
        messages = [effect.message for effect in turn.effects if isinstance(effect, Say)]
        counts.append(len(messages))
        said.append(event.text if isinstance(event, TextSaid) else type(event).__name__)
        if lesson in state.finished or state.human != "no":
            ending: Ending = "finished" if lesson in state.finished else "person"
            return Walk(lesson, seed, ending, len(counts), max(counts), min(counts), tuple(said))
        event = _next(chance, messages, is_here=_is_in(state, lesson), title=title)
    return Walk(lesson, seed, "lost", len(counts), max(counts), min(counts), tuple(said))


def _is_in(state: State, lesson: str) -> bool:
    return state.standing is not None and state.standing.lesson == lesson and state.scene is not Scene.MENU


def _next(chance: random.Random, messages: list[Message], *, is_here: bool, title: str) -> Event:
    if chance.random() < 0.05:
        return chance.choice(ODD_EVENTS)
    if chance.random() < 0.2:
        return TextSaid(chance.choice(STRAYS))
    choices = messages[-1].choices if messages else ()
    if not is_here or not choices:
        return TextSaid(title if chance.random() < 0.7 else "học tiếp")
    at = chance.randrange(len(choices))
    return TextSaid(chance.choice([str(at + 1), f"cau {at + 1}", _mistyped(chance, choices[at].label)]))


def _mistyped(chance: random.Random, text: str) -> str:
    """Without accents, and now and then with a finger on the key beside."""
    letters = list(fold(text))
    for at, letter in enumerate(letters):
        if letter in NEIGHBOURS and chance.random() < 0.04:
            letters[at] = NEIGHBOURS[letter]
    return "".join(letters)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    library = load_files(ROOT / "lessons.yaml", timezone=ZoneInfo("Asia/Ho_Chi_Minh"))
    if library.book is None:
        raise SystemExit("the lessons cannot be read: run `muadam lint`")
    walks = [walk(library.book, lesson, seed) for lesson in library.book.current for seed in range(count)]
    endings = Counter(one.ending for one in walks)
    turns = sorted(one.turns for one in walks)
    print(f"{len(walks)} walks through {len(library.book.current)} lessons")
    print(f"ended at the end: {endings['finished']}, at a person: {endings['person']}, lost: {endings['lost']}")
    print(f"turns: median {turns[len(turns) // 2]}, longest {turns[-1]}")
    print(f"messages a turn: at most {max(one.most_messages for one in walks)} of {MESSAGES_A_TURN} allowed")
    for one in walks:
        if one.ending == "lost" or not one.fewest_messages:
            print(f"look at {one.lesson} seed {one.seed}: ... {' | '.join(one.said[-12:])}")


if __name__ == "__main__":
    main()
