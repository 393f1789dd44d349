"""The picture of a bulletin: everything that was written is in it, nothing overlaps, and it is the same each time."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from itertools import combinations
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from bulletins.content import Content, DayLine, OfficialWarning, Sky
from bulletins.picture import MOST_HEIGHT, alt, png, svg
from bulletins.picture_shapes import BLUE, MARGIN, RED, SMALLEST_NOTE, WIDTH, icons, printed
from bulletins.wording import capital, weekday_word
from lessons.lettering import BOLD, PLAIN, can_draw, cleaned

NAMESPACE = "{http://www.w3.org/2000/svg}"
MONDAY = date(2026, 11, 23)
SKIES: tuple[Sky, ...] = get_args(Sky)


def day(nth: int, sky: Sky = "rain", **numbers: int | str | None) -> DayLine:
    return DayLine.model_validate({"date": MONDAY + timedelta(nth), "sky": sky, **numbers})


def content(**parts: Any) -> Content:
    given_parts = {
        "place": "31528",
        "place_name": "xã Trần Đề, thành phố Cần Thơ",
        "first_day": MONDAY,
        "last_day": MONDAY + timedelta(6),
        "issued_on": MONDAY - timedelta(1),
    }
    return Content.model_validate({**given_parts, **parts})


_FALLING: tuple[tuple[Sky, int, int], ...] = (
    ("clouds", 2, 35),
    ("rain", 12, 70),
    ("drizzle", 0, 55),
    ("heavy_rain", 58, 95),
    ("storm", 22, 85),
    ("sun", 0, 10),
    ("fog", 0, 100),
)
FULL_WEEK = tuple(
    day(nth, sky, high=33 - nth, low=24 - nth % 2, rain_mm=rain, chance=chance)
    for nth, (sky, rain, chance) in enumerate(_FALLING)
)
FOOTER = {
    "ask": "Chị Lan, khuyến nông xã, 0912 345 678",
    "approved_by": "Anh Nguyễn Văn Bảy, Phó Chủ tịch xã",
    "data_line": "Dữ liệu thời tiết: Open-Meteo.com (CC BY 4.0), đã làm tròn, lấy lúc 7 giờ 30 ngày 22/11/2026. "
    "Có thể sai; xem thêm tin của Đài khí tượng.",
}
TASKS = ("Gặt ruộng lúa đã chín trước thứ Năm.", "Khơi rãnh, rút nước cho lúa mới sạ.", "Thăm ruộng mỗi sáng.")
LONG_TASKS = (
    "Gặt ruộng lúa đã chín trên 85 phần trăm trước thứ Tư, đem lúa về chỗ khô ráo, đừng để lúa ngoài ruộng qua đêm.",
    "Kiểm tra độ mặn, pH, kiềm của ao tôm trước và sau mưa; xả bớt lớp nước mặt, tăng quạt nước; hỏi khuyến nông xã.",
    "Rời đồng trống, xuống ghe khi nghe sấm; không trú dưới gốc cây, không cầm cuốc, xẻng dài ngoài đồng trống.",
)
WARNING = OfficialWarning(
    text="Từ đêm 25 đến ngày 27/11, các tỉnh Nam Bộ có mưa vừa, mưa to, có nơi mưa rất to với lượng mưa từ 60 đến "
    "120 mm, có nơi trên 180 mm. Trong mưa dông có khả năng xảy ra lốc, sét, mưa đá và gió giật mạnh. "
    "Cấp độ rủi ro thiên tai do mưa lớn, lốc, sét: cấp 1.",
    source="Đài Khí tượng Thủy văn Nam Bộ",
    issued_at="14 giờ 30 ngày 24/11/2026",
)
NULLS = (
    day(0, "unknown"),
    day(1, "rain", high=31, chance=70),
    day(2, "overcast", low=24, rain_mm=4),
    day(3, "fog", high=29, low=23),
    day(4, "unknown", words="Chưa có số liệu, chờ tin của Đài khí tượng tỉnh"),
    day(5, "drizzle", high=32, low=24, rain_mm=0, chance=60),
    day(6, "sun"),
)
COLD = tuple(day(nth, "fog", high=-3, low=-30, rain_mm=0, chance=100) for nth in range(7))
CONTENTS = {
    "week": content(days=FULL_WEEK, tasks=TASKS, **FOOTER),
    "nulls": content(days=NULLS, tasks=TASKS[:1], **FOOTER),
    "by hand": content(week="Tuần này trời nắng, ít mưa. Sáng sớm có sương mù.", tasks=TASKS[:2], ask=FOOTER["ask"]),
    "cold": content(days=COLD, tasks=TASKS, **FOOTER),
    "warning": content(days=FULL_WEEK, warning=WARNING, tasks=TASKS, **FOOTER),
    "warning and long tasks": content(days=FULL_WEEK, warning=WARNING, tasks=LONG_TASKS, **FOOTER),
    "cold, dense": content(days=COLD, warning=WARNING, tasks=LONG_TASKS, **FOOTER),
    "nulls, dense": content(days=NULLS, warning=WARNING, tasks=LONG_TASKS, **FOOTER),
    "flood": content(days=[day(nth, sky, high=60, low=60, rain_mm=2000) for nth, sky in enumerate(SKIES)], **FOOTER),
    "flood, dense": content(
        days=[day(nth, "storm", high=60, low=60, rain_mm=2000 - nth, chance=100) for nth in range(9)],
        warning=WARNING,
        tasks=LONG_TASKS,
    ),
    "one day": content(last_day=MONDAY, days=FULL_WEEK[:1]),
    "nothing": content(),
}
EVERY_CONTENT = pytest.mark.parametrize("given_content", CONTENTS.values(), ids=CONTENTS.keys())


# What is drawn --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ink:
    """Where something is seen, and what it is."""

    what: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Ink") -> bool:
        return (
            min(self.right, other.right) - max(self.left, other.left) > 0.5
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.5
        )

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@cache
def letters(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size)


def ink_of(element: ET.Element) -> Ink:
    font = BOLD if element.get("font-weight") == "700" else PLAIN
    text, x, y = element.text or "", float(element.get("x", 0)), float(element.get("y", 0))
    drawn = letters(str(font.path), int(element.get("font-size", 0)))
    left, top, right, bottom = drawn.getbbox(text, anchor="ls")
    length = drawn.getlength(text)
    x -= {"start": 0.0, "middle": length / 2, "end": length}[element.get("text-anchor", "start")]
    return Ink(text, x + left, y + top, x + right, y + bottom)


def texts_of(drawn: str) -> list[ET.Element]:
    return list(ET.fromstring(drawn).iter(f"{NAMESPACE}text"))


def boxes_of(drawn: str) -> Iterator[Ink]:
    """The boxes in the order in which they are painted; `what` is the colour."""
    for one in ET.fromstring(drawn).iter(f"{NAMESPACE}rect"):
        x, y, width, height = (float(one.get(name, 0)) for name in ("x", "y", "width", "height"))
        yield Ink(one.get("fill", ""), x, y, x + width, y + height)


def icons_of(drawn: str) -> Iterator[Ink]:
    """Icons stand at the top level, in a square of 100 that is moved and scaled."""
    for one in ET.fromstring(drawn).findall(f"{NAMESPACE}g"):
        x, y, scale = map(float, re.findall(r"-?[\d.]+", one.get("transform", "")))
        yield Ink("icon", x, y, x + 100 * scale, y + 100 * scale)


def said_in(drawn: str) -> str:
    return " ".join(one.text or "" for one in texts_of(drawn))


def height_of(drawn: str) -> int:
    return int(ET.fromstring(drawn).get("height", 0))


# What is in it --------------------------------------------------------------------------------------------


def test_days_tasks_and_footer_are_all_there() -> None:
    said = said_in(svg(CONTENTS["week"]))

    for one in FULL_WEEK:
        assert f"{capital(weekday_word(one.date))} {one.date.day}/{one.date.month}" in said
        assert f"{one.high}°" in said
        assert f"{one.low}°" in said
        assert f"{one.chance}%" in said
    for text in (
        "Xã Trần Đề, thành phố Cần Thơ",
        "Từ 23/11 đến 29/11/2026",
        "2 mm",
        "12 mm",
        "58 mm",
        "22 mm",
        "Ba việc nên làm",
        *TASKS,
    ):
        assert text in said
    for text in (*FOOTER.values(), "Hỏi ai: Chị Lan", "Người duyệt: Anh Nguyễn", "Phát ngày 22/11/2026."):
        assert text in said


@EVERY_CONTENT
def test_what_is_not_known_is_left_out(given_content: Content) -> None:
    drawn = svg(given_content)

    assert "None" not in drawn + alt(given_content)
    assert all((one.text or "").strip() for one in texts_of(drawn))


def test_a_bulletin_without_days_says_the_week_in_words() -> None:
    said = said_in(svg(CONTENTS["by hand"]))

    assert "Tuần này trời nắng, ít mưa. Sáng sớm có sương mù." in said
    assert "Hai việc nên làm" in said
    assert "mm" not in said
    assert "Người duyệt" not in said


def test_a_bulletin_of_nothing_has_no_empty_boxes() -> None:
    drawn = svg(CONTENTS["nothing"])

    assert len(list(boxes_of(drawn))) == 2  # the ground and the head
    assert "icon" not in {one.what for one in icons_of(drawn)}


def test_a_warning_stands_on_top_word_for_word() -> None:
    drawn = svg(CONTENTS["warning and long tasks"])
    said = said_in(drawn)

    assert said.startswith(f"{printed().warning} {WARNING.text} Nguồn: {WARNING.source}, {WARNING.issued_at}")
    for task in LONG_TASKS:
        assert task in said
    assert next(box for box in boxes_of(drawn) if box.what == RED).top == 0


def test_tasks_give_way_to_a_long_warning() -> None:
    long = WARNING.model_copy(update={"text": f"{WARNING.text} {WARNING.text}"})

    said = said_in(svg(content(days=FULL_WEEK, warning=long, tasks=LONG_TASKS, **FOOTER)))

    assert long.text in said
    assert "Ba việc nên làm: xem trong tin nhắn" in said
    assert LONG_TASKS[0] not in said


@pytest.mark.parametrize(
    "text",
    [pytest.param("Ộ" * 590, id="too long"), pytest.param("Mưa → lũ", id="a sign that our letters do not have")],
)
def test_a_warning_that_cannot_be_shown_whole_is_not_shown_in_part(text: str) -> None:
    warning = OfficialWarning(text=text, source="Đài Nam Bộ " * 50, issued_at="14 giờ")

    said = said_in(svg(content(days=FULL_WEEK, warning=warning, tasks=TASKS, **FOOTER)))

    assert printed().warning_elsewhere in said
    assert "Nguồn: Đài Nam Bộ" in said
    assert "ỘỘ" not in said
    assert "Mưa lũ" not in said
    assert TASKS[0] in said


def test_more_than_a_week_is_in_the_message() -> None:
    nine = [day(nth, "sun", high=20 + nth) for nth in range(9)]

    said = said_in(svg(content(days=nine)))

    assert "26°" in said
    assert "27°" not in said
    assert printed().more_days in said


@pytest.mark.parametrize(
    ("sky", "rain", "chance", "expected"),
    [
        pytest.param("sun", 0, 10, "không mưa", id="dry"),
        pytest.param("sun", 0, None, "không mưa", id="dry, chance not known"),
        pytest.param("clouds", 0, 29, "không mưa", id="hardly likely"),
        pytest.param("clouds", 0, 30, "dưới 1 mm", id="possible"),
        pytest.param("drizzle", 0, 10, "dưới 1 mm", id="drizzle rounded to nothing"),
        pytest.param("rain", 1, 10, "1 mm", id="rain"),
    ],
)
def test_rain_rounded_to_nothing_is_no_dry_day(sky: Sky, rain: int, chance: int | None, expected: str) -> None:
    drawn = svg(content(days=[day(0, sky, rain_mm=rain, chance=chance)]))

    assert expected in [one.text for one in texts_of(drawn)]


@pytest.mark.parametrize("field", ["high", "low", "rain_mm", "chance"])
@pytest.mark.parametrize("value", [-31, 2001, 10**30])
def test_numbers_that_cannot_be_are_left_out(field: str, value: int) -> None:
    given_content = content(days=[day(0, "sun", **{field: value})])

    assert str(value).strip("-") not in svg(given_content) + alt(given_content)


def test_bars_follow_the_rain_and_little_rain_is_seen() -> None:
    bars = [box for box in boxes_of(svg(CONTENTS["week"])) if box.what == BLUE]

    lengths = [bar.right - bar.left for bar in bars]

    rain = [one.rain_mm for one in FULL_WEEK if one.rain_mm]
    assert sorted(range(len(rain)), key=lambda nth: lengths[nth]) == sorted(range(len(rain)), key=rain.__getitem__)
    assert min(lengths) >= 14


def test_a_week_of_drizzle_has_short_bars() -> None:
    (bar,) = (box for box in boxes_of(svg(content(days=[day(0, "drizzle", rain_mm=2)]))) if box.what == BLUE)

    assert bar.right - bar.left < 60


def test_there_is_an_icon_for_every_sky() -> None:
    assert icons().keys() == {*SKIES, "warning", "phone"}
    for drawn in icons().values():
        ET.fromstring(f"<g>{drawn}</g>")


def test_the_alternative_is_one_sentence() -> None:
    assert alt(CONTENTS["warning"]) == (
        "Bản tin thời tiết nông vụ, xã Trần Đề, thành phố Cần Thơ, từ 23/11 đến 29/11/2026; có cảnh báo chính thức;"
        " cao nhất 33 độ; thấp nhất 23 độ; mưa nhiều nhất thứ Năm 26/11, khoảng 58 mm; có 3 việc nên làm."
    )
    assert alt(CONTENTS["nothing"]).endswith("từ 23/11 đến 29/11/2026.")


def test_dates_across_a_year_have_both_years() -> None:
    given_content = content(first_day=date(2026, 12, 28), last_day=date(2027, 1, 3))

    assert "Từ 28/12/2026 đến 3/1/2027" in said_in(svg(given_content))


# How it looks ---------------------------------------------------------------------------------------------


@EVERY_CONTENT
def test_nothing_overlaps(given_content: Content) -> None:
    drawn = svg(given_content)

    seen = [ink_of(one) for one in texts_of(drawn)]
    seen += [box for box in boxes_of(drawn) if box.what == BLUE]
    seen += list(icons_of(drawn))

    assert [(one.what, other.what) for one, other in combinations(seen, 2) if one.meets(other)] == []


@EVERY_CONTENT
def test_everything_stands_inside_and_can_be_read(given_content: Content) -> None:
    drawn = svg(given_content)

    assert height_of(drawn) <= MOST_HEIGHT
    for one in map(ink_of, texts_of(drawn)):
        assert MARGIN - 3 <= one.left < one.right <= WIDTH - MARGIN + 3, one
        assert 0 <= one.top < one.bottom <= height_of(drawn), one
    sizes = [int(one.get("font-size", 0)) for one in texts_of(drawn)]
    assert min(sizes) >= SMALLEST_NOTE
    note = given_content.data_line
    assert all(size >= 34 for size, one in zip(sizes, texts_of(drawn), strict=True) if (one.text or "") not in note)


@EVERY_CONTENT
def test_words_keep_their_contrast(given_content: Content) -> None:
    drawn = svg(given_content)
    boxes = list(boxes_of(drawn))
    discs = [  # numbers of tasks stand on discs
        (float(one.get("cx", 0)), float(one.get("cy", 0)), float(one.get("r", 0)), one.get("fill", ""))
        for one in ET.fromstring(drawn).findall(f"{NAMESPACE}circle")
    ]

    for element in texts_of(drawn):
        ink = ink_of(element)
        x, y = (ink.left + ink.right) / 2, (ink.top + ink.bottom) / 2
        ground = [box.what for box in boxes if box.holds(x, y)][-1]
        ground = next((fill for cx, cy, r, fill in discs if (x - cx) ** 2 + (y - cy) ** 2 < r * r), ground)
        assert contrast(element.get("fill", ""), ground) >= 4.5, (element.text, element.get("fill"), ground)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# The file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["week", "warning and long tasks"])
def test_the_png_is_small_and_the_same_each_time(name: str) -> None:
    given_content = CONTENTS[name]

    made = png(given_content)

    assert made == png(given_content)
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    assert Image.open(BytesIO(made)).size == (WIDTH, height_of(svg(given_content)))
    assert len(made) < 200_000


def test_a_red_band_does_not_take_the_yellow_from_the_sun() -> None:
    image = Image.open(BytesIO(png(CONTENTS["warning"]))).convert("RGB")

    assert (255, 194, 51) in {color for _, color in image.getcolors(256) or ()}


def test_signs_that_our_letters_do_not_have_are_left_out_elsewhere() -> None:
    assert cleaned("  Thăm\u00a0ruộng 🌧\u200b\x07 sớm\r\n\n mai ") == "Thăm ruộng sớm\nmai"
    assert not can_draw("mưa 🌧")
    assert can_draw("ranh mặn 4‰, −3°, ≥ 50 mm")


ODD_TEXT = st.text(
    st.one_of(
        st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyỘỪỵẫ 0123456789.,;:%°‰–<>&\"'{}\n"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=250,
)
LONG_WORD = st.integers(1, 600).map(lambda length: "Wộ" * (length // 2))
WORDS = st.one_of(ODD_TEXT, LONG_WORD)
NUMBER = st.none() | st.integers(-5, 110) | st.integers()
NUMBERS = dict.fromkeys(("high", "low", "rain_mm", "chance"), NUMBER)
DAYS = st.lists(st.builds(DayLine, date=st.dates(), sky=st.sampled_from(SKIES), words=WORDS, **NUMBERS), max_size=16)
SOME_WORDS = WORDS.map(lambda text: f"x{text}"[:600])
WARNINGS = st.none() | st.builds(OfficialWarning, text=SOME_WORDS, source=SOME_WORDS, issued_at=SOME_WORDS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.builds(
        Content,
        place=st.just("31528"),
        place_name=WORDS,
        warning=WARNINGS,
        week=WORDS,
        days=DAYS,
        suggestions=st.just(()),
        tasks=st.lists(WORDS, max_size=3),
        ask=WORDS,
        approved_by=WORDS,
        data_line=WORDS,
    )
)
def test_any_bulletin_is_drawn_within_its_bounds(given_content: Content) -> None:
    drawn = svg(given_content)

    assert height_of(drawn) <= MOST_HEIGHT
    for element in texts_of(drawn):
        x, size = float(element.get("x", 0)), int(element.get("font-size", 0))
        font = BOLD if element.get("font-weight") == "700" else PLAIN
        if element.get("text-anchor") == "start":
            assert x + font.width(element.text or "", size) <= WIDTH - MARGIN + 1
    warning = given_content.warning
    if warning and printed().warning in said_in(drawn).split(printed().title)[0]:
        whole = "".join(warning.text.split())
        assert "".join(cleaned(whole).split()) in said_in(drawn).replace(" ", "")
