"""What no browser of a member sends: numbers that no id can be, bodies that are no JSON of ours. Nothing breaks."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from admin.gate import SAFE_HEADERS
from admin.pages import staff_routes
from lessons.schema import Book
from storage.database import Database
from tests.admin.desk_stage import Stage, staged
from tests.admin.role_walk import staff_routes_of

pytestmark = pytest.mark.anyio

NUMBERS = [
    pytest.param("0", id="none"),
    pytest.param(str(2**31), id="more than an id"),
    pytest.param(str(2**63), id="more than a database counts"),
    pytest.param("9" * 5000, id="more than Python reads"),
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book) -> AsyncIterator[Stage]:
    async with staged(database, book) as made:
        yield made


@pytest.mark.parametrize("number", NUMBERS)
async def test_an_address_with_a_number_that_nothing_has_is_missing(stage: Stage, number: str) -> None:
    client = stage.client(roles=("operator",), scope=("vn",))
    routes = [route for route in staff_routes_of(staff_routes(stage.desk)) if ":int}" in route.path]
    paths = {route.path.partition("{")[0] + number + route.path.partition("}")[2] for route in routes}
    assert len(paths) > 10

    with capture_logs() as logs:
        answers = [await client.get(path) for path in sorted(paths)]

    assert [answer.url.path[:60] for answer in answers if answer.status_code not in (404, 405)] == []
    for answer in answers:
        assert {name: answer.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS
    assert [line for line in logs if line["event"] == "staff_page_failed"] == []


async def test_whom_somebody_takes_over_from_is_a_number_of_some_digits(stage: Stage) -> None:
    stage.subscribers(1)

    answer = await stage.client().post("/staff/waiting/1/claim", data={"over": "9" * 5000})

    assert answer.status_code == 409  # he waits for nobody


async def test_the_log_says_which_page_is_broken(stage: Stage) -> None:
    def broken() -> None:
        raise RuntimeError

    stage.app.router.routes[:] = staff_routes(replace(stage.desk, published=broken))

    with capture_logs() as logs:
        answer = await stage.client(roles=("author",)).get("/staff/lessons/edit/lessons.yaml")

    assert answer.status_code == 500
    assert [line["route"] for line in logs if line["event"] == "staff_page_failed"] == [
        "/staff/lessons/edit/{file:path}"
    ]
