"""Lint rules that keep residents from harm: no secret is asked for, no strange link, nothing out of date."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from urllib.parse import urlsplit

from lessons.findings import read_table
from lessons.nearest import sure
from lessons.passages import Passage, passages, vocabulary
from lessons.rules import LessonRule, Mark, Surroundings, mark
from lessons.schema import Lesson
from lessons.yaml_tree import Path

STALE_AFTER = timedelta(days=60)
SHORT_QUOTE_WORDS = 3

_ADDRESS = re.compile(r"(?i)(?<!\w)[a-z][a-z0-9+.-]*://[^\s<>\"”’]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_QUOTE = re.compile(r"“([^”]*)”|\"([^\"]*)\"")


def secrets(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    yield from secret_marks(passages(lesson))


def links(lesson: Lesson, _: Surroundings) -> Iterator[Mark]:
    yield from link_marks(passages(lesson))
    for index, step in enumerate(lesson.steps):
        if step.link is None:
            continue
        path = ("steps", index, "link")
        if not step.link.startswith("https://"):
            yield mark("link_not_https", path, link=step.link)
        elif not is_official(step.link):
            yield mark("unofficial_link", path, needle=step.link, link=step.link)


def checks(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    yield from check_marks(("checked_on",), lesson.checked_on, today=around.today)


def check_marks(path: Path, checked_on: date, *, today: date) -> Iterator[Mark]:
    """A check against the sources that is too old, or not yet made."""
    age = today - checked_on
    if age < timedelta(0):
        yield mark("checked_in_future", path, date=checked_on, today=today)
    elif age > STALE_AFTER:
        yield mark("stale_check", path, days=age.days, limit=STALE_AFTER.days, today=today)


def media(lesson: Lesson, around: Surroundings) -> Iterator[Mark]:
    for index, step in enumerate(lesson.steps):
        path = ("steps", index)
        named: list[tuple[Path, str | None, str | None]] = [
            ((*path, "picture"), step.picture, step.picture_alt),
            ((*path, "audio"), step.audio, "-"),
        ]
        for nth, trouble in enumerate(step.stuck):
            named.append(((*path, "stuck", nth, "picture"), trouble.picture, trouble.picture_alt))
        for place, name, alternative in named:
            if name is not None and name not in around.media:
                yield mark("unknown_media", place, name=name, sure=sure(name, around.media))
            if name is not None and alternative is None:
                yield mark("picture_without_words", place, name=name)


def secret_marks(texts: Iterable[Passage]) -> Iterator[Mark]:
    """Sentences in which the bot itself asks for what nobody may be asked for."""
    for passage in texts:
        for sentence in passage.sentences if passage.role == "says" else ():
            found = _asked_secret(sentence, passage)
            if found is not None:
                yield mark("asks_secret", passage.path, needle=found, words=found)


def link_marks(texts: Iterable[Passage]) -> Iterator[Mark]:
    """Addresses in a text that are not of the official list."""
    for passage in texts:
        for address in _addresses(passage.head):
            if not is_official(address):
                yield mark("unofficial_link", passage.path, needle=address, link=address)


def is_official(address: str) -> bool:
    """Whether its host is a listed domain or below one. Anything unusual in the address says no."""
    full = address if "://" in address else f"https://{address.rsplit('@', maxsplit=1)[-1]}"
    if "\\" in full or full.split("://")[0].lower() not in {"http", "https"}:
        return False
    try:
        parts = urlsplit(full)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.username is not None or port not in {None, 80, 443} or not _HOST.fullmatch(host):
        return False
    labels = host.split(".")
    return any(".".join(labels[start:]) in official_domains() for start in range(len(labels)))


@cache
def official_domains() -> frozenset[str]:
    """The domains of official_domains.yaml, lower case."""
    return frozenset(entry["domain"] for entry in read_table("official_domains.yaml")["domains"])


def _asked_secret(sentence: str, passage: Passage) -> str | None:
    told, denied, patterns = _secret_patterns()
    lowered = sentence.lower()
    if told.search(passage.head.lower()):
        lowered = _QUOTE.sub(_blank_speech, lowered)
    for kinds, pattern in patterns:
        for found in pattern.finditer(lowered) if not kinds or passage.kind in kinds else ():
            before = lowered[: found.start()]
            if not told.search(before) and not denied.search(before):
                return sentence[found.start() : found.end()].strip(" ,")
    return None


def _blank_speech(quote: re.Match[str]) -> str:
    """What a swindler is quoted as saying is not what we say; a name of a button stays."""
    return quote[0] if len(quote[0].split()) <= SHORT_QUOTE_WORDS else " " * len(quote[0])


@cache
def _secret_patterns() -> tuple[re.Pattern[str], re.Pattern[str], tuple[tuple[frozenset[str], re.Pattern[str]], ...]]:
    words = vocabulary()["secrets"]
    parts = {name: re.sub(r"\s*\n?\s*\|\s*", "|", words[name]) for name in ("secret", "give", "self", "here")}
    compiled = []
    for entry in words["patterns"]:
        text = entry["match"].replace("{gap}", words["gap"])
        for name, part in parts.items():
            text = text.replace("{" + name + "}", part)
        compiled.append((frozenset(entry["kinds"]), re.compile(text)))
    return re.compile(words["told"]), re.compile(words["denied"]), tuple(compiled)


def _addresses(text: str) -> list[str]:
    """Full addresses, then bare domains in what is left; a file name such as "VNeID.apk" is none."""
    full = [found.rstrip(".,;:!?)*") for found in _ADDRESS.findall(text)]
    rest = _ADDRESS.sub(" ", text)
    bare = [found[0] for found in _bare_pattern().finditer(rest)]
    return full + [address for address in bare if not _is_abbreviation(address)]


def _is_abbreviation(word: str) -> bool:
    """Whether it is like TP.HCM, which is no address; EVIL.COM is one."""
    ending = word.rsplit(".", maxsplit=1)[-1].lower()
    return word.isupper() and ending not in vocabulary()["links"]["known_endings"]


@cache
def _bare_pattern() -> re.Pattern[str]:
    """Any ASCII name with a dot in it, and names with other letters before a well-known ending."""
    words = vocabulary()["links"]
    files, endings = "|".join(words["file_endings"]), "|".join(words["known_endings"])
    plain = rf"(?:[a-z0-9][a-z0-9-]*\.)+(?!(?:{files})(?!\w))[a-z]{{2,}}(?![\w-])"
    accented = rf"(?:\w[\w-]*\.)+(?:{endings})(?![\w-])"
    return re.compile(rf"(?i)(?<![\w.])(?:{plain}|{accented})(?:/[^\s<>\"”’)*,]*)?")


RULES: tuple[LessonRule, ...] = (secrets, links, checks, media)
