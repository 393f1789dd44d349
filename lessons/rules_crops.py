"""Lint rules on crops and their advice: names that exist, words that mean one thing, no dose of anything."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache

from rapidfuzz import process

from lessons.crops import Advice, Crop, Crops, Stage
from lessons.loader import Library
from lessons.passages import Passage, vocabulary
from lessons.rules import Mark, mark
from lessons.rules_safety import check_marks, link_marks, secret_marks
from lessons.rules_words import address_marks, bold_marks, placeholder_marks, sentence_marks
from lessons.schema import PLACEHOLDERS
from lessons.yaml_tree import Path
from vietnamese.fold import fold

MAX_CHARS = 160  # of an advice: a bulletin has room for three on a phone's screen
SHOWN_VERBS = 6


def crops(library: Library, *, today: date) -> Iterator[Mark]:
    """Everything that is wrong in crops.yaml."""
    if library.crops is None or library.curriculum is None:
        return
    listed = library.crops
    found = [*_ids(listed), *_names(listed), *_references(listed), *_wording(listed)]
    for nth, advice in enumerate(listed.advice):
        found += check_marks(("advice", nth, "checked_on"), advice.checked_on, today=today)
    for one in found:
        yield Mark(one.code, one.path, one.values, one.needle, library.curriculum.crops)


def _ids(listed: Crops) -> Iterator[Mark]:
    yield from _repeated_ids(("crops",), listed.crops)
    for nth, crop in enumerate(listed.crops):
        yield from _repeated_ids(("crops", nth, "stages"), crop.stages)
    yield from _repeated_ids(("advice",), listed.advice)


def _repeated_ids(path: Path, entries: Iterable[Crop | Stage | Advice]) -> Iterator[Mark]:
    seen: set[str] = set()
    for nth, entry in enumerate(entries):
        if entry.id in seen:
            yield mark("crop_id_twice", (*path, nth, "id"), id=entry.id)
        seen.add(entry.id)


def _names(listed: Crops) -> Iterator[Mark]:
    """What people press or type means one crop, and within it one stage."""
    yield from _ambiguous(("crops",), listed.crops)
    for nth, crop in enumerate(listed.crops):
        yield from _ambiguous(("crops", nth, "stages"), crop.stages)


def _ambiguous(path: Path, entries: Iterable[Crop | Stage]) -> Iterator[Mark]:
    owners: dict[str, tuple[int, str]] = {}
    for nth, entry in enumerate(entries):
        for key, words in _called(entry):
            where = (*path, nth, *key)
            if not fold(words):
                yield mark("answer_without_words", where, words=words)
                continue
            owner, other = owners.setdefault(fold(words), (nth, entry.name))
            if owner != nth:
                yield mark("crop_name_twice", where, needle=words, words=words, other=other)


def _called(entry: Crop | Stage) -> Iterator[tuple[Path, str]]:
    yield ("name",), entry.name
    if isinstance(entry, Crop):
        yield ("label",), entry.label
    for index, words in enumerate(entry.also):
        yield ("also", index), words


def _references(listed: Crops) -> Iterator[Mark]:
    """The crops and stages that an advice names exist."""
    known = sorted(crop.id for crop in listed.crops)
    for nth, advice in enumerate(listed.advice):
        for index, name in enumerate(advice.crops):
            if name not in known:
                nearest, path = process.extractOne(name, known)[0], ("advice", nth, "crops", index)
                yield mark("unknown_crop", path, needle=name, name=name, nearest=nearest)
        meant = [crop for crop in listed.crops if not advice.crops or crop.id in advice.crops]
        stages = [stage.id for crop in meant for stage in crop.stages]
        for index, name in enumerate(advice.stages):
            if name not in stages and meant:
                path = ("advice", nth, "stages", index)
                yield mark("unknown_stage", path, needle=name, name=name, known=", ".join(stages) or "-")


def _wording(listed: Crops) -> Iterator[Mark]:
    texts = [Passage(("advice", nth, "text"), one.text, "says", one.kind) for nth, one in enumerate(listed.advice)]
    yield from secret_marks(texts)
    yield from link_marks(texts)
    yield from sentence_marks(texts)
    yield from address_marks(texts)
    for text in texts:
        # A bulletin goes to a whole commune: nobody's form of address fits, as in a title.
        yield from placeholder_marks(replace(text, role="title"), allowed=PLACEHOLDERS)
        yield from bold_marks(text)
        yield from _length(text)
        yield from _doses(text)
        yield from _opening(text)


def _length(text: Passage) -> Iterator[Mark]:
    count = len(text.text)
    if count > MAX_CHARS:
        yield mark("advice_long", text.path, count=count, limit=MAX_CHARS)


def _doses(text: Passage) -> Iterator[Mark]:
    """Amounts, and words with which the mixing of pesticides begins: only an officer may say these."""
    found = _dose_pattern().search(text.head)
    if found is not None:
        yield mark("advice_dose", text.path, needle=found[0], words=found[0])


def _opening(text: Passage) -> Iterator[Mark]:
    if text.kind == "task" and not _verb_pattern().match(text.head):
        verbs = ", ".join(vocabulary()["advice"]["verbs"][:SHOWN_VERBS])
        yield mark("advice_without_verb", text.path, start=" ".join(text.head.split()[:3]), verbs=verbs)


@cache
def _dose_pattern() -> re.Pattern[str]:
    words = vocabulary()["advice"]
    amounts, units, never = (_any_of(words[key]) for key in ("amounts", "units", "never"))
    return re.compile(rf"(?i)(?<!\w)(?:(?:\d[\d.,]*\s*|(?:{amounts})\s+)(?:{units})|(?:{never}))(?!\w)")


@cache
def _verb_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?i)(?:{_any_of(vocabulary()['advice']['verbs'])})(?!\w)")


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
