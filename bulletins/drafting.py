"""The first version of a bulletin: a forecast and the catalogue of advice as a Content for a member to judge.

Knows no forecast service, no database and no page. What it proposes is only proposed: advice reaches people when a
member kept it, and everything that is written here can be overwritten. The sentences are in weather_words.yaml.

    DraftError(code)      what was decided cannot be put into a bulletin; nothing is changed
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import Literal, get_args

from bulletins.content import MOST_CHARS, MOST_TASKS, Content, DayLine, Suggestion
from bulletins.forecast import COMING_DAYS, PAST_DAYS, Day, Forecast, seen_from
from bulletins.situations import DAYS_TO_KNOW, advice_for, is_dry, is_wet, known, situations
from bulletins.wording import (
    ICE,
    THUNDER,
    Notice,
    capital,
    chance_word,
    cold_kind,
    cold_word,
    data_line,
    day_words,
    days_words,
    degrees_words,
    direction_word,
    heat_kind,
    heat_word,
    millimetres_words,
    rain_kind,
    rain_word,
    sky_of,
    weekday_word,
    whole,
    wind_level,
    words,
)
from lessons.crops import Crops, Situation

MOST_SUGGESTIONS = 8
MOST_SENTENCES = 4
#: Which sentences on the week to come are left out last.
_IMPORTANCE = ("rain", "temperature", "cold", "heat", "wind", "chance", "thunder", "total")
#: Of the suggestion that says how far the crops have come; no id of the catalogue has a colon.
STAGES_ID = "season:stages"
#: Wind below level 5 needs no sentence; a chance below 30 percent needs none in a week without rain.
WIND_LEVEL = 5
CHANCE_OF_NOTE = 30
#: From these on only an official bulletin may speak: mean wind from 6, where tropical depressions begin, gusts from 8.
OFFICIAL_WIND_LEVEL, OFFICIAL_GUST_LEVEL = 6, 8

Code = Literal["unknown_suggestion", "too_many_tasks", "season_long", "pests_long"]
Verdict = Literal["waiting", "kept", "dropped"]
_Value = Callable[[Day], float | None]

_rain: _Value = attrgetter("rain_mm")
_chance: _Value = attrgetter("rain_chance")
_high: _Value = attrgetter("high")
_mean: _Value = attrgetter("mean")
_wind: _Value = attrgetter("wind_kmh")
_gust: _Value = attrgetter("gust_kmh")


class DraftError(ValueError):
    """A decision that cannot be carried out; `code` says which sentence the page shows."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


def draft(
    forecast: Forecast | None,
    *,
    place: str,
    place_name: str,
    crops: tuple[str, ...],
    stages: Mapping[str, str],
    catalogue: Crops | None,
    today: date,
    ask: str,
    member: str,
    salinity: str = "",
) -> Content:
    """A bulletin for the week that begins today, with every suggestion waiting.

    `stages` are ids of crops and of their stages, as far as they are known; `salinity` is what the member says
    about salt water, and brings the advice on it. Without a forecast, or with one that ended, what is known from
    forecasts stays empty for the member to fill. ValidationError: a text of the member is too long.
    """
    known_weeks = _weeks(forecast, today) if forecast else None
    past, coming = (known_weeks.past, known_weeks.coming) if known_weeks else ((), ())
    now = _situations(known_weeks, salinity=salinity)
    return Content(
        place=place,
        place_name=place_name,
        crops=crops,
        first_day=today,
        last_day=coming[-1].date if coming else today + timedelta(days=COMING_DAYS - 1),
        issued_on=today,
        last_week="\n".join(_last_week(past)),
        week="\n".join(_coming_week(coming)),
        days=tuple(_day_line(day) for day in coming),
        water=salinity,
        suggestions=_suggestions(now, crops, stages, catalogue) if catalogue else (),
        ask=ask,
        approved_by=member,
        data_line=data_line(known_weeks.fetched_at) if known_weeks else "",
        fetched_at=known_weeks.fetched_at if known_weeks else None,
    )


def notices(forecast: Forecast) -> tuple[Notice, ...]:
    """What the member must know before sending, the gravest first. No level of disaster: that is not ours to say."""
    coming = forecast.coming
    rain = {rain_kind(day.rain_mm) for day in coming}
    found: dict[Notice, bool] = {
        "very_heavy_rain": "very_heavy" in rain,
        "heavy_rain": "heavy" in rain and "very_heavy" not in rain,
        "strong_wind": any(_is_windy(day) for day in coming),
        "severe_cold": any(cold_kind(day.mean) == "severe" for day in coming),
        "very_hot": any(heat_kind(day.high) in ("very_hot", "extreme") for day in coming),
        "ice": any(day.code in ICE for day in coming),
        "gaps": min(known(day.rain_mm for day in coming), known(day.high for day in coming)) < DAYS_TO_KNOW,
    }
    return tuple(notice for notice in get_args(Notice) if found[notice])


def _is_windy(day: Day) -> bool:
    wind, gust = wind_level(day.wind_kmh) or 0, wind_level(day.gust_kmh) or 0
    return wind >= OFFICIAL_WIND_LEVEL or gust >= OFFICIAL_GUST_LEVEL


def with_verdict(content: Content, suggestion_id: str, verdict: Verdict) -> Content:
    """The same bulletin with one suggestion judged, or waiting again. Raises DraftError."""
    if all(one.id != suggestion_id for one in content.suggestions):
        raise DraftError("unknown_suggestion")
    judged = (
        one.model_copy(update={"verdict": verdict}) if one.id == suggestion_id else one for one in content.suggestions
    )
    return content.model_copy(update={"suggestions": tuple(judged)})


def is_settled(content: Content) -> bool:
    """Whether a member judged every suggestion; before that a bulletin must not go out."""
    return all(one.verdict != "waiting" for one in content.suggestions)


def settled(content: Content) -> Content:
    """The bulletin as people get it: what was kept stands after what the member wrote, what was dropped is gone.

    Suggestions that wait stay and are not said, so that is_settled tells the same before and after, and settling
    twice is settling once. Raises DraftError.
    """
    kept = [one for one in content.suggestions if one.verdict == "kept"]
    tasks = _with(content.tasks, (one.text for one in kept if one.kind == "task"))
    season = "\n".join(_with((content.season,), (one.text for one in kept if one.kind == "season")))
    pests = "\n".join(_with((content.pests,), (one.text for one in kept if one.kind == "pest")))
    if len(tasks) > MOST_TASKS:
        raise DraftError("too_many_tasks")
    if len(season) > MOST_CHARS:
        raise DraftError("season_long")
    if len(pests) > MOST_CHARS:
        raise DraftError("pests_long")
    waiting = tuple(one for one in content.suggestions if one.verdict == "waiting")
    return content.model_copy(update={"suggestions": waiting, "tasks": tasks, "season": season, "pests": pests})


def _with(written: Iterable[str], kept: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in (*written, *kept) if text))


def _weeks(forecast: Forecast, today: date) -> Forecast | None:
    seen = seen_from(forecast, today)
    past = tuple(day for day in seen.past if today - day.date <= timedelta(days=PAST_DAYS))
    coming = tuple(day for day in seen.coming if day.date - today < timedelta(days=COMING_DAYS))
    return replace(seen, past=past, coming=coming) if past or coming else None


def _day_line(day: Day) -> DayLine:
    return DayLine(
        date=day.date,
        sky=sky_of(day),
        high=whole(day.high),
        low=whole(day.low),
        rain_mm=whole(day.rain_mm),
        chance=day.rain_chance,
        words=day_words(day),
    )


def _situations(forecast: Forecast | None, *, salinity: str) -> frozenset[Situation]:
    found: set[Situation] = set(situations(forecast)) if forecast else set()
    found.add("always")
    if salinity:
        found.add("salinity")
    return frozenset(found)


def _suggestions(
    now: frozenset[Situation], crops: tuple[str, ...], stages: Mapping[str, str], catalogue: Crops
) -> tuple[Suggestion, ...]:
    season = _stages_as_suggestion(crops, stages, catalogue)
    advised = (
        Suggestion(id=advice.id, kind=advice.kind, text=advice.text, source=advice.source)
        for advice in advice_for(now, crops=crops, stages=stages, catalogue=catalogue, limit=MOST_SUGGESTIONS)
    )
    return (*season, *advised)


def _stages_as_suggestion(
    crops: tuple[str, ...], stages: Mapping[str, str], catalogue: Crops
) -> tuple[Suggestion, ...]:
    """How far the crops have come, as one suggestion; none when no stage is known."""
    names = [
        (crop.name, stage.name)
        for crop in catalogue.crops
        if crop.id in (crops or stages)
        for stage in crop.stages
        if stage.id == stages.get(crop.id)
    ]
    text = "\n".join(words().stage.format(Crop=capital(crop), stage=stage) for crop, stage in names)
    if not 0 < len(text) <= MOST_CHARS:
        return ()
    return (Suggestion(id=STAGES_ID, kind="season", text=text, source=words().stage_source),)


def _last_week(past: Sequence[Day]) -> Iterator[str]:
    """Two lines: rain, then heat and cold, each with the days worth remembering."""
    extreme = _standing_out(past, _mean, cold_word, min) or _standing_out(past, _high, heat_word, max)
    yield from _line(_rain_last_week(past), _counted(_standing_out(past, _rain, _heavy_word, max)))
    yield from _line(_temperature(past), _counted(extreme))


def _line(*sentences: str) -> Iterator[str]:
    line = " ".join(filter(None, sentences))
    if line:
        yield line


def _rain_last_week(past: Sequence[Day]) -> str:
    say, total = words().last_week, _total(past)
    if is_dry(past):
        return say.trace if total else say.no_rain
    wettest = _greatest(past, _rain)
    if wettest is None or known(map(_rain, past)) < DAYS_TO_KNOW:
        return ""
    return say.rain.format(mm=millimetres_words(total), day=weekday_word(wettest.date))


def _coming_week(coming: Sequence[Day]) -> Iterator[str]:
    """The sentences that matter most, in the order in which people plan: rain, heat and cold, wind."""
    sentences = {
        "rain": _rain_to_come(coming),
        "total": _total_to_come(coming),
        "chance": _chance_of_rain(coming),
        "thunder": _thunder(coming),
        "temperature": _temperature(coming),
        "cold": _named(_standing_out(coming, _mean, cold_word, min)),
        "heat": _named(_standing_out(coming, _high, heat_word, max)),
        "wind": _wind_to_come(coming),
    }
    chosen = [name for name in _IMPORTANCE if sentences[name]][:MOST_SENTENCES]
    return (sentence for name, sentence in sentences.items() if name in chosen)


def _rain_to_come(coming: Sequence[Day]) -> str:
    say, wettest = words().week, _greatest(coming, _rain)
    if wettest is not None and is_wet(wettest):
        return say.rain.format(
            day=weekday_word(wettest.date),
            word=rain_word(wettest.rain_mm),
            mm=millimetres_words(wettest.rain_mm or 0),
        )
    if not is_dry(coming):
        return ""
    return say.trace if _total(coming) or _chance_of_rain(coming) else say.no_rain


def _total_to_come(coming: Sequence[Day]) -> str:
    count = sum(map(is_wet, coming))
    if count < 2 or known(map(_rain, coming)) < DAYS_TO_KNOW:
        return ""
    return words().week.total.format(mm=millimetres_words(_total(coming)), count=count)


def _chance_of_rain(coming: Sequence[Day]) -> str:
    """Of the day with the most rain; in a week without rain of note, of the day when it is likeliest."""
    day = _greatest(coming, _rain)
    if day is None or not is_wet(day):
        day = _greatest(coming, _chance)
        if day is None or (day.rain_chance or 0) < CHANCE_OF_NOTE:
            return ""
    if day.rain_chance is None:
        return ""
    return words().week.chance.format(Day=capital(weekday_word(day.date)), chance=chance_word(day.rain_chance))


def _thunder(coming: Sequence[Day]) -> str:
    dates = [day.date for day in coming if day.code in THUNDER]
    return words().week.thunder.format(days=days_words(dates)) if dates else ""


def _temperature(week: Sequence[Day]) -> str:
    highs = [day.high for day in week if day.high is not None]
    lows = [day.low for day in week if day.low is not None]
    say = words().temperature
    high, low = (degrees_words(max(highs)) if highs else ""), (degrees_words(min(lows)) if lows else "")
    if high and low:
        return say.both.format(high=high, low=low)
    return say.high.format(high=high) if high else say.low.format(low=low) if low else ""


def _wind_to_come(coming: Sequence[Day]) -> str:
    say = words()
    for speed, template in ((_gust, say.week.gust), (_wind, say.week.wind)):
        day = _greatest(coming, speed)
        level = None if day is None else wind_level(speed(day))
        if day is not None and level is not None and level >= WIND_LEVEL:
            direction, sign = direction_word(day.wind_from), say.wind_signs.get(level)
            return template.format(
                direction=f" {direction}" if direction else "",
                level=level,
                day=weekday_word(day.date),
                sign=f", {sign}" if sign else "",
            )
    return ""


@dataclass(frozen=True, slots=True)
class _StandingOut:
    """The gravest word that a week deserves, and the days that deserve it."""

    word: str
    dates: tuple[date, ...]


def _standing_out(
    week: Sequence[Day], value: _Value, word: Callable[[float | None], str | None], gravest: Callable[..., float]
) -> _StandingOut | None:
    values = [found for found in map(value, week) if found is not None]
    found = word(gravest(values)) if values else None
    return _StandingOut(found, tuple(day.date for day in week if word(value(day)) == found)) if found else None


def _counted(found: _StandingOut | None) -> str:
    return words().last_week.notable.format(count=len(found.dates), word=found.word) if found else ""


def _named(found: _StandingOut | None) -> str:
    return words().week.extreme.format(Word=capital(found.word), days=days_words(found.dates)) if found else ""


def _heavy_word(mm: float | None) -> str | None:
    return rain_word(mm) if rain_kind(mm) in ("heavy", "very_heavy") else None


def _greatest(week: Sequence[Day], value: _Value) -> Day | None:
    """The first of the days with the greatest value; None when no value is known."""
    return max((day for day in week if value(day) is not None), key=lambda day: value(day) or 0, default=None)


def _total(week: Sequence[Day]) -> float:
    return sum(day.rain_mm or 0 for day in week)
