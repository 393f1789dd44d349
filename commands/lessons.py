"""Commands for lesson files: lint, publish, export, schema, understand."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot.understanding import reader_for
from commands.printing import AsJson
from lessons import json_schema, linter
from lessons.findings import as_json, is_blocking, render_text
from lessons.loader import load_files
from publishing import (
    MEDIA,
    accept_answers,
    fit_to_publish,
    publish_library,
    published,
    transcript_texts,
    undone,
    where_people_stand,
)
from server import Trouble, clock, opened
from settings import Settings
from storage import media
from storage.database import reading

cli = typer.Typer()


@cli.command()
def lint(as_json_: AsJson = False) -> None:
    """Check the lesson files; exit code 1 when something forbids publishing.

    Example: muadam lint --json
    """
    settings = Settings()
    findings = linter.lint(load_files(settings.lessons, timezone=settings.zone()), today=clock().date())
    print(as_json(findings) if as_json_ else render_text(findings))
    if is_blocking(findings):
        raise SystemExit(1)


@cli.command()
def publish(
    accept: Annotated[
        bool, typer.Option("--accept-answers", help="The answers given now are right: write them down.")
    ] = False,
    over: Annotated[bool, typer.Option("--over", help="Undo what was published on a page since.")] = False,
) -> None:
    """Check the lesson files, play their transcripts, and make them what residents learn from.

    Example: muadam publish
    """
    settings = Settings()
    if accept:
        print(f"transcripts written anew: {accept_answers(settings.files())}")
    with opened(settings) as database:
        with reading(database) as connection:
            uploaded = media.names(connection)
        library = fit_to_publish(settings.files(), now=clock(), uploaded=uploaded)
        played = dict(transcript_texts(library, settings.files().root))
        if not over and (lost := undone(database, {**played, **library.texts})):
            raise Trouble(
                f"this would undo what was published on a page: {', '.join(lost)}. "
                "Get those with `muadam export FOLDER`, or publish over them with `muadam publish --over`"
            )
        for line in where_people_stand(database, library):
            print(line)
        print(f"published: {publish_library(database, library, now=clock(), played=played)}")


@cli.command()
def export(folder: Annotated[Path, typer.Argument(help="An empty folder to write the files to.")]) -> None:
    """Write the lessons that are published now as files, with their transcripts and the pictures uploaded on pages.

    Example: muadam export /tmp/lessons-now
    """
    settings = Settings()
    with opened(settings) as database:
        found = published(database, settings.files())
        if found is None:
            raise Trouble("nothing is published yet: run `muadam publish` first")
        if folder.exists() and any(folder.iterdir()):
            raise Trouble(f"{folder} is not empty: name an empty or a new folder")
        for name, text in sorted(found.files.items()):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        pictures = 0
        with reading(database) as connection:
            for name in sorted(media.names(connection)):
                target = folder / MEDIA / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(media.one(connection, name) or b"")
                pictures += 1
        print(f"{len(found.files)} files and {pictures} pictures written to {folder}")


@cli.command()
def schema(
    folder: Annotated[Path | None, typer.Argument(help="Where to write; else stdout.")] = None,
) -> None:
    """Print the JSON Schemas of the YAML files, or write them to a folder.

    Example: muadam schema lessons/schema
    """
    if folder is not None:
        json_schema.write(folder)
        return
    for content in json_schema.export().values():
        print(json_schema.as_text(content), end="")


@cli.command()
def understand() -> None:
    """Say how texts are understood: a text a line in, a JSON object a line out.

    Example: echo "kich hoat vneid" | muadam understand
    """
    settings = Settings()
    library = load_files(settings.lessons, timezone=settings.zone())
    if library.book is None:
        raise Trouble(render_text(library.problems))
    reader = reader_for(library.book)
    for line in sys.stdin:
        text = line.rstrip("\n")
        print(json.dumps({"text": text, **asdict(reader.intent(text))}, ensure_ascii=False), flush=True)
