"""How commands print: a row, a check, JSON instead of text, a line of JSON for each line of stdin."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from webhooks.doctor import Check

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

AsJsonLines = Annotated[
    bool, typer.Option("--jsonl", help="A JSON string a line from stdin, a JSON object a line out.")
]


def json_lines(lines: Iterable[str], row_of: Callable[[str], dict[str, Any]]) -> Iterator[str]:
    """The row of each line's JSON string, as a line of JSON; a bad line gets its error on its own line."""
    for line in lines:
        try:
            text = json.loads(line)
        except ValueError as error:
            row: dict[str, Any] = {"error": f"not JSON: {error}"}
        else:
            row = row_of(text) if isinstance(text, str) else {"error": "not a JSON string"}
        yield json.dumps(row, ensure_ascii=False)


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
