"""The page to pin up: everything is on it, and it is one page whenever it can be."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image
from pypdf import PdfReader

from bulletins.content import MOST_CHARS, Content, DayLine
from bulletins.sheet import pdf
from tests.bulletins.test_chat import BARE, DATA_LINE, DAYS, MONDAY, WARNING, bulletin, contents, squashed

A4_POINTS = (595, 842)
LONG = ("Ruộng nào đã chín thì gặt trước ngày mưa, phơi trên bạt có mái che. " * 10)[:MOST_CHARS]


def pages(content: Content, picture: bytes | None = None) -> list[str]:
    """The words of each page, without white space, which extraction puts anywhere."""
    return [squashed(page.extract_text()) for page in PdfReader(BytesIO(pdf(content, picture=picture))).pages]


def test_a_usual_bulletin_is_one_a4_page_with_all_its_words() -> None:
    content = bulletin(warning=WARNING)

    (page,) = PdfReader(BytesIO(pdf(content, picture=None))).pages

    said = squashed(page.extract_text())
    assert (round(page.mediabox.width), round(page.mediabox.height)) == A4_POINTS
    assert said.index(squashed(f"CẢNH BÁO CHÍNH THỨC{WARNING.text}")) < said.index(squashed("Từ thứ Hai 23/11"))
    for text in (content.week, content.water, content.season, content.pests, content.ask, *content.tasks, DATA_LINE):
        assert squashed(text) in said
    for cell in ("Thứ Năm 26/11", "mưa vừa, có dông", "25 đến 30 độ", "28 mm", "80%"):
        assert squashed(cell) in said


def test_columns_without_anything_and_days_without_anything_are_left_out() -> None:
    days = (DayLine(date=MONDAY, words="trời nắng"), DayLine(date=MONDAY + timedelta(1)))

    (page,) = pages(bulletin(**BARE | {"days": days}))

    assert squashed("Thứ Hai 23/11") in page
    assert squashed("Nhiệt độ") not in page
    assert squashed("Thứ Ba") not in page


def largest_letters(content: Content) -> float:
    sizes: list[float] = []
    for page in PdfReader(BytesIO(pdf(content, picture=None))).pages:
        page.extract_text(visitor_text=lambda *drawn: sizes.append(float(drawn[4])))
    return max(sizes)


def test_letters_are_larger_where_there_is_room() -> None:
    assert largest_letters(bulletin(**BARE)) > largest_letters(bulletin()) > largest_letters(bulletin(week=LONG))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"week": LONG, "pests": LONG, "tasks": (LONG,) * 3, "warning": WARNING}, id="long texts"),
        pytest.param({"tasks": ("W" * MOST_CHARS,) * 3, "week": "W" * MOST_CHARS}, id="long words"),
        pytest.param({"days": tuple(DayLine(date=day.date, words=LONG) for day in DAYS)}, id="long days"),
    ],
)
def test_what_does_not_fit_on_one_page_fits_on_two(changed: dict[str, Any]) -> None:
    made = pages(bulletin(**changed))

    said = "".join(made)
    assert len(made) <= 2
    assert squashed(DATA_LINE) in said
    for task in changed.get("tasks", ()):
        assert said.count(squashed(task)[-200:]) >= 1


def test_a_picture_has_a_page_of_its_own_behind_the_words() -> None:
    out = BytesIO()
    Image.new("RGB", (1_080, 1_920), "white").save(out, "PNG")

    reader = PdfReader(BytesIO(pdf(bulletin(), picture=out.getvalue())))

    assert [len(page.images) for page in reader.pages] == [0, 1]


def test_the_same_bulletin_gives_the_same_bytes() -> None:
    assert pdf(bulletin(), picture=None) == pdf(bulletin(), picture=None)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents(most_chars=120))
def test_any_bulletin_is_printed_on_one_page_or_two(content: Content) -> None:
    assert len(PdfReader(BytesIO(pdf(content, picture=None))).pages) <= 2
