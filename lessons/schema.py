"""What a lesson is: the pydantic models of the YAML files, and the Book that the conversation reads.

Knows no file, no bot and no database. Sentences that explain a field to editors are in schema_help.yaml;
they are joined to these models when the JSON Schema is exported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vietnamese import places

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=60)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
StepKind = Literal["say", "ask", "do", "quiz"]

END = "end"  # the goto that finishes a lesson

#: Placeholders that lessons and phrases may use. The address form comes from the resident, the rest
#: from place_facts.yaml, the nearest level winning.
ADDRESS_PLACEHOLDERS = frozenset({"xung_ho", "Xung_ho"})
PLACE_PLACEHOLDERS = frozenset({"cong_an", "mot_cua", "to_cong_nghe", "dien_thoai_ho_tro", "gio_lam_viec", "noi_o"})
PLACEHOLDERS = ADDRESS_PLACEHOLDERS | PLACE_PLACEHOLDERS


#: Commands that are understood everywhere, whatever a step expects.
RESERVED_COMMANDS = frozenset(
    {
        "back",
        "delete_my_data",
        "menu",
        "repeat",
        "scammed",
        "show_my_data",
        "stuck_help",
        "talk_to_human",
        "unsubscribe",
    }
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerChoice(Strict):
    """One answer of an `ask` or a `quiz`."""

    label: Words
    also: tuple[Words, ...] = ()
    value: Words | None = None
    goto: Identifier | None = None
    lesson: Identifier | None = None
    correct: bool = False
    feedback: Words | None = None


class Trouble(Strict):
    """One thing that goes wrong at a `do` step, as residents say it, and what helps."""

    problem: Words
    also: tuple[Words, ...] = ()
    help: Words
    picture: str | None = None
    picture_alt: Words | None = None


class Step(Strict):
    """One message of a lesson. Exactly one of say, ask, do, quiz is given (the loader holds this)."""

    id: Identifier
    say: Words | None = None
    ask: Words | None = None
    do: Words | None = None
    quiz: Words | None = None
    simpler: Words | None = None
    remember: Identifier | None = None
    choices: tuple[AnswerChoice, ...] = ()
    when: Mapping[Identifier, Words | tuple[Words, ...]] = Field(default_factory=dict)
    picture: str | None = None
    picture_alt: Words | None = None
    audio: str | None = None
    link: Words | None = None
    stuck: tuple[Trouble, ...] = ()
    goto: Identifier | None = None
    recheck: bool = False

    @property
    def kind(self) -> StepKind:
        if self.say is not None:
            return "say"
        if self.ask is not None:
            return "ask"
        return "do" if self.do is not None else "quiz"

    @property
    def text(self) -> str:
        return self.say or self.ask or self.do or self.quiz or ""


class Lesson(Strict):
    """One lesson file. Steps follow each other in order, but for `goto` and `when`."""

    id: Identifier
    course: Identifier
    title: Words
    minutes: Annotated[int, Field(ge=1, le=30)]
    skill: Words | None = None
    owner: Words
    checked_on: date
    sources: Annotated[tuple[Words, ...], Field(min_length=1)]
    asked_as: tuple[Words, ...] = ()
    moved: Mapping[Identifier, Identifier] = Field(default_factory=dict)
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    def position(self, step_id: str) -> int | None:
        """Index of the step in `steps`, None when it is not there."""
        return next((i for i, step in enumerate(self.steps) if step.id == step_id), None)


class Question(Strict):
    """One question that residents ask, answered in a message from a checked source.

    `lesson` is the id of the lesson that shows how, where there is one.
    """

    id: Identifier
    question: Words
    asked_as: tuple[Words, ...] = ()
    answer: Words
    source: Words
    checked_on: date
    recheck: bool = False
    lesson: Identifier | None = None


class QuestionList(Strict):
    """One file of questions and answers; all are about one topic of phrases.yaml."""

    topic: Identifier
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class CourseEntry(Strict):
    """A course of lessons.yaml: its id is its topic in phrases.yaml; lessons are file names."""

    id: Identifier
    title: Words
    promise: Words
    lessons: Annotated[tuple[Words, ...], Field(min_length=1)]


class Curriculum(Strict):
    """lessons.yaml: the courses in the order of the menu, and the files of fixed sentences, places and questions."""

    phrases: str = "lessons/phrases.yaml"
    place_facts: str = "lessons/place_facts.yaml"
    faq: tuple[Words, ...] = ()
    courses: Annotated[tuple[CourseEntry, ...], Field(min_length=1)]


class AddressForm(Strict):
    """One way to address a resident: `label` is offered, `word` fills {xung_ho}."""

    label: Words
    also: tuple[Words, ...] = ()
    word: Words


class Label(Strict):
    """A button that the bot itself offers, and what people type instead."""

    label: Words
    also: tuple[Words, ...] = ()


class Labels(Strict):
    """The bot's own buttons, by what they do."""

    agree: Label
    refuse: Label
    tell_more: Label
    go_on: Label
    done: Label
    not_yet: Label
    resume: Label
    resume_lesson: Label
    start_again: Label
    next_lesson: Label
    menu: Label
    person: Label
    other_trouble: Label
    skip_step: Label
    try_again: Label
    erase: Label
    keep: Label
    learn_lesson: Label
    not_now: Label


class Sentences(Strict):
    """Every fixed sentence of the bot. Beside the placeholders of lessons these may use {course}, {lesson},
    {step}, {minutes}, {list}, {first} and {second} where the sentence is about such a thing."""

    # First contact
    welcome: Words
    notice: Words
    notice_more: Words
    notice_again: Words
    refused: Words
    ask_address: Words
    address_chosen: Words
    # Finding one's way
    menu: Words
    course: Words
    greeting: Words
    welcome_back: Words
    thanks: Words
    help: Words
    which: Words
    not_understood: Words
    not_understood_again: Words
    old_button: Words
    topic_not_ready: Words
    nothing_to_resume: Words
    # Questions
    answer_source: Words
    answer_source_recheck: Words
    answer_from_lesson: Words
    no_answer: Words
    # Where somebody lives
    ask_place: Words
    which_place: Words
    place_unknown: Words
    place_kept: Words
    no_place: Words
    # Lessons
    lesson_started: Words
    lesson_resumed: Words
    lesson_finished: Words
    course_finished: Words
    lesson_changed: Words
    lesson_gone: Words
    task_done: Words
    answer_right: Words
    answer_wrong: Words
    right_answer: Words
    trouble: Words
    trouble_unknown: Words
    back_at_start: Words
    resume: Words
    restart: Words
    reminder: Words
    # What cannot be read
    picture_received: Words
    voice_received: Words
    place_received: Words
    unsupported: Words
    # People and safety
    person_asked: Words
    person_left: Words
    secret_warning: Words
    scam_check: Words
    scammed_now: Words
    scammed_next: Words
    failure: Words
    # One's own data
    stopped: Words
    progress: Words
    progress_none: Words
    certificate: Words
    my_data: Words
    erase: Words
    erased: Words
    kept: Words


#: What sentences may use beside the placeholders of lessons.
SENTENCE_PLACEHOLDERS = frozenset(
    {"course", "promise", "lesson", "step", "minutes", "list", "first", "second", "answer", "source", "date", "place"}
)


class Phrases(Strict):
    """phrases.yaml: every fixed sentence of the bot, and every phrase of every command and topic.

    `commands`: name of a command -> phrases; `topics`: topic (the id of a course, which may not be written
    yet) -> phrases; `topic_titles`: topic -> its name in a sentence; `out_of_scope`: what people also type and
    is nobody's subject here, so that what is like it is not taken for a topic.
    """

    notice_version: Words
    default_address: Words
    addresses: Annotated[tuple[AddressForm, ...], Field(min_length=1)]
    say: Sentences
    labels: Labels
    commands: Mapping[str, tuple[Words, ...]]
    topics: Mapping[Identifier, tuple[Words, ...]]
    out_of_scope: tuple[Words, ...] = ()
    topic_titles: Mapping[Identifier, Words]


class PlaceEntry(Strict):
    """Local facts of one place; what is missing is looked for at its parent."""

    parent: str | None = None
    facts: Mapping[str, Words] = Field(default_factory=dict)


def _province_of(place: str | None) -> str | None:
    found = places.province_of(place) if place else None
    return found[0] if found else None


class PlaceFacts(Strict):
    """place_facts.yaml: place code -> local facts. The country is `vn`; everybody's last parent."""

    places: Mapping[str, PlaceEntry]

    def fact(self, name: str, place: str | None) -> str:
        """The fact at the place or the nearest level above it; KeyError when even the country lacks it.

        A commune that is not listed has those of its province.
        """
        seen: set[str] = set()
        code = place if place in self.places else _province_of(place)
        code = code if code in self.places else "vn"
        while code and code not in seen:
            seen.add(code)
            entry = self.places[code]
            if name in entry.facts:
                return entry.facts[name]
            code = entry.parent or ("vn" if code != "vn" else "")
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Course:
    """A course as the menu shows it; `lessons` are lesson ids in order."""

    id: str
    title: str
    promise: str
    lessons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One lesson in one version. `version` is 12 hex digits of the SHA-256 of `text`, its YAML."""

    lesson: Lesson
    version: str
    file: str
    text: str


@dataclass(frozen=True, eq=False)
class Book:
    """Everything that the conversation reads: the current lessons, and older editions still being learnt.

    Never changed after it is built; a publish makes a new one. `learnt` is what the publish learnt from the
    phrases, for bot.understanding, which learns again when it is missing or of other phrases.
    """

    courses: tuple[Course, ...]
    current: Mapping[str, Edition]
    phrases: Phrases
    place_facts: PlaceFacts
    timezone: ZoneInfo
    older: Mapping[tuple[str, str], Edition] = field(default_factory=dict)
    faq: tuple[QuestionList, ...] = ()
    learnt: bytes | None = None

    def edition(self, lesson_id: str, version: str) -> Edition | None:
        """The edition of this version, else None (also when the lesson itself is gone)."""
        current = self.current.get(lesson_id)
        if current is not None and current.version == version:
            return current
        return self.older.get((lesson_id, version))

    def course(self, course_id: str) -> Course | None:
        return next((course for course in self.courses if course.id == course_id), None)
