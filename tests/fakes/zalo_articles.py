"""The articles of the fake Zalo: made after a while, and broadcast in the daytime, so many a month.

Three of the addresses of tests/fakes/zalo_oa.py, which checks the token before it asks here.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.zalo_behaviour import Fault

CREATE, VERIFY, BROADCAST = "/v2.0/article/create", "/v2.0/article/verify", "/v2.0/oa/message"
PATHS = (CREATE, VERIFY, BROADCAST)

MOST_TITLE, MOST_AUTHOR, MOST_DESCRIPTION, MOST_ELEMENTS = 150, 50, 300, 5
TARGET_KEYS = {"ages", "gender", "locations", "cities", "platform"}
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(slots=True)
class Made:
    """An article: what was posted, and how often it still says that it is being processed."""

    said: dict[str, Any]
    token: str
    id: str
    checks_left: int


@dataclass(slots=True)
class Articles:
    """What the account has made and broadcast. `next_name` gives the ids; faults befall the calls of an address."""

    next_name: Callable[[str], str]
    processing: int = 0  # how many times an article says -214 before it has an id
    per_month: int = 4
    takes_pictures: bool = True
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    calls: list[str] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    #: The articles that everybody got, and when.
    broadcasts: list[tuple[Made, datetime]] = field(default_factory=list)
    targets: list[dict[str, str]] = field(default_factory=list)

    def called(self, path: str) -> Fault | None:
        """Note a call of this address; what befalls it."""
        self.calls.append(path)
        fault = self.faults[path].popleft() if self.faults[path] else None
        return None if fault == "ok" else fault

    def answer(self, path: str, call: dict[str, Any], now: datetime) -> int | dict[str, Any]:
        """The data of a success, or the code of a refusal."""
        match path:
            case "/v2.0/article/create":
                return self._create(call)
            case "/v2.0/article/verify":
                return self._verify(call)
        return self._broadcast(call, now)

    def _create(self, call: dict[str, Any]) -> int | dict[str, Any]:
        limits = {"title": MOST_TITLE, "author": MOST_AUTHOR, "description": MOST_DESCRIPTION}
        if call.get("type") != "normal" or any(
            not 0 < len(call.get(name, "")) <= most for name, most in limits.items()
        ):
            return -201
        has_pictures = any(one["type"] == "image" for one in call.get("body", []))
        if not call.get("body") or not all(map(_is_block, call["body"])) or (has_pictures and not self.takes_pictures):
            return -201
        self.made.append(Made(call, self.next_name("t"), self.next_name("art"), self.processing))
        return {"token": self.made[-1].token}

    def _verify(self, call: dict[str, Any]) -> int | dict[str, Any]:
        found = next((one for one in self.made if one.token == call.get("token")), None)
        if found is None:
            return -201
        if found.checks_left:
            found.checks_left -= 1
            return -214
        return {"id": found.id}

    def _broadcast(self, call: dict[str, Any], now: datetime) -> int | dict[str, Any]:
        target = call["recipient"].get("target")
        payload = call.get("message", {}).get("attachment", {}).get("payload", {})
        elements = payload.get("elements", [])
        is_article = payload.get("template_type") == "media" and all(one["media_type"] == "article" for one in elements)
        if target is None or not elements or not is_article:
            return -240  # the old way of sending messages is shut
        there = now.astimezone(HANOI)
        by_id = {one.id: one for one in self.made}
        is_target = set(target) <= TARGET_KEYS and all(isinstance(value, str) for value in target.values())
        ids = [one["attachment_id"] for one in elements]
        if not is_target or len(ids) > MOST_ELEMENTS or not set(ids) <= set(by_id):
            return -201
        if not 6 <= there.hour < 22:
            return -234
        if len({at for _, at in self.broadcasts if at.astimezone(HANOI).month == there.month}) >= self.per_month:
            return -211
        self.targets.append(target)
        self.broadcasts += [(by_id[one], now) for one in ids]
        return {"message_id": self.next_name("b")}


def _is_block(block: dict[str, Any]) -> bool:
    return bool(block.get("content" if block["type"] == "text" else "url"))
