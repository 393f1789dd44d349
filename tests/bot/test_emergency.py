"""Whoever is being robbed is heard, however he types it; whoever asks about fraud is not."""

import pytest

from bot.answering import Option
from bot.emergency import Alarm
from bot.matching import words_of
from bot.meanings import Command
from bot.understanding import Reader, reader_for
from lessons.schema import Book

DONE = (Option("Xong rồi", ("xong", "được")), Option("Chưa được", ("chưa", "không được", "bị lỗi")))
QUIZ = (Option("Công an gọi điện"), Option("Không ai cả"), Option("Cán bộ ngân hàng"))


@pytest.fixture(scope="module")
def reader(book: Book) -> Reader:
    return reader_for(book)


@pytest.mark.parametrize(
    "text",
    [
        "bi lua",
        "bij lwaf mat 5 trieu",
        "tôi bị lừa đão rồi",
        "mat tien roi",
        "bị mất hết tiền trong tài khoản",
        "không hiểu sao tài khoản mất hết tiền",
        "lo chuyen khoan cho no roi",
        "lỡ chuyển tiền cho kẻ gian",
        "bi hack zalo",
        "zalo bị người ta chiếm rồi",
        "lo dua ma otp",
        "tôi lỡ đưa cho nó cái mã otp rồi giờ sao",
        "lỡ bấm vào http://abc.top rồi",
        "tôi bị mất tiền vì vào trang abc.com",
        "Nhà bác bị nó nừa mất mấy chục triệu",
        "cong an goi doa",
        "no goi bao la cong an doa bat toi",
        "bị khóa sim",
        "hôm qua tôi lỡ đọc ba số sau thẻ",
        "sáng nay mẹ tôi lỡ cho nó số căn cước",
        "chồng tôi bị lừa",
        "chong tui bi lua mat tien roi",
    ],
)
@pytest.mark.parametrize("options", [(), DONE, QUIZ], ids=["alone", "at a task", "at a quiz"])
def test_emergency_goes_before_everything(reader: Reader, options: tuple[Option, ...], text: str) -> None:
    assert reader.read(text, options) == Command("scammed")


@pytest.mark.parametrize(
    "text",
    [
        "cách nhận biết lừa đảo",
        "làm sao để không bị lừa",
        "sợ bị lừa quá",
        "chống bị lừa thế nào",
        "chong bi lua",
        "nếu bị lừa thì báo ai",
        "mua hàng trên shopee có bị lừa không",
        "mobile money có mất tiền không",
        "chưa bị lừa bao giờ",
        "giữ zalo khỏi bị chiếm",
        "coi chung bi lua nha",
        "người bán đưa mã rồi mình làm gì tiếp",
        "ho dua ma roi bam cho nao",
        "lúa bị sâu",
        "lại bị nữa",
        "Bên em thu hồi vốn treo, lấy lại tiền bị lừa, phí 10% đóng trước, liên hệ thuhoi.top",
        "Tai khoan cua quy khach bi hack, vui long truy cap bank-vn.xyz de xac minh",
    ],
)
def test_question_about_fraud_is_no_emergency(reader: Reader, text: str) -> None:
    assert reader.read(text, ()) != Command("scammed")


def test_words_between_are_few() -> None:
    alarm = Alarm(["lỡ đưa mã otp"])

    assert alarm.rings(words_of("lỡ đưa cho nó cái mã otp"), is_quoted=False)
    assert not alarm.rings(words_of("lỡ đưa con đi học trễ nên quên mất là có mã otp"), is_quoted=False)


def test_quoted_text_counts_only_when_it_speaks_of_oneself() -> None:
    alarm = Alarm(["bị hack"])

    assert alarm.rings(words_of("tôi bị hack"), is_quoted=True)
    assert not alarm.rings(words_of("tài khoản bị hack"), is_quoted=True)
    assert alarm.rings(words_of("tài khoản bị hack"), is_quoted=False)


@pytest.mark.parametrize("text", ["´", "´ bị hack", "\u0301", "bị ´ hack"])
def test_accent_without_a_letter_is_no_word_of_an_emergency(text: str) -> None:
    assert Alarm(["bị hack"]).rings(words_of(text), is_quoted=False) == ("hack" in text)
