"""Lint rules on the signs of scams: phrases that can be found, advice that exists, sentences that are short."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from rapidfuzz import process

from lessons.loader import Library
from lessons.passages import Passage, sign_passages
from lessons.rules import Mark, mark
from lessons.rules_safety import check_marks, link_marks, secret_marks
from lessons.rules_words import address_marks, bold_marks, placeholder_marks, sentence_marks
from lessons.schema import PLACEHOLDERS
from lessons.signs import (
    WHOSE_NAME,
    WORDS_FOUND,
    ScamSigns,
    chunks,
    has_words,
    is_known_mark,
    known_marks,
    mark_of,
    pieces,
)
from lessons.yaml_tree import Path
from vietnamese.fold import accented

MAX_CHARS = 160  # of a reason or an advice: three reasons and an advice are one message

#: What a sentence may use: a reason also the words found.
_ALLOWED = {
    "reason": PLACEHOLDERS | {WORDS_FOUND},
    "link_reason": PLACEHOLDERS | {WORDS_FOUND, WHOSE_NAME},
    "advice": PLACEHOLDERS,
}
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def signs(library: Library, *, today: date) -> Iterator[Mark]:
    """Everything that is wrong in scam_signs.yaml."""
    if library.signs is None or library.curriculum is None:
        return
    file, listed = library.curriculum.scam_signs, library.signs
    found = (*_sentences(listed), *_phrases(listed), *_order(listed), *_advice(listed), *_hosts(listed))
    for one in (*found, *check_marks(("checked_on",), listed.checked_on, today=today)):
        yield Mark(one.code, one.path, one.values, one.needle, file)


def _sentences(listed: ScamSigns) -> Iterator[Mark]:
    texts = list(sign_passages(listed))
    yield from secret_marks(texts)
    yield from link_marks(texts)
    yield from sentence_marks(texts)
    yield from address_marks(texts)
    for text in texts:
        yield from placeholder_marks(text, allowed=_ALLOWED[text.kind])
        yield from bold_marks(text)
        yield from _length(text)


def _length(text: Passage) -> Iterator[Mark]:
    count = len(text.text)
    if count > MAX_CHARS:
        yield mark("sign_long", text.path, count=count, limit=MAX_CHARS)


def _phrases(listed: ScamSigns) -> Iterator[Mark]:
    owners: dict[str, str] = {}
    for nth, sign in enumerate(listed.signs):
        yield from _written(("signs", nth, "words"), sign.words)
        yield from _written(("signs", nth, "unless"), sign.unless)
        for index, phrase in enumerate(sign.words):
            key = " ... ".join(accented(part) for part in chunks(phrase))
            other = owners.setdefault(key, sign.id)
            if other != sign.id:
                path = ("signs", nth, "words", index)
                yield mark("sign_twice", path, needle=phrase, words=phrase, id=other)
    for name in ("denials", "not_denials", "told"):
        yield from _written((name,), getattr(listed, name))
    if listed.examples is not None:
        yield from _written(("examples", "asks"), listed.examples.asks)


def _written(path: Path, phrases: Iterable[str]) -> Iterator[Mark]:
    """Phrases that can never be found as they are written."""
    for index, phrase in enumerate(phrases):
        if not has_words(phrase):
            yield mark("sign_without_words", (*path, index), words=phrase)
        for piece in pieces(phrase):
            name = mark_of(piece)
            if name is not None and not is_known_mark(name):
                known = ", ".join(f"<{one}>" for one in known_marks())
                yield mark("unknown_mark", (*path, index), needle=piece, mark=piece, known=known)


def _order(listed: ScamSigns) -> Iterator[Mark]:
    seen: set[str] = set()
    for nth, sign in enumerate(listed.signs):
        if sign.id in seen:
            yield mark("duplicate_sign", ("signs", nth, "id"), id=sign.id)
        seen.add(sign.id)
    if listed.caution_from >= listed.danger_from:
        path = ("caution_from",)
        yield mark("sign_levels", path, caution=listed.caution_from, danger=listed.danger_from)


def _advice(listed: ScamSigns) -> Iterator[Mark]:
    named: list[tuple[Path, str]] = [(("advice_without_sign",), listed.advice_without_sign)]
    named += [(("signs", nth, "advice"), sign.advice) for nth, sign in enumerate(listed.signs)]
    named += [(("links", kind, "advice"), link.advice) for kind, link in listed.links or ()]
    if listed.examples is not None:
        named.append((("examples", "advice"), listed.examples.advice))
    for path, name in named:
        if name not in listed.advice:
            nearest = process.extractOne(name, sorted(listed.advice) or [name])[0]
            yield mark("unknown_advice", path, needle=name, name=name, nearest=nearest)
    used = {name for _, name in named}
    for name in listed.advice:
        if name not in used:
            yield mark("advice_never_used", ("advice", name), name=name)


def _hosts(listed: ScamSigns) -> Iterator[Mark]:
    """Hosts that are none, and those that two names claim."""
    places: list[tuple[Path, str]] = [
        (("names", nth, "hosts", index), host)
        for nth, known in enumerate(listed.names)
        for index, host in enumerate(known.hosts)
    ]
    owners: dict[str, str] = {}
    for (_, nth, _, index), host in places:
        owner = owners.setdefault(host, listed.names[int(nth)].name)
        if owner != listed.names[int(nth)].name:
            yield mark("host_twice", ("names", nth, "hosts", index), needle=host, host=host, name=owner)
    for name in ("known_hosts", "open_hosts"):
        places += [((name, index), host) for index, host in enumerate(getattr(listed, name))]
    for path, host in places:
        if not _HOST.fullmatch(host):
            yield mark("host_form", path, needle=host, host=host)
