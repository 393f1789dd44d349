"""Claims: a person's order, ranks, leases, and what an echo settles."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from storage import accounts, expiry, outbox, people
from storage.database import Database
from storage.outbox import Mark, Room
from storage.tables import OUTBOX
from tests.conftest import NOW

LEASE = timedelta(seconds=60)


class Box:
    """An account with people, and rows queued by hand."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.account = accounts.put(connection, channel="zalo-oa", external_id="oa")
        people.add(connection, self.account, ["a", "b", "c"], now=NOW)
        self.ids = {name: people.find(connection, self.account, name) or 0 for name in "abc"}

    def add(self, who: str, number: int, *, rank: int = 0, due_in: int = 0, valid_for: int | None = None) -> None:
        row = {
            "person_id": self.ids[who],
            "number": number,
            "account_id": self.account,
            "rank": rank,
            "payload": "{}",
            "due_at": NOW + timedelta(seconds=due_in),
            "valid_until": None if valid_for is None else NOW + timedelta(seconds=valid_for),
            "created_at": NOW,
        }
        outbox.add(self.connection, [row])

    def claim(self, most: int = 10, *, after: int = 0, by: str = "one") -> list[list[tuple[str, int]]]:
        names = {identifier: name for name, identifier in self.ids.items()}
        now = NOW + timedelta(seconds=after)
        room = Room(people=most, rows=100, bulk_people=most, bulk_rows=100)
        runs = outbox.claim(self.connection, self.account, now=now, by=by, lease=LEASE, room=room)
        return [[(names[row.person_id], row.number) for row in run] for run in runs]

    def mark(self, who: str, number: int, state: str, *, by: str = "one", due_in: int = 0, in_flight: str = "") -> None:
        due = NOW + timedelta(seconds=due_in)
        one = Mark(self.ids[who], number, state, due, attempts=1, parts_sent=0, in_flight=in_flight)
        outbox.mark(self.connection, [one], by=by)

    def state(self, who: str, number: int) -> str | None:
        where = (OUTBOX.c.person_id == self.ids[who]) & (OUTBOX.c.number == number)
        return self.connection.scalar(select(OUTBOX.c.state).where(where))


@pytest.fixture
def box(database: Database) -> Box:
    connection = database.writing.connect()
    connection.begin()
    return Box(connection)


def test_a_persons_rows_come_in_their_order(box: Box) -> None:
    box.add("a", 2)
    box.add("a", 1)
    box.add("b", 1)

    assert sorted(box.claim()) == [[("a", 1), ("a", 2)], [("b", 1)]]


def test_replies_come_before_bulletins(box: Box) -> None:
    box.add("a", 1, rank=9)
    box.add("b", 1)
    box.add("a", 2)

    assert box.claim(1) in ([[("b", 1)]], [[("a", 2), ("a", 1)]])
    assert ("a", 1) not in [run[0] for run in box.claim(5)]


def test_nobody_is_claimed_twice_at_once(box: Box) -> None:
    box.add("a", 1)
    box.claim(by="one")
    box.add("a", 2)

    assert box.claim(by="two") == []


def test_a_row_that_waits_for_a_retry_holds_back_those_behind_it(box: Box) -> None:
    box.add("a", 1)
    box.claim()
    box.mark("a", 1, "waiting", due_in=30)
    box.add("a", 2)

    assert box.claim() == []
    assert box.claim(after=31) == [[("a", 1), ("a", 2)]]


def test_a_bulletin_that_is_due_later_holds_nobody_back(box: Box) -> None:
    box.add("a", 1, rank=9, due_in=3_600)
    box.add("a", 2)

    assert box.claim() == [[("a", 2)]]


def test_a_lease_that_ran_out_is_taken_over_and_said_so(box: Box) -> None:
    box.add("a", 1)
    box.claim(by="dead")

    assert outbox.take_over(box.connection, now=NOW + LEASE / 2) == 0
    assert outbox.take_over(box.connection, now=NOW + 2 * LEASE) == 1
    assert box.claim(by="alive") == [[("a", 1)]]
    assert "unknown" in (box.connection.scalar(select(OUTBOX.c.reason)) or "")
    box.mark("a", 1, "sent", by="alive")
    assert "unknown" in (box.connection.scalar(select(OUTBOX.c.reason)) or "")


def test_a_dead_holder_is_taken_over_at_once(box: Box) -> None:
    box.add("a", 1)
    box.claim(by="host:1:x")

    assert outbox.holders(box.connection) == {"host:1:x"}
    assert outbox.take_over(box.connection, now=NOW, dead=["host:1:x"]) == 1


def test_a_late_mark_of_a_lost_lease_says_nothing_but_sent(box: Box) -> None:
    box.add("a", 1)
    box.claim(by="slow")
    outbox.take_over(box.connection, now=NOW + 2 * LEASE)
    box.claim(by="other")

    box.mark("a", 1, "waiting", by="slow")
    assert box.state("a", 1) == "sending"
    box.mark("a", 1, "sent", by="slow")
    assert box.state("a", 1) == "sent"


def test_an_echo_settles_the_send_whose_answer_was_not_seen(box: Box) -> None:
    box.add("a", 1)
    box.claim()
    digest = "digest of the words"
    box.mark("a", 1, "unknown", in_flight=digest)

    assert not outbox.settle_unknown(box.connection, box.ids["a"], digest="of other words", platform_id="p")
    assert outbox.settle_unknown(box.connection, box.ids["a"], digest=digest, platform_id="p")
    row = box.connection.execute(select(OUTBOX)).one()
    assert (row.state, row.parts_sent, row.platform_id) == ("waiting", 1, "p")


def test_what_is_past_its_time_expires(box: Box) -> None:
    box.add("a", 1, rank=5, valid_for=10)

    assert expiry.expire(box.connection, NOW) == 0
    assert expiry.expire(box.connection, NOW + timedelta(seconds=11)) == 1
    assert box.state("a", 1) == "expired"


def test_no_more_expire_at_once_than_others_can_wait_for(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    for number in range(5):
        box.add("a", number, rank=5, valid_for=10)
    later = NOW + timedelta(seconds=11)

    assert [expiry.expire(box.connection, later) for _ in range(4)] == [2, 2, 1, 0]


def test_rows_behind_the_highest_rank_are_not_looked_at(box: Box) -> None:
    box.add("a", 1, rank=outbox.BULLETIN)
    box.add("b", 1, rank=outbox.URGENT)
    room = Room(people=9, rows=9, bulk_people=9, bulk_rows=9)
    box.connection.execute(update(OUTBOX).values(bulletin_id=7))

    runs = outbox.claim(
        box.connection,
        box.account,
        now=NOW,
        by="one",
        lease=LEASE,
        room=room,
        bulletins=[7],
        highest_rank=outbox.URGENT,
    )

    assert [row.rank for run in runs for row in run] == [outbox.URGENT]


def test_what_no_echo_settled_is_closed_after_two_days(box: Box) -> None:
    box.add("a", 1)
    box.claim()
    box.mark("a", 1, "unknown", in_flight="digest")

    assert expiry.expire(box.connection, NOW + timedelta(days=1)) == 0
    assert expiry.expire(box.connection, NOW + timedelta(days=3)) == 1
    assert box.state("a", 1) == "dead"


def test_what_was_said_is_dropped_after_its_time_unless_it_still_waits(box: Box) -> None:
    box.add("a", 1)
    box.claim()
    box.mark("a", 1, "sent")
    box.add("b", 1)

    assert expiry.forget(box.connection, NOW) == 0
    assert expiry.forget(box.connection, NOW + timedelta(days=1)) == 1
    assert (box.state("a", 1), box.state("b", 1)) == (None, "waiting")
