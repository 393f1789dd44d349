"""Those who sign in: who may do what and where, their one-time links, their end. And the page of all that is kept.

Nobody manages whom he could not have appointed: all the places of the other are his own too.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import ADDRESS, Asked, Missing
from admin.roles import ACCOUNT_KEEPERS, AUDIT_READERS, EVERYWHERE, ROLES, STAFF_KEEPERS, covers
from admin.views import moment, page
from bulletins.preparing import Unplaced, place_named
from storage import staff

TEAM = f"{ADDRESS}/team"
#: How long a one-time link is good.
LINK_LIVES = timedelta(days=3)
LARGEST_ID = 2**31 - 1


def routes(at: Desk) -> list[BaseRoute]:
    one = TEAM + "/{member:int}"
    route = partial(at.gate.route, roles=STAFF_KEEPERS)
    keepers = STAFF_KEEPERS | ACCOUNT_KEEPERS | AUDIT_READERS
    return [
        at.gate.route(f"{ADDRESS}/keeping", _keeping, roles=keepers),
        route(TEAM, partial(_listed, at), methods=("GET", "POST")),
        route(one, partial(_one, at), methods=("GET", "POST")),
        route(f"{one}/link", partial(_link, at), methods=("POST",)),
        route(f"{one}/end", partial(_end, at), methods=("POST",)),
    ]


async def _keeping(request: Request, asked: Asked) -> Response:
    return page(request, "keeping.html", asked)


# What is wished -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form says of a member. `problem` is a closed code, empty when it can be done."""

    login: str
    name: str
    roles: tuple[str, ...]
    scope: tuple[str, ...]
    place: str
    problem: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def _wish(form: FormData, asked: Asked) -> Wish:
    """The places that are ticked and the one that is typed, each within those of who asks."""
    login = str(form.get("login", "")).strip().lower()
    name = " ".join(str(form.get("name", "")).split())[:80]
    roles = tuple(role for role in ROLES if role in form.getlist("roles"))
    scope = tuple(str(code) for code in form.getlist("scope"))
    typed = str(form.get("place", "")).strip()[:200]
    problem = ""
    choices: tuple[tuple[str, str], ...] = ()
    if typed:
        near = next((code for code in asked.member.scope if code != EVERYWHERE), None)
        try:
            scope = tuple(dict.fromkeys((*scope, place_named(typed, near=near)[0])))
        except Unplaced as unplaced:
            problem, choices = ("which" if unplaced.found else "place"), unplaced.found
    if not problem:
        problem = _problem(name, roles, scope, asked.member.scope)
    return Wish(login, name, roles, scope, typed if problem else "", problem, choices)


def _problem(name: str, roles: Collection[str], scope: Collection[str], own: Sequence[str]) -> str:
    if not name:
        return "name"
    if not roles:
        return "roles"
    if not scope:
        return "scope"
    return "" if all(_is_place(code) and covers(own, code) for code in scope) else "beyond"


def _is_place(code: str) -> bool:
    try:
        return place_named(code)[0] == code
    except Unplaced:
        return False


# The list, and somebody new -------------------------------------------------------------------------------


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    if request.method != "POST":
        return await _list(at, request, asked, wish=Wish("", "", (), (), ""))
    wish = _wish(await request.form(), asked)
    if not staff.is_login(wish.login):
        return await _list(at, request, asked, wish=wish, problem="login")
    if wish.problem:
        return await _list(at, request, asked, wish=wish, problem=wish.problem)
    token = secrets.token_urlsafe(32)

    def add(connection: Connection, now: datetime) -> None:
        number = staff.add(connection, login=wish.login, name=wish.name, roles=wish.roles, scope=wish.scope, now=now)
        staff.invite(connection, number, token=token, until=now + LINK_LIVES)
        detail = f"{','.join(wish.roles)} {','.join(wish.scope)}"
        _note(connection, asked, "staff_added", wish.login, now, detail)

    try:
        await at.gate.change(add)
    except IntegrityError:
        return await _list(at, request, asked, wish=wish, problem="taken")
    return _shown_link(at, request, asked, wish.name, token)


async def _list(at: Desk, request: Request, asked: Asked, *, wish: Wish, problem: str = "") -> Response:
    def look(connection: Connection) -> dict[str, Any]:
        seen = staff.last_seen(connection)
        members = [one for one in staff.everyone(connection) if _may_keep(asked, one.scope)]
        return {
            "members": [
                {
                    "id": one.id,
                    "login": one.login,
                    "name": one.name,
                    "roles": [role for role in ROLES if role in one.roles],
                    "places": [_place(code) for code in one.scope],
                    "seen": moment(seen[one.id], at.zone) if one.id in seen else "",
                    "is_active": one.is_active,
                }
                for one in members
            ]
        }

    values = await at.gate.read(look)
    return page(
        request,
        "team.html",
        asked,
        status=422 if problem else 200,
        problem=problem,
        done=request.query_params.get("done", "") if not problem else "",
        **_form(wish, asked),
        **values,
    )


def _form(wish: Wish, asked: Asked) -> dict[str, Any]:
    """What the fields of the form hold, and what may be ticked."""
    own = {code: _place(code) for code in asked.member.scope}
    ticked = {code: _place(code) for code in wish.scope}
    return {"wish": wish, "all_roles": ROLES, "places": own | ticked}


# One of them ----------------------------------------------------------------------------------------------


async def _one(at: Desk, request: Request, asked: Asked) -> Response:
    row = await at.gate.read(lambda connection: _kept(connection, request, asked))
    now_is = staff.member_of(row)
    if request.method != "POST":
        wish = Wish(now_is.login, now_is.name, tuple(sorted(now_is.roles)), now_is.scope, "")
        return _page(request, asked, row, wish)
    wish = _wish(await request.form(), asked)
    if wish.problem:
        return _page(request, asked, row, wish, problem=wish.problem)

    def change(connection: Connection, now: datetime) -> str:
        row = _kept(connection, request, asked)
        if "operator" not in wish.roles and (problem := _is_needed(connection, row.id, asked)):
            return problem
        if row.id == asked.member.id and not set(asked.member.scope) <= set(wish.scope):
            return "own_scope"
        staff.change(connection, row.id, name=wish.name, roles=wish.roles, scope=wish.scope)
        detail = f"{','.join(wish.roles)} {','.join(wish.scope)}"
        _note(connection, asked, "staff_changed", row.login, now, detail)
        return ""

    if problem := await at.gate.change(change):
        return _page(request, asked, row, wish, problem=problem)
    return RedirectResponse(f"{TEAM}?done=changed", 303)


def _page(request: Request, asked: Asked, row: Row[Any], wish: Wish, *, problem: str = "") -> Response:
    return page(
        request,
        "team_member.html",
        asked,
        status=422 if problem else 200,
        problem=problem,
        id=row.id,
        login=row.login,
        is_active=row.ended_at is None,
        is_me=row.id == asked.member.id,
        has_second_factor=bool(row.totp_secret),
        **_form(wish, asked),
    )


async def _link(at: Desk, request: Request, asked: Asked) -> Response:
    """A new one-time link: the password, the second factor and all sessions end with it."""
    token = secrets.token_urlsafe(32)

    def reset(connection: Connection, now: datetime) -> str:
        row = _kept(connection, request, asked)
        if row.ended_at is not None or row.id == asked.member.id:
            raise Missing
        staff.forget_secrets(connection, row.id)
        staff.invite(connection, row.id, token=token, until=now + LINK_LIVES)
        _note(connection, asked, "staff_reset", row.login, now)
        return str(row.name)

    name = await at.gate.change(reset)
    return _shown_link(at, request, asked, name, token)


async def _end(at: Desk, request: Request, asked: Asked) -> Response:
    def end(connection: Connection, now: datetime) -> str:
        row = _kept(connection, request, asked)
        if row.ended_at is not None:
            return ""
        if problem := _is_needed(connection, row.id, asked):
            return problem
        staff.end(connection, row.id, now)
        _note(connection, asked, "staff_ended", row.login, now)
        return ""

    if problem := await at.gate.change(end):
        row = await at.gate.read(lambda connection: _kept(connection, request, asked))
        now_is = staff.member_of(row)
        wish = Wish(now_is.login, now_is.name, tuple(sorted(now_is.roles)), now_is.scope, "")
        return _page(request, asked, row, wish, problem=problem)
    return RedirectResponse(f"{TEAM}?done=ended", 303)


def _is_needed(connection: Connection, staff_id: int, asked: Asked) -> str:
    """Why somebody cannot stop being an operator: it is who asks, or nobody else would be one. Else empty."""
    if staff_id == asked.member.id:
        return "myself"
    operators = [one.id for one in staff.everyone(connection) if one.is_active and "operator" in one.roles]
    return "last_operator" if operators == [staff_id] else ""


def _kept(connection: Connection, request: Request, asked: Asked) -> Row[Any]:
    """Raises Missing for whom this member does not manage."""
    number = int(request.path_params["member"])
    row = staff.one(connection, number) if number <= LARGEST_ID else None
    if row is None or not _may_keep(asked, staff.member_of(row).scope):
        raise Missing
    return row


def _may_keep(asked: Asked, scope: Collection[str]) -> bool:
    return all(covers(asked.member.scope, code) for code in scope)


def _shown_link(at: Desk, request: Request, asked: Asked, name: str, token: str) -> Response:
    base = at.gate.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return page(request, "team_link.html", asked, name=name, link=f"{base}{ADDRESS}/join/{token}")


def _place(code: str) -> str:
    try:
        return place_named(code)[1]
    except Unplaced:
        return code


def _note(connection: Connection, asked: Asked, action: str, login: str, now: datetime, detail: str = "") -> None:
    staff.record(connection, staff_id=asked.member.id, action=action, subject=login, detail=detail, now=now)
