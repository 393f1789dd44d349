"""A visitor of the echo chat as tests write him: his cookie, his browser, what he says, what is stored."""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import func, select

from bot.messages import Message
from storage import people
from storage.database import Database, reading, transaction
from storage.tables import OUTBOX
from tests.webhooks.echo_chat import EchoChat, queue

COOKIE = secrets.token_urlsafe(32)
ADDRESS = hashlib.sha256(COOKIE.encode()).hexdigest()
OTHER = secrets.token_urlsafe(32)


@asynccontextmanager
async def visiting(chat: EchoChat, cookie: str | None = COOKIE) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of one visitor."""
    cookies = {"muadam_chat": cookie} if cookie else {}
    transport = httpx.ASGITransport(chat.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://chat.test", cookies=cookies) as client:
        yield client


def key() -> str:
    return secrets.token_hex(8)


async def say(client: httpx.AsyncClient, text: str) -> httpx.Response:
    return await client.post("/chat/messages", json={"key": key(), "text": text})


def count(database: Database, table: Any) -> int:
    with reading(database) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def states(database: Database) -> list[str]:
    with reading(database) as connection:
        return list(connection.scalars(select(OUTBOX.c.state).order_by(OUTBOX.c.number)))


def texts(events: list[dict[str, str]]) -> list[str]:
    return [json.loads(event["data"])["message"]["text"] for event in events]


def write_row(chat: EchoChat, text: str) -> int:
    """A row that another process queues for the visitor, without a word to this one; his id."""
    with transaction(chat.database) as connection:
        person = people.locked(connection, chat.account_id, [ADDRESS])[ADDRESS]
        person.numbered += 1
        queue(connection, person, Message(text), chat.now)
        people.save(connection, [person], new_learners=(), now=chat.now)
        return person.id
