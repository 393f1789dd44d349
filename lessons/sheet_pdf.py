"""A Sheet as a PDF of A5 pages, to be printed by any printer or copied two to an A4.

Knows no lesson. Units are points (1/72 inch). The same sheet gives the same bytes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from lessons.lettering import BOLD, PLAIN, register
from lessons.sheet import Box, Sheet, sheet_words

MARGIN = 9 * mm
NUMBER_WIDTH, PICTURE_WIDTH = 8 * mm, 34 * mm
TEXT_WIDTH = A5[0] - 2 * MARGIN - NUMBER_WIDTH

#: Sizes of the letters, the largest first.
SCALES = (1.0, 0.94, 0.88)

_TEAL, _GREY, _ORANGE = HexColor("#17607d"), HexColor("#55636e"), HexColor("#b4530a")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


def pdf(sheet: Sheet, *, media: Path) -> bytes:
    """The sheet as a PDF, in the largest letters that need the fewest pages.

    Pictures are looked for in `media`; one that is not there is left out.
    """
    drawn = [_Drawing(sheet, media, scale).build() for scale in SCALES]
    fewest = min(pages for pages, _ in drawn)
    return next(content for pages, content in drawn if pages == fewest)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A sheet in letters of one size; `scale` 1 has 11 points for the running text."""

    sheet: Sheet
    media: Path
    scale: float

    def build(self) -> tuple[int, bytes]:
        """How many pages, and the PDF."""
        out = BytesIO()
        document = SimpleDocTemplate(
            out,
            pagesize=A5,
            title=self.sheet.title,
            author="muadam",
            lang="vi",
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=MARGIN,
            bottomMargin=MARGIN + 4 * mm,
            invariant=1,
        )
        document.build(list(self._story()), onFirstPage=self._footer, onLaterPages=self._footer)
        return document.page, out.getvalue()

    def _story(self) -> Iterator[Flowable]:
        sheet, words = self.sheet, sheet_words()
        yield self._text(sheet.course, "small")
        yield self._text(sheet.title, "title")
        yield self._text(sheet.about, "small")
        yield Spacer(0, 2 * mm)
        for box in sheet.boxes:
            yield self._box(box)
        ending = [self._text(answer, "body") for answer in sheet.answers]
        if ending:
            yield KeepTogether([self._text(words["answers"], "heading"), *ending])
        yield Spacer(0, 2 * mm)
        sources = self._text(f"{words['sources']}: {'; '.join(sheet.sources)}", "small")
        yield KeepTogether([self._text(words["warning"], "warning"), sources])

    def _box(self, box: Box) -> Flowable:
        """One step: its number, its words, its picture beside them, and what helps who is stuck."""
        words: list[Flowable] = [self._text(box.heading, "heading")] if box.heading else []
        words.append(self._text(box.text, "body"))
        letters = zip("abcdefgh", box.options, strict=False)
        words += [self._text(f"{letter}) {option}", "option") for letter, option in letters]
        if box.note:
            words.append(self._text(box.note, "small"))
        words += self._troubles(box.troubles)
        row: list[Any] = [self._text(str(box.number), "number"), words]
        widths = [NUMBER_WIDTH, TEXT_WIDTH]
        picture = _picture(box, self.media)
        if picture is not None:
            row.append(picture)
            widths = [NUMBER_WIDTH, TEXT_WIDTH - PICTURE_WIDTH, PICTURE_WIDTH]
        return Table([row], colWidths=widths, style=_ROW)

    def _troubles(self, troubles: Sequence[tuple[str, str]]) -> list[Flowable]:
        if not troubles:
            return []
        lines = [self._text(f"**{problem}:** {' '.join(help_.split())}", "trouble") for problem, help_ in troubles]
        return [self._text(sheet_words()["stuck"], "stuck"), *lines]

    def _text(self, text: str, style: str) -> Paragraph:
        marked = _BOLD.sub(r"<b>\1</b>", escape(text)).replace("\n", "<br/>")
        return Paragraph(marked, _styles(self.scale)[style])

    def _footer(self, canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont(PLAIN.name, 7.5)
        canvas.setFillColor(_GREY)
        canvas.drawString(MARGIN, 7 * mm, sheet_words()["footer"].format(lesson=self.sheet.title, page=document.page))


_ROW = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LINEBELOW", (0, -1), (-1, -1), 0.4, HexColor("#c3ccd3")),
    ]
)


def _picture(box: Box, media: Path) -> Flowable | None:
    path = media / (box.picture or "")
    if box.picture is None or not path.is_file():
        return None
    image = Image(str(path))
    image.drawWidth, image.drawHeight = PICTURE_WIDTH - 4, (PICTURE_WIDTH - 4) * image.imageHeight / image.imageWidth
    return image


@cache
def _styles(scale: float) -> dict[str, ParagraphStyle]:
    register()
    plain, bold = PLAIN.name, BOLD.name

    def style(name: str, size: float, font: str = plain, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(name, fontName=font, fontSize=size * scale, leading=size * scale * 1.36, **more)

    made = [
        style("title", 16, bold, textColor=_TEAL, spaceAfter=2),
        style("heading", 9, bold, textColor=_TEAL),
        style("number", 13, bold, textColor=_TEAL),
        style("body", 11),
        style("option", 11, leftIndent=6),
        style("stuck", 8.5, bold, textColor=_ORANGE),
        style("trouble", 9, leftIndent=6),
        style("small", 8, textColor=_GREY),
        style("warning", 10, bold, textColor=_ORANGE, spaceAfter=4),
    ]
    return {one.name: one for one in made}
