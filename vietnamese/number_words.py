"""The grammar of counted numbers: "hai mươi mốt", "trăm rưỡi", "2 triệu 350 nghìn", "3 tỷ 2".

Says how far a number reaches and what it is worth; which units may stand in it is the caller's matter.
Knows no money. Source: the reading rules of Vietnamese primary schools (mốt, tư, lăm, linh) and the
spoken short forms of both regions (hăm, băm, chục, rưỡi, "triệu hai").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from vietnamese.fold import folded_words
from vietnamese.pieces import Piece, Words, value_of, word_table, worth

THOUSAND, MILLION, BILLION = 10**3, 10**6, 10**9
SCALES = word_table(
    {
        "nghìn ngìn nghin nghình ngàn nghàn": THOUSAND,
        "triệu triêu trịu chiệu": MILLION,
        "tỷ tỉ tỹ": BILLION,
    }
)
_PLAIN = {"hai": 2, "ba": 3, "bốn": 4, "sáu": 6, "bảy bẩy": 7, "tám": 8, "chín": 9}
_DIGITS = word_table({**_PLAIN, "một": 1, "tư": 4, "năm": 5})
_AFTER_TENS = word_table({**_PLAIN, "một mốt": 1, "tư": 4, "năm lăm nhăm": 5})
_SHORT_AFTER_TENS = word_table({"mốt": 1, "tư": 4, "lăm nhăm": 5})  # "hai lăm"; but "hai ba" is two or three
_TEN = word_table({"mười muời mừi": 10})
_TENS = word_table({"mươi muơi chục": 10})
_SHORT_TENS = word_table({"hăm": 20, "băm": 30})
_DOZEN = word_table({"chục": 10})
_HUNDRED = word_table({"trăm": 100})
_NOUGHT = word_table({"không": 0})
_AND = word_table({"lẻ lẽ linh": 0})
_HALF_MORE = word_table({"rưỡi rưởi rữi": 0})
_HALF_OF = word_table({"nửa nữa": 0})
#: A digit with a space before it ("hai triệu ba") belongs to the number only before these: not in "ba lần".
_MAY_FOLLOW = folded_words("đồng đ vnd nha nhé nhe nghen ạ a á thôi nữa là mà và hoặc hay thì cho rồi mỗi với nên")
_STOPS = frozenset(".,;!?)…\"'")

_Kind = Literal["figure", "digit", "tens", "hundreds", "literal"]


@dataclass(frozen=True, slots=True)
class Counted:
    """A number and the index of the piece after it. `scale` is the first of its units, 1 without any.

    `begins_bare` when the unit had no number before it: "triệu hai".
    """

    value: Fraction
    end: int
    scale: int
    begins_bare: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """What stands before a unit. "literal" begins with nought and is never a tenth of anything."""

    value: Fraction
    end: int
    kind: _Kind


def count_at(pieces: Sequence[Piece], at: int, *, scales: Words = SCALES) -> Counted | None:
    """The longest number that begins at a piece; None when none does, or when it could be two numbers.

    What follows a unit without its own counts in tenths, hundreds or thousands of it, as people say
    it: "hai triệu ba" is 2,300,000 and "hai triệu ba trăm" too; "2tr50" could be 2,050,000: None.
    """
    half = _half_at(pieces, at, scales)
    if half is not None:
        return half
    begun = _begin(pieces, at, scales)
    if begun is None or begun.scale == 1:
        return begun
    total, end, last = begun.value, begun.end, begun.scale
    while True:
        may_be_multiplied = last == begun.scale == THOUSAND  # "năm nghìn tỷ", and only once
        if may_be_multiplied and worth(_piece(pieces, end), scales) == BILLION:
            begun = replace(begun, scale=BILLION)
            total, end, last = total * BILLION, end + 1, BILLION
            continue
        if worth(_piece(pieces, end), _HALF_MORE) is not None:
            return replace(begun, value=total + Fraction(last, 2), end=end + 1)
        after_and = end + (worth(_piece(pieces, end), _AND) is not None)
        group = _group_at(pieces, after_and)
        if group is None:
            return replace(begun, value=total, end=end)
        scale = worth(_piece(pieces, group.end), scales)
        if scale is not None and scale < last:
            total, end, last = total + group.value * scale, group.end + 1, scale
        elif scale == BILLION and may_be_multiplied:
            begun = replace(begun, scale=BILLION)
            total, end, last = (total + group.value) * BILLION, group.end + 1, BILLION
        elif scale is not None or not _belongs(pieces, end, group):
            return replace(begun, value=total, end=end)
        else:
            tail = _tail(pieces[group.end - 1], group, last=last, is_after_and=after_and > end)
            return None if tail is None else replace(begun, value=total + tail, end=group.end)


def _piece(pieces: Sequence[Piece], at: int) -> Piece | None:
    return pieces[at] if at < len(pieces) else None


def _half_at(pieces: Sequence[Piece], at: int, scales: Words) -> Counted | None:
    """ "nửa triệu"; "nữa" is how half of the people spell it."""
    if worth(_piece(pieces, at), _HALF_OF) is None:
        return None
    scale = worth(_piece(pieces, at + 1), scales)
    if scale is not None:
        return Counted(Fraction(scale, 2), at + 2, scale)
    if worth(_piece(pieces, at + 1), _DOZEN) is not None:
        return Counted(Fraction(5), at + 2, 1)
    return None


def _begin(pieces: Sequence[Piece], at: int, scales: Words) -> Counted | None:
    """The first group with its unit, or a unit that begins a number by itself: "triệu rưỡi", "ngàn hai"."""
    group = _group_at(pieces, at)
    if group is None:
        scale = worth(_piece(pieces, at), scales)
        follower = _piece(pieces, at + 1)
        is_begun = any(worth(follower, table) is not None for table in (_HALF_MORE, _DIGITS, _AND))
        return Counted(Fraction(scale), at + 1, scale, begins_bare=True) if scale and is_begun else None
    begins_bare = worth(pieces[at], _HUNDRED) is not None or worth(pieces[at], _DOZEN) is not None
    scale = worth(_piece(pieces, group.end), scales)
    if scale is not None:
        return Counted(group.value * scale, group.end + 1, scale, begins_bare)
    return Counted(group.value, group.end, 1, begins_bare)


def _belongs(pieces: Sequence[Piece], end: int, group: _Group) -> bool:
    """Whether a group without a unit goes on with the number: "2tr5" does, "2 triệu 3 lần" does not."""
    if group.kind not in {"digit", "figure"} or pieces[end].start == pieces[end - 1].end:
        return True
    after = _piece(pieces, group.end)
    return after is None or after.bare in _MAY_FOLLOW or after.text in _STOPS


def _tail(figure: Piece, group: _Group, *, last: int, is_after_and: bool) -> Fraction | None:
    """What a group without a unit adds after the unit `last`; None when that could be two things."""
    if group.kind == "literal":
        return group.value
    if is_after_and:
        return group.value if last == THOUSAND else None
    if group.kind == "figure" or (group.kind == "digit" and figure.is_figure):
        return _figure_tail(figure.text, group.value, last)
    if group.kind == "digit":
        return group.value * last / 10
    if last == THOUSAND:
        return group.value
    return group.value * last / 1000 if group.kind == "hundreds" and last >= MILLION else None


def _figure_tail(figure: str, value: Fraction, last: int) -> Fraction | None:
    if not figure.isdecimal() or value == 0:
        return None
    if len(figure) == 3 and last != 100_000:
        return value * last / 1000
    is_plain = len(figure) == 1 or (len(figure) == 2 and value % 10 != 0)
    return value * last / 10 ** len(figure) if is_plain else None


def _group_at(pieces: Sequence[Piece], at: int) -> _Group | None:
    """A number below a thousand in words, or one in figures of any size."""
    piece = _piece(pieces, at)
    if piece is None:
        return None
    if worth(piece, _NOUGHT) is not None:
        return _after_nought(pieces, at + 1)
    digit = _digit_at(pieces, at)
    if digit is not None and worth(_piece(pieces, at + 1), _HUNDRED) is not None:
        return _hundreds(pieces, at + 2, digit * 100, "hundreds")
    if worth(piece, _HUNDRED) is not None:
        group = _hundreds(pieces, at + 1, 100, "hundreds")
        return group if group.end > at + 1 or _begins_unit(pieces, at + 1) else None
    return _tens_at(pieces, at) or _single_at(pieces, at)


def _begins_unit(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a word that no number knows follows: the caller decides if it is a unit of his."""
    after = _piece(pieces, at)
    return after is not None and bool(after.bare)


def _after_nought(pieces: Sequence[Piece], at: int) -> _Group:
    if worth(_piece(pieces, at), _HUNDRED) is not None:
        return _hundreds(pieces, at + 1, 0, "literal")
    return _Group(Fraction(0), at, "literal")


def _hundreds(pieces: Sequence[Piece], at: int, hundreds: int, kind: _Kind) -> _Group:
    """The rest behind "trăm". A lone digit means tens there: "trăm hai" is 120."""
    if worth(_piece(pieces, at), _HALF_MORE) is not None:
        return _Group(Fraction(hundreds + 50), at + 1, kind)
    if worth(_piece(pieces, at), _AND) is not None:
        unit = _digit_at(pieces, at + 1)
        return _Group(Fraction(hundreds + (unit or 0)), at + (0 if unit is None else 2), kind)
    tens = _tens_at(pieces, at)
    if tens is not None:
        return _Group(hundreds + tens.value, tens.end, kind)
    digit = worth(_piece(pieces, at), _DIGITS)
    unit = worth(_piece(pieces, at + 1), _AFTER_TENS)
    if digit is not None and unit is not None:
        return _Group(Fraction(hundreds + digit * 10 + unit), at + 2, kind)
    digit = digit or _digit_at(pieces, at) or worth(_piece(pieces, at), _SHORT_AFTER_TENS)
    if digit is not None:
        return _Group(Fraction(hundreds + digit * 10), at + 1, kind)
    figure = _piece(pieces, at)
    if figure is not None and figure.is_figure and figure.text.isdecimal() and len(figure.text) == 2:
        return _Group(Fraction(hundreds + int(figure.text)), at + 1, kind)
    return _Group(Fraction(hundreds), at, kind)


def _tens_at(pieces: Sequence[Piece], at: int) -> _Group | None:
    short = worth(_piece(pieces, at), _SHORT_TENS)
    if short is not None:
        unit = worth(_piece(pieces, at + 1), _AFTER_TENS)
        return None if unit is None else _Group(Fraction(short + unit), at + 2, "tens")
    if worth(_piece(pieces, at), _TEN) is not None:
        return _units(pieces, at + 1, 10)
    digit = _digit_at(pieces, at)
    if digit is None:
        return _dozen_at(pieces, at, 1)
    if worth(_piece(pieces, at + 1), _DOZEN) is not None:
        return _dozen_at(pieces, at + 1, digit)
    if worth(_piece(pieces, at + 1), _TENS) is not None:
        return _units(pieces, at + 2, digit * 10)
    unit = None if pieces[at].is_figure else worth(_piece(pieces, at + 1), _SHORT_AFTER_TENS)
    return None if unit is None else _Group(Fraction(digit * 10 + unit), at + 2, "tens")


def _units(pieces: Sequence[Piece], at: int, tens: int) -> _Group:
    unit = worth(_piece(pieces, at), _AFTER_TENS)
    return _Group(Fraction(tens + (unit or 0)), at + (unit is not None), "tens")


def _dozen_at(pieces: Sequence[Piece], at: int, count: int) -> _Group | None:
    """ "ba chục", "chục rưỡi". Fruit sellers of the south count twelve or more in one; nobody else does."""
    if worth(_piece(pieces, at), _DOZEN) is None:
        return None
    has_half = worth(_piece(pieces, at + 1), _HALF_MORE) is not None
    return _Group(Fraction(count * 10 + 5 * has_half), at + 1 + has_half, "tens")


def _digit_at(pieces: Sequence[Piece], at: int) -> int | None:
    """One to nine, in a word or a single figure."""
    piece = _piece(pieces, at)
    if piece is not None and piece.is_figure:
        value = value_of(piece.text) if len(piece.text) == 1 else None
        return int(value) if value else None
    return worth(piece, _DIGITS)


def _single_at(pieces: Sequence[Piece], at: int) -> _Group | None:
    piece = pieces[at]
    if piece.is_figure:
        value = value_of(piece.text)
        return None if value is None else _Group(value, at + 1, "digit" if _digit_at(pieces, at) else "figure")
    digit = worth(piece, _DIGITS)
    return None if digit is None else _Group(Fraction(digit), at + 1, "digit")
