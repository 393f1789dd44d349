"""A bot of the Zalo Bot Platform as pure functions: verify, parse, render, judge, window.

Another product than the Official Account, with nothing in common: a bot that somebody makes in his Zalo, for a trial
in a hamlet (50 people, 3,000 messages a month at no price). Knows no database and no HTTP client. Sources, read
2026-10 and not tried against a live bot: https://docs.zaloplatforms.com/docs/BOT (webhook, apis/sendMessage,
apis/sendPhoto) as relayed by integrators, and the published packages python-zalo-bot 0.1.9 and @openclaw/zalo.

The row of an account: `external_id` are the digits that its token begins with, `secret` is the secret token of
setWebhook, `access_token` the bot's token. What is posted does not say for which bot it is: the address does.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot import events
from bot.events import Event
from bot.messages import Message
from webhooks import taming
from webhooks.channel import (
    Answer,
    Arrival,
    BadSignature,
    Blocked,
    Call,
    Config,
    Downgrade,
    Hold,
    Ignored,
    Inbound,
    Limits,
    Malformed,
    Outcome,
    Refresh,
    Retry,
    Sent,
    Terms,
    Window,
)
from webhooks.fitting import fit, reachable

NAME = "zalo-bot"
IS_FETCHED = False

#: What follows the channel's name in the address of its webhooks.
WEBHOOK_PATH = "/{account}"

#: 2,000 characters of text, and of words below a picture. There are no buttons of any kind.
LIMITS = Limits(text_units=1_900, buttons=0, label_units=20, has_bold=False, has_pictures=True)

#: No window is documented. Should there be one after all, the refusal holds what was to be sent (`_OUTCOMES`).
TERMS = Terms()

#: As those of the Official Account: where a bot's pictures are kept is not documented (uncertain).
PICTURE_HOSTS: tuple[str, ...] = ("zdn.vn", "zadn.vn")

# Signature ----------------------------------------------------------------------------------------------


def verify(headers: Mapping[str, str], body: bytes, config: Config) -> str:
    """Nothing is signed: each webhook carries the secret that was named with setWebhook."""
    if not config.secret:
        raise BadSignature("the account has no secret")
    claimed = headers.get("x-bot-api-secret-token", "")
    if not claimed:
        raise BadSignature("no secret token")
    if not hmac.compare_digest(claimed.encode(), config.secret.encode()):
        raise BadSignature("the secret token is not ours")
    return "secret_token"


def is_probe(headers: Mapping[str, str], body: bytes) -> bool:
    """No console tries this address."""
    return False


# What came in -------------------------------------------------------------------------------------------


def parse(body: bytes) -> Sequence[Inbound]:
    """The one update of a webhook. Only a body that is no JSON object is Malformed."""
    data = taming.read(body)
    # Documented inside {"ok": true, "result": ...}; seen without it on 04/09/2026.
    update = taming.mapping(data.get("result")) or data
    name = taming.text(update.get("event_name"))
    message = taming.mapping(update.get("message"))
    chat, sender = taming.mapping(message.get("chat")), taming.mapping(message.get("from"))
    if name not in _READERS:
        return (Ignored("reaction" if "reaction" in name else "unknown"),)
    if taming.text(chat.get("chat_type")).upper() == "GROUP":
        return (Ignored("group"),)
    if sender.get("is_bot") is True:
        return (Ignored("own"),)
    address = taming.identity(chat) or taming.identity(sender)
    if not address:
        return (Ignored("incomplete"),)
    key = _key(name, message, address)
    return (Arrival("", address, key, taming.moment(message.get("date")), _READERS[name](message)),)


def _said(message: Mapping[str, Any]) -> Event:
    said = taming.text(message.get("text"))
    return events.TextSaid(said) if said.strip() else events.Unsupported("empty")


def _picture(message: Mapping[str, Any]) -> Event:
    said = taming.text(message.get("caption")) or taming.text(message.get("text"))
    return events.PictureSent(said, taming.address(message.get("photo")) or taming.address(message.get("photo_url")))


def _link(message: Mapping[str, Any]) -> Event:
    """The words and the address, since an address that somebody sends us may be one to check."""
    said = taming.text(message.get("text")).strip()
    address = taming.text(message.get("url")).strip() or taming.text(message.get("link")).strip()
    if address not in said:
        said = f"{said}\n{address}".strip()
    return events.TextSaid(said) if said else events.Unsupported("link")


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
    "message.text.received": _said,
    "message.image.received": _picture,
    "message.link.received": _link,
    "message.voice.received": lambda message: events.VoiceSent(),
    "message.sticker.received": lambda message: events.Unsupported("sticker"),
    # Documents, and whatever Zalo does not pass on of people whom it protects.
    "message.unsupported.received": lambda message: events.Unsupported("other"),
}


def _key(name: str, message: Mapping[str, Any], address: str) -> str:
    """The message's id, or else a digest of the message."""
    if message_id := taming.identity(message.get("message_id")):
        return f"{name}:{message_id}"
    whole = json.dumps([name, address, message], sort_keys=True).encode()
    return f"{name}:{hashlib.sha256(whole).hexdigest()[:32]}"


# What goes out ------------------------------------------------------------------------------------------


def render(message: Message, *, to: str, config: Config) -> Sequence[Call]:
    """The texts in order; the last of them stands below the picture, where there is one."""
    message = reachable(message, media_url=config.media_url)
    texts = list(fit(message, LIMITS))
    if message.picture is None:
        return [_call("sendMessage", text, {"chat_id": to, "text": text}, config) for text in texts]
    *before, caption = texts or [""]
    calls = [_call("sendMessage", text, {"chat_id": to, "text": text}, config) for text in before]
    photo = {"chat_id": to, "photo": f"{config.media_url.rstrip('/')}/{quote(message.picture)}"}
    return [*calls, _call("sendPhoto", caption, photo | ({"caption": caption} if caption else {}), config)]


def _call(method: str, text: str, body: Mapping[str, Any], config: Config) -> Call:
    return Call("POST", _address(method, config), {}, body, text)


def _address(method: str, config: Config) -> str:
    # The token is a part of the address: no address of this channel may be written down anywhere.
    return f"{config.api_url.rstrip('/')}/bot{quote(config.access_token, safe=':')}/{method}"


def whoami(config: Config) -> tuple[str, Mapping[str, str]]:
    """Address and headers of a GET that changes nothing: is there a bot with this token?"""
    return _address("getMe", config), {}


def who(answer: Answer) -> str:
    """Always empty: the answer names an id, but it is nowhere said that it is the one in the token."""
    return ""


# What became of it --------------------------------------------------------------------------------------

#: The platform's errors are not documented but for 408 (an idle poll): these are what HTTP means by the numbers.
#: What may be of one resident or of all of them is held, so that neither loses anything.
_OUTCOMES: Mapping[int, Outcome] = {
    400: Downgrade("invalid_parameter"),
    401: Refresh("token_refused"),
    402: Hold("quota_used_up"),
    403: Hold("forbidden"),
    404: Hold("not_found"),
    408: Retry("timeout"),
    413: Downgrade("over_limit"),
}


def judge(answer: Answer) -> Outcome:
    """What the answer means; success is `ok`, not HTTP 200. Total: anything unreadable is a Retry."""
    try:
        data = taming.read(answer.body)
    except Malformed:
        data = {}
    if data.get("ok") is True:
        return Sent(taming.identity(taming.mapping(data.get("result")).get("message_id")))
    code = taming.integer(data.get("error_code")) if data.get("ok") is False else None
    if answer.status == 429 or code == 429:
        return Retry("rate_limited" if code == 429 else "http_429", after=answer.retry_after(), slows_account=True)
    if code is None or answer.status >= 500:
        unreadable = answer.status == 200
        return Retry("unreadable" if unreadable else f"http_{answer.status}", after=answer.retry_after())
    if code == 403 and "block" in taming.text(data.get("description")).lower():
        return Blocked("blocked_us")
    return _OUTCOMES.get(code, Retry(f"code_{code}"))


def window(last_contact: datetime | None, now: datetime) -> Window:
    """Always free, as far as is known."""
    return TERMS.window(last_contact, now)
