"""What was pasted to be checked, and whether editors may read it."""

import pytest

from bot.effects import ConsentGiven
from bot.engine import step
from bot.events import PictureSent, TextSaid
from bot.state import Scene
from lessons.schema import Book
from tests.bot.conversation import Chat, known
from tests.bot.seen_codes import LESSON, TRICK, URL
from tests.conftest import NOW


@pytest.fixture
def chat(book: Book) -> Chat:
    return known(book)


def test_who_pastes_is_asked_once_whether_editors_may_read_it(chat: Chat) -> None:
    chat(TRICK)
    assert "rất giống lừa đảo" in chat.said
    assert chat.choices == ["Được", "Không"]

    chat("được")
    assert ConsentGiven(True, chat.book.phrases.notice_version, "samples") in chat.effects
    assert chat.state.samples == "given"

    assert "Được" not in chat(TRICK).choices


def test_the_consent_is_taken_back_by_words(chat: Chat) -> None:
    chat(TRICK, "được", "đừng dùng tin của tôi")

    assert ConsentGiven(False, chat.book.phrases.notice_version, "samples") in chat.effects
    assert chat.state.samples == "refused"


def test_in_a_lesson_nothing_is_asked_and_the_lesson_goes_on(chat: Chat) -> None:
    before = chat(LESSON, "1").state

    chat(TRICK)

    assert "rất giống lừa đảo" in chat.said
    assert (chat.state.scene, chat.state.standing, chat.state.samples) == (before.scene, before.standing, "unasked")


def test_what_was_pasted_is_known_as_such(chat: Chat) -> None:
    turn = step(chat.book, chat.state, TextSaid(TRICK), NOW)
    assert (turn.heard, turn.is_pasted) == (TRICK, True)

    turn = step(chat.book, chat.state, TextSaid("bác muốn học vneid"), NOW)
    assert turn.is_pasted is False


def test_a_number_tells_nothing_of_who_stands_behind_it(chat: Chat) -> None:
    assert "không biết được là của ai" in chat("số 0912345678 có phải lừa đảo không").said


@pytest.mark.parametrize("number", ["02466889999", "024 6688 9999", "1900 6688"])
def test_a_number_of_an_office_tells_no_more(chat: Chat, number: str) -> None:
    before = chat(LESSON, "1").step

    chat(f"số {number} gọi hoài có phải lừa đảo không")

    assert "không biết được là của ai" in chat.messages[0].text
    assert len(chat.messages) > 1
    assert chat.step == before


def test_a_number_abroad_is_not_called_back(chat: Chat) -> None:
    assert "số nước ngoài" in chat("Có số +22466123456 gọi nhỡ tôi mấy lần, dặn gọi lại để nhận quà").said


@pytest.mark.parametrize("between", ["menu", "Quên mật khẩu VNeID thì lấy lại được không?", "bài học vneid"])
def test_no_answer_is_no_consent_and_is_not_asked_again(chat: Chat, between: str) -> None:
    chat(TRICK, between, "menu", TRICK)

    assert "rất giống lừa đảo" in chat.said
    assert "Được" not in chat.choices
    assert chat.state.samples == "asked"


@pytest.mark.parametrize("words", ["đừng dùng tin của tôi", "dung dung tin cua toi"])
def test_the_question_itself_is_refused_by_the_words_that_take_back(chat: Chat, words: str) -> None:
    chat(TRICK, words)

    assert chat.state.samples == "refused"
    assert "Được" not in chat.choices


@pytest.mark.parametrize(("words", "kept"), [("được", "đã cho tổ dùng"), ("không", "không cho tổ dùng")])
def test_ones_own_data_name_who_may_read_what_was_pasted(chat: Chat, words: str, kept: str) -> None:
    assert kept in chat(TRICK, words, "dữ liệu của tôi").said


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TRICK, id="like-a-scam"),
        pytest.param("https://vneid-gov.xyz/abc", id="link"),
        pytest.param(
            "kiểm tra giúp tin này: Trạm y tế xã thông báo lịch tiêm chủng ngày 25/11 cho trẻ em", id="introduced"
        ),
        pytest.param(
            "kiem tra tin nay giup toi tram y te thong bao tiem chung ngay 25 cho tre em duoi 5 tuoi",
            id="in-the-request",
        ),
    ],
)
def test_whatever_is_checked_is_kept_as_what_was_pasted(chat: Chat, text: str) -> None:
    assert step(chat.book, chat.state, TextSaid(text), NOW).is_pasted


def test_a_caption_that_is_checked_is_kept_as_what_was_pasted(chat: Chat) -> None:
    assert step(chat.book, chat.state, PictureSent(TRICK, URL), NOW).is_pasted


def test_a_verdict_is_short_enough_to_be_read(chat: Chat) -> None:
    chat(TRICK)

    assert len(chat.messages[0].text) <= 400


def test_a_question_about_an_account_is_no_slip_of_the_tongue(chat: Chat) -> None:
    chat("stk 0123456789012 vietcombank có phải lừa đảo không")

    assert "không biết được là của ai" in chat.said
    assert "đừng gửi cho ai" not in chat.said


@pytest.mark.parametrize("scene", [Scene.ERASE, Scene.ADDRESS])
def test_behind_another_question_nothing_more_is_asked(chat: Chat, scene: Scene) -> None:
    chat.state = chat.state.model_copy(update={"scene": scene})

    chat(TRICK)

    assert (chat.state.scene, chat.state.samples) == (scene, "unasked")
