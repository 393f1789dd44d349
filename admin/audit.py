"""Who did what: the newest first, page after page, with a filter. Nothing can be changed here, or anywhere.

A keeper of some places sees what members of these places did; what was done on the server itself, who keeps them all.
"""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin.desk import Desk
from admin.gate import ADDRESS, Asked
from admin.roles import AUDIT_READERS, EVERYWHERE, covers
from admin.views import moment, page
from storage import staff
from storage.staff import Wanted

AUDIT = f"{ADDRESS}/audit"
SHOWN = 50
LARGEST_ID = 2**31 - 1


def routes(at: Desk) -> list[BaseRoute]:
    return [at.gate.route(AUDIT, partial(_audit, at), roles=AUDIT_READERS)]


async def _audit(at: Desk, request: Request, asked: Asked) -> Response:
    query = request.query_params
    since, until = _day(query.get("since", "")), _day(query.get("until", ""))
    chosen = {name: query.get(name, "").strip()[:80] for name in ("who", "action", "subject")}

    def look(connection: Connection) -> dict[str, Any]:
        members = staff.everyone(connection)
        if EVERYWHERE not in asked.member.scope:
            members = [one for one in members if all(covers(asked.member.scope, code) for code in one.scope)]
        who = next((one.id for one in members if one.login == chosen["who"]), None)
        wanted = Wanted(
            of=None if EVERYWHERE in asked.member.scope else frozenset(one.id for one in members),
            staff_id=who,
            action=chosen["action"],
            subject=chosen["subject"],
            since=_begins(since, at) if since else None,
            until=_begins(until + timedelta(days=1), at) if until else None,
            before=_number(query.get("before", "")),
        )
        rows = staff.audit(connection, wanted, limit=SHOWN + 1)
        return {
            "logins": [(one.login, one.name) for one in members],
            "rows": [
                {
                    "when": moment(row.at, at.zone),
                    "who": row.name or "",
                    "login": row.login or "",
                    "action": row.action,
                    "subject": row.subject,
                    "detail": row.detail,
                }
                for row in rows[:SHOWN]
            ],
            "next": rows[SHOWN - 1].id if len(rows) > SHOWN else None,
        }

    values = await at.gate.read(look)
    kept = {name: value for name, value in {**chosen, **_days(since, until)}.items() if value}
    more = f"{AUDIT}?{urlencode(kept | {'before': values['next']})}" if values["next"] else ""
    return page(request, "audit.html", asked, more=more, chosen=chosen | _days(since, until), **values)


def _days(since: date | None, until: date | None) -> dict[str, str]:
    return {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}


def _day(text: str) -> date | None:
    """None for what is no day, or for one at the end of all calendars."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def _begins(day: date, at: Desk) -> datetime:
    return datetime.combine(day, time(0), at.zone)


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 11
    return int(text) if is_number and int(text) <= LARGEST_ID else None
