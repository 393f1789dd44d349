"""How much a message is like tricks that were met before, learnt from the examples that editors keep.

Pure. Adds to the signs what no list of phrases says: a message without any sign may still be put together like the
tricks, and one with a sign like a true notice. Telephone numbers, sums and codes are never learnt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.linear import LinearModel
from bot.sightings import Sentence

SCAM, LEGIT = "scam", "legit"
_FEWEST_WORDS = 5  # of a message that is long enough to be like something
_WORDS_SHOWN = 3
_LENGTH_STEP, _LONGEST = 10, 5  # words; lengths are told apart by tens


@dataclass(frozen=True, slots=True)
class Traits:
    """What is learnt of a message: its words without numbers, each with its token as typed, and marks of what the
    signs and the addresses say."""

    words: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        count = min(_LONGEST, len(self.words) // _LENGTH_STEP)
        return [*(word for word, _ in self.words), *self.marks, f"#{count}"]


def traits(sentences: Iterable[Sentence], marks: Iterable[str]) -> Traits:
    """The traits of a text; `marks` are names of signs, of oddities of addresses and such, in any order."""
    words = [
        (word.bare, sentence.tokens[sentence.places[at]])
        for sentence in sentences
        for at, word in enumerate(sentence.words)
        if not any(char.isdigit() for char in word.bare)
    ]
    return Traits(tuple(words), tuple(f"#{mark}" for mark in sorted(set(marks))))


class Likeness:
    """Made once of all examples."""

    def __init__(self, examples: Sequence[tuple[Traits, str]]) -> None:
        """`examples`: the traits of messages, each with SCAM or LEGIT."""
        self._model = LinearModel.learn([(seen.all, label) for seen, label in examples])

    def share(self, seen: Traits) -> float | None:
        """How much it is like the tricks, 0 to 1; None of a text that is too short to be like anything."""
        if len(seen.words) < _FEWEST_WORDS:
            return None
        return self._model.belief(seen.all).shares.get(SCAM, 0.0)

    def telling(self, seen: Traits) -> list[str]:
        """The words, as typed, that make it like the tricks most, in the order in which they stand."""
        at = self._model.labels.index(SCAM) if SCAM in self._model.labels else 0
        weights: dict[str, float] = {}
        shown: dict[str, str] = {}
        for word, token in seen.words:
            row = self._model.rows.get(word)
            if row is not None and word.isalpha() and len(word) > 1:
                weights.setdefault(word, row[at] - row[1 - at])
                shown.setdefault(word, token)
        best = sorted(weights, key=lambda word: -weights[word])[:_WORDS_SHOWN]
        return [shown[word] for word in shown if word in best and weights[word] > 0]
