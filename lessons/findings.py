"""What is found wrong in a lesson file, said to its editor; the sentences are in lint_messages.yaml.

Knows no rule: whoever finds something names a code, a place and the words that fill its sentence.

    LessonError(findings)      an edition that cannot be used at all
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

Severity = Literal["error", "warning"]

_OURS = {"replaces", "instead"}  # what pages offer to write; the suggestion says it in words


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to correct. Line and column count from 1; an `error` keeps the file from being published.

    `replaces` is what stands there, `instead` what is certainly meant; empty where a person must decide.
    """

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    suggestion: str
    replaces: str = ""
    instead: str = ""


class LessonError(Exception):
    """A lesson that cannot be read. `findings` say why; the text of the exception is for the log."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{f.file}:{f.line}:{f.column} {f.code}" for f in findings))
        self.findings = tuple(findings)


def finding(code: str, *, file: str, line: int, column: int, **values: object) -> Finding:
    """The finding with its sentence; `values` fill the sentence's placeholders. KeyError: no such code."""
    entry = messages()["codes"][code]
    return Finding(
        code=code,
        severity=entry.get("severity", "error"),
        file=file,
        line=line,
        column=column,
        message=entry["says"].format(**values),
        suggestion=entry["suggest"].format(**values),
        replaces=entry.get("replaces", "").format(**values),
        instead=entry.get("instead", "").format(**values),
    )


def is_blocking(findings: Iterable[Finding]) -> bool:
    """Whether anything among them forbids publishing."""
    return any(found.severity == "error" for found in findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Without repetitions, by file and place."""
    return sorted(set(findings), key=lambda f: (f.file, f.line, f.column, f.code, f.message))


def render_text(findings: Iterable[Finding]) -> str:
    """One line a finding, as compilers write it, so that an editor program can jump to the place."""
    words = messages()
    return "\n".join(
        f"{f.file}:{f.line}:{f.column}: [{f.code}] {words['marks'][f.severity]}{f.message}"
        f" {words['suggestion_label']}: {f.suggestion}"
        for f in findings
    )


def as_json(findings: Iterable[Finding]) -> str:
    """A JSON array with the fields of Finding up to its suggestion."""
    told = [{name: value for name, value in asdict(found).items() if name not in _OURS} for found in findings]
    return json.dumps(told, ensure_ascii=False, indent=2)


def read_table(name: str) -> dict[str, Any]:
    """A YAML table of this package, by its file name."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return table


@cache
def messages() -> Mapping[str, Any]:
    """lint_messages.yaml: `codes`, `marks`, `suggestion_label`."""
    return read_table("lint_messages.yaml")
