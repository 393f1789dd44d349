"""Zalo Official Account as pure functions: verify, parse, render, judge, window.

Knows no database and no HTTP client. Sources, read 2026-10: the Official Account pages under
https://developers.zalo.me/docs/official-account/ (webhook/tong-quan, tin-nhan/tin-tu-van, phu-luc/ma-loi), as
relayed by integrators, and https://github.com/zaloplatform. `verify` and `_OUTCOMES` say where they disagree.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot import events
from bot.events import Event
from bot.messages import Choice, Message
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

NAME = "zalo-oa"
IS_FETCHED = False

#: 2,000 characters, 5 buttons with titles of 100; which unit Zalo counts in is not documented.
LIMITS = Limits(text_units=1_900, buttons=5, label_units=90, has_bold=False, has_pictures=True)

#: A pressed button comes back as a text that is its payload: this tells ours from what people type.
BUTTON_PREFIX = "#md:"

#: Replies are free for 48 hours and possible for 7 days after the last word of the resident; with margins.
#: The price is what resellers name; the account's contract may say otherwise.
TERMS = Terms(free_for=timedelta(hours=47), billed_until=timedelta(days=6, hours=22), billed_vnd=55)

#: Families of events with nothing to do for us, told by a word in their name; all others count as "unknown".
#: Group and anonymous chats and requests for consent are looked at first: some look like messages or echoes.
APART = ("anonymous", "group", "consent")
FAMILIES = (
    *("received_message", "seen_message", "reacted", "info", "tag", "template", "quota", "journey"),
    *("widget", "feedback", "call", "order", "extension"),
)

#: Zalo's servers of files. Integrators name these two; the documents name none (uncertain). An address elsewhere is not
#: asked, and counted as `other_host`.
PICTURE_HOSTS: tuple[str, ...] = ("zdn.vn", "zadn.vn")

_MENTION = re.compile(r"\[@\d+\]")
_NIGHT_PAUSE = timedelta(hours=2)

# Signature ----------------------------------------------------------------------------------------------


def verify(headers: Mapping[str, str], body: bytes, config: Config) -> str:
    """Which timestamp the signature was made with: "header" or "body".

    sha256(app id + body + timestamp + OA secret), in hex of either case, behind an optional `mac=`. Sources
    disagree whether the timestamp is the header's or the body's, so both are tried.
    """
    if not config.secret:
        raise BadSignature("the account has no secret")
    claimed = headers.get("x-zevent-signature", "").strip().lower().removeprefix("mac=")
    if not claimed:
        raise BadSignature("no signature")
    for name, timestamp in _timestamps(headers, body):
        if hmac.compare_digest(signature(body, timestamp, config).encode(), claimed.encode()):
            return name
    raise BadSignature("the signature is not of our secret")


def signature(body: bytes, timestamp: str, config: Config) -> str:
    """What an honest webhook with this body carries; lower-case hex."""
    signed = config.app_id.encode() + body + timestamp.encode() + config.secret.encode()
    return hashlib.sha256(signed).hexdigest()


def is_probe(headers: Mapping[str, str], body: bytes) -> bool:
    """The unsigned empty object of the console's test button: answered 200, without any effect."""
    return "x-zevent-signature" not in headers and body.strip() == b"{}"


def _timestamps(headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    # Digits only: the timestamp is joined to the body before hashing, and must not be able to pass for a
    # piece of it.
    candidates = [("header", headers.get("x-zevent-timestamp", "").strip())]
    with suppress(Malformed):  # a body that is no JSON object names no timestamp
        candidates.append(("body", taming.text(taming.read(body).get("timestamp"))))
    return [(name, value) for name, value in candidates if value.isascii() and value.isdigit()]


# What came in -------------------------------------------------------------------------------------------


def parse(body: bytes) -> Sequence[Inbound]:
    """The one event of a webhook. Only a body that is no JSON object is Malformed."""
    data = taming.read(body)
    name = taming.text(data.get("event_name"))
    if family := _family(name, APART):
        return (Ignored(family),)
    if name in _READERS:
        return (_arrival(name, data, body),)
    if name.startswith("oa_send_"):
        return (_echo(name, data, body),)
    if name == "permission_revoked":
        return (AccountNotice(taming.identity(data.get("oa_id")), "revoked"),)
    return (Ignored(_family(name, FAMILIES) or "unknown"),)


def _family(name: str, families: Sequence[str]) -> str:
    return next((family for family in families if family in name), "")


def _arrival(name: str, data: Mapping[str, Any], body: bytes) -> Inbound:
    is_message = name.startswith("user_send_")
    account = taming.identity(data.get("recipient")) if is_message else ""
    account = account or taming.identity(data.get("oa_id")) or taming.identity(data.get("recipient"))
    writers = (data.get(field) for field in ("sender", "follower", "user_id", "user"))
    address = next((found for writer in writers if (found := taming.identity(writer))), "")
    event = _READERS[name](data)
    if not address or event is None:
        return Ignored("incomplete")
    if address == account:
        return Ignored("own")
    return Arrival(account, address, _key(name, data, address, body), taming.moment(data.get("timestamp")), event)


def _echo(name: str, data: Mapping[str, Any], body: bytes) -> Inbound:
    account = taming.identity(data.get("sender")) or taming.identity(data.get("oa_id"))
    address = taming.identity(data.get("recipient"))
    if not address or address == account:
        return Ignored("incomplete")
    message = taming.mapping(data.get("message"))
    return Echo(
        account=account,
        address=address,
        key=_key(name, data, address, body),
        platform_id=taming.identity(message.get("msg_id")),
        text=taming.text(message.get("text")),
        by_person=bool(taming.mapping(data.get("sender")).get("admin_id")),
    )


def _said(data: Mapping[str, Any]) -> Event | None:
    message = taming.mapping(data.get("message"))
    said = taming.text(message.get("text"))
    if said.startswith(BUTTON_PREFIX):
        return events.ButtonPressed(said.removeprefix(BUTTON_PREFIX).strip())
    if said.strip():
        return events.TextSaid(said)
    # Without words and without an id nothing was said: a test tool's stub, not a resident.
    return events.Unsupported("empty") if taming.identity(message.get("msg_id")) else None


def _picture(data: Mapping[str, Any]) -> Event:
    said = taming.text(taming.mapping(data.get("message")).get("text"))
    return events.PictureSent(said, taming.address(_payload(data).get("url")))


def _link(data: Mapping[str, Any]) -> Event:
    """The words and the address, since an address that somebody sends us may be one to check."""
    said = taming.text(taming.mapping(data.get("message")).get("text")).strip()
    address = taming.text(_payload(data).get("url")).strip()
    if address not in said:
        said = f"{said}\n{address}".strip()
    return events.TextSaid(said) if said else events.Unsupported("link")


def _place(data: Mapping[str, Any]) -> Event:
    # Seen in two shapes: attachments[0].payload.coordinates, and message.location.
    payload = _payload(data)
    place = payload.get("coordinates") or taming.mapping(data.get("message")).get("location") or payload
    latitude, longitude = (taming.number(taming.mapping(place).get(axis)) for axis in ("latitude", "longitude"))
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return events.PlaceShared(latitude, longitude)
    return events.Unsupported("location")


def _kind(kind: str) -> Callable[[Mapping[str, Any]], Event]:
    return lambda data: events.Unsupported(kind)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Event | None]] = {
    "user_send_text": _said,
    "user_send_image": _picture,
    "user_send_link": _link,
    "user_send_location": _place,
    "user_send_audio": lambda data: events.VoiceSent(),
    "user_send_gif": _kind("gif"),
    "user_send_video": _kind("video"),
    "user_send_sticker": _kind("sticker"),
    "user_send_file": _kind("file"),
    "user_send_business_card": _kind("contact"),
    "follow": lambda data: events.Joined(),
    "user_click_chatnow": lambda data: events.Joined(),
    "unfollow": lambda data: events.Left(),
    "user_withdraw": lambda data: events.DataWithdrawn(),
}


def _key(name: str, data: Mapping[str, Any], address: str, body: bytes) -> str:
    """The message's id, or else a digest: Zalo's own retries send the same bytes."""
    message_id = taming.identity(taming.mapping(data.get("message")).get("msg_id"))
    if message_id:
        return f"{name}:{message_id}"
    parts = (name, taming.text(data.get("timestamp")), address)
    digest = hashlib.sha256("\0".join(parts).encode() + b"\0" + body).hexdigest()
    return f"{name}:{digest[:32]}"


def _payload(data: Mapping[str, Any]) -> Mapping[str, Any]:
    attachments = taming.mapping(data.get("message")).get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    return taming.mapping(taming.mapping(first).get("payload"))


# What goes out ------------------------------------------------------------------------------------------


def render(message: Message, *, to: str, config: Config) -> Sequence[Call]:
    """The texts in order; one attachment a call, on the last of them."""
    message = reachable(message, media_url=config.media_url)
    texts = [text for part in fit(message, LIMITS) if (text := _without_mentions(part))]
    attachments = _attachments(message, config)
    texts = texts or [""] * bool(attachments)
    # As many calls with buttons as without: a call that was taken before they were refused is not made again.
    riding = ([*[None] * len(texts), *attachments[: len(texts)]])[-len(texts) :]
    return [_call(text, one, to=to, config=config) for text, one in zip(texts, riding, strict=True)]


def _attachments(message: Message, config: Config) -> list[Mapping[str, Any]]:
    """What rides with the last texts, in their order: a picture goes before taps, and instead of choices."""
    found: list[Mapping[str, Any]] = []
    if message.picture is not None:
        url = f"{config.media_url.rstrip('/')}/{quote(message.picture)}"
        found.append(_template({"template_type": "media", "elements": [{"media_type": "image", "url": url}]}))
    # More choices than buttons: some of them as buttons would look like all of them.
    buttons = message.taps or (() if found else message.choices)
    fits = config.has_buttons and 0 < len(buttons) <= LIMITS.buttons
    return [*found, _template({"buttons": [_button(choice) for choice in buttons]})] if fits else found


def _template(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "template", "payload": payload}


def _button(choice: Choice) -> Mapping[str, Any]:
    return {
        "type": "oa.query.hide",
        "title": _without_mentions(label(choice, LIMITS)),
        "payload": BUTTON_PREFIX + choice.value,
    }


def _call(text: str, attachment: Mapping[str, Any] | None, *, to: str, config: Config) -> Call:
    message: dict[str, Any] = {"text": text} if text else {}
    if attachment is not None:
        message["attachment"] = attachment
    return Call(
        method="POST",
        url=f"{config.api_url.rstrip('/')}/v3.0/oa/message/cs",
        headers=call_headers(config),
        json={"recipient": {"user_id": to}, "message": message},
        text=text,
    )


def whoami(config: Config) -> tuple[str, Mapping[str, str]]:
    """Address and headers of a GET that changes nothing: the platform says which account the token is for."""
    return f"{config.api_url}/v2.0/oa/getoa", call_headers(config)


def who(answer: Answer) -> str:
    """The account's id in the answer to `whoami`, "" when it was refused."""
    data = taming.mapping(taming.read(answer.body).get("data")) if isinstance(judge(answer), Sent) else {}
    return taming.identity(data.get("oa_id")) or taming.identity(data.get("oaid"))


def call_headers(config: Config) -> Mapping[str, str]:
    headers = {"access_token": config.access_token}
    if config.app_secret:
        # Needed once the console's switch "appsecret_proof" is on, and ignored before.
        proof = hmac.new(config.app_secret.encode(), config.access_token.encode(), hashlib.sha256)
        headers["appsecret_proof"] = proof.hexdigest()
    return headers


def _without_mentions(text: str) -> str:
    """`[@123]` would name a member in a group chat: never on behalf of whoever wrote it into our text."""
    while (stripped := _MENTION.sub("", text)) != text:  # what was taken out may have stood inside another
        text = stripped
    return text.strip()


# What became of it --------------------------------------------------------------------------------------

#: Refusals come with HTTP 200. What an operator can put right stops the account and keeps its messages; what
#: only holds outside the free window is held, since the resident's next word opens that window.
_OUTCOMES: Mapping[int, Outcome] = {
    -32: Retry("rate_limited", slows_account=True),
    -100: Downgrade("attachment_expired"),
    -200: Retry("send_failed"),
    -201: Downgrade("invalid_parameter"),
    **dict.fromkeys((-204, -205), Dead("oa_disabled", stops_account=True)),
    -209: Dead("app_inactive", stops_account=True),
    -210: Downgrade("over_limit"),
    -212: Dead("api_not_registered", stops_account=True),
    -213: Blocked("not_following"),
    -214: Retry("article_processing", after=timedelta(minutes=1)),
    -217: Blocked("invites_blocked"),
    -219: Dead("app_removed", stops_account=True),
    -221: Dead("oa_not_verified", stops_account=True),
    **dict.fromkeys((-135, -223), Dead("not_granted", stops_account=True)),
    -224: Dead("package_needed", stops_account=True),
    -227: Blocked("user_inactive"),
    -230: Hold("no_contact_in_7_days"),
    -232: Hold("no_contact_yet"),
    -233: Downgrade("type_not_supported"),
    -235: Dead("oa_type_not_allowed", stops_account=True),
    -240: Dead("api_retired", stops_account=True),
    -242: Dead("proof_refused", stops_account=True),
    -248: Dead("policy_violation"),
    -249: Dead("template_by_user_id"),
    **dict.fromkeys((-237, -403), Dead("group_closed")),
    # -101 to -162 are of template messages; those that are not named here refuse for good.
    -118: Blocked("no_zalo_account"),
    **dict.fromkeys((-114, -119), Blocked("cannot_receive")),
    **dict.fromkeys((-115, -144, -211, -218), Hold("quota_used_up")),
    **dict.fromkeys((-124, -216, -220), Refresh("token_refused")),
    **dict.fromkeys((-133, -234), Retry("night_hours", after=_NIGHT_PAUSE)),
    **dict.fromkeys((-136, -320), Hold("no_cloud_account")),
    **dict.fromkeys((-137, -321), Hold("cloud_account_empty")),
    **dict.fromkeys((-139, -140, -141, -244), Blocked("type_refused")),
    **dict.fromkeys((-238, -241), Dead("group_asset")),
}


def judge(answer: Answer) -> Outcome:
    """What the answer means; success is `error` 0, not HTTP 200. Total: anything unreadable is a Retry."""
    if answer.status == 429:
        return Retry("http_429", after=answer.retry_after(), slows_account=True)
    if answer.status >= 500:
        return Retry(f"http_{answer.status}", after=answer.retry_after())
    try:
        data = taming.read(answer.body)
    except Malformed:
        return _without_json(answer)
    code = taming.integer(data.get("error"))
    message_id = taming.identity(taming.mapping(data.get("data")).get("message_id"))
    if code == 0 or (code is None and message_id):
        return Sent(message_id)
    if code is None:
        return _without_json(answer)
    if code in _OUTCOMES:
        return _OUTCOMES[code]
    # An unknown code may pass or may not: a few tries, then the sender gives the row up with this reason.
    return Dead(f"code_{code}") if -162 <= code <= -100 else Retry(f"code_{code}")


def window(last_contact: datetime | None, now: datetime) -> Window:
    """Free, billed or closed by the age of the resident's last word."""
    return TERMS.window(last_contact, now)


def _without_json(answer: Answer) -> Outcome:
    if answer.status in (401, 403):
        return Refresh(f"http_{answer.status}")
    return Retry("unreadable") if answer.status == 200 else Retry(f"http_{answer.status}")
