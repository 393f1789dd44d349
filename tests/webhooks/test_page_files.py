"""The chat's page, its files and the lessons' media as HTTP answers."""

import re
from pathlib import Path

import pytest

from storage.database import Database
from storage.tables import PERSON
from tests.conftest import NOW
from tests.webhooks.chat_visitor import COOKIE, count, say, visiting
from tests.webhooks.echo_chat import echo_chat
from webhooks.page_files import PAGE_FOLDER, page_files

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_opening_the_page_stores_nothing(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat, cookie=None) as client:
        page = await client.get("/")
        history = await client.get("/chat/history")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert history.json() == {"started": False, "last": 0, "bubbles": []}
    assert count(database, PERSON) == 0


@pytest.mark.parametrize(
    ("public_url", "is_secure"), [("", False), ("http://xa.test", False), ("https://xa.test", True)]
)
async def test_the_cookie_is_long_hidden_from_scripts_and_kept(
    database: Database, public_url: str, is_secure: bool
) -> None:
    async with echo_chat(database, now=NOW, public_url=public_url) as chat, visiting(chat, None) as client:
        given = (await client.get("/")).headers["set-cookie"]
    async with visiting(chat, COOKIE) as client:
        again = (await client.get("/")).headers["set-cookie"]

    assert re.fullmatch(r"muadam_chat=[\w-]{43}; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax(; Secure)?", given)
    assert given.endswith("; Secure") is is_secure
    assert again.startswith(f"muadam_chat={COOKIE};")


@pytest.mark.parametrize("forged", ["short", "x" * 44, "a" * 42 + "!"])
async def test_a_cookie_that_is_not_ours_is_replaced(database: Database, forged: str) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat, forged) as client:
        posted = await say(client, "xin chào")

    assert posted.status_code == 400
    assert re.match(r"muadam_chat=[\w-]{43};", posted.headers["set-cookie"])
    assert count(database, PERSON) == 0


async def test_the_page_is_fenced_in(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        headers = (await client.get("/")).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"].startswith("private")


def test_the_page_names_no_external_address() -> None:
    for path in PAGE_FOLDER.iterdir():
        if path.suffix != ".png":
            found = re.findall(r"https?://[\w.-]+", path.read_text(encoding="utf-8"))
            assert set(found) <= {"http://www.w3.org"}, path.name


async def test_every_file_that_the_page_names_is_there_and_kept_for_a_year(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        todo = re.findall(r'"(/chat/static/[^"]+)"', (await client.get("/")).text)
        seen: dict[str, str] = {}
        while todo:
            address = todo.pop()
            answer = await client.get(address)
            assert answer.status_code == 200, address
            seen[address] = answer.headers["cache-control"]
            if not address.split("?")[0].endswith(".png"):
                todo += set(re.findall(r'"(/chat/static/[^"]+)"', answer.text)) - set(seen)

    assert len(seen) >= len(page_files()) - 1
    assert set(seen.values()) == {"public, max-age=31536000, immutable"}


async def test_files_are_packed_and_not_sent_twice(database: Database) -> None:
    async with echo_chat(database, now=NOW) as chat, visiting(chat) as client:
        packed = await client.get("/chat/static/chat.js")
        plain = await client.get("/chat/static/chat.js", headers={"accept-encoding": "identity"})
        again = await client.get("/chat/static/chat.js", headers={"if-none-match": packed.headers["etag"]})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert packed.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/chat/static/no.js",
        "/chat/static/..%2fchat.py",
        "/chat/static/%2e%2e/chat.py",
        "/media/no.png",
        "/media/secret.txt",
        "/media/.hidden.png",
        "/media/..%2fsecret.png",
        "/media/%2e%2e%2fsecret.png",
        "/media/..%5csecret.png",
        "/media/mot.png%00.txt",
        "/media/folder/mot.png",
    ],
)
async def test_nothing_but_the_files_meant_is_served(database: Database, tmp_path: Path, path: str) -> None:
    media = tmp_path / "media"
    (media / "folder").mkdir(parents=True)
    for name in ("media/secret.txt", "media/.hidden.png", "secret.png", "media/folder/mot.png"):
        (tmp_path / name).write_bytes(b"x")

    async with echo_chat(database, now=NOW, media_folder=media) as chat, visiting(chat) as client:
        answer = await client.get(path)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("mot.png", "image/png"),
        ("Hai-2.webp", "image/webp"),
        ("ba.JPG", "image/jpeg"),
        ("doc.mp3", "audio/mpeg"),
    ],
)
async def test_media_have_their_type_and_are_kept_for_a_while(
    database: Database, tmp_path: Path, name: str, content_type: str
) -> None:
    (tmp_path / name).write_bytes(b"content")

    async with echo_chat(database, now=NOW, media_folder=tmp_path) as chat, visiting(chat) as client:
        answer = await client.get(f"/media/{name}")
        again = await client.get(f"/media/{name}", headers={"if-none-match": answer.headers["etag"]})

    assert (answer.status_code, answer.content) == (200, b"content")
    assert answer.headers["content-type"] == content_type
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert again.status_code == 304
