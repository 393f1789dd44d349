"""Names under /media of the posters that are drawn from a sealed ticket; the name holds all there is to know.

Pure. What a ticket is stands in qr/tickets.py, how a poster looks in qr/poster.py.
"""

import re
from typing import Literal, get_args

Size = Literal["a5", "a6"]
SIZES: tuple[Size, ...] = get_args(Size)
#: A picture of this size, or the pages to print.
Form = Literal["a5", "a6", "pdf"]

#: No ticket is shorter, and a picture of the lessons that is called poster-a5-cho.png is none.
_TICKET = r"([A-Za-z0-9_-]{48,})"
_NAMES: dict[Form, re.Pattern[str]] = {
    "a5": re.compile(rf"poster-a5-{_TICKET}\.png"),
    "a6": re.compile(rf"poster-a6-{_TICKET}\.png"),
    "pdf": re.compile(rf"poster-{_TICKET}\.pdf"),
}


def picture(ticket: str, size: Size) -> str:
    """The file name of a poster as a picture."""
    return f"poster-{size}-{ticket}.png"


def document(ticket: str) -> str:
    """The file name of the pages to print."""
    return f"poster-{ticket}.pdf"


def wanted(name: str) -> tuple[Form, str] | None:
    """What a file name asks for, and its ticket; None for any other file."""
    for form, pattern in _NAMES.items():
        if found := pattern.fullmatch(name):
            return form, found[1]
    return None
