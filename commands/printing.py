"""How commands print: a row, a check, JSON instead of text."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from webhooks.doctor import Check

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def show_row(row: dict[str, object], *, as_json_: bool) -> None:
    shown = {key: "" if value is None else value for key, value in row.items()}
    print(json.dumps(shown, ensure_ascii=False) if as_json_ else "  ".join(f"{k}={v}" for k, v in shown.items()))


def report(found: list[Check], *, as_json_: bool) -> None:
    """Print a line a check; exit code 1 when one is not well."""
    for check in found:
        line = f"{'ok ' if check.is_well else 'NOT'}  {check.name}: {check.sentence}"
        print(json.dumps(asdict(check)) if as_json_ else line)
    if not all(check.is_well for check in found):
        raise SystemExit(1)
