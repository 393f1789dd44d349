"""A bulletin as messages of a chat, as a text to paste into a village's group, and as one line of a list.

Knows no channel, no person and no forecast. The words around what members wrote are in output_words.yaml, which the
script and the sheet share; `sections` is the order in which both chat and paper say things.

    TooLong(parts)      the bulletin needs more messages than one turn may have; nothing of it is ever cut off
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Literal, get_args

import yaml
from pydantic import Field, StringConstraints

from bot.messages import Message
from bulletins.content import MOST_TASKS, Content, DayLine, Sky, Strict
from bulletins.wording import capital, date_words, rain_kind, rain_word, weekday_word

MOST_PARTS = 3
#: Of one message, in UTF-16 units of NFC, the worst of the units a platform may count in.
MOST_UNITS = 900
MOST_SUMMARY_CHARS = 120
#: A smaller chance is worth no word on a day without rain.
CHANCE_OF_NOTE = 30

Heading = Literal["warning", "last_week", "week", "days", "water", "season", "pests", "tasks", "ask"]
#: Before and behind everything else; they have no heading.
Bare = Literal["header", "footer"]

#: These are lists: every line of its own stands below the heading.
_LISTS = frozenset(("warning", "days", "tasks"))

_Text = Annotated[str, StringConstraints(min_length=1)]


class SpeechWords(Strict):
    """What is said between the sections of a script."""

    greeting: _Text
    from_to: _Text
    one_day: _Text
    weekday_date: _Text
    warning: _Text
    warning_again: _Text
    warning_source: _Text
    last_week: _Text
    week: _Text
    days: _Text
    day: _Text
    water: _Text
    season: _Text
    pests: _Text
    tasks: _Text
    ordered: Annotated[tuple[_Text, ...], Field(min_length=MOST_TASKS, max_length=MOST_TASKS)]
    task: _Text
    ask: _Text
    approved: _Text
    closing: _Text


class ColumnWords(Strict):
    day: _Text
    words: _Text
    heat: _Text
    rain: _Text
    chance: _Text


class ArticleWords(Strict):
    """Around an article that everybody who follows an account gets, wherever he lives."""

    title: _Text
    correction_title: _Text
    for_whom: _Text


class ReminderWords(Strict):
    """What a member is told in his chat: of runs of a schedule, and of questions about his bulletin."""

    draft: _Text
    missed: _Text
    questions: _Text
    when: _Text
    page: _Text


class TapWords(Strict):
    """What readers say of a bulletin by one button."""

    clear: _Text
    unclear: _Text
    question: _Text


class OutputWords(Strict):
    """output_words.yaml. A heading without an emoji has none."""

    title: _Text
    header: _Text
    from_to: _Text
    one_day: _Text
    weekday_date: _Text
    issued: _Text
    approved: _Text
    headings: Mapping[Heading | Bare, _Text]
    emoji: Mapping[Heading | Bare, _Text]
    warning_source: _Text
    task: _Text
    day: _Text
    sky: Mapping[Sky, str]
    both: _Text
    high: _Text
    low: _Text
    rain: _Text
    chance: _Text
    summary: _Text
    summary_bare: _Text
    summary_day: _Text
    summary_warning: _Text
    columns: ColumnWords
    cell_rain: _Text
    footer: _Text
    speech: SpeechWords
    spelt_out: Mapping[str, _Text]
    within: _Text
    dot: _Text
    at: _Text
    answers: _Text
    correction: _Text
    taps: TapWords
    answer: _Text
    country: _Text
    article: ArticleWords
    reminder: ReminderWords


class TooLong(ValueError):
    """More than MOST_PARTS messages; `parts` is how many there would be."""

    def __init__(self, parts: int) -> None:
        super().__init__(f"{parts} messages, {MOST_PARTS} at the most")
        self.parts = parts


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together, in lines that are not empty, without marks of its own."""

    kind: Heading | Bare
    lines: tuple[str, ...]


@cache
def output_words() -> OutputWords:
    """output_words.yaml, checked; ValueError when a heading or a sky has no words."""
    text = resources.files(__package__).joinpath("output_words.yaml").read_text(encoding="utf-8")
    words = OutputWords.model_validate(yaml.safe_load(text))
    missing = {*get_args(Heading)} - words.headings.keys() | {*get_args(Sky)} - words.sky.keys()
    if missing:
        raise ValueError(f"output_words.yaml: no words for {', '.join(sorted(missing))}")
    return words


def parts(content: Content) -> tuple[Message, ...]:
    """At most MOST_PARTS messages of at most MOST_UNITS each, the warning first, cut where sections end.

    Where that does not do, between lines; inside a line only where it is longer than a message. Raises TooLong.
    """
    made: list[str] = []
    for is_by_line in (False, True):
        made = _packed([piece for one in sections(content) for piece in _pieces(one, is_by_line=is_by_line)])
        if len(made) <= MOST_PARTS:
            return tuple(Message(text=text) for text in made)
    raise TooLong(len(made))


def paste_text(content: Content) -> str:
    """All of it in one text without marks of bold, an emoji before most headings; the source is its last line."""
    blocks = []
    for section in sections(content):
        heading = f"{output_words().emoji.get(section.kind, '')} {heading_of(section)}".strip()
        blocks.append(_joined(section, heading).replace("**", ""))
    return unicodedata.normalize("NFC", "\n\n".join(blocks))


def summary(content: Content) -> str:
    """One line for a list: the place, the days, and the warning or the weather that counts most."""
    words = output_words()
    clauses = [words.summary_warning] if content.warning else []
    clauses += [said] if (said := _most_of_all(content)) else []
    values = {"place": content.place_name, "dates": short_dates(content.first_day, content.last_day)}
    template = words.summary if clauses else words.summary_bare
    line = " ".join(template.format(**values, said="; ".join(clauses)).replace("**", "").split())
    line = unicodedata.normalize("NFC", line)
    return line if len(line) <= MOST_SUMMARY_CHARS else f"{line[: MOST_SUMMARY_CHARS - 1].rstrip()}…"


def short_dates(first: date, last: date) -> str:
    """ "23-29/11", "28/11-4/12", "23/11"."""
    if first == last:
        return date_words(first)
    is_one_month = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if is_one_month else date_words(first)}-{date_words(last)}"


def sections(content: Content) -> tuple[Section, ...]:
    """Everything that is not empty, in the order in which it is read."""
    found = (
        Section("warning", tuple(_warning_lines(content))),
        Section("header", tuple(header_lines(content))),
        Section("last_week", lines_of(content.last_week)),
        Section("week", lines_of(content.week)),
        Section("days", tuple(_day_lines(content))),
        Section("water", lines_of(content.water)),
        Section("season", lines_of(content.season)),
        Section("pests", lines_of(content.pests)),
        Section("tasks", tuple(_task_lines(content))),
        Section("ask", lines_of(content.ask)),
        Section("footer", tuple(_footer_lines(content))),
    )
    return tuple(section for section in found if section.lines)


def heading_of(section: Section) -> str:
    """Its heading, with a colon when a text follows and not a list; empty for the first and last sections."""
    words = output_words().headings.get(section.kind, "")
    return f"{words}:" if words and section.kind not in _LISTS else words


def header_lines(content: Content) -> Iterator[str]:
    """The title with the place, and from when to when."""
    words = output_words()
    yield words.header.format(title=words.title, place=" ".join(content.place_name.split()))
    first, last = (_weekday_date(day) for day in (content.first_day, content.last_day))
    template = words.one_day if content.first_day == content.last_day else words.from_to
    yield capital(template.format(first=first, last=last, year=content.last_day.year))


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text that members write, without those that are empty."""
    return tuple(stripped for line in text.splitlines() if (stripped := line.strip()))


def day_said(day: DayLine) -> str:
    """A day in one line: its words (or its sky), its temperatures, its rain; empty when nothing is known."""
    words = output_words()
    rain = "" if not day.rain_mm else words.rain.format(mm=day.rain_mm)
    chance = words.chance.format(percent=day.chance) if has_chance(day) else ""
    said = (" ".join(day.words.split()) or words.sky[day.sky], heat_said(day), rain, chance)
    return ", ".join(part for part in said if part)


def heat_said(day: DayLine) -> str:
    words = output_words()
    if day.high is None:
        return "" if day.low is None else words.low.format(low=day.low)
    return words.high.format(high=day.high) if day.low is None else words.both.format(low=day.low, high=day.high)


def has_chance(day: DayLine) -> bool:
    """Whether the chance of rain is worth its words."""
    return day.chance is not None and (bool(day.rain_mm) or day.chance >= CHANCE_OF_NOTE)


# The lines of sections ------------------------------------------------------------------------------------


def _weekday_date(day: date) -> str:
    return output_words().weekday_date.format(weekday=weekday_word(day), date=date_words(day))


def _warning_lines(content: Content) -> Iterator[str]:
    if content.warning:
        yield from lines_of(content.warning.text)
        source, issued_at = content.warning.source, content.warning.issued_at
        yield from lines_of(output_words().warning_source.format(source=source, issued_at=issued_at))


def _day_lines(content: Content) -> Iterator[str]:
    for day in content.days:
        if said := day_said(day):
            weekday = capital(weekday_word(day.date))
            yield output_words().day.format(weekday=weekday, date=date_words(day.date), said=said)


def _task_lines(content: Content) -> Iterator[str]:
    tasks = [" ".join(task.split()) for task in content.tasks]
    for number, task in enumerate(filter(None, tasks), start=1):
        yield output_words().task.format(number=number, text=task)


def _footer_lines(content: Content) -> Iterator[str]:
    words, issued_on = output_words(), content.issued_on
    issued = f"{date_words(issued_on)}/{issued_on.year}"
    template = words.approved if content.approved_by else words.issued
    yield from lines_of(template.format(name=content.approved_by, date=issued))
    yield from lines_of(content.data_line)


def _most_of_all(content: Content) -> str:
    """The wettest day in its first words, else how the week begins."""
    day = max(content.days, key=lambda day: day.rain_mm or 0, default=None)
    if day and rain_kind(day.rain_mm) not in (None, "none", "trace"):
        said = day.words.partition(",")[0] or rain_word(day.rain_mm)
        return output_words().summary_day.format(said=said, weekday=weekday_word(day.date))
    line = next(iter(lines_of(content.week)), "").rstrip(".")
    return line[:1].lower() + line[1:]


# Packing --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text that stays in one message, and what stands before it when it is not the first there."""

    text: str
    before: str = "\n\n"


def _joined(section: Section, heading: str) -> str:
    """The section's lines below its heading; a text of one line stands beside it."""
    is_beside = heading and len(section.lines) == 1 and section.kind not in _LISTS
    head = (f"{heading} {section.lines[0]}",) if is_beside else (heading, *section.lines)
    return "\n".join(line for line in head if line)


def _pieces(section: Section, *, is_by_line: bool) -> Iterator[_Piece]:
    heading = f"**{heading_of(section)}**" if heading_of(section) else ""
    lines = section.lines
    if section.kind == "header":
        lines = (f"**{lines[0]}**", *lines[1:])
    whole = unicodedata.normalize("NFC", _joined(Section(section.kind, lines), heading))
    if not is_by_line and _units(whole) <= MOST_UNITS:
        yield _Piece(whole)
        return
    # A heading is never the last line of a message.
    first, *rest = whole.split("\n")
    if first == heading:
        first = f"{first}\n{rest.pop(0)}"
    for at, line in enumerate([first, *rest]):
        for cut_at, text in enumerate(_cut(line)):
            yield _Piece(text, " " if cut_at else "\n" if at else "\n\n")


def _packed(pieces: list[_Piece]) -> list[str]:
    """In as few messages as can be, and these about equally long, so that the last is not a line of its own."""
    fewest = len(_filled(pieces, MOST_UNITS))
    tried = (_filled(pieces, limit) for limit in range(MOST_UNITS // fewest, MOST_UNITS, 10))
    return next((made for made in tried if len(made) == fewest), _filled(pieces, MOST_UNITS))


def _filled(pieces: list[_Piece], limit_units: int) -> list[str]:
    """Message by message, each as full as it gets; a piece above the limit is alone in its own."""
    made: list[str] = []
    for piece in pieces:
        longer = f"{made[-1]}{piece.before}{piece.text}" if made else ""
        if made and _units(longer) <= limit_units:
            made[-1] = longer
        else:
            made.append(piece.text)
    return made


def _cut(text: str) -> Iterator[str]:
    """In parts of at most MOST_UNITS: between words, else before a letter (never before a mark on it)."""
    while _units(text) > MOST_UNITS:
        end = MOST_UNITS
        while _units(text[:end]) > MOST_UNITS:
            end -= 1
        space = text.rfind(" ", MOST_UNITS // 3, end + 1)
        letter = next((at for at in range(end, end // 2, -1) if not unicodedata.combining(text[at])), end)
        end = space if space > 0 else letter
        yield text[:end].rstrip()
        text = text[end:].lstrip()
    if text:
        yield text


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
