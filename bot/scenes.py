"""The scenes outside the steps of a lesson: for each, what it says and which answers it expects."""

from collections.abc import Callable
from typing import assert_never

from bot import learning
from bot.effects import ConsentGiven, ForgetMe, HandOff
from bot.speaking import Offer, Talk
from bot.state import Scene, State
from lessons.schema import AddressForm, Course, Label


def present(talk: Talk) -> None:
    """Say what is on the table."""
    match talk.state.scene:
        case Scene.WELCOME:
            talk.say("notice_again")
        case Scene.ADDRESS:
            talk.say("ask_address")
        case Scene.MENU:
            talk.say("menu")
        case Scene.COURSE:
            _present_course(talk)
        case Scene.LESSON:
            learning.present(talk)
        case Scene.TROUBLE:
            talk.say("trouble")
        case Scene.FINISHED | Scene.ANSWERED:
            talk.say("menu")
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
        case _ as never:
            assert_never(never)


def offer(label: Label, act: Callable[[Talk], None], **words: object) -> Offer:
    """One of the bot's own buttons, with `words` for its placeholders."""
    text = label.label
    for name, word in words.items():
        text = text.replace("{" + name + "}", str(word))
    return Offer(text, act, label.also)


# First contact --------------------------------------------------------------------------------------------


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


def address_offers(talk: Talk) -> tuple[Offer, ...]:
    return tuple(_address_offer(form) for form in talk.book.phrases.addresses)


def _address_offer(form: AddressForm) -> Offer:
    def choose(talk: Talk) -> None:
        talk.become(address=form.word)
        talk.begin("address_chosen")
        show_menu(talk)

    return Offer(form.label, choose, form.also)


# The menu -------------------------------------------------------------------------------------------------


def show_menu(talk: Talk) -> None:
    talk.become(scene=Scene.MENU, readings=())
    present(talk)


def menu_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    courses = tuple(_course_offer(course) for course in talk.book.courses)
    person = offer(labels.person, ask_person)
    if talk.state.standing is None:
        return (*courses, person)
    title = talk.edition().lesson.title
    return (offer(labels.resume_lesson, learning.resume, lesson=title), *courses, person)


def _course_offer(course: Course) -> Offer:
    return Offer(course.title, lambda talk: open_course(talk, course.id))


def open_course(talk: Talk, course_id: str) -> None:
    """Show the lessons of a course; of a topic without one, say so and stay where we are."""
    if talk.book.course(course_id) is None:
        titles = talk.book.phrases.topic_titles
        talk.say("topic_not_ready", course=titles.get(course_id, course_id))
        present(talk)
        return
    talk.become(scene=Scene.COURSE, course=course_id, readings=())
    present(talk)


def _present_course(talk: Talk) -> None:
    course = talk.book.course(talk.state.course or "")
    if course is not None:
        talk.say("course", course=course.title, promise=course.promise)


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
        return ways
    title = talk.book.current[following].lesson.title
    go_on = offer(labels.next_lesson, lambda talk: learning.open_lesson(talk, following), lesson=title)
    return (go_on, *ways)


def resume_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    return (
        offer(labels.resume, learning.resume),
        offer(labels.start_again, learning.start_again),
        offer(labels.menu, show_menu),
    )


def restart_offers(talk: Talk) -> tuple[Offer, ...]:
    labels = talk.book.phrases.labels
    return (offer(labels.start_again, learning.start_again), offer(labels.resume, learning.resume))


# Two readings ---------------------------------------------------------------------------------------------


def ask_which(talk: Talk, readings: tuple[str, ...]) -> None:
    """Ask which of two close readings is meant; each is "topic:x", "lesson:x" or "command:x"."""
    came_from = talk.state.interrupted if talk.state.scene is Scene.WHICH else talk.state.scene
    talk.become(scene=Scene.WHICH, readings=readings, interrupted=came_from)
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
    if talk.state.consent != "given":
        talk.become(scene=Scene.WELCOME)
    else:
        talk.become(scene=Scene.LESSON if talk.state.standing else Scene.MENU, readings=())
    present(talk)


def titles(talk: Talk, lessons: list[str]) -> str:
    """Titles of lessons, a line each."""
    known = [talk.book.current[one].lesson.title for one in lessons if one in talk.book.current]
    return "\n".join(f"✅ {title}" for title in known)
