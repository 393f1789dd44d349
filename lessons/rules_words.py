"""Lint rules on wording: short enough, one thing at a time, in plain words, with placeholders that exist."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from rapidfuzz import process

from lessons.loader import Library
from lessons.nearest import sure
from lessons.passages import Passage, passages, vocabulary
from lessons.rules import LessonRule, Mark, Surroundings, mark
from lessons.rules_answers import units
from lessons.schema import ADDRESS_PLACEHOLDERS, PLACE_PLACEHOLDERS, PLACEHOLDERS, Lesson, Step
from vietnamese.fold import fold

MAX_CHARS = 400  # what fits a small screen in one look
MAX_UNITS = 1_900  # the smallest text limit of a channel, UTF-16 units, margin taken off
MAX_WORDS = 25

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BULLETS = re.compile(r"(?m)^\s*(?:[-•*+]|\d+[.)])\s+\S.*$")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’|«[^»]*»")
_WORD = re.compile(r"[\w{]")
_CAPITALS = re.compile(r"(?<!\w)[A-Z\u0110]{2,6}(?!\w)")


def long_messages(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    for passage in passages(lesson):
        count = len(passage.text)
        if passage.role == "says" and passage.kind != "picture_alt" and count > MAX_CHARS:
            yield mark("message_long", passage.path, count=count, limit=MAX_CHARS)
    for index, step in enumerate(lesson.steps):
        count = units(filled(_with_answers(step), around))
        if count > MAX_UNITS:
            yield mark("message_over_limit", ("steps", index, step.kind), count=count, limit=MAX_UNITS)


def marks_in_text(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    for passage in passages(lesson):
        yield from placeholder_marks(passage, allowed=PLACEHOLDERS)
        yield from bold_marks(passage)


def two_actions(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    for passage in passages(lesson):
        second = _second_action(passage) if passage.kind == "do" else None
        if second is not None:
            words = " ".join(second.split()[:4])
            yield mark("two_actions", passage.path, needle=words, second=words)


def long_sentences(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    yield from sentence_marks(passages(lesson))


def sentence_marks(texts: Iterable[Passage]) -> Iterator[Mark]:
    """Sentences that nobody can follow when they are read aloud."""
    for passage in texts:
        for sentence in passage.sentences if passage.role == "says" else ():
            words = [word for word in sentence.split() if _WORD.search(word)]
            if len(words) > MAX_WORDS:
                start, count = " ".join(words[:4]), len(words)
                yield mark("long_sentence", passage.path, needle=start, count=count, limit=MAX_WORDS, start=start)


def unexplained_words(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    """Abbreviations and foreign words, where the lesson uses them first, without a word of explanation."""
    read_so_far = ""
    met: set[str] = set()
    for passage in passages(lesson):
        if passage.role == "title" or passage.kind in {"also", "asked_as"}:
            continue
        read_so_far += f" {fold(passage.text)} "
        for term in _terms(passage.head):
            glosses = _explained().get(term.lower(), ())
            if term.lower() in met:
                continue
            met.add(term.lower())
            if not _in_brackets(term, passage.text) and not any(fold(g) in read_so_far for g in glosses):
                gloss = glosses[0] if glosses else "..."
                yield mark("unexplained_word", passage.path, needle=term, term=term, gloss=gloss)


def mixed_address(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    yield from address_marks(passages(lesson))


def address_marks(texts: Iterable[Passage]) -> Iterator[Mark]:
    """Forms of address that are written out, where the resident has chosen his own."""
    for passage in texts:
        word = literal_address(passage.head) if passage.role == "says" else None
        if word is not None:
            yield mark("mixed_address", passage.path, needle=word, word=word)


def no_questions(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    if not lesson.asked_as:
        yield mark("no_asked_as", ("asked_as",))


def literal_address(text: str) -> str | None:
    """The first form of address that is written out, not as {xung_ho}; not in quotes, nor before a name."""
    unquoted = _QUOTED.sub(lambda found: " " * len(found[0]), text)
    for found in _address_pattern().finditer(unquoted.lower()):
        before_name = unquoted[found.end() :].lstrip()[:1].isupper()
        if found["word"] is not None and not before_name:
            return text[found.start() : found.end()]
    return None


def longest_words(library: Library) -> dict[str, str]:
    """What a placeholder of lessons can grow to: the longest form of address, the longest fact of any place."""
    addresses = [form.word for form in library.phrases.addresses] if library.phrases else [""]
    longest = dict.fromkeys(ADDRESS_PLACEHOLDERS, max(addresses, key=len))
    for entry in library.place_facts.places.values() if library.place_facts else ():
        for name, text in entry.facts.items():
            if name in PLACE_PLACEHOLDERS and len(text) > len(longest.get(name, "")):
                longest[name] = text
    return longest


def filled(text: str, around: Surroundings) -> str:
    """The text as long as it can grow: with the longest fact of any place, and the longest form of address."""
    return _PLACEHOLDER.sub(lambda found: around.longest_words.get(found[1], found[0]), text)


def placeholder_marks(passage: Passage, *, allowed: frozenset[str]) -> Iterator[Mark]:
    """Braces that are not closed, names that are not known, and names where nothing fills them."""
    rest = _PLACEHOLDER.sub("", passage.text)
    if "{" in rest or "}" in rest:
        yield mark("unbalanced_brace", passage.path, needle="{" if "{" in rest else "}")
    for found in _PLACEHOLDER.finditer(passage.text):
        name = found[1]
        if name not in allowed:
            nearest = process.extractOne(name, sorted(allowed))[0]
            meant = sure(name, allowed)
            yield mark("unknown_placeholder", passage.path, needle=found[0], name=name, nearest=nearest, sure=meant)
        elif passage.role not in {"says", "button"}:
            yield mark("placeholder_not_here", passage.path, needle=found[0], name=name)


def bold_marks(passage: Passage) -> Iterator[Mark]:
    if passage.text.count("**") % 2:
        yield mark("unbalanced_bold", passage.path, needle="**")


def _with_answers(step: Step) -> str:
    answers = [choice.label for choice in step.choices] or [trouble.problem for trouble in step.stuck]
    return "\n".join([step.text, *(f"{nth}. {words}" for nth, words in enumerate(answers, 1))])


def _second_action(passage: Passage) -> str | None:
    """The words with which a second thing to do begins, None when there is only one."""
    bullets = _BULLETS.findall(passage.head)
    if len(bullets) > 1:
        return str(bullets[1])
    opener, linked, goes_on = _action_patterns()
    first, *others = [s for s in passage.sentences if opener.match(s.lower())] or [""]
    further = [sentence for sentence in others if not goes_on.match(sentence.lower())]
    if first and further:
        return further[0]
    for sentence in passage.sentences:
        found = linked.search(sentence.lower())
        if found:
            return sentence[found.start() :].lstrip(" ,")
        clauses = [clause for clause in sentence.split(", ") if opener.match(clause.lower())]
        if len(clauses) > 2:
            return clauses[2]
    return None


@cache
def _action_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = vocabulary()["actions"]
    verbs, leads, links, goes_on = (_any_of(words[key]) for key in ("verbs", "leads", "links", "goes_on"))
    opener = rf"(?:(?:{leads})[ ,]+)*(?:{verbs})(?!\w)"
    linked = rf"(?<!\w)(?:{links})[ ,]+{opener}(?! (?:{goes_on})(?!\w))"
    return re.compile(opener), re.compile(linked), re.compile(rf"{opener} (?:{goes_on})(?!\w)")


@cache
def _explained() -> dict[str, tuple[str, ...]]:
    return {str(term).lower(): tuple(glosses) for term, glosses in vocabulary()["explained"].items()}


@cache
def _explained_pattern() -> re.Pattern[str]:
    """Names and abbreviations as written ("pin" is a battery), other words in any case."""
    terms = [str(term) for term in vocabulary()["explained"]]
    small, exact = [t for t in terms if t.islower()], [t for t in terms if not t.islower()]
    return re.compile(rf"(?<!\w)(?:{_any_of(exact)}|(?i:{_any_of(small)}))(?!\w)")


def _terms(text: str) -> list[str]:
    """Words to explain, in the order of the text."""
    found = {match.start(): match[0] for match in _explained_pattern().finditer(text)}
    for match in _CAPITALS.finditer(text):
        if match[0] not in vocabulary()["familiar"]:
            found.setdefault(match.start(), match[0])
    return [found[at] for at in sorted(found)]


def _in_brackets(term: str, text: str) -> bool:
    """Explained on the spot: the explanation in brackets behind it, or it in brackets, or "X is ..."."""
    word, means = re.escape(term), _any_of(vocabulary()["means"])
    return re.search(rf"(?<!\w){word}\**\s*(?:\(|(?:{means})\s)|\w+\s*\({word}\)", text) is not None


@cache
def _address_pattern() -> re.Pattern[str]:
    words = vocabulary()["address"]
    return re.compile(rf"(?<!\w)(?:(?:{_any_of(words['fine'])})|(?P<word>{_any_of(words['words'])}))(?!\w)")


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(str(word)) for word in sorted(words, key=lambda w: -len(str(w))))


RULES: tuple[LessonRule, ...] = (
    long_messages,
    marks_in_text,
    two_actions,
    long_sentences,
    unexplained_words,
    mixed_address,
    no_questions,
)
