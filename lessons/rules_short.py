"""Lint rules on what is sent to who asked for short words: fixed sentences and answers. Steps: see rules_pace."""

import re
from collections.abc import Iterator, Mapping

from rapidfuzz import process

from lessons.loader import Library
from lessons.rules import LibraryRule, Mark, mark
from lessons.rules_words import longest_words
from lessons.schema import Question
from lessons.sentences import BUBBLE_CHARS, FIRST_CONTACT, Sentences, bubbles
from lessons.yaml_tree import Path

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
#: What the sentences' own placeholders can grow to, where the library does not tell.
_GROWS_TO = {
    "list": 60,
    "first": 24,
    "second": 24,
    "source": 60,
    "date": 10,
    "place": 45,
    "weather": 85,
    "step": 2,
    "minutes": 2,
}


def short_sentences(library: Library) -> Iterator[Mark]:
    """A fixed sentence that is long has a short form; every bubble of a short form is short."""
    phrases = library.phrases
    if phrases is None or library.curriculum is None:
        return
    file, longest = library.curriculum.phrases, _longest(library)
    for name, text in phrases.say_short.items():
        path: Path = ("say_short", name)
        if name not in Sentences.model_fields:
            nearest = process.extractOne(name, list(Sentences.model_fields))[0]
            yield mark("unknown_sentence", path, file=file, name=name, nearest=nearest)
        count = max(_length(bubble, longest) for bubble in bubbles(text))
        if count > BUBBLE_CHARS:
            yield mark("bubble_long", path, file=file, count=count, limit=BUBBLE_CHARS)
    for name in Sentences.model_fields:
        count = _length(getattr(phrases.say, name), longest)
        if count > BUBBLE_CHARS and name not in {*phrases.say_short, *FIRST_CONTACT}:
            yield mark("no_short_sentence", ("say", name), file=file, name=name, count=count, limit=BUBBLE_CHARS)


def short_answers(library: Library) -> Iterator[Mark]:
    """An answer that is long has simpler words; the reminder that it may have changed goes out with them."""
    longest = _longest(library)
    for file, listed in library.faq.items():
        for nth, question in enumerate(listed.questions):
            path: Path = ("questions", nth)
            added = _added(library, question, longest)
            said = question.simpler if question.simpler is not None else question.answer
            count = _length(said, longest) + added
            if count <= BUBBLE_CHARS:
                continue
            if question.simpler is None:
                yield mark("no_simpler", (*path, "answer"), file=file, count=count, limit=BUBBLE_CHARS)
            else:
                yield mark("bubble_long", (*path, "simpler"), file=file, count=count, limit=BUBBLE_CHARS)


def _added(library: Library, question: Question, longest: Mapping[str, int]) -> int:
    """How much the line under a recheck answer adds, with its line break."""
    if not question.recheck or library.phrases is None:
        return 0
    said = library.phrases.say_short.get("answer_source_recheck", library.phrases.say.answer_source_recheck)
    return _length(said, longest) + 1


def _longest(library: Library) -> dict[str, int]:
    """Placeholder -> how many characters it can grow to."""
    longest = {name: len(text) for name, text in longest_words(library).items()}
    titles = [edition.lesson.title for edition in library.editions.values()]
    courses = library.curriculum.courses if library.curriculum else ()
    asked = [course.placement.ask for course in courses if course.placement is not None]
    advice = list(library.signs.advice.values()) if library.signs else []
    known = {
        "lesson": titles,
        "course": [course.title for course in courses],
        "promise": [course.promise for course in courses],
        "question": asked,
        "answer": advice,
    }
    return (
        longest
        | _GROWS_TO
        | {name: max((_length(text, longest) for text in texts), default=0) for name, texts in known.items()}
    )


def _length(text: str, longest: Mapping[str, int]) -> int:
    return len(_PLACEHOLDER.sub(lambda found: "x" * longest.get(found[1], len(found[0])), text))


RULES: tuple[LibraryRule, ...] = (short_sentences, short_answers)
