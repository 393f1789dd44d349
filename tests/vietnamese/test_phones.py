"""Phone and account numbers in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.accounts import account_numbers_in
from vietnamese.phones import phones_in


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("0912345678", "0912345678", "mobile"),
        ("+84912345678", "0912345678", "mobile"),
        ("84 912 345 678", "0912345678", "mobile"),
        ("0084912345678", "0912345678", "mobile"),
        ("0912.345.678", "0912345678", "mobile"),
        ("0912-345-678", "0912345678", "mobile"),
        ("09 1234 5678", "0912345678", "mobile"),
        ("(+84) 912 345 678", "0912345678", "mobile"),
        ("+84 (0)912 345 678", "0912345678", "mobile"),
        ("０９１２３４５６７８", "0912345678", "mobile"),
        ("0168 888 8888", "0388888888", "mobile"),
        ("01203456789", "0703456789", "mobile"),
        ("01993456789", "0593456789", "mobile"),
        ("+841273456789", "0813456789", "mobile"),
        ("024 3825 5555", "02438255555", "landline"),
        ("(024) 3825 5555", "02438255555", "landline"),
        ("0292.3812345", "02923812345", "landline"),
        ("069.2348560", "0692348560", "landline"),
        ("1900.0368", "19000368", "hotline"),
        ("18001091", "18001091", "hotline"),
        ("1900 5454 13", "1900545413", "hotline"),
        ("113", "113", "short"),
    ],
)
def test_a_phone_number_has_one_form(text: str, number: str, kind: str) -> None:
    (found,) = phones_in(text)

    assert (found.number, found.kind) == (number, kind)
    assert text[found.start : found.end].strip("()") == text.strip("()")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("gọi 113, 114 hoặc 115", ["113", "114", "115"]),
        ("nhắn 5656 hoặc 156", ["5656", "156"]),
        ("gọi 0912345678-0987654321", ["0912345678", "0987654321"]),
        ("LH:0912345678.", ["0912345678"]),
        ("sdt0912345678nhé", ["0912345678"]),
    ],
)
def test_numbers_are_found_among_words(text: str, numbers: list[str]) -> None:
    assert [phone.number for phone in phones_in(text)] == numbers


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("113 người", id="people"),
        pytest.param("tăng 113%", id="percent"),
        pytest.param("số 113 đường Trần Phú", id="house"),
        pytest.param("năm 1900", id="year"),
        pytest.param("0112345678", id="no such prefix"),
        pytest.param("02953123456", id="no such area"),
        pytest.param("01113456789", id="no such old prefix"),
        pytest.param("012345678901", id="identity card"),
        pytest.param("0912345678901", id="too long"),
        pytest.param("091234567", id="too short"),
        pytest.param("DH0912345678", id="code of an order"),
        pytest.param("giá 1900.000.000", id="sum"),
        pytest.param("+1 202 555 0123", id="abroad"),
    ],
)
def test_what_is_no_phone_number_is_left(text: str) -> None:
    assert phones_in(text) == ()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("stk 0912345678", ["0912345678"]),
        ("stk0123456789", ["0123456789"]),
        ("STK: Vietcombank - Nguyen Van A - 0123456789012", ["0123456789012"]),
        ("số tài khoản 1903 4567 8901", ["190345678901"]),
        ("stk 0123456789 500 000", ["0123456789"]),
        ("tk vcb 0011004123456 so du 5.000.000", ["0011004123456"]),
        ("1234567890 là stk của em", ["1234567890"]),
        ("0123456789 stk 999999999", ["999999999"]),
        ("stk 123.456.789", ["123456789"]),
        ("tài khoản zalo 0912345678", []),
        ("tk mb 0987654321", []),
        ("tk 500.000", []),
        ("tài khoản bị trừ 500.000 đồng", []),
        ("tk ngày 22-11-2026", []),
        ("tài khoản vneid 012345678901", []),
        ("tài khoản, gọi 19001234", []),
        ("mã 482913", []),
        ("1234567890", []),
    ],
)
def test_account_numbers_are_known_by_their_words(text: str, numbers: list[str]) -> None:
    assert [account.number for account in account_numbers_in(text)] == numbers


_PARTS = ["0", "84", "+84", "912", "345", "678", "1900", "113", "stk", " ", ".", "-", "(", "gọi", "tk", "đ", "9" * 10]


@given(st.text() | st.lists(st.sampled_from(_PARTS)).map("".join))
def test_spans_lie_apart_in_any_text(text: str) -> None:
    for found in (phones_in(text), account_numbers_in(text)):
        places = [place for one in found for place in (one.start, one.end)]
        assert places == sorted(places)
        assert all(0 <= one.start < one.end <= len(text) and one.number.isascii() for one in found)


@pytest.mark.parametrize("part", ["0", "0 ", "84", "+84 ", "1900 ", "113 ", "stk ", "09.", "12 34-", "(0"])
def test_long_hostile_texts_are_walked_over(part: str) -> None:
    assert isinstance(phones_in(part * 5_000), tuple)
    assert isinstance(account_numbers_in(part * 5_000), tuple)
