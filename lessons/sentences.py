"""What the bot says itself and how its commands are called: the pydantic models of phrases.yaml.

Knows no lesson. Sentences that explain a field to editors are in schema_help.yaml.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from lessons.strict import Identifier, Strict, Words


class AddressForm(Strict):
    """One way to address a resident: `label` is offered, `word` fills {xung_ho}."""

    label: Words
    also: tuple[Words, ...] = ()
    word: Words


class Label(Strict):
    """A button that the bot itself offers, and what people type instead."""

    label: Words
    also: tuple[Words, ...] = ()


class Labels(Strict):
    """The bot's own buttons, by what they do."""

    agree: Label
    refuse: Label
    tell_more: Label
    go_on: Label
    done: Label
    not_yet: Label
    resume: Label
    resume_lesson: Label
    start_again: Label
    next_lesson: Label
    menu: Label
    person: Label
    other_trouble: Label
    skip_step: Label
    try_again: Label
    erase: Label
    keep: Label
    learn_lesson: Label
    next_course: Label
    more_courses: Label
    all_lessons: Label
    rest: Label
    not_now: Label
    no_crops: Label
    stage_unknown: Label
    poster_make: Label
    poster_not_mine: Label
    poster_later: Label
    hour_money: Label
    hour_secret: Label
    hour_app: Label
    hour_phone: Label
    hour_threat: Label
    hour_done: Label
    samples_yes: Label
    samples_no: Label


class Sentences(Strict):
    """Every fixed sentence of the bot. Beside the placeholders of lessons these may use {course}, {lesson},
    {step}, {minutes}, {list}, {first} and {second} where the sentence is about such a thing."""

    # First contact
    welcome: Words
    notice: Words
    notice_more: Words
    notice_again: Words
    refused: Words
    ask_address: Words
    address_chosen: Words
    # Finding one's way
    menu: Words
    more_courses: Words
    course: Words
    placement: Words
    greeting: Words
    welcome_back: Words
    thanks: Words
    help: Words
    which: Words
    not_understood: Words
    not_understood_again: Words
    old_button: Words
    topic_not_ready: Words
    nothing_to_resume: Words
    # Questions
    answer_source: Words
    answer_source_recheck: Words
    answer_from_lesson: Words
    lesson_fits: Words
    no_answer: Words
    # Where somebody lives
    ask_place: Words
    which_place: Words
    place_unknown: Words
    place_kept: Words
    no_place: Words
    # Weather
    ask_crops: Words
    crops_unknown: Words
    ask_stage: Words
    stage_unknown: Words
    subscribed: Words
    subscribed_before: Words
    no_crops: Words
    no_bulletin: Words
    no_bulletin_yet: Words
    bulletin_stale: Words
    bulletin_clear: Words
    bulletin_unclear: Words
    bulletin_question: Words
    bulletin_question_kept: Words
    chat_tied: Words
    chat_not_tied: Words
    weather_on: Words
    weather_off: Words
    # Lessons
    lesson_started: Words
    lesson_resumed: Words
    lesson_finished: Words
    course_finished: Words
    lesson_changed: Words
    lesson_gone: Words
    task_done: Words
    answer_right: Words
    answer_wrong: Words
    right_answer: Words
    trouble: Words
    trouble_unknown: Words
    back_at_start: Words
    resume: Words
    restart: Words
    resting: Words
    words_short: Words
    words_full: Words
    reminder: Words
    # What cannot be read
    picture_received: Words
    voice_received: Words
    place_received: Words
    unsupported: Words
    picture_too_large: Words
    picture_broken: Words
    picture_unreachable: Words
    # QR codes
    qr_none: Words
    qr_none_learning: Words
    qr_several: Words
    qr_line_vietqr_transfer: Words
    qr_line_emv_merchant: Words
    qr_line_link: Words
    qr_line_citizen_card: Words
    qr_line_text: Words
    qr_line_broken: Words
    qr_transfer: Words
    qr_amount: Words
    qr_note: Words
    qr_note_odd: Words
    qr_bank_unknown: Words
    qr_merchant: Words
    qr_card: Words
    qr_broken: Words
    qr_link: Words
    qr_text: Words
    qr_words_danger: Words
    qr_words_caution: Words
    qr_words_no_sign: Words
    # A poster of one's own code
    poster_how: Words
    poster_other_code: Words
    poster_no_numbers: Words
    poster_account: Words
    poster_amount: Words
    poster_yours: Words
    poster_made: Words
    poster_small: Words
    poster_alt: Words
    poster_document: Words
    poster_payer: Words
    poster_left: Words
    poster_forgotten: Words
    # People and safety
    person_asked: Words
    person_left: Words
    secret_warning: Words
    scam_check: Words
    scam_number: Words
    scam_danger: Words
    scam_caution: Words
    scam_no_sign: Words
    scammed_now: Words
    scammed_next: Words
    hour_which: Words
    hour_money: Words
    hour_secret: Words
    hour_app: Words
    hour_phone: Words
    hour_threat: Words
    hour_more: Words
    hour_left: Words
    samples_ask: Words
    samples_thanks: Words
    samples_refused: Words
    samples_stopped: Words
    samples_on: Words
    samples_off: Words
    failure: Words
    # One's own data
    stopped: Words
    progress: Words
    progress_none: Words
    certificate: Words
    my_data: Words
    erase: Words
    erased: Words
    kept: Words


#: What sentences may use beside the placeholders of lessons.
SENTENCE_PLACEHOLDERS = frozenset(
    ("course", "promise", "question", "lesson", "step", "minutes", "list", "first", "second", "answer")
) | {"source", "date", "place", "weather"}


#: Said before anybody can have asked for short words: what consent is given to is said in full.
FIRST_CONTACT = frozenset(("welcome", "notice", "notice_more", "notice_again", "refused", "ask_address"))

#: What somebody who reads slowly is sent at once, when he asked for short words.
BUBBLE_CHARS = 160


def bubbles(text: str) -> list[str]:
    """The bubbles of a short form: a blank line begins a new one."""
    return text.split("\n\n")


class Phrases(Strict):
    """phrases.yaml: every fixed sentence of the bot, and every phrase of every command and topic.

    `say_short`: name of a sentence -> how it is said to who asked for short words; a blank line begins a new
    bubble. `commands`: name of a command -> phrases; `topics`: topic (the id of a course, which may not be written
    yet) -> phrases; `topic_titles`: topic -> its name in a sentence; `out_of_scope`: what people also type and
    is nobody's subject here, so that what is like it is not taken for a topic; `asked_back`: phrases that are like
    those of another command but for their accents, and are asked back on purpose.
    """

    notice_version: Words
    default_address: Words
    addresses: Annotated[tuple[AddressForm, ...], Field(min_length=1)]
    say: Sentences
    say_short: Mapping[str, Words] = Field(default_factory=dict)
    labels: Labels
    commands: Mapping[str, tuple[Words, ...]]
    topics: Mapping[Identifier, tuple[Words, ...]]
    out_of_scope: tuple[Words, ...] = ()
    asked_back: tuple[Words, ...] = ()
    topic_titles: Mapping[Identifier, Words]
