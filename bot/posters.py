"""The poster for one's own counter: from the picture of the code that the bank's app made, and from nothing else.

Pure. The code itself is never in the state nor in a message: both hold a ticket, sealed by the server, that is worth
nothing after two hours. A number that somebody types never becomes a code: a slip would send a family's money away.
"""

from datetime import timedelta

from bot import learning, poster_files, scenes
from bot.effects import ForgetSaid, Remind
from bot.events import PictureRead
from bot.meanings import Command, Pasted, TwoReadings, Understood
from bot.messages import Message
from bot.qr_content import Content
from bot.qr_content import read as read_code
from bot.speaking import Offer, Talk
from bot.state import WAITING, Scene

WISH = Command("make_poster")
_GROUP = 4  # digits of an account that are read aloud together
#: When the account that was read aloud is taken out of what was said, if nothing else has done so before.
FORGET_TIMER, FORGET_AFTER = "poster", timedelta(hours=2)


def ask(talk: Talk) -> None:
    """A poster is wished: say where the picture comes from."""
    expect(talk)
    scenes.present(talk)


def expect(talk: Talk) -> None:
    """A poster is wished, and its picture is on the way."""
    _begin(talk, "")


def is_typed(talk: Talk, understood: Understood, found: frozenset[str]) -> bool:
    """Whether somebody types the account that a code is to be made of; many accounts are phone numbers.

    `found` are the kinds of numbers that were hidden.
    """
    if talk.state.consent != "given" or not found & {"account", "phone"}:
        return False
    match understood:
        case Command() | Pasted():
            return understood == WISH
        case TwoReadings(first=first, second=second) if WISH in (first, second):
            return True
        case _:
            return talk.state.scene is Scene.POSTER


def refuse_numbers(talk: Talk) -> None:
    """Somebody typed his account: no code is made of it, and what is needed instead."""
    learning.record(talk, "secret_warned")
    expect(talk)
    talk.say("poster_no_numbers")


def takes(talk: Talk, event: PictureRead) -> bool:
    """Whether the picture is one that a poster may be wished of; then what it shows is said, and asked."""
    content = read_code(event.codes[0].text)
    is_wished = talk.state.scene is Scene.POSTER
    if not event.ticket or content.kind != "vietqr_transfer":
        if is_wished:
            talk.say("poster_other_code")
        return is_wished
    if not is_wished and (talk.state.scene in WAITING or _fixes_amount(content)):
        return False
    _begin(talk, event.ticket)
    talk.want(Remind(FORGET_TIMER, talk.now + FORGET_AFTER))
    talk.say_privately("poster_account", answer=_spoken(content), list=_amount(talk, content))
    talk.say("poster_yours")
    return True


def offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    if not talk.state.ticket:
        return (scenes.offer(labels.poster_later, _leave),)
    return (scenes.offer(labels.poster_make, _make), scenes.offer(labels.poster_not_mine, _not_mine))


def forget(talk: Talk) -> None:
    """Nothing of the code is needed any more, neither the ticket nor the account that was read aloud."""
    talk.become(ticket="")
    if talk.state.scene is Scene.POSTER:
        scenes.leave(talk)
    talk.want(ForgetSaid(Message(talk.fill(talk.book.phrases.say.poster_forgotten))))


def _begin(talk: Talk, ticket: str) -> None:
    scenes.interrupt(talk, Scene.POSTER)
    talk.become(ticket=ticket)


def _make(talk: Talk) -> None:
    """The two sizes as pictures, and the pages to print."""
    ticket, say = talk.state.ticket, talk.book.phrases.say
    alt = talk.fill(say.poster_alt)
    talk.put(
        Message(
            talk.fill(say.poster_made),
            picture=poster_files.picture(ticket, "a5"),
            picture_alt=alt,
            document=poster_files.document(ticket),
            document_label=talk.fill(say.poster_document),
        )
    )
    talk.put(Message(talk.fill(say.poster_small), picture=poster_files.picture(ticket, "a6"), picture_alt=alt))
    scenes.go_back(talk)


def _not_mine(talk: Talk) -> None:
    talk.say("poster_payer")
    scenes.go_back(talk)


def _leave(talk: Talk) -> None:
    talk.say("poster_left")
    scenes.go_back(talk)


def _spoken(content: Content) -> str:
    """Bank and account in full, in groups: here they must be compared digit by digit."""
    order, bank = content.order, content.bank
    if order is None:
        return ""
    groups = [order.account[at : at + _GROUP] for at in range(0, len(order.account), _GROUP)]
    return f"{bank.short_name if bank is not None else order.bank_bin}, {' '.join(groups)}"


def _fixes_amount(content: Content) -> bool:
    return content.order is not None and content.order.amount is not None


def _amount(talk: Talk, content: Content) -> str:
    """That everybody would pay the same sum, where the code fixes one."""
    order = content.order
    if order is None or not order.amount:
        return ""
    return "\n" + talk.fill(talk.book.phrases.say.poster_amount, answer=f"{order.amount:,}".replace(",", "."))
