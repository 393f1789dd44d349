"""What the words do that work everywhere, and the other commands, by their names in phrases.yaml."""

from collections.abc import Callable, Mapping

from bot import learning, living, scenes
from bot.effects import CancelReminders, HandOff, Record, StopPushes
from bot.speaking import Talk
from bot.state import Scene
from vietnamese import places

#: Commands that are heard even while a person of the team has the conversation.
SILENT_EXCEPTIONS = frozenset({"scammed", "delete_my_data"})


def _stop(talk: Talk) -> None:
    talk.become(pushes=False, remind_at=None)
    talk.want(StopPushes())
    talk.want(CancelReminders())
    talk.close("stopped")


def _help(talk: Talk) -> None:
    """What somebody who is lost needs depends on where he stands."""
    if talk.state.scene is Scene.LESSON:
        step = talk.step()
        if step.kind == "do" and step.stuck:
            learning.open_trouble(talk)
            return
        if step.simpler is not None:
            learning.present_simpler(talk)
            return
    talk.say("help")


def _back(talk: Talk) -> None:
    match talk.state.scene:
        case Scene.LESSON | Scene.TROUBLE:
            learning.back(talk)
        case Scene.ADDRESS:
            scenes.show_menu(talk)
        case _:
            scenes.go_home(talk)


def _repeat(talk: Talk) -> None:
    scenes.present(talk)


def _scammed(talk: Talk) -> None:
    """The first hour: what to do now, before anything else; the team is told at once."""
    standing = talk.state.standing
    talk.want(Record("scam_reported"))
    lesson, step = (standing.lesson, standing.step) if standing else (None, None)
    talk.want(HandOff("scam", lesson, step, urgent=True))
    if talk.state.human == "no":
        talk.become(human="asked")
    talk.say("scammed_now")
    talk.close("scammed_next")


def _go_on(talk: Talk) -> None:
    if talk.state.scene is Scene.LESSON and talk.step().kind == "say":
        learning.go_on(talk)
        return
    if talk.state.standing is not None:
        learning.resume(talk)
        return
    if talk.state.scene is Scene.FINISHED and (following := learning.next_lesson(talk)):
        learning.open_lesson(talk, following)
        return
    talk.say("nothing_to_resume")
    scenes.show_menu(talk)


def _restart(talk: Talk) -> None:
    if talk.state.standing is None:
        talk.say("nothing_to_resume")
        scenes.show_menu(talk)
        return
    talk.become(scene=Scene.RESTART)
    scenes.present(talk)


def _greet(talk: Talk) -> None:
    talk.say("greeting")
    scenes.present(talk)


def _not_an_answer(talk: Talk) -> None:
    """A yes or no that nothing asked for: the question on the table is said again."""
    scenes.present(talk)


def _progress(talk: Talk) -> None:
    finished = list(talk.state.finished)
    if finished:
        talk.say("progress", list=scenes.titles(talk, finished))
    else:
        talk.say("progress_none")


def _certificate(talk: Talk) -> None:
    finished = list(talk.state.finished)
    if finished:
        talk.say("certificate", list=scenes.titles(talk, finished))
    else:
        talk.say("progress_none")


def _show_my_data(talk: Talk) -> None:
    place = places.commune(talk.state.place or "")
    lives = f"{place.commune}, {place.province}" if place else talk.book.phrases.say.no_place
    talk.say("my_data", list=scenes.titles(talk, list(talk.state.finished)), place=lives)


def _no_topic_yet(talk: Talk) -> None:
    scenes.open_course(talk, "weather_bulletin")


COMMANDS: Mapping[str, Callable[[Talk], None]] = {
    "unsubscribe": _stop,
    "menu": scenes.show_menu,
    "stuck_help": _help,
    "back": _back,
    "repeat": _repeat,
    "talk_to_human": scenes.ask_person,
    "scammed": _scammed,
    "delete_my_data": scenes.ask_erase,
    "show_my_data": _show_my_data,
    "set_place": living.ask,
    "continue_": _go_on,
    "restart": _restart,
    "greeting": _greet,
    "thanks": lambda talk: talk.close("thanks"),
    "yes": _not_an_answer,
    "no": _not_an_answer,
    "progress": _progress,
    "certificate": _certificate,
    "scam_check": lambda talk: talk.say("scam_check"),
    "subscribe_weather": _no_topic_yet,
}
