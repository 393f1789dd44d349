"""The Zalo Bot Platform as a real HTTP server: the bot's methods, with its token in the address, and its webhooks.

By hand, with muadam running beside it (see --help): `python -m tests.fakes.zalo_bot --port 9004`.
Shapes: see webhooks/channels/zalo_bot.py; written anew here, so that a slip there does not hide itself.
"""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes import by_hand
from tests.fakes.serving import FakePlatform, answer
from tests.fakes.zalo_behaviour import Webhook


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot that the fake plays, with its secrets."""

    bot_id: str = "1459232241454765289"
    token: str = "1459232241454765289:botTokenForTests"
    secret: str = "webhook-secret-for-tests"


@dataclass(slots=True)
class Behaviour:
    """How it answers. Change it at any time."""

    is_flat: bool = False  # webhooks without the wrapper {"ok", "result"}
    takes_pictures: bool = True
    is_too_fast: bool = False


class FakeZaloBot(FakePlatform):
    """`async with FakeZaloBot() as zalo:`; updates wait for `getUpdates` while there is no webhook."""

    def __init__(self, identity: Identity | None = None) -> None:
        super().__init__()
        self.identity = identity or Identity()
        self.behaviour = Behaviour()
        self.token = self.identity.token
        self.secret = self.identity.secret
        self.has_blocked: set[str] = set()
        self.updates: deque[dict[str, Any]] = deque()

    # The server -----------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        token, _, method = request.path.removeprefix("/bot").partition("/")
        if token != self.token:
            return _refuse(401, "Unauthorized")
        call = json.loads(body) if body else {}
        match method:
            case "getMe":
                me = {"id": self.identity.bot_id, "account_name": "bot.Muadam", "account_type": "BASIC"}
                return answer({"ok": True, "result": me | {"can_join_groups": False}})
            case "setWebhook":
                self.webhook_url, self.secret = call["url"], call["secret_token"]
                return answer({"ok": True, "result": {"url": self.webhook_url, "updated_at": self.milliseconds()}})
            case "getUpdates":
                # One update, and no acknowledgement: what was given is gone.
                return answer({"ok": True, "result": self.updates.popleft()}) if self.updates else _idle()
            case "sendMessage" | "sendPhoto":
                return await self._send(request, call, method)
        return _refuse(404, "Not Found")

    async def _send(self, request: web.BaseRequest, call: dict[str, Any], method: str) -> web.StreamResponse:
        user, text = call["chat_id"], call.get("text", "") or call.get("caption", "")
        fault = await self._called(user)
        if fault is not None and not fault.startswith("taken"):
            return await self._befall(request, fault)
        if refusal := self._refusal(user, text, method):
            return _refuse(*refusal)
        taken = await self._take(user, text, call)
        if fault is not None:
            return await self._befall(request, fault)
        return answer({"ok": True, "result": {"message_id": taken.message_id, "date": self.milliseconds()}})

    def _refusal(self, user: str, text: str, method: str) -> tuple[int, str] | None:
        if self.behaviour.is_too_fast:
            return 429, "Too Many Requests"
        if user in self.has_blocked:
            return 403, "Forbidden: bot was blocked by the user"
        if len(text.encode("utf-16-le")) // 2 > 2_000 or (method == "sendMessage" and not text):
            return 400, "Bad Request: text must have 1 to 2000 characters"
        return (400, "Bad Request: photo") if method == "sendPhoto" and not self.behaviour.takes_pictures else None

    # Its webhooks ---------------------------------------------------------------------------------------

    async def say(self, user: str, text: str) -> Webhook:
        """A user writes; how the webhook was answered."""
        return await self.post(self.event(user, "text", text=text))

    async def show(self, user: str, picture: bytes) -> Webhook:
        """A user sends a picture."""
        return await self.post(self.event(user, "image", photo_url=f"{self.url}{self.pictures.put(picture)}"))

    def event(self, user: str, kind: str, **content: Any) -> dict[str, Any]:
        """An update of a user who writes to the bot alone; `kind` as in message.KIND.received."""
        who = {"id": user, "display_name": "Ted", "is_bot": False}
        chat = {"id": user, "chat_type": "PRIVATE"}
        message = {"from": who, "chat": chat, "message_id": self._next("u"), "date": self.milliseconds()}
        return {"event_name": f"message.{kind}.received", "message": message | content}

    def encode(self, update: dict[str, Any]) -> bytes:
        """The body of its webhook."""
        whole = update if self.behaviour.is_flat else {"ok": True, "result": update}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()

    async def post(self, update: dict[str, Any], *, secret: str | None = None) -> Webhook:
        """Post one webhook, with another secret than the bot's when there is one."""
        headers = {"Content-Type": "application/json", "X-Bot-Api-Secret-Token": secret or self.secret}
        return await self.deliver(self.encode(update), headers)


def _refuse(code: int, description: str) -> web.Response:
    return answer({"ok": False, "error_code": code, "description": description}, status=code)


def _idle() -> web.Response:
    return answer({"ok": False, "error_code": 408, "description": "Request timeout"}, status=408)


if __name__ == "__main__":
    bot = Identity()
    by_hand.main(
        FakeZaloBot(bot), port=9004, webhook=f"http://127.0.0.1:8000/webhooks/zalo-bot/{bot.bot_id}", doc=__doc__
    )
