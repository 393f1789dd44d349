"""A bulletin on a member's desk: kept, read again, sent, corrected. What pages and commands have in common.

Draws and writes; decides nothing that release.py decides. Raises ReleaseError and DraftError with closed codes.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot.messages import Choice, Message, to_json
from bulletins import chat, picture, release
from bulletins.content import Content
from bulletins.drafting import DraftError, is_settled, settled
from bulletins.release import Lines, Plan, ReleaseError
from storage import bulletin_questions, bulletins
from storage.bulletin_questions import Outcome
from storage.subscriptions import joined


def begin(
    connection: Connection,
    content: Content,
    *,
    by: str,
    now: datetime,
    seen_within_days: int | None,
    by_id: int | None = None,
) -> int:
    """Keep a new draft; its id. `by_id` is who wrote it where he is one of the staff."""
    columns = {"crops": joined(content.crops), "seen_within_days": seen_within_days, "author_id": by_id}
    return bulletins.add(
        connection, place=content.place, content=content.model_dump_json(), author=by, now=now, **columns
    )


def read(connection: Connection, bulletin_id: int) -> tuple[Row[Any], Content]:
    """The bulletin's row and what it says. Raises ReleaseError when there is none."""
    row = bulletins.one(connection, bulletin_id)
    if row is None:
        raise ReleaseError("unknown")
    return row, Content.model_validate_json(row.content)


def keep(connection: Connection, bulletin_id: int, content: Content) -> None:
    """Change what a draft says; whoever had approved it approved something else. Raises ReleaseError."""
    columns = {"content": content.model_dump_json(), "place": content.place, "crops": joined(content.crops)}
    if not bulletins.change(connection, bulletin_id, only_in=("draft",), approver="", approver_id=None, **columns):
        raise ReleaseError("not_a_draft")


def drop(connection: Connection, bulletin_id: int, *, now: datetime) -> None:
    """A draft that nobody wants. Raises ReleaseError when it is no draft."""
    if not bulletins.change(connection, bulletin_id, only_in=("draft",), state="withdrawn", ended_at=now):
        raise ReleaseError("not_a_draft")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is sent, made before the transaction of the release, which others wait for."""

    content: Content
    message: Message
    picture: bytes


def drawn(content: Content, bulletin_id: int) -> Drawn:
    """The message and the picture of a draft. Raises ReleaseError, DraftError."""
    if not is_settled(content):
        raise ReleaseError("not_settled")
    said = settled(content)
    return Drawn(content, message(said, bulletin_id=bulletin_id), picture.png(said))


def plan(connection: Connection, row: Row[Any], content: Content, lines: Lines, *, now: datetime) -> Plan:
    """Whom a draft would reach now, and at what price, as far as what it says is decided."""
    try:
        made = message(settled(content), bulletin_id=row.id)
    except (DraftError, ReleaseError):
        made = None
    return release.plan(connection, row, lines, now=now, message=made)


def send(connection: Connection, bulletin_id: int, made: Drawn, lines: Lines, *, now: datetime) -> Plan:
    """Let it leave. Raises ReleaseError, also when the draft has changed since it was drawn."""
    _, content = read(connection, bulletin_id)
    if content != made.content:
        raise ReleaseError("changed")
    return release.release(
        connection,
        bulletin_id,
        lines,
        message=made.message,
        picture=made.picture,
        last_day=_day_begins(content, lines.zone),
        now=now,
    )


def message(content: Content, *, bulletin_id: int) -> Message:
    """All of it as one message, with how to answer it; a channel cuts it where it must. Raises ReleaseError."""
    try:
        parts = chat.parts(content)
    except chat.TooLong as error:
        raise ReleaseError("too_long") from error
    words = chat.output_words()
    verdicts = {"clear": words.taps.clear, "unclear": words.taps.unclear, "question": words.taps.question}
    return Message(
        "\n\n".join([*(part.text for part in parts), words.answers]),
        taps=tuple(Choice(label, f"bulletin:{bulletin_id}:{verdict}") for verdict, label in verdicts.items()),
        picture=f"bulletin-{bulletin_id}.png",
        picture_alt=picture.alt(content),
    )


def correct(connection: Connection, wrong: int, *, what: str, by: str, now: datetime, by_id: int | None = None) -> int:
    """A draft that corrects a bulletin that was released; `what` says in a sentence what was wrong. Its id.

    Raises ReleaseError.
    """
    row, content = read(connection, wrong)
    if row.state in ("draft", "withdrawn") or row.released_at is None:
        raise ReleaseError("not_released")
    if row.corrected_by is not None:
        raise ReleaseError("corrected_already")
    opening = to_json(Message(chat.output_words().correction.format(what=what)))
    columns = {"crops": row.crops, "corrects": wrong, "opening": opening, "may_bill": row.may_bill, "author_id": by_id}
    return bulletins.add(connection, place=row.place, content=content.model_dump_json(), author=by, now=now, **columns)


def answer(connection: Connection, bulletin_id: int, person_id: int, *, by: str, text: str, now: datetime) -> Outcome:
    """Answer a reader's question about a bulletin, in the name of a member."""
    words = chat.output_words().answer.format(name=by, text=text)
    return bulletin_questions.answer(
        connection, bulletin_id=bulletin_id, person_id=person_id, payload=to_json(Message(words)), now=now
    )


def _day_begins(content: Content, zone: ZoneInfo) -> datetime:
    return datetime.combine(content.last_day, time(0), zone)
