"""Phone numbers in a text, in one form: "+84 912.345.678" and "0912345678" are the same.

Knows no bot. Sources: the telecommunications numbering plan (circular 22/2014/TT-BTTTT) with the area
codes in force since 2017; the ministry's table of 2018 that made eleven-digit mobile numbers ten-digit
(0162 -> 032); the service numbers by their operators. Area codes from before 2017 are not read.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

from vietnamese.fold import folded_words
from vietnamese.pieces import Piece, pieces_of

PhoneKind = Literal["mobile", "landline", "hotline", "short"]


class PhoneFound(NamedTuple):
    """text[start:end] is the phone number `number`: digits alone, a mobile or landline one with its 0."""

    start: int
    end: int
    number: str
    kind: PhoneKind


#: The two digits after the 0. Operators come and go, so a prefix that is only planned counts too.
_MOBILE = folded_words(
    "32 33 34 35 36 37 38 39 52 55 56 58 59 70 76 77 78 79 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99"
)
# fmt: off
_NEW_MOBILE = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",  # MobiFone
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",  # VinaPhone
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",  # Viettel
    "186": "56", "188": "58", "199": "59",  # Vietnamobile, Gmobile
}
# fmt: on
_AREAS = folded_words(
    "203 204 205 206 207 208 209 210 211 212 213 214 215 216 218 219 220 221 222 225 226 227 228 229"
    " 232 233 234 235 236 237 238 239 251 252 254 255 256 257 258 259 260 261 262 263 269"
    " 270 271 272 273 274 275 276 277 290 291 292 293 294 296 297 299"
)
_CITIES = ("24", "28")  # Hà Nội and Hồ Chí Minh City, with eight digits after the code
_FORCES = "69"  # police and army
_SHORT = folded_words("111 112 113 114 115 156 1022 1080 1414 5656")

_GAP = r"[ \u00a0\u200b.\-\u2010-\u2013()]{0,2}"
_NO_MORE = r"(?![.,]?\d)"
_FIRST = r"(?<![\d+])(?<!\d[.,])"
_NUMBER = re.compile(
    rf"{_FIRST}\(?(?:(?:\+|00)84{_GAP}(?:0{_GAP})?|84{_GAP}|0[ )]?)"
    rf"(?P<digits>[12](?:{_GAP}\d){{9}}|[35-9](?:{_GAP}\d){{8}}){_NO_MORE}"
)
_HOTLINE = re.compile(rf"{_FIRST}1[89]00(?:[ \u00a0.\-]?\d){{4,6}}{_NO_MORE}")
_BEFORE_GLUED = folded_words("sdt dt tel phone zalo hotline số gọi lh alo call là sđt đt")
_CALLING = folded_words("gọi báo đài alo nhắn gửi bấm hệ hotline điện sdt sđt số")
_COUNTED = folded_words(
    "người k tr triệu nghìn ngàn đồng đ vnd ngày kg m km ha lần tuổi giờ đường phố ngõ hẻm ấp tổ lô con cây hộ"
)
_NEAR = 3


def phones_in(text: str) -> tuple[PhoneFound, ...]:
    """Every phone number of Vietnam in a text, in its order, spans not overlapping. Never raises.

    By its form alone: where "stk" stands before, it may be an account (see accounts.py). A short number
    such as 113 needs a word of calling near it, or stands alone. Numbers abroad are not given.
    """
    digits = _with_plain_digits(text)
    found = [phone for match in _NUMBER.finditer(digits) if (phone := _subscriber(match))]
    found += [
        PhoneFound(*match.span(), _digits_of(match.group()), "hotline")
        for match in _HOTLINE.finditer(digits)
        if _digits_of(match.group()).strip("0") not in {"18", "19"}
    ]
    found += _short_numbers(pieces_of(digits))
    apart: list[PhoneFound] = []
    for phone in sorted(found):
        if not apart or phone.start >= apart[-1].end:
            apart.append(phone)
    return tuple(apart)


def _with_plain_digits(text: str) -> str:
    """The text with digits of every script as 0-9, as long as before."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)


def _digits_of(text: str) -> str:
    return re.sub(r"\D", "", text)


def _subscriber(match: re.Match[str]) -> PhoneFound | None:
    if not _may_begin(match.string, match.start()):
        return None
    digits = _digits_of(match["digits"])
    kind: PhoneKind = "landline"
    if len(digits) == 10 and digits[:3] in _NEW_MOBILE:
        digits, kind = _NEW_MOBILE[digits[:3]] + digits[3:], "mobile"
    elif len(digits) == 9 and digits[:2] in _MOBILE:
        kind = "mobile"
    elif not _is_landline(digits):
        return None
    return PhoneFound(match.start(), match.end(), "0" + digits, kind)


def _is_landline(digits: str) -> bool:
    if digits.startswith(_FORCES):
        return len(digits) == 9
    return len(digits) == 10 and (digits[:3] in _AREAS or (digits.startswith(_CITIES) and digits[2] not in "019"))


def _may_begin(text: str, start: int) -> bool:
    """Whether no letters are glued to the front, but for "sdt0912345678"."""
    if start == 0 or not text[start - 1].isalnum():
        return True
    before = pieces_of(text[max(0, start - 12) : start])
    return before[-1].bare in _BEFORE_GLUED if before else False


def _short_numbers(pieces: Sequence[Piece]) -> list[PhoneFound]:
    found: list[PhoneFound] = []
    last = -_NEAR - 1
    for at, piece in enumerate(pieces):
        if piece.text not in _SHORT or not _is_whole(pieces, at):
            continue
        near = {one.bare for one in pieces[max(0, at - _NEAR) : at]}
        if len(pieces) == 1 or at - last <= _NEAR or not near.isdisjoint(_CALLING):
            found.append(PhoneFound(piece.start, piece.end, piece.text, "short"))
            last = at
    return found


def _is_whole(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the figure is no part of a date, a range or a code, and nothing is counted by it."""
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    before = pieces[at - 1] if at else None
    if after and (after.bare in _COUNTED or after.text in {"%", "°"}):
        return False
    if after and after.bare and after.start == pieces[at].end:
        return False
    if after and after.text in {"/", "-"} and at + 2 < len(pieces) and pieces[at + 2].text not in _SHORT:
        return False
    return before is None or (before.text not in {"/", "-", "+"} and not (before.is_figure or before.text == "*"))
