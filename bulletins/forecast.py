"""The weather of a place, day by day, asked of an Open-Meteo service and kept for an hour.

Knows no words for weather and no bulletin. What the service sends is tamed value by value: what cannot be is None.
Sources: https://open-meteo.com/en/docs (code of that page read 2026-08-18); for when limits end, RateLimiter.swift
of github.com/open-meteo/open-meteo.

    ForecastError
      Offline        no connection, no answer in time, or 5xx, after the last try
      Refused        the service does not take what was asked: the settings or this file are wrong
      TooMany        asked too often, retry_after says how long to leave the service alone
      Unreadable     an answer, but no forecast: empty, broken, or of another shape
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Any

import httpx
import structlog
from pydantic import TypeAdapter, ValidationError

PAST_DAYS, COMING_DAYS = 7, 7
#: Days are days of Vietnam; without it the service counts them in UTC, seven hours late.
TIMEZONE = "Asia/Ho_Chi_Minh"

#: Between tries when nobody answers.
WAITS_SECONDS = (0.5, 2.0)
#: An answer has some 2,000 bytes.
LONGEST_ANSWER_BYTES = 1_000_000
LONGEST_REASON_CHARS = 200

FRESH_FOR = timedelta(hours=1)
#: How old a forecast may be that is given because the service fails.
USABLE_FOR = timedelta(hours=24)
#: Two decimals of a degree are about a kilometre, far below the grid of the service.
PLACE_DECIMALS = 2

#: What is asked for, in the service's names, with the least and the most that can be true, in its own units
#: (degrees C, mm, percent, km/h, degrees, seconds). Temperature and rain go beyond every record of Vietnam.
VARIABLES: Mapping[str, tuple[float, float]] = {
    "weather_code": (0, 99),
    "temperature_2m_max": (-30, 60),
    "temperature_2m_min": (-30, 60),
    "temperature_2m_mean": (-30, 60),
    "precipitation_sum": (0, 2_000),
    "precipitation_probability_max": (0, 100),
    "relative_humidity_2m_mean": (0, 100),
    "wind_speed_10m_max": (0, 500),
    "wind_gusts_10m_max": (0, 500),
    "wind_direction_10m_dominant": (0, 360),
    "sunshine_duration": (0, 86_400),
    "et0_fao_evapotranspiration": (0, 100),
}
#: The WMO codes that the service documents.
CODES = frozenset(
    (0, 1, 2, 3, 45, 48, 51, 53, 55, 56, 57, 61, 63, 65, 66, 67, 71, 73, 75, 77, 80, 81, 82, 85, 86, 95, 96, 99)
)
#: The service gives at most so many days; a date outside is a slip.
_MOST_PAST, _MOST_COMING = timedelta(days=92), timedelta(days=15)
#: Places that share one of these locks wait for each other.
_LOCKS = 16

log = structlog.get_logger()


class ForecastError(Exception):
    """Base of every way in which a forecast is not to be had. The text is for the log, not for residents."""


class Offline(ForecastError):
    """Nobody answered; later may help."""


class Refused(ForecastError):
    """The service says what is wrong with the question; asking again does not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooMany(ForecastError):
    """A limit of the service is used up."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"asked too often; again in {retry_after}")
        self.retry_after = retry_after


class Unreadable(ForecastError):
    """What came is no forecast."""


@dataclass(frozen=True, slots=True)
class Day:
    """The weather of one day of Vietnam; None where the service has nothing, or nothing that can be true.

    Temperatures in degrees C, chance and humidity (the mean) in percent, `wind_from` in degrees clockwise from
    north, evaporation as ET0. `code` is a WMO code, the gravest of the day.
    """

    date: date
    code: int | None = None
    high: float | None = None
    low: float | None = None
    mean: float | None = None
    rain_mm: float | None = None
    rain_chance: int | None = None
    humidity: int | None = None
    wind_kmh: float | None = None
    gust_kmh: float | None = None
    wind_from: int | None = None
    sunshine_hours: float | None = None
    evaporation_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days in order, without those of which nothing is known. `coming` begins with today and has at least one.

    Latitude and longitude are those of the service's grid point, some kilometres from the place asked for.
    """

    latitude: float
    longitude: float
    past: tuple[Day, ...]
    coming: tuple[Day, ...]
    fetched_at: datetime


_STORED = TypeAdapter(Forecast)


def to_json(forecast: Forecast) -> str:
    """A forecast as it is stored."""
    return _STORED.dump_json(forecast).decode()


def from_json(text: str) -> Forecast:
    """What to_json wrote. Raises Unreadable for anything else."""
    try:
        return _STORED.validate_json(text)
    except ValidationError as error:
        raise Unreadable("no stored forecast") from error


def seen_from(forecast: Forecast, today: date) -> Forecast:
    """The same days, divided into past and coming on another day. `coming` may become empty."""
    days = (*forecast.past, *forecast.coming)
    return replace(
        forecast,
        past=tuple(day for day in days if day.date < today),
        coming=tuple(day for day in days if day.date >= today),
    )


def fetch(
    client: httpx.Client,
    base_url: str,
    *,
    latitude: float,
    longitude: float,
    today: date,
    now: datetime,
    wait: Callable[[float], None] = time.sleep,
) -> Forecast:
    """Ask the service. `today` is the day in Vietnam, `now` is aware. Raises a ForecastError, nothing else.

    Timeouts are the client's; `wait` is called with seconds between tries.
    """
    url = f"{base_url.rstrip('/')}/v1/forecast"
    parameters = {
        "latitude": str(latitude),
        "longitude": str(longitude),
        "daily": ",".join(VARIABLES),
        "timezone": TIMEZONE,
        "past_days": str(PAST_DAYS),
        "forecast_days": str(COMING_DAYS),
    }
    status, body = _ask(client, url, parameters, wait)
    if status == 429:
        raise TooMany(_retry_after(_reason(_json(body)), now))
    if not 200 <= status < 300:
        raise Refused(_reason(_json(body)) or f"HTTP {status}")
    asked = Forecast(latitude, longitude, past=(), coming=(), fetched_at=now)
    return _read(_json(body), asked, today)


class Forecasts:
    """Forecasts of all places: fresh for an hour, and while the service fails the last one for a day.

    For any number of threads; a place is asked for by one of them at a time.
    """

    def __init__(self, client: httpx.Client, base_url: str, *, wait: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._base_url = base_url
        self._wait = wait
        self._kept: dict[tuple[float, float], tuple[date, Forecast]] = {}
        self._closed_until: datetime | None = None
        self._asking = tuple(Lock() for _ in range(_LOCKS))
        self._keeping = Lock()

    def get(self, *, latitude: float, longitude: float, today: date, now: datetime) -> Forecast:
        """The forecast of a place; its `fetched_at` tells how old it is. Raises a ForecastError without one."""
        place = round(latitude, PLACE_DECIMALS), round(longitude, PLACE_DECIMALS)
        with self._asking[hash(place) % _LOCKS]:
            day, kept = self._kept.get(place, (today, None))
            # Yesterday's forecast ends a day early, however young it is.
            if kept is not None and day == today and abs(now - kept.fetched_at) < FRESH_FOR:
                return kept
            try:
                fetched = self._fetch(place, today, now)
            except ForecastError as error:
                log.warning("forecast_failed", error=type(error).__name__, reason=str(error))
                if kept is None or now - kept.fetched_at > USABLE_FOR:
                    raise
                return seen_from(kept, today)
            self._keep(place, today, fetched)
            return fetched

    def _fetch(self, place: tuple[float, float], today: date, now: datetime) -> Forecast:
        if self._closed_until is not None and now < self._closed_until:
            raise TooMany(self._closed_until - now)
        latitude, longitude = place
        try:
            return fetch(
                self._client,
                self._base_url,
                latitude=latitude,
                longitude=longitude,
                today=today,
                now=now,
                wait=self._wait,
            )
        except TooMany as error:
            self._closed_until = now + error.retry_after
            raise

    def _keep(self, place: tuple[float, float], today: date, fetched: Forecast) -> None:
        with self._keeping:
            for other, (_, kept) in list(self._kept.items()):
                if fetched.fetched_at - kept.fetched_at > USABLE_FOR:
                    del self._kept[other]
            self._kept[place] = today, fetched


def _ask(
    client: httpx.Client, url: str, parameters: Mapping[str, str], wait: Callable[[float], None]
) -> tuple[int, bytes]:
    failure = ""
    for pause in (*WAITS_SECONDS, None):
        try:
            status, body = _exchange(client, url, parameters)
            if status < 500:
                return status, body
            failure = f"HTTP {status}"
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Refused("the address of the service is no http address") from error
        except httpx.TransportError as error:
            failure = type(error).__name__
        except httpx.HTTPError as error:
            raise Unreadable(type(error).__name__) from error
        if pause is not None:
            wait(pause)
    raise Offline(failure)


def _exchange(client: httpx.Client, url: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
    with client.stream("GET", url, params=parameters) as response:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LONGEST_ANSWER_BYTES:
                raise Unreadable("an answer without end")
        return response.status_code, bytes(body)


def _retry_after(reason: str, now: datetime) -> timedelta:
    """How long a limit lasts: the service tells which one in words, and sends no Retry-After.

    Its days end at midnight in UTC, which is seven in the morning in Vietnam, and within a minute it forgets.
    """
    words = reason.casefold()
    if "daily" in words:
        now = now.astimezone(UTC)
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
        return midnight - now + timedelta(minutes=1)
    if "hourly" in words:
        return timedelta(hours=1)
    return timedelta(minutes=1)


def _json(body: bytes) -> Any:
    """None when it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _reason(answer: Any) -> str:
    reason = answer.get("reason") if isinstance(answer, dict) else None
    return reason[:LONGEST_REASON_CHARS] if isinstance(reason, str) else ""


def _read(answer: Any, asked: Forecast, today: date) -> Forecast:
    # For several places the service answers with an array; some send one for a single place, too.
    if isinstance(answer, list) and answer:
        answer = answer[0]
    if not isinstance(answer, dict):
        raise Unreadable("no JSON object")
    if answer.get("error"):
        raise Refused(_reason(answer) or "an error without a reason")
    daily = answer.get("daily")
    if not isinstance(daily, dict) or not isinstance(daily.get("time"), list):
        raise Unreadable("no days")
    latitude, longitude = _within(answer.get("latitude"), -90, 90), _within(answer.get("longitude"), -180, 180)
    if latitude is not None and longitude is not None:
        asked = replace(asked, latitude=latitude, longitude=longitude)
    found = seen_from(replace(asked, coming=_days(daily, today)), today)
    if not found.coming:
        raise Unreadable("no day to come")
    return found


def _days(daily: Mapping[str, Any], today: date) -> tuple[Day, ...]:
    days: dict[date, Day] = {}
    for at, written in enumerate(daily["time"]):
        day = _date(written)
        if day is None or not today - _MOST_PAST <= day <= today + _MOST_COMING:
            continue
        read = _day(day, {name: _value(daily.get(name), at, name) for name in VARIABLES})
        if read != Day(day):
            days.setdefault(day, read)
    return tuple(days[day] for day in sorted(days))


def _date(written: Any) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _value(column: Any, at: int, name: str) -> float | None:
    if not isinstance(column, list) or at >= len(column):
        return None
    value = _within(column[at], *VARIABLES[name])
    return None if name == "weather_code" and value not in CODES else value


def _within(value: Any, least: float, most: float) -> float | None:
    """The number, if it is one; NaN is within nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        return None
    return float(value) + 0.0  # no minus zero, which would be written as such


def _day(day: date, values: Mapping[str, float | None]) -> Day:
    wind_from = _whole(values["wind_direction_10m_dominant"])
    seconds = values["sunshine_duration"]
    return Day(
        date=day,
        code=_whole(values["weather_code"]),
        high=values["temperature_2m_max"],
        low=values["temperature_2m_min"],
        mean=values["temperature_2m_mean"],
        rain_mm=values["precipitation_sum"],
        rain_chance=_whole(values["precipitation_probability_max"]),
        humidity=_whole(values["relative_humidity_2m_mean"]),
        wind_kmh=values["wind_speed_10m_max"],
        gust_kmh=values["wind_gusts_10m_max"],
        wind_from=None if wind_from is None else wind_from % 360,
        sunshine_hours=None if seconds is None else seconds / 3600,
        evaporation_mm=values["et0_fao_evapotranspiration"],
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
