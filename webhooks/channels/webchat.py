"""Our own web chat as a channel: what its page posts, and the limits of what its page shows.

Knows no cookie, no database and no HTTP: whose page it was is filled in by webhooks/chat.py. The channel is
fetched: nothing is called, the page reads the outbox by a stream. Source: webhooks/static/chat.js.

    Malformed
      TooLong     more text than a resident types; the page says so and keeps the words
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.events import ButtonPressed, Event, Joined, TextSaid
from bot.messages import Message
from webhooks.channel import Answer, Arrival, Call, Config, Limits, Malformed, Outcome, Sent, Terms, Window

NAME = "webchat"
IS_FETCHED = True

#: There is one web chat a server: the external id of its account.
ACCOUNT = "webchat"

TEXT_LIMIT_CHARS = 5_000

#: The page makes a key for each thing that it posts: the same key again is answered once.
KEY_FORM = r"^[A-Za-z0-9_-]{8,64}$"

#: The page shows whole messages; these only bound what a lesson may ask of it.
LIMITS = Limits(text_units=10_000, buttons=20, label_units=200, has_bold=True, has_pictures=True)
TERMS = Terms(is_fetched=IS_FETCHED)

#: The page hands its pictures to us itself (webhooks/chat_pictures.py).
PICTURE_HOSTS: tuple[str, ...] = ()


class TooLong(Malformed):
    """The text has more than TEXT_LIMIT_CHARS characters."""


class Posted(BaseModel):
    """{"key": "...", "text": "..."}, or "button": "..." (a Choice.value), or "joined": true."""

    model_config = ConfigDict(strict=True, frozen=True)

    key: Annotated[str, Field(pattern=KEY_FORM)]
    text: str | None = None
    button: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    joined: bool | None = None


def is_probe(headers: Mapping[str, str], body: bytes) -> bool:
    """No console tries this address."""
    return False


def verify(headers: Mapping[str, str], body: bytes, config: Config) -> str:
    """Nothing is signed: the door holds the page to its cookie and its origin before it asks anybody."""
    return "cookie"


def parse(body: bytes) -> Sequence[Arrival]:
    """The one event that a page posts at a time; its address is empty, for the door to fill in."""
    try:
        posted = Posted.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise Malformed(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from error
    return (Arrival(ACCOUNT, "", posted.key, None, _event(posted)),)


def render(message: Message, *, to: str, config: Config) -> Sequence[Call]:
    """No call: the page reads the row itself."""
    return ()


def judge(answer: Answer) -> Outcome:
    """Nothing is called, so nothing can fail."""
    return Sent("")


def window(last_contact: datetime | None, now: datetime) -> Window:
    """The page is ours: it may be written to at any time."""
    return TERMS.window(last_contact, now)


def _event(posted: Posted) -> Event:
    if sum(value is not None for value in (posted.text, posted.button, posted.joined)) != 1:
        raise Malformed("exactly one of text, button and joined is expected")
    if posted.button is not None:
        return ButtonPressed(posted.button)
    if posted.joined is not None:
        if not posted.joined:
            raise Malformed("joined: only true can be said")
        return Joined()
    return TextSaid(_checked(posted.text or ""))


def _checked(text: str) -> str:
    if len(text) > TEXT_LIMIT_CHARS:
        raise TooLong(f"text: {len(text)} characters, at most {TEXT_LIMIT_CHARS} are taken")
    if not text.strip():
        raise Malformed("text: nothing was written")
    return text
