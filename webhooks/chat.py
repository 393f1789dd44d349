"""The web chat's own API: the page, what it posts, what was said, and the stream of answers.

Knows no lesson and no platform; a posted message takes the same road as a webhook (`take`). Opening the page
stores nothing: a visitor becomes a person with the first thing he says.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter

from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.turn import Incoming, Taken
from storage import bulletins
from storage import media as uploaded_media
from storage.database import Database, reading
from storage.writer import Writer, WriterError
from webhooks.channel import Arrival, Malformed
from webhooks.channels import webchat
from webhooks.chat_guard import (
    NOT_KEPT,
    PostLimits,
    Refusal,
    address_of,
    body_of,
    content_type,
    hold_to_our_page,
    with_cookie,
)
from webhooks.chat_pictures import Uploads
from webhooks.chat_rows import ChatRows, Said
from webhooks.chat_stream import HEARTBEAT_SECONDS, Stream
from webhooks.metrics import Metrics
from webhooks.page_files import OWN_ASK_FIRST, answer_file, media_route, page_files, static_route
from webhooks.pictures import Look
from webhooks.poster_answers import Draws, PosterAnswers
from webhooks.streams import Streams

__all__ = ["ChatParts", "chat_routes"]

#: Takes what a visitor (by his address) has posted. Raises Refusal.
Read = Callable[[Request, str], Awaitable[Arrival]]


@dataclass(frozen=True, slots=True)
class ChatParts:
    """What the chat stands on. `public_url` may be empty; `account_id` is the web chat's account row."""

    take: Callable[[Incoming], Awaitable[Taken]]
    look: Look
    draws: Draws
    database: Database
    writer: Writer
    account_id: int
    streams: Streams
    metrics: Metrics
    clock: Callable[[], datetime]
    public_url: str
    media_folder: Path
    heartbeat_seconds: float = HEARTBEAT_SECONDS

    @property
    def is_secure(self) -> bool:
        """Cookies travel by https alone."""
        return self.public_url.startswith("https://")


def chat_routes(parts: ChatParts) -> list[BaseRoute]:
    """Everything that the page needs: itself, /chat/..., and /media/..."""
    files = page_files()
    rows = ChatRows(parts.database, parts.writer, parts.account_id)
    stream = Stream(
        rows,
        parts.streams,
        metrics=parts.metrics,
        clock=parts.clock,
        heartbeat_seconds=parts.heartbeat_seconds,
    )
    uploads = Uploads(parts.look, metrics=parts.metrics, clock=parts.clock)

    async def page(request: Request) -> Response:
        answer = answer_file(files["chat.html"], request, cache=OWN_ASK_FIRST)
        return with_cookie(answer, request, is_secure=parts.is_secure)

    return [
        Route("/", page),
        static_route(files),
        Route("/chat/messages", partial(_post, parts, partial(_message, parts, PostLimits())), methods=["POST"]),
        Route("/chat/pictures", partial(_post, parts, uploads.read), methods=["POST"]),
        Route("/chat/history", partial(_history, parts, rows)),
        Route("/chat/stream", stream, methods=["GET"]),
        media_route(
            parts.media_folder,
            partial(_bulletin_picture, parts.database),
            partial(_uploaded, parts.database),
            PosterAnswers(parts.draws).answer,
        ),
    ]


def _bulletin_picture(database: Database, bulletin_id: int) -> bytes | None:
    with reading(database) as connection:
        return bulletins.picture(connection, bulletin_id)


def _uploaded(database: Database, name: str) -> bytes | None:
    with reading(database) as connection:
        return uploaded_media.one(connection, name)


async def _post(parts: ChatParts, read: Read, request: Request) -> Response:
    started = perf_counter()
    try:
        address = await _taken(parts, read, request)
    except Refusal as refusal:
        parts.metrics.webhooks.labels(webchat.NAME, refusal.code).inc()
        return with_cookie(refusal.answer(), request, is_secure=parts.is_secure)
    parts.metrics.webhooks.labels(webchat.NAME, "taken").inc()
    parts.streams.notify_address(address)
    parts.metrics.ack_seconds.observe(perf_counter() - started)
    return JSONResponse({"ok": True}, headers=NOT_KEPT)


async def _taken(parts: ChatParts, read: Read, request: Request) -> str:
    """The address of the visitor, once what he posted is committed. Raises Refusal."""
    hold_to_our_page(request, public_url=parts.public_url)
    address = address_of(request)
    if address is None:
        raise Refusal(400, "no_cookie", "the cookie of this chat is missing")
    arrival = await read(request, address)
    parts.metrics.events.labels(webchat.NAME, type(arrival.event).__name__).inc()
    try:
        taken = await parts.take(Incoming(parts.account_id, address, arrival.key, arrival.event))
    except (WriterError, OperationalError) as error:
        raise Refusal(503, "busy", "nothing was taken, try again", retry_after=2) from error
    parts.metrics.turns.labels("duplicate" if taken.is_duplicate else "taken").inc()
    return address


async def _message(parts: ChatParts, limits: PostLimits, request: Request, address: str) -> Arrival:
    if content_type(request) != "application/json":
        raise Refusal(415, "not_json", "the content type must be application/json")
    limits.check(request, address, parts.clock())
    body = await body_of(request)
    try:
        (arrival,) = webchat.parse(body)
    except webchat.TooLong as error:
        raise Refusal(413, "too_long", str(error)) from error
    except Malformed as error:
        raise Refusal(400, "malformed", str(error)) from error
    return arrival


async def _history(parts: ChatParts, rows: ChatRows, request: Request) -> Response:
    address = address_of(request)
    try:
        said = await rows.said(address) if address else Said()
    except OperationalError:
        refusal = Refusal(503, "busy", "the database is busy, try again", retry_after=2)
        return with_cookie(refusal.answer(), request, is_secure=parts.is_secure)
    if said.person_id is not None and said.unfetched:
        await rows.mark_fetched(said.person_id, said.unfetched)
    answer = {"started": said.person_id is not None, "last": said.last, "bubbles": said.bubbles}
    response = JSONResponse(answer, headers=NOT_KEPT)
    return with_cookie(response, request, is_secure=parts.is_secure)
