"""Numbers of a forecast as the words of farmers: one number in, its fixed word out; None for a number not known.

Knows no place and no sentence of a bulletin, never computes a level of disaster and never speaks of a storm.
The words are in weather_words.yaml. Thresholds: Decision 18/2021/QD-TTg, article 5, clauses 17 (rain), 18 (cold)
and 21 (heat); what that leaves open is the practice of forecasters, or said here to be our own choice.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, StringConstraints, model_validator

from bulletins.content import Sky, Strict
from bulletins.forecast import TIMEZONE, Day

RainKind = Literal["none", "trace", "light", "moderate", "heavy", "very_heavy"]
HeatKind = Literal["hot", "very_hot", "extreme"]
ColdKind = Literal["cold", "severe"]
ChanceKind = Literal["unlikely", "possible", "likely", "nearly_sure"]
#: What members are told before they send: the forecast has something that only an official bulletin may judge.
Notice = Literal["very_heavy_rain", "heavy_rain", "strong_wind", "severe_cold", "very_hot", "ice", "gaps"]

#: Our own choice: less than this in a day is not worth a word.
RAIN_OF_NOTE_MM = 0.6

#: The last whole km/h of the wind levels 3 (and below) to 16 of the Beaufort table.
_LAST_KMH = (19, 28, 38, 49, 61, 74, 88, 102, 117, 133, 149, 166, 183, 201)
LOWEST_LEVEL = 3

FOG = frozenset((45, 48))
#: Snow and what freezes; 48 is fog that freezes.
ICE = frozenset((48, 56, 57, 66, 67, 71, 73, 75, 77, 85, 86))
#: 96 and 99 stand for hail, but the service says that this can be trusted in Central Europe only.
THUNDER = frozenset((95, 96, 99))
_SKIES: Mapping[Sky, frozenset[int]] = {
    "sun": frozenset((0, 1)),
    "clouds": frozenset((2,)),
    "overcast": frozenset((3, 71, 73, 75, 77)),  # there is no picture for snow, and no need of one
    "fog": FOG,
    "drizzle": frozenset((51, 53, 55, 56, 57)),
    "rain": frozenset((61, 63, 65, 66, 67, 80, 81, 82, 85, 86)),
    "storm": THUNDER,
}
_WET: frozenset[Sky] = frozenset(("drizzle", "rain"))
#: From these on a gust stands in the line of its day.
_GUST_OF_NOTE = 6

_Text = Annotated[str, StringConstraints(min_length=1)]


class _Numbers(Strict):
    degrees: _Text
    below_zero: _Text
    millimetres: _Text
    two_days: _Text
    more_days: _Text


class _DayParts(Strict):
    thunder: _Text
    fog: _Text
    gust: _Text


class _LastWeek(Strict):
    no_rain: _Text
    trace: _Text
    rain: _Text
    notable: _Text


class _Week(Strict):
    no_rain: _Text
    trace: _Text
    rain: _Text
    total: _Text
    chance: _Text
    thunder: _Text
    extreme: _Text
    gust: _Text
    wind: _Text


class _Temperature(Strict):
    both: _Text
    high: _Text
    low: _Text


class WeatherWords(Strict):
    """weather_words.yaml. Every kind has its word."""

    rain: Mapping[RainKind, _Text]
    heat: Mapping[HeatKind, _Text]
    cold: Mapping[ColdKind, _Text]
    chance: Mapping[ChanceKind, _Text]
    notices: Mapping[Notice, _Text]
    weekdays: Annotated[tuple[_Text, ...], Field(min_length=7, max_length=7)]
    directions: Annotated[tuple[_Text, ...], Field(min_length=8, max_length=8)]
    codes: Mapping[int, _Text]
    unknown_code: _Text
    numbers: _Numbers
    day: _DayParts
    wind_signs: Mapping[int, _Text]
    last_week: _LastWeek
    week: _Week
    temperature: _Temperature
    stage: _Text
    stage_source: _Text
    data_line: _Text
    time: _Text
    full_hour: _Text

    @model_validator(mode="after")
    def _nothing_is_left_out(self) -> Self:
        kinds = {"rain": RainKind, "heat": HeatKind, "cold": ColdKind, "chance": ChanceKind, "notices": Notice}
        needed = {name: set(get_args(kind)) for name, kind in kinds.items()}
        needed["codes"] = set().union(*_SKIES.values())
        missing = [f"{name}.{key}" for name, keys in needed.items() for key in keys - getattr(self, name).keys()]
        if missing:
            raise ValueError(f"no words for {', '.join(sorted(missing))}")
        return self


@cache
def words() -> WeatherWords:
    """weather_words.yaml, checked."""
    text = resources.files(__package__).joinpath("weather_words.yaml").read_text(encoding="utf-8")
    return WeatherWords.model_validate(yaml.safe_load(text))


def rain_kind(mm: float | None) -> RainKind | None:
    """Of the sum of a day: moderate from 16, heavy above 50 (50 is not), very heavy above 100 (100 is not)."""
    if mm is None:
        return None
    if mm < 16:
        return "none" if mm <= 0 else "trace" if mm < RAIN_OF_NOTE_MM else "light"
    return "moderate" if mm <= 50 else "heavy" if mm <= 100 else "very_heavy"


def rain_word(mm: float | None) -> str | None:
    kind = rain_kind(mm)
    return None if kind is None else words().rain[kind]


def heat_kind(high: float | None) -> HeatKind | None:
    """Of the highest temperature of a day: hot above 35.0, as the law has it (forecasters take 35.0 in), very hot
    from 37.0, extreme from 39.0. None when it is not hot, too."""
    if high is None or high <= 35:
        return None
    return "hot" if high < 37 else "very_hot" if high < 39 else "extreme"


def heat_word(high: float | None) -> str | None:
    kind = heat_kind(high)
    return None if kind is None else words().heat[kind]


def cold_kind(mean: float | None) -> ColdKind | None:
    """Of the MEAN temperature of a day, not the lowest: severe below 13.0, as the law has it, cold from 13.0 to
    15.0, both taken in. None when it is not cold, too."""
    if mean is None or mean > 15:
        return None
    return "cold" if mean >= 13 else "severe"


def cold_word(mean: float | None) -> str | None:
    kind = cold_kind(mean)
    return None if kind is None else words().cold[kind]


def chance_word(percent: int | None) -> str | None:
    """One of four, our own choice: 30 is the lowest "possible", 60 the lowest "likely", 80 the highest "likely"."""
    if percent is None:
        return None
    kind: ChanceKind = (
        "unlikely" if percent < 30 else "possible" if percent < 60 else "likely" if percent <= 80 else "nearly_sure"
    )
    return words().chance[kind]


def wind_level(kmh: float | None) -> int | None:
    """The level of wind or of gusts, from 3 (which stands for all below, too) to 17 (and all above).

    The table has whole numbers, so the speed is rounded first. A gust of level 8 is no storm: storms are judged by
    the mean wind, and by others.
    """
    return None if kmh is None else LOWEST_LEVEL + bisect_left(_LAST_KMH, rounded(kmh))


def direction_word(degrees: int | None) -> str | None:
    """Where the wind comes FROM, of eight directions."""
    return None if degrees is None else words().directions[int((degrees + 22.5) // 45) % 8]


def sky(code: int | None) -> Sky:
    """What a WMO code looks like; never "heavy_rain": a code tells how hard it rains at its worst, not how much."""
    return next((found for found, codes in _SKIES.items() if code in codes), "unknown")


def code_word(code: int | None) -> str | None:
    """A WMO code in words; for one that nobody knows a word that says so."""
    return None if code is None else words().codes.get(code, words().unknown_code)


def sky_of(day: Day) -> Sky:
    """What a day looks like: its code, corrected by how much it rains, which is what is told to people."""
    found, kind = sky(day.code), rain_kind(day.rain_mm)
    if found == "storm" or kind is None or day.code in ICE:
        return found
    match kind:
        case "heavy" | "very_heavy":
            return "heavy_rain"
        case "moderate":
            return "rain"
        case "light":
            return found if found in _WET else "rain"
    return "overcast" if kind == "none" and found in _WET else found


def day_words(day: Day) -> str:
    """A day in a few words, most of all its rain; empty when nothing is known."""
    parts = (
        _falling_or_sky(day),
        words().day.thunder if day.code in THUNDER else None,
        heat_word(day.high),
        cold_word(day.mean),
        _gust_words(day),
    )
    return ", ".join(part for part in parts if part)


def _falling_or_sky(day: Day) -> str | None:
    found, kind = sky(day.code), rain_kind(day.rain_mm)
    if day.code in ICE:
        return code_word(day.code)
    if kind is not None and kind not in ("none", "trace"):
        rain = words().rain[kind]
        return f"{rain}, {words().day.fog}" if found == "fog" else rain
    if found == "storm":
        return None
    if kind is not None and (found in _WET or found == "unknown"):
        return words().rain[kind]
    # "Hot sun" says it all.
    return None if found == "sun" and heat_kind(day.high) else code_word(day.code)


def _gust_words(day: Day) -> str | None:
    level = wind_level(day.gust_kmh)
    return None if level is None or level < _GUST_OF_NOTE else words().day.gust.format(level=level)


def rounded(value: float) -> int:
    """To the nearest whole number, halves up as people learn it at school."""
    return math.floor(value + 0.5)


def whole(value: float | None) -> int | None:
    return None if value is None else rounded(value)


def degrees_words(degrees: float) -> str:
    whole_degrees = rounded(degrees)
    template = words().numbers.below_zero if whole_degrees < 0 else words().numbers.degrees
    return template.format(degrees=abs(whole_degrees))


def millimetres_words(mm: float) -> str:
    return words().numbers.millimetres.format(mm=rounded(mm))


def weekday_word(day: date) -> str:
    """As in the middle of a sentence."""
    return words().weekdays[day.weekday()]


def date_words(day: date) -> str:
    return f"{day.day}/{day.month}"


def days_words(days: Sequence[date]) -> str:
    """Days of one week, of which there is at least one: by name up to two, else how many and since when."""
    names = [weekday_word(day) for day in days]
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return words().numbers.two_days.format(first=names[0], second=names[1])
    return words().numbers.more_days.format(count=len(names), first=names[0])


def data_line(fetched_at: datetime) -> str:
    """Where the numbers come from, under which licence, and of which hour of Vietnam they are."""
    local = fetched_at.astimezone(ZoneInfo(TIMEZONE))
    template = words().time if local.minute else words().full_hour
    time = template.format(hour=local.hour, minute=f"{local.minute:02d}")
    return words().data_line.format(time=time, date=f"{local.day}/{local.month}/{local.year}")


def notice_words(notice: Notice) -> str:
    return words().notices[notice]


def capital(text: str) -> str:
    """As at the start of a sentence."""
    return text[:1].upper() + text[1:]
