"""Small numbers as residents type them when they choose from a list: "2", "số 2", "câu b", "cái thứ hai".

Knows no lesson and no bot: it reads a position among so many, and says None when unsure.
"""

import re

from vietnamese.courtesy import without_polite_end, without_polite_start
from vietnamese.fold import accented, fold, folded_words

_WORDS = {
    "một": 1,
    "mốt": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "tư": 4,
    "năm": 5,
    "sáu": 6,
    "bảy": 7,
    "bẩy": 7,
    "tám": 8,
    "chín": 9,
    "mười": 10,
}
_AFTER_POINTING = {"nhất": 1, "nhứt": 1, "nhì": 2}
_ENDS = {
    "đầu": 1,
    "đầu tiên": 1,
    "trên cùng": 1,
    "trên hết": 1,
    "cuối": -1,
    "cuối cùng": -1,
    "chót": -1,
    "dưới cùng": -1,
    "sau cùng": -1,
    "sau chót": -1,
}
#: Without their accents these say something else just as often (after, from, where, laugh).
_UNSURE = folded_words("sau từ đâu cười")
_LETTERS = "abcdefghij"
_CHOOSERS = folded_words("tôi tui em cháu con anh chị chú bác cô ông bà mình dạ thì vậy này")
_POINTING = folded_words(
    "cái câu số thứ mục ý đáp án phương lựa chọn lấy bấm gõ bài phần dòng ô nút khóa trả lời là chắc"
)
_GLUED = re.compile(r"\b(cau|so|cai|chon|bai|muc|thu|y)(\d{1,2})\b")
_EVERYBODY = re.compile(r"\bba (?:con|me|ma|noi|ngoai)\b")  # people, not three of something
_LONGEST = 60


def read_choice(text: str, *, count: int) -> int | None:
    """Which of `count` answers is meant, counted from 0; None when out of range or not plainly a choice."""
    if len(text) > _LONGEST:
        return None
    words = _GLUED.sub(r"\1 \2", fold(text)).split()
    if _EVERYBODY.search(" ".join(words)):
        return None
    forms = {fold(word): word for word in accented(text).split()}
    begun = without_polite_start(words)
    for candidate in (words, begun, without_polite_end(begun)):
        number = _number(candidate, forms)
        if number is not None:
            position = count - 1 if number == -1 else number - 1
            return position if 0 <= position < count else None
    return None


def _number(words: list[str], forms: dict[str, str]) -> int | None:
    """The 1-based number that the words are, -1 for the last, None when they are no number."""
    at = 0
    while at < len(words) - 1 and words[at] in _CHOOSERS:
        at += 1
    start = at
    while at < len(words) - 1 and words[at] in _POINTING:
        at += 1
    rest = words[at:]
    is_pointed = at > start
    if len(rest) == 1 and rest[0].isdecimal() and len(rest[0]) <= 2:
        return int(rest[0])
    if len(rest) == 1 and rest[0] in _LETTERS and (is_pointed or at == 0):
        return _LETTERS.index(rest[0]) + 1
    said = " ".join(rest)
    for typed_right, number, needs_pointing in _SAID.get(said, ()):
        if is_pointed or (not needs_pointing and _is_typed(said, typed_right, forms)):
            return number
    return None


def _is_typed(said: str, typed_right: str, forms: dict[str, str]) -> bool:
    """Whether the accents fit, or are left off where that leaves no doubt."""
    typed = " ".join(forms.get(word, word) for word in said.split())
    return typed == typed_right or (typed.isascii() and typed not in _UNSURE)


def _by_folded_word() -> dict[str, list[tuple[str, int, bool]]]:
    table: dict[str, list[tuple[str, int, bool]]] = {}
    for word, number in (_WORDS | _ENDS | _AFTER_POINTING).items():
        entry = (accented(word), number, word in _AFTER_POINTING)
        table.setdefault(fold(word), []).append(entry)
    return table


_SAID = _by_folded_word()
