"""What residents pasted to have it checked, for editors who look for new tricks, with what the checker says of it now.

Only of who agreed to it, and never whose it was; every look is written down. Where somebody has a draft of the signs,
each text is checked by the draft as well.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin.conversation import VIEWED_EVERY
from admin.desk import Desk
from admin.gate import Asked
from admin.lesson_files import edit_address, kinds
from admin.roles import LESSON_AUTHORS, UNMATCHED_READERS, places_within
from admin.views import page
from bot.scam import Checker, Level, check
from bot.speaking import filled
from bot.state import State
from lessons.findings import is_blocking
from lessons.loader import CURRICULUM
from lessons.schema import Book
from lessons.signs import ScamSigns
from lessons.validation import validate
from lessons.yaml_tree import read
from publishing import Published
from storage import inbox, lesson_drafts, samples, staff
from storage.samples import StoredSample

ADDRESS = "/staff/pasted"
SHOWN = 30
#: So many are checked for one page: a long text takes some milliseconds.
LOOKED_THROUGH = 200
#: What may be asked for: everything, a level, or what the draft judges otherwise.
ALL, CHANGED = "all", "changed"
WANTED = (ALL, "no_sign_found", "caution", "danger", CHANGED)


def routes(at: Desk) -> list[BaseRoute]:
    """One page."""
    return [at.gate.route(ADDRESS, partial(_listed, at), roles=UNMATCHED_READERS)]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one list of signs says of a text."""

    level: Level
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Card:
    """A text, the day on which it came last, and what is said of it; `draft` None where there is nothing to compare."""

    text: str
    times: int
    day: str
    now: _Judged
    draft: _Judged | None

    def is_wanted(self, wanted: str) -> bool:
        if wanted == CHANGED:
            return self.draft is not None and self.draft != self.now
        return wanted in (ALL, self.now.level)


@dataclass(frozen=True, slots=True)
class _Signs:
    """The signs that are published, and those of the draft; `is_broken` is a draft that cannot be read."""

    book: Book
    published: ScamSigns
    draft: Checker | None
    is_broken: bool


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    published = at.published()
    wanted = request.query_params.get("level", "")
    skipped = _count(request.query_params.get("skip", ""))
    await at.gate.change(lambda connection, now: _note_view(connection, asked, now))

    def look(connection: Connection) -> tuple[list[StoredSample], str | None]:
        draft = lesson_drafts.one(connection, _signs_file(published)) if published is not None else None
        found = samples.newest(
            connection,
            places=places_within(asked.member.scope),
            since=asked.now - inbox.KEEP_PASTED,
            skip=skipped,
            limit=LOOKED_THROUGH + 1,
        )
        return found, draft.text if draft is not None else None

    found, draft = await at.gate.read(look)
    signs = await asyncio.to_thread(_signs, published, draft)
    wanted = wanted if wanted in _choices(signs) else ALL
    cards, looked_through = await asyncio.to_thread(_cards, at, signs, found[:LOOKED_THROUGH], wanted)
    return page(
        request,
        "pasted.html",
        asked,
        cards=cards,
        is_published=signs is not None,
        has_draft=draft is not None,
        is_broken=signs is not None and signs.is_broken,
        wanted=wanted,
        choices=[(one, _address(one, 0)) for one in _choices(signs)],
        older=_address(wanted, skipped + looked_through) if looked_through < len(found) else "",
        editor=edit_address(_signs_file(published)) if published is not None else "",
        may_write=bool(asked.member.roles & LESSON_AUTHORS) and published is not None,
    )


def _note_view(connection: Connection, asked: Asked, now: datetime) -> None:
    if not staff.did(connection, asked.member.id, "viewed_pasted", "", since=now - VIEWED_EVERY):
        staff.record(connection, staff_id=asked.member.id, action="viewed_pasted", now=now)


def _cards(at: Desk, signs: _Signs | None, found: Sequence[StoredSample], wanted: str) -> tuple[list[_Card], int]:
    """The texts that are wanted, and how many were looked through for them."""
    cards: list[_Card] = []
    if signs is None:
        return cards, len(found)
    for nth, one in enumerate(found):
        if len(cards) == SHOWN:
            return cards, nth
        last = one.last_at.astimezone(at.zone)
        now, draft = _judged(signs, one.text)
        card = _Card(one.text, one.times, f"{last.day}/{last.month}/{last.year}", now, draft)
        if card.is_wanted(wanted):
            cards.append(card)
    return cards, len(found)


def _judged(signs: _Signs, text: str) -> tuple[_Judged, _Judged | None]:
    verdicts = [check(signs.published, text)]
    if signs.draft is not None:
        verdicts.append(signs.draft.check(text))
    now, *rest = [
        _Judged(verdict.level, [filled(reason, signs.book, State()) for reason in verdict.reasons])
        for verdict in verdicts
    ]
    return now, rest[0] if rest else None


# The signs ------------------------------------------------------------------------------------------------


def _signs_file(published: Published) -> str:
    named = kinds(published.files.get(CURRICULUM, ""))
    return next(file for file, kind in named.items() if kind == "scam_signs")


def _signs(published: Published | None, draft: str | None) -> _Signs | None:
    """None where no signs are published."""
    if published is None or published.book.signs is None:
        return None
    if draft is None:
        return _Signs(published.book, published.book.signs, None, is_broken=False)
    changed, problems = validate(ScamSigns, read(draft), file=_signs_file(published))
    if changed is None or is_blocking(problems):
        return _Signs(published.book, published.book.signs, None, is_broken=True)
    return _Signs(published.book, published.book.signs, Checker(changed), is_broken=False)


def _choices(signs: _Signs | None) -> Sequence[str]:
    return WANTED if signs is not None and signs.draft is not None else WANTED[:-1]


# Addresses ------------------------------------------------------------------------------------------------


def _address(wanted: str, skip: int) -> str:
    asked = {"level": wanted if wanted != ALL else "", "skip": str(skip or "")}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{ADDRESS}?{query}" if query else ADDRESS


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
