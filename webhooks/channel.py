"""The contract of a messaging channel: one file of pure functions each, listed in channels/__init__.py.

    ChannelError                  a webhook that is not for us; nothing else happens
      BadSignature   -> 401       who sent it cannot be told
      Malformed      -> 400       not the platform's JSON at all

Events that a channel does not know are no error: `parse` gives Ignored, the door counts them and answers 200.
Sending has outcomes, not exceptions: the channel judges an answer, the sender obeys.

What only some platforms need stands in their file alone, and is looked for there: `handshake` and `WEBHOOK_PATH`
(webhooks/app.py), `whoami` and `who` (webhooks/doctor.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.events import Event
from bot.messages import Message


class ChannelError(Exception):
    """Base of what a door can refuse; the text is for the operator, never for a resident."""


class BadSignature(ChannelError):
    """The body was not signed with our secret, or we have no secret to check it with."""


class Malformed(ChannelError):
    """The body is not what the platform's page describes."""


@dataclass(frozen=True, slots=True)
class Config:
    """One account as its channel needs it. `external_id` is the platform's id of the account.

    `secret` checks webhooks, `app_secret` refreshes tokens; both may be empty, and then that door is shut.
    `has_buttons` is the account's capability, turned off by Outcome Downgrade. `media_url` is the public
    https address of lessons/media, empty when the server has no public address (pictures become words).
    """

    id: int
    external_id: str
    app_id: str
    secret: str = field(repr=False)
    app_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    api_url: str
    oauth_url: str
    has_buttons: bool
    media_url: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may carry. Text is counted in UTF-16 units of NFC, with the margin already taken off."""

    text_units: int
    buttons: int
    label_units: int
    has_bold: bool
    has_pictures: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to the platform. `text` is the words it carries, by which an echo is recognised.

    No address is shown: some platforms want the token in it.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    json: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)


class Window(StrEnum):
    """May we write now: at no cost, at a price, or not before the resident writes again."""

    FREE = "free"
    BILLED = "billed"
    CLOSED = "closed"


# What came in -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """After somebody's last word sending is free for `free_for`, then costs `billed_vnd` until `billed_until`.

    None: for ever. `is_fetched`: nothing is sent, the channel's page reads it when it is opened.
    """

    free_for: timedelta | None = None
    billed_until: timedelta | None = None
    billed_vnd: int = 0
    is_fetched: bool = False

    def window(self, last_contact: datetime | None, now: datetime) -> Window:
        """May somebody be written to who wrote last at `last_contact`?"""
        if self.free_for is None or (last_contact is not None and now - last_contact < self.free_for):
            return Window.FREE
        is_open = last_contact is not None and (self.billed_until is None or now - last_contact < self.billed_until)
        return Window.BILLED if is_open else Window.CLOSED


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event of one resident. `key` is unique for the address; a second one is a duplicate."""

    account: str
    address: str
    key: str
    occurred_at: datetime | None
    event: Event


@dataclass(frozen=True, slots=True)
class Echo:
    """A message that left our account: our own (settles an `unknown` send), or typed by a person."""

    account: str
    address: str
    key: str
    platform_id: str
    text: str
    by_person: bool


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """The platform says something of the account itself: `revoked` stops its sending."""

    account: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Known or unknown, and nothing to do. `name` is for the counter and must be of a closed set."""

    name: str


Inbound = Arrival | Echo | AccountNotice | Ignored

# What became of a call ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it. `platform_id` may be empty when it gives none."""

    platform_id: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Later, at the earliest after `after`. `slows_account` pauses the whole account, not the resident."""

    reason: str
    after: timedelta | None = None
    slows_account: bool = False


@dataclass(frozen=True, slots=True)
class Refresh:
    """The access token is not taken: get a new one, then try once more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The window is closed: keep the row until the resident writes."""

    reason: str


@dataclass(frozen=True, slots=True)
class Downgrade:
    """The account may not send this form: turn buttons off and send it again as plain text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dead:
    """It will never be taken. `stops_account` when no message of this account will be."""

    reason: str
    stops_account: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """The resident does not want us: nothing more is sent to him until he writes."""

    reason: str


Outcome = Sent | Retry | Refresh | Hold | Downgrade | Dead | Blocked


@dataclass(frozen=True, slots=True)
class Answer:
    """The platform's HTTP answer as `judge` reads it: status, headers in lower case, body bytes."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def retry_after(self) -> timedelta | None:
        """Seconds of the Retry-After header, an hour at most; None when it names none."""
        seconds = self.headers.get("retry-after", "")
        if not re.fullmatch(r"[0-9]{1,6}", seconds):
            return None
        return min(timedelta(seconds=int(seconds)), timedelta(hours=1))


class Channel(Protocol):
    """What a channel file offers at module level. `is_fetched` channels render no call: their page reads."""

    NAME: str
    LIMITS: Limits
    TERMS: Terms
    IS_FETCHED: bool
    #: The platform's servers of pictures, by the end of their names; nothing is fetched from others.
    PICTURE_HOSTS: tuple[str, ...]

    def is_probe(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Is this the unsigned call by which the platform's console tries the address? It has no effect."""
        ...

    def verify(self, headers: Mapping[str, str], body: bytes, config: Config) -> str:
        """Which formula matched (for a counter). Raises BadSignature. Headers have lower-case names."""
        ...

    def parse(self, body: bytes) -> Sequence[Inbound]:
        """What the body says, in its order. Raises Malformed only when it is not the platform's JSON."""
        ...

    def render(self, message: Message, *, to: str, config: Config) -> Sequence[Call]:
        """The calls that send the message, in order; none for a fetched channel."""
        ...

    def judge(self, answer: Answer) -> Outcome:
        """What the answer means. Total: anything unreadable is a Retry."""
        ...

    def window(self, last_contact: datetime | None, now: datetime) -> Window:
        """May we write to somebody who wrote last at `last_contact`?"""
        ...
