"""Where one learner stands, and nothing else: small, versioned, JSON both ways."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TRAIL_LIMIT = 60  # steps that "quay lại" can undo in one lesson


class Scene(StrEnum):
    """What is on the table: it decides which short answers are expected."""

    WELCOME = "welcome"  # the first-contact notice waits for an answer
    ADDRESS = "address"  # how shall we address you
    MENU = "menu"  # the courses
    MORE = "more"  # the courses that the menu leaves out
    PLACEMENT = "placement"  # the first question of `course`
    COURSE = "course"  # the lessons of `course`
    LESSON = "lesson"  # a step of `lesson`
    TROUBLE = "trouble"  # the stuck list of the step
    FINISHED = "finished"  # a lesson has just ended: what next
    RESUME = "resume"  # back after a long time: go on, start again, something else
    RESTART = "restart"  # start again a lesson that is under way?
    WHICH = "which"  # two readings were close; `readings` names them
    ERASE = "erase"  # really erase everything?
    ANSWERED = "answered"  # a question was answered: the lesson about it, or something else
    PLACE = "place"  # where do you live; `readings` are the communes to choose from
    CROPS = "crops"  # what do you grow and raise: the bulletin is subscribed to
    STAGE = "stage"  # how far has the first of `crops` that has stages come
    POSTER = "poster"  # a poster of one's own code: send its picture, or is this your account (`ticket`)
    FIRST_HOUR = "first_hour"  # after a swindle: what happened
    SAMPLES = "samples"  # may editors read what you paste


LESSON_SCENES = (Scene.LESSON, Scene.TROUBLE)
#: Scenes that `interrupted` leads back from.
SIDE_SCENES = frozenset({Scene.WHICH, Scene.POSTER, Scene.FIRST_HOUR, Scene.SAMPLES})
#: Scenes whose question waits while something else is answered, and is said again behind it.
WAITING = SIDE_SCENES | {
    *(Scene.LESSON, Scene.TROUBLE, Scene.RESUME, Scene.RESTART, Scene.PLACE, Scene.CROPS, Scene.STAGE),
    *(Scene.ADDRESS, Scene.PLACEMENT, Scene.ERASE),
}


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Footprint(Frozen):
    """A step that was left forwards, with what its answer changed, so that `back` can undo it.

    `key` is the remembered name that the answer set, `before` its earlier value (None: not set).
    """

    step: str
    key: str | None = None
    before: str | None = None


class Standing(Frozen):
    """A lesson under way. At this step: `wrong` counts wrong answers in a row, `reworded` says that it has been
    said in other words."""

    lesson: str
    version: str
    step: str
    trail: tuple[Footprint, ...] = ()
    wrong: int = 0
    reworded: bool = False


class State(Frozen):
    """Everything that the conversation knows of a learner.

    `question` numbers what is on the table; the buttons sent with it carry that number, so that an old
    button is known as old. `memory` holds answers that steps asked to remember (`phone_os`: `android`).
    `standing` is the lesson under way, `paused` those left for another. `finished` maps lesson ids to the
    ISO date. `interrupted` is the scene that a question of SIDE_SCENES came into. `ticket` is what a poster is drawn
    from, sealed (qr/tickets.py). `samples`: whether editors may read what he pastes to be checked; "asked", and not
    answered, is no yes and is not asked again. `human`:
    nobody is asked, a person was asked for, or a person is talking (then the bot is silent). `place` is the code of a
    commune or a province, `shown` the lesson that the last answer named. With `short_words` steps are said in
    their simpler words; `unclear` counts how often those were asked for. `crops` are ids of crops.yaml, `stages`
    says how far some of them have come; `subscribed`: weather bulletins are sent for them. `errand` is what goes
    on once the question of PLACE is answered. `asking`: his next words are his question about a bulletin.
    """

    version: Literal[1] = 1
    consent: Literal["unasked", "asked", "given", "refused"] = "unasked"
    scene: Scene = Scene.WELCOME
    address: str | None = None
    place: str | None = None
    crops: tuple[str, ...] = ()
    stages: dict[str, str] = Field(default_factory=dict)
    subscribed: bool = False
    errand: Literal["", "subscribe", "weather"] = ""
    asking: bool = False
    course: str | None = None
    standing: Standing | None = None
    paused: dict[str, Standing] = Field(default_factory=dict)
    memory: dict[str, str] = Field(default_factory=dict)
    finished: dict[str, str] = Field(default_factory=dict)
    readings: tuple[str, ...] = ()
    shown: str | None = None
    ticket: str = ""
    samples: Literal["unasked", "asked", "given", "refused"] = "unasked"
    interrupted: Scene = Scene.MENU
    question: int = 0
    misses: int = 0
    reminded: int = 0
    pushes: bool = True
    short_words: bool = False
    unclear: int = 0
    human: Literal["no", "asked", "talking"] = "no"
    last_seen: datetime | None = None
    remind_at: datetime | None = None


def to_json(state: State) -> str:
    """One line of JSON without the fields that have their default."""
    return state.model_dump_json(exclude_defaults=True)


def from_json(text: str) -> State:
    """The state of `to_json`. Raises pydantic.ValidationError on anything else."""
    return State.model_validate_json(text)
