"""What a text means where the conversation stands: an answer, a command, a topic, a question, a thing to check.

Reads only the phrases of the book and the options that the step expects; decides nothing. Total: any text
of any length gives one of the readings of bot.meanings.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process

from bot.answering import Option, answer_near, answer_typed
from bot.asking import Questions
from bot.emergency import Alarm, is_doubted
from bot.linear import LinearModel, pack
from bot.matching import OUT_OF_SCOPE, UNDERSTOOD, Match, Reading, words_of
from bot.meanings import (
    Answer,
    Command,
    Meaning,
    NotUnderstood,
    Pasted,
    QuestionAsked,
    StepAsked,
    Topic,
    TwoReadings,
    Understood,
)
from bot.passages import Passages
from bot.pasted import is_like_a_message, is_of_the_state, links_in, without_links
from bot.phrasebook import LESSON, QUESTION, phrasebook
from bot.wishes import Wishes
from lessons.schema import RESERVED_COMMANDS, Book
from vietnamese.courtesy import without_courtesy
from vietnamese.denials import denials
from vietnamese.fold import fold, fold_word, folded_words
from vietnamese.questions import is_question

_YIELDING = frozenset({"stuck_help", "repeat"})  # an answer of the step that says the same goes first
DANGEROUS = frozenset({"unsubscribe", "delete_my_data", "subscribe_weather"})  # asked for when not plain
_PLAIN = 0.85  # score at which a dangerous command is done without asking
_LEAVING = 0.75  # score at which words take somebody out of a lesson
_CLOSE = 0.06  # two readings nearer than this are both offered
_LESSON_LIKE = 0.6  # a question that is less like the title of a lesson is not about that lesson
_CLEARLY = 0.05  # by so much must a lesson be more like the text than its topic
_NEARLY, _VERY_NEARLY = 88, 94  # likeness of letters to a longer reserved phrase; for a dangerous one
_LOOKED_AT = 2_000  # characters; enough for any message that is pasted
#: An option that has this word for a command is meant by every other phrase of the command too.
_CORE_WORDS = {"yes": "co", "no": "khong", "continue_": "tiep"}
_NOT = frozenset({"khong", "chua"})
#: Over folded words: does not want; complains that nothing comes; does not want to delete; deletes elsewhere.
_NOT_WANTED = re.compile(r"\b(?:khong|chua)(?: \w+)? (?:muon|can|nhan|gui|thich|dang|bao|cho|theo)\b")
_MISSED = re.compile(r"\b(?:khong|chua)(?: con| he)? (?:nhan duoc|thay|xem duoc|doc duoc|nghe duoc|mo duoc|co tin)\b")
_KEPT = re.compile(r"\b(?:khong|chua|dung|khoi)(?: \w+)? (?:xoa|bo|huy|go)\b")
_OF_OTHERS = re.compile(
    r"\b(?:facebook|fb|zalo|tiktok|danh ba|video|hinh|app|ung dung|vneid|vssid|email|gmail|game"
    r"|xoa(?: het)? anh|anh (?:trong|tren|o))\b"
)
#: What is said of a bulletin names it: "chua ro" alone is said of a lesson.
_OF_BULLETINS, _BULLETIN = frozenset({"bulletin_clear", "bulletin_unclear", "bulletin_question"}), "tin"
#: Said at any time: an answer of a step that is merely like the very words of these goes behind them.
_AT_ANY_TIME = (QUESTION, "continue_", "subscribe_weather", "weather_bulletin", "set_address", *sorted(_OF_BULLETINS))
#: Where a wish for the bulletin goes on with the place or the crops; before it stand at least so many words.
_WHERE_OR_WHAT, _FEWEST_OF_A_WISH = folded_words("o tai xa phuong thi cho trong nuoi ve"), 3
_MESSAGE_FOLLOWS = re.compile('[:"\u201c]')
_INTENT_OF = {"scammed": "scam_help", "restart": "continue_", "show_my_data": OUT_OF_SCOPE}


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    words: list[str]
    exact: list[Match]
    is_pasted: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A reading without options, and the near labels that it was chosen from, the chosen one first.

    `is_settled`: the first of them is meant, and may be meant more to the point.
    """

    understood: Meaning | Pasted | TwoReadings | NotUnderstood
    near: tuple[Match, ...] = ()
    is_settled: bool = False


class Reader:
    """Built once for a book; keeps its phrases, not the book."""

    def __init__(self, book: Book) -> None:
        phrases = phrasebook(book)
        self._subjects, self._meanings = phrases.subjects, phrases.meanings
        self._matcher = phrases.matcher(book.learnt)
        self._questions, self._passages, self._wishes = Questions(book.faq), Passages(book), Wishes(book)
        commands = book.phrases.commands
        self._alarm = Alarm(commands.get("scammed", ()))
        # In capitals, as our own sentences write it: who types DUNG means the stop and not the yes.
        self._written = {fold(commands[name][0]).upper(): name for name in RESERVED_COMMANDS if name in commands}
        self._reserved: dict[int, dict[str, str]] = defaultdict(dict)
        for phrase in self._matcher.phrases.all:
            gaps = phrase.key.count(" ")
            if phrase.label in RESERVED_COMMANDS and gaps >= 2:
                self._reserved[gaps][phrase.key] = phrase.label

    def read(self, text: str, options: Sequence[Option], *, is_learning: bool = False) -> Understood:
        """What the resident means. Never raises; only the beginning of a very long text is looked at.

        Who is learning is taken out of the lesson by plain words only, not by what merely resembles them.
        """
        said = self._said(text)
        if not said.words:
            return NotUnderstood()
        answer = answer_typed(said.words, said.text, options)
        everywhere = self._everywhere(said, options, is_answer=answer is not None, is_learning=is_learning)
        if everywhere is not None:
            return everywhere.understood
        # "Go on", and words that a question or, outside a lesson, another lesson is asked for by, are no slip in one.
        known = _AT_ANY_TIME if is_learning else (*_AT_ANY_TIME, LESSON)
        if answer is None and not any(match.label.startswith(known) for match in said.exact):
            answer = answer_near(said.words, options)
        if answer is not None:
            return Answer(answer)
        found = self._anything(said)
        if is_learning and found.near and found.near[0].score < _LEAVING and found.near[0].label not in DANGEROUS:
            return NotUnderstood()
        understood = self._asked(found.near[0], said) if found.is_settled else found.understood
        if isinstance(understood, Topic) and not understood.is_question:
            understood = replace(understood, lesson=self._wishes.find(said.words, course=understood.topic))
        return self._in_place(understood, options)

    def intent(self, text: str) -> Reading:
        """The label of a text that comes out of the blue, for `understand` and for measuring."""
        said = self._said(text)
        if not said.words:
            return Reading(OUT_OF_SCOPE, 1.0, None)
        found = self._everywhere(said, (), is_answer=False) or self._anything(said)
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

    def _everywhere(
        self, said: _Said, options: Sequence[Option], *, is_answer: bool, is_learning: bool = False
    ) -> _Found | None:
        """A reserved command. One that yields leaves the text to the answer that was typed exactly.

        A yes or a no that nothing on the table asks for is no rival of it; in a lesson people agree with what is said.
        """
        if self._alarm.rings(said.words, is_quoted=said.is_pasted):
            return self._certain("scammed")
        exact = [match.label for match in said.exact]
        if said.text.strip() in self._written:
            return self._certain(self._written[said.text.strip()])
        name = next((label for label in exact if label in RESERVED_COMMANDS), None)
        if not exact:
            name = self._nearly_reserved(said.words)
        if name is None or (is_answer and (name in _YIELDING or name not in exact or len(exact) > 1)):
            return None
        asked = {one for one in ("yes", "no") if is_learning or any(self._says(option, one) for option in options)}
        rivals = [label for label in exact if label != name and (label not in _CORE_WORDS or label in asked)]
        if rivals and name in DANGEROUS:
            return self._asking(_exactly(name), [_exactly(label) for label in rivals])
        return self._certain(name)

    def _nearly_reserved(self, words: Sequence[str]) -> str | None:
        """A longer phrase of a reserved command with a slip or two in it, but no word more or less."""
        key = _key(without_courtesy([fold_word(word) for word in words]))
        phrases = self._reserved.get(key.count(" "), {})
        found = process.extractOne(key, phrases.keys(), scorer=fuzz.ratio, score_cutoff=_NEARLY)
        if found is None or denials(key.split()) != denials(found[0].split()):
            return None
        name = phrases[found[0]]
        return name if name not in DANGEROUS or found[1] >= _VERY_NEARLY else None

    def _anything(self, said: _Said) -> _Found:
        """Something to check, or the command, topic or lesson whose phrases come nearest."""
        if said.is_pasted or self._introduces_a_message(said.text):
            return _Found(Pasted())
        if all(word.isdigit() for word in said.words):
            return _Found(NotUnderstood())  # a number that no option has
        if not said.exact and self._is_subscribing(said.words):
            return self._certain("subscribe_weather")
        ranked = [match for match in self._matcher.rank(said.words, said.exact) if _is_plausible(match, said.words)]
        if ranked and ranked[0].label == OUT_OF_SCOPE:
            return _Found(NotUnderstood())  # the very words of what is nobody's subject
        ranked = [match for match in ranked if match.label != OUT_OF_SCOPE]
        if is_doubted(said.words):
            ranked = [match for match in ranked if match.label != "scammed" or match.is_exact]
        near = [match for match in ranked if match.score >= UNDERSTOOD]
        if near:
            return self._settled(near, said)
        return _Found(Pasted() if links_in(said.text) else NotUnderstood(), tuple(ranked[:1]))

    def _is_subscribing(self, words: Sequence[str]) -> bool:
        """Whether the very words of a wish for the bulletin go on: "dang ky thoi tiet xa tai van trong lua"."""
        cuts = [at for at, word in enumerate(words) if at >= _FEWEST_OF_A_WISH and fold_word(word) in _WHERE_OR_WHAT]
        return any(match.label == "subscribe_weather" for at in cuts for match in self._matcher.exact(words[:at]))

    def _introduces_a_message(self, text: str) -> bool:
        """Whether a request to check comes before a colon or a quotation mark, and a message after it."""
        head, *message = _MESSAGE_FOLLOWS.split(text, maxsplit=1)
        is_long = len(" ".join(message).split()) >= 4
        return is_long and self._matcher.match(head).intent == "scam_check"

    def _settled(self, near: list[Match], said: _Said) -> _Found:
        first = self._precise(near)
        subject = self._subject(first)
        rivals = [match for match in near if self._subject(match) != subject]
        close = [match for match in rivals if first.score - match.score < _CLOSE]
        twins = [match for match in near if match.is_exact and match.label not in {first.label, subject}]
        if first.label in DANGEROUS and first.score < _PLAIN:
            return self._asking(first, rivals)
        if close and (not first.is_exact or close[0].is_exact):
            return self._asking(first, close)
        if twins and first.is_exact:
            return self._asking(first, twins)
        return _Found(self._meanings[first.label], (first, *rivals), is_settled=True)

    def _precise(self, near: list[Match]) -> Match:
        """The best match; of a course and its lessons, a lesson when its very words were said or it fits better."""
        first = near[0]
        subject = self._subject(first)
        if subject not in self._meanings:
            return first
        family = [match for match in near if self._subject(match) == subject]
        special = [match for match in family if match.label != subject]
        if first.is_exact:
            return next((match for match in special if match.is_exact), first)
        topic = next((match for match in family if match.label == subject), None)
        others = (match for match in special if not isinstance(self._meanings[match.label], QuestionAsked))
        nearest = max(others, key=_likeness, default=None)
        if nearest is not None and (topic is None or nearest.likeness >= topic.likeness + _CLEARLY):
            return nearest
        return topic or replace(first, label=subject)

    def _asked(self, first: Match, said: _Said) -> Meaning | StepAsked | TwoReadings:
        """What is meant, to the point: a question of the FAQ or a step of a lesson, where something is asked."""
        meaning, subject = self._meanings[first.label], self._subject(first)
        asks = is_question(said.words, said.text)
        if isinstance(meaning, Command | QuestionAsked) or (first.is_exact and not (asks and first.label == subject)):
            return meaning
        if asks and first.likeness < _LESSON_LIKE:
            meaning = Topic(subject)
        asked = self._questions.find(said.words, topic=subject, is_question=asks)
        if asked is not None and asked.other is None:
            return QuestionAsked(asked.question)
        if asked is not None and asked.other is not None and isinstance(meaning, Topic):
            return TwoReadings(QuestionAsked(asked.question), QuestionAsked(asked.other))
        if not asks or not isinstance(meaning, Topic):
            return meaning
        return self._passages.find(said.words, course=subject) or Topic(subject, is_question=True)

    def _subject(self, match: Match) -> str:
        return self._subjects.get(match.label, _INTENT_OF.get(match.label, match.label))

    def _intent(self, label: str) -> str:
        return self._subjects.get(label, _INTENT_OF.get(label, label))

    def _said(self, text: str) -> _Said:
        looked_at = text[:_LOOKED_AT]
        links = links_in(looked_at)
        is_pasted = any(not is_of_the_state(link) for link in links) or is_like_a_message(looked_at)
        if links and len(looked_at.split()) == 1:
            is_pasted = True
        words = words_of(without_links(looked_at) if is_pasted else looked_at)
        return _Said(looked_at, words, self._matcher.exact(words), is_pasted)

    @property
    def model(self) -> LinearModel:
        """What was learnt from the phrases."""
        return self._matcher.model

    def nearest(self, text: str) -> str | None:
        """The label (see bot.phrasebook) that a text comes closest to, however far; for editors."""
        ranked = [match for match in self._matcher.rank(words_of(text)) if match.label != OUT_OF_SCOPE]
        return ranked[0].label if ranked else None

    def _certain(self, name: str) -> _Found:
        return _Found(self._meanings[name], (_exactly(name),))

    def _asking(self, first: Match, rivals: list[Match]) -> _Found:
        """A question that names both. Yes and no cannot be named, so the menu stands in for them."""
        named = [self._meanings[match.label] for match in rivals if match.label not in {"yes", "no"}]
        asked = TwoReadings(self._meanings[first.label], named[0] if named else Command("menu"))
        return _Found(asked, (first, *rivals))


_readers: WeakKeyDictionary[Book, Reader] = WeakKeyDictionary()


def learn(book: Book) -> bytes:
    """What a publish keeps with the files, so that the next start need not learn it again."""
    reader = reader_for(book)
    return pack(reader.model, fingerprint=phrasebook(book).fingerprint)


def reader_for(book: Book) -> Reader:
    """The reader of this book, built at the first call and forgotten with the book."""
    reader = _readers.get(book)
    if reader is None:
        reader = _readers[book] = Reader(book)
    return reader


def read_like(book: Book, like: Book) -> None:
    """Have a book read as `like` is, which has all that can be asked for in words: nothing is learnt for it.

    For a lesson that is tried out while it is written: what a step expects is not in a reader, so it needs none.
    """
    _readers[book] = reader_for(like)


def _key(words: Sequence[str]) -> str:
    return " ".join(fold_word(word) for word in words)


def _exactly(label: str) -> Match:
    return Match(label, 1.0, 1.0, label, is_exact=True)


def _likeness(match: Match) -> float:
    return match.likeness


def _is_plausible(match: Match, words: Sequence[str]) -> bool:
    """Never the opposite of what is said, nor something that is asked of others, where it cannot be undone."""
    if match.label in _OF_BULLETINS and not match.is_exact:
        return _BULLETIN in map(fold_word, words)
    if match.label not in DANGEROUS or match.is_exact:
        return True
    said = " ".join(fold_word(word) for word in words)
    ends_it = bool(denials(words) - _NOT)
    match match.label:
        case "subscribe_weather":
            return not ends_it and not _NOT_WANTED.search(said)
        case "unsubscribe":
            return ends_it or not _MISSED.search(said)
        case _:
            return not _KEPT.search(said) and not _OF_OTHERS.search(said)
