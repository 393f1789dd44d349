"""Transcripts of lessons: what a resident says and what he is answered, played through the real engine.

Pure but for reading YAML texts handed in. A lesson's transcripts stand beside it in NAME.transcripts.yaml;
publishing and the tests play them, `--update` of the tests writes the answers anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from bot import learning
from bot.effects import Say
from bot.engine import step
from bot.events import TextSaid
from bot.messages import Message
from bot.speaking import Talk, Turn
from bot.state import Scene, State, from_json, to_json
from lessons.schema import Book

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BETWEEN = timedelta(seconds=30)
OPENING = ""  # `me` of the exchange that opens the lesson


class Exchange(BaseModel):
    """What was said, and every bubble of the answer as `written` shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    me: str
    bot: tuple[str, ...] = ()


class Transcript(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    turns: tuple[Exchange, ...]


class Transcripts(BaseModel):
    """One NAME.transcripts.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lesson: str
    transcripts: tuple[Transcript, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An answer that is not the one written down."""

    lesson: str
    transcript: str
    me: str
    written: tuple[str, ...]
    given: tuple[str, ...]


def parse(text: str) -> Transcripts:
    """Raises yaml.YAMLError or pydantic.ValidationError."""
    return Transcripts.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


def play(book: Book, lesson_id: str, said: Sequence[str]) -> tuple[Exchange, ...]:
    """The exchanges of somebody known to us who opens the lesson and says these things.

    The state goes through JSON between every two answers, as it does in the database.
    """
    state = State(consent="given", scene=Scene.MENU, address=book.phrases.default_address, last_seen=START)
    talk = Talk(book, state, START)
    learning.open_lesson(talk, lesson_id)
    opening = talk.turn(state, learning.step_offers(talk))
    exchanges = [Exchange(me=OPENING, bot=_answer(opening))]
    state, now = opening.state, START
    for text in said:
        now += BETWEEN
        turn = step(book, from_json(to_json(state)), TextSaid(text), now)
        exchanges.append(Exchange(me=text, bot=_answer(turn)))
        state = turn.state
    return tuple(exchanges)


def mismatches(book: Book, transcripts: Transcripts) -> list[Mismatch]:
    """Where the lesson no longer answers as its transcripts say."""
    found = []
    for transcript in transcripts.transcripts:
        said = [turn.me for turn in transcript.turns if turn.me != OPENING]
        given = play(book, transcripts.lesson, said)
        written = {turn.me: turn.bot for turn in transcript.turns}
        expected = transcript.turns if OPENING in written else (Exchange(me=OPENING), *transcript.turns)
        found += [
            Mismatch(transcripts.lesson, transcript.name, now.me, then.bot, now.bot)
            for then, now in zip(expected, given, strict=True)
            if then.bot != now.bot
        ]
    return found


def rewritten(book: Book, transcripts: Transcripts) -> Transcripts:
    """The same transcripts with the answers that the lesson gives now."""
    return transcripts.model_copy(
        update={
            "transcripts": tuple(
                one.model_copy(
                    update={
                        "turns": play(book, transcripts.lesson, [turn.me for turn in one.turns if turn.me != OPENING])
                    }
                )
                for one in transcripts.transcripts
            )
        }
    )


def to_yaml(transcripts: Transcripts | Transcript) -> str:
    """The file as it is kept: bubbles as blocks, so that a change reads well in a diff."""
    return yaml.dump(
        transcripts.model_dump(mode="json"),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=1_000,
    )


def written(message: Message) -> str:
    """A bubble as a person reads it in text: its picture in brackets, its choices numbered."""
    lines = [message.text]
    if message.picture:
        lines.append(f"[{message.picture}]")
    lines += [f"{number}. {choice.label}" for number, choice in enumerate(message.choices, 1)]
    return "\n".join(lines)


def _answer(turn: Turn) -> tuple[str, ...]:
    return tuple(written(effect.message) for effect in turn.effects if isinstance(effect, Say))


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
