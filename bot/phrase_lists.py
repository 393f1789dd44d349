"""Where the phrases of each label (see bot.phrasebook) are written: the file, and the list in it.

For editors: to which list a text that nothing came near may be added.
"""

from dataclasses import dataclass

from bot.matching import OUT_OF_SCOPE
from bot.phrasebook import LESSON, QUESTION
from lessons.schema import Book, Curriculum


@dataclass(frozen=True, slots=True)
class PhraseList:
    """`keys` lead to the list from the top of the file; in a list of questions one is named by its id."""

    label: str
    file: str
    keys: tuple[str, ...]


def phrase_lists(book: Book, curriculum: Curriculum) -> dict[str, PhraseList]:
    """By label, in the order of the book; OUT_OF_SCOPE, for what is nobody's subject here, is the last."""
    lessons = {LESSON + name: (edition.file, ("asked_as",)) for name, edition in book.current.items()}
    questions = {
        QUESTION + question.id: (file, ("questions", question.id, "asked_as"))
        for file, listed in zip(dict.fromkeys(curriculum.faq), book.faq, strict=True)
        for question in listed.questions
    }
    topics = {name: (curriculum.phrases, ("topics", name)) for name in book.phrases.topics}
    commands = {name: (curriculum.phrases, ("commands", name)) for name in book.phrases.commands}
    # Of a name that is both, the topic is meant.
    found = lessons | questions | commands | topics | {OUT_OF_SCOPE: (curriculum.phrases, (OUT_OF_SCOPE,))}
    return {label: PhraseList(label, file, keys) for label, (file, keys) in found.items()}
