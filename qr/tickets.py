"""Tickets: what a code holds, sealed so that only this server can read it again, and only for two hours.

The ticket is the storage: nothing of a code is kept beside it, and nobody can make one without the server's key.
AES-256-GCM of a deadline and the deflated payload; the key is derived from the server's (HKDF-SHA256) for this alone.
"""

import base64
import os
import re
import zlib
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

GOOD_FOR = timedelta(hours=2)
#: Characters of a payload; EMVCo allows 512.
LONGEST_PAYLOAD = 512
LONGEST_TICKET = 1_000

_PURPOSE = b"muadam: ticket for a poster"
_NONCE_BYTES, _TAG_BYTES, _DEADLINE_BYTES = 12, 16, 4
_FORM = re.compile(r"[A-Za-z0-9_-]+")
#: What nearly every payload holds: with it a ticket is two fifths shorter, and so is the address that people see.
_USUAL = b"0000019704QRIBFTTC53037045405802VN62080011010212385700A0000007270126000697040113QRIBFTTA53037045802VN6304"


class Tickets:
    """Seals payloads and opens tickets, of all servers that have the same key."""

    def __init__(self, key: bytes) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key)
        self._cipher = AESGCM(derived)

    def seal(self, payload: str, now: datetime) -> str:
        """A ticket for a payload, of letters, digits, `-` and `_`; another one each time.

        Empty for a payload longer than LONGEST_PAYLOAD: no poster is made of it.
        """
        if len(payload) > LONGEST_PAYLOAD:
            return ""
        deadline = int((now + GOOD_FOR).timestamp()).to_bytes(_DEADLINE_BYTES)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, deadline + _deflated(payload.encode()), None)
        return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")

    def opened(self, ticket: str, now: datetime) -> str | None:
        """The payload, byte for byte; None for a ticket that is old, forged or none at all."""
        if len(ticket) > LONGEST_TICKET or not _FORM.fullmatch(ticket) or len(ticket) % 4 == 1:
            return None
        sealed = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        if len(sealed) < _NONCE_BYTES + _TAG_BYTES + _DEADLINE_BYTES:
            return None
        try:
            held = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except InvalidTag:
            return None
        if now.timestamp() >= int.from_bytes(held[:_DEADLINE_BYTES]):
            return None
        return _inflated(held[_DEADLINE_BYTES:]).decode()


def _deflated(payload: bytes) -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_USUAL)
    return press.compress(payload) + press.flush()


def _inflated(deflated: bytes) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS, zdict=_USUAL).decompress(deflated)
