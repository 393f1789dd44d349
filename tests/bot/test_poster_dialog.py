"""A poster of one's own code, from the wish to the sheet, and what becomes of the account."""

import pytest

from bot.effects import ForgetSaid
from bot.events import SeenCode, TimerRang
from bot.state import Scene
from lessons.schema import Book
from tests.bot.conversation import Chat, known
from tests.bot.seen_codes import LESSON, ORDER, OWN, seen


@pytest.fixture
def chat(book: Book) -> Chat:
    return known(book)


def test_ones_own_code_becomes_a_poster(chat: Chat) -> None:
    chat("làm tờ dán qr")
    assert "QR của tôi" in chat.said

    chat(OWN)
    assert "ACB, 2576 7885 9" in chat.said
    assert chat.choices == ["Đúng, làm tờ dán", "Không phải mã của tôi"]

    chat("đúng rồi")
    assert [message.picture for message in chat.messages] == ["poster-a5-abc-ticket.png", "poster-a6-abc-ticket.png"]
    assert chat.messages[0].document == "poster-abc-ticket.pdf"
    assert "thử chuyển 1.000 đ và đọc tên trước khi dán" in chat.said
    assert chat.state.ticket == ""
    assert chat.state.scene is Scene.MENU


def test_the_picture_of_a_code_alone_offers_the_poster(chat: Chat) -> None:
    assert chat(OWN).choices == ["Đúng, làm tờ dán", "Không phải mã của tôi"]
    assert "đọc **tên người nhận**" in chat("không phải").said
    assert chat.state.ticket == ""


def test_the_lesson_goes_on_after_the_poster(chat: Chat) -> None:
    before = chat(LESSON, "1").state

    chat("làm tờ dán qr", OWN, "1")

    assert (chat.state.scene, chat.state.standing) == (Scene.LESSON, before.standing)
    assert chat.choices


def test_in_a_lesson_a_code_is_not_taken_for_a_wish(chat: Chat) -> None:
    chat(LESSON, "1", OWN)

    assert chat.state.scene is Scene.LESSON


def test_a_number_that_is_typed_never_becomes_a_code(chat: Chat) -> None:
    chat("làm tờ dán qr", "số tài khoản 0123456789012 ngân hàng ACB")

    assert "không làm mã từ số gõ tay" in chat.said
    assert not any(message.picture for message in chat.messages)


def test_another_picture_is_asked_for(chat: Chat) -> None:
    chat("làm tờ dán qr", seen(SeenCode("link", "https://abc.top")))

    assert "không phải một mã nhận tiền" in chat.said
    assert chat.state.scene is Scene.POSTER


@pytest.mark.parametrize("way", ["menu", "bi lua roi", "quay lại", LESSON])
def test_the_ticket_goes_with_the_question(chat: Chat, way: str) -> None:
    chat(OWN, way)
    if chat.state.scene is Scene.FIRST_HOUR:
        chat("đủ rồi", "menu")

    assert chat.state.ticket == ""


@pytest.mark.parametrize("typed", ["stk 0123456789012 acb", "0912345678", "số tài khoản của bác là 0912345678"])
def test_no_number_becomes_a_code_while_a_picture_is_waited_for(chat: Chat, typed: str) -> None:
    chat("làm tờ dán qr", typed)

    assert "không làm mã từ số gõ tay" in chat.said
    assert chat.state.scene is Scene.POSTER


@pytest.mark.parametrize(
    "wish", ["lam to dan qr so tk 0123456789 acb", "làm mã qr cho số tài khoản 0123456789012 ngân hàng ACB"]
)
def test_a_number_in_the_wish_itself_is_refused_kindly(chat: Chat, wish: str) -> None:
    chat(wish)

    assert "không làm mã từ số gõ tay" in chat.said
    assert "lừa đảo" not in chat.said
    assert chat.state.scene is Scene.POSTER


def test_a_yes_to_the_poster_erases_nothing_that_was_asked_before(chat: Chat) -> None:
    chat("xóa dữ liệu", "làm tờ dán qr", OWN, "đúng rồi")

    assert chat.messages[0].picture == "poster-a5-abc-ticket.png"
    assert chat.state.scene is Scene.MENU
    assert "Xóa hết" not in chat.choices


def test_a_code_with_a_sum_is_offered_only_on_a_wish_and_with_a_warning(chat: Chat) -> None:
    fixed = seen(SeenCode("vietqr_transfer", ORDER), ticket="abc-ticket")

    chat(fixed)
    assert chat.state.scene is Scene.MENU

    chat("làm tờ dán qr", fixed)
    assert "180.000 đồng" in chat.said
    assert "ai quét cũng trả đúng bấy nhiêu" in chat.said


def test_after_two_hours_the_account_is_forgotten(chat: Chat) -> None:
    chat(OWN, TimerRang("poster"))

    assert any(isinstance(effect, ForgetSaid) for effect in chat.effects)
    assert (chat.state.ticket, chat.state.scene) == ("", Scene.MENU)


def test_the_account_that_is_read_aloud_is_marked_to_be_taken_back(chat: Chat) -> None:
    chat(OWN)

    assert [message.is_private for message in chat.messages if "2576" in message.text] == [True]
