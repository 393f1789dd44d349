"""Answers that are typed as they are written are those answers, whatever else their words may mean."""

import pytest

from bot.answering import Option, answer_near, answer_typed
from bot.matching import words_of

OPENED = (Option("Mở được rồi", ("mở rồi",)), Option("Chưa mở được"))


@pytest.mark.parametrize("text", ["mở rồi", "mo roi", "Mo Roi", "MỞ RỒI"])
def test_words_of_the_answer_are_no_dialect(text: str) -> None:
    assert answer_typed(words_of(text), text, OPENED) == 0


def test_words_that_two_answers_share_are_none_of_them() -> None:
    both = (Option("Có tin rồi", ("có rồi",)), Option("Có mã rồi", ("có rồi",)))

    assert answer_typed(words_of("co roi"), "co roi", both) is None


@pytest.mark.parametrize("text", ["con oi", "em ơi", "chau oi"])
def test_a_call_is_no_answer(text: str) -> None:
    options = (Option("Xong rồi", ("xong", "rồi")), Option("Chưa được"))

    assert answer_typed(words_of(text), text, options) is None
    assert answer_near(words_of(text), options) is None
