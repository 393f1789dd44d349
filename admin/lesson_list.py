"""The list of courses and lessons, with who stands in them, and new lessons."""

from starlette.routing import BaseRoute

from admin.desk import Desk


def routes(at: Desk) -> list[BaseRoute]:
    return []
