"""How much a text is like each phrase of a subject: the weight of the words they share, and their letters.

A word that few subjects use weighs more. A phrase of one or two light words counts only when it is typed by
itself. Knows no book and no bot.
"""

import heapq
import math
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from vietnamese.fold import fold_word
from vietnamese.sounds import fit, sound_of
from vietnamese.syllables import SYLLABLES

_UNKNOWN_WEIGHT = 1.6  # of a word that no phrase has: it speaks against every phrase
_REST_COUNTS = 0.35  # how much the words of a text that a phrase lacks count, against words that a text lacks
_MOST_REST = 1.5  # a phrase that is there whole is heard however long the text goes on
_LETTERS_COUNT = 0.3  # share of the likeness of letters
_SOUNDS_ALIKE = 0.8
_TYPED_ALIKE = 0.8
_ANOTHER_WORD = 0.4  # a slip that gave another Vietnamese syllable
_WITHOUT_HEAD = 0.7  # of a phrase whose weightiest word the text does not have
_CLOSE_TYPING = 0.74  # least similarity of a mistyped word
_CANDIDATES = 8
_LOOKED_AT = 40  # phrases of a subject, found by its rarest words first
_LIGHT = 2.7  # a phrase lighter than this is no evidence by itself


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a label: its words with accents, folded, each once; their weight; the word that weighs most."""

    label: str
    words: tuple[str, ...]
    key: str
    bare: tuple[str, ...]
    weight: float
    head: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A text beside the phrases: its words as typed, folded, and the words they may be meant for.

    `typed` has the words with their accents, by their folded form; `meant` how likely a word of the vocabulary
    is meant. `read` is the text in words of the vocabulary where one comes near, in the order of the text.
    `is_bare`: it has no accent.
    """

    key: str
    typed: Mapping[str, str]
    meant: Mapping[str, float]
    weight: float
    read: tuple[str, ...]
    is_bare: bool


class Phrases:
    """Built once from labelled phrases; `subjects` names what several labels share, such as a course."""

    def __init__(
        self,
        known: Iterable[tuple[str, tuple[str, ...]]],
        *,
        whole_texts: Collection[str],
        subjects: Mapping[str, str],
        place: str | None = None,
    ) -> None:
        """`place` is where all phrases are looked for, when not at their subjects (which then only weigh words)."""
        listed = list(known)
        self._whole_texts = frozenset(whole_texts)
        self._weights = _weights([(subjects.get(label, label), words) for label, words in listed])
        self.all = tuple(self._weighed(label, words) for label, words in listed)
        self._lightness = [1 / phrase.weight if phrase.weight else 0.0 for phrase in self.all]
        self._places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, phrase in enumerate(self.all):
            subject = subjects.get(phrase.label, phrase.label) if place is None else place
            for word in phrase.bare if phrase.weight >= _LIGHT else ():
                self._places[subject][word].append(index)
        self._vocabulary = list(self._weights)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            self._by_sound[sound_of(word)].append(word)

    def compared(self, words: Sequence[str]) -> Compared:
        """The text ready for `nearest`; its words are those of `spelling.standard_words`."""
        typed = {fold_word(word): word for word in words}
        meant: dict[str, float] = {}
        best: dict[str, str] = {}
        for bare in typed:
            candidates = self._meant(bare)
            for known, likeness in candidates.items():
                meant[known] = max(likeness, meant.get(known, 0.0))
            best[bare] = max(candidates, key=candidates.__getitem__) if candidates else bare
        weight = sum(self._weights.get(bare, _UNKNOWN_WEIGHT) for bare in typed)
        folded = [fold_word(word) for word in words]
        read = tuple([best[bare] for bare in folded])
        return Compared(" ".join(folded), typed, meant, weight, read, is_bare="".join(words).isascii())

    def nearest(self, text: Compared, subject: str) -> dict[str, tuple[float, Phrase]]:
        """Label -> its phrase that is most like the text, with how much, 0 to 1, for the labels of a subject."""
        best: dict[str, tuple[float, Phrase]] = {}
        for phrase in self._candidates(text, subject):
            alike = self._words_alike(phrase, text)
            letters = fuzz.ratio(text.key, phrase.key) / 100
            likeness = ((1 - _LETTERS_COUNT) * alike + _LETTERS_COUNT * letters) * _accents_fit(phrase, text)
            if phrase.label not in best or likeness > best[phrase.label][0]:
                best[phrase.label] = (likeness, phrase)
        return best

    def _candidates(self, text: Compared, subject: str) -> list[Phrase]:
        """Some phrases that share most with the text, found by the words that fewest phrases have."""
        places = self._places.get(subject, {})
        found = sorted((len(places[word]), word) for word in text.meant if word in places)
        shared: dict[int, float] = {}
        looked_at = 0
        for count, word in found:
            if shared and count > _LOOKED_AT:
                break
            weight = self._weights[word] * text.meant[word]
            for index in places[word]:
                shared[index] = shared.get(index, 0.0) + weight
            looked_at += count
            if looked_at >= _LOOKED_AT:
                break
        lightness = self._lightness
        ranked = [(weight * lightness[index], index) for index, weight in shared.items()]
        return [self.all[index] for _, index in heapq.nlargest(_CANDIDATES, ranked)]

    def _words_alike(self, phrase: Phrase, text: Compared) -> float:
        meant, weights = text.meant, self._weights
        shared = sum([weights[word] * meant[word] for word in phrase.bare if word in meant])
        common = min(shared, phrase.weight)
        rest = max(0.0, text.weight - common)
        if phrase.label not in self._whole_texts:
            rest = min(rest, _MOST_REST * phrase.weight)
        alike = common / (phrase.weight + _REST_COUNTS * rest)
        return alike if phrase.head in meant else alike * _WITHOUT_HEAD

    def _meant(self, bare: str) -> dict[str, float]:
        """The words of the vocabulary that a folded word may be, with how likely."""
        if bare in self._weights:
            return {bare: 1.0}
        alike = dict.fromkeys(self._by_sound.get(sound_of(bare), ()), _SOUNDS_ALIKE)
        if alike or len(bare) < 4:
            return alike
        found = process.extract(
            bare, self._vocabulary, scorer=OSA.normalized_similarity, score_cutoff=_CLOSE_TYPING, limit=2
        )
        likeness = _TYPED_ALIKE if bare not in SYLLABLES else _ANOTHER_WORD
        return {word: similarity * likeness for word, similarity, _ in found}

    def _weighed(self, label: str, words: tuple[str, ...]) -> Phrase:
        bare = [sys.intern(fold_word(word)) for word in words]
        each = tuple(dict.fromkeys(bare))
        weight = sum(self._weights[word] for word in each)
        return Phrase(label, words, " ".join(bare), each, weight, max(bare, key=self._weights.__getitem__))


def _accents_fit(phrase: Phrase, text: Compared) -> float:
    """How well the accents of the words in common go together; 1 where they were left off."""
    if text.is_bare:
        return 1.0
    fits = [fit(text.typed[bare], word) for word in phrase.words if (bare := fold_word(word)) in text.typed]
    return sum(fits) / len(fits) if fits else 1.0


def _weights(known: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, float]:
    """Folded word -> the fewer subjects use it, the more it says."""
    users: dict[str, set[str]] = defaultdict(set)
    subjects: set[str] = set()
    for subject, words in known:
        subjects.add(subject)
        for word in words:
            users[fold_word(word)].add(subject)
    return {word: math.log(1 + len(subjects) / len(using)) for word, using in users.items()}
