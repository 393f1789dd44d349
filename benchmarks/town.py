"""A town of residents, and the fake send API through which they are answered.

The API keeps what was taken for whom, and when: the load program asks residents, not the server, whether
they were answered. Faults befall a share of the calls. For single calls walked through by hand there is
tests/fakes/zalo_oa.py; this one is made to be cheap.
"""

import asyncio
import json
import random
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Literal
from urllib.parse import parse_qs

from benchmarks.residents import Exchange, Resident, Turn, as_text
from benchmarks.wire import Call, Server

Fault = Literal["slow", "error500", "drop", "hang", "garbage"]
FAULTS: tuple[Fault, ...] = ("slow", "error500", "drop", "hang", "garbage")

#: How large a share of the calls a fault befalls; a call that hangs holds one of the sender's hands.
SHARES = {"slow": 0.2, "error500": 0.1, "drop": 0.1, "hang": 0.005, "garbage": 0.1}
SLOW_SECONDS = 1.5


@dataclass(slots=True)
class Sent:
    """A message that the API took. `answered_at` is None when the caller was gone before the answer."""

    message: str
    at: float
    answered_at: float | None = None


class Town:
    """`people` residents at a time; who has said everything moves out and somebody new moves in.

    The `silent` never say anything: bulletins are sent to them.
    """

    def __init__(self, talks: list[tuple[Exchange, ...]], *, people: int, seed: int, silent: int = 0) -> None:
        self.residents: dict[str, Resident] = {}
        self.turns: list[Turn] = []
        self.choose = random.Random(seed)
        self.idle: deque[Resident] = deque()
        self._talks = talks
        self.silent = tuple(self._resident(()).address for _ in range(silent))
        for _ in range(people):
            self._move_in()

    def _move_in(self) -> None:
        self.idle.append(self._resident(self._talks[len(self.residents) % len(self._talks)]))

    def _resident(self, talk: tuple[Exchange, ...]) -> Resident:
        resident = Resident(f"9{len(self.residents):018d}", talk)
        self.residents[resident.address] = resident
        return resident

    def next_turn(self, *, at: float) -> Turn:
        """Somebody who waits for nothing says his next thing."""
        if not self.idle:
            self._move_in()
        turn = self.idle.popleft().next_turn(at=at)
        self.turns.append(turn)
        return turn

    def acked(self, turn: Turn) -> None:
        """The webhook was accepted: he may say more, one in ten at once, before his answers are there."""
        if not turn.resident.has_more_to_say:
            self._move_in()
        elif self.choose.random() < 0.1:
            self.idle.appendleft(turn.resident)
        else:
            self.idle.append(turn.resident)

    @property
    def is_quiet(self) -> bool:
        """Has everybody got as much as he must get?"""
        return all(len(one.received) >= len(one.expected) for one in self.residents.values())


class SendApi:
    """`async with SendApi(town) as api:` listens at `api.url`."""

    def __init__(self, town: Town, *, latency_seconds: float = 0.0, fault: Fault | None = None) -> None:
        self._town = town
        self._latency = latency_seconds
        self._fault = fault
        self._choose = random.Random(0)
        self._server = Server(self._handle)
        self._tokens = 0
        self.url = ""
        self.sent: dict[str, list[Sent]] = {address: [] for address in town.residents}
        self.calls = 0
        self.faults = 0
        self.strangers = 0
        #: Called when the last answer of a turn is taken.
        self.on_answered: Callable[[Turn], None] = lambda turn: None
        #: Called with (address, text, id) for each message that is taken, as Zalo's echoes are.
        self.on_taken: Callable[[str, str, str], None] = lambda address, text, message_id: None

    async def __aenter__(self) -> "SendApi":
        await self._server.start()
        self.url = f"http://127.0.0.1:{self._server.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    def end_faults(self) -> None:
        """From now on the API is well."""
        self._fault = None

    def _handle(self, call: Call) -> None:
        if call.path.endswith("/access_token"):
            call.answer(self._pair(call.body))
            return
        self.calls += 1
        if self._fault is None or self._choose.random() >= SHARES[self._fault]:
            self._take(call, after=self._latency)
            return
        self.faults += 1
        match self._fault:
            case "slow":
                self._take(call, after=SLOW_SECONDS)
            case "error500":
                call.answer(b"Internal Server Error", status=500)
            case "garbage":
                call.answer(b"<html>captive portal</html>")
            case "drop":
                self._take(call, after=None)
                call.drop()
            case "hang":
                self._take(call, after=None)

    def _take(self, call: Call, *, after: float | None) -> None:
        """The message is taken now; the answer comes `after` seconds, or never."""
        now = perf_counter()
        data = json.loads(call.body)
        address = data["recipient"]["user_id"]
        resident = self._town.residents.get(address)
        if resident is None:
            self.strangers += 1
            call.answer(b'{"error":-201,"message":"user_id is invalid"}')
            return
        sent = Sent(sys.intern(as_text(data["message"])), now)  # a bulletin is kept once, not once a person
        self.sent.setdefault(address, []).append(sent)
        turn = resident.receive(sent.message, at=now)
        message_id = f"m{self.calls:09d}"
        if after:
            asyncio.get_running_loop().call_later(after, self._answer, call, sent, address, message_id)
        elif after is not None:
            self._answer(call, sent, address, message_id)
        self.on_taken(address, data["message"].get("text", ""), message_id)
        if turn is not None:
            self.on_answered(turn)

    @staticmethod
    def _answer(call: Call, sent: Sent, address: str, message_id: str) -> None:
        data = {"message_id": message_id, "user_id": address, "sent_time": str(int(sent.at * 1000))}
        if call.answer(json.dumps({"error": 0, "message": "Success", "data": data}).encode()):
            sent.answered_at = perf_counter()

    def _pair(self, body: bytes) -> bytes:
        """A new pair of tokens. That a refresh token is used once is tested elsewhere."""
        self._tokens += 1
        known = parse_qs(body.decode()).get("refresh_token", [""])[0]
        pair = {"access_token": f"access-{self._tokens}", "refresh_token": f"{known[:9]}-{self._tokens}"}
        return json.dumps(pair | {"expires_in": "90000"}).encode()
