"""What goes through the pipe between the server and the process that reads pictures (qr/reader.py, qr/reading.py).

Each picture and each answer stands behind its length, four bytes. Imports nothing that the process does without.
"""

import json
import struct
from dataclasses import asdict

from bot.events import PictureRead, SeenCode

LARGEST_BYTES = 10 * 1024 * 1024
#: Of an answer: MOST_CODES of the largest codes there are take a quarter. More comes only from a process gone wrong.
LONGEST_ANSWER = 1024 * 1024

HEAD = struct.Struct(">I")


def packed(read: PictureRead) -> bytes:
    """An answer, to be put behind its length."""
    return json.dumps(asdict(read)).encode()


def unpacked(answer: bytes) -> PictureRead:
    """Raises ValueError for what `packed` has not made."""
    try:
        fields = json.loads(answer)
        codes = tuple(SeenCode(code["kind"], code["text"]) for code in fields["codes"])
        return PictureRead(codes, fields["trouble"])
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError("no answer of the process") from error
