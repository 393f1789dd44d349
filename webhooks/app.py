"""The HTTP application: the webhook door, the web chat, health.

A webhook is a plain ASGI route: FastAPI's own handlers would cost as much as the rest of its road. The body
is capped before it is read, the signature is checked before anything is parsed, and the 200 goes out after
the commit.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan, Receive, Scope, Send

from bot.events import StaffReplied
from bot.turn import Incoming, Taken
from storage.writer import WriterError
from webhooks.accounts import Accounts
from webhooks.channel import (
    AccountNotice,
    Arrival,
    BadSignature,
    Channel,
    Config,
    Echo,
    Ignored,
    Inbound,
    Malformed,
)
from webhooks.metrics import Metrics

#: Platforms send kilobytes; more than this is not theirs.
LARGEST_BODY = 1_000_000
RETRY_AFTER = timedelta(seconds=2)

log = structlog.get_logger()

Take = Callable[[Incoming], Awaitable[Taken]]
Settle = Callable[[int, Echo], Awaitable[None]]


class TooLarge(Exception):
    """The body is longer than LARGEST_BODY."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the door needs: how to take an event and an echo, the accounts, the other routes."""

    take: Take
    settle: Settle
    stop_account: Callable[[int, str], Awaitable[None]]
    accounts: Accounts
    metrics: Metrics
    routes: Sequence[BaseRoute]
    lifespan: Lifespan[FastAPI]


def create_app(parts: Parts) -> FastAPI:
    """The application; nothing is started before its lifespan begins."""
    app = FastAPI(
        title="muadam",
        lifespan=parts.lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    for channel in parts.accounts.channels.values():
        if not channel.IS_FETCHED:
            path = f"/webhooks/{channel.NAME}{getattr(channel, 'WEBHOOK_PATH', '')}"
            app.router.routes.append(Route(path, WebhookDoor(channel, parts), methods=None))
    app.router.routes.extend(parts.routes)
    return app


class WebhookDoor:
    """The ASGI application of one channel's webhook address."""

    def __init__(self, channel: Channel, parts: Parts) -> None:
        self._channel = channel
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET" and (handshake := self._handshake(Request(scope))) is not None:
            await handshake(scope, receive, send)
            return
        started = perf_counter()
        status, outcome, detail = await self._answer(scope, receive)
        self._parts.metrics.webhooks.labels(self._channel.NAME, outcome).inc()
        await _json_response(status, detail)(scope, receive, send)
        if status == 200:
            self._parts.metrics.ack_seconds.observe(perf_counter() - started)

    def _handshake(self, request: Request) -> Response | None:
        """What a platform gets that asks for a word of its own before it posts; None when nobody asks."""
        handshake = getattr(self._channel, "handshake", None)
        if handshake is None or not request.query_params:
            return None
        answers = [handshake(request.query_params, config) for config in self._accounts_at(request.path_params)]
        challenge = next((answer for answer in answers if answer is not None), None)
        outcome = "handshake_refused" if challenge is None else "handshake"
        self._parts.metrics.webhooks.labels(self._channel.NAME, outcome).inc()
        if challenge is None:
            return _json_response(403, {"error": "the verify token is not ours: see docs/operations.md"})
        return PlainTextResponse(challenge, headers={"x-content-type-options": "nosniff"})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, str, dict[str, Any]]:
        if scope["method"] in ("GET", "HEAD"):
            return 200, "looked_at", {"ok": True}  # some consoles look whether the address answers
        if scope["method"] != "POST":
            return 405, "method", {"error": "POST the platform's webhook here"}
        try:
            body = await read_body(scope, receive)
        except TooLarge:
            return 413, "too_large", {"error": f"the body may have {LARGEST_BODY} bytes at most"}
        except ClientDisconnect:
            return 400, "disconnected", {"error": "the body did not arrive whole"}
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self._channel.is_probe(headers, body):
            return 200, "probe", {"ok": True}
        try:
            config = self._verified(headers, body, self._accounts_at(scope.get("path_params", {})))
            inbound = self._channel.parse(body)
        except BadSignature as error:
            return 401, "bad_signature", {"error": str(error)}
        except Malformed as error:
            return 400, "malformed", {"error": str(error)}
        return await self._take_all(config, inbound)

    def _accounts_at(self, path_params: Mapping[str, Any]) -> list[Config]:
        """The accounts for which this may be: the one that the address names, or all of the channel."""
        configs = self._parts.accounts.of_channel(self._channel.NAME)
        named = path_params.get("account")
        return configs if named is None else [config for config in configs if config.external_id == named]

    def _verified(self, headers: Mapping[str, str], body: bytes, configs: Sequence[Config]) -> Config:
        """The first account whose secret signed this body."""
        reason = BadSignature(f"no {self._channel.NAME} account is set up here: see docs/operations.md")
        for config in configs:
            try:
                formula = self._channel.verify(headers, body, config)
            except BadSignature as error:
                reason = error
                continue
            self._parts.metrics.signatures.labels(self._channel.NAME, formula).inc()
            return config
        raise reason

    async def _take_all(self, signer: Config, inbound: Sequence[Inbound]) -> tuple[int, str, dict[str, Any]]:
        try:
            for one in inbound:
                await self._take_one(signer, one)
        except (WriterError, OperationalError) as error:
            log.warning("webhook_refused", channel=self._channel.NAME, reason=type(error).__name__)
            return 503, "overloaded", {"error": "not accepted, try again in a moment"}
        return 200, "taken", {"ok": True}

    async def _take_one(self, signer: Config, inbound: Inbound) -> None:
        events = self._parts.metrics.events
        if isinstance(inbound, Ignored):
            events.labels(self._channel.NAME, inbound.name).inc()
            return
        account = self._parts.accounts.meant(self._channel.NAME, inbound.account, signer)
        if account is None:
            events.labels(self._channel.NAME, "other_account").inc()
            return
        self._parts.accounts.note_webhook(account.id)
        match inbound:
            case Arrival(address=address, key=key, occurred_at=occurred_at, event=event):
                events.labels(self._channel.NAME, type(event).__name__).inc()
                taken = await self._parts.take(Incoming(account.id, address, key, event, occurred_at))
                self._parts.metrics.turns.labels("duplicate" if taken.is_duplicate else "taken").inc()
            case Echo(address=address, key=key, by_person=by_person):
                events.labels(self._channel.NAME, "staff_echo" if by_person else "echo").inc()
                if by_person:
                    await self._parts.take(Incoming(account.id, address, key, StaffReplied()))
                else:
                    await self._parts.settle(account.id, inbound)
            case AccountNotice(kind=kind):
                events.labels(self._channel.NAME, "account_notice").inc()
                await self._parts.stop_account(account.id, kind)


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises TooLarge before more than LARGEST_BODY bytes are kept."""
    request = Request(scope, receive)
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > LARGEST_BODY:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _json_response(status: int, content: Mapping[str, Any]) -> Response:
    headers = {"retry-after": str(RETRY_AFTER.seconds)} if status == 503 else None
    body = json.dumps(content, ensure_ascii=False)
    return Response(body, status_code=status, headers=headers, media_type="application/json")
