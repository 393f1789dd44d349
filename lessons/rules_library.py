"""Lint rules that need more than one lesson: phrases, places, recordings."""

from collections.abc import Iterator, Mapping

from rapidfuzz import process

from lessons.loader import CURRICULUM, Library
from lessons.passages import phrase_passages
from lessons.rules import LibraryRule, Mark, mark
from lessons.rules_answers import units
from lessons.rules_safety import link_marks, secret_marks
from lessons.rules_words import MAX_UNITS, bold_marks, placeholder_marks
from lessons.schema import PLACE_PLACEHOLDERS, PLACEHOLDERS, RESERVED_COMMANDS, PlaceEntry
from lessons.sentences import SENTENCE_PLACEHOLDERS, Phrases
from vietnamese.fold import accented, fold

COUNTRY = "vn"


def reserved_phrases(phrases: Phrases) -> dict[str, str]:
    """Folded phrase -> the reserved command that it gives."""
    return {fold(phrase): name for name in sorted(RESERVED_COMMANDS) for phrase in phrases.commands.get(name, ())}


def questions_asked_twice(library: Library) -> Iterator[Mark]:
    seen: dict[str, tuple[str, str]] = {}
    for file, edition in library.editions.items():
        for nth, phrase in enumerate(edition.lesson.asked_as):
            first, other = seen.setdefault(fold(phrase), (file, edition.lesson.id))
            if first != file:
                yield mark("asked_twice", ("asked_as", nth), needle=phrase, file=file, words=phrase, id=other)


def phrases_once(library: Library) -> Iterator[Mark]:
    """A phrase means one command or one topic; when only the accents tell, who types without is asked.

    What `asked_back` names is asked on purpose.
    """
    if library.phrases is None or library.curriculum is None:
        return
    file = library.curriculum.phrases
    seen: dict[str, tuple[str, str]] = {}
    purposely = {accented(phrase) for phrase in library.phrases.asked_back}
    groups = [("commands", library.phrases.commands), ("topics", library.phrases.topics)]
    for group, entries in groups:
        for name, words in entries.items():
            for nth, phrase in enumerate(words):
                path = (group, name, nth)
                if not fold(phrase):
                    yield mark("answer_without_words", path, file=file, words=phrase)
                    continue
                other, written = seen.setdefault(fold(phrase), (name, phrase))
                is_on_purpose = accented(phrase) in purposely or accented(written) in purposely
                if other != name and not (is_on_purpose and accented(phrase) != accented(written)):
                    code = "phrase_twice" if accented(phrase) == accented(written) else "phrase_close"
                    yield mark(code, path, needle=phrase, file=file, words=phrase, other=other, as_=written)


def commands_and_topics(library: Library) -> Iterator[Mark]:
    if library.phrases is None or library.curriculum is None:
        return
    phrases, file = library.phrases, library.curriculum.phrases
    for name in sorted(RESERVED_COMMANDS):
        if not phrases.commands.get(name):
            yield mark("command_without_phrase", ("commands", name), file=file, name=name)
    courses = [course.id for course in library.curriculum.courses]
    for topic in phrases.topics:
        if topic not in phrases.topic_titles and topic not in courses:
            yield mark("topic_without_title", ("topics", topic), file=file, topic=topic)
    for nth, course in enumerate(courses):
        if course not in phrases.topics:
            yield mark("course_without_topic", ("courses", nth, "id"), file=CURRICULUM, id=course)
    if phrases.default_address not in {form.word for form in phrases.addresses}:
        word = phrases.default_address
        yield mark("unknown_address", ("default_address",), file=file, word=word)


def fixed_sentences(library: Library) -> Iterator[Mark]:
    """Phrases keep the rules of safety too, fit the smallest channel, and use placeholders that exist."""
    if library.phrases is None or library.curriculum is None:
        return
    texts = list(phrase_passages(library.phrases))
    found = [*secret_marks(texts), *link_marks(texts)]
    for text in texts:
        found += placeholder_marks(text, allowed=PLACEHOLDERS | SENTENCE_PLACEHOLDERS)
        found += bold_marks(text)
        count = units(text.text)
        if count > MAX_UNITS:
            found.append(mark("message_over_limit", text.path, count=count, limit=MAX_UNITS))
    for one in found:
        yield Mark(one.code, one.path, one.values, one.needle, library.curriculum.phrases)


def place_tree(library: Library) -> Iterator[Mark]:
    if library.place_facts is None or library.curriculum is None:
        return
    places, file = library.place_facts.places, library.curriculum.place_facts
    if COUNTRY not in places:
        yield mark("no_country", ("places",), file=file)
    for name in sorted(PLACE_PLACEHOLDERS - set(places[COUNTRY].facts if COUNTRY in places else ())):
        if COUNTRY in places:
            yield mark("country_lacks_fact", ("places", COUNTRY, "facts"), file=file, name=name)
    for code, entry in places.items():
        yield from _place_marks(code, entry, places=places, file=file)


def recordings(library: Library) -> Iterator[Mark]:
    """A lesson that has begun to be read aloud is read to its end: whoever listens is not left halfway."""
    for file, edition in library.editions.items():
        missing = [nth for nth, step in enumerate(edition.lesson.steps) if step.audio is None]
        if 0 < len(missing) < len(edition.lesson.steps):
            yield mark("no_audio", ("steps", missing[0], "id"), file=file, steps=len(missing))


def _place_marks(code: str, entry: PlaceEntry, *, places: Mapping[str, PlaceEntry], file: str) -> Iterator[Mark]:
    parent = ("places", code, "parent")
    if entry.parent is not None and entry.parent not in {*places, COUNTRY}:
        nearest = process.extractOne(entry.parent, [COUNTRY, *(other for other in places if other != code)])[0]
        yield mark("unknown_parent", parent, file=file, place=code, parent=entry.parent, nearest=nearest)
    elif code in (ring := _ring(code, places)) and code == next(other for other in places if other in ring):
        yield mark("cyclic_parent", parent, file=file, place=code)
    for name in entry.facts:
        if name not in PLACE_PLACEHOLDERS:
            known = sorted(PLACE_PLACEHOLDERS)
            nearest = process.extractOne(name, known)[0]
            path = ("places", code, "facts", name)
            yield mark("unknown_fact", path, file=file, name=name, nearest=nearest, known=", ".join(known))


def _ring(code: str, places: Mapping[str, PlaceEntry]) -> list[str]:
    """The places on the way up from this one, itself included only when the way comes back to it."""
    above: list[str] = []
    parent = places[code].parent
    while parent is not None and parent in places and parent not in above:
        above.append(parent)
        parent = places[parent].parent
    return above


RULES: tuple[LibraryRule, ...] = (
    questions_asked_twice,
    phrases_once,
    commands_and_topics,
    fixed_sentences,
    place_tree,
    recordings,
)
