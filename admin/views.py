"""Templates of the staff pages as answers, with the files they stand on.

Knows no table and no bulletin: what is shown is given. Sentences stand in the templates, chosen by closed codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute

from admin import roles
from bulletins.wording import weekday_word
from webhooks.page_files import page_files, static_route

FOLDER = Path(__file__).parent
STATIC = "/staff/static/"

_files = page_files(FOLDER / "static", address=STATIC)


class _Member(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> frozenset[str]: ...


class _Asked(Protocol):
    @property
    def member(self) -> _Member: ...


def page(request: Request, template: str, asked: _Asked | None, *, status: int = 200, **values: object) -> Response:
    """A template as an answer; `asked` is who asks, None on the pages for who is not signed in.

    Raises jinja2.UndefinedError when the template names what was not given.
    """
    member = asked.member if asked is not None else None
    text = _templates.get_template(template).render(member=member, path=request.scope["path"], **values)
    return HTMLResponse(text, status)


def part(template: str, **values: object) -> str:
    """A part of a page, for a script that asked for it. Raises jinja2.UndefinedError as `page` does."""
    return _templates.get_template(template).render(**values)


def static() -> BaseRoute:
    """The route of styles and scripts: no secret is among them, so it is open."""
    return static_route(_files, address=STATIC)


def is_fragment(request: Request) -> bool:
    """Whether the page asks for a part of itself only."""
    return "hx-request" in request.headers


def moment(when: datetime, zone: ZoneInfo) -> str:
    """A time as people say it: hour, weekday, day and month."""
    there = when.astimezone(zone)
    weekday = weekday_word(there.date())
    return f"{there:%H:%M} {weekday} {there.day}/{there.month}"


def _may(member: _Member, wanted: frozenset[str]) -> bool:
    """Whether a link is worth showing; the gate decides."""
    return bool(member.roles & wanted)


def _asset(name: str) -> str:
    return f"{STATIC}{name}?v={_files[name].digest}"


def _number(count: int) -> str:
    """1234567 -> 1.234.567, as it is written here."""
    return f"{count:,}".replace(",", ".")


def _bold(text: str) -> Markup:
    """**bold** as such, lines as lines; everything else is text."""
    parts = str(escape(text)).split("**")
    marked = "".join(f"<strong>{part}</strong>" if nth % 2 else part for nth, part in enumerate(parts))
    return Markup(marked.replace("\n", "<br>"))  # noqa: S704 - escaped above


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a bar chart: where it begins and how wide it is, in percent."""

    name: str
    count: int
    start: float
    width: float


def bars(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    """Counts as pieces of one bar, in their order; nothing for those of nobody."""
    total = sum(count for _, count in counts)
    made: list[Bar] = []
    start = 0.0
    for name, count in counts:
        if count:
            width = round(100 * count / total, 2)
            made.append(Bar(name, count, round(start, 2), width))
            start += width
    return made


def _environment() -> Environment:
    undefined: type[Undefined] = StrictUndefined
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=undefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = _asset
    made.globals["roles"] = roles
    made.globals["may"] = _may
    made.filters["number"] = _number
    made.filters["bold"] = _bold
    return made


_templates = _environment()
