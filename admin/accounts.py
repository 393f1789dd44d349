"""Accounts on messaging platforms: added step by step, looked after, with what is wrong in plain words.

A platform is asked outside of any transaction, and a new token before it takes the place of an old one: what was
typed wrongly never stops an account that runs. No secret is ever shown.

    _Conflict(code)     in the moment of writing it was no longer as the form was filled in for; nothing has changed
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin.account_cards import card, cards
from admin.account_checks import Saved, Step, steps, webhook_address
from admin.account_forms import Keys, Kind, Sending, addable, kind_of, missing, place_words, sending_digest
from admin.desk import Desk
from admin.gate import Asked, Missing
from admin.roles import ACCOUNT_KEEPERS, EVERYWHERE, covers
from admin.views import is_fragment, page
from storage import accounts, staff
from storage.accounts import StoredAccount
from webhooks.alarms import BY_STAFF, IS_NEW, REFRESHED
from webhooks.channels import BY_NAME
from webhooks.doctor import Told, ask
from webhooks.tokens import OK, TOKEN_LOST

ADDRESS = "/staff/accounts"
TOKEN_COLUMNS = ("access_token", "refresh_token", "app_secret")


class _Conflict(Exception):
    """`code` says what has come between."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a form is shown again with: what is wrong as a whole and field by field, and what was typed (no secret)."""

    problem: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    told: Told | None = None
    sending: Sending | None = None


def routes(at: Desk) -> list[BaseRoute]:
    """The list, a new one, one with its forms."""

    def route(path: str, handler: Any, *methods: str) -> BaseRoute:
        return at.gate.route(path, partial(handler, at), roles=ACCOUNT_KEEPERS, methods=methods)

    one = ADDRESS + "/{account:int}"
    return [
        route(ADDRESS, _listed, "GET"),
        route(f"{ADDRESS}/new", _new, "GET", "POST"),
        route(one, _one, "GET"),
        route(f"{one}/check", _check, "POST"),
        route(f"{one}/keys", _keys, "POST"),
        route(f"{one}/sending", _sending, "POST"),
        route(f"{one}/state", _state, "POST"),
    ]


async def _listed(at: Desk, request: Request, asked: Asked) -> Response:
    def look(connection: Connection) -> list[dict[str, Any]]:
        rows = [row for row in accounts.everyone(connection) if row.channel in BY_NAME and _is_his(row, asked)]
        return cards(connection, rows, now=asked.now, zone=at.zone)

    return page(request, "accounts.html", asked, accounts=await at.gate.read(look), channels=addable())


# A new one ------------------------------------------------------------------------------------------------


async def _new(at: Desk, request: Request, asked: Asked) -> Response:
    channel = request.query_params.get("channel", "")
    if channel not in addable():
        raise Missing
    kind = kind_of(channel)
    if request.method == "GET":
        return _new_form(at, request, asked, channel, _Shown())
    form = await request.form()
    keys = Keys.of(form, kind, account=None)
    shown = _Shown(typed=_public(kind, form), wrong=keys.wrong)
    if keys.wrong:
        return _new_form(at, request, asked, channel, replace(shown, problem="fields"))
    api_url, oauth_url = at.platforms.addresses.get(channel, ("", ""))
    columns: dict[str, Any] = {**keys.columns, "api_url": api_url, "oauth_url": oauth_url}
    # How it sends is asked for on its own page: a name of a place that is not found must not cost all the secrets.
    columns |= {"place": _own_place(asked), "rate_per_minute": kind.rate_per_minute}

    def add(connection: Connection, now: datetime) -> StoredAccount:
        if accounts.find(connection, channel, keys.columns["external_id"]) is not None:
            raise _Conflict("exists")
        number = accounts.put(connection, channel=channel, **columns, state="stopped", reason=IS_NEW)
        _note(connection, asked, accounts.ADDED, number, now)
        return accounts.one(connection, number)

    try:
        added = await at.gate.change(add)
    except _Conflict as conflict:
        return _new_form(at, request, asked, channel, replace(shown, problem=conflict.code))
    # It is kept whatever the platform says, so that nothing has to be typed again; it runs when it is right.
    told = await _ask(at, added, asked)
    if told.verdict in ("taken", "not_asked"):
        await at.gate.change(lambda connection, now: _start(connection, asked, added.id, now, only_if=IS_NEW))
    return _to(added.id, done="added")


def _new_form(at: Desk, request: Request, asked: Asked, channel: str, shown: _Shown) -> Response:
    kind = kind_of(channel)
    return page(
        request,
        "account_new.html",
        asked,
        status=422 if shown.problem else 200,
        channel=channel,
        kind=kind,
        shown=shown,
        place=place_words(_own_place(asked)),
    )


# One ------------------------------------------------------------------------------------------------------


async def _one(at: Desk, request: Request, asked: Asked) -> Response:
    return await _page(at, request, asked, _Shown())


async def _page(at: Desk, request: Request, asked: Asked, shown: _Shown) -> Response:
    def look(connection: Connection) -> tuple[StoredAccount, dict[str, Any], list[Step]]:
        account = _read(connection, request, asked)
        shown_as = card(connection, account, now=asked.now, zone=at.zone)
        return account, shown_as, _steps(at, connection, account, shown.told, asked)

    account, shown_as, found = await at.gate.read(look)
    kind = kind_of(account.channel)
    is_part = is_fragment(request) and not shown.problem
    return page(
        request,
        "account_steps.html" if is_part else "account.html",
        asked,
        status=422 if shown.problem else 200,
        one=shown_as,
        kind=kind,
        steps=found,
        is_asked=shown.told is not None and not shown.problem,
        shown=shown,
        has={each.column: bool(getattr(account, each.column)) for each in kind.fields},
        public={each.column: getattr(account, each.column) for each in kind.fields if not each.is_secret},
        sending=shown.sending or Sending.now(account),
        address=webhook_address(account, kind, at.gate.public_url),
        is_everywhere=covers(asked.member.scope, EVERYWHERE),
        done=request.query_params.get("done", ""),
    )


async def _check(at: Desk, request: Request, asked: Asked) -> Response:
    """All steps tried, also those for which the platform is asked."""
    account = await at.gate.read(lambda connection: _read(connection, request, asked))
    told = await _ask(at, account, asked)

    def note(connection: Connection, now: datetime) -> None:
        bad = [step.code for step in _steps(at, connection, account, told, asked) if step.state == "bad"]
        _note(connection, asked, "account_checked", account.id, now, ", ".join(bad))

    await at.gate.change(note)
    return await _page(at, request, asked, _Shown(told=told))


async def _keys(at: Desk, request: Request, asked: Asked) -> Response:
    """New ids, secrets and tokens; those of which the platform can be asked are kept only if it takes them."""
    form = await request.form()
    account = await at.gate.read(lambda connection: _read(connection, request, asked))
    kind = kind_of(account.channel)
    keys = Keys.of(form, kind, account=account)
    shown = _Shown(typed=_public(kind, form), wrong=keys.wrong)
    if keys.wrong or not keys.columns:
        return await _page(at, request, asked, replace(shown, problem="fields" if keys.wrong else "nothing"))
    if {"external_id", "access_token"} <= keys.columns.keys():
        return await _page(at, request, asked, replace(shown, problem="another"))
    told = None
    if kind.asked_of & keys.columns.keys():
        changes: dict[str, Any] = dict(keys.columns)
        told = await _ask(at, replace(account, **changes), asked)
        if problem := _objection(told, keys, is_forced="untested" in form):
            return await _page(at, request, asked, replace(shown, problem=problem, told=told))

    def save(connection: Connection, now: datetime) -> None:
        _save_keys(connection, _read(connection, request, asked), keys, now)
        _note(connection, asked, accounts.CHANGED, account.id, now, ", ".join(sorted(keys.columns)))
        if told is not None and told.verdict == "taken":
            _start(connection, asked, account.id, now, only_if=IS_NEW)

    try:
        await at.gate.change(save)
    except _Conflict as conflict:
        return await _page(at, request, asked, replace(shown, problem=conflict.code))
    return _to(account.id, done="keys")


def _objection(told: Told, keys: Keys, *, is_forced: bool) -> str:
    """Why what was typed is not kept; "" when it is. What the platform says against an old token does not count."""
    is_token = "access_token" in keys.columns
    is_id = "external_id" in keys.columns
    match told.verdict:
        case "refused":
            return "refused" if is_token or is_id or told.reason == "proof_refused" else ""
        case "other_account":
            return "other_account" if is_token or is_id else ""
        case "silent" | "unclear":
            return "" if is_forced else "untested"
        case "taken":
            return "" if told.account or not is_id or is_forced else "untested"
        case "not_asked":
            return ""


def _save_keys(connection: Connection, account: StoredAccount, keys: Keys, now: datetime) -> None:
    """Raises _Conflict: the id is another account's, or the server is just getting new tokens with the old ones."""
    columns: dict[str, Any] = dict(keys.columns)
    external_id = keys.columns.get("external_id", account.external_id)
    there = accounts.find(connection, account.channel, external_id)
    if there is not None and there != account.id:
        raise _Conflict("exists")
    if columns.keys() & set(TOKEN_COLUMNS) and account.channel in REFRESHED:
        if account.token_claimed_until is not None and account.token_claimed_until > now:
            raise _Conflict("refreshing")
        # A token whose end is not known is refreshed at once: that proves the app's key and the refresh token too.
        columns["token_expires_at"] = None
    if "access_token" in columns:
        columns["token_state"] = OK
        if account.reason == TOKEN_LOST:
            columns |= {"state": "active", "reason": ""}
    accounts.change(connection, account.id, **columns)


async def _sending(at: Desk, request: Request, asked: Asked) -> Response:
    """Its place, its rate, and what may be sent through it."""
    form = await request.form()
    account = await at.gate.read(lambda connection: _read(connection, request, asked))
    sending = Sending.of(form, kind_of(account.channel), scope=asked.member.scope)
    if sending.wrong:
        return await _page(at, request, asked, _Shown(problem="sending", wrong=sending.wrong, sending=sending))

    def save(connection: Connection, now: datetime) -> None:
        before = _read(connection, request, asked)
        if sending.was != sending_digest(before):
            raise _Conflict("changed")
        changed = [name for name, value in sending.columns.items() if getattr(before, name) != value]
        if changed:
            accounts.change(connection, account.id, **{name: sending.columns[name] for name in changed})
            _note(connection, asked, accounts.CHANGED, account.id, now, ", ".join(sorted(changed)))

    try:
        await at.gate.change(save)
    except _Conflict as conflict:
        account = await at.gate.read(lambda connection: _read(connection, request, asked))
        typed = replace(sending, was=sending_digest(account))
        return await _page(at, request, asked, _Shown(problem=conflict.code, sending=typed))
    return _to(account.id, done="sending")


async def _state(at: Desk, request: Request, asked: Asked) -> Response:
    """Stop it, or set it going."""
    action = (await request.form()).get("action")
    if action not in ("stop", "start"):
        raise Missing

    def move(connection: Connection, now: datetime) -> int:
        account = _read(connection, request, asked)
        if BY_NAME[account.channel].IS_FETCHED:
            raise Missing
        if action == "start" and missing(account):
            raise _Conflict("lacking")
        if action == "start":
            _start(connection, asked, account.id, now)
        elif account.state == "active":
            accounts.change(connection, account.id, state="stopped", reason=BY_STAFF)
            _note(connection, asked, "account_stopped", account.id, now)
        return account.id

    try:
        number = await at.gate.change(move)
    except _Conflict as conflict:
        return await _page(at, request, asked, _Shown(problem=conflict.code))
    return _to(number, done="started" if action == "start" else "stopped")


def _start(connection: Connection, asked: Asked, account_id: int, now: datetime, *, only_if: str = "") -> None:
    """Set it going, if it is not; with `only_if` only when it was stopped for this reason."""
    account = accounts.one(connection, account_id)
    if account.state == "active" or (only_if and account.reason != only_if):
        return
    accounts.change(connection, account_id, state="active", reason="")
    _note(connection, asked, "account_started", account_id, now)


# What they stand on ---------------------------------------------------------------------------------------


def _read(connection: Connection, request: Request, asked: Asked) -> StoredAccount:
    """The account of the address. Raises Missing when it is not there for this member."""
    try:
        account = accounts.one(connection, int(request.path_params["account"]))
    except NoResultFound as error:
        raise Missing from error
    if account.channel not in BY_NAME or not _is_his(account, asked):
        raise Missing
    return account


def _own_place(asked: Asked) -> str | None:
    """For whom a new account is at first: the member's first place; None for the whole country."""
    return None if covers(asked.member.scope, EVERYWHERE) else next(iter(asked.member.scope), None)


def _is_his(account: StoredAccount, asked: Asked) -> bool:
    return covers(asked.member.scope, account.place or EVERYWHERE)


async def _ask(at: Desk, account: StoredAccount, asked: Asked) -> Told:
    return await ask(account, asked.now, seconds=at.platforms.patience_seconds)


def _steps(at: Desk, connection: Connection, account: StoredAccount, told: Told | None, asked: Asked) -> list[Step]:
    kind = kind_of(account.channel)
    saved = Saved(
        keys=accounts.last_saved(connection, account.id, kind.signed_by),
        tokens=accounts.last_saved(connection, account.id, TOKEN_COLUMNS),
    )
    return steps(account, kind, told=told, public_url=at.gate.public_url, saved=saved, now=asked.now)


def _public(kind: Kind, form: FormData) -> dict[str, str]:
    """What was typed and may be shown again."""
    return {one.column: str(form.get(one.column) or "").strip() for one in kind.fields if not one.is_secret}


def _to(account_id: int, *, done: str) -> Response:
    return RedirectResponse(f"{ADDRESS}/{account_id}?done={done}", 303)


def _note(connection: Connection, asked: Asked, action: str, account_id: int, now: datetime, detail: str = "") -> None:
    """Write down who did what: names of fields, never what stands in them."""
    subject = accounts.subject(account_id)
    staff.record(connection, staff_id=asked.member.id, action=action, subject=subject, detail=detail, now=now)
