"""Commands for numbers: the report of a place and a month; what residents typed that nothing came near."""

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from admin import counting, numbers_report
from admin.indicators import months_back
from bot.phrase_lists import phrase_lists
from bot.understanding import reader_for
from bulletins.preparing import Unplaced, place_named
from commands.printing import AsJson
from lessons.loader import CURRICULUM
from lessons.schema import Curriculum
from lessons.validation import validate
from lessons.yaml_tree import read
from publishing import NotPublished, Published, published
from server import Trouble, clock, opened
from settings import Settings
from storage import staff, unmatched
from storage.bulletins import COUNTRY
from storage.database import reading, transaction
from storage.unmatched import StoredUnmatched

cli = typer.Typer()

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@cli.callback(invoke_without_command=True)
def stats(
    context: typer.Context,
    xlsx: Annotated[Path | None, typer.Option(help="Write the report of a place and a month to this file.")] = None,
    place: Annotated[str | None, typer.Option(help="A place by name or code; else MUADAM_PLACE, else all.")] = None,
    month: Annotated[str | None, typer.Option(help="Such as 2026-11; else the month that it is.")] = None,
) -> None:
    """Numbers: the report that a commune hands in, as a workbook; with a command, what that lists.

    Example: muadam stats --xlsx bao-cao.xlsx --place "xa Tai Van, Can Tho" --month 2026-11
    """
    if context.invoked_subcommand is not None:
        if xlsx is not None or place is not None or month is not None:
            raise Trouble("--xlsx, --place and --month are for `muadam stats` without a further command")
        return
    if xlsx is None:
        if place is not None or month is not None:
            raise Trouble("say to which file the report is to be written: muadam stats --xlsx FILE")
        print(context.get_help())
        return
    from admin.numbers_workbook import workbook  # openpyxl: only here

    settings = Settings()
    now, zone = clock(), settings.zone()
    there = now.astimezone(zone)
    reported = month or months_back(there, 1)[0]
    if not _MONTH.fullmatch(reported):
        raise Trouble(f"--month {reported}: write year and month, such as 2026-11")
    code, name = _placed(place or settings.place or COUNTRY)
    if xlsx.is_dir():
        raise Trouble(f"{xlsx} is a folder: name a file in it")
    if not xlsx.parent.is_dir():
        raise Trouble(f"there is no folder {xlsx.parent}: make it first")
    with opened(settings) as database:
        found = None
        with suppress(NotPublished):  # lessons are called by their ids then
            found = published(database, settings.files())
        counting.count_everything(database, now=now, zone=zone)
        book = found.book if found is not None else None
        with reading(database) as connection:
            report = numbers_report.read(connection, place=code, place_name=name, month=reported, book=book)
        _write(xlsx, workbook(report, made_on=there))
        with transaction(database) as connection:
            subject = f"numbers {code}"
            staff.record(connection, staff_id=None, action="exported", subject=subject, detail=reported, now=now)
    print(f"written: {xlsx} ({name}, {reported})")


def _placed(text: str) -> tuple[str, str]:
    try:
        return place_named(text)
    except Unplaced as error:
        known = "; ".join(f"{code} {name}" for code, name in error.found)
        raise Trouble(f"--place {text}: " + (f"which of {known}?" if known else "no such place is known")) from error


def _write(path: Path, content: bytes) -> None:
    """The whole file or none: it takes its name when it is complete."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as written:
        try:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
            Path(written.name).replace(path)
        except OSError:
            Path(written.name).unlink(missing_ok=True)
            raise


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. `last` is a local date; `nearest` is a label, `file` and `key` the place of its phrases.

    All three are empty when nothing comes near.
    """

    count: int
    text: str
    last: str
    nearest: str
    file: str
    key: str


@cli.command("unmatched")
def stats_unmatched(
    limit: Annotated[int, typer.Option(min=1, help="So many texts, the most frequent first.")] = 50,
    as_json_: AsJson = False,
) -> None:
    """List the texts that were not understood, and the lists of phrases to which each may be added.

    Example: muadam stats unmatched --limit 20
    """
    settings = Settings()
    with opened(settings) as database:
        found = published(database, settings.files())
        with reading(database) as connection:
            texts = unmatched.most(connection, limit=limit)
    if found is None:
        raise Trouble("nothing is published yet: run `muadam publish` first")
    rows = rows_of(texts, found, zone=settings.zone()) if texts else []
    if as_json_:
        for row in rows:
            print(json.dumps(asdict(row), ensure_ascii=False))
    else:
        print("\n".join(as_lines(rows)) if rows else "nothing was left unmatched")


def rows_of(texts: list[StoredUnmatched], found: Published, *, zone: ZoneInfo) -> list[Row]:
    """The texts beside what they come nearest to in the lessons that are published."""
    curriculum, _ = validate(Curriculum, read(found.files[CURRICULUM]), file=CURRICULUM)
    lists = phrase_lists(found.book, curriculum) if curriculum is not None else {}
    reader = reader_for(found.book)
    rows = []
    for one in texts:
        nearest = reader.nearest(one.text) or ""
        belongs = lists.get(nearest)
        file, key = (belongs.file, ": ".join(belongs.keys)) if belongs is not None else ("", "")
        last = one.last_at.astimezone(zone).date().isoformat()
        rows.append(Row(count=one.count, text=one.text, last=last, nearest=nearest, file=file, key=key))
    return rows


def as_lines(rows: list[Row]) -> list[str]:
    """The rows in columns, with a head and the rule for what is like nothing."""
    cells = [("count", "last", "text", "nearest", "where a phrase for it belongs")]
    for row in rows:
        belongs = f"{row.file}, {row.key}" if row.file else "nothing comes near: it may belong to out_of_scope"
        cells.append((str(row.count), row.last, row.text, row.nearest or "-", belongs))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return [*lines, "", "What is nobody's subject here belongs to out_of_scope, however near it comes to something."]
