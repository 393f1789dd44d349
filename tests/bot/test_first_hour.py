"""Who was swindled is led through the first hour, wherever he stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.effects import ConsentGiven, HandOff, Record, Say
from bot.events import ButtonPressed, DataWithdrawn, Event, Joined, PictureSent, StaffReplied, TimerRang, VoiceSent
from bot.state import Scene
from lessons.schema import Book
from tests.bot.conversation import Chat, known
from tests.bot.seen_codes import LESSON, OWN, TRICK, URL


@pytest.fixture
def chat(book: Book) -> Chat:
    return known(book)


@pytest.mark.parametrize("scene", list(Scene))
@pytest.mark.parametrize("words", ["bị lừa rồi", "bi lua roi em oi", "tui bi lua mat tien roi"])
def test_who_is_robbed_is_told_at_once_wherever_he_stands(chat: Chat, scene: Scene, words: str) -> None:
    chat(LESSON, "1")
    chat.state = chat.state.model_copy(update={"scene": scene, "interrupted": Scene.LESSON})

    chat(words)

    assert "không chuyển thêm đồng nào" in chat.messages[0].text
    assert any(isinstance(effect, HandOff) and effect.urgent for effect in chat.effects)
    assert Record("scam_reported") in chat.effects


def test_a_secret_in_the_cry_for_help_is_hidden_and_not_preached_about(chat: Chat) -> None:
    chat("bị lừa rồi em ơi, lỡ đọc mã otp 123456 cho nó rồi")

    assert "không chuyển thêm đồng nào" in chat.messages[0].text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("lỡ chuyển tiền", "tra soát"),
        ("2", "đổi mật khẩu"),
        ("cài app", "chế độ máy bay"),
        ("mất zalo", "khóa SIM"),
        ("đang bị dọa", "giấy mời"),
    ],
)
def test_the_steps_are_told_by_what_happened(chat: Chat, said: str, words: str) -> None:
    chat("bị lừa rồi", said)

    assert words in chat.said
    assert chat.state.scene is Scene.FIRST_HOUR
    assert all(len(message.text) <= 400 for message in chat.messages)


def test_the_path_leads_back_to_the_lesson(chat: Chat) -> None:
    before = chat(LESSON, "1").state

    chat("bị lừa rồi", "lỡ chuyển tiền", "đủ rồi")

    assert (chat.state.scene, chat.state.standing) == (Scene.LESSON, before.standing)
    assert chat.choices


UNAGREED = [
    pytest.param((), id="unasked"),
    pytest.param((Joined(),), id="asked"),
    pytest.param((Joined(), "không"), id="refused"),
]


@pytest.mark.parametrize("before", UNAGREED)
def test_without_consent_the_path_is_the_same_and_nothing_is_kept(book: Book, before: tuple[Joined | str, ...]) -> None:
    chat = Chat(book)(*before)
    consent = chat.state.consent

    chat("bị lừa rồi")
    assert "không chuyển thêm đồng nào" in chat.messages[0].text
    assert chat.choices[0] == "Lỡ chuyển tiền"

    chat.press(1)
    assert "tra soát" in chat.said
    chat("2")
    assert "đổi mật khẩu" in chat.said
    assert chat.state.consent == consent
    kept = chat.state.model_dump(exclude_defaults=True).keys()
    assert kept <= {"consent", "scene", "interrupted", "question", "human"}


@pytest.mark.parametrize("said", ["dạ", "được", "ok", "cảm ơn em", "nó lấy hết tiền bán lúa", "tiếp", "xin chào"])
@pytest.mark.parametrize("before", UNAGREED)
def test_nothing_that_is_said_on_the_path_is_a_consent(book: Book, before: tuple[Joined | str, ...], said: str) -> None:
    chat = Chat(book)(*before)
    consent = chat.state.consent

    chat("bị lừa rồi", said)

    assert not any(isinstance(effect, ConsentGiven) for effect in chat.effects)
    if chat.state.scene is Scene.FIRST_HOUR:
        assert chat.state.consent == consent


def test_behind_the_path_the_notice_comes(book: Book) -> None:
    chat = Chat(book)("bị lừa rồi")
    assert "ghi lại" not in chat.said

    chat("đủ rồi")

    assert (chat.state.consent, chat.state.scene) == ("asked", Scene.WELCOME)
    assert "180 ngày" in chat.said
    assert chat.choices == ["Đồng ý", "Không đồng ý", "Nói rõ hơn"]


@pytest.mark.parametrize(
    "event", [VoiceSent(), PictureSent(url=URL), TRICK, "otp 123456"], ids=["voice", "photo", "trick", "otp"]
)
def test_what_comes_between_does_not_end_the_path_of_who_has_not_agreed(book: Book, event: Event | str) -> None:
    chat = Chat(book)("bị lừa rồi", event)

    assert chat.state.scene is Scene.FIRST_HOUR
    assert chat.choices[0] == "Lỡ chuyển tiền"


def test_a_button_of_the_path_is_no_consent_once_everything_is_erased(book: Book) -> None:
    chat = Chat(book)("bị lừa rồi")
    button = chat.messages[-1].choices[0].value

    chat(DataWithdrawn(), ButtonPressed(button))

    assert chat.state.consent == "asked"


def test_who_wants_something_else_has_left_the_path(book: Book) -> None:
    chat = Chat(book)("bị lừa rồi", "menu")

    assert (chat.state.consent, chat.state.scene) == ("asked", Scene.WELCOME)


def test_a_timer_of_a_lesson_does_not_come_between(chat: Chat) -> None:
    chat(LESSON, "1", "bị lừa rồi", TimerRang("lesson"))

    assert not any(isinstance(effect, Say) for effect in chat.effects)


def test_at_the_end_the_lesson_about_it_is_offered(chat: Chat) -> None:
    chat("bị lừa rồi", "lỡ chuyển tiền", "đủ rồi")
    assert chat.choices[0] == "Học bài: Giờ đầu, việc phải làm ngay"

    assert chat.press(1).state.standing is not None


def test_after_weeks_of_silence_nothing_comes_before_it(chat: Chat) -> None:
    chat(LESSON, "1")
    chat.now += timedelta(days=40)

    chat("bi lua roi")

    assert "không chuyển thêm đồng nào" in chat.messages[0].text


def test_while_a_person_talks_it_is_said_and_told_again(chat: Chat) -> None:
    chat(StaffReplied(), "bị lừa rồi")

    assert "không chuyển thêm đồng nào" in chat.messages[0].text
    assert any(isinstance(effect, HandOff) and effect.urgent for effect in chat.effects)
    assert not chat.choices


def test_while_a_picture_is_looked_at_it_is_said_at_once(chat: Chat) -> None:
    chat(PictureSent(url=URL), "bị lừa rồi")
    assert "không chuyển thêm đồng nào" in chat.messages[0].text

    assert chat(OWN).choices[0] == "Lỡ chuyển tiền"


def test_a_lesson_that_was_edited_meanwhile_does_not_come_before_it(chat: Chat) -> None:
    chat(LESSON, "1")
    chat.book = replace(
        chat.book, current={k: v for k, v in chat.book.current.items() if k != chat.state.standing.lesson}
    )

    chat("bị lừa rồi")

    assert "không chuyển thêm đồng nào" in chat.messages[0].text


def test_a_wish_to_erase_lapses_so_that_no_evidence_is_lost(chat: Chat) -> None:
    chat("xóa dữ liệu", "bị lừa rồi", "đủ rồi")

    assert "Xóa hết" not in chat.choices
