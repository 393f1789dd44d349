"""What can go out to a resident, in no channel's terms, and its form in an outbox row."""

import json
from dataclasses import dataclass, replace
from typing import Any

#: The field by which a row of the outbox is known to hold something private.
PRIVATE = "is_private"


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggested answer. `label` is what people read and may type; `value` is what a button sends back."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """One bubble: NFC text (with **bold** as the only mark-up), numbered choices, at most one picture.

    `taps` are quick answers that are buttons or nothing: they have no number, since "1" answers the lesson under way.

    `picture` and `audio` are file names under lessons/media; `picture_alt` says in words what the
    picture shows; `link` is a full https address of the official list. `document` is a file under /media to keep and
    to print, `document_label` what it is called. What `is_private` is not kept longer than it is needed
    (effects.ForgetSaid).
    """

    text: str
    choices: tuple[Choice, ...] = ()
    picture: str | None = None
    picture_alt: str = ""
    link: str | None = None
    audio: str | None = None
    taps: tuple[Choice, ...] = ()
    document: str | None = None
    document_label: str = ""
    is_private: bool = False


def to_json(message: Message) -> str:
    """One line of JSON without the fields that are empty."""
    fields: dict[str, Any] = {
        "text": message.text,
        "choices": _plain(message.choices),
        "taps": _plain(message.taps),
        "picture": message.picture,
        "picture_alt": message.picture_alt,
        "link": message.link,
        "audio": message.audio,
        "document": message.document,
        "document_label": message.document_label,
        PRIVATE: message.is_private,
    }
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


def message_of(payload: str, bulletin: str | None) -> Message:
    """The message of a row of the outbox: its own, or that of its bulletin behind its own as an opening.

    Raises what from_json raises.
    """
    if bulletin is None:
        return from_json(payload)
    message = from_json(bulletin)
    opening = from_json(payload).text if payload else ""
    return replace(message, text=f"{opening}\n\n{message.text}") if opening else message


def from_json(text: str) -> Message:
    """The message of `to_json`. Raises ValueError or TypeError on anything else."""
    fields: dict[str, Any] = json.loads(text)
    fields.setdefault("text", "")
    for name in ("choices", "taps"):
        fields[name] = tuple(Choice(**choice) for choice in fields.get(name, ()))
    return Message(**fields)


def _plain(choices: tuple[Choice, ...]) -> list[dict[str, str]]:
    return [{"label": choice.label, "value": choice.value} for choice in choices]
