"""What is learnt from examples moves the verdict of the signs, and never says more than it knows."""

from datetime import date

import pytest

from bot.scam import Checker
from bot.secrets import mask
from lessons.schema import Book
from lessons.signs import ScamSigns

SCAM = [
    "Thầy bùa giải hạn online, chuyển lễ vật vào tài khoản thầy trong hôm nay",
    "Cô đồng xem bói qua điện thoại, giải hạn phải chuyển lễ vật trước",
    "Thầy phán nhà có vong, muốn giải hạn thì chuyển tiền lễ vật cho thầy",
    "Giải hạn đầu năm, lễ vật thầy lo, bà con chỉ việc chuyển tiền",
]
LEGIT = [
    "Chiều nay cả nhà chuyển lúa về kho trước khi trời mưa",
    "Mai con chuyển trường, ba mẹ nhớ ký giấy cho con nhé",
    "Bác chuyển lời hỏi thăm tới cả nhà giúp cháu với ạ",
    "Sáng mai xe chuyển phân bón tới đầu xóm cho bà con",
]
FIELDS = {
    "checked_on": date(2026, 11, 22),
    "caution_from": 3,
    "danger_from": 6,
    "advice_without_sign": "chua-chac",
    "advice": {"chua-chac": "Đừng vội."},
    "signs": [
        {
            "id": "giuc-gap",
            "level": "caution",
            "weight": 3,
            "words": ["trong hôm nay"],
            "reason": "Tin giục: {words}.",
            "advice": "chua-chac",
            "source": "thử",
        }
    ],
    "examples": {
        "reason": "Tin giống tin lừa đã gặp: {words}.",
        "advice": "chua-chac",
        "asks": ["chuyển"],
        "scam": SCAM,
        "legit": LEGIT,
    },
}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(ScamSigns.model_validate(FIELDS))


def test_a_new_trick_is_known_by_the_old_ones(checker: Checker) -> None:
    verdict = checker.check("Muốn giải hạn cho con thì bà chuyển lễ vật cho thầy nha")

    assert verdict.level in ("caution", "danger")
    assert "lễ" in verdict.reasons[0] or "hạn" in verdict.reasons[0]


def test_what_wants_nothing_is_left_in_peace(checker: Checker) -> None:
    verdict = checker.check("Lễ vật giải hạn của thầy để trên bàn thờ nhà mình")

    assert verdict.level == "no_sign_found"


def test_a_true_message_with_a_sign_is_left_in_peace(checker: Checker) -> None:
    assert checker.check("Sáng mai xe chuyển phân bón tới đầu xóm cho bà con trong hôm nay").level == "no_sign_found"


def test_a_sign_in_what_is_like_a_trick_is_a_danger(checker: Checker) -> None:
    verdict = checker.check("Thầy giải hạn, bà chuyển lễ vật cho thầy trong hôm nay")

    assert verdict.level == "danger"
    assert verdict.reasons == ("Tin giục: “trong hôm nay”.",)


@pytest.mark.parametrize("text", ["", "giải hạn", "chuyển", "lễ vật thầy", "█ █ █ █ █ █"])
def test_a_few_words_are_like_nothing(checker: Checker, text: str) -> None:
    assert checker.check(text).level == "no_sign_found"


def test_numbers_are_never_learnt(checker: Checker) -> None:
    with_number = checker.check("Muốn giải hạn cho con 0912345678 thì bà chuyển lễ vật cho thầy nha")
    masked = checker.check("Muốn giải hạn cho con ██████████ thì bà chuyển lễ vật cho thầy nha")

    assert with_number.level == masked.level


def test_the_same_examples_give_the_same_verdicts() -> None:
    first, second = (Checker(ScamSigns.model_validate(FIELDS)) for _ in range(2))

    for text in (*SCAM, *LEGIT):
        assert first.check(text) == second.check(text)


def test_no_example_of_the_project_has_a_whole_number(book: Book) -> None:
    """Names and numbers in them are made up; a whole mobile number could still be somebody's."""
    assert book.signs is not None
    assert book.signs.examples is not None
    told = (*book.signs.examples.scam, *book.signs.examples.legit)
    assert [text for text in told if "phone" in mask(text).found] == []
