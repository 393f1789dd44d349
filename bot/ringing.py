"""Timers that ring: a member of the team who has gone silent, a lesson that was left standing. Pure."""

from collections.abc import Callable
from datetime import timedelta

from bot import learning, posters, scenes
from bot.effects import HandBack
from bot.speaking import Talk
from bot.state import LESSON_SCENES, Scene

#: A person of the team who has been silent for this long has left the conversation to the bot again.
STAFF_SILENCE = timedelta(hours=2)
STAFF_TIMER = "staff"


def ring(talk: Talk, name: str) -> None:
    rings: dict[str, Callable[[Talk], None]] = {
        STAFF_TIMER: release,
        posters.FORGET_TIMER: posters.forget,
        learning.REMINDER: _remind,
    }
    if name in rings:
        rings[name](talk)


def release(talk: Talk) -> None:
    """The bot takes the conversation back, if a person had it or was wanted."""
    was_talking = talk.state.human == "talking"
    if talk.state.human != "no":
        talk.want(HandBack())
    talk.become(human="no")
    if was_talking and talk.state.consent == "given":
        talk.say("person_left")
        scenes.present(talk)


def _remind(talk: Talk) -> None:
    state = talk.state
    talk.become(remind_at=None)
    standing_in_lesson = state.standing is not None and state.scene in (*LESSON_SCENES, Scene.RESUME)
    if not (state.consent == "given" and state.pushes and state.human == "no" and standing_in_lesson):
        return
    if state.last_seen is not None and talk.now - state.last_seen < learning.REMIND_AFTER:
        return  # he has gone on since: _close sets the next one
    if state.reminded >= learning.REMINDERS_A_LESSON:
        return
    talk.become(reminded=state.reminded + 1, scene=Scene.RESUME)
    words = learning.whereabouts(talk)
    talk.put_reminder("reminder", **words)
    if talk.state.reminded < learning.REMINDERS_A_LESSON:
        learning.keep_reminder(talk)
