"""The shapes that a bulletin's picture is put together from: boxes, words that wrap, icons, and what is printed on
every one. Sizes are pixels.

Knows no content of a bulletin. Words stand where they are on the whole picture, so that a test can measure whether any
overlap.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Any
from xml.sax.saxutils import escape

import yaml
from pydantic import Field

from bulletins.content import MOST_TASKS, Strict
from lessons.lettering import BOLD, PLAIN, Font, cleaned, wrap

WIDTH, MARGIN = 1_080, 32.0
ROOM = WIDTH - 2 * MARGIN
#: Words keep a contrast of 4.5 to 1 with what they stand on; a test measures it.
INK, GREY, WHITE, CREAM, PALE = "#1d2b36", "#55636e", "#ffffff", "#f5f1e8", "#edf4f7"
TEAL, BLUE, WARM, RED = "#17607d", "#1b65a6", "#b4460a", "#b3261e"
LEADING = 1.32
#: On a phone 320 pixels wide these are 10 pixels, and 9 for where the data come from.
SMALLEST, SMALLEST_NOTE = 34, 30
MORE = "…"
#: A number and its short unit, and the parts of a telephone number, stay on one line.
_AFTER_A_DIGIT = re.compile(r"(?<=\d) (?=\d|\w{1,2}\b)")
_KEPT = "\N{NO-BREAK SPACE}"


class PictureWords(Strict):
    """picture_words.yaml: what is printed on every picture. `tasks` are titles for one, two and three of them."""

    title: str
    from_to: str
    one_day: str
    high: str
    low: str
    rain_column: str
    chance_column: str
    rain: str
    little_rain: str
    no_rain: str
    chance: str
    nothing_known: str
    more_days: str
    tasks: Annotated[tuple[str, ...], Field(min_length=MOST_TASKS, max_length=MOST_TASKS)]
    tasks_elsewhere: str
    warning: str
    warning_elsewhere: str
    warning_source: str
    ask: str
    issued: str
    approved: str
    alt: str
    alt_high: str
    alt_low: str
    alt_rain: str
    alt_warning: str
    alt_tasks: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How a bulletin is fitted in: `scale` of letters that may shrink, days in single lines when `is_dense`, and
    whether long parts stand in the picture or are left to the message."""

    scale: float
    is_dense: bool = False
    has_tasks: bool = True
    has_warning: bool = True

    def letters(self, size: float) -> int:
        return max(SMALLEST, round(size * self.scale))


@dataclass(frozen=True, slots=True)
class Block:
    """SVG, and how far down the picture it reaches."""

    svg: str
    bottom: float


def paragraph(
    text: str,
    left: float,
    top: float,
    width: float,
    *,
    size: int,
    color: str,
    bold: bool = False,
    most: int | None = None,
) -> Block:
    """Words that wrap, a word wider than the line being broken; after `most` lines the rest is an ellipsis.

    No words give no height.
    """
    lines = _wrapped(text, width, size=size, font=BOLD if bold else PLAIN)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], _with_ellipsis(lines[most - 1], width, size=size, font=BOLD if bold else PLAIN)]
    step = size * LEADING
    drawn = "".join(
        word(line, left, top + step * nth + size * 1.02, size=size, color=color, bold=bold)
        for nth, line in enumerate(lines)
    )
    return Block(drawn, top + step * len(lines))


def word(text: str, x: float, y: float, *, size: int, color: str, bold: bool = False, anchor: str = "start") -> str:
    """One line of words, its baseline at y."""
    weight = 700 if bold else 400
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{color}"'
        f' text-anchor="{anchor}">{escaped(text)}</text>'
    )


def box(x: float, y: float, width: float, height: float, *, radius: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:.1f}" fill="{fill}"/>'


def icon(name: str, x: float, y: float, side: float) -> str:
    """An icon of sky_icons.yaml in a square whose upper left corner is (x, y)."""
    return f'<g transform="translate({x:.1f} {y:.1f}) scale({side / 100:.3f})">{icons()[name]}</g>'


@cache
def icons() -> dict[str, str]:
    """The shapes of every icon, in a square of 100 by 100."""
    table = _table("sky_icons.yaml")
    return {name: drawn.format(**table["shapes"]) for name, drawn in table["icons"].items()}


@cache
def printed() -> PictureWords:
    """picture_words.yaml, checked."""
    return PictureWords.model_validate(_table("picture_words.yaml"))


def escaped(text: str) -> str:
    return escape(cleaned(text))


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return table


def _wrapped(text: str, width: float, *, size: int, font: Font) -> list[str]:
    broken = "\n".join(
        " ".join(piece for one in line.split(" ") for piece in _pieces(one, width, size=size, font=font))
        for line in _AFTER_A_DIGIT.sub(_KEPT, cleaned(text)).split("\n")
    )
    lines = wrap(broken, width, size=size, font=font) if broken else []
    return [line.replace(_KEPT, " ").strip() for line in lines]


def _pieces(text: str, width: float, *, size: int, font: Font) -> Iterator[str]:
    """A word in pieces no wider than the line; nearly always the word itself."""
    start = 0
    for end in range(1, len(text) + 1):
        if font.width(text[start:end], size) > width:
            yield text[start : end - 1]
            start = end - 1
    yield text[start:]


def _with_ellipsis(line: str, width: float, *, size: int, font: Font) -> str:
    while line and font.width(line + MORE, size) > width:
        line = line[:-1].rstrip()
    return line + MORE
