"""A bulletin as an A4 page to print and to pin up where people pass by.

Knows no channel and no forecast. Units are points (1/72 inch). The same bulletin gives the same bytes.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Image,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from bulletins.chat import (
    Section,
    day_said,
    has_chance,
    heading_of,
    heat_said,
    lines_of,
    output_words,
    sections,
)
from bulletins.content import Content
from bulletins.wording import capital, date_words, weekday_word
from lessons.lettering import BOLD, PLAIN, register

MARGIN = 13 * mm
FOOTER = 7 * mm
WIDTH = A4[0] - 2 * MARGIN
HEIGHT = A4[1] - 2 * MARGIN - FOOTER
MOST_PAGES = 2

#: Sizes of the letters, the largest first. At 0.72 the running text has 10 points; smaller ones are for two pages
#: that would not hold a bulletin at the limits of all its texts.
SCALES = (1.6, 1.45, 1.3, 1.2, 1.1, 1.0, 0.93, 0.86, 0.79, 0.72)
SMALLEST_SCALES = (0.6, 0.5, 0.42)

_TEAL, _GREY, _RED = HexColor("#17607d"), HexColor("#55636e"), HexColor("#a61b1b")
_LINE, _PALE_RED, _PALE_TEAL, _PALE = HexColor("#c3ccd3"), HexColor("#fdeeee"), HexColor("#e8f2f5"), HexColor("#f5f7f8")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
#: The font has none of them, and paper shows a box in their place.
_NOT_PRINTED = {"Cc", "Cf", "Cn", "Co", "Cs"}


def pdf(content: Content, *, picture: bytes | None) -> bytes:
    """One page in the largest letters in which everything fits, else two.

    A `picture` (PNG) has a page of its own behind them, to pin up beside the first or to print on its back.
    """
    drawn = cache(lambda scale: _Drawing(content, picture, scale).build())
    for most_pages, scales in ((1, SCALES), (MOST_PAGES, SCALES + SMALLEST_SCALES)):
        fits = bisect_left(scales, True, key=lambda scale: drawn(scale)[0] <= most_pages)
        if fits < len(scales):
            return drawn(scales[fits])[1]
    return drawn(SMALLEST_SCALES[-1])[1]


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A bulletin in letters of one size; `scale` 1 has 14 points for the running text."""

    content: Content
    picture: bytes | None
    scale: float

    def build(self) -> tuple[int, bytes]:
        """How many pages the words need, and the PDF."""
        out = BytesIO()
        document = SimpleDocTemplate(
            out,
            pagesize=A4,
            title=_printable(f"{output_words().title}: {self.content.place_name}"),
            author="muadam",
            lang="vi",
            leftMargin=MARGIN - _FRAME_PADDING,
            rightMargin=MARGIN - _FRAME_PADDING,
            topMargin=MARGIN - _FRAME_PADDING,
            bottomMargin=MARGIN + FOOTER - _FRAME_PADDING,
            invariant=1,
        )
        pictures = [PageBreak(), _whole_page(self.picture)] if self.picture else []
        document.build([*self._story(), *pictures], onFirstPage=self._footer, onLaterPages=self._footer)
        return document.page - bool(pictures), out.getvalue()

    def _story(self) -> Iterator[Flowable]:
        for section in sections(self.content):
            match section.kind:
                case "header":
                    yield from self._header(section)
                case "warning":
                    yield self._box([self._heading(section), *self._lines(section)], _PALE_RED, _RED)
                case "days":
                    yield self._days()
                case "tasks":
                    # A box in two parts never begins with its heading alone.
                    yield CondPageBreak(75 * self.scale)
                    tasks = [self._numbered(task, number) for number, task in enumerate(self._tasks(), start=1)]
                    yield self._box([self._heading(section), *tasks], _PALE_TEAL, _TEAL)
                case "footer":
                    yield from self._lines(section)
                case _:
                    yield from self._words(section)
            yield Spacer(0, 7 * self.scale)

    def _header(self, section: Section) -> Iterator[Flowable]:
        title, dates = output_words().title, section.lines[1:]
        yield self._text(title, "title")
        yield self._text(" ".join(self.content.place_name.split()), "place")
        yield from (self._text(line, "dates") for line in dates)

    def _words(self, section: Section) -> Iterator[Flowable]:
        """A heading and its lines; one line stands beside its heading."""
        if len(section.lines) == 1:
            yield self._text(f"**{heading_of(section)}** {section.lines[0]}", "body")
            return
        yield self._heading(section)
        yield from self._lines(section)

    def _heading(self, section: Section) -> Flowable:
        return self._text(heading_of(section), "warning_heading" if section.kind == "warning" else "heading")

    def _lines(self, section: Section) -> list[Flowable]:
        style = "small" if section.kind == "footer" else "body"
        return [self._text(line, style) for line in section.lines]

    def _tasks(self) -> list[str]:
        return [" ".join(lines_of(task)) for task in self.content.tasks if lines_of(task)]

    def _numbered(self, task: str, number: int) -> Flowable:
        return self._text(task, "task", before=f"{number}.")

    def _days(self) -> Flowable:
        """A row a day; columns of which no day has anything are left out."""
        said, words = output_words(), output_words().columns
        days = [day for day in self.content.days if day_said(day)]
        columns = (
            (words.day, 0.26, [f"**{capital(weekday_word(day.date))}** {date_words(day.date)}" for day in days]),
            (words.words, 0.29, [" ".join(day.words.split()) or said.sky[day.sky] for day in days]),
            (words.heat, 0.21, [heat_said(day) for day in days]),
            (words.rain, 0.11, [said.cell_rain.format(mm=day.rain_mm) if day.rain_mm else "" for day in days]),
            (words.chance, 0.13, [f"{day.chance}%" if has_chance(day) else "" for day in days]),
        )
        shown = [column for column in columns if any(column[2])]
        share = sum(width for _, width, _ in shown)
        heads = [self._text(head, "column") for head, _, _ in shown]
        rows = [[self._text(cells[at], "cell") for _, _, cells in shown] for at in range(len(days))]
        widths = [WIDTH * width / share for _, width, _ in shown]
        return Table([heads, *rows], colWidths=widths, repeatRows=1, style=_days_style(self.scale), splitInRow=1)

    def _box(self, inside: Sequence[Flowable], ground: Color, edge: Color) -> Flowable:
        style = TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), ground),
                ("LINEBEFORE", (0, 0), (0, -1), 4, edge),
                ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
                ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ("TOPPADDING", (0, 0), (-1, 0), 7 * self.scale),
                ("BOTTOMPADDING", (0, -1), (-1, -1), 8 * self.scale),
            ]
        )
        return Table([[one] for one in inside], colWidths=[WIDTH], style=style, splitInRow=1)

    def _text(self, text: str, style: str, *, before: str | None = None) -> Paragraph:
        """A paragraph; `before` hangs at the left of its first line."""
        marked = _BOLD.sub(r"<b>\1</b>", escape(_printable(text)))
        return Paragraph(marked, _styles(self.scale)[style], bulletText=before)

    def _footer(self, canvas: Canvas, document: SimpleDocTemplate) -> None:
        place = " ".join(self.content.place_name.split())
        words = output_words().footer.format(title=output_words().title, place=place, page=document.page)
        canvas.setFont(PLAIN.name, 8)
        canvas.setFillColor(_GREY)
        canvas.drawString(MARGIN, MARGIN - 2, _shortened(_printable(words)))


_FRAME_PADDING = 6  # what the document puts around its frame
_PADDING = 11


def _whole_page(picture: bytes) -> Image:
    image = Image(BytesIO(picture))
    # A frame refuses what fills it to the last point.
    scale = min(WIDTH / image.imageWidth, (HEIGHT - 1) / image.imageHeight)
    image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
    return image


def _printable(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    return "".join(character for character in text if unicodedata.category(character) not in _NOT_PRINTED)


def _shortened(text: str) -> str:
    """A line at the foot of the page; what is too long for it stands at the head in full."""
    while text and PLAIN.width(text, 8) > WIDTH:
        text = text[:-1]
    return text


def _days_style(scale: float) -> TableStyle:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("BACKGROUND", (0, 0), (-1, 0), _TEAL),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), [_PALE, HexColor("#ffffff")]),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 6),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5 * scale),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4 * scale),
        ]
    )


@cache
def _styles(scale: float) -> dict[str, ParagraphStyle]:
    register()
    plain, bold = PLAIN.name, BOLD.name

    def style(name: str, size: float, font: str = plain, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(name, fontName=font, fontSize=size * scale, leading=size * scale * 1.34, **more)

    made = [
        style("title", 24, bold, textColor=_TEAL),
        style("place", 20, bold),
        style("dates", 15, textColor=_GREY),
        style("warning_heading", 17, bold, textColor=_RED),
        style("heading", 15, bold, textColor=_TEAL, keepWithNext=1),
        style("column", 13, bold, textColor=HexColor("#ffffff")),
        style("cell", 13),
        style("body", 14),
        style("task", 17, bold, leftIndent=28 * scale, bulletFontName=bold, bulletFontSize=17 * scale),
        style("small", 10, textColor=_GREY),
    ]
    return {one.name: one for one in made}
