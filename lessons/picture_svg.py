"""A drawing as SVG: the phone or the paper around its parts, and the strip that says it is a drawing.

Pure: the same drawing gives the same text. Raises TooLong when words do not fit.
"""

from xml.sax.saxutils import escape

from lessons.findings import read_table
from lessons.lettering import FAMILY
from lessons.picture_parts import GREY, INK, LINE, TEAL, WHITE, Block, block, lines, moved, rect, words
from lessons.pictures import Drawing

WIDTH = 720
#: Taller than this, a picture is not seen whole on a small phone.
MOST_HEIGHT = 1_500
CREAM, BEZEL = "#f5f1e8", "#2b3640"
STRIP = 96.0
GAP = 26.0
#: How far the arrow reaches below what it points at, beyond the gap.
ARROW = 26.0


class TooTall(Exception):
    """More parts than a screen holds."""


def svg(drawing: Drawing) -> str:
    """The whole picture, WIDTH wide. Raises TooLong, TooTall."""
    is_phone = drawing.frame == "phone"
    left, top = (62.0, 76.0) if is_phone else (54.0, 44.0)
    inside = WIDTH - 2 * left
    content = _content(drawing, inside - 52)
    bar = _bar(drawing.bar, inside) if drawing.bar else Block("", 0)
    height = max(content.height + bar.height + 68, 360.0 if is_phone else 160.0)
    spare = (height - bar.height - 34 - content.height) / 2 if height == 360.0 else 34.0
    frame_bottom = top + height + (60 if is_phone else 44)
    whole = frame_bottom + STRIP
    if whole > MOST_HEIGHT:
        raise TooTall(f"{whole:.0f}")
    frame = _phone(left, top, inside, height) if is_phone else _paper(left, top, inside, height)
    body = moved(bar.svg, left, top) + moved(content.svg, left + 26, top + bar.height + spare)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{whole:.0f}" viewBox="0 0 {WIDTH}'
        f' {whole:.0f}" role="img" lang="vi" font-family="{FAMILY}"><title>{escape(drawing.title)}</title>'
        f"{rect(0, 0, WIDTH, whole, radius=0, fill=CREAM)}{frame}{body}{_strip(frame_bottom)}</svg>\n"
    )


def _content(drawing: Drawing, width: float) -> Block:
    made, top = "", 0.0
    for part in drawing.parts:
        drawn = block(part, width)
        made += moved(drawn.svg, 0, top)
        top += drawn.height + GAP + (ARROW if _points_low(drawn) else 0)
    return Block(made, top - GAP)


def _points_low(drawn: Block) -> bool:
    """Whether the arrow reaches below the part, where the next one must give way."""
    return drawn.target is not None and drawn.target[1] + drawn.target[3] > drawn.height - ARROW


def _bar(title: str, width: float) -> Block:
    drawn = lines(title, width - 48, size=34, color=WHITE, bold=True, x=24, anchor="middle")
    height = drawn.height + 28
    corners = (
        f'<path d="M0 14 a14 14 0 0 1 14 -14 H{width - 14:.1f} a14 14 0 0 1 14 14 V{height:.1f} H0 Z" fill="{TEAL}"/>'
    )
    return Block(corners + moved(drawn.svg, 0, 13), height)


def _phone(left: float, top: float, width: float, height: float) -> str:
    body = rect(left - 18, top - 48, width + 36, height + 88, radius=56, fill=BEZEL)
    camera = rect(WIDTH / 2 - 50, top - 30, 100, 12, radius=6, fill="#5b6873")
    return body + camera + rect(left, top, width, height, radius=14, fill=WHITE)


def _paper(left: float, top: float, width: float, height: float) -> str:
    shadow = rect(left + 8, top + 10, width, height, radius=10, fill="#ddd6c6")
    return shadow + rect(left, top, width, height, radius=10, fill=WHITE, stroke=LINE, stroke_width=3)


def _strip(top: float) -> str:
    said = read_table("picture_words.yaml")
    line = f'<path d="M0 {top:.1f} H{WIDTH}" stroke="{LINE}" stroke-width="3"/>'
    first = words(said["strip"], WIDTH / 2, top + 42, size=34, color=INK, bold=True, anchor="middle")
    return line + first + words(said["strip_note"], WIDTH / 2, top + 78, size=30, color=GREY, anchor="middle")
