"""What a scam looks like: the pydantic models of scam_signs.yaml, and how one of its phrases is written.

Knows no text that is checked; bot/scam.py looks for the phrases. Sentences that explain a field to editors are
in schema_help.yaml.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from lessons.strict import Identifier, Strict, Words
from vietnamese.fold import fold

#: Folded names of what may stand in angle brackets in a phrase: an address of the web, a sum, any number, and
#: a code to dial that has a telephone number in it, a telephone number abroad. After an address a host or an ending may
#: follow.
LINK, MONEY, NUMBER, DIALLED, ABROAD = "duong dan", "so tien", "so", "ma goi", "so nuoc ngoai"
MARKS = frozenset({LINK, MONEY, NUMBER, DIALLED, ABROAD})
WORDS_FOUND = "words"  # the placeholder of a reason
WHOSE_NAME = "name"  # the placeholder of a reason about an address

_GAP = re.compile(r"\.{3,}|…")
_MARK = re.compile(r"<([^<>]*)>")


class Sign(Strict):
    """One trick, the words that betray it, and what is said about it.

    A `danger` is enough by itself; the weights of `caution` add up. Who finds a word of `unless` in the
    sentence does not count the sign there.
    """

    id: Identifier
    level: Literal["danger", "caution"]
    weight: Annotated[int, Field(ge=1, le=5)] = 3
    words: Annotated[tuple[Words, ...], Field(min_length=1)]
    unless: tuple[Words, ...] = ()
    reason: Words
    advice: Identifier
    source: Words


class KnownName(Strict):
    """Somebody whose name swindlers borrow: the words that stand for it in addresses, and the hosts that are its own.

    A word of six letters or more is looked for anywhere in an address, a shorter one only where it stands apart, unless
    `is_anywhere`. Where a word of `unless` stands, it is another name.
    """

    name: Words
    words: tuple[Words, ...] = ()
    hosts: tuple[Words, ...] = ()
    is_anywhere: bool = False
    unless: tuple[Words, ...] = ()


#: What can be odd about an address: see the fields of LinkSigns.
LinkKind = Literal[
    "imitation",
    "look_alike",
    "misplaced",
    "state_like",
    "user_part",
    "number_host",
    "app_file",
    "strange_letters",
    "odd_port",
    "bait",
]


class LinkSign(Strict):
    """What is said about one oddity of addresses, and how grave it is."""

    level: Literal["danger", "caution"]
    weight: Annotated[int, Field(ge=1, le=5)] = 3
    reason: Words
    advice: Identifier


class LinkSigns(Strict):
    """The oddities of addresses: a name that is borrowed, that is written with letters that look alike, or that stands
    before somebody else's; the ending of the State borrowed; a user before the host, an IP address, an app outside
    the stores, letters of other alphabets, a port, words that lure."""

    imitation: LinkSign
    look_alike: LinkSign
    misplaced: LinkSign
    state_like: LinkSign
    user_part: LinkSign
    number_host: LinkSign
    app_file: LinkSign
    strange_letters: LinkSign
    odd_port: LinkSign
    bait: LinkSign


class Examples(Strict):
    """Messages that were tricks, and true ones that may look like tricks: the checker learns from them.

    A message in which none of `asks` stands, and no address, wants nothing: it is not judged by its likeness alone.
    """

    reason: Words
    advice: Identifier
    asks: Annotated[tuple[Words, ...], Field(min_length=1)]
    scam: Annotated[tuple[Words, ...], Field(min_length=1)]
    legit: Annotated[tuple[Words, ...], Field(min_length=1)]


class ScamSigns(Strict):
    """scam_signs.yaml: the signs, from what weight on they count, and the advice that they name.

    `denials` right before the words of a sign take it back, unless they are part of one of `not_denials`;
    where one of `told` stands, tricks are spoken about and none is played, so that a danger is a caution. An
    address under one of `known_hosts`, or of the hosts of `names`, is no sign, but where anybody may build pages there
    (`open_hosts`). `bait` are words that lure, `fillers` others that are put beside a borrowed name.
    """

    checked_on: date
    caution_from: Annotated[int, Field(ge=1, le=20)]
    danger_from: Annotated[int, Field(ge=1, le=20)]
    denials: tuple[Words, ...] = ()
    not_denials: tuple[Words, ...] = ()
    told: tuple[Words, ...] = ()
    short_forms: Mapping[Words, Words] = Field(default_factory=dict)
    known_hosts: tuple[Words, ...] = ()
    open_hosts: tuple[Words, ...] = ()
    abused_endings: tuple[Words, ...] = ()
    bait: tuple[Words, ...] = ()
    fillers: tuple[Words, ...] = ()
    names: tuple[KnownName, ...] = ()
    links: LinkSigns | None = None
    examples: Examples | None = None
    advice_without_sign: Identifier
    advice: Mapping[Identifier, Words]
    signs: Annotated[tuple[Sign, ...], Field(min_length=1)]

    def __hash__(self) -> int:
        return hash(tuple(sign.id for sign in self.signs))


def chunks(phrase: str) -> tuple[str, ...]:
    """The parts of a phrase between its gaps ("a ... b" has two), in order; none is left out."""
    return tuple(part.strip() for part in _GAP.split(phrase))


def mark_of(word: str) -> str | None:
    """What `<...>` stands for, folded, with a host kept as it is: "duong dan", "duong dan bit.ly". None: a word."""
    found = _MARK.fullmatch(word)
    if found is None:
        return None
    name = fold(found[1])
    is_of_host = name not in MARKS and name.startswith(f"{LINK} ")
    return f"{LINK} {found[1].split()[-1].lower()}" if is_of_host else name


def pieces(chunk: str) -> list[str]:
    """Words and `<...>` marks of a chunk, as written."""
    return [part for part in re.split(r"(<[^<>]*>)|\s+", chunk) if part]


def is_known_mark(mark: str) -> bool:
    """Whether a mark, as `mark_of` gives it, is one that the checker can find."""
    return mark in MARKS or re.fullmatch(rf"{LINK} \.?[a-z0-9-]+(?:\.[a-z0-9-]+)*", mark) is not None


def known_marks() -> tuple[str, ...]:
    """The marks as editors may write them."""
    return tuple(sorted(MARKS))


def has_words(phrase: str) -> bool:
    """Whether every chunk of a phrase has something to look for."""
    return all(fold(chunk) for chunk in chunks(phrase))
