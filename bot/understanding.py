"""What a text means where the conversation stands: an answer, a command, a topic, a lesson, a thing to check.

Reads only the phrases of the book and the options that the step expects; decides nothing. Total: any text
of any length gives one of the readings below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process

from bot.answering import Option, answer_near, answer_typed
from bot.emergency import Alarm, is_doubted
from bot.matching import OUT_OF_SCOPE, UNDERSTOOD, Match, Matcher, Reading, words_of
from bot.pasted import is_like_a_message, is_of_the_state, links_in, without_links
from lessons.schema import RESERVED_COMMANDS, Book
from vietnamese.courtesy import without_courtesy
from vietnamese.denials import denials
from vietnamese.fold import fold, fold_word

__all__ = [
    "Answer",
    "Command",
    "LessonAsked",
    "Matcher",
    "NotUnderstood",
    "Option",
    "Pasted",
    "Reader",
    "Reading",
    "Topic",
    "TwoReadings",
    "Understood",
    "reader_for",
]

#: Commands that work everywhere, before anything that a step expects.
_YIELDING = frozenset({"stuck_help", "repeat"})  # an answer of the step that says the same goes first
DANGEROUS = frozenset({"unsubscribe", "delete_my_data", "subscribe_weather"})  # asked for when not plain
_PLAIN = 0.85  # score at which a dangerous command is done without asking
_LEAVING = 0.75  # score at which words take somebody out of a lesson
_CLOSE = 0.06  # two readings nearer than this are both offered
_CLEARLY = 0.05  # by so much must a lesson fit better than its course
_NEARLY, _VERY_NEARLY = 88, 94  # likeness of letters to a longer reserved phrase; for a dangerous one
_LOOKED_AT = 2_000  # characters; enough for any message that is pasted
#: An option that has this word for a command is meant by every other phrase of the command too.
_CORE_WORDS = {"yes": "co", "no": "khong", "continue_": "tiep"}
_NOT = frozenset({"khong", "chua"})
_MESSAGE_FOLLOWS = re.compile('[:"\u201c]')
_LESSON = "lesson:"
_INTENT_OF = {"scammed": "scam_help", "restart": "continue_", "show_my_data": OUT_OF_SCOPE}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that the step expects: its position among the options."""

    index: int


@dataclass(frozen=True, slots=True)
class Command:
    """A key of phrases.commands."""

    name: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A key of phrases.topics; there may be no course of it yet."""

    topic: str


@dataclass(frozen=True, slots=True)
class LessonAsked:
    """The id of a lesson, asked for by its title or an `asked_as`."""

    lesson: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A link, or a message that came from elsewhere, to be checked."""


@dataclass(frozen=True, slots=True)
class TwoReadings:
    """Two meanings are about equally near, or the nearest is too grave to guess: ask which."""

    first: "Command | Topic | LessonAsked"
    second: "Command | Topic | LessonAsked"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing came near."""


Meaning = Command | Topic | LessonAsked
Understood = Answer | Command | Topic | LessonAsked | Pasted | TwoReadings | NotUnderstood


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    words: list[str]
    is_pasted: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A reading without options, and the near labels that it was chosen from, the chosen one first."""

    understood: Meaning | Pasted | TwoReadings | NotUnderstood
    near: tuple[Match, ...] = ()


class Reader:
    """Built once for a book; keeps its phrases, not the book."""

    def __init__(self, book: Book) -> None:
        lessons = {name: edition.lesson for name, edition in book.current.items()}
        self._course_of = {_LESSON + name: lesson.course for name, lesson in lessons.items()}
        asked = {_LESSON + name: (lesson.title, *lesson.asked_as) for name, lesson in lessons.items()}
        commands, topics = book.phrases.commands, book.phrases.topics
        self._meanings: dict[str, Meaning] = {
            **{name: Command(name) for name in commands},
            **{topic: Topic(topic) for topic in topics},
            **{_LESSON + name: LessonAsked(name) for name in lessons},
        }
        self._matcher = Matcher({**commands, **topics, **asked}, whole_texts=commands, groups=self._course_of)
        self._alarm = Alarm(commands.get("scammed", ()))
        # In capitals, as our own sentences write it: who types DUNG means the stop and not the yes.
        self._written = {fold(commands[name][0]).upper(): name for name in RESERVED_COMMANDS if name in commands}
        self._reserved = {
            key: name
            for name in sorted(RESERVED_COMMANDS.intersection(commands))
            for key in (_key(words_of(phrase)) for phrase in commands[name])
            if key.count(" ") >= 2
        }

    def read(self, text: str, options: Sequence[Option], *, is_learning: bool = False) -> Understood:
        """What the resident means. Never raises; only the beginning of a very long text is looked at.

        Who is learning is taken out of the lesson by plain words only, not by what merely resembles them.
        """
        said = _said(text)
        if not said.words:
            return NotUnderstood()
        answer = answer_typed(said.words, said.text, options)
        everywhere = self._everywhere(said, is_answer=answer is not None)
        if everywhere is not None:
            return everywhere.understood
        if answer is None:
            answer = answer_near(said.words, options)
        if answer is not None:
            return Answer(answer)
        found = self._anything(said)
        if is_learning and found.near and found.near[0].score < _LEAVING and found.near[0].label not in DANGEROUS:
            return NotUnderstood()
        return self._in_place(found.understood, options)

    def intent(self, text: str) -> Reading:
        """The label of a text that comes out of the blue, for `understand` and for measuring."""
        said = _said(text)
        if not said.words:
            return Reading(OUT_OF_SCOPE, 1.0, None)
        found = self._everywhere(said, is_answer=False) or self._anything(said)
        match found.understood:
            case NotUnderstood():
                nearest = found.near[0] if found.near else None
                score = 1 - nearest.score if nearest else 1.0
                return Reading(OUT_OF_SCOPE, round(score, 3), self._intent(nearest.label) if nearest else None)
            case Pasted():
                return Reading("scam_check", 1.0, None)
        intents = list(dict.fromkeys(self._intent(match.label) for match in found.near))
        return Reading(intents[0], round(found.near[0].score, 3), intents[1] if len(intents) > 1 else None)

    def _in_place(self, understood: Understood, options: Sequence[Option]) -> Understood:
        """A yes, a no or a "go on" in other words is the one option that says so, where there is one."""
        if not isinstance(understood, Command) or understood.name not in _CORE_WORDS:
            return understood
        saying = [nth for nth, option in enumerate(options) if self._says(option, understood.name)]
        return Answer(saying[0]) if len(saying) == 1 else understood

    def _says(self, option: Option, command: str) -> bool:
        names = [words_of(name) for name in (option.label, *option.also)]
        plain = [words for words in names if _key(words) == _CORE_WORDS[command]]
        return any(command == match.label for words in plain for match in self._matcher.exact(words))

    def _everywhere(self, said: _Said, *, is_answer: bool) -> _Found | None:
        """A reserved command. One that yields leaves the text to the answer that was typed exactly."""
        if self._alarm.rings(said.words, is_quoted=said.is_pasted):
            return self._certain("scammed")
        exact = [match.label for match in self._matcher.exact(said.words)]
        if said.text.strip() in self._written:
            return self._certain(self._written[said.text.strip()])
        name = next((label for label in exact if label in RESERVED_COMMANDS), None) or self._nearly_reserved(said.words)
        if name is None or (is_answer and (name in _YIELDING or name not in exact or len(exact) > 1)):
            return None
        if len(exact) > 1 and name in DANGEROUS:
            return self._asking(_exactly(name), [_exactly(label) for label in exact if label != name])
        return self._certain(name)

    def _nearly_reserved(self, words: Sequence[str]) -> str | None:
        """A longer phrase of a reserved command with a slip or two in it."""
        key = _key(without_courtesy([fold_word(word) for word in words]))
        if key.count(" ") < 2:
            return None
        found = process.extractOne(key, self._reserved.keys(), scorer=fuzz.ratio, score_cutoff=_NEARLY)
        if found is None or denials(key.split()) != denials(found[0].split()):
            return None
        name = self._reserved[found[0]]
        return name if name not in DANGEROUS or found[1] >= _VERY_NEARLY else None

    def _anything(self, said: _Said) -> _Found:
        """Something to check, or the command, topic or lesson whose phrases come nearest."""
        if said.is_pasted or self._introduces_a_message(said.text):
            return _Found(Pasted())
        if all(word.isdigit() for word in said.words):
            return _Found(NotUnderstood())  # a number that no option has
        ranked = [match for match in self._matcher.rank(said.words) if _is_plausible(match, said.words)]
        if is_doubted(said.words):
            ranked = [match for match in ranked if match.label != "scammed" or match.is_exact]
        near = [match for match in ranked if match.score >= UNDERSTOOD]
        if near:
            return self._settled(near)
        return _Found(Pasted() if links_in(said.text) else NotUnderstood(), tuple(ranked[:1]))

    def _introduces_a_message(self, text: str) -> bool:
        """Whether a request to check comes before a colon or a quotation mark, and a message after it."""
        head, *message = _MESSAGE_FOLLOWS.split(text, maxsplit=1)
        is_long = len(" ".join(message).split()) >= 4
        return is_long and self._matcher.match(head).intent == "scam_check"

    def _settled(self, near: list[Match]) -> _Found:
        first = self._precise(near)
        rivals = [match for match in near if match.label != first.label and self._rivals(match, first)]
        close = [match for match in rivals if first.score - match.score < _CLOSE]
        if first.label in DANGEROUS and first.score < _PLAIN:
            return self._asking(first, rivals)
        if close and (not first.is_exact or close[0].is_exact):
            return self._asking(first, close)
        return _Found(self._meanings[first.label], (first, *rivals))

    def _precise(self, near: list[Match]) -> Match:
        """The best match; of a course and its lessons, the lesson only when it fits clearly better."""
        first = near[0]
        family = self._family(first)
        if first.label != family and first.label not in self._course_of:
            return first
        course = next((match for match in near if match.label == family), None)
        lesson = next((match for match in near if self._course_of.get(match.label) == family), None)
        if course is None or lesson is None:
            return first
        return lesson if lesson.is_exact or lesson.score >= course.score + _CLEARLY else course

    def _rivals(self, match: Match, first: Match) -> bool:
        """Whether two matches mean different things: a lesson and its own course do not."""
        if self._family(match) != self._family(first):
            return True
        return match.label in self._course_of and first.label in self._course_of

    def _family(self, match: Match) -> str:
        return self._course_of.get(match.label, _INTENT_OF.get(match.label, match.label))

    def _intent(self, label: str) -> str:
        return self._course_of.get(label, _INTENT_OF.get(label, label))

    def _certain(self, name: str) -> _Found:
        return _Found(self._meanings[name], (_exactly(name),))

    def _asking(self, first: Match, rivals: list[Match]) -> _Found:
        """A question that names both. Yes and no cannot be named, so the menu stands in for them."""
        named = [self._meanings[match.label] for match in rivals if match.label not in {"yes", "no"}]
        asked = TwoReadings(self._meanings[first.label], named[0] if named else Command("menu"))
        return _Found(asked, (first, *rivals))


_readers: WeakKeyDictionary[Book, Reader] = WeakKeyDictionary()


def reader_for(book: Book) -> Reader:
    """The reader of this book, built at the first call and forgotten with the book."""
    reader = _readers.get(book)
    if reader is None:
        reader = _readers[book] = Reader(book)
    return reader


def _said(text: str) -> _Said:
    looked_at = text[:_LOOKED_AT]
    links = links_in(looked_at)
    is_pasted = any(not is_of_the_state(link) for link in links) or is_like_a_message(looked_at)
    if links and len(looked_at.split()) == 1:
        is_pasted = True
    return _Said(looked_at, words_of(without_links(looked_at) if is_pasted else looked_at), is_pasted)


def _key(words: Sequence[str]) -> str:
    return " ".join(fold_word(word) for word in words)


def _exactly(label: str) -> Match:
    return Match(label, 1.0, label, is_exact=True)


def _is_plausible(match: Match, words: Sequence[str]) -> bool:
    """Never the opposite: who says "not" or "stop" does not subscribe, and who stops says so."""
    if match.label not in DANGEROUS or match.is_exact:
        return True
    said, meant = denials(words), denials(match.phrase.split())
    return bool(said) != (match.label == "subscribe_weather") and said & _NOT == meant & _NOT
