"""The report of admin.numbers_report as a workbook: a sheet of indicators, one of lessons, one of questions.

Cells are numbers or plain text, never a formula. Imported where a file is made: openpyxl takes its time.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from admin.indicators import Share
from admin.numbers_report import Indicator, Report, ReportWords, report_words
from admin.small_counts import Shown
from storage.counting import PLACES, STEPS

Value = str | int | float | None

_PERCENT = "0 %"
#: What a spreadsheet may take for a formula when somebody edits the cell.
_LIKE_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_LINE = Side(style="thin", color="999999")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="DFEAF9")


def workbook(report: Report, *, made_on: datetime) -> bytes:
    """The file; `made_on` is local time."""
    words = report_words()
    book = Workbook()
    book.remove(book.worksheets[0])
    _summary(book.create_sheet(words.sheets["summary"]), report, words, made_on=made_on)
    _lessons(book.create_sheet(words.sheets["lessons"]), report, words)
    _quizzes(book.create_sheet(words.sheets["quizzes"]), report, words)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


# The sheets -----------------------------------------------------------------------------------------------


def _summary(sheet: Worksheet, report: Report, words: ReportWords, *, made_on: datetime) -> None:
    year, month = report.month.split("-")
    marks = [report.counted[name] for name in (STEPS, PLACES) if name in report.counted]
    counted = f"{min(marks).astimezone(made_on.tzinfo):%H:%M %d/%m/%Y}" if marks else words.never
    lines = (
        words.title,
        words.unit.format(place=report.place_name),
        words.period.format(month=month, year=year),
        words.made_on.format(day=f"{made_on:%d}", month=f"{made_on:%m}", year=f"{made_on:%Y}"),
        words.counted.format(when=counted),
    )
    for nth, line in enumerate(lines, start=1):
        _write(sheet, nth, 1, line)
        sheet.merge_cells(start_row=nth, start_column=1, end_row=nth, end_column=len(words.columns))
    sheet["A1"].font = Font(bold=True, size=14)
    found, learnt = report.people, report.learning
    rows: tuple[tuple[Indicator, Shown, Share | None], ...] = (
        ("residents", found.residents, None),
        ("learners", found.learners, Share(found.learners, found.residents)),
        ("finished_people", found.finished, Share(found.finished, found.learners)),
        ("subscribers", found.subscribers, Share(found.subscribers, found.residents)),
        ("rounds", learnt.finished.whole, None),
        ("finished_rounds", learnt.finished.part, learnt.finished),
        ("first_right", learnt.right.part, learnt.right),
    )
    table = []
    for nth, (indicator, count, share) in enumerate(rows, start=1):
        named = words.indicators[indicator]
        told = (None, None, _told(count, words)) if share is None else _share(share, words)
        table.append((nth, named.name, named.unit, *told, named.note))
    last = _table(sheet, len(lines) + 2, words.columns, table, widths=(6, 44, 14, 12, 12, 12, 50), percents=6)
    _write(sheet, last + 2, 1, words.hidden_note)
    sheet.merge_cells(start_row=last + 2, start_column=1, end_row=last + 2, end_column=len(words.columns))
    sheet.cell(last + 2, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[last + 2].height = 36


def _lessons(sheet: Worksheet, report: Report, words: ReportWords) -> None:
    table = [
        (nth, one.course, one.title, *_share(one.finished, words), one.minutes)
        for nth, one in enumerate(report.learning.lessons, start=1)
    ]
    _table(sheet, 1, words.lesson_columns, table, widths=(6, 30, 40, 14, 14, 14, 16), percents=6)


def _quizzes(sheet: Worksheet, report: Report, words: ReportWords) -> None:
    titles = {one.id: one.title for one in report.learning.lessons}
    table = [
        (
            nth,
            titles.get(one.lesson, one.lesson),
            report.steps.get((one.lesson, one.step), one.step),
            *_share(one.right, words),
        )
        for nth, one in enumerate(report.learning.quizzes, start=1)
    ]
    _table(sheet, 1, words.quiz_columns, table, widths=(6, 40, 60, 14, 14, 14), percents=6)


def _told(count: Shown, words: ReportWords) -> Value:
    return count.count if count.why == "" else words.hidden[count.why]


def _share(share: Share, words: ReportWords) -> tuple[Value, Value, Value]:
    """Numerator, denominator, and the share as a fraction of one; that is empty where it cannot be told."""
    result = share.percent / 100 if share.percent is not None else None
    return _told(share.part, words), _told(share.whole, words), result


# Cells ----------------------------------------------------------------------------------------------------


def _table(
    sheet: Worksheet,
    top: int,
    heads: Sequence[str],
    rows: Sequence[Sequence[Value]],
    *,
    widths: Sequence[int],
    percents: int,
) -> int:
    """Write heads and rows from row `top`; the last row. Column `percents` holds fractions of one."""
    for column, (head, width) in enumerate(zip(heads, widths, strict=True), start=1):
        cell = _write(sheet, top, column, head)
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.border, cell.alignment = _BOX, Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, values in enumerate(rows, start=top + 1):
        for column, value in enumerate(values, start=1):
            written = _write(sheet, row, column, value)
            written.border, written.alignment = _BOX, Alignment(wrap_text=True, vertical="top")
            if column == percents:
                written.number_format = _PERCENT
    sheet.freeze_panes = f"A{top + 1}"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "landscape", 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return top + len(rows)


def _write(sheet: Worksheet, row: int, column: int, value: Value) -> Any:
    """A number, or text as text: what begins with "=" would be a formula else."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_LIKE_FORMULAS)
    else:
        cell.value = value
    return cell
