"""The page of those who sign in: whom a keeper adds, changes and lets go, and whom he may not touch."""

import re

import httpx
import pytest
from sqlalchemy import select

from lessons.schema import Book
from storage import staff
from storage.database import Database, reading, transaction
from storage.team_tables import AUDIT
from tests.admin.desk_stage import COMMUNE, PROVINCE, Stage, staged, words
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

TU = {"login": "tu.tv", "name": "Anh Tư", "roles": "member", "scope": COMMUNE}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book):
    async with staged(database, book) as made:
        yield made


def keeper(stage: Stage, *scope: str) -> httpx.AsyncClient:
    return stage.client("Chị Năm", roles=("operator",), scope=scope or ("vn",))


def member(stage: Stage, login: str):
    with reading(stage.database) as connection:
        return next(one for one in staff.everyone(connection) if one.login == login)


def added(stage: Stage, login: str = "tu.tv", *, roles=("member",), scope=(COMMUNE,)) -> int:
    with transaction(stage.database) as connection:
        return staff.add(connection, login=login, name="Anh Tư", roles=roles, scope=scope, now=NOW)


async def test_somebody_is_added_and_his_link_is_shown_once(stage: Stage) -> None:
    page = await keeper(stage).post("/staff/team", data=TU)

    link = re.search(r"http://muadam\.test/staff/join/([\w-]{43})", page.text)
    assert link is not None
    assert (member(stage, "tu.tv").roles, member(stage, "tu.tv").scope) == ({"member"}, (COMMUNE,))
    with reading(stage.database) as connection:
        assert staff.invited(connection, link[1], NOW).login == "tu.tv"
    assert link[1] not in (await keeper(stage).get("/staff/team")).text


async def test_a_place_is_found_by_its_name(stage: Stage) -> None:
    form = {**TU, "place": "xã Tài Văn, Cần Thơ"}
    del form["scope"]

    await keeper(stage).post("/staff/team", data=form)

    assert member(stage, "tu.tv").scope == (COMMUNE,)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"login": "Tư Văn"}, "chữ thường không dấu", id="login"),
        pytest.param({"name": "  "}, "Chưa ghi tên", id="name"),
        pytest.param({"roles": "boss"}, "Chưa chọn việc", id="role"),
        pytest.param({"scope": ""}, "ngoài phần của mình", id="no place"),
        pytest.param({"scope": "99999"}, "ngoài phần của mình", id="not a place"),
        pytest.param({"place": "xã Không Có Thật"}, "Không tìm thấy nơi này", id="unknown place"),
        pytest.param({"place": "Mỹ An"}, "Có nhiều nơi tên này", id="many places"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(stage: Stage, fields: dict, says: str) -> None:
    page = await keeper(stage).post("/staff/team", data={**TU, "name": "Anh Tư Lúa", **fields})

    assert page.status_code == 422
    assert says in words(page)
    if "name" not in fields:
        assert "Anh Tư Lúa" in page.text
    with reading(stage.database) as connection:
        assert [one.login for one in staff.everyone(connection)] == ["nguoi0"]


async def test_a_login_is_given_once_also_of_who_has_ended(stage: Stage) -> None:
    number = added(stage)
    with transaction(stage.database) as connection:
        staff.end(connection, number, NOW)

    page = await keeper(stage).post("/staff/team", data=TU)

    assert page.status_code == 422
    assert "Đã có người dùng tên đăng nhập này" in words(page)


async def test_changed_roles_and_places_hold_at_once_for_who_is_in(stage: Stage) -> None:
    other = stage.client("Anh Tư", roles=("auditor",), scope=(COMMUNE,))
    number = member(stage, "nguoi0").id
    assert (await other.get("/staff/waiting")).status_code == 403

    saved = await keeper(stage).post(
        f"/staff/team/{number}", data={"name": "Anh Tư", "roles": ["member", "author"], "scope": [COMMUNE, PROVINCE]}
    )

    assert saved.status_code == 303
    assert (await other.get("/staff/waiting")).status_code == 200
    assert member(stage, "nguoi0").scope == (COMMUNE, PROVINCE)


async def test_a_keeper_of_a_province_sees_and_appoints_within_it_alone(stage: Stage) -> None:
    theirs, far, all_over = added(stage), added(stage, "xa", scope=("00004",)), added(stage, "vn", scope=("vn",))
    client = keeper(stage, PROVINCE)

    page = words(await client.get("/staff/team"))
    beyond = await client.post("/staff/team", data={**TU, "login": "moi", "scope": "vn"})

    assert "tu.tv" in page
    assert (await client.get(f"/staff/team/{theirs}")).status_code == 200
    assert (await client.get(f"/staff/team/{far}")).status_code == 404
    assert (await client.get(f"/staff/team/{all_over}")).status_code == 404
    for action in ("", "/link", "/end"):
        assert (await client.post(f"/staff/team/{all_over}{action}", data=TU)).status_code == 404
    assert beyond.status_code == 422
    assert "ngoài phần của mình" in words(beyond)
    assert member(stage, "vn").is_active


async def test_a_new_link_ends_password_second_factor_and_sessions(stage: Stage) -> None:
    other = stage.client("Anh Tư")
    number = member(stage, "nguoi0").id
    with transaction(stage.database) as connection:
        staff.change(connection, number, password_hash="x", totp_secret="y")

    page = await keeper(stage).post(f"/staff/team/{number}/link")

    assert "/staff/join/" in page.text
    assert (await other.get("/staff/me")).status_code == 303
    with reading(stage.database) as connection:
        row = staff.one(connection, number)
    assert (row.password_hash, row.totp_secret) == ("", "")


async def test_who_has_ended_is_out_at_once(stage: Stage) -> None:
    other = stage.client("Anh Tư")
    number = member(stage, "nguoi0").id

    done = await keeper(stage).post(f"/staff/team/{number}/end")

    assert done.status_code == 303
    assert (await other.get("/staff/me")).status_code == 303
    assert not member(stage, "nguoi0").is_active


async def test_nobody_ends_himself_or_stops_being_an_operator_by_a_slip(stage: Stage) -> None:
    client = keeper(stage)
    number = member(stage, "nguoi0").id

    ended = await client.post(f"/staff/team/{number}/end")
    lowered = await client.post(f"/staff/team/{number}", data={"name": "Chị Năm", "roles": "member", "scope": "vn"})

    assert (ended.status_code, lowered.status_code) == (422, 422)
    assert "Mình không tự cho mình nghỉ" in words(ended)
    assert member(stage, "nguoi0").roles == {"operator"}


async def test_what_was_done_is_written_down(stage: Stage) -> None:
    client = keeper(stage)
    await client.post("/staff/team", data=TU)
    number = member(stage, "tu.tv").id
    await client.post(f"/staff/team/{number}", data={"name": "Anh Tư", "roles": "leader", "scope": COMMUNE})
    await client.post(f"/staff/team/{number}/link")
    await client.post(f"/staff/team/{number}/end")

    with reading(stage.database) as connection:
        rows = connection.execute(select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail).order_by(AUDIT.c.id)).all()
    assert [tuple(row) for row in rows] == [
        ("staff_added", "tu.tv", "member 31687"),
        ("staff_changed", "tu.tv", "leader 31687"),
        ("staff_reset", "tu.tv", ""),
        ("staff_ended", "tu.tv", ""),
    ]


async def test_nobody_gives_up_a_place_of_his_own_by_a_slip(stage: Stage) -> None:
    client = keeper(stage)
    number = member(stage, "nguoi0").id

    refused = await client.post(
        f"/staff/team/{number}", data={"name": "Chị Năm", "roles": "operator", "scope": COMMUNE}
    )

    assert refused.status_code == 422
    assert "không tự bỏ nơi của mình" in words(refused)
    assert member(stage, "nguoi0").scope == ("vn",)
