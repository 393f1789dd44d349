"""The fake Open-Meteo itself: it answers and objects as the service's documentation says."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from bulletins.forecast import VARIABLES
from tests.conftest import ROOT, TODAY
from tests.fakes.open_meteo import UNITS, FakeOpenMeteo

QUESTION = {
    "latitude": "9.53",
    "longitude": "106.2",
    "daily": "weather_code,temperature_2m_max",
    "timezone": "Asia/Ho_Chi_Minh",
}


@pytest.fixture
def service() -> Iterator[FakeOpenMeteo]:
    with FakeOpenMeteo(today=TODAY) as running:
        yield running


def ask(service: FakeOpenMeteo, path: str = "/v1/forecast", /, **changed: str | None) -> httpx.Response:
    parameters = {name: value for name, value in (QUESTION | changed).items() if value is not None}
    return httpx.get(service.url + path, params=parameters, timeout=5.0, trust_env=False)


def test_it_answers_in_the_published_shape(service: FakeOpenMeteo) -> None:
    answer = ask(service, forecast_days="2", past_days="1").json()

    assert answer.pop("generationtime_ms") > 0
    assert answer == {
        "latitude": 9.5,
        "longitude": 106.25,
        "utc_offset_seconds": 25_200,
        "timezone": "Asia/Ho_Chi_Minh",
        "timezone_abbreviation": "GMT+07",
        "elevation": 3.0,
        "daily_units": {"time": "iso8601", "weather_code": "wmo code", "temperature_2m_max": "°C"},
        "daily": {
            "time": ["2026-11-21", "2026-11-22", "2026-11-23"],
            "weather_code": [service.weather(TODAY + timedelta(days=away))["weather_code"] for away in (-1, 0, 1)],
            "temperature_2m_max": [
                service.weather(TODAY + timedelta(days=away))["temperature_2m_max"] for away in (-1, 0, 1)
            ],
        },
    }


def test_several_places_are_answered_with_an_array(service: FakeOpenMeteo) -> None:
    answer = ask(service, latitude="9.53,21.0", longitude="106.2,105.8").json()

    assert [place["latitude"] for place in answer] == [9.5, 21.0]


def test_its_days_move_and_can_be_told(service: FakeOpenMeteo) -> None:
    service.days[date(2026, 11, 29)] = {"weather_code": 95, "temperature_2m_max": None}
    service.forward(days=7)

    daily = ask(service, forecast_days="1").json()["daily"]

    assert daily == {"time": ["2026-11-29"], "weather_code": [95], "temperature_2m_max": [None]}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"timezone": None}, "Timezone is required", id="no timezone"),
        pytest.param({"timezone": "Asia/Tran_De"}, "Invalid timezone", id="unknown timezone"),
        pytest.param(
            {"daily": "weather_code,tempeture_2m_max"}, "invalid String value tempeture_2m_max", id="variable"
        ),
        pytest.param({"latitude": None}, "Latitude must be in range", id="no latitude"),
        pytest.param({"latitude": "91"}, "Latitude must be in range", id="beyond the pole"),
        pytest.param({"longitude": "nan"}, "Longitude must be in range", id="no number"),
        pytest.param({"latitude": "9.5,10"}, "same number of elements", id="a place without its longitude"),
        pytest.param({"forecast_days": "17"}, "Forecast days is invalid", id="too far ahead"),
        pytest.param({"past_days": "93"}, "Past days is invalid", id="too far back"),
    ],
)
def test_a_wrong_question_is_refused_with_a_reason(
    service: FakeOpenMeteo, changed: dict[str, str | None], reason: str
) -> None:
    answer = ask(service, **changed)

    assert answer.status_code == 400
    assert answer.json()["error"] is True
    assert reason in answer.json()["reason"]


def test_another_address_is_not_found(service: FakeOpenMeteo) -> None:
    assert ask(service, "/v1/archive").status_code == 404


def test_it_knows_what_we_ask_for(service: FakeOpenMeteo) -> None:
    assert set(VARIABLES) <= set(UNITS)
    assert all(service.weather(TODAY)[name] is not None for name in VARIABLES)


def test_it_can_be_started_by_hand() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.fakes.open_meteo",
        "--port",
        "0",
        "--today",
        "2026-11-22",
        "--fault",
        "empty",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            answers = [
                httpx.get(f"{address}/v1/forecast", params=QUESTION, timeout=5.0, trust_env=False) for _ in range(2)
            ]
        finally:
            process.terminate()

    assert answers[0].content == b""
    assert answers[1].json()["daily"]["time"][0] == "2026-11-22"
