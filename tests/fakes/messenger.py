r"""Facebook Messenger as a real HTTP server: the Send API, the handshake, and the webhooks it posts.

By hand, with muadam running beside it (see --help): `python -m tests.fakes.messenger --port 9003`.
Errors come with statuses of 400 and more, bodies of webhooks with \u escapes and \/, as Facebook's do. Formula and
shapes: see webhooks/channels/messenger.py; written anew here, so that a slip there does not hide itself.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes import by_hand
from tests.fakes.serving import FakePlatform, Taken, answer
from tests.fakes.zalo_behaviour import Webhook

#: The app of Facebook's own inbox.
INBOX_APP = "263902037430900"
OUTSIDE_WINDOW = "(#10) This message is sent outside of allowed window."


@dataclass(frozen=True, slots=True)
class Identity:
    """The page and the app that the fake plays, with their secrets."""

    page_id: str = "104000000000001"
    app_id: str = "1517776481860111"
    app_secret: str = "fbAppSecretForTests"
    verify_token: str = "verify-token-for-tests"
    page_token: str = "EAAGpageTokenForTests"


@dataclass(frozen=True, slots=True)
class Signing:
    """How a webhook is signed. The default is what an honest platform does."""

    secret: str | None = None
    is_reserialised: bool = False
    is_absent: bool = False


HONEST = Signing()


@dataclass(slots=True)
class Behaviour:
    """What this page can do. Change it at any time."""

    echoes: bool = False
    takes_quick_replies: bool = True
    takes_pictures: bool = True
    needs_proof: bool = False
    is_too_fast: bool = False
    refuses_with: int = 0  # the code of an error for every message; 0: none


class FakeMessenger(FakePlatform):
    """`async with FakeMessenger() as facebook:`; its API is at `facebook.url`, without a version."""

    def __init__(self, identity: Identity | None = None) -> None:
        super().__init__()
        self.identity = identity or Identity()
        self.behaviour = Behaviour()
        self.page_token = self.identity.page_token
        self.last_contact: dict[str, datetime] = {}
        self.has_blocked: set[str] = set()
        self.refusals: list[tuple[int, int]] = []

    # The server -----------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        match (request.method, request.path):
            case ("POST", "/me/messages"):
                return await self._send(request, json.loads(body))
            case ("GET", "/me"):
                refusal = self._refusal_of_account(request)
                return self._refuse(*refusal) if refusal else answer({"id": self.identity.page_id})
        return self._refuse(2500, 0, "Unknown path components")

    async def _send(self, request: web.BaseRequest, call: dict[str, Any]) -> web.StreamResponse:
        user, message = call["recipient"]["id"], call["message"]
        fault = await self._called(user)
        if fault is not None and not fault.startswith("taken"):
            return await self._befall(request, fault)
        if refusal := self._refusal_of_account(request) or self._refusal(user, call):
            return self._refuse(*refusal)
        taken = await self._take(user, message.get("text", ""), call)
        if self.behaviour.echoes:
            self._deliver_soon(*self.signed(self.webhook(self.echo_of(taken))))
        if fault is not None:
            return await self._befall(request, fault)
        return answer({"recipient_id": user, "message_id": taken.message_id})

    def _refusal_of_account(self, request: web.BaseRequest) -> tuple[int, int, str] | None:
        if request.query.get("access_token") != self.page_token:
            return 190, 460, "Error validating access token: the session has been invalidated"
        proof = request.query.get("appsecret_proof")
        key, token = self.identity.app_secret.encode(), self.page_token.encode()
        expected = hmac.new(key, token, hashlib.sha256).hexdigest()
        if proof != expected and (proof or self.behaviour.needs_proof):
            return 100, 0, "Invalid appsecret_proof provided in the API argument"
        return (613, 0, "Calls to this api have exceeded the rate limit.") if self.behaviour.is_too_fast else None

    def _refusal(self, user: str, call: dict[str, Any]) -> tuple[int, int, str] | None:
        message = call["message"]
        if code := self.behaviour.refuses_with:
            return code, 0, f"(#{code}) Temporary send message failure. Please try again later."
        if user in self.has_blocked:
            return 551, 1545041, "(#551) This person isn't available right now."
        if call.get("messaging_type") != "RESPONSE" or "tag" in call:
            return 100, 0, "(#100) Invalid parameter"
        text, replies = message.get("text", ""), message.get("quick_replies", ())
        if bool(text) == ("attachment" in message) or len(text.encode("utf-16-le")) // 2 > 2_000:
            return 100, 2018034, "(#100) Message cannot be empty, must provide valid attachment or text"
        if replies and (not self.behaviour.takes_quick_replies or len(replies) > 13):
            return 100, 0, "(#100) Param message[quick_replies] is not valid"
        if "attachment" in message and not self.behaviour.takes_pictures:
            return 100, 2018047, "(#100) Upload attachment failure."
        last_contact = self.last_contact.get(user)
        if last_contact is None or self.now - last_contact > timedelta(hours=24):
            return 10, 2018278, OUTSIDE_WINDOW
        return None

    def _refuse(self, code: int, subcode: int, sentence: str) -> web.Response:
        self.refusals.append((code, subcode))
        error: dict[str, Any] = {"message": sentence, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2C3"}
        if subcode:
            error["error_subcode"] = subcode
        return answer({"error": error}, status=400)

    # Its webhooks ---------------------------------------------------------------------------------------

    async def handshake(self, *, token: str | None = None) -> tuple[int, str]:
        """What the console does when an address is saved: status and text of the answer."""
        assert self._session is not None, "start the fake first"
        query = {"hub.mode": "subscribe", "hub.verify_token": token or self.identity.verify_token}
        query["hub.challenge"] = "1158201444"
        async with aiohttp.ClientSession() as session, session.get(self.webhook_url, params=query) as response:
            return response.status, await response.text()

    async def say(self, user: str, text: str) -> Webhook:
        """A user writes, and counts as having interacted; how the webhook was answered."""
        return await self.post(self.webhook(self.event(user, message={"text": text})))

    async def show(self, user: str, picture: bytes) -> Webhook:
        """A user sends a picture."""
        payload = {"url": f"{self.url}{self.pictures.put(picture)}"}
        message = {"attachments": [{"type": "image", "payload": payload}]}
        return await self.post(self.webhook(self.event(user, message=message)))

    async def press(self, user: str, number: int) -> Webhook:
        """A user presses a quick reply below the last message, counted from 1."""
        last = next(taken for taken in reversed(self.messages) if taken.user == user)
        reply = last.body["message"]["quick_replies"][number - 1]
        message = {"text": reply["title"], "quick_reply": {"payload": reply["payload"]}}
        return await self.post(self.webhook(self.event(user, message=message)))

    async def write_in_inbox(self, user: str, text: str, *, app_id: str = INBOX_APP) -> Webhook:
        """A person answers in the page's inbox: the user sees it, and an echo says so."""
        taken = await self._take(user, text, {"message": {"text": text}})
        return await self.post(self.webhook(self.echo_of(taken, app_id=app_id)))

    def event(self, user: str, **content: Any) -> dict[str, Any]:
        """One thing that a user did: message=..., postback=..., read=... He counts as having interacted."""
        self.last_contact[user] = self.now
        for kind in ("message", "postback"):
            if kind in content:
                content[kind] = {"mid": self._next("u"), **content[kind]}
        people = {"sender": {"id": user}, "recipient": {"id": self.identity.page_id}}
        return people | {"timestamp": self.milliseconds()} | content

    def echo_of(self, taken: Taken, *, app_id: str | None = None) -> dict[str, Any]:
        """What the page itself sent: by an API, or by the app with this id."""
        sent = taken.body["message"]
        message = {"mid": taken.message_id, "is_echo": True, "app_id": int(app_id or self.identity.app_id)}
        message |= {name: sent[name] for name in ("text", "metadata") if name in sent}
        people = {"sender": {"id": self.identity.page_id}, "recipient": {"id": taken.user}}
        return people | {"timestamp": self.milliseconds(), "message": message}

    def webhook(self, *events: dict[str, Any], page_id: str = "") -> bytes:
        """The body of a webhook with these events in one entry."""
        entry = {"id": page_id or self.identity.page_id, "time": self.milliseconds(), "messaging": list(events)}
        return encode({"object": "page", "entry": [entry]})

    def signed(self, body: bytes, signing: Signing = HONEST) -> tuple[bytes, dict[str, str]]:
        """The body, and the headers with which it is posted."""
        headers = {"Content-Type": "application/json"}
        if not signing.is_absent:
            over = json.dumps(json.loads(body)).encode() if signing.is_reserialised else body
            key = (self.identity.app_secret if signing.secret is None else signing.secret).encode()
            headers["X-Hub-Signature-256"] = f"sha256={hmac.new(key, over, hashlib.sha256).hexdigest()}"
        return body, headers

    async def post(self, body: bytes, *, signing: Signing = HONEST) -> Webhook:
        """Post one webhook."""
        return await self.deliver(*self.signed(body, signing))


def encode(event: dict[str, Any]) -> bytes:
    r"""Compact, with lower-case \u escapes and \/."""
    return json.dumps(event, separators=(",", ":")).replace("/", "\\/").encode()


if __name__ == "__main__":
    by_hand.main(FakeMessenger(), port=9003, webhook="http://127.0.0.1:8000/webhooks/messenger", doc=__doc__)
