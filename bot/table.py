"""What is on the table: the answers that each scene expects."""

from typing import assert_never

from bot import answers, first_hour, learning, living, pasting, posters, scenes, weather
from bot.commands import COMMANDS
from bot.meanings import Command, LessonAsked, Meaning, QuestionAsked, Topic
from bot.speaking import Offer, Talk
from bot.state import Scene


def offers(talk: Talk) -> tuple[Offer, ...]:
    """The answers that the scene expects, in the order of their numbers; behind them the hidden ones."""
    return tuple(sorted(_offers(talk), key=lambda offer: offer.is_hidden))


def _offers(talk: Talk) -> tuple[Offer, ...]:
    match talk.state.scene:
        case Scene.WELCOME:
            return scenes.welcome_offers(talk)
        case Scene.ADDRESS:
            return scenes.address_offers(talk)
        case Scene.MENU | Scene.MORE:
            return scenes.menu_offers(talk)
        case Scene.PLACEMENT:
            return scenes.placement_offers(talk)
        case Scene.COURSE:
            return scenes.course_offers(talk)
        case Scene.LESSON:
            return learning.step_offers(talk)
        case Scene.TROUBLE:
            return learning.trouble_offers(talk)
        case Scene.FINISHED:
            return scenes.finished_offers(talk)
        case Scene.RESUME:
            return scenes.resume_offers(talk)
        case Scene.RESTART:
            return scenes.restart_offers(talk)
        case Scene.WHICH:
            return tuple(_reading_offer(talk, reading) for reading in talk.state.readings)
        case Scene.ERASE:
            return scenes.erase_offers(talk)
        case Scene.ANSWERED:
            return answers.answered_offers(talk)
        case Scene.PLACE:
            return living.offers(talk)
        case Scene.CROPS | Scene.STAGE:
            return weather.offers(talk)
        case Scene.POSTER:
            return posters.offers(talk)
        case Scene.FIRST_HOUR:
            return first_hour.offers(talk)
        case Scene.SAMPLES:
            return pasting.offers(talk)
        case _ as never:
            assert_never(never)


def named(reading: Meaning) -> str:
    """What `readings` of the state keep of one of two close readings."""
    match reading:
        case Command(name=name):
            return f"command:{name}"
        case Topic(topic=topic):
            return f"topic:{topic}"
        case LessonAsked(lesson=lesson):
            return f"lesson:{lesson}"
        case QuestionAsked(question=question):
            return f"question:{question}"


def _reading_offer(talk: Talk, reading: str) -> Offer:
    """One of two close readings; once it is chosen, the scene that the question interrupted is back."""
    meant = _meant(talk, reading)

    def act(talk: Talk) -> None:
        talk.become(scene=talk.state.interrupted, readings=())
        meant.act(talk)

    return Offer(meant.label, act)


def _meant(talk: Talk, reading: str) -> Offer:
    """What a reading that `named` wrote says and does."""
    kind, _, name = reading.partition(":")
    phrases = talk.book.phrases
    if kind == "command" and name in COMMANDS:
        return Offer(_capital(phrases.commands[name][0]), COMMANDS[name])
    if kind == "lesson" and name in talk.book.current:
        title = talk.book.current[name].lesson.title
        return Offer(title, lambda talk: learning.open_lesson(talk, name))
    if kind == "question":
        question = answers.find(talk, name)
        if question is None:
            return scenes.offer(phrases.labels.menu, scenes.show_menu)
        return Offer(question.question, lambda talk: answers.answer(talk, name))
    show = weather.show if name == weather.TOPIC else lambda talk: scenes.open_course(talk, name)
    return Offer(phrases.topic_titles.get(name, name), show)


def _capital(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]
