"""Figures spelt out for a loudspeaker or a speech engine: numbers, dates, hours, units, phone numbers.

The way back from numbers.py. Knows no bot and no bulletin. Source: the reading rules of Vietnamese
primary schools (mốt, tư, lăm, linh). A group of noughts that would change the sense is said: 2,000,500
is "hai triệu không nghìn năm trăm", since "hai triệu năm trăm" is what people say for 2,500,000.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Literal

from vietnamese.accounts import account_numbers_in
from vietnamese.amounts import read_amount
from vietnamese.fold import fold, fold_word, folded_words
from vietnamese.phones import PhoneFound, phones_in
from vietnamese.syllables import SYLLABLES
from vietnamese.units import COUNTED_WORD, PER, UNIT, said, said_per

Region = Literal["north", "south"]

#: Assumed, not measured: newsreaders say four and more syllables a second, but a loudspeaker in the
#: open echoes and old people listen, so a script is timed for 150 a minute with its pauses.
SYLLABLES_A_MINUTE = 150

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_THOUSAND = {"north": "nghìn", "south": "ngàn"}
_AND = {"north": "linh", "south": "lẻ"}
_MILLION, _BILLION = 10**6, 10**9
_MOST_DIGITS = 15  # a longer number is a code, and nobody could follow it

_Match = re.Match[str]


def number(value: int | Decimal, *, region: Region = "north") -> str:
    """A finite number in words: "hai mươi mốt", "âm hai phẩy năm". numbers.read_number reads it back when whole.

    A decimal part of two digits without a leading nought is said as one number, any other digit by digit.
    """
    if value < 0:
        return f"âm {number(-value, region=region)}"
    part = f"{value:f}".partition(".")[2] if isinstance(value, Decimal) else ""
    words = _whole(int(value), region)
    return f"{words} phẩy {_decimals(part, region)}" if part else words


def digits(code: str) -> str:
    """A code digit by digit, with a pause at its other signs: "0912.345" is "không chín một hai, ba bốn năm"."""
    return ", ".join(" ".join(_DIGITS[int(digit)] for digit in group) for group in re.findall(r"\d+", code))


def text(script: str, *, region: Region = "north") -> str:
    """The text with every number, date, hour, sum and unit spelt out; links are left as they are.

    Without digits nothing changes. "22/11" is a date; "1/2" is a half unless a word of time stands before
    it. Figures are read as Vietnamese is written: "1.250" by threes, "1,25" with a decimal part. Never raises.
    """
    parts = _LINK.split(script)
    return "".join(part if at % 2 else _spelt(part, region) for at, part in enumerate(parts))


def reading_time(script: str) -> timedelta:
    """How long a loudspeaker reads the text, in whole seconds, at SYLLABLES_A_MINUTE."""
    words = re.findall(r"(?:[^\W\d_]|[\u0300-\u036f])+", text(script))
    return timedelta(seconds=-(-sum(map(_syllables, words)) * 60 // SYLLABLES_A_MINUTE))


def _syllables(word: str) -> int:
    """One for a syllable of Vietnamese; letter by letter for "UBND"; by its vowels for a foreign word."""
    bare = fold_word(word)
    if bare in SYLLABLES:
        return 1
    return len(word) if word.isupper() else max(1, len(re.findall(r"[aeiouy]+", bare)))


# Numbers --------------------------------------------------------------------------------------------------


def _whole(value: int, region: Region) -> str:
    if value < _BILLION:
        return _below_billion(value, region, follows=False) or _DIGITS[0]
    billions, rest = divmod(value, _BILLION)
    return f"{_whole(billions, region)} tỷ {_below_billion(rest, region, follows=True)}".rstrip()


def _below_billion(value: int, region: Region, *, follows: bool) -> str:
    """The groups of three. One that follows another says its hundreds, even when there are none."""
    millions, thousands, rest = value // _MILLION, value // 1000 % 1000, value % 1000
    words: list[str] = []
    if millions:
        words.append(f"{_group(millions, region, is_full=follows)} triệu")
    follows = follows or millions > 0
    if thousands or (follows and rest):
        group = _group(thousands, region, is_full=follows) if thousands else _DIGITS[0]
        words.append(f"{group} {_THOUSAND[region]}")
    if rest:
        words.append(_group(rest, region, is_full=follows or thousands > 0))
    return " ".join(words)


def _group(value: int, region: Region, *, is_full: bool) -> str:
    hundreds, tens, unit = value // 100, value // 10 % 10, value % 10
    words = [f"{_DIGITS[hundreds]} trăm"] if hundreds or is_full else []
    if tens:
        words.append("mười" if tens == 1 else f"{_DIGITS[tens]} mươi")
    elif unit and words:
        words.append(_AND[region])
    if unit:
        words.append(_unit(unit, tens))
    return " ".join(words)


def _unit(unit: int, tens: int) -> str:
    if unit == 5 and tens:
        return "lăm"
    return {1: "mốt", 4: "tư"}.get(unit, _DIGITS[unit]) if tens > 1 else _DIGITS[unit]


def _decimals(part: str, region: Region) -> str:
    return _whole(int(part), region) if len(part) == 2 and part[0] != "0" else digits(part)


# Texts ----------------------------------------------------------------------------------------------------

_LINK = re.compile(
    r"((?:https?://|www\.)\S+|(?<![\w.+\-])[\w.+\-]+@[\w.\-]+"
    r"|(?<![\w.\-])(?:[a-z0-9\-]+\.)+(?:vn|com|net|org|info|me|app)(?!\w)(?:/\S*)?)",
    re.IGNORECASE | re.ASCII,
)
_TO = r"\s?[-–—]\s?"
_DAY = r"(?P<day{0}>\d{{1,2}})/(?P<month{0}>\d{{1,2}})(?:/(?P<year{0}>\d{{4}}))?(?![/\d]|[.,]\d)"
_DATES = re.compile(rf"(?<![\d/.,])(?:(?P<from>\d{{1,2}}){_TO})?{_DAY.format('')}(?:{_TO}{_DAY.format('_2')})?")
_DATE_IN_FULL = re.compile(r"(?<![\d/.,\-])(?P<day>\d{1,2})([-.])(?P<month>\d{1,2})\2(?P<year>(?:19|20)\d\d)(?![\d\-])")
_DATE_OF_MACHINES = re.compile(r"(?<![\d\-])(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\d\-])")
_MONTH = re.compile(r"(?<![\d/.,])(?P<month>\d{1,2})/(?P<year>(?:19|20)\d\d)(?![\d/])")
_HOUR = (
    r"(?P<hour{0}>\d{{1,2}})(?:\s?[hH]\s?(?P<minute{0}>[0-5]\d)?|:(?P<past{0}>[0-5]\d)(?::[0-5]\d)?)"
    r"(?:'|\s?ph(?:út)?)?(?![^\W_]|:\d)"
)
_TIMES = re.compile(rf"(?<![\d/.,:])(?:(?P<from>\d{{1,2}}){_TO})?{_HOUR.format('')}(?:{_TO}{_HOUR.format('_2')})?")
_SHORT_SUM = re.compile(
    r"(?<![\d.,])\d+(?:[.,]\d+)?\s?(?:tr|k|tỷ|tỉ|triệu)\d{1,3}(?![^\W_])(?:\s?đ(?:ồng)?(?!\w))?", re.I
)
_SLASHED = re.compile(r"(?<![\d/])(?P<part>\d+)[/:](?P<whole>\d+)(?!\d)")
_CHAIN = re.compile(r"(?<![\d.,])\d+(?:-\d+){2,}(?!\d)|(?<![\d.,])\d+(?:\.\d+){2,}(?!\d)")
_FIGURE = r"(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:[ \u00a0]\d{3}){2,}|\d+[.,]\d+|\d+)(?!\d)"
_MEASURED = re.compile(
    rf"(?P<sign>[<>≥≤~≈±]\s?)?(?P<minus>(?<![\w)/])[-−])?(?P<figure>{_FIGURE})"
    rf"(?:(?:\s?(?P<first_unit>{UNIT}))?\s?[-–—~]\s?(?P<last>{_FIGURE})(?!-\d))?"
    rf"(?:\s?(?P<unit>{UNIT}|{COUNTED_WORD})(?:(?P<per>{PER})|(?P<stroke>/)(?=\d))?)?"
)
_MULTIPLIED = re.compile(r"(?<=\d)\s?[x×]\s?(?=\d)")
_BY_THREES = re.compile(r"\d{1,3}(?:([., \u00a0])\d{3})(?:\1\d{3})*")
_SIGNS = {"<": "dưới", ">": "trên", "≥": "ít nhất", "≤": "không quá", "~": "khoảng", "≈": "khoảng", "±": "cộng trừ"}
_HALVES = frozenset({"1/2", "1/3", "2/3", "1/4", "3/4", "1/5", "24/7"})
_WORDS_OF_TIME = folded_words(
    "ngày từ đến tới sáng trưa chiều tối đêm hôm nay mai qua hai ba tư năm sáu bảy nhật mùng mồng trước sau lễ dịp vào"
)
_CODE_WORDS = folded_words("mã otp hiệu cccd cmnd seri")
_FOURTH = folded_words("thứ tháng quý")


def _spelt(script: str, region: Region) -> str:
    if not any(map(str.isdecimal, script)):
        return script
    plain = "".join(str(int(char)) if char.isdecimal() else char for char in script)
    plain = _with_numbers_to_call(plain.replace("\ufe0f\u20e3", "").replace("\u20e3", ""))
    for pattern, say in _RULES:
        plain = pattern.sub(partial(_set_apart, say=say, region=region), plain)
    return plain


def _set_apart(match: _Match, *, say: Callable[[_Match, Region], str | None], region: Region) -> str:
    """What is said instead, with a space where a letter or figure touches it; None leaves it to a later rule."""
    words = say(match, region)
    if words is None:
        return match.group()
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return f"{' ' * before.isalnum()}{words}{' ' * after.isalnum()}"


def _with_numbers_to_call(script: str) -> str:
    """Phone and account numbers, digit by digit."""
    found = [(one.start, one.end, digits(_grouped(script[one.start : one.end], one))) for one in phones_in(script)]
    found += [
        (one.start, one.end, digits(_by_fours(script[one.start : one.end]))) for one in account_numbers_in(script)
    ]
    words: list[str] = []
    done = 0
    for start, end, spelt in sorted(found):
        if start >= done:
            gap_before, gap_after = script[:start][-1:].isalnum(), script[end : end + 1].isalnum()
            words += [script[done:start], " " * gap_before, spelt, " " * gap_after]
            done = end
    return "".join([*words, script[done:]])


def _by_fours(typed: str) -> str:
    return " ".join(re.findall(r"\d{1,4}", typed)) if typed.isdecimal() else typed


def _grouped(typed: str, phone: PhoneFound) -> str:
    """The number in the groups that were typed, or in those that are usual for its kind."""
    if re.sub(r"\D", "", typed) == phone.number and not typed.isdecimal():
        return typed
    cuts = {"mobile": (4, 7), "landline": (3, 7) if phone.number[1:3] in {"24", "28"} else (4, 7), "hotline": (4,)}
    ends = [0, *cuts.get(phone.kind, ()), len(phone.number)]
    return " ".join(phone.number[start:end] for start, end in pairwise(ends))


def _word_before(match: _Match) -> str:
    words = fold(match.string[max(0, match.start() - 16) : match.start()]).split()
    return words[-1] if words else ""


def _dates(match: _Match, region: Region) -> str | None:
    since = _day(match["day"], match["month"], match["year"], region)
    until = _day(match["day_2"], match["month_2"], match["year_2"], region) if match["day_2"] else ""
    is_time = _word_before(match) in _WORDS_OF_TIME or until or match["from"]
    if since is None or until is None or (match.group() in _HALVES and not is_time):
        return None
    if match["from"]:
        since = f"{_whole(int(match['from']), region)} đến {since}"
    day = "" if _word_before(match) == "ngay" else "ngày "
    return f"{day}{since} đến ngày {until}" if until else f"{day}{since}"


def _date(match: _Match, region: Region) -> str | None:
    day = _day(match["day"], match["month"], match["year"], region)
    return day and ("" if _word_before(match) == "ngay" else "ngày ") + day


def _day(day: str, month: str, year: str | None, region: Region) -> str | None:
    """Day, month and year in words; None when the calendar has no such day."""
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
        return None
    words = f"{_whole(int(day), region)} tháng {_ordinal(int(month), region)}"
    return f"{words} năm {_whole(int(year), region)}" if year else words


def _month(match: _Match, region: Region) -> str | None:
    if not 1 <= int(match["month"]) <= 12:
        return None
    month = "" if _word_before(match) == "thang" else "tháng "
    return f"{month}{_ordinal(int(match['month']), region)} năm {_whole(int(match['year']), region)}"


def _ordinal(value: int, region: Region) -> str:
    return "tư" if value == 4 else _whole(value, region)


def _times(match: _Match, region: Region) -> str | None:
    if match["past"] and _word_before(match) in {"le", "pha"}:  # "tỷ lệ 1:10"
        return None
    since = _hour(match["hour"], match["minute"] or match["past"], region)
    until = _hour(match["hour_2"], match["minute_2"] or match["past_2"], region) if match["hour_2"] else ""
    if since is None or until is None:
        return None
    words = f"{since} đến {until}" if until else since
    return f"{_whole(int(match['from']), region)} đến {words}" if match["from"] else words


def _hour(hour: str, minute: str | None, region: Region) -> str | None:
    if int(hour) > 24:
        return None
    words = f"{_whole(int(hour), region)} giờ"
    return f"{words} {_whole(int(minute), region)} phút" if minute and int(minute) else words


def _short_sum(match: _Match, region: Region) -> str | None:
    amount = read_amount(match.group())
    return None if amount is None else f"{_whole(amount, region)} đồng"


def _slashed(match: _Match, region: Region) -> str:
    part, whole = match["part"], match["whole"]
    words = _figure(part, region), _figure(whole, region)
    if len(whole) == 4 and whole.startswith(("19", "20")):
        return " năm ".join(words)  # "Nghị định 69/2024"
    if "/" in match.group() and len(part) == 1 and len(whole) <= 2 and 0 < int(part) < int(whole) <= 10:
        return f"{words[0]} phần {_ordinal(int(whole), region)}"
    return " trên ".join(words)


def _chain(match: _Match, region: Region) -> str | None:
    """A fertiliser "16-16-8", a version "1.2.3"; sums by threes are no chain."""
    if _BY_THREES.fullmatch(match.group()):
        return None
    joint = " chấm " if "." in match.group() else " "
    return joint.join(_figure(part, region) for part in re.split(r"\D", match.group()))


def _multiplied(_: _Match, __: Region) -> str:
    return "nhân"


def _measured(match: _Match, region: Region) -> str:
    unit = match["unit"] or ""
    is_bullet = match["minus"] and not match.string[: match.start()].rpartition("\n")[2].strip()
    minus = "- " if is_bullet and not unit.startswith(("°", "º", "o", "℃")) else "âm "
    words = [_SIGNS[match["sign"].strip()]] if match["sign"] else []
    words.append((minus if match["minus"] else "") + _counted(match, match["figure"], region))
    thousand = _THOUSAND[region]
    if match["last"]:
        words += [said(match["first_unit"], thousand=thousand)] if match["first_unit"] else []
        words += ["đến", _counted(match, match["last"], region)]
    if unit:
        words.append(said(unit, thousand=thousand))
    if match["per"]:
        words.append(said_per(match["per"], unit=unit))
    return " ".join(words) + (" trên" if match["stroke"] else "")


def _counted(match: _Match, figure: str, region: Region) -> str:
    """A figure in its surroundings: "thứ tư", "tháng tư", "thứ nhất", and codes digit by digit."""
    before = _word_before(match)
    if figure == "4" and before in _FOURTH:
        return "tư"
    if figure == "1" and before == "thu":
        return "nhất"
    is_glued = match.string[: match.start()][-1:].isalpha()
    is_code = (is_glued or before in _CODE_WORDS) and figure.isdecimal() and len(figure) > 3
    return digits(figure) if is_code else _figure(figure, region)


def _figure(figure: str, region: Region) -> str:
    """A figure as Vietnamese is written: points by threes, a comma before decimals."""
    plain = re.sub(r"\D", "", figure)
    if len(plain) > _MOST_DIGITS or (figure.isdecimal() and len(figure) > 2 and figure.startswith("0")):
        return digits(figure)
    if _BY_THREES.fullmatch(figure) and (figure.count(",") != 1 or "." in figure) and not figure.startswith("0"):
        return _whole(int(plain), region)
    whole, _, part = figure.replace(",", ".").rpartition(".") if not figure.isdecimal() else (figure, "", "")
    words = _whole(int(re.sub(r"\D", "", whole)), region)
    return f"{words} phẩy {_decimals(part, region)}" if part else words


_RULES: tuple[tuple[re.Pattern[str], Callable[[_Match, Region], str | None]], ...] = (
    (_DATE_OF_MACHINES, _date),
    (_DATE_IN_FULL, _date),
    (_DATES, _dates),
    (_MONTH, _month),
    (_TIMES, _times),
    (_SHORT_SUM, _short_sum),
    (_SLASHED, _slashed),
    (_CHAIN, _chain),
    (_MULTIPLIED, _multiplied),
    (_MEASURED, _measured),
)
