"""Questions and answers keep the rules of lessons: each rule that they share is found where it is broken."""

from pathlib import Path

import pytest

from tests.lessons.library_on_disk import findings, load, write_clean

FAQ = "lessons/faq/etax.yaml"
ANSWER = "Dạ không mất đồng nào."


@pytest.mark.parametrize(
    ("replaced", "by", "code", "line"),
    [
        pytest.param(ANSWER, "Dạ {Xung_ho} gửi mã OTP cho em nhé.", "asks_secret", 6, id="asks for a secret"),
        pytest.param(ANSWER, "Dạ vào vneid-hotro.com ạ.", "unofficial_link", 6, id="strange link"),
        pytest.param(ANSWER, "Dạ bác không mất tiền.", "mixed_address", 6, id="address written out"),
        pytest.param(ANSWER, '"Dạ {xungho} không mất tiền."', "unknown_placeholder", 6, id="unknown placeholder"),
        pytest.param(ANSWER, '"Dạ **không mất tiền."', "unbalanced_bold", 6, id="bold not closed"),
        pytest.param(ANSWER, "Dạ không. " * 60, "message_long", 6, id="too long"),
        pytest.param("2026-11-01\n    lesson", "2026-01-01\n    lesson", "stale_check", 8, id="checked long ago"),
        pytest.param("lesson: bai", "lesson: baii", "unknown_lesson", 9, id="lesson that is not there"),
        pytest.param("    source: Nghị định 69/2024\n", "", "missing_key", 3, id="no source"),
    ],
)
def test_what_is_wrong_in_a_question_is_found(replaced: str, by: str, code: str, line: int, tmp_path: Path) -> None:
    root = write_clean(tmp_path)
    text = (root / FAQ).read_text(encoding="utf-8")
    assert replaced in text

    (root / FAQ).write_text(text.replace(replaced, by, 1), encoding="utf-8")

    assert (code, FAQ, line) in [(found.code, found.file, found.line) for found in findings(root)]


def test_questions_stand_in_the_book(tmp_path: Path) -> None:
    root = write_clean(tmp_path)

    book = load(root).book

    assert book is not None
    assert [(listed.topic, [q.id for q in listed.questions]) for listed in book.faq] == [
        ("etax", ["thue-mat-phi", "thue-may-tuoi"])
    ]
