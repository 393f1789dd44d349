"""Commands for numbers: what residents typed that nothing came near, and where a phrase for it belongs."""

import json
from dataclasses import asdict, dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.phrasebook import LESSON, QUESTION
from bot.understanding import reader_for
from commands.printing import AsJson
from lessons.loader import Library, load_texts
from publishing import Published, published
from server import Trouble, opened
from settings import Settings
from storage import unmatched
from storage.database import reading
from storage.unmatched import StoredUnmatched

cli = typer.Typer(no_args_is_help=True, help="Numbers.")


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
    library = load_texts(found.files, media=(), timezone=zone)
    reader = reader_for(found.book)
    rows = []
    for one in texts:
        nearest = reader.nearest(one.text) or ""
        file, key = place_of(nearest, library)
        last = one.last_at.astimezone(zone).date().isoformat()
        rows.append(Row(count=one.count, text=one.text, last=last, nearest=nearest, file=file, key=key))
    return rows


def place_of(label: str, library: Library) -> tuple[str, str]:
    """File and key of the phrases of a label (see bot.phrasebook); two empty words for an empty one."""
    if label.startswith(LESSON):
        lessons = {edition.lesson.id: edition.file for edition in library.editions.values()}
        return lessons[label.removeprefix(LESSON)], "asked_as"
    if label.startswith(QUESTION):
        name = label.removeprefix(QUESTION)
        questions = {question.id: file for file, listed in library.faq.items() for question in listed.questions}
        return questions[name], f"questions: {name}: asked_as"
    if not label or library.curriculum is None or library.phrases is None:
        return "", ""
    kind = "topics" if label in library.phrases.topics else "commands"
    return library.curriculum.phrases, f"{kind}: {label}"


def as_lines(rows: list[Row]) -> list[str]:
    """The rows in columns, with a head and the rule for what is like nothing."""
    cells = [("count", "last", "text", "nearest", "where a phrase for it belongs")]
    for row in rows:
        belongs = f"{row.file}, {row.key}" if row.file else "nothing comes near: it may belong to out_of_scope"
        cells.append((str(row.count), row.last, row.text, row.nearest or "-", belongs))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return [*lines, "", "What is nobody's subject here belongs to out_of_scope, however near it comes to something."]
