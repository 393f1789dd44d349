"""The conversation, scene by scene, with a small lesson of its own and the real fixed sentences."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot import effects as asked
from bot.effects import Effect, HandOff, Say
from bot.engine import LONG_GAP, step
from bot.events import (
    ButtonPressed,
    Event,
    Joined,
    PictureSent,
    StaffReleased,
    StaffReplied,
    TextSaid,
    TimerRang,
    VoiceSent,
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


@pytest.fixture
def chat(book: Book) -> Chat:
    """Somebody known to us, in front of the menu."""
    known = State(consent="given", scene=Scene.MENU, address="cô", last_seen=NOW)
    return Chat(with_lesson(book, lesson()), known)


@pytest.fixture
def learning(chat: Chat) -> Chat:
    return chat("bài học thử")


# First contact --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["hi", Joined(), "kich hoat vneid", PictureSent(), "", "😀"], ids=str)
def test_the_first_contact_is_the_notice_whatever_was_said(book: Book, first: str | Event) -> None:
    chat = Chat(book)(first)

    assert len(chat.messages) == 2
    assert "OTP" in chat.said
    assert "XÓA DỮ LIỆU" in chat.said
    assert chat.state.consent == "asked"
    assert chat.choices[:2] == ["Đồng ý", "Không đồng ý"]


@pytest.mark.parametrize("answer", ["1", "đồng ý", "dong y", "ok em", "dạ", "ừ", "có", "tieeps tucj"])
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


def test_the_address_is_asked_once_and_kept(book: Book) -> None:
    chat = Chat(book)("hi", "1", "chú")

    assert chat.state.address == "chú"
    assert "chú" in chat.said
    assert chat.state.scene is Scene.MENU


def test_somebody_being_scammed_is_helped_before_the_notice(book: Book) -> None:
    chat = Chat(book)("bi lua mat tien roi")

    assert any(isinstance(effect, HandOff) and effect.urgent for effect in chat.effects)
    assert "113" in chat.said
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
    from bot.speaking import Talk

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

    assert "đừng bấm" in chat.said
    assert chat.state.consent == "asked"
    assert len(chat.messages) == 3
