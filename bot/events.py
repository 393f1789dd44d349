"""Everything that can come in to a conversation, whatever app it came through.

Knows no channel, no database and no address: who said it stands beside the event, never in it.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class TextSaid:
    """Words typed by the resident, as received (not folded, not masked, any length)."""

    text: str


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A suggested answer of ours was pressed. `value` is the Choice.value that we sent with it."""

    value: str


@dataclass(frozen=True, slots=True)
class PictureSent:
    """A picture came. `url` is where the platform keeps it, empty where that is not told; `caption` may be empty."""

    caption: str = ""
    url: str = field(default="", repr=False)


#: What a QR code holds: an order to transfer money, a code of a shop or of a bill, an address of the web, an
#: identity card (whose words are never passed on), any other words, or an order for money that does not hold together.
CodeKind = Literal["vietqr_transfer", "emv_merchant", "link", "citizen_card", "text", "broken"]


@dataclass(frozen=True, slots=True)
class SeenCode:
    """One QR code of a picture. `text` is what it holds, empty for an identity card."""

    kind: CodeKind
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PictureRead:
    """A picture was looked at for QR codes; the picture itself is gone.

    `trouble` tells why it could not be: more pixels or bytes than are looked at, no picture or a broken one, not to be
    had from the platform. `ticket` is there when it shows one good order to transfer money, and nothing else: a
    poster can be drawn from it for a short time (qr/tickets.py).
    """

    codes: tuple[SeenCode, ...] = ()
    trouble: Literal["", "too_large", "broken", "unreachable"] = ""
    ticket: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class VoiceSent:
    """A voice note or a call; we cannot listen to it."""


@dataclass(frozen=True, slots=True)
class PlaceShared:
    """A position in degrees (WGS 84). It is never stored."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Joined:
    """The resident followed the account or opened the chat for the first time."""


@dataclass(frozen=True, slots=True)
class Left:
    """The resident unfollowed or blocked the account: nothing more may be sent."""


@dataclass(frozen=True, slots=True)
class TimerRang:
    """A reminder that the conversation asked for is due. `name` is the Remind.name of that time."""

    name: str


@dataclass(frozen=True, slots=True)
class StaffReplied:
    """A team member wrote to this resident (from our pages or in the platform's own console)."""


@dataclass(frozen=True, slots=True)
class StaffReleased:
    """The team member gave the conversation back to the bot."""


@dataclass(frozen=True, slots=True)
class DataWithdrawn:
    """The platform passes on the resident's demand to erase everything about him."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something we cannot read; `kind` is our word for it: sticker, video, file, contact, other."""

    kind: str


Event = (
    TextSaid
    | ButtonPressed
    | PictureSent
    | PictureRead
    | VoiceSent
    | PlaceShared
    | Joined
    | Left
    | TimerRang
    | StaffReplied
    | StaffReleased
    | DataWithdrawn
    | Unsupported
)
