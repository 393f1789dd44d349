"""The scenes outside the steps of a lesson: for each, what it says and which answers it expects."""

from collections.abc import Callable
from typing import Literal, assert_never

from bot import crops, learning
from bot.effects import ConsentGiven, ForgetMe, HandOff
from bot.speaking import Offer, Talk
from bot.state import SIDE_SCENES, WAITING, Scene, State
from lessons.schema import Course, PlacementChoice
from lessons.sentences import AddressForm, Label

#: The menu shows this many courses at first: more would be read to the end by nobody.
MENU_COURSES = 5
#: Titles in a list that is sent to who asked for short words.
SHORT_LIST = 2


def present(talk: Talk) -> None:
    """Say what is on the table."""
    match talk.state.scene:
        case Scene.WELCOME:
            talk.say("notice_again")
        case Scene.ADDRESS:
            talk.say("ask_address")
        case Scene.MENU | Scene.FINISHED | Scene.ANSWERED:
            talk.say("menu")
        case Scene.MORE:
            talk.say("more_courses")
        case Scene.PLACEMENT:
            _present_placement(talk)
        case Scene.COURSE:
            _present_course(talk)
        case Scene.LESSON:
            learning.present(talk)
        case Scene.TROUBLE:
            talk.say("trouble")
        case Scene.RESUME:
            talk.say("resume", **learning.whereabouts(talk))
        case Scene.RESTART:
            talk.say("restart", **learning.whereabouts(talk))
        case Scene.WHICH:
            talk.say("which")
        case Scene.ERASE:
            talk.say("erase")
        case Scene.PLACE:
            talk.say("which_place" if talk.state.readings else "ask_place")
        case Scene.CROPS:
            talk.say("ask_crops")
        case Scene.STAGE:
            asked = crops.asked(talk.book, talk.state.crops)
            talk.say("ask_stage", first=asked.name if asked else "")
        case Scene.POSTER:
            talk.say("poster_yours" if talk.state.ticket else "poster_how")
        case Scene.FIRST_HOUR:
            talk.say("hour_which")
        case Scene.SAMPLES:
            talk.say("samples_ask")
        case _ as never:
            assert_never(never)


def offer(label: Label, act: Callable[[Talk], None], **words: object) -> Offer:
    """One of the bot's own buttons, with `words` for its placeholders."""
    text = label.label
    for name, word in words.items():
        text = text.replace("{" + name + "}", str(word))
    return Offer(text, act, label.also)


# First contact --------------------------------------------------------------------------------------------


def meet(talk: Talk) -> None:
    """The first contact: who this is, what is stored and why, how to stop and to delete.

    Who has just been robbed is asked for nothing but what happened.
    """
    if talk.state.scene is Scene.FIRST_HOUR:
        present(talk)
    elif talk.state.consent == "unasked":
        talk.become(consent="asked", scene=Scene.WELCOME)
        talk.say("welcome")
        talk.say("notice")
    else:
        talk.say("notice_again")


def welcome_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    return (
        offer(labels.agree, agree),
        offer(labels.refuse, refuse),
        offer(labels.tell_more, lambda talk: talk.say("notice_more")),
    )


def agree(talk: Talk) -> None:
    """The consent is given: from here on more than the id is stored."""
    talk.want(ConsentGiven(granted=True, notice_version=talk.book.phrases.notice_version))
    talk.become(consent="given", scene=Scene.ADDRESS)
    present(talk)


def refuse(talk: Talk) -> None:
    """No consent: nothing is stored, and help is named that needs none."""
    if talk.state.consent != "refused":
        talk.want(ConsentGiven(granted=False, notice_version=talk.book.phrases.notice_version))
    talk.become(consent="refused", scene=Scene.WELCOME)
    talk.close("refused")


def ask_address(talk: Talk) -> None:
    """Ask anew how somebody wants to be addressed."""
    talk.become(scene=Scene.ADDRESS, readings=())
    present(talk)


def address_offers(talk: Talk) -> tuple[Offer, ...]:
    return tuple(_address_offer(form) for form in talk.book.phrases.addresses)


def _address_offer(form: AddressForm) -> Offer:
    def choose(talk: Talk) -> None:
        talk.become(address=form.word)
        talk.begin("address_chosen")
        go_home(talk)

    return Offer(form.label, choose, form.also)


# The menu -------------------------------------------------------------------------------------------------


def show_menu(talk: Talk) -> None:
    talk.become(scene=Scene.MENU, readings=())
    present(talk)


def menu_offers(talk: Talk) -> tuple[Offer, ...]:
    """The lesson under way, the first courses, the way to the others, a person; or those others."""
    labels = talk.book.phrases.labels
    first, others = _menu_pages(talk)
    if talk.state.scene is Scene.MORE:
        return (*map(_course_offer, others), offer(labels.menu, show_menu))
    more = (offer(labels.more_courses, _show_more),) if others else ()
    ways = (*map(_course_offer, first), *more, offer(labels.person, ask_person))
    if talk.state.standing is None:
        return ways
    title = talk.edition().lesson.title
    return (offer(labels.resume_lesson, learning.resume, lesson=title), *ways)


def _menu_pages(talk: Talk) -> tuple[tuple[Course, ...], tuple[Course, ...]]:
    """The courses that the menu shows, and the rest; a rest of one is shown as well."""
    courses = talk.book.courses
    at = MENU_COURSES if len(courses) > MENU_COURSES + 1 else len(courses)
    return courses[:at], courses[at:]


def _show_more(talk: Talk) -> None:
    talk.become(scene=Scene.MORE)
    present(talk)


def _course_offer(course: Course) -> Offer:
    return Offer(course.title, lambda talk: open_course(talk, course.id))


def open_course(talk: Talk, course_id: str) -> None:
    """Show a course: to who is new in it its first question, else its lessons.

    Of a topic without a course, say so and stay where we are.
    """
    course = talk.book.course(course_id)
    if course is None:
        titles = talk.book.phrases.topic_titles
        talk.say("topic_not_ready", course=titles.get(course_id, course_id))
        present(talk)
        return
    is_new = not any(one in {*talk.state.finished, *talk.state.paused, _under_way(talk)} for one in course.lessons)
    scene = Scene.PLACEMENT if course.placement is not None and is_new else Scene.COURSE
    talk.become(scene=scene, course=course_id, readings=())
    present(talk)


def is_gone(talk: Talk) -> bool:
    """Whether what is on the table has been taken out of the book: a course, its first question, the crops."""
    match talk.state.scene:
        case Scene.COURSE | Scene.PLACEMENT:
            course = talk.book.course(talk.state.course or "")
            return course is None or (talk.state.scene is Scene.PLACEMENT and course.placement is None)
        case Scene.CROPS:
            return not crops.listed(talk.book)
        case Scene.STAGE:
            return crops.asked(talk.book, talk.state.crops) is None
        case _:
            return False


def _under_way(talk: Talk) -> str | None:
    return talk.state.standing.lesson if talk.state.standing else None


def _present_placement(talk: Talk) -> None:
    course = talk.book.course(talk.state.course or "")
    if course is not None and course.placement is not None:
        promise, question = talk.fill(course.promise), talk.fill(course.placement.ask)
        talk.say("placement", course=course.title, promise=promise, question=question)


def placement_offers(talk: Talk) -> tuple[Offer, ...]:
    """The answers to a course's first question, and the way past it."""
    course = talk.book.course(talk.state.course or "")
    choices = course.placement.choices if course is not None and course.placement is not None else ()
    return (*map(_placement_offer, choices), offer(talk.book.phrases.labels.all_lessons, _show_lessons))


def _placement_offer(choice: PlacementChoice) -> Offer:
    return Offer(choice.label, lambda talk: learning.open_lesson(talk, choice.lesson), choice.also)


def _show_lessons(talk: Talk) -> None:
    talk.become(scene=Scene.COURSE)
    present(talk)


def _present_course(talk: Talk) -> None:
    course = talk.book.course(talk.state.course or "")
    if course is not None:
        talk.say("course", course=course.title, promise=talk.fill(course.promise))


def course_offers(talk: Talk) -> tuple[Offer, ...]:
    course = talk.book.course(talk.state.course or "")
    lessons = course.lessons if course is not None else ()
    offered = tuple(_lesson_offer(talk, lesson) for lesson in lessons)
    return (*offered, offer(talk.book.phrases.labels.menu, show_menu))


def _lesson_offer(talk: Talk, lesson_id: str) -> Offer:
    title = talk.book.current[lesson_id].lesson.title
    label = f"✅ {title}" if lesson_id in talk.state.finished else title
    return Offer(label, lambda talk: learning.open_lesson(talk, lesson_id), (title,))


def finished_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    ways = (offer(labels.menu, show_menu), offer(labels.person, ask_person))
    following = learning.next_lesson(talk)
    if following is None:
        course = _next_course(talk)
        if course is None:
            return ways
        return (offer(labels.next_course, lambda talk: open_course(talk, course.id), course=course.title), *ways)
    title = talk.book.current[following].lesson.title
    go_on = offer(labels.next_lesson, lambda talk: learning.open_lesson(talk, following), lesson=title)
    return (go_on, *ways)


def _next_course(talk: Talk) -> Course | None:
    """The first course after the one just finished, then from the beginning, that has something left."""
    courses = talk.book.courses
    at = next((i for i, course in enumerate(courses, 1) if course.id == talk.state.course), 0)
    left = (c for c in courses[at:] + courses[:at] if not all(one in talk.state.finished for one in c.lessons))
    return next(left, None)


def resume_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    return (
        offer(labels.resume, learning.resume),
        offer(labels.start_again, learning.start_again),
        offer(labels.menu, show_menu),
        Offer(labels.rest.label, learning.rest, labels.rest.also, is_hidden=True),
    )


def restart_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    return (offer(labels.start_again, learning.start_again), offer(labels.resume, learning.resume))


# Two readings ---------------------------------------------------------------------------------------------


def ask_which(talk: Talk, readings: tuple[str, ...]) -> None:
    """Ask which of two close readings is meant; each is "topic:x", "lesson:x" or "command:x"."""
    interrupt(talk, Scene.WHICH)
    talk.become(readings=readings)
    present(talk)


def interrupt(talk: Talk, scene: Scene) -> None:
    """Ask something in between; `go_back` leads to where the conversation was."""
    came_from = talk.state.interrupted if talk.state.scene in SIDE_SCENES else talk.state.scene
    # Whether to erase everything is asked for itself: later a "yes" would be meant for something else.
    talk.become(scene=scene, interrupted=_home(talk) if came_from is Scene.ERASE else came_from, misses=0)


def go_back(talk: Talk) -> None:
    """To the scene that was interrupted; a question that waited there is said again."""
    leave(talk)
    if talk.state.scene in WAITING:
        present(talk)


def leave(talk: Talk) -> None:
    """To the scene that was interrupted, without a word."""
    scene = talk.state.interrupted
    talk.become(scene=_home(talk) if scene in SIDE_SCENES else scene, interrupted=Scene.MENU)


# Where somebody lives -------------------------------------------------------------------------------------


def ask_place(talk: Talk, *, errand: Literal["", "subscribe", "weather"]) -> None:
    """Ask for the commune; the errand goes on when it is known."""
    talk.become(scene=Scene.PLACE, readings=(), misses=0, errand=errand)
    present(talk)


# People and data ------------------------------------------------------------------------------------------


def ask_person(talk: Talk) -> None:
    """A person of the team is wanted; the bot goes on helping until one takes over."""
    standing = talk.state.standing
    talk.want(HandOff("asked", standing.lesson if standing else None, standing.step if standing else None))
    talk.become(human="asked")
    talk.say("person_asked")


def ask_erase(talk: Talk) -> None:
    talk.become(scene=Scene.ERASE)
    present(talk)


def erase_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    return (offer(labels.erase, erase), offer(labels.keep, _keep))


def erase(talk: Talk) -> None:
    """Forget everything; the receipt is the last thing that is said."""
    talk.want(ForgetMe())
    talk.close("erased")
    talk.become(**dict(State()))


def _keep(talk: Talk) -> None:
    talk.say("kept")
    go_home(talk)


def go_home(talk: Talk) -> None:
    """To the lesson under way if there is one, else to the menu; said anew."""
    talk.become(scene=_home(talk), readings=())
    present(talk)


def _home(talk: Talk) -> Scene:
    if talk.state.consent != "given":
        return Scene.WELCOME
    return Scene.LESSON if talk.state.standing else Scene.MENU


def titles(talk: Talk, lessons: list[str]) -> str:
    """Titles of lessons, a line each; to who asked for short words the last ones."""
    known = [talk.book.current[one].lesson.title for one in lessons if one in talk.book.current]
    shown = known[-SHORT_LIST:] if talk.state.short_words else known
    return "\n".join(f"✅ {title}" for title in shown)
