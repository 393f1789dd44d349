"""The page of answers that members give again and again: helpers see them, leaders and operators write them.

They are one list for the whole install. What an answer may not ask of a resident, a prepared one may not either.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from functools import cache, partial
from importlib import resources
from pathlib import PurePosixPath
from typing import Any

import yaml
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import ADDRESS, Asked, Missing
from admin.roles import ANSWER_KEEPERS, HELPERS
from admin.views import page
from lessons.passages import Passage
from lessons.rules_safety import secret_marks
from publishing import media_names
from storage import canned, staff
from vietnamese.fold import fold

CANNED = f"{ADDRESS}/waiting/canned"

LONGEST_TITLE, LONGEST_TEXT = 80, 1000
#: More than these nobody finds on a phone.
MOST = 60
#: What every channel of ours can send.
PICTURES = {".png", ".jpg", ".jpeg"}

_PLACEHOLDERS = ("{xung_ho}", "{Xung_ho}")


class RefusedAnswer(Exception):
    """It is not kept; the argument is the code of why."""


def routes(at: Desk) -> list[BaseRoute]:
    """The list, one answer, and what is done to them."""
    route, one = at.gate.route, CANNED + "/{answer:int}"
    keep = partial(route, roles=ANSWER_KEEPERS, methods=("POST",))
    return [
        route(CANNED, partial(_listed, at), roles=HELPERS),
        keep(f"{CANNED}/add", partial(_add, at)),
        keep(f"{CANNED}/starter", partial(_begin, at)),
        route(one, partial(_shown, at), roles=ANSWER_KEEPERS),
        keep(f"{one}/change", partial(_change, at)),
        keep(f"{one}/end", partial(_end, at)),
    ]


def filled(text: str, address: str | None) -> str | None:
    """The text with {xung_ho} and {Xung_ho} as this person is addressed; None when that is not known and wanted."""
    if not any(name in text for name in _PLACEHOLDERS):
        return text
    if address is None:
        return None
    return text.replace("{xung_ho}", address).replace("{Xung_ho}", address[:1].upper() + address[1:])


@dataclass(frozen=True, slots=True)
class Said:
    """What a prepared answer says; of a form, as it was typed."""

    title: str = ""
    text: str = ""
    picture: str = ""

    @classmethod
    def of(cls, form: FormData) -> "Said":
        title, text, picture = (str(form.get(name, "")) for name in ("title", "text", "picture"))
        return cls(" ".join(title.split()), text.replace("\r\n", "\n").strip(), picture.strip())

    @classmethod
    def kept(cls, row: Any) -> "Said":
        return cls(row.title, row.text, row.picture)

    def digest(self) -> str:
        """Two leaders who change one answer are told apart by it."""
        return hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()[:16]


def problem_of(said: Said, pictures: Collection[str]) -> str:
    """Why it is not kept; empty when it is. `pictures` are those that there are."""
    if not said.title:
        return "title"
    if len(said.title) > LONGEST_TITLE:
        return "title_long"
    if not said.text:
        return "empty"
    if len(said.text) > LONGEST_TEXT:
        return "long"
    bare = said.text
    for name in _PLACEHOLDERS:
        bare = bare.replace(name, "")
    if "{" in bare or "}" in bare:
        return "placeholder"
    if next(secret_marks([Passage(("text",), said.text, "says", "say")]), None) is not None:
        return "secret"
    return "picture" if said.picture and said.picture not in pictures else ""


@cache
def starter() -> tuple[Said, ...]:
    """The answers with which a team may begin."""
    text = resources.files(__package__).joinpath("canned_answers.yaml").read_text(encoding="utf-8")
    return tuple(Said(one["title"], one["text"], one.get("picture", "")) for one in yaml.safe_load(text)["answers"])


# Looking --------------------------------------------------------------------------------------------------


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    return await _list(at, request, asked, Said())


async def _list(at: Desk, request: Request, asked: Asked, said: Said, *, problem: str = "") -> Response:
    def look(connection: Connection) -> tuple[list[dict[str, Any]], list[str]]:
        there = _pictures(at, connection)
        rows = canned.offered(connection)
        return [_card(row, there) for row in rows], there

    cards, pictures = await at.gate.read(look)
    return page(
        request,
        "canned.html",
        asked,
        status=422 if problem else 200,
        answers=cards,
        pictures=pictures,
        said=said,
        problem=problem,
        may_write=bool(asked.member.roles & ANSWER_KEEPERS),
        done=request.query_params.get("done", ""),
    )


def _card(row: Any, pictures: Collection[str]) -> dict[str, Any]:
    """`has_picture`: the picture that it names is still there."""
    return {"id": row.id, **asdict(Said.kept(row)), "has_picture": row.picture in pictures}


async def _shown(at: Desk, request: Request, asked: Asked) -> Response:
    row = await at.gate.read(lambda connection: _one(connection, request))
    return await _form(at, request, asked, Said.kept(row), was=Said.kept(row).digest())


async def _form(
    at: Desk, request: Request, asked: Asked, said: Said, *, was: str, problem: str = "", now_says: Said | None = None
) -> Response:
    """The form of one answer; `was` is the digest of what its reader saw, `now_says` what a colleague made of it."""
    pictures = await at.gate.read(partial(_pictures, at))
    return page(
        request,
        "canned_one.html",
        asked,
        status=422 if problem else 200,
        id=request.path_params["answer"],
        said=said,
        was=was,
        pictures=pictures,
        problem=problem,
        now_says=now_says,
    )


def _one(connection: Connection, request: Request) -> Any:
    """Raises Missing when it is not offered."""
    row = canned.one(connection, int(request.path_params["answer"]))
    if row is None:
        raise Missing
    return row


def _pictures(at: Desk, connection: Connection) -> list[str]:
    return sorted(name for name in media_names(connection, at.files) if PurePosixPath(name).suffix.lower() in PICTURES)


# Writing --------------------------------------------------------------------------------------------------


async def _add(at: Desk, request: Request, asked: Asked) -> Response:
    said = Said.of(await request.form())

    def add(connection: Connection, now: datetime) -> None:
        there = [Said.kept(row) for row in canned.offered(connection)]
        if said in there:
            return  # the form came twice
        if len(there) >= MOST:
            raise RefusedAnswer("many")
        _hold_title_free(said, there)
        _put(connection, asked, said, now)

    try:
        await _check(at, said)
        await at.gate.change(add)
    except RefusedAnswer as error:
        return await _list(at, request, asked, said, problem=str(error))
    return _to("added")


async def _begin(at: Desk, request: Request, asked: Asked) -> Response:
    """Take the starter set; of what is there already nothing is touched."""

    def begin(connection: Connection, now: datetime) -> None:
        there = {fold(row.title) for row in canned.offered(connection)}
        fresh = [one for one in starter() if fold(one.title) not in there]
        for one in fresh[: max(0, MOST - len(there))]:
            _put(connection, asked, one, now)

    await at.gate.change(begin)
    return _to("begun")


async def _change(at: Desk, request: Request, asked: Asked) -> Response:
    form = await request.form()
    said, was = Said.of(form), str(form.get("was", ""))
    now_says: list[Said] = []

    def change(connection: Connection, now: datetime) -> None:
        row = _one(connection, request)
        kept = Said.kept(row)
        if kept == said:
            return
        if kept.digest() != was:
            now_says.append(kept)
            raise RefusedAnswer("changed")
        _hold_title_free(said, [Said.kept(one) for one in canned.offered(connection) if one.id != row.id])
        canned.change(connection, row.id, **asdict(said))
        _note(connection, asked, "canned_changed", row.id, now)

    try:
        await at.gate.read(lambda connection: _one(connection, request))
        await _check(at, said)
        await at.gate.change(change)
    except RefusedAnswer as error:
        seen = now_says[0] if now_says else None
        # Who has been shown what a colleague made of it may write over it, knowing that he does.
        was = seen.digest() if seen else was
        return await _form(at, request, asked, said, was=was, problem=str(error), now_says=seen)
    return _to("changed")


async def _end(at: Desk, request: Request, asked: Asked) -> Response:
    def end(connection: Connection, now: datetime) -> None:
        number = int(request.path_params["answer"])
        if canned.end(connection, number, now):
            _note(connection, asked, "canned_ended", number, now)

    await at.gate.change(end)
    return _to("ended")


async def _check(at: Desk, said: Said) -> None:
    """Raises RefusedAnswer."""
    if problem := problem_of(said, await at.gate.read(partial(_pictures, at))):
        raise RefusedAnswer(problem)


def _hold_title_free(said: Said, others: Collection[Said]) -> None:
    """Raises RefusedAnswer for a title that another has: members choose by it."""
    if any(fold(said.title) == fold(other.title) for other in others):
        raise RefusedAnswer("taken")


def _put(connection: Connection, asked: Asked, said: Said, now: datetime) -> None:
    number = canned.add(connection, **asdict(said), staff_id=asked.member.id, now=now)
    _note(connection, asked, "canned_added", number, now)


def _note(connection: Connection, asked: Asked, action: str, number: int, now: datetime) -> None:
    staff.record(connection, staff_id=asked.member.id, action=action, subject=f"canned {number}", now=now)


def _to(done: str) -> Response:
    return RedirectResponse(f"{CANNED}?done={done}", 303)
