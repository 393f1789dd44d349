"""The first hour after a swindle: what to do now, by what happened. Never delayed by anything else.

Pure. Works before somebody has agreed to anything: then nothing is kept but that he is being led.
"""

from bot import scenes
from bot.effects import HandOff, Record
from bot.speaking import Offer, Talk
from bot.state import WAITING, Scene
from lessons.sentences import Label

#: What may have happened: names of the label that says so and of the sentence that tells what to do.
_CASES = ("hour_money", "hour_secret", "hour_app", "hour_phone", "hour_threat")
#: The lesson that goes through all of it slowly, offered at the end.
LESSON = "scam-gio-dau"


def open_path(talk: Talk) -> None:
    """Say what must be done at once, tell the team, and ask what happened."""
    standing = talk.state.standing
    talk.want(Record("scam_reported"))
    lesson, step = (standing.lesson, standing.step) if standing else (None, None)
    talk.want(HandOff("scam", lesson, step, urgent=True))
    if talk.state.human == "no":
        talk.become(human="asked")
    talk.say("scammed_now")
    talk.say("scammed_next")
    if talk.state.human == "talking":
        talk.has_choices = False
        return
    scenes.interrupt(talk, Scene.FIRST_HOUR)
    if not talk.state.short_words:  # then the cases stand under what was said: three bubbles are enough
        scenes.present(talk)


def offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    cases = tuple(_case(getattr(labels, case), case) for case in _CASES)
    return (*cases, scenes.offer(labels.hour_done, _done))


def _case(label: Label, sentence: str) -> Offer:
    def tell(talk: Talk) -> None:
        talk.say(sentence)
        talk.say("hour_more")

    return scenes.offer(label, tell)


def _done(talk: Talk) -> None:
    talk.say("hour_left")
    scenes.go_back(talk)
    if talk.state.consent == "unasked":
        scenes.meet(talk)
    elif talk.state.consent == "given" and talk.state.scene not in WAITING and LESSON in talk.book.current:
        talk.become(scene=Scene.ANSWERED, shown=LESSON)
