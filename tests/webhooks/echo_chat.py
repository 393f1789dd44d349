"""A web chat with an echo instead of lessons: the real routes, writer, outbox and streams around a tiny bot.

Run by hand it serves the page: python -m tests.webhooks.echo_chat PORT FOLDER
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import uvicorn
from sqlalchemy import Connection
from starlette.applications import Starlette

from bot import poster_files
from bot.events import ButtonPressed, Event, Joined, PictureRead, SeenCode, TextSaid
from bot.messages import Choice, Message, to_json
from bot.turn import Incoming, Taken
from storage import accounts, inbox, outbox, people
from storage.database import Database, connect, migrate, transaction
from storage.tables import OUTBOX
from storage.writer import Writer
from webhooks.chat import ChatParts, chat_routes
from webhooks.metrics import Metrics
from webhooks.poster_answers import Draws
from webhooks.streams import Streams

Trouble = Literal["", "too_large", "broken", "unreachable"]

TICKET = "ticket-" * 10
POSTER = Message(
    "Tờ dán đây ạ.",
    picture=poster_files.picture(TICKET, "a5"),
    picture_alt="Tờ dán mã QR",
    document=poster_files.document(TICKET),
    document_label="Tải tờ in (PDF)",
)
PHONES = (Choice("Android", "1.1"), Choice("iPhone", "1.2"))
QUESTION = "Điện thoại là loại nào ạ?"
DANGEROUS = "<img src=x onerror=alert(1)> javascript:alert(1) http://vneid.test **https://vneid.gov.vn**."


def echo(event: Event) -> tuple[Message, ...]:
    """ "ba" gives three messages, "chọn" and joining a question, everything else itself."""
    match event:
        case Joined() | TextSaid(text="chọn"):
            return (Message("Dạ em chào **bác**!"), Message(QUESTION, choices=PHONES))
        case TextSaid(text="ba"):
            return tuple(Message(f"tin {number}") for number in (1, 2, 3))
        case TextSaid(text="dài"):
            return (Message("\n".join(f"Dòng thứ {number}" for number in range(1, 61))),)
        case TextSaid(text="ảnh"):
            return (Message("Ảnh đây ạ.", picture="mot.png", picture_alt="Màn hình VNeID"),)
        case TextSaid(text="nguy hiểm"):
            return (Message(DANGEROUS, link="https://dichvucong.gov.vn/p/home"),)
        case TextSaid(text="tờ dán"):
            return (POSTER,)
        case TextSaid(text=text):
            return (Message(f"Em nghe: {text}"),)
        case ButtonPressed(value=value):
            return (Message(f"Em thấy nút {value}"),)
        case PictureRead(codes=codes, trouble=trouble):
            return (Message(f"Em thấy hình: {trouble or ' '.join(code.text for code in codes)}"),)
        case _:
            return ()


class EchoTurns:
    """The writer's job: a ledger row and the echo's rows, as the real turn writes them."""

    order = 0

    def run(self, connection: Connection, payloads: Sequence[Incoming], now: datetime) -> list[Taken]:
        return [self._take(connection, incoming, now) for incoming in payloads]

    def _take(self, connection: Connection, incoming: Incoming, now: datetime) -> Taken:
        known = people.locked(connection, incoming.account_id, [incoming.address])
        if not known:
            people.add(connection, incoming.account_id, [incoming.address], now=now)
            known = people.locked(connection, incoming.account_id, [incoming.address])
        person = known[incoming.address]
        if inbox.seen(connection, [(person.id, incoming.key)]):
            return Taken(person.id, is_duplicate=True, says=0)
        text = incoming.event.text if isinstance(incoming.event, TextSaid) else None
        kind = type(incoming.event).__name__
        row = {"person_id": person.id, "key": incoming.key, "kind": kind, "received_at": now, "text": text}
        inbox.add(connection, [row | {"state": "done"}])
        if text == "xóa":
            connection.execute(OUTBOX.delete().where(OUTBOX.c.person_id == person.id))
        messages = echo(incoming.event)
        for message in messages:
            person.numbered += 1
            queue(connection, person, message, now)
        is_new = {person.id} if person.state is None else set()
        person.state = "{}"
        people.save(connection, [person], new_learners=is_new, now=now)
        return Taken(person.id, is_duplicate=False, says=len(messages))


def queue(connection: Connection, person: people.StoredPerson, message: Message, now: datetime) -> None:
    """An outbox row with the person's newest number."""
    row = {
        "person_id": person.id,
        "number": person.numbered,
        "account_id": person.account_id,
        "rank": outbox.REPLY,
        "payload": to_json(message),
        "due_at": now,
        "valid_until": None,
        "created_at": now,
    }
    outbox.add(connection, [row])


@dataclass
class EchoChat:
    """A running chat; `fail` is raised by the next takes while it is set, `now` is what its clock shows.

    `pictures` are those that were looked at, also written into `album` where there is one; `trouble` is what is wrong
    with the next.
    """

    app: Starlette
    database: Database
    writer: Writer
    streams: Streams
    metrics: Metrics
    account_id: int
    now: datetime
    fail: Exception | None = None
    trouble: Trouble = ""
    pictures: list[bytes] = field(default_factory=list)
    album: Path | None = None

    async def look(self, picture: bytes) -> PictureRead:
        """Every picture holds one code, which says how the picture begins."""
        self.pictures.append(picture)
        if self.album is not None:
            (self.album / f"{len(self.pictures)}.picture").write_bytes(picture)
        return PictureRead(() if self.trouble else (SeenCode("text", repr(picture[:3])),), self.trouble)


@asynccontextmanager
async def echo_chat(
    database: Database,
    *,
    now: datetime,
    public_url: str = "",
    media_folder: Path = Path("nowhere"),
    heartbeat_seconds: float = 15.0,
    look_seconds: float = 1.0,
    clock: Callable[[], datetime] | None = None,
    draws: Draws = lambda _form, _ticket: None,
) -> AsyncIterator[EchoChat]:
    with transaction(database) as connection:
        account_id = accounts.put(connection, channel="webchat", external_id="webchat")
    chat: EchoChat
    tell_time = clock or (lambda: chat.now)
    writer = Writer(database, clock=tell_time)
    streams = Streams(database, look_seconds=look_seconds)
    metrics = Metrics()
    turns = EchoTurns()

    async def take(incoming: Incoming) -> Taken:
        if chat.fail is not None:
            raise chat.fail
        taken: Taken = await writer.submit(turns, incoming, can_wait=False)
        if taken.person_id is not None:
            streams.notify([taken.person_id])
        return taken

    async def look(picture: bytes) -> PictureRead:
        return await chat.look(picture)

    parts = ChatParts(
        take=take,
        look=look,
        draws=draws,
        database=database,
        writer=writer,
        account_id=account_id,
        streams=streams,
        metrics=metrics,
        clock=tell_time,
        public_url=public_url,
        media_folder=media_folder,
        heartbeat_seconds=heartbeat_seconds,
    )
    app = Starlette(routes=chat_routes(parts))
    chat = EchoChat(app, database, writer, streams, metrics, account_id, now)
    writer.start()
    try:
        yield chat
    finally:
        streams.close()
        await writer.stop()


class EchoServer(uvicorn.Server):
    """uvicorn waits for open connections before it tells the app to stop: streams are ended before that."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.close()
        await super().shutdown(sockets)


async def serve(folder: Path, *, port: int) -> None:
    """The echo on loopback until SIGTERM, its database and pictures in the folder."""
    database = connect(f"sqlite:///{folder / 'echo.db'}")
    migrate(database)

    def clock() -> datetime:
        return datetime.now(UTC)

    async with echo_chat(database, now=clock(), clock=clock, media_folder=folder / "media") as chat:
        chat.album = folder
        config = uvicorn.Config(chat.app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
        await EchoServer(config, chat.streams).serve()
    database.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[2]), port=int(sys.argv[1])))
