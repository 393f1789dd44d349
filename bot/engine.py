"""The conversation: step(book, state, event, now) -> Turn. Pure, total, deterministic.

Knows no channel, no database and no clock. Every event in every reachable state gives a Turn; what a person
of the team is saying is never talked over; nothing is understood as an answer before the reserved words.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

from bot import answers, learning, living, meeting, pictures, posters, ringing, scenes, tying, weather
from bot.answering import Option, answer_typed
from bot.commands import COMMANDS, SILENT_EXCEPTIONS
from bot.effects import CancelReminders, HandOff, Remind, Unmatched, Unreachable
from bot.events import (
    ButtonPressed,
    DataWithdrawn,
    Event,
    Joined,
    Left,
    PictureRead,
    PictureSent,
    PlaceShared,
    StaffReleased,
    StaffReplied,
    TextSaid,
    TimerRang,
    Unsupported,
    VoiceSent,
)
from bot.matching import words_of
from bot.meanings import (
    Answer,
    Command,
    LessonAsked,
    NotUnderstood,
    Pasted,
    QuestionAsked,
    StepAsked,
    Topic,
    TwoReadings,
    Understood,
)
from bot.pasting import check_message, is_like_a_scam
from bot.scam import check
from bot.secrets import mask
from bot.speaking import Offer, Talk, Turn
from bot.state import LESSON_SCENES, Scene, State
from bot.table import named, offers
from bot.understanding import reader_for
from bot.unmatched import countable
from lessons.schema import Book

LONG_GAP = timedelta(days=3)
#: Of a longer text only the beginning is heard: nobody types so much, and everybody waits while it is read.
HEARD_CHARACTERS = 5_000
#: Not understood this often in a row: a person is asked for, whether wished or not.
MISSES_UNTIL_PERSON = 3

_WORD_FOR_WORD = 0.99  # score of a reading that is exact

_NEEDS_STANDING = (Scene.LESSON, Scene.TROUBLE, Scene.RESUME, Scene.RESTART)


def make_ready(book: Book) -> None:
    """Build what is built once a book, so that no resident waits for it: takes a fraction of a second."""
    reader_for(book)
    if book.signs is not None:
        check(book.signs, "")


def step(book: Book, state: State, event: Event, now: datetime) -> Turn:
    """One event of one learner -> the state to keep and the effects to carry out."""
    talk = Talk(book, state, now)
    changed = _repair(talk)
    is_taken = _takes_apart(talk, event)
    if changed is not None and state.human != "talking" and _gives_way(book, event):
        talk.say(changed)
        scenes.go_home(talk)
    elif not is_taken:
        _take(talk, event)
    return _close(talk, state, event)


def _gives_way(book: Book, event: Event) -> bool:
    """Whether an answer to a lesson that changed meanwhile is not heard; a cry for help always is."""
    if isinstance(event, TextSaid):
        return reader_for(book).read(mask(event.text[:HEARD_CHARACTERS]).text, ()) != Command("scammed")
    return isinstance(event, ButtonPressed)


def _takes_apart(talk: Talk, event: Event) -> bool:
    """Whether the event is none of the lesson's business, wherever somebody stands; then it is dealt with."""
    match event:
        case TextSaid(text=text):
            return tying.takes(talk, text)
        case ButtonPressed(value=value):
            return weather.tapped(talk, value)
        case _:
            return False


def _take(talk: Talk, event: Event) -> None:
    match event:
        case TextSaid(text=text):
            _hear(talk, text)
        case ButtonPressed(value=value):
            _press(talk, value)
        case PictureSent():
            _see_picture(talk, event)
        case PictureRead():
            is_agreed = talk.state.consent == "given"  # it may have been taken back while the picture was looked at
            _see(talk, lambda talk: pictures.read(talk, event) if is_agreed else scenes.meet(talk))
        case VoiceSent():
            _see(talk, lambda talk: talk.say("voice_received"))
        case PlaceShared():
            _see(talk, lambda talk: talk.say("place_received"))
        case Unsupported():
            _see(talk, lambda talk: talk.say("unsupported"))
        case Joined():
            _join(talk)
        case Left():
            talk.want(CancelReminders())
            talk.want(Unreachable())
            talk.become(remind_at=None)
        case TimerRang(name=name):
            ringing.ring(talk, name)
        case StaffReplied():
            talk.become(human="talking")
            talk.want(Remind(ringing.STAFF_TIMER, talk.now + ringing.STAFF_SILENCE))
        case StaffReleased():
            ringing.release(talk)
        case DataWithdrawn():
            scenes.erase(talk)
            talk.drafts.clear()
        case _ as never:
            assert_never(never)


def _close(talk: Talk, before: State, event: Event) -> Turn:
    is_dropped = Scene.POSTER not in (talk.state.scene, talk.state.interrupted) or CancelReminders() in talk.effects
    if before.ticket and (is_dropped or not talk.state.ticket):
        posters.forget(talk)
    if talk.state.consent == "given":
        if not isinstance(event, TimerRang | StaffReplied | StaffReleased | Left):
            talk.become(last_seen=talk.now)
        if talk.state.scene in (*LESSON_SCENES, Scene.RESUME):
            learning.keep_reminder(talk)
    return talk.turn(before, offers(talk) if _has_table(talk) else ())


def _has_table(talk: Talk) -> bool:
    """Whether anything has been asked yet."""
    return talk.state.consent != "unasked" or talk.state.scene is Scene.FIRST_HOUR


def _repair(talk: Talk) -> str | None:
    """Whatever was edited away since: never a state that points at nothing.

    Gives the sentence that says so, when it is the lesson under way that changed.
    """
    was_learning = talk.state.scene in _NEEDS_STANDING
    has_changed = learning.ensure_edition(talk)
    state = talk.state
    if state.scene in _NEEDS_STANDING and state.standing is None:
        talk.become(scene=Scene.MENU)
    if scenes.is_gone(talk):
        talk.become(scene=Scene.MENU)
    if state.scene is Scene.WHICH and not state.readings:
        talk.become(scene=Scene.MENU)
    if state.interrupted in _NEEDS_STANDING and state.standing is None:
        talk.become(interrupted=Scene.MENU)
    if state.consent != "given" and state.scene not in (Scene.ERASE, Scene.FIRST_HOUR):
        talk.become(scene=Scene.WELCOME)
    if state.consent == "given" and state.scene is Scene.WELCOME:
        talk.become(scene=Scene.MENU)
    if not (has_changed and was_learning and state.consent == "given"):
        return None
    return "lesson_gone" if state.standing is None else "lesson_changed"


# Words ----------------------------------------------------------------------------------------------------


def _hear(talk: Talk, text: str) -> None:
    _catch_up(talk)
    masked = mask(text[:HEARD_CHARACTERS])
    talk.heard = masked.text.replace("\x00", "")  # PostgreSQL keeps no NUL
    understood = _understand(talk, masked.text)
    if talk.state.human == "talking" and not _breaks_silence(talk, understood):
        return
    if masked.found and _is_a_trick(talk, understood, masked.text):
        understood = Pasted()
    if posters.is_typed(talk, understood, masked.found):
        posters.refuse_numbers(talk)
        return
    # Who shows a message with the swindler's own account number has given nothing away.
    is_shown = isinstance(understood, Pasted) or understood == Command("scam_check")
    harmless = {"phone", "account"} if is_shown else {"phone"}
    # Somebody who is being robbed is told what to do before all else.
    if masked.found - harmless and understood != Command("scammed"):
        learning.record(talk, "secret_warned")
        talk.say("secret_warning")
        if not isinstance(understood, Command | Pasted):
            if talk.state.consent != "given":
                scenes.meet(talk)
            return
    if talk.state.consent != "given":
        meeting.hear(talk, understood)
    elif not (_is_back_after_long(talk) and _offer_resume(talk, understood)):
        _obey(talk, understood, masked.text)


def _breaks_silence(talk: Talk, understood: Understood) -> bool:
    """While a person has the conversation only harm and erasure are the bot's business."""
    if talk.state.scene is Scene.ERASE:
        return isinstance(understood, Answer)
    return isinstance(understood, Command) and understood.name in SILENT_EXCEPTIONS


def _understand(talk: Talk, text: str) -> Understood:
    options = [Option(offer.label, offer.also, has_number=not offer.is_hidden) for offer in offers(talk)]
    if talk.state.scene is Scene.FIRST_HOUR:
        # What happened is told in words that would open the path again.
        answer = answer_typed(words_of(text), text, options)
        if answer is not None:
            return Answer(answer)
    return reader_for(talk.book).read(text, options, is_learning=talk.state.scene in LESSON_SCENES)


def _obey(talk: Talk, understood: Understood, text: str) -> None:
    if _is_a_trick(talk, understood, text):
        understood = Pasted()  # and not a lesson about what the swindler pretends to be
    if weather.takes_question(talk, understood):
        return
    if living.takes(talk, understood, text) or weather.takes(talk, understood, text):
        return
    if not isinstance(understood, NotUnderstood):
        talk.become(misses=0)
    match understood:
        case Answer(index=index):
            offers(talk)[index].act(talk)
        case Command(name=name):
            COMMANDS[name](talk)
        case Topic(topic=weather.TOPIC, lesson=None):
            weather.show(talk)
        case Topic():
            answers.open_topic(talk, understood)
        case LessonAsked(lesson=lesson):
            learning.open_lesson(talk, lesson)
        case QuestionAsked(question=question):
            answers.answer(talk, question)
        case StepAsked(lesson=lesson, step=at):
            answers.quote(talk, lesson, at)
        case Pasted():
            check_message(talk)
        case TwoReadings(first=first, second=second):
            scenes.ask_which(talk, (named(first), named(second)))
        case NotUnderstood():
            _miss(talk, text)
        case _ as never:
            assert_never(never)


def _is_a_trick(talk: Talk, understood: Understood, text: str) -> bool:
    """Whether it reads like a swindler's message, and is not word for word what a lesson or a question is called by."""
    is_missed = isinstance(understood, NotUnderstood)
    if isinstance(understood, Answer | Command | Pasted) or not is_like_a_scam(talk, is_missed=is_missed):
        return False
    return is_missed or reader_for(talk.book).intent(text).score < _WORD_FOR_WORD


def _miss(talk: Talk, text: str) -> None:
    misses = talk.state.misses + 1
    talk.become(misses=misses)
    learning.record(talk, "not_understood")
    if (counted := countable(text)) is not None:
        talk.want(Unmatched(counted))
    if misses == 1:
        talk.say("not_understood")
        scenes.present(talk)
        return
    if misses == MISSES_UNTIL_PERSON and talk.state.human == "no":
        standing = talk.state.standing
        lesson, at = (standing.lesson, standing.step) if standing else (None, None)
        talk.want(HandOff("not_understood", lesson, at))
        talk.become(human="asked")
        talk.say("person_asked")
        return
    talk.say("not_understood_again")


def _is_back_after_long(talk: Talk) -> bool:
    last = talk.state.last_seen
    return last is not None and talk.now - last >= LONG_GAP and talk.state.scene in LESSON_SCENES


def _catch_up(talk: Talk) -> None:
    """Who answers a reminder after days goes on in the newest edition."""
    last = talk.state.last_seen
    if talk.state.scene is Scene.RESUME and last is not None and talk.now - last >= LONG_GAP:
        learning.bring_up_to_date(talk)


def _offer_resume(talk: Talk, understood: Understood) -> bool:
    """Weeks later a bare "1" is not an answer to a step that nobody remembers."""
    if isinstance(understood, Command) and understood.name not in ("continue_", "greeting", "yes"):
        return False
    if isinstance(understood, Topic | LessonAsked | QuestionAsked | StepAsked | Pasted):
        return False
    if learning.bring_up_to_date(talk):
        talk.say("lesson_changed")
    talk.become(scene=Scene.RESUME, misses=0)
    scenes.present(talk)
    return True


# Other events ---------------------------------------------------------------------------------------------


def _press(talk: Talk, value: str) -> None:
    if talk.state.human == "talking":
        return
    talk.become(asking=False)
    _catch_up(talk)
    offer = _pressed(talk, value)
    if offer is not None:
        talk.become(misses=0)
        offer.act(talk)
        return
    if talk.state.consent == "unasked":
        scenes.meet(talk)
        return
    talk.say("old_button")
    scenes.present(talk)


def _pressed(talk: Talk, value: str) -> Offer | None:
    """The offer that this button stands for, None when it is not on the table any more."""
    question, _, number = value.partition(".")
    is_asked = _has_table(talk) and question == str(talk.state.question)
    if not is_asked or not (number.isascii() and number.isdigit() and len(number) < 4):
        return None
    shown = [offer for offer in offers(talk) if not offer.is_hidden]
    return shown[int(number) - 1] if 0 < int(number) <= len(shown) else None


def _see(talk: Talk, answer: Callable[[Talk], None]) -> None:
    """Something that is no text: nothing is made of it before somebody has agreed to be remembered."""
    if talk.state.human == "talking":
        return
    if talk.state.consent == "unasked":
        scenes.meet(talk)
    else:
        answer(talk)


def _see_picture(talk: Talk, event: PictureSent) -> None:
    """A picture, and what stands below it; what only says "look at this" is answered with the picture."""
    caption = event.caption[:HEARD_CHARACTERS]
    if not caption.strip():
        _see(talk, lambda talk: pictures.sent(talk, event.url))
        return
    if not pictures.can_look(talk, event.url):
        _hear(talk, caption)
        return
    masked = mask(caption)
    understood = _understand(talk, masked.text)
    if not isinstance(understood, Answer):  # else it is the proof that a step is done
        pictures.sent(talk, event.url)
    if understood == posters.WISH and not masked.found:
        posters.expect(talk)
    elif pictures.says_more(understood, caption, has_secret=bool(masked.found)):
        _hear(talk, caption)


def _join(talk: Talk) -> None:
    if talk.state.human == "talking":
        return
    if talk.state.consent == "unasked":
        scenes.meet(talk)
    elif talk.state.consent == "given":
        talk.say("welcome_back")
        _go_on_where_left(talk)
    else:
        talk.say("notice_again")


def _go_on_where_left(talk: Talk) -> None:
    if talk.state.standing is not None:
        talk.become(scene=Scene.RESUME)
    scenes.present(talk)
