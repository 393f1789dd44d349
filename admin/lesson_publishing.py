"""The page on which drafts become what residents learn from: chosen, checked, read once more, and given a reason.

    MovedError      somebody else has published since the page was read
    ChangedError    a draft is another one than the page showed

Nothing that lint refuses gets through, and no changed answer that nobody has read. Who stands in a lesson keeps its
edition. The check takes seconds and is done before any transaction.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.lesson_diff import Diff, diff
from admin.lesson_files import (
    LESSONS,
    Shelf,
    address,
    edit_address,
    kind_of,
    kinds,
    note,
    save_of,
    shelf,
    stamp,
    title_of,
)
from admin.lesson_standing import Fate, fates, gone
from admin.roles import LESSON_PUBLISHERS
from admin.views import page
from lessons.findings import Finding
from lessons.loader import CURRICULUM, version_of
from publishing import TRANSCRIPTS, Examined, examine, media_names, prepared, store
from storage import lesson_drafts, people
from storage import lessons as stored_lessons

ADDRESS = f"{LESSONS}/publish"
LONGEST_REASON = 200


class MovedError(Exception):
    """Somebody else has published."""


class ChangedError(Exception):
    """A draft is not the one that was checked."""


def routes(at: Desk) -> list[BaseRoute]:
    """Choose and check, publish."""
    handler = partial(_publishing, at, _Checks())
    return [at.gate.route(ADDRESS, handler, roles=LESSON_PUBLISHERS, methods=("GET", "POST"))]


@dataclass(frozen=True, slots=True)
class _Said:
    """What was posted: which `saves` of the drafts are ticked, the publication they were looked at beside."""

    saves: Mapping[str, str] = field(default_factory=dict)
    base: int = 0
    accepted: frozenset[str] = frozenset()
    reason: str = ""

    @classmethod
    def of(cls, form: FormData) -> "_Said":
        ticks = [str(tick).partition(" ") for tick in form.getlist("draft")]
        saves = {file: save for save, _, file in ticks if save and file}
        base = str(form.get("base", ""))
        accepted = frozenset(str(one) for one in form.getlist("accept"))
        reason = str(form.get("reason", "")).replace("\r\n", "\n").strip()
        return cls(saves, int(base) if base.isdecimal() and len(base) < 11 else 0, accepted, reason)


@dataclass(frozen=True, slots=True)
class _Look:
    """The shelf, who stands where (lesson, version, step, learners), and the media that there are."""

    shelf: Shelf
    standing: Sequence[Any]
    media: frozenset[str]

    @property
    def base(self) -> int:
        return self.shelf.id or 0

    def texts(self, files: Sequence[str]) -> dict[str, str]:
        """What would be published with these drafts."""
        return {**self.shelf.published, **{file: self.shelf.drafts[file].text for file in files}}


class _Checks:
    """Checks files one set at a time, and remembers the last: what was checked is published without a second look."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._last: tuple[object, Examined] | None = None

    async def examined(self, at: Desk, texts: Mapping[str, str], media: frozenset[str], today: date) -> Examined:
        key = (stored_lessons.digest(texts), media, today)
        async with self._lock:
            if self._last is None or self._last[0] != key:
                root, zone = at.files.root, at.files.timezone
                found = await asyncio.to_thread(examine, texts, root=root, media=media, timezone=zone, today=today)
                self._last = (key, found)
            return self._last[1]


async def _publishing(at: Desk, checks: _Checks, request: Request, asked: Asked) -> Response:
    look = await _looked(at)
    if look.shelf.id is None:
        raise Missing
    if request.method == "GET":
        wanted = request.query_params.getlist("file")
        return await _choosing(at, request, asked, look, _Said(dict.fromkeys(wanted, "")))
    form = await request.form()
    said = _Said.of(form)
    if problem := _problem(look, said):
        return await _choosing(at, request, asked, look, said, problem=problem)
    found = await checks.examined(at, look.texts(list(said.saves)), look.media, _today(at, asked))
    if form.get("action") != "publish":
        return await _checked(at, request, asked, look, said, found)
    if refused := _refusal(said, look, found):
        return await _checked(at, request, asked, look, said, found, problem=refused)
    try:
        await _publish(at, asked, said, found)
    except (MovedError, ChangedError) as error:
        problem = "moved" if isinstance(error, MovedError) else "changed"
        return await _choosing(at, request, asked, await _looked(at), said, problem=problem)
    return RedirectResponse(f"{LESSONS}?done=published", 303)


def _today(at: Desk, asked: Asked) -> date:
    return asked.now.astimezone(at.zone).date()


async def _looked(at: Desk) -> _Look:
    return await at.gate.read(
        lambda connection: _Look(
            shelf(connection), people.standing_counts(connection), media_names(connection, at.files)
        )
    )


def _problem(look: _Look, said: _Said) -> str:
    """Why these drafts cannot be checked as they are."""
    if not said.saves:
        return "none"
    if look.base != said.base:
        return "moved"
    if not said.saves.items() <= _saves(look.shelf.drafts.values()).items():
        return "changed"
    return ""


def _saves(drafts: Iterable[Row[Any]]) -> dict[str, str]:
    return {row.file: save_of(row.revision, row.updated_at) for row in drafts}


def _unlisted(said: _Said, found: Examined) -> list[str]:
    """Drafts that nobody would read: no other file names them."""
    return [file for file in said.saves if file not in found.library.trees and file not in found.played]


def _refusal(said: _Said, look: _Look, found: Examined) -> str:
    """Why what was checked is not published."""
    if not found.is_fit or _unlisted(said, found):
        return "unfit"
    if not said.accepted >= set(found.answers):
        return "accept"
    if not said.reason:
        return "reason"
    if len(said.reason) > LONGEST_REASON:
        return "long"
    published = look.shelf.published
    is_same = all(published.get(file) == text for file, text in found.library.texts.items())
    return "same" if is_same and not any(file.endswith(TRANSCRIPTS) for file in said.saves) else ""


async def _publish(at: Desk, asked: Asked, said: _Said, found: Examined) -> None:
    """Raises MovedError, ChangedError."""
    ready = await asyncio.to_thread(prepared, found.library, {**found.played, **found.answers})

    def publish(connection: Connection, now: datetime) -> None:
        if stored_lessons.newest_id(connection) != said.base:
            raise MovedError
        if not said.saves.items() <= _saves(lesson_drafts.everyone(connection)).items():
            raise ChangedError
        number = store(connection, ready, now=now, by_id=asked.member.id, reason=said.reason)
        lesson_drafts.drop(connection, list(said.saves))
        note(connection, asked, "published", f"publication {number}", now, said.reason)

    await at.gate.change(publish)


# What is shown --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """A draft beside what is published; `is_stale` where that is not what the draft was made from."""

    file: str
    kind: str
    title: str
    save: str
    by: str
    when: str
    is_ticked: bool
    is_stale: bool
    diff: Diff
    fates: Sequence[Fate]

    @property
    def address(self) -> str:
        return edit_address(self.file)


def _drafts(at: Desk, look: _Look, ticked: Sequence[str]) -> list[_Draft]:
    on, found = look.shelf, at.published()
    named = kinds(on.curriculum)
    made = []
    for file, row in on.drafts.items():
        old = on.published.get(file, "")
        base = version_of(old) if file in on.published else ""
        kind = kind_of(file, named)
        made.append(
            _Draft(
                file=file,
                kind=kind,
                title=title_of(row.text) if kind == "lesson" else "",
                save=save_of(row.revision, row.updated_at),
                by=row.by,
                when=stamp(row.updated_at, at.zone),
                is_ticked=file in ticked,
                is_stale=row.base != base,
                diff=diff(old, row.text),
                fates=fates(found.book, look.standing, file, row.text) if found is not None else (),
            )
        )
    return sorted(made, key=lambda draft: (not draft.is_ticked, draft.file != CURRICULUM, draft.file))


async def _choosing(
    at: Desk, request: Request, asked: Asked, look: _Look, said: _Said, *, problem: str = ""
) -> Response:
    """The drafts with their ticks. What was ticked stays ticked."""
    drafts = await asyncio.to_thread(_drafts, at, look, list(said.saves))
    return page(
        request,
        "lesson_publish.html",
        asked,
        status=422 if problem else 200,
        drafts=drafts,
        base=look.base,
        reason=said.reason,
        problem=problem,
        checked=None,
    )


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the check has found, as the page shows it. `other_warnings` are of files that nobody has changed."""

    is_fit: bool
    errors: Sequence[Finding]
    warnings: Sequence[Finding]
    other_warnings: int
    unlisted: Sequence[str]
    unreadable: Sequence[str]
    answers: Sequence[tuple[str, Diff]]
    gone: Sequence[tuple[str, int]]
    addresses: Mapping[tuple[str, int], str]


def _shown(at: Desk, look: _Look, said: _Said, found: Examined) -> _Checked:
    unlisted = _unlisted(said, found)
    ours = [one for one in found.findings if one.file in said.saves]
    warnings = Counter(one.severity for one in found.findings if one.file not in said.saves)["warning"]
    published = at.published()
    return _Checked(
        is_fit=found.is_fit and not unlisted,
        errors=[one for one in found.findings if one.severity == "error"],
        warnings=[one for one in ours if one.severity == "warning"],
        other_warnings=warnings,
        unlisted=unlisted,
        unreadable=found.unreadable,
        answers=[(file, diff(found.played[file], text)) for file, text in found.answers.items()],
        gone=gone(published.book, found.library, look.standing) if published is not None else (),
        addresses={(one.file, one.line): edit_address(one.file, one.line) for one in found.findings},
    )


async def _checked(
    at: Desk, request: Request, asked: Asked, look: _Look, said: _Said, found: Examined, *, problem: str = ""
) -> Response:
    """What the check found, and the form that publishes."""
    drafts = await asyncio.to_thread(_drafts, at, look, list(said.saves))
    checked = await asyncio.to_thread(_shown, at, look, said, found)
    return page(
        request,
        "lesson_publish.html",
        asked,
        status=422 if problem or not checked.is_fit else 200,
        drafts=[draft for draft in drafts if draft.is_ticked],
        base=look.base,
        reason=said.reason,
        accepted=said.accepted,
        problem=problem,
        checked=checked,
        again=address("publish", file=list(said.saves)),
    )
