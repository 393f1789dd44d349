"""What may be written where in a file, for completion: keys with their explanations, and the names that exist.

Made from the schema that editors' programs read (lessons/json_schema.py) and from what is published. The ids of the
steps are in the text itself: the page's script reads them there.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from lessons.draft import Kind
from lessons.flow import answers_of
from lessons.json_schema import export
from lessons.schema import PLACEHOLDERS, Book
from lessons.sentences import SENTENCE_PLACEHOLDERS

_SCHEMAS: Mapping[Kind, str] = {
    "lesson": "lesson.schema.json",
    "curriculum": "curriculum.schema.json",
    "phrases": "phrases.schema.json",
    "place_facts": "place_facts.schema.json",
    "scam_signs": "scam_signs.schema.json",
    "crops": "crops.schema.json",
    "faq": "faq.schema.json",
}
ROOT = "root"
_REFERENCE = "#/$defs/"


@cache
def keys(kind: Kind) -> dict[str, dict[str, dict[str, Any]]]:
    """Model -> key -> `about`; `of` is the model within; `keyed` says that names of its own come between."""
    schema = export()[_SCHEMAS[kind]]
    models = {ROOT: schema} | schema.get("$defs", {})
    return {
        name: {key: _entry(field) for key, field in model.get("properties", {}).items()}
        for name, model in models.items()
    }


def vocabulary(book: Book, kind: Kind, *, media: frozenset[str]) -> dict[str, Any]:
    """Everything that the script completes, but for what is in the text."""
    names: dict[str, set[str]] = {}
    for edition in book.current.values():
        for name, values in answers_of(edition.lesson).items():
            names.setdefault(name, set()).update(values)
    placeholders = PLACEHOLDERS | SENTENCE_PLACEHOLDERS if kind == "phrases" else PLACEHOLDERS
    return {
        "models": keys(kind),
        "placeholders": sorted(placeholders),
        "media": sorted(media),
        "lessons": sorted(book.current),
        "courses": [course.id for course in book.courses],
        "topics": sorted(book.phrases.topics),
        "remembered": {name: sorted(values) for name, values in sorted(names.items())},
    }


def _entry(field: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"about": field.get("description", "")}
    within = next(_references(field), None)
    if within is not None:
        entry["of"] = within
    if field.get("type") == "object":
        entry["keyed"] = True
    if field.get("type") == "boolean":
        entry["values"] = ["true", "false"]
    return entry


def _references(node: object) -> Iterator[str]:
    """Models that a field's schema names, the outermost first."""
    if isinstance(node, Mapping):
        named = node.get("$ref")
        if isinstance(named, str):
            yield named.removeprefix(_REFERENCE)
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)
