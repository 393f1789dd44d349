"""Posters under /media: drawn for who has a good ticket, kept by nobody, and kindly refused when they are old."""

import asyncio
import io
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bot import poster_files
from bot.messages import Message
from bot.poster_files import Form
from server import clock
from storage.database import Database
from tests.conftest import NOW
from tests.webhooks.chat_visitor import visiting
from tests.webhooks.echo_chat import echo_chat
from tests.webhooks.test_channels import config, every_channel
from tests.webhooks.test_door import Door, at_the_door
from webhooks.channel import Channel
from webhooks.poster_answers import AT_ONCE

ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
TICKET = "a-ticket_" * 10
NAMES = [poster_files.picture(TICKET, "a5"), poster_files.picture(TICKET, "a6"), poster_files.document(TICKET)]
A_PERSON = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
A_PICTURE_OF_THE_PAGE = {"accept": "image/avif,image/webp,*/*;q=0.8"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def draws_its_name(form: Form, ticket: str) -> Callable[[], bytes]:
    return f"{form} {ticket}".encode


def draws_nothing(form: Form, ticket: str) -> None:
    return None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "form", "content_type"),
    [(NAMES[0], "a5", "image/png"), (NAMES[1], "a6", "image/png"), (NAMES[2], "pdf", "application/pdf")],
)
async def test_a_poster_is_drawn_for_its_ticket_and_kept_nowhere(
    database: Database, name: str, form: str, content_type: str
) -> None:
    async with echo_chat(database, now=NOW, draws=draws_its_name) as chat, visiting(chat) as client:
        answer = await client.get(f"/media/{name}")
        looked_at = await client.head(f"/media/{name}")

    assert (answer.status_code, answer.text) == (200, f"{form} {TICKET}")
    assert answer.headers["content-type"] == content_type
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "etag" not in answer.headers
    assert looked_at.status_code == 200
    assert looked_at.headers == answer.headers


@pytest.mark.anyio
async def test_the_pages_to_print_open_in_place_under_a_name_of_their_own(database: Database) -> None:
    async with echo_chat(database, now=NOW, draws=draws_its_name) as chat, visiting(chat) as client:
        headers = (await client.get(f"/media/{NAMES[2]}")).headers

    assert headers["content-disposition"] == 'inline; filename="to-dan-qr.pdf"'
    assert "sandbox" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.anyio
@pytest.mark.parametrize("name", NAMES)
async def test_who_opens_an_old_poster_is_told_what_to_do(database: Database, name: str) -> None:
    async with echo_chat(database, now=NOW, draws=draws_nothing) as chat, visiting(chat) as client:
        seen = await client.get(f"/media/{name}", headers=A_PERSON)
        fetched = await client.get(f"/media/{name}", headers=A_PICTURE_OF_THE_PAGE)

    assert seen.status_code == fetched.status_code == 404
    assert seen.headers["content-type"] == "text/html; charset=utf-8"
    assert "gửi lại hình mã QR" in seen.text
    assert "script" not in seen.text
    assert "default-src 'none'" in seen.headers["content-security-policy"]
    assert "html" not in fetched.headers["content-type"]
    assert all("no-store" in answer.headers["cache-control"] for answer in (seen, fetched))


@pytest.mark.anyio
async def test_a_picture_of_the_lessons_may_be_called_poster(database: Database, tmp_path: Path) -> None:
    (tmp_path / "poster-a5-cho-nho.png").write_bytes(b"a picture")

    async with echo_chat(database, now=NOW, media_folder=tmp_path) as chat, visiting(chat) as client:
        answer = await client.get("/media/poster-a5-cho-nho.png")

    assert (answer.status_code, answer.content) == (200, b"a picture")


@pytest.mark.anyio
async def test_a_few_are_drawn_at_a_time_and_the_others_wait(database: Database) -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    both_are_here = threading.Barrier(AT_ONCE)

    def draw() -> bytes:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        both_are_here.wait(timeout=10)
        with lock:
            under_way -= 1
        return b"drawn"

    async with echo_chat(database, now=NOW, draws=lambda _form, _ticket: draw) as chat, visiting(chat) as client:
        answers = await asyncio.gather(*(client.get(f"/media/{NAMES[0]}") for _ in range(4 * AT_ONCE)))

    assert {answer.content for answer in answers} == {b"drawn"}
    assert most == AT_ONCE


def test_the_server_draws_what_it_has_sealed(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        ticket = door.server.tickets.seal(ACB, clock())
        for size in poster_files.SIZES:
            answer = await door.client.get(f"/media/{poster_files.picture(ticket, size)}")
            assert answer.status_code == 200
            assert [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)))] == [ACB]
        pages = await door.client.get(f"/media/{poster_files.document(ticket)}")
        assert pages.content.startswith(b"%PDF-")

    at_the_door(tmp_path, act)


def test_the_server_draws_nothing_for_old_and_forged_tickets(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        old = door.server.tickets.seal(ACB, clock() - timedelta(hours=2, seconds=1))
        fresh = door.server.tickets.seal(ACB, clock())
        forged = fresh[:20] + ("B" if fresh[20] == "A" else "A") + fresh[21:]
        for ticket in (old, forged, fresh[:-4], "A" * 100, "A" * 2_000):
            for name in (poster_files.picture(ticket, "a5"), poster_files.document(ticket)):
                assert (await door.client.get(f"/media/{name}")).status_code == 404

    at_the_door(tmp_path, act)


def test_nothing_of_a_code_is_on_the_disk_after_its_poster_was_drawn(tmp_path: Path) -> None:
    async def act(door: Door) -> None:
        ticket = door.server.tickets.seal(ACB, clock())
        assert (await door.client.get(f"/media/{poster_files.picture(ticket, 'a5')}")).status_code == 200
        await asyncio.to_thread(nothing_of_it_is_kept)

    def nothing_of_it_is_kept() -> None:
        kept = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert kept
        assert not [path.name for path in kept if b"257678859" in path.read_bytes()]

    at_the_door(tmp_path, act)


DRAWN = Message(
    "Tờ dán đây ạ.",
    picture=NAMES[0],
    picture_alt="Tờ dán",
    document=NAMES[2],
    document_label="Tải tờ in (PDF)",
)


def said_by(channel: Channel, message: Message, *, media_url: str) -> list[str]:
    calls = channel.render(message, to="9000", config=config(media_url=media_url))
    return [call.text for call in calls if call.text]


@every_channel
def test_platforms_get_the_address_of_the_pages_in_their_text(channel: Channel) -> None:
    if channel.IS_FETCHED:
        return

    said = "\n".join(said_by(channel, DRAWN, media_url="https://xa.test/media/"))

    line = f"Tải tờ in (PDF): https://xa.test/media/{NAMES[2]}"
    assert said.splitlines().count(line) == 1
    assert said.startswith("Tờ dán đây ạ.")


@every_channel
def test_without_a_public_address_only_words_are_sent(channel: Channel) -> None:
    if channel.IS_FETCHED:
        return

    calls = channel.render(DRAWN, to="9000", config=config(media_url=""))

    assert [call.text for call in calls] == ["Tờ dán đây ạ.\n(Tờ dán)"]
    assert TICKET not in repr([call.json for call in calls])


@every_channel
def test_the_address_is_never_cut(channel: Channel) -> None:
    if channel.IS_FETCHED:
        return
    long = Message("Chào bác ạ. " * 200, document=NAMES[2], document_label="Tải tờ in (PDF)")

    said = said_by(channel, long, media_url="https://xa.test/media")

    assert len(said) > 1
    assert said[-1].endswith(f"Tải tờ in (PDF): https://xa.test/media/{NAMES[2]}")
