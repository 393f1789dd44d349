"""Bank account numbers in a text, known by the words beside them ("stk", "số tài khoản").

Knows no bank and no bot. An account has 6 to 19 digits; what is plainly a sum, a date or a hotline is none.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from vietnamese.amounts import amounts_in
from vietnamese.fold import folded_words
from vietnamese.phones import phones_in
from vietnamese.pieces import Piece, pieces_of


class AccountFound(NamedTuple):
    """text[start:end] is the account `number`, given as digits alone."""

    start: int
    end: int
    number: str


_NUMBER = re.compile(r"(?<![\d.,/])(?:\d{6,19}(?!\d)|\d{2,5}(?:[ .\-]\d{2,6}){1,7}(?!\w))(?![.,/]\d)", re.ASCII)
_DATE = re.compile(r"\d{1,2}[-. ]\d{1,2}[-. ](?:19|20)\d\d")
_BY_THREES = re.compile(r"\d{1,3}(?:\.\d{3})+")
_FEWEST, _MOST = 6, 19

_SURE = frozenset({"stk", "sotk", "sotaikhoan"})
_LIKELY = frozenset({"tk", "taikhoan", "acc", "account"})
#: After these the number is something else, whatever account is spoken of.
_OTHERS = folded_words(
    "sdt sđt dt đt zalo facebook fb vneid cccd cmnd cước dân danh otp mã thoại hotline gọi hệ mst thuế bhxh thẻ"
)
_REACH_OF_SURE, _REACH_OF_LIKELY, _REACH_BACK = 9, 5, 3
_SIGNS_BETWEEN = frozenset(":=-–,()*\"'")


def account_numbers_in(text: str) -> tuple[AccountFound, ...]:
    """Every account number in a text, in its order. Never raises.

    A phone number is one only after "stk" or "số tài khoản"; "tài khoản" alone may be one of Zalo.
    """
    pieces = pieces_of(text)
    starts = [piece.start for piece in pieces]
    sums = [(amount.start, amount.end) for amount in amounts_in(text)]
    phones = phones_in(text)
    services = [(phone.start, phone.end) for phone in phones if phone.kind in {"hotline", "short"}]
    people = [(phone.start, phone.end) for phone in phones if phone.kind in {"mobile", "landline"}]
    found: list[AccountFound] = []
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if not _FEWEST <= len(digits) <= _MOST or _DATE.fullmatch(match.group()):
            continue
        if _overlaps(match, sums) or _overlaps(match, services):
            continue
        at, after = bisect_left(starts, match.start()), bisect_left(starts, match.end())
        is_doubtful = _overlaps(match, people) or _BY_THREES.fullmatch(match.group()) is not None
        if _has_words_before(pieces, at, needs_sure=is_doubtful) or (
            not is_doubtful and _has_words_after(pieces, after)
        ):
            found.append(AccountFound(*match.span(), digits))
    return tuple(found)


def _overlaps(match: re.Match[str], spans: Sequence[tuple[int, int]]) -> bool:
    at = bisect_left(spans, (match.end(), 0)) - 1
    return at >= 0 and spans[at][1] > match.start()


def _has_words_before(pieces: Sequence[Piece], at: int, *, needs_sure: bool) -> bool:
    between = 0
    while at > 0 and between < _REACH_OF_SURE:
        at -= 1
        piece = pieces[at]
        if piece.is_figure or piece.bare in _OTHERS or not (piece.bare or piece.text in _SIGNS_BETWEEN):
            return False
        said = _said_at(pieces, at)
        if said in _SURE:
            return True
        if said in _LIKELY and not needs_sure:
            return between < _REACH_OF_LIKELY
        between += bool(piece.bare)
    return False


def _said_at(pieces: Sequence[Piece], at: int) -> str:
    """The word that ends at a piece; "số tài khoản" and "số tk" in one."""
    words = [piece.bare for piece in pieces[max(0, at - 2) : at + 1]]
    if words[-3:] == ["so", "tai", "khoan"]:
        return "sotaikhoan"
    if words[-2:] == ["so", "tk"]:
        return "sotk"
    return "taikhoan" if words[-2:] == ["tai", "khoan"] else words[-1]


def _has_words_after(pieces: Sequence[Piece], at: int) -> bool:
    """ "1234567890 là stk của em": the word is near, and no number of its own follows it."""
    for place in range(at, min(len(pieces), at + _REACH_BACK)):
        piece = pieces[place]
        if piece.is_figure or piece.bare in _OTHERS or not (piece.bare or piece.text in "(-,"):
            return False
        if piece.bare in _SURE or _said_at(pieces, place + 2) == "sotaikhoan":
            return not any(piece.is_figure for piece in pieces[place : place + _REACH_OF_LIKELY])
    return False
