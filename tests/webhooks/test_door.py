"""The webhook door: what it takes, what it refuses, and that a refusal leaves nothing behind.

The whole application of one process, driven through ASGI; only the platform is a fake.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from publishing import fit_to_publish, publish_library
from server import Server, clock
from settings import Settings
from storage.database import connect, migrate, reading
from storage.tables import INBOX, OUTBOX, PERSON
from tests.conftest import ROOT
from tests.fakes import zalo_events
from tests.fakes.zalo_events import HONEST, Identity, Signing
from tests.fakes.zalo_oa import FakeZalo
from webhooks.app import LARGEST_BODY

EVENTS = [
    json.loads(line)
    for line in (ROOT / "tests/webhooks/fixtures/zalo_oa/events.jsonl").read_text(encoding="utf-8").splitlines()
]
WHO = "9000000000000000001"
URL = "/webhooks/zalo-oa"


class Door:
    """A running server without its sender, and a platform that signs."""

    def __init__(self, server: Server, client: httpx.AsyncClient) -> None:
        self.server = server
        self.client = client
        self.identity = Identity()

    def body(self, text: str = "xin chào", message_id: str = "m1") -> bytes:
        event = zalo_events.message(
            self.identity, WHO, name="user_send_text", message_id=message_id, at=1790000000123, text=text
        )
        return zalo_events.encode(event)

    async def post(self, body: bytes, signing: Signing = HONEST, **headers: str) -> httpx.Response:
        signed = {} if signing.is_absent else zalo_events.headers(body, self.identity, signing)
        return await self.client.post(URL, content=body, headers=signed | headers)

    def count(self) -> dict[str, int]:
        with reading(self.server.database) as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in (PERSON, INBOX, OUTBOX)
            }


def settings(tmp_path: Path, **changes: Any) -> Settings:
    identity = Identity()
    known: dict[str, Any] = {
        "data_dir": tmp_path,
        "lessons": ROOT / "lessons.yaml",
        "zalo_app_id": identity.app_id,
        "zalo_oa_id": identity.oa_id,
        "zalo_oa_secret": SecretStr(identity.oa_secret),
        "zalo_app_secret": SecretStr(identity.app_secret),
        "zalo_access_token": SecretStr("access-0"),
        "zalo_refresh_token": SecretStr("refresh-0"),
        "zalo_rate_per_minute": 0,
    }
    return Settings(_env_file=None, **(known | changes))


@cache
def _published() -> bytes:
    """A database with the lessons published: publishing for every test would be most of its time."""
    with TemporaryDirectory() as folder:
        database = connect(f"sqlite:///{folder}/muadam.db")
        migrate(database)
        files = Settings(_env_file=None, lessons=ROOT / "lessons.yaml").files()
        publish_library(database, fit_to_publish(files, now=clock()), now=clock())
        database.close()
        return (Path(folder) / "muadam.db").read_bytes()


@asynccontextmanager
async def running(found: Settings, *, works: bool = False) -> AsyncIterator[Door]:
    (found.data_dir / "muadam.db").write_bytes(_published())
    server = Server(found)
    app = server.app(works=works)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with server.running(works=works), httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        yield Door(server, client)


def at_the_door(tmp_path: Path, act: Callable[[Door], Awaitable[None]], **changes: Any) -> None:
    async def run() -> None:
        async with running(settings(tmp_path, **changes)) as door:
            await act(door)

    asyncio.run(run())


NOTHING = {"person": 0, "inbox": 0, "outbox": 0}


def test_a_signed_message_is_answered_after_the_commit(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        answer = await door.post(door.body())
        assert answer.status_code == 200
        assert door.count() == {"person": 1, "inbox": 1, "outbox": 2}

    at_the_door(tmp_path, act)


def test_the_same_message_again_is_taken_and_not_answered_again(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        answers = [await door.post(door.body(), num_retry=str(attempt)) for attempt in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert door.count() == {"person": 1, "inbox": 1, "outbox": 2}

    at_the_door(tmp_path, act)


@pytest.mark.parametrize(
    "signing",
    [
        pytest.param(Signing(secret="wrong"), id="another secret"),
        pytest.param(Signing(is_reserialised=True), id="signed over parsed JSON"),
        pytest.param(Signing(is_absent=True), id="no signature"),
    ],
)
def test_a_bad_signature_is_refused_and_nothing_else_happens(tmp_path: Path, signing: Signing) -> None:
    async def act(door: Door) -> None:
        answer = await door.post(door.body(), signing)
        assert answer.status_code == 401
        assert "error" in answer.json()
        assert door.count() == NOTHING

    at_the_door(tmp_path, act)


def test_a_changed_body_is_refused(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        headers = zalo_events.headers(door.body(), door.identity)
        answer = await door.client.post(URL, content=door.body("chuyển tiền"), headers=headers)
        assert answer.status_code == 401
        assert door.count() == NOTHING

    at_the_door(tmp_path, act)


def test_an_account_without_a_secret_takes_nothing(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        empty = Identity(oa_secret="")
        answer = await door.client.post(URL, content=door.body(), headers=zalo_events.headers(door.body(), empty))
        assert answer.status_code == 401
        assert door.count() == NOTHING

    at_the_door(tmp_path, act, zalo_oa_secret=SecretStr(""))


def test_a_server_without_accounts_says_so(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        answer = await door.post(door.body())
        assert answer.status_code == 401
        assert "docs/operations.md" in answer.json()["error"]

    at_the_door(tmp_path, act, zalo_app_id="")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"not json", 400, id="not JSON"),
        pytest.param(b"\xff\xfe\x00", 400, id="not text"),
        pytest.param(b'"text"', 400, id="a string"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"null", 400, id="null"),
        pytest.param(b"[" * 200_000, 400, id="too deep"),
        pytest.param(b'{"a":' * 100_000, 400, id="too deep objects"),
        pytest.param(b'{"event_name": "user_send_text"', 400, id="cut off"),
        pytest.param(b"1" * 10_000, 400, id="a long number"),
        pytest.param(b'{"timestamp":' + b"9" * 5_000 + b"}", 200, id="a long timestamp"),
    ],
)
def test_what_is_not_the_platforms_json_is_refused_clearly(tmp_path: Path, body: bytes, status: int) -> None:
    async def act(door: Door) -> None:
        answer = await door.client.post(URL, content=body, headers=_signed_blindly(door, body))
        # A body whose own timestamp cannot be read cannot be verified either: 401 is as good as 400.
        assert answer.status_code in (status, 401)
        assert answer.json()
        assert door.count() == NOTHING

    at_the_door(tmp_path, act)


def _signed_blindly(door: Door, body: bytes) -> dict[str, str]:
    """Signed with a timestamp in the header, as the body has none that could be read."""
    import hashlib

    identity, stamp = door.identity, "1790000000123"
    mac = hashlib.sha256(identity.app_id.encode() + body + stamp.encode() + identity.oa_secret.encode())
    return {"x-zevent-timestamp": stamp, "x-zevent-signature": f"mac={mac.hexdigest()}"}


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        announced = await door.post(b"x" * (LARGEST_BODY + 1), Signing(is_absent=True))
        assert announced.status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(LARGEST_BODY // 1_000 + 2):
                yield b"x" * 1_000

        streamed = await door.client.post(URL, content=endless())
        assert streamed.status_code == 413

    at_the_door(tmp_path, act)


def test_the_consoles_probe_is_welcome_and_has_no_effect(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        assert (await door.post(b"{}", Signing(is_absent=True))).status_code == 200
        assert (await door.client.get(URL)).status_code == 200
        assert (await door.client.put(URL)).status_code == 405
        assert door.count() == NOTHING

    at_the_door(tmp_path, act)


@pytest.mark.parametrize("row", EVENTS, ids=[row["id"] for row in EVENTS])
def test_captured_webhooks_are_taken_and_nothing_is_invented(tmp_path: Path, row: dict[str, Any]) -> None:
    async def act(door: Door) -> None:
        body = row["raw_body"].encode()
        answer = await door.client.post(URL, content=body, headers=_signed_blindly(door, body))
        assert answer.status_code in (200, 400)
        says = door.count()["outbox"]
        if row["expect"].get("reply") is True:
            assert says > 0
        elif row["expect"].get("reply") is False:
            assert says == 0

    at_the_door(tmp_path, act)


@pytest.mark.parametrize(
    "text", ["", " ", "😀😀", "\x00\x01", "a" * 50_000, "\u202e\u200b", "ｆｕｌｌ", "{xung_ho}"], ids=repr
)
def test_odd_texts_are_answered_like_any_other(tmp_path: Path, text: str) -> None:
    async def act(door: Door) -> None:
        for number, said in enumerate(("chào", "đồng ý", "cô", text)):
            assert (await door.post(door.body(said, f"m{number}"))).status_code == 200
        counts = door.count()
        assert counts["inbox"] == 4
        assert counts["outbox"] > 4

    at_the_door(tmp_path, act)


def test_a_locked_database_is_a_refusal_that_loses_nothing(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        from sqlalchemy import text

        with door.server.database.writing.connect() as mine:
            mine.execute(text("PRAGMA busy_timeout=0"))
        holder = door.server.database.reading.connect()
        holder.exec_driver_sql("ROLLBACK")
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        refused = await door.post(door.body())
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        holder.exec_driver_sql("ROLLBACK")
        holder.close()

        assert (await door.post(door.body())).status_code == 200
        assert door.count() == {"person": 1, "inbox": 1, "outbox": 2}

    at_the_door(tmp_path, act)


def test_health_tells_live_from_ready(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        assert (await door.client.get("/health/live")).status_code == 200
        assert (await door.client.get("/health/ready")).json()["ready"] is True
        await door.post(door.body())
        metrics = (await door.client.get("/metrics")).text
        assert 'muadam_webhooks_total{channel="zalo-oa",outcome="taken"} 1.0' in metrics
        assert WHO not in metrics

    at_the_door(tmp_path, act)


def test_events_for_another_account_of_the_app_are_counted_only(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        from storage import accounts
        from storage.database import transaction

        with transaction(door.server.database) as connection:
            second = {"app_id": door.identity.app_id, "secret": door.identity.oa_secret}
            accounts.put(connection, channel="zalo-oa", external_id="7000000000000000002", **second)
        door.server.accounts.load()
        event = json.loads(door.body()) | {"recipient": {"id": "7000000000000000003"}}
        assert (await door.post(zalo_events.encode(event))).status_code == 200
        assert door.count() == NOTHING

    at_the_door(tmp_path, act)


def test_a_resident_learns_over_zalo_from_the_first_word_to_the_end(tmp_path: Path) -> None:
    async def run() -> None:
        async with FakeZalo() as zalo:
            found = settings(tmp_path, zalo_api_url=zalo.url, zalo_oauth_url=zalo.url)
            async with running(found, works=True) as door:
                for number, said in enumerate(("alo", "1", "bac", "vneid la gi", *"11111")):
                    await door.post(door.body(said, f"m{number}"))
                    await zalo.until(lambda: len(zalo.texts(WHO)) == door.count()["outbox"])
                texts = zalo.texts(WHO)
                assert "OTP" in texts[0]
                assert any(text.startswith("Dạ, em xin gọi là bác") for text in texts)
                assert sum("1. " in text for text in texts) >= 6
                assert all("**" not in text for text in texts)

    asyncio.run(run())
