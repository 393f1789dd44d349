"""The composition root: the published lessons, and a server put together from its parts.

With muadam.py, which has the commands, the only file that knows everybody; the only one that reads the clock.
"""

import asyncio
import gc
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Connection

from admin.counting import EVERY as COUNT_EVERY
from admin.counting import Counting
from admin.desk import Desk, Fitted, Platforms
from admin.escalation import EVERY as ESCALATE_EVERY
from admin.escalation import Escalation
from admin.gate import Gate
from admin.pages import staff_routes
from bot.engine import make_ready
from bot.events import Event, PictureRead, PictureSent
from bot.messages import Message
from bot.poster_files import Form
from bot.turn import Incoming, Taken, Turns
from bulletins.quiet import is_quiet
from bulletins.release import Lines
from bulletins.release import work as work_on_bulletins
from bulletins.rounds import Rounds
from publishing import first_published
from qr import poster
from qr.reader import PictureReader
from qr.tickets import Tickets
from settings import Settings
from storage import accounts, people
from storage.database import Database, connect, migrate, transaction
from storage.writer import Writer
from webhooks import channels, loops
from webhooks.accounts import Accounts, bring_up
from webhooks.app import Parts, create_app
from webhooks.articles import EVERY as ARTICLES_EVERY
from webhooks.articles import Articles
from webhooks.channels import webchat
from webhooks.chat import ChatParts, chat_routes
from webhooks.fitting import fit
from webhooks.health import health_routes
from webhooks.metrics import Metrics
from webhooks.pictures import Pictures, with_ticket
from webhooks.sender import Sender
from webhooks.streams import Streams
from webhooks.tokens import Tokens
from webhooks.transport import make_client


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
        self.published = first_published(self.database, settings.files(), now=clock())
        with transaction(self.database) as connection:
            page_account = bring_up(connection, *settings.seeds(), place=settings.place or None)
        self.writer = Writer(self.database, clock=clock, on_batch=self._measure)
        media_url = f"{settings.public_url.rstrip('/')}/media" if settings.public_url else ""
        self.accounts = Accounts(self.database, self.writer, channels.BY_NAME, media_url=media_url)
        self.accounts.load()
        self.turns = Turns(self.published.book, digest_key=settings.key(), account=self.accounts.channel_and_place)
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
        self.reader = PictureReader()
        self.tickets = Tickets(settings.key())
        self.pictures = Pictures(
            self.writer,
            self.client,
            look=self.look,
            take=self.take,
            account=self.accounts.one,
            channels=channels.BY_NAME,
            clock=clock,
            name=name,
            metrics=self.metrics,
        )
        self.chat = ChatParts(
            take=self.take,
            look=self.look,
            draws=self.poster,
            database=self.database,
            writer=self.writer,
            account_id=page_account,
            streams=self.streams,
            metrics=self.metrics,
            clock=clock,
            public_url=settings.public_url,
            media_folder=settings.files().media_folder,
        )
        self._add_bulletins(name, media_url)

    def _add_bulletins(self, name: str, media_url: str) -> None:
        """What bulletins need beside the sender: their pages, their schedules, articles."""
        settings = self.settings
        gate = Gate(database=self.database, writer=self.writer, clock=clock, public_url=settings.public_url)
        self.desk = Desk(
            gate=gate,
            zone=settings.zone(),
            lines=lambda connection: lines(connection, settings),
            catalogue=lambda: self.turns.book.crops,
            fitted=fitted,
            weather_url=settings.weather_api_url,
            published=lambda: self.published,
            files=settings.files(),
            happen=lambda connection, incoming, now: self.turns.run(connection, [incoming], now)[0],
            platforms=Platforms(settings.platforms()),
        )
        self.counting = Counting(
            self.database,
            change=lambda work: self.writer.submit(loops.COUNTS, work, can_wait=True),
            clock=clock,
            zone=settings.zone(),
        )
        self.escalation = Escalation(
            self.database,
            change=lambda work: self.writer.submit(loops.ESCALATION, work, can_wait=True),
            clock=clock,
            zone=settings.zone(),
            public_url=settings.public_url,
        )
        self.rounds = Rounds(
            change=lambda work: self.writer.submit(loops.ROUNDS, work, can_wait=True),
            clock=clock,
            catalogue=lambda: self.turns.book.crops,
            weather_url=settings.weather_api_url,
            public_url=settings.public_url,
            zone=settings.zone(),
            name=name,
        )
        self.articles = Articles(
            self.database,
            self.writer,
            self.client,
            self.tokens,
            clock=clock,
            name=name,
            media_url=media_url,
            metrics=self.metrics,
            is_quiet=lambda now: is_quiet(now, settings.zone()),
            zone=settings.zone(),
        )

    def _measure(self, size: int, seconds: float) -> None:
        self.metrics.group_size.observe(size)
        self.metrics.group_seconds.observe(seconds)

    def load_lessons(self) -> None:
        """Take up what was published last."""
        newest = first_published(self.database, self.settings.files(), now=clock())
        make_ready(newest.book)
        self.published, self.turns.book = newest, newest.book

    async def _work_on_bulletins(self) -> None:
        """Queue what has been released, stop what has been stopped: chunk after chunk, in turns with the door."""
        if await loops.work_on_bulletins(
            self.database, self.writer, lambda c, now: work_on_bulletins(c, lines(c, self.settings), now=now)
        ):
            self.sender.nudge()

    async def _prepare_drafts(self) -> None:
        if await self.rounds.run():
            self.sender.nudge()

    async def _tell_who_waits(self) -> None:
        if await self.escalation.round():
            self.sender.nudge()

    async def look(self, picture: bytes) -> PictureRead:
        """The codes of a picture that a resident sent, with a ticket where a poster can be made of it."""
        return with_ticket(await self.reader.look(picture), lambda payload: self.tickets.seal(payload, clock()))

    def poster(self, form: Form, ticket: str) -> Callable[[], bytes] | None:
        """What draws the poster of a ticket, None when the ticket is too old or forged."""
        payload = self.tickets.opened(ticket, clock())
        return None if payload is None else partial(poster.made, payload, form)

    async def take(self, incoming: Incoming) -> Taken:
        """One event, from the door to the commit; whoever waits for its answer is woken."""
        future = self.writer.submit(self.turns, incoming, can_wait=False)
        is_fetched = incoming.account_id == self.chat.account_id
        if self._works and not is_fetched:
            self.sender.nudge()
        taken: Taken = await future
        if self._works and isinstance(incoming.event, PictureSent):
            self.pictures.nudge()
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
                    *staff_routes(self.desk),
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
                lambda: loops.take_up_lessons(self.database, lambda: self.published.id, self.load_lessons),
                name="lessons",
            ),
        ]
        if works:
            rounds += [
                self.sender.run(),
                self.tokens.run(),
                self.pictures.run(),
                loops.every(
                    loops.TIMERS_EVERY,
                    lambda: loops.ring_timers(self.database, self.take, clock),
                    name="timers",
                ),
                loops.every(loops.BULLETINS_EVERY, self._work_on_bulletins, name="bulletins"),
                loops.every(ARTICLES_EVERY, self.articles.round, name="articles"),
                loops.every(loops.SCHEDULES_EVERY, self._prepare_drafts, name="schedules"),
                loops.every(COUNT_EVERY, self.counting.round, name="counting"),
                loops.every(ESCALATE_EVERY, self._tell_who_waits, name="escalation"),
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
            await self.reader.close()
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

    def calls(name: str, message: Message) -> int:
        return max(1, len(fit(message, channels.BY_NAME[name].LIMITS)))

    return Lines(everyone, lambda name: channels.BY_NAME[name].TERMS, calls, settings.zone())


def fitted(connection: Connection, message: Message) -> list[Fitted]:
    """The message as people see it, for each kind of account that there is."""
    everyone = {account.channel: account for account in accounts.everyone(connection)}
    shown = []
    # What is read on a platform first: the page of our own is there on every install.
    for name, account in sorted(everyone.items(), key=lambda pair: pair[0] == webchat.NAME):
        if name in channels.BY_NAME:
            channel = channels.BY_NAME[name]
            has_buttons = channel.IS_FETCHED or account.has_buttons
            taps = [tap.label for tap in message.taps] if has_buttons else []
            shown.append(Fitted(name, fit(message, channel.LIMITS), taps))
    return shown


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
