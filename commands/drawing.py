"""The command that makes the pictures of lessons from their descriptions."""

from collections.abc import Collection
from typing import Annotated

import typer

from lessons.findings import render_text
from lessons.loader import Library, load_files
from server import Trouble
from settings import Settings

cli = typer.Typer()


@cli.command()
def draw(
    only: Annotated[list[str] | None, typer.Option(help="Names of drawings; else all of them.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Draw nothing; exit code 1 when a picture is old, unused or missing.")
    ] = False,
) -> None:
    """Draw the pictures of lessons/drawings into lessons/media; files that show the same already stay.

    Example: muadam draw --only kich-hoat-passcode
    """
    from lessons.picture_files import drawn, is_same, outdated, png  # resvg and reportlab: only here

    files = Settings().files()
    media = files.media_folder
    found = drawn(media.parent / "drawings")
    if found.findings:
        raise Trouble(render_text(found.findings))
    unknown = [name for name in only or () if name not in found.svgs]
    if unknown:
        raise Trouble(f"no drawing is called “{unknown[0]}”: look at the names in lessons/drawings")
    chosen = {name: found.svgs[name] for name in only or found.svgs}
    if check:
        wrong = [
            f"{name}.png is not the one described: run `muadam draw --only {name}`" for name in outdated(chosen, media)
        ]
        if not only:
            wrong += misused(found.svgs, load_files(files.curriculum, timezone=files.timezone))
        print("\n".join(wrong) if wrong else f"{len(chosen)} pictures are the ones described")
        raise SystemExit(1 if wrong else 0)
    for nth, (name, picture) in enumerate(chosen.items(), 1):
        path, made = media / f"{name}.png", png(picture)
        is_old = path.is_file() and is_same(path.read_bytes(), made)
        if not is_old:
            path.write_bytes(made)
        print(f"{nth} of {len(chosen)}: {name}.png{' is as it was' if is_old else ''}")


def misused(drawings: Collection[str], library: Library) -> list[str]:
    """A sentence for each drawing that no lesson shows, and for each picture of a lesson that is nowhere."""
    shown: dict[str, str] = {}
    for edition in library.editions.values():
        for step in edition.lesson.steps:
            named = (step.picture, *(trouble.picture for trouble in step.stuck))
            shown |= {picture: edition.lesson.id for picture in named if picture is not None}
    made = {f"{name}.png" for name in drawings}
    unused = [f"{name} is shown by no lesson: delete its description" for name in sorted(made - shown.keys())]
    missing = sorted(shown.keys() - made - library.media)
    return unused + [f"{name} of the lesson {shown[name]} is not described in lessons/drawings" for name in missing]
