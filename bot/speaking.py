"""One turn in the making: what is said, what is asked for, and the state it will leave.

A Talk is mutable while one call of step() runs and is never seen outside it. Sentences come from the Book;
placeholders are filled here and nowhere else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.effects import Effect, Say
from bot.messages import Choice, Message
from bot.state import Standing, State
from lessons.schema import PLACE_PLACEHOLDERS, Book, Edition, Step
from lessons.sentences import BUBBLE_CHARS, bubbles

#: A resident is never sent more than this in one turn.
MESSAGES_A_TURN = 3

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one event did: the state to keep and the effects to carry out, in order.

    `heard` is what was said, masked, for the team to read; None when nothing may be kept. With `is_pasted` it is
    what came from somebody else and was to be checked: that is kept for a shorter time.
    """

    state: State
    effects: tuple[Effect, ...]
    heard: str | None = None
    is_pasted: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer that the scene expects. A hidden one is understood but not shown as a choice."""

    label: str
    act: "Callable[[Talk], None]"
    also: tuple[str, ...] = ()
    is_hidden: bool = False


@dataclass(slots=True)
class _Draft:
    message: Message
    is_reminder: bool


@dataclass(slots=True)
class Talk:
    """Collects a turn. `become` changes the state, `say` and `put` speak, `want` asks for an effect."""

    book: Book
    state: State
    now: datetime
    drafts: list[_Draft] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    has_choices: bool = True
    heard: str | None = None
    is_pasted: bool = False
    opening: str = ""

    def become(self, **changes: object) -> None:
        self.state = self.state.model_copy(update=changes)

    def want(self, effect: Effect) -> None:
        self.effects.append(effect)

    def say(self, sentence: str, **words: object) -> None:
        """A fixed sentence of phrases.yaml, with `words` for its own placeholders; a short form may be many bubbles."""
        short = self._short_form(sentence)
        for bubble in [self.sentence(sentence)] if short is None else bubbles(short):
            self.put(Message(self.fill(bubble, **words)))

    def say_privately(self, sentence: str, **words: object) -> None:
        """As `say`, of something that is not to be kept (effects.ForgetSaid)."""
        before = len(self.drafts)
        self.say(sentence, **words)
        for draft in self.drafts[before:]:
            draft.message = replace(draft.message, is_private=True)

    def sentence(self, name: str) -> str:
        """A fixed sentence as this learner wants it, unfilled: in full, or in its short form."""
        return self._short_form(name) or str(getattr(self.book.phrases.say, name))

    def _short_form(self, name: str) -> str | None:
        return self.book.phrases.say_short.get(name) if self.state.short_words else None

    def close(self, sentence: str, **words: object) -> None:
        """A sentence that asks for nothing: the choices of the scene are not shown under it."""
        self.say(sentence, **words)
        self.has_choices = False

    def begin(self, sentence: str, **words: object) -> None:
        """A short sentence that opens the next bubble: one send less on accounts that count them."""
        self.opening += self.fill(self.sentence(sentence), **words) + "\n"

    def put_reminder(self, sentence: str, **words: object) -> None:
        """A sentence that nobody asked for just now: it goes out behind everybody's replies."""
        self.put(Message(self.fill(self.sentence(sentence), **words)), is_reminder=True)

    def put(self, message: Message, *, is_reminder: bool = False) -> None:
        opening, self.opening = self.opening, ""
        if opening and self.state.short_words and len(opening) + len(message.text) > BUBBLE_CHARS:
            self.drafts.append(_Draft(Message(opening.rstrip("\n")), is_reminder))
            opening = ""
        whole = replace(message, text=opening + message.text) if opening else message
        self.drafts.append(_Draft(whole, is_reminder))

    def fill(self, text: str, **words: object) -> str:
        """The text with its placeholders filled; one that is unknown stays as it is (lint refuses it)."""

        return filled(text, self.book, self.state, **words)

    @property
    def address(self) -> str:
        return address_of(self.book, self.state)

    def edition(self) -> Edition:
        """The edition of the lesson under way, which the engine has made sure of."""
        standing = self.standing()
        edition = self.book.edition(standing.lesson, standing.version)
        if edition is None:
            raise LookupError("the engine repairs a standing before anything reads it")
        return edition

    def standing(self) -> Standing:
        if self.state.standing is None:
            raise LookupError("asked for outside a lesson")
        return self.state.standing

    def step(self) -> Step:
        """The step of the lesson under way."""
        lesson = self.edition().lesson
        position = lesson.position(self.standing().step)
        if position is None:
            raise LookupError("the engine repairs a standing before anything reads it")
        return lesson.steps[position]

    def turn(self, before: State, offers: tuple[Offer, ...]) -> Turn:
        """The finished turn; the last message carries the choices of the scene that it leaves.

        The number of the question on the table rises when the table changed, so that a button of an
        earlier question is known as old and one of the same question, repeated, is not.
        """
        if self.state.consent != "unasked" and _table(before) != _table(self.state):
            self.become(question=before.question + 1)
        drafts = _at_most(MESSAGES_A_TURN, self.drafts)
        if drafts and self.has_choices:
            choices = _choices(self.state.question, offers)
            last = drafts[-1]
            drafts[-1] = _Draft(replace(last.message, choices=choices), last.is_reminder)
        says = [Say(draft.message, is_reminder=draft.is_reminder) for draft in drafts]
        may_keep = self.state.consent == "given"
        heard = self.heard if may_keep else None
        return Turn(self.state, (*self.effects, *says), heard, is_pasted=self.is_pasted and heard is not None)


def address_of(book: Book, state: State) -> str:
    """How this learner is addressed."""
    return state.address or book.phrases.default_address


def filled(text: str, book: Book, state: State, **words: object) -> str:
    """The text as this learner reads it; a placeholder that is unknown stays as it is."""

    def word(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in words:
            return str(words[name])
        if name in ("xung_ho", "Xung_ho"):
            address = address_of(book, state)
            return address[:1].upper() + address[1:] if name == "Xung_ho" else address
        if name in PLACE_PLACEHOLDERS:
            return book.place_facts.fact(name, state.place)
        return match.group(0)

    return _PLACEHOLDER.sub(word, text)


def _table(state: State) -> tuple[object, ...]:
    standing = state.standing
    step = (standing.lesson, standing.version, standing.step) if standing else None
    return (state.consent, state.scene, state.course, step, state.readings, state.shown)


def _choices(question: int, offers: tuple[Offer, ...]) -> tuple[Choice, ...]:
    shown = [offer for offer in offers if not offer.is_hidden]
    return tuple(Choice(offer.label, f"{question}.{i}") for i, offer in enumerate(shown, 1))


def _at_most(most: int, drafts: list[_Draft]) -> list[_Draft]:
    """Too many bubbles are joined at the front, so that nothing is lost and the question stays last."""
    while len(drafts) > most:
        first, second, *rest = drafts
        joined = Message(
            f"{first.message.text}\n{second.message.text}",
            picture=first.message.picture or second.message.picture,
            picture_alt=first.message.picture_alt or second.message.picture_alt,
            link=first.message.link or second.message.link,
            document=first.message.document or second.message.document,
            document_label=first.message.document_label or second.message.document_label,
            is_private=first.message.is_private or second.message.is_private,
        )
        drafts = [_Draft(joined, second.is_reminder), *rest]
    return list(drafts)
