"""Whether a text looks like a scam: check(signs, text) -> Verdict, with the words that betray it.

Pure and total. Never says that a text is safe: at best no sign was found. Looks at the words, and at addresses by
their names (bot/hosts.py); none is ever opened, and who stands behind a telephone number is not known here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from bot.hosts import Names, judge
from bot.links import Link, find, tidy
from bot.scam_likeness import LEGIT, SCAM, Likeness, Traits, traits
from bot.sightings import Lookup, Sentence, Spans
from bot.wording import Wording, unpressable
from lessons.signs import WHOSE_NAME, WORDS_FOUND, LinkSign, ScamSigns

Level = Literal["danger", "caution", "no_sign_found"]

_LOOKED_AT = 5_000  # characters
_LINKS_LOOKED_AT = 8
_HOST_SHOWN = 60  # characters
#: Shares of likeness from which the verdict of the signs is moved; fitted with `benchmarks/scam.py --folds`, so that a
#: true notice is seldom called a danger.
_UNLIKE_DANGER, _UNLIKE_CAUTION = 0.2, 0.2
_LIKE_WITH_SIGN, _LIKE_ALONE, _VERY_LIKE_ALONE = 0.6, 0.45, 0.8
_DENIED_WITHIN = 2  # words between "do not" and what is not to be done; more behind a longer denial
_QUOTED = "\u201c{}\u201d"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `reasons` are sentences, the gravest first, none when no sign was found.

    Reasons and advice may hold placeholders of lessons, {xung_ho}, which the speaker fills.
    """

    level: Level
    reasons: tuple[str, ...]
    advice: str


def check(signs: ScamSigns, text: str) -> Verdict:
    """The verdict on a text of any length; only the beginning of a very long one is looked at. Never raises."""
    checker = _checkers.get(signs)
    if checker is None:
        checker = _checkers[signs] = Checker(signs)
    return checker.check(text)


@dataclass(frozen=True, slots=True)
class _Found:
    """A sign that was found, with the sentence that says so."""

    level: Literal["danger", "caution"]
    weight: int
    reason: str
    advice: str
    sign: str
    is_of_link: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a text shows: the signs, whether it tells of tricks or wants something, what it may be like others in."""

    found: tuple[_Found, ...]
    is_told: bool
    asks: bool
    traits: Traits


class Checker:
    """Built once for a list of signs."""

    def __init__(self, signs: ScamSigns) -> None:
        self._signs = signs
        phrases = [phrase for sign in signs.signs for phrase in sign.words]
        self._names = Names.of(signs)
        self._wording = Wording(signs.short_forms, phrases, self._is_known)
        self._words = self._lookup((phrase, nth) for nth, sign in enumerate(signs.signs) for phrase in sign.words)
        self._unless = [self._lookup((phrase, 0) for phrase in sign.unless) for sign in signs.signs]
        self._denials = self._lookup((phrase, 0) for phrase in signs.denials)
        self._not_denials = self._lookup((phrase, 0) for phrase in signs.not_denials)
        self._told = self._lookup((phrase, 0) for phrase in signs.told)

        self._likeness = None
        self._asks = self._lookup((phrase, 0) for phrase in signs.examples.asks) if signs.examples is not None else None
        if signs.examples is not None:
            told = [(text, SCAM) for text in signs.examples.scam] + [(text, LEGIT) for text in signs.examples.legit]
            self._likeness = Likeness([(self._seen(text).traits, label) for text, label in told])

    def check(self, text: str) -> Verdict:
        seen = self._seen(text)
        verdict = self._verdict(seen.found, is_told=seen.is_told)
        share = self._likeness.share(seen.traits) if self._likeness is not None else None
        return verdict if share is None else self._weighed(verdict, seen, share)

    def _seen(self, text: str) -> _Seen:
        """Everything that stands in a text, the signs first."""
        found: dict[int, str] = {}
        is_told = False
        text = tidy(text[:_LOOKED_AT])
        sentences = list(self._wording.sentences(text))
        for sentence in sentences:
            is_told = is_told or self._told.is_in(sentence)
            for nth, words in self._in_sentence(sentence).items():
                found.setdefault(nth, words)
        links = find(text)[:_LINKS_LOOKED_AT]
        asks = self._asks is not None and any(self._asks.is_in(sentence) for sentence in sentences)
        seen = [*self._odd_links(links), *self._shown(found)]
        marks = [one.sign for one in seen]
        marks += ["known" if self._is_known(link.host) else "unknown" for link in links]
        marks += [name for name, is_so in (("told", is_told), ("asks", text.rstrip().endswith("?"))) if is_so]
        return _Seen(tuple(seen), is_told, asks or bool(links), traits(sentences, marks))

    def _weighed(self, verdict: Verdict, seen: _Seen, share: float) -> Verdict:
        """The verdict of the signs, moved by how much the text is like tricks that were met before."""
        level = verdict.level
        if level == "danger" and share < _UNLIKE_DANGER and not any(one.is_of_link for one in seen.found):
            level = "caution"
        elif level == "caution" and share >= _LIKE_WITH_SIGN and not seen.is_told:
            level = "danger"
        elif level == "caution" and share < _UNLIKE_CAUTION and not seen.is_told:
            level = "no_sign_found"
        elif level == "no_sign_found" and seen.asks and share >= _LIKE_ALONE:
            level = "danger" if share >= _VERY_LIKE_ALONE and not seen.is_told else "caution"
        examples = self._signs.examples
        if level == "no_sign_found" or examples is None:
            return Verdict(level, (), self._signs.advice.get(self._signs.advice_without_sign, ""))
        if verdict.reasons:
            return Verdict(level, verdict.reasons, verdict.advice)
        words = ", ".join(self._likeness.telling(seen.traits)) if self._likeness is not None else ""
        return Verdict(level, (_said(examples.reason, words),), self._signs.advice.get(examples.advice, ""))

    def _is_known(self, host: str) -> bool:
        return self._names.owner(host) is not None

    def _odd_links(self, links: Sequence[Link]) -> Iterator[_Found]:
        """What is odd about the addresses of the text: each oddity once, of the gravest address."""
        if self._signs.links is None:
            return
        for link in links:
            for oddity in judge(self._names, link):
                sign: LinkSign = getattr(self._signs.links, oddity.kind)
                reason = sign.reason.replace("{" + WHOSE_NAME + "}", oddity.name)
                yield _Found(sign.level, sign.weight, _said(reason, _shown_host(link)), sign.advice, oddity.kind, True)

    def _shown(self, found: Mapping[int, str]) -> Iterator[_Found]:
        for nth, words in found.items():
            sign = self._signs.signs[nth]
            yield _Found(sign.level, sign.weight, _said(sign.reason, words), sign.advice, sign.id)

    def _lookup(self, phrases: Iterable[tuple[str, int]]) -> Lookup:
        return Lookup((self._wording.phrase(phrase), owner) for phrase, owner in phrases)

    def _verdict(self, found: Sequence[_Found], *, is_told: bool) -> Verdict:
        signs = self._signs
        # A trick that is met twice weighs once.
        weight = sum({one.sign: one.weight for one in found if one.level == "caution"}.values())
        is_danger = any(one.level == "danger" for one in found)
        level: Level = "no_sign_found"
        if (is_danger or weight >= signs.danger_from) and not is_told:
            level = "danger"
        elif is_danger or weight >= signs.caution_from:
            level = "caution"
        if level == "no_sign_found":
            return Verdict(level, (), signs.advice.get(signs.advice_without_sign, ""))
        gravest_first = sorted(found, key=lambda one: (one.level == "caution", -one.weight))
        reasons = tuple(dict.fromkeys(one.reason for one in gravest_first))
        return Verdict(level, reasons, signs.advice.get(gravest_first[0].advice, ""))

    def _in_sentence(self, sentence: Sentence) -> dict[int, str]:
        """Sign -> the words found, of the signs that count in this sentence."""
        found: dict[int, list[Spans]] = defaultdict(list)
        denied: dict[int, list[Spans]] = defaultdict(list)
        denials = self._denials_in(sentence)
        for nth, spans in sorted(self._words.find(sentence), key=_place):
            if any(one.governs(spans, sentence) for one in denials):
                denied[nth].append(spans)
            elif not any(one.is_between(spans) for one in denials):
                found[nth].append(spans)
        counting = {
            nth: next((spans for spans in listed if not any(_overlap(spans, other) for other in denied[nth])), None)
            for nth, listed in found.items()
        }
        return {
            nth: sentence.shown(spans)
            for nth, spans in counting.items()
            if spans is not None and not self._unless[nth].is_in(sentence)
        }

    def _denials_in(self, sentence: Sentence) -> list["_Denial"]:
        found = [_Denial(spans[0][0], spans[-1][1]) for _, spans in self._denials.find(sentence)]
        if not found:
            return []
        otherwise = self._not_denials.find(sentence)
        meant_otherwise = {place for _, spans in otherwise for start, end in spans for place in range(start, end)}
        return [denial for denial in found if denial.end - 1 not in meant_otherwise]


@dataclass(frozen=True, slots=True)
class _Denial:
    """Where words such as "do not" stand."""

    start: int
    end: int

    def governs(self, spans: Spans, sentence: Sentence) -> bool:
        """Whether what was found is not to be done, since the denial stands right before it.

        One word reaches two words far and not over a comma, several reach farther. An address stands there
        whatever is said about it.
        """
        start, length = spans[0][0], self.end - self.start
        if sentence.is_address(spans) or not self.end <= start <= self.end + _DENIED_WITHIN * length * length:
            return False
        return length > 1 or not any(self.end <= comma <= start for comma in sentence.commas)

    def is_between(self, spans: Spans) -> bool:
        """Whether it stands in a gap of what was found."""
        is_inside = spans[0][0] < self.start and self.end <= spans[-1][1]
        return is_inside and not any(first < self.end and self.start < last for first, last in spans)


_checkers: WeakKeyDictionary[ScamSigns, Checker] = WeakKeyDictionary()


def _overlap(one: Spans, other: Spans) -> bool:
    return one[0][0] < other[-1][1] and other[0][0] < one[-1][1]


def _place(found: tuple[int, Spans]) -> tuple[int, int]:
    """For an order by which the first and longest words of a sign are the ones shown."""
    spans = found[1]
    return spans[0][0], -spans[-1][1]


def _shown_host(link: Link) -> str:
    host = unpressable(link.host)
    return host if len(host) <= _HOST_SHOWN else "\u2026" + host[1 - _HOST_SHOWN :].lstrip()


def _said(reason: str, words: str) -> str:
    return reason.replace("{" + WORDS_FOUND + "}", _QUOTED.format(words))
