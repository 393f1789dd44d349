"""YAML text as plain data that knows on which line and column everything stands.

Scalars keep the letters that were typed (`yes`, `1` and `2026-11-20` are text): what they mean is the
schema's affair. Anchors, aliases, tags and second documents are refused. Knows nothing of lessons.
Sources: YAML 1.1 (yaml.org/spec/1.1); libyaml's wording of errors, through PyYAML 6.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_CHARS = 2_000_000
MAX_DEPTH = 20

Path = tuple[str | int, ...]

_TWICE = "\0twice"  # a repeated key is read past under this name, so that the first one stays
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_ODD_SPACES = re.compile("[\u00a0\u0085\u2028\u2029\u202f\u3000]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_KEY = re.compile(r"^\s*(?:- +)*(?:[\w-]+:)?\s*")
_BRACED_WORD = re.compile(r"[:,\[] *\{ *\w+ *\}")
_COMPLAINTS = (
    ("quoted scalar", "open_quote"),
    ("alias", "special_start"),
    ("anchor", "special_start"),
    ("tag", "special_start"),
    ("cannot start any token", "special_start"),
    ("block scalar", "after_bar"),
    ("mapping values are not allowed", "colon"),
    ("could not find expected ':'", "no_colon"),
    ("flow", "open_bracket"),
)
_BEGUN_EARLIER = frozenset({"open_quote", "open_bracket", "special_start", "no_colon"})
_MISLEADING_STARTS = {"{": "brace_start", '"': "after_quote", "'": "after_quote", "[": "after_quote"}


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands: its key (or list item), and the lines of the value. All count from 1."""

    line: int
    column: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What YAML itself objects to; `code` is a code of lint_messages.yaml; `path` the value it spoils."""

    code: str
    line: int
    column: int
    values: Mapping[str, object] = field(default_factory=dict)
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A read file: `text` as normalised, `data` (None when it could not be read), and where things stand."""

    text: str
    data: object
    spans: Mapping[Path, Span]
    faults: tuple[Fault, ...] = ()

    def where(self, path: Path, needle: str = "") -> tuple[int, int]:
        """Line and column of the path, or of the nearest thing above it that was written.

        With `needle`, of its first occurrence inside the value, when it stands there as typed.
        """
        while path and path not in self.spans:
            path = path[:-1]
        span = self.spans.get(path, Span(line=1, column=1, last_line=1))
        return self._inside(span, needle) or (span.line, span.column)

    def _inside(self, span: Span, needle: str) -> tuple[int, int] | None:
        if not needle:
            return None
        lines = self.text.split("\n")[span.line - 1 : span.last_line]
        for offset, line in enumerate(lines):
            at = line.find(needle, span.column - 1 if offset == 0 else 0)
            if at >= 0:
                return span.line + offset, at + 1
        return None


class _RefusedError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def normalise(text: str) -> str:
    """NFC, Unix line ends, plain spaces, no byte-order mark, nothing invisible; the lines stay the same."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", _ODD_SPACES.sub(" ", text))


def read(text: str) -> Tree:
    """The tree of a YAML text. Never raises: what is wrong is in `faults`."""
    if len(text) > MAX_CHARS:
        return Tree("", None, {}, (Fault("file_too_large", 1, 1, {"limit": MAX_CHARS // 1_000_000}),))
    text = normalise(text)
    spans: dict[Path, Span] = {}
    faults: list[Fault] = []
    try:
        _refuse_controls(text)
        data = _document(text, _Notes(text.split("\n"), spans, faults))
    except _RefusedError as refusal:
        return Tree(text, None, spans, (refusal.fault,))
    except yaml.YAMLError as error:
        return Tree(text, None, spans, (_syntax_fault(text, error),))
    return Tree(text, data, spans, tuple(faults))


@dataclass(frozen=True, slots=True)
class _Notes:
    lines: list[str]
    spans: dict[Path, Span]
    faults: list[Fault]


def _refuse_controls(text: str) -> None:
    found = _CONTROLS.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise _RefusedError(Fault("control_character", line, column, {"name": f"U+{ord(found[0]):04X}"}))


def _document(text: str, notes: _Notes) -> object:
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    next(events)  # the stream's start
    if isinstance(next(events), yaml.StreamEndEvent):
        raise _RefusedError(Fault("empty_file", 1, 1))
    first = next(events)
    data = _node(first, events, (), notes)
    start = _start(first)
    notes.spans[()] = Span(start.line + 1, start.column + 1, text.count("\n") + 1)
    if data is None:
        raise _RefusedError(Fault("empty_file", 1, 1))
    next(events)  # the document's end
    after = next(events)
    if isinstance(after, yaml.DocumentStartEvent):
        raise _RefusedError(_fault("second_document", after))
    return data


def _node(event: yaml.Event, events: Iterator[yaml.Event], path: Path, notes: _Notes) -> object:
    """The value that begins with `event`: text, list, mapping, or None where nothing is written."""
    _refuse_references(event)
    if len(path) > MAX_DEPTH:
        raise _RefusedError(_fault("too_deep", event))
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(event, events, path, notes)
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, path, notes)
    if not isinstance(event, yaml.ScalarEvent):
        raise _RefusedError(_fault("bad_yaml", event))
    if event.style:
        return event.value
    end = _end(event)
    if " " in event.value and notes.lines[end.line][end.column :].lstrip().startswith("#"):
        notes.faults.append(_fault("lost_after_hash", event, path=path))
    return None if event.value in _NULLS else event.value


def _mapping(start: yaml.Event, events: Iterator[yaml.Event], path: Path, notes: _Notes) -> dict[str, object]:
    """Keys without a value are noted and left out: what depends on them says nothing more."""
    entries: dict[str, object] = {}
    bare: list[str] = []
    for key in events:
        if isinstance(key, yaml.MappingEndEvent):
            break
        _refuse_references(key)
        if not isinstance(key, yaml.ScalarEvent):
            raise _RefusedError(_fault("key_not_text", key))
        inner = (*path, key.value)
        if inner in notes.spans:
            line = notes.spans[inner].line
            notes.faults.append(_fault("duplicate_key", key, key=key.value, first=line))
            inner = (*path, key.value, _TWICE)
        value_start = next(events)
        value = _node(value_start, events, inner, notes)
        notes.spans[inner] = _span(key, value_start, value)
        if value is not None:
            entries.setdefault(key.value, value)
        elif _start(value_start).index == _end(key).index:
            bare.append(key.value)
        else:
            notes.faults.append(_fault("empty_value", key, path=inner, key=key.value))
    if bare:
        code = "comma_in_braces" if entries or len(bare) > 1 else "brace_start"
        notes.faults.append(_fault(code, start, path=path, written="{" + bare[0] + "}", key=bare[0]))
    return entries


def _sequence(events: Iterator[yaml.Event], path: Path, notes: _Notes) -> list[object]:
    items: list[object] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        inner = (*path, len(items))
        value = _node(event, events, inner, notes)
        notes.spans[inner] = _span(event, event, value)
        if value is None:
            notes.faults.append(_fault("empty_value", event, path=inner, key=f"- ({len(items) + 1})"))
        items.append("" if value is None else value)
    return items


def _span(key: yaml.Event, first: yaml.Event, value: object) -> Span:
    """Only the lines of a scalar are kept: nobody looks for a word inside a whole mapping."""
    start = _start(key)
    last = _end(first).line if isinstance(value, str) else start.line
    return Span(start.line + 1, start.column + 1, last + 1)


def _refuse_references(event: yaml.Event) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise _RefusedError(_fault("special_start", event, start="*"))
    if getattr(event, "anchor", None):
        raise _RefusedError(_fault("special_start", event, start="&"))
    if getattr(event, "tag", None):
        raise _RefusedError(_fault("special_start", event, start="!"))


def _fault(code: str, event: yaml.Event, *, path: Path | None = None, **values: object) -> Fault:
    start = _start(event)
    return Fault(code, start.line + 1, start.column + 1, values, path)


def _start(event: yaml.Event) -> Any:
    """The mark of a parsed event; PyYAML's types allow for events that were never in a text."""
    return event.start_mark


def _end(event: yaml.Event) -> Any:
    return event.end_mark


def _syntax_fault(text: str, error: yaml.YAMLError) -> Fault:
    """libyaml's complaint as one of our codes, at the place where an editor must look."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return Fault("bad_yaml", 1, 1)
    context, problem = getattr(error, "context", "") or "", getattr(error, "problem", "") or ""
    lines = [*text.split("\n"), ""]
    code = _syntax_code(context, problem, lines[mark.line], mark.column)
    if code in _BEGUN_EARLIER:
        mark = getattr(error, "context_mark", None) or mark
    start = lines[mark.line][mark.column : mark.column + 1]
    return Fault(code, mark.line + 1, mark.column + 1, {"start": start, "written": lines[mark.line].strip()})


def _syntax_code(context: str, problem: str, line: str, column: int) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or line[column : column + 1] == "\t":
        return "tab"
    if "flow" in context and _BRACED_WORD.search(line):
        return "brace_start"
    for words, code in _COMPLAINTS:
        if words in context or words in problem:
            return code
    value = _KEY.sub("", line)
    if "expected key" in problem and value[:1] in _MISLEADING_STARTS:
        return _MISLEADING_STARTS[value[:1]]
    return "indentation" if "expected key" in problem or "expected '-'" in problem else "bad_yaml"
