"""The step of a course that speaks of what is asked."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import words_of
from bot.meanings import StepAsked
from bot.passages import Passages
from lessons.schema import Book, Edition, Lesson

STEPS = {
    "vneid": [
        {"id": "tai-ve", "say": "Vào chợ ứng dụng, gõ VNeID rồi tải về."},
        {"id": "van-tay", "do": "Bật vân tay trong mục Cài đặt.", "stuck": [{"problem": "Hỏng", "help": "Thử lại."}]},
        {"id": "hoi-may", "ask": "Máy đời mấy ạ?", "choices": [{"label": "Mới"}, {"label": "Cũ"}]},
        {
            "id": "do",
            "quiz": "Ai được mở ngăn kéo bí mật?",
            "choices": [{"label": "Bò", "feedback": "Sai."}, {"label": "Trâu", "correct": True, "feedback": "Đúng."}],
        },
    ],
    "bills": [{"id": "hen-gio", "say": "Hẹn giờ tự trả hóa đơn tiền điện mỗi tháng."}],
    "etax": [{"id": "tra-cuu", "say": "Bấm tra cứu nghĩa vụ thuế."}, {"id": "bien-lai", "say": "Lưu biên lai thuế."}],
}


def lesson(course: str, steps: list[dict[str, object]]) -> Lesson:
    return Lesson.model_validate(
        {
            "id": f"bai-{course.replace('_', '-')}",
            "course": course,
            "title": "Bài học",
            "minutes": 3,
            "owner": "Tổ",
            "checked_on": date(2026, 11, 22),
            "sources": ["thử"],
            "steps": steps,
        }
    )


@pytest.fixture(scope="module")
def passages(book: Book) -> Passages:
    lessons = [lesson(course, steps) for course, steps in STEPS.items()]
    editions = {one.id: Edition(one, version="a", file=f"{one.id}.yaml", text="") for one in lessons}
    return Passages(replace(book, current=editions))


@pytest.mark.parametrize(
    ("text", "course", "found"),
    [
        pytest.param("bật vân tay trong cài đặt", "vneid", StepAsked("bai-vneid", "van-tay"), id="a task"),
        pytest.param("bat van tay trong cai dat", "vneid", StepAsked("bai-vneid", "van-tay"), id="without accents"),
        pytest.param("gõ vneid rồi tải về", "vneid", StepAsked("bai-vneid", "tai-ve"), id="a part of it"),
        pytest.param("em ơi hẹn giờ trả tiền điện", "bills", StepAsked("bai-bills", "hen-gio"), id="courtesy before"),
        pytest.param("tra cứu nghĩa vụ", "etax", StepAsked("bai-etax", "tra-cuu"), id="the right one of two"),
    ],
)
def test_step_that_speaks_of_it_is_found(passages: Passages, text: str, course: str, found: StepAsked) -> None:
    assert passages.find(words_of(text), course=course) == found


@pytest.mark.parametrize(
    ("text", "course"),
    [
        pytest.param("bật vân tay trong cài đặt", "bills", id="of another course"),
        pytest.param("bật vân tay trong cài đặt", "nowhere", id="of no course"),
        pytest.param("vân tay", "vneid", id="too few words"),
        pytest.param("bật vân tay cho con bò ngoài chuồng", "vneid", id="much else is asked"),
        pytest.param("ai được mở ngăn kéo bí mật", "vneid", id="of a quiz"),
        pytest.param("máy đời mấy ạ", "vneid", id="of a question"),
        pytest.param("", "vneid", id="nothing"),
    ],
)
def test_what_no_step_of_the_course_speaks_of_is_none(passages: Passages, text: str, course: str) -> None:
    assert passages.find(words_of(text), course=course) is None


def test_book_without_lessons_finds_nothing(book: Book) -> None:
    empty = Passages(replace(book, current={}))

    assert empty.find(["bat", "van", "tay"], course="vneid") is None


@given(st.text(max_size=80), st.sampled_from(sorted(STEPS)))
def test_any_text_finds_a_step_of_the_course_or_none(passages: Passages, text: str, course: str) -> None:
    found = passages.find(words_of(text), course=course)

    assert found is None or found.lesson == f"bai-{course}"


@pytest.mark.parametrize("text", ["cài app vneid từ ch play", "khách quét mã chuyển tiền", "đóng tiền điện bằng zalo"])
def test_real_step_is_of_the_course_that_is_asked(book: Book, text: str) -> None:
    real = Passages(book)

    for course in book.courses:
        found = real.find(words_of(text), course=course.id)
        assert found is None or book.current[found.lesson].lesson.course == course.id
