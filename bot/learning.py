"""What happens in a lesson: start, answer, trouble, back, finish, resume."""

from datetime import datetime, timedelta

from bot.effects import CancelReminders, HandOff, Record, RecordKind, Remind
from bot.messages import Message
from bot.speaking import Offer, Talk
from bot.state import Footprint, Scene, Standing
from bot.walking import carried, first_step, moved_back, moved_on, next_step, remembered_by
from lessons.schema import AnswerChoice, Step, Trouble

#: After this many wrong answers in a row the right one is told and the lesson goes on.
WRONG_ANSWERS = 2
#: Lessons that were left for another keep their place, up to this many, with this much of the way back.
PAUSED_LESSONS, PAUSED_TRAIL = 6, 30

#: Asked to say it otherwise this often: from then on everything is said in simpler words.
UNCLEAR_UNTIL_SHORT = 3

REMINDER = "lesson"
REMIND_AFTER = timedelta(hours=20)
REMINDERS_A_LESSON = 2
EARLIEST_HOUR, LATEST_HOUR = 8, 20


def open_lesson(talk: Talk, lesson_id: str) -> None:
    """Go to a lesson: on where it was left, else from its beginning."""
    if lesson_id not in talk.book.current:
        talk.say("lesson_gone")
        talk.become(scene=Scene.MENU)
        return
    standing = talk.state.standing
    if standing is not None and standing.lesson == lesson_id:
        resume(talk)
        return
    _pause(talk)
    paused = dict(talk.state.paused)
    kept = paused.pop(lesson_id, None)
    talk.become(paused=paused)
    if kept is None:
        start(talk, lesson_id)
        return
    talk.become(standing=kept)
    ensure_edition(talk)
    resume(talk)


def start(talk: Talk, lesson_id: str) -> None:
    """Begin a lesson in its current edition."""
    edition = talk.book.current[lesson_id]
    step = first_step(edition.lesson, talk.state.memory)
    standing = Standing(lesson=lesson_id, version=edition.version, step=step)
    talk.become(standing=standing, scene=Scene.LESSON, course=edition.lesson.course, reminded=0)
    record(talk, "lesson_started")
    talk.say("lesson_started", lesson=edition.lesson.title, minutes=edition.lesson.minutes)
    present(talk)


def start_again(talk: Talk) -> None:
    """Begin the lesson under way anew; what its own steps had remembered is asked again."""
    standing = talk.standing()
    forgotten = remembered_by(talk.edition().lesson)
    talk.become(memory={k: v for k, v in talk.state.memory.items() if k not in forgotten}, standing=None)
    start(talk, standing.lesson)


def resume(talk: Talk) -> None:
    """Go on with the lesson under way, saying where that is."""
    talk.become(scene=Scene.LESSON, course=talk.edition().lesson.course)
    talk.say("lesson_resumed", **whereabouts(talk))
    present(talk)


def whereabouts(talk: Talk) -> dict[str, object]:
    """Words for {lesson} and {step}: the title, and which step of the way taken this is, from 1.

    There is no "of how many": ways through a lesson differ in length.
    """
    return {"lesson": talk.edition().lesson.title, "step": len(talk.standing().trail) + 1}


def present(talk: Talk) -> None:
    """Say the step under way."""
    talk.put(_message(talk, talk.step(), words_of(talk, talk.step())))


def words_of(talk: Talk, step: Step) -> str:
    """The text of a step as this learner wants it: in full, or in its simpler words."""
    return step.simpler or step.text if talk.state.short_words else step.text


def present_otherwise(talk: Talk) -> None:
    """Say the step under way in other words: the simpler ones, or the full ones to who already has those.

    Who needs the simpler ones again is spoken to simply from then on.
    """
    step = talk.step()
    talk.become(standing=talk.standing().model_copy(update={"reworded": True}))
    if talk.state.short_words:
        talk.put(_message(talk, step, step.text))
        return
    talk.become(unclear=talk.state.unclear + 1)
    if talk.state.unclear >= UNCLEAR_UNTIL_SHORT:
        talk.become(short_words=True)
        talk.say("words_short")
    talk.put(_message(talk, step, step.simpler or step.text))


def _message(talk: Talk, step: Step, text: str) -> Message:
    return Message(
        talk.fill(text),
        picture=step.picture,
        picture_alt=talk.fill(step.picture_alt or ""),
        link=step.link,
        audio=step.audio,
    )


def step_offers(talk: Talk) -> tuple[Offer, ...]:
    """The answers that the step under way expects."""
    step, labels = talk.step(), talk.book.phrases.labels
    match step.kind:
        case "say":
            onwards = Offer(labels.go_on.label, go_on, labels.go_on.also)
            return (onwards, Offer(labels.rest.label, rest, labels.rest.also, is_hidden=not step.rest))
        case "do":
            done = Offer(labels.done.label, _task_done, labels.done.also)
            not_yet = Offer(labels.not_yet.label, open_trouble, labels.not_yet.also)
            known = tuple(_trouble_offer(trouble, is_hidden=True) for trouble in step.stuck)
            going_on = (*labels.done.also, *labels.resume.also, labels.resume.label.lower())
            later = tuple(word for word in labels.skip_step.also if word not in going_on)
            ways = (
                Offer(labels.skip_step.label, _skip, later, True),
                Offer(labels.rest.label, rest, labels.rest.also, True),
            )
            return (done, not_yet, *known, *ways)
        case "ask" | "quiz":
            return tuple(_choice_offer(choice, step) for choice in step.choices)


def _choice_offer(choice: AnswerChoice, step: Step) -> Offer:
    act = _asked if step.kind == "ask" else _judged
    return Offer(choice.label, lambda talk: act(talk, choice), choice.also)


def go_on(talk: Talk) -> None:
    """Leave a step that only says something."""
    record(talk, "step_done")
    advance(talk)


def rest(talk: Talk) -> None:
    """Stop for now. Who comes back goes on behind a resting place, and with the step itself elsewhere."""
    if talk.state.scene is Scene.LESSON and talk.step().rest:
        go_on(talk)
    if talk.state.standing is not None:
        talk.drafts.clear()
        talk.become(scene=Scene.RESUME)
        talk.close("resting")


def _task_done(talk: Talk) -> None:
    record(talk, "step_done")
    talk.begin("task_done")
    advance(talk)


def _asked(talk: Talk, choice: AnswerChoice) -> None:
    key = talk.step().remember
    before = talk.state.memory.get(key) if key else None
    if key:
        value = choice.value or choice.label
        talk.become(memory={**talk.state.memory, key: value})
    record(talk, "step_done")
    if choice.feedback:
        talk.put(Message(talk.fill(choice.feedback)))
    if choice.lesson:
        _leave_footprint(talk, key, before)
        open_lesson(talk, choice.lesson)
        return
    advance(talk, goto=choice.goto, key=key, before=before)


def _leave_footprint(talk: Talk, key: str | None, before: str | None) -> None:
    standing = talk.standing()
    mark = Footprint(step=standing.step, key=key, before=before)
    talk.become(standing=standing.model_copy(update={"trail": (*standing.trail, mark)}))


def _judged(talk: Talk, choice: AnswerChoice) -> None:
    if choice.correct:
        record(talk, "answer_right")
        _feedback(talk, choice, otherwise="answer_right")
        advance(talk, goto=choice.goto)
        return
    record(talk, "answer_wrong")
    _feedback(talk, choice, otherwise="answer_wrong")
    standing = talk.standing()
    if standing.wrong + 1 < WRONG_ANSWERS:
        talk.become(standing=standing.model_copy(update={"wrong": standing.wrong + 1}))
        present(talk)
        return
    right = next((one for one in talk.step().choices if one.correct), choice)
    talk.say("right_answer", answer=talk.fill(right.label))
    advance(talk, goto=right.goto)


def _feedback(talk: Talk, choice: AnswerChoice, *, otherwise: str) -> None:
    if choice.feedback:
        talk.put(Message(talk.fill(choice.feedback)))
    else:
        talk.say(otherwise)


def advance(talk: Talk, *, goto: str | None = None, key: str | None = None, before: str | None = None) -> None:
    """Leave the step under way forwards."""
    lesson = talk.edition().lesson
    step_id = next_step(lesson, talk.step(), talk.state.memory, goto=goto)
    if step_id is None:
        _finish(talk)
        return
    talk.become(standing=moved_on(talk.standing(), step_id, key=key, before=before), scene=Scene.LESSON)
    present(talk)


def _finish(talk: Talk) -> None:
    lesson = talk.edition().lesson
    record(talk, "lesson_finished")
    others = {k: v for k, v in talk.state.finished.items() if k != lesson.id}  # the last one stands last
    finished = {**others, lesson.id: local(talk, talk.now).date().isoformat()}
    talk.become(finished=finished, standing=None, scene=Scene.FINISHED, course=lesson.course, remind_at=None)
    talk.want(CancelReminders())
    talk.say("lesson_finished", lesson=lesson.title)
    course = talk.book.course(lesson.course)
    if course is not None and all(one in finished for one in course.lessons):
        talk.say("course_finished", course=course.title)


def next_lesson(talk: Talk) -> str | None:
    """The lesson of the course that comes after the one finished last, else the first that is left."""
    course = talk.book.course(talk.state.course or "")
    if course is None:
        return None
    last = next(reversed(talk.state.finished), "")
    at = course.lessons.index(last) + 1 if last in course.lessons else 0
    ordered = course.lessons[at:] + course.lessons[:at]
    return next((lesson for lesson in ordered if lesson not in talk.state.finished), None)


def back(talk: Talk) -> None:
    """Undo one step with its answer; out of a list of troubles, back to its step."""
    if talk.state.scene is not Scene.LESSON:
        talk.become(scene=Scene.LESSON)
        present(talk)
        return
    moved = moved_back(talk.standing(), talk.state.memory)
    if moved is None:
        talk.say("back_at_start")
    else:
        standing, memory = moved
        talk.become(standing=standing, memory=memory)
    present(talk)


# Trouble --------------------------------------------------------------------------------------------------


def open_trouble(talk: Talk) -> None:
    """Ask what is wrong at a task."""
    record(talk, "stuck")
    talk.become(scene=Scene.TROUBLE)
    talk.say("trouble")


def trouble_offers(talk: Talk) -> tuple[Offer, ...]:
    """The known troubles of the step, and the ways out when it is none of them."""
    labels = talk.book.phrases.labels
    return (
        *(_trouble_offer(trouble, is_hidden=False) for trouble in talk.step().stuck),
        Offer(labels.other_trouble.label, _other_trouble, labels.other_trouble.also),
        Offer(labels.try_again.label, _try_again, labels.try_again.also, is_hidden=True),
        Offer(labels.done.label, _task_done, labels.done.also, is_hidden=True),
        Offer(labels.skip_step.label, _skip, labels.skip_step.also),
    )


def _trouble_offer(trouble: Trouble, *, is_hidden: bool) -> Offer:
    def help_with_it(talk: Talk) -> None:
        picture, alt = trouble.picture, talk.fill(trouble.picture_alt or "")
        talk.put(Message(talk.fill(trouble.help), picture=picture, picture_alt=alt))
        talk.become(scene=Scene.LESSON)
        present(talk)

    return Offer(trouble.problem, help_with_it, trouble.also, is_hidden)


def _other_trouble(talk: Talk) -> None:
    standing = talk.standing()
    talk.want(HandOff("stuck", standing.lesson, standing.step))
    if talk.state.human == "no":
        talk.become(human="asked")
    talk.say("trouble_unknown")


def _try_again(talk: Talk) -> None:
    talk.become(scene=Scene.LESSON)
    present(talk)


def _skip(talk: Talk) -> None:
    advance(talk)


# Editions and reminders -----------------------------------------------------------------------------------


def ensure_edition(talk: Talk) -> bool:
    """Make sure that the standing names a step of an edition in the book; True when it had to be changed.

    An edition that is gone, or a step that is not in it, leads to the nearest place in the current one;
    a lesson that is gone altogether leads to no standing at all.
    """
    standing = talk.state.standing
    if standing is None:
        return False
    edition = talk.book.edition(standing.lesson, standing.version)
    if edition is not None and edition.lesson.position(standing.step) is not None:
        return False
    current = talk.book.current.get(standing.lesson)
    talk.become(standing=None if current is None else carried(standing, edition, current))
    return True


def bring_up_to_date(talk: Talk) -> bool:
    """Carry a standing that has been left for long into the current edition; True when it changed."""
    standing = talk.state.standing
    if standing is None:
        return False
    current = talk.book.current.get(standing.lesson)
    if current is None or current.version == standing.version:
        return False
    old = talk.book.edition(standing.lesson, standing.version)
    talk.become(standing=carried(standing, old, current))
    return True


def _pause(talk: Talk) -> None:
    standing = talk.state.standing
    if standing is None:
        return
    kept = standing.model_copy(update={"trail": standing.trail[-PAUSED_TRAIL:], "wrong": 0})
    paused = {k: v for k, v in talk.state.paused.items() if k != standing.lesson} | {standing.lesson: kept}
    record(talk, "lesson_left")
    talk.become(paused=dict(list(paused.items())[-PAUSED_LESSONS:]), standing=None)


def keep_reminder(talk: Talk) -> None:
    """A lesson under way is recalled the next day, twice at most, in waking hours, unless he said stop."""
    state = talk.state
    is_wanted = state.standing is not None and state.pushes and state.human == "no"
    has_more = state.reminded < REMINDERS_A_LESSON
    if not (is_wanted and has_more) or (state.remind_at is not None and state.remind_at > talk.now):
        return
    last = state.last_seen or talk.now
    at = waking_hour(talk, (last if last + REMIND_AFTER > talk.now else talk.now) + REMIND_AFTER)
    talk.become(remind_at=at)
    talk.want(Remind(REMINDER, at))


def waking_hour(talk: Talk, moment: datetime) -> datetime:
    """The moment, or the nearest later one at which a message disturbs nobody."""
    there = local(talk, moment)
    if there.hour < EARLIEST_HOUR:
        return there.replace(hour=EARLIEST_HOUR, minute=0, second=0, microsecond=0)
    if there.hour >= LATEST_HOUR:
        morning = there.replace(hour=EARLIEST_HOUR, minute=0, second=0, microsecond=0)
        return morning + timedelta(days=1)
    return there


def local(talk: Talk, moment: datetime) -> datetime:
    return moment.astimezone(talk.book.timezone)


def record(talk: Talk, kind: RecordKind) -> None:
    """One line of statistics about the step under way."""
    standing = talk.state.standing
    if standing is None:
        talk.want(Record(kind))
    else:
        talk.want(Record(kind, standing.lesson, standing.version, standing.step))
