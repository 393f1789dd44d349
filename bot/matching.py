"""Phrases with labels, and the labels whose phrases a text comes closest to.

An exact table first; then a linear model, learnt from the phrases, says which subjects the words speak for, and
of the likeliest the phrases that are most like the text are looked at. A text speaks for a label when both
agree; when it is rather like what is nobody's subject, it speaks for none. Knows no book and no bot.
"""

import heapq
import math
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.likeness import Phrase, Phrases
from bot.linear import LinearModel
from vietnamese.courtesy import for_courtesy, without_courtesy, without_request
from vietnamese.fold import fold_word
from vietnamese.sounds import fit
from vietnamese.spelling import standard_words

OUT_OF_SCOPE = "out_of_scope"
UNDERSTOOD = 0.5  # below it no label is taken
LONGEST_TEXT = 600  # characters that are looked at
MOST_WORDS = 40  # words that are looked at

_SUBJECTS, _LEAST_SHARE = 3, 0.12  # so many are looked at, with so much of the share of the likeliest
_LIKENESS_COUNTS = 1.4  # how much the nearest phrase counts beside the share of the subject
_LIKENESS_COUNTS_ALONE = 0.5  # the same where nothing has to be told from strangers
_STRANGERS_COUNT = 0.6  # how much the share of what is nobody's subject counts against it
_STRANGENESS_COUNTS = 0.3  # how much it counts that words and pairs of words were never met
_ENOUGH = 0.64  # of all this to be understood
_FAMILIAR = 0.3  # of the features of a text must have been met, where no strangers are known
_SURENESS = 4.0  # how fast a score rises around that point
_HIGHEST = 0.99  # of what is not exact
_SAME_WORD, _SAME_WORDS = 0.9, 0.3  # how well accents must fit in one word alone, in several


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
    """A label and its phrase that came closest.

    `score` says how surely the text speaks for the label's subject, `likeness` how much it is like the phrase;
    both from 0 to 1. `is_exact` when the phrase is the whole text.
    """

    label: str
    score: float
    likeness: float
    phrase: str
    is_exact: bool


class Matcher:
    """Built once from phrases; `rank` and `match` change nothing and never raise."""

    def __init__(
        self,
        phrases: Mapping[str, Iterable[str]],
        *,
        whole_texts: Collection[str] = frozenset(),
        groups: Mapping[str, str] | None = None,
        model: LinearModel | None = None,
    ) -> None:
        """Phrases of the labels in `whole_texts` are said by themselves ("go back"), not as part of a longer
        text; those of other labels ("electricity bill") are heard in a longer text too. `groups` names the
        subject that some labels share, such as the course of a lesson. Texts of OUT_OF_SCOPE are nobody's; where
        there are none, nothing says what is strange, and every text of which enough is known is somebody's.
        `model` is one that was learnt from these very phrases; without it one is learnt now."""
        self._groups = dict(groups or {})
        self._knows_strangers = bool(list(phrases.get(OUT_OF_SCOPE, ())))
        known = _distinct(phrases)
        self.phrases = Phrases(known, whole_texts=whole_texts, subjects=self._groups)
        self._exact: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in self.phrases.all:
            self._exact[phrase.key].append(phrase)
        self.model = model or LinearModel.learn(
            (list(map(fold_word, words)), self._groups.get(label, label)) for label, words in known
        )

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
                return [Match(label, 1.0, 1.0, phrase.key, is_exact=True) for label, phrase in labels.items()]
        return []

    def rank(self, words: Sequence[str], exact: Sequence[Match] | None = None) -> list[Match]:
        """The labels that come near, each once, the best first.

        `words` are those of `words_of`, `exact` what `exact` gave for them, when it is known already.
        """
        exact = self.exact(words) if exact is None else list(exact)
        seen = {match.label for match in exact}
        return exact + [match for match in self._near(words) if match.label not in seen]

    def _near(self, words: Sequence[str]) -> list[Match]:
        text = self.phrases.compared(words)
        belief = self.model.belief(text.read)
        shares = dict(belief.shares)
        against = _STRANGERS_COUNT * shares.pop(OUT_OF_SCOPE, 0.0) + _STRANGENESS_COUNTS * (1 - belief.familiarity)
        likeliest = heapq.nlargest(_SUBJECTS, ((share, name) for name, share in shares.items()))
        lift = 0.0 if self._knows_strangers or belief.familiarity < _FAMILIAR else _ENOUGH
        counts = _LIKENESS_COUNTS if self._knows_strangers else _LIKENESS_COUNTS_ALONE
        near = [
            Match(
                label,
                _score(share + counts * likeness - against + lift),
                likeness,
                phrase.key,
                is_exact=False,
            )
            for share, subject in likeliest
            if share >= _LEAST_SHARE * likeliest[0][0]
            for label, (likeness, phrase) in self.phrases.nearest(text, subject).items()
        ]
        return sorted(near, key=lambda match: (match.score, match.likeness), reverse=True)


def _score(evidence: float) -> float:
    return min(_HIGHEST, 1 / (1 + math.exp(_SURENESS * (_ENOUGH - evidence))))


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
    bare = [for_courtesy(word) for word in words]
    for shorter in (bare, without_courtesy(bare), without_request(bare)):
        start = _start_of(shorter, bare)
        yield words[start : start + len(shorter)]


def _start_of(part: list[str], whole: list[str]) -> int:
    return next((at for at in range(len(whole)) if whole[at : at + len(part)] == part), 0)


def _distinct(phrases: Mapping[str, Iterable[str]]) -> list[tuple[str, tuple[str, ...]]]:
    # Phrases are made of few words: each is kept once.
    known = {
        (label, tuple([sys.intern(word) for word in standard_words(text)])): None
        for label, texts in phrases.items()
        for text in texts
    }
    return [(label, words) for label, words in known if words]
