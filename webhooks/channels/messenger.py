"""Facebook Messenger of a page as pure functions: handshake, verify, parse, render, judge, window.

Knows no database and no HTTP client. Sources, read 2026-10 and not tried against a live page:
https://developers.facebook.com/documentation/business-messaging/messenger-platform (webhooks, send messages, quick
replies, message_echoes, error codes) and https://github.com/fbsamples/original-coast-clothing.

The row of an account: `external_id` is the page's id, `secret` the app's secret, `access_token` the page's token, and
`app_secret` the verify token, which we choose and which the app's webhook page asks for: there is no other use for
that column here, since nothing is refreshed.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from bot import events
from bot.events import Event
from bot.messages import Message
from webhooks import taming
from webhooks.channel import (
    AccountNotice,
    Answer,
    Arrival,
    BadSignature,
    Blocked,
    Call,
    Config,
    Dead,
    Downgrade,
    Echo,
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
from webhooks.fitting import fit, label, reachable

NAME = "messenger"
IS_FETCHED = False

#: 2,000 characters; 13 quick replies with titles of 20 and payloads of 1,000.
LIMITS = Limits(text_units=1_900, buttons=13, label_units=20, has_bold=False, has_pictures=True)

#: 24 hours after the resident's last word, with a margin; then nothing. The tag HUMAN_AGENT would give 7 days to what
#: a person writes, and to nothing else: a channel is not told who wrote a message, so it is not used.
OPEN_FOR = timedelta(hours=23)
TERMS = Terms(free_for=OPEN_FOR, billed_until=OPEN_FOR)

#: Facebook's servers of files, as its pages show them in examples; not tried (uncertain).
PICTURE_HOSTS: tuple[str, ...] = ("fbcdn.net", "fbsbx.com")

#: Tells our quick replies from those that the page's owner made in Facebook's own pages.
PAYLOAD_PREFIX = "md:"
#: Every echo brings back the metadata of its message: ours are known by it, whatever app id Facebook gives them.
METADATA = "muadam"
#: What Facebook's own inbox writes: 263902037430900 is its app id in Facebook's pages on handing conversations over.
INBOX_APPS = ("", "263902037430900")

#: What stands in an event in place of a message. Nothing is to be done for these; all others count as "unknown".
FAMILIES = (
    *("delivery", "read", "reaction", "optin", "referral", "account_linking", "message_edit", "app_roles"),
    *("pass_thread_control", "take_thread_control", "request_thread_control"),
)

# Signature ----------------------------------------------------------------------------------------------


def verify(headers: Mapping[str, str], body: bytes, config: Config) -> str:
    """HMAC-SHA256 of the body's bytes with the app's secret, in hex behind `sha256=`."""
    if not config.secret:
        raise BadSignature("the account has no secret")
    claimed = headers.get("x-hub-signature-256", "").strip().lower().removeprefix("sha256=")
    if not claimed:
        raise BadSignature("no signature")
    if not hmac.compare_digest(signature(body, config.secret).encode(), claimed.encode()):
        raise BadSignature("the signature is not of our secret")
    return "sha256"


def signature(body: bytes, secret: str) -> str:
    """What an honest webhook with this body carries; lower-case hex."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_probe(headers: Mapping[str, str], body: bytes) -> bool:
    """The console tries the address by its handshake."""
    return False


def handshake(query: Mapping[str, str], config: Config) -> str | None:
    """The text that Facebook wants back when it tries the address by a GET; None when the verify token is not ours."""
    claimed, ours = query.get("hub.verify_token", ""), config.app_secret
    is_ours = bool(ours) and hmac.compare_digest(claimed.encode(), ours.encode())
    return query.get("hub.challenge", "") if is_ours and query.get("hub.mode") == "subscribe" else None


# What came in -------------------------------------------------------------------------------------------


def parse(body: bytes) -> Sequence[Inbound]:
    """All events of a webhook, of one page or of several. Only a body that is no JSON object is Malformed."""
    data = taming.read(body)
    return tuple(_inbounds(data)) if data.get("object") == "page" else (Ignored("unknown"),)


def _inbounds(data: Mapping[str, Any]) -> Iterator[Inbound]:
    for entry in _objects(data.get("entry")):
        page = taming.identity(entry.get("id"))
        yield from (_inbound(item, page) for item in _objects(entry.get("messaging")))
        # While another app or a person in the inbox has the conversation: only that he writes is of interest.
        for item in _objects(entry.get("standby")):
            inbound = _inbound(item, page)
            yield inbound if isinstance(inbound, Echo) else Ignored("standby")
        yield from (Ignored("change") for _ in _objects(entry.get("changes")))


def _inbound(item: Mapping[str, Any], page: str) -> Inbound:
    message, postback = taming.mapping(item.get("message")), taming.mapping(item.get("postback"))
    if message.get("is_echo") is True:
        return _echo(item, message, page)
    if message:
        return _arrival(item, page, "message", message, _said(message))
    if postback:
        return _arrival(item, page, "postback", postback, _pressed(postback))
    policy = taming.mapping(item.get("policy_enforcement") or item.get("policy-enforcement"))
    if policy:
        is_block = taming.text(policy.get("action")) == "block"
        return AccountNotice(page, "page_restricted") if is_block else Ignored("policy")
    return Ignored(next((family for family in FAMILIES if family in item), "unknown"))


def _arrival(item: Mapping[str, Any], page: str, kind: str, said: Mapping[str, Any], event: Event | None) -> Inbound:
    account = page or taming.identity(item.get("recipient"))
    address = taming.identity(item.get("sender"))
    if not address or event is None:
        return Ignored("incomplete")
    if address == account:
        return Ignored("own")
    key = f"{kind}:{taming.identity(said.get('mid')) or _digest(item)}"
    return Arrival(account, address, key, taming.moment(item.get("timestamp")), event)


def _echo(item: Mapping[str, Any], message: Mapping[str, Any], page: str) -> Inbound:
    account = page or taming.identity(item.get("sender"))
    address = taming.identity(item.get("recipient"))
    if not address or address == account:
        return Ignored("incomplete")
    platform_id = taming.identity(message.get("mid"))
    is_ours = message.get("metadata") == METADATA
    return Echo(
        account=account,
        address=address,
        key=f"echo:{platform_id or _digest(item)}",
        platform_id=platform_id,
        text=taming.text(message.get("text")),
        # Another app that writes in the name of the page is a machine like us.
        by_person=not is_ours and taming.identity(message.get("app_id")) in INBOX_APPS,
    )


def _said(message: Mapping[str, Any]) -> Event | None:
    said = taming.text(message.get("text"))
    payload = taming.text(taming.mapping(message.get("quick_reply")).get("payload"))
    if payload.startswith(PAYLOAD_PREFIX):
        return events.ButtonPressed(payload.removeprefix(PAYLOAD_PREFIX))
    attachments = _objects(message.get("attachments"))
    if attachments:
        return _attached(said, attachments[0])
    if said.strip():
        return events.TextSaid(said)
    # Without words and without an id nothing was said: a test tool's stub, not a resident.
    return events.Unsupported("empty") if taming.identity(message.get("mid")) else None


def _attached(said: str, attachment: Mapping[str, Any]) -> Event:
    kind, payload = taming.text(attachment.get("type")), taming.mapping(attachment.get("payload"))
    match kind:
        case "image" if "sticker_id" not in payload:
            return events.PictureSent(said, taming.address(payload.get("url")))
        case "audio":
            return events.VoiceSent()
        case "location":
            return _place(taming.mapping(payload.get("coordinates")))
        case "fallback":
            return _link(said, taming.text(payload.get("url")) or taming.text(attachment.get("url")))
    if said.strip():
        return events.TextSaid(said)
    named = {"image": "sticker", "sticker": "sticker", "video": "video", "file": "file"}
    return events.Unsupported(named.get(kind, "other"))


def _place(coordinates: Mapping[str, Any]) -> Event:
    latitude, longitude = (taming.number(coordinates.get(axis)) for axis in ("lat", "long"))
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return events.PlaceShared(latitude, longitude)
    return events.Unsupported("location")


def _link(said: str, address: str) -> Event:
    """The words and the address, since an address that somebody sends us may be one to check."""
    said, address = said.strip(), address.strip()
    if address not in said:
        said = f"{said}\n{address}".strip()
    return events.TextSaid(said) if said else events.Unsupported("link")


def _pressed(postback: Mapping[str, Any]) -> Event:
    payload, title = taming.text(postback.get("payload")), taming.text(postback.get("title"))
    if payload.startswith(PAYLOAD_PREFIX):
        return events.ButtonPressed(payload.removeprefix(PAYLOAD_PREFIX))
    # The button that begins a conversation; its payload is what the page's owner wrote there.
    is_start = "get_started" in payload.lower().replace(" ", "_") or not title.strip()
    return events.Joined() if is_start else events.TextSaid(title)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; of anything else none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _digest(item: Mapping[str, Any]) -> str:
    """Of an event without an id. Not of the body: what is sent again may come in other company."""
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()[:32]


# What goes out ------------------------------------------------------------------------------------------


def render(message: Message, *, to: str, config: Config) -> Sequence[Call]:
    """The texts in order, then the picture; quick replies on the last, since they vanish with the next message."""
    message = reachable(message, media_url=config.media_url)
    parts: list[dict[str, Any]] = [{"text": text} for text in fit(message, LIMITS)]
    if message.picture is not None:
        # Behind the texts: should it be refused, those that were taken stay the first ones of what is left.
        url = f"{config.media_url.rstrip('/')}/{quote(message.picture)}"
        parts.append({"attachment": {"type": "image", "payload": {"url": url}}})
    if parts:
        parts[-1] |= _quick_replies(message, config)
    return [_call(part, to=to, config=config) for part in parts]


def _quick_replies(message: Message, config: Config) -> Mapping[str, Any]:
    choices = message.taps or message.choices
    titles = [label(choice, LIMITS) for choice in choices]
    # More choices than quick replies: some of them as such would look like all of them.
    if not (config.has_buttons and 0 < len(choices) <= LIMITS.buttons and all(titles)):
        return {}
    pairs = zip(choices, titles, strict=True)
    return {
        "quick_replies": [
            {"content_type": "text", "title": title, "payload": PAYLOAD_PREFIX + choice.value}
            for choice, title in pairs
        ]
    }


def _call(part: Mapping[str, Any], *, to: str, config: Config) -> Call:
    body = {"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": {**part, "metadata": METADATA}}
    # `me` is the page whose token it is: a slip in the configured id must not leave residents without an answer.
    return Call("POST", _address("me/messages", config), {}, body, text=part.get("text", ""))


def _address(path: str, config: Config, **query: str) -> str:
    query["access_token"] = config.access_token
    if config.secret:
        # Needed once the app's setting "Require App Secret" is on, and checked whenever it comes.
        proof = hmac.new(config.secret.encode(), config.access_token.encode(), hashlib.sha256)
        query["appsecret_proof"] = proof.hexdigest()
    return f"{config.api_url.rstrip('/')}/{path}?{urlencode(query)}"


def whoami(config: Config) -> tuple[str, Mapping[str, str]]:
    """Address and headers of a GET that changes nothing: the platform says which page the token is for."""
    return _address("me", config, fields="id"), {}


def who(answer: Answer) -> str:
    """The page's id in the answer to `whoami`, "" when it was refused."""
    return taming.identity(taming.read(answer.body).get("id")) if answer.status == 200 else ""


# What became of it --------------------------------------------------------------------------------------

_TOO_FAST = Retry("rate_limited", after=timedelta(seconds=30), slows_account=True)
_NOT_PERMITTED = Dead("permission_missing", stops_account=True)
_RESTRICTED = Dead("page_restricted", stops_account=True)

#: Errors of the Messenger Platform (.../messenger-platform/error-codes, updated 2026-03-18) and, where that page is
#: silent, of the Graph API (https://developers.facebook.com/docs/graph-api/guides/error-handling).
_BY_CODE: Mapping[int, Outcome] = {
    **dict.fromkeys((1, 2, 1200), Retry("temporary")),
    **dict.fromkeys((4, 17, 32, 341, 613, 80006), _TOO_FAST),
    **dict.fromkeys((3, 10), _NOT_PERMITTED),
    100: Downgrade("invalid_parameter"),
    **dict.fromkeys((102, 190), Refresh("token_refused")),
    **dict.fromkeys(range(200, 300), _NOT_PERMITTED),
    368: _RESTRICTED,
    551: Blocked("unavailable"),
}

#: What a subcode says goes before what its code says.
_BY_SUBCODE: Mapping[int, Outcome] = {
    # 10: outside of the 24 hours; 2534022 says the same (integrators' issues of 2026).
    **dict.fromkeys((2018278, 2534022), Hold("window_closed")),
    1893063: _RESTRICTED,  # 10: seen since June 2026
    **dict.fromkeys((2018108, 1545041), Blocked("unavailable")),  # 10, 200, 551: does not take messages from the page
    2018001: Blocked("no_such_user"),  # 100: no matching user
    2018028: Hold("app_not_public"),  # 200: not one of the app's testers, and the app was not reviewed
}

#: Words of the platform's sentences, for refusals that have come without a subcode: a code that stops the account must
#: not do so for one resident (https://github.com/jgorset/facebook-messenger/issues/96).
_BY_WORDS: Mapping[str, Outcome] = {
    "appsecret_proof": Dead("proof_refused", stops_account=True),
    "outside of allowed window": Hold("window_closed"),
    "receiving messages from you": Blocked("unavailable"),
    "available right now": Blocked("unavailable"),
}


def judge(answer: Answer) -> Outcome:
    """What the answer means; a refusal has an `error` with a code. Total: anything unreadable is a Retry."""
    try:
        data = taming.read(answer.body)
    except Malformed:
        data = {}
    error = taming.mapping(data.get("error"))
    code, subcode = taming.integer(error.get("code")), taming.integer(error.get("error_subcode"))
    if code is None:
        message_id = taming.identity(data.get("message_id"))
        is_taken = answer.status == 200 and bool(message_id or taming.identity(data.get("recipient_id")))
        return Sent(message_id) if is_taken and not error else _without_code(answer)
    if subcode is not None and subcode in _BY_SUBCODE:
        return _BY_SUBCODE[subcode]
    sentence = taming.text(error.get("message"))
    if said := next((outcome for words, outcome in _BY_WORDS.items() if words in sentence), None):
        return said
    # An unknown code may pass or may not: a few tries, then the sender gives the row up with this reason.
    return _BY_CODE.get(code, Retry(f"code_{code}"))


def window(last_contact: datetime | None, now: datetime) -> Window:
    """Free or closed by the age of the resident's last word."""
    return TERMS.window(last_contact, now)


def _without_code(answer: Answer) -> Outcome:
    if answer.status == 429:
        return Retry("http_429", after=answer.retry_after(), slows_account=True)
    return Retry("unreadable" if answer.status == 200 else f"http_{answer.status}", after=answer.retry_after())
