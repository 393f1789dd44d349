"""The forecast client: what the service sends is tamed, its failures are told apart, its limits are kept."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins import forecast as forecasting
from bulletins.forecast import (
    VARIABLES,
    Day,
    Forecast,
    ForecastError,
    Forecasts,
    Offline,
    Refused,
    TooMany,
    Unreadable,
    fetch,
    from_json,
    seen_from,
    to_json,
)
from tests.conftest import HANOI, NOW, TODAY
from tests.fakes.open_meteo import FakeOpenMeteo

FIXTURES = Path(__file__).parent / "fixtures"


class Place(TypedDict):
    latitude: float
    longitude: float


TRAN_DE: Place = {"latitude": 9.53, "longitude": 106.2}
PORTAL = b"<html>Please log in</html>"


@pytest.fixture
def service() -> Iterator[FakeOpenMeteo]:
    with FakeOpenMeteo(today=TODAY) as running:
        yield running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=5.0, trust_env=False) as made:
        yield made


def answering(body: bytes, *, status: int = 200) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, content=body)))


def read(body: bytes | dict[str, Any] | list[Any], *, today: date = TODAY, status: int = 200) -> Forecast:
    """What fetch makes of an answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with answering(content, status=status) as client:
        return fetch(client, "http://weather.test", **TRAN_DE, today=today, now=NOW, wait=lambda _: None)


def one_day(**values: Any) -> dict[str, Any]:
    """An answer about today in which each variable has one value; `temperature_2m_mean` keeps the day alive."""
    columns = {"temperature_2m_mean": 27.0} | values
    return {"daily": {"time": [TODAY.isoformat()]} | {name: [value] for name, value in columns.items()}}


# What is asked, and what comes -------------------------------------------------------------------------------


def test_it_asks_for_a_week_back_and_a_week_ahead_in_the_days_of_vietnam(
    service: FakeOpenMeteo, client: httpx.Client
) -> None:
    found = fetch(client, service.url + "/", **TRAN_DE, today=TODAY, now=NOW)

    assert service.asked == [
        {
            "latitude": "9.53",
            "longitude": "106.2",
            "daily": ",".join(VARIABLES),
            "timezone": "Asia/Ho_Chi_Minh",
            "past_days": "7",
            "forecast_days": "7",
        }
    ]
    assert [day.date for day in found.past] == [TODAY - timedelta(days=away) for away in range(7, 0, -1)]
    assert [day.date for day in found.coming] == [TODAY + timedelta(days=away) for away in range(7)]
    assert (found.latitude, found.longitude, found.fetched_at) == (9.5, 106.25, NOW)


def test_every_value_finds_its_field(service: FakeOpenMeteo, client: httpx.Client) -> None:
    service.days[TODAY] = {
        "weather_code": 95, "temperature_2m_max": 31.2, "temperature_2m_min": 24.3, "temperature_2m_mean": 26.9,
        "precipitation_sum": 38.6, "precipitation_probability_max": 85, "relative_humidity_2m_mean": 88,
        "wind_speed_10m_max": 18.4, "wind_gusts_10m_max": 44.6, "wind_direction_10m_dominant": 251,
        "sunshine_duration": 9000.0, "et0_fao_evapotranspiration": 2.58,
    }  # fmt: skip

    found = fetch(client, service.url, **TRAN_DE, today=TODAY, now=NOW)

    assert found.coming[0] == Day(
        date=TODAY,
        code=95,
        high=31.2,
        low=24.3,
        mean=26.9,
        rain_mm=38.6,
        rain_chance=85,
        humidity=88,
        wind_kmh=18.4,
        gust_kmh=44.6,
        wind_from=251,
        sunshine_hours=2.5,
        evaporation_mm=2.58,
    )


@pytest.mark.parametrize(
    ("name", "today", "codes", "highs"),
    [
        pytest.param("enschede_2026-10-03", date(2026, 10, 3), [3, 45, 3], [20.6, 20.2, 22.2], id="Enschede"),
        pytest.param("hanoi_2026-09-27", date(2026, 9, 27), [80, 95, 3], [33.1, 32.4, 31.0], id="Hà Nội"),
        pytest.param("null_padded", date(2026, 9, 28), [53, 3], [33.6, 33.9], id="a day of nulls"),
    ],
)
def test_captured_answers_are_read(name: str, today: date, codes: list[int], highs: list[float]) -> None:
    found = read((FIXTURES / f"open_meteo_{name}.json").read_bytes(), today=today)

    assert [day.code for day in found.coming] == codes
    assert [day.high for day in found.coming] == highs
    assert [day.sunshine_hours for day in found.coming] == [None] * len(codes)


def test_an_answer_without_its_grid_point_has_the_place_asked_for() -> None:
    found = read((FIXTURES / "open_meteo_null_padded.json").read_bytes(), today=date(2026, 9, 28))

    assert (found.latitude, found.longitude) == (9.53, 106.2)


def test_an_array_of_one_place_is_read(service: FakeOpenMeteo, client: httpx.Client) -> None:
    service.faults.append("array")

    found = fetch(client, service.url, **TRAN_DE, today=TODAY, now=NOW)

    assert len(found.coming) == 7


# Odd values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        pytest.param("temperature_2m_max", None, "high", None, id="null"),
        pytest.param("temperature_2m_max", "33.1", "high", None, id="a string where a number belongs"),
        pytest.param("temperature_2m_max", True, "high", None, id="a truth where a number belongs"),
        pytest.param("temperature_2m_max", [33.1], "high", None, id="an array where a number belongs"),
        pytest.param("temperature_2m_max", 33, "high", 33.0, id="a whole number"),
        pytest.param("temperature_2m_max", 60, "high", 60.0, id="60 degrees"),
        pytest.param("temperature_2m_max", 60.1, "high", None, id="above 60 degrees"),
        pytest.param("temperature_2m_min", -30, "low", -30.0, id="30 degrees of frost"),
        pytest.param("temperature_2m_min", -30.1, "low", None, id="below"),
        pytest.param("temperature_2m_max", float("nan"), "high", None, id="NaN"),
        pytest.param("precipitation_sum", float("inf"), "rain_mm", None, id="Infinity"),
        pytest.param("precipitation_sum", 10**400, "rain_mm", None, id="beyond any float"),
        pytest.param("precipitation_sum", -0.1, "rain_mm", None, id="less than no rain"),
        pytest.param("precipitation_sum", 0.0, "rain_mm", 0.0, id="no rain"),
        pytest.param("precipitation_sum", 2000, "rain_mm", 2000.0, id="2,000 mm"),
        pytest.param("precipitation_sum", 2000.1, "rain_mm", None, id="more than 2,000 mm"),
        pytest.param("precipitation_probability_max", 100, "rain_chance", 100, id="certain"),
        pytest.param("precipitation_probability_max", 101, "rain_chance", None, id="more than certain"),
        pytest.param("precipitation_probability_max", -1, "rain_chance", None, id="less than impossible"),
        pytest.param("precipitation_probability_max", 48.6, "rain_chance", 49, id="a broken percent"),
        pytest.param("weather_code", 80.0, "code", 80, id="a code with a point"),
        pytest.param("weather_code", 80.5, "code", None, id="a broken code"),
        pytest.param("weather_code", 4, "code", None, id="an unknown code"),
        pytest.param("wind_direction_10m_dominant", 360, "wind_from", 0, id="north, all around"),
        pytest.param("wind_direction_10m_dominant", 359.7, "wind_from", 0, id="north, rounded"),
        pytest.param("sunshine_duration", 5400, "sunshine_hours", 1.5, id="seconds to hours"),
        pytest.param("sunshine_duration", 90_000, "sunshine_hours", None, id="more sun than a day"),
        pytest.param("wind_gusts_10m_max", 900, "gust_kmh", None, id="no wind of this earth"),
    ],
)
def test_a_value_that_cannot_be_is_none(name: str, value: Any, field: str, expected: float | None) -> None:
    found = read(one_day(**{name: value}))

    assert getattr(found.coming[0], field) == expected
    assert found.coming[0].mean == 27.0


def test_no_value_is_minus_zero() -> None:
    found = read(one_day(precipitation_sum=-0.0))

    assert str(found.coming[0].rain_mm) == "0.0"


def test_missing_and_short_columns_leave_their_days_without_them() -> None:
    days = [(TODAY + timedelta(days=away)).isoformat() for away in range(3)]

    found = read({"daily": {"time": days, "temperature_2m_max": [31.0, 32.0, 33.0], "weather_code": [3]}})

    assert [(day.high, day.code, day.rain_mm) for day in found.coming] == [
        (31.0, 3, None),
        (32.0, None, None),
        (33.0, None, None),
    ]


@pytest.mark.parametrize(
    ("times", "highs", "expected"),
    [
        pytest.param([1, 0], [31, 30], [(0, 30), (1, 31)], id="out of order"),
        pytest.param([0, 0, 1], [30, 39, 31], [(0, 30), (1, 31)], id="a day twice: the first"),
        pytest.param([0, 0, 1], [None, 39, 31], [(0, 39), (1, 31)], id="a day twice: the first that says something"),
        pytest.param([0, 1], [30, None], [(0, 30)], id="a day without a value"),
        pytest.param([0, 1], [None, 31], [(1, 31)], id="today without a value"),
        pytest.param([0, 400, -400], [30, 31, 32], [(0, 30)], id="dates beyond what the service has"),
    ],
)
def test_days_are_sorted_and_unique(
    times: list[int], highs: list[int | None], expected: list[tuple[int, float]]
) -> None:
    written = [(TODAY + timedelta(days=away)).isoformat() for away in times]

    found = read({"daily": {"time": written, "temperature_2m_max": highs}})

    assert [((day.date - TODAY).days, day.high) for day in found.coming] == expected
    assert found.past == ()


def test_times_that_are_no_dates_are_left_out() -> None:
    times = ["2026-13-01", "", None, 1_795_305_600, "2026-11-22T00:00", ["2026-11-22"], TODAY.isoformat()]

    found = read({"daily": {"time": times, "temperature_2m_max": [1, 2, 3, 4, 5, 6, 7]}})

    assert [(day.date, day.high) for day in found.coming] == [(TODAY, 7.0)]


def test_the_days_are_divided_by_today_not_by_the_service(service: FakeOpenMeteo, client: httpx.Client) -> None:
    service.forward(days=-1)

    found = fetch(client, service.url, **TRAN_DE, today=TODAY, now=NOW)

    assert (len(found.past), len(found.coming)) == (8, 6)
    assert found.coming[0].date == TODAY


# Failures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="broken"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(PORTAL, id="the page of a network that wants a login"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="no place"),
        pytest.param(b"[[]]", id="a place that is an array"),
        pytest.param(b"{}", id="nothing in it"),
        pytest.param(b'{"daily": []}', id="days that are an array"),
        pytest.param(b'{"daily": {"time": "2026-11-22"}}', id="times that are a string"),
        pytest.param(b'{"daily": {"time": ["2026-11-22"]}}', id="a day without a value"),
        pytest.param(b'{"daily": {"time": ["2026-11-21"], "weather_code": [3]}}', id="the past alone"),
        pytest.param(b"[" * 100_000, id="deeper than can be read"),
        pytest.param(b'{"latitude": ' + b"9" * 5_000 + b"}", id="a number longer than can be read"),
        pytest.param(b" " * 1_000_001, id="an answer without end"),
    ],
)
def test_what_is_no_forecast_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_a_body_that_does_not_unpack_is_unreadable() -> None:
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"})
    )

    with httpx.Client(transport=transport) as client, pytest.raises(Unreadable):
        fetch(client, "http://weather.test", **TRAN_DE, today=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(400, (FIXTURES / "open_meteo_error.json").read_bytes(), "Cannot initialize", id="captured"),
        pytest.param(200, b'{"error": true, "reason": "No data"}', "No data", id="an error with status 200"),
        pytest.param(200, b'{"error": true}', "an error without a reason", id="nor a reason"),
        pytest.param(400, b"", "HTTP 400", id="without a body"),
        pytest.param(400, b'{"reason": 7}', "HTTP 400", id="with a number for a reason"),
        pytest.param(401, b"[]", "HTTP 401", id="a key is missing"),
        pytest.param(404, PORTAL, "HTTP 404", id="not this service"),
        pytest.param(301, b"", "HTTP 301", id="moved"),
    ],
)
def test_a_refusal_says_why(status: int, body: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(body, status=status)

    assert refused.value.reason.startswith(reason)


def test_a_long_reason_is_cut() -> None:
    with pytest.raises(Refused) as refused:
        read({"error": True, "reason": "x" * 10_000}, status=400)

    assert len(refused.value.reason) == 200


@pytest.mark.parametrize("address", ["", "weather.test", "ftp://weather.test", "http://[::1", "http://a\nb"])
def test_an_address_that_is_none_is_refused(client: httpx.Client, address: str) -> None:
    with pytest.raises(Refused):
        fetch(client, address, **TRAN_DE, today=TODAY, now=NOW, wait=_never)


@pytest.mark.parametrize(
    ("fault", "now", "after"),
    [
        pytest.param("minutely", NOW, timedelta(minutes=1), id="a minute"),
        pytest.param("crowded", NOW, timedelta(minutes=1), id="too many at once"),
        pytest.param("hourly", NOW, timedelta(hours=1), id="an hour"),
        pytest.param("daily", NOW, timedelta(hours=21, minutes=1), id="a day, from ten in the morning"),
        pytest.param(
            "daily", datetime(2026, 11, 23, 6, 30, tzinfo=HANOI), timedelta(minutes=31), id="a day, before seven"
        ),
    ],
)
def test_a_limit_says_how_long_it_lasts(
    service: FakeOpenMeteo, client: httpx.Client, fault: Any, now: datetime, after: timedelta
) -> None:
    service.faults.append(fault)

    with pytest.raises(TooMany) as too_many:
        fetch(client, service.url, **TRAN_DE, today=TODAY, now=now, wait=_never)

    assert too_many.value.retry_after == after


def test_a_limit_without_words_lasts_a_minute() -> None:
    with pytest.raises(TooMany) as too_many:
        read(b"", status=429)

    assert too_many.value.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize("fault", ["http_500", "http_502", "drop"])
def test_a_failure_that_passes_is_not_noticed(service: FakeOpenMeteo, client: httpx.Client, fault: Any) -> None:
    service.faults += [fault, fault]
    waits: list[float] = []

    found = fetch(client, service.url, **TRAN_DE, today=TODAY, now=NOW, wait=waits.append)

    assert len(found.coming) == 7
    assert waits == [0.5, 2.0]
    assert service.calls == 3


@pytest.mark.parametrize("fault", ["http_500", "drop"])
def test_a_failure_that_stays_is_offline(service: FakeOpenMeteo, client: httpx.Client, fault: Any) -> None:
    service.faults += [fault] * 3
    waits: list[float] = []

    with pytest.raises(Offline):
        fetch(client, service.url, **TRAN_DE, today=TODAY, now=NOW, wait=waits.append)

    assert (len(waits), service.calls) == (2, 3)


def test_a_service_that_hangs_is_offline(service: FakeOpenMeteo) -> None:
    service.faults += ["hang"] * 3

    with httpx.Client(timeout=0.05, trust_env=False) as impatient, pytest.raises(Offline, match="ReadTimeout"):
        fetch(impatient, service.url, **TRAN_DE, today=TODAY, now=NOW, wait=lambda _: None)

    assert service.calls == 3


def test_no_service_is_offline(client: httpx.Client) -> None:
    with FakeOpenMeteo() as gone:
        address = gone.url

    with pytest.raises(Offline, match="ConnectError"):
        fetch(client, address, **TRAN_DE, today=TODAY, now=NOW, wait=lambda _: None)


@pytest.mark.parametrize("fault", ["refused", "minutely", "empty", "broken", "portal"])
def test_what_asking_again_does_not_mend_is_asked_once(
    service: FakeOpenMeteo, client: httpx.Client, fault: Any
) -> None:
    service.faults.append(fault)

    with pytest.raises((Refused, TooMany, Unreadable)):
        fetch(client, service.url, **TRAN_DE, today=TODAY, now=NOW, wait=_never)

    assert service.calls == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just(TODAY.isoformat()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
TIMES = st.lists(st.integers(-100, 100).map(lambda away: (TODAY + timedelta(days=away)).isoformat()) | ANYTHING)
DAILY = st.fixed_dictionaries(
    {"time": TIMES | ANYTHING},
    optional={name: st.lists(st.floats() | st.integers() | ANYTHING, max_size=8) | ANYTHING for name in VARIABLES},
)
ANSWERS = ANYTHING | st.fixed_dictionaries(
    {"daily": DAILY | ANYTHING},
    optional=dict.fromkeys(("latitude", "longitude", "error", "reason"), ANYTHING),
)


@given(answer=ANSWERS, status=st.sampled_from([200, 200, 200, 301, 400, 404, 429, 500]))
def test_any_answer_gives_a_forecast_or_a_forecast_error(answer: Any, status: int) -> None:
    try:
        found = read(json.dumps(answer).encode(), status=status)
    except ForecastError:
        return

    assert found.coming


VALUES = st.none() | st.integers(-50, 100_000) | st.floats() | st.sampled_from([0, 3, 95, 30.5, "30", True])
WEEKS = st.fixed_dictionaries(
    {"time": st.lists(st.integers(-9, 9).map(lambda away: (TODAY + timedelta(days=away)).isoformat()), max_size=14)},
    optional={name: st.lists(VALUES, max_size=14) for name in VARIABLES},
)


@given(daily=WEEKS)
def test_any_days_are_put_in_order_and_come_back_from_the_store(daily: dict[str, Any]) -> None:
    daily["time"].append(TODAY.isoformat())
    daily["temperature_2m_mean"] = [27.0] * len(daily["time"])

    found = read({"daily": daily})

    days = [day.date for day in (*found.past, *found.coming)]
    assert days == sorted(set(map(date.fromisoformat, daily["time"])))
    assert all(day.date < TODAY for day in found.past)
    assert found.coming[0].date == TODAY
    assert from_json(to_json(found)) == found


@given(body=st.binary(max_size=64))
def test_any_bytes_are_unreadable_or_worse(body: bytes) -> None:
    with pytest.raises(ForecastError):
        read(body)


# Stored ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [NOW, NOW.astimezone(HANOI)], ids=["UTC", "Vietnam"])
def test_a_stored_forecast_comes_back_as_it_was(service: FakeOpenMeteo, client: httpx.Client, now: datetime) -> None:
    service.days[TODAY] = {"temperature_2m_max": None, "et0_fao_evapotranspiration": 0.1 + 0.2}
    found = fetch(client, service.url, **TRAN_DE, today=TODAY, now=now)

    again = from_json(to_json(found))

    assert again == found
    assert again.fetched_at.utcoffset() == now.utcoffset()


@pytest.mark.parametrize("text", ["", "null", "{}", "[]", '{"latitude": 9.5}', "[" * 10_000])
def test_anything_else_that_was_stored_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        from_json(text)


def test_the_same_days_are_divided_anew_on_another_day() -> None:
    days = tuple(Day(TODAY + timedelta(days=away), high=30.0) for away in range(-1, 2))
    seen_today = Forecast(9.5, 106.25, past=days[:1], coming=days[1:], fetched_at=NOW)

    tomorrow = seen_from(seen_today, TODAY + timedelta(days=1))

    assert (tomorrow.past, tomorrow.coming) == (days[:2], days[2:])
    assert seen_from(tomorrow, TODAY) == seen_today


# Kept --------------------------------------------------------------------------------------------------------


def _never(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} seconds")


@pytest.fixture
def forecasts(service: FakeOpenMeteo, client: httpx.Client) -> Forecasts:
    return Forecasts(client, service.url, wait=lambda _: None)


def asked(forecasts: Forecasts, now: datetime = NOW, *, latitude: float = 9.53, longitude: float = 106.2) -> Forecast:
    return forecasts.get(latitude=latitude, longitude=longitude, today=now.astimezone(HANOI).date(), now=now)


def test_a_place_is_asked_for_once_an_hour(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    first = asked(forecasts)

    assert asked(forecasts, NOW + timedelta(minutes=59)) == first
    assert service.calls == 1
    assert asked(forecasts, NOW + timedelta(minutes=60)).fetched_at == NOW + timedelta(minutes=60)
    assert service.calls == 2


@pytest.mark.parametrize(
    ("place", "calls"),
    [
        pytest.param(Place(latitude=9.5349, longitude=106.1951), 1, id="the same kilometre"),
        pytest.param(Place(latitude=9.54, longitude=106.2), 2, id="the next one"),
    ],
)
def test_a_place_is_a_kilometre(service: FakeOpenMeteo, forecasts: Forecasts, place: Place, calls: int) -> None:
    asked(forecasts)

    asked(forecasts, **place)

    assert service.calls == calls
    assert service.asked[0]["latitude"] == "9.53"


def test_a_new_day_is_asked_for_at_once(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    late = datetime(2026, 11, 22, 23, 50, tzinfo=HANOI)
    asked(forecasts, late)
    service.forward(days=1)

    found = asked(forecasts, late + timedelta(minutes=20))

    assert service.calls == 2
    assert [found.coming[0].date, found.coming[-1].date] == [date(2026, 11, 23), date(2026, 11, 29)]


@pytest.mark.parametrize("fault", ["http_500", "refused", "hourly", "broken", "drop"])
def test_while_the_service_fails_the_last_forecast_of_the_place_is_given(
    service: FakeOpenMeteo, forecasts: Forecasts, fault: Any
) -> None:
    asked(forecasts)
    service.faults += [fault] * 3

    found = asked(forecasts, NOW + timedelta(hours=24))

    assert found.fetched_at == NOW
    assert [found.coming[0].date, len(found.coming), len(found.past)] == [TODAY + timedelta(days=1), 6, 8]


def test_a_forecast_older_than_a_day_is_not_given(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    asked(forecasts)
    service.faults += ["http_500"] * 3

    with pytest.raises(Offline):
        asked(forecasts, NOW + timedelta(hours=24, seconds=1))


def test_the_forecast_of_another_place_is_not_given(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    asked(forecasts)
    service.faults += ["http_500"] * 3

    with pytest.raises(Offline):
        asked(forecasts, latitude=21.0, longitude=105.8)


def test_a_service_that_works_again_is_asked_again(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    service.faults += ["http_500"] * 3
    with pytest.raises(Offline):
        asked(forecasts)

    assert asked(forecasts).fetched_at == NOW


def test_after_a_limit_no_place_is_asked_for_until_it_ends(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    asked(forecasts)
    service.faults.append("hourly")
    with pytest.raises(TooMany):
        asked(forecasts, latitude=21.0)

    with pytest.raises(TooMany) as too_many:
        asked(forecasts, NOW + timedelta(minutes=40), latitude=16.0)
    assert too_many.value.retry_after == timedelta(minutes=20)
    assert asked(forecasts, NOW + timedelta(minutes=59)).fetched_at == NOW
    assert service.calls == 2

    assert asked(forecasts, NOW + timedelta(minutes=60), latitude=21.0).coming
    assert service.calls == 3


def test_forecasts_that_nobody_may_get_any_more_are_dropped(forecasts: Forecasts) -> None:
    asked(forecasts)

    asked(forecasts, NOW + timedelta(hours=25), latitude=21.0)

    assert list(forecasts._kept) == [(21.0, 106.2)]


def test_many_threads_ask_once(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: asked(forecasts), range(16)))

    assert service.calls == 1
    assert len(set(map(id, found))) == 1


def test_a_place_that_hangs_does_not_hold_up_others(service: FakeOpenMeteo, forecasts: Forecasts) -> None:
    other = _latitude_with_another_lock()
    asked(forecasts, latitude=other)
    service.faults.append("hang")
    hanging = threading.Thread(target=lambda: _swallow(lambda: asked(forecasts)))
    hanging.start()

    found = asked(forecasts, NOW + timedelta(minutes=1), latitude=other)

    assert found.fetched_at == NOW
    service.released.set()
    hanging.join()


def _latitude_with_another_lock() -> float:
    locks, longitude = forecasting._LOCKS, TRAN_DE["longitude"]
    taken = hash((TRAN_DE["latitude"], longitude)) % locks
    latitudes = (round(10 + step / 100, 2) for step in range(1_000))
    return next(one for one in latitudes if hash((one, longitude)) % locks != taken)


def _swallow(call: Callable[[], object]) -> None:
    try:
        call()
    except ForecastError:
        return
