"""Courses on the menu: its two pages, the first question of a course, rests inside a lesson, what comes next."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.effects import Remind
from bot.events import TimerRang
from bot.learning import REMIND_AFTER, REMINDER
from bot.scenes import MENU_COURSES
from bot.state import Scene, State
from lessons.schema import Book, Course, Placement
from tests.bot.conversation import Chat, lesson, with_lesson
from tests.conftest import NOW

PLACEMENT = Placement.model_validate(
    {
        "ask": "{Xung_ho} biết dùng chưa?",
        "choices": [
            {"label": "Biết rồi", "also": ["rành rồi"], "lesson": "bai-hai"},
            {"label": "Chưa biết", "lesson": "bai-mot"},
        ],
    }
)
QUIZ = {
    "id": "do",
    "quiz": "Đúng chưa?",
    "choices": [{"label": "Phải", "correct": True, "feedback": "Dạ."}, {"label": "Sai", "feedback": "Chưa ạ."}],
}
STEPS = [
    {"id": "mot", "say": "Một."},
    {"id": "nghi", "say": "Nửa đường rồi.", "rest": True},
    {"id": "hai", "say": "Hai.", "simpler": "Hai thôi."},
    {"id": "ba", "say": "Ba.", "simpler": "Ba thôi."},
    QUIZ,
]


def known(book: Book, **changes: object) -> Chat:
    return Chat(book, State(consent="given", scene=Scene.MENU, address="cô", last_seen=NOW).model_copy(update=changes))


@pytest.fixture
def two(book: Book) -> Book:
    """Two lessons in a course that asks first, and a second course with one of its own."""
    lessons = [lesson(id=name, title=f"Bài {name}", steps=STEPS) for name in ("bai-mot", "bai-hai", "bai-ba")]
    made = with_lesson(book, *lessons)
    first = Course("thu", "Khoá thử", "{Xung_ho} sẽ biết.", ("bai-mot", "bai-hai"), PLACEMENT)
    return replace(made, courses=(first, Course("sau", "Khoá sau này", "Biết thêm.", ("bai-ba",))))


def many(book: Book, count: int) -> Book:
    courses = [Course(f"khoa-{nth}", f"Khoá số {nth}", "Học.", ("hoc-thu",)) for nth in range(1, count + 1)]
    return replace(with_lesson(book, lesson()), courses=tuple(courses))


# The menu -------------------------------------------------------------------------------------------------


def test_the_menu_shows_the_first_courses_and_the_way_to_the_others(book: Book) -> None:
    chat = known(many(book, MENU_COURSES + 3))("menu")
    first = list(chat.choices)

    chat.press(MENU_COURSES + 1)

    assert first[:MENU_COURSES] == [f"Khoá số {nth}" for nth in range(1, MENU_COURSES + 1)]
    assert first[MENU_COURSES] == book.phrases.labels.more_courses.label
    assert chat.choices[:3] == [f"Khoá số {nth}" for nth in range(MENU_COURSES + 1, MENU_COURSES + 4)]
    assert chat.state.scene is Scene.MORE


def test_a_single_course_more_needs_no_second_page(book: Book) -> None:
    chat = known(many(book, MENU_COURSES + 1))("menu")

    assert chat.choices[: MENU_COURSES + 1] == [f"Khoá số {nth}" for nth in range(1, MENU_COURSES + 2)]


def test_back_from_the_second_page_is_the_menu(book: Book) -> None:
    chat = known(many(book, MENU_COURSES + 3))("menu", str(MENU_COURSES + 1), "quay lại")

    assert chat.state.scene is Scene.MENU


# The first question ---------------------------------------------------------------------------------------


def test_a_new_course_asks_first_and_leads_to_the_lesson_that_fits(two: Book) -> None:
    chat = known(two)("khoá thử")
    question = chat.said

    chat("ranh roi")

    assert "Cô sẽ biết." in question
    assert "Cô biết dùng chưa?" in question
    assert chat.state.standing is not None
    assert chat.state.standing.lesson == "bai-hai"


def test_who_does_not_want_to_say_sees_the_lessons(two: Book) -> None:
    chat = known(two)("khoá thử", "3")

    assert chat.state.scene is Scene.COURSE
    assert chat.choices[:2] == ["Bài bai-mot", "Bài bai-hai"]


@pytest.mark.parametrize("changes", [{"finished": {"bai-mot": "2026-11-01"}}], ids=["has finished one"])
def test_who_has_begun_the_course_is_not_asked_again(two: Book, changes: dict[str, object]) -> None:
    chat = known(two, **changes)("khoá thử")

    assert chat.state.scene is Scene.COURSE


def test_a_question_that_was_taken_out_meanwhile_leads_to_the_menu(two: Book) -> None:
    chat = known(two)("khoá thử")
    first, second = two.courses
    chat.book = replace(two, courses=(replace(first, placement=None), second))

    chat("1")

    assert chat.state.scene in {Scene.MENU, Scene.COURSE}
    assert chat.messages


# Rests ----------------------------------------------------------------------------------------------------


def test_at_a_resting_place_one_may_go_on_or_stop(two: Book) -> None:
    chat = known(two)("khoá thử", "2", "tiếp")
    labels = two.phrases.labels

    assert chat.choices == [labels.go_on.label, labels.rest.label]
    assert chat("tiếp").step == "hai"


def test_who_rests_goes_on_behind_the_resting_place(two: Book) -> None:
    chat = known(two)("khoá thử", "2", "tiếp", "nghi da")
    resting = chat.said

    chat("tiếp")

    assert resting == two.phrases.say.resting.replace("{xung_ho}", "cô")
    assert chat.step == "hai"
    assert "Hai." in chat.said


def test_who_rests_is_reminded_the_next_day(two: Book) -> None:
    chat = known(two)("khoá thử", "2", "tiếp")
    chat.now += timedelta(hours=3)
    chat("nghỉ")
    chat.now += REMIND_AFTER - timedelta(hours=3) + timedelta(minutes=1)

    chat(TimerRang(REMINDER))

    assert any(isinstance(effect, Remind) for effect in chat.effects), "too early, so it is set anew"
    chat.now += timedelta(hours=3)
    chat(TimerRang(REMINDER))
    assert "Bài bai-mot" in chat.said


# What comes next ------------------------------------------------------------------------------------------


def test_after_a_lesson_in_the_middle_the_one_behind_it_is_next(book: Book) -> None:
    lessons = [lesson(id=name, title=f"Bài {name}", steps=[QUIZ]) for name in ("bai-mot", "bai-hai", "bai-ba")]

    chat = known(with_lesson(book, *lessons))("khoá thử", "2", "phải")

    assert chat.choices[0] == book.phrases.labels.next_lesson.label.replace("{lesson}", "Bài bai-ba")


def test_a_finished_course_leads_to_the_next(two: Book) -> None:
    chat = known(two, finished={"bai-hai": "2026-11-01"})("khoá thử", "1", "tiếp", "tiếp", "tiếp", "tiếp", "phải")

    assert chat.choices[0] == two.phrases.labels.next_course.label.replace("{course}", "Khoá sau này")
    assert chat.press(1).state.course == "sau"


def test_after_everything_nothing_more_is_offered(two: Book) -> None:
    done = {"bai-hai": "2026-11-01", "bai-ba": "2026-11-01"}
    chat = known(two, finished=done)("khoá thử", "1", "tiếp", "tiếp", "tiếp", "tiếp", "phải")

    assert chat.choices == [two.phrases.labels.menu.label, two.phrases.labels.person.label]


# Short words ----------------------------------------------------------------------------------------------


def test_short_words_are_used_until_full_ones_are_wanted(two: Book) -> None:
    chat = known(two)("khoá thử", "2", "tiếp", "tiếp")

    chat("nói ngắn thôi")
    short = chat.messages[-1].text
    chat("tiếp")
    still = chat.messages[-1].text
    chat("nói đầy đủ")

    assert (short, still, chat.messages[-1].text) == ("Hai thôi.", "Ba thôi.", "Ba.")


def test_who_often_needs_simpler_words_is_given_them_from_then_on(two: Book) -> None:
    chat = known(two)("khoá thử", "2", "tiếp", "tiếp")

    chat("chưa hiểu", "tiếp", "chưa hiểu", "quay lại")
    assert not chat.state.short_words
    chat("chưa hiểu")

    assert chat.state.short_words
    assert two.phrases.say.words_short.replace("{xung_ho}", "cô") in chat.said
    assert chat("tiếp").messages[-1].text == "Ba thôi."


def test_who_still_does_not_understand_is_told_the_ways_on(two: Book) -> None:
    chat = known(two)("khoá thử", "2", "tiếp", "tiếp", "chưa hiểu")

    chat("vẫn chưa hiểu")

    assert "GẶP NGƯỜI" in chat.said
    assert chat.step == "hai"


def test_a_task_is_said_otherwise_first_and_then_what_goes_wrong_is_asked(book: Book) -> None:
    troubles = [{"problem": "Không thấy nút", "help": "Kéo xuống."}]
    task = {"id": "lam", "do": "Mở máy.", "simpler": "Bấm nút mở.", "stuck": troubles}
    chat = known(with_lesson(book, lesson(steps=[task, STEPS[0]])))("bài học thử", "chưa hiểu")
    first = chat.said

    chat("chưa hiểu")

    assert first == "Bấm nút mở."
    assert chat.state.scene is Scene.TROUBLE


def test_who_does_not_understand_the_short_words_is_told_the_full_ones(two: Book) -> None:
    chat = known(two, short_words=True)("khoá thử", "2", "tiếp", "tiếp")

    assert chat.messages[-1].text == "Hai thôi."
    assert chat("chưa hiểu").messages[-1].text == "Hai."
