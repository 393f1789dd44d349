"""Every page under /staff, in one list: what is not in it is not served."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from admin import (
    accounts,
    audit,
    bulletin_list,
    bulletin_outputs,
    bulletin_report,
    bulletin_sending,
    bulletin_text,
    canned,
    lesson_editor,
    lesson_exchange,
    lesson_history,
    lesson_list,
    lesson_media,
    lesson_publishing,
    lesson_trial,
    numbers,
    pasted_samples,
    radar,
    schedules,
    second_factor,
    sign_in,
    team,
    unmatched_texts,
    views,
    waiting,
)
from admin.desk import BULLETINS, Desk
from admin.gate import ADDRESS, Asked
from admin.roles import BULLETIN_READERS, EVERYONE

_PAGES = (
    waiting,
    canned,
    lesson_list,
    lesson_editor,
    lesson_trial,
    lesson_publishing,
    lesson_history,
    lesson_exchange,
    lesson_media,
    numbers,
    radar,
    unmatched_texts,
    pasted_samples,
    team,
    second_factor,
    accounts,
    audit,
    schedules,  # before the pages of a bulletin: its address begins as theirs do
    bulletin_list,
    bulletin_text,
    bulletin_outputs,
    bulletin_sending,
    bulletin_report,
)


def staff_routes(at: Desk) -> list[BaseRoute]:
    """The routes, in the order in which they are tried."""

    async def home(request: Request, asked: Asked) -> Response:
        return RedirectResponse(BULLETINS if asked.member.roles & BULLETIN_READERS else f"{ADDRESS}/me", 303)

    return [
        views.static(),
        *sign_in.routes(at.gate, zone=at.zone),
        at.gate.route("/staff", home, roles=EVERYONE),
        *(route for pages in _PAGES for route in pages.routes(at)),
        at.gate.nowhere(),
    ]
