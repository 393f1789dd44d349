"""The command that looks through a message for signs of a scam."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import typer

from bot.scam import check
from bot.speaking import filled
from bot.state import State
from commands.printing import AsJson, AsJsonLines, json_lines
from lessons.findings import render_text
from lessons.loader import load_files
from server import Trouble
from settings import Settings

cli = typer.Typer()


@cli.command("scam-check")
def scam_check(as_json_: AsJson = False, as_jsonl: AsJsonLines = False) -> None:
    """Say whether a message (stdin) shows signs of a scam: danger, caution or no_sign_found, why, and what to do.

    Example: echo "VCB: tai khoan bi khoa, vao vcb-mokhoa.vip" | muadam scam-check
    """
    row_of = _checker(Settings())
    if as_jsonl:
        for line in json_lines(sys.stdin, row_of):
            print(line, flush=True)
        return
    row = row_of(sys.stdin.read())
    print(json.dumps(row, ensure_ascii=False) if as_json_ else as_text(row))


def as_text(row: dict[str, Any]) -> str:
    return "\n".join([str(row["level"]), *(f"- {reason}" for reason in row["reasons"]), str(row["advice"])])


def _checker(settings: Settings) -> Callable[[str], dict[str, Any]]:
    """What the checker says of a text, in the words in which a resident reads it of whom nothing is known."""
    library = load_files(settings.lessons, timezone=settings.zone())
    book, signs = library.book, library.signs
    if book is None or signs is None:
        raise Trouble(render_text(library.problems))

    def row_of(text: str) -> dict[str, Any]:
        verdict = check(signs, text)
        reasons = [filled(reason, book, State()) for reason in verdict.reasons]
        return {**asdict(verdict), "reasons": reasons, "advice": filled(verdict.advice, book, State())}

    return row_of
