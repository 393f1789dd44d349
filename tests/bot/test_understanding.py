"""What a text means where the conversation stands."""

import gc
import weakref
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering import Option
from bot.meanings import (
    Answer,
    Command,
    LessonAsked,
    NotUnderstood,
    Pasted,
    QuestionAsked,
    StepAsked,
    Topic,
    TwoReadings,
    Understood,
)
from bot.understanding import Reader, reader_for
from lessons.schema import RESERVED_COMMANDS, Book, Edition, Lesson, PlaceFacts, Question, QuestionList, Step

DANGEROUS = {"unsubscribe", "delete_my_data", "subscribe_weather"}
DONE = (
    Option("Xong rồi", ("xong", "làm rồi", "được rồi", "rồi", "ok", "được", "tiếp")),
    Option("Chưa được", ("chưa", "không được", "làm không được", "không", "bị lỗi")),
)
AGREE = (Option("Đồng ý", ("có", "ừ")), Option("Không đồng ý", ("không", "thôi")), Option("Nói rõ hơn"))
PHONES = (Option("Android", ("samsung", "oppo", "xiaomi")), Option("iPhone"), Option("Không biết"))
ADDRESSES = tuple(Option(label) for label in ("Bác", "Cô", "Chú", "Anh", "Chị", "Ông", "Bà", "Bà con"))
QUIZ = (Option("Công an gọi điện"), Option("Không ai cả"), Option("Cán bộ ngân hàng"))
SOME_WORDS = "dạ không đừng gửi tin xóa dữ liệu vneid bị lừa rồi 2 ok : . http://a.vn"
COURSES = (Option("VNeID – căn cước điện tử"), Option("Phòng tránh lừa đảo"))


@pytest.fixture(scope="module")
def reader(book: Book) -> Reader:
    return reader_for(book)


def lesson(name: str, course: str, title: str, *asked_as: str) -> Edition:
    made = Lesson(
        id=name,
        course=course,
        title=title,
        minutes=5,
        owner="Tổ",
        checked_on=date(2026, 11, 1),
        sources=("nguồn",),
        asked_as=asked_as,
        steps=(Step(id="mot", say="Chào"),),
    )
    return Edition(made, version=name, file=f"{name}.yaml", text=name)


def small_book(book: Book, *editions: Edition, topics: Mapping[str, tuple[str, ...]] | None = None) -> Book:
    """The first of the real phrases with other lessons, or other topics."""
    topics = {name: texts[:15] for name, texts in book.phrases.topics.items()} if topics is None else topics
    commands = {name: texts[:15] for name, texts in book.phrases.commands.items()}
    strangers = book.phrases.out_of_scope[::20]
    phrases = book.phrases.model_copy(update={"topics": topics, "commands": commands, "out_of_scope": strangers})
    return Book(
        courses=(),
        current={edition.lesson.id: edition for edition in editions},
        phrases=phrases,
        place_facts=PlaceFacts(places={}),
        timezone=ZoneInfo("Asia/Ho_Chi_Minh"),
    )


def answered(understood: Understood, options: tuple[Option, ...]) -> str:
    assert isinstance(understood, Answer), understood
    return options[understood.index].label


# What the step expects --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        (DONE, "xong", "Xong rồi"),
        (DONE, "dạ xong rồi ạ", "Xong rồi"),
        (DONE, "em oi xong roi nha", "Xong rồi"),
        (DONE, "Xog rồi", "Xong rồi"),
        (DONE, "làm xong hết rồi", "Xong rồi"),
        (DONE, "👍", "Xong rồi"),
        (DONE, "tieeps", "Xong rồi"),
        (DONE, "bước tiếp theo", "Xong rồi"),
        (DONE, "chua dc", "Chưa được"),
        (DONE, "hổng được", "Chưa được"),
        (DONE, "chưa làm được", "Chưa được"),
        (DONE, "khum", "Chưa được"),
        (DONE, "1", "Xong rồi"),
        (DONE, "cái thứ hai", "Chưa được"),
        (DONE, "câu b", "Chưa được"),
        (AGREE, "dong y", "Đồng ý"),
        (AGREE, "đồng ý nhé", "Đồng ý"),
        (AGREE, "vâng", "Đồng ý"),
        (AGREE, "đúng rồi", "Đồng ý"),
        (AGREE, "không đồng ý", "Không đồng ý"),
        (AGREE, "thôi khỏi", "Không đồng ý"),
        (AGREE, "hổng cần", "Không đồng ý"),
        (PHONES, "máy samsung", "Android"),
        (PHONES, "dien thoai sam sung", "Android"),
        (PHONES, "samsum", "Android"),
        (PHONES, "tui xài oppo a5", "Android"),
        (PHONES, "iphon", "iPhone"),
        (PHONES, "không biết nữa", "Không biết"),
        (ADDRESSES, "goi bac di con", "Bác"),
        (ADDRESSES, "kêu tui là chú", "Chú"),
        (ADDRESSES, "co", "Cô"),
        (ADDRESSES, "ba", "Bà"),
        (ADDRESSES, "bà con", "Bà con"),
        (QUIZ, "khong ai", "Không ai cả"),
        (QUIZ, "khong co ai", "Không ai cả"),
        (QUIZ, "cong an", "Công an gọi điện"),
        (COURSES, "lua dao", "Phòng tránh lừa đảo"),
        (COURSES, "can cuoc dien tu", "VNeID – căn cước điện tử"),
    ],
)
def test_expected_answer_is_heard(reader: Reader, options: tuple[Option, ...], text: str, expected: str) -> None:
    assert answered(reader.read(text, options), options) == expected


@pytest.mark.parametrize(
    ("options", "text"),
    [
        pytest.param(PHONES, "không phải samsung", id="denied"),
        pytest.param(ADDRESSES, "có", id="accents say another word"),
        pytest.param(ADDRESSES, "bận", id="accents say another word again"),
        pytest.param(DONE, "không thấy mã otp", id="a short answer inside a complaint"),
        pytest.param(DONE, "vneid có mất tiền không", id="a question"),
        pytest.param(QUIZ, "9", id="number out of range"),
        pytest.param((Option("Mở ví giấy tờ"), Option("Mở ví điện tử")), "mở ví", id="two labels alike"),
        pytest.param((Option("Má"), Option("Mã")), "ma", id="two labels that only accents tell apart"),
    ],
)
def test_what_is_no_clear_answer_is_none(reader: Reader, options: tuple[Option, ...], text: str) -> None:
    assert not isinstance(reader.read(text, options), Answer)


@pytest.mark.parametrize(("text", "expected"), [("má", "Má"), ("mã", "Mã"), ("MÃ ạ", "Mã")])
def test_typed_accents_decide_between_labels(reader: Reader, text: str, expected: str) -> None:
    options = (Option("Má"), Option("Mã"), Option("Mạ"))

    assert answered(reader.read(text, options), options) == expected


def test_label_goes_before_number(reader: Reader) -> None:
    options = (Option("2"), Option("1"))

    assert reader.read("1", options) == Answer(1)


# Reserved commands ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("menu", "menu"),
        ("cho tôi về trang chủ", "menu"),
        ("quay lai", "back"),
        ("quay lại bước truớc đi con", "back"),
        ("lùi lại giùm cái", "back"),
        ("nhac lai", "repeat"),
        ("nói lại coi", "repeat"),
        ("hả", "repeat"),
        ("giúp với", "stuck_help"),
        ("bấm không được", "stuck_help"),
        ("tôi không hiểu", "stuck_help"),
        ("gawpj nguoi thatj", "talk_to_human"),
        ("cho bác gặp cán bộ với", "talk_to_human"),
        ("dừng", "unsubscribe"),
        ("DỪNG LẠI", "unsubscribe"),
        ("dung nhan tin", "unsubscribe"),
        ("đừng gửi tin nữa", "unsubscribe"),
        ("xoa du lieu", "delete_my_data"),
        ("dữ liệu của tôi", "show_my_data"),
        ("bi lua", "scammed"),
    ],
)
@pytest.mark.parametrize("options", [(), DONE, ADDRESSES], ids=["alone", "at a task", "at another question"])
def test_reserved_command_works_everywhere(reader: Reader, options: tuple[Option, ...], text: str, name: str) -> None:
    assert name in RESERVED_COMMANDS
    assert reader.read(text, options) == Command(name)


def test_help_yields_to_an_answer_of_the_same_words(reader: Reader) -> None:
    assert reader.read("không biết", ()) == Command("stuck_help")
    assert reader.read("không biết", PHONES) == Answer(2)


def test_dung_without_accents_stops_unless_it_may_be_a_yes(reader: Reader) -> None:
    asked = (Option("Xóa hết", ("có", "xóa")), Option("Giữ lại", ("không",)))

    assert reader.read("đúng", ()) == Command("yes")
    assert reader.read("đừng", ()) == Command("no")
    assert reader.read("dừng", ()) == Command("unsubscribe")
    assert reader.read("DUNG", ()) == Command("unsubscribe")  # as our own sentences write it
    assert reader.read("dung", ()) == Command("unsubscribe")
    assert reader.read("dung", asked) == TwoReadings(Command("unsubscribe"), Command("menu"))


@pytest.mark.parametrize(
    "text",
    [
        "không muốn xóa dữ liệu",
        "nhận tin nhắn lạ thì sao",
        "dừng xe ở đâu",
        "tin thời tiết có đúng không",
        "xóa ứng dụng vneid",
        "hủy đơn hàng",
        "tắt điện thoại",
        "đăng ký xe trong vneid",
        "thôi không cần",
        "xe buýt dừng ở ngã tư nào",
        "xóa tin nhắn lạ trong máy được không",
        "xoá số điện thoại cũ khỏi danh bạ",
        "xóa ảnh trong máy",
        "xóa tài khoản facebook",
        "xóa tài khoản vneid",
        "chưa muốn xóa dữ liệu đâu",
        "dữ liệu di động hết rồi",
        "hết dữ liệu 4g thì làm sao",
        "quên dữ liệu là sao",
        "hủy hồ sơ đã nộp",
        "hủy lệnh chuyển tiền",
        "ngừng đóng bảo hiểm có mất không",
        "nhà mạng cứ gửi tin quảng cáo",
        "làm sao chặn tin nhắn rác",
        "đừng cúp máy",
        "tắt định vị trên điện thoại",
        "không dừng đâu",
        "chưa muốn dừng",
        "không nhận được tin otp",
        "không nhận được tin thời tiết",
        "gửi tin cho con tui cách nào",
        "đăng ký mua bảo hiểm y tế",
        "đăng ký thuê bao chính chủ",
        "đăng ký nhận lương hưu qua thẻ",
        "dự báo thời tiết hôm nay",
        "nghỉ học rồi",
        "bỏ qua bước này",
    ],
)
@pytest.mark.parametrize("options", [(), DONE], ids=["alone", "at a task"])
def test_dangerous_command_is_never_guessed(reader: Reader, options: tuple[Option, ...], text: str) -> None:
    understood = reader.read(text, options)

    assert not (isinstance(understood, Command) and understood.name in DANGEROUS)


def test_dangerous_command_that_is_only_near_is_asked_about(reader: Reader) -> None:
    understood = reader.read("dữ liệu di động hết rồi", ())

    assert isinstance(understood, TwoReadings)
    assert Command("delete_my_data") in (understood.first, understood.second)


def test_stop_in_other_words_is_done_or_asked_about(reader: Reader) -> None:
    understood = reader.read("đừng có gửi tin cho bác nữa nghen", ())

    assert Command("unsubscribe") in (understood, getattr(understood, "first", None))


# Topics, lessons, two readings -----------------------------------------------------------------------------


def test_question_about_a_site_of_the_state_is_answered(reader: Reader) -> None:
    text = "cách đăng nhập dichvucong.gov.vn thế nào"

    assert reader.intent(text).intent == "dvc"
    assert not isinstance(reader.read(text, ()), Pasted | NotUnderstood)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nop thue dat qua mang", Topic("etax")),
        ("khách quét mã qr mà chưa thấy tiền", Topic("qr_payment")),
        ("thẻ bhyt của bác", Topic("vssid_bhyt", lesson="bhyt-di-kham")),
        ("đăng ký thời tiết", Command("subscribe_weather")),
        ("mai có mưa không cháu", Topic("weather_bulletin", is_question=True)),
        ("cảm ơn cháu nhiều", Command("thanks")),
        ("học lại từ đầu", Command("restart")),
        ("lúa bị đạo ôn phun thuốc gì", NotUnderstood()),
        ("giá heo hơi bữa nay", NotUnderstood()),
    ],
)
def test_topics_and_other_commands(reader: Reader, text: str, expected: Understood) -> None:
    assert reader.read(text, ()) == expected


def test_lesson_goes_before_its_course_when_it_fits_clearly_better(book: Book) -> None:
    forgotten = lesson("vneid-quen", "vneid", "Lấy lại mã mở VNeID", "quên passcode vneid", "quên mã sáu số")
    reader = Reader(small_book(book, forgotten))

    assert reader.read("bác quên passcode vneid rồi", ()) == LessonAsked("vneid-quen")
    assert reader.read("vneid", ()) == Topic("vneid")
    assert reader.intent("bác quên passcode vneid rồi").intent == "vneid"


def test_two_close_meanings_are_asked_about(book: Book) -> None:
    topics = {"apples": ("bán táo ngoài chợ xa",), "pears": ("bán lê ngoài chợ xa",)}
    reader = Reader(small_book(book, topics=topics))

    understood = reader.read("bán lê bán táo ngoài chợ xa", ())

    assert isinstance(understood, TwoReadings)
    assert {understood.first, understood.second} == {Topic("apples"), Topic("pears")}


# Questions ------------------------------------------------------------------------------------------------


def asked(name: str, text: str, *asked_as: str) -> Question:
    checked_on = date(2026, 11, 1)
    return Question(id=name, question=text, asked_as=asked_as, answer="Dạ.", source="nguồn", checked_on=checked_on)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Dùng VNeID có mất tiền không?", id="as written"),
        pytest.param("dung vneid co mat tien khong", id="without accents"),
        pytest.param("dung VNeID cos maats tieenf khoong", id="telex"),
        pytest.param("dạ em ơi cho hỏi dùng vneid có mất tiền không ạ", id="with courtesy"),
        pytest.param("dùng vneid có mất tiền hông", id="of the South"),
        pytest.param("dùng vneid có mất tiền khong zậy", id="teencode"),
        pytest.param("xài vneid có phải trả tiền gì hông", id="other words"),
        pytest.param("dùng vneid có mát tiền không", id="a slip in an accent"),
    ],
)
def test_question_in_other_words_is_found(reader: Reader, text: str) -> None:
    assert reader.read(text, ()) == QuestionAsked("vneid-mat-phi")


def test_every_question_is_found_by_its_own_words(reader: Reader, book: Book) -> None:
    questions = [question for listed in book.faq for question in listed.questions]

    read = {question.id: reader.read(question.question, ()) for question in questions}

    # Whoever writes "bị lừa rồi" is helped first, also when he writes it as a question.
    others = {name for name, found in read.items() if found not in (QuestionAsked(name), Command("scammed"))}
    assert others == set()
    assert sum(found == Command("scammed") for found in read.values()) <= 6


@pytest.mark.parametrize(
    ("text", "topic"),
    [("vneid", "vneid"), ("thuế đất", "etax"), ("quét mã qr", "qr_payment"), ("thẻ bhyt", "vssid_bhyt")],
)
def test_topic_alone_is_not_answered_by_a_question(reader: Reader, text: str, topic: str) -> None:
    meant = reader.read(text, ())

    assert isinstance(meant, Topic)
    assert (meant.topic, meant.is_question) == (topic, False)


def test_question_without_an_answer_is_told_from_its_topic(reader: Reader) -> None:
    text = "vneid là của cơ quan nào quản lý vậy"

    assert reader.read(text, ()) == Topic("vneid", is_question=True)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("vneid là của cơ quan nào quản lý vậy", "vneid"),
        ("vneid có xem được phim không", "vneid"),
        ("bảo hiểm y tế có màu gì", "vssid_bhyt"),
    ],
)
def test_question_without_an_answer_is_given_none(reader: Reader, text: str, topic: str) -> None:
    assert reader.intent(text).intent == topic
    assert not isinstance(reader.read(text, ()), QuestionAsked)


def test_two_close_questions_are_asked_about(book: Book) -> None:
    listed = QuestionList(
        topic="bills",
        questions=(
            asked("dien-sang", "Đóng tiền điện buổi sáng ở quầy được không?"),
            asked("dien-toi", "Đóng tiền điện buổi tối ở quầy được không?"),
            asked("cup-nuoc", "Nước bị cúp thì gọi ai?"),
            asked("phi-vi", "Trả hóa đơn bằng ví có mất phí không?"),
        ),
    )
    reader = Reader(replace(small_book(book), faq=(listed,)))

    understood = reader.read("đóng tiền điện ở quầy được không", ())

    assert isinstance(understood, TwoReadings)
    assert {understood.first, understood.second} == {QuestionAsked("dien-sang"), QuestionAsked("dien-toi")}
    assert reader.read("đóng tiền điện buổi tối ở quầy được không", ()) == QuestionAsked("dien-toi")


def test_question_that_a_step_answers_leads_to_the_step(book: Book) -> None:
    made = lesson("vneid-mau-nut", "vneid", "Bài thử")
    says = made.lesson.model_copy(update={"steps": (Step(id="mau-nut", say="Nút VNeID màu đỏ nằm góc trái."),)})
    reader = Reader(small_book(book, replace(made, lesson=says)))

    assert reader.read("nút vneid màu đỏ nằm góc nào", ()) == StepAsked("vneid-mau-nut", "mau-nut")
    assert not isinstance(reader.read("nút tiền điện màu đỏ nằm góc nào", ()), StepAsked)


@pytest.mark.parametrize("nth", range(5))
def test_what_is_nobodys_subject_is_not_understood(reader: Reader, book: Book, nth: int) -> None:
    texts = book.phrases.out_of_scope[nth::50]

    # Reserved words and pasted messages go before; what is left is said to be nobody's by its very words.
    understood = [text for text in texts if isinstance(reader.read(text, ()), Topic | LessonAsked | QuestionAsked)]

    assert len(texts) > 20
    assert understood == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("quay lại", "back", id="command"),
        pytest.param("vneid", "vneid", id="topic"),
        pytest.param("dùng vneid có mất tiền không", "faq:vneid-mat-phi", id="question"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_nearest_label_is_told_to_editors(reader: Reader, text: str, label: str | None) -> None:
    assert reader.nearest(text) == label


def test_nearest_label_is_told_however_far_it_is(reader: Reader, book: Book) -> None:
    text = "con bò nhà tôi bỏ ăn"

    assert reader.read(text, ()) == NotUnderstood()
    assert reader.nearest(text) not in (None, "out_of_scope")


# As a whole -------------------------------------------------------------------------------------------------


def test_utterances_are_understood(reader: Reader) -> None:
    lines = (Path(__file__).parent / "utterances.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]

    wrong = [text for text, right in rows if reader.intent(text).intent not in right.split(",")]
    dangerous = [
        text
        for text, right in rows
        if isinstance(understood := reader.read(text, ()), Command)
        and understood.name in DANGEROUS
        and understood.name not in right.split(",")
    ]

    assert len(rows) > 150
    assert len(wrong) <= 0.05 * len(rows), wrong
    assert dangerous == []


def test_out_of_scope_names_the_nearest_label(reader: Reader) -> None:
    reading = reader.intent("con bò nhà tôi bỏ ăn")

    assert reading.intent == "out_of_scope"
    assert reading.runner_up is not None
    assert 0.5 < reading.score <= 1


@given(
    st.text() | st.lists(st.sampled_from(SOME_WORDS.split())).map(" ".join),
    st.lists(st.builds(Option, st.text(max_size=20), st.tuples(st.text(max_size=8)), st.booleans()), max_size=4),
    st.booleans(),
)
def test_any_text_at_any_question_has_a_reading(
    reader: Reader, text: str, options: list[Option], is_learning: bool
) -> None:
    understood = reader.read(text, options, is_learning=is_learning)

    assert isinstance(understood, Understood)
    assert not isinstance(understood, Answer) or 0 <= understood.index < len(options)


@given(st.lists(st.sampled_from(SOME_WORDS.split())))
def test_any_words_have_an_intent(reader: Reader, words: list[str]) -> None:
    reading = reader.intent(" ".join(words))

    assert reading.intent
    assert 0 <= reading.score <= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "😀" * 50_000,
        "x" * 50_000,
        "lỡ " * 17_000,
        "a." * 25_000,
        "\u0000\u200b" * 100,
        "\ud800",
        "\u0301",
        "9´ vneid",
    ],
    ids=[
        "empty",
        "blank",
        "emoji",
        "one word",
        "many words",
        "dots",
        "control characters",
        "surrogate",
        "accent",
        "accent before",
    ],
)
def test_odd_texts_are_read(reader: Reader, text: str) -> None:
    assert isinstance(reader.read(text, DONE), Understood)
    assert 0 <= reader.intent(text).score <= 1


def test_reader_is_kept_as_long_as_its_book(book: Book) -> None:
    passing = small_book(book)
    gone = weakref.ref(passing)

    first = reader_for(passing)
    assert reader_for(passing) is first

    del passing
    gc.collect()
    assert gone() is None
