"""Numbers as residents type them: which of so many answers ("câu b", "cái thứ hai"), and how many of a thing.

Knows no lesson and no bot: it reads a position or a count, and says None when unsure.
"""

import re
from collections.abc import Sequence

from vietnamese.courtesy import without_courtesy, without_polite_end, without_polite_start
from vietnamese.fold import accented, fold, fold_word, folded_words
from vietnamese.number_words import count_at
from vietnamese.pieces import Piece, pieces_of
from vietnamese.syllables import SYLLABLES, from_telex, from_vni

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
    "mười một": 11,
    "mười hai": 12,
}
#: These need a word that points before them: "câu nhất", "số lăm", "chữ bê".
_AFTER_POINTING = {
    "nhất": 1,
    "nhứt": 1,
    "nhì": 2,
    "lăm": 5,
    "nhăm": 5,
    "ii": 2,
    "iv": 4,
    "bê": 2,
    "bờ": 2,
    "xê": 3,
    "cờ": 3,
    "dê": 4,
    "đê": 4,
    "đờ": 4,
}
_ENDS = {
    "đầu": 1,
    "đầu tiên": 1,
    "đầu hết": 1,
    "trên cùng": 1,
    "trên hết": 1,
    "trên đầu": 1,
    "kế cuối": -2,
    "gần cuối": -2,
    "áp chót": -2,
    "áp cuối": -2,
    "cuối": -1,
    "cuối cùng": -1,
    "chót": -1,
    "chót hết": -1,
    "dưới cùng": -1,
    "dưới chót": -1,
    "dưới hết": -1,
    "sau cùng": -1,
    "sau chót": -1,
    "sau hết": -1,
}
_OF_TWO = {"trên": 1, "trước": 1, "dưới": 2, "sau": 2}
_MIDDLE = folded_words("giữa chính ở nằm")
#: Without their accents these say something else just as often (after, from, where, laugh).
_UNSURE = folded_words("sau từ đâu cười")
_LETTERS = "abcdefghij"
_CHOOSERS = folded_words("tôi tui em cháu con anh chị chú bác cô ông bà mình dạ thì vậy này theo nghĩ đoán")
_ASKING = folded_words("cho xin muốn")  # what follows may be a person ("cho ba"), so it needs pointing
_POINTING = folded_words(
    "cái câu số thứ mục ý đáp án phương lựa chọn lấy bấm gõ bài phần dòng ô nút khóa trả lời là chắc"
    " cách bước hình hàng nhấn"
)
_AGREEING = folded_words("đúng rồi á đó đấy nhe hen đi luôn vậy")
_GLUED = re.compile(r"\b(cau|so|cai|chon|bai|muc|thu|y|cach|buoc|bam|nut|dong|o|hinh|phan)(\d{1,2})\b")
_NO_NUMBER = re.compile(r"\bba (?:con|me|ma|noi|ngoai)\b|\bnam nay\b")  # people, this year
_QUESTION = re.compile(r"\bcau hoi\b")
_COUNTED_FROM = (("tu tren xuong", 1), ("tren xuong", 1), ("tu duoi len", -1), ("duoi len", -1))
_LONGEST = 60
_LONGEST_NUMBER = 200
_SOFT_SIGNS = frozenset(".,!?;:…")
_BEFORE_A_NUMBER = folded_words("số khoảng chừng cỡ được có là tổng cộng hết")


def read_choice(text: str, *, count: int) -> int | None:
    """Which of `count` answers is meant, counted from 0; None when out of range or not plainly a choice."""
    if len(text) > _LONGEST:
        return None
    words, forms = _words_of(text)
    words, step = _direction(words)
    if _NO_NUMBER.search(" ".join(words)):
        return None
    begun = without_polite_start(words)
    for candidate in (words, begun, without_polite_end(begun), _without_agreement(begun)):
        number = _number(candidate, forms, count)
        if number is not None:
            number *= step
            position = count + number if number < 0 else number - 1
            return position if 0 <= position < count else None
    return None


def read_number(text: str) -> int | None:
    """The whole number that a text is, up to hundreds of tỷ: "hai mươi mốt", "nam tram nghin", "1.000.000".

    Polite words and "khoảng" around it are passed over; "không" is nought. None for anything more, for
    what could be two numbers ("hai ba"), and for what is no whole number. Never raises.
    """
    if len(text) > _LONGEST_NUMBER:
        return None
    pieces = plain_pieces(text, before=_BEFORE_A_NUMBER)
    counted = None if _NO_NUMBER.search(fold(text)) else count_at(pieces, 0)
    if counted is None or counted.end < len(pieces) or counted.value.denominator != 1:
        return None
    return int(counted.value)


def plain_pieces(text: str, *, before: frozenset[str]) -> list[Piece]:
    """The pieces of a short text without soft signs, polite words around, and the words `before` at its head."""
    pieces = [piece for piece in pieces_of(text) if piece.text not in _SOFT_SIGNS]
    words = [piece.bare or piece.text for piece in pieces]
    start = len(words) - len(without_polite_start(words))
    end = start + len(without_courtesy(words))
    while start < end - 1 and words[start] in before:
        start += 1
    return pieces[start:end]


def _words_of(text: str) -> tuple[list[str], dict[str, str]]:
    """The folded words, without telex and VNI keys; and for each the accents with which it was typed."""
    typed = _GLUED.sub(r"\1 \2", _QUESTION.sub("cau", fold(text)))
    words = [word if word in SYLLABLES else fold_word(from_telex(word) or word) for word in from_vni(typed.split())]
    plain_last = sorted(accented(text).split(), reverse=True)  # of "a ạ" the letter counts
    return words, {fold_word(word): word for word in plain_last}


def _direction(words: list[str]) -> tuple[list[str], int]:
    """The words without "từ dưới lên", and -1 when it was there."""
    said = f" {' '.join(words)} "
    for phrase, step in _COUNTED_FROM:
        if f" {phrase} " in said:
            return said.replace(f" {phrase} ", " ", 1).split(), step
    return words, 1


def _without_agreement(words: list[str]) -> list[str]:
    """ "câu b đúng rồi á" ends at "b": only where the rest is a choice all the same."""
    end = len(words)
    while end > 1 and words[end - 1] in _AGREEING:
        end -= 1
    return words[:end] if end < len(words) and (end > 1 or len(words[0]) == 1) else []


def _number(words: list[str], forms: dict[str, str], count: int) -> int | None:
    """The 1-based number that the words are, from the end when negative, None when they are no number."""
    at = 0
    while at < len(words) - 1 and words[at] in _CHOOSERS | _ASKING:
        at += 1
    start = at
    while at < len(words) - 1 and words[at] in _POINTING:
        at += 1
    rest = words[at:]
    is_pointed = at > start
    if len(rest) == 1 and rest[0].isdecimal() and len(rest[0]) <= 2:
        return int(rest[0])
    if not is_pointed and not _ASKING.isdisjoint(words[:at]):
        return None
    if len(rest) == 1 and rest[0] in _LETTERS and (is_pointed or at == 0):
        return _LETTERS.index(rest[0]) + 1 if forms.get(rest[0], rest[0]) in {rest[0], "đ"} else None
    placed = _placed(rest, count) if is_pointed else None
    if placed is not None:
        return placed
    said = " ".join(rest)
    for typed_right, number, needs_pointing in _SAID.get(said, ()):
        if is_pointed or (not needs_pointing and _is_typed(said, typed_right, forms)):
            return number
    return None


def _placed(rest: Sequence[str], count: int) -> int | None:
    """ "cái trên", "cái sau" of two answers; "cái giữa" of an odd number."""
    if rest[-1] == "giua" and _MIDDLE.issuperset(rest) and count % 2:
        return count // 2 + 1
    return _FOLDED_OF_TWO.get(rest[0]) if count == 2 and len(rest) == 1 else None


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
_FOLDED_OF_TWO = {fold(word): number for word, number in _OF_TWO.items()}
