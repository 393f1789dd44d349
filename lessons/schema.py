"""What a lesson is: the pydantic models of the YAML files, and the Book that the conversation reads.

Knows no file, no bot and no database. Sentences that explain a field to editors are in schema_help.yaml;
they are joined to these models when the JSON Schema is exported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from lessons.crops import Crops
from lessons.sentences import Phrases
from lessons.signs import ScamSigns
from lessons.strict import Identifier, Strict, Words
from vietnamese import places

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
    rest: bool = False

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

    `simpler` is for who asked for short words. `lesson` is the id of the lesson that shows how, where there is one.
    """

    id: Identifier
    question: Words
    asked_as: tuple[Words, ...] = ()
    answer: Words
    simpler: Words | None = None
    source: Words
    checked_on: date
    recheck: bool = False
    lesson: Identifier | None = None


class QuestionList(Strict):
    """One file of questions and answers; all are about one topic of phrases.yaml."""

    topic: Identifier
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class PlacementChoice(Strict):
    """One answer of a course's first question, and the lesson that fits who gives it."""

    label: Words
    also: tuple[Words, ...] = ()
    lesson: Identifier


class Placement(Strict):
    """The question that is asked before a course is begun, so that nobody starts in the wrong place."""

    ask: Words
    choices: Annotated[tuple[PlacementChoice, ...], Field(min_length=2)]


class CourseEntry(Strict):
    """A course of lessons.yaml: its id is its topic in phrases.yaml; lessons are file names."""

    id: Identifier
    title: Words
    promise: Words
    placement: Placement | None = None
    lessons: Annotated[tuple[Words, ...], Field(min_length=1)]


class Curriculum(Strict):
    """lessons.yaml: the courses in the order of the menu, and the files of everything else that is said."""

    phrases: str = "lessons/phrases.yaml"
    place_facts: str = "lessons/place_facts.yaml"
    scam_signs: str = "lessons/scam_signs.yaml"
    crops: str = "lessons/crops.yaml"
    faq: tuple[Words, ...] = ()
    courses: Annotated[tuple[CourseEntry, ...], Field(min_length=1)]


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
    placement: Placement | None = None


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
    signs: ScamSigns | None = None
    crops: Crops | None = None
    learnt: bytes | None = None

    def edition(self, lesson_id: str, version: str) -> Edition | None:
        """The edition of this version, else None (also when the lesson itself is gone)."""
        current = self.current.get(lesson_id)
        if current is not None and current.version == version:
            return current
        return self.older.get((lesson_id, version))

    def course(self, course_id: str) -> Course | None:
        return next((course for course in self.courses if course.id == course_id), None)
