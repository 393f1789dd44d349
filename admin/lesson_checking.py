"""What lint says of a file while it is written: where, what to write instead, what can be repaired at once.

The file is read in the library of what is published: what it does to other files is seen when it is published.
Knows no draft and changes nothing.
"""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from admin import lesson_graph, views
from admin.desk import Desk
from admin.gate import Asked
from admin.lesson_graph import Graph
from admin.quick_fixes import Fix, fixes
from admin.roles import LESSON_AUTHORS, LESSON_READERS
from bot.transcripts import Transcripts
from lessons.draft import MODELS, kind_of, published_library, with_draft
from lessons.findings import Finding, in_order
from lessons.linter import elsewhere_than, lint_file
from lessons.loader import Library
from lessons.validation import validate
from lessons.yaml_tree import read
from publishing import TRANSCRIPTS, Files, Published, media_names
from storage import lesson_drafts

CHECK = "/staff/lessons/check"

#: Of a file with its text, in bytes; phrases.yaml is the longest.
LARGEST = 3 * 1024 * 1024
#: Checked at once: a check keeps a processor busy.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in the order of the file, and the repairs that are certain; `graph` of a readable lesson."""

    findings: Sequence[Finding]
    fixes: Mapping[Finding, Fix]
    graph: Graph | None


def routes(at: Desk) -> list[BaseRoute]:
    """The check that the editor asks for while somebody types."""
    turns = asyncio.Semaphore(AT_ONCE)
    return [
        at.gate.route(CHECK, partial(_check, at, turns), roles=LESSON_READERS, methods=("POST",), largest=LARGEST),
    ]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a file may name: the pictures and recordings, and files that are not published yet, with their texts."""

    media: Collection[str]
    new_files: Mapping[str, str]


def beside(connection: Connection, at_files: Files, published: Published) -> Beside:
    """What there is beside the file that is checked."""
    drafts = {row.file: row.text for row in lesson_drafts.everyone(connection)}
    new_files = {file: text for file, text in drafts.items() if file not in published.files}
    return Beside(media_names(connection, at_files), new_files)


def check(published: Published, file: str, text: str, *, beside: Beside, today: date) -> Checked:
    """Everything that is wrong with this text of the file. Never raises; a long file takes half a second."""
    if file.endswith(TRANSCRIPTS):
        _, found = validate(Transcripts, read(text), file=file)
        return _checked(text, in_order(found), None, Transcripts, today)
    rest = published_library(published.book, published.files, media=beside.media)
    library = with_draft(rest, file, text, files={**beside.new_files, **published.files})
    findings = lint_file(library, file, today=today)
    return _checked(text, findings, _graph(library, file, findings), MODELS[kind_of(rest.curriculum, file)], today)


def values(checked: Checked) -> dict[str, Any]:
    """What the template of the findings and the graph is filled with."""
    errors = sum(one.severity == "error" for one in checked.findings)
    return {
        "findings": [(nth, one, checked.fixes.get(one)) for nth, one in enumerate(checked.findings)],
        "errors": errors,
        "warnings": len(checked.findings) - errors,
        "graph": checked.graph,
    }


def today(at: Desk, asked: Asked) -> date:
    """The day on which somebody asks, in Vietnam."""
    return asked.now.astimezone(at.zone).date()


def _checked(
    text: str, findings: Sequence[Finding], graph: Graph | None, model: type[BaseModel], today: date
) -> Checked:
    return Checked(findings, fixes(text, findings, model=model, today=today), graph)


def _graph(library: Library, file: str, findings: Sequence[Finding]) -> Graph | None:
    edition, tree = library.editions.get(file), library.trees.get(file)
    if edition is None or tree is None:
        return None
    return lesson_graph.graph(edition.lesson, tree, findings, elsewhere=elsewhere_than(library, file))


async def _check(at: Desk, turns: asyncio.Semaphore, request: Request, asked: Asked) -> Response:
    said, published = posted(await request.body()), at.published()
    if said is None or published is None:
        return JSONResponse({"problem": "unreadable"}, 422)
    file, text = said
    around = await at.gate.read(lambda connection: beside(connection, at.files, published))
    async with turns:
        checked = await asyncio.to_thread(check, published, file, text, beside=around, today=today(at, asked))
    given = values(checked)
    return JSONResponse(
        {
            "findings": [_as_json(finding, fix) for _, finding, fix in given["findings"]],
            "list": views.part("lesson_findings.html", can_fix=bool(asked.member.roles & LESSON_AUTHORS), **given),
            "graph": views.part("lesson_graph.html", **given) if checked.graph is not None else None,
        }
    )


def posted(body: bytes) -> tuple[str, str] | None:
    """The file's name and its text; None for what is no JSON of ours."""
    try:
        said = json.loads(body)
        file, text = said["file"], said["text"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return (file, text) if isinstance(file, str) and isinstance(text, str) else None


def _as_json(finding: Finding, fix: Fix | None) -> dict[str, Any]:
    return {
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity,
        "code": finding.code,
        "sentence": finding.message,
        "suggestion": finding.suggestion,
        "fix": asdict(fix) if fix is not None else None,
    }
