"""A member is told in his own chat that a draft waits for him, that a run was missed, that readers ask something.

Only who has tied a chat to his account; never in the quiet hours; of a draft twice at most, of questions when there are
new ones. The words are in output_words.yaml.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot.messages import Message, to_json
from bulletins.chat import output_words
from bulletins.quiet import is_quiet
from bulletins.wording import date_words, weekday_word
from storage import bulletin_questions, outbox, schedules
from storage.telling import tell

AGAIN_AFTER = timedelta(hours=4)
MOST = 2
#: What a closed chat held back for longer says nothing new.
VALID_FOR = timedelta(days=1)


def remind(connection: Connection, *, now: datetime, zone: ZoneInfo, public_url: str) -> int:
    """Queue the reminders that are due; how many. `public_url` may be empty: then they name no address."""
    if is_quiet(now, zone):
        return 0
    told = _tell_of_questions(connection, now=now, public_url=public_url)
    for run in schedules.to_remind(connection, now=now, again_after=AGAIN_AFTER, most=MOST):
        told += _tell(connection, run.person_id, _text(run, zone=zone, public_url=public_url), now)
        schedules.reminded(connection, run.schedule_id, run.slot, now=now)
    return told


def _text(run: Row[Any], *, zone: ZoneInfo, public_url: str) -> str:
    words = output_words().reminder
    there = run.slot.astimezone(zone)
    when = words.when.format(time=f"{there:%H:%M}", weekday=weekday_word(there.date()), date=date_words(there.date()))
    sentence = words.missed if run.state == "missed" else words.draft
    page = "bulletins" if run.state == "missed" else f"bulletins/{run.bulletin_id}"
    return _with_page(sentence.format(place=run.place_name, when=when), page, public_url)


def _tell_of_questions(connection: Connection, *, now: datetime, public_url: str) -> int:
    told, sentence = 0, output_words().reminder.questions
    for one in bulletin_questions.to_tell(connection, now=now, again_after=AGAIN_AFTER):
        text = sentence.format(people=one.people, bulletin=one.bulletin_id)
        told += _tell(connection, one.person_id, _with_page(text, f"bulletins/{one.bulletin_id}", public_url), now)
        bulletin_questions.told(connection, one.bulletin_id, now=now)
    return told


def _tell(connection: Connection, person_id: int, text: str, now: datetime) -> bool:
    payload = to_json(Message(text))
    return tell(connection, person_id, rank=outbox.REMINDER, payload=payload, now=now, valid_for=VALID_FOR)


def _with_page(text: str, page: str, public_url: str) -> str:
    if not public_url:
        return text
    address = f"{public_url.rstrip('/')}/staff/{page}"
    return f"{text}\n{output_words().reminder.page.format(address=address)}"
