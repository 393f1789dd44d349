"""Signing in and out, choosing a password by a one-time link, and the page on which a member sees his own account.

The sentence is the same for an unknown login, a wrong password and a login that is locked, and argon2 is asked each
time: who guesses learns nothing. Whether somebody may come in is decided where his session is written.
"""

import re
import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin import passwords
from admin.gate import ADDRESS, COOKIE, IDLE, LONGEST, SIGN_IN, Asked, Gate, Missing
from admin.roles import EVERYONE
from admin.views import moment, page
from storage import staff
from storage.second_factors import codes_left
from storage.staff import digest
from webhooks.guard import Rate

#: From there everybody is led to the first page of his own.
HOME = ADDRESS

#: Where the second factor is asked for.
CODE = f"{SIGN_IN}/code"

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
#: A whole office may sit behind one address.
ATTEMPTS_PER_MINUTE_OF_CLIENT = 30

TIE_LIVES = timedelta(minutes=30)
#: A page of ours: no dots, no escapes, nothing that a browser would read differently from us.
_OURS = re.compile(rf"{ADDRESS}(/[A-Za-z0-9_-]+)+")
#: What the address of a member's own page may say was done.
_DONE = ("changed", "ended", "untied", "factor_off")

TIE_LETTERS = "BCGHKLMNPRSTVX"
TIE_LENGTH = 6


def routes(gate: Gate, *, zone: ZoneInfo) -> list[BaseRoute]:
    """The open pages, and the member's own."""
    limit = Rate(ATTEMPTS_PER_MINUTE_OF_CLIENT)
    return [
        gate.open_route(SIGN_IN, partial(_sign_in, gate, limit), methods=("GET", "POST")),
        gate.open_route(ADDRESS + "/join/{token}", partial(_join, gate, limit), methods=("GET", "POST")),
        gate.route(f"{ADDRESS}/sign-out", partial(_sign_out, gate), roles=EVERYONE, methods=("POST",)),
        gate.route(f"{ADDRESS}/me", partial(_me, gate, zone), roles=EVERYONE),
        gate.route(f"{ADDRESS}/me/password", partial(_new_password, gate, zone), roles=EVERYONE, methods=("POST",)),
        gate.route(f"{ADDRESS}/me/sessions", partial(_end_sessions, gate), roles=EVERYONE, methods=("POST",)),
        gate.route(f"{ADDRESS}/me/chat", partial(_chat, gate, zone), roles=EVERYONE, methods=("POST",)),
    ]


# Signing in -----------------------------------------------------------------------------------------------


async def _sign_in(gate: Gate, limit: Rate, request: Request) -> Response:
    way = way_of(request.query_params.get("next", ""))
    if request.method != "POST":
        if await gate.asked(request) is not None:
            return RedirectResponse(way, 303)
        return page(request, "sign_in.html", None, code=request.query_params.get("code", ""), login="")
    form = await request.form()
    login, password = str(form.get("login", "")).strip().lower(), str(form.get("password", ""))
    if not limit.allows(request.client.host if request.client else "", gate.clock()):
        return page(request, "sign_in.html", None, status=429, code="too_many", login=login)
    row = await gate.read(lambda connection: staff.by_login(connection, login)) if staff.is_login(login) else None
    is_right = await passwords.is_right(password, row.password_hash if row is not None else "")
    if row is not None and not staff.is_locked(row, gate.clock()):
        if not is_right:
            await gate.change(partial(count_failure, row.id))
        elif response := await signed_in(gate, request, row.id, row.password_hash, way):
            return response
    return page(request, "sign_in.html", None, status=401, code="wrong", login=login)


def count_failure(staff_id: int, connection: Connection, now: datetime) -> None:
    staff.count_failure(connection, staff_id, most=MOST_FAILURES, locked_for=LOCKED_FOR, now=now)
    staff.record(connection, staff_id=staff_id, action="sign_in_failed", now=now)


async def signed_in(gate: Gate, request: Request, staff_id: int, password_hash: str, way: str) -> Response | None:
    """On with a new session, or to where his second factor is asked for; a session that the browser had before ends.

    None when he was locked, ended or given another password while argon2 was at work.
    """
    response = Response(status_code=303)
    cookie_digest = gate.signed_in(response)
    before, agent = request.cookies.get(COOKIE, ""), agent_of(request)

    def begin(connection: Connection, now: datetime) -> str:
        row = _unchanged(connection, staff_id, password_hash)
        if row is None or staff.is_locked(row, now):
            return ""
        is_pending = bool(row.totp_secret)
        staff.end_session(connection, digest(before))
        staff.begin_session(
            connection, staff_id, cookie_digest=cookie_digest, agent=agent, now=now, is_pending=is_pending
        )
        if is_pending:
            return f"{CODE}?next={quote(way)}"
        staff.record(connection, staff_id=staff_id, action="signed_in", detail=agent, now=now)
        return way

    address = await gate.change(begin)
    response.headers["location"] = address
    return response if address else None


def _unchanged(connection: Connection, staff_id: int, password_hash: str) -> Row[Any] | None:
    """The row of somebody, unless he has ended or has another password since."""
    row = staff.one(connection, staff_id)
    return row if row is not None and row.ended_at is None and row.password_hash == password_hash else None


def way_of(text: str) -> str:
    """Where to go on: a page of ours under /staff, never another site."""
    return text if _OURS.fullmatch(text) and not text.startswith(SIGN_IN) else HOME


def agent_of(request: Request) -> str:
    """A browser and a system in two words; the rest of what a browser says of itself is not kept."""
    text = request.headers.get("user-agent", "")
    browser = next((name for name in ("Edg", "Firefox", "Zalo", "Chrome", "Safari") if name in text), "?")
    system = next((name for name in ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux") if name in text), "?")
    return f"{browser}, {system}"


async def _sign_out(gate: Gate, request: Request, asked: Asked) -> Response:
    cookie = request.cookies.get(COOKIE, "")

    def end(connection: Connection, now: datetime) -> None:
        staff.end_session(connection, digest(cookie))
        staff.record(connection, staff_id=asked.member.id, action="signed_out", now=now)

    await gate.change(end)
    response = RedirectResponse(f"{SIGN_IN}?code=out", 303)
    gate.signed_out(response)
    return response


# The one-time link ----------------------------------------------------------------------------------------


async def _join(gate: Gate, limit: Rate, request: Request) -> Response:
    if not limit.allows(request.client.host if request.client else "", gate.clock()):
        return page(request, "join.html", None, status=429, code="too_many", name="", login="")
    token, now = request.path_params["token"], gate.clock()
    row = await gate.read(lambda connection: staff.invited(connection, token, now))
    if row is None:
        return page(request, "join.html", None, status=404, code="old", name="", login="")
    if request.method != "POST":
        return page(request, "join.html", None, code="", name=row.name, login=row.login)
    form = await request.form()
    password, again = str(form.get("password", "")), str(form.get("again", ""))
    weak = passwords.weakness(password, login=row.login) or ("" if password == again else "different")
    if weak:
        return page(request, "join.html", None, status=422, code=weak, name=row.name, login=row.login)
    hashed = await passwords.hashed(password)

    def join(connection: Connection, now: datetime) -> bool:
        if staff.invited(connection, token, now) is None:
            return False
        staff.set_password(connection, row.id, hashed)
        staff.end_sessions(connection, row.id)
        staff.record(connection, staff_id=row.id, action="password_chosen", now=now)
        return True

    if not await gate.change(join):
        return page(request, "join.html", None, status=404, code="old", name="", login="")
    return await signed_in(gate, request, row.id, hashed, HOME) or RedirectResponse(SIGN_IN, 303)


# My own account -------------------------------------------------------------------------------------------


async def _me(gate: Gate, zone: ZoneInfo, request: Request, asked: Asked) -> Response:
    done = request.query_params.get("code", "")
    return await _my_page(gate, zone, request, asked, code=done if done in _DONE else "")


async def _my_page(
    gate: Gate, zone: ZoneInfo, request: Request, asked: Asked, *, code: str = "", tie: str = "", status: int = 200
) -> Response:
    def look(connection: Connection) -> dict[str, Any]:
        row = staff.one(connection, asked.member.id)
        mine = digest(request.cookies.get(COOKIE, ""))
        return {
            "is_tied": row is not None and row.person_id is not None,
            "has_second_factor": row is not None and bool(row.totp_secret),
            "codes_left": codes_left(row.recovery) if row is not None else 0,
            "sessions": [
                {
                    "digest": one.digest,
                    "agent": one.agent,
                    "seen": moment(one.seen_at, zone),
                    "is_mine": one.digest == mine,
                }
                for one in staff.sessions(connection, asked.member.id, now=asked.now, idle=IDLE, longest=LONGEST)
            ],
        }

    values = await gate.read(look)
    return page(request, "me.html", asked, status=status, code=code, tie=tie, **values)


async def _new_password(gate: Gate, zone: ZoneInfo, request: Request, asked: Asked) -> Response:
    form = await request.form()
    old, password, again = (str(form.get(name, "")) for name in ("old", "password", "again"))
    row = await gate.read(lambda connection: staff.one(connection, asked.member.id))
    if row is None:
        raise Missing
    if staff.is_locked(row, asked.now):
        return await _my_page(gate, zone, request, asked, code="locked", status=422)
    if not await passwords.is_right(old, row.password_hash):
        await gate.change(partial(count_failure, asked.member.id))
        return await _my_page(gate, zone, request, asked, code="wrong", status=422)
    weak = passwords.weakness(password, login=asked.member.login) or ("" if password == again else "different")
    if weak:
        return await _my_page(gate, zone, request, asked, code=weak, status=422)
    hashed, mine = await passwords.hashed(password), digest(request.cookies.get(COOKIE, ""))

    def change(connection: Connection, now: datetime) -> bool:
        if _unchanged(connection, asked.member.id, row.password_hash) is None:
            return False
        staff.set_password(connection, asked.member.id, hashed)
        staff.end_sessions(connection, asked.member.id, but=mine)
        staff.record(connection, staff_id=asked.member.id, action="password_changed", now=now)
        return True

    if not await gate.change(change):
        return await _my_page(gate, zone, request, asked, code="wrong", status=422)
    return RedirectResponse(f"{ADDRESS}/me?code=changed", 303)


async def _end_sessions(gate: Gate, request: Request, asked: Asked) -> Response:
    """One of his browsers, or all but this one."""
    wanted, mine = str((await request.form()).get("digest", "")), digest(request.cookies.get(COOKIE, ""))

    def end(connection: Connection, now: datetime) -> None:
        if not wanted:
            staff.end_sessions(connection, asked.member.id, but=mine)
        else:
            staff.end_session(connection, wanted, of=asked.member.id)
        staff.record(connection, staff_id=asked.member.id, action="sessions_ended", now=now)

    await gate.change(end)
    return RedirectResponse(f"{ADDRESS}/me?code=ended", 303)


async def _chat(gate: Gate, zone: ZoneInfo, request: Request, asked: Asked) -> Response:
    """Tie a chat to the account by a code that is written there, or untie it."""
    if (await request.form()).get("action") == "untie":
        await gate.change(lambda connection, now: staff.untie_chat(connection, asked.member.id, now))
        return RedirectResponse(f"{ADDRESS}/me?code=untied", 303)
    code = "".join(secrets.choice(TIE_LETTERS) for _ in range(TIE_LENGTH))
    await gate.change(
        lambda connection, now: staff.offer_tie(connection, asked.member.id, code=code, until=now + TIE_LIVES)
    )
    return await _my_page(gate, zone, request, asked, tie=code)
