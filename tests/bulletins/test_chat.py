"""A bulletin in the chat, in a village's group and in a list: nothing lost, nothing too long, the warning first."""

import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import from_json, to_json
from bulletins.chat import (
    MOST_PARTS,
    MOST_SUMMARY_CHARS,
    MOST_UNITS,
    TooLong,
    output_words,
    parts,
    paste_text,
    sections,
    short_dates,
    summary,
)
from bulletins.content import MOST_CHARS, Content, DayLine, OfficialWarning

MONDAY = date(2026, 11, 23)
DATA_LINE = "Dữ liệu thời tiết: Open-Meteo.com (CC BY 4.0), đã làm tròn, lấy lúc 7 giờ 30 ngày 22/11/2026. Có thể sai."
WARNING = OfficialWarning(
    text="Trong 24 giờ tới, Nam Bộ có mưa rào và dông, có nơi trên 80 mm/24h.\nGió giật cấp 6-7.",
    source="Đài KTTV thành phố Cần Thơ",
    issued_at="14 giờ 30 ngày 22/11/2026",
)
DAYS = (
    DayLine(date=MONDAY, sky="sun", high=32, low=24, rain_mm=0, chance=10, words="trời nắng"),
    DayLine(date=MONDAY + timedelta(1), sky="overcast", high=31, low=24, rain_mm=None, chance=None),
    DayLine(date=MONDAY + timedelta(2)),
    DayLine(date=MONDAY + timedelta(3), sky="rain", high=30, low=25, rain_mm=28, chance=80, words="mưa vừa, có dông"),
    DayLine(date=MONDAY + timedelta(4), sky="rain", low=-2, rain_mm=6, chance=55),
    DayLine(date=MONDAY + timedelta(5), sky="drizzle", high=31, rain_mm=0, chance=40),
    DayLine(date=MONDAY + timedelta(6), sky="sun", high=33, low=23, rain_mm=0, chance=10, words="trời nắng"),
)


def bulletin(**changed: Any) -> Content:
    """A usual week of a commune in the Mekong delta."""
    fields: dict[str, Any] = {
        "place": "31528",
        "place_name": "xã Tài Văn",
        "crops": ("lua",),
        "first_day": MONDAY,
        "last_day": MONDAY + timedelta(6),
        "issued_on": MONDAY - timedelta(1),
        "last_week": "Tuần qua mưa khoảng 42 mm, nhiều nhất thứ Ba.",
        "week": "Mưa nhiều nhất thứ Năm: mưa vừa, khoảng 28 mm.\nCao nhất khoảng 33 độ, thấp nhất khoảng 23 độ.",
        "days": DAYS,
        "water": "Độ mặn ở vàm 0,3‰, đo 7 giờ 30 ngày 21/11.",
        "season": "Lúa: giai đoạn làm đòng.",
        "pests": "Rầy nâu: thăm ruộng, báo cán bộ khi thấy nhiều.",
        "tasks": (
            "Khơi rãnh thoát nước trước thứ Tư.",
            "Thăm ruộng mỗi sáng.",
            "Đo độ mặn trước khi lấy nước, không lấy khi trên 1‰.",
        ),
        "ask": "Chị Lan, khuyến nông xã: 0912 345 678",
        "approved_by": "Trần Văn Minh",
        "data_line": DATA_LINE,
    }
    return Content(**(fields | changed))


#: Hand-written, with nothing but what every bulletin has.
BARE: dict[str, Any] = {
    **dict.fromkeys(("last_week", "week", "water", "season", "pests", "ask", "approved_by", "data_line"), ""),
    "days": (),
    "tasks": (),
}


def lines(most_chars: int) -> st.SearchStrategy[str]:
    """What members write and paste: Vietnamese, figures, marks of their own, and anything at all."""
    written = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằờộỵ 0123456789.,;:/-%‰°*\n", max_size=most_chars)
    return written | st.text(max_size=most_chars // 3)


@st.composite
def contents(draw: st.DrawFn, *, most_chars: int = MOST_CHARS) -> Content:
    line = lines(most_chars)
    number = st.none() | st.integers(-20, 300)
    first = draw(st.dates(date(2020, 1, 1), date(2040, 12, 1)))
    day = st.builds(DayLine, date=st.dates(), high=number, low=number, rain_mm=number, chance=number, words=line)
    words = {name: draw(line) for name in BARE if name not in {"days", "tasks"}}
    said = line.filter(lambda text: bool(text.strip()))
    warning = st.builds(OfficialWarning, text=said, source=said, issued_at=said)
    return bulletin(
        **words,
        place_name=draw(line),
        first_day=first,
        last_day=first + timedelta(draw(st.integers(0, 15))),
        days=draw(st.lists(day, max_size=16).map(tuple)),
        tasks=draw(st.lists(line, max_size=3).map(tuple)),
        warning=draw(st.none() | warning),
    )


def squashed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def written(content: Content) -> list[str]:
    """Everything that a member can have written."""
    warning = content.warning
    return [
        *((warning.text, warning.source, warning.issued_at) if warning else ()),
        *(content.place_name, content.last_week, content.week, content.water, content.season, content.pests),
        *(content.ask, content.approved_by, content.data_line),
        *content.tasks,
        *(day.words for day in content.days),
    ]


def test_a_usual_bulletin_is_two_messages_in_the_order_of_reading() -> None:
    first, second = (message.text for message in parts(bulletin()))

    assert first.startswith("**Bản tin thời tiết nông vụ: xã Tài Văn**\nTừ thứ Hai 23/11 đến Chủ nhật 29/11/2026\n\n")
    whole = f"{first}\n\n{second}"
    order = ["**Nhìn lại:**", "**Sắp tới:**", "**Từng ngày**", "**Nước và mặn:**", "**Mùa vụ:**"]
    order += ["**Sâu bệnh cần để ý:**", "**Việc nên làm tuần này**\n1. Khơi", "\n2. Thăm", "\n3. Đo", "**Hỏi ai:** Chị"]
    places = [whole.index(words) for words in order]
    assert places == sorted(places)
    assert second.endswith(f"Người duyệt: Trần Văn Minh. Phát ngày 22/11/2026.\n{DATA_LINE}")


def test_days_say_what_is_known_and_nothing_else() -> None:
    days = next(section for section in sections(bulletin()) if section.kind == "days")

    assert days.lines == (
        "Thứ Hai 23/11: trời nắng, 24 đến 32 độ",
        "Thứ Ba 24/11: trời nhiều mây, 24 đến 31 độ",
        "Thứ Năm 26/11: mưa vừa, có dông, 25 đến 30 độ, lượng mưa 28 mm, khả năng mưa 80%",
        "Thứ Sáu 27/11: có mưa, thấp nhất -2 độ, lượng mưa 6 mm, khả năng mưa 55%",
        "Thứ Bảy 28/11: mưa phùn, cao nhất 31 độ, khả năng mưa 40%",
        "Chủ nhật 29/11: trời nắng, 23 đến 33 độ",
    )


def test_an_official_warning_comes_first_word_for_word_with_its_source() -> None:
    texts = [message.text for message in parts(bulletin(warning=WARNING))]

    assert texts[0].startswith(
        f"**CẢNH BÁO CHÍNH THỨC**\n{WARNING.text}\nNguồn: Đài KTTV thành phố Cần Thơ, 14 giờ 30 ngày 22/11/2026\n\n"
    )
    assert 2 <= len(texts) <= MOST_PARTS


def test_a_short_bulletin_is_one_message_without_empty_headings() -> None:
    (message,) = parts(bulletin(**BARE | {"tasks": ("Gặt sớm.",)}))

    assert message.text == (
        "**Bản tin thời tiết nông vụ: xã Tài Văn**\nTừ thứ Hai 23/11 đến Chủ nhật 29/11/2026\n\n"
        "**Việc nên làm tuần này**\n1. Gặt sớm.\n\nPhát ngày 22/11/2026."
    )


def test_messages_are_cut_between_sections_and_about_equally_long() -> None:
    content = bulletin(week="Trời mưa nhiều. " * 30, season="Lúa làm đòng. " * 30)

    texts = [message.text for message in parts(content)]

    blocks = "\n\n".join(texts).split("\n\n")
    assert blocks == [block for text in texts for block in text.split("\n\n")]
    assert len(texts) == 3
    assert min(map(len, texts)) > MOST_UNITS // 3


def test_sections_are_cut_between_lines_when_the_messages_would_not_do() -> None:
    def said(count: int) -> str:
        return "\n".join(f"{at}: {'mưa ' * 18}to." for at in range(count))

    tasks = tuple(f"{name} {'việc ' * 37}xong." for name in ("Một", "Hai", "Ba"))
    content = bulletin(**BARE | {"week": said(7), "season": said(6), "pests": said(6), "tasks": tasks})

    texts = [message.text for message in parts(content)]

    assert len(texts) == MOST_PARTS
    assert "**Sâu bệnh cần để ý:**" not in {text.split("\n")[0] for text in texts}
    assert all(any(line in text for text in texts) for line in (*said(7).splitlines(), *tasks))
    assert not any(text.endswith("**") for text in texts)


def test_a_word_longer_than_a_message_is_cut_between_letters() -> None:
    content = bulletin(**BARE | {"week": "🌾" * MOST_CHARS})

    texts = [message.text for message in parts(content)]

    assert sum(text.count("🌾") for text in texts) == MOST_CHARS
    assert max(map(units, texts)) <= MOST_UNITS


def test_what_needs_too_many_messages_is_refused_and_not_cut_off() -> None:
    full = "Mưa. " * (MOST_CHARS // 5)

    with pytest.raises(TooLong) as refused:
        parts(bulletin(last_week=full, week=full, water=full, season=full, pests=full))

    assert refused.value.parts > MOST_PARTS


@given(contents())
def test_nothing_is_lost_and_no_limit_is_passed(content: Content) -> None:
    try:
        messages = parts(content)
    except TooLong:
        assert units(paste_text(content)) > 1_200
        return

    whole = squashed("\n".join(message.text for message in messages))
    assert 1 <= len(messages) <= MOST_PARTS
    assert all(0 < units(message.text) <= MOST_UNITS for message in messages)
    assert [text for text in written(content) if squashed(text) not in whole] == []
    assert all(from_json(to_json(message)) == message for message in messages)


@given(contents(most_chars=60))
def test_the_text_to_paste_has_everything_and_no_bold(content: Content) -> None:
    text = paste_text(content)

    whole = squashed(text)
    assert "**" not in text
    assert [said for said in written(content) if squashed(said.replace("**", "")) not in whole] == []


def test_the_text_to_paste_ends_with_its_source_and_has_one_emoji_a_heading() -> None:
    text = paste_text(bulletin(warning=WARNING))

    assert text.startswith("⚠️ CẢNH BÁO CHÍNH THỨC\nTrong 24 giờ tới")
    assert "\n\n✅ Việc nên làm tuần này\n1. Khơi rãnh" in text
    assert text.endswith(DATA_LINE)
    pictures = [character for character in text if unicodedata.category(character) == "So"]
    assert len(pictures) == len(output_words().emoji)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        pytest.param({}, "xã Tài Văn, 23-29/11: mưa vừa thứ Năm", id="the wettest day"),
        pytest.param({"days": DAYS[4:5]}, "xã Tài Văn, 23-29/11: mưa nhỏ thứ Sáu", id="a day without words"),
        pytest.param(
            {"warning": WARNING},
            "xã Tài Văn, 23-29/11: có cảnh báo chính thức; mưa vừa thứ Năm",
            id="a warning",
        ),
        pytest.param(
            {"days": DAYS[:2], "week": "Những ngày tới không mưa.\nNóng."},
            "xã Tài Văn, 23-29/11: những ngày tới không mưa",
            id="no rain",
        ),
        pytest.param(BARE, "xã Tài Văn, 23-29/11", id="nothing known"),
    ],
)
def test_a_list_has_a_line_a_bulletin(changed: dict[str, Any], line: str) -> None:
    assert summary(bulletin(**changed)) == line


@given(contents())
def test_the_line_of_a_list_is_one_short_line(content: Content) -> None:
    line = summary(content)

    assert len(line) <= MOST_SUMMARY_CHARS
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (MONDAY, MONDAY, "23/11"),
        (MONDAY, MONDAY + timedelta(6), "23-29/11"),
        (date(2026, 11, 28), date(2026, 12, 4), "28/11-4/12"),
        (date(2026, 11, 3), date(2027, 11, 4), "3/11-4/11"),
    ],
)
def test_dates_are_said_shortly(first: date, last: date, said: str) -> None:
    assert short_dates(first, last) == said
