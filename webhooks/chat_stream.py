"""The stream of answers to an open page of the web chat, as server-sent events.

Knows no cookie form and no page. Each row is one event, its id the row's number, so that a page that was
away goes on behind the last one it has. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from webhooks.chat_guard import Refusal, address_of
from webhooks.chat_rows import ROWS_AT_ONCE, ChatRows, Fresh, Place, row_json
from webhooks.metrics import Metrics
from webhooks.streams import Listener, Streams

HEARTBEAT_SECONDS = 15.0

OPEN = b": open\n\n"
#: The comment keeps proxies from closing the line; the event is what the page's script can see.
BEAT = b": still here\nevent: beat\ndata: 1\n\n"
#: What the page shows was erased: it begins anew with the rows that follow.
RESTART = b"event: restart\ndata: 1\n\n"

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Stream:
    """GET /chat/stream: rows behind Last-Event-ID or ?after=, then each as it comes, until `streams` closes.

    204 to somebody who never wrote, which tells an EventSource not to come again by itself.
    """

    def __init__(
        self,
        rows: ChatRows,
        streams: Streams,
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
        heartbeat_seconds: float,
    ) -> None:
        self._rows = rows
        self._streams = streams
        self._metrics = metrics
        self._clock = clock
        self._heartbeat_seconds = heartbeat_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        listener = await self._listener(request)
        if isinstance(listener, Response):
            await listener(scope, receive, send)
            return
        gone = asyncio.create_task(_end_when_gone(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            async for chunk in self._chunks(listener, _place(request)):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self._streams.leave(listener)

    async def _listener(self, request: Request) -> Listener | Response:
        address = address_of(request)
        try:
            person_id = await self._rows.find(address) if address else None
            if address is None or person_id is None:
                return Response(status_code=204)
            listener = self._streams.listen(address, person_id)
        except OperationalError:
            listener = None
        return listener or Refusal(503, "busy", "nobody can listen now, try again", retry_after=10).answer()

    async def _chunks(self, listener: Listener, place: Place) -> AsyncIterator[bytes]:
        unmarked: set[int] = set()
        yield OPEN
        while not listener.is_over:
            listener.wake.clear()
            fresh = await self._fresh(listener, place)
            place = fresh.place
            if fresh.person_id is not None and fresh.person_id != listener.person_id:
                unmarked.clear()
                self._streams.follow(listener, fresh.person_id)
            if fresh.is_restart:
                yield RESTART
            for row in fresh.rows:
                yield f"id: {row.number}\ndata: {row_json(row)}\n\n".encode()
            unmarked |= self._taken(fresh.rows)
            if unmarked and await self._rows.mark_fetched(listener.person_id, unmarked):
                unmarked.clear()
            if len(fresh.rows) < ROWS_AT_ONCE and not await self._is_woken(listener):
                yield BEAT

    async def _fresh(self, listener: Listener, place: Place) -> Fresh:
        try:
            return await self._rows.fresh(listener.address, after=place)
        except OperationalError:
            return Fresh(place)  # locked or away: the next look comes with the heartbeat at the latest

    async def _is_woken(self, listener: Listener) -> bool:
        try:
            await asyncio.wait_for(listener.wake.wait(), self._heartbeat_seconds)
        except TimeoutError:
            return False
        return True

    def _taken(self, rows: Sequence[Row[Any]]) -> set[int]:
        waiting = [row for row in rows if row.state == "waiting"]
        for row in waiting:
            seconds = (self._clock() - row.created_at).total_seconds()
            self._metrics.reply_seconds.observe(max(0.0, seconds))
        return {row.number for row in waiting}


async def _end_when_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


def _place(request: Request) -> Place:
    last = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    return Place(int(last) if last.isascii() and last.isdigit() and len(last) <= 15 else 0)
