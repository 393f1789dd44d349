"""The composition root: the settings, the published lessons, and a server put together from its parts.

With muadam.py, which has the commands, the only file that knows everybody; the only one that reads the
environment or the clock.
"""

import asyncio
import gc
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import uvicorn
from fastapi import FastAPI
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from bot.engine import make_ready
from bot.events import Event
from bot.turn import Incoming, Taken, Turns
from bulletins.quiet import is_quiet
from bulletins.release import Lines
from bulletins.release import work as work_on_bulletins
from publishing import Files, first_published
from storage import accounts, people
from storage.database import Database, connect, migrate, transaction
from storage.writer import Writer
from webhooks import channels, loops
from webhooks.accounts import Accounts, ZaloSeed, bring_up
from webhooks.app import Parts, create_app
from webhooks.chat import ChatParts, chat_routes
from webhooks.health import health_routes
from webhooks.metrics import Metrics
from webhooks.sender import Sender
from webhooks.streams import Streams
from webhooks.tokens import Tokens
from webhooks.transport import make_client


class Settings(BaseSettings):
    """Every setting, from the environment or .env, with the prefix MUADAM_; explained in .env.example."""

    model_config = SettingsConfigDict(env_prefix="MUADAM_", env_file=".env", extra="ignore")

    data_dir: Path = Path("data")
    database_url: str = ""
    lessons: Path = Path("lessons.yaml")
    secret_key: SecretStr = SecretStr("")
    public_url: str = ""
    timezone: str = "Asia/Ho_Chi_Minh"
    place: str = ""
    zalo_app_id: str = ""
    zalo_app_secret: SecretStr = SecretStr("")
    zalo_oa_id: str = ""
    zalo_oa_secret: SecretStr = SecretStr("")
    zalo_access_token: SecretStr = SecretStr("")
    zalo_refresh_token: SecretStr = SecretStr("")
    zalo_api_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_rate_per_minute: int = Field(90, ge=0)
    zalo_buttons: bool = False
    weather_api_url: str = "https://api.open-meteo.com"

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("no such time zone")
        return name

    @field_validator("database_url")
    @classmethod
    def _is_sqlite(cls, url: str) -> str:
        try:
            backend = make_url(url).get_backend_name() if url else "sqlite"
        except ArgumentError:
            backend = ""
        if backend != "sqlite":
            raise ValueError("only SQLite is supported so far: sqlite:///path/to/file.db")
        return url

    @field_validator("lessons")
    @classmethod
    def _is_there(cls, file: Path) -> Path:
        if not file.is_file():
            raise ValueError(f"there is no file {file}")
        return file

    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'muadam.db'}"

    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def files(self) -> Files:
        return Files(self.lessons, self.zone())

    def key(self) -> bytes:
        """The secret key; without one, one is made and kept beside the data."""
        if given := self.secret_key.get_secret_value():
            return given.encode()
        file = self.data_dir / "secret_key"
        if not file.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(32), encoding="ascii")
        return file.read_bytes()

    def zalo(self) -> ZaloSeed | None:
        """The Zalo account that the settings describe; None when there is no app id."""
        if not self.zalo_app_id:
            return None
        return ZaloSeed(
            external_id=self.zalo_oa_id,
            app_id=self.zalo_app_id,
            app_secret=self.zalo_app_secret.get_secret_value(),
            secret=self.zalo_oa_secret.get_secret_value(),
            access_token=self.zalo_access_token.get_secret_value(),
            refresh_token=self.zalo_refresh_token.get_secret_value(),
            api_url=self.zalo_api_url.rstrip("/"),
            oauth_url=self.zalo_oauth_url.rstrip("/"),
            rate_per_minute=self.zalo_rate_per_minute,
            has_buttons=self.zalo_buttons,
        )


class Trouble(Exception):
    """One sentence for stderr."""


def clock() -> datetime:
    return datetime.now(UTC)


def process_name() -> str:
    """host:pid:random. Containers may share a host's name, but not the namespace in which a pid means something."""
    namespace = Path("/proc/self/ns/pid")
    host = f"{socket.gethostname()}/{namespace.stat().st_ino}" if namespace.exists() else socket.gethostname()
    return f"{host}:{os.getpid()}:{secrets.token_hex(4)}"


# The server -----------------------------------------------------------------------------------------------


class Server:
    """All the parts of one process, put together and not yet running."""

    def __init__(self, settings: Settings) -> None:
        os.umask(0o077)  # tokens and what residents said are nobody else's to read
        self.settings = settings
        self.database = connect(settings.url())
        migrate(self.database)
        self.metrics = Metrics()
        self._works = False
        first = first_published(self.database, settings.files(), now=clock())
        self.publication = first.id
        with transaction(self.database) as connection:
            webchat = bring_up(connection, settings.zalo(), place=settings.place or None)
        self.writer = Writer(self.database, clock=clock, on_batch=self._measure)
        media_url = f"{settings.public_url.rstrip('/')}/media" if settings.public_url else ""
        self.accounts = Accounts(self.database, self.writer, channels.BY_NAME, media_url=media_url)
        self.accounts.load()
        self.turns = Turns(first.book, digest_key=settings.key(), account=self.accounts.channel_and_place)
        self.streams = Streams(self.database)
        self.client = make_client()
        name = process_name()
        self.tokens = Tokens(self.database, self.writer, self.client, clock=clock, name=name, metrics=self.metrics)
        self.sender = Sender(
            self.database,
            self.writer,
            self.client,
            self.tokens,
            channels.BY_NAME,
            clock=clock,
            name=name,
            media_url=media_url,
            metrics=self.metrics,
            is_quiet=lambda now: is_quiet(now, settings.zone()),
        )
        self.chat = ChatParts(
            take=self.take,
            database=self.database,
            writer=self.writer,
            account_id=webchat,
            streams=self.streams,
            metrics=self.metrics,
            clock=clock,
            public_url=settings.public_url,
            media_folder=settings.files().media_folder,
        )

    def _measure(self, size: int, seconds: float) -> None:
        self.metrics.group_size.observe(size)
        self.metrics.group_seconds.observe(seconds)

    def load_lessons(self) -> None:
        """Take up what was published last."""
        newest = first_published(self.database, self.settings.files(), now=clock())
        make_ready(newest.book)
        self.publication, self.turns.book = newest.id, newest.book

    async def _work_on_bulletins(self) -> None:
        """Queue what has been released, stop what has been stopped: chunk after chunk, in turns with the door."""
        if await loops.work_on_bulletins(
            self.database, self.writer, lambda c, now: work_on_bulletins(c, lines(c, self.settings), now=now)
        ):
            self.sender.nudge()

    async def take(self, incoming: Incoming) -> Taken:
        """One event, from the door to the commit; whoever waits for its answer is woken."""
        future = self.writer.submit(self.turns, incoming, can_wait=False)
        is_fetched = incoming.account_id == self.chat.account_id
        if self._works and not is_fetched:
            self.sender.nudge()
        taken: Taken = await future
        if is_fetched and taken.says and taken.person_id is not None:
            self.streams.notify([taken.person_id])
        return taken

    def app(self, *, works: bool) -> FastAPI:
        """The application; with `works` its lifespan also sends, rings timers and sweeps."""
        return create_app(
            Parts(
                take=self.take,
                settle=self.sender.settle,
                stop_account=self.sender.stop_account,
                accounts=self.accounts,
                metrics=self.metrics,
                routes=[
                    *chat_routes(self.chat),
                    *health_routes(
                        self.database, self.writer, self.metrics, lessons=lambda: len(self.turns.book.current)
                    ),
                ],
                lifespan=lambda _app: self.running(works=works),
            )
        )

    @asynccontextmanager
    async def running(self, *, works: bool) -> AsyncIterator[None]:
        """Start the writer and the loops; end them in the order in which nothing is lost."""
        self._works = works
        self.writer.start()
        make_ready(self.turns.book)
        rounds = [
            self.accounts.keep_fresh(),
            loops.every(
                loops.LESSONS_EVERY,
                lambda: loops.take_up_lessons(self.database, lambda: self.publication, self.load_lessons),
                name="lessons",
            ),
        ]
        if works:
            rounds += [
                self.sender.run(),
                self.tokens.run(),
                loops.every(
                    loops.TIMERS_EVERY,
                    lambda: loops.ring_timers(self.database, self.take, clock),
                    name="timers",
                ),
                loops.every(loops.BULLETINS_EVERY, self._work_on_bulletins, name="bulletins"),
                loops.every(loops.SWEEP_EVERY, lambda: loops.sweep(self.writer), name="sweep"),
                loops.every(loops.FORGET_EVERY, lambda: loops.forget(self.writer), name="forget"),
            ]
        tasks = [asyncio.create_task(round_) for round_ in rounds]
        # What is alive now stays alive: the collector need not walk over it again and again. Young collections
        # are small and often: with a threshold of 50,000 each took 60 to 100 ms, and was the p99 of a turn.
        gc.collect()
        gc.freeze()
        gc.set_threshold(1_000, 50, 100)
        try:
            yield
        finally:
            self.streams.close()
            await self.sender.stop()
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.writer.stop()
            await self.client.aclose()
            self.database.close()


class Announcing(uvicorn.Server):
    """uvicorn that says on stdout where to open the chat, once it listens, and ends open pages first."""

    def __init__(self, config: uvicorn.Config, end_pages: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_pages = end_pages

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host = "127.0.0.1" if self.config.host in ("0.0.0.0", "::") else self.config.host  # noqa: S104
            shown = f"[{host}]" if ":" in host else host
            print(f"muadam is ready. Open the chat: http://{shown}:{self.config.port}/", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn waits for open connections before it ends the lifespan, and a page's stream never ends by itself.
        self._end_pages()
        await super().shutdown(sockets)


def check_port(host: str, port: int) -> None:
    """Raises Trouble when nobody can listen there; uvicorn would only say so in a log."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise Trouble(f"cannot listen on {host}:{port} ({error.strerror}): choose another --port") from error


def lines(connection: Connection, settings: Settings) -> Lines:
    """The accounts through which bulletins go out, with the terms of their channels."""
    everyone = tuple(account for account in accounts.everyone(connection) if account.channel in channels.BY_NAME)
    return Lines(everyone, lambda name: channels.BY_NAME[name].TERMS, settings.zone())


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, migrated."""
    os.umask(0o077)  # tokens and what residents said are nobody else's to read
    database = connect(settings.url())
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def happen(settings: Settings, database: Database, person: int, event: Event) -> None:
    """Let something happen to one person, in a turn of its own."""
    book, now = first_published(database, settings.files(), now=clock()).book, clock()
    with transaction(database) as connection:
        found = people.address_of(connection, person)
        if found is None:
            raise Trouble(f"there is no person {person}: see `muadam waiting` for the ids")
        turns = Turns(book, digest_key=settings.key(), account=lambda _: ("", None))
        incoming = Incoming(found.account_id, found.address, f"command:{now.isoformat()}", event)
        turns.run(connection, [incoming], now)
