"""What the weather is like, as far as advice depends on it, and which advice of crops.yaml fits it.

Knows no words for weather and no bulletin. A number that is missing brings about nothing and hides nothing.
`salinity` and `always` are not found here: the one is said by a member, the other needs no forecast. A forecast is
taken as it is divided: `past` and `coming` are a week each.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice, pairwise, zip_longest

from bulletins.content import MOST_CHARS
from bulletins.forecast import Day, Forecast
from bulletins.wording import (
    FOG,
    RAIN_OF_NOTE_MM,
    THUNDER,
    cold_kind,
    heat_kind,
    rain_kind,
    sky,
    wind_level,
)
from lessons.crops import Advice, Crops, Situation

#: Days of a week that must be known before anybody says that it does not rain in it.
DAYS_TO_KNOW = 5
LONG_RAIN_DAYS = 3
#: Gusts in which large branches move, see the table of wind levels.
WIND_LEVEL = 6

#: These three are our own choice, no norm: the member who reads the suggestion judges.
SUNNY_HOURS = 6.0
TURNS_OF_SUN_AND_RAIN = 2
COLD_NIGHT_DEGREES = 22.0

#: Whose advice comes first: the grave before the mild, the sudden before the slow.
_NEAREST: tuple[Situation, ...] = (
    "very_heavy_rain",
    "heavy_rain",
    "severe_cold",
    "very_hot",
    "salinity",
    "wind",
    "thunder",
    "cold",
    "hot",
    "long_rain",
    "dry",
    "cold_nights_fog",
    "sun_and_rain",
    "always",
)
_TRUST = ("high", "medium", "low")


def situations(forecast: Forecast) -> frozenset[Situation]:
    """Thresholds of rain, heat and cold are those of the words in wording.py."""
    coming = forecast.coming
    rain = {rain_kind(day.rain_mm) for day in coming}
    heat = {heat_kind(day.high) for day in coming}
    cold = {cold_kind(day.mean) for day in coming}
    found: dict[Situation, bool] = {
        # Days with rain of note, one after the other or not; how much is the matter of the next two.
        "long_rain": sum(is_wet(day) for day in coming) >= LONG_RAIN_DAYS,
        # A day above 50 mm and above 100 mm: Decision 18/2021, article 5, clause 17. The second brings the first.
        "heavy_rain": bool(rain & {"heavy", "very_heavy"}),
        "very_heavy_rain": "very_heavy" in rain,
        "sun_and_rain": _turns(coming) >= TURNS_OF_SUN_AND_RAIN,
        "cold_nights_fog": any(_is_cold_and_foggy(day) for day in coming),
        # A daily mean below 13 degrees: article 5, clause 18; from 13 to 15: circular 41/2016 and practice.
        "severe_cold": "severe" in cold,
        "cold": "cold" in cold,
        # A high above 35 degrees: article 5, clause 21; from 37: practice. The second brings the first.
        "hot": bool(heat - {None}),
        "very_hot": bool(heat & {"very_hot", "extreme"}),
        "dry": is_dry(forecast.past) and is_dry(coming),
        "wind": any((wind_level(day.gust_kmh) or 0) >= WIND_LEVEL for day in coming),
        "thunder": any(day.code in THUNDER for day in coming),
    }
    return frozenset(situation for situation, is_so in found.items() if is_so)


def advice_for(
    now: Set[Situation], *, crops: Sequence[str], stages: Mapping[str, str], catalogue: Crops, limit: int
) -> tuple[Advice, ...]:
    """At most so many rows that fit, nearest first: by gravity of the situation, what names the stage of a crop
    before the rest, the better trusted first. When there are more, every situation, kind and crop has its turn.

    Without crops the bulletin is for everybody, so advice on every crop fits. A crop whose stage is not known takes
    the advice on all its stages: their texts name the stage, and a member judges. What is too long is left out.
    """
    fits = [one for one in catalogue.advice if one.when in now and _is_for(one, crops, stages) and _is_short(one)]
    fits.sort(key=lambda one: (_NEAREST.index(one.when), not _names_stage(one, crops, stages), _TRUST.index(one.trust)))
    groups: dict[tuple[object, ...], list[Advice]] = {}
    for one in fits:
        groups.setdefault((one.when, one.kind, one.crops), []).append(one)
    in_turn = (one for round_ in zip_longest(*groups.values()) for one in round_ if one is not None)
    chosen = {one.id for one in islice(in_turn, limit)}
    return tuple(one for one in fits if one.id in chosen)


def is_wet(day: Day) -> bool:
    return day.rain_mm is not None and day.rain_mm >= RAIN_OF_NOTE_MM


def is_dry(week: Sequence[Day]) -> bool:
    """Whether enough is known of a week, and no day that is known has rain of note."""
    return known(day.rain_mm for day in week) >= DAYS_TO_KNOW and not any(map(is_wet, week))


def known(values: Iterable[float | None]) -> int:
    """How many of the values are there."""
    return sum(value is not None for value in values)


def _turns(week: Sequence[Day]) -> int:
    """How often sun and rain take turns: within a day, and from one day of the one to the next of the other.

    Days that are neither, or of which too little is known, stand between nothing.
    """
    days = [(is_wet(day), _is_sunny(day)) for day in week if is_wet(day) or _is_sunny(day)]
    within = sum(wet and sunny for wet, sunny in days)
    return within + sum(one[0] != next_[0] and one[1] != next_[1] for one, next_ in pairwise(days))


def _is_sunny(day: Day) -> bool:
    if day.sunshine_hours is None:
        return sky(day.code) in ("sun", "clouds")
    return day.sunshine_hours >= SUNNY_HOURS


def _is_cold_and_foggy(day: Day) -> bool:
    # Fog on a day of rain is not seen here: the code of a day is the gravest, and rain is graver.
    return day.code in FOG and day.low is not None and day.low <= COLD_NIGHT_DEGREES


def _is_for(advice: Advice, crops: Sequence[str], stages: Mapping[str, str]) -> bool:
    if crops and advice.crops and not set(crops) & set(advice.crops):
        return False
    known_stages = [stages.get(crop) for crop in _crops_of(advice, crops, stages)]
    return not advice.stages or None in known_stages or _names_stage(advice, crops, stages)


def _names_stage(advice: Advice, crops: Sequence[str], stages: Mapping[str, str]) -> bool:
    return any(stages.get(crop) in advice.stages for crop in _crops_of(advice, crops, stages))


def _crops_of(advice: Advice, crops: Sequence[str], stages: Mapping[str, str]) -> list[str]:
    """Those crops of the bulletin that the advice is for; of a bulletin without crops, those that it knows about."""
    return [crop for crop in advice.crops or crops or stages if not crops or crop in crops]


def _is_short(advice: Advice) -> bool:
    return len(advice.text) <= MOST_CHARS and len(advice.source) <= MOST_CHARS
