"""A linear model over words and pairs of neighbouring words: for which label a text speaks, and how strongly.

Learnt from labelled phrases by averaged passive-aggressive updates (Crammer et al., 2006, "PA-I", multiclass):
a handful of passes over the phrases, each touching only what was wrong, so that some thousands of phrases are
learnt in about a second without a numerical library. Knows no book and no bot.
"""

import itertools
import json
import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vietnamese.fold import folded_words
from vietnamese.sounds import sound_of

_PASSES = 10
_MARGIN = 1.0  # by so much must the right label be ahead
_STEP = 0.5  # the largest correction that one phrase may make
_SHARPNESS = 3.0  # of the shares; fitted on written sets
_LEAST = 0.01  # a smaller weight says nothing
_STRIDE = 0.6180339887  # of the length of the list: the order of a pass, spread evenly and always the same
_FORM = 1  # of the packed model; another one when the features or the rule of learning change
_START, _END, _SOMEBODY = "^", "$", "@"
_PEOPLE = folded_words(
    "toi tui em chau con bac chu anh chi ong ba me minh ban cau duong thim mi tau choa ad admin shop"
)

#: The weight of a feature for each label, in the order of the labels.
Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Belief:
    """Label -> its share, all together 1; and how much of the text was met in learning, 0 to 1."""

    shares: Mapping[str, float]
    familiarity: float


class LinearModel:
    """Made by `learn`, or from the `rows` of one that was learnt; never changed. `belief` never raises."""

    def __init__(self, labels: Sequence[str], rows: Mapping[str, Row]) -> None:
        self.labels = tuple(labels)
        self.rows = rows

    @classmethod
    def learn(cls, examples: Iterable[tuple[Sequence[str], str]]) -> "LinearModel":
        """A model of these texts, given as folded words, with their labels. The same give the same model."""
        given = list(examples)
        labels = sorted({label for _, label in given})
        number = {label: nth for nth, label in enumerate(labels)}
        return cls(labels, _averaged(((_features(words), number[label]) for words, label in given), len(labels)))

    def belief(self, words: Sequence[str]) -> Belief:
        """What the words speak for. Equal shares when none of them is known."""
        features = _features(words)
        known = [row for feature in features if (row := self.rows.get(feature)) is not None]
        scores = _sums(known, len(self.labels))
        # Over all features: what is new in a text speaks for no label, and makes the others less sure.
        scale = _SHARPNESS / math.sqrt(max(1, len(features)))
        highest = max(scores, default=0.0)
        raised = [math.exp((score - highest) * scale) for score in scores]
        total = sum(raised)
        shares = {label: one / total for label, one in zip(self.labels, raised, strict=True)}
        return Belief(shares, len(known) / max(1, len(features)))


def pack(model: LinearModel, *, fingerprint: str) -> bytes:
    """The model as bytes to keep, marked with what it was learnt from."""
    rows = {
        feature: [number for label, weight in enumerate(row) if weight for number in (label, round(weight, 4))]
        for feature, row in model.rows.items()
    }
    content = {"form": _FORM, "of": fingerprint, "labels": model.labels, "rows": rows}
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode())


def unpack(packed: bytes, *, fingerprint: str) -> LinearModel | None:
    """The model of `pack`; None when it was learnt from something else, or by another version of this file."""
    try:
        content = json.loads(zlib.decompress(packed))
    except (zlib.error, ValueError):
        return None
    if not isinstance(content, dict) or (content.get("form"), content.get("of")) != (_FORM, fingerprint):
        return None
    labels: list[str] = content["labels"]
    return LinearModel(labels, {feature: _dense(row, len(labels)) for feature, row in content["rows"].items()})


def _dense(sparse: Sequence[float], labels: int) -> Row:
    """Label, weight, label, weight... -> a weight for each label."""
    row = [0.0] * labels
    for label, weight in zip(sparse[::2], sparse[1::2], strict=True):
        row[int(label)] = weight
    return tuple(row)


def _features(words: Sequence[str]) -> list[str]:
    """The words, their sounds, and the sounds of neighbours, the ends of the text included; each once.

    Who is spoken to or of ("toi", "bac", "con") is one word for all: it says nothing about the subject.
    """
    plain = [_SOMEBODY if word in _PEOPLE else word for word in words]
    sounds = [_sound(word) for word in plain]
    marked = [_START, *sounds, _END]
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(marked)]
    return list(dict.fromkeys([*plain, *sounds, *pairs]))


@lru_cache(maxsize=8192)
def _sound(word: str) -> str:
    return f"~{sound_of(word)}"


def _sums(rows: Sequence[Sequence[float]], labels: int) -> list[float]:
    return list(map(sum, zip(*rows, strict=True))) if rows else [0.0] * labels


# Learning -------------------------------------------------------------------------------------------------

#: The weights of the features of a text, each with the sum by which it is averaged over time; and its label.
_Text = tuple[list[list[float]], list[list[float]], int]


def _averaged(texts: Iterable[tuple[list[str], int]], labels: int) -> dict[str, Row]:
    """The weights of a feature, averaged over all states that learning went through."""
    weights: dict[str, list[float]] = defaultdict(lambda: [0.0] * labels)
    weighted: dict[str, list[float]] = defaultdict(lambda: [0.0] * labels)
    waiting: list[_Text] = [
        ([weights[feature] for feature in features], [weighted[feature] for feature in features], label)
        for features, label in texts
    ]
    clock = 1
    for _ in range(_PASSES if labels > 1 else 0):
        # Who was right with a margin is not asked again: the rest is a third of the work.
        waiting = [text for text in _mixed(waiting) if _corrected(text, labels, clock := clock + 1)]
    rows = ((feature, _settled(row, weighted[feature], clock)) for feature, row in weights.items())
    return {feature: row for feature, row in rows if any(row)}


def _settled(row: Sequence[float], weighted: Sequence[float], clock: int) -> Row:
    averaged = (weight - late / clock for weight, late in zip(row, weighted, strict=True))
    return tuple(weight if abs(weight) >= _LEAST else 0.0 for weight in averaged)


def _mixed(texts: Sequence[_Text]) -> Iterator[_Text]:
    """All texts, in an order that mixes the labels and is always the same."""
    count = len(texts)
    stride = max(1, int(count * _STRIDE))
    while math.gcd(stride, count) > 1:
        stride += 1
    return (texts[at * stride % count] for at in range(count))


def _corrected(text: _Text, labels: int, clock: int) -> bool:
    """Whether the label that came nearest to the right one had to be pushed away; then it has been."""
    rows, weighted, label = text
    scores = _sums(rows, labels)
    norm = 1 / math.sqrt(max(1, len(rows)))
    right = scores[label]
    scores[label] = -math.inf
    highest = max(scores)
    loss = _MARGIN - (right - highest) * norm
    if loss <= 0:
        return False
    rival, step = scores.index(highest), min(_STEP, loss / 2) * norm
    late = clock * step
    for row, sums in zip(rows, weighted, strict=True):
        row[label] += step
        row[rival] -= step
        sums[label] += late
        sums[rival] -= late
    return True
