"""The days of a bulletin as rows of its picture: the sky, the day, how warm, how much rain. Sizes are pixels.

Knows no forecast. Numbers that nobody knows are left out; a dense plan has one line a day under the heads of columns.
"""

from dataclasses import dataclass

from bulletins.content import Content, DayLine
from bulletins.picture_shapes import (
    BLUE,
    GREY,
    INK,
    MARGIN,
    PALE,
    ROOM,
    SMALLEST,
    WARM,
    WHITE,
    WIDTH,
    Block,
    Plan,
    box,
    icon,
    paragraph,
    printed,
    word,
)
from bulletins.wording import capital, date_words, weekday_word
from lessons.lettering import BOLD, PLAIN

#: More days are in the message; a second week would leave no room for what to do.
MOST_DAYS = 7
#: What can be; a member may have mistyped, and a number outside is left out.
DEGREES, MILLIMETRES, PERCENT = (-30, 60), (0, 2_000), (0, 100)
#: From here on a day is not called dry: the chance that is put into words as "possible".
LIKELY_PERCENT = 30
DRY_SKIES = frozenset({"sun", "clouds", "overcast", "fog", "unknown"})
#: The rain of the longest bar at least, so that a week of drizzle does not look like a flood: moderate rain.
LEAST_FULL_BAR_MM = 16
SHORTEST_BAR = 14.0

LEFT, RIGHT = MARGIN + 18, WIDTH - MARGIN - 18
#: Where columns begin; in a dense row degrees end where their column ends.
DAY, HEAT, RAIN = 170.0, 392.0, 612.0
DENSE_DAY, DENSE_DATE, DENSE_HIGH_END, DENSE_LOW_END = 122.0, 302.0, 492.0, 596.0
DENSE_RAIN, DENSE_CHANCE = 630.0, 936.0


def week(content: Content, plan: Plan, top: float) -> Block:
    """Up to seven days in a white card. Nothing without days."""
    days = shown_days(content)
    if not days:
        return Block("", top)
    table = _Table(plan, max(LEAST_FULL_BAR_MM, *(day.rain_mm or 0 for day in days), 0))
    head = table.head(top) if plan.is_dense else Block("", top + 8)
    rows, bottom = head.svg, head.bottom
    for nth, day in enumerate(days):
        row = table.dense_row(day, bottom) if plan.is_dense else table.row(day, bottom)
        shade = box(MARGIN + 8, bottom, ROOM - 16, row.bottom - bottom, radius=14, fill=PALE) if nth % 2 == 0 else ""
        rows += shade + row.svg
        bottom = row.bottom
    if len(content.days) > MOST_DAYS:
        more = paragraph(printed().more_days, LEFT, bottom + 8, RIGHT - LEFT, size=SMALLEST, color=GREY)
        rows, bottom = rows + more.svg, more.bottom
    bottom += 8
    return Block(box(MARGIN, top, ROOM, bottom - top, radius=20, fill=WHITE) + rows, bottom)


def shown_days(content: Content) -> tuple[DayLine, ...]:
    """The days of the picture, with the numbers that can be."""
    return tuple(_possible(day) for day in content.days[:MOST_DAYS])


def _possible(day: DayLine) -> DayLine:
    bounds = {"high": DEGREES, "low": DEGREES, "rain_mm": MILLIMETRES, "chance": PERCENT}
    values = {name: getattr(day, name) for name in bounds}
    wrong = [
        name for name, (low, high) in bounds.items() if values[name] is not None and not low <= values[name] <= high
    ]
    return day.model_copy(update=dict.fromkeys(wrong))


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of one week; `full_mm` is the rain of a bar of full length."""

    plan: Plan
    full_mm: int

    def row(self, day: DayLine, top: float) -> Block:
        """Two lines: the weekday over the date, high over low, rain over its chance."""
        height = max(126 * self.plan.scale, 92.0)
        columns, bottom = self._heat(day, top, height) + self._rain(day, top, height), top + height
        if not columns:
            text = self._remark(day, top, height)
            columns, bottom = text.svg, max(bottom, text.bottom + 10)
        upper, lower = _two_lines(top, bottom - top)
        side = min(100.0, height - 16)
        sky = icon(day.sky, LEFT + (104 - side) / 2, (top + bottom - side) / 2, side)
        name = capital(weekday_word(day.date))
        written = word(name, DAY, upper, size=self.plan.letters(46), color=INK, bold=True)
        written += word(date_words(day.date), DAY, lower, size=self.plan.letters(40), color=GREY)
        return Block(sky + written + columns, bottom)

    def _remark(self, day: DayLine, top: float, height: float) -> Block:
        """Words in a row without numbers, in its middle."""
        size, start = self.plan.letters(38), top + 10
        text = paragraph(_remark(day), HEAT, start, RIGHT - HEAT, size=size, color=INK, most=2)
        lower = max(0.0, (height - 20 - (text.bottom - start)) / 2)
        return paragraph(_remark(day), HEAT, start + lower, RIGHT - HEAT, size=size, color=INK, most=2)

    def _heat(self, day: DayLine, top: float, height: float) -> str:
        names = (printed().high, printed().low)
        left = HEAT + max(PLAIN.width(name, SMALLEST) for name in names) + 12
        values = zip(names, (day.high, day.low), (WARM, BLUE), strict=True)
        known = [(name, degrees, color) for name, degrees, color in values if degrees is not None]
        return "".join(
            word(name, HEAT, base, size=SMALLEST, color=GREY)
            + word(_degrees(degrees), left, base, size=self.plan.letters(46), color=color, bold=True)
            for (name, degrees, color), base in zip(known, _lines(len(known), top, height), strict=True)
        )

    def _rain(self, day: DayLine, top: float, height: float) -> str:
        count = (day.rain_mm is not None) + (day.chance is not None)
        bases = _lines(count, top, height)
        made = self._bar(day, bases[0], left=RAIN, right=RIGHT, size=self.plan.letters(44)) if count else ""
        if day.chance is not None:
            made += word(printed().chance.format(percent=day.chance), RAIN, bases[-1], size=SMALLEST, color=INK)
        return made

    def head(self, top: float) -> Block:
        """The names of a dense row's columns."""
        said, base = printed(), top + 40
        columns = (
            (said.high, DENSE_HIGH_END, "end"),
            (said.low, DENSE_LOW_END, "end"),
            (said.rain_column, DENSE_RAIN, "start"),
        )
        made = "".join(word(name, x, base, size=SMALLEST, color=GREY, anchor=anchor) for name, x, anchor in columns)
        made += word(said.chance_column, RIGHT, base, size=SMALLEST, color=GREY, anchor="end")
        return Block(made, top + 54)

    def dense_row(self, day: DayLine, top: float) -> Block:
        base, size = top + 43, 38
        name = capital(weekday_word(day.date))
        made = icon(day.sky, LEFT, top + 3, 54) + word(name, DENSE_DAY, base, size=size, color=INK, bold=True)
        made += word(date_words(day.date), DENSE_DATE, base, size=SMALLEST, color=GREY)
        columns = self._bar(day, base, left=DENSE_RAIN, right=DENSE_CHANCE, size=size)
        for degrees, x, color in ((day.high, DENSE_HIGH_END, WARM), (day.low, DENSE_LOW_END, BLUE)):
            if degrees is not None:
                columns += word(_degrees(degrees), x, base, size=size, color=color, bold=True, anchor="end")
        if day.chance is not None:
            columns += word(f"{day.chance}%", RIGHT, base, size=SMALLEST, color=INK, anchor="end")
        if not columns:
            columns = paragraph(_remark(day), HEAT, top + 8, RIGHT - HEAT, size=SMALLEST, color=INK, most=1).svg
        return Block(made + columns, top + 60)

    def _bar(self, day: DayLine, base: float, *, left: float, right: float, size: int) -> str:
        """A bar as long as there is rain, and beside it how much that is."""
        if day.rain_mm is None:
            return ""
        text = _amount(day, day.rain_mm)
        if not day.rain_mm:
            return word(text, left, base, size=size, color=GREY)
        widest = BOLD.width(printed().rain.format(mm=self.full_mm), size)
        length = max(SHORTEST_BAR, day.rain_mm / self.full_mm * (right - left - widest - 14))
        bar = box(left, base - size * 0.76, length, size * 0.8, radius=7, fill=BLUE)
        return bar + word(text, left + length + 14, base, size=size, color=INK, bold=True)


def _amount(day: DayLine, millimetres: int) -> str:
    """What was rounded to nothing makes no dry day when the sky or the chance speak of rain."""
    said = printed()
    if millimetres:
        return said.rain.format(mm=millimetres)
    is_dry = day.sky in DRY_SKIES and (day.chance is None or day.chance < LIKELY_PERCENT)
    return said.no_rain if is_dry else said.little_rain


def _remark(day: DayLine) -> str:
    """What stands in a row without numbers."""
    return day.words or ("" if day.sky != "unknown" else printed().nothing_known)


def _degrees(degrees: int) -> str:
    return f"{degrees}°".replace("-", "\N{MINUS SIGN}")


def _lines(count: int, top: float, height: float) -> tuple[float, ...]:
    """Baselines of up to two lines in a row; a single one stands in the middle."""
    return _two_lines(top, height)[:count] if count != 1 else (top + height / 2 + 15,)


def _two_lines(top: float, height: float) -> tuple[float, float]:
    return top + height * 0.45, top + height * 0.84
