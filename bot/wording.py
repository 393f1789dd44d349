"""Texts and phrases as words to compare: short forms written out, sums, numbers and addresses known as such.

Knows nothing of scams. Reads what offices, swindlers and neighbours write: with accents or without, "5tr", "2h".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product

from bot.links import find
from bot.sightings import ADDRESS, Phrase, Sentence, Word
from lessons.signs import ABROAD, DIALLED, LINK, MONEY, NUMBER, chunks, mark_of, pieces
from vietnamese.fold import accented, fold_word

_SENTENCE_END = re.compile(r"(?<=[.!?;\u2026])\s+|\n+")
_CLAUSE_ENDS = (",", ":", ";", ")", "\u201d", '"')
#: Over a folded token: "1 200 000d", "3 5tr thang", "500k".
_SUM = re.compile(
    r"(?:\d{1,3}(?: \d{3})+(?:d|vnd|dong)?"
    r"|\d+(?: \d+)?(?:k|tr|trieu|nghin|ngan|d|vnd|dong|ty|ti|cu|usd|usdt)\d*)(?= |$)"
)
_BARE_NUMBER = re.compile(r"\d+(?: \d+)?")
_UNITS = frozenset(["k", "tr", "trieu", "nghin", "ngan", "dong", "vnd", "ty", "ti", "cu", "usd", "usdt"])
_LARGE = frozenset(["trieu", "ty"])  # a sum also behind a number that is spelt out
_TIME = {"h": "gio", "p": "phut"}
_WITH_TIME = re.compile(r"(\d+)(h|p|gio|phut|ngay)")
#: Calls are turned over to another number by such a code: "**21*0912345678#".
_DIALLED = re.compile(r"[*#]{1,2}\d{1,3}\*[\d\u2588]{8,12}(?:\*\d+)*#?")
#: Behind + or 00 stands the number of a country; 84 is ours. Its digits may be hidden already.
_ABROAD = re.compile(r"[(]?(?:\+|00)(?!84)[1-9][\dx\u2588.-]{6,}")
_LOOK_ALIKES = str.maketrans("\u00f8\u00d8", "oO")  # typed for an o, which no folding finds


class Wording:
    """Reads phrases and texts alike, by one table of short forms."""

    def __init__(
        self, short_forms: Mapping[str, str], phrases: Iterable[str], is_known: Callable[[str], bool] = lambda _: False
    ) -> None:
        """`phrases` are those with the hosts to look for; an address under a known host is nobody's sign."""
        self._is_known = is_known
        self._short = {_plain(short): tuple(_spelt(whole)) for short, whole in short_forms.items()}
        marks = {mark_of(piece) for phrase in phrases for piece in pieces(phrase)} - {None}
        self._hosts = sorted(mark.split()[-1] for mark in marks if mark and mark.startswith(f"{LINK} ") and "." in mark)

    def phrase(self, phrase: str) -> list[Phrase]:
        """A phrase as it is looked for; one that speaks of an address is also met by an address itself."""
        parts: list[list[tuple[Word, ...]]] = []
        for chunk in chunks(phrase):
            words = tuple(word for piece in pieces(chunk) for word in self._word(piece))
            if words:
                parts.append([words, *_with_address(words)])
        return [Phrase(tuple(choice)) for choice in product(*parts)] if parts else []

    def _word(self, piece: str) -> list[Word]:
        mark = mark_of(piece)
        if mark is not None:
            return [Word(f"<{mark}>", f"<{mark}>")]
        return [word for word, _ in self._spelt_out(piece)]

    def _spelt_out(self, token: str) -> Iterator[tuple[Word, bool]]:
        """The words of a token, short forms written out, each with whether it is a number."""
        for written in _spelt(token):
            bare = fold_word(written)
            if bare in self._short:
                yield from ((Word(fold_word(word), word), False) for word in self._short[bare])
            elif (timed := _WITH_TIME.fullmatch(bare)) is not None:
                yield Word(timed[1], timed[1]), True
                yield Word(_TIME.get(timed[2], timed[2]), ""), False
            else:
                yield Word(bare, written), bare.isdigit()

    def sentences(self, text: str) -> Iterator[Sentence]:
        """The sentences of a text, in order; an empty one is left out."""
        for part in _SENTENCE_END.split(text.translate(_LOOK_ALIKES)):
            sentence = Sentence(part.split())
            for nth, token in enumerate(sentence.tokens):
                self._add(sentence, nth, token)
            if sentence.words:
                yield sentence

    def _add(self, sentence: Sentence, nth: int, token: str) -> None:
        links = find(token) if "." in token or "//" in token else []
        if links:
            host = links[0].host
            sentence.tokens[nth] = unpressable(host)
            marks = frozenset(f"<{LINK} {one}>" for one in self._hosts if _is_under(host, one))
            # Under a known name a host is only what the signs call by that name ("zalo.me"), and no strange address.
            if not self._is_known(host):
                sentence.add(nth, Word(ADDRESS, ADDRESS), marks=marks)
            elif marks:
                sentence.add(nth, Word(f"<{host}>", f"<{host}>"), marks=marks)
            return
        if _DIALLED.search(token):
            sentence.add(nth, Word(f"<{DIALLED}>", f"<{DIALLED}>"))
            return
        if _ABROAD.match(token):
            sentence.add(nth, Word(f"<{ABROAD}>", f"<{ABROAD}>"))
            return
        bare = _plain(token)
        if (total := _SUM.match(bare)) is not None:
            sentence.add(nth, Word(f"<{MONEY}>", f"<{MONEY}>"))
            token = bare[total.end() :]
        elif bare in _UNITS and _ends_in_number(sentence, nth):
            sentence.words[-1] = Word(f"<{MONEY}>", f"<{MONEY}>")
            sentence.places[-1] = nth
            return
        for word, is_number in self._spelt_out(token):
            mark = f"<{MONEY}>" if word.bare in _LARGE else f"<{NUMBER}>" if is_number else ""
            sentence.add(nth, word, marks=frozenset({mark}) if mark else frozenset())
        if token.endswith(_CLAUSE_ENDS):
            sentence.commas.append(len(sentence.words))


def _with_address(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """The words with an address for the words that speak of one, where they do."""
    name = LINK.split()
    for at in range(len(words) - len(name) + 1):
        if [word.bare for word in words[at : at + len(name)]] == name:
            return [(*words[:at], Word(ADDRESS, ADDRESS), *words[at + len(name) :])]
    return []


def _ends_in_number(sentence: Sentence, place: int) -> bool:
    """Whether the token before this one is nothing but a number."""
    if not sentence.words or sentence.places[-1] != place - 1:
        return False
    return _BARE_NUMBER.fullmatch(_plain(sentence.tokens[place - 1])) is not None


def unpressable(host: str) -> str:
    """A host so that no app makes a link of it."""
    return host.replace(".", " . ")


def _is_under(host: str, wanted: str) -> bool:
    return host.endswith(wanted) if wanted.startswith(".") else host == wanted or host.endswith("." + wanted)


@lru_cache(maxsize=8192)
def _spelt(token: str) -> tuple[str, ...]:
    """The words of a token in the form of `accented`."""
    return tuple(accented(token).split())


def _plain(token: str) -> str:
    return fold_word(token)
