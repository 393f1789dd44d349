"""Passwords: which are too weak, and that a hash opens for its own password alone."""

import unicodedata

import pytest

from admin import passwords
from tests.admin.conftest import PASSWORD


@pytest.mark.parametrize(
    ("password", "login", "weakness"),
    [
        pytest.param("ruộng lúa xanh", "sau.tv", "", id="a phrase"),
        pytest.param("a" * 3 + "bcdefgh", "sau.tv", "", id="just long enough"),
        pytest.param("abcdefghi", "sau.tv", "short", id="nine characters"),
        pytest.param("", "sau.tv", "short", id="nothing"),
        pytest.param("lúa " * 50, "sau.tv", "", id="200 characters"),
        pytest.param("lúa " * 50 + "x", "sau.tv", "long", id="201 characters"),
        pytest.param(unicodedata.normalize("NFD", "ộộộộộộộộ"), "sau.tv", "short", id="eight letters in many parts"),
        pytest.param(unicodedata.normalize("NFD", "lúa " * 50), "sau.tv", "", id="200 letters in more parts"),
        pytest.param("Matkhau123", "sau.tv", "common", id="a common one in other letters"),
        pytest.param("abababababab", "sau.tv", "common", id="two characters"),
        pytest.param("Sau.TV2026", "sau.tv", "login", id="the login and a year"),
        pytest.param("sau.tvsau.tvsau.tv", "sau.tv", "login", id="the login again and again"),
        pytest.param("ruong lua cua sau.tv day", "sau.tv", "", id="the login in a phrase that would do without"),
        pytest.param("an toan la ban", "an", "login", id="little is left without a short login"),
        pytest.param("ruong lua xanh an toan", "an", "", id="a short login is in many phrases"),
    ],
)
def test_what_is_too_weak(password: str, login: str, weakness: str) -> None:
    assert passwords.weakness(password, login=login) == weakness


@pytest.mark.anyio
async def test_a_hash_opens_for_its_own_password_alone() -> None:
    made = await passwords.hashed(PASSWORD)

    assert made.startswith("$argon2id$")
    assert PASSWORD not in made
    assert await passwords.is_right(PASSWORD, made)
    assert not await passwords.is_right(PASSWORD + " ", made)
    assert not await passwords.is_right("", made)


@pytest.mark.anyio
async def test_the_same_password_gets_another_hash(password_hash: str) -> None:
    assert await passwords.hashed(PASSWORD) != password_hash


@pytest.mark.anyio
async def test_letters_in_parts_are_the_same_password(password_hash: str) -> None:
    assert await passwords.is_right(unicodedata.normalize("NFD", PASSWORD), password_hash)


@pytest.mark.anyio
async def test_a_password_that_is_too_long_is_not_cut_until_it_fits() -> None:
    longest = "lúa " * 50
    made = await passwords.hashed(longest)

    assert await passwords.is_right(longest, made)
    assert not await passwords.is_right(longest + "x", made)
    assert not await passwords.is_right(longest * 1000, made)


@pytest.mark.anyio
async def test_an_empty_hash_and_one_that_cannot_be_read_are_nobodys() -> None:
    assert not await passwords.is_right("nobody has this password", "")
    assert not await passwords.is_right("", "")
    assert not await passwords.is_right(PASSWORD, "not a hash")
