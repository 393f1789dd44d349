"""One resident in a member's hand: what was said, where he stands; claim him, answer him, give him back to the bot.

What he wrote is shown as it is kept: masked, and only with his consent. Every look at it is written down. An answer and
the bot's silence are one transaction, and a form that is sent twice answers once.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from importlib import resources
from typing import Any

import yaml
from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin import people
from admin.canned import filled
from admin.desk import Desk
from admin.gate import ADDRESS, Asked, Missing
from admin.roles import HELPERS
from admin.views import moment, page
from bot import messages
from bot.events import StaffReleased, StaffReplied
from bot.messages import Message
from bot.speaking import address_of
from bot.turn import Incoming
from lessons.passages import Passage
from lessons.rules_safety import secret_marks
from storage import canned, conversations, handoffs, outbox, staff
from storage.conversations import Line
from storage.telling import tell

WAITING = f"{ADDRESS}/waiting"

SHOWN = 30
#: Of an id, in every database.
LARGEST_NUMBER = 2**31 - 1
LONGEST_ANSWER = 2000
ANSWER_VALID_FOR = timedelta(days=7)
#: A member who looks at somebody again and again has looked once an hour.
VIEWED_EVERY = timedelta(hours=1)
#: What the address of a conversation may say was done, or was wrong.
_DONE = ("claimed", "answered", "returned", "closed")


def routes(at: Desk) -> list[BaseRoute]:
    one = WAITING + "/{person:int}"
    post = partial(at.gate.route, roles=HELPERS, methods=("POST",))
    return [
        at.gate.route(one, partial(_shown, at), roles=HELPERS),
        at.gate.route(f"{one}/messages", partial(_messages, at), roles=HELPERS),
        post(f"{one}/claim", partial(_claim, at)),
        post(f"{one}/answer", partial(_answer, at)),
        post(f"{one}/give-back", partial(_give_back, at)),
    ]


# Looking --------------------------------------------------------------------------------------------------


async def _shown(at: Desk, request: Request, asked: Asked) -> Response:
    number = _person(request)
    # Whom he may not see is missing before anything is written down.
    await at.gate.read(lambda connection: people.read(connection, number, asked))
    await at.gate.change(lambda connection, now: _note_view(connection, asked, number, now))
    return await _conversation(at, request, asked)


async def _conversation(
    at: Desk,
    request: Request,
    asked: Asked,
    *,
    problem: str = "",
    text: str = "",
    picture: str = "",
    by: str = "",
    status: int = 200,
) -> Response:
    number = _person(request)
    values = await at.gate.read(lambda connection: _look(at, connection, number, asked))
    done = request.query_params.get("done", "") if not problem else ""
    return page(
        request,
        "conversation.html",
        asked,
        status=status,
        problem=problem,
        text=text,
        picture=picture,
        by=by,
        done=done if done in _DONE else "",
        key=secrets.token_urlsafe(12),
        **values,
    )


async def _messages(at: Desk, request: Request, asked: Asked) -> Response:
    number = _person(request)

    def look(connection: Connection) -> tuple[dict[str, Any], bool]:
        people.read(connection, number, asked)
        return _lines(at, connection, number), _has_viewed(connection, asked, number, asked.now)

    values, has_viewed = await at.gate.read(look)
    if request.query_params.get("have") == values["newest"]:
        return Response(status_code=204)
    if not has_viewed:
        await at.gate.change(lambda connection, now: _note_view(connection, asked, number, now))
    return page(request, "conversation_messages.html", asked, person=number, **values)


def _look(at: Desk, connection: Connection, number: int, asked: Asked) -> dict[str, Any]:
    row = people.read(connection, number, asked)
    request = handoffs.of_person(connection, number)
    state = people.state_of(row.learner)
    book = people.book_of(at)
    standing = state.standing
    return _lines(at, connection, number) | {
        "person": number,
        "channel_name": row.channel,
        "place": people.place_name(row.place),
        "phone_os": state.memory.get("phone_os", ""),
        "consent": state.consent,
        "finished": len(state.finished),
        "spot": people.spot(
            book, standing.lesson if standing else None, standing.step if standing else None, state=state
        ),
        "window": _window(at, connection, row, asked.now),
        "open": _request(at, request, asked) if request is not None else None,
        "canned": [
            {"id": one.id, "title": one.title, "text": text, "picture": one.picture}
            for one in canned.offered(connection)
            if (text := filled(one.text, address_of(book, state) if book else state.address)) is not None
        ],
    }


def _request(at: Desk, row: Row[Any], asked: Asked) -> dict[str, Any]:
    return {
        "reason": row.reason,
        "is_urgent": row.is_urgent,
        "state": row.state,
        "wait": people.wait(row.opened_at, asked.now),
        "by": row.claimed_name or "",
        "by_id": row.claimed_by,
        "is_mine": row.claimed_by == asked.member.id,
        "returns": f"{row.returns_at.astimezone(at.zone):%H:%M}" if row.returns_at else "",
    }


def _window(at: Desk, connection: Connection, row: Row[Any], now: datetime) -> str:
    """Whether an answer reaches him now: free, billed, closed (it waits for his next word), page, or gone."""
    if not row.is_reachable:
        return "gone"
    reach = at.lines(connection).reaches(now).get(row.account_id)
    if reach is None:
        return "closed"
    if reach.is_fetched:
        return "page"
    last = row.last_contact_at
    if reach.free_since is None or (last is not None and last > reach.free_since):
        return "free"
    is_open = last is not None and (reach.billed_since is None or last > reach.billed_since)
    return "billed" if is_open else "closed"


def _lines(at: Desk, connection: Connection, number: int) -> dict[str, Any]:
    lines = conversations.newest(connection, number, limit=SHOWN)
    shown = [_line(line, at) for line in lines]
    newest = "-".join(str(part) for part in (len(lines), *([lines[-1].at.timestamp()] if lines else [])))
    return {"lines": shown, "newest": f"{newest}-{'.'.join(line.state[:2] for line in lines)}"}


def _line(line: Line, at: Desk) -> dict[str, Any]:
    said: dict[str, Any] = {"side": line.side, "kind": line.kind, "when": moment(line.at, at.zone), "state": line.state}
    if line.side == "theirs":
        return said | {"text": line.text or "", "choices": (), "picture": ""}
    message = messages.from_json(line.text or "{}")
    choices = [choice.label for choice in message.choices]
    return said | {"text": message.text, "choices": choices, "picture": message.picture_alt if message.picture else ""}


def _has_viewed(connection: Connection, asked: Asked, number: int, now: datetime) -> bool:
    return staff.did(connection, asked.member.id, "viewed_person", f"person {number}", since=now - VIEWED_EVERY)


def _note_view(connection: Connection, asked: Asked, number: int, now: datetime) -> None:
    if not _has_viewed(connection, asked, number, now):
        _note(connection, asked, "viewed_person", number, now)


# Doing ----------------------------------------------------------------------------------------------------


class _NobodyWaits(Exception):
    """His request is closed: the bot has him again."""


class _Gone(Exception):
    """Nothing reaches him any more."""


class _HeldByAnother(Exception):
    """A colleague answers him; the argument is the colleague's name."""


async def _claim(at: Desk, request: Request, asked: Asked) -> Response:
    number, form = _person(request), await request.form()
    over = str(form.get("over", ""))[:10]

    def claim(connection: Connection, now: datetime) -> None:
        people.read(connection, number, asked)
        if not _hold(connection, number, asked, over=int(over) if over.isdecimal() else None, now=now):
            raise _NobodyWaits
        _note(connection, asked, "claimed_person", number, now)

    try:
        await at.gate.change(claim)
    except _HeldByAnother as held:
        return await _conversation(at, request, asked, problem="held", by=str(held), status=409)
    except _NobodyWaits:
        return await _conversation(at, request, asked, problem="not_waiting", status=409)
    return _to(number, "claimed")


async def _answer(at: Desk, request: Request, asked: Asked) -> Response:
    number, form = _person(request), await request.form()
    text = str(form.get("text", "")).replace("\r\n", "\n").strip()
    picture, key = str(form.get("picture", "")), str(form.get("key", ""))[:40]
    wrong = _wrong(text, key)
    if wrong:
        return await _conversation(at, request, asked, problem=wrong, text=text, picture=picture, status=422)

    def answer(connection: Connection, now: datetime) -> None:
        row = people.read(connection, number, asked)
        incoming = Incoming(row.account_id, row.address, f"staff:{key}", StaffReplied())
        if at.happen(connection, incoming, now).is_duplicate:
            return
        _hold(connection, number, asked, over=None, now=now)
        known = {one.picture: one.title for one in canned.offered(connection) if one.picture}
        message = Message(
            _words()["answer"].format(name=asked.member.name, text=text),
            picture=picture if picture in known else None,
            picture_alt=known.get(picture, ""),
        )
        _note(connection, asked, "answered_person", number, now)
        payload = messages.to_json(message)
        if not tell(connection, number, rank=outbox.STAFF, payload=payload, now=now, valid_for=ANSWER_VALID_FOR):
            raise _Gone  # and the bot goes on with him: nobody else talks to him

    try:
        await at.gate.change(answer)
    except _HeldByAnother as held:
        kept = {"text": text, "picture": picture}
        return await _conversation(at, request, asked, problem="held", by=str(held), **kept, status=409)
    except _Gone:
        return await _conversation(at, request, asked, problem="gone", text=text, picture=picture, status=422)
    return _to(number, "answered")


async def _give_back(at: Desk, request: Request, asked: Asked) -> Response:
    """The bot goes on at his step; his request is closed."""
    number, form = _person(request), await request.form()
    key = str(form.get("key", ""))[:40] or secrets.token_urlsafe(12)

    def give_back(connection: Connection, now: datetime) -> None:
        row = people.read(connection, number, asked)
        _hold(connection, number, asked, over=None, now=now)  # who closes a request is who saw to it
        incoming = Incoming(row.account_id, row.address, f"staff:back:{key}", StaffReleased())
        if at.happen(connection, incoming, now).is_duplicate:
            return
        # Of a request that the conversation knows nothing of (a bug of ours, a question about a bulletin).
        handoffs.move(connection, [number], to="closed", now=now)
        _note(connection, asked, "gave_back_person", number, now)

    try:
        await at.gate.change(give_back)
    except _HeldByAnother as held:
        return await _conversation(at, request, asked, problem="held", by=str(held), status=409)
    return RedirectResponse(f"{WAITING}?done=returned", 303)


def _wrong(text: str, key: str) -> str:
    """Why an answer is not sent; empty when it is."""
    if not text:
        return "empty"
    if len(text) > LONGEST_ANSWER:
        return "long"
    if next(secret_marks([Passage(("text",), text, "says", "say")]), None) is not None:
        return "secret"
    return "" if key else "old"


def _hold(connection: Connection, number: int, asked: Asked, *, over: int | None, now: datetime) -> bool:
    """Make him this member's; False when he waits for nobody. Raises _HeldByAnother."""
    by = handoffs.claim(connection, number, asked.member.id, over=over, now=now)
    if by not in (None, asked.member.id):
        held = handoffs.of_person(connection, number)
        raise _HeldByAnother(held.claimed_name if held is not None else "")
    return by is not None


def _note(connection: Connection, asked: Asked, action: str, number: int, now: datetime) -> None:
    staff.record(connection, staff_id=asked.member.id, action=action, subject=f"person {number}", now=now)


def _person(request: Request) -> int:
    """Raises Missing for a number that nobody can have."""
    number = int(request.path_params["person"])
    if number > LARGEST_NUMBER:
        raise Missing
    return number


def _to(number: int, done: str) -> Response:
    return RedirectResponse(f"{WAITING}/{number}?done={done}", 303)


@cache
def _words() -> Mapping[str, str]:
    text = resources.files(__package__).joinpath("answer_words.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return words
