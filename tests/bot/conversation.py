"""A small lesson, and somebody who types through it: what the tests of the conversation share."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

from bot.effects import Effect, Say
from bot.engine import step
from bot.events import (
    ButtonPressed,
    Event,
    TextSaid,
)
from bot.messages import Message
from bot.state import Scene, State, from_json, to_json
from lessons.schema import Book, Course, Edition, Lesson
from tests.conftest import NOW

STEPS = [
    {"id": "mo-dau", "say": "Chào {xung_ho}, mình học thử.", "simpler": "Học thử nhé {xung_ho}."},
    {
        "id": "may-gi",
        "ask": "Máy gì ạ?",
        "remember": "phone_os",
        "choices": [
            {"label": "Android", "also": ["samsung", "oppo"], "value": "android"},
            {"label": "iPhone", "value": "iphone"},
        ],
    },
    {"id": "kho-android", "do": "Mở CH Play.", "when": {"phone_os": "android"}, "stuck": [
        {"problem": "Không thấy CH Play", "also": ["mất ch play"], "help": "Vuốt từ dưới lên để tìm."}]},
    {"id": "kho-iphone", "do": "Mở App Store.", "when": {"phone_os": "iphone"}, "stuck": [
        {"problem": "Quên mật khẩu Apple", "help": "Nhờ con cháu giúp."}]},
    {
        "id": "do",
        "quiz": "Ai được hỏi mã?",
        "choices": [
            {"label": "Công an gọi điện", "feedback": "Dạ không, công an không hỏi mã."},
            {"label": "Không ai cả", "correct": True, "feedback": "Đúng rồi ạ."},
        ],
    },
]  # fmt: skip


def lesson(**changes: object) -> Lesson:
    fields = {
        "id": "hoc-thu",
        "course": "thu",
        "title": "Bài học thử",
        "minutes": 3,
        "owner": "Tổ",
        "checked_on": date(2026, 11, 22),
        "sources": ["thử"],
        "steps": STEPS,
    }
    return Lesson.model_validate(fields | changes)


def with_lesson(book: Book, *lessons: Lesson, version: str = "aaaaaaaaaaaa") -> Book:
    """The book with these lessons only; the same book for the same lessons, because a reader of it takes seconds."""
    return _with_lesson(book, tuple(one.model_dump_json() for one in lessons), version)


@cache
def _with_lesson(book: Book, written: tuple[str, ...], version: str) -> Book:
    lessons = [Lesson.model_validate_json(one) for one in written]
    editions = {one.id: Edition(lesson=one, version=version, file=f"{one.id}.yaml", text="") for one in lessons}
    course = Course("thu", "Khoá thử", "Thử cho biết.", tuple(editions))
    return replace(book, courses=(course,), current=editions, older={})


class Chat:
    """A resident typing; `said` is the last answer."""

    def __init__(self, book: Book, state: State | None = None) -> None:
        self.book = book
        self.state = state or State()
        self.now: datetime = NOW
        self.effects: tuple[Effect, ...] = ()

    def __call__(self, *events: str | Event) -> "Chat":
        for event in events:
            self.now += timedelta(seconds=10)
            turn = step(self.book, self.state, TextSaid(event) if isinstance(event, str) else event, self.now)
            self.state, self.effects = from_json(to_json(turn.state)), turn.effects
        return self

    @property
    def messages(self) -> list[Message]:
        return [effect.message for effect in self.effects if isinstance(effect, Say)]

    @property
    def said(self) -> str:
        return "\n".join(message.text for message in self.messages)

    @property
    def choices(self) -> list[str]:
        return [choice.label for choice in self.messages[-1].choices] if self.messages else []

    def press(self, number: int) -> "Chat":
        return self(ButtonPressed(self.messages[-1].choices[number - 1].value))

    @property
    def step(self) -> str | None:
        return self.state.standing.step if self.state.standing else None


def known(book: Book) -> Chat:
    """Somebody known to us, in front of the menu of this book."""
    return Chat(book, State(consent="given", scene=Scene.MENU, address="bác", last_seen=NOW))
