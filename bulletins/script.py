"""A bulletin as a text that somebody reads aloud over the commune's loudspeaker, and how long that takes.

Knows no sound: audio.py speaks the text. Every number, date, hour and unit is spelt out, also inside of what members
wrote, so that the text holds no figure. The sentences around it are in output_words.yaml. The licence of the data
is for paper and chat; the loudspeaker names the service.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bulletins.chat import SpeechWords, day_said, lines_of, output_words
from bulletins.content import Content
from bulletins.wording import capital, date_words, weekday_word
from vietnamese import spoken
from vietnamese.spoken import Region


@dataclass(frozen=True, slots=True)
class Script:
    """A text without figures, one paragraph a subject; `seconds` at the pace of spoken.SYLLABLES_A_MINUTE."""

    text: str
    seconds: int


def script(content: Content, region: Region = "south") -> Script:
    """The warning comes first, and once more at the end. `region`: whose words for large numbers."""
    text = "\n\n".join(spelt(paragraph, region=region) for paragraph in _paragraphs(content))
    return Script(text, int(spoken.reading_time(text).total_seconds()))


def spelt(text: str, *, region: Region) -> str:
    """NFC without figures, marks of bold, emoji and the abbreviations of output_words.yaml. Never raises."""
    words = output_words()
    plain = _LICENCE.sub("", _without_signs(text)).replace("**", "")
    plain = _PER_HOURS.sub(f" {words.within} ", plain)
    plain = _abbreviations().sub(lambda match: words.spelt_out[match.group()], plain)
    plain = _address_read_out(spoken.text(plain, region=region))
    plain = _FIGURES.sub(lambda match: f" {_digits(match.group())} ", plain)
    lines = (" ".join(line.split()) for line in plain.split("\n"))
    return unicodedata.normalize("NFC", "\n".join(lines))


# Paragraphs -----------------------------------------------------------------------------------------------


def _paragraphs(content: Content) -> Iterator[str]:
    speech = output_words().speech
    yield _sentences(speech.greeting.format(place=" ".join(content.place_name.split())))
    yield from _warning(content, speech.warning)
    yield _sentences(_dates(content.first_day, content.last_day))
    yield from _said(speech.last_week, content.last_week)
    yield from _said(speech.week, content.week)
    yield from _days(content)
    yield from _said(speech.water, content.water)
    yield from _said(speech.season, content.season)
    yield from _said(speech.pests, content.pests)
    yield from _tasks(content)
    if content.ask:
        yield _sentences(speech.ask.format(text=content.ask))
    approved = speech.approved.format(name=content.approved_by) if content.approved_by else ""
    if approved or content.data_line:
        yield _sentences(f"{approved}\n{content.data_line}")
    yield from _warning(content, speech.warning_again)
    yield _sentences(speech.closing)


def _warning(content: Content, introduction: str) -> Iterator[str]:
    if content.warning:
        source, issued_at = content.warning.source.rstrip("."), content.warning.issued_at.rstrip(".")
        origin = output_words().speech.warning_source.format(source=source, issued_at=issued_at)
        yield _sentences(f"{introduction}\n{content.warning.text}\n{origin}")


def _dates(first: date, last: date) -> str:
    speech = output_words().speech
    template = speech.one_day if first == last else speech.from_to
    return template.format(first=_weekday_date(first, speech), last=_weekday_date(last, speech))


def _weekday_date(day: date, speech: SpeechWords) -> str:
    return speech.weekday_date.format(weekday=weekday_word(day), date=date_words(day))


def _said(introduction: str, text: str) -> Iterator[str]:
    if text:
        yield _sentences(f"{introduction}\n{text}")


def _days(content: Content) -> Iterator[str]:
    speech = output_words().speech
    lines = [
        speech.day.format(weekday=capital(weekday_word(day.date)), date=date_words(day.date), said=said.rstrip("."))
        for day in content.days
        if (said := day_said(day))
    ]
    if lines:
        yield "\n".join((speech.days, *lines))


def _tasks(content: Content) -> Iterator[str]:
    speech = output_words().speech
    tasks = [task for task in content.tasks if task]
    if len(tasks) == 1:
        yield _sentences(f"{speech.tasks}\n{tasks[0]}")
    elif tasks:
        numbered = (
            speech.task.format(order=order, text=task) for order, task in zip(speech.ordered, tasks, strict=False)
        )
        yield _sentences("\n".join((speech.tasks, *numbered)))


def _sentences(text: str) -> str:
    """A sentence a line, each with its stop, since the voice pauses at stops and not at the ends of lines."""
    return "\n".join(line if line.endswith(_STOPS) else f"{line.rstrip(',;:')}." for line in lines_of(text))


# Spelling -------------------------------------------------------------------------------------------------

_STOPS = (".", "!", "?", "…", ".”", '."', ".)")
_LICENCE = re.compile(r"\s*\(CC BY[^)]*\)")
#: "80 mm/24h", as official warnings write it.
_PER_HOURS = re.compile(r"(?<=mm)\s?/\s?(?=\d{1,2}\s?[^\W\d_])")
_FIGURES = re.compile(r"\d+")
#: Signs of machines and pictures: controls, emoji, joiners, private letters; lines stay.
_UNSPEAKABLE = {"Cc", "Cf", "Cn", "Co", "Cs", "So", "Sk"}
_EMOJI_MARK, _FRACTION_STROKE = "\ufe0f", "\u2044"
_SCHEME = re.compile(r"\b(?:https?://|www\.)", re.IGNORECASE)
_DOT = re.compile(r"(?<=[A-Za-z0-9\-])\.(?=[A-Za-z0-9.\-]*\.?(?:vn|com|net|org|info|me|app)\b)")
_AT = re.compile(r"(?<=[\w.])@(?=\w)")
_STROKE = re.compile(r"(?<=[^\W\d])/(?=[^\W\d])")


def _abbreviations() -> re.Pattern[str]:
    """Whole words in their own capitals, the longest first; one that ends in a point may be glued to its name."""
    names = sorted(output_words().spelt_out, key=len, reverse=True)
    ends = (re.escape(name) + ("" if name.endswith(".") else r"(?![\w&])") for name in names)
    return re.compile(rf"(?<![\w&/])(?:{'|'.join(ends)})")


def _without_signs(text: str) -> str:
    return "".join(_spoken_sign(character) for character in text)


def _spoken_sign(character: str) -> str:
    """A raised or circled figure as a plain one, "½" as "1/2"; nothing for what has no sound."""
    category = unicodedata.category(character)
    if category == "No":
        plain = unicodedata.normalize("NFKC", character)
        if not plain[:1].isdecimal():
            return f" {_digits(character)} "
        return f" {plain.replace(_FRACTION_STROKE, '/')}" if _FRACTION_STROKE in plain else plain
    # The signs of degrees belong to numbers, and spoken.py knows them.
    is_silent = character == _EMOJI_MARK or (category in _UNSPEAKABLE and character not in "\n\t°℃")
    return "" if is_silent else character


def _address_read_out(text: str) -> str:
    """Addresses of the network, which spoken.py leaves as they are written."""
    words = output_words()
    text = _DOT.sub(f" {words.dot} ", _SCHEME.sub("", text))
    return _STROKE.sub(", ", _AT.sub(f" {words.at} ", text))


def _digits(text: str) -> str:
    """Digit by digit, of any script; what has no digit is left out."""
    plain = "".join(str(value) for character in text if (value := unicodedata.digit(character, None)) is not None)
    return spoken.digits(" ".join(plain)).replace(",", "")
