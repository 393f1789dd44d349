"""The draft: true sentences from what is known, silence about the rest, and suggestions that a member decides on."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins.content import Content, DayLine, Suggestion
from bulletins.drafting import (
    STAGES_ID,
    DraftError,
    Verdict,
    draft,
    is_settled,
    notices,
    settled,
    with_verdict,
)
from bulletins.forecast import CODES, VARIABLES, Day, Forecast
from bulletins.wording import Notice, notice_words
from lessons.crops import Crops, Situation
from tests.conftest import TODAY

Row = dict[str, Any]
FETCHED = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


def forecast(coming: Sequence[Row], past: Sequence[Row] = ()) -> Forecast:
    return Forecast(
        latitude=9.5,
        longitude=106.2,
        past=tuple(Day(TODAY + timedelta(days=at - len(past)), **row) for at, row in enumerate(past)),
        coming=tuple(Day(TODAY + timedelta(days=at), **row) for at, row in enumerate(coming)),
        fetched_at=FETCHED,
    )


def drafted(
    weather: Forecast | None,
    *,
    crops: tuple[str, ...] = (),
    stages: Mapping[str, str] | None = None,
    catalogue: Crops | None = None,
    today: date = TODAY,
    salinity: str = "",
) -> Content:
    return draft(
        weather,
        place="31",
        place_name="xã Tài Văn",
        crops=crops,
        stages=stages or {},
        catalogue=catalogue,
        today=today,
        ask="Cô Sáu, khuyến nông xã",
        member="Anh Tư",
        salinity=salinity,
    )


def rain(*amounts: float | None) -> list[Row]:
    return [{"rain_mm": mm} for mm in amounts]


RAINY: list[Row] = [
    {"code": 80, "high": 31.2, "low": 24.4, "mean": 27.0, "rain_mm": 4.0, "rain_chance": 55, "gust_kmh": 25.0},
    {"code": 95, "high": 30.6, "low": 24.0, "mean": 27.0, "rain_mm": 22.0, "rain_chance": 70, "gust_kmh": 30.0},
    {"code": 3, "high": 30.0, "low": 23.9, "mean": 27.0, "rain_mm": 0.0, "rain_chance": 10, "gust_kmh": 20.0},
    {"code": 61, "high": 29.0, "low": 23.4, "mean": 26.0, "rain_mm": 8.0, "rain_chance": 65, "gust_kmh": 30.0},
    {"code": 95, "high": 28.0, "low": 23.6, "mean": 25.0, "rain_mm": 61.5, "rain_chance": 92, "gust_kmh": 52.0},
    {"code": 2, "high": 32.0, "low": 23.9, "mean": 27.0, "rain_mm": 0.3, "rain_chance": 20, "gust_kmh": 20.0},
    {"code": 0, "high": 32.6, "low": 23.8, "mean": 27.0, "rain_mm": 0.0, "rain_chance": 5, "gust_kmh": 20.0},
]


def test_a_draft_of_a_rainy_week() -> None:
    past: list[Row] = [{"high": 31.6, "low": 23.2, "rain_mm": mm} for mm in (0, 3.2, 12, 62, 0.3, 51, 0)]
    coming = [day | {"wind_from": 45} for day in RAINY]

    content = drafted(forecast(coming, past), crops=("lua",))

    assert content.last_week.split("\n") == [
        "Tuần qua mưa khoảng 129 mm, nhiều nhất thứ Tư. Có 2 ngày mưa to.",
        "Cao nhất khoảng 32 độ, thấp nhất khoảng 23 độ.",
    ]
    assert content.week.split("\n") == [
        "Mưa nhiều nhất thứ Năm: mưa to, khoảng 62 mm.",
        "Thứ Năm gần như chắc có mưa.",
        "Cao nhất khoảng 33 độ, thấp nhất khoảng 23 độ.",
        "Gió Đông Bắc giật cấp 7 thứ Năm, khó đi ngược gió.",
    ]
    assert content.days[4] == DayLine(
        date=date(2026, 11, 26),
        sky="storm",
        high=28,
        low=24,
        rain_mm=62,
        chance=92,
        words="mưa to, có dông, gió giật cấp 7",
    )
    assert (content.first_day, content.last_day, content.issued_on) == (TODAY, date(2026, 11, 28), TODAY)
    assert content.data_line == (
        "Dữ liệu thời tiết: Open-Meteo.com (CC BY 4.0), đã làm tròn, lấy lúc 7 giờ 30 ngày 22/11/2026."
        " Có thể sai; xem thêm tin của Đài khí tượng."
    )
    assert content.fetched_at == FETCHED
    assert (content.place, content.place_name, content.crops) == ("31", "xã Tài Văn", ("lua",))
    assert (content.ask, content.approved_by) == ("Cô Sáu, khuyến nông xã", "Anh Tư")
    assert (content.season, content.pests, content.tasks, content.warning) == ("", "", (), None)


@pytest.mark.parametrize(
    ("coming", "lines"),
    [
        pytest.param([{}] * 7, [], id="nothing known"),
        pytest.param(rain(*[0] * 7), ["Những ngày tới không mưa."], id="no rain"),
        pytest.param(rain(0, 0, 0.3, 0, 0, 0, 0), ["Những ngày tới mưa không đáng kể."], id="a drop"),
        pytest.param(rain(0, 0, 0, 0, None, None, None), [], id="too little known to say that it does not rain"),
        pytest.param(
            rain(None, 5, None), ["Mưa nhiều nhất thứ Hai: mưa nhỏ, khoảng 5 mm."], id="rain is said, little known"
        ),
        pytest.param(
            rain(0, 9, 20, 9, 0),
            ["Mưa nhiều nhất thứ Ba: mưa vừa, khoảng 20 mm.", "Cả tuần mưa khoảng 38 mm, có 3 ngày mưa."],
            id="days of rain",
        ),
        pytest.param(
            [{"rain_mm": 0.0, "rain_chance": percent} for percent in (0, 10, 45, 20, 0)],
            ["Những ngày tới mưa không đáng kể.", "Thứ Ba có thể có mưa."],
            id="no rain, but a chance of it",
        ),
        pytest.param(
            [{"rain_mm": 0.0, "rain_chance": 29}] * 7, ["Những ngày tới không mưa."], id="no rain and little chance"
        ),
        pytest.param(
            [{"rain_mm": 3.0, "rain_chance": 20}],
            ["Mưa nhiều nhất Chủ nhật: mưa nhỏ, khoảng 3 mm.", "Chủ nhật ít khả năng có mưa."],
            id="rain that is not likely",
        ),
        pytest.param([{"high": 30.4}], ["Cao nhất khoảng 30 độ."], id="a high alone"),
        pytest.param([{"low": -1.5}], ["Thấp nhất khoảng âm 1 độ."], id="a low alone, below zero"),
        pytest.param(
            [{"high": high} for high in (36, 38.9, 37, 39, 34)],
            ["Cao nhất khoảng 39 độ.", "Nắng nóng đặc biệt gay gắt thứ Tư."],
            id="the gravest heat",
        ),
        pytest.param(
            [{"high": high} for high in (34, 36, 36, 35, 36)],
            ["Cao nhất khoảng 36 độ.", "Nắng nóng 3 ngày, từ thứ Hai."],
            id="days of heat",
        ),
        pytest.param(
            [{"mean": mean} for mean in (14, 12.9, 11, 15)], ["Rét hại thứ Hai và thứ Ba."], id="the gravest cold"
        ),
        pytest.param([{"code": 99}], ["Có dông Chủ nhật."], id="thunder"),
        pytest.param([{"gust_kmh": 28.4}], [], id="gusts of level 4"),
        pytest.param([{"gust_kmh": 29.0}], ["Gió giật cấp 5 Chủ nhật, cây nhỏ đu đưa."], id="gusts of level 5"),
        pytest.param([{"gust_kmh": 65.0}], ["Gió giật cấp 8 Chủ nhật."], id="gusts of level 8 are gusts, no more"),
        pytest.param(
            [{"wind_kmh": 40.0, "wind_from": 270}], ["Gió Tây cấp 6 Chủ nhật, cành lớn lay."], id="wind without gusts"
        ),
        pytest.param(
            [{"rain_mm": 60.0, "rain_chance": 90, "high": 36.0, "low": 26.0, "gust_kmh": 60.0, "code": 95}],
            [
                "Mưa nhiều nhất Chủ nhật: mưa to, khoảng 60 mm.",
                "Cao nhất khoảng 36 độ, thấp nhất khoảng 26 độ.",
                "Nắng nóng Chủ nhật.",
                "Gió giật cấp 7 Chủ nhật, khó đi ngược gió.",
            ],
            id="four sentences at most",
        ),
    ],
)
def test_the_week_to_come_in_sentences(coming: list[Row], lines: list[str]) -> None:
    assert drafted(forecast(coming)).week == "\n".join(lines)


@pytest.mark.parametrize(
    ("past", "lines"),
    [
        pytest.param([{}] * 7, [], id="nothing known"),
        pytest.param(rain(*[0] * 7), ["Tuần qua không mưa."], id="no rain"),
        pytest.param(rain(0, 0.5, 0, 0.5, 0), ["Tuần qua mưa không đáng kể."], id="drops"),
        pytest.param(rain(0, 0, 30), [], id="too little known for a sum"),
        pytest.param(rain(0, 0, 120), ["Có 1 ngày mưa rất to."], id="too little known, but much rain"),
        pytest.param(
            rain(120, 60, 0, 0, 0),
            ["Tuần qua mưa khoảng 180 mm, nhiều nhất thứ Ba. Có 1 ngày mưa rất to."],
            id="the gravest rain",
        ),
        pytest.param(
            [{"high": 37.5, "low": 25.0}, {"high": 36.0}],
            ["Cao nhất khoảng 38 độ, thấp nhất khoảng 25 độ. Có 1 ngày nắng nóng gay gắt."],
            id="heat",
        ),
        pytest.param(
            [{"low": 9.0, "mean": 12.0}, {"mean": 11.0}],
            ["Thấp nhất khoảng 9 độ. Có 2 ngày rét hại."],
            id="cold",
        ),
    ],
)
def test_the_week_behind_in_two_lines(past: list[Row], lines: list[str]) -> None:
    assert drafted(forecast([], past)).last_week == "\n".join(lines)


def test_without_a_forecast_the_weather_is_left_to_the_member() -> None:
    content = drafted(None)

    assert (content.last_week, content.week, content.days) == ("", "", ())
    assert (content.data_line, content.fetched_at) == ("", None)
    assert (content.first_day, content.last_day) == (TODAY, TODAY + timedelta(days=6))
    assert content.ask == "Cô Sáu, khuyến nông xã"


def test_a_forecast_that_ended_long_ago_is_none() -> None:
    today = TODAY + timedelta(days=30)

    assert drafted(forecast(RAINY), today=today) == drafted(None, today=today)


def test_a_forecast_of_yesterday_is_seen_from_today() -> None:
    content = drafted(forecast(RAINY), today=TODAY + timedelta(days=1))

    assert [day.date.day for day in content.days] == [23, 24, 25, 26, 27, 28]
    assert content.last_day == date(2026, 11, 28)
    assert content.last_week == "Cao nhất khoảng 31 độ, thấp nhất khoảng 24 độ."


def test_only_a_week_is_told_of_a_longer_forecast() -> None:
    content = drafted(forecast([{"rain_mm": 0.0}] * 15 + [{"rain_mm": 200.0}], [{"rain_mm": 90.0}, *rain(*[0] * 7)]))

    assert len(content.days) == 7
    assert content.week == "Những ngày tới không mưa."
    assert content.last_week == "Tuần qua không mưa."


@pytest.mark.parametrize(
    ("coming", "expected"),
    [
        pytest.param([{"rain_mm": 50.0, "high": 36.9, "mean": 13.0}] * 7, (), id="nothing to tell"),
        pytest.param([{"rain_mm": 50.1, "high": 30.0}] * 7, ("heavy_rain",), id="heavy rain"),
        pytest.param([{"rain_mm": 100.1, "high": 30.0}, *RAINY], ("very_heavy_rain",), id="very heavy rain"),
        pytest.param([{"rain_mm": 0.0, "high": 37.0}] * 5, ("very_hot",), id="very hot"),
        pytest.param([{"rain_mm": 0.0, "high": 15.0, "mean": 12.9}] * 5, ("severe_cold",), id="severe cold"),
        pytest.param([{"rain_mm": 0.0, "high": 3.0, "code": 71}] * 5, ("ice",), id="snow"),
        pytest.param([{"rain_mm": 0.0, "high": 30.0, "gust_kmh": 61.0}] * 5, (), id="gusts of level 7"),
        pytest.param([{"rain_mm": 0.0, "high": 30.0, "gust_kmh": 62.0}] * 5, ("strong_wind",), id="gusts of level 8"),
        pytest.param([{"rain_mm": 0.0, "high": 30.0, "wind_kmh": 38.0}] * 5, (), id="wind of level 5"),
        pytest.param([{"rain_mm": 0.0, "high": 30.0, "wind_kmh": 39.0}] * 5, ("strong_wind",), id="wind of level 6"),
        pytest.param([{"high": 30.0}] * 7, ("gaps",), id="no rain known"),
        pytest.param([{"rain_mm": 0.0, "high": 30.0}] * 4, ("gaps",), id="few days"),
        pytest.param([], ("gaps",), id="no day"),
    ],
)
def test_the_member_is_told_what_only_official_bulletins_may_judge(
    coming: list[Row], expected: tuple[Notice, ...]
) -> None:
    assert notices(forecast(coming)) == expected


@pytest.mark.parametrize("notice", get_args(Notice))
def test_every_notice_has_its_sentence(notice: Notice) -> None:
    assert notice_words(notice)


def catalogue(*advice: Row) -> Crops:
    common = {"kind": "task", "text": "Thăm ruộng.", "source": "Đài", "trust": "medium", "checked_on": TODAY}
    stages = [{"id": "sa", "name": "sạ, gieo cấy"}, {"id": "chin", "name": "chín"}]
    crops = [{"id": "lua", "name": "lúa", "label": "Lúa", "stages": stages}, {"id": "tom", "name": "tôm", "label": "T"}]
    return Crops.model_validate({"crops": crops, "advice": [common | one for one in advice]})


def test_advice_on_the_weather_to_come_is_suggested() -> None:
    rows = catalogue(
        {"id": "mua-lau", "crops": ["lua"], "when": "long_rain", "kind": "pest", "text": "Coi chừng rầy."},
        {"id": "kho", "when": "dry"},
        {"id": "man", "when": "salinity"},
    )

    content = drafted(forecast(RAINY), crops=("lua",), catalogue=rows)

    assert content.suggestions == (
        Suggestion(id="mua-lau", kind="pest", text="Coi chừng rầy.", source="Đài", verdict="waiting"),
    )
    assert not is_settled(content)


def test_advice_on_salt_water_comes_when_the_member_speaks_of_it() -> None:
    content = drafted(None, catalogue=catalogue({"id": "man", "when": "salinity"}), salinity="Độ mặn 2 phần nghìn.")

    assert content.water == "Độ mặn 2 phần nghìn."
    assert [one.id for one in content.suggestions] == ["man"]


def test_stages_of_crops_are_suggested_as_the_state_of_the_season() -> None:
    rows = catalogue({"id": "luon-luon", "when": "always"})

    content = drafted(None, crops=("lua", "tom"), stages={"lua": "sa", "tom": "la"}, catalogue=rows)

    assert [(one.id, one.kind, one.text) for one in content.suggestions] == [
        (STAGES_ID, "season", "Lúa: giai đoạn sạ, gieo cấy."),
        ("luon-luon", "task", "Thăm ruộng."),
    ]


def test_the_real_catalogue_gives_few_suggestions(library: Any) -> None:
    real = library.book.crops

    content = drafted(forecast(RAINY), crops=("lua",), stages={"lua": "chin"}, catalogue=real, salinity="Mặn lên.")

    assert 2 <= len(content.suggestions) <= 9
    assert len({one.id for one in content.suggestions}) == len(content.suggestions)


def judged(*suggestions: tuple[str, str, Verdict], **written: Any) -> Content:
    made = tuple(
        Suggestion.model_validate({"id": text, "kind": kind, "text": text, "source": "Đài", "verdict": verdict})
        for kind, text, verdict in suggestions
    )
    return drafted(None).model_copy(update={"suggestions": made, **written})


def test_a_verdict_is_kept_with_its_suggestion_alone() -> None:
    content = judged(("task", "Một", "waiting"), ("task", "Hai", "waiting"))

    decided = with_verdict(content, "Hai", "dropped")

    assert [one.verdict for one in decided.suggestions] == ["waiting", "dropped"]
    assert [one.verdict for one in content.suggestions] == ["waiting", "waiting"]
    assert is_settled(with_verdict(decided, "Một", "kept"))
    assert with_verdict(decided, "Hai", "waiting") == content


def test_a_suggestion_that_is_not_there_cannot_be_judged() -> None:
    with pytest.raises(DraftError) as caught:
        with_verdict(judged(("task", "Một", "waiting")), "Hai", "kept")

    assert caught.value.code == "unknown_suggestion"


def test_what_was_kept_stands_after_what_was_written_and_the_rest_is_gone() -> None:
    content = judged(
        ("season", "Lúa chín.", "kept"),
        ("pest", "Rầy nâu.", "kept"),
        ("pest", "Đạo ôn.", "dropped"),
        ("task", "Thăm ruộng.", "kept"),
        ("task", "Khơi rãnh.", "kept"),
        tasks=("Khơi rãnh.", "Gặt sớm."),
        pests="Ốc bươu vàng.",
    )

    result = settled(content)

    assert result.season == "Lúa chín."
    assert result.pests == "Ốc bươu vàng.\nRầy nâu."
    assert result.tasks == ("Khơi rãnh.", "Gặt sớm.", "Thăm ruộng.")
    assert result.suggestions == ()
    assert Content.model_validate_json(result.model_dump_json()) == result


def test_what_waits_is_not_said_and_goes_on_waiting() -> None:
    result = settled(judged(("task", "Một", "waiting"), ("task", "Hai", "kept")))

    assert result.tasks == ("Hai",)
    assert [one.id for one in result.suggestions] == ["Một"]
    assert not is_settled(result)
    assert settled(result) == result


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(judged(*(("task", text, "kept") for text in "abcd")), "too_many_tasks", id="four tasks kept"),
        pytest.param(
            judged(("task", "a", "kept"), tasks=("b", "c", "d")), "too_many_tasks", id="three written, one kept"
        ),
        pytest.param(judged(("season", "a" * 600, "kept"), season="b"), "season_long", id="season"),
        pytest.param(judged(("pest", "a" * 300, "kept"), ("pest", "b" * 300, "kept")), "pests_long", id="pests"),
    ],
)
def test_more_than_a_bulletin_holds_is_refused(content: Content, code: str) -> None:
    with pytest.raises(DraftError) as caught:
        settled(content)

    assert caught.value.code == code


def values(name: str) -> st.SearchStrategy[float | None]:
    least, most = VARIABLES[name]
    return st.none() | st.floats(least, most) | st.integers(int(least), int(most)).map(float)


def wholes(name: str) -> st.SearchStrategy[int | None]:
    least, most = VARIABLES[name]
    return st.none() | st.integers(int(least), int(most))


ROWS = st.fixed_dictionaries(
    {},
    optional={
        "code": st.none() | st.sampled_from(sorted(CODES)) | st.integers(-5, 200),
        "high": values("temperature_2m_max"),
        "low": values("temperature_2m_min"),
        "mean": values("temperature_2m_mean"),
        "rain_mm": values("precipitation_sum") | st.floats(0, 1),
        "rain_chance": wholes("precipitation_probability_max"),
        "humidity": wholes("relative_humidity_2m_mean"),
        "wind_kmh": values("wind_speed_10m_max"),
        "gust_kmh": values("wind_gusts_10m_max"),
        "wind_from": wholes("wind_direction_10m_dominant"),
        "sunshine_hours": st.none() | st.floats(0, 24),
        "evaporation_mm": values("et0_fao_evapotranspiration"),
    },
)
FORECASTS = st.builds(forecast, st.lists(ROWS, max_size=10), st.lists(ROWS, max_size=10))
EVERYTHING = catalogue(
    *({"id": when.replace("_", "-"), "when": when, "text": f"Lời {when}"} for when in get_args(Situation))
)


@given(weather=FORECASTS, shift=st.integers(-3, 12), salinity=st.sampled_from(["", "Mặn lên."]))
def test_any_forecast_gives_a_bulletin_of_short_true_words(weather: Forecast, shift: int, salinity: str) -> None:
    content = drafted(weather, today=TODAY + timedelta(days=shift), catalogue=EVERYTHING, salinity=salinity)

    assert Content.model_validate_json(content.model_dump_json()) == content
    said = "\n".join([content.last_week, content.week, *(day.words for day in content.days)])
    assert not re.search(r"none|nan|inf|bão|rủi ro|[{}]", said, re.IGNORECASE)
    sentences = [one for one in re.split(r"(?<=\.)\s|\n", f"{content.last_week}\n{content.week}") if one]
    assert all(len(one.split()) <= 15 and one[0].isupper() and one.endswith(".") for one in sentences)
    assert len(content.last_week.split("\n")) <= 2
    assert len(content.week.split("\n")) <= 4
    assert len(content.suggestions) <= 8
    assert all(one.verdict == "waiting" for one in content.suggestions)
    assert set(notices(weather)) <= set(get_args(Notice))


@given(weather=FORECASTS)
def test_a_forecast_drafted_twice_is_the_same(weather: Forecast) -> None:
    assert drafted(weather, catalogue=EVERYTHING) == drafted(weather, catalogue=EVERYTHING)
