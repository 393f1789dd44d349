"""Addresses of the web in a text, also where people or swindlers write them oddly: "vn .com", "hxxp", "[.]".

Pure and total; no address is ever opened. Endings are those of the public suffix list, https://publicsuffix.org, as the
package publicsuffixlist brings it; those that are also words of Vietnamese need a path, a scheme or a strange name.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

import idna
from publicsuffixlist import PublicSuffixList

from vietnamese.syllables import SYLLABLES

_LONGEST_HOST = 253
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": ".", "\u2024": "."})
#: Endings that nobody would write as a word of their own behind a dot and a space.
_ENDINGS_APART = "com|net|org|vn|info|biz|xyz|top|vip|site|online|click|club|shop|store|icu|live|app|work|life|pro|fun"
_MAY_HAVE = re.compile(r"[.\u3002\uff0e\uff61\u2024]|dot|ch\wm|//", re.IGNORECASE)
_BRACKETED_DOT = re.compile(r"\s*[\[({]\s*(?:\.|dot|ch\wm)\s*[\])}]\s*", re.IGNORECASE)
_SPOKEN_DOT = re.compile(rf"(?<=[a-z0-9])\s+(?:dot|ch\wm)\s+(?=(?:{_ENDINGS_APART})(?![\w-]))", re.IGNORECASE)
_BROKEN_SCHEME = re.compile(r"\bh(?:xx|tt|\*\*|XX)p(s?)\s*(?::|\[:\])\s*/\s*/\s*", re.IGNORECASE)
#: "vietcombank . com", "evn .vn": a dot with a space beside it.
_DOT_APART = re.compile(
    rf"(?<=[a-z0-9])(?:\s+\.\s*|\s*\.\s+)(?=(?:{_ENDINGS_APART})(?:\s*\.\s*[a-z]{{2,6}}){{0,2}}(?![\w.-]))",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"""(?<![\w@.\-/])(?P<scheme>(?:https?|ftp)://)?
        (?:(?P<user>[^\s/?\#@]{1,200})@)?
        (?P<host>(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+){1,30}\.?|(?:0x[0-9a-f]{8}|[0-9]{8,10})(?=[:/?\s]|$))
        (?::(?P<port>[0-9]{1,5}))?
        (?P<path>[/?\#][^\s]*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: Endings of two letters that are met without a path; the others stand too often for a full stop without a space.
_PLAIN_SHORT = frozenset(
    {"vn", "tk", "ml", "ga", "cf", "gq", "cc", "me", "tv", "ru", "cn", "uk", "eu", "us", "ws", "pw"}
)
_WORDLIKE_SHORT = frozenset({"me", "us"})  # "xong.me" is said to a mother
_TRAILING = ".,;:!?)]}>\"'\u201d\u2026"


@dataclass(frozen=True, slots=True)
class Link:
    """An address as it stands in a text. `host` is in small letters, punycode read; `port` 0 where none is named.

    `written` is the whole of it as typed; `is_number`: an IP address in any of its forms; `was_punycode`: its letters
    were hidden behind xn--.
    """

    written: str
    host: str
    user: str = ""
    port: int = 0
    path: str = ""
    is_number: bool = False
    was_punycode: bool = False


def tidy(text: str) -> str:
    """The text with its addresses written in one piece; other words stay as they are."""
    text = text.translate(_ZERO_WIDTH)
    if not _MAY_HAVE.search(text):
        return text
    text = _wide_letters(text.translate(_DOTS))
    text = _BROKEN_SCHEME.sub(r"http\1://", text)
    text = _BRACKETED_DOT.sub(".", text)
    text = _SPOKEN_DOT.sub(".", text)
    return _DOT_APART.sub(".", text)


def find(text: str) -> list[Link]:
    """The addresses of a text that is tidy, in their order. Addresses of mail are none."""
    if "." not in text and "//" not in text:
        return []
    return [link for at in _LINK.finditer(text) if (link := _link(at)) is not None]


@cache
def suffixes() -> PublicSuffixList:
    """The list of endings under which people own names; those of hosting companies are left out."""
    return PublicSuffixList(only_icann=True, accept_unknown=False)


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The part of a host that somebody owns, "evil.com.vn" of "bank.evil.com.vn"; the host where there is none."""
    return suffixes().privatesuffix(host) or host


def _link(at: re.Match[str]) -> Link | None:
    scheme, user = at["scheme"] or "", at["user"] or ""
    if user and not scheme:
        return None
    host = at["host"].rstrip(".").lower()
    written = at[0] if at["path"] else at[0].rstrip(_TRAILING)
    path = (at["path"] or "").rstrip(_TRAILING)
    number = _number(host, has_scheme=bool(scheme))
    if number is not None:
        return Link(written, number, user, _port(at["port"]), path, is_number=True)
    plain = _decoded(host)
    if len(host) > _LONGEST_HOST or not _has_ending(plain, is_plain=not (scheme or path or at["port"])):
        return None
    return Link(written, plain, user, _port(at["port"]), path, was_punycode=plain != host)


def _has_ending(host: str, *, is_plain: bool) -> bool:
    *names, ending = host.split(".")
    if not all(names) or suffixes().publicsuffix(ending) is None:
        return False
    if not is_plain:
        return True
    if len(ending) == 2:
        return ending in _PLAIN_SHORT and not (ending in _WORDLIKE_SHORT and names[-1] in SYLLABLES)
    return ending not in SYLLABLES or not all(name in SYLLABLES for name in names)


def _number(host: str, *, has_scheme: bool) -> str | None:
    """An IP address written with dots, or as one number behind a scheme; with dots again."""
    try:
        if host.count(".") == 3:
            return str(ipaddress.IPv4Address(host))
        if has_scheme and "." not in host:
            return str(ipaddress.IPv4Address(int(host, 16 if host.startswith("0x") else 10)))
    except ValueError:
        pass
    return None


def _decoded(host: str) -> str:
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host


def _port(port: str | None) -> int:
    return int(port) if port else 0


def _wide_letters(text: str) -> str:
    """Letters of full width and of other shapes as plain ones; letters of Vietnamese stay."""
    return "".join(unicodedata.normalize("NFKC", char) if char > "\u2000" else char for char in text)
