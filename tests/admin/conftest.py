"""The gate and the sign-in on a database of the test's own: routes of the test, browsers, a clock that is told."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from pwdlib import PasswordHash
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from admin import sign_in
from admin.gate import COOKIE, Asked, Gate, Missing
from admin.roles import EVERYONE
from admin.views import static
from storage import staff
from storage.database import Database, reading, transaction
from storage.staff import digest
from storage.team_tables import AUDIT, STAFF
from storage.writer import Writer
from tests.conftest import HANOI, NOW

PASSWORD = "ruộng lúa xanh 2026"
SECRET = "a-secret-in-an-error"
HOST = "muadam.test"


class TurningWriter(Writer):
    """A writer before whose next work something else is done to the database: what another process did meanwhile."""

    before: Callable[[], None] | None = None

    def submit(self, *given: Any, **named: Any) -> Any:
        hook, self.before = self.before, None
        if hook is not None:
            hook()
        return super().submit(*given, **named)


@dataclass
class Office:
    """`at` is the time by the gate's clock."""

    database: Database
    writer: TurningWriter
    gate: Gate
    app: Starlette
    at: list[datetime]
    password_hash: str
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.at[0]

    def forward(self, **period: float) -> None:
        self.at[0] += timedelta(**period)

    def add(
        self,
        login: str = "sau.tv",
        *,
        roles: Sequence[str] = ("member",),
        scope: Sequence[str] = ("31687",),
        has_password: bool = True,
    ) -> int:
        """A new member, who has chosen PASSWORD."""
        with transaction(self.database) as connection:
            number = staff.add(connection, login=login, name="Chị Sáu", roles=roles, scope=scope, now=self.now)
            if has_password:
                staff.set_password(connection, number, self.password_hash)
        return number

    def browser(self, cookie: str = "", *, scheme: str = "http") -> httpx.AsyncClient:
        """A browser with this cookie; close to a real one in where it sends it."""
        transport = httpx.ASGITransport(app=self.app)
        made = httpx.AsyncClient(transport=transport, base_url=f"{scheme}://{HOST}")
        if cookie:
            made.cookies.set(COOKIE, cookie, domain=HOST, path="/staff")
        self.clients.append(made)
        return made

    def signed_in(self, number: int) -> httpx.AsyncClient:
        """A browser in which this member is signed in."""
        cookie = f"cookie-{len(self.clients)}-of-{number}"
        with transaction(self.database) as connection:
            staff.begin_session(connection, number, cookie_digest=digest(cookie), agent="?", now=self.now)
        return self.browser(cookie)

    def row(self, number: int) -> Any:
        with reading(self.database) as connection:
            return connection.execute(select(STAFF).where(STAFF.c.id == number)).one()

    def change(self, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Do something to the database, as another process would."""
        with transaction(self.database) as connection:
            return work(connection, *given, **named)

    def actions(self) -> list[str]:
        with reading(self.database) as connection:
            return list(connection.scalars(select(AUDIT.c.action).order_by(AUDIT.c.id)))


def own_routes(gate: Gate) -> list[BaseRoute]:
    """Pages of the test: one for leaders, one that writes, and those on which something goes wrong."""

    async def said(request: Request, asked: Asked) -> Response:
        return PlainTextResponse(asked.member.name)

    async def write(request: Request, asked: Asked) -> Response:
        action = str((await request.form()).get("action", "written"))
        await gate.change(lambda connection, now: staff.record(connection, staff_id=None, action=action, now=now))
        return PlainTextResponse("written")

    async def fail(error: Callable[[], Exception], request: Request, asked: Asked) -> Response:
        raise error()

    return [
        gate.route("/staff/leading", said, roles=frozenset({"leader"})),
        gate.route("/staff/write", write, roles=EVERYONE - {"auditor"}, methods=("POST",)),
        gate.route("/staff/missing", partial(fail, Missing), roles=EVERYONE),
        gate.route("/staff/broken/{token}", partial(fail, lambda: RuntimeError(SECRET)), roles=EVERYONE),
    ]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Of PASSWORD; argon2 takes its time, so once for all tests."""
    return PasswordHash.recommended().hash(PASSWORD)


@pytest.fixture
def public_url() -> str:
    """A test of https overrides it."""
    return f"http://{HOST}"


@pytest.fixture
async def office(database: Database, password_hash: str, public_url: str) -> AsyncIterator[Office]:
    at = [NOW]
    writer = TurningWriter(database, clock=lambda: at[0])
    gate = Gate(database=database, writer=writer, clock=lambda: at[0], public_url=public_url)
    routes = [static(), *sign_in.routes(gate, zone=HANOI), *own_routes(gate), gate.nowhere()]
    office = Office(database, writer, gate, Starlette(routes=routes), at, password_hash)
    writer.start()
    try:
        yield office
    finally:
        for client in office.clients:
            await client.aclose()
        await writer.stop()


@pytest.fixture
def gate(office: Office) -> Gate:
    return office.gate


@pytest.fixture
def client_of(office: Office) -> Callable[..., httpx.AsyncClient]:
    """client_of(roles=..., scope=...): a browser in which a new member with these is signed in."""

    def signed_in(roles: Sequence[str] = ("member",), scope: Sequence[str] = ("31687",)) -> httpx.AsyncClient:
        number = office.add(f"nguoi{len(office.clients)}", roles=roles, scope=scope, has_password=False)
        return office.signed_in(number)

    return signed_in
