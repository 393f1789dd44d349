"""A Zalo Official Account as a real HTTP server: OAuth, the send API, and the webhooks it posts.

By hand, with muadam running beside it (see --help): `python -m tests.fakes.zalo_oa --port 9001`.
Every answer to a send has HTTP status 200, as Zalo's have, unless a fault says otherwise. The clock moves
only when told (`forward`), so that reply windows and token lives can be walked through.
"""

import asyncio
import hashlib
import hmac
import json
import random
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from tests.fakes import zalo_articles, zalo_events
from tests.fakes.pictures import Shelf
from tests.fakes.zalo_behaviour import ERRORS, Behaviour, Fault, Taken, Webhook
from tests.fakes.zalo_events import HONEST, Identity, Signing

#: Seconds after which Zalo sends a webhook again that it could not deliver.
RETRY_SCHEDULE = (30, 300, 900, 1800, 3600)
WEBHOOK_DEADLINE_SECONDS = 2.0


class FakeZalo:
    """`async with FakeZalo() as zalo:` gives a server at `zalo.url`; set `webhook_url` for its webhooks."""

    def __init__(
        self, identity: Identity | None = None, *, access_token: str = "access-0", refresh_token: str = "refresh-0"
    ) -> None:
        self.identity = identity or Identity()
        self.behaviour = Behaviour()
        self.now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
        self.access_token = access_token
        self.refresh_token = refresh_token
        self.token_dies_at = self.now + self.behaviour.token_lives
        self.webhook_url = ""
        self.url = ""
        #: What befalls the next calls, in order; faults of a user befall only calls for him.
        self.faults: deque[Fault] = deque()
        self.faults_of: dict[str, deque[Fault]] = defaultdict(deque)
        self.token_faults: deque[Fault] = deque()
        self.who_faults: deque[Fault] = deque()
        self.messages: list[Taken] = []
        self.refusals: list[int] = []
        self.calls = 0
        self.refreshes = 0
        self.webhooks: list[Webhook] = []
        self.last_contact: dict[str, datetime] = {}
        self.has_left: set[str] = set()
        self._call_times: deque[datetime] = deque()
        self._used: set[str] = set()
        self._number = 0
        self.articles = zalo_articles.Articles(self._next)
        self.pictures = Shelf()
        self._changed = asyncio.Condition()
        self._posts: set[asyncio.Task[Any]] = set()
        self._released = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "FakeZalo":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        self.release()
        await asyncio.gather(*self._posts, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # For tests ------------------------------------------------------------------------------------------

    def forward(self, **period: float) -> None:
        """Move the clock, as in forward(days=3)."""
        self.now += timedelta(**period)

    def texts(self, user: str | None = None) -> list[str]:
        """What was taken, in order; of one user, or of all."""
        return [taken.text for taken in self.messages if user in (None, taken.user)]

    async def until(self, is_so: Callable[[], bool], *, seconds: float = 5.0) -> None:
        """Wait for something to be so that calls change; an AssertionError when it does not come."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(is_so)
        except TimeoutError:
            raise AssertionError(f"not so after {seconds} seconds; taken: {self.texts()[-5:]}") from None

    def release(self) -> None:
        """Let go of every call that hangs, and of those that are to hang."""
        self._released.set()

    async def until_called(self, calls: int) -> None:
        """Wait until so many sends have come in, answered or not."""
        await self.until(lambda: self.calls >= calls)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # The server -----------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        picture = await self.pictures.answer(request)
        if picture is not None:
            return picture
        body = await request.read()
        match request.path:
            case "/v3.0/oa/message/cs":
                return await self._send(request, body)
            case "/v4/oa/access_token":
                return await self._token(request, body)
            case "/v2.0/oa/getoa":
                return await self._who(request)
            case "/v2.0/oa/upload/image":
                return _json({"error": 0, "message": "Success", "data": {"attachment_id": self._next("at")}})
            case "/v3.0/oa/user/detail":
                return _json({"error": 0, "message": "Success", "data": {"is_sensitive": False}})
            case path if path in zalo_articles.PATHS:
                return await self._article(request, body)
        return web.Response(status=404, text="not found")

    async def _send(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        self.calls += 1
        await self._tell()
        call = json.loads(body)
        user, message = call["recipient"]["user_id"], call["message"]
        if self.behaviour.latency_seconds:
            await asyncio.sleep(self.behaviour.latency_seconds)
        fault = self._next_fault(user)
        if isinstance(fault, int):
            return await self._refuse(fault)
        if fault is not None and not fault.startswith("taken"):
            return await self._befall(request, fault)
        if code := self._refusal(request, user, message):
            return await self._refuse(code)
        taken = Taken(user, message.get("text", ""), message, self._next("m"), self.now)
        self.messages.append(taken)
        await self._tell()
        if self.behaviour.echoes:
            self._post_soon(self.echo_of(taken))
        if fault is not None:
            return await self._befall(request, fault.removeprefix("taken_then_"))
        return _json({"error": 0, "message": "Success", "data": self._receipt(taken)})

    async def _who(self, request: web.BaseRequest) -> web.StreamResponse:
        """Which account a token is for."""
        fault = self.who_faults.popleft() if self.who_faults else 0
        if isinstance(fault, str):
            return await self._befall(request, fault)
        if code := fault or self._refusal_of_account(request):
            return await self._refuse(code)
        return _json({"error": 0, "message": "Success", "data": {"oa_id": self.identity.oa_id}})

    async def _article(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        articles, path = self.articles, request.path
        fault = articles.called(path)
        if isinstance(fault, int):
            return await self._refuse(fault)
        if fault is not None and not fault.startswith("taken"):
            return await self._befall(request, fault)
        found = self._refusal_of_account(request) or articles.answer(path, json.loads(body), self.now)
        await self._tell()
        if isinstance(found, int):
            return await self._refuse(found)
        if fault is not None:
            return await self._befall(request, fault.removeprefix("taken_then_"))
        return _json({"error": 0, "message": "Success", "data": found})

    def _refusal_of_account(self, request: web.BaseRequest) -> int:
        """The error code of a call that Zalo would take from nobody; 0 when it would."""
        behaviour = self.behaviour
        if behaviour.needs_token and request.headers.get("access_token") != self.access_token:
            return -216
        if behaviour.needs_token and self.now >= self.token_dies_at:
            return -220
        if behaviour.needs_proof and request.headers.get("appsecret_proof") != self._proof():
            return -242
        return -32 if self._is_too_fast() else 0

    def _refusal(self, request: web.BaseRequest, user: str, message: dict[str, Any]) -> int:
        """The error code of a message that Zalo would not take; 0 when it would."""
        if code := self._refusal_of_account(request):
            return code
        behaviour, payload = self.behaviour, message.get("attachment", {}).get("payload", {})
        if ("buttons" in payload and not behaviour.takes_buttons) or (
            "elements" in payload and not behaviour.takes_pictures
        ):
            return -233
        text = message.get("text", "")
        if len(text.encode("utf-16-le")) // 2 > 2_000 or not (text or payload):
            return -201
        return self._window(user)

    def _window(self, user: str) -> int:
        if user in self.has_left:
            return -213
        last_contact = self.last_contact.get(user)
        if last_contact is None:
            return 0 if self.behaviour.knows_everybody else -232
        age = self.now - last_contact
        if age > timedelta(days=7):
            return -230
        return -320 if age > timedelta(hours=48) and not self.behaviour.has_cloud_account else 0

    def _is_too_fast(self) -> bool:
        if not self.behaviour.rate_per_minute:
            return False
        while self._call_times and self._call_times[0] <= self.now - timedelta(minutes=1):
            self._call_times.popleft()
        if len(self._call_times) >= self.behaviour.rate_per_minute:
            return True
        self._call_times.append(self.now)
        return False

    def _proof(self) -> str:
        key, token = self.identity.app_secret.encode(), self.access_token.encode()
        return hmac.new(key, token, hashlib.sha256).hexdigest()

    def _receipt(self, taken: Taken) -> dict[str, Any]:
        quota = {"quota_type": "reply", "remain": "7", "total": "8", "owner_type": "OA"}
        return {
            "message_id": taken.message_id,
            "user_id": taken.user,
            "sent_time": str(_milliseconds(taken.at)),
            "quota": quota | {"owner_id": self.identity.oa_id},
        }

    async def _token(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        """Single-use refresh tokens: each answer brings a new pair and kills the old one at once."""
        self.refreshes += 1
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        fault = self.token_faults.popleft() if self.token_faults else None
        if fault is not None and not str(fault).startswith("taken"):
            return _denial(fault) if isinstance(fault, int) else await self._befall(request, fault)
        if request.headers.get("secret_key") != self.identity.app_secret or form["app_id"] != self.identity.app_id:
            return _denial(-14002)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return _denial(-14014)
        self.access_token, self.refresh_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.token_dies_at = self.now + self.behaviour.token_lives
        await self._tell()
        if self.behaviour.token_latency_seconds:
            await asyncio.sleep(self.behaviour.token_latency_seconds)
        if fault is not None:
            return await self._befall(request, str(fault).removeprefix("taken_then_"))
        seconds = str(int(self.behaviour.token_lives.total_seconds()))
        pair = {"access_token": self.access_token, "refresh_token": self.refresh_token}
        return _json(pair | {"expires_in": seconds})

    def _next_fault(self, user: str) -> Fault | None:
        faults = self.faults_of[user] or self.faults
        fault = faults.popleft() if faults else None
        return None if fault == "ok" else fault

    async def _befall(self, request: web.BaseRequest, fault: str) -> web.StreamResponse:
        await self._tell()
        match fault:
            case "http_500":
                return web.Response(status=500, text="Internal Server Error")
            case "http_429":
                return web.Response(status=429, headers={"Retry-After": "7"})
            case "garbage":
                return web.Response(text="<html>captive portal</html>", content_type="text/html")
            case "hang":
                await self._released.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _refuse(self, code: int) -> web.StreamResponse:
        self.refusals.append(code)
        await self._tell()
        return _refusal(code)

    def _next(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}{self._number:08d}"

    # Its webhooks ---------------------------------------------------------------------------------------

    async def say(self, user: str, text: str, *, signing: Signing = HONEST) -> Webhook:
        """A user writes, and counts as having interacted; how the webhook was answered."""
        return await self.post(self.said(user, text), signing=signing)

    async def show(self, user: str, picture: bytes) -> Webhook:
        """A user sends a picture."""
        return await self.post(self.picture_event(user, picture))

    def picture_event(self, user: str, picture: bytes) -> bytes:
        """The webhook of a user's picture, not posted yet."""
        url = f"{self.url}{self.pictures.put(picture)}"
        found = zalo_events.attachment("image", thumbnail=f"{url}?small", url=url)
        return zalo_events.encode(self.event(user, "user_send_image", **found))

    def said(self, user: str, text: str) -> bytes:
        """The webhook of a user's text, not posted yet."""
        return zalo_events.encode(self.event(user, "user_send_text", text=text))

    def event(self, user: str, name: str, **content: Any) -> dict[str, Any]:
        """Any event of a user, by its name; he counts as having interacted."""
        at = _milliseconds(self.now)
        if not name.startswith("user_send_"):
            (self.has_left.add if name == "unfollow" else self.has_left.discard)(user)
            return zalo_events.relation(self.identity, user, name=name, at=at)
        self.last_contact[user] = self.now
        return zalo_events.message(self.identity, user, name=name, message_id=self._next("u"), at=at, **content)

    async def press(self, user: str, number: int) -> Webhook:
        """A user presses a button of the last message that had some, counted from 1."""
        with_buttons = (
            taken.message["attachment"]["payload"]["buttons"]
            for taken in reversed(self.messages)
            if taken.user == user and "buttons" in taken.message.get("attachment", {}).get("payload", {})
        )
        return await self.say(user, next(with_buttons)[number - 1]["payload"])

    async def post(self, body: bytes, *, signing: Signing = HONEST, attempt: int = 0) -> Webhook:
        """Post one webhook; Zalo waits two seconds for the answer."""
        assert self._session is not None, "start the fake first"
        headers = zalo_events.headers(body, self.identity, signing)
        if attempt:
            headers["num_retry"] = str(attempt)
        loop = asyncio.get_running_loop()
        started, status = loop.time(), 0
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                asyncio.timeout(WEBHOOK_DEADLINE_SECONDS),
                self._session.post(self.webhook_url, data=body, headers=headers) as response,
            ):
                await response.read()
                status = response.status
        posted = Webhook(body, status, loop.time() - started)
        self.webhooks.append(posted)
        await self._tell()
        return posted

    async def post_until_taken(self, body: bytes) -> int:
        """Post as Zalo does with "Webhook Retry" on, the clock jumping; the attempts, 0 when all failed."""
        for attempt, seconds in enumerate((0, *RETRY_SCHEDULE)):
            self.forward(seconds=seconds)
            if (await self.post(body, attempt=attempt)).status == 200:
                return attempt + 1
        return 0

    async def burst(self, bodies: Sequence[bytes], *, shuffled_by: random.Random | None = None) -> list[Webhook]:
        """Post many at once, out of order when there is somebody to shuffle them."""
        bodies = list(bodies)
        if shuffled_by is not None:
            shuffled_by.shuffle(bodies)
        return list(await asyncio.gather(*(self.post(body) for body in bodies)))

    async def probe(self) -> Webhook:
        """The console's test button."""
        return await self.post(b"{}", signing=Signing(is_absent=True))

    async def write_as_admin(self, user: str, text: str, *, admin: str = "5000000000000000001") -> Webhook:
        """A person answers in Zalo's own console: the user sees it, and the webhook says who it was."""
        taken = Taken(user, text, {"text": text}, self._next("a"), self.now)
        self.messages.append(taken)
        return await self.post(self.echo_of(taken, admin=admin))

    def echo_of(self, taken: Taken, *, admin: str = "") -> bytes:
        event = zalo_events.echo(
            self.identity,
            taken.user,
            text=taken.text,
            message_id=taken.message_id,
            at=_milliseconds(taken.at),
            admin=admin,
        )
        return zalo_events.encode(event)

    def _post_soon(self, body: bytes) -> None:
        if self.webhook_url:
            task = asyncio.create_task(self.post(body))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)


def _json(data: dict[str, Any]) -> web.Response:
    return web.Response(body=json.dumps(data).encode(), content_type="application/json")


def _refusal(code: int) -> web.Response:
    return _json({"error": code, "message": ERRORS.get(code, "Error")})


def _denial(code: int) -> web.Response:
    """OAuth says no with HTTP 200."""
    return _json({"error": code, "error_name": "Invalid request", "error_description": "see ref_doc", "ref_doc": "-"})


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


if __name__ == "__main__":
    from tests.fakes.zalo_prompt import main

    main()
