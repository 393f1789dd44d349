"""One person's claimed rows on their way out, in order; what the channel judges is obeyed here.

Knows no HTTP and no other person. Nothing overtakes: what cannot leave now goes back with all behind it.
A row whose answer is lost is `unknown` and never sent again blindly; the platform's echo settles it.
"""

from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Any, assert_never

import structlog
from sqlalchemy import Connection

from bot.messages import message_of
from storage import accounts, outbox, people
from storage.outbox import REPLY, STAFF, Claimed, Mark
from webhooks.calling import Calling, Lost, Means, Route, Waiting, text_digest
from webhooks.channel import Blocked, Dead, Downgrade, Hold, Outcome, Refresh, Retry, Sent, Window
from webhooks.jobs import Notebook

#: A row that the platform refuses is tried so often (for a minute); one that it does not answer, for a day.
REFUSALS = 6
OUTAGES = 720
LONGEST_PAUSE = timedelta(minutes=2)

#: How long an account rests that was too fast, where the platform names no time.
SLOW_DOWN = timedelta(seconds=5)

log = structlog.get_logger()


class Next(Enum):
    """What becomes of the person's rows behind one."""

    GO_ON = auto()
    GIVE_BACK = auto()
    WITHDRAW = auto()


class Delivery:
    """The rows of one claim. `send` returns when what became of them is committed."""

    def __init__(self, rows: list[Claimed], route: Route, means: Means, notebook: Notebook) -> None:
        self._rows = rows
        self._route = route
        self._means = means
        self._notebook = notebook

    async def send(self) -> None:
        """Send the rows in order, as far as it goes."""
        follows = Next.GO_ON
        for row in self._rows:
            match follows:
                case Next.GO_ON:
                    follows = await self._send_row(row)
                case Next.GIVE_BACK:
                    self._mark(row, "waiting")
                case Next.WITHDRAW:
                    self._mark(row, "withdrawn", reason="blocked")
                case _:
                    assert_never(follows)
        if self._route.is_limited and self._route.unpaid:
            unpaid = self._route.unpaid
            self._notebook.note(lambda c, _: accounts.spend(c, self._route.config.id, -unpaid))
        self._means.unsettled.add(self)
        try:
            self._means.look()
            await self._notebook.committed()
        finally:
            self._means.unsettled.discard(self)

    async def _send_row(self, row: Claimed) -> Next:
        if self._is_kept_back(row):
            return Next.GO_ON
        try:
            message = message_of(row.payload, row.bulletin)
        except (ValueError, TypeError, KeyError, AttributeError):
            log.error("unreadable_payload", person=row.person_id, row=row.number)  # noqa: TRY400 - holds words
            self._mark(row, "dead", reason="unreadable_payload", settled_at=self._means.clock())
            return Next.GO_ON
        calling = Calling(row, self._route, self._means, self._notebook)
        try:
            outcome = await calling.send(message)
        except Exception as error:  # the sender's door: one row's failure must not end the sender
            log.exception("send_failed", person=row.person_id, row=row.number, error=type(error).__name__)
            outcome = Lost(calling.text) if calling.is_calling else Retry("bug")
        return self._obey(row, calling, outcome)

    def _is_kept_back(self, row: Claimed) -> bool:
        """Rows for which no call is made. Marks them; those behind them are looked at by themselves."""
        now = self._means.clock()
        if not row.is_reachable:
            self._mark(row, "withdrawn", reason="unreachable", settled_at=now)
        elif row.rank > STAFF and not row.wants_pushes:
            self._mark(row, "withdrawn", reason="stopped", settled_at=now)
        elif row.valid_until is not None and row.valid_until <= now:
            self._mark(row, "expired", settled_at=now)
        elif not self._is_window_open(row, now):
            self._mark(row, "held", reason="window_closed")
        else:
            return False
        return True

    def _is_window_open(self, row: Claimed, now: datetime) -> bool:
        """Answers may cost money; what nobody asked for may not, unless who released it said so."""
        window = self._route.channel.window(row.last_contact_at, now)
        return window is Window.FREE or (window is Window.BILLED and (row.rank <= STAFF or row.may_bill))

    def _obey(self, row: Claimed, calling: Calling, outcome: Outcome | Lost | Waiting) -> Next:
        """Mark the row by what became of it; what that means for the rows behind it."""
        now = self._means.clock()
        mark = partial(self._mark, row, parts_sent=calling.parts_sent)
        match outcome:
            case Sent(platform_id=platform_id):
                mark("sent", platform_id=platform_id, settled_at=now)
                if row.rank == REPLY:
                    self._means.metrics.reply_seconds.observe(max(0.0, (now - row.created_at).total_seconds()))
                return Next.GO_ON
            case Lost(text=text):
                mark("unknown", reason="answer_lost", in_flight=text_digest(text))
                return Next.GO_ON
            case Waiting(after=after):
                mark("waiting", due_at=max(row.due_at, now + after))
                return Next.GIVE_BACK
            case Retry(slows_account=True):
                self._change_account(paused_until=now + (outcome.after or SLOW_DOWN))
                mark("waiting", reason=outcome.reason)
                return Next.GIVE_BACK
            case Retry():
                return self._try_again(row, calling, outcome)
            case Hold(reason=reason):
                mark("held", reason=reason)
                return Next.GIVE_BACK
            case Dead(stops_account=True):
                log.error("account_stopped", account=row.account_id, reason=outcome.reason)
                self._change_account(state="stopped", reason=outcome.reason)
                mark("waiting", reason=outcome.reason)
                return Next.GIVE_BACK
            case Dead(reason=reason):
                mark("dead", reason=reason, settled_at=now)
                return Next.GO_ON
            case Blocked(reason=reason):
                mark("dead", reason=f"blocked: {reason}", settled_at=now)
                self._notebook.note(lambda c, _: _shut_out(c, row.person_id))
                return Next.WITHDRAW
            case Refresh() | Downgrade():
                raise AssertionError(f"{outcome} is obeyed where the calls are made")
            case _:
                assert_never(outcome)

    def _try_again(self, row: Claimed, calling: Calling, outcome: Retry) -> Next:
        now = self._means.clock()
        attempts = row.attempts + 1
        columns = {"parts_sent": calling.parts_sent, "attempts": attempts, "reason": outcome.reason}
        if attempts >= (OUTAGES if calling.is_outage else REFUSALS):
            log.warning("given_up", person=row.person_id, row=row.number, reason=outcome.reason)
            self._mark(row, "dead", **columns, settled_at=now)
            return Next.GO_ON
        pause = backoff(attempts, jitter=self._means.jitter())
        self._mark(row, "waiting", **columns, due_at=now + max(pause, outcome.after or pause))
        return Next.GIVE_BACK

    def _mark(self, row: Claimed, state: str, **columns: Any) -> None:
        same: dict[str, Any] = {"due_at": row.due_at, "attempts": row.attempts, "parts_sent": row.parts_sent}
        self._notebook.mark(Mark(row.person_id, row.number, state=state, **(same | columns)))

    def _change_account(self, **columns: Any) -> None:
        account_id = self._route.config.id
        self._notebook.note(lambda c, _: accounts.change(c, account_id, **columns))


def backoff(attempts: int, *, jitter: float) -> timedelta:
    """One, two, four ... seconds up to LONGEST_PAUSE, less up to half of it (jitter goes from 0 to 1)."""
    pause = min(LONGEST_PAUSE, timedelta(seconds=2 ** min(attempts - 1, 20)))
    return pause * (1 - jitter / 2)


def _shut_out(connection: Connection, person_id: int) -> None:
    """Nothing more for somebody who does not want us, until he writes."""
    people.mark_unreachable(connection, person_id)
    outbox.withdraw_all(connection, [person_id])
