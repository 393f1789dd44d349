"""What is said about a picture: what its QR codes hold, and whether something about them is odd.

Pure. Of an account only the last digits are said, since these lines are kept; the name that the bank's app shows is
what people must compare. An identity card is refused, and nothing of it has come as far as here.
"""

from collections.abc import Iterator

from bot import posters, scenes
from bot.effects import LookAt
from bot.events import PictureRead, SeenCode
from bot.meanings import Answer, Command, Pasted, Understood
from bot.qr_content import Content
from bot.qr_content import read as read_code
from bot.scam import Level, Verdict, check
from bot.secrets import mask
from bot.speaking import Talk
from bot.state import LESSON_SCENES, WAITING

_LAST_DIGITS = 4
_NOTE_SHOWN, _NAME_SHOWN, _CODES_SHOWN = 40, 40, 4
#: Commands that below a picture only say "look at this", unless so many words follow; and of other words so many.
_ONLY_LOOK = frozenset({"scam_check", "thanks", "greeting", "yes", "no", "repeat", "continue_", "stuck_help"})
_WORDS_WITH_A_REQUEST, _WORDS_OF_A_CAPTION = 16, 8
_TROUBLES = {"too_large": "picture_too_large", "broken": "picture_broken", "unreachable": "picture_unreachable"}
_VERDICTS: dict[Level, str] = {
    "danger": "qr_words_danger",
    "caution": "qr_words_caution",
    "no_sign_found": "qr_words_no_sign",
}


def can_look(talk: Talk, url: str) -> bool:
    """Whether a picture is fetched: never of somebody who has not agreed, nor while a person talks with him."""
    return bool(url) and talk.state.consent == "given" and talk.state.human != "talking"


def sent(talk: Talk, url: str) -> None:
    """A picture without words came: it is looked at, and answered once that is done."""
    if can_look(talk, url):
        talk.want(LookAt(url))
    else:
        talk.say("picture_received")


def says_more(understood: Understood, caption: str, *, has_secret: bool) -> bool:
    """Whether the words below a picture are more than a request to look at it: an answer, a cry for help, a scam."""
    words = len(caption.split())
    if has_secret or isinstance(understood, Answer | Pasted):
        return True
    if isinstance(understood, Command):
        return understood.name not in _ONLY_LOOK or words >= _WORDS_WITH_A_REQUEST
    return words >= _WORDS_OF_A_CAPTION


def read(talk: Talk, event: PictureRead) -> None:
    """What the codes of the picture hold; then the question that was on the table."""
    scene = talk.state.scene
    if event.trouble:
        talk.say(_TROUBLES[event.trouble])
    elif not event.codes:
        # The picture of somebody who learns is most likely his proof that a step is done.
        talk.say("qr_none_learning" if scene in LESSON_SCENES else "qr_none")
    elif len(event.codes) > 1:
        _several(talk, event.codes)
    else:
        if posters.takes(talk, event):
            return
        _one(talk, event.codes[0])
    if scene in WAITING:
        scenes.present(talk)


def _one(talk: Talk, seen: SeenCode) -> None:
    content = _content(seen)
    match content.kind:
        case "vietqr_transfer":
            _say_order(talk, "qr_transfer", content, _account(content))
        case "emv_merchant":
            _say_order(talk, "qr_merchant", content, _merchant(content))
        case "citizen_card":
            talk.say("qr_card")
        case "broken":
            talk.say("qr_broken")
        case "link":
            _words(talk, "qr_link", content.text)
        case "text":
            _words(talk, "qr_text", content.text)


def _content(seen: SeenCode) -> Content:
    return read_code(seen.text) if seen.text else Content(seen.kind)


def _several(talk: Talk, codes: tuple[SeenCode, ...]) -> None:
    """Two codes on one picture are a warning by themselves: one may be stuck over the other."""
    lines = [_line(talk, _content(seen)) for seen in codes[:_CODES_SHOWN]]
    talk.say("qr_several", first=len(codes), list="\n".join(f"- {line}" for line in lines))


def _line(talk: Talk, content: Content) -> str:
    """One code of several, in a few words."""
    said: str = getattr(talk.book.phrases.say, f"qr_line_{content.kind}")
    return talk.fill(said, answer=_account(content) if content.kind == "vietqr_transfer" else _merchant(content))


def _account(content: Content) -> str:
    order, bank = content.order, content.bank
    if order is None:
        return ""
    name = bank.short_name if bank is not None else order.bank_bin
    return f"{name}, \u2026{order.account[-_LAST_DIGITS:]}"


def _merchant(content: Content) -> str:
    order = content.order
    name = order.merchant_name if order is not None else ""
    return mask(" ".join(name.split())[:_NAME_SHOWN]).text


def _say_order(talk: Talk, sentence: str, content: Content, answer: str) -> None:
    """Where the money goes, with what the code fixes beforehand; to who reads slowly what is odd is said apart."""
    odd = list(_oddities(talk, content))
    if talk.state.short_words:
        talk.say(sentence, answer=answer)
        for name in odd:
            talk.say(name)
        return
    lines = [*_fixed(talk, content), *(talk.fill(talk.sentence(name)) for name in odd)]
    talk.say(sentence, answer=answer, list="".join(f"\n{line}" for line in lines))


def _fixed(talk: Talk, content: Content) -> Iterator[str]:
    order, say = content.order, talk.book.phrases.say
    if order is not None and order.amount:
        yield talk.fill(say.qr_amount, answer=f"{order.amount:,}".replace(",", "."))
    if order is not None and order.note.strip():
        yield talk.fill(say.qr_note, answer=mask(" ".join(order.note.split())[:_NOTE_SHOWN]).text)


def _oddities(talk: Talk, content: Content) -> Iterator[str]:
    """Names of the sentences that say what is odd about an order."""
    if "bank_unknown" in content.problems:
        yield "qr_bank_unknown"
    verdict = _verdict(talk, content.order.note) if content.order is not None else None
    if verdict is not None and verdict.level != "no_sign_found":
        yield "qr_note_odd"


def _words(talk: Talk, opening: str, text: str) -> None:
    """A code of an address or of other words, looked through as a message that was pasted."""
    verdict = _verdict(talk, text)
    if verdict is None:
        talk.say(opening)
        return
    reasons = "\n".join(f"- {talk.fill(reason)}" for reason in verdict.reasons[:2])
    talk.say(opening)
    talk.say(_VERDICTS[verdict.level], list=reasons, answer=talk.fill(verdict.advice))


def _verdict(talk: Talk, text: str) -> Verdict | None:
    return check(talk.book.signs, mask(text).text) if talk.book.signs is not None else None
