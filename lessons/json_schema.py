"""JSON Schema of the YAML files, for editors' programs: what may be written where, in their language.

Made from the pydantic models and schema_help.yaml; the files in lessons/schema/ are this module's export.
Knows no file of lessons. Source: JSON Schema draft 2020-12, as far as the YAML language server reads it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from lessons.crops import Crops
from lessons.pictures import Drawings
from lessons.schema import PLACE_PLACEHOLDERS, Curriculum, Lesson, PlaceFacts, QuestionList
from lessons.sentences import Phrases
from lessons.signs import ScamSigns
from lessons.validation import ACTIONS, help_table

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILES: Mapping[str, type[BaseModel]] = {
    "lesson.schema.json": Lesson,
    "curriculum.schema.json": Curriculum,
    "phrases.schema.json": Phrases,
    "place_facts.schema.json": PlaceFacts,
    "faq.schema.json": QuestionList,
    "drawings.schema.json": Drawings,
    "scam_signs.schema.json": ScamSigns,
    "crops.schema.json": Crops,
}


def export() -> dict[str, dict[str, Any]]:
    """File name -> schema. The loader says more than a schema can; nothing that it takes is refused here."""
    return {file: _schema(model) for file, model in FILES.items()}


def as_text(schema: Mapping[str, Any]) -> str:
    """The schema as it is checked in."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write(folder: Path) -> None:
    """Write every schema under its file name."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, schema in export().items():
        folder.joinpath(file).write_text(as_text(schema), encoding="utf-8")


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    raw = model.model_json_schema()
    parts = {name: _explained(name, _plain(part)) for name, part in raw.pop("$defs", {}).items()}
    if "Step" in parts:
        parts["Step"]["oneOf"] = [{"required": [action]} for action in ACTIONS]
    if "PlaceEntry" in parts:
        facts = parts["PlaceEntry"]["properties"]["facts"]
        facts["propertyNames"] = {"enum": sorted(PLACE_PLACEHOLDERS)}
    whole = _explained(model.__name__, _plain(raw))
    return {"$schema": DIALECT, **whole, **({"$defs": parts} if parts else {})}


def _explained(model: str, schema: dict[str, Any]) -> dict[str, Any]:
    """With the descriptions of schema_help.yaml."""
    words = help_table()
    schema["description"] = words["models"][model]["about"]
    for name, field in schema["properties"].items():
        entry = words["models"][model]["fields"][name]
        example = f" {words['example_label']}: {entry['example']}" if "example" in entry else ""
        field["description"] = entry["help"] + example
    return schema


def _plain(node: Any) -> Any:
    """Without titles and nulls, which editors never write, and with numbers and yes/no where text is wanted:
    the loader takes them as typed."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {
        key: {name: _plain(inner) for name, inner in value.items()} if key == "properties" else _plain(value)
        for key, value in node.items()
        if key != "title" or not isinstance(value, str)
    }
    if {"type": "null"} in plain.get("anyOf", ()):
        plain.pop("default", None)
        others = [option for option in plain.pop("anyOf") if option != {"type": "null"}]
        plain |= others[0] if len(others) == 1 else {"anyOf": others}
    if plain.get("type") == "string" and not plain.keys() & {"pattern", "format"}:
        plain["type"] = ["string", "number", "boolean"]
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    return plain
