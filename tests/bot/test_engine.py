"""The conversation, scene by scene, with a small lesson of its own and the real fixed sentences."""

import pytest

from bot import effects as asked
from bot.effects import HandOff
from bot.events import ButtonPressed, Event, Joined, PictureSent
from bot.state import Scene, State
from lessons.schema import Book
from tests.bot.conversation import Chat, lesson, with_lesson
from tests.conftest import NOW

# First contact --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["hi", Joined(), "kich hoat vneid", PictureSent(), "", "😀"], ids=str)
def test_the_first_contact_is_the_notice_whatever_was_said(book: Book, first: str | Event) -> None:
    chat = Chat(book)(first)

    assert len(chat.messages) == 2
    assert "OTP" in chat.said
    assert "XÓA DỮ LIỆU" in chat.said
    assert chat.state.consent == "asked"
    assert chat.choices[:2] == ["Đồng ý", "Không đồng ý"]


@pytest.mark.parametrize("answer", ["1", "đồng ý", "dong y", "ok em", "dạ", "ừ", "có"])
def test_agreeing_is_recorded_with_the_notice_it_was_for(book: Book, answer: str) -> None:
    chat = Chat(book)("hi", answer)

    assert asked.ConsentGiven(granted=True, notice_version=book.phrases.notice_version) in chat.effects
    assert chat.state.scene is Scene.ADDRESS


@pytest.mark.parametrize("answer", ["2", "không", "khong dong y", "dừng"])
def test_refusing_keeps_nothing_and_names_help_that_needs_no_consent(book: Book, answer: str) -> None:
    chat = Chat(book)("hi", answer)

    assert chat.state.consent == "refused"
    assert book.place_facts.fact("to_cong_nghe", None) in chat.said
    chat("kich hoat vneid")
    assert chat.state.consent == "refused"
    assert chat.messages
    chat("đồng ý")
    assert chat.state.consent == "given"


@pytest.mark.parametrize("said", ["sao phai dong y", "tiep", "ghi gi vay"])
def test_what_is_no_consent_is_not_taken_for_one(book: Book, said: str) -> None:
    assert Chat(book)("hi", said).state.consent == "asked"


@pytest.mark.parametrize(("said", "form"), [("bac ba", "bác"), ("bà ba", "bà"), ("ong noi", "ông"), ("co tu", "cô")])
def test_a_form_of_address_may_be_given_with_ones_own_name(book: Book, said: str, form: str) -> None:
    assert Chat(book)("hi", "1", said).state.address == form


def test_the_address_is_asked_once_and_kept(book: Book) -> None:
    chat = Chat(book)("hi", "1", "chú")

    assert chat.state.address == "chú"
    assert "chú" in chat.said
    assert chat.state.scene is Scene.MENU


def test_somebody_being_scammed_is_helped_before_the_notice(book: Book) -> None:
    chat = Chat(book)("bi lua mat tien roi")

    assert any(isinstance(effect, HandOff) and effect.urgent for effect in chat.effects)
    assert "113" in chat.said
    assert "180 ngày" not in chat.said
    assert "180 ngày" in chat("đủ rồi").said
    assert chat.state.consent == "asked"


# A lesson -------------------------------------------------------------------------------------------------


def test_the_straight_way_through_a_lesson(learning: Chat) -> None:
    assert learning.step == "mo-dau"
    assert "Chào cô" in learning.said
    learning("tiep")
    assert learning.choices == ["Android", "iPhone"]
    learning("samsung")
    assert (learning.step, learning.state.memory) == ("kho-android", {"phone_os": "android"})
    learning("xong roi")
    assert learning.step == "do"
    learning("b")
    assert learning.state.finished == {"hoc-thu": "2026-11-22"}
    assert learning.state.scene is Scene.FINISHED
    assert "Khoá thử" in learning.said


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("2", "kho-iphone"), ("cau 2", "kho-iphone"), ("iphone", "kho-iphone"), ("Oppo", "kho-android")],
)
def test_an_answer_may_be_a_number_a_label_or_another_word_for_it(learning: Chat, answer: str, expected: str) -> None:
    assert learning("1", answer).step == expected


def test_a_wrong_answer_is_explained_and_asked_again_and_then_told(learning: Chat) -> None:
    learning("1", "2", "xong", "1")
    assert "công an không hỏi mã" in learning.said
    assert learning.step == "do"

    learning("1")

    assert "Không ai cả" in learning.said
    assert "hoc-thu" in learning.state.finished


def test_a_trouble_is_helped_and_the_task_said_again(learning: Chat) -> None:
    learning("1", "1", "chưa được")
    assert learning.choices[0] == "Không thấy CH Play"

    learning("1")

    assert "Vuốt từ dưới lên" in learning.said
    assert "Mở CH Play" in learning.said
    assert learning.step == "kho-android"
    assert learning("xong").step == "do"


def test_a_trouble_may_be_named_at_once(learning: Chat) -> None:
    learning("1", "1", "mat ch play roi")

    assert "Vuốt từ dưới lên" in learning.said


def test_a_task_may_be_left_for_later_at_once(learning: Chat) -> None:
    assert learning("tiếp", "samsung", "để sau").step == "do"


def test_a_trouble_that_nobody_knows_asks_for_a_person_and_blocks_nothing(learning: Chat) -> None:
    learning("1", "1", "chưa", "chuyện khác")

    assert HandOff("stuck", "hoc-thu", "kho-android") in learning.effects
    assert learning("để sau").step == "do"


def test_simpler_words_for_who_does_not_understand(learning: Chat) -> None:
    assert "Học thử nhé cô" in learning("khong hieu").said
    assert learning.step == "mo-dau"


def test_back_undoes_one_step_with_its_answer(learning: Chat) -> None:
    learning("1", "iphone")

    learning("quay lai")

    assert (learning.step, learning.state.memory) == ("may-gi", {})
    assert learning("quay lại").step == "mo-dau"
    assert learning("quay lại").step == "mo-dau"
    assert learning.messages


def test_an_answer_that_is_known_is_not_asked_again(book: Book) -> None:
    known = State(consent="given", scene=Scene.MENU, memory={"phone_os": "iphone"}, last_seen=NOW)
    chat = Chat(with_lesson(book, lesson()), known)("bài học thử", "1")

    assert chat.step == "kho-iphone"


def test_starting_again_asks_anew_what_the_lesson_had_asked(learning: Chat) -> None:
    learning("1", "iphone", "học lại từ đầu", "1")

    assert (learning.step, learning.state.memory) == ("mo-dau", {})
    assert learning("1").step == "may-gi"


def test_the_menu_keeps_the_lesson_to_go_on_with(learning: Chat) -> None:
    learning("1", "menu")
    assert learning.state.scene is Scene.MENU
    assert learning.choices[0] == "Học tiếp: Bài học thử"

    assert learning("1").step == "may-gi"


def test_another_lesson_keeps_the_place_in_the_first(book: Book) -> None:
    other = lesson(id="bai-hai", title="Trồng nấm rơm")
    known = State(consent="given", scene=Scene.MENU, last_seen=NOW)
    chat = Chat(with_lesson(book, lesson(), other), known)("bài học thử", "1", "android", "trồng nấm rơm")
    assert chat.state.standing is not None
    assert chat.state.standing.lesson == "bai-hai"

    chat("bài học thử")

    assert chat.step == "kho-android"


# Buttons --------------------------------------------------------------------------------------------------


def test_a_button_answers_as_typing_does(learning: Chat) -> None:
    assert learning.press(1).press(2).step == "kho-iphone"


def test_an_old_button_is_known_as_old_and_moves_nothing(learning: Chat) -> None:
    old = learning.messages[-1].choices[0].value
    learning("1")

    learning(ButtonPressed(old))

    assert learning.step == "may-gi"
    assert learning.choices == ["Android", "iPhone"]


def test_a_button_of_the_same_question_asked_again_still_answers(learning: Chat) -> None:
    first = learning.messages[-1].choices[0].value
    learning("nhắc lại")

    assert learning(ButtonPressed(first)).step == "may-gi"


@pytest.mark.parametrize("value", ["", "1", "x.y", "1.0", "1.99", "-1.1", "9" * 500, "1.²"])
def test_a_button_that_we_never_made_moves_nothing(learning: Chat, value: str) -> None:
    assert learning(ButtonPressed(value)).step == "mo-dau"
    assert learning.messages
