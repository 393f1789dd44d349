"""What the words do that work everywhere, and the other commands, by their names in phrases.yaml."""

from collections.abc import Callable, Mapping

from bot import first_hour, learning, living, pasting, posters, scenes, weather
from bot.effects import CancelReminders, StopPushes
from bot.speaking import Talk
from bot.state import Scene
from vietnamese import places

#: Commands that are heard even while a person of the team has the conversation.
SILENT_EXCEPTIONS = frozenset({"scammed", "delete_my_data", "unsubscribe"})


def _stop(talk: Talk) -> None:
    weather.stop(talk)
    talk.become(pushes=False, remind_at=None)
    talk.want(StopPushes())
    talk.want(CancelReminders())
    talk.close("stopped")


def _help(talk: Talk) -> None:
    """What somebody who is lost needs depends on where he stands."""
    if talk.state.scene is Scene.LESSON:
        step = talk.step()
        is_stuck = step.kind == "do" and step.stuck and (talk.standing().reworded or step.simpler is None)
        if is_stuck:
            learning.open_trouble(talk)
            return
        if step.simpler is not None and not talk.standing().reworded:
            learning.present_otherwise(talk)
            return
    talk.say("help")


def _back(talk: Talk) -> None:
    match talk.state.scene:
        case Scene.LESSON | Scene.TROUBLE:
            learning.back(talk)
        case Scene.MORE | Scene.COURSE | Scene.PLACEMENT:
            scenes.show_menu(talk)
        case Scene.STAGE:
            weather.ask_crops(talk)
        case _:
            scenes.go_home(talk)


def _repeat(talk: Talk) -> None:
    scenes.present(talk)


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


def _short_words(talk: Talk) -> None:
    talk.become(short_words=True)
    talk.say("words_short")
    scenes.present(talk)


def _full_words(talk: Talk) -> None:
    talk.become(short_words=False, unclear=0)
    talk.say("words_full")
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
    finished = scenes.titles(talk, list(talk.state.finished))
    read_by = talk.sentence("samples_on" if talk.state.samples == "given" else "samples_off")
    talk.say("my_data", list=finished, place=lives, weather=weather.kept(talk), first=read_by)


COMMANDS: Mapping[str, Callable[[Talk], None]] = {
    "unsubscribe": _stop,
    "menu": scenes.show_menu,
    "stuck_help": _help,
    "back": _back,
    "repeat": _repeat,
    "talk_to_human": scenes.ask_person,
    "scammed": first_hour.open_path,
    "delete_my_data": scenes.ask_erase,
    "show_my_data": _show_my_data,
    "set_place": living.ask,
    "set_address": scenes.ask_address,
    "continue_": _go_on,
    "restart": _restart,
    "greeting": _greet,
    "thanks": lambda talk: talk.close("thanks"),
    "yes": _not_an_answer,
    "no": _not_an_answer,
    "progress": _progress,
    "certificate": _certificate,
    "short_words": _short_words,
    "full_words": _full_words,
    "scam_check": pasting.check_told,
    "stop_samples": pasting.stop,
    "make_poster": posters.ask,
    "subscribe_weather": living.subscribe,
    "bulletin_clear": weather.read_clearly,
    "bulletin_unclear": weather.read_unclearly,
    "bulletin_question": weather.question,
}
