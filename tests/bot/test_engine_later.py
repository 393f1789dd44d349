"""The conversation later: coming back, edited lessons, reminders, people, secrets, one's own data."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import effects as asked
from bot.effects import HandOff, Say
from bot.engine import LONG_GAP
from bot.events import Event, PictureSent, StaffReleased, StaffReplied, TimerRang, VoiceSent
from bot.messages import Message
from bot.speaking import Talk
from bot.state import Scene, State
from lessons.schema import Book
from tests.bot.conversation import STEPS, Chat, lesson, with_lesson
from tests.conftest import NOW

# Coming back ----------------------------------------------------------------------------------------------


def test_after_weeks_one_line_says_what_was_done_and_offers_to_go_on(learning: Chat) -> None:
    learning("1", "android")
    learning.now += LONG_GAP * 8

    learning("1")

    assert learning.state.scene is Scene.RESUME
    assert "Bài học thử" in learning.said
    assert learning.step == "kho-android"
    assert learning("1").state.scene is Scene.LESSON
    assert learning.step == "kho-android"


def test_after_weeks_the_newest_edition_is_gone_on_with(book: Book, learning: Chat) -> None:
    learning("1", "android")
    newer = lesson(moved={"kho-android": "do"}, steps=[STEPS[0], STEPS[1], STEPS[4]])
    before = learning.book
    learning.book = replace(
        with_lesson(book, newer, version="bbbbbbbbbbbb"),
        older={("hoc-thu", "aaaaaaaaaaaa"): before.current["hoc-thu"]},
    )
    learning.now += LONG_GAP

    learning("tiếp")

    assert learning.state.standing is not None
    assert (learning.state.standing.version, learning.step) == ("bbbbbbbbbbbb", "do")


def test_an_edition_is_kept_while_the_lesson_goes_on(book: Book, learning: Chat) -> None:
    before = learning.book
    newer = lesson(steps=[STEPS[0], STEPS[4]])
    learning.book = replace(
        with_lesson(book, newer, version="bbbbbbbbbbbb"),
        older={("hoc-thu", "aaaaaaaaaaaa"): before.current["hoc-thu"]},
    )

    assert learning("1").step == "may-gi"


def test_a_step_that_was_edited_away_leads_to_the_nearest_one(book: Book, learning: Chat) -> None:
    learning("1", "android")
    learning.book = with_lesson(book, lesson(steps=[STEPS[0], STEPS[4]]), version="bbbbbbbbbbbb")

    learning("xong")

    assert learning.step == "mo-dau"
    assert learning.messages


def test_a_lesson_that_is_gone_leads_to_the_menu(book: Book, learning: Chat) -> None:
    learning.book = with_lesson(book, lesson(id="bai-khac", title="Bài khác"))

    learning("1")

    assert learning.state.scene is Scene.MENU
    assert learning.state.standing is None


def test_a_reminder_comes_in_waking_hours_only_when_he_stayed_away(learning: Chat) -> None:
    [remind] = [effect for effect in learning.effects if isinstance(effect, asked.Remind)]
    assert 8 <= remind.at.astimezone(learning.book.timezone).hour <= 20
    learning.now = remind.at

    learning(TimerRang("lesson"))

    assert [effect.is_reminder for effect in learning.effects if isinstance(effect, Say)] == [True]
    assert learning("1").step == "mo-dau"


def test_no_reminder_for_who_went_on_in_the_meantime(learning: Chat) -> None:
    [remind] = [effect for effect in learning.effects if isinstance(effect, asked.Remind)]
    learning.now = remind.at - timedelta(hours=1)
    learning("nhắc lại")

    learning(TimerRang("lesson"))

    assert learning.messages == []
    assert any(isinstance(effect, asked.Remind) for effect in learning.effects)


# People, secrets, one's own data ---------------------------------------------------------------------------


def test_a_person_is_asked_for_and_the_bot_goes_on_meanwhile(learning: Chat) -> None:
    learning("gặp người")
    assert HandOff("asked", "hoc-thu", "mo-dau") in learning.effects
    assert learning.state.human == "asked"

    assert learning("1").step == "may-gi"


def test_the_bot_is_silent_while_a_person_talks_and_comes_back(learning: Chat) -> None:
    learning(StaffReplied())
    for text in ("1", "menu", "kich hoat vneid", "xong"):
        assert learning(text).messages == []
    assert learning.step == "mo-dau"

    learning(StaffReleased())

    assert learning.state.human == "no"
    assert learning.messages


def test_a_team_member_who_forgot_gives_the_resident_back(learning: Chat) -> None:
    learning(StaffReplied())

    learning(TimerRang("staff"))

    assert learning.state.human == "no"
    assert learning.messages


def test_harm_breaks_the_silence(learning: Chat) -> None:
    learning(StaffReplied())

    learning("em bị lừa rồi")

    assert "113" in learning.said


@pytest.mark.parametrize(
    "text", ["ma otp la 482913", "mk cua toi la Abc@12345", "cccd 079085001234", "so the 4111 1111 1111 1111"]
)
def test_a_secret_is_warned_about_and_never_repeated(learning: Chat, text: str) -> None:
    learning(text)

    assert learning.book.phrases.say.secret_warning[:10] in learning.said
    assert not set(text.split()) & set(learning.said.split()) & {"482913", "Abc@12345", "079085001234", "4111"}
    assert learning.step == "mo-dau"


def test_the_third_time_not_understood_asks_for_a_person(learning: Chat) -> None:
    texts = ["qwzx vbnm", "zzkk ttrr", "wwqq ppjj"]

    learning(texts[0])
    assert learning.choices
    learning(texts[1])
    assert "GẶP NGƯỜI" in learning.said
    learning(texts[2])

    assert HandOff("not_understood", "hoc-thu", "mo-dau") in learning.effects


@pytest.mark.parametrize("event", [VoiceSent(), PictureSent()], ids=str)
def test_what_cannot_be_read_is_answered_kindly_and_moves_nothing(learning: Chat, event: Event) -> None:
    learning(event)

    assert learning.step == "mo-dau"
    assert "Dạ" in learning.said
    assert learning.choices


def test_stop_is_obeyed_at_once_and_said_once(learning: Chat) -> None:
    learning("dừng")

    assert asked.StopPushes() in learning.effects
    assert asked.CancelReminders() in learning.effects
    assert len(learning.messages) == 1
    assert not any(isinstance(effect, asked.Remind) for effect in learning("1").effects)


def test_erasing_is_asked_about_first_and_then_whole(learning: Chat) -> None:
    learning("xoa du lieu")
    assert learning.state.scene is Scene.ERASE
    assert learning("giữ lại").step == "mo-dau"

    learning("xoa du lieu", "xóa hết")

    assert asked.ForgetMe() in learning.effects
    assert learning.state == State()
    assert len(learning.messages) == 1


def test_a_topic_without_lessons_is_not_a_dead_end(chat: Chat) -> None:
    chat("nộp thuế điện tử")

    assert len(chat.messages) == 2
    assert chat.choices


def test_two_bubbles_too_many_are_joined_not_lost(chat: Chat) -> None:
    talk = Talk(chat.book, chat.state, NOW)
    for text in ("một", "hai", "ba", "bốn", "năm"):
        talk.put(Message(text))

    turn = talk.turn(chat.state, ())

    says = [effect.message.text for effect in turn.effects if isinstance(effect, Say)]
    assert len(says) == 3
    assert "".join(says).replace("\n", "") == "mộthaibabốnnăm"


def test_two_close_readings_are_asked_about_by_name(learning: Chat) -> None:
    learning("dung")
    assert learning.state.scene is Scene.WHICH
    assert "Dừng" in learning.choices

    learning(str(learning.choices.index("Dừng") + 1))

    assert asked.StopPushes() in learning.effects


def test_the_number_that_is_shown_is_the_number_that_counts(learning: Chat) -> None:
    learning("1", "1", "chưa được")

    learning(str(learning.choices.index("Để sau, học tiếp") + 1))

    assert learning.step == "do"


@pytest.mark.parametrize("text", ["2", "7", "55", "so dien thoai cua toi la 0912345678", "toi trong lua"])
def test_words_that_mean_nothing_here_take_nobody_out_of_the_lesson(learning: Chat, text: str) -> None:
    learning(text)

    assert (learning.step, learning.state.scene) == ("mo-dau", Scene.LESSON)


def test_who_answers_a_reminder_after_weeks_goes_on_in_the_newest_edition(book: Book, learning: Chat) -> None:
    [remind] = [effect for effect in learning.effects if isinstance(effect, asked.Remind)]
    learning.now = remind.at
    learning(TimerRang("lesson"))
    before = learning.book
    learning.book = replace(
        with_lesson(book, lesson(), version="bbbbbbbbbbbb"),
        older={("hoc-thu", "aaaaaaaaaaaa"): before.current["hoc-thu"]},
    )
    learning.now += LONG_GAP * 3

    learning("1")

    assert learning.state.standing is not None
    assert learning.state.standing.version == "bbbbbbbbbbbb"


def test_back_from_a_menu_opened_by_mistake_leads_to_the_lesson(learning: Chat) -> None:
    assert learning("1", "menu", "quay lai").step == "may-gi"
    assert learning.state.scene is Scene.LESSON


def test_a_stranger_who_shows_a_scam_is_warned_before_the_notice(book: Book) -> None:
    chat = Chat(book)("Tai khoan bi khoa, bam vao http://vietcombank-vn.top")

    assert "đừng làm theo" in chat.said
    assert chat.state.consent == "asked"
    assert len(chat.messages) == 3


def test_after_two_readings_the_lesson_is_where_it_was(learning: Chat) -> None:
    learning("1", "dung", "1")
    assert asked.StopPushes() in learning.effects

    assert learning.state.scene is Scene.LESSON
    assert learning("iphone").step == "kho-iphone"
