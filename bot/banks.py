"""Banks and wallets by the number that VietQR knows them by, and by what people call them.

The list is banks.tsv beside this file, with its sources and licence in its head.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

from rapidfuzz import process

from vietnamese.fold import fold


@dataclass(frozen=True, slots=True)
class Bank:
    """`bin` is six digits; `code` and `short_name` are how it is known, `name` its name in full.

    `also` are earlier names, by which people still call it.
    """

    bin: str
    code: str
    short_name: str
    name: str
    also: tuple[str, ...] = ()


def named(bank_bin: str) -> Bank | None:
    """The bank of a number, None when nobody known has it."""
    return _by_bin().get(bank_bin)


def find(words: str) -> Bank | None:
    """The bank of a number, a code, or a short or earlier name, however it is typed; None when none is meant."""
    wanted = fold(words).replace(" ", "")
    return _by_bin().get(words.strip()) or _by_name().get(wanted)


def nearest(words: str) -> str:
    """The short name that is most like these words, for who misspelt one."""
    found = process.extractOne(fold(words), [fold(bank.short_name) for bank in everyone()])
    return everyone()[found[2]].short_name


@cache
def everyone() -> tuple[Bank, ...]:
    """All banks, in the order of their numbers."""
    text = (resources.files("bot") / "banks.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(_bank(*row) for row in rows[1:])


def _bank(number: str, code: str, short_name: str, name: str, also: str) -> Bank:
    return Bank(number, code, short_name, name, tuple(filter(None, also.split("|"))))


@cache
def _by_bin() -> dict[str, Bank]:
    return {bank.bin: bank for bank in everyone()}


@cache
def _by_name() -> dict[str, Bank]:
    """The first bank that has a name keeps it: the list names main numbers first."""
    found: dict[str, Bank] = {}
    for bank in everyone():
        for name in (bank.code, bank.short_name, *bank.also):
            found.setdefault(fold(name).replace(" ", ""), bank)
    return found
