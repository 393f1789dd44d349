"""The weather bulletin in the conversation: subscribing, crop by crop and stage by stage, stopping, asking for it.

Decides what is asked, never what a bulletin says: the newest one is found where the rows are. A bulletin moves
nobody's lesson. Where somebody lives is asked for in bot.living.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from bot import crops, learning, scenes
from bot.effects import BulletinRead, ConsentGiven, ShowBulletin, Subscribe, Unmatched, Unsubscribe
from bot.meanings import (
    Answer,
    Command,
    NotUnderstood,
    Pasted,
    QuestionAsked,
    StepAsked,
    Topic,
    TwoReadings,
    Understood,
)
from bot.messages import Message
from bot.speaking import Offer, Talk
from bot.state import Scene
from bot.unmatched import countable
from lessons.schema import RESERVED_COMMANDS
from vietnamese import places
from vietnamese.fold import fold

#: The topic whose questions about today's weather a bulletin answers.
TOPIC = "weather_bulletin"
#: The scenes of somebody who is subscribing.
SCENES = frozenset({Scene.CROPS, Scene.STAGE})
#: Commands that are about bulletins.
_COMMANDS = frozenset({"subscribe_weather", "bulletin_clear", "bulletin_unclear", "bulletin_question"})
#: Scenes whose question is said again behind what was asked in between.
_WAITING = SCENES | {
    Scene.LESSON, Scene.TROUBLE, Scene.RESUME, Scene.RESTART, Scene.ADDRESS, Scene.PLACE, Scene.ERASE,
}  # fmt: skip
_MISSES_UNTIL_SKIPPED = 2
#: Neither tells a crop; a plain no is the last of the answers, and never comes here.
_NO_ANSWERS = (Command("yes"), Command("no"))
#: Several numbers at once, over folded words: "1 3", "1 va 3".
_NUMBERS = re.compile(r"\d+(?: (?:va |voi )?\d+)+")


def concerns(understood: Understood) -> bool:
    """Whether something is said about bulletins."""
    match understood:
        case Topic(topic=topic):
            return topic == TOPIC
        case Command(name=name):
            return name in _COMMANDS
        case _:
            return False


# Subscribing ----------------------------------------------------------------------------------------------


def begin(talk: Talk, text: str) -> bool:
    """A wish for bulletins; whether its own words tell the crops, which are kept."""
    if talk.state.subscribed:
        talk.begin("subscribed_before")
    told = crops.named(text, crops.listed(talk.book))
    if told:
        _keep(talk, told, text)
    return bool(told)


def go_on(talk: Talk) -> None:
    """Ask what is still missing, else confirm."""
    if places.commune(talk.state.place or "") is None:
        scenes.ask_place(talk, errand="subscribe")
    elif crops.known(talk.book, talk.state.crops):
        _ask_stage_or_confirm(talk)
    else:
        ask_crops(talk)


def ask_crops(talk: Talk) -> None:
    """What do you grow and raise? Not asked where the book has no crops."""
    if not crops.listed(talk.book):
        _confirm(talk)
        return
    talk.become(scene=Scene.CROPS, readings=(), misses=0)
    scenes.present(talk)


def offers(talk: Talk) -> tuple[Offer, ...]:
    """Each crop, and none of them; or each stage of the crop that is asked about, and not knowing."""
    return _crop_offers(talk) if talk.state.scene is Scene.CROPS else _stage_offers(talk)


def _crop_offers(talk: Talk) -> tuple[Offer, ...]:
    kinds = tuple(_crop_offer(kind) for kind in crops.listed(talk.book))
    return (*kinds, scenes.offer(talk.book.phrases.labels.no_crops, lambda talk: _take(talk, ())))


def _stage_offers(talk: Talk) -> tuple[Offer, ...]:
    asked = crops.asked(talk.book, talk.state.crops)
    stages = tuple(_stage_offer(asked.id, stage) for stage in asked.stages) if asked is not None else ()
    return (*stages, scenes.offer(talk.book.phrases.labels.stage_unknown, _confirm))


def takes(talk: Talk, understood: Understood, text: str) -> bool:
    """Whether a text tells crops or a stage while these are asked for, or nothing at all; then it is dealt with."""
    if talk.state.scene not in SCENES or isinstance(understood, QuestionAsked | StepAsked | Pasted):
        return False
    if isinstance(understood, Topic) and understood.is_question:
        return False
    if isinstance(understood, Command) and understood.name in RESERVED_COMMANDS:
        return False
    if talk.state.scene is Scene.CROPS and _hears_crops(talk, text):
        return True
    if talk.state.scene is Scene.STAGE and not isinstance(understood, Answer) and _hears_stage(talk, text):
        return True
    if isinstance(understood, NotUnderstood) or understood in _NO_ANSWERS:
        _miss(talk, text)
        return True
    return False


def move(talk: Talk) -> None:
    """Who has moved gets the bulletins of where he lives now."""
    if talk.state.subscribed:
        talk.want(_subscription(talk))


def stop(talk: Talk) -> None:
    """No bulletins any more, nor one that is just being subscribed to. Says nothing."""
    if talk.state.scene in SCENES or (talk.state.scene is Scene.PLACE and talk.state.errand):
        talk.become(scene=Scene.LESSON if talk.state.standing else Scene.MENU, readings=(), errand="")
    if talk.state.subscribed:
        talk.become(subscribed=False)
        talk.want(Unsubscribe())
        talk.want(_consent(talk, granted=False))


def _crop_offer(kind: crops.Kind) -> Offer:
    return Offer(kind.label, lambda talk: _take(talk, (kind.id,)), (kind.name, *kind.also))


def _stage_offer(crop: str, stage: crops.Kind) -> Offer:
    return Offer(stage.label, lambda talk: _take_stage(talk, crop, stage.id), (*stage.name.split(","), *stage.also))


def _hears_crops(talk: Talk, text: str) -> bool:
    kinds = crops.listed(talk.book)
    told = crops.named(text, kinds) or _numbered(text, kinds)
    if told:
        _take(talk, told, text)
    return bool(told)


def _numbered(text: str, kinds: Sequence[crops.Kind]) -> tuple[str, ...]:
    """Several crops by their numbers; one number alone is an answer like any other."""
    numbers = {int(one) for one in fold(text).split() if one.isdecimal()} if _NUMBERS.fullmatch(fold(text)) else set()
    chosen = tuple(kind.id for at, kind in enumerate(kinds, 1) if at in numbers)
    return chosen if numbers <= set(range(1, len(kinds) + 1)) else ()


def _hears_stage(talk: Talk, text: str) -> bool:
    asked = crops.asked(talk.book, talk.state.crops)
    told = crops.named(text, asked.stages) if asked is not None else ()
    if asked is None or len(told) != 1:
        return False
    _take_stage(talk, asked.id, told[0])
    return True


def _miss(talk: Talk, text: str) -> None:
    """Asked once more, then done without."""
    misses = talk.state.misses + 1
    learning.record(talk, "not_understood")
    if (counted := countable(text)) is not None:
        talk.want(Unmatched(counted))
    is_crops = talk.state.scene is Scene.CROPS
    if misses < _MISSES_UNTIL_SKIPPED:
        talk.become(misses=misses)
        talk.say("crops_unknown" if is_crops else "stage_unknown")
    elif is_crops:
        _take(talk, ())
    else:
        _confirm(talk)


def _take(talk: Talk, told: tuple[str, ...], text: str = "") -> None:
    _keep(talk, told, text)
    _ask_stage_or_confirm(talk)


def _keep(talk: Talk, told: tuple[str, ...], text: str) -> None:
    """Keep the crops, and the stage of the first that has any, when the same words tell it."""
    talk.become(crops=told, stages={}, misses=0)
    asked = crops.asked(talk.book, told)
    stages = crops.named(text, asked.stages) if asked is not None else ()
    if asked is not None and len(stages) == 1:
        talk.become(stages={asked.id: stages[0]})
    move(talk)


def _take_stage(talk: Talk, crop: str, stage: str) -> None:
    talk.become(stages={**talk.state.stages, crop: stage})
    _confirm(talk)


def _ask_stage_or_confirm(talk: Talk) -> None:
    asked = crops.asked(talk.book, talk.state.crops)
    if asked is None or asked.id in talk.state.stages:
        _confirm(talk)
        return
    talk.become(scene=Scene.STAGE, readings=(), misses=0)
    scenes.present(talk)


def _confirm(talk: Talk) -> None:
    place = places.commune(talk.state.place or "")
    if place is None:
        scenes.ask_place(talk, errand="subscribe")
        return
    talk.become(subscribed=True, pushes=True, misses=0)
    talk.want(_subscription(talk))
    talk.want(_consent(talk, granted=True))
    talk.say("subscribed", place=_named(place), list=_crops(talk) or talk.sentence("no_crops"))
    scenes.go_home(talk)


def _subscription(talk: Talk) -> Subscribe:
    kept = crops.known(talk.book, talk.state.crops)
    stages = tuple(sorted((crop, stage) for crop, stage in talk.state.stages.items() if crop in kept))
    return Subscribe(talk.state.place or "", kept, stages)


def _consent(talk: Talk, *, granted: bool) -> ConsentGiven:
    return ConsentGiven(granted=granted, notice_version=talk.book.phrases.notice_version, subject="weather")


# Asking, and saying what one thinks of it -----------------------------------------------------------------


def show(talk: Talk) -> None:
    """The newest bulletin for where he lives; he stays where he is, and the question that waits is said again."""
    if talk.state.scene is Scene.WHICH:
        talk.become(scene=talk.state.interrupted, readings=())
    if _wants_bulletin(talk) and talk.state.scene in _WAITING:
        scenes.present(talk)


def show_at_home(talk: Talk) -> None:
    """The bulletin, for who was asked where he lives; back in his lesson, where he has one under way."""
    if not _wants_bulletin(talk):
        return
    if talk.state.standing is not None:
        scenes.go_home(talk)
    else:
        talk.become(scene=Scene.MENU)


def _wants_bulletin(talk: Talk) -> bool:
    """Whether the bulletin can be looked for; else the place is asked for first."""
    place = places.commune(talk.state.place or "")
    if place is None:
        is_asked = talk.state.scene is Scene.PLACE
        scenes.ask_place(talk, errand=(talk.state.errand if is_asked else "") or "weather")
        return False
    missing = talk.sentence("no_bulletin_yet" if talk.state.subscribed else "no_bulletin")
    said = Message(talk.fill(missing, place=_named(place)))
    kept = crops.known(talk.book, talk.state.crops)
    talk.want(ShowBulletin(place.code, kept, said, talk.fill(talk.sentence("bulletin_stale"))))
    return True


def read_clearly(talk: Talk, bulletin: int | None = None) -> None:
    talk.want(BulletinRead("clear", bulletin))
    talk.close("bulletin_clear")


def read_unclearly(talk: Talk, bulletin: int | None = None) -> None:
    talk.want(BulletinRead("unclear", bulletin))
    talk.close("bulletin_unclear")


def question(talk: Talk, bulletin: int | None = None) -> None:
    """A question about the bulletin goes to who wrote it; what is said next is that question."""
    talk.want(BulletinRead("question", bulletin))
    talk.become(asking=True)
    talk.close("bulletin_question")


def takes_question(talk: Talk, understood: Understood) -> bool:
    """Whether these words are the question that he was asked for; then it is dealt with. Asked for once."""
    if not talk.state.asking:
        return False
    talk.become(asking=False)
    if not _is_a_question(understood):
        return False
    talk.become(misses=0)
    talk.close("bulletin_question_kept")
    if talk.state.scene in _WAITING:
        scenes.present(talk)
        talk.has_choices = True
    return True


def _is_a_question(understood: Understood) -> bool:
    """Whatever is no answer, no wish and no command; what sounds like one of a bulletin's words is one."""
    match understood:
        case NotUnderstood() | QuestionAsked() | StepAsked():
            return True
        case Topic(is_question=is_question):
            return is_question
        case TwoReadings(first=first, second=second):
            return not any(isinstance(reading, Command) for reading in (first, second))
        case Command(name=name):
            return name in ("yes", "no", "bulletin_unclear", "bulletin_question")
        case _:
            return False


def tapped(talk: Talk, value: str) -> bool:
    """Whether a button of a bulletin was pressed, of whatever age; what it says is dealt with."""
    found = _TAP.fullmatch(value)
    if found is None or talk.state.consent != "given":
        return False
    bulletin, verdict = int(found[1]), found[2]
    if talk.state.human == "talking":
        talk.want(_READ[verdict](bulletin))  # the bot is silent, and the author knows all the same
    else:
        _TAPPED[verdict](talk, bulletin)
    return True


_TAP = re.compile(r"bulletin:([0-9]{1,9}):(clear|unclear|question)")
_TAPPED: Mapping[str, Callable[[Talk, int], None]] = {
    "clear": read_clearly,
    "unclear": read_unclearly,
    "question": question,
}
_READ: Mapping[str, Callable[[int], BulletinRead]] = {
    "clear": lambda bulletin: BulletinRead("clear", bulletin),
    "unclear": lambda bulletin: BulletinRead("unclear", bulletin),
    "question": lambda bulletin: BulletinRead("question", bulletin),
}


def kept(talk: Talk) -> str:
    """For who asks what is kept about him: whether he gets bulletins, and for what."""
    status = talk.sentence("weather_on" if talk.state.subscribed else "weather_off")
    return f"{status}, {told}" if (told := _crops(talk)) else status


def _crops(talk: Talk) -> str:
    return crops.in_words(talk.book, talk.state.crops, talk.state.stages)


def _named(place: places.Place) -> str:
    return f"{place.commune}, {place.province}"
