"""What is pasted to be checked: links, and messages of offices and sellers."""

import pytest

from bot.pasted import is_of_the_state, links_in, without_links
from bot.understanding import Option, Pasted, Reader, reader_for
from lessons.schema import Book

DONE = (Option("Xong rồi", ("xong", "được")), Option("Chưa được", ("chưa", "không được", "bị lỗi")))


@pytest.fixture(scope="module")
def reader(book: Book) -> Reader:
    return reader_for(book)


@pytest.mark.parametrize(
    "text",
    [
        "http://shopee-qua.site/nhan",
        "bit.ly/3abcXYZ",
        "vneid-xacnhan.top",
        "Xem giúp link này: vietin-ipay.vip",
        "https://dichvucong.gov.vn",
        "https://dichvucong.gov.vn.abc.top/x",
        "vào 103.12.88.9 để nhận quà",
        "Thue bao cua ban bi khoa trong 1 gio toi, doc ma OTP de giu so",
        'Nó gửi như vầy xem giúp: "mẹ ơi con đổi số, gửi con 5 triệu"',
        "Kính gửi quý khách, đơn hàng của quý khách đã giao. " + "Trân trọng cảm ơn quý khách. " * 10,
    ],
)
def test_pasted_message_is_to_be_checked(reader: Reader, text: str) -> None:
    assert reader.read(text, DONE) == Pasted()
    assert reader.intent(text).intent == "scam_check"


@pytest.mark.parametrize(
    "text",
    ["xong.con hoi", "1.500.000đ", "ba@gmail.com", "v.v", "bài 2.la sao", "cảm ơn thông báo của bạn", "TP.HCM"],
)
def test_these_are_no_links(reader: Reader, text: str) -> None:
    assert reader.read(text, ()) != Pasted()


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("vào https://abc.top/x?y=1 rồi", ["https://abc.top/x?y=1"]),
        ("shopee.vn và LAZADA.VN", ["shopee.vn", "LAZADA.VN"]),
        ("zalo.me/g/abc", ["zalo.me/g/abc"]),
        ("xong.la sao", []),
        ("", []),
    ],
)
def test_links_are_found(text: str, links: list[str]) -> None:
    assert links_in(text) == links


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("dichvucong.gov.vn", True),
        ("https://vneid.gov.vn/a", True),
        ("gov.vn.abc.top", False),
        ("https://dichvucong-gov.vn", False),
        ("dichvucong.gov.vn.com", False),
        ("dichvucong.gov.vn-hotro.top", False),
    ],
)
def test_sites_of_the_state(link: str, expected: bool) -> None:
    assert is_of_the_state(link) is expected


def test_links_give_way_to_a_word() -> None:
    assert without_links("lỡ bấm http://a.vn rồi").split() == ["lỡ", "bấm", "link", "rồi"]
