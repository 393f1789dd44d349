"""Phrases with labels, and the labels whose phrases a text comes closest to.

An exact table first; then phrases that share words with the text, scored by the weight of what is shared
(a word that few labels use weighs more) and by the likeness of the letters. A phrase of one or two light
words counts only when it is typed exactly. Knows no book and no bot.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from vietnamese.courtesy import without_courtesy, without_request
from vietnamese.fold import fold_word
from vietnamese.sounds import fit, sound_of
from vietnamese.spelling import standard_words
from vietnamese.syllables import SYLLABLES

OUT_OF_SCOPE = "out_of_scope"
UNDERSTOOD = 0.5  # below it no label is taken; on a plateau (0.48 to 0.55) of several written sets
LONGEST_TEXT = 600  # characters that are looked at
MOST_WORDS = 40  # words that are looked at

_UNKNOWN_WEIGHT = 1.6  # of a word that no phrase has: it speaks against every phrase
_REST_COUNTS = 0.35  # how much the words of a text that a phrase lacks count, against words that a text lacks
_MOST_REST = 1.5  # a phrase that is there whole is heard however long the text goes on
_LETTERS_COUNT = 0.3  # share of the likeness of letters in a score
_SOUNDS_ALIKE = 0.8
_TYPED_ALIKE = 0.8
_ANOTHER_WORD = 0.4  # a slip that gave another Vietnamese syllable
_WITHOUT_HEAD = 0.7  # of a phrase whose weightiest word the text does not have
_CLOSE_TYPING = 0.74  # least similarity of a mistyped word
_SAME_WORD, _SAME_WORDS = 0.9, 0.3  # how well accents must fit in one word alone, in several
_TOPICAL = 0.2  # how much it counts that the words of a text are words of the label, in any phrase
_CANDIDATES = 25
_LEAST_SHARED = 0.25  # of the weight of a phrase, to be looked at
_LIGHT = 2.7  # a phrase lighter than this is no evidence by itself


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means: a label, how surely (0 to 1), and the next best label, if any came near.

    Of `out_of_scope` the score says how far the nearest label, the runner-up, is.
    """

    intent: str
    score: float
    runner_up: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """A label and its phrase that came closest. `is_exact` when the phrase is the whole text."""

    label: str
    score: float
    phrase: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    label: str
    words: tuple[str, ...]
    key: str
    weight: float
    head: str


@dataclass(frozen=True, slots=True)
class _Compared:
    """A text beside the phrases: its folded words, the words they may be meant for, and their weight.

    `shared` has, by the index of a phrase, the weight of the words that it has in common with the text.
    """

    key: str
    typed: frozenset[str]
    meant: frozenset[str]
    weight: float
    shared: Mapping[int, float]


class Matcher:
    """Built once from phrases; `rank` and `match` change nothing and never raise."""

    def __init__(
        self,
        phrases: Mapping[str, Iterable[str]],
        *,
        whole_texts: Collection[str] = frozenset(),
        groups: Mapping[str, str] | None = None,
    ) -> None:
        """Phrases of the labels in `whole_texts` are said by themselves ("go back"), not as part of a longer
        text; those of other labels ("electricity bill") are heard in a longer text too. `groups` names the
        subject that some labels share, such as the course of a lesson: its words belong to all of them."""
        self._whole_texts = frozenset(whole_texts)
        self._groups = dict(groups or {})
        known = _distinct(phrases)
        self._weights = _weights([(self._group(label), words) for label, words in known])
        self._phrases = [self._weighed(label, words) for label, words in known]
        self._exact: dict[str, list[_Phrase]] = defaultdict(list)
        self._places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._vocabularies: dict[str, set[str]] = defaultdict(set)
        for index, phrase in enumerate(self._phrases):
            self._exact[phrase.key].append(phrase)
            for word in set(phrase.words) if phrase.weight >= _LIGHT else ():
                self._places[fold_word(word)][word].append(index)
            self._vocabularies[self._group(phrase.label)].update(map(fold_word, phrase.words))
        self._vocabulary = list(self._places)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            self._by_sound[sound_of(word)].append(word)

    @classmethod
    def from_phrases(cls, phrases: Mapping[str, Iterable[str]]) -> "Matcher":
        """A matcher of these labels, each with the phrases that mean it."""
        return cls(phrases)

    def match(self, text: str) -> Reading:
        """The best label, or out_of_scope."""
        return reading(self.rank(words_of(text)))

    def exact(self, words: Sequence[str]) -> list[Match]:
        """The labels that have all these words as a phrase, words of courtesy and asking left out.

        Where accents tell phrases apart and the text has them, they decide.
        """
        for said in ways_of_saying(words):
            found = self._exact.get(" ".join(map(fold_word, said)), ())
            fits = [(min(map(fit, said, phrase.words)), phrase) for phrase in found]
            best = max((level for level, _ in fits), default=0.0)
            if best >= (_SAME_WORD if len(said) == 1 else _SAME_WORDS):
                labels = {phrase.label: phrase for level, phrase in fits if level == best}
                return [Match(label, 1.0, phrase.key, is_exact=True) for label, phrase in labels.items()]
        return []

    def rank(self, words: Sequence[str]) -> list[Match]:
        """The labels that come near, each once, the best first. `words` are those of `words_of`."""
        exact = self.exact(words)
        seen = {match.label for match in exact}
        return exact + [match for match in self._near(words) if match.label not in seen]

    def _group(self, label: str) -> str:
        return self._groups.get(label, label)

    def _near(self, words: Sequence[str]) -> list[Match]:
        text = self._compared(words)
        best: dict[str, Match] = {}
        for likeness, index in self._candidates(text):
            phrase = self._phrases[index]
            score = (1 - _LETTERS_COUNT) * likeness + _LETTERS_COUNT * fuzz.ratio(text.key, phrase.key) / 100
            if phrase.label not in best or score > best[phrase.label].score:
                best[phrase.label] = Match(phrase.label, score, phrase.key, is_exact=False)
        for label, match in best.items():
            score = match.score + _TOPICAL * (self._explained(text, label) - 0.5)
            best[label] = replace(match, score=max(0.0, min(score, 0.99)))
        return sorted(best.values(), key=lambda match: match.score, reverse=True)

    def _candidates(self, text: _Compared) -> list[tuple[float, int]]:
        """The phrases that share most with the text, with how much their words are alike, 0 to 1."""
        scored = []
        for index, weight in text.shared.items():
            phrase = self._phrases[index]
            if weight >= _LEAST_SHARED * phrase.weight:
                scored.append((self._likeness(phrase, min(weight, phrase.weight), text), index))
        return heapq.nlargest(_CANDIDATES, scored)

    def _likeness(self, phrase: _Phrase, common: float, text: _Compared) -> float:
        rest = max(0.0, text.weight - common)
        if phrase.label not in self._whole_texts:
            rest = min(rest, _MOST_REST * phrase.weight)
        likeness = common / (phrase.weight + _REST_COUNTS * rest)
        return likeness if phrase.head in text.meant else likeness * _WITHOUT_HEAD

    def _explained(self, text: _Compared, label: str) -> float:
        """Share of the weight of a text that is in words of the label, whatever the phrase."""
        known = self._vocabularies[self._group(label)].intersection(text.typed)
        return sum(self._weights[word] for word in known) / text.weight

    def _compared(self, words: Sequence[str]) -> _Compared:
        typed = {fold_word(word): word for word in words}
        shared: dict[int, float] = defaultdict(float)
        meant: set[str] = set()
        for bare, word in typed.items():
            for known, likeness in self._meant(bare).items():
                meant.add(known)
                weight = self._weights[known] * likeness
                for written, indexes in self._places[known].items():
                    share = weight * fit(word, written) if known == bare else weight
                    for index in indexes:
                        shared[index] += share
        weight = sum(self._weights.get(bare, _UNKNOWN_WEIGHT) for bare in typed)
        return _Compared(" ".join(map(fold_word, words)), frozenset(typed), frozenset(meant), weight, shared)

    def _meant(self, bare: str) -> dict[str, float]:
        """The words of the vocabulary that a folded word may be, with how likely."""
        if bare in self._places:
            return {bare: 1.0}
        alike = dict.fromkeys(self._by_sound.get(sound_of(bare), ()), _SOUNDS_ALIKE)
        if alike or len(bare) < 4:
            return alike
        found = process.extract(
            bare,
            self._vocabulary,
            scorer=OSA.normalized_similarity,
            score_cutoff=_CLOSE_TYPING,
            limit=2,
        )
        likeness = _TYPED_ALIKE if bare not in SYLLABLES else _ANOTHER_WORD
        return {word: similarity * likeness for word, similarity, _ in found}

    def _weighed(self, label: str, words: tuple[str, ...]) -> _Phrase:
        bare = [fold_word(word) for word in words]
        weight = sum(self._weights[word] for word in set(bare))
        return _Phrase(label, words, " ".join(bare), weight, max(bare, key=lambda word: self._weights[word]))


def reading(ranked: list[Match]) -> Reading:
    """The outcome of a ranking: its head when it is near enough, else out_of_scope."""
    if not ranked:
        return Reading(OUT_OF_SCOPE, 1.0, None)
    first = ranked[0]
    if first.score < UNDERSTOOD:
        return Reading(OUT_OF_SCOPE, round(1 - first.score, 3), first.label)
    second = next((match.label for match in ranked[1:] if match.score >= UNDERSTOOD), None)
    return Reading(first.label, round(first.score, 3), second)


def words_of(text: str) -> list[str]:
    """The words that are looked at: in common spelling, with accents, not too many."""
    return standard_words(text[:LONGEST_TEXT])[:MOST_WORDS]


def ways_of_saying(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The text as it is, then without courtesy, then without "I would like"; slices of the same words."""
    bare = [fold_word(word) for word in words]
    for shorter in (bare, without_courtesy(bare), without_request(bare)):
        start = _start_of(shorter, bare)
        yield words[start : start + len(shorter)]


def _start_of(part: list[str], whole: list[str]) -> int:
    return next((at for at in range(len(whole)) if whole[at : at + len(part)] == part), 0)


def _distinct(phrases: Mapping[str, Iterable[str]]) -> list[tuple[str, tuple[str, ...]]]:
    known = {(label, tuple(standard_words(text))): None for label, texts in phrases.items() for text in texts}
    return [(label, words) for label, words in known if words]


def _weights(known: list[tuple[str, tuple[str, ...]]]) -> dict[str, float]:
    """Folded word -> the less labels use it, the more it says."""
    users: dict[str, set[str]] = defaultdict(set)
    for label, words in known:
        for word in words:
            users[fold_word(word)].add(label)
    labels = len({label for label, _ in known})
    return {word: math.log(1 + labels / len(using)) for word, using in users.items()}
