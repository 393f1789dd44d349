"""What a drawing of a lesson is: the pydantic models of lessons/drawings/*.yaml, and how such a file is read.

A drawing is a screen or a paper as a short list of parts, from top to bottom; picture_svg.py draws it. Knows no
lesson. Sentences that explain a field to editors are in schema_help.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from lessons.findings import Finding, finding, is_blocking, read_table
from lessons.strict import Strict, Words
from lessons.validation import validate
from lessons.yaml_tree import Path, Tree, read

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]

#: The kinds of parts: each part has exactly one of these keys.
KINDS = (
    "heading", "text", "field", "button", "row", "tiles", "digits", "keypad", "switch", "check", "qr", "message",
    "reply", "call", "card", "list", "image", "space",
)  # fmt: skip


class Tile(Strict):
    """One square of a grid of choices."""

    icon: Words
    label: Words
    point: bool = False


class Card(Strict):
    """A paper, a card, a sheet: a title and a few lines."""

    title: Words
    lines: tuple[Words, ...] = ()


class Part(Strict):
    """One thing on the screen. Exactly one of the keys in KINDS is given, or `icon` by itself."""

    heading: Words | None = None
    text: Words | None = None
    small: bool = False
    field: Words | None = None
    value: Words | None = None
    button: Words | None = None
    quiet: bool = False
    row: Words | None = None
    icon: Words | None = None
    caption: Words | None = None
    tiles: tuple[Tile, ...] = ()
    digits: Annotated[int, Field(ge=1, le=12)] | None = None
    filled: int = 0
    keypad: bool = False
    switch: Words | None = None
    check: Words | None = None
    is_on: bool = False
    qr: bool = False
    sticker: bool = False
    message: Words | None = None
    sender: Words | None = None
    scam: bool = False
    reply: Words | None = None
    call: Words | None = None
    note: Words | None = None
    hang_up: bool = False
    card: Card | None = None
    list: tuple[Words, ...] = ()
    image: Words | None = None
    crossed: bool = False
    ticked: bool = False
    space: bool = False
    point: bool = False
    cross: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are written; one when the part is right."""
        written = tuple(kind for kind in KINDS if getattr(self, kind))
        return written or (("icon",) if self.icon else ())


class Drawing(Strict):
    """One picture. `name` is its file name without .png; `bar` the title bar of the screen."""

    name: FileName
    title: Words
    frame: Literal["phone", "paper"] = "phone"
    bar: Words | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]


class Drawings(Strict):
    """One file of drawings."""

    drawings: Annotated[tuple[Drawing, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Described:
    """A drawing without a fault, and where it is described."""

    drawing: Drawing
    file: str
    line: int


def read_drawings(texts: Mapping[str, str]) -> tuple[dict[str, Described], list[Finding]]:
    """File name -> text; the drawings that can be drawn, by their name, and what is wrong with the others."""
    drawings: dict[str, Described] = {}
    found: list[Finding] = []
    seen: set[str] = set()
    for file, text in texts.items():
        tree = read(text)
        parsed, wrong = validate(Drawings, tree, file=file)
        found += wrong
        if parsed is None or is_blocking(wrong):
            continue
        for nth, drawing in enumerate(parsed.drawings):
            faults = _faults(drawing, ("drawings", nth), tree=tree, file=file)
            if drawing.name in seen:
                faults.append(_at(tree, ("drawings", nth, "name"), "drawing_twice", file, name=drawing.name))
            seen.add(drawing.name)
            found += faults
            if not faults:
                line, _ = tree.where(("drawings", nth, "name"))
                drawings[drawing.name] = Described(drawing, file, line)
    return drawings, found


@cache
def icons() -> Mapping[str, str]:
    """picture_icons.yaml: name -> the strokes of an icon, as SVG path data in a square of 24 by 24."""
    return dict(read_table("picture_icons.yaml")["icons"])


def _faults(drawing: Drawing, path: Path, *, tree: Tree, file: str) -> list[Finding]:
    found = []
    for nth, part in enumerate(drawing.parts):
        here = (*path, "parts", nth)
        if len(part.kinds) != 1:
            kinds = ", ".join(part.kinds) or "-"
            found.append(_at(tree, here, "part_kind", file, nth=nth + 1, kinds=kinds, known=", ".join(KINDS)))
        named = [(here, part.icon), *(((*here, "tiles", i), tile.icon) for i, tile in enumerate(part.tiles))]
        for place, icon in named:
            if icon is not None and icon not in icons():
                known = ", ".join(sorted(icons()))
                found.append(_at(tree, (*place, "icon"), "unknown_icon", file, name=icon, known=known))
    return found


def _at(tree: Tree, path: Path, code: str, file: str, **values: object) -> Finding:
    line, column = tree.where(path)
    return finding(code, file=file, line=line, column=column, **values)
