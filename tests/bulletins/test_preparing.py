"""A draft from a wish: the place that is meant, and what stands in it with and without a forecast."""

from collections.abc import Iterator

import pytest

from bulletins.preparing import Unplaced, Wish, place_named, prepare
from lessons.schema import Book
from tests.conftest import HANOI, NOW, TODAY
from tests.fakes.open_meteo import FakeOpenMeteo, Fault

TAI_VAN = Wish("31687", "Xã Tài Văn, Thành phố Cần Thơ", crops=("lua",), ask="Anh Tư", member="Chị Sáu")


@pytest.fixture
def service() -> Iterator[FakeOpenMeteo]:
    with FakeOpenMeteo() as running:
        yield running


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("31687", "31687", id="code of a commune"),
        pytest.param("92", "92", id="code of a province"),
        pytest.param("vn", "vn", id="everybody"),
        pytest.param("tai van tran de", "31687", id="words without marks, of before 2025"),
        pytest.param("Cần Thơ", "92", id="name of a province"),
    ],
)
def test_a_place_is_known_by_its_code_and_by_its_name(text: str, code: str) -> None:
    assert place_named(text)[0] == code


def test_a_name_of_several_places_is_not_guessed() -> None:
    with pytest.raises(Unplaced) as asked:
        place_named("Xã Châu Thành")

    assert len(asked.value.found) > 1
    assert all(place_named(code) == (code, name) for code, name in asked.value.found)


def test_a_name_of_no_place_has_nothing_to_choose_from() -> None:
    with pytest.raises(Unplaced) as asked:
        place_named("xyzzy")

    assert asked.value.found == ()


def test_a_draft_stands_on_the_forecast_for_the_middle_of_the_place(service: FakeOpenMeteo, book: Book) -> None:
    made = prepare(TAI_VAN, catalogue=book.crops, weather_url=service.url, now=NOW, zone=HANOI)

    assert (made.trouble, made.failure) == ("", "")
    assert made.content.week
    assert made.content.data_line
    assert (made.content.place, made.content.ask, made.content.approved_by) == ("31687", "Anh Tư", "Chị Sáu")
    assert service.calls == 1


@pytest.mark.parametrize(
    ("fault", "failure"),
    [("minutely", "TooMany"), ("refused", "Refused"), ("broken", "Unreadable"), ("array", "")],
)
def test_a_service_that_fails_leaves_its_parts_empty(
    service: FakeOpenMeteo, book: Book, fault: Fault, failure: str
) -> None:
    service.faults.append(fault)

    made = prepare(TAI_VAN, catalogue=book.crops, weather_url=service.url, now=NOW, zone=HANOI)

    assert made.failure == failure
    assert made.trouble == ("no_forecast" if failure else "")
    assert bool(made.content.week) == bool(made.content.data_line) == (not failure)
    assert (made.content.place, made.content.ask, made.content.issued_on) == ("31687", "Anh Tư", TODAY)


@pytest.mark.parametrize(
    ("wish", "trouble"),
    [
        pytest.param(Wish("vn", "cả nước"), "country", id="the whole country"),
        pytest.param(Wish("31687", "Tài Văn", by_hand=True), "", id="by hand"),
    ],
)
def test_where_there_is_no_forecast_nobody_is_asked_for_one(service: FakeOpenMeteo, wish: Wish, trouble: str) -> None:
    made = prepare(wish, catalogue=None, weather_url=service.url, now=NOW, zone=HANOI)

    assert (made.trouble, made.content.week, service.calls) == (trouble, "", 0)
