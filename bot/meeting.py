"""The first contact: what is said and done before somebody has agreed that anything is stored."""

from bot import scenes
from bot.commands import COMMANDS
from bot.meanings import Answer, Command, Pasted, TwoReadings, Understood
from bot.pasting import check_message
from bot.speaking import Talk
from bot.state import Scene
from bot.table import offers


def hear(talk: Talk, understood: Understood) -> None:
    """Before the consent only the notice, help, and what keeps somebody from harm."""
    if isinstance(understood, Command) and understood.name in ("scammed", "talk_to_human", "delete_my_data"):
        COMMANDS[understood.name](talk)
        if understood.name == "scammed":
            meet(talk)
        return
    if isinstance(understood, Pasted) or understood == Command("scam_check"):
        look = check_message if isinstance(understood, Pasted) else COMMANDS["scam_check"]
        look(talk)
        meet(talk)
        return
    if talk.state.consent == "unasked":
        meet(talk)
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


def meet(talk: Talk) -> None:
    """The first contact: who this is, what is stored and why, how to stop and to delete."""
    if talk.state.consent == "unasked":
        talk.become(consent="asked", scene=Scene.WELCOME)
        talk.say("welcome")
        talk.say("notice")
    else:
        talk.say("notice_again")
