"""A message that came from somebody else, pasted to be checked: the verdict, and whether editors may read it.

Pure. What is pasted is masked, kept for 30 days, and shown to nobody but with its own consent.
"""

import re
from collections.abc import Mapping

from bot import scenes
from bot.effects import ConsentGiven
from bot.matching import words_of
from bot.scam import Level, Verdict, check
from bot.secrets import BLOCK
from bot.speaking import Offer, Talk
from bot.state import WAITING, Scene
from vietnamese.questions import is_question

_VERDICTS: Mapping[Level, str] = {
    "danger": "scam_danger",
    "caution": "scam_caution",
    "no_sign_found": "scam_no_sign",
}
#: A number that somebody calls from, as far as it was not hidden: of offices and hotlines.
_NUMBER = re.compile(r"\d[\d .-]{5,}\d")
_REASONS_SHOWN = 3
_WORDS_OF_A_MESSAGE = 10  # who wants to learn something says it shorter
_WORDS_OF_A_REQUEST = 16  # a longer request to check holds what is to be checked
_MOST_CHARACTERS = 400  # of a verdict: no reason is worth a bubble that is not read to its end


def check_message(talk: Talk) -> None:
    """What was pasted, looked through for signs of a scam; then the question that was on the table."""
    verdict = _verdict(talk)
    if verdict is None:
        talk.say("scam_check")
        return
    talk.is_pasted = True
    _say_verdict(talk, verdict)
    if talk.state.scene in WAITING:
        scenes.present(talk)
    elif talk.state.consent == "given" and talk.state.samples == "unasked":
        scenes.interrupt(talk, Scene.SAMPLES)
        talk.become(samples="asked")
        scenes.present(talk)


def _say_verdict(talk: Talk, verdict: Verdict) -> None:
    """The level, what to do, and as many of the reasons as people read."""
    sentence, advice = _VERDICTS[verdict.level], talk.fill(verdict.advice)
    most = 1 if talk.state.short_words else _REASONS_SHOWN
    reasons = [f"- {talk.fill(reason)}" for reason in verdict.reasons[:most]]
    whole = len(talk.fill(talk.sentence(sentence), list="\n".join(reasons), answer=advice))
    while whole > _MOST_CHARACTERS and len(reasons) > 1:
        whole -= len(reasons.pop()) + 1
    talk.say(sentence, list="\n".join(reasons), answer=advice)


def is_like_a_scam(talk: Talk, *, is_missed: bool) -> bool:
    """Whether what was heard is most likely a swindler's message, though nothing else tells that it was pasted.

    Where nothing else was understood, `is_missed`, any sign will do. Who asks about a trick wants an answer.
    """
    text = talk.heard or ""
    words = words_of(text)
    if len(words) < _WORDS_OF_A_MESSAGE or is_question(words, text):
        return False
    verdict = _verdict(talk)
    return verdict is not None and verdict.level in (("danger", "caution") if is_missed else ("danger",))


def check_told(talk: Talk) -> None:
    """A request to check: the message may stand in it, or is still to come."""
    verdict = _verdict(talk)
    heard = talk.heard or ""
    if verdict is not None and (verdict.level != "no_sign_found" or len(heard.split()) >= _WORDS_OF_A_REQUEST):
        check_message(talk)
    elif BLOCK in heard or _NUMBER.search(heard):
        talk.say("scam_number")
        if talk.state.scene in WAITING:
            scenes.present(talk)
    else:
        talk.say("scam_check")


def _verdict(talk: Talk) -> Verdict | None:
    """On what was just heard, masked; None where the book has no signs."""
    return check(talk.book.signs, talk.heard or "") if talk.book.signs is not None else None


# May editors read it --------------------------------------------------------------------------------------


def offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    return (scenes.offer(labels.samples_yes, _allow), scenes.offer(labels.samples_no, _refuse))


def stop(talk: Talk) -> None:
    """The consent is taken back, at any time."""
    _decide(talk, is_given=False)
    talk.say("samples_stopped")
    if talk.state.scene is Scene.SAMPLES:
        scenes.go_back(talk)


def _allow(talk: Talk) -> None:
    _decide(talk, is_given=True)
    talk.say("samples_thanks")
    scenes.go_back(talk)


def _refuse(talk: Talk) -> None:
    _decide(talk, is_given=False)
    talk.say("samples_refused")
    scenes.go_back(talk)


def _decide(talk: Talk, *, is_given: bool) -> None:
    talk.become(samples="given" if is_given else "refused")
    version = talk.book.phrases.notice_version
    talk.want(ConsentGiven(granted=is_given, notice_version=version, subject="samples"))
