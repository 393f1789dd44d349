"""Centres: every commune and province has one, inside Vietnam and near its province, unless it is an island."""

from math import asin, cos, radians, sin, sqrt

import pytest

from vietnamese.centres import centre_of
from vietnamese.place_table import table

#: Farther than 250 km from the middle of their province, and rightly so.
FAR_ISLANDS = {"20333": "Hoàng Sa", "22736": "Trường Sa", "26732": "Côn Đảo"}
#: Beyond the longitudes of the mainland and its coast.
ARCHIPELAGOS = {"20333", "22736"}


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (latitude, longitude), (other_latitude, other_longitude) = (
        (radians(degrees[0]), radians(degrees[1])) for degrees in (one, other)
    )
    half = (
        sin((other_latitude - latitude) / 2) ** 2
        + cos(latitude) * cos(other_latitude) * sin((other_longitude - longitude) / 2) ** 2
    )
    return 12_742 * asin(sqrt(half))


def test_every_commune_and_province_lies_in_vietnam() -> None:
    codes = set(table().communes) | set(table().provinces)

    astray = {
        code
        for code in codes
        for latitude, longitude in [centre_of(code) or (0.0, 0.0)]
        if not (8.3 <= latitude <= 23.4 and 102.1 <= longitude <= 109.5)
    }

    assert len(codes) == 3_321 + 34
    assert astray == ARCHIPELAGOS


def test_a_commune_lies_near_the_middle_of_its_province() -> None:
    far = {
        code
        for code, (_, province) in table().communes.items()
        if kilometres(centre_of(code) or (0.0, 0.0), centre_of(province) or (0.0, 0.0)) > 250
    }

    assert far == set(FAR_ISLANDS)


# Town and islands of before 2025 with a known place; the source had most of these mixed up with another commune.
@pytest.mark.parametrize(
    ("code", "about"),
    [
        pytest.param("31567", (9.60, 105.79), id="Mỹ Tú"),
        pytest.param("30130", (10.56, 105.50), id="Thanh Bình, Đồng Tháp"),
        pytest.param("28615", (10.41, 106.38), id="Lương Hoà Lạc, Chợ Gạo"),
        pytest.param("04924", (20.88, 105.53), id="Lương Sơn, Hoà Bình"),
        pytest.param("08296", (21.47, 104.93), id="Sơn Lương, Yên Lập"),
        pytest.param("06757", (21.33, 107.93), id="Vĩnh Thực, Móng Cái"),
        pytest.param("06978", (21.27, 107.28), id="Ba Chẽ, by its name"),
        pytest.param("01", (21.0, 105.7), id="Hà Nội, the province"),
    ],
)
def test_a_commune_lies_where_it_is(code: str, about: tuple[float, float]) -> None:
    centre = centre_of(code)

    assert centre is not None
    assert kilometres(centre, about) < 12


@pytest.mark.parametrize("code", ["", "00000", "99", "Mỹ Tú", "1", "0004"])
def test_another_code_has_no_centre(code: str) -> None:
    assert centre_of(code) is None
