"""What a text can mean: a closed family of readings, from an answer of the step to nothing at all."""

from dataclasses import dataclass


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
    """A key of phrases.topics; there may be no course of it yet.

    `is_question`: something is asked about it to which there is no answer in words. `lesson`: the one lesson of
    the course that fits what is wished, where one plainly does.
    """

    topic: str
    is_question: bool = False
    lesson: str | None = None


@dataclass(frozen=True, slots=True)
class LessonAsked:
    """The id of a lesson, asked for by its title or an `asked_as`."""

    lesson: str


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The id of a question of the FAQ."""

    question: str


@dataclass(frozen=True, slots=True)
class StepAsked:
    """A step of a lesson that speaks of what is asked."""

    lesson: str
    step: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A link, or a message that came from elsewhere, to be checked."""


@dataclass(frozen=True, slots=True)
class TwoReadings:
    """Two meanings are about equally near, or the nearest is too grave to guess: ask which."""

    first: "Meaning"
    second: "Meaning"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing came near."""


#: What the phrases of a book mean.
Meaning = Command | Topic | LessonAsked | QuestionAsked
Understood = Answer | Meaning | StepAsked | Pasted | TwoReadings | NotUnderstood
