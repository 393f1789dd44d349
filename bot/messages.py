"""What can go out to a resident, in no channel's terms, and its form in an outbox row."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggested answer. `label` is what people read and may type; `value` is what a button sends back."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """One bubble: NFC text (with **bold** as the only mark-up), numbered choices, at most one picture.

    `picture` and `audio` are file names under lessons/media; `picture_alt` says in words what the
    picture shows; `link` is a full https address of the official list.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    picture: str | None = None
    picture_alt: str = ""
    link: str | None = None
    audio: str | None = None


def to_json(message: Message) -> str:
    """One line of JSON without the fields that are empty."""
    fields: dict[str, Any] = {
        "text": message.text,
        "choices": [{"label": choice.label, "value": choice.value} for choice in message.choices],
        "picture": message.picture,
        "picture_alt": message.picture_alt,
        "link": message.link,
        "audio": message.audio,
    }
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


def from_json(text: str) -> Message:
    """The message of `to_json`. Raises ValueError or TypeError on anything else."""
    fields: dict[str, Any] = json.loads(text)
    fields.setdefault("text", "")
    fields["choices"] = tuple(Choice(**choice) for choice in fields.get("choices", ()))
    return Message(**fields)
