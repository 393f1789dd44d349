"""JSON of foreign servers, tamed value by value: a wrong type is an empty value, never an error.

Knows no platform. Numbers stay the digits that were sent, since ids are larger than a float can hold.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import nan
from typing import Any

from webhooks.channel import Malformed

ID_LIMIT_CHARS = 200
ADDRESS_LIMIT_CHARS = 4_000
EARLIEST, LATEST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def read(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body. Raises Malformed when it is none."""
    try:
        data = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(data, dict):
        raise Malformed("the body is not a JSON object")
    return data


def mapping(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    """Words, without what a database cannot hold: zero bytes, and halves of surrogate pairs."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value.replace("\0", "")
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def identity(value: Any) -> str:
    """An id that stands by itself or in an object {"id": ...}; empty when it cannot be one."""
    digits = text(value.get("id") if isinstance(value, dict) else value).strip()
    return digits if len(digits) <= ID_LIMIT_CHARS else ""


def address(value: Any) -> str:
    """An http(s) address; empty when it cannot be one."""
    found = text(value).strip()
    is_one = found.startswith(("https://", "http://")) and len(found) <= ADDRESS_LIMIT_CHARS
    return found if is_one else ""


def number(value: Any) -> float:
    """The number that was sent as such or in words; nan when there is none."""
    try:
        return float(text(value))
    except ValueError:
        return nan


def integer(value: Any) -> int | None:
    """The number of an error, of eight digits at most, that was sent as such or in words; None when there is none."""
    digits = text(value).strip()
    return int(digits) if re.fullmatch(r"-?[0-9]{1,8}", digits) else None


def moment(value: Any) -> datetime | None:
    """Milliseconds since 1970 as a time, when they are of these decades."""
    digits = text(value)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 14):
        return None
    time = datetime.fromtimestamp(int(digits) / 1000, UTC)
    return time if EARLIEST <= time <= LATEST else None
