"""Everything that can come in to a conversation, whatever app it came through.

Knows no channel, no database and no address: who said it stands beside the event, never in it.
"""

from dataclasses import dataclass


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
    """A picture came; the picture itself is not fetched. `caption` may be empty."""

    caption: str = ""


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
