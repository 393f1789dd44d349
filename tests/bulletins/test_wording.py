"""Numbers as words: every threshold on both sides, and nothing made of nothing."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from bulletins.content import Sky
from bulletins.forecast import CODES, Day
from bulletins.wording import (
    WeatherWords,
    chance_word,
    code_word,
    cold_word,
    data_line,
    date_words,
    day_words,
    days_words,
    degrees_words,
    direction_word,
    heat_word,
    millimetres_words,
    rain_word,
    rounded,
    sky,
    sky_of,
    weekday_word,
    whole,
    wind_level,
    words,
)
from tests.conftest import TODAY


@pytest.mark.parametrize(
    ("mm", "word"),
    [
        (None, None),
        (0.0, "không mưa"),
        (0.1, "mưa không đáng kể"),
        (0.3, "mưa không đáng kể"),
        (0.59, "mưa không đáng kể"),
        (0.6, "mưa nhỏ"),
        (15.9, "mưa nhỏ"),
        (16, "mưa vừa"),
        (50.0, "mưa vừa"),
        (50.1, "mưa to"),
        (100.0, "mưa to"),
        (100.1, "mưa rất to"),
        (2000, "mưa rất to"),
    ],
)
def test_rain_of_a_day_has_its_word(mm: float | None, word: str | None) -> None:
    assert rain_word(mm) == word


@pytest.mark.parametrize(
    ("high", "word"),
    [
        (None, None),
        (-30, None),
        (35.0, None),
        (35.1, "nắng nóng"),
        (36.9, "nắng nóng"),
        (37.0, "nắng nóng gay gắt"),
        (38.9, "nắng nóng gay gắt"),
        (39.0, "nắng nóng đặc biệt gay gắt"),
        (60, "nắng nóng đặc biệt gay gắt"),
    ],
)
def test_heat_has_a_word_above_35_degrees(high: float | None, word: str | None) -> None:
    assert heat_word(high) == word


@pytest.mark.parametrize(
    ("mean", "word"),
    [
        (None, None),
        (15.1, None),
        (15.0, "rét đậm"),
        (13.0, "rét đậm"),
        (12.9, "rét hại"),
        (-30, "rét hại"),
    ],
)
def test_cold_has_a_word_by_the_mean_of_the_day(mean: float | None, word: str | None) -> None:
    assert cold_word(mean) == word


@pytest.mark.parametrize(
    ("kmh", "level"),
    [
        (None, None),
        (0, 3),
        (19, 3),
        (20, 4),
        (28, 4),
        (29, 5),
        (38, 5),
        (38.4, 5),
        (38.5, 6),
        (39, 6),
        (49, 6),
        (50, 7),
        (61, 7),
        (62, 8),
        (74, 8),
        (75, 9),
        (88, 9),
        (89, 10),
        (103, 11),
        (118, 12),
        (134, 13),
        (150, 14),
        (167, 15),
        (184, 16),
        (201, 16),
        (202, 17),
        (500, 17),
    ],
)
def test_wind_has_the_level_of_the_table(kmh: float | None, level: int | None) -> None:
    assert wind_level(kmh) == level


@pytest.mark.parametrize(
    ("percent", "word"),
    [
        (None, None),
        (0, "ít khả năng"),
        (29, "ít khả năng"),
        (30, "có thể"),
        (59, "có thể"),
        (60, "nhiều khả năng"),
        (80, "nhiều khả năng"),
        (81, "gần như chắc"),
        (100, "gần như chắc"),
    ],
)
def test_chance_has_one_of_four_words(percent: int | None, word: str | None) -> None:
    assert chance_word(percent) == word


@pytest.mark.parametrize(
    ("degrees", "word"),
    [
        (None, None),
        (0, "Bắc"),
        (22, "Bắc"),
        (23, "Đông Bắc"),
        (45, "Đông Bắc"),
        (90, "Đông"),
        (135, "Đông Nam"),
        (180, "Nam"),
        (225, "Tây Nam"),
        (270, "Tây"),
        (337, "Tây Bắc"),
        (338, "Bắc"),
        (359, "Bắc"),
        (360, "Bắc"),
    ],
)
def test_wind_is_named_for_where_it_comes_from(degrees: int | None, word: str | None) -> None:
    assert direction_word(degrees) == word


@pytest.mark.parametrize(
    ("code", "look", "word"),
    [
        (None, "unknown", None),
        (0, "sun", "trời quang, nắng"),
        (1, "sun", "ít mây"),
        (2, "clouds", "mây rải rác"),
        (3, "overcast", "nhiều mây"),
        (45, "fog", "sương mù"),
        (48, "fog", "sương mù đóng băng"),
        (51, "drizzle", "mưa phùn nhẹ"),
        (57, "drizzle", "mưa phùn băng giá"),
        (61, "rain", "mưa nhỏ"),
        (65, "rain", "mưa nặng hạt"),
        (67, "rain", "mưa băng giá"),
        (75, "overcast", "tuyết"),
        (82, "rain", "mưa rào rất mạnh"),
        (86, "rain", "mưa rào tuyết"),
        (95, "storm", "dông"),
        (96, "storm", "dông"),
        (99, "storm", "dông"),
        (42, "unknown", "không rõ"),
        (-1, "unknown", "không rõ"),
        (100, "unknown", "không rõ"),
    ],
)
def test_a_code_has_a_look_and_words(code: int | None, look: Sky, word: str | None) -> None:
    assert (sky(code), code_word(code)) == (look, word)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_service_is_known_and_none_says_how_much_it_rains(code: int) -> None:
    assert sky(code) in set(get_args(Sky)) - {"unknown", "heavy_rain"}
    assert code_word(code) not in ("không rõ", "mưa to", "mưa rất to")


@pytest.mark.parametrize(
    ("day", "look", "said"),
    [
        pytest.param({}, "unknown", "", id="nothing known"),
        pytest.param({"code": 42}, "unknown", "không rõ", id="a code that nobody knows"),
        pytest.param({"code": 42, "rain_mm": 0.0}, "unknown", "không mưa", id="such a code, and no rain"),
        pytest.param({"rain_mm": 20.0}, "rain", "mưa vừa", id="rain without a code"),
        pytest.param({"code": 65, "rain_mm": 8.0}, "rain", "mưa nhỏ", id="hard rain for a moment is little in a day"),
        pytest.param({"code": 82}, "rain", "mưa rào rất mạnh", id="a code alone"),
        pytest.param({"code": 61, "rain_mm": 50.1}, "heavy_rain", "mưa to", id="much rain"),
        pytest.param({"code": 61, "rain_mm": 50.0}, "rain", "mưa vừa", id="not much rain yet"),
        pytest.param({"code": 55, "rain_mm": 16.0}, "rain", "mưa vừa", id="too much for a drizzle"),
        pytest.param({"code": 55, "rain_mm": 3.0}, "drizzle", "mưa nhỏ", id="drizzle"),
        pytest.param({"code": 51, "rain_mm": 0.2}, "drizzle", "mưa không đáng kể", id="drizzle of no note"),
        pytest.param({"code": 51, "rain_mm": 0.0}, "overcast", "không mưa", id="a code of rain, and no rain"),
        pytest.param({"code": 2, "rain_mm": 0.2}, "clouds", "mây rải rác", id="a drop on a dry day"),
        pytest.param({"code": 3, "rain_mm": 5.0}, "rain", "mưa nhỏ", id="rain on a dry code"),
        pytest.param({"code": 95, "rain_mm": 120.0}, "storm", "mưa rất to, có dông", id="thunder and rain"),
        pytest.param({"code": 99, "rain_mm": 0.0}, "storm", "có dông", id="dry thunder"),
        pytest.param({"code": 45, "rain_mm": 0.0}, "fog", "sương mù", id="fog"),
        pytest.param({"code": 45, "rain_mm": 1.0}, "rain", "mưa nhỏ, có sương mù", id="fog and rain"),
        pytest.param({"code": 71, "rain_mm": 3.0, "mean": 2.0}, "overcast", "tuyết, rét hại", id="snow is no rain"),
        pytest.param({"code": 0, "high": 37.0}, "sun", "nắng nóng gay gắt", id="hot sun"),
        pytest.param({"code": 3, "high": 35.1}, "overcast", "nhiều mây, nắng nóng", id="hot and cloudy"),
        pytest.param({"code": 3, "mean": 14.0, "low": 5.0}, "overcast", "nhiều mây, rét đậm", id="cold"),
        pytest.param({"code": 0, "gust_kmh": 38.0}, "sun", "trời quang, nắng", id="gusts of no note"),
        pytest.param({"code": 2, "gust_kmh": 65.0}, "clouds", "mây rải rác, gió giật cấp 8", id="gusts"),
    ],
)
def test_a_day_in_a_few_words(day: dict[str, float], look: Sky, said: str) -> None:
    made = Day(TODAY, **day)  # type: ignore[arg-type]

    assert (sky_of(made), day_words(made)) == (look, said)


@pytest.mark.parametrize(
    ("value", "result"),
    [(None, None), (32.6, 33), (32.5, 33), (33.5, 34), (32.4, 32), (0.0, 0), (-0.4, 0), (-0.5, 0), (-1.6, -2)],
)
def test_halves_are_rounded_up(value: float | None, result: int | None) -> None:
    assert whole(value) == result
    assert value is None or rounded(value) == result


@pytest.mark.parametrize(
    ("degrees", "said"),
    [(32.6, "khoảng 33 độ"), (0.2, "khoảng 0 độ"), (-0.4, "khoảng 0 độ"), (-2.3, "khoảng âm 2 độ")],
)
def test_degrees_are_said_about(degrees: float, said: str) -> None:
    assert degrees_words(degrees) == said


def test_millimetres_are_said_about() -> None:
    assert millimetres_words(61.5) == "khoảng 62 mm"


@pytest.mark.parametrize(
    ("day", "weekday", "said"),
    [
        (date(2026, 11, 23), "thứ Hai", "23/11"),
        (date(2026, 11, 26), "thứ Năm", "26/11"),
        (date(2026, 11, 29), "Chủ nhật", "29/11"),
        (date(2027, 1, 2), "thứ Bảy", "2/1"),
    ],
)
def test_days_have_names_and_short_dates(day: date, weekday: str, said: str) -> None:
    assert (weekday_word(day), date_words(day)) == (weekday, said)


@pytest.mark.parametrize(("count", "said"), [(1, "Chủ nhật"), (2, "Chủ nhật và thứ Hai"), (3, "3 ngày, từ Chủ nhật")])
def test_days_are_named_up_to_two(count: int, said: str) -> None:
    assert days_words([TODAY + timedelta(days=number) for number in range(count)]) == said


@pytest.mark.parametrize(
    ("fetched_at", "said"),
    [
        (datetime(2026, 11, 22, 0, 30, tzinfo=UTC), "lấy lúc 7 giờ 30 ngày 22/11/2026."),
        (datetime(2026, 11, 21, 17, 0, tzinfo=UTC), "lấy lúc 0 giờ ngày 22/11/2026."),
        (datetime(2026, 11, 22, 0, 5, tzinfo=UTC), "lấy lúc 7 giờ 05 ngày 22/11/2026."),
    ],
)
def test_the_source_is_named_with_its_licence_and_the_hour_in_vietnam(fetched_at: datetime, said: str) -> None:
    line = data_line(fetched_at)

    assert line.startswith(f"Dữ liệu thời tiết: Open-Meteo.com (CC BY 4.0), đã làm tròn, {said}")
    assert line.endswith("Có thể sai; xem thêm tin của Đài khí tượng.")


def test_no_word_speaks_of_a_storm_or_a_level_of_disaster() -> None:
    text = words().model_dump_json()

    assert not re.search(r"\bbão\b|rủi ro|chuẩn sai|rãnh áp thấp|dải hội tụ", text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("table", "key"), [("rain", "heavy"), ("chance", "likely"), ("codes", 95), ("notices", "gaps"), ("cold", "severe")]
)
def test_a_table_that_lacks_a_word_is_not_read(table: str, key: str | int) -> None:
    broken = words().model_dump()
    broken[table] = {name: word for name, word in broken[table].items() if name != key}

    with pytest.raises(ValidationError, match=f"no words for {table}.{key}"):
        WeatherWords.model_validate(broken)


def test_a_key_that_nobody_reads_is_not_taken() -> None:
    with pytest.raises(ValidationError, match="hail"):
        WeatherWords.model_validate(words().model_dump() | {"hail": "mưa đá"})
