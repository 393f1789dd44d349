"""Where words stand in a sentence: phrases with gaps, found among the words of a text that was typed anyhow.

Knows what a phrase and a sentence are made of, and nothing of scams; bot.wording makes both out of texts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lessons.signs import LINK

_GAP = 10  # words that "..." may stand for
_SHOWN = 48  # characters of the words found
_SHOWN_BETWEEN = 3  # tokens between the words found that are shown with them
_TILDE, _HOOK = "\u0303", "\u0309"
_DRESSING = " .,;:!?()[]{}*\"'\u201c\u201d"
_WITHOUT_BRACES = str.maketrans("", "", '{}*\u201c\u201d"')

ADDRESS = f"<{LINK}>"  # the word that an address counts as
#: Start and end of each chunk that was found, counted in words.
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word folded, and in the form of `accented`: the same twice without accents, empty where none can be known."""

    bare: str
    written: str


@dataclass(slots=True)
class Sentence:
    """Tokens as typed; the words in them, the token of each, and what else a word counts as."""

    tokens: list[str]
    words: list[Word] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    marks: dict[int, frozenset[str]] = field(default_factory=dict)
    commas: list[int] = field(default_factory=list)
    there: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _accented: bool | None = None

    def add(self, place: int, word: Word, *, marks: frozenset[str] = frozenset()) -> None:
        at = len(self.words)
        self.words.append(word)
        self.places.append(place)
        if marks:
            self.marks[at] = marks

    @property
    def is_accented(self) -> bool:
        """Whether most words that are no names carry accents: then what has none was meant without."""
        if self._accented is None:
            typed = [word for word in self.words if word.bare.isalpha()]
            marked = sum(word.written != word.bare for word in typed)
            self._accented = marked * 2 > len(typed)
        return self._accented

    def index(self) -> Mapping[str, list[int]]:
        """Word or mark -> where it stands."""
        if not self.there:
            for at, word in enumerate(self.words):
                self.there[word.bare].append(at)
                for mark in self.marks.get(at, ()):
                    self.there[mark].append(at)
        return self.there

    def is_address(self, spans: Spans) -> bool:
        """Whether nothing but an address was found, which stands there whatever is said about it."""
        ((start, end), *others) = spans
        return not others and end == start + 1 and self.words[start].bare == ADDRESS

    def shown(self, spans: Spans) -> str:
        """The words as typed, short; an address so that nobody can press it."""
        text, last = "", -1
        for start, end in spans:
            first = self.places[start]
            is_near = first - last <= _SHOWN_BETWEEN + 1
            begin = first if last < 0 else max(last + 1, first if not is_near else 0)
            joint = "" if last < 0 else " " if is_near else " \u2026 "
            last = max(last, self.places[end - 1])
            text += joint + " ".join(self.tokens[begin : last + 1])
        text = text.translate(_WITHOUT_BRACES).strip(_DRESSING)
        return text if len(text) <= _SHOWN else text[: _SHOWN - 1].rstrip() + "\u2026"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other, chunk by chunk, with other words between the chunks."""

    chunks: tuple[tuple[Word, ...], ...]

    @property
    def all(self) -> list[str]:
        return [word.bare for chunk in self.chunks for word in chunk]

    def spans(self, sentence: Sentence, start: int) -> Spans | None:
        """Where its chunks stand when the first begins at `start`."""
        if not _stands(self.chunks[0], sentence, start):
            return None
        spans = [(start, start + len(self.chunks[0]))]
        for chunk in self.chunks[1:]:
            begin = spans[-1][1]
            reach = range(begin, min(begin + _GAP + 1, len(sentence.words)))
            at = next((at for at in reach if _stands(chunk, sentence, at)), None)
            if at is None:
                return None
            spans.append((at, at + len(chunk)))
        return tuple(spans)


class Lookup:
    """Phrases by the word that fewest of them have, so that most are never looked at."""

    def __init__(self, phrases: Iterable[tuple[list[Phrase], int]]) -> None:
        listed = [(phrase, owner) for readings, owner in phrases for phrase in readings]
        often = Counter(word for phrase, _ in listed for word in set(phrase.all))
        self._by_word: dict[str, list[tuple[frozenset[str], Phrase, int]]] = defaultdict(list)
        for phrase, owner in listed:
            words = phrase.all
            rarest = min(words, key=lambda word: (often[word], -len(word), word))
            self._by_word[rarest].append((frozenset(words), phrase, owner))

    def is_in(self, sentence: Sentence) -> bool:
        """Whether any phrase stands in the sentence."""
        return next(self.find(sentence), None) is not None

    def find(self, sentence: Sentence) -> Iterator[tuple[int, Spans]]:
        """Owner and place of every phrase that stands in the sentence."""
        there = sentence.index()
        for word in there:
            for needed, phrase, owner in self._by_word.get(word, ()):
                if needed <= there.keys():
                    for start in there[phrase.chunks[0][0].bare]:
                        spans = phrase.spans(sentence, start)
                        if spans is not None:
                            yield owner, spans


def _stands(chunk: tuple[Word, ...], sentence: Sentence, start: int) -> bool:
    if start + len(chunk) > len(sentence.words):
        return False
    return all(_is_typed(wanted, sentence, start + nth) for nth, wanted in enumerate(chunk))


def _is_typed(wanted: Word, sentence: Sentence, at: int) -> bool:
    """Among words without accents every one passes; who types them must have typed these.

    Of the tones the two that half of the country does not tell apart are let pass.
    """
    typed = sentence.words[at]
    if typed.bare != wanted.bare:
        return wanted.bare in sentence.marks.get(at, ())
    if typed.written in ("", wanted.written):
        return True
    if typed.written == typed.bare:
        return not sentence.is_accented
    return typed.written.replace(_TILDE, _HOOK) == wanted.written.replace(_TILDE, _HOOK)
