"""Messages go through an outbox row and come back whole."""

from dataclasses import fields

import pytest

from bot.messages import Choice, Message, from_json, to_json

WHOLE = Message(
    "Chào bác",
    (Choice("Tiếp", "3.1"), Choice("Thôi", "3.2")),
    "a.png",
    "một bức vẽ",
    "https://a.vn",
    "a.mp3",
    (Choice("Đã rõ", "bulletin:7:clear"),),
    "to.pdf",
    "Tờ in",
    True,
)


@pytest.mark.parametrize("message", [WHOLE, Message("chỉ có lời"), Message("")], ids=repr)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert from_json(to_json(message)) == message


def test_every_field_is_kept() -> None:
    assert all(getattr(WHOLE, field.name) for field in fields(Message))


@pytest.mark.parametrize("text", ["", "[]", '{"text": "a", "nonsense": 1}', '{"choices": [1]}'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        from_json(text)
