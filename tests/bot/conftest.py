"""Somebody known to us, in front of the menu, and the same person in the small lesson."""

import pytest

from bot.state import Scene, State
from lessons.schema import Book
from tests.bot.conversation import Chat, lesson, with_lesson
from tests.conftest import NOW


@pytest.fixture
def chat(book: Book) -> Chat:
    """Somebody known to us, in front of the menu."""
    known = State(consent="given", scene=Scene.MENU, address="cô", last_seen=NOW)
    return Chat(with_lesson(book, lesson()), known)


@pytest.fixture
def learning(chat: Chat) -> Chat:
    return chat("bài học thử")
