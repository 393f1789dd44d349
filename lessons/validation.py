"""What pydantic and the shape of a lesson object to, as findings that say what to write instead.

Knows the models of schema.py and the sentences for editors; reads no file.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

from lessons.findings import Finding, finding, read_table
from lessons.nearest import sure
from lessons.schema import Lesson
from lessons.yaml_tree import Path, Tree
from vietnamese.fold import fold

Model = TypeVar("Model", bound=BaseModel)

ACTIONS = ("say", "ask", "do", "quiz")
SHOWN_CHARS = 40

_CODES = {
    "missing": "missing_key",
    "extra_forbidden": "unknown_key",
    "string_type": "not_text",
    "string_too_short": "empty_value",
    "string_too_long": "bad_value",
    "string_pattern_mismatch": "bad_identifier",
    "int_type": "not_a_number",
    "int_parsing": "not_a_number",
    "int_parsing_size": "not_a_number",
    "greater_than_equal": "number_too_small",
    "less_than_equal": "number_too_big",
    "bool_type": "not_true_or_false",
    "bool_parsing": "not_true_or_false",
    "date_type": "bad_date",
    "date_parsing": "bad_date",
    "date_from_datetime_parsing": "bad_date",
    "date_from_datetime_inexact": "bad_date",
    "tuple_type": "not_a_list",
    "too_short": "empty_list",
    "mapping_type": "not_a_table",
    "model_type": "not_a_table",
}
#: What every lesson must have for a reason of its own, and is told so instead of "a key is missing".
_ESSENTIAL = {"sources": "no_source", "checked_on": "no_check_date"}
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def validate(model: type[Model], tree: Tree, *, file: str) -> tuple[Model | None, list[Finding]]:
    """The model, and all that is wrong. With a fault of YAML's own there may be no model to speak of."""
    found = [
        finding(fault.code, file=file, line=fault.line, column=fault.column, **fault.values) for fault in tree.faults
    ]
    if tree.data is None:
        return None, found
    if not isinstance(tree.data, dict):
        return None, [*found, _at(tree, (), "not_a_table", file, key=file, got=_shown(tree.data))]
    spoilt = {fault.path for fault in tree.faults if fault.path is not None}
    found += _shape_findings(model, tree, file)
    try:
        return model.model_validate(tree.data), found
    except ValidationError as error:
        found += _schema_findings(model, error, tree, file, spoilt)
        return None, list(dict.fromkeys(found))


@cache
def help_table() -> Mapping[str, Any]:
    """schema_help.yaml: `models`: model -> {about, fields: field -> {help, example}}; `example_label`."""
    return read_table("schema_help.yaml")


def _schema_findings(
    model: type[BaseModel], error: ValidationError, tree: Tree, file: str, spoilt: set[Path]
) -> list[Finding]:
    """One finding a value: the members of a union all complain, the first is enough."""
    findings: dict[Path, Finding] = {}
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and any(_is_within(other, detail) for other in details):
            continue  # what is wrong in its items has been said: they were not counted
        path = _written_path(detail, tree)
        if path not in findings and not any(path[:end] in spoilt for end in range(1, len(path) + 1)):
            findings[path] = _schema_finding(model, detail, path, tree, file)
    return list(findings.values())


def _is_within(inner: ErrorDetails, outer: ErrorDetails) -> bool:
    return len(inner["loc"]) > len(outer["loc"]) and inner["loc"][: len(outer["loc"])] == outer["loc"]


def _schema_finding(model: type[BaseModel], detail: ErrorDetails, path: Path, tree: Tree, file: str) -> Finding:
    code = _CODES.get(detail["type"], "bad_value")
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), file)
    owner = _model_at(model, path[:-1])
    if code == "empty_list" and detail["input"]:
        code = "too_few"
    if code in {"missing_key", "empty_list"}:
        code = _ESSENTIAL.get(key, code) if owner is Lesson else code
    known = list(owner.model_fields)
    context = detail.get("ctx", {})
    return _at(
        tree,
        path,
        code,
        file,
        key=key,
        got=_shown(detail["input"]),
        example=_example(owner, key),
        nearest=_nearest(key, known),
        sure=sure(key, known),
        known=", ".join(known),
        limit=context.get("ge", context.get("le", context.get("min_length", context.get("max_length", "")))),
        slug=fold(str(detail["input"])).replace(" ", "-") or "a",
    )


def _written_path(detail: ErrorDetails, tree: Tree) -> Path:
    """The error's place without pydantic's own words ("tuple[...]"); a missing key keeps its name."""
    path: Path = tuple(detail["loc"])
    last = path[-1:] if detail["type"] == "missing" else ()
    path = path[: len(path) - len(last)]
    while path and path not in tree.spans:
        path = path[:-1]
    return (*path, *last)


def _shape_findings(model: type[BaseModel], tree: Tree, file: str) -> Iterator[Finding]:
    if model is not Lesson or not isinstance(tree.data, dict):
        return
    checked_on = tree.data.get("checked_on")
    if isinstance(checked_on, str) and checked_on.strip().isdigit():  # pydantic would take it for seconds
        yield _at(tree, ("checked_on",), "bad_date", file, key="checked_on", got=checked_on)
    steps = tree.data.get("steps")
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        actions = [key for key in step if key in ACTIONS] if isinstance(step, dict) else None
        if actions == []:
            yield _at(tree, ("steps", index), "no_action", file, nth=index + 1)
        if actions and len(actions) > 1:
            path = ("steps", index, actions[1])
            yield _at(tree, path, "several_actions", file, nth=index + 1, actions=", ".join(actions))


def _at(tree: Tree, path: Path, code: str, file: str, **values: object) -> Finding:
    line, column = tree.where(path)
    return finding(code, file=file, line=line, column=column, **values)


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model whose fields are the keys at this path."""
    for part in path:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        inner = next(_models_in(field.annotation), None) if field is not None else None
        model = inner or model
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _nearest(key: str, known: list[str]) -> str:
    best = process.extractOne(key, known, scorer=fuzz.ratio)
    return best[0] if best is not None else ""


def _example(owner: type[BaseModel], key: str) -> str:
    fields = help_table()["models"].get(owner.__name__, {}).get("fields", {})
    example = fields.get(key, {}).get("example", "...")
    return str(example)


def _shown(value: object) -> str:
    """What was typed, short enough for a sentence; lists and tables by their marks only."""
    if isinstance(value, dict):
        return "{...}"
    if isinstance(value, list):
        return "[...]"
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
