"""Common spelling out of teencode, dialect, voice slips and forgotten telex or VNI keys.

Rewrites words, by the reviewed table spellings.tsv beside this file (its head names the sources).
Knows no lesson and no bot.
"""

from functools import cache
from importlib.resources import files

from vietnamese.fold import accented, fold, fold_word
from vietnamese.syllables import SYLLABLES, from_telex, from_vni

_SIGNS = {"👍": " ok ", "👌": " ok ", "🆗": " ok ", "✅": " ok ", "🙏": " cảm ơn "}
_Group = tuple[tuple[str, ...], tuple[str, ...]]


def normalise(text: str) -> str:
    """As `fold`, after the words have been put into common spelling: "hổng dc" is "khong duoc"."""
    return fold(" ".join(standard_words(text)))


def standard_words(text: str) -> list[str]:
    """The words in common spelling, each in the form of `accented`. Never raises."""
    for sign, word in _SIGNS.items() if not text.isascii() else ():
        text = text.replace(sign, word)
    words = _without_keys(accented(text).split())
    groups, single = _tables()
    folded = [fold_word(word) for word in words]
    result: list[str] = []
    at = 0
    while at < len(words):
        group = _group_at(folded, at, groups.get(folded[at], ()))
        if group is None:
            result.extend(single.get(words[at], (words[at],)))
            at += 1
        else:
            result.extend(group[1])
            at += len(group[0])
    return result


def _group_at(folded: list[str], at: int, groups: tuple[_Group, ...]) -> _Group | None:
    return next((g for g in groups if tuple(folded[at : at + len(g[0])]) == g[0]), None)


def _without_keys(words: list[str]) -> list[str]:
    _, single = _tables()
    return [_from_keys(word, single) for word in from_vni(words)]


def _from_keys(word: str, single: dict[str, tuple[str, ...]]) -> str:
    bare = fold_word(word)
    if bare in SYLLABLES or word in single:
        return word
    return from_telex(bare) or word


@cache
def _tables() -> tuple[dict[str, tuple[_Group, ...]], dict[str, tuple[str, ...]]]:
    """Groups of words by their first folded word, the longest first; and single words as typed."""
    groups: dict[str, list[_Group]] = {}
    single: dict[str, tuple[str, ...]] = {}
    for typed, meant in _rows():
        parts = tuple(fold(typed).split())
        if len(parts) > 1:
            groups.setdefault(parts[0], []).append((parts, tuple(accented(meant).split())))
        else:
            single[accented(typed)] = tuple(accented(meant).split())
    longest_first = {first: tuple(sorted(found, key=_length, reverse=True)) for first, found in groups.items()}
    return longest_first, single


def _length(group: _Group) -> int:
    return len(group[0])


def _rows() -> list[tuple[str, str]]:
    table = files("vietnamese").joinpath("spellings.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return [(typed, meant) for typed, meant, _ in lines]
