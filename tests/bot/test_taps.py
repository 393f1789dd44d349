"""Buttons of a bulletin: taken at any time, whatever lesson is under way; and a member's code."""

import pytest

from bot.effects import BulletinRead, Say, TieChat
from bot.events import ButtonPressed, StaffReplied
from bot.messages import Choice, Message, from_json, message_of, to_json
from bot.state import Scene, State
from lessons.schema import Book
from tests.bot.conversation import Chat
from tests.conftest import NOW

LESSON = "Kích hoạt VNeID mức 2"


@pytest.fixture
def reader(book: Book) -> Chat:
    fields = {"consent": "given", "scene": Scene.MENU, "address": "bác", "last_seen": NOW, "place": "31687"}
    return Chat(book, State.model_validate(fields))


@pytest.mark.parametrize("verdict", ["clear", "unclear", "question"])
@pytest.mark.parametrize("is_learning", [False, True], ids=["alone", "in a lesson"])
def test_a_tap_names_its_bulletin_and_moves_nothing(reader: Chat, verdict: str, is_learning: bool) -> None:
    if is_learning:
        reader(LESSON, "1")
    before = reader.state

    reader(ButtonPressed(f"bulletin:7:{verdict}"))

    assert [one for one in reader.effects if isinstance(one, BulletinRead)] == [BulletinRead(verdict, 7)]
    assert (reader.state.scene, reader.state.standing) == (before.scene, before.standing)
    assert len(reader.messages) == 1


def test_a_tap_says_what_the_words_say(reader: Chat) -> None:
    typed = reader("tin rõ").messages

    assert reader(ButtonPressed("bulletin:7:clear")).messages == typed


def test_a_second_tap_is_as_good_as_the_first(reader: Chat) -> None:
    for verdict in ("clear", "clear", "unclear"):
        reader(ButtonPressed(f"bulletin:7:{verdict}"))

    assert [one for one in reader.effects if isinstance(one, BulletinRead)] == [BulletinRead("unclear", 7)]


def test_while_a_person_talks_the_bot_is_silent_and_the_author_still_knows(reader: Chat) -> None:
    reader(StaffReplied())

    reader(ButtonPressed("bulletin:7:unclear"))

    assert reader.effects == (BulletinRead("unclear", 7),)


@pytest.mark.parametrize(
    "value",
    ["bulletin:7:nonsense", "bulletin::clear", "bulletin:-1:clear", "bulletin:12345678901:clear", "bulletin:７:clear"],
)
def test_a_button_that_is_none_of_ours_is_answered_kindly(reader: Chat, value: str) -> None:
    reader(ButtonPressed(value))

    assert not any(isinstance(effect, BulletinRead) for effect in reader.effects)
    assert "câu trước" in reader.messages[0].text


def test_before_the_consent_a_tap_is_a_first_contact(book: Book) -> None:
    chat = Chat(book, State())

    chat(ButtonPressed("bulletin:7:clear"))

    assert not any(isinstance(effect, BulletinRead) for effect in chat.effects)
    assert chat.messages


def test_a_tap_is_heard_where_the_lesson_was_edited_away(reader: Chat) -> None:
    reader(LESSON, "1")
    gone = reader.state.standing.model_copy(update={"lesson": "bai-khong-con", "version": "x"})
    reader.state = reader.state.model_copy(update={"standing": gone})

    reader(ButtonPressed("bulletin:7:clear"))

    assert BulletinRead("clear", 7) in reader.effects


def test_taps_go_through_json_and_old_rows_without_them_are_read() -> None:
    message = Message("Mưa.", taps=(Choice("Đã rõ", "bulletin:7:clear"),))

    assert from_json(to_json(message)) == message
    assert from_json('{"text": "Mưa."}').taps == ()
    assert message_of('{"text": "Đính chính."}', to_json(message)).taps == message.taps


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NOI KHBTMR", "KHBTMR"),
        ("nối khbtmr", "KHBTMR"),
        ("Nối: K H B T M R", "KHBTMR"),
        ("  noi   khbtmr. ", "KHBTMR"),
    ],
)
@pytest.mark.parametrize("consent", ["unasked", "given"])
def test_a_members_code_ties_the_chat(book: Book, text: str, code: str, consent: str) -> None:
    chat = Chat(book, State.model_validate({"consent": consent}))
    before = chat.state

    chat(text)

    assert [one.code for one in chat.effects if isinstance(one, TieChat)] == [code]
    assert chat.state.standing == before.standing
    assert not any(isinstance(effect, Say) for effect in chat.effects)


@pytest.mark.parametrize(
    "text",
    ["nói khó", "nói chuyện với người", "noi KHBTM", "noi KHBTMRX", "nói vs ck mk", "nơi ở xã Tài Văn", "KHBTMR"],
)
def test_other_words_are_no_code(reader: Chat, text: str) -> None:
    reader(text)

    assert not any(isinstance(effect, TieChat) for effect in reader.effects)
