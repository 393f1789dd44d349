"""A bulletin as a picture for phones: the week in rows, what to do, whom to ask. Sizes are pixels of 1080 in width.

Knows no forecast, no database and no channel. Pure: the same content gives the same bytes. Warnings and tasks are
never cut: what does not fit is said to stand in the message.
"""

from datetime import date
from io import BytesIO

import resvg_py
from PIL import Image

from bulletins.content import Content, OfficialWarning
from bulletins.picture_shapes import (
    CREAM,
    GREY,
    INK,
    MARGIN,
    RED,
    ROOM,
    SMALLEST,
    SMALLEST_NOTE,
    TEAL,
    WHITE,
    WIDTH,
    Block,
    Plan,
    box,
    escaped,
    icon,
    paragraph,
    printed,
    word,
)
from bulletins.picture_week import shown_days, week
from bulletins.wording import capital, date_words, weekday_word
from lessons.lettering import BOLD, FAMILY, PLAIN, can_draw, cleaned

MOST_HEIGHT = 1_920
GAP = 22.0
#: Few colours make small files, and flat drawings lose nothing by it.
COLOURS = 128

#: Roomy ones, and the dense one.
SCALES, DENSE_SCALE = (1.0, 0.92, 0.84, 0.76), 0.55
#: The first that fits is drawn. An official warning keeps its words longer than the tasks do.
PLANS = tuple(
    Plan(scale, is_dense=is_dense, has_tasks=has_tasks, has_warning=has_warning)
    for has_tasks, has_warning in ((True, True), (False, True), (True, False), (False, False))
    for scale, is_dense in (*((scale, False) for scale in SCALES), (DENSE_SCALE, True))
)


def png(content: Content) -> bytes:
    """The picture, WIDTH wide, in few colours and in our own fonts alone."""
    fonts = [str(PLAIN.path), str(BOLD.path)]
    raw = resvg_py.svg_to_bytes(svg_string=svg(content), skip_system_fonts=True, font_files=fonts, font_family=FAMILY)
    # An octree keeps the colours that are rare: below a red band, medians take the yellow of the sun for red.
    image = (
        Image.open(BytesIO(bytes(raw)))
        .convert("RGB")
        .quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def svg(content: Content) -> str:
    """The picture as SVG, at most MOST_HEIGHT high, in the largest letters in which everything fits."""
    drawn = Block("", 0)
    for plan in PLANS:
        drawn = _whole(content, plan)
        if drawn.bottom <= MOST_HEIGHT:
            break
    height = f"{drawn.bottom:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        f' role="img" lang="vi" font-family="{FAMILY}"><title>{escaped(alt(content))}</title>'
        f"{box(0, 0, WIDTH, drawn.bottom, radius=0, fill=CREAM)}{drawn.svg}</svg>\n"
    )


def alt(content: Content) -> str:
    """What the picture shows, in one sentence, for those who cannot see it."""
    said, days = printed(), shown_days(content)
    highs = [day.high for day in days if day.high is not None]
    lows = [day.low for day in days if day.low is not None]
    clauses = [said.alt.format(title=said.title, place=content.place_name, dates=_dates(content))]
    clauses += [said.alt_warning] if content.warning else []
    clauses += [said.alt_high.format(degrees=max(highs))] if highs else []
    clauses += [said.alt_low.format(degrees=min(lows))] if lows else []
    wettest = max(days, key=lambda day: day.rain_mm or 0, default=None)
    if wettest and wettest.rain_mm:
        values = {"weekday": weekday_word(wettest.date), "day": date_words(wettest.date), "mm": wettest.rain_mm}
        clauses.append(said.alt_rain.format(**values))
    tasks = _tasks(content)
    clauses += [said.alt_tasks.format(count=len(tasks))] if tasks else []
    return "; ".join(clauses) + "."


# The parts, from top to bottom ----------------------------------------------------------------------------


def _whole(content: Content, plan: Plan) -> Block:
    made, bottom = "", 0.0
    for draw, gap in ((_warning, 0.0), (_header, 0.0), (_days, GAP), (_to_do, GAP), (_footer, GAP)):
        top = bottom + gap * plan.scale
        drawn = draw(content, plan, top)
        made += drawn.svg
        bottom = drawn.bottom if drawn.svg else bottom
    return Block(made, bottom)


def _warning(content: Content, plan: Plan, top: float) -> Block:
    """A red band at the very top. Words that our letters do not have are left to the message, not changed."""
    warning = content.warning
    if warning is None:
        return Block("", top)
    said, side = printed(), plan.letters(42) * 1.5
    is_whole = plan.has_warning and _is_drawable(warning)
    left, start = MARGIN + side + 20, top + 20
    title = said.warning if is_whole else said.warning_elsewhere
    head = paragraph(title, left, start, WIDTH - MARGIN - left, size=plan.letters(42), color=WHITE, bold=True)
    text = Block("", max(head.bottom, start + side - 8))
    if is_whole:
        text = paragraph(warning.text, MARGIN, text.bottom + 6, ROOM, size=plan.letters(40), color=WHITE)
    line = said.warning_source.format(source=warning.source, issued_at=warning.issued_at)
    most = None if is_whole else 3
    source = paragraph(line, MARGIN, text.bottom + 6, ROOM, size=SMALLEST, color=WHITE, most=most)
    bottom = source.bottom + 18
    band = box(0, top, WIDTH, bottom - top, radius=0, fill=RED)
    return Block(band + icon("warning", MARGIN, start - 4, side) + head.svg + text.svg + source.svg, bottom)


def _header(content: Content, plan: Plan, top: float) -> Block:
    pad, size = 26 * plan.scale, plan.letters(66)
    title = paragraph(printed().title, MARGIN, top + pad, ROOM, size=plan.letters(44), color=WHITE, most=2)
    place = paragraph(
        capital(content.place_name), MARGIN, title.bottom, ROOM, size=size, color=WHITE, bold=True, most=3
    )
    dates = paragraph(
        capital(_dates(content)), MARGIN, place.bottom + 2, ROOM, size=plan.letters(46), color=WHITE, most=1
    )
    bottom = dates.bottom + pad
    return Block(box(0, top, WIDTH, bottom - top, radius=0, fill=TEAL) + title.svg + place.svg + dates.svg, bottom)


def _days(content: Content, plan: Plan, top: float) -> Block:
    """The days; without days, what was written of the week as a whole."""
    if content.days:
        return week(content, plan, top)
    text = paragraph(content.week, MARGIN + 24, top + 16, ROOM - 48, size=plan.letters(46), color=INK, most=14)
    if not text.svg:
        return Block("", top)
    bottom = text.bottom + 18
    return Block(box(MARGIN, top, ROOM, bottom - top, radius=20, fill=WHITE) + text.svg, bottom)


def _to_do(content: Content, plan: Plan, top: float) -> Block:
    tasks = _tasks(content)
    if not tasks:
        return Block("", top)
    left, room, size = MARGIN + 24, ROOM - 48, plan.letters(44)
    title = printed().tasks[len(tasks) - 1]
    if plan.has_tasks:
        head = paragraph(title, left, top + 12, room, size=plan.letters(50), color=TEAL, bold=True)
    else:
        title = f"{title}: {printed().tasks_elsewhere}"
        head = paragraph(title, left, top + 12, room, size=plan.letters(40), color=TEAL, bold=True)
    indent = size * 1.5 + 16
    made, bottom = head.svg, head.bottom + 6
    for number, task in enumerate(tasks if plan.has_tasks else (), 1):
        text = paragraph(task, left + indent, bottom, room - indent, size=size, color=INK)
        made += _number(number, left + size * 0.75, bottom + size * 0.66, size) + text.svg
        bottom = text.bottom + 14 * plan.scale
    bottom += 8
    return Block(box(MARGIN, top, ROOM, bottom - top, radius=20, fill=WHITE) + made, bottom)


def _number(number: int, x: float, y: float, size: int) -> str:
    disc = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size * 0.68:.1f}" fill="{TEAL}"/>'
    return disc + word(str(number), x, y + size * 0.34, size=size, color=WHITE, bold=True, anchor="middle")


def _footer(content: Content, plan: Plan, top: float) -> Block:
    """Whom to ask, who answers for the bulletin and since when, and where its numbers come from."""
    ask = _ask(content.ask, plan, top)
    issued = printed().issued.format(day=_long(content.issued_on))
    approved = printed().approved.format(name=content.approved_by) if cleaned(content.approved_by) else ""
    who = paragraph(f"{issued} {approved}", MARGIN, ask.bottom, ROOM, size=SMALLEST, color=INK, most=3)
    note = paragraph(content.data_line, MARGIN, who.bottom + 4, ROOM, size=SMALLEST_NOTE, color=GREY, most=5)
    return Block(ask.svg + who.svg + note.svg, note.bottom + GAP * plan.scale)


def _ask(ask: str, plan: Plan, top: float) -> Block:
    if not cleaned(ask):
        return Block("", top)
    if not ask.casefold().startswith(printed().ask.casefold()):
        ask = f"{printed().ask}: {ask}"
    size = plan.letters(44)
    side = size * 1.3
    left = MARGIN + side + 18
    text = paragraph(ask, left, top, WIDTH - MARGIN - left, size=size, color=INK, bold=True, most=4)
    return Block(icon("phone", MARGIN, top, side) + text.svg, max(text.bottom, top + side) + 8)


# Words ----------------------------------------------------------------------------------------------------


def _is_drawable(warning: OfficialWarning) -> bool:
    return all(can_draw(text) for text in (warning.text, warning.source, warning.issued_at))


def _tasks(content: Content) -> tuple[str, ...]:
    return tuple(task for task in content.tasks if cleaned(task))


def _dates(content: Content) -> str:
    """As in the middle of a sentence."""
    first, last = content.first_day, content.last_day
    if first == last:
        return printed().one_day.format(first=_long(first))
    start = date_words(first) if first.year == last.year else _long(first)
    return printed().from_to.format(first=start, last=_long(last))


def _long(day: date) -> str:
    return f"{date_words(day)}/{day.year}"
