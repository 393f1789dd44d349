"""Free questions: the checked answer, else the step of a lesson that says it, else that we do not know."""

from bot import learning, scenes
from bot.meanings import Topic
from bot.messages import Message
from bot.speaking import Offer, Talk
from bot.state import Scene
from lessons.schema import Question
from lessons.sentences import BUBBLE_CHARS

#: Scenes whose question waits on: after the answer it is said again.
_WAITING = frozenset(
    {Scene.LESSON, Scene.TROUBLE, Scene.RESUME, Scene.RESTART, Scene.ADDRESS, Scene.PLACE, Scene.CROPS, Scene.STAGE}
)


def answer(talk: Talk, question_id: str) -> None:
    """The answer with its source and the day of its check; then back to what was on the table."""
    _drop_choice(talk)
    question = find(talk, question_id)
    if question is None:
        scenes.show_menu(talk)
        return
    _say_answer(talk, question)
    _leave(talk, question.lesson)


def _say_answer(talk: Talk, question: Question) -> None:
    title = f"**{question.question}**"
    source = talk.sentence("answer_source_recheck" if question.recheck else "answer_source")
    said = talk.fill(source, source=question.source, date=f"{question.checked_on:%d/%m/%Y}")
    if not talk.state.short_words:
        talk.put(Message(f"{title}\n{talk.fill(question.answer)}\n\n{said}"))
        return
    text = talk.fill(question.simpler or question.answer)
    if question.recheck:  # who reads slowly is spared the source, not that it may have changed
        text = f"{text}\n{said}"
    for bubble in [f"{title}\n{text}"] if len(title) + 1 + len(text) <= BUBBLE_CHARS else [title, text]:
        talk.put(Message(bubble))


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
    said = talk.fill(learning.words_of(talk, step))
    talk.put(Message(said, picture=step.picture, picture_alt=step.picture_alt or "", link=step.link))
    _leave(talk, lesson_id)


def open_topic(talk: Talk, heard: Topic) -> None:
    """A topic by its name; when something was asked about it, first that the answer is not known for sure.

    A question about what is being learnt does not leave the lesson. Where one lesson fits what is wished, it is
    offered: a yes begins it.
    """
    _drop_choice(talk)
    if heard.lesson is not None:
        talk.become(scene=Scene.ANSWERED, shown=heard.lesson, readings=())
        talk.say("lesson_fits", lesson=talk.book.current[heard.lesson].lesson.title)
        return
    if heard.is_question and talk.state.scene in _WAITING and talk.state.course == heard.topic:
        talk.say("no_answer")
        scenes.present(talk)
        return
    if heard.is_question and talk.book.course(heard.topic) is not None:
        talk.begin("no_answer")
    scenes.open_course(talk, heard.topic)


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
