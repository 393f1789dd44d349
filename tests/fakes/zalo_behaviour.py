"""What the fake Zalo can do and what can befall its calls, and what it remembers of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

#: What can befall a call: an error code as answer, or no proper answer, before or after it was taken; "ok" lets
#: one pass, to get at the next.
Fault = int | Literal["ok", "hang", "drop", "http_500", "http_429", "garbage", "taken_then_drop", "taken_then_hang"]

ERRORS = {
    -32: "Rate limit exceeded",
    -201: "Params is invalid",
    -211: "Out of quota",
    -213: "User has not followed OA",
    -214: "Article is being processed",
    -216: "Access token is invalid",
    -220: "Access token has expired",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA",
    -233: "Message type is not supported",
    -234: "This type of message is not allowed to be sent at night",
    -240: "This API has been shut down",
    -242: "Appsecret_proof provided in the API is invalid",
    -320: "Your app needs to connect with Zalo Cloud Account to use paid feature",
}


@dataclass(slots=True)
class Behaviour:
    """What this OA can do, and how fast. Change it at any time."""

    latency_seconds: float = 0.0
    token_latency_seconds: float = 0.0  # between rotating and answering
    rate_per_minute: int = 0  # 0: no limit
    takes_buttons: bool = False
    takes_pictures: bool = True
    has_cloud_account: bool = False
    knows_everybody: bool = True  # False: who never wrote is refused with -232
    echoes: bool = False
    needs_proof: bool = False
    needs_token: bool = True
    token_lives: timedelta = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken: what its user has on the screen."""

    user: str
    text: str
    message: dict[str, Any]
    message_id: str
    at: datetime


@dataclass(slots=True)
class Webhook:
    """One webhook that was posted and how it was answered; status 0: no answer, or none in time."""

    body: bytes
    status: int
    seconds: float
