"""Webhooks as Zalo sends them: bodies, and signatures with everything that can be odd about them.

Knows no server. Shapes and formula: see webhooks/channels/zalo_oa.py; written anew here, so that a slip there
does not hide itself.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Identity:
    """The app and the Official Account that the fake plays, with their secrets."""

    app_id: str = "1111222233334444555"
    app_secret: str = "appSecretForTests"
    oa_id: str = "7000000000000000001"
    oa_secret: str = "oaSecretForTests01"


@dataclass(frozen=True, slots=True)
class Signing:
    """How a webhook is signed. The default is what an honest platform does."""

    secret: str | None = None  # another secret than the account's
    has_prefix: bool = True  # mac=
    is_upper: bool = False
    header_timestamp: str | None = None  # sign with this one, in a header, in place of the body's
    is_reserialised: bool = False  # sign what a careless server makes of the body, not the bytes themselves
    is_absent: bool = False


HONEST = Signing()


def message(identity: Identity, user: str, *, name: str, message_id: str, at: int, **content: Any) -> dict[str, Any]:
    """A `user_send_...` event; `at` in milliseconds."""
    return {
        "app_id": identity.app_id,
        "sender": {"id": user},
        "user_id_by_app": f"8{user[1:]}",
        "recipient": {"id": identity.oa_id},
        "event_name": name,
        "message": {"msg_id": message_id, **content},
        "timestamp": str(at),
    }


def relation(identity: Identity, user: str, *, name: str, at: int) -> dict[str, Any]:
    """follow, unfollow, user_click_chatnow, user_withdraw."""
    who = {"follower": {"id": user}} if name in ("follow", "unfollow") else {"user_id": user}
    event = {"app_id": identity.app_id, "oa_id": identity.oa_id, "event_name": name, **who}
    return event | {"user_id_by_app": f"8{user[1:]}", "timestamp": str(at)}


def echo(identity: Identity, user: str, *, text: str, message_id: str, at: int, admin: str = "") -> dict[str, Any]:
    """What the OA itself sent: by us, or by an `admin` in Zalo's own console."""
    sender = {"id": identity.oa_id} | ({"admin_id": admin} if admin else {})
    return {
        "app_id": identity.app_id,
        "sender": sender,
        "recipient": {"id": user},
        "event_name": "oa_send_text",
        "message": {"msg_id": message_id, "text": text},
        "timestamp": str(at),
    }


def attachment(kind: str, **payload: Any) -> dict[str, Any]:
    """The content of a message with one attachment."""
    return {"attachments": [{"type": kind, "payload": payload}]}


def encode(event: dict[str, Any], *, is_escaped: bool = False) -> bytes:
    r"""Compact UTF-8, or the same with \u escapes and \/ as PHP writes it."""
    if not is_escaped:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return json.dumps(event, separators=(",", ":")).replace("/", "\\/").encode()


def headers(body: bytes, identity: Identity, signing: Signing = HONEST) -> dict[str, str]:
    """The headers of a webhook with this body."""
    found = {"Content-Type": "application/json"}
    if signing.is_absent:
        return found
    if signing.header_timestamp is not None:
        found["X-ZEvent-Timestamp"] = signing.header_timestamp
    mac = digest(body, identity, signing)
    mac = mac.upper() if signing.is_upper else mac
    return found | {"X-ZEvent-Signature": f"mac={mac}" if signing.has_prefix else mac}


def digest(body: bytes, identity: Identity, signing: Signing = HONEST) -> str:
    """sha256(app id + body + timestamp + OA secret) in hex."""
    event = json.loads(body)
    timestamp = signing.header_timestamp or (event.get("timestamp", "") if isinstance(event, dict) else "")
    signed = json.dumps(event, indent=1).encode() if signing.is_reserialised else body
    secret = identity.oa_secret if signing.secret is None else signing.secret
    return hashlib.sha256(
        b"".join((identity.app_id.encode(), signed, str(timestamp).encode(), secret.encode()))
    ).hexdigest()
