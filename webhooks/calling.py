"""The calls of one outbox row: rendered, paid for by the account's rate, made, and judged by the channel.

Knows no other row and marks nothing but parts. What concerns the form of a call is answered here: a token
that is refused is refreshed once, a picture or buttons that are refused are left out.
"""

import asyncio
import hashlib
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

import httpx
import structlog

from bot.messages import Message
from storage import accounts, outbox
from storage.outbox import Claimed
from webhooks import jobs
from webhooks.channel import Answer, Call, Channel, Config, Dead, Downgrade, Outcome, Refresh, Retry, Sent
from webhooks.metrics import Metrics
from webhooks.tokens import Tokens
from webhooks.transport import CALL_SECONDS, AnswerLost, NeverLeft, exchange

#: What a lease must still have beyond a call, to write down what became of it.
LEASE_MARGIN_SECONDS = 5.0

log = structlog.get_logger()


def text_digest(text: str) -> str:
    """By which an echo is recognised as the call that was in flight: NFC, without space at the ends."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).strip().encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Lost:
    """The call left and its answer was never seen. `text` is what it carried."""

    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing went wrong, and yet the row must wait: for the rate, or because lease or server end here."""

    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Means:
    """What calling needs. `calls` are those under way, `unsettled` the deliveries that wait for the commit of
    what became of them; `is_stopping` says that the server goes down.

    `look` is called when all marks of a delivery have been submitted: the claim that it submits stands in the
    same transaction as they.
    """

    client: httpx.AsyncBaseTransport
    tokens: Tokens
    metrics: Metrics
    name: str
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    is_stopping: Callable[[], bool]
    look: Callable[[], None]
    calls: set["asyncio.Task[Answer]"] = field(default_factory=set)
    unsettled: set[object] = field(default_factory=set)


@dataclass(slots=True)
class Route:
    """Through which account a delivery goes, until when its claim holds, and what the account may send.

    `config` changes on the way: a new token, no more buttons. `unpaid` counts claimed rows without a call.
    """

    channel: Channel
    config: Config
    is_limited: bool
    lease_ends: float
    unpaid: int


class Calling:
    """One row on its way out. `parts_sent`, `text` and `is_outage` say afterwards how far it came.

    `is_outage`: the platform did not answer in its own form, so that the row is not to blame.
    """

    def __init__(self, row: Claimed, route: Route, means: Means, notebook: jobs.Notebook) -> None:
        self._row = row
        self._route = route
        self._means = means
        self._notebook = notebook
        self._has_called = False
        self.parts_sent = row.parts_sent
        self.platform_id = row.platform_id
        self.text = ""
        self.is_calling = False
        self.is_outage = False

    async def send(self, message: Message) -> Outcome | Lost | Waiting:
        """Make the calls that have not been made; what ended it: Sent when all were taken."""
        is_refreshed = False
        while True:
            calls = self._route.channel.render(message, to=self._row.address, config=self._route.config)
            if self.parts_sent >= len(calls):
                return Sent(self.platform_id)
            outcome = await self._call(calls[self.parts_sent])
            match outcome:
                case Sent(platform_id=platform_id):
                    self._taken(platform_id, is_last=self.parts_sent + 1 == len(calls))
                    if self.parts_sent == len(calls):
                        return outcome
                case Downgrade(reason=reason):
                    plainer = self._plainer(message)
                    if plainer is None:
                        return Dead(reason)
                    message = plainer
                case Refresh():
                    if is_refreshed or not await self._refresh():
                        self.is_outage = True
                        return Retry("token_refused" if is_refreshed else "no_token")
                    is_refreshed = True
                case _:
                    return outcome

    async def _call(self, call: Call) -> Outcome | Lost | Waiting:
        lease_seconds = self._route.lease_ends - monotonic()
        if not self._has_called and self._is_echoed(call):
            return Sent(self._row.platform_id)  # a sender that died was not told, but the platform echoed it
        if self._means.is_stopping() or lease_seconds < CALL_SECONDS + LEASE_MARGIN_SECONDS:
            return Waiting()
        if not await self._may_call():
            return Waiting(timedelta(seconds=1))
        self.text, self.is_calling = call.text, True
        outcome = await self._exchange(call)
        self.is_calling = False
        self._count(outcome)
        return outcome

    async def _exchange(self, call: Call) -> Outcome | Lost:
        task = asyncio.create_task(
            exchange(self._means.client, call.method, call.url, headers=call.headers, json=call.json)
        )
        self._means.calls.add(task)
        try:
            answer = await task
        except NeverLeft as failure:
            log.warning("unreachable", account=self._route.config.id, error=str(failure))
            self.is_outage = True
            return Retry("unreachable")
        except AnswerLost as failure:
            log.warning("answer_lost", account=self._route.config.id, error=str(failure))
            return Lost(call.text)
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            return Lost(call.text)  # the server stops and has waited long enough
        finally:
            self._means.calls.discard(task)
        outcome = self._route.channel.judge(answer)
        self.is_outage = isinstance(outcome, Retry) and not _is_in_form(answer, outcome)
        return outcome

    def _is_echoed(self, call: Call) -> bool:
        return bool(self._row.in_flight) and self._row.in_flight == text_digest(call.text)

    async def _may_call(self) -> bool:
        """The first call of a row is paid for by its claim; others ask the account's rate."""
        if not self._has_called:
            self._has_called = True
            self._route.unpaid -= 1
            return True
        if not self._route.is_limited:
            return True
        account_id = self._route.config.id
        return bool(await self._notebook.ask(lambda c, now: jobs.take_one_more(c, account_id, now)))

    def _taken(self, platform_id: str, *, is_last: bool) -> None:
        self.parts_sent += 1
        self.platform_id = platform_id
        if not is_last:
            row, parts, name = self._row, self.parts_sent, self._means.name
            self._notebook.note(lambda c, _: outbox.note_parts(c, row.person_id, row.number, parts_sent=parts, by=name))

    def _plainer(self, message: Message) -> Message | None:
        """The same without what may not be sent; None when it was plain already."""
        config = self._route.config
        if message.picture is not None and config.media_url:
            return replace(message, picture=None)
        if (message.choices or message.taps) and config.has_buttons:
            log.warning("buttons_refused", account=config.id)
            self._route.config = replace(config, has_buttons=False)
            self._notebook.note(lambda c, _: accounts.change(c, config.id, has_buttons=False))
            return message
        return None

    async def _refresh(self) -> bool:
        config = self._route.config
        token = await self._means.tokens.refresh(config.id, refused=config.access_token)
        if token is None:
            return False
        self._route.config = replace(config, access_token=token)
        return True

    def _count(self, outcome: Outcome | Lost) -> None:
        reason = getattr(outcome, "reason", "")
        label = "code_other" if reason.startswith("code_") else reason
        name = type(outcome).__name__.lower()
        self._means.metrics.sends.labels(self._route.channel.NAME, name, label).inc()


def _is_in_form(answer: Answer, outcome: Retry) -> bool:
    """Is it the platform that answered, and not something in front of it?

    Some platforms refuse with a status of 400 and more: then it is their answer when the channel found a reason in it.
    """
    if answer.status >= 500 or (answer.status >= 400 and outcome.reason.startswith("http_")):
        return False
    try:
        return isinstance(json.loads(answer.body), dict)
    except (ValueError, RecursionError):
        return False
