"""Whether a text asks something, with or without accents and a question mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.questions import is_question
from vietnamese.spelling import standard_words


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("vneid là gì", id="what"),
        pytest.param("vneid la gi", id="without accents"),
        pytest.param("làm sao kích hoạt", id="how"),
        pytest.param("mần răng vô được", id="how, in the Centre"),
        pytest.param("nộp thuế đất bao nhiêu", id="how much"),
        pytest.param("nộp nhiêu tiền", id="how much, in the South"),
        pytest.param("nút đó nằm ở đâu", id="where"),
        pytest.param("nut do nam o dau vay con", id="where, with courtesy"),
        pytest.param("bao giờ có thẻ", id="when"),
        pytest.param("mấy giờ mở cửa", id="at what hour"),
        pytest.param("ai được hỏi mã otp", id="who"),
        pytest.param("có mất tiền không", id="yes or no"),
        pytest.param("có mất tiền hông", id="yes or no, in the South"),
        pytest.param("co mat tien khong a", id="courtesy behind the end"),
        pytest.param("làm được chưa em", id="already"),
        pytest.param("nộp ở xã hay là ở tỉnh", id="one or the other"),
        pytest.param("nộp ở xã?", id="a mark"),
        pytest.param("app nào tốt", id="which"),
    ],
)
def test_question_is_heard(text: str) -> None:
    assert is_question(standard_words(text), text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("nộp thuế đất", id="a topic"),
        pytest.param("cho bác học vneid", id="a wish"),
        pytest.param("không thấy nút", id="a denial"),
        pytest.param("chưa làm được", id="not yet"),
        pytest.param("bác xong rồi con", id="a report"),
        pytest.param("cảm ơn cháu", id="thanks"),
        pytest.param("", id="nothing"),
    ],
)
def test_statement_is_no_question(text: str) -> None:
    assert not is_question(standard_words(text), text)


def test_mark_alone_asks() -> None:
    assert is_question([], "?")
    assert not is_question([], "…")


@given(st.text(max_size=80))
def test_any_text_asks_or_does_not(text: str) -> None:
    assert is_question(standard_words(text), text) in {True, False}


@given(st.text(max_size=80))
def test_mark_makes_any_text_a_question(text: str) -> None:
    assert is_question(standard_words(text), f"{text}?")
