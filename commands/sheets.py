"""Commands for paper: a sheet for each lesson, and the table of the curriculum."""

from pathlib import Path
from typing import Annotated

import typer
from rapidfuzz import process

from lessons.findings import render_text
from lessons.loader import load_files
from lessons.overview import curriculum_table
from lessons.schema import Book
from server import Trouble
from settings import Settings

cli = typer.Typer()


@cli.command("print")
def print_sheets(
    names: Annotated[list[str] | None, typer.Argument(help="Ids of lessons or of courses.")] = None,
    every: Annotated[bool, typer.Option("--all", help="A sheet for every lesson.")] = False,
    folder: Annotated[Path, typer.Option("--out", help="Where to write the PDF files.")] = Path("."),
    place: Annotated[str | None, typer.Option(help="Code of the commune whose facts are printed.")] = None,
) -> None:
    """Write lessons as A5 sheets to print, one PDF a lesson, for people without a phone in hand.

    Example: muadam print vneid-la-gi --out /tmp/sheets
    """
    from lessons.sheet import sheet
    from lessons.sheet_pdf import pdf  # reportlab takes half a second to import: only here

    settings = Settings()
    book = _book(settings)
    chosen = list(book.current) if every else _lessons(book, names or [])
    folder.mkdir(parents=True, exist_ok=True)
    for lesson in chosen:
        target = folder / f"{lesson}.pdf"
        made = pdf(sheet(book, lesson, place=place or settings.place), media=settings.files().media_folder)
        target.write_bytes(made)
        print(target)


@cli.command()
def curriculum() -> None:
    """Print the table of courses and lessons that docs/curriculum.md shows.

    Example: muadam curriculum
    """
    print(curriculum_table(_book(Settings())), end="")


def _book(settings: Settings) -> Book:
    library = load_files(settings.lessons, timezone=settings.zone())
    if library.book is None:
        raise Trouble(render_text(library.problems))
    return library.book


def _lessons(book: Book, names: list[str]) -> list[str]:
    if not names:
        raise Trouble("name a lesson or a course, or say --all")
    chosen: list[str] = []
    for name in names:
        course = book.course(name)
        if course is None and name not in book.current:
            known = [*book.current, *(one.id for one in book.courses)]
            nearest = process.extractOne(name, known)[0]
            raise Trouble(f"there is no lesson or course “{name}”: perhaps “{nearest}”")
        chosen += course.lessons if course is not None else [name]
    return list(dict.fromkeys(chosen))
