"""The exported JSON Schema: complete in words, checked in, and of one mind with the loader."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import lessons
from lessons import crops as crop_models
from lessons import pictures as picture_models
from lessons import schema as lesson_models
from lessons import sentences as sentence_models
from lessons import signs as sign_models
from lessons.json_schema import as_text, export, write
from lessons.loader import Library
from lessons.strict import Strict
from lessons.validation import help_table
from lessons.yaml_tree import read
from tests.lessons.library_on_disk import HERE, write_clean

CHECKED_IN = Path(lessons.__file__).parent / "schema"
MODELS = {
    name: model
    for module in (lesson_models, sentence_models, sign_models, crop_models, picture_models)
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, BaseModel) and model is not Strict
}


def test_every_field_is_explained_and_nothing_else() -> None:
    explained = {name: set(entry["fields"]) for name, entry in help_table()["models"].items()}

    assert explained == {name: set(model.model_fields) for name, model in MODELS.items()}


@pytest.mark.parametrize("file", sorted(export()))
def test_checked_in_schema_is_the_export(file: str) -> None:
    written = CHECKED_IN.joinpath(file).read_text(encoding="utf-8")

    assert written == as_text(export()[file]), "run: muadam schema"
    assert {path.name for path in CHECKED_IN.iterdir()} == set(export())


def test_write_gives_the_files(tmp_path: Path) -> None:
    write(tmp_path / "new")

    assert {
        path.name: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "new").iterdir()
    } == export()


def test_every_property_is_described_in_the_editors_language() -> None:
    for schema in export().values():
        for part in [schema, *schema.get("$defs", {}).values()]:
            assert part["description"]
            assert all(entry["description"] for entry in part["properties"].values())


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("lessons.yaml", "curriculum.schema.json"),
        ("lessons/phrases.yaml", "phrases.schema.json"),
        ("lessons/place_facts.yaml", "place_facts.schema.json"),
        ("lessons/scam_signs.yaml", "scam_signs.schema.json"),
        ("lessons/crops.yaml", "crops.schema.json"),
        ("lessons/library/bai.yaml", "lesson.schema.json"),
        ("lessons/library/bai-sau.yaml", "lesson.schema.json"),
    ],
)
def test_clean_files_are_valid(tmp_path: Path, file: str, schema: str) -> None:
    data = read(write_clean(tmp_path).joinpath(file).read_text(encoding="utf-8")).data

    assert problems(data, export()[schema]) == []


def test_lessons_of_the_project_are_valid(library: Library) -> None:
    schemas = {
        "lessons.yaml": "curriculum",
        "lessons/phrases.yaml": "phrases",
        "lessons/place_facts.yaml": "place_facts",
        "lessons/scam_signs.yaml": "scam_signs",
        "lessons/crops.yaml": "crops",
    }

    for file, tree in library.trees.items():
        kind = "faq" if file.startswith("lessons/faq/") else "lesson"
        schema = export()[f"{schemas.get(file, kind)}.schema.json"]
        assert problems(tree.data, schema) == [], file


@pytest.mark.parametrize(
    "code",
    [
        "missing_key",
        "unknown_key",
        "not_text",
        "bad_identifier",
        "bad_value",
        "number_too_small",
        "number_too_big",
        "not_a_number",
        "not_a_list",
        "empty_list",
        "not_a_table",
        "not_true_or_false",
        "no_source",
        "no_check_date",
        "no_action",
        "several_actions",
    ],
)
def test_broken_files_are_refused_by_the_schema_too(code: str) -> None:
    data = read((HERE / "broken" / f"{code}.yaml").read_text(encoding="utf-8")).data

    assert problems(data, export()["lesson.schema.json"])


def problems(data: Any, schema: Mapping[str, Any]) -> list[str]:
    """The part of JSON Schema that the export uses, over a tree in which every scalar is the typed text."""
    return list(_problems(data, schema, schema, "$"))


def _problems(data: Any, node: Mapping[str, Any], root: Mapping[str, Any], at: str) -> list[str]:
    unknown = node.keys() - KNOWN
    assert not unknown, f"the checker does not know {unknown}"
    found: list[str] = []
    if "$ref" in node:
        found += _problems(data, root["$defs"][node["$ref"].rpartition("/")[2]], root, at)
    if "type" in node and not any(_is(data, kind) for kind in _listed(node["type"])):
        return [f"{at}: not {node['type']}"]
    for key, most in (("anyOf", 99), ("oneOf", 1)):
        fitting = sum(not _problems(data, option, root, at) for option in node.get(key, ()))
        if key in node and not 1 <= fitting <= most:
            found.append(f"{at}: {key}")
    if isinstance(data, dict):
        found += _table_problems(data, node, root, at)
    if isinstance(data, list):
        found += [f"{at}: empty"] if len(data) < node.get("minItems", 0) else []
        for nth, item in enumerate(data):
            found += _problems(item, node.get("items", {}), root, f"{at}[{nth}]")
    if isinstance(data, str):
        found += _text_problems(data, node, at)
    return found


def _table_problems(data: dict[str, Any], node: Mapping[str, Any], root: Mapping[str, Any], at: str) -> list[str]:
    found = [f"{at}: no {key}" for key in node.get("required", ()) if key not in data]
    patterns = node.get("patternProperties", {})
    for key, value in data.items():
        found += _problems(key, node.get("propertyNames", {}), root, f"{at}.{key} as a name")
        inner = node.get("properties", {}).get(key)
        inner = inner or next((part for pattern, part in patterns.items() if re.search(pattern, key)), None)
        rest = node.get("additionalProperties", True)
        if inner is None and rest is False:
            found.append(f"{at}: unknown {key}")
        found += _problems(value, inner or (rest if isinstance(rest, dict) else {}), root, f"{at}.{key}")
    return found


def _text_problems(data: str, node: Mapping[str, Any], at: str) -> list[str]:
    wrong = [
        len(data) < node.get("minLength", 0),
        len(data) > node.get("maxLength", len(data)),
        "pattern" in node and not re.search(node["pattern"], data),
        "enum" in node and data not in node["enum"],
        "minimum" in node and float(data) < node["minimum"],
        "maximum" in node and float(data) > node["maximum"],
    ]
    return [f"{at}: {data}"] if any(wrong) else []


def _is(data: Any, kind: str) -> bool:
    match kind:
        case "object":
            return isinstance(data, dict)
        case "array":
            return isinstance(data, list)
        case "boolean":
            return data in ("true", "false")
        case "integer":
            return isinstance(data, str) and data.isdigit()
        case "number":
            return isinstance(data, str) and data.replace(".", "", 1).isdigit()
    return isinstance(data, str)


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds


KNOWN = {
    "$schema", "$defs", "$ref", "type", "description", "properties", "required", "additionalProperties",
    "patternProperties", "propertyNames", "items", "minItems", "anyOf", "oneOf", "minLength", "maxLength",
    "pattern", "format", "enum", "minimum", "maximum", "default",
}  # fmt: skip
