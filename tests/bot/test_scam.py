"""The scam checker: what swindlers write is found, what honest people write is left in peace."""

import csv
import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scam import Checker, Verdict, check
from lessons.schema import Book
from lessons.signs import ScamSigns
from tests.bot.conversation import Chat

HERE = Path(__file__).parent
LEVELS = ("danger", "caution", "no_sign_found")
VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắấéèẻẹếềốộờợứựíịýỳ" + string.digits + " .,:!?/*#\n%“”{}…-"
PHRASES = st.sampled_from(
    [
        "đọc mã otp",
        "không",
        "bit.ly/abc",
        "<đường dẫn>",
        "chuyển gấp",
        "20 triệu",
        "5tr",
        "thủ đoạn",
        "{words}",
        "2h",
        "…",
        ",",
    ]
)


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def signs(book: Book) -> ScamSigns:
    assert book.signs is not None
    return book.signs


def made(**changes: object) -> ScamSigns:
    """One danger, two cautions of weight 3 and 2."""
    fields = {
        "checked_on": date(2026, 11, 22),
        "caution_from": 3,
        "danger_from": 5,
        "denials": ["không", "không bao giờ"],
        "not_denials": ["nếu không"],
        "told": ["thủ đoạn"],
        "short_forms": {"stk": "số tài khoản"},
        "known_hosts": ["csgt.vn"],
        "advice_without_sign": "hoi",
        "advice": {"hoi": "Hỏi con cháu.", "dung": "Đừng đọc.", "khoan": "Khoan đã."},
        "signs": [
            {"id": "gap", "level": "caution", "weight": 2, "words": ["sau <số> giờ"], "reason": "Giục: {words}.",
             "advice": "khoan", "source": "thử"},
            {"id": "ma", "level": "danger", "words": ["đọc ... otp"], "unless": ["wifi"], "reason": "Hỏi mã: {words}.",
             "advice": "dung", "source": "thử"},
            {"id": "tien", "level": "caution", "words": ["chuyển ... <số tiền>", "bấm ... đường dẫn", "số tài khoản",
             "<đường dẫn bit.ly>"], "reason": "Tiền: {words}.", "advice": "hoi", "source": "thử"},
        ],
    }  # fmt: skip
    return ScamSigns.model_validate(fields | changes)


@pytest.fixture(scope="module")
def by_signs(signs: ScamSigns) -> ScamSigns:
    """The signs alone, without what was learnt from examples."""
    return signs.model_copy(update={"examples": None})


# The signs of the project ---------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("scam_messages.tsv"), ids=lambda row: f"{row['scenario']}: {row['text'][:30]}")
def test_tricks_are_seen(by_signs: ScamSigns, row: dict[str, str]) -> None:
    verdict = check(by_signs, row["text"])

    assert verdict.level == row["level"], verdict.reasons
    assert verdict.reasons
    assert verdict.advice


def test_every_scenario_of_the_ministry_has_its_message() -> None:
    scenarios = {row["scenario"] for row in rows("scam_messages.tsv")}

    # The sixth, a false address, is read with the addresses; here only what is said around one.
    assert {str(number) for number in range(1, 26)} <= scenarios


@pytest.mark.parametrize("row", rows("true_messages.tsv"), ids=lambda row: f"{row['kind']}: {row['text'][:30]}")
def test_true_messages_are_left_in_peace(signs: ScamSigns, row: dict[str, str]) -> None:
    assert check(signs, row["text"]).level == "no_sign_found"


@pytest.mark.parametrize(
    "text",
    [
        "Công an xã cảnh báo thủ đoạn giả danh công an, yêu cầu chuyển tiền vào tài khoản tạm giữ. Bà con cảnh giác.",
        "Cac doi tuong gia danh nhan vien dien luc goi dien doa cat dien, bao cai ung dung la, cung cap ma OTP.",
    ],
)
def test_warnings_about_tricks_are_at_most_doubtful(signs: ScamSigns, text: str) -> None:
    assert check(signs, text).level == "caution"


def test_no_sentence_says_safe(book: Book, signs: ScamSigns) -> None:
    say = book.phrases.say
    said = [sign.reason for sign in signs.signs] + list(signs.advice.values())

    for text in (*said, say.scam_danger, say.scam_caution, say.scam_no_sign):
        assert "an toàn" not in text.lower()


# How signs are read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "level"),
    [
        pytest.param("Đọc mã OTP", "danger", id="accents"),
        pytest.param("DOC GIUP EM CAI MA otp", "danger", id="none, and words between"),
        pytest.param("đọc. otp", "no_sign_found", id="not over the end of a sentence"),
        pytest.param("đóc cái mã otp", "no_sign_found", id="other accents"),
        pytest.param("bác doc giúp cháu mã otp với", "no_sign_found", id="none among accents is another word"),
        pytest.param("không đọc mã otp", "no_sign_found", id="denied"),
        pytest.param("nếu không đọc mã otp", "danger", id="a threat denies nothing"),
        pytest.param("không sao, đọc mã otp", "danger", id="denied before a comma"),
        pytest.param("không bao giờ cán bộ nào bảo ai đọc mã otp", "no_sign_found", id="a long denial reaches far"),
        pytest.param("không đọc mã otp cho ai, đọc mã otp", "danger", id="denied once only"),
        pytest.param("không đọc, đọc mã otp", "no_sign_found", id="both are about one code"),
        pytest.param("đọc mã otp của wifi", "no_sign_found", id="unless"),
        pytest.param("thủ đoạn mới: bảo đọc mã otp", "caution", id="told"),
        pytest.param("sau 2h", "no_sign_found", id="too light by itself"),
        pytest.param("chuyen 5tr", "caution", id="a sum"),
        pytest.param("chuyển cho em 2.500.000đ nhé", "caution", id="a sum with dots"),
        pytest.param("chuyển năm triệu", "caution", id="a sum spelt out"),
        pytest.param("chuyển 3 xã", "no_sign_found", id="no sum"),
        pytest.param("chuyển 20 triệu sau 2 giờ", "danger", id="weights add up"),
        pytest.param("chuyen 20tr. sau 2h", "danger", id="over sentences"),
        pytest.param("STK của em đây", "caution", id="short form"),
        pytest.param("bấm vào abc.top", "caution", id="an address is an address"),
        pytest.param("bấm vào dichvucong.gov.vn", "no_sign_found", id="but one of the state"),
        pytest.param("bấm vào www.csgt.vn/tra-cuu", "no_sign_found", id="and one that is known"),
        pytest.param("bấm vào csgt.vn.top", "caution", id="and not what is like it"),
        pytest.param("xem bit.ly/abc", "caution", id="a host"),
        pytest.param("xem rabbit.ly/abc", "no_sign_found", id="another host"),
        pytest.param("", "no_sign_found", id="nothing"),
    ],
)
def test_signs_are_read(text: str, level: str) -> None:
    assert check(made(), text).level == level


def test_the_verdict_points_at_the_words_found() -> None:
    verdict = check(made(), "Chị đọc **MÃ {OTP}** giúp, sau 2h mất tiền. Chuyển gấp cho em là 5tr nha")

    assert verdict == Verdict(
        "danger",
        ("Hỏi mã: “đọc MÃ OTP”.", "Tiền: “Chuyển … 5tr”.", "Giục: “sau 2h”."),
        "Đừng đọc.",
    )


def test_an_address_is_shown_so_that_nobody_presses_it() -> None:
    assert check(made(), "https://bit.ly/x?y").reasons == ("Tiền: “bit . ly”.",)


def test_without_a_sign_there_is_advice() -> None:
    assert check(made(), "chào bác") == Verdict("no_sign_found", (), "Hỏi con cháu.")


@settings(max_examples=200, deadline=None)
@given(text=st.lists(st.text(VIETNAMESE, max_size=40) | PHRASES | st.text(max_size=10), max_size=20).map(" ".join))
def test_any_text_gets_a_verdict(book: Book, text: str) -> None:
    assert book.signs is not None
    verdict = check(book.signs, text)

    assert verdict.level in LEVELS
    assert bool(verdict.reasons) == (verdict.level != "no_sign_found")
    assert verdict.advice
    assert verdict == Checker(book.signs).check(text) if len(text) < 30 else True


# In the conversation --------------------------------------------------------------------------------------

SCAM = "Thue bao cua quy khach se bi khoa sau 2 gio, doc ma OTP de giu so"


def test_a_message_that_is_pasted_gets_its_verdict(chat: Chat) -> None:
    chat(SCAM)

    assert "rất giống lừa đảo" in chat.said
    assert "“doc ma OTP”" in chat.said
    assert "cô gọi số in trên thẻ" in chat.said
    assert chat.said.count("\n- ") <= 3


def test_the_step_is_said_again_behind_the_verdict(learning: Chat) -> None:
    learning("1", SCAM)

    assert "rất giống lừa đảo" in learning.messages[0].text
    assert "Máy gì ạ?" in learning.messages[-1].text
    assert learning.choices == ["Android", "iPhone"]


def test_without_a_sign_nothing_is_promised(chat: Chat) -> None:
    chat("Quý khách vui lòng liên hệ hotline để xác nhận đơn hàng đã giao")

    assert "chưa thấy dấu hiệu" in chat.said
    assert "an toàn" not in chat.said


def test_who_asks_for_a_check_is_asked_for_the_message(chat: Chat) -> None:
    assert "dán nguyên tin" in chat("kiểm tra hộ cô cái tin này với").said


def test_a_code_in_a_pasted_message_is_hidden_and_the_message_checked(chat: Chat) -> None:
    chat("Quy khach vui long xac nhan: ma OTP la 482913, cung cap ma OTP nay cho nhan vien de nhan thuong")

    assert "482913" not in chat.said
    assert chat.book.phrases.say.secret_warning[:10] in chat.said
    assert "rất giống lừa đảo" in chat.said


def test_a_chatty_message_that_nobody_understands_is_looked_through(chat: Chat) -> None:
    chat("Chị ơi em đang kẹt quá, cho em mượn 8 triệu chiều em gửi lại, chị chuyển vào tài khoản Tran Thi Mai giúp em")

    assert "rất giống lừa đảo" in chat.said
