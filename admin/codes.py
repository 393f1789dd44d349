"""Codes of a second factor: those that a phone shows for half a minute, and those on paper for when it is lost.

Pure but for the random. Source: RFC 6238, through pyotp.
"""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest

import pyotp
import segno

#: On paper: no letters that look like others.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_SECRET_CHARS = 32
RECOVERY_CODES = 10


def new_secret() -> str:
    return pyotp.random_base32(_SECRET_CHARS)


def is_secret(text: str) -> bool:
    """Whether it can be one of ours: it goes to the browser and comes back with the first code."""
    return len(text) == _SECRET_CHARS and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of time (half a minute) of a code; None for a wrong one. A phone's clock may be a step off."""
    digits = "".join(character for character in code if character.isdecimal() and character.isascii())
    totp = pyotp.TOTP(secret)
    steps = (totp.timecode(now + timedelta(seconds=totp.interval * off)) for off in (-1, 0, 1))
    return next((step for step in steps if compare_digest(totp.generate_otp(step), digits)), None)


def new_codes() -> list[str]:
    """Codes for when the phone is lost, as they are written on paper."""

    def part() -> str:
        return "".join(secrets.choice(_LETTERS) for _ in range(4))

    return [f"{part()}-{part()}" for _ in range(RECOVERY_CODES)]


def as_written(code: str) -> str:
    """A code for a lost phone as new_codes wrote it, however it was typed."""
    letters = "".join(character for character in code.upper() if character in _LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


def in_groups(secret: str) -> str:
    """To be typed from one screen to another."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def picture(secret: str, login: str, issuer: str) -> str:
    """The QR code that an authenticator app reads, as an SVG element without styles."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    return str(segno.make(address, micro=False).svg_inline(scale=5, border=4, light="#ffffff", svgclass="qr"))
