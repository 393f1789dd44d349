"""A member is told in his own chat that a draft waits for him, or that a run was missed.

Only who has tied a chat to his account; never in the quiet hours; twice at most. The words are in output_words.yaml.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot.messages import Message, to_json
from bulletins.chat import output_words
from bulletins.quiet import is_quiet
from bulletins.wording import date_words, weekday_word
from storage import outbox, schedules
from storage.telling import tell

AGAIN_AFTER = timedelta(hours=4)
MOST = 2
#: What a closed chat held back for longer says nothing new.
VALID_FOR = timedelta(days=1)


def remind(connection: Connection, *, now: datetime, zone: ZoneInfo, public_url: str) -> int:
    """Queue the reminders that are due; how many. `public_url` may be empty: then they name no address."""
    if is_quiet(now, zone):
        return 0
    told = 0
    for run in schedules.to_remind(connection, now=now, again_after=AGAIN_AFTER, most=MOST):
        payload = to_json(Message(_text(run, zone=zone, public_url=public_url)))
        told += tell(connection, run.person_id, rank=outbox.REMINDER, payload=payload, now=now, valid_for=VALID_FOR)
        schedules.reminded(connection, run.schedule_id, run.slot, now=now)
    return told


def _text(run: Row[Any], *, zone: ZoneInfo, public_url: str) -> str:
    words = output_words().reminder
    there = run.slot.astimezone(zone)
    when = words.when.format(time=f"{there:%H:%M}", weekday=weekday_word(there.date()), date=date_words(there.date()))
    sentence = words.missed if run.state == "missed" else words.draft
    page = "bulletins" if run.state == "missed" else f"bulletins/{run.bulletin_id}"
    lines = [sentence.format(place=run.place_name, when=when)]
    if public_url:
        lines.append(words.page.format(address=f"{public_url.rstrip('/')}/staff/{page}"))
    return "\n".join(lines)
