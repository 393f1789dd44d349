"""Articles of a Zalo Official Account as pure functions: create, verify, broadcast, and what their answers mean.

Not a channel: nobody writes to it, and it writes to nobody in particular. Knows no database and no HTTP client.
Sources, read 2026-10 and not tried against a live account: https://developers.zalo.me/docs/official-account/
(article and broadcast) as relayed by integrators and the SDKs of https://github.com/zaloplatform.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from webhooks import taming
from webhooks.channel import Answer, Call, Config, Dead, Outcome, Retry, Sent
from webhooks.channels import zalo_oa

#: Broadcasts are taken in these hours only. Whose clock is meant is nowhere said: the platform's country's is assumed.
OPENS_AT, CLOSES_AT = time(6, 0), time(22, 0)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

#: While the platform still reads the article.
PROCESSING = "article_processing"

#: Answers that are not the platform's own words: something in front of it may have said them.
_UNCLEAR = ("unreadable", "http_")


# What goes out ------------------------------------------------------------------------------------------


def create(*, title: str, author: str, description: str, blocks: Sequence[str], picture: str, config: Config) -> Call:
    """Make the article; the answer brings a token. The picture only where the server has a public address."""
    body: list[Mapping[str, Any]] = [{"type": "text", "content": block} for block in blocks]
    article: dict[str, Any] = {"type": "normal", "title": title, "author": author, "description": description}
    if picture and config.media_url:
        url = f"{config.media_url.rstrip('/')}/{quote(picture)}"
        # The cover's form is that of a third party's typed client (redai-zalo-sdk, types/article.d.ts, 2026). It
        # is hidden above the text, where the picture stands anyway, and shown on the card that is broadcast.
        article["cover"] = {"cover_type": "photo", "photo_url": url, "status": "hide"}
        body = [{"type": "image", "url": url}, *body]
    return _call("/v2.0/article/create", article | {"body": body, "status": "show", "comment": "hide"}, config)


def verify(*, token: str, config: Config) -> Call:
    """Ask whether the article has been made; the answer brings its id, or says that it still is being made."""
    return _call("/v2.0/article/verify", {"token": token}, config)


def broadcast(*, article_id: str, config: Config) -> Call:
    """Send the article to everybody who follows the account."""
    element = {"media_type": "article", "attachment_id": article_id}
    payload = {"template_type": "media", "elements": [element]}
    message = {"attachment": {"type": "template", "payload": payload}}
    # Gender 0 is "all". By ages or regions those would be left out of whom the platform knows none.
    return _call("/v2.0/oa/message", {"recipient": {"target": {"gender": "0"}}, "message": message}, config)


def _call(path: str, body: Mapping[str, Any], config: Config) -> Call:
    return Call("POST", f"{config.api_url.rstrip('/')}{path}", zalo_oa.call_headers(config), body, text="")


def opening(now: datetime) -> datetime:
    """When a broadcast may leave: now, or when the hours begin for the next time."""
    return now if OPENS_AT <= now.astimezone(ZONE).time() < CLOSES_AT else next_opening(now)


def next_opening(now: datetime) -> datetime:
    """When the hours begin for the next time."""
    there = now.astimezone(ZONE)
    day = there.date() + timedelta(days=there.time() >= OPENS_AT)
    return datetime.combine(day, OPENS_AT, ZONE)


# What became of it --------------------------------------------------------------------------------------


def judge_create(answer: Answer) -> Outcome:
    """Sent with the token by which the article is asked for."""
    return _with_name(answer, "token")


def judge_verify(answer: Answer) -> Outcome:
    """Sent with the article's id; a Retry with the reason PROCESSING while there is none yet."""
    return _with_name(answer, "id")


def judge_broadcast(answer: Answer) -> Outcome:
    """Sent with the message's id. is_unclear tells when it cannot be known whether it left."""
    return _judged(answer)


def is_unclear(outcome: Outcome) -> bool:
    """Was there an answer, but none by which it can be told whether the call was taken?

    A 429 is clear: it was not.
    """
    return isinstance(outcome, Retry) and not outcome.slows_account and outcome.reason.startswith(_UNCLEAR)


def _with_name(answer: Answer, name: str) -> Outcome:
    outcome = _judged(answer)
    if not isinstance(outcome, Sent):
        return outcome
    found = taming.identity(taming.mapping(taming.read(answer.body).get("data")).get(name))
    return Sent(found) if found else Retry(PROCESSING)


def _judged(answer: Answer) -> Outcome:
    """As an answer to a message is judged, but that it never stops the account.

    What refuses an article (a permission, a package, -223 also when no article is left) need not refuse replies to
    residents; what does refuse them, the sender learns by itself.
    """
    outcome = zalo_oa.judge(answer)
    return replace(outcome, stops_account=False) if isinstance(outcome, Dead) else outcome
