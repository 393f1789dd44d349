"""Each route as each role, and signed out: who gets in is who was declared, and nobody else."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
from starlette.routing import BaseRoute

from admin.gate import StaffRoute
from admin.roles import ROLES
from admin.views import STATIC

REFUSAL = "Trang này không thuộc phần của mình"

Access = tuple[str, str, str, bool]


async def walk(
    routes: Sequence[BaseRoute], *, signed_in: Callable[[str], httpx.AsyncClient], signed_out: httpx.AsyncClient
) -> tuple[list[Access], list[Access]]:
    """(what was declared, what happened): (method, path, role or "nobody", gets in) for every route.

    `signed_in` gives a browser of a member with one role: a new one each time, since routes end sessions.
    """
    declared: list[Access] = []
    happened: list[Access] = []
    for route in staff_routes_of(routes):
        for method in sorted(route.allowed):
            for role in ("nobody", *ROLES):
                client = signed_out if role == "nobody" else signed_in(role)
                answer = await client.request(method, address_of(route))
                may = route.roles is None or role in route.roles
                declared.append((method, route.path, role, may))
                happened.append((method, route.path, role, _got_in(answer)))
    return declared, happened


def staff_routes_of(routes: Sequence[BaseRoute]) -> Iterator[StaffRoute]:
    """Fails for a route that does not say who may use it; styles and scripts are open."""
    for route in routes:
        if getattr(route, "path", "").startswith(STATIC):
            continue
        assert isinstance(route, StaffRoute), f"{route} does not say who may use it"
        yield route


def address_of(route: Any) -> str:
    return re.sub(r"\{[^}]*\}", "1", route.path)


def _got_in(answer: httpx.Response) -> bool:
    way = answer.headers.get("location", "")
    is_sent_to_sign_in = answer.status_code == 303 and way.startswith("/staff/sign-in") and "?code=" not in way
    return not is_sent_to_sign_in and not (answer.status_code == 403 and REFUSAL in answer.text)
