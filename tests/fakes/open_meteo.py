"""Open-Meteo's forecast API as a real HTTP server in a thread of its own, for tests and demonstrations.

By hand, with muadam's weather service set to its address: `python -m tests.fakes.open_meteo --port 9002`; see --help.
Shapes and sentences of errors are those of the documentation (https://open-meteo.com/en/docs) and of the service's
published code; written anew here, apart from bulletins/forecast.py, so that a slip there does not hide itself.
"""

import argparse
import json
import sys
from collections import deque
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Literal, get_args
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

#: What can befall a call; "ok" lets one pass, to get at the next.
Fault = Literal[
    "ok", "refused", "minutely", "hourly", "daily", "crowded", "http_500", "http_502", "empty", "broken", "portal",
    "hang", "drop", "array",
]  # fmt: skip

LIMITS = {
    "minutely": "Minutely API request limit exceeded. Please try again in one minute.",
    "hourly": "Hourly API request limit exceeded. Please try again in the next hour.",
    "daily": "Daily API request limit exceeded. Please try again tomorrow.",
    "crowded": "Too many concurrent requests",
}

#: Every daily variable that the service takes, with its unit.
UNITS = {
    "weather_code": "wmo code",
    "temperature_2m_max": "°C",
    "temperature_2m_min": "°C",
    "temperature_2m_mean": "°C",
    "apparent_temperature_max": "°C",
    "apparent_temperature_min": "°C",
    "precipitation_sum": "mm",
    "rain_sum": "mm",
    "showers_sum": "mm",
    "precipitation_hours": "h",
    "precipitation_probability_max": "%",
    "relative_humidity_2m_max": "%",
    "relative_humidity_2m_mean": "%",
    "relative_humidity_2m_min": "%",
    "wind_speed_10m_max": "km/h",
    "wind_gusts_10m_max": "km/h",
    "wind_direction_10m_dominant": "°",
    "sunshine_duration": "s",
    "daylight_duration": "s",
    "sunrise": "iso8601",
    "sunset": "iso8601",
    "uv_index_max": "",
    "shortwave_radiation_sum": "MJ/m²",
    "et0_fao_evapotranspiration": "mm",
}

_COLUMNS = (
    "weather_code", "temperature_2m_max", "temperature_2m_min", "temperature_2m_mean", "precipitation_sum",
    "precipitation_probability_max", "relative_humidity_2m_mean", "wind_speed_10m_max", "wind_gusts_10m_max",
    "wind_direction_10m_dominant", "sunshine_duration", "et0_fao_evapotranspiration",
)  # fmt: skip
#: Days of a rainy season in the south; a date has always the same one, and they come round again.
_WEATHER = (
    (2, 33.4, 25.1, 28.6, 0.0, 12, 74, 14.2, 27.4, 225, 32_400.0, 4.61),
    (80, 32.8, 25.0, 28.1, 4.2, 48, 79, 15.8, 31.0, 234, 25_200.5, 4.02),
    (61, 31.9, 24.7, 27.4, 16.0, 63, 84, 13.0, 28.8, 240, 14_400.0, 3.15),
    (95, 31.2, 24.3, 26.9, 38.6, 85, 88, 18.4, 44.6, 251, 9_000.0, 2.58),
    (82, 29.6, 24.0, 26.0, 61.3, 96, 92, 22.7, 52.2, 246, 3_600.0, 1.74),
    (65, 30.3, 24.1, 26.4, 22.9, 78, 90, 19.1, 40.3, 238, 7_200.0, 2.21),
    (3, 32.1, 24.6, 27.8, 0.3, 25, 81, 12.6, 25.2, 217, 23_400.0, 3.76),
    (0, 35.6, 25.8, 30.2, 0.0, 3, 66, 11.2, 21.6, 190, 37_800.0, 5.43),
    (1, 34.5, 25.5, 29.5, 0.0, 8, 69, 12.1, 23.0, 204, 36_000.0, 5.12),
)


class FakeOpenMeteo:
    """`with FakeOpenMeteo() as service:` gives a server at `service.url`. Its clock is `today`.

    `days` overrides values of a date, in the service's names; None is its null. `today` None: the real day.
    """

    def __init__(self, *, today: date | None = date(2026, 11, 22)) -> None:
        self.today = today
        self.days: dict[date, dict[str, Any]] = {}
        #: What befalls the next calls, in order.
        self.faults: deque[Fault] = deque()
        #: The parameters of every call, in order, also of those that something befell.
        self.asked: list[dict[str, str]] = []
        self.url = ""
        self.released = Event()
        self._server: ThreadingHTTPServer | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> "FakeOpenMeteo":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def calls(self) -> int:
        return len(self.asked)

    def start(self, port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let go of every call that hangs, and end."""
        self.released.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def forward(self, *, days: int) -> None:
        """Move the clock."""
        assert self.today is not None, "the real clock cannot be moved"
        self.today += timedelta(days=days)

    def weather(self, day: date) -> dict[str, Any]:
        """What the service knows of a day."""
        return dict(zip(_COLUMNS, _WEATHER[day.toordinal() % len(_WEATHER)], strict=True)) | self.days.get(day, {})

    def answer(self, path: str, parameters: dict[str, str]) -> tuple[int, Any]:
        """Status and JSON of a call that nothing befalls."""
        if path != "/v1/forecast":
            return 404, refusal("Not Found")
        reason = _objection(parameters)
        if reason:
            return 400, refusal(reason)
        places = zip(parameters["latitude"].split(","), parameters["longitude"].split(","), strict=True)
        found = [self._forecast(float(latitude), float(longitude), parameters) for latitude, longitude in places]
        return 200, found[0] if len(found) == 1 else found

    def _forecast(self, latitude: float, longitude: float, parameters: Mapping[str, str]) -> dict[str, Any]:
        zone = ZoneInfo(parameters["timezone"])
        now = datetime.now(zone)
        today = self.today or now.date()
        past, coming = int(parameters.get("past_days", 0)), int(parameters.get("forecast_days", 7))
        days = [today + timedelta(days=away) for away in range(-past, coming)]
        names = parameters.get("daily", "").split(",") if parameters.get("daily") else []
        return {
            # The nearest point of its grid, which is an eighth of a degree wide.
            "latitude": round(latitude * 8) / 8,
            "longitude": round(longitude * 8) / 8,
            "generationtime_ms": 0.41,
            "utc_offset_seconds": int((now.utcoffset() or timedelta()).total_seconds()),
            "timezone": zone.key,
            "timezone_abbreviation": f"GMT{now:%z}"[:6],
            "elevation": 3.0,
            "daily_units": {"time": "iso8601"} | {name: UNITS[name] for name in names},
            "daily": {"time": [day.isoformat() for day in days]}
            | {name: [self.weather(day).get(name) for day in days] for name in names},
        }


def refusal(reason: str) -> dict[str, Any]:
    return {"error": True, "reason": reason}


def _objection(parameters: Mapping[str, str]) -> str:
    """Why the service would answer 400; empty when it would not."""
    places = [parameters.get(name, "").split(",") for name in ("latitude", "longitude")]
    if len(places[0]) != len(places[1]):
        return "Parameter 'latitude' and 'longitude' must have the same number of elements"
    for name, given, most in zip(("Latitude", "Longitude"), places, (90, 180), strict=True):
        for one in given:
            if not _is_number(one) or not -most <= float(one) <= most:
                return f"{name} must be in range of -{most} to {most}°. Given: {one}."
    if not parameters.get("timezone"):
        return "Timezone is required"
    try:
        ZoneInfo(parameters["timezone"])
    except (ValueError, LookupError):
        return "Invalid timezone"
    for name in filter(None, parameters.get("daily", "").split(",")):
        if name not in UNITS:
            return f"Cannot initialize ForecastVariableDaily from invalid String value {name} for key daily"
    for name, words, most in (("past_days", "Past", 92), ("forecast_days", "Forecast", 16)):
        given_days = parameters.get(name, "0")
        if not given_days.isdecimal() or int(given_days) > most:
            return f"{words} days is invalid. Allowed range 0 to {most}. Given {given_days}."
    return ""


def _is_number(written: str) -> bool:
    try:
        float(written)
    except ValueError:
        return False
    return True


class _Server(ThreadingHTTPServer):
    block_on_close = False  # a call that hangs does not keep a test

    def __init__(self, address: tuple[str, int], fake: FakeOpenMeteo) -> None:
        self.fake = fake
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        fake, address = self.server.fake, urlsplit(self.path)
        parameters = {name: found[-1] for name, found in parse_qs(address.query).items()}
        fake.asked.append(parameters)
        fault = fake.faults.popleft() if fake.faults else "ok"
        status, answer = fake.answer(address.path, parameters)
        match fault:
            case "ok":
                self._reply(status, json.dumps(answer).encode())
            case "array":
                self._reply(status, json.dumps([answer]).encode())
            case "refused":
                self._reply(400, json.dumps(refusal("No data is available for this location")).encode())
            case "http_500" | "http_502":
                self._reply(int(fault.removeprefix("http_")), b"<html>Bad Gateway</html>", kind="text/html")
            case "empty":
                self._reply(200, b"")
            case "broken":
                self._reply(200, json.dumps(answer).encode()[:-40])
            case "portal":
                self._reply(200, b"<html>Please log in to the network</html>", kind="text/html")
            case "hang":
                fake.released.wait()
            case "drop":
                pass  # the connection closes without a word
            case _:
                self._reply(429, json.dumps(refusal(LIMITS[fault])).encode())

    def _reply(self, status: int, body: bytes, *, kind: str = "application/json; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the standard library's
        """Nothing: tests and demonstrations have their own output."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.open_meteo", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=9002)
    parser.add_argument(
        "--today", type=date.fromisoformat, help="the day it believes in, 2026-11-22; else the real one"
    )
    parser.add_argument(
        "--fault", action="append", default=[], choices=get_args(Fault), help="befalls the next call; may be repeated"
    )
    arguments = parser.parse_args()
    service = FakeOpenMeteo(today=arguments.today)
    service.faults.extend(arguments.fault)
    service.start(arguments.port)
    print(f"fake Open-Meteo at {service.url}", flush=True)
    try:
        Event().wait()
    except KeyboardInterrupt:
        service.stop()


if __name__ == "__main__":
    main()
