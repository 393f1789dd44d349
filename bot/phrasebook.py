"""Everything in a book that can be asked for in words: labels, their phrases, and what each of them means.

A label is the name of a command or a topic, "lesson:ID" or "faq:ID". Labels that are about the same thing share
a subject: the lessons and questions of a topic, and the cry for help beside the advice on fraud.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

from bot.linear import unpack
from bot.matching import OUT_OF_SCOPE, Matcher
from bot.meanings import Command, LessonAsked, Meaning, QuestionAsked, Topic
from lessons.schema import Book
from vietnamese.spelling import table_digest

LESSON, QUESTION = "lesson:", "faq:"
_ONE_SUBJECT = {"scammed": "scam_help"}


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """`phrases` by label, the `subjects` of the labels that share one, and what a label means.

    OUT_OF_SCOPE has phrases and no meaning. `whole_texts` are the labels that are said by themselves.
    """

    phrases: Mapping[str, tuple[str, ...]]
    subjects: Mapping[str, str]
    meanings: Mapping[str, Meaning]
    whole_texts: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """The same for the same phrases, subjects and spelling: what was learnt is known to be of them."""
        content = json.dumps([sorted(self.phrases.items()), sorted(self.subjects.items()), table_digest()])
        return hashlib.sha256(content.encode()).hexdigest()

    def matcher(self, learnt: bytes | None) -> Matcher:
        """The matcher of these phrases; learns unless `learnt` is of them, or a book with the same is in use."""
        fingerprint = self.fingerprint
        matcher = _matchers.get(fingerprint)
        if matcher is None:
            model = unpack(learnt, fingerprint=fingerprint) if learnt is not None else None
            matcher = Matcher(self.phrases, whole_texts=self.whole_texts, groups=self.subjects, model=model)
            _matchers[fingerprint] = matcher
        return matcher


#: By fingerprint, as long as a book uses it: an edited step does not change what its lesson is asked for by.
_matchers: WeakValueDictionary[str, Matcher] = WeakValueDictionary()


def phrasebook(book: Book) -> Phrasebook:
    """The phrases of a book."""
    commands, topics = book.phrases.commands, book.phrases.topics
    lessons = {name: edition.lesson for name, edition in book.current.items()}
    questions = {question.id: (listed.topic, question) for listed in book.faq for question in listed.questions}
    return Phrasebook(
        phrases={
            **commands,
            **topics,
            **{LESSON + name: (lesson.title, *lesson.asked_as) for name, lesson in lessons.items()},
            **{QUESTION + name: (asked.question, *asked.asked_as) for name, (_, asked) in questions.items()},
            OUT_OF_SCOPE: book.phrases.out_of_scope,
        },
        subjects={
            **_ONE_SUBJECT,
            **{LESSON + name: lesson.course for name, lesson in lessons.items()},
            **{QUESTION + name: topic for name, (topic, _) in questions.items()},
        },
        meanings={
            **{name: Command(name) for name in commands},
            **{topic: Topic(topic) for topic in topics},
            **{LESSON + name: LessonAsked(name) for name in lessons},
            **{QUESTION + name: QuestionAsked(name) for name in questions},
        },
        whole_texts=frozenset(commands),
    )
