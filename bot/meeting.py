"""The first contact: what is said and done before somebody has agreed that anything is stored."""

from bot import scenes
from bot.commands import COMMANDS
from bot.meanings import Answer, Command, LessonAsked, Pasted, QuestionAsked, StepAsked, Topic, TwoReadings, Understood
from bot.pasting import check_message
from bot.speaking import Talk
from bot.state import Scene
from bot.table import offers


def hear(talk: Talk, understood: Understood) -> None:
    """Before the consent only the notice, help, and what keeps somebody from harm."""
    if isinstance(understood, Command) and understood.name in ("scammed", "talk_to_human", "delete_my_data"):
        COMMANDS[understood.name](talk)
        return
    if isinstance(understood, Pasted) or understood == Command("scam_check"):
        look = check_message if isinstance(understood, Pasted) else COMMANDS["scam_check"]
        look(talk)
        if talk.state.scene is not Scene.FIRST_HOUR:
            scenes.meet(talk)
        return
    if talk.state.scene is Scene.FIRST_HOUR and _stays(talk, understood):
        return
    if talk.state.consent == "unasked":
        scenes.meet(talk)
        return
    match understood:
        case Answer(index=index):
            offers(talk)[index].act(talk)
        case Command(name="yes"):
            scenes.agree(talk)
        case Command(name="no" | "unsubscribe") | TwoReadings(first=Command(name="unsubscribe")):
            scenes.refuse(talk)
        case Command(name="stuck_help" | "repeat" | "menu"):
            talk.say("notice_more")
        case _:
            talk.say("notice_again")


def _stays(talk: Talk, understood: Understood) -> bool:
    """Whether somebody who was robbed is still told what to do; who wants something else has left that."""
    match understood:
        case Answer(index=index):
            offers(talk)[index].act(talk)
        case Topic() | LessonAsked() | QuestionAsked() | StepAsked() | Command(name="menu" | "back" | "unsubscribe"):
            talk.become(scene=Scene.WELCOME)
            return False
        case _:
            scenes.present(talk)
    return True
