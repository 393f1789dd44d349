"""Commands for the map: find the commune of today that an address means, old or new."""

import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from commands.printing import AsJson, AsJsonLines, json_lines
from server import Trouble
from vietnamese import places

cli = typer.Typer(no_args_is_help=True, help="Communes of today, by their names of now and before.")


@cli.callback()
def subject() -> None:
    """Keep `find` a word of its own, though it is the only one."""


@cli.command("find")
def find(
    text: Annotated[str | None, typer.Argument(help="The place, as a resident says it.")] = None,
    near: Annotated[str | None, typer.Option(help="Code of a commune or province that wins where names tie.")] = None,
    as_json_: AsJson = False,
    as_jsonl: AsJsonLines = False,
) -> None:
    """Say which commune of today a text means: found, some to choose from, or unknown.

    Example: muadam places find "tai van tran de"
    """
    if near is not None and places.province_of(near) is None:
        raise Trouble(f"--near {near}: not a code of a commune (five digits) or of a province (two)")
    if (text is None) != as_jsonl:
        raise Trouble('name a place, or give --jsonl and no place: muadam places find "tai van tran de"')
    if text is None:
        for line in json_lines(sys.stdin, lambda text: as_row(places.find(text, near=near))):
            print(line, flush=True)
        return
    found = places.find(text, near=near)
    print(json.dumps(as_row(found), ensure_ascii=False) if as_json_ else as_text(found))


def as_row(found: places.Found) -> dict[str, Any]:
    province = found.province and dict(zip(("code", "name"), found.province, strict=True))
    shown = [{key: asdict(place)[key] for key in ("code", "commune", "province")} for place in found.places]
    return {"answer": found.answer, "places": shown, "province": province}


def as_text(found: places.Found) -> str:
    lines = [f"{place.code}  {place.commune}, {place.province}" for place in found.places]
    if found.answer == "choose":
        lines.insert(0, f"one of {len(found.places)}:")
    elif not lines:
        known = f", but {found.province[1]} ({found.province[0]})" if found.province else ""
        lines.append(f"no commune that is sure{known}")
    return "\n".join(lines)
