"""Who says what he wants to do is offered the lesson of it, and who names a whole subject its first question."""

import pytest

from bot.state import Scene, State
from lessons.schema import Book
from tests.bot.conversation import Chat
from tests.conftest import NOW


def at_the_menu(book: Book) -> Chat:
    return Chat(book, State(consent="given", scene=Scene.MENU, address="bác", last_seen=NOW))


@pytest.mark.parametrize(
    ("wish", "lesson"),
    [
        ("khai sinh cho cháu", "dvc-khai-sinh"),
        ("chữ to", "may-chu-to"),
        ("doi bang lai", "dvc-xe-bang-lai"),
        ("đăng ký tạm trú", "dvc-cu-tru"),
        ("dien thoai cham qua", "may-bo-nho"),
    ],
)
def test_a_wish_opens_the_lesson_that_fits_after_a_yes(book: Book, wish: str, lesson: str) -> None:
    chat = at_the_menu(book)(wish)
    offered = (chat.state.scene, chat.state.shown)

    chat("ừ")

    assert offered == (Scene.ANSWERED, lesson)
    assert chat.state.standing is not None
    assert chat.state.standing.lesson == lesson


@pytest.mark.parametrize("subject", ["vneid", "bảo hiểm y tế", "lua dao", "mã qr", "zalo", "làm giấy tờ trên mạng"])
def test_a_whole_subject_opens_its_first_question(book: Book, subject: str) -> None:
    assert at_the_menu(book)(subject).state.scene is Scene.PLACEMENT


def test_who_declines_is_back_at_the_menu(book: Book) -> None:
    chat = at_the_menu(book)("chữ to", "chọn bài khác")

    assert chat.state.scene is Scene.MENU
