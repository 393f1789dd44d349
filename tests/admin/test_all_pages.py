"""Every page that the product serves under /staff, as every role and as nobody."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import SQLModel
from structlog.testing import capture_logs

from admin.desk import Desk
from admin.gate import COOKIE
from admin.pages import staff_routes
from admin.roles import ROLES
from admin.views import STATIC
from bulletins.release import Lines
from publishing import Files
from storage import staff
from storage.database import reading
from tests.admin.conftest import PASSWORD, Office
from tests.admin.role_walk import address_of, staff_routes_of, walk
from tests.conftest import HANOI, ROOT

ClientOf = Callable[..., httpx.AsyncClient]

#: Written out by hand: what every answer under /staff carries.
SAFE = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
RESIDENTS = ("/", "/chat/messages", "/chat/static/chat.css", "/media/a.png", "/webhooks/zalo-oa", "/health/live")


def all_pages(office: Office) -> None:
    """Have the office serve every page of the product, on nothing that is published."""
    desk = Desk(
        gate=office.gate,
        zone=HANOI,
        lines=lambda connection: Lines((), pytest.fail, pytest.fail, HANOI),
        catalogue=lambda: None,
        fitted=lambda connection, message: (),
        weather_url="http://127.0.0.1:9",
        published=lambda: None,
        files=Files(ROOT / "lessons.yaml", HANOI),
        happen=pytest.fail,
    )
    office.app.router.routes[:] = staff_routes(desk)


@pytest.mark.anyio
async def test_each_page_of_the_product_lets_in_the_roles_that_it_declares_and_nobody_else(
    office: Office, client_of: ClientOf
) -> None:
    all_pages(office)

    with capture_logs() as logs:
        declared, happened = await walk(
            office.app.routes, signed_in=lambda role: client_of(roles=(role,)), signed_out=office.browser()
        )

    assert happened == declared
    assert [line for line in logs if line["event"] == "staff_page_failed"] == []
    opened = {path for _, path, role, got_in in happened if role == "nobody" and got_in}
    assert opened <= {"/staff/sign-in", "/staff/sign-in/code", "/staff/join/{token}", "/staff/{rest:path}"}


@pytest.mark.anyio
async def test_no_answer_is_without_its_headers(office: Office, client_of: ClientOf) -> None:
    all_pages(office)
    naked = []

    for route in staff_routes_of(office.app.routes):
        for method in ("GET", "POST", "PUT"):
            for client in (office.browser(), client_of(roles=("member",))):
                answer = await client.request(method, address_of(route))
                if not SAFE.items() <= dict(answer.headers).items():
                    naked.append((method, route.path, answer.status_code))
    style = await office.browser().get(f"{STATIC}staff.css")

    assert naked == []
    assert style.status_code == 200
    assert style.headers["x-content-type-options"] == "nosniff"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, id="a new browser"),
        pytest.param({"Origin": "https://evil.example"}, id="an old browser"),
        pytest.param({"Sec-Fetch-Site": "same-site", "Origin": "http://evil.muadam.test"}, id="a site beside ours"),
    ],
)
async def test_no_post_of_another_site_does_anything(office: Office, headers: dict[str, str]) -> None:
    all_pages(office)
    number = office.add(roles=ROLES, scope=("vn",), has_password=False)
    office.change(lambda connection: staff.change(connection, number, password_hash="a hash"))
    before = everything(office)
    posts = [route for route in staff_routes_of(office.app.routes) if "POST" in route.allowed]

    answers = {
        route.path: (await office.signed_in(number).post(address_of(route), headers=headers)).status_code
        for route in posts
    }

    assert len(posts) > 30
    assert set(answers.values()) == {403}, answers
    sessions = {"staffsession"}
    assert {name: rows for name, rows in everything(office).items() if name not in sessions} == {
        name: rows for name, rows in before.items() if name not in sessions
    }


@pytest.mark.anyio
async def test_the_cookie_of_a_member_is_never_sent_to_pages_of_residents(office: Office) -> None:
    office.add()
    client = office.browser()

    await client.post("/staff/sign-in", data={"login": "sau.tv", "password": PASSWORD})

    sent = {path: client.build_request("GET", path).headers.get("cookie", "") for path in RESIDENTS}
    assert COOKIE in client.build_request("GET", "/staff/me").headers["cookie"]
    assert set(sent.values()) == {""}


def everything(office: Office) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with reading(office.database) as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for name, table in SQLModel.metadata.tables.items()
        }
