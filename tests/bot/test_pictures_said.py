"""What is said about the QR codes of a picture, in a lesson and outside."""

import pytest

from bot.effects import HandOff, LookAt
from bot.events import Joined, PictureRead, PictureSent, SeenCode, StaffReplied
from bot.messages import to_json as message_json
from bot.state import Scene, to_json
from bot.vietqr import build
from lessons.schema import Book
from tests.bot.conversation import Chat, known, lesson, with_lesson
from tests.bot.seen_codes import ACB, LESSON, ORDER, OWN, TRICK, URL, VNPAY, seen


@pytest.fixture
def chat(book: Book) -> Chat:
    return known(book)


def test_a_picture_is_looked_at_before_anything_is_said(chat: Chat) -> None:
    chat(PictureSent(url=URL))

    assert chat.effects == (LookAt(URL),)


def test_a_caption_that_only_asks_to_look_waits_for_the_answer(chat: Chat) -> None:
    chat(PictureSent("xem giùm cái này với em", URL))

    assert chat.effects == (LookAt(URL),)


def test_a_message_that_stands_below_a_picture_is_checked_at_once(chat: Chat) -> None:
    chat(PictureSent(TRICK, URL))

    assert "rất giống lừa đảo" in chat.said


def test_a_picture_that_cannot_be_had_is_answered_with_words(chat: Chat) -> None:
    assert "không xem được" in chat(PictureSent()).said


@pytest.mark.parametrize(
    "event", [PictureSent(url=URL), PictureSent("ảnh này", URL), OWN], ids=["sent", "said", "read"]
)
@pytest.mark.parametrize(
    "before",
    [
        pytest.param((), id="unasked"),
        pytest.param((Joined(),), id="asked"),
        pytest.param((Joined(), "không"), id="refused"),
    ],
)
def test_before_the_consent_nothing_is_looked_at(
    book: Book, before: tuple[Joined | str, ...], event: PictureSent | PictureRead
) -> None:
    chat = Chat(book)(*before)

    chat(event)

    assert not any(isinstance(effect, LookAt) for effect in chat.effects)
    assert "2576" not in chat.said
    assert chat.state.scene is Scene.WELCOME
    assert chat.said


@pytest.mark.parametrize(
    "caption", ["cảm ơn em", "cái này có phải lừa đảo không", "em xem giúp tin này có phải lừa đảo không ạ", "dạ"]
)
def test_words_that_only_ask_to_look_make_no_second_talk(chat: Chat, caption: str) -> None:
    assert chat(PictureSent(caption, URL)).effects == (LookAt(URL),)


def test_a_number_below_a_picture_is_warned_of(chat: Chat) -> None:
    chat(PictureSent("otp 123456", URL))

    assert "đừng gửi cho ai" in chat.said
    assert LookAt(URL) in chat.effects


def test_a_wish_below_a_picture_of_ones_code_needs_no_words(chat: Chat) -> None:
    chat(PictureSent("lam to dan qr", URL))
    assert chat.effects == (LookAt(URL),)

    assert "ACB, 2576 7885 9" in chat(OWN).said


def test_the_words_below_a_proof_are_the_answer_and_the_proof_is_not_talked_about(book: Book) -> None:
    chat = known(with_lesson(book, lesson()))
    chat("bài học thử", "tiếp", "android")
    assert "Mở CH Play" in chat.said

    chat(PictureSent("xong rồi", URL))

    assert chat.step == "do"
    assert LookAt(URL) not in chat.effects


def test_a_picture_without_a_code_in_a_lesson_is_not_scolded(chat: Chat) -> None:
    before = chat(LESSON, "1").step

    chat(seen())

    assert "chụp gần hơn" not in chat.said
    assert "trả lời câu dưới đây" in chat.said
    assert chat.step == before
    assert chat.choices


def test_while_a_person_talks_no_picture_is_looked_at(chat: Chat) -> None:
    chat(StaffReplied())

    assert chat(PictureSent(url=URL)).effects == ()
    assert chat(seen()).effects == ()


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (seen(), "chưa thấy mã QR"),
        (seen(trouble="too_large"), "lớn quá"),
        (seen(trouble="broken"), "không mở được"),
        (seen(trouble="unreachable"), "gửi lại"),
        (seen(SeenCode("vietqr_transfer", ACB)), "ACB, …8859"),
        (seen(SeenCode("vietqr_transfer", ORDER)), "180.000 đồng"),
        (seen(SeenCode("vietqr_transfer", ORDER)), "thanh toan don hang"),
        (seen(SeenCode("emv_merchant", VNPAY)), "CELLPHONES"),
        (seen(SeenCode("citizen_card")), "thẻ căn cước"),
        (seen(SeenCode("broken", ACB[:-4] + "0000")), "đừng chuyển tiền"),
        (seen(SeenCode("link", "https://vcb-xacnhan-abc.top/x")), "mượn tên Vietcombank"),
        (seen(SeenCode("link", "https://tiemvangkimphat.com")), "chưa thấy dấu hiệu"),
        (seen(SeenCode("text", "xin chao ba con")), "không phải mã chuyển tiền"),
    ],
)
def test_each_kind_of_code_is_explained(chat: Chat, event: PictureRead, words: str) -> None:
    chat(event)

    assert words in chat.said
    assert all(len(message.text) <= 400 for message in chat.messages)
    assert "an toàn" not in chat.said


def test_two_codes_are_a_warning_by_themselves(chat: Chat) -> None:
    chat(seen(SeenCode("vietqr_transfer", ACB), SeenCode("vietqr_transfer", ORDER)))

    assert "2 mã QR" in chat.said
    assert "dán đè" in chat.said
    assert "ACB, …8859" in chat.said


def test_a_note_of_a_swindler_is_told(chat: Chat) -> None:
    chat(seen(SeenCode("vietqr_transfer", build("970416", "257678859", note="Con dang cap cuu chuyen gap 20 trieu"))))

    assert "giống lời kẻ gian" in chat.said


def test_in_a_lesson_the_question_is_asked_again(chat: Chat) -> None:
    before = chat(LESSON, "1").state

    chat(seen(SeenCode("link", "https://abc-nhanqua.top")))

    assert (chat.state.scene, chat.state.standing) == (before.scene, before.standing)
    assert chat.choices


def test_no_account_stays_in_the_state_or_is_said_in_full(chat: Chat) -> None:
    chat(seen(SeenCode("vietqr_transfer", ORDER)))

    assert "0011012345678" not in to_json(chat.state) + "".join(map(message_json, chat.messages))


@pytest.mark.parametrize("scene", [Scene.ERASE, Scene.ADDRESS])
def test_a_question_on_the_table_is_said_again_behind_what_the_code_holds(book: Book, scene: Scene) -> None:
    chat = known(book)
    chat.state = chat.state.model_copy(update={"scene": scene})

    chat(OWN)

    assert chat.state.scene is scene
    assert chat.messages[-1].text.endswith(("?", "lại được."))
    assert "ACB, …8859" in chat.messages[0].text


@pytest.mark.parametrize("caption", ["bị lừa rồi", "toi bi lua roi em oi"])
def test_a_cry_for_help_below_a_picture_is_heard(chat: Chat, caption: str) -> None:
    chat(PictureSent(caption, URL))

    assert "không chuyển thêm đồng nào" in chat.messages[0].text
    assert LookAt(URL) in chat.effects


def test_a_cry_for_help_below_a_picture_is_heard_while_a_person_talks(chat: Chat) -> None:
    chat(StaffReplied(), PictureSent("bị lừa rồi", URL))

    assert any(isinstance(effect, HandOff) and effect.urgent for effect in chat.effects)
    assert LookAt(URL) not in chat.effects
