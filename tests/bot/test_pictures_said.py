"""What is said about a picture's QR codes, in a lesson and outside; the poster; what was pasted; the first hour."""

import pytest

from bot.effects import ConsentGiven, HandOff, LookAt, Record, Say
from bot.engine import step
from bot.events import (
    Joined,
    PictureRead,
    PictureSent,
    SeenCode,
    StaffReplied,
    TextSaid,
    TimerRang,
)
from bot.messages import to_json as message_json
from bot.state import Scene, State, to_json
from bot.vietqr import build
from lessons.schema import Book
from tests.bot.conversation import Chat
from tests.conftest import NOW

LESSON = "Kích hoạt VNeID mức 2"
ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
ORDER = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
VNPAY = (
    "00020101021126280010A0000007750110010531314453037045408210900005802VN5910CELLPHONES62600312CPSHN ONLINE"
    "0517021908061613127850705ONLHN0810CellphoneS63047685"
)
TRICK = "VCB: Tai khoan cua quy khach bi khoa, vao vcb-mokhoa-abc.vip de mo lai trong 2 gio"
URL = "https://photo-stal.zdn.vn/abc.jpg"


@pytest.fixture
def chat(book: Book) -> Chat:
    fields = {"consent": "given", "scene": Scene.MENU, "address": "bác", "last_seen": NOW}
    return Chat(book, State.model_validate(fields))


def seen(*codes: SeenCode, trouble: str = "", ticket: str = "") -> PictureRead:
    return PictureRead(codes, trouble, ticket)  # type: ignore[arg-type]


# The picture ----------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("event", [PictureSent(url=URL), seen(SeenCode("vietqr_transfer", ACB))], ids=["sent", "read"])
def test_before_the_consent_nothing_is_looked_at(book: Book, event: PictureSent | PictureRead) -> None:
    chat = Chat(book)

    chat(event)

    assert not any(isinstance(effect, LookAt) for effect in chat.effects)
    assert "Mưa Dầm" in chat.said


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


# The poster -----------------------------------------------------------------------------------------------

OWN = seen(SeenCode("vietqr_transfer", ACB), ticket="abc-ticket")


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


# What was pasted ------------------------------------------------------------------------------------------


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


def test_a_number_abroad_is_not_called_back(chat: Chat) -> None:
    assert "số nước ngoài" in chat("Có số +22466123456 gọi nhỡ tôi mấy lần, dặn gọi lại để nhận quà").said


# The first hour -------------------------------------------------------------------------------------------


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


def test_without_consent_the_steps_are_told_and_nothing_is_kept(book: Book) -> None:
    chat = Chat(book)

    chat(Joined(), "bị lừa rồi")

    assert "không chuyển thêm đồng nào" in chat.messages[0].text
    assert chat.state.scene is Scene.WELCOME


def test_a_timer_of_a_lesson_does_not_come_between(chat: Chat) -> None:
    chat(LESSON, "1", "bị lừa rồi", TimerRang("lesson"))

    assert not any(isinstance(effect, Say) for effect in chat.effects)
