"""The staff pages on a database of the test's own, without a socket: who signs in, and a clock that is told."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, insert

from admin.desk import Desk, Fitted, Platforms
from admin.gate import COOKIE, Gate
from admin.pages import staff_routes
from bot.messages import Message
from bot.turn import Incoming, Taken, Turns
from bulletins.release import Lines
from lessons.schema import Book
from publishing import Files, Published
from storage import accounts, staff
from storage.database import Database, transaction
from storage.staff import digest
from storage.tables import PERSON, SUBSCRIPTION
from storage.writer import Writer
from tests.conftest import HANOI, NOW, ROOT
from webhooks.channels import BY_NAME

COMMUNE, PROVINCE, ELSEWHERE = "31687", "92", "31639"


@dataclass
class Stage:
    """`at` is the time by the pages' clock; `weather_url` nobody answers at unless a test gives one."""

    database: Database
    app: FastAPI
    desk: Desk
    at: list[datetime]
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def forward(self, **period: float) -> None:
        self.at[0] += timedelta(**period)

    def client(self, name: str = "Chị Sáu", *, roles: Sequence[str] = ("member",), scope: Sequence[str] = (COMMUNE,)):
        """A browser in which a new member is signed in."""
        login = f"nguoi{len(self._clients)}"
        cookie = f"cookie-of-{login}"
        with transaction(self.database) as connection:
            number = staff.add(connection, login=login, name=name, roles=roles, scope=scope, now=self.at[0])
            staff.begin_session(connection, number, cookie_digest=digest(cookie), agent="?", now=self.at[0])
        transport = httpx.ASGITransport(app=self.app)
        made = httpx.AsyncClient(transport=transport, base_url="http://muadam.test", cookies={COOKIE: cookie})
        self._clients.append(made)
        return made

    def subscribers(self, count: int, *, hours_ago: float = 1, place: str = COMMUNE, start: int = 0) -> None:
        """So many people of a Zalo account who want bulletins, and wrote so many hours ago."""
        now = self.at[0]
        with transaction(self.database) as connection:
            zalo = accounts.put(connection, channel="zalo-oa", external_id="oa", rate_per_minute=60)
            for nth in range(start, start + count):
                values = {"account_id": zalo, "address": f"{nth:019d}", "numbered": 0, "wants_pushes": True}
                values |= {"is_reachable": True, "created_at": now, "last_contact_at": now - timedelta(hours=hours_ago)}
                key = connection.execute(insert(PERSON).values(**values)).inserted_primary_key
                wish = {"person_id": key[0], "place": place, "province": PROVINCE, "crops": ",lua,", "stages": "{}"}
                connection.execute(insert(SUBSCRIPTION).values(**wish, since=now - timedelta(days=1)))


@asynccontextmanager
async def staged(
    database: Database,
    book: Book,
    *,
    weather_url: str = "http://127.0.0.1:9",
    files: Files | None = None,
    published: Callable[[], Published | None] = lambda: None,
    platforms: Platforms | None = None,
) -> AsyncIterator[Stage]:
    at = [NOW]
    turns = Turns(book, digest_key=b"key of the tests", account=lambda _: ("zalo-oa", None))
    writer = Writer(database, clock=lambda: at[0])
    writer.start()
    gate = Gate(database=database, writer=writer, clock=lambda: at[0], public_url="http://muadam.test")

    def lines(connection: Connection) -> Lines:
        return Lines(
            tuple(accounts.everyone(connection)), lambda name: BY_NAME[name].TERMS, lambda name, message: 1, HANOI
        )

    def fitted(connection: Connection, message: Message) -> list[Fitted]:
        return [Fitted("zalo-oa", [message.text], [])]

    def happen(connection: Connection, incoming: Incoming, now: datetime) -> Taken:
        [taken] = turns.run(connection, [incoming], now)
        return taken

    desk = Desk(
        gate=gate,
        zone=HANOI,
        lines=lines,
        catalogue=lambda: book.crops,
        fitted=fitted,
        weather_url=weather_url,
        published=published,
        files=files or Files(ROOT / "lessons.yaml", HANOI),
        happen=happen,
        platforms=platforms or Platforms(),
    )
    app = FastAPI()
    app.router.routes.extend(staff_routes(desk))
    stage = Stage(database, app, desk, at)
    try:
        yield stage
    finally:
        for client in stage._clients:
            await client.aclose()
        await writer.stop()


def words(response: httpx.Response) -> str:
    """What stands on a page, without its marks."""
    text = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", response.text)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
