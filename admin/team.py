"""Those who sign in: roles, places, links, ends."""

from starlette.routing import BaseRoute

from admin.desk import Desk


def routes(at: Desk) -> list[BaseRoute]:
    return []
