"""A second factor for signing in: a code of the phone, and codes on paper for when the phone is lost.

Whoever knows the password has no session before the code: his browser holds a pending one, for a few minutes. Wrong
codes count as wrong passwords do, and lock as they do.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin import codes, passwords
from admin.desk import Desk
from admin.gate import ADDRESS, COOKIE, SIGN_IN, Asked, Gate, Missing
from admin.roles import EVERYONE
from admin.sign_in import ATTEMPTS_PER_MINUTE_OF_CLIENT, CODE, agent_of, count_failure, way_of
from admin.views import page
from storage import second_factors, staff
from storage.staff import digest
from webhooks.guard import Rate

MINE = f"{ADDRESS}/me/second-factor"
#: So long after the password the code may come.
PENDING_FOR = timedelta(minutes=5)
#: What authenticator apps write beside the code.
ISSUER = "Mua Dam"


def routes(at: Desk) -> list[BaseRoute]:
    limit = Rate(ATTEMPTS_PER_MINUTE_OF_CLIENT)
    route = partial(at.gate.route, roles=EVERYONE)
    return [
        at.gate.open_route(CODE, partial(_code, at.gate, limit), methods=("GET", "POST")),
        route(MINE, partial(_mine, at.gate), methods=("GET", "POST")),
        route(f"{MINE}/off", partial(_off, at.gate), methods=("POST",)),
    ]


# Signing in -----------------------------------------------------------------------------------------------


async def _code(gate: Gate, limit: Rate, request: Request) -> Response:
    way = way_of(request.query_params.get("next", ""))
    cookie, now = digest(request.cookies.get(COOKIE, "")), gate.clock()
    row = await gate.read(lambda connection: _pending(connection, cookie, now))
    if row is None:
        return RedirectResponse(f"{SIGN_IN}?code=late", 303)
    if request.method != "POST":
        return page(request, "sign_in_code.html", None, code="")
    if not limit.allows(request.client.host if request.client else "", now):
        return page(request, "sign_in_code.html", None, status=429, code="too_many")
    typed = str((await request.form()).get("code", ""))[:40]
    response = RedirectResponse(way, 303)
    fresh, agent = gate.signed_in(response), agent_of(request)

    def enter(connection: Connection, now: datetime) -> bool:
        row = _pending(connection, cookie, now)
        if row is None or staff.is_locked(row, now):
            return False
        if not _takes(connection, row, typed, now):
            count_failure(row.id, connection, now)
            return False
        staff.end_session(connection, cookie)
        staff.begin_session(connection, row.id, cookie_digest=fresh, agent=agent, now=now)
        staff.record(connection, staff_id=row.id, action="signed_in", detail=agent, now=now)
        return True

    if await gate.change(enter):
        return response
    return page(request, "sign_in_code.html", None, status=401, code="wrong")


def _pending(connection: Connection, cookie: str, now: datetime) -> Row[Any] | None:
    return staff.pending(connection, cookie, began_after=now - PENDING_FOR)


def _takes(connection: Connection, row: Row[Any], typed: str, now: datetime) -> bool:
    """Whether it is a code of his phone that was not used yet, or one of those on paper, which is used up by it."""
    step = codes.step_of(row.totp_secret, typed, now)
    if step is not None:
        return second_factors.use_step(connection, row.id, step)
    if not second_factors.use_code(connection, row.id, codes.as_written(typed)):
        return False
    staff.record(connection, staff_id=row.id, action="recovery_code_used", now=now)
    return True


# My own ---------------------------------------------------------------------------------------------------


async def _mine(gate: Gate, request: Request, asked: Asked) -> Response:
    row = await gate.read(lambda connection: staff.one(connection, asked.member.id))
    if row is None:
        raise Missing
    if row.totp_secret:
        return page(request, "second_factor_on.html", asked, code="")
    if request.method != "POST":
        return _offered(request, asked, codes.new_secret())
    form = await request.form()
    secret, typed = str(form.get("secret", "")), str(form.get("code", ""))[:40]
    if not codes.is_secret(secret):
        return _offered(request, asked, codes.new_secret(), code="old")
    step = codes.step_of(secret, typed, asked.now)
    if step is None:
        return _offered(request, asked, secret, code="wrong")
    paper = codes.new_codes()

    def turn_on(connection: Connection, now: datetime) -> bool:
        row = staff.one(connection, asked.member.id)
        if row is None or row.totp_secret:
            return False  # another page of his was faster: its codes are the ones that hold
        second_factors.turn_on(connection, asked.member.id, secret=secret, step=step, codes=paper)
        staff.record(connection, staff_id=asked.member.id, action="second_factor_on", now=now)
        return True

    if not await gate.change(turn_on):
        return RedirectResponse(MINE, 303)
    return page(request, "second_factor_codes.html", asked, codes=paper)


def _offered(request: Request, asked: Asked, secret: str, *, code: str = "") -> Response:
    drawn = Markup(codes.picture(secret, asked.member.login, ISSUER))  # noqa: S704 - drawn by segno from letters
    return page(
        request,
        "second_factor.html",
        asked,
        status=422 if code else 200,
        code=code,
        secret=secret,
        shown=codes.in_groups(secret),
        picture=drawn,
    )


async def _off(gate: Gate, request: Request, asked: Asked) -> Response:
    """The password and a code, so that a phone that was left unlocked is not enough."""
    form = await request.form()
    password, typed = str(form.get("password", "")), str(form.get("code", ""))[:40]
    row = await gate.read(lambda connection: staff.one(connection, asked.member.id))
    if row is None or not row.totp_secret:
        raise Missing
    is_right = await passwords.is_right(password, row.password_hash)

    def off(connection: Connection, now: datetime) -> bool:
        row = staff.one(connection, asked.member.id)
        if row is None or staff.is_locked(row, now):
            return False
        if not is_right or not _takes(connection, row, typed, now):
            count_failure(row.id, connection, now)
            return False
        second_factors.turn_off(connection, row.id)
        staff.record(connection, staff_id=row.id, action="second_factor_off", now=now)
        return True

    if await gate.change(off):
        return RedirectResponse(f"{ADDRESS}/me?code=factor_off", 303)
    return page(request, "second_factor_on.html", asked, status=422, code="wrong")
