"""A text about a place as words: where names of the map stand in it, and which words say nothing.

Finds names as written, with telex keys or without spaces, and with slips; not what they mean together.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from vietnamese.fold import accented, fold_word, folded_words
from vietnamese.place_table import Table, key_of, numbered
from vietnamese.syllables import SYLLABLES, from_telex, from_vni

Level = Literal["commune", "district", "province"]

LIMIT_CHARS = 300
_MOST_OF_A_NAME = 3
_MOST_WORDS_TO_GUESS = 24  # a longer text is a story, in which something is like every name
_SHORTEST_TO_GUESS = 4  # letters
_SHORTEST_TO_LIKEN = 3
_LIKE_COST, _ALMOST_NOTHING = 0.4, 0.95  # of a word
_LONG = 9  # letters of a name that may have two slips
_COSTS = (0.0, 1.0, 1.6)  # of so many slips, in words
_HAMLET_WORDS = 3  # of a name of a hamlet or a street
_LONGEST_NAME = 6  # words; "Thị trấn Nông trường Việt Trung" without its kind has four
_PARTS = re.compile(r"[,;|()\[\]\n\r\t]")
_GLUED_NUMBER = re.compile(r"(phuong|quan|ph|p|q|f)(\d{1,2})")
_TELEX_PAIRS = re.compile("dd|aa|ee|oo|[aou]w")
_SHORTEST_GLUED, _LONGEST_GLUED = 8, 60  # letters
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_KINDS: dict[str, tuple[tuple[Level, ...], str]] = {
    "thi tran": (("commune",), "Thị trấn"),
    "tt": (("commune",), "Thị trấn"),
    "ttr": (("commune",), "Thị trấn"),
    "phuong": (("commune",), "Phường"),
    "p": (("commune",), "Phường"),
    "ph": (("commune",), "Phường"),
    "f": (("commune",), "Phường"),
    "xa": (("commune",), "Xã"),
    "x": (("commune",), "Xã"),
    "dac khu": (("commune",), "Đặc khu"),
    "huyen": (("district",), "Huyện"),
    "h": (("district",), "Huyện"),
    "quan": (("district",), "Quận"),
    "q": (("district",), "Quận"),
    "thi xa": (("district",), "Thị xã"),
    "tx": (("district",), "Thị xã"),
    "thanh pho": (("district", "province"), "Thành phố"),
    "tp": (("district", "province"), "Thành phố"),
    "tinh": (("province",), "Tỉnh"),
    "t": (("province",), "Tỉnh"),
}
_AFTER_N = re.compile("(?<=n)[gh]")
_ONE_SOUND = str.maketrans({"s": "x", "v": "d"})
_NUMBERED = frozenset({"Phường", "Quận"})
#: What follows these is smaller than a commune, whatever it is called.
_SMALLER = folded_words("ấp thôn xóm khóm buôn làng bản đường hẻm ngõ ngách kiệt phum phố")
_SAYS_NOTHING = _SMALLER | folded_words(
    "nhà tôi tui tao em cháu con mình chúng ta bác cô chú anh chị ông bà dạ thưa vâng ừ ạ à nha nhé nhen nghen"
    " nè đó đây ở tại thuộc quê địa chỉ là của bên dưới trên trong về sống đang hiện nay giờ bây trước cũ mới xưa"
    " hồi nào này sinh ra lớn lên người dân khu vực vùng miền việt nam vn số nhà khu tổ đội tdp kp với và cái thì mà"
    " cho hỏi biết nói xin gọi tên đổi sáp nhập xong rồi được hả ơi miệt phía gần chỗ xứ lô alo chào"
)


@dataclass(frozen=True, slots=True)
class Word:
    bare: str  # folded
    typed: str  # in the form of `fold.accented`
    part: int  # which part of the text, parts being what commas keep apart


@dataclass(frozen=True, slots=True)
class Kind:
    """A word for a kind of unit before a name: "xã", "TX."."""

    start: int
    levels: tuple[Level, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Words [start, end) that are a name of the map. `slips` is the cost of what is wrong with them."""

    start: int
    end: int
    key: str
    slips: float = 0.0


class PlaceText:
    """A text cut into words, and where names stand in it."""

    def __init__(self, text: str, table: Table) -> None:
        self.words = _words(text[:LIMIT_CHARS], table)
        self.is_short = len(self.words) <= _MOST_WORDS_TO_GUESS
        names = [word for word in self.words if word.bare not in _KINDS and word.bare not in _SAYS_NOTHING]
        self.has_accents = any(not word.typed.isascii() for word in names)
        self._spans = self._all_spans()

    def hits(self, keys: Container[str]) -> list[Hit]:
        """Where the names stand exactly, each at most three times: commune, district and province called alike."""
        seen: Counter[tuple[str, int]] = Counter()
        found = []
        for start, end, key in self._spans:
            if key in keys and seen[key, end - start] < _MOST_OF_A_NAME:
                seen[key, end - start] += 1
                found.append(Hit(start, end, key))
        return found

    def like_hits(self, keys: Iterable[str]) -> list[Hit]:
        """Where words stand that could well be one of very few names, since all else agrees on it."""
        names = [key for key in dict.fromkeys(keys) if " " not in key]
        return [
            Hit(start, end, name, (end - start) * min(_ALMOST_NOTHING, _LIKE_COST * slips))
            for start, end, key in self._spans
            if len(key) >= _SHORTEST_TO_LIKEN and " " not in key
            for name, slips, _ in extract(key, names, scorer=OSA.distance, score_cutoff=len(key) * 2 // 5, limit=None)
            if slips
        ]

    def near_hits(self, keys: Iterable[str]) -> list[Hit]:
        """Where one of a few names stands with slips in it."""
        names = [key for key in dict.fromkeys(keys) if len(key) >= _SHORTEST_TO_GUESS and " " not in key]
        by_sound: dict[str, list[str]] = {}
        for name in names:
            by_sound.setdefault(_sound_of_key(name), []).append(name)
        hits: list[Hit] = []
        for start, end, key in self._spans:
            if len(key) >= _SHORTEST_TO_GUESS and " " not in key:
                alike = [name for name in by_sound.get(_sound_of_key(key), ()) if name != key]
                hits += [Hit(start, end, name, 0.5) for name in alike]
                cutoff = 2 if len(key) >= _LONG else 1
                near = extract(key, names, scorer=OSA.distance, score_cutoff=cutoff, limit=None)
                wrong = [(name, int(slips)) for name, slips, _ in near if slips and name not in alike]
                hits += [Hit(start, end, name, _COSTS[slips]) for name, slips in wrong]
        return hits

    def kind_before(self, start: int) -> Kind | None:
        """The word for a kind of unit that stands right before a word."""
        for length in (2, 1):
            first = start - length
            if first >= 0 and self.words[first].part == self.words[start - 1].part:
                found = _KINDS.get(" ".join(word.bare for word in self.words[first:start]))
                if found:
                    return Kind(first, *found)
        return None

    def starts_part(self, at: int) -> bool:
        """Whether a word is the first, or the first after a comma."""
        return at == 0 or self.words[at].part != self.words[at - 1].part

    def is_smaller(self, start: int) -> bool:
        """Whether what begins here is named as a hamlet or a street: "ấp Tân Thành"."""
        return start > 0 and self.words[start - 1].bare in _SMALLER

    def unsaid(self, covered: set[int], *, among: range | None = None) -> int:
        """How many words remain that could mean something, beside the covered ones."""
        count = after_smaller = 0
        for at, word in enumerate(self.words):
            if at in covered or (at and word.part != self.words[at - 1].part):
                after_smaller = 0
            if at in covered:
                continue
            if word.bare in _KINDS or word.bare in _SAYS_NOTHING or word.bare.isdigit():
                after_smaller = _HAMLET_WORDS if word.bare in _SMALLER else after_smaller
            elif after_smaller:
                after_smaller -= 1
            elif not self._is_half_kind(at) and (among is None or at in among):
                count += 1
        return count

    def _is_half_kind(self, at: int) -> bool:
        pairs = (self.words[at - 1 : at + 1] if at else [], self.words[at : at + 2])
        return any(" ".join(word.bare for word in pair) in _KINDS for pair in pairs if len(pair) == 2)

    def _all_spans(self) -> list[tuple[int, int, str]]:
        words = self.words
        spans = []
        for start, first in enumerate(words):
            key = ""
            for end in range(start, min(len(words), start + _LONGEST_NAME)):
                if words[end].part != first.part:
                    break
                key += key_of(words[end].bare)
                spans.append((start, end + 1, key))
            spans += self._numbered_spans(start)
        return spans

    def _numbered_spans(self, at: int) -> list[tuple[int, int, str]]:
        kind = self.kind_before(at)
        word = self.words[at].bare
        number = _ROMAN.get(word, word) if kind else word
        if not number.isdigit() or len(number) > 2:
            return []
        if kind and kind.kind in _NUMBERED:
            return [(kind.start, at + 1, numbered(kind.kind, number))]
        return [] if kind else [(at, at + 1, numbered(name, number)) for name in sorted(_NUMBERED)]


@lru_cache(maxsize=4096)
def _sound_of_key(key: str) -> str:
    """The sound of a name without spaces: only what is confused wherever it stands in a word."""
    return _AFTER_N.sub("", key.replace("gi", "d")).replace("tr", "ch").translate(_ONE_SOUND)


def _words(text: str, table: Table) -> list[Word]:
    words: list[Word] = []
    for part, piece in enumerate(_PARTS.split(text)):
        typed = accented(piece).split()
        bare = from_vni(_apart([fold_word(word) for word in typed]))
        shown = typed if len(bare) == len(typed) else bare
        for one, said in zip(bare, shown, strict=True):
            words += [Word(found, said if found == fold_word(said) else found, part) for found in _plain(one, table)]
    return words


def _apart(words: list[str]) -> list[str]:
    apart: list[str] = []
    for word in words:
        glued = _GLUED_NUMBER.fullmatch(word)
        apart += list(glued.groups()) if glued else [word]
    return apart


def _plain(word: str, table: Table) -> list[str]:
    """What is meant by a folded word: itself, or what is behind telex keys, or the names glued together in it."""
    if word.isdigit():
        return [word.lstrip("0") or "0"]
    if word in table.words or word in SYLLABLES or word in _KINDS or table.has_key(key_of(word)):
        return [word]
    guess = from_telex(word) or _highland_word(word, table)
    return [guess] if guess else _unglued(word, table)


def _highland_word(word: str, table: Table) -> str | None:
    """The word behind telex keys where it is no Vietnamese syllable: "ddawks" is "dak"."""
    plain = _TELEX_PAIRS.sub(lambda pair: pair.group()[0], word)
    return next((one for one in (plain, plain.rstrip("sfrxjz")) if one in table.words), None)


def _unglued(word: str, table: Table) -> list[str]:
    """The names that were typed without a space between them: "taivantrande"."""
    if not _SHORTEST_GLUED <= len(word) <= _LONGEST_GLUED:
        return [word]
    fewest: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            before, piece = fewest[start], word[start:end]
            known = (len(piece) >= _SHORTEST_TO_GUESS and table.has_key(key_of(piece))) or piece in _KINDS
            best = fewest[end]
            if before is not None and known and (best is None or len(before) + 1 < len(best)):
                fewest[end] = [*before, piece]
    return fewest[-1] or [word]
