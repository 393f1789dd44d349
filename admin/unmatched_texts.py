"""Texts that nothing came near, and the lists of phrases to which each may be added: to the draft, never at once.

Whose they were is not kept anywhere. A text leaves the list when it was added, or when somebody says it is nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import Asked
from admin.roles import LESSON_AUTHORS, UNMATCHED_READERS
from admin.views import page
from admin.yaml_edits import NoPlaceError, with_item
from bot.matching import OUT_OF_SCOPE
from bot.phrase_lists import PhraseList, phrase_lists
from bot.phrasebook import LESSON, QUESTION
from bot.understanding import reader_for
from bot.unmatched import LONGEST_CHARS
from lessons.loader import CURRICULUM, version_of
from lessons.schema import Book, Curriculum
from lessons.validation import validate
from lessons.yaml_tree import Path, read
from publishing import Published
from storage import lesson_drafts, staff, unmatched
from storage.lesson_drafts import StaleDraft
from storage.unmatched import StoredUnmatched
from vietnamese.fold import fold

ADDRESS = "/staff/unmatched"
SHOWN = 50
#: A number that was masked stands so in a text; nobody types it.
MASK = "#"


class _TextGone(Exception):
    """Somebody else has just dealt with the text."""


def routes(at: Desk) -> list[BaseRoute]:
    """The list; for one text: choose a list of phrases, add it there, drop it."""
    route = at.gate.route
    return [
        route(ADDRESS, partial(_listed, at), roles=UNMATCHED_READERS),
        route(f"{ADDRESS}/choose", partial(_choose, at), roles=LESSON_AUTHORS, methods=("POST",)),
        route(f"{ADDRESS}/add", partial(_add, at), roles=LESSON_AUTHORS, methods=("POST",)),
        route(f"{ADDRESS}/skip", partial(_skip, at), roles=LESSON_AUTHORS, methods=("POST",)),
    ]


# The list -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Card:
    """A text, and the label of the phrases it comes nearest to; that is empty where nothing is near."""

    text: str
    count: int
    last: str
    label: str
    nearest: str


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    def look(connection: Connection) -> tuple[list[StoredUnmatched], int]:
        return unmatched.most(connection, limit=SHOWN), unmatched.number(connection)

    texts, total = await at.gate.read(look)
    published = at.published()
    cards = await asyncio.to_thread(_cards, texts, published, at.zone)
    file = request.query_params.get("file", "")
    return page(
        request,
        "unmatched.html",
        asked,
        cards=cards,
        more=total - len(cards),
        may_write=bool(asked.member.roles & LESSON_AUTHORS) and published is not None,
        done=request.query_params.get("done", ""),
        file=file if published is not None and file in published.files else "",
        file_query=urlencode({"file": file}),
    )


def _cards(texts: Sequence[StoredUnmatched], published: Published | None, zone: ZoneInfo) -> list[_Card]:
    cards = []
    for one in texts:
        label = reader_for(published.book).nearest(one.text) or "" if published is not None else ""
        title = _title(label, published.book) if published is not None and label else ""
        last = one.last_at.astimezone(zone)
        cards.append(_Card(one.text, one.count, f"{last.day}/{last.month}/{last.year}", label, title))
    return cards


def _title(label: str, book: Book) -> str:
    """What editors call the phrases of a label."""
    if label.startswith(LESSON):
        return book.current[label.removeprefix(LESSON)].lesson.title
    if label.startswith(QUESTION):
        name = label.removeprefix(QUESTION)
        return next(one.question for listed in book.faq for one in listed.questions if one.id == name)
    course = book.course(label)
    if course is not None and label in book.phrases.topics:
        return course.title
    phrases = book.phrases.topics.get(label) or book.phrases.commands.get(label) or ()
    return f"{phrases[0]} ({label})" if phrases else label


# One text -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What the form says: the text of the list, the phrase to add, and the label of its list."""

    text: str
    phrase: str
    label: str


async def _said(request: Request) -> _Said:
    form = await request.form()
    text, phrase, label = (str(form.get(name, "")) for name in ("text", "phrase", "label"))
    return _Said(text[: 2 * LONGEST_CHARS], " ".join(phrase.split())[: 2 * LONGEST_CHARS], label)


async def _choose(at: Desk, request: Request, asked: Asked) -> Response:
    return await _form(at, request, asked, await _said(request))


async def _form(at: Desk, request: Request, asked: Asked, said: _Said, *, problem: str = "") -> Response:
    """The form of one text, with every list of phrases that there is."""
    found = await at.gate.read(lambda connection: unmatched.one(connection, said.text))
    published = at.published()
    if published is None or (found is None and not problem):
        problem = "gone" if published is not None else "unpublished"
    nearest = ""
    if published is not None:
        nearest = await asyncio.to_thread(lambda: reader_for(published.book).nearest(said.text) or "")
    return page(
        request,
        "unmatched_choose.html",
        asked,
        status=422 if problem else 200,
        said=said,
        chosen=said.label or nearest or OUT_OF_SCOPE,
        groups=_groups(published) if published is not None else [],
        problem=problem,
        is_there=found is not None and published is not None,
    )


def _groups(published: Published) -> list[tuple[str, list[tuple[str, str]]]]:
    """Kind of list -> (label, title) of each."""
    book = published.book
    groups: dict[str, list[tuple[str, str]]] = {"lesson": [], "question": [], "topic": [], "command": []}
    for label in _lists(published):
        if label == OUT_OF_SCOPE:
            continue
        if label.startswith(LESSON):
            kind = "lesson"
        elif label.startswith(QUESTION):
            kind = "question"
        else:
            kind = "topic" if label in book.phrases.topics else "command"
        groups[kind].append((label, _title(label, book)))
    return [*groups.items(), ("none", [(OUT_OF_SCOPE, "")])]


def _lists(published: Published) -> Mapping[str, PhraseList]:
    curriculum, _ = validate(Curriculum, read(published.files[CURRICULUM]), file=CURRICULUM)
    return phrase_lists(published.book, curriculum) if curriculum is not None else {}


# Adding and dropping --------------------------------------------------------------------------------------


async def _add(at: Desk, request: Request, asked: Asked) -> Response:
    said, published = await _said(request), at.published()
    wanted = _lists(published).get(said.label) if published is not None else None
    if published is None or wanted is None:
        return await _form(at, request, asked, said, problem="label")
    if not said.phrase or len(said.phrase) > LONGEST_CHARS or MASK in said.phrase:
        problem = "phrase" if not said.phrase else "mask" if MASK in said.phrase else "long"
        return await _form(at, request, asked, said, problem=problem)
    draft = await at.gate.read(lambda connection: lesson_drafts.one(connection, wanted.file))
    before = draft.text if draft is not None else published.files[wanted.file]
    try:
        after = await asyncio.to_thread(_with_phrase, before, wanted, said.phrase)
    except NoPlaceError:
        return await _form(at, request, asked, said, problem="place")
    base, revision = (draft.base, draft.revision) if draft is not None else (version_of(before), 0)

    def add(connection: Connection, now: datetime) -> None:
        if not unmatched.drop(connection, said.text):
            raise _TextGone
        member = asked.member.id
        if after != before:
            lesson_drafts.save(connection, wanted.file, after, base=base, revision=revision, staff_id=member, now=now)
        staff.record(
            connection, staff_id=member, action="phrase_added", subject=wanted.file, detail=wanted.label, now=now
        )

    try:
        await at.gate.change(add)
    except _TextGone:
        return await _form(at, request, asked, said, problem="gone")
    except StaleDraft:
        return await _form(at, request, asked, said, problem="stale")
    query = urlencode({"done": "added" if after != before else "known", "file": wanted.file})
    return RedirectResponse(f"{ADDRESS}?{query}", 303)


async def _skip(at: Desk, request: Request, asked: Asked) -> Response:
    said = await _said(request)

    def skip(connection: Connection, now: datetime) -> None:
        if unmatched.drop(connection, said.text):
            staff.record(connection, staff_id=asked.member.id, action="phrase_skipped", now=now)

    await at.gate.change(skip)
    return RedirectResponse(f"{ADDRESS}?done=skipped", 303)


def _with_phrase(text: str, wanted: PhraseList, phrase: str) -> str:
    """The text with the phrase in its list; the same when one that is read alike is there. Raises NoPlaceError."""
    data = read(text).data
    path = _path(data, wanted.keys)
    written: Any = data
    for part in path:
        written = written.get(part, ()) if isinstance(written, dict) else written[part]
    if isinstance(written, Sequence) and fold(phrase) in {fold(one) for one in written if isinstance(one, str)}:
        return text
    return with_item(text, path, phrase)


def _path(data: object, keys: Sequence[str]) -> Path:
    """Where the list stands in this text. Raises NoPlaceError when what it belongs to is not there."""
    if not isinstance(data, dict):
        raise NoPlaceError
    if keys[0] != "questions":
        if len(keys) > 1 and not isinstance(data.get(keys[0]), dict):
            raise NoPlaceError
        return tuple(keys)
    questions = data.get("questions")
    for nth, question in enumerate(questions if isinstance(questions, list) else ()):
        if isinstance(question, dict) and question.get("id") == keys[1]:
            return ("questions", nth, keys[2])
    raise NoPlaceError
