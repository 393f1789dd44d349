"""One turn of every conversation that has something waiting, in one transaction.

The only file of bot/ that touches storage: it locks the people, drops what the ledger knows, lets step()
decide, and writes what step() asked for. It decides nothing itself, but for one thing: when step() raises
(a bug of ours) the resident still gets an answer, and the team a notice.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from bot.effects import ForgetMe, HandOff, Say
from bot.engine import step
from bot.events import Event, TimerRang
from bot.gathering import MAKES_NOBODY, Rows
from bot.messages import PRIVATE
from bot.speaking import Talk, Turn
from bot.state import State, from_json, to_json
from lessons.schema import Book
from storage import (
    bulletins,
    expiry,
    handoffs,
    inbox,
    looks,
    outbox,
    people,
    records,
    staff,
    subscriptions,
    timers,
    unmatched,
)
from storage.people import StoredPerson
from vietnamese import places

#: Longer keys are replaced by their digest, so that a strange webhook cannot fill the ledger.
LONGEST_KEY = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event and whose it is. `key` is unique for the person: a second one is a duplicate."""

    account_id: int
    address: str
    key: str
    event: Event
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event. `person_id` is None when there was nobody to do it for."""

    person_id: int | None
    is_duplicate: bool
    says: int


class Turns:
    """The writer's job that runs events. `book` is replaced when new lessons are published.

    `account` gives the channel's name and the place of an account; `digest_key` keys the digests of erased
    addresses.
    """

    order = 0

    def __init__(
        self,
        book: Book,
        *,
        digest_key: bytes,
        account: Callable[[int], tuple[str, str | None]],
        take_step: Callable[[Book, State, Event, datetime], Turn] = step,
    ) -> None:
        self.book = book
        self._digest_key = digest_key
        self._account = account
        self._step = take_step

    def run(self, connection: Connection, payloads: Sequence[Incoming], now: datetime) -> list[Taken]:
        """All events in order of arrival; each touched person is read once and written once."""
        found = self._people(connection, payloads, now)
        new_learners = {person.id for person in found.values() if person.state is None}
        seen = self._seen(connection, payloads, found)
        rows = Rows(
            lambda place, crops: _bulletin(connection, place, crops, now),
            lambda code, person: staff.tie_chat(connection, code, person, now),
            self.book.timezone,
        )
        touched, results = dict[int, StoredPerson](), list[Taken]()
        states: dict[int, State] = {}
        for incoming in payloads:
            person = found.get((incoming.account_id, incoming.address))
            if person is None:
                results.append(Taken(None, is_duplicate=False, says=0))
                continue
            mark = (person.id, _key(incoming))
            if mark in seen or _is_older_than_erasure(person, incoming):
                if isinstance(incoming.event, TimerRang):
                    rows.rung.append((person.id, incoming.event.name))
                results.append(Taken(person.id, is_duplicate=True, says=0))
                continue
            seen.add(mark)
            touched[person.id] = person
            state = states.get(person.id) or self._state(person)
            turn, outcome = self._turn(state, incoming, now)
            states[person.id] = turn.state
            says = self._gather(rows, person, incoming, turn, outcome, now)
            if any(isinstance(effect, ForgetMe) for effect in turn.effects):
                self._erase(connection, rows, person, turn, now)
                new_learners.add(person.id)
            results.append(Taken(person.id, is_duplicate=False, says=says))
        self._write(connection, rows, touched, states, new_learners, now)
        return results

    # Reading ----------------------------------------------------------------------------------------------

    def _people(
        self, connection: Connection, payloads: Sequence[Incoming], now: datetime
    ) -> dict[tuple[int, str], StoredPerson]:
        wanted: dict[int, dict[str, Incoming]] = defaultdict(dict)
        for incoming in payloads:
            known = wanted[incoming.account_id].get(incoming.address)
            if known is None or isinstance(known.event, MAKES_NOBODY):
                wanted[incoming.account_id][incoming.address] = incoming
        found: dict[tuple[int, str], StoredPerson] = {}
        for account_id, by_address in sorted(wanted.items()):
            there = people.locked(connection, account_id, by_address)
            missing = [
                address
                for address, incoming in by_address.items()
                if address not in there
                and not isinstance(incoming.event, MAKES_NOBODY)
                and not self._is_before_erasure(connection, incoming)
            ]
            if missing:
                people.add(connection, account_id, missing, now=now)
                there |= people.locked(connection, account_id, missing)
            found |= {(account_id, address): person for address, person in there.items()}
        return found

    def _is_before_erasure(self, connection: Connection, incoming: Incoming) -> bool:
        """A webhook that is replayed after the erasure must not bring the person back."""
        if incoming.occurred_at is None:
            return False
        digest = people.address_digest(incoming.address, key=self._digest_key)
        erased = people.erased_at(connection, incoming.account_id, digest)
        return erased is not None and incoming.occurred_at <= erased

    @staticmethod
    def _seen(
        connection: Connection,
        payloads: Sequence[Incoming],
        found: dict[tuple[int, str], StoredPerson],
    ) -> set[tuple[int, str]]:
        pairs = {
            (person.id, _key(incoming))
            for incoming in payloads
            if (person := found.get((incoming.account_id, incoming.address))) is not None
        }
        return inbox.seen(connection, pairs) if pairs else set()

    def _state(self, person: StoredPerson) -> State:
        """The learner's state, placed where his account is as long as nobody knows better."""
        state = State() if person.state is None else from_json(person.state)
        place = person.place or self._account(person.account_id)[1]
        return state if state.place == place else state.model_copy(update={"place": place})

    # Deciding ---------------------------------------------------------------------------------------------

    def _turn(self, state: State, incoming: Incoming, now: datetime) -> tuple[Turn, str]:
        try:
            return self._step(self.book, state, incoming.event, now), "done"
        except Exception:  # the turn is a door: a bug of ours must not leave a resident without an answer
            log.exception("step_failed", account=incoming.account_id, kind=type(incoming.event).__name__)
            talk = Talk(self.book, state, now)
            talk.close("failure")
            turn = talk.turn(state, ())
            return Turn(turn.state, (HandOff("bug", None, None), *turn.effects)), "failed"

    # Gathering --------------------------------------------------------------------------------------------

    def _gather(
        self, rows: Rows, person: StoredPerson, incoming: Incoming, turn: Turn, outcome: str, now: datetime
    ) -> int:
        key = _key(incoming)
        rows.take_event(person, incoming.event, turn, key=key, outcome=outcome, now=now)
        channel = self._account(person.account_id)[0]
        for effect in turn.effects:
            rows.take_effect(person, effect, key=key, channel=channel, now=now)
        return sum(isinstance(effect, Say) for effect in turn.effects)

    def _erase(self, connection: Connection, rows: Rows, person: StoredPerson, turn: Turn, now: datetime) -> None:
        digest = people.address_digest(person.address, key=self._digest_key)
        people.erase(connection, person, digest=digest, now=now)
        staff.record(connection, staff_id=None, action="erased", subject=f"person {person.id}", now=now)
        receipts = [effect.message for effect in turn.effects if isinstance(effect, Say)]
        rows.forget(person, receipts, now)

    # Writing ----------------------------------------------------------------------------------------------

    @staticmethod
    def _write(
        connection: Connection,
        rows: Rows,
        touched: dict[int, StoredPerson],
        states: dict[int, State],
        new_learners: set[int],
        now: datetime,
    ) -> None:
        for person_id, person in touched.items():
            state = states[person_id]
            person.state = to_json(state)
            standing = state.standing
            person.lesson = standing.lesson if standing else None
            person.version = standing.version if standing else None
            person.step = standing.step if standing else None
        in_order = [touched[person_id] for person_id in sorted(touched)]
        people.save(connection, in_order, new_learners=new_learners, now=now)
        inbox.add(connection, rows.inbox)
        timers.remove(connection, rows.rung)
        timers.cancel(connection, rows.cancelled)
        looks.remove(connection, rows.looked_at)
        looks.add(connection, rows.looks)
        timers.replace(connection, list(rows.timers.values()))
        outbox.release_held(connection, rows.wrote, now)
        outbox.withdraw_pushes(connection, rows.stopped)
        outbox.withdraw_all(connection, rows.left)
        outbox.add(connection, rows.outbox)
        expiry.forget_said(connection, rows.unsaid, field=PRIVATE)
        handoffs.take_over(connection, rows.taken_over, now=now)
        handoffs.move(connection, rows.handed_back, to="closed", now=now)
        handoffs.open_for(connection, rows.handoffs)
        records.add_consents(connection, rows.consents)
        records.start_lessons(connection, rows.started)
        records.finish_lessons(connection, rows.finished)
        records.add_step_events(connection, rows.events)
        unmatched.count(connection, rows.unmatched, now=now)
        subscriptions.end(connection, rows.unsubscribed, now)
        subscriptions.put(connection, list(rows.subscribed.values()), now)
        bulletins.note_shown(connection, rows.shown, now)
        _take_verdicts(connection, rows, now)


def _bulletin(connection: Connection, place: str, crops: tuple[str, ...], now: datetime) -> Any:
    """The newest bulletin of the place, else of its province, else of the country."""
    province = places.province_of(place)
    around = [place, *([province[0]] if province else []), bulletins.COUNTRY]
    return bulletins.newest_for(connection, around, crops, now)


def _is_older_than_erasure(person: StoredPerson, incoming: Incoming) -> bool:
    """A webhook sent again after the erasure that it led to, or that came after it."""
    erased, occurred = person.erased_at, incoming.occurred_at
    return erased is not None and occurred is not None and occurred <= erased


def _key(incoming: Incoming) -> str:
    key = incoming.key
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _take_verdicts(connection: Connection, rows: Rows, now: datetime) -> None:
    """A question about a bulletin goes to its author's page; of one that has none it is a request like others."""
    homeless = bulletins.take_verdicts(connection, rows.verdicts, now)
    asked = {person for person, verdict, _ in homeless if verdict == "question"}
    blank = {
        "opened_at": now,
        "reason": "bulletin",
        "is_urgent": False,
        "lesson": None,
        "step": None,
        "state": "waiting",
    }
    handoffs.open_for(connection, [{"person_id": person, **blank} for person in asked])
