"""Small changes to YAML texts of the lessons that leave every other line as it was typed.

    NoPlaceError    the text cannot be read, or there is no list at that place

The place is found by the positions that the YAML reader gives; the change is made in the text itself, so comments,
order and layout stay. What comes out is read again before anybody gets it.
"""

import json
import re

import yaml

from lessons.yaml_tree import Path, normalise, read

_BYTE_ORDER_MARK = "\ufeff"
_LINE_END = re.compile(r"\r\n|\n|\r")
_REST_OF_LINE = re.compile(r"[^\r\n]*")


class NoPlaceError(Exception):
    """Nothing can be added there."""


def with_item(text: str, path: Path, item: str) -> str:
    """The text with the item at the end of the list at `path`, such as ("courses", 3, "lessons").

    Exactly one line is another one or new; the text itself comes back when the item is in the list already. A list
    that is not written yet is begun in its mapping. Raises NoPlaceError.
    """
    item = normalise(item).strip()
    body = text.removeprefix(_BYTE_ORDER_MARK)
    written = read(body)
    if not item or written.data is None:
        raise NoPlaceError
    wanted = _wanted(written.data, path, item)
    if wanted is None:
        return text
    try:
        changed = _changed(body, path, item)
    except yaml.YAMLError as error:
        raise NoPlaceError from error
    if read(changed).data != wanted:
        raise NoPlaceError
    return text[: len(text) - len(body)] + changed


def typed(value: str) -> str:
    """The text as it is typed behind `key:`: bare where YAML reads it as it stands, else in quotes."""
    return _scalar(value, is_flow=False)


def _wanted(data: object, path: Path, item: str) -> object | None:
    """What the text says with the item in it; None when it is there already."""
    if not path:
        if data is None:
            return [item]
        if not isinstance(data, list):
            raise NoPlaceError
        return None if item in data else [*data, item]
    match data, path[0]:
        case dict(), str(key) if key in data or len(path) == 1:
            inner = _wanted(data.get(key), path[1:], item)
            return None if inner is None else {**data, key: inner}
        case list(), int(nth) if 0 <= nth < len(data):
            inner = _wanted(data[nth], path[1:], item)
            return None if inner is None else [*data[:nth], inner, *data[nth + 1 :]]
        case _:
            raise NoPlaceError


def _changed(text: str, path: Path, item: str) -> str:
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    for part in path[:-1]:
        node = _inside(node, part)
    above, node = node, _inside(node, path[-1]) if path else node
    if isinstance(node, yaml.SequenceNode) and node.flow_style:
        at = _end(node.value[-1]) if node.value else _end(node) - 1
        return text[:at] + (", " if node.value else "") + _scalar(item, is_flow=True) + text[at:]
    if isinstance(node, yaml.SequenceNode):
        return _with_line(text, node, f"- {_scalar(item, is_flow=False)}")
    begun = f"[{_scalar(item, is_flow=True)}]"
    if isinstance(node, yaml.ScalarNode) and not node.value and not node.style:  # a key with nothing behind it
        colon = text.rindex(":", 0, _end(node) + 1) + 1
        return f"{text[:colon]} {begun}{text[colon:]}"
    if node is not None or not isinstance(above, yaml.MappingNode) or not above.value:
        raise NoPlaceError
    if above.flow_style:
        at = _end(above.value[-1][1])
        return f"{text[:at]}, {path[-1]}: {begun}{text[at:]}"
    return _with_line(text, above, f"{path[-1]}: {begun}")


def _inside(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        found: yaml.Node = node.value[part]
        return found
    return None


def _with_line(text: str, node: yaml.CollectionNode, line: str) -> str:
    """The text with a line behind the last one of a block, as far in as the block."""
    last: yaml.Node = node
    while isinstance(last, yaml.CollectionNode) and last.value and not last.flow_style:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    at = len(text[: _end(last)].rstrip())
    rest = _REST_OF_LINE.match(text, at)
    at = rest.end() if rest is not None else at
    end = _LINE_END.search(text)
    indented = " " * node.start_mark.column + line
    return f"{text[:at]}{end[0] if end is not None else chr(10)}{indented}{text[at:]}"


def _end(node: yaml.Node) -> int:
    return int(node.end_mark.index)


def _scalar(item: str, *, is_flow: bool) -> str:
    """The item as it is typed into a list: bare where YAML reads it as it stands, else in quotes."""
    try:
        node = yaml.compose(f"[{item}]" if is_flow else f"- {item}\n", Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        node = None
    if isinstance(node, yaml.SequenceNode) and len(node.value) == 1:
        (only,) = node.value
        is_text = isinstance(only, yaml.ScalarNode) and only.tag == "tag:yaml.org,2002:str"
        if is_text and not only.style and only.value == item and "\n" not in item:
            return item
    return json.dumps(item, ensure_ascii=False)
