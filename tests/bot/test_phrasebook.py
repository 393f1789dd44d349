"""What of a book can be asked for in words, and that it is learnt once."""

import gc
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from bot.linear import LinearModel
from bot.matching import OUT_OF_SCOPE
from bot.meanings import Command, LessonAsked, QuestionAsked, Topic
from bot.phrasebook import Phrasebook, phrasebook
from bot.understanding import Reader, learn, reader_for
from lessons.schema import Book, Edition, Lesson, Question, QuestionList
from tests.conftest import TODAY

TEXTS = ["trả tiền điện", "bị sâu ăn lúa", "quay lại", "vneid mất phí không", "mở vneid cách nào", "con bò", ""]


def lesson() -> Lesson:
    return Lesson.model_validate(
        {
            "id": "bai-mot",
            "course": "vneid",
            "title": "Mở VNeID lần đầu",
            "minutes": 3,
            "owner": "Tổ",
            "checked_on": date(2026, 11, 22),
            "sources": ["thử"],
            "asked_as": ["mở vneid cách nào"],
            "steps": [{"id": "mot", "say": "Chào."}],
        }
    )


def question(name: str, text: str, *asked_as: str) -> Question:
    return Question(id=name, question=text, asked_as=asked_as, answer="Dạ.", source="thử", checked_on=TODAY)


@pytest.fixture(scope="module")
def few(book: Book) -> Book:
    """A dozen phrases of each command, two topics, a lesson and a question."""
    phrases = book.phrases.model_copy(
        update={
            "commands": {name: texts[:12] for name, texts in book.phrases.commands.items()},
            "topics": {"vneid": ("vneid", "định danh"), "bills": ("tiền điện", "hóa đơn nước")},
            "out_of_scope": ("lúa bị sâu", "giá heo hơi", "con bò bỏ ăn"),
        }
    )
    asked = question("mat-phi", "Dùng VNeID có mất phí không?", "vneid tốn tiền không")
    return replace(
        book,
        current={"bai-mot": Edition(lesson(), version="a", file="a.yaml", text="")},
        phrases=phrases,
        faq=(QuestionList(topic="vneid", questions=(asked,)),),
        learnt=None,
    )


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that something is learnt from phrases."""
    times: list[int] = []
    learn_once = LinearModel.learn

    def counted(examples: object) -> LinearModel:
        times.append(1)
        return learn_once(examples)  # type: ignore[arg-type]

    monkeypatch.setattr(LinearModel, "learn", counted)
    return times


def changed(book: Book, **phrases: object) -> Book:
    return replace(book, phrases=book.phrases.model_copy(update=phrases))


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        pytest.param("back", Command("back"), id="command"),
        pytest.param("bills", Topic("bills"), id="topic"),
        pytest.param("lesson:bai-mot", LessonAsked("bai-mot"), id="lesson"),
        pytest.param("faq:mat-phi", QuestionAsked("mat-phi"), id="question"),
    ],
)
def test_label_has_its_meaning(few: Book, label: str, meaning: object) -> None:
    assert phrasebook(few).meanings[label] == meaning


def test_every_label_but_that_of_strangers_means_something(book: Book) -> None:
    found = phrasebook(book)

    assert found.phrases.keys() - found.meanings.keys() == {OUT_OF_SCOPE}
    assert found.meanings.keys() <= found.phrases.keys()
    assert set(found.subjects) <= set(found.phrases)


def test_title_and_question_are_phrases_beside_what_is_asked_as(few: Book) -> None:
    phrases: Mapping[str, tuple[str, ...]] = phrasebook(few).phrases

    assert phrases["lesson:bai-mot"] == ("Mở VNeID lần đầu", "mở vneid cách nào")
    assert phrases["faq:mat-phi"] == ("Dùng VNeID có mất phí không?", "vneid tốn tiền không")


def test_lesson_and_question_share_the_subject_of_their_topic(few: Book) -> None:
    subjects = phrasebook(few).subjects

    assert (subjects["lesson:bai-mot"], subjects["faq:mat-phi"]) == ("vneid", "vneid")
    assert subjects["scammed"] == "scam_help"
    assert "bills" not in subjects


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"topics": {"vneid": ("vneid",)}}, id="a topic"),
        pytest.param({"out_of_scope": ("lúa bị sâu",)}, id="what is out of scope"),
        pytest.param({"commands": {"back": ("quay lại",)}}, id="commands"),
    ],
)
def test_fingerprint_is_that_of_the_phrases(few: Book, change: dict[str, object]) -> None:
    before = phrasebook(few).fingerprint

    assert phrasebook(changed(few, **change)).fingerprint != before
    assert phrasebook(replace(few, learnt=b"whatever")).fingerprint == before


def test_moving_a_lesson_to_another_course_changes_the_fingerprint() -> None:
    one = Phrasebook({"a": ("b",)}, {}, {}, frozenset())

    assert one.fingerprint != replace(one, subjects={"a": "vneid"}).fingerprint


def test_book_that_was_learnt_is_not_learnt_again(few: Book, learning: list[int]) -> None:
    own = changed(few, out_of_scope=("không có trong bài nào khác",))
    kept, fresh = learn(own), reader_for(own)
    expected = [(fresh.read(text, ()), fresh.intent(text)) for text in TEXTS]
    learnt = replace(own, learnt=kept)
    del own, fresh
    gc.collect()  # what is still in use would be shared
    learning.clear()

    reader = Reader(learnt)

    assert learning == []
    for text, (read, intent) in zip(TEXTS, expected, strict=True):
        assert reader.read(text, ()) == read
        assert reader.intent(text).intent == intent.intent
        assert reader.intent(text).score == pytest.approx(intent.score, abs=0.002)


@pytest.mark.parametrize("stale", ["of other phrases", "garbage"])
def test_stale_learning_is_learnt_anew(few: Book, learning: list[int], stale: str) -> None:
    own = changed(few, out_of_scope=(f"chỉ ở đây thôi, {stale}",))
    kept = learn(changed(few, topics={"bills": ("tiền điện",)})) if stale == "of other phrases" else b"garbage"
    learning.clear()

    reader = Reader(replace(own, learnt=kept))

    assert len(learning) == 1
    assert reader.read("mở vneid cách nào", ()) == LessonAsked("bai-mot")
    assert reader.read("vneid", ()) == Topic("vneid")


def test_books_of_the_same_phrases_share_what_was_learnt(few: Book, learning: list[int]) -> None:
    own = changed(few, out_of_scope=("hai sách một lời",))
    first = Reader(own)
    learning.clear()

    second = Reader(replace(own, courses=()))

    assert learning == []
    assert second.model is first.model


def test_same_book_is_learnt_to_the_same_bytes(few: Book) -> None:
    assert learn(replace(few)) == learn(replace(few))
