"""Passwords of the staff: what is too weak, and hashes by argon2, made in threads because they take their time.

Knows no table. Keyboards write an accented letter as one character or as two: both are the same password.
"""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
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

# Each argon2 takes 64 MB and a whole core: a flood at the door must leave some of both, and the threads that read
# the database are other ones.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


def weakness(password: str, *, login: str) -> Weakness:
    """Why a password is not taken; empty when it is. A login in it adds nothing to its length."""
    written = _as_one(password)
    if len(written) < SHORTEST:
        return "short"
    if len(written) > LONGEST:
        return "long"
    if written.lower() in COMMON or len(set(written)) < 4:
        return "common"
    without = written.lower().replace(login.lower(), "") if login else written
    return "login" if len(without) < SHORTEST else ""


async def hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _hasher().hash, _as_one(password))


async def is_right(password: str, stored: str) -> bool:
    """Whether it is the password of this hash. An empty hash takes as long and is nobody's."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _is_right, password, stored)


def _is_right(password: str, stored: str) -> bool:
    written = _as_one(password[: LONGEST * 4])[: LONGEST + 1]  # in parts an accented letter has up to three characters
    try:
        return _hasher().verify(written, stored or _nobodys()) and bool(stored)
    except UnknownHashError:
        return False


def _as_one(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")
