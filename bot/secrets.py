"""What nobody should send in a chat, hidden: one-time codes, ID, card and account numbers, passwords, phones.

Pure and total. A hidden character becomes a block of the same width, so that hiding twice changes nothing.
Rules look at a folded shadow of the text, character by character; what is plainly a price, a date or a
hotline is taken out of the shadow before numbers are judged by the words around them.
Sources: 12 digits of the identity card (the first is 0), 9 of the old one; Luhn check of card numbers
(ISO/IEC 7812-1); mobile numbers begin with 03, 05, 07, 08 or 09.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from vietnamese.fold import fold, folded_words
from vietnamese.syllables import SYLLABLES

BLOCK = "\u2588"
# Ends of a word. A block counts as a letter, so that a word beside a hidden number stays what it was.
_B, _E = rf"(?<![\w{BLOCK}])", rf"(?![\w{BLOCK}])"
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Masked:
    """`text` with secrets hidden. `found` has kinds: otp, id_number, card, account, password, phone.

    A text without secrets comes back as it is; in another one, zero-width characters are dropped.
    """

    text: str
    found: frozenset[str]


def mask(text: str) -> Masked:
    """Hide what looks like a secret. A phone number is hidden too, though sending one is no mistake."""
    page = _Page.of(text)
    for rule in _RULES:
        rule(page)
    return Masked("".join(page.shown), frozenset(page.found)) if page.found else Masked(text, frozenset())


@dataclass(slots=True)
class _Page:
    """The text as shown, and its shadow of the same length: folded, with digits as 0-9."""

    shown: list[str]
    shadow: str
    found: set[str] = field(default_factory=set)

    @staticmethod
    def of(text: str) -> "_Page":
        joined = unicodedata.normalize("NFC", text).translate(_WITHOUT_ZERO_WIDTH)
        return _Page(list(joined), joined.translate(_SHADOW))

    def hide(self, spans: Iterable[Span], kind: str) -> None:
        for start, end in spans:
            self.found.add(kind)
            self.shown[start:end] = BLOCK * (end - start)
            self._cover(start, end, BLOCK)

    def forget(self, spans: Iterable[Span]) -> None:
        """Take harmless numbers out of the shadow, so that no later rule sees them."""
        for start, end in spans:
            self._cover(start, end, "_")

    def _cover(self, start: int, end: int, cover: str) -> None:
        self.shadow = self.shadow[:start] + cover * (end - start) + self.shadow[end:]


class _Shadow(dict[int, str]):
    """Gives exactly one folded character for each character; common ones are worked out beforehand."""

    def __init__(self) -> None:
        super().__init__({code: self._of(chr(code)) for code in (*range(0x250), *range(0x1E00, 0x1F00))})

    def __missing__(self, code: int) -> str:
        return self._of(chr(code))

    @staticmethod
    def _of(char: str) -> str:
        folded = fold(char)
        if len(folded) == 1:
            return folded
        return char if char == BLOCK or (char.isascii() and char.isprintable()) else " "


_SHADOW = _Shadow()
_WITHOUT_ZERO_WIDTH = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF])


# Words ----------------------------------------------------------------------------------------------------


def _typed(words: str) -> str:
    """A pattern of folded phrases parted by "|", open to telex and VNI keys ("maatj kha6u3")."""
    return "|".join(r"\s*".join(map(_typed_word, phrase.split())) for phrase in words.split("|"))


def _typed_word(word: str) -> str:
    letters = [f"{c}{{1,2}}[w6-9]?[sfrxj1-5]?" if c in "aeiouy" else c for c in word]
    doubled_d = "d" if word.startswith("d") else ""
    return doubled_d.join(["", "?" if doubled_d else ""]) + "".join(letters) + "[sfrxj1-5]?"


_OTP = _typed("ma otp|ma xac nhan|ma xac thuc|ma kich hoat|ma bao mat|ma dang nhap") + r"|otp|verification|opt"
_CODE = rf"(?:{_OTP}|{_typed('ma')}|code)"
_PASSWORD = _typed("mat khau|mat ma|ma pin") + r"|mk|pass\s?(?:word|code|wod)?|passwork|pw|pin"
_ACCOUNT = _typed("so tai khoan|tai khoan|so tk|so the") + r"|stk|tk|acc|account"
_BANKS = (
    r"ngan hang|vietcombank|vcb|vietinbank|agribank|agri|bidv|techcombank|tcb|mbbank|mb|tpbank|acb|sacombank"
    r"|vpbank|vib|shb|hdbank|ocb|msb|seabank|lpbank|lienviet|momo"
)
_IDENTITY = _typed("can cuoc|chung minh|dinh danh|giay to") + r"|cccd|cmnd|cmt|cmtnd"
_BETWEEN = (
    r"cua|toi|tui|em|bac|con|chau|anh|chi|minh|no|laf|la|nay|so|gui|ve|day|ne|moi|quy|khach|qk|vua|nhan|duoc"
    r"|dang nhap|otp|vneid|zalo|facebook|fb|gmail|app|" + _BANKS + r"|[:=,\-]"
)
#: What may follow "password is" without being one.
_NO_PASSWORD = folded_words(
    "gi j sao nao the vay may dau bao nhieu quen sai dung khong ko k phai cai so chu ma roi a nha duoc"
    " cua gom co can nen quan rieng bi de khi it manh yeu moi cu nhu trong cho do ai con mot ngay ten day"
    " vao khac loi het doi lai trung tu otp pin passcode password vneid zalo facebook app 8"
)

# Numbers --------------------------------------------------------------------------------------------------

_START = rf"(?<![0-9{BLOCK}])"
_END = rf"(?![0-9{BLOCK}])"
_WHOLE_END = rf"(?![ .\-]?[0-9{BLOCK}])"
_SHORT = rf"{_START}(?:\d(?:[ .\-]?\d){{3,7}}{_WHOLE_END}|\d{{4,8}}{_END})"
_LONG = rf"{_START}(?:\d(?:[ .\-]?\d){{5,18}}{_WHOLE_END}|\d{{6,19}}{_END})"
_MONEY = rf"(?:d|dong|vnd|k|tr|trieu|ty|ti|nghin|ngan(?!\s?hang)|cu){_E}"
_UNIT = (
    r"(?:chai|kg|ha|m2|mah|gb|mb|ngay|tuoi|nguoi|phut|gio|diem|do|km|lit|bao|buoi|thang|nam|lan|ky tu|chu so|so)" + _E
)
_HARMLESS = re.compile(
    rf"""{_START}(?<![0-9{BLOCK}][.,\-])(?:
        (?:[1-9]\d{{0,9}}|0)(?:[.,]\d+)*\s?{_MONEY}
      | \d{{1,4}}(?:[.,]\d+)?\s?{_UNIT}
      | \d+\s?tr\d*
      | [1-9]\d{{0,2}}(?:[.,]\d{{3}})+{_END}
      | [1-9]\d{{1,5}}000{_END}
      | \d+(?:/\d+)+
      | (?:0?[1-9]|[12]\d|3[01])[.\-](?:0?[1-9]|1[0-2])(?:[.\-](?:19|20)?\d\d)?{_WHOLE_END}
      | \d{{1,2}}\s?[h:]\s?\d{{0,2}}{_END}
      | (?:19|20)\d\d{_END}
    )""",
    re.VERBOSE,
)
_HOTLINE = re.compile(rf"{_START}(?:1800|1900)(?:[ .]?\d){{4,6}}{_END}")
_CARD = re.compile(rf"{_START}\d(?:[ .\-]?\d){{15,18}}{_WHOLE_END}|{_START}\d{{16,19}}{_END}")
_ID = re.compile(rf"{_START}(?:0\d\d(?:[ .\-]?\d){{9}}{_WHOLE_END}|\d{{12}}{_END})")
_OLD_ID = re.compile(rf"{_START}\d(?:[ .\-]?\d){{8}}{_WHOLE_END}|{_START}\d{{9}}{_END}")
_PHONE = re.compile(rf"{_START}(?:\+?84|0)[ .\-]?[35789](?:[ .\-]?\d){{8}}{_END}")
_CODE_SAID = re.compile(rf"{_B}{_CODE}{_E}(?:\s*(?:{_BETWEEN})){{0,6}}\s*(?P<number>{_SHORT})")
_SAID_CODE = re.compile(rf"(?P<number>{_SHORT})\s*(?:la|laf)?\s*{_B}(?:{_OTP}|{_typed('ma')}){_E}")
_ACCOUNT_SAID = re.compile(
    rf"{_B}(?:{_ACCOUNT}){_E}(?:\s*(?:{_BETWEEN})){{0,6}}\s*(?P<number>{_LONG})(?!\s?{_MONEY}|[/.,]\d)"
)
_GLUED = re.compile(rf"{_B}(?P<word>otp|stk|mk|pass|pin|cccd)(?P<number>\d{{4,19}}){_END}")
_WHOSE = rf"(?P<whose>(?:\s+(?!laf?{_E})\w{{1,12}}){{0,5}}?)"
_SECRET = rf"(?P<secret>[^\s{BLOCK}]{{3,64}})"
_PASSWORD_IS = re.compile(rf"{_B}(?:{_PASSWORD}){_E}{_WHOSE}\s*(?P<link>{_B}laf?{_E}\s*:?|[:=])\s*{_SECRET}")
_PASSWORD_THEN = re.compile(rf"{_B}(?:{_PASSWORD}){_E}(?:\s+\w{{1,12}}){{0,2}}?\s+{_SECRET}")
_OTP_WORD = re.compile(rf"{_B}(?:{_OTP}){_E}")
_CODE_WORD = re.compile(rf"{_B}(?:{_typed('nhap|ma|gui|doc')}){_E}")
_BANK_WORD = re.compile(rf"{_B}(?:{_ACCOUNT}|{_BANKS}){_E}")
_IDENTITY_WORD = re.compile(rf"{_B}(?:{_IDENTITY}){_E}")
_SIX_DIGITS = re.compile(rf"{_START}\d{{6}}{_END}")
_ACCOUNT_LIKE = re.compile(rf"{_START}\d{{8,19}}{_END}")
_SHORT_NUMBER = re.compile(_SHORT)
_ALONE = re.compile(rf"(?P<short>{_SHORT}|{_START}g-\d{{6}}{_END})|{_LONG}")
_AROUND_A_LONE_NUMBER = folded_words("da a nha nhe day ne so la em oi con chau ad no gui ma cho day roi g")
_SERVICE_NUMBERS = frozenset({"1022", "1080", "5656"})
_STOPS = ".,;!?)\"'"
_NEAR, _STRONGLY_NEAR = 20, 40  # characters between a word and the number that it speaks of


# Rules, in their order ------------------------------------------------------------------------------------


def _hotlines(page: _Page) -> None:
    page.forget([one.span() for one in _HOTLINE.finditer(page.shadow)])


def _glued(page: _Page) -> None:
    kinds = {"otp": "otp", "stk": "account", "cccd": "id_number"}
    for found in list(_GLUED.finditer(page.shadow)):
        page.hide([found.span("number")], kinds.get(found["word"], "password"))


def _passwords(page: _Page) -> None:
    said = [one.span("secret") for one in _PASSWORD_IS.finditer(page.shadow) if _is_password(one)]
    page.hide([_without_stop(page, span) for span in said], "password")
    then = [one.span("secret") for one in _PASSWORD_THEN.finditer(page.shadow) if _has_odd_letters(one["secret"])]
    page.hide([_without_stop(page, span) for span in then], "password")


def _without_stop(page: _Page, span: Span) -> Span:
    start, end = span
    return start, start + len(page.shadow[start:end].rstrip(_STOPS))


def _is_password(found: re.Match[str]) -> bool:
    secret = found["secret"].rstrip(_STOPS)
    if len(secret) < 3 or secret in _NO_PASSWORD:
        return False
    if found["link"] in {":", "="} or " cua " in f"{found['whose']} ":
        return True
    return _has_odd_letters(secret) or (secret.isalnum() and secret not in SYLLABLES)


def _has_odd_letters(secret: str) -> bool:
    """Digits among letters, four digits, or signs: no word of a question looks so."""
    secret = secret.rstrip(_STOPS)
    if len(secret) < 4 or _HARMLESS.fullmatch(secret) or secret in _NO_PASSWORD:
        return False
    return re.search(r"\d{4}|[a-z]+\d|\d+[a-z]|[@#$^*!]", secret) is not None


def _cards(page: _Page) -> None:
    found = list(_CARD.finditer(page.shadow))
    page.hide([one.span() for one in found if _passes_luhn(one.group())], "card")


def _passes_luhn(number: str) -> bool:
    digits = [int(char) for char in number if char.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _codes_said(page: _Page) -> None:
    for pattern in (_CODE_SAID, _SAID_CODE):
        page.hide([one.span("number") for one in pattern.finditer(page.shadow) if _is_code(one)], "otp")


def _is_code(found: re.Match[str]) -> bool:
    """Not a price that happens to follow the word."""
    number = _HARMLESS.match(found.string, found.start("number"))
    return number is None or number.group().isdecimal()


def _accounts_said(page: _Page) -> None:
    page.hide([one.span("number") for one in _ACCOUNT_SAID.finditer(page.shadow)], "account")


def _harmless(page: _Page) -> None:
    page.forget([one.span() for one in _HARMLESS.finditer(page.shadow)])


def _ids(page: _Page) -> None:
    page.hide([one.span() for one in _ID.finditer(page.shadow)], "id_number")
    page.hide(_near(page, _OLD_ID, _IDENTITY_WORD, _STRONGLY_NEAR), "id_number")


def _phones(page: _Page) -> None:
    page.hide([one.span() for one in _PHONE.finditer(page.shadow)], "phone")


def _accounts_near(page: _Page) -> None:
    page.hide(_near(page, _ACCOUNT_LIKE, _BANK_WORD, _STRONGLY_NEAR), "account")


def _codes_near(page: _Page) -> None:
    page.hide(_near(page, _SHORT_NUMBER, _OTP_WORD, _STRONGLY_NEAR), "otp")
    page.hide(_near(page, _SIX_DIGITS, _CODE_WORD, _NEAR), "otp")


def _lone_number(page: _Page) -> None:
    """A message that is nothing but a number, in words of courtesy: 4 to 8 digits are a code."""
    found = _ALONE.search(page.shadow)
    if found is None or len(page.shadow) > _STRONGLY_NEAR * 2 or found.group() in _SERVICE_NUMBERS:
        return
    rest = re.findall(r"\w+", page.shadow[: found.start()] + " " + page.shadow[found.end() :])
    if set(rest) <= _AROUND_A_LONE_NUMBER:
        page.hide([found.span()], "otp" if found["short"] else "account")


def _near(page: _Page, number: re.Pattern[str], word: re.Pattern[str], reach: int) -> list[Span]:
    """The numbers that have the word at most `reach` characters before or after them."""
    words = [found.span() for found in word.finditer(page.shadow)]
    starts, ends = [start for start, _ in words], [end for _, end in words]
    return [
        (start, end)
        for start, end in (found.span() for found in number.finditer(page.shadow))
        if _lies_within(ends, start - reach, start) or _lies_within(starts, end, end + reach)
    ]


def _lies_within(places: list[int], first: int, last: int) -> bool:
    at = bisect_left(places, first)
    return at < len(places) and places[at] <= last


_RULES: tuple[Callable[[_Page], None], ...] = (
    _hotlines,
    _glued,
    _passwords,
    _cards,
    _codes_said,
    _accounts_said,
    _harmless,
    _ids,
    _phones,
    _accounts_near,
    _codes_near,
    _lone_number,
)
