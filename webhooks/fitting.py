"""A message cut into texts that a channel can carry.

Knows no channel, only its Limits. Text is counted in UTF-16 units of NFC, the worst of the units a platform
may count in. Cuts fall between sentences, else lines, else words, and never inside a letter with its marks
or inside an emoji made of several code points.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote

from bot.messages import Choice, Message
from webhooks.channel import Limits

_ELLIPSIS = "…"
_ZERO_WIDTH_JOINER = "\u200d"

# Control characters, and halves of surrogate pairs, which not even UTF-8 can hold.
_UNSPEAKABLE = {"Cc", "Cs"}

# "1. " and "12. " at the head of a line number a list; they end no sentence.
_SENTENCE_END = re.compile(r"(?m)(?<!^\d)(?<!^\d\d)[.!?…]+[)\"'”’»]*(?=\s)")
_LINE_END = re.compile(r"\n")
_WORD_END = re.compile(r"\s")


def reachable(message: Message, *, media_url: str) -> Message:
    """The message for a platform, which is told where our files are: a document becomes a line of the text.

    Without a public address neither picture nor document goes with it.
    """
    if not media_url:
        return replace(message, picture=None, document=None)
    if message.document is None:
        return message
    line = f"{message.document_label}: {media_url.rstrip('/')}/{quote(message.document)}"
    return replace(message, text=f"{message.text}\n{line}".strip(), document=None)


def fit(message: Message, limits: Limits) -> list[str]:
    """The texts that carry the message, in order; the picture's words too when no picture will go with them.

    Numbered choices stay together on the last text wherever they fit on one. Parts of the bare text come
    first and do not depend on what follows them. A message without words gives no part. Never raises.
    """
    return list(_fitted(message, limits))


@lru_cache(maxsize=64)  # a bulletin is the same message for everybody
def _fitted(message: Message, limits: Limits) -> tuple[str, ...]:
    parts = cut(clean(message.text, limits), limits.text_units)
    for separator, block in _blocks_after_text(message, limits):
        _append(parts, separator, block, limits.text_units)
    return tuple(parts)


def label(choice: Choice, limits: Limits) -> str:
    """The choice's words for a button, cut with an ellipsis where they are too long."""
    text = clean(choice.label, limits).replace("\n", " ")
    if units(text) <= limits.label_units:
        return text
    return _prefix(text, limits.label_units - 1).rstrip() + _ELLIPSIS


def clean(text: str, limits: Limits) -> str:
    """NFC, without control characters but line ends, without marks of bold where the channel has none."""
    text = text.replace("\r\n", "\n").replace("\t", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNSPEAKABLE)
    if not limits.has_bold:
        text = text.replace("**", "")
    # Last, since letters and marks may have come together by what was taken out between them.
    return unicodedata.normalize("NFC", text).strip()


def units(text: str) -> int:
    """Length in UTF-16 units: letters of Vietnamese are one, emoji two or more."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, limit_units: int) -> list[str]:
    """Cut into parts of at most `limit_units`, at sentence ends where one lies far enough on.

    White space at a cut is dropped. Empty text gives no part.
    """
    parts = []
    rest = text.strip()
    while units(rest) > limit_units:
        end = _cutting_place(rest, limit_units)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def _blocks_after_text(message: Message, limits: Limits) -> Iterator[tuple[str, str]]:
    """What stands behind the text, each with what separates it from the words before."""
    if message.picture_alt and (message.picture is None or not limits.has_pictures):
        yield "\n", f"({clean(message.picture_alt, limits)})"
    if message.link and message.link not in message.text:
        yield "\n", clean(message.link, limits)
    if message.choices:
        yield "\n\n", _numbered(message.choices, limits)


def _numbered(choices: Sequence[Choice], limits: Limits) -> str:
    labels = (clean(choice.label, limits).replace("\n", " ") for choice in choices)
    return "\n".join(f"{number}. {text}" for number, text in enumerate(labels, start=1))


def _append(parts: list[str], separator: str, block: str, limit_units: int) -> None:
    if parts and units(parts[-1]) + units(separator) + units(block) <= limit_units:
        parts[-1] += separator + block
    else:
        parts.extend(cut(block, limit_units))


def _cutting_place(text: str, limit_units: int) -> int:
    """Where to cut a text that is longer than the limit: always behind its first letter."""
    most = len(_prefix(text, limit_units))
    # One character more is looked at: what ends exactly at the limit is followed by its white space there.
    window = text[: most + 1]
    for pattern in (_SENTENCE_END, _LINE_END, _WORD_END):
        ends = [match.end() for match in pattern.finditer(window)]
        if ends and ends[-1] >= most // 3:
            return ends[-1]
    return most


def _prefix(text: str, limit_units: int) -> str:
    """The longest beginning within the limit that ends between two letters; one code point at the least."""
    taken = length = 0
    for letter in _letters(text):
        taken += units(letter)
        if taken > limit_units:
            break
        length += len(letter)
    if length:
        return text[:length]
    # One "letter" longer than a whole message is no letter (hundreds of marks on one base): cut it anyway.
    while units(text[: length + 1]) <= limit_units:
        length += 1
    return text[: max(1, length)]


def _letters(text: str) -> Iterator[str]:
    """What people see as one letter or emoji each: a base with everything that hangs on it."""
    start = 0
    for position in range(1, len(text)):
        if not _hangs_together(text, start, position):
            yield text[start:position]
            start = position
    if text:
        yield text[start:]


def _hangs_together(text: str, start: int, position: int) -> bool:
    before, character = text[position - 1], text[position]
    if _ZERO_WIDTH_JOINER in (before, character):
        return True
    if unicodedata.category(character).startswith("M") or _is_modifier(character):
        return True
    return _is_flag_half(character) and _is_flag_half(before) and (position - start) % 2 == 1


def _is_modifier(character: str) -> bool:
    """Skin tones, and the tag characters that spell a region behind a black flag."""
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
