"""Whose name an address carries, and whether it is borrowed: judge(names, link) -> what is odd about it.

Pure and total; knows only the names it is given (`names`, `bait` and so on of scam_signs.yaml). A name is trusted by
the host that its owner has, never by how it looks.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from confusable_homoglyphs import confusables
from rapidfuzz.distance import OSA

from bot.links import Link, registrable, suffixes
from lessons.signs import LinkKind, ScamSigns
from vietnamese.fold import fold, plain_letters

_ANYWHERE = 6  # letters of a name that is borrowed wherever it stands
_LONGEST_LABEL = 63
#: Letters of a name from which on one slip is seen, or two, or one inside a longer word.
_SLIP_FROM, _TWO_SLIPS_FROM, _SLIP_INSIDE_FROM = 6, 10, 8
_LOOK_ALIKE_DIGITS = (str.maketrans("013457", "oleast"), str.maketrans("01345", "oieas"))
_LOOK_ALIKE_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_PORTS = (0, 80, 443)
_APP_FILE = re.compile(r"\.(?:apk|xapk|apks|aab|ipa|mobileconfig)(?![a-z])", re.IGNORECASE)
_STATE_ENDING = "gov.vn"
_NOT_OF_THE_STATE = "govap"  # a part of Ho Chi Minh City
_CHARACTERS_LOOKED_AT = 160  # of a host


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is odd about an address; `name` is whose name it borrows, where it borrows one."""

    kind: LinkKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Borrowed:
    """A word by which a name is known in addresses, and how freely it is looked for."""

    word: str
    name: str
    is_anywhere: bool
    unless: tuple[str, ...]


@dataclass(slots=True)
class Names:
    """What the checker knows of names, made ready once."""

    trusted: dict[str, str] = field(default_factory=dict)  # host -> whose it is
    open_hosts: frozenset[str] = frozenset()  # trusted names under which anybody may write
    words: tuple[_Borrowed, ...] = ()
    parts: frozenset[str] = frozenset()  # words that are put beside a name
    bait: frozenset[str] = frozenset()
    endings: frozenset[str] = frozenset()

    @staticmethod
    def of(signs: ScamSigns) -> "Names":
        words = [
            _Borrowed(word, known.name, known.is_anywhere or len(word) >= _ANYWHERE, tuple(known.unless))
            for known in signs.names
            for word in map(_bare, known.words)
        ]
        trusted = {host.lower(): known.name for known in signs.names for host in known.hosts}
        trusted |= {host.lower(): "" for host in signs.known_hosts if host.lower() not in trusted}
        bait = frozenset(map(_bare, signs.bait))
        return Names(
            trusted=trusted,
            open_hosts=frozenset(host.lower() for host in signs.open_hosts),
            words=tuple(sorted(words, key=lambda one: -len(one.word))),
            parts=bait | frozenset(map(_bare, signs.fillers)),
            bait=bait,
            endings=frozenset(ending.removeprefix(".").lower() for ending in signs.abused_endings),
        )

    def owner(self, host: str) -> str | None:
        """Whose a host is: "" of a trusted one that is nobody's in particular, None when it is not known."""
        if host == _STATE_ENDING or host.endswith("." + _STATE_ENDING):
            return ""
        labels = host.split(".")
        for start in range(len(labels)):
            if (owner := self.trusted.get(".".join(labels[start:]))) is not None:
                return owner
        return None

    def is_open(self, host: str) -> bool:
        """Whether anybody may put pages there; a host below that is trusted by itself is not."""
        labels = host.split(".")
        for start in range(len(labels)):
            tail = ".".join(labels[start:])
            if tail in self.open_hosts:
                return True
            if tail in self.trusted:
                return False
        return False


def judge(names: Names, link: Link) -> list[Oddity]:
    """What is odd about an address, the gravest first; nothing is no proof of anything."""
    return list(dict.fromkeys(_oddities(names, link)))


def _oddities(names: Names, link: Link) -> Iterator[Oddity]:
    host = link.host[-_CHARACTERS_LOOKED_AT:]
    if link.user:
        yield Oddity("user_part")
    if link.is_number:
        yield Oddity("number_host")
        return
    is_open = names.is_open(host)
    is_trusted = names.owner(host) is not None and not is_open
    if not is_trusted:
        yield from _borrowing(names, host, is_open=is_open)
        if _APP_FILE.search(link.path):
            yield Oddity("app_file")
        if link.was_punycode or not host.isascii():
            yield Oddity("strange_letters")
        if link.port not in _PORTS:
            yield Oddity("odd_port")
        if not is_open and _is_bait(names, host):
            yield Oddity("bait")


# Borrowed names -------------------------------------------------------------------------------------------


def _borrowing(names: Names, host: str, *, is_open: bool) -> Iterator[Oddity]:
    if is_open:
        # What stands before the name of a company where anybody may build a page: "bidv-vay.weebly.com".
        open_host = max((one for one in names.open_hosts if host == one or host.endswith("." + one)), key=len)
        labels = host.removesuffix(open_host).rstrip(".").split(".")
    else:
        misplaced = _misplaced(names, host)
        if misplaced is not None:
            yield Oddity("misplaced", misplaced)
            return
        labels = _labels(host)
    labels = [label[:_LONGEST_LABEL] for label in labels if label]
    is_risky = host.rpartition(".")[2] in names.endings or len(labels) > 1
    for label in labels:
        plain = _plain(label)
        for borrowed in names.words:
            kind = _kind(names, borrowed, plain, label, is_risky=is_risky)
            if kind is not None:
                yield Oddity(kind, borrowed.name)
                break
    state = _state_like(names, labels)
    if state:
        yield Oddity("state_like")


def _misplaced(names: Names, host: str) -> str | None:
    """Whose whole address stands before the end: "vietcombank.com.vn.xyz.top", "gov-vn.info"."""
    inside = "." + host.replace("-", ".") + "."
    for known, owner in names.trusted.items():
        if known.count(".") and f".{known}." in inside and not host.endswith(known):
            return owner or known
    return None


def _kind(names: Names, borrowed: _Borrowed, plain: str, label: str, *, is_risky: bool) -> LinkKind | None:
    """How a label borrows a word, None when it does not. `plain` is the label in plain letters."""
    word = borrowed.word
    joined = plain.replace("-", "")
    if any(other in joined for other in borrowed.unless):
        return None
    if borrowed.is_anywhere and word in joined:
        return "imitation"
    if not borrowed.is_anywhere and _stands_apart(names, word, plain, is_risky=is_risky):
        return "imitation"
    for seen in _look_alikes(label):
        if (seen != joined and borrowed.is_anywhere and word in seen) or seen.strip("0123456789") == word != joined:
            return "look_alike"
    return "look_alike" if _slips(names, word, plain) else None


def _stands_apart(names: Names, word: str, plain: str, *, is_risky: bool) -> bool:
    """Whether a short name is a word of its own in the label, beside words or numbers that swindlers add."""
    tokens = re.split(r"-|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", plain)
    if tokens == [word]:
        return is_risky
    if word in tokens:
        others = [token for token in tokens if token != word]
        return is_risky or any(token in names.parts or token.isdigit() or _segments(token, names) for token in others)
    joined = plain.replace("-", "")
    for at in range(len(joined)):
        if joined.startswith(word, at):
            before, after = joined[:at], joined[at + len(word) :]
            if _segments(before, names) and _segments(after, names):
                return True
    return False


def _slips(names: Names, word: str, plain: str) -> bool:
    """Whether a word of the label is the name with a slip of the finger, or has it inside."""
    if len(word) < _SLIP_FROM:
        return False
    most = 2 if len(word) >= _TWO_SLIPS_FROM else 1
    for token in {*plain.split("-"), plain.replace("-", "")}:
        core = token.strip("0123456789")
        if abs(len(core) - len(word)) <= most and core[:1] == word[:1]:
            if core != word and OSA.distance(core, word, score_cutoff=most) <= most:
                return True
        elif len(word) >= _SLIP_INSIDE_FROM and len(core) > len(word) and _slips_inside(names, word, core):
            return True
    return False


def _slips_inside(names: Names, word: str, core: str) -> bool:
    """Whether the word with one slip stands at an end of a longer one, the rest being what swindlers add."""
    for size in (len(word) - 1, len(word), len(word) + 1):
        for piece, rest in ((core[:size], core[size:]), (core[-size:], core[:-size])):
            if OSA.distance(piece, word, score_cutoff=1) <= 1 and piece != word and _segments(rest, names):
                return True
    return False


def _segments(text: str, names: Names) -> bool:
    """Whether a text is nothing but words that are put beside names, and digits."""
    ends = {0}
    for at in range(len(text)):
        if at not in ends:
            continue
        if text[at].isdigit() or text[at] == "-":
            ends.add(at + 1)
        rest = len(text) - at
        ends.update(at + size for size in range(1, min(15, rest + 1)) if text[at : at + size] in names.parts)
    return len(text) in ends


def _state_like(names: Names, labels: list[str]) -> bool:
    """Whether a label plays with the ending of the State: "gplxgovn", "cgovn", "vietgov3"."""
    for label in labels:
        plain = _plain(label).replace("-", "").strip("0123456789")
        at = plain.find("gov")
        if at < 0 or plain.startswith(("govern", "govt")) or plain[at:].startswith(_NOT_OF_THE_STATE):
            continue
        rest = plain[:at] + plain[at + 3 :]
        if len(rest) <= 2 or "vn" in plain or "viet" in plain or plain[:2] == "vi" or _segments(rest, names):
            return True
    return False


def _is_bait(names: Names, host: str) -> bool:
    """Whether an address is made of words that lure, and of little else."""
    owned = _plain(registrable(host).split(".")[0]).replace("-", "")
    found = [word for word in names.bait if len(word) >= 4 and word in owned]
    covered = sum(map(len, _widest(found)))
    ending_is_abused = host.rpartition(".")[2] in names.endings
    return covered >= (0.4 if ending_is_abused else 0.6) * len(owned.strip("0123456789")) and covered > 0


def _widest(found: Iterable[str]) -> list[str]:
    """The words that stand in no other of them."""
    words = list(found)
    return [word for word in words if not any(word != other and word in other for other in words)]


# Letters --------------------------------------------------------------------------------------------------


def _labels(host: str) -> list[str]:
    """The labels that somebody chose: all but those of the public suffix."""
    suffix = suffixes().publicsuffix(host) or host.rpartition(".")[2]
    rest = host.removesuffix(suffix).rstrip(".")
    return [label for label in rest.split(".") if label and label != "www"]


@lru_cache(maxsize=4096)
def _plain(label: str) -> str:
    """A label in the letters a to z, digits and hyphens; letters of other scripts as what they look like."""
    if label.isascii():
        return label
    shown = "".join(_latin(char) for char in unicodedata.normalize("NFC", label))
    return re.sub(r"[^a-z0-9-]", "", shown)


def _latin(char: str) -> str:
    if char.isascii():
        return char
    folded = fold(char)
    if folded.isascii() and folded:
        return folded
    known = confusables.is_confusable(char, greedy=True)
    likes = [one["c"] for one in known[0]["homoglyphs"]] if known else []
    return next((like.lower() for like in likes if like.isascii() and like.isalnum()), "")


def _look_alikes(label: str) -> list[str]:
    """The label as a hurried eye reads it: digits and pairs of letters as the letters they resemble."""
    joined = _plain(label).replace("-", "")
    seen = [joined] if joined != label.replace("-", "") else []
    for digits in _LOOK_ALIKE_DIGITS:
        shown = joined.translate(digits)
        seen.append(shown)
        for pair, letter in _LOOK_ALIKE_PAIRS:
            if pair in shown:
                seen.append(shown.replace(pair, letter))
    return [one for one in dict.fromkeys(seen) if one != joined or joined != label.replace("-", "")]


def _bare(words: str) -> str:
    return plain_letters(words).lower().replace(" ", "")
