"""Common spelling out of teencode, dialect, voice slips and forgotten telex or VNI keys.

Rewrites words, by the reviewed table spellings.tsv beside this file (its head names the sources and the rules
by which a row gets in). Knows no lesson and no bot.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vietnamese.fold import accented, fold, fold_word
from vietnamese.sounds import fit
from vietnamese.syllables import SYLLABLES, accented_from_telex, accented_from_vni, without_accents

_SIGNS = {"👍": " ok ", "👌": " ok ", "🆗": " ok ", "✅": " ok ", "🙏": " cảm ơn ", "👎": " không ", "❌": " không "}
_MOST_ROUNDS = 3  # a word of one row may end a group of another: "nỏ đặng" is "không đặng" is "không được"


@dataclass(frozen=True, slots=True)
class _Words:
    """The same words twice: in the form of `accented`, and folded."""

    written: list[str]
    folded: list[str]


@dataclass(frozen=True, slots=True)
class _Group:
    """Words that mean something together; without a meaning they are kept: "ôn lại" is no "ôn lai"."""

    typed: _Words
    meant: _Words | None


@dataclass(frozen=True, slots=True)
class _Table:
    """The groups by their first two folded words; single words as they are typed; and the words
    without accents that are no syllables and have no keys of telex in them."""

    groups: dict[tuple[str, str], tuple[_Group, ...]]
    single: dict[str, _Words]
    names: frozenset[str]


def normalise(text: str) -> str:
    """As `fold`, after the words have been put into common spelling: "hổng dc" is "khong duoc"."""
    return fold(" ".join(standard_words(text)))


def standard_words(text: str) -> list[str]:
    """The words in common spelling, each in the form of `accented`. Doing it twice changes nothing. Never raises."""
    for sign, word in _SIGNS.items() if not text.isascii() else ():
        text = text.replace(sign, word)
    table = _table()
    words = _without_keys(_words(accented(text)), table)
    for _ in range(_MOST_ROUNDS):
        better = _replaced(words, table)
        if better.written == words.written:
            break
        words = better
    return words.written


def table_digest() -> str:
    """Another one when the table of words changed: what was learnt from words in common spelling is then stale."""
    return hashlib.sha256(_text().encode()).hexdigest()


def _words(text: str) -> _Words:
    written = text.split()
    folded = written if text.isascii() else fold(text).split()
    if len(folded) != len(written):  # a word of nothing but loose marks folds to nothing: it is none
        written = [word for word in written if fold_word(word)]
        folded = [fold_word(word) for word in written]
    return _Words(written, folded)


def _without_keys(words: _Words, table: _Table) -> _Words:
    """Words that are no syllables, no names and not in the table may have been typed with telex or VNI."""
    odd = [word for word, bare in zip(words.written, words.folded, strict=True) if bare not in SYLLABLES]
    odd = [word for word in odd if word not in table.single and word not in table.names]
    found = accented_from_vni(odd)
    found |= {word: letters for word in odd if (letters := accented_from_telex(word)) is not None}
    if not found:
        return words
    written = [found.get(word, word) for word in words.written]
    bare = {word: without_accents(letters) for word, letters in found.items()}
    return _Words(written, [bare.get(word, it) for word, it in zip(words.written, words.folded, strict=True)])


def _replaced(words: _Words, table: _Table) -> _Words:
    better = _Words([], [])
    followers = [*words.folded[1:], ""]
    at = 0
    while at < len(words.written):
        groups = table.groups.get((words.folded[at], followers[at]), ())
        group = _group_at(at, words, groups) if groups else None
        end = at + (len(group.typed.written) if group else 1)
        meant = group.meant if group else table.single.get(words.written[at])
        better.written.extend(meant.written if meant else words.written[at:end])
        better.folded.extend(meant.folded if meant else words.folded[at:end])
        at = end
    return better


def _group_at(at: int, words: _Words, groups: tuple[_Group, ...]) -> _Group | None:
    """The longest group that begins here; of two as long, the one with more words just as typed."""
    best, best_rank = None, (0, 0, False)
    for group in groups:
        end = at + len(group.typed.folded)
        if words.folded[at:end] == group.typed.folded and _fits(words.written[at:end], group):
            same = sum(map(str.__eq__, words.written[at:end], group.typed.written))
            rank = (end, same, group.meant is None)
            if rank > best_rank:
                best, best_rank = group, rank
    return best


def _fits(typed: list[str], group: _Group) -> bool:
    """Accents may be left off, or be the wrong tone; of a group that is kept they must be right."""
    least = 1.0 if group.meant is None else 0.9
    return all(fit(mine, its) >= least for mine, its in zip(typed, group.typed.written, strict=True))


@cache
def _table() -> _Table:
    groups: dict[tuple[str, str], list[_Group]] = {}
    single: dict[str, _Words] = {}
    names: set[str] = set()
    for line in _rows():
        typed, meant = (_words(accented(words)) for words in line)
        names.update(filter(str.isascii, typed.written + meant.written))
        if len(typed.written) == 1:
            single[typed.written[0]] = meant
        else:
            first, second, *_ = typed.folded
            groups.setdefault((first, second), []).append(_Group(typed, None if typed == meant else meant))
    by_beginning = {beginning: tuple(found) for beginning, found in groups.items()}
    return _Table(by_beginning, single, frozenset(names - SYLLABLES))


def _text() -> str:
    return files("vietnamese").joinpath("spellings.tsv").read_text(encoding="utf-8")


def _rows() -> list[tuple[str, str]]:
    lines = [line.split("\t") for line in _text().splitlines() if line and not line.startswith("#")]
    return [(typed, meant) for typed, meant, _ in lines]
