"""Repairs that a page may offer, because nothing else can have been meant.

A repair is proposed by the finding's code, tried on the text, and offered only where the file then reads better and
nothing new is wrong with it. Knows no page. Lines and columns count from 1, columns in characters.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from lessons.findings import Finding, messages
from lessons.rules_safety import is_official
from lessons.validation import validate
from lessons.yaml_tree import normalise, read

#: Of so many findings at most a repair is looked for, in a text of so many characters at most: each is tried out.
MOST_TRIED = 12
LARGEST_TEXT = 60_000

_KEY = re.compile(r"\s*(?:- +)*(?:[\w-]+:(?=\s))?\s*")
_CLOSE_COLON = re.compile(r"\s*(?:- +)*[\w-]+:(?=[^\s:])")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_BEFORE_DATE = re.compile(r"(?:sources|asked_as|moved|steps):")
_QUOTED_STARTS = ('"', "'", "|", ">", "[")


@dataclass(frozen=True, slots=True)
class Fix:
    """What stands from one place up to another becomes `insert`; `label` is what the button says."""

    label: str
    from_line: int
    from_column: int
    to_line: int
    to_column: int
    insert: str

    def applied(self, text: str) -> str:
        """The text with the repair."""
        lines = text.split("\n")
        head = [*lines[: self.from_line - 1], lines[self.from_line - 1][: self.from_column - 1]]
        tail = [lines[self.to_line - 1][self.to_column - 1 :], *lines[self.to_line :]]
        return "\n".join(head) + self.insert + "\n".join(tail)


def fixes(text: str, findings: Sequence[Finding], *, model: type[BaseModel], today: date) -> dict[Finding, Fix]:
    """The repairs of those findings that have one."""
    if len(text) > LARGEST_TEXT or normalise(text) != text:
        return {}
    lines = text.split("\n")
    proposed = [(one, fix) for one in findings for fix in _proposed(one, lines, today)][:MOST_TRIED]
    before = _read(text, model) if proposed else None
    found: dict[Finding, Fix] = {}
    for one, fix in proposed:
        if one not in found and before is not None and _is_better(before, _read(fix.applied(text), model), one):
            found[one] = fix
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text is by itself: whether it can be read, and what is wrong with its form."""

    is_readable: bool
    wrong: Sequence[Finding]


def _read(text: str, model: type[BaseModel]) -> _Reading:
    tree = read(text)
    return _Reading(tree.data is not None, validate(model, tree, file="")[1])


def _is_better(before: _Reading, after: _Reading, finding: Finding) -> bool:
    """Whether the repaired text can be read where it could not, or has lost this finding and got no other."""
    if not before.is_readable:
        is_past = all(one.line > finding.line for one in after.wrong)
        return is_past or (after.is_readable and all(one.line != finding.line for one in after.wrong))
    codes = Counter(one.code for one in before.wrong) - Counter([finding.code])
    return Counter(one.code for one in after.wrong) <= codes


def _proposed(finding: Finding, lines: Sequence[str], today: date) -> Iterator[Fix]:
    """Repairs to be tried, the likeliest first."""
    line = lines[finding.line - 1] if finding.line <= len(lines) else ""
    match finding.code:
        case "mixed_address":
            yield from _change(finding, line, "{Xung_ho}" if finding.replaces[:1].isupper() else "{xung_ho}")
        case "bad_date":
            yield from _change(finding, line, _iso(finding.replaces))
        case "link_not_https":
            secure = finding.replaces.replace("http://", "https://", 1)
            yield from _change(finding, line, secure if is_official(secure) else "")
        case "no_check_date":
            yield from _dated(lines, today)
        case "tab":
            yield from _spaces(finding, lines)
        case "colon" | "special_start" | "brace_start":
            yield from _quoted(finding, line)
        case "no_colon":
            yield from _parted(finding, lines)
        case "control_character":
            yield _within("remove_letter", finding.line, finding.column - 1, finding.column, "")
        case _:
            yield from _change(finding, line, finding.instead)


def _change(finding: Finding, line: str, to: str) -> Iterator[Fix]:
    word = re.compile(rf"(?<![\w-]){re.escape(finding.replaces)}(?![\w-])") if finding.replaces and to else None
    found = word.search(line, finding.column - 1) if word is not None else None
    if found is not None:
        yield _within("change", finding.line, found.start(), found.end(), to, to=to)


def _dated(lines: Sequence[str], today: date) -> Iterator[Fix]:
    nth = next((nth for nth, line in enumerate(lines, 1) if _BEFORE_DATE.match(line)), None)
    if nth is not None:
        yield _within("add_date", nth, 0, 0, f"checked_on: {today}\n", to=str(today))


def _spaces(finding: Finding, lines: Sequence[str]) -> Iterator[Fix]:
    """Two for a tab; else as far as the line above, or one layer further."""
    line = lines[finding.line - 1]
    end = len(line) - len(line.lstrip())
    above = next((other for other in reversed(lines[: finding.line - 1]) if other.strip()), "")
    depth = len(above) - len(above.lstrip(" -"))
    layer = depth + 2 if above.rstrip().endswith((":", "|", ">")) else depth
    if "\t" in line[:end]:
        for spaces in dict.fromkeys((line[:end].replace("\t", "  "), " " * layer)):
            yield _within("spaces", finding.line, 0, end, spaces)


def _quoted(finding: Finding, line: str) -> Iterator[Fix]:
    key = _KEY.match(line)
    start = key.end() if key is not None else 0
    value = line[start:].rstrip()
    if value and not value.startswith(_QUOTED_STARTS) and " #" not in value:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        yield _within("quote", finding.line, start, start + len(value), f'"{escaped}"')


def _parted(finding: Finding, lines: Sequence[str]) -> Iterator[Fix]:
    """A space behind the colon, on the line that is blamed or the one before it."""
    for nth in (finding.line, finding.line - 1, finding.line + 1):
        found = _CLOSE_COLON.match(lines[nth - 1]) if 1 <= nth <= len(lines) else None
        if found is not None:
            yield _within("space", nth, found.end(), found.end(), " ")


def _within(code: str, line: int, start: int, end: int, insert: str, *, to: str = "") -> Fix:
    """A repair inside one line; `start` and `end` count from 0."""
    return Fix(messages()["fixes"][code].format(to=to), line, start + 1, line, end + 1, insert)


def _iso(day: str) -> str:
    """A date as it is written in Vietnam, the way that lessons have it; empty for anything else."""
    found = _DAY.fullmatch(day.strip())
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat() if found else ""
    except ValueError:
        return ""
