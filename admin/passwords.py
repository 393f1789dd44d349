"""Passwords of the staff: what is too weak, and hashes by argon2, made in a thread because they take their time.

Knows no table.
"""

import asyncio
from functools import cache
from typing import Literal

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

SHORTEST, LONGEST = 10, 200
#: The commonest of at least ten characters, folded to small letters; Vietnam's are among them.
COMMON = frozenset(
    {
        "0123456789", "1234567890", "12345678910", "123456789a", "1234567891", "1111111111", "0987654321", "9876543210",
        "0000000000", "qwertyuiop", "password123", "password12", "matkhau123", "matkhau1234", "anhyeuem123",
        "vietnam123", "iloveyou123", "abcdefghij", "abc1234567", "aaaaaaaaaa",
    }
)  # fmt: skip

Weakness = Literal["", "short", "long", "common", "login"]


def weakness(password: str, *, login: str) -> Weakness:
    """Why a password is not taken; empty when it is."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if password.lower() in COMMON or len(set(password)) < 4:
        return "common"
    return "login" if login and login.lower() in password.lower() else ""


async def hashed(password: str) -> str:
    return await asyncio.to_thread(_hasher().hash, password)


async def is_right(password: str, stored: str) -> bool:
    """Whether it is the password of this hash. An empty hash takes as long and is nobody's."""
    return await asyncio.to_thread(_is_right, password[: LONGEST + 1], stored)


def _is_right(password: str, stored: str) -> bool:
    try:
        return _hasher().verify(password, stored or _nobodys()) and bool(stored)
    except UnknownHashError:
        return False


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")
