"""Who asked for short words is never sent more than 160 characters at once, whatever he does."""

import random

import pytest

from bot import answers, pasting
from bot.engine import step
from bot.events import TextSaid
from bot.messages import Message
from bot.speaking import Talk
from bot.state import Scene, State
from lessons.schema import Book
from lessons.sentences import BUBBLE_CHARS, FIRST_CONTACT, Sentences, bubbles
from tests.bot.conversation import Chat
from tests.conftest import NOW, ROOT

LESSONS = sorted(
    path.stem for path in (ROOT / "lessons/library").glob("*.yaml") if not path.stem.endswith(".transcripts")
)
#: What a resident types besides the answers; at a "chưa hiểu" he would be told the full words, as he then needs.
STRAYS = (
    "quay lại", "nhắc lại", "gặp người", "bị lừa rồi", "menu", "asdf", "otp là 123456", "học tiếp", "nghỉ",
)  # fmt: skip


def short(**changes: object) -> State:
    fields = {"consent": "given", "scene": Scene.MENU, "address": "bà con", "short_words": True, "last_seen": NOW}
    return State.model_validate(fields | changes)


def said(talk: Talk) -> list[Message]:
    return [draft.message for draft in talk.drafts]


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_every_bubble_of_a_lesson_is_short(book: Book, lesson_id: str) -> None:
    for seed in range(4):
        chance = random.Random(f"{lesson_id} {seed}")
        chat = Chat(book, short())
        chat(book.current[lesson_id].lesson.title)
        for _ in range(60):
            assert max(len(one.text) for one in chat.messages) <= BUBBLE_CHARS, chat.said
            choices = chat.messages[-1].choices
            is_answer = choices and chance.random() < 0.8
            chat(str(chance.randint(1, len(choices))) if is_answer else chance.choice(STRAYS))
            if lesson_id in chat.state.finished:
                break


@pytest.mark.parametrize("scene", [Scene.MENU, Scene.LESSON], ids=["alone", "in a lesson"])
def test_every_answer_is_short(book: Book, scene: Scene) -> None:
    state = short()
    if scene is Scene.LESSON:
        state = step(book, state, TextSaid("Nhận ra bốn điều lừa đảo"), NOW).state
    for question in (one for listed in book.faq for one in listed.questions):
        talk = Talk(book, state, NOW)

        answers.answer(talk, question.id)

        assert max(len(one.text) for one in said(talk)) <= BUBBLE_CHARS, question.id
        assert question.recheck == any("hay đổi" in one.text for one in said(talk)), question.id


def test_every_verdict_is_short(book: Book) -> None:
    assert book.signs is not None
    for sign in book.signs.signs:
        talk = Talk(book, short(), NOW, heard=f"{sign.words[0].replace('<', '').replace('>', '')}. " + "Chào bác. " * 3)

        pasting.check_message(talk)

        assert max(len(one.text) for one in said(talk)) <= BUBBLE_CHARS, sign.id
        assert len(said(talk)) <= 3  # the last asks whether editors may read it


@pytest.mark.parametrize("name", sorted(set(Sentences.model_fields) - FIRST_CONTACT))
def test_short_form_says_what_the_sentence_asks_to_type(book: Book, name: str) -> None:
    """A way out that is shortened away would be no way out."""
    whole, brief = getattr(book.phrases.say, name), book.phrases.say_short.get(name)
    if brief is None:
        return
    for word in ("BỊ LỪA", "XÓA DỮ LIỆU", "GẶP NGƯỜI", "DỪNG"):
        if name != "help":  # its list is shortened on purpose; every word of it works all the same
            assert (word in whole) == (word in brief), word
    assert len(bubbles(brief)) <= 3
