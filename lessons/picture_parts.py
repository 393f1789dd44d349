"""The parts of a drawing, each as a block of SVG of a known height. Units are pixels of a picture 720 wide.

Pure: a part and the width that it may have give a Block. Raises TooLong when words do not fit. Colours keep a
contrast of 4.5 to 1 for words (a test measures it).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lessons.findings import read_table
from lessons.lettering import BOLD, PLAIN, wrap
from lessons.pictures import Part, Tile, icons

INK, GREY, TEAL, PALE = "#1d2b36", "#55636e", "#17607d", "#e3eef2"
LINE, FIELD, WHITE, ORANGE, RED, GREEN = "#c3ccd3", "#f4f6f7", "#ffffff", "#d9660a", "#b3261e", "#1f7a4d"

BODY, SMALL, HEADING, BUTTON = 34, 30, 42, 38
#: What a cross needs at the right end of words, which must stay readable.
CROSS_ROOM = 96.0
LEADING = 1.32


@dataclass(frozen=True, slots=True)
class Block:
    """SVG drawn from (0, 0) down, `height` tall; `target` is the box (x, y, width, height) that an arrow points at."""

    svg: str
    height: float
    target: tuple[float, float, float, float] | None = None


def block(part: Part, width: float) -> Block:
    """The part as it is drawn; pointed at or crossed out when it says so. The target is kept only if pointed at."""
    kind = part.kinds[0]
    in_middle = kind in {"qr", "icon", "image"}
    made = _DRAW[kind](part, width - CROSS_ROOM if part.cross and not in_middle else width)
    target = made.target or ((0.0, 0.0, width, made.height) if part.point else None)
    svg = made.svg + (pointer(*target) if target else "")
    if part.cross and kind != "qr":  # a code has its cross under the word on it
        svg += _crossing(width, made.height, in_middle=in_middle)
    return Block(svg, made.height, target)


def pointer(x: float, y: float, width: float, height: float) -> str:
    """An orange outline round a box, and an arrow at its lower right corner."""
    outline = rect(x - 8, y - 8, width + 16, height + 16, radius=24, fill="none", stroke=ORANGE, stroke_width=8)
    tip_x, tip_y = x + width - 46, y + height - 14
    arrow = "M0 0 L46 12 L32 23 L58 49 L47 60 L21 34 L10 48 Z"
    moved = f"translate({tip_x:.1f} {tip_y:.1f})"
    return outline + f'<path d="{arrow}" transform="{moved}" fill="{ORANGE}" stroke="#fff" stroke-width="4"/>'


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    radius: float,
    fill: str,
    stroke: str = "none",
    stroke_width: float = 0,
) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:.1f}" fill="{fill}"'
        f' stroke="{stroke}" stroke-width="{stroke_width:.1f}"/>'
    )


def words(
    text: str, x: float, y: float, *, size: float, color: str = INK, bold: bool = False, anchor: str = "start"
) -> str:
    """One line of words, its baseline at y."""
    weight = 700 if bold else 400
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}" font-weight="{weight}" fill="{color}"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )


def lines(
    text: str, width: float, *, size: float, color: str = INK, bold: bool = False, x: float = 0, anchor: str = "start"
) -> Block:
    """Words that wrap; at the middle of the width when `anchor` is middle."""
    wrapped = wrap(text, width, size=size, font=BOLD if bold else PLAIN)
    at = x + width / 2 if anchor == "middle" else x
    step = size * LEADING
    drawn = "".join(
        words(line, at, step * nth + size * 1.02, size=size, color=color, bold=bold, anchor=anchor)
        for nth, line in enumerate(wrapped)
    )
    return Block(drawn, step * len(wrapped))


def moved(svg: str, x: float, y: float) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f})">{svg}</g>'


def icon(name: str, x: float, y: float, size: float, color: str = TEAL) -> str:
    """An icon in a square whose upper left corner is (x, y)."""
    scale = size / 24
    return (
        f'<path d="{icons()[name]}" transform="translate({x:.1f} {y:.1f}) scale({scale:.3f})" fill="none"'
        f' stroke="{color}" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"/>'
    )


# The kinds ------------------------------------------------------------------------------------------------


def _heading(part: Part, width: float) -> Block:
    return lines(part.heading or "", width, size=HEADING, bold=True, anchor="middle")


def _text(part: Part, width: float) -> Block:
    size, color = (SMALL, GREY) if part.small else (BODY, INK)
    return lines(part.text or "", width, size=size, color=color, anchor="middle")


def _field(part: Part, width: float) -> Block:
    label = lines(part.field or "", width - 16, size=SMALL, color=GREY, x=8)
    value = lines(part.value or " ", width - 44, size=BODY, x=22)
    height = max(76.0, value.height + 26)
    box = rect(0, 0, width, height, radius=14, fill=FIELD, stroke=LINE, stroke_width=3)
    inside = moved(value.svg, 0, (height - value.height) / 2)
    top = label.height + (18 if part.point else 6)  # the outline must not touch the marks below letters
    return Block(label.svg + moved(box + inside, 0, top), top + height, (0, top, width, height) if part.point else None)


def _button(part: Part, width: float) -> Block:
    fill, color = ("#dfe5e9", INK) if part.quiet else (TEAL, WHITE)
    text = lines(part.button or "", width - 64, size=BUTTON, color=color, bold=not part.quiet, x=32, anchor="middle")
    height = text.height + 34
    return Block(rect(0, 0, width, height, radius=34, fill=fill) + moved(text.svg, 0, 17), height)


def _row(part: Part, width: float) -> Block:
    left = 66.0 if part.icon else 8.0
    right = wrap(part.value or "", width * 0.42, size=SMALL, font=PLAIN) if part.value else []
    taken = max((PLAIN.width(line, SMALL) for line in right), default=0.0)
    text = lines(part.row or "", width - left - taken - 22, size=BODY, x=left)
    height = max(text.height, len(right) * SMALL * LEADING, 52.0) + 24
    svg = moved(text.svg, 0, (height - text.height) / 2)
    if part.icon:
        svg += icon(part.icon, 4, height / 2 - 24, 48)
    first = height / 2 - len(right) * SMALL * LEADING / 2 + SMALL * 1.02
    for nth, line in enumerate(right):
        svg += words(line, width - 6, first + nth * SMALL * LEADING, size=SMALL, color=GREY, anchor="end")
    svg += f'<path d="M0 {height:.1f} H{width:.1f}" stroke="{LINE}" stroke-width="2"/>'
    return Block(svg, height)


def _tiles(part: Part, width: float) -> Block:
    columns = 2 if len(part.tiles) in (2, 4) else min(3, len(part.tiles))
    gap, size = 20.0, 30
    each = (width - gap * (columns - 1)) / columns
    svg, top = "", 0.0
    targets: list[tuple[float, float, float, float]] = []
    for start in range(0, len(part.tiles), columns):
        row = part.tiles[start : start + columns]
        labels = [lines(tile.label, each - 16, size=size, x=8, anchor="middle") for tile in row]
        height = 104 + max(label.height for label in labels)
        for nth, (tile, label) in enumerate(zip(row, labels, strict=True)):
            x = nth * (each + gap)
            svg += moved(_tile(tile, label, each, height), x, top)
            if tile.point:
                targets.append((x, top, each, height))
        top += height + gap
    svg += "".join(pointer(*target) for target in targets[:-1])
    return Block(svg, top - gap, targets[-1] if targets else None)


def _tile(tile: Tile, label: Block, width: float, height: float) -> str:
    box = rect(0, 0, width, height, radius=20, fill=PALE)
    return box + icon(tile.icon, width / 2 - 32, 16, 64) + moved(label.svg, 0, 88)


def _digits(part: Part, width: float) -> Block:
    count = part.digits or 1
    each, gap = min(72.0, (width - 10 * (count - 1)) / count), 10.0
    left = (width - count * each - (count - 1) * gap) / 2
    svg = ""
    for nth in range(count):
        x = left + nth * (each + gap)
        svg += rect(x, 0, each, 84, radius=14, fill=FIELD, stroke=LINE, stroke_width=3)
        if nth < part.filled:
            svg += f'<circle cx="{x + each / 2:.1f}" cy="42" r="11" fill="{INK}"/>'
    return Block(svg, 84)


def _keypad(_: Part, width: float) -> Block:
    keys = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "")
    each, height = (width - 40) / 3, 72.0
    svg = ""
    for nth, key in enumerate(keys):
        if key:
            x, y = nth % 3 * (each + 20), nth // 3 * (height + 12)
            svg += rect(x, y, each, height, radius=14, fill="#e9edf0")
            svg += words(key, x + each / 2, y + 50, size=40, anchor="middle")
    return Block(svg, 4 * height + 36)


def _switch(part: Part, width: float) -> Block:
    text = lines(part.switch or "", width - 130, size=BODY, x=8)
    height = max(text.height, 56.0) + 20
    fill, knob = (TEAL, width - 34) if part.is_on else ("#9aa7b0", width - 78)
    toggle = rect(width - 108, height / 2 - 28, 104, 56, radius=28, fill=fill)
    toggle += f'<circle cx="{knob:.1f}" cy="{height / 2:.1f}" r="22" fill="{WHITE}"/>'
    return Block(moved(text.svg, 0, (height - text.height) / 2) + toggle, height)


def _check(part: Part, width: float) -> Block:
    text = lines(part.check or "", width - 76, size=BODY, x=70)
    height = max(text.height, 52.0) + 8
    box = rect(6, height / 2 - 22, 44, 44, radius=8, fill=TEAL if part.is_on else WHITE, stroke=TEAL, stroke_width=4)
    tick = icon("check", 11, height / 2 - 17, 34, WHITE) if part.is_on else ""
    return Block(box + tick + moved(text.svg, 0, (height - text.height) / 2), height)


def _qr(part: Part, width: float) -> Block:
    side = 300.0
    left = (width - side) / 2
    svg = moved(_pattern(side, seed="code", color=INK), left, 0)
    if part.sticker:
        second = rect(-14, -14, 230, 230, radius=6, fill="#fff7d6", stroke=RED, stroke_width=4)
        second += _pattern(202, seed="sticker", color="#5a2a00")
        svg += f'<g transform="translate({left + 118:.1f} 96) rotate(-7)">{second}</g>'
    if part.cross:
        svg += _crossing(width, side, in_middle=True)
    text = str(read_table("picture_words.yaml")["example"])
    ribbon = rect(-150, -30, 300, 60, radius=8, fill=WHITE, stroke=RED, stroke_width=4)
    ribbon += words(text, 0, 15, size=40, color=RED, bold=True, anchor="middle")
    svg += f'<g transform="translate({width / 2:.1f} {side / 2:.1f}) rotate(-18)">{ribbon}</g>'
    wide, tall = (side + 54, side + 18) if part.sticker else (side, side)
    return Block(svg, tall, (left - 12, 0, wide + 24, tall) if part.point else None)


def _pattern(side: float, *, seed: str, color: str) -> str:
    """Squares at random with three corners, as a QR code looks: no reader can read it."""
    cells, chance = 21, random.Random(seed)  # noqa: S311 - a picture, no secret
    each = side / cells
    squares = [rect(0, 0, side, side, radius=0, fill=WHITE)]
    for x in range(cells):
        for y in range(cells):
            in_corner = (x < 8 or x > 12) and (y < 8 or y > 12) and not (x > 12 and y > 12)
            if not in_corner and chance.random() < 0.48:
                squares.append(rect(x * each, y * each, each, each, radius=0, fill=color))
    for x, y in ((0, 0), (14, 0), (0, 14)):
        squares.append(
            rect(
                (x + 0.5) * each,
                (y + 0.5) * each,
                6 * each,
                6 * each,
                radius=0,
                fill="none",
                stroke=color,
                stroke_width=each,
            )
        )
        squares.append(rect((x + 2) * each, (y + 2) * each, 3 * each, 3 * each, radius=0, fill=color))
    return "".join(squares)


def _message(part: Part, width: float) -> Block:
    inner = width - 90
    sender = (
        lines(part.sender or "", inner - 48, size=SMALL, color=GREY, bold=True, x=24) if part.sender else Block("", 0)
    )
    text = lines(part.message or "", inner - 48, size=32, x=24)
    height = sender.height + text.height + 30
    edge = {"stroke": RED, "stroke_width": 5.0} if part.scam else {}
    svg = rect(0, 0, inner, height, radius=24, fill="#eef1f3", **edge)  # type: ignore[arg-type]
    svg += moved(sender.svg, 0, 12) + moved(text.svg, 0, 14 + sender.height)
    if not part.scam:
        return Block(svg, height)
    stamp = str(read_table("picture_words.yaml")["scam"])
    wide = BOLD.width(stamp, SMALL) + 36
    svg += rect(width - wide, height - 14, wide, 50, radius=10, fill=RED)
    svg += words(stamp, width - wide / 2, height + 21, size=SMALL, color=WHITE, bold=True, anchor="middle")
    return Block(svg, height + 40)


def _reply(part: Part, width: float) -> Block:
    inner = width - 130
    text = lines(part.reply or "", inner - 48, size=32, x=24)
    height = text.height + 28
    return Block(moved(rect(0, 0, inner, height, radius=24, fill="#d3e8ef") + moved(text.svg, 0, 13), 130, 0), height)


def _call(part: Part, width: float) -> Block:
    face = f'<circle cx="{width / 2:.1f}" cy="70" r="62" fill="{PALE}"/>' + icon("person", width / 2 - 38, 30, 76)
    name = lines(part.call or "", width, size=HEADING, bold=True, anchor="middle")
    note = lines(part.note or "", width, size=SMALL, color=GREY, anchor="middle") if part.note else Block("", 0)
    top = 144 + name.height + note.height + 24
    svg = face + moved(name.svg, 0, 140) + moved(note.svg, 0, 140 + name.height)
    for x, color, turned in ((width * 0.28, RED, 135), (width * 0.72, GREEN, 0)):
        svg += f'<circle cx="{x:.1f}" cy="{top + 56:.1f}" r="54" fill="{color}"/>'
        svg += f'<g transform="translate({x:.1f} {top + 56:.1f}) rotate({turned})">{_RECEIVER}</g>'
    target = (width * 0.28 - 60, top - 4, 120, 120) if part.hang_up else None
    return Block(svg, top + 116, target)


_RECEIVER = (
    '<path d="M-24 -20 c0 24 20 44 44 44 l6 -14 l-16 -9 l-7 6 c-8 -4 -13 -9 -17 -17 l6 -7 l-9 -16 Z" fill="#fff"/>'
)


def _card(part: Part, width: float) -> Block:
    card = part.card
    title = lines(card.title if card else "", width - 48, size=BODY, bold=True, color=WHITE, x=24)
    bar = title.height + 22
    svg, top = "", bar + 18
    for line in card.lines if card else ():
        drawn = lines(line, width - 56, size=31, x=28)
        svg += moved(drawn.svg, 0, top)
        top += drawn.height + 8
    height = top + 14
    box = rect(0, 0, width, height, radius=20, fill=WHITE, stroke=TEAL, stroke_width=4)
    head = f'<path d="M0 20 a20 20 0 0 1 20 -20 H{width - 20:.1f} a20 20 0 0 1 20 20 V{bar:.1f} H0 Z" fill="{TEAL}"/>'
    return Block(box + head + moved(title.svg, 0, 10) + svg, height)


def _list(part: Part, width: float) -> Block:
    svg, top = "", 0.0
    for line in part.list:
        drawn = lines(line, width - 66, size=BODY, x=62)
        svg += icon("check", 8, top + 4, 38, GREEN) + moved(drawn.svg, 0, top)
        top += drawn.height + 12
    return Block(svg, top - 12)


def _icon(part: Part, width: float) -> Block:
    circle = f'<circle cx="{width / 2:.1f}" cy="86" r="84" fill="{PALE}"/>'
    svg = circle + icon(part.icon or "check", width / 2 - 52, 34, 104)
    caption = lines(part.caption or "", width, size=BODY, bold=True, anchor="middle") if part.caption else Block("", 0)
    return Block(svg + moved(caption.svg, 0, 182), 182 + caption.height)


def _image(part: Part, width: float) -> Block:
    side = min(width, 420.0)
    left, tall = (width - side) / 2, 230.0
    svg = rect(left, 0, side, tall, radius=16, fill="#e4e8eb") + icon("photo", width / 2 - 65, 50, 130, GREY)
    if part.crossed:
        svg += moved(_crossing(110, 110, in_middle=True), left + side - 130, tall - 130)
    if part.ticked:
        svg += f'<circle cx="{left + side - 62:.1f}" cy="{tall - 62:.1f}" r="46" fill="{GREEN}"/>'
        svg += icon("check", left + side - 92, tall - 92, 60, WHITE)
    caption = lines(part.caption or part.image or "", width, size=BODY, anchor="middle")
    return Block(svg + moved(caption.svg, 0, tall + 10), tall + 10 + caption.height)


def _space(_: Part, __: float) -> Block:
    return Block("", 40)


def _crossing(width: float, height: float, *, in_middle: bool) -> str:
    """A red cross: over the middle of a picture, else at the right end."""
    half = min(width, height, 260.0 if in_middle else 84.0) / 2 - 8
    x, y = width / 2 if in_middle else width - half - 14, height / 2
    west, east, north, south = x - half, x + half, y - half, y + half
    path = f"M{west:.1f} {north:.1f} L{east:.1f} {south:.1f} M{east:.1f} {north:.1f} L{west:.1f} {south:.1f}"
    under = f'<path d="{path}" stroke="#fff" stroke-width="22" stroke-linecap="round"/>'
    return under + f'<path d="{path}" stroke="{RED}" stroke-width="13" stroke-linecap="round"/>'


_DRAW: dict[str, Callable[[Part, float], Block]] = {
    "heading": _heading,
    "text": _text,
    "field": _field,
    "button": _button,
    "row": _row,
    "tiles": _tiles,
    "digits": _digits,
    "keypad": _keypad,
    "switch": _switch,
    "check": _check,
    "qr": _qr,
    "message": _message,
    "reply": _reply,
    "call": _call,
    "card": _card,
    "list": _list,
    "icon": _icon,
    "image": _image,
    "space": _space,
}
