"""Answers that members give again and again."""

from starlette.routing import BaseRoute

from admin.desk import Desk


def routes(at: Desk) -> list[BaseRoute]:
    return []


def filled(text: str, address: str | None) -> str | None:
    """The text with {xung_ho} and {Xung_ho} as this person is addressed; None when that is not known and wanted."""
    if "{xung_ho}" not in text and "{Xung_ho}" not in text:
        return text
    if address is None:
        return None
    return text.replace("{xung_ho}", address).replace("{Xung_ho}", address[:1].upper() + address[1:])
