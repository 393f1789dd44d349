"""Sums of money as residents and swindlers write them: "2tr5", "500k", "2 triệu rưỡi", "1 củ", "1.000.000đ".

All sums are in đồng. Knows no bot, and says None when a number may count something else. Slang: k is a
thousand, tr, củ and chai a million, lít and xị a hundred thousand, tỏi a thousand million.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from vietnamese.fold import accented, folded_words
from vietnamese.number_words import BILLION, MILLION, SCALES, THOUSAND, Counted, count_at
from vietnamese.numbers import plain_pieces
from vietnamese.pieces import Piece, Words, pieces_of, word_table, worth


class AmountFound(NamedTuple):
    """text[start:end] says amount_vnd đồng; the currency word belongs to the span."""

    start: int
    end: int
    amount_vnd: int


_SHORT = word_table({"k": THOUSAND, "tr trd trđ": MILLION})
_SLANG = word_table({"củ": MILLION, "chai": MILLION, "tỏi": BILLION, "lít": 100_000, "xị": 100_000})


def _joined(tables: Sequence[Words]) -> Words:
    joined: dict[str, tuple[tuple[str, int], ...]] = {}
    for table in tables:
        for word, values in table.items():
            joined[word] = (*joined.get(word, ()), *values)
    return joined


_SCALES = _joined([SCALES, _SHORT, _SLANG])
_DONG = word_table({"đồng": 1, "vnd vnđ": 1, "đ": 1})
#: "đồng hồ", "đồng ý", "đồng bào": no currency. And "ngân hàng" is no thousand.
_OTHER_WORDS: Mapping[str, frozenset[str]] = {
    "dong": folded_words("hồ chí ý bào đội nghiệp hương hành tháp nai thời phục bằng xoài hới nát"),
    "ngan": folded_words("hàng sách"),
}
_FOREIGN = frozenset(map(accented, ("usd", "eur", "euro", "dola", "đô", "tệ", "yên", "won", "bảng")))
_FOREIGN_SIGNS = frozenset("$€£¥₩")
#: What is counted by thousands and millions without being money.
_COUNTED = word_table(
    {
        "người dân hộ trẻ em học sinh sinh viên giáo nông khách thành doanh nghiệp thuê bao tài khoản cổ phiếu": 1,
        "con cây quả trứng hạt cái chiếc tờ tấn tạ ha mét m km kg g gam kwh w mah calo": 1,
        "lượt lần bản trang từ chữ bước điểm tin đơn công việc ngày năm view like follow sub share": 1,
    }
)
_READ_OTHERWISE = frozenset(
    {"ngay", "tu", "bao", "don", "ho", "ta", "tre", "cai", "nam"}
)  # without accents: "ngay lập tức"
_ABOUT_MONEY = folded_words(
    "tiền chuyển vay mượn nạp trả lương giá phí mất ck cọc đóng lừa rút gửi nhận thưởng lãi nợ bán thu chi tốn hết"
    " lời lỗ khoản kiếm phạt biếu cho đưa"
)
_AFTER_SLANG = folded_words(
    "nữa thôi đồng tiền nha nhé ạ một mỗi cho vào là rồi hoặc và qua để thì mà luôn ngay trước lận á rưỡi tới với"
)
_VAGUE = folded_words("hàng vài mấy dăm cả nhiều bạc mươi công")  # "vài trăm nghìn"; "công ty" is no milliard
_BEFORE_AN_AMOUNT = folded_words("số khoảng chừng cỡ được có là tổng cộng hết mất giá tiền tốn chuyển")
_LEAST_WITH_CURRENCY, _LEAST_BARE, _MOST_BARE, _MOST = 100, 1000, 10**11, 10**15
_OPEN_FIGURE = re.compile(r"\d{1,3},\d{3}")  # "1,250 triệu" is one and a quarter to some
_LONGEST = 200
_REACH = 5  # pieces between a word about money and the slang that it explains


def read_amount(text: str) -> int | None:
    """The sum that a whole text is, polite words around it aside; None when unsure. Never raises.

    Without unit or currency only 1,000 and more counts: grouped by threes, or a multiple of 100 that
    does not look like a phone number. "30 đồng" and "9đ" are too small to be money.
    """
    if len(text) > _LONGEST or any(map(_is_foreign, pieces_of(text))):
        return None
    pieces = plain_pieces(text, before=_BEFORE_AN_AMOUNT)
    found = _amount_at(pieces, 0, is_whole=True)
    return found[0] if found and found[1] == len(pieces) else None


def amounts_in(text: str) -> tuple[AmountFound, ...]:
    """Every sum in a text, in its order. A number alone counts only as "1.500.000", ending in 00.

    Slang that also measures ("2 lít", "5 củ") counts only near a word about money. Never raises.
    """
    pieces = pieces_of(text)
    found: list[AmountFound] = []
    at = 0
    while at < len(pieces):
        amount = _amount_at(pieces, at, is_whole=False)
        if amount is None:
            at += 1
            continue
        value, end = amount
        found.append(AmountFound(pieces[at].start, pieces[end - 1].end, value))
        at = end
    return tuple(found)


def _amount_at(pieces: Sequence[Piece], at: int, *, is_whole: bool) -> tuple[int, int] | None:
    """The sum that begins at a piece and the index behind it."""
    if at >= len(pieces):
        return None
    has_currency = _is_vnd(pieces[at]) and at + 1 < len(pieces) and pieces[at + 1].is_figure
    counted = count_at(pieces, at + has_currency, scales=_SCALES)
    if counted is None or _is_cut_off(pieces, counted, at):
        return None
    end = _after_currency(pieces, counted)
    has_currency = has_currency or end > counted.end
    value = counted.value
    if value.denominator != 1 or not 0 < value <= _MOST or any(map(_is_foreign, pieces[end : end + 1])):
        return None
    if counted.scale > 1:
        is_money = has_currency or _is_scaled_money(pieces, at, counted, is_whole=is_whole)
    elif has_currency:
        is_money = value >= _LEAST_WITH_CURRENCY
    else:
        is_money = _is_bare_money(pieces, at, counted, is_whole=is_whole)
    return (int(value), end) if is_money else None


def _is_cut_off(pieces: Sequence[Piece], counted: Counted, at: int) -> bool:
    """Whether the number is a part of other words: "ngân hàng", "công ty 2", "AB12k"."""
    follower = _bare_at(pieces, counted.end)
    if follower in _OTHER_WORDS.get(pieces[counted.end - 1].bare, ()):
        return True
    before = pieces[at - 1] if at else None
    if before is None:
        return False
    is_glued = before.end == pieces[at].start and bool(before.bare) and pieces[at].is_figure
    return is_glued or (counted.begins_bare and (before.bare in _VAGUE or pieces[at].text.isascii()))


def _is_vnd(piece: Piece) -> bool:
    return piece.bare == "vnd" or piece.text == "₫"


def _after_currency(pieces: Sequence[Piece], counted: Counted) -> int:
    """The index behind the currency word, when one follows the number."""
    end = counted.end
    if end >= len(pieces):
        return end
    word = pieces[end]
    if word.text == "₫":
        return end + 1
    if worth(word, _DONG) is None or _bare_at(pieces, end + 1) in _OTHER_WORDS.get(word.bare, ()):
        return end
    is_glued = word.start == pieces[end - 1].end
    return end + 1 if word.text not in {"d", "D"} or is_glued else end


def _is_foreign(piece: Piece) -> bool:
    return piece.text in _FOREIGN_SIGNS or accented(piece.text) in _FOREIGN


def _is_scaled_money(pieces: Sequence[Piece], at: int, counted: Counted, *, is_whole: bool) -> bool:
    words = {piece.bare for piece in pieces[at : counted.end]}
    follower = _bare_at(pieces, counted.end)
    if _is_birth_year(pieces[at : counted.end]) or _is_a_bit(pieces[at : counted.end]):
        return False
    if counted.scale >= MILLION and _OPEN_FIGURE.fullmatch(pieces[at].text):
        return False
    if is_whole or not words & set(_SLANG):
        return not _is_counted_by(pieces, counted.end)
    near = {piece.bare for piece in pieces[max(0, at - _REACH) : at]}
    return not near.isdisjoint(_ABOUT_MONEY) and (not follower or follower in _AFTER_SLANG)


def _is_counted_by(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a word for people or things follows the number: "2 triệu người"."""
    if at >= len(pieces) or pieces[at].text.lower() in _READ_OTHERWISE:
        return False
    return worth(pieces[at], _COUNTED) is not None


def _is_birth_year(pieces: Sequence[Piece]) -> bool:
    """ "2k5" is somebody born in 2005, as often as a price."""
    return len(pieces) == 3 and pieces[0].text == "2" and pieces[1].bare == "k" and len(pieces[2].text) == 1


def _is_a_bit(pieces: Sequence[Piece]) -> bool:
    """ "chờ 1 ti" waits a little ("tí"), and for no milliard."""
    return len(pieces) == 2 and pieces[1].text.lower() == "ti"


def _is_bare_money(pieces: Sequence[Piece], at: int, counted: Counted, *, is_whole: bool) -> bool:
    """Whether figures without unit and currency are a sum."""
    figure, value = pieces[at], counted.value
    if not figure.is_figure or counted.end != at + 1 or not _LEAST_BARE <= value < _MOST_BARE:
        return False
    is_round = value % 100 == 0
    if is_whole:
        return not figure.text.isdecimal() or (is_round and not _is_hotline(value))
    is_grouped = "." in figure.text or "," in figure.text
    sign = pieces[at + 1].text if at + 1 < len(pieces) else ""
    is_other = sign in {"%", "/", "-"} or _bare_at(pieces, at + 1) == "dong" or _is_counted_by(pieces, at + 1)
    return is_grouped and is_round and not is_other


def _is_hotline(value: Fraction) -> bool:
    return str(int(value))[:4] in {"1800", "1900"} and value >= 10**7


def _bare_at(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at].bare if at < len(pieces) else ""
