"""The plan of a bulletin, its release, and what can still be done about it while it is on its way.

    ReleaseError(code)    what was asked for cannot be done now; the door has the sentence for the code

A release fixes the audience and its size; the rows are queued later, in chunks, by `work`, which whoever runs the
loops calls again and again. Knows no channel: how long after his last word somebody may be written to is given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot.messages import Message, to_json
from bulletins.quiet import is_quiet
from storage import bulletin_audience, bulletins, outbox
from storage.accounts import StoredAccount, lasting_rate
from storage.bulletin_audience import REACHED, Audience, Class, Reach
from storage.subscriptions import parted
from vietnamese import places

#: People for whom rows are queued in one transaction: webhooks wait behind it.
CHUNK = 1_000
#: Rows that a pause, a resume or a cancel moves in one transaction.
MOVED = 5_000
#: A bulletin is given on demand, and to who writes late, until its last day is over, and for so long at least.
SHORTEST_VALIDITY = timedelta(days=2)


class ReleaseError(Exception):
    """What cannot be done; `code` is one of a closed list: the doors have a sentence for each."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Terms(Protocol):
    """What an account's channel allows: how long after somebody's last word sending is free, then billed.

    None: for ever. `billed_vnd` is the price of one message after that. `is_fetched`: a page reads it when it opens.
    """

    @property
    def free_for(self) -> timedelta | None: ...
    @property
    def billed_until(self) -> timedelta | None: ...
    @property
    def billed_vnd(self) -> int: ...
    @property
    def is_fetched(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen if the bulletin were released now. Counts are people.

    `closed` get it when they write next, if it is still valid; so do the `billed` where paying is not allowed:
    `cost_vnd` is what paying would cost. `replaced` have not got the bulletin that this one corrects, and get this;
    `replaced_billed` of them were planned for that one as people who are written to at a price.
    `duration` is how long the sending takes at the accounts' rates; None where no account has a limit.
    """

    free: int = 0
    billed: int = 0
    closed: int = 0
    unreachable: int = 0
    opted_out: int = 0
    already: int = 0
    replaced: int = 0
    replaced_billed: int = 0
    cost_vnd: int = 0
    duration: timedelta | None = None
    needs_approval: bool = False

    @property
    def reached(self) -> int:
        return self.free + self.billed + self.closed + self.replaced


@dataclass(frozen=True, slots=True)
class Lines:
    """What the plans of all accounts have in common: the accounts, their channels' terms, and the local clock.

    `calls`: of how many messages of a channel a message consists, which are paid for one by one.
    """

    accounts: tuple[StoredAccount, ...]
    terms: Callable[[str], Terms]
    calls: Callable[[str, Message], int]
    zone: ZoneInfo

    def reaches(self, now: datetime) -> dict[int, Reach]:
        return {account.id: _reach(self.terms(account.channel), now) for account in self.accounts}

    def pages(self) -> tuple[int, ...]:
        """The accounts whose pages read by themselves: nothing is sent there."""
        return tuple(account.id for account in self.accounts if self.terms(account.channel).is_fetched)

    def today(self, now: datetime) -> datetime:
        """When the local day began."""
        return datetime.combine(now.astimezone(self.zone).date(), time(0), self.zone)


def plan(
    connection: Connection, bulletin: Row[Any], lines: Lines, *, now: datetime, message: Message | None = None
) -> Plan:
    """Whom the bulletin would reach now, and how. Without its `message` it counts as one for everybody."""
    calls = {one.id: 1 if message is None else lines.calls(one.channel, message) for one in lines.accounts}
    audience = _audience(bulletin, now)
    counts = bulletin_audience.plan(connection, audience, today=lines.today(now), reaches=lines.reaches(now))
    totals: dict[Class, int] = {}
    for (_, kind), people in counts.items():
        totals[kind] = totals.get(kind, 0) + people
    replaced = bulletins.replaceable(connection, bulletin.corrects) if bulletin.corrects is not None else []
    billed = {account.id: counts.get((account.id, "billed"), 0) for account in lines.accounts}
    for row in replaced:
        billed[row.account_id] = billed.get(row.account_id, 0) + row.people * row.may_bill
    cost = sum(billed[one.id] * calls[one.id] * lines.terms(one.channel).billed_vnd for one in lines.accounts)
    reached = {account.id: sum(counts.get((account.id, kind), 0) for kind in REACHED) for account in lines.accounts}
    taken_over = sum(row.people for row in replaced)
    return Plan(
        **totals,
        replaced=taken_over,
        replaced_billed=sum(row.people for row in replaced if row.may_bill),
        cost_vnd=cost,
        duration=_duration(counts, lines, calls, may_bill=bulletin.may_bill),
        needs_approval=any(
            account.approval_above is not None and reached[account.id] + taken_over > account.approval_above
            for account in lines.accounts
        ),
    )


def release(
    connection: Connection,
    bulletin_id: int,
    lines: Lines,
    *,
    message: Message,
    picture: bytes | None,
    last_day: datetime,
    now: datetime,
) -> Plan:
    """Fix the audience and let the bulletin leave. Raises ReleaseError; then nothing has changed.

    `last_day` is the beginning of the last day that it speaks of.
    """
    bulletin = bulletins.one(connection, bulletin_id)
    if bulletin is None or bulletin.state != "draft":
        raise ReleaseError("not_a_draft")
    if bulletin.corrects is not None:
        _check_wrong(connection, bulletin.corrects)
    planned = plan(connection, bulletin, lines, now=now, message=message)
    if not planned.reached:
        raise ReleaseError("nobody")
    if planned.needs_approval and not bulletin.approver:
        raise ReleaseError("needs_approval")
    if is_quiet(now, lines.zone) and not bulletin.urgent_reason:
        raise ReleaseError("quiet_hours")
    valid_until = max(last_day + timedelta(days=1), now + SHORTEST_VALIDITY)
    columns: dict[str, Any] = {"message": to_json(message), "picture": picture, "valid_until": valid_until}
    columns |= {"planned_at": now, "planned": planned.reached, "expanded": planned.replaced}
    if bulletin.may_bill:
        columns["planned_billed"] = planned.billed + planned.replaced_billed
        columns["expanded_billed"] = planned.replaced_billed
    columns |= {"released_at": now, "state": "sending"}
    bulletins.change(connection, bulletin_id, only_in=("draft",), **columns)
    if bulletin.corrects is not None:
        # It ends: `work` gives the right one to whom it has not reached, and alone that is given on demand.
        values = {"corrected_by": bulletin_id, "state": "cancelled", "ended_at": None}
        bulletins.change(connection, bulletin.corrects, only_in=_RELEASED, **values)
    return planned


def _check_wrong(connection: Connection, wrong_id: int) -> None:
    """Whether a bulletin can be corrected now. Raises ReleaseError."""
    wrong = bulletins.one(connection, wrong_id)
    if wrong is None or wrong.state not in _RELEASED:
        raise ReleaseError("not_released")
    if wrong.corrected_by is not None:
        raise ReleaseError("corrected_already")
    if wrong.state in ("sending", "paused") and not wrong.is_expanded:
        raise ReleaseError("being_queued")


def approve(connection: Connection, bulletin_id: int, *, by: str, by_id: int | None = None) -> None:
    """A second person has read the draft. Raises ReleaseError when it is no draft, or his own.

    Two of the staff are told apart by their ids, others by their names.
    """
    bulletin = bulletins.one(connection, bulletin_id)
    if bulletin is None or bulletin.state != "draft":
        raise ReleaseError("not_a_draft")
    has_ids = bulletin.author_id is not None and by_id is not None
    is_own = bulletin.author_id == by_id if has_ids else bulletin.author.strip().casefold() == by.strip().casefold()
    if is_own:
        raise ReleaseError("own_draft")
    bulletins.change(connection, bulletin_id, only_in=("draft",), approver=by, approver_id=by_id)


_RELEASED = ("sending", "paused", "done", "cancelled")

#: What can be done to a bulletin on its way -> the states in which it can be, the state after it, its ReleaseError.
_MOVES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "pause": (("sending", "done"), "paused", "not_sending"),
    "resume": (("paused",), "sending", "not_paused"),
    "cancel": (("sending", "paused", "done"), "cancelled", "not_sending"),
    "withdraw": (_RELEASED, "withdrawn", "not_released"),
}


def move(connection: Connection, bulletin_id: int, action: str) -> None:
    """pause, resume, cancel or withdraw a bulletin: no row leaves after this commit but what is being sent.

    Raises ReleaseError when it is not in a state for that.
    """
    only_in, to, code = _MOVES[action]
    if not bulletins.change(connection, bulletin_id, only_in=only_in, state=to, ended_at=None):
        raise ReleaseError(code)


def work(connection: Connection, lines: Lines, *, now: datetime) -> bool:
    """One step for every bulletin on its way: queue a chunk, move rows after a pause or an end, close what is over.

    True when there is more to do at once.
    """
    steps = [_step(connection, bulletin, lines, now) for bulletin in bulletins.under_way(connection)]
    return any(steps)


def _step(connection: Connection, bulletin: Row[Any], lines: Lines, now: datetime) -> bool:
    match bulletin.state:
        case "sending":
            return _send_on(connection, bulletin, lines, now)
        case "paused":
            return _moved(connection, bulletin, ("waiting",), "paused", "paused") or _queue(
                connection, bulletin, lines, now
            )
        case _:
            return _end(connection, bulletin, now)


def _send_on(connection: Connection, bulletin: Row[Any], lines: Lines, now: datetime) -> bool:
    pages = lines.pages()
    if _moved(connection, bulletin, ("paused",), "waiting", "", pages) or _queue(connection, bulletin, lines, now):
        return True
    # What only waits for a page to be opened can be read as long as it is valid, also when the rest is done.
    is_open = bulletins.is_any(connection, bulletin.id, states=("waiting", "paused", "sending"), besides=pages)
    if bulletin.is_expanded and not is_open and not _is_awaited(connection, bulletin):
        bulletins.change(connection, bulletin.id, only_in=("sending",), state="done", ended_at=now)
    return False


def _is_awaited(connection: Connection, bulletin: Row[Any]) -> bool:
    """Whether rows of the bulletin that this one corrects may still come to it."""
    wrong = bulletins.one(connection, bulletin.corrects) if bulletin.corrects is not None else None
    return wrong is not None and wrong.ended_at is None


def _queue(connection: Connection, bulletin: Row[Any], lines: Lines, now: datetime) -> bool:
    """The next chunk, also while it is paused: then its rows wait."""
    if bulletin.is_expanded:
        return False
    chunk = bulletin_audience.expand(
        connection,
        bulletin,
        _audience(bulletin, bulletin.planned_at),
        now=now,
        today=lines.today(bulletin.planned_at),
        reaches=lines.reaches(bulletin.planned_at),
        limit=CHUNK,
    )
    return not chunk.is_last


def _end(connection: Connection, bulletin: Row[Any], now: datetime) -> bool:
    """What has not left goes to its correction, else to nobody; a row in flight may yet come back."""
    right = bulletins.one(connection, bulletin.corrected_by) if bulletin.corrected_by is not None else None
    if right is not None and right.state not in ("cancelled", "withdrawn"):
        taken_over = bulletins.repoint(connection, bulletin.id, right, now=now, limit=CHUNK)
        if taken_over == CHUNK:
            return True
    if _moved(connection, bulletin, outbox.UNSENT, "withdrawn", bulletin.state):
        return True
    if not bulletins.is_any(connection, bulletin.id, states=("sending", "unknown")):
        bulletins.change(connection, bulletin.id, only_in=(bulletin.state,), ended_at=now)
    return False


def _moved(
    connection: Connection,
    bulletin: Row[Any],
    only_in: tuple[str, ...],
    to: str,
    reason: str,
    pages: tuple[int, ...] = (),
) -> bool:
    count = bulletins.move_rows(
        connection, bulletin.id, only_in=only_in, to=to, reason=reason, limit=MOVED, pages=pages
    )
    return count == MOVED


def _audience(bulletin: Row[Any], as_of: datetime) -> Audience:
    days = bulletin.seen_within_days
    seen_since = as_of - timedelta(days=days) if days is not None else None
    province = places.province_of(bulletin.place)
    return Audience(
        bulletin.place,
        parted(bulletin.crops),
        as_of,
        seen_since,
        bulletin.corrects,
        is_province=province is not None and province[0] == bulletin.place,
        is_urgent=bool(bulletin.urgent_reason),
    )


def _reach(terms: Terms, now: datetime) -> Reach:
    free, billed = terms.free_for, terms.billed_until
    return Reach(None if free is None else now - free, None if billed is None else now - billed, terms.is_fetched)


def _duration(
    counts: Mapping[tuple[int, Class], int], lines: Lines, calls: Mapping[int, int], *, may_bill: bool
) -> timedelta | None:
    kinds: tuple[Class, ...] = ("free", "billed") if may_bill else ("free",)
    minutes = [
        ceil(calls[account.id] * sum(counts.get((account.id, kind), 0) for kind in kinds) / rate)
        for account in lines.accounts
        if (rate := lasting_rate(account))
    ]
    return timedelta(minutes=max(minutes)) if minutes else None
