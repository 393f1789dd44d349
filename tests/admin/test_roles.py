"""Who may do what: roles on routes, places on bulletins."""

from collections.abc import Callable

import httpx
import pytest
from starlette.routing import Route

from admin.roles import BULLETIN_APPROVERS, BULLETIN_READERS, BULLETIN_WRITERS, EVERYONE, ROLES, covers
from storage import staff
from tests.admin.conftest import Office
from tests.admin.role_walk import staff_routes_of, walk

ClientOf = Callable[..., httpx.AsyncClient]


@pytest.mark.anyio
async def test_each_route_lets_in_the_roles_that_it_declares_and_nobody_else(
    office: Office, client_of: ClientOf
) -> None:
    declared, happened = await walk(
        office.app.routes, signed_in=lambda role: client_of(roles=(role,)), signed_out=office.browser()
    )

    assert happened == declared
    assert ("GET", "/staff/leading", "leader", True) in happened
    assert ("GET", "/staff/leading", "operator", False) in happened
    assert ("POST", "/staff/write", "nobody", False) in happened


def test_a_route_that_does_not_say_who_may_use_it_fails_the_walk() -> None:
    with pytest.raises(AssertionError, match="does not say"):
        list(staff_routes_of([Route("/staff/forgotten", lambda request: None)]))


@pytest.mark.anyio
async def test_a_role_that_is_taken_away_is_gone_at_once(office: Office) -> None:
    number = office.add(roles=("member", "leader"))
    client = office.signed_in(number)
    before = await client.get("/staff/leading")

    office.change(staff.change, number, roles=("member",))
    after = await client.get("/staff/leading")

    assert (before.status_code, after.status_code) == (200, 403)


@pytest.mark.parametrize(
    ("scope", "place", "is_covered"),
    [
        pytest.param(("31687",), "31687", True, id="his commune"),
        pytest.param(("31687",), "31639", False, id="another commune of the province"),
        pytest.param(("92",), "31687", True, id="a commune of his province"),
        pytest.param(("31687",), "92", False, id="the province of his commune"),
        pytest.param(("92",), "92", True, id="his province"),
        pytest.param(("96",), "31687", False, id="another province"),
        pytest.param(("96", "31687"), "31687", True, id="one of several"),
        pytest.param(("vn",), "31687", True, id="everywhere"),
        pytest.param(("vn",), "vn", True, id="the country"),
        pytest.param(("92",), "vn", False, id="the country is no province's"),
        pytest.param((), "31687", False, id="no place"),
        pytest.param(("vn",), "", True, id="a place that nobody knows"),
        pytest.param(("92",), "99999", False, id="a code that nobody knows"),
    ],
)
def test_a_scope_covers_itself_and_what_lies_in_it(scope: tuple[str, ...], place: str, is_covered: bool) -> None:
    assert covers(scope, place) is is_covered


def test_an_auditor_changes_nothing_and_every_role_is_known() -> None:
    assert "auditor" in BULLETIN_READERS
    assert "auditor" not in BULLETIN_WRITERS | BULLETIN_APPROVERS
    assert BULLETIN_WRITERS | BULLETIN_APPROVERS | BULLETIN_READERS <= EVERYONE == set(ROLES)
