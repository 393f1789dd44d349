"""The page of who did what: its filter, its pages, whose deeds are shown to whom, and that nothing can be changed."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from bot.events import DataWithdrawn, Joined
from bot.turn import Incoming
from lessons.schema import Book
from storage import accounts, staff
from storage.database import Database, reading, transaction
from storage.team_tables import AUDIT
from tests.admin.desk_stage import PROVINCE, Stage, staged, words
from tests.conftest import NOW

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book):
    async with staged(database, book) as made:
        yield made


def auditor(stage: Stage, *scope: str) -> httpx.AsyncClient:
    return stage.client("Bà Ba", roles=("auditor",), scope=scope or ("vn",))


def did(stage: Stage, action: str, subject: str = "", *, by: int | None = None, days: int = 0) -> None:
    with transaction(stage.database) as connection:
        staff.record(connection, staff_id=by, action=action, subject=subject, now=NOW + timedelta(days=days))


def added(stage: Stage, login: str, place: str) -> int:
    with transaction(stage.database) as connection:
        return staff.add(connection, login=login, name=f"Anh {login}", roles=["member"], scope=[place], now=NOW)


async def test_deeds_are_told_in_words_the_newest_first(stage: Stage) -> None:
    tu = added(stage, "tu", "31687")
    did(stage, "viewed_person", "person 42", by=tu)
    did(stage, "staff_added", "tu", days=1)

    page = words(await auditor(stage).get("/staff/audit"))

    assert "xem một người : người số 42 Anh tu (tu), 10:00 Chủ nhật 22/11" in page
    assert "thêm người dùng : tu máy chủ, 10:00 thứ Hai 23/11" in page
    assert page.index("thêm người dùng : tu") < page.index("người số 42")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("who=tu", {"person 1", "person 3"}),
        ("action=exported", {"person 3"}),
        ("subject=person 2", {"person 2"}),
        ("since=2026-11-23", {"person 2", "person 3"}),
        ("until=2026-11-22", {"person 1"}),
        ("since=2026-11-23&until=2026-11-23", {"person 2"}),
        ("since=nonsense", {"person 1", "person 2", "person 3"}),
        ("action=never", set()),
    ],
)
async def test_the_filter_finds(stage: Stage, query: str, shown: set[str]) -> None:
    tu, nam = added(stage, "tu", "31687"), added(stage, "nam", "31687")
    did(stage, "viewed_person", "person 1", by=tu)
    did(stage, "viewed_person", "person 2", by=nam, days=1)
    did(stage, "exported", "person 3", by=tu, days=2)

    page = words(await auditor(stage).get(f"/staff/audit?{query}"))

    assert {f"person {number}" for number in re.findall(r"người số (\d+)", page)} == shown


async def test_page_after_page_shows_every_row_once(stage: Stage) -> None:
    for number in range(120):
        did(stage, "viewed_person", f"person {number}")
    client, address, seen = auditor(stage), "/staff/audit?action=viewed_person", []

    while address:
        page = (await client.get(address)).text
        seen += re.findall(r"người số (\d+)", page)
        more = re.search(r'href="([^"]+)">Cũ hơn', page)
        address = more[1].replace("&amp;", "&") if more else ""

    assert [int(number) for number in seen] == list(range(119, -1, -1))


async def test_a_keeper_of_a_province_sees_what_its_members_did_alone(stage: Stage) -> None:
    near, far = added(stage, "gan", "31687"), added(stage, "xa", "00004")
    did(stage, "exported", "person 1", by=near)
    did(stage, "exported", "person 2", by=far)
    did(stage, "erased", "person 3")

    page = words(await auditor(stage, PROVINCE).get("/staff/audit"))

    assert "người số 1" in page
    assert "người số 2" not in page
    assert "người số 3" not in page
    assert "(xa)" not in page


async def test_the_database_itself_refuses_to_change_or_delete_a_deed(stage: Stage) -> None:
    did(stage, "exported", "person 1")

    for forged in (update(AUDIT).values(action="nothing"), delete(AUDIT)):
        with pytest.raises(IntegrityError, match="only added to"), transaction(stage.database) as connection:
            connection.execute(forged)

    with reading(stage.database) as connection:
        assert list(connection.scalars(select(AUDIT.c.action))) == ["exported"]


async def test_an_erasure_is_written_down_by_its_number_alone(stage: Stage) -> None:
    with transaction(stage.database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
        for nth, event in enumerate((Joined(), DataWithdrawn())):
            stage.desk.happen(connection, Incoming(account, "1234567890", f"e{nth}", event), NOW)

    with reading(stage.database) as connection:
        [row] = connection.execute(select(AUDIT)).all()
    assert (row.action, row.subject, row.detail, row.staff_id) == ("erased", "person 1", "", None)


@pytest.mark.parametrize(
    "before", ["x", "-1", "99999999999999999999", pytest.param("9" * 5000, id="thousands of digits")]
)
async def test_a_page_that_is_not_there_is_the_first_one(stage: Stage, before: str) -> None:
    did(stage, "exported", "person 1")

    assert "người số 1" in words(await auditor(stage).get(f"/staff/audit?before={before}"))
