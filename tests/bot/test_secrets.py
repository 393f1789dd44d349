"""What is hidden before a text is stored, and what stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.secrets import BLOCK, mask


def hidden(text: str) -> str:
    """What the mask covers, as it was typed."""
    masked = mask(text).text
    return "".join(was for was, now in zip(unicodedata.normalize("NFC", text), masked, strict=True) if now == BLOCK)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("123456", "123456"),
        ("4821", "4821"),
        ("dạ 482913 ạ", "482913"),
        ("82 71 99", "82 71 99"),
        ("1 2 3 4 5 6", "1 2 3 4 5 6"),
        ("G-123456", "G-123456"),
        ("１２３４５６", "１２３４５６"),
        ("otp 112233 nhe", "112233"),
        ("otp112233", "112233"),
        ("ma otp cua toi la 4821", "4821"),
        ("mã 6 số là 482913", "482913"),
        ("mã xác nhận là 123-456", "123-456"),
        ("maf xacs nhaanj laf 482913", "482913"),
        ("no gui ma 829134 ve may", "829134"),
        ("mã là 2024", "2024"),
        ("482913 là mã của tôi", "482913"),
        ("OTP cua Quy Khach la: 98113511. Ma co hieu luc 2 phut", "98113511"),
        ("tôi nhập 482913 mà không được", "482913"),
    ],
)
def test_one_time_code_is_hidden(text: str, secret: str) -> None:
    assert mask(text).found == {"otp"}
    assert hidden(text) == secret


@pytest.mark.parametrize(
    ("text", "secret", "kind"),
    [
        ("079123456789", "079123456789", "id_number"),
        ("số của tôi 079 123 456 789 nhé", "079 123 456 789", "id_number"),
        ("cccd 079.123.456.789", "079.123.456.789", "id_number"),
        ("cccd079123456789", "079123456789", "id_number"),
        ("cmnd 123456789", "123456789", "id_number"),
        ("chung minh nhan dan cua toi 024 123 456", "024 123 456", "id_number"),
        ("4111 1111 1111 1111", "4111 1111 1111 1111", "card"),
        ("thẻ 4111-1111-1111-1111 nè", "4111-1111-1111-1111", "card"),
        ("stk 0123456789", "0123456789", "account"),
        ("stk0123456789", "0123456789", "account"),
        ("số tài khoản 19031234567890 techcombank", "19031234567890", "account"),
        ("taif khoanr vcb 0071000123456", "0071000123456", "account"),
        ("chuyển 500000 vào tài khoản 123456", "123456", "account"),
        ("tài khoản 12345678 do con tôi mở", "12345678", "account"),
        ("0071000123456 ngân hàng vietcombank", "0071000123456", "account"),
        ("12345678901", "12345678901", "account"),
        ("0912345678", "0912345678", "phone"),
        ("gọi số 0987654321 nhé", "0987654321", "phone"),
        ("+84 912 345 678", "+84 912 345 678", "phone"),
        ("0912.345.678", "0912.345.678", "phone"),
    ],
)
def test_number_is_hidden_as_what_it_is(text: str, secret: str, kind: str) -> None:
    assert mask(text).found == {kind}
    assert hidden(text) == secret


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("mật khẩu của tôi là xyz", "xyz"),
        ("mật khẩu zalo của em là conmeo.", "conmeo"),
        ("mk: abc123", "abc123"),
        ("mk abc123", "abc123"),
        ("mk123456", "123456"),
        ("mat khau vneid la Hoa@2020", "Hoa@2020"),
        ("maatj khaaur laf abc@123", "abc@123"),
        ("mat5 kha6u3 la hoa2020", "hoa2020"),
        ("mật khẩu: Hoa", "Hoa"),
        ("pass abc123", "abc123"),
        ("passcode 123456", "123456"),
        ("ma pin 1234", "1234"),
    ],
)
def test_password_is_hidden(text: str, secret: str) -> None:
    assert mask(text).found == {"password"}
    assert hidden(text) == secret


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "12",
        "số 3",
        "22/11",
        "22/11/2026",
        "ngày 5-6 lúc 10h30",
        "50.000đ",
        "1tr5",
        "500000",
        "giá 120000 một ký",
        "1.500.000 đồng",
        "tài khoản bị trừ 500.000đ",
        "1965",
        "tôi sinh năm 1965",
        "113",
        "156",
        "1022",
        "1900.0368",
        "18001096",
        "gọi 1900 54 54 13 hỏi mã otp",
        "không nhận được otp 3 ngày nay",
        "mật khẩu là gì",
        "mat khau la sao",
        "mật khẩu của tôi là gì",
        "quên mật khẩu vneid",
        "quên mật khẩu rồi, gọi 19000368 được không",
        "mật khẩu 8 ký tự",
        "mật khẩu với passcode khác nhau sao",
        "pin 5000mah",
        "máy hết pin 20%",
        "nghị định 69/2024/NĐ-CP",
        "mã khách hàng PE13000123456",
        "tài khoản định danh mức 2",
        "tôi học bài 12 rồi",
        "",
        "😀",
    ],
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).found == frozenset()


def test_several_secrets_are_all_found() -> None:
    masked = mask("cccd 079123456789, stk 0123456789 vcb, otp 482913, gọi 0912345678")

    assert masked.found == {"id_number", "account", "otp", "phone"}
    assert not any(char.isdigit() for char in masked.text)


def test_zero_width_characters_do_not_help() -> None:
    assert mask("otp 12\u200b34\u206056").text == f"otp {BLOCK * 6}"


def test_length_stays_the_same() -> None:
    text = "mã của tôi là 482913 nhé"

    assert len(mask(text).text) == len(text)


SOME_TEXT = (
    "otp|ma|mã|stk|tài khoản|mật khẩu|mk|là|:|của tôi|cccd|1234|482913|079123456789|0912345678|50.000đ|22/11|1900"
    "|4111 1111 1111 1111|abc1| |-|.|vcb|"
)
PIECES = st.sampled_from(SOME_TEXT.split("|"))


@given(st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join)))
def test_hiding_twice_hides_no_more(text: str) -> None:
    once = mask(text)

    assert mask(once.text).text == once.text


@pytest.mark.parametrize("piece", ["otp 1234 ", "1", "1 ", "mk a ", "ma la ", "mat khau ", "0912345678 ", "/1", "x"])
def test_very_long_texts_are_masked(piece: str) -> None:
    text = piece * (50_000 // len(piece))

    assert len(mask(text).text) == len(text)
