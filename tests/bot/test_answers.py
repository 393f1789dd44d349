"""Free questions: the checked answer with its source, the way on, and what is said when there is no answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import answers
from bot.effects import Say, Unmatched
from bot.events import ButtonPressed
from bot.meanings import QuestionAsked, Topic
from bot.speaking import MESSAGES_A_TURN, Talk
from bot.state import Scene, State
from bot.understanding import reader_for
from lessons.schema import Book, Question
from tests.bot.conversation import Chat
from tests.conftest import NOW

SIGNATURE = "Chữ ký số dùng để làm gì?"
CONTRACT = "Gắn điện mới, đổi tên hợp đồng điện thì làm ở đâu?"  # no lesson shows how
PASSWORD = "Quên mật khẩu VNeID thì lấy lại được không?"
RECHECK = "hỏi lại cho chắc"
LEAST_RIGHT = 36


@pytest.fixture
def asking(book: Book) -> Chat:
    """Somebody known to us, in front of the menu of the real library."""
    return Chat(book, State(consent="given", scene=Scene.MENU, address="cô", last_seen=NOW))


@pytest.fixture
def learner(asking: Chat) -> Chat:
    """The same person at the second step of a real lesson."""
    return asking("Kích hoạt VNeID mức 2", "1")


def questions(book: Book) -> list[Question]:
    return [question for listed in book.faq for question in listed.questions]


def talk_of(book: Book, scene: Scene = Scene.MENU) -> Talk:
    return Talk(book, State(consent="given", scene=scene, address="cô"), NOW)


# The answer -----------------------------------------------------------------------------------------------


def test_the_source_and_the_day_of_the_check_are_under_every_answer(book: Book) -> None:
    bare = []
    for question in questions(book):
        talk = talk_of(book)
        answers.answer(talk, question.id)
        [draft] = talk.drafts
        source = draft.message.text.rpartition("\n\n")[2]
        if question.source not in source or question.checked_on.strftime("%d/%m/%Y") not in source:
            bare.append(question.id)

    assert bare == []


def test_only_what_changes_often_is_said_to_be_asked_again(book: Book) -> None:
    wrong = []
    for question in questions(book):
        talk = talk_of(book)
        answers.answer(talk, question.id)
        if (RECHECK in talk.drafts[0].message.text) != question.recheck:
            wrong.append(question.id)

    assert wrong == []


def test_an_answer_offers_the_lesson_about_it_the_menu_and_a_person(book: Book, asking: Chat) -> None:
    asking(PASSWORD)

    assert asking.state.scene is Scene.ANSWERED
    assert asking.choices == [
        f"Học bài: {book.current['vneid-quen-ma'].lesson.title}",
        "Chọn bài khác",
        "Nhờ người giúp",
    ]
    asking.press(1)
    assert asking.state.standing is not None
    assert asking.state.standing.lesson == "vneid-quen-ma"


def test_an_answer_without_a_lesson_offers_the_menu_and_a_person(asking: Chat) -> None:
    asking(PASSWORD, CONTRACT)

    assert asking.state.scene is Scene.ANSWERED
    assert asking.choices == ["Chọn bài khác", "Nhờ người giúp"]


@pytest.mark.parametrize("word", ["nhắc lại", "không hiểu gì hết trơn á", "menu", "quay lại", "giúp", "😀"])
def test_after_an_answer_every_word_has_a_reply(asking: Chat, word: str) -> None:
    asking(CONTRACT, word)

    assert asking.messages
    assert asking.choices


# In the middle of something -------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [SIGNATURE, PASSWORD])
def test_an_answer_in_a_lesson_says_the_step_again_and_moves_nothing(learner: Chat, question: str) -> None:
    before, step, choices = learner.state, learner.messages[-1].text, learner.choices

    learner(question)

    kept = {"last_seen", "remind_at"}
    assert learner.state.model_dump(exclude=kept) == before.model_dump(exclude=kept)
    assert "Nguồn:" in learner.messages[0].text
    assert learner.messages[-1].text == step
    assert learner.choices == choices


def test_a_question_in_the_words_of_its_topic_does_not_leave_the_lesson(learner: Chat) -> None:
    learner("tong dai vneid so may")

    assert learner.state.scene is Scene.LESSON
    assert "Nguồn:" in learner.said


@pytest.mark.parametrize("scene", [Scene.TROUBLE, Scene.RESUME, Scene.RESTART], ids=str)
def test_what_was_asked_before_the_question_waits(learner: Chat, scene: Scene) -> None:
    learner.state = learner.state.model_copy(update={"scene": scene})
    before = learner.state.standing

    learner(SIGNATURE)

    assert "Nguồn:" in learner.messages[0].text
    assert (learner.state.scene, learner.state.standing) == (scene, before)
    assert learner.choices


# Two close questions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        pytest.param("1", "Tổng đài", id="by its number"),
        pytest.param("Chữ ký số dùng để làm gì", "chữ ký", id="by its words"),
    ],
)
def test_of_two_close_questions_the_chosen_one_is_answered(asking: Chat, choice: str, said: str) -> None:
    readings = ("question:vneid-tong-dai", "question:digital_signature-la-gi")
    asking.state = asking.state.model_copy(update={"scene": Scene.WHICH, "readings": readings})

    asking(choice)

    assert "Nguồn:" in asking.said
    assert said.lower() in asking.said.lower()
    assert asking.state.scene is Scene.ANSWERED
    assert asking.state.readings == ()


def test_a_choice_of_two_questions_in_a_lesson_leads_back_to_the_step(learner: Chat) -> None:
    step, standing = learner.messages[-1].text, learner.state.standing
    readings = ("question:vneid-tong-dai", "question:digital_signature-la-gi")
    which = {"scene": Scene.WHICH, "readings": readings, "interrupted": Scene.LESSON}
    learner.state = learner.state.model_copy(update=which)

    learner("2")

    assert "Nguồn:" in learner.messages[0].text
    assert learner.messages[-1].text == step
    assert (learner.state.scene, learner.state.standing) == (Scene.LESSON, standing)


def test_two_close_questions_are_shown_in_their_own_words(asking: Chat) -> None:
    readings = ("question:vneid-tong-dai", "question:digital_signature-la-gi")
    asking.state = asking.state.model_copy(update={"scene": Scene.WHICH, "readings": readings})

    asking("nhắc lại")

    assert asking.choices == ["Tổng đài VNeID số mấy, gọi có mất tiền không?", SIGNATURE]


# What is gone ---------------------------------------------------------------------------------------------


def test_a_question_that_is_gone_leads_to_the_menu(book: Book) -> None:
    talk = talk_of(book)

    answers.answer(talk, "taken-out")

    assert talk.state.scene is Scene.MENU
    assert [draft.message.text for draft in talk.drafts] == ["Cô muốn học gì ạ? Cô gõ số, hoặc gõ điều muốn hỏi."]


def test_a_button_for_a_question_that_is_gone_does_not_show_its_id(asking: Chat) -> None:
    readings = ("question:taken-out", "question:digital_signature-la-gi")
    asking.state = asking.state.model_copy(update={"scene": Scene.WHICH, "readings": readings})

    asking(ButtonPressed(f"{asking.state.question}.1"))

    assert asking.messages
    assert "taken-out" not in asking.said


def test_after_an_answer_whose_lesson_is_gone_the_other_ways_are_left(asking: Chat) -> None:
    asking(PASSWORD)
    left = {name: edition for name, edition in asking.book.current.items() if name != "vneid-quen-ma"}
    courses = tuple(
        replace(course, lessons=tuple(one for one in course.lessons if one in left)) for course in asking.book.courses
    )
    asking.book = replace(asking.book, current=left, courses=courses)

    asking(ButtonPressed(f"{asking.state.question}.1"))

    assert asking.state.scene is Scene.MENU
    assert asking.choices


# A step that answers, and no answer -----------------------------------------------------------------------


def test_a_step_that_answers_is_quoted_with_its_lesson(book: Book) -> None:
    lesson = book.current["vneid-la-gi"].lesson
    talk = talk_of(book)

    answers.quote(talk, lesson.id, lesson.steps[0].id)

    [draft] = talk.drafts
    assert draft.message.text.startswith("Bài **VNeID là gì, mức 1 và mức 2** có chỉ chỗ này ạ:\n")
    assert "VNeID là ứng dụng định danh quốc gia" in draft.message.text
    assert (talk.state.scene, talk.state.shown) == (Scene.ANSWERED, "vneid-la-gi")


@pytest.mark.parametrize(("lesson", "step"), [("gone", "la-gi"), ("vneid-la-gi", "gone")])
def test_a_step_that_is_gone_leads_to_the_menu(book: Book, lesson: str, step: str) -> None:
    talk = talk_of(book)

    answers.quote(talk, lesson, step)

    assert talk.state.scene is Scene.MENU
    assert talk.drafts


def test_a_question_without_an_answer_is_never_guessed_at(book: Book) -> None:
    talk = talk_of(book)

    answers.open_topic(talk, Topic("vneid", is_question=True))

    assert talk.drafts[0].message.text.startswith("Dạ câu này em chưa có câu trả lời chắc chắn")
    assert "GẶP NGƯỜI" in talk.drafts[0].message.text
    assert talk.state.scene is Scene.PLACEMENT


# What nothing comes near ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        pytest.param("Con bò nhà tôi bỏ ăn", "con bo nha toi bo an", id="folded"),
        pytest.param("Qwêrty zxcvb 123456 poiuy", "qwerty zxcvb # poiuy", id="numbers masked"),
    ],
)
def test_a_miss_is_counted_folded_and_masked(asking: Chat, typed: str, counted: str) -> None:
    asking(typed)

    assert [effect for effect in asking.effects if isinstance(effect, Unmatched)] == [Unmatched(counted)]


def test_a_phone_number_is_not_counted(asking: Chat) -> None:
    asking("qwerty zxcvb 0912345678")

    assert not any("0912345678" in repr(effect) for effect in asking.effects if not isinstance(effect, Say))


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(State(), id="a stranger"),
        pytest.param(State(consent="asked"), id="asked"),
        pytest.param(State(consent="refused"), id="refused"),
        pytest.param(State(consent="given", scene=Scene.MENU, human="talking"), id="a person is talking"),
    ],
)
def test_nothing_is_counted_without_consent_or_while_a_person_talks(book: Book, state: State) -> None:
    chat = Chat(book, state)("Qwêrty zxcvb poiuy")

    assert not any(isinstance(effect, Unmatched) for effect in chat.effects)


# Asked as residents ask -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def asked(book: Book) -> dict[str, tuple[str, str | None]]:
    """Text -> the id of its question, and of the one whose answer is given, None without an answer."""
    lines = (Path(__file__).parent / "faq_questions.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    found = {text: reader_for(book).read(text, ()) for text, _ in rows}
    return {
        text: (right, understood.question if isinstance((understood := found[text]), QuestionAsked) else None)
        for text, right in rows
    }


def test_every_noisy_question_is_one_of_the_book_and_new_to_it(book: Book, asked: dict[str, tuple[str, str]]) -> None:
    known = {question.id for question in questions(book)}
    written = {text for question in questions(book) for text in (question.question, *question.asked_as)}

    assert len(asked) == 40
    assert {right for right, _ in asked.values()} <= known
    assert not written.intersection(asked)


def test_no_noisy_question_gets_the_answer_of_another(asked: dict[str, tuple[str, str | None]]) -> None:
    wrong = {text: given for text, (right, given) in asked.items() if given not in (None, right)}

    assert wrong == {}


def test_most_noisy_questions_are_answered(asked: dict[str, tuple[str, str | None]]) -> None:
    missed = [text for text, (right, given) in asked.items() if given != right]

    assert len(asked) - len(missed) >= LEAST_RIGHT, missed


def test_an_answer_takes_no_more_messages_than_a_turn_has(learner: Chat) -> None:
    most = 0
    for question in questions(learner.book):
        most = max(most, len(Chat(learner.book, learner.state)(question.question).messages))

    assert most <= MESSAGES_A_TURN


def test_another_question_instead_of_a_choice_does_not_leave_the_lesson(learner: Chat) -> None:
    before = learner.state.standing
    waiting = {"scene": Scene.WHICH, "interrupted": Scene.LESSON, "readings": ("topic:vneid", "topic:dvc")}
    learner.state = learner.state.model_copy(update=waiting)

    learner("vneid co bat buoc khong")

    assert (learner.state.scene, learner.state.standing, learner.state.readings) == (Scene.LESSON, before, ())
    assert "Nguồn:" in learner.said


def test_a_question_without_an_answer_does_not_leave_the_lesson_about_it(learner: Chat) -> None:
    before = learner.state.standing

    learner("vneid dùng ở nước Mỹ được không")

    assert (learner.state.scene, learner.state.standing) == (Scene.LESSON, before)
    assert "chưa có câu trả lời chắc chắn" in learner.said
