"""Commands for weather bulletins on the desk: draft, read, edit, judge suggestions, list, report."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from bulletins import audio, chat, desk, drafting, picture, script, sheet
from bulletins.content import Content
from bulletins.preparing import Wish, prepare
from commands.bulletin_desk import By, Desk, Id, crops_named, place_meant
from commands.printing import AsJson, show_row
from publishing import published_crops
from server import Trouble, clock
from storage import articles, bulletins
from storage.database import reading

cli = typer.Typer(no_args_is_help=True, help="Weather bulletins: draft, read, send, stop, correct.")

_WITHOUT_FORECAST = {
    "country": "no forecast is fetched for the whole country: write these parts by hand",
    "no_forecast": "no forecast ({failure}): its parts are empty, write them by hand or try later",
}


@cli.command("draft")
def bulletin_draft(
    place: Annotated[str, typer.Option(help="Commune or province, as people say it, or its code; vn for everybody.")],
    by: By,
    crops: Annotated[str, typer.Option(help="Ids of crops.yaml between commas; none: for everybody.")] = "",
    ask: Annotated[str, typer.Option(help="Whom farmers ask: name and telephone number.")] = "",
    salinity: Annotated[str, typer.Option(help="What was measured: station, hour, parts in a thousand.")] = "",
    seen_within: Annotated[int | None, typer.Option(help="Only who wrote within so many days.")] = None,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Without a forecast: everything is written by you.")
    ] = False,
) -> None:
    """Draft a bulletin for the week from the forecast; a forecast that cannot be had leaves its parts empty.

    Example: muadam bulletin draft --place 31687 --crops lua,tom --by Sau --ask "Tu, at the commune office"
    """
    code, name = place_meant(place)
    with Desk() as at:
        catalogue = published_crops(at.database, at.settings.files())
        wish = Wish(
            place=code,
            place_name=name,
            crops=crops_named(crops, catalogue),
            ask=ask,
            member=by,
            salinity=salinity,
            by_hand=by_hand,
        )
        url, zone = at.settings.weather_api_url, at.settings.zone()
        prepared = prepare(wish, catalogue=catalogue, weather_url=url, now=clock(), zone=zone)
        content = prepared.content
        number = at.change(
            lambda connection, now: desk.begin(connection, content, by=by, now=now, seen_within_days=seen_within)
        )
    if prepared.trouble:
        print(_WITHOUT_FORECAST[prepared.trouble].format(failure=prepared.failure), file=sys.stderr)
    for notice in prepared.notices:
        print(f"look first: {notice.replace('_', ' ')} in this forecast: read the official warnings before you send")
    print(f"drafted bulletin {number}: read it with `muadam bulletin preview {number}`")


@cli.command("preview")
def bulletin_preview(
    bulletin_id: Id,
    picture_file: Annotated[Path | None, typer.Option("--picture", help="Write the picture (PNG) here.")] = None,
    sheet_file: Annotated[Path | None, typer.Option("--sheet", help="Write the A4 sheet (PDF) here.")] = None,
    script_file: Annotated[Path | None, typer.Option("--script", help="Write the loudspeaker's text here.")] = None,
    audio_file: Annotated[Path | None, typer.Option("--audio", help="Read the script aloud into this WAV.")] = None,
    paste: Annotated[bool, typer.Option("--paste", help="The text for village groups instead.")] = False,
) -> None:
    """Show what would be sent, and which suggestions wait for a decision; write the other forms to files.

    Example: muadam bulletin preview 3 --picture tin.png --sheet tin.pdf --script loa.txt
    """
    with Desk(bulletin_id) as at:
        _, content = at.read()
        said = drafting.settled(content)
    print(chat.paste_text(said) if paste else desk.message(said, bulletin_id=bulletin_id).text)
    spoken = script.script(said)
    if picture_file is not None:
        picture_file.write_bytes(picture.png(said))
    if sheet_file is not None:
        sheet_file.write_bytes(sheet.pdf(said, picture=picture.png(said)))
    if script_file is not None:
        script_file.write_text(spoken.text + "\n", encoding="utf-8")
    if audio_file is not None:
        _write_audio(spoken.text, audio_file)
    for one in content.suggestions:
        if one.verdict == "waiting":
            print(f"waits: {one.id} ({one.kind}; {one.source}): {one.text}", file=sys.stderr)


@cli.command("text")
def bulletin_text(
    bulletin_id: Id,
    from_file: Annotated[Path | None, typer.Option("--from", help="A changed text, to be kept.")] = None,
) -> None:
    """Print a draft as YAML to be edited, or keep an edited one.

    Example: muadam bulletin text 3 > tin.yaml, then muadam bulletin text 3 --from tin.yaml
    """
    with Desk(bulletin_id) as at:
        _, content = at.read()
        if from_file is None:
            print(
                yaml.safe_dump(content.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=110), end=""
            )
            return
        edited = _edited(from_file)
        at.change(lambda connection, _: desk.keep(connection, bulletin_id, edited))
    print(f"kept; read it with `muadam bulletin preview {bulletin_id}`")


def _judge(bulletin_id: int, names: list[str], verdict: drafting.Verdict) -> None:
    with Desk(bulletin_id) as at:
        _, content = at.read()
        wanted = [one.id for one in content.suggestions] if names == ["all"] else names
        for name in wanted:
            content = drafting.with_verdict(content, name, verdict)
        drafting.settled(content)  # more than fits is said now, not at the sending
        at.change(lambda connection, _: desk.keep(connection, bulletin_id, content))
    waiting = sum(one.verdict == "waiting" for one in content.suggestions)
    print(f"{len(wanted)} {verdict}, {waiting} still wait")


Names = Annotated[list[str], typer.Argument(help="Names of suggestions, as `preview` shows them; all for every one.")]


@cli.command("keep")
def bulletin_keep(bulletin_id: Id, names: Names) -> None:
    """Keep suggestions: they are said in the bulletin.

    Example: muadam bulletin keep 3 lua-mua-keo-dai
    """
    _judge(bulletin_id, names, "kept")


@cli.command("drop")
def bulletin_drop(bulletin_id: Id, names: Names) -> None:
    """Drop suggestions: nobody reads them.

    Example: muadam bulletin drop 3 all
    """
    _judge(bulletin_id, names, "dropped")


@cli.command("status")
def bulletin_status(bulletin_id: Id, as_json_: AsJson = False) -> None:
    """Report what became of a bulletin, person by person in numbers, and what readers said of it.

    Example: muadam bulletin status 3
    """
    with Desk(bulletin_id) as at, reading(at.database) as connection:
        row, content = desk.read(connection, bulletin_id)
        outcomes = bulletins.outcomes(connection, bulletin_id)
        verdicts = bulletins.verdicts(connection, bulletin_id)
        broadcasts = articles.of_bulletin(connection, bulletin_id)
    show_row(_listed_row(row, content), as_json_=as_json_)
    for one in outcomes:
        show_row({"state": one.state, "reason": one.reason, "people": one.people}, as_json_=as_json_)
    for verdict, people in verdicts.items():
        show_row({"readers say": verdict, "people": people}, as_json_=as_json_)
    for one in broadcasts:
        shown = {"article of account": one.account_id, "state": one.state, "reason": one.reason, "month": one.month}
        show_row(shown, as_json_=as_json_)


@cli.command("list")
def bulletin_list(
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest first.")] = 20, as_json_: AsJson = False
) -> None:
    """List the newest bulletins.

    Example: muadam bulletin list
    """
    with Desk() as at, reading(at.database) as connection:
        rows = bulletins.listed(connection, limit=limit)
    for row in rows:
        show_row(_listed_row(row, Content.model_validate_json(row.content)), as_json_=as_json_)
    if not rows and not as_json_:
        print("no bulletins yet: see `muadam bulletin draft --help`")


def _edited(file: Path) -> Content:
    try:
        return Content.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise Trouble(f"{file}: no YAML that can be read: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise Trouble(f"{file}: {wrong}") from error


def _write_audio(text: str, file: Path) -> None:
    try:
        sound = audio.speak(text, program=audio.find_program())
    except audio.AudioError as error:
        raise Trouble(f"espeak-ng could not read it: {error}") from error
    if sound is None:
        raise Trouble("there is no espeak-ng on this machine: install it, or read the script yourself (--script)")
    file.write_bytes(sound)


def _listed_row(row: Any, content: Content) -> dict[str, Any]:
    return {
        "bulletin": row.id,
        "state": row.state,
        "says": chat.summary(content),
        "by": row.author,
        "approved by": row.approver,
        "planned": row.planned,
        "queued": row.expanded,
        "corrects": row.corrects,
        "corrected by": row.corrected_by,
    }
