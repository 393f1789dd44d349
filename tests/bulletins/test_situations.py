"""Situations for advice: every threshold on both sides, numbers that are missing, and which advice fits."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

import pytest

from bulletins import situations as module
from bulletins.forecast import Day, Forecast
from bulletins.situations import advice_for, situations
from lessons.crops import Crops, Situation
from tests.conftest import NOW, TODAY

Row = dict[str, Any]


def forecast(coming: Sequence[Row], past: Sequence[Row] = ()) -> Forecast:
    return Forecast(
        latitude=9.5,
        longitude=106.2,
        past=tuple(Day(TODAY + timedelta(days=at - len(past)), **row) for at, row in enumerate(past)),
        coming=tuple(Day(TODAY + timedelta(days=at), **row) for at, row in enumerate(coming)),
        fetched_at=NOW,
    )


def rain(*amounts: float | None) -> list[Row]:
    return [{"rain_mm": mm} for mm in amounts]


SUN, WET = {"sunshine_hours": 8.0, "rain_mm": 0.0}, {"sunshine_hours": 1.0, "rain_mm": 9.0}
BOTH, DULL = {"sunshine_hours": 6.0, "rain_mm": 0.6}, {"sunshine_hours": 2.0, "rain_mm": 0.0}


@pytest.mark.parametrize(
    ("coming", "expected"),
    [
        pytest.param([], set(), id="no day"),
        pytest.param([{}] * 7, set(), id="nothing known"),
        pytest.param(rain(0.6, 0.6, 0, 0, 0.6), {"long_rain"}, id="three days of rain"),
        pytest.param(rain(9, 9, 0, 0, 0.5), set(), id="two days of rain and a drop"),
        pytest.param(rain(9, 9, None, None), set(), id="two days of rain and two unknown"),
        pytest.param(rain(None, 9, 9, 9), {"long_rain"}, id="an unknown day hides no rain"),
        pytest.param(rain(50.0), set(), id="50 mm"),
        pytest.param(rain(50.1), {"heavy_rain"}, id="above 50 mm"),
        pytest.param(rain(100.0), {"heavy_rain"}, id="100 mm"),
        pytest.param(rain(100.1), {"heavy_rain", "very_heavy_rain"}, id="above 100 mm"),
        pytest.param([SUN, WET, SUN], {"sun_and_rain"}, id="sun, rain, sun"),
        pytest.param([SUN, SUN, WET, WET], set(), id="first sun, then rain"),
        pytest.param([SUN, DULL, WET, DULL, SUN], {"sun_and_rain"}, id="dull days between"),
        pytest.param([BOTH, BOTH], {"sun_and_rain"}, id="both within a day, twice"),
        pytest.param([BOTH, SUN], set(), id="both within a day, once"),
        pytest.param([{"code": 0}, WET, {"code": 2}], {"sun_and_rain"}, id="sun known by its code"),
        pytest.param([{"code": 45, "low": 22.0}], {"cold_nights_fog"}, id="fog in a cold night"),
        pytest.param([{"code": 48, "low": 22.1}], set(), id="fog in a warm night"),
        pytest.param([{"code": 45}], set(), id="fog, the night unknown"),
        pytest.param([{"code": 45}, {"low": 15.0}], set(), id="fog on another day"),
        pytest.param([{"mean": 15.1}], set(), id="cool"),
        pytest.param([{"mean": 15.0}], {"cold"}, id="15 degrees"),
        pytest.param([{"mean": 13.0}], {"cold"}, id="13 degrees"),
        pytest.param([{"mean": 12.9}], {"severe_cold"}, id="below 13 degrees"),
        pytest.param([{"mean": 12.0}, {"mean": 14.0}], {"severe_cold", "cold"}, id="days of both"),
        pytest.param([{"low": 5.0, "high": 20.0}], set(), id="the lowest is not the mean"),
        pytest.param([{"high": 35.0}], set(), id="35 degrees"),
        pytest.param([{"high": 35.1}], {"hot"}, id="above 35 degrees"),
        pytest.param([{"high": 36.9}], {"hot"}, id="below 37 degrees"),
        pytest.param([{"high": 37.0}], {"hot", "very_hot"}, id="37 degrees"),
        pytest.param([{"high": 39.0}], {"hot", "very_hot"}, id="39 degrees"),
        pytest.param([{"gust_kmh": 38.0}], set(), id="gusts of level 5"),
        pytest.param([{"gust_kmh": 39.0}], {"wind"}, id="gusts of level 6"),
        pytest.param([{"wind_kmh": 60.0}], set(), id="wind that is no gust"),
        pytest.param([{"code": 95}], {"thunder"}, id="thunder"),
        pytest.param([{"code": 96}], {"thunder"}, id="thunder, hail by the code"),
        pytest.param([{"code": 99}], {"thunder"}, id="thunder, much hail by the code"),
        pytest.param([{"code": 82}], set(), id="showers without thunder"),
    ],
)
def test_weather_to_come_brings_about_its_situations(coming: list[Row], expected: set[Situation]) -> None:
    assert situations(forecast(coming)) == expected


@pytest.mark.parametrize(
    ("past", "coming", "is_dry"),
    [
        pytest.param(rain(*[0] * 7), rain(*[0.5] * 7), True, id="nothing of note"),
        pytest.param(rain(*[0] * 7), rain(0, 0, 0, 0, 0, 0, 0.6), False, id="rain to come"),
        pytest.param(rain(0.6, 0, 0, 0, 0, 0, 0), rain(*[0] * 7), False, id="rain a week ago"),
        pytest.param(rain(*[0] * 5, None, None), rain(*[0] * 5, None, None), True, id="five known days each"),
        pytest.param(rain(*[0] * 4, None, None, None), rain(*[0] * 7), False, id="too little known of the past"),
        pytest.param(rain(*[0] * 7), rain(*[0] * 4), False, id="too little known of what comes"),
        pytest.param([], [], False, id="nothing known"),
    ],
)
def test_a_drought_is_known_by_two_dry_weeks(past: list[Row], coming: list[Row], is_dry: bool) -> None:
    assert ("dry" in situations(forecast(coming, past))) is is_dry


def test_weather_of_the_past_week_brings_nothing_about() -> None:
    grave = {"rain_mm": 120.0, "high": 40.0, "mean": 10.0, "gust_kmh": 90.0, "code": 95}

    assert situations(forecast([{"rain_mm": 0.0}], [grave] * 7)) == frozenset()


def test_every_situation_has_its_place_in_the_order() -> None:
    assert sorted(module._NEAREST) == sorted(get_args(Situation))


CROPS: list[Row] = [
    {
        "id": "lua",
        "name": "lúa",
        "label": "Lúa",
        "stages": [{"id": "sa", "name": "sạ"}, {"id": "chin", "name": "chín"}],
    },
    {"id": "tom", "name": "tôm", "label": "Tôm"},
]


def catalogue(*advice: Row) -> Crops:
    common = {"kind": "task", "text": "Thăm ruộng.", "source": "Đài", "trust": "medium", "checked_on": TODAY}
    return Crops.model_validate({"crops": CROPS, "advice": [common | one for one in advice]})


def ids(
    rows: Crops,
    now: set[Situation],
    *,
    crops: tuple[str, ...] = (),
    stages: Mapping[str, str] | None = None,
    limit: int = 8,
) -> list[str]:
    found = advice_for(now, crops=crops, stages=stages or {}, catalogue=rows, limit=limit)
    return [one.id for one in found]


FITTING = catalogue(
    {"id": "lua-chin", "crops": ["lua"], "stages": ["chin"], "when": "long_rain"},
    {"id": "lua-sa", "crops": ["lua"], "stages": ["sa"], "when": "long_rain"},
    {"id": "lua-tat-ca", "crops": ["lua"], "when": "long_rain"},
    {"id": "tom-mua", "crops": ["tom"], "when": "long_rain"},
    {"id": "moi-nguoi", "when": "long_rain"},
    {"id": "tom-lua", "crops": ["tom", "lua"], "stages": ["sa"], "when": "long_rain"},
)


@pytest.mark.parametrize(
    ("crops", "stages", "expected"),
    [
        pytest.param(("lua",), {"lua": "chin"}, ["lua-chin", "lua-tat-ca", "moi-nguoi"], id="a stage that is known"),
        pytest.param(
            ("lua",), {}, ["lua-chin", "lua-sa", "lua-tat-ca", "moi-nguoi", "tom-lua"], id="a stage that is not known"
        ),
        pytest.param(("tom",), {"lua": "chin"}, ["tom-mua", "moi-nguoi", "tom-lua"], id="another crop's stage"),
        pytest.param(
            (), {"lua": "sa"}, ["lua-sa", "tom-lua", "lua-tat-ca", "tom-mua", "moi-nguoi"], id="for everybody"
        ),
        pytest.param(("hanh",), {}, ["moi-nguoi"], id="a crop that nobody knows"),
    ],
)
def test_advice_fits_crops_and_stages(crops: tuple[str, ...], stages: dict[str, str], expected: list[str]) -> None:
    assert ids(FITTING, {"long_rain"}, crops=crops, stages=stages) == expected


def test_advice_for_other_weather_does_not_fit() -> None:
    assert ids(FITTING, {"dry", "always"}) == []


def test_the_grave_comes_before_the_mild_and_the_trusted_before_the_rest() -> None:
    rows = catalogue(
        {"id": "luon-luon", "when": "always"},
        {"id": "mua-lau", "when": "long_rain", "trust": "low"},
        {"id": "mua-lau-tin", "when": "long_rain", "trust": "high"},
        {"id": "mua-to", "when": "very_heavy_rain", "trust": "low"},
    )

    found = ids(rows, {"always", "long_rain", "very_heavy_rain"})

    assert found == ["mua-to", "mua-lau-tin", "mua-lau", "luon-luon"]


def test_much_advice_on_one_thing_leaves_room_for_the_rest() -> None:
    rows = catalogue(
        *({"id": f"man-{number}", "when": "salinity"} for number in range(9)),
        {"id": "man-sau", "when": "salinity", "kind": "pest"},
        {"id": "dong", "when": "thunder"},
    )

    found = ids(rows, {"salinity", "thunder"}, limit=4)

    assert found == ["man-0", "man-1", "man-sau", "dong"]


def test_advice_that_no_bulletin_can_hold_is_left_out() -> None:
    rows = catalogue(
        {"id": "dai", "when": "always", "text": "a" * 601}, {"id": "nguon-dai", "when": "always", "source": "a" * 601}
    )

    assert ids(rows, {"always"}) == []
