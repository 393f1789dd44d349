"""Every page that the product serves under /staff, as every role and as nobody."""

from collections.abc import Callable

import httpx
import pytest
from structlog.testing import capture_logs

from admin.desk import Desk
from admin.pages import staff_routes
from bulletins.release import Lines
from publishing import Files
from tests.admin.conftest import Office
from tests.admin.role_walk import walk
from tests.conftest import HANOI, ROOT

ClientOf = Callable[..., httpx.AsyncClient]


@pytest.mark.anyio
async def test_each_page_of_the_product_lets_in_the_roles_that_it_declares_and_nobody_else(
    office: Office, client_of: ClientOf
) -> None:
    desk = Desk(
        gate=office.gate,
        zone=HANOI,
        lines=lambda connection: Lines((), pytest.fail, pytest.fail, HANOI),
        catalogue=lambda: None,
        fitted=lambda connection, message: (),
        weather_url="http://127.0.0.1:9",
        published=lambda: None,
        files=Files(ROOT / "lessons.yaml", HANOI),
        take=pytest.fail,
    )
    office.app.router.routes[:] = staff_routes(desk)

    with capture_logs() as logs:
        declared, happened = await walk(
            office.app.routes, signed_in=lambda role: client_of(roles=(role,)), signed_out=office.browser()
        )

    assert happened == declared
    assert [line for line in logs if line["event"] == "staff_page_failed"] == []
    opened = {path for _, path, role, got_in in happened if role == "nobody" and got_in}
    assert opened <= {"/staff/sign-in", "/staff/join/{token}", "/staff/{rest:path}"}
