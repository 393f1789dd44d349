"""Free questions: the checked answer, else the step of a lesson that says it, else that we do not know."""

from bot import learning, scenes
from bot.messages import Message
from bot.speaking import Offer, Talk
from bot.state import Scene
from lessons.schema import Question

#: Scenes whose question waits on: after the answer it is said again.
_WAITING = frozenset({Scene.LESSON, Scene.TROUBLE, Scene.RESUME, Scene.RESTART, Scene.ADDRESS, Scene.PLACE})


def answer(talk: Talk, question_id: str) -> None:
    """The answer with its source and the day of its check; then back to what was on the table."""
    _drop_choice(talk)
    question = find(talk, question_id)
    if question is None:
        scenes.show_menu(talk)
        return
    source = talk.book.phrases.say.answer_source_recheck if question.recheck else talk.book.phrases.say.answer_source
    said = talk.fill(source, source=question.source, date=f"{question.checked_on:%d/%m/%Y}")
    talk.put(Message(f"**{question.question}**\n{talk.fill(question.answer)}\n\n{said}"))
    _leave(talk, question.lesson)


def quote(talk: Talk, lesson_id: str, step_id: str) -> None:
    """The step of a lesson that speaks of what was asked."""
    _drop_choice(talk)
    edition = talk.book.current.get(lesson_id)
    position = edition.lesson.position(step_id) if edition is not None else None
    if edition is None or position is None:
        scenes.show_menu(talk)
        return
    step = edition.lesson.steps[position]
    talk.begin("answer_from_lesson", lesson=edition.lesson.title)
    talk.put(Message(talk.fill(step.text), picture=step.picture, picture_alt=step.picture_alt or "", link=step.link))
    _leave(talk, lesson_id)


def open_topic(talk: Talk, topic: str, *, is_question: bool) -> None:
    """A topic by its name; when something was asked about it, first that the answer is not known for sure.

    A question about what is being learnt does not leave the lesson.
    """
    _drop_choice(talk)
    if is_question and talk.state.scene in _WAITING and talk.state.course == topic:
        talk.say("no_answer")
        scenes.present(talk)
        return
    if is_question and talk.book.course(topic) is not None:
        talk.begin("no_answer")
    scenes.open_course(talk, topic)


def answered_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    ways = (scenes.offer(labels.menu, scenes.show_menu), scenes.offer(labels.person, scenes.ask_person))
    shown = talk.state.shown
    if shown is None or shown not in talk.book.current:
        return ways
    title = talk.book.current[shown].lesson.title
    return (scenes.offer(labels.learn_lesson, lambda talk: learning.open_lesson(talk, shown), lesson=title), *ways)


def find(talk: Talk, question_id: str) -> Question | None:
    """The question of this id, None when it has been taken out."""
    return next((q for listed in talk.book.faq for q in listed.questions if q.id == question_id), None)


def _drop_choice(talk: Talk) -> None:
    """Who asks something else instead of choosing between two readings is back where he was."""
    if talk.state.scene is Scene.WHICH:
        talk.become(scene=talk.state.interrupted, readings=())


def _leave(talk: Talk, lesson_id: str | None) -> None:
    if talk.state.scene in _WAITING:
        scenes.present(talk)
    else:
        talk.become(scene=Scene.ANSWERED, shown=lesson_id, readings=())
