"""Sums of money in what residents and swindlers write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.amounts import amounts_in, read_amount


@pytest.mark.parametrize(
    ("text", "amount_vnd"),
    [
        ("2tr5", 2_500_000),
        ("2tr", 2_000_000),
        ("1tr200", 1_200_000),
        ("2tr35", 2_350_000),
        ("2tr500k", 2_500_000),
        ("10trđ", 10_000_000),
        ("2 triệu rưỡi", 2_500_000),
        ("hai trieu ruoi", 2_500_000),
        ("một triệu hai", 1_200_000),
        ("1,5 triệu", 1_500_000),
        ("500k", 500_000),
        ("12k5", 12_500),
        ("500 ngàn", 500_000),
        ("50 nghìn đồng", 50_000),
        ("mười nghìn rưỡi", 10_500),
        ("nam tram nghin", 500_000),
        ("trăm nghìn", 100_000),
        ("3 tỷ 2", 3_200_000_000),
        ("1tỷ2", 1_200_000_000),
        ("5 nghìn tỷ", 5_000_000_000_000),
        ("1 củ", 1_000_000),
        ("hai củ hai", 2_200_000),
        ("nửa củ", 500_000),
        ("củ rưỡi", 1_500_000),
        ("bảy chai", 7_000_000),
        ("2 lít", 200_000),
        ("lít rưỡi", 150_000),
        ("3 xị", 300_000),
        ("1.000.000đ", 1_000_000),
        ("500000d", 500_000),
        ("500000VNĐ", 500_000),
        ("VND 500.000", 500_000),
        ("₫500.000", 500_000),
        ("500 đồng", 500),
        ("345.678", 345_678),
        ("150000", 150_000),
        ("dạ 500k ạ", 500_000),
        ("khoảng 2 triệu", 2_000_000),
    ],
)
def test_a_sum_is_read(text: str, amount_vnd: int) -> None:
    assert read_amount(text) == amount_vnd


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("50", id="below a thousand without unit"),
        pytest.param("ba trăm", id="hundreds without unit"),
        pytest.param("5 đồng", id="too small for money"),
        pytest.param("1975", id="year"),
        pytest.param("482913", id="code"),
        pytest.param("0912345678", id="phone"),
        pytest.param("19006800", id="hotline"),
        pytest.param("2tr50", id="2,050,000 or 2,500,000"),
        pytest.param("1,250 triệu", id="comma of which country"),
        pytest.param("2k5", id="born in 2005"),
        pytest.param("1 ti", id="a little"),
        pytest.param("2 triệu đô", id="dollars"),
        pytest.param("100$", id="dollar sign"),
        pytest.param("2 triệu người", id="people"),
        pytest.param("2 triệu 3 lần", id="more than a sum"),
        pytest.param("không", id="no"),
        pytest.param("9" * 5000, id="too long"),
    ],
)
def test_what_is_no_clear_sum_is_none(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Chuyển gấp 2tr5 vào stk 0123456789, hoặc 500k", [("2tr5", 2_500_000), ("500k", 500_000)]),
        ("Số dư: +5,000,000 VND", [("5,000,000 VND", 5_000_000)]),
        ("nạp 100.000 nhận 200.000", [("100.000", 100_000), ("200.000", 200_000)]),
        ("cho vay 30tr-500tr", [("30tr", 30_000_000), ("500tr", 500_000_000)]),
        ("lương 10-15 triệu/tháng", [("15 triệu", 15_000_000)]),
        ("hai trăm năm mươi nghìn đồng.", [("hai trăm năm mươi nghìn đồng", 250_000)]),
        ("12.000đ/kg", [("12.000đ", 12_000)]),
        ("2 triệu 3 lần", [("2 triệu", 2_000_000)]),
        ("trả 2 triệu 5.", [("2 triệu 5", 2_500_000)]),
        ("vay 2 lít, đổ 2 lít xăng", [("2 lít", 200_000)]),
        ("mua 5 củ khoai 50k", [("50k", 50_000)]),
        ("lừa 3 tỏi", [("3 tỏi", 3_000_000_000)]),
        ("2 triệu đồng ý", [("2 triệu", 2_000_000)]),
        ("nợ 2.040.000 ngay lập tức", [("2.040.000", 2_040_000)]),
        ("2 triệu còn lại", [("2 triệu", 2_000_000)]),
        ("mất trăm triệu", [("trăm triệu", 100_000_000)]),
        ("100 nghìn người nhận 1.500.000đ", [("1.500.000đ", 1_500_000)]),
    ],
)
def test_sums_are_found_in_a_text(text: str, found: list[tuple[str, int]]) -> None:
    amounts = amounts_in(text)

    assert [(text[start:end], amount) for start, end, amount in amounts] == found


@pytest.mark.parametrize(
    "text",
    [
        "công ty 5 tầng",
        "cong ty 2 ba",
        "năm ngân hàng",
        "nam ngan hang 3",
        "hàng trăm triệu đồng",
        "vài trăm nghìn",
        "IP 192.168.1.100",
        "tel 0912.345.678",
        "1.500 ha lúa",
        "5 nghìn con gà",
        "2 triệu ngày công",
        "Phố Bà Triệu",
        "sinh năm 2k5",
        "ngày 22.11.2026",
        "chờ 1 ti",
        "1.000.000 đồng bào",
        "AB12k",
    ],
)
def test_what_only_looks_like_a_sum_is_left(text: str) -> None:
    assert amounts_in(text) == ()


_WORDS = [
    "một",
    "2",
    "500",
    "k",
    "tr5",
    "triệu",
    "nghìn",
    "tỷ",
    "rưỡi",
    "nửa",
    "củ",
    "đồng",
    "VND",
    "1.000",
    "đ",
    ",",
    "vay",
]


@given(st.text() | st.lists(st.sampled_from(_WORDS)).map(" ".join) | st.lists(st.sampled_from(_WORDS)).map("".join))
def test_spans_lie_apart_in_any_text(text: str) -> None:
    amounts = amounts_in(text)

    read_amount(text)
    places = [place for start, end, _ in amounts for place in (start, end)]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) and amount > 0 for start, end, amount in amounts)


@pytest.mark.parametrize(
    "part", ["1.", "một ", "năm tỷ ", "nghìn tỷ ", "1 000 ", "trăm lẻ ", "k", "9", "nửa ", "không "]
)
def test_long_hostile_texts_are_walked_over(part: str) -> None:
    assert isinstance(amounts_in(part * 5_000), tuple)
