"""Turns in the database: once, in order, whole, and never without an answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from bot import messages
from bot.effects import Effect, ForgetMe, LivesAt, Unmatched
from bot.engine import step
from bot.events import DataWithdrawn, Event, Joined, Left, StaffReplied, TextSaid, TimerRang
from bot.speaking import Turn
from bot.state import State, from_json
from bot.turn import Incoming, Taken, Turns
from lessons.schema import Book, PlaceEntry, PlaceFacts
from storage import accounts, bulletins, fetched, handoffs, outbox, people, timers, unmatched
from storage.bulletin_tables import BULLETIN_DELIVERY
from storage.database import Database, transaction
from storage.tables import (
    CONSENT,
    ERASURE,
    HANDOFF,
    INBOX,
    LEARNER,
    OUTBOX,
    PERSON,
    PROGRESS,
    STEP_EVENT,
    TIMER,
    UNMATCHED,
)
from tests.conftest import NOW

PERSONAL = (PERSON, LEARNER, INBOX, OUTBOX, TIMER, HANDOFF, CONSENT, PROGRESS, STEP_EVENT)


class Talk:
    """Residents of one account, turn by turn."""

    def __init__(self, database: Database, turns: Turns, account: int) -> None:
        self.database, self.turns, self.account = database, turns, account
        self.now = NOW
        self.count = 0

    def send(self, *events: Event | tuple[str, Event], address: str = "ut") -> list[Taken]:
        """The events in one batch, each with a key of its own unless it is given as (key, event)."""
        payloads = []
        for one in events:
            self.count += 1
            key, event = one if isinstance(one, tuple) else (f"k{self.count}", one)
            payloads.append(Incoming(self.account, address, key, event, self.now))
        self.now += timedelta(seconds=5)
        with transaction(self.database) as connection:
            return self.turns.run(connection, payloads, self.now)

    def meet(self, address: str = "ut") -> None:
        self.send(Joined(), TextSaid("đồng ý"), TextSaid("cô"), address=address)

    def said(self, address: str = "ut") -> list[str]:
        with transaction(self.database) as connection:
            person = people.find(connection, self.account, address)
            assert person is not None
            rows = fetched.after(connection, person, 0, limit=200)
        return [messages.from_json(row.payload).text for row in rows]

    def state(self, address: str = "ut") -> State:
        with transaction(self.database) as connection:
            return from_json(people.locked(connection, self.account, [address])[address].state or "")

    def count_rows(self) -> dict[str, int]:
        with transaction(self.database) as connection:
            return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in PERSONAL}


@pytest.fixture
def talk(database: Database, book: Book) -> Talk:
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    turns = Turns(book, digest_key=b"key", account=lambda _: ("zalo-oa", None))
    return Talk(database, turns, account)


def test_a_duplicate_is_answered_once(talk: Talk) -> None:
    talk.meet()

    first = talk.send(("same", TextSaid("menu")))
    before = talk.said()
    second = talk.send(("same", TextSaid("menu")))

    assert [one.is_duplicate for one in (*first, *second)] == [False, True]
    assert talk.said() == before


def test_a_duplicate_in_the_same_batch_is_answered_once(talk: Talk) -> None:
    talk.meet()

    results = talk.send(("same", TextSaid("menu")), ("same", TextSaid("menu")))

    assert [one.is_duplicate for one in results] == [False, True]


def test_one_batch_does_what_single_turns_do(talk: Talk) -> None:
    events = [
        Joined(),
        TextSaid("1"),
        TextSaid("bác"),
        TextSaid("kich hoat vneid"),
        TextSaid("1"),
        TextSaid("menu"),
    ]

    talk.send(*events, address="together")
    for event in events:
        talk.send(event, address="apart")

    assert talk.said("together") == talk.said("apart")
    assert talk.state("together").standing == talk.state("apart").standing


def test_people_of_one_batch_do_not_mix(talk: Talk) -> None:
    talk.meet("ut")
    talk.meet("tu")
    payloads = [
        Incoming(talk.account, "ut", "a1", TextSaid("menu")),
        Incoming(talk.account, "tu", "b1", TextSaid("Kích hoạt VNeID mức 2")),
        Incoming(talk.account, "ut", "a2", TextSaid("trợ giúp")),
    ]

    with transaction(talk.database) as connection:
        talk.turns.run(connection, payloads, NOW)

    assert talk.state("ut").standing is None
    assert talk.state("tu").standing is not None


def test_before_the_consent_only_the_address_and_the_ledger_are_stored(talk: Talk) -> None:
    talk.send(TextSaid("tôi tên Út, hỏi VNeID"))

    with transaction(talk.database) as connection:
        assert list(connection.scalars(select(INBOX.c.text))) == [None]
    assert talk.state().memory == {}


def test_what_was_said_is_kept_masked(talk: Talk) -> None:
    talk.meet()

    talk.send(TextSaid("mã OTP của tôi là 482913"))

    with transaction(talk.database) as connection:
        texts = [text for text in connection.scalars(select(INBOX.c.text)) if text]
    assert not any("482913" in text for text in texts)
    assert any("OTP" in text for text in texts)


def test_a_step_that_raises_is_answered_and_told_to_the_team(database: Database, book: Book) -> None:
    def broken(book: Book, state: State, event: Event, now: datetime) -> Turn:
        if event == TextSaid("boom"):
            raise RuntimeError("a bug of ours")
        return step(book, state, event, now)

    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    talk = Talk(database, Turns(book, digest_key=b"k", account=lambda _: ("zalo-oa", None), take_step=broken), account)
    talk.meet()
    talk.meet("neighbour")
    before = talk.state()

    payloads = [
        Incoming(account, "ut", "x1", TextSaid("boom")),
        Incoming(account, "neighbour", "x2", TextSaid("menu")),
    ]
    with transaction(database) as connection:
        talk.turns.run(connection, payloads, talk.now)

    assert talk.said()[-1] == book.phrases.say.failure.replace("{xung_ho}", "cô").replace("{Xung_ho}", "Cô")
    assert talk.state() == before
    with transaction(database) as connection:
        assert [row.reason for row in handoffs.waiting(connection)] == ["bug"]
        failed = connection.scalars(select(INBOX.c.key).where(INBOX.c.state == "failed"))
        assert list(failed) == ["x1"]


def test_erasure_leaves_nothing_but_the_receipt_and_then_nothing(talk: Talk) -> None:
    talk.meet()
    talk.send(TextSaid("kich hoat vneid"), TextSaid("1"), TextSaid("gặp người"))
    talk.send(TextSaid("xóa dữ liệu"))

    talk.send(TextSaid("xóa hết"))

    counts = talk.count_rows()
    assert counts == dict.fromkeys(counts, 0) | {"person": 1, "learner": 1, "outbox": 1}
    assert talk.state() == State()
    with transaction(talk.database) as connection:
        person = people.find(connection, talk.account, "ut") or 0
        receipts = [(person, row.number) for row in fetched.after(connection, person, 0, limit=9)]
        fetched.mark_fetched(connection, receipts, NOW)
        assert people.sweep_erased(connection, talk.now) == 1
    counts = talk.count_rows()
    assert counts == dict.fromkeys(counts, 0)
    with transaction(talk.database) as connection:
        [erasure] = connection.execute(select(ERASURE))
        assert "ut" not in erasure.address_digest


def test_a_withdrawal_by_the_platform_erases_without_a_word(talk: Talk) -> None:
    talk.meet()
    talk.send(DataWithdrawn())

    counts = talk.count_rows()

    assert counts == dict.fromkeys(counts, 0) | {"person": 1, "learner": 1}


def test_a_webhook_replayed_after_the_erasure_brings_nobody_back(talk: Talk) -> None:
    talk.meet()
    old = Incoming(talk.account, "ut", "late", TextSaid("menu"), talk.now - timedelta(minutes=5))
    talk.send(DataWithdrawn())

    with transaction(talk.database) as connection:
        [while_waiting] = talk.turns.run(connection, [old], talk.now)
        people.sweep_erased(connection, talk.now)
        [after_sweep] = talk.turns.run(connection, [old], talk.now)

    assert while_waiting.is_duplicate
    assert after_sweep.person_id is None
    assert talk.count_rows()["person"] == 0


def test_someone_erased_who_writes_again_is_met_as_a_stranger(talk: Talk) -> None:
    talk.meet()
    talk.send(DataWithdrawn())
    talk.now += timedelta(hours=1)

    talk.send(TextSaid("chào em"))

    assert talk.state().consent == "asked"
    with transaction(talk.database) as connection:
        assert people.sweep_erased(connection, talk.now) == 0


@pytest.mark.parametrize("event", [Left(), DataWithdrawn(), TimerRang("lesson"), StaffReplied()], ids=str)
def test_events_about_nobody_make_nobody(talk: Talk, event: Event) -> None:
    [taken] = talk.send(event, address="stranger")

    assert taken.person_id is None
    assert talk.count_rows()["person"] == 0


def test_a_lesson_under_way_is_recalled_the_next_day_and_twice_at_most(talk: Talk) -> None:
    talk.meet()
    talk.send(TextSaid("Kích hoạt VNeID mức 2"))
    reminders = 0

    for _ in range(6):
        talk.now += timedelta(days=1)
        with transaction(talk.database) as connection:
            due = timers.due(connection, talk.now, limit=10)
        for timer in due:
            talk.send((f"timer:{timer.due_at}", TimerRang(timer.name)))
            reminders += 1
        with transaction(talk.database) as connection:
            ranks = list(connection.scalars(select(OUTBOX.c.rank).where(OUTBOX.c.rank == outbox.REMINDER)))

    assert reminders == 2
    assert len(ranks) == 2


def test_stop_withdraws_what_nobody_asked_for(talk: Talk) -> None:
    talk.meet()
    talk.send(TextSaid("Kích hoạt VNeID mức 2"))
    talk.now += timedelta(days=1)
    talk.send(TimerRang("lesson"))

    talk.send(TextSaid("dừng"))

    with transaction(talk.database) as connection:
        rows = connection.execute(select(OUTBOX.c.state).where(OUTBOX.c.rank == outbox.REMINDER)).scalars()
        assert list(rows) == ["withdrawn"]
        assert timers.due(connection, talk.now + timedelta(days=9), limit=9) == []


def test_what_is_held_leaves_when_the_resident_writes(talk: Talk) -> None:
    talk.meet()
    with transaction(talk.database) as connection:
        person = people.find(connection, talk.account, "ut")
        row = {"person_id": person, "number": 900, "account_id": talk.account, "rank": 9, "payload": "{}"}
        connection.execute(
            insert(OUTBOX).values(
                **row, due_at=NOW, attempts=0, parts_sent=0, state="held", reason="window", platform_id="",
                in_flight="", claimed_by="", created_at=NOW,
            )
        )  # fmt: skip

    talk.send(TextSaid("menu"))

    with transaction(talk.database) as connection:
        assert connection.scalar(select(OUTBOX.c.state).where(OUTBOX.c.number == 900)) == "waiting"


def test_who_left_gets_nothing_until_he_writes(talk: Talk) -> None:
    talk.meet()
    talk.send(TextSaid("menu"))

    talk.send(Left())

    with transaction(talk.database) as connection:
        states = set(connection.scalars(select(OUTBOX.c.state)))
        person = people.locked(connection, talk.account, ["ut"])["ut"]
    assert states == {"withdrawn"}
    assert not person.is_reachable
    talk.send(TextSaid("menu"))
    with transaction(talk.database) as connection:
        assert people.locked(connection, talk.account, ["ut"])["ut"].is_reachable


def test_progress_is_kept_for_the_numbers(talk: Talk, book: Book) -> None:
    talk.meet()
    talk.send(TextSaid(next(iter(book.current.values())).lesson.title))

    with transaction(talk.database) as connection:
        [row] = connection.execute(select(PROGRESS))
        kinds = list(connection.scalars(select(STEP_EVENT.c.kind)))

    assert row.finished_at is None
    assert "lesson_started" in kinds


def test_residents_are_told_the_facts_of_their_accounts_place(database: Database, book: Book) -> None:
    places = {**book.place_facts.places, "31": PlaceEntry(facts={"cong_an": "Công an xã Tài Văn"})}
    local = replace(book, place_facts=PlaceFacts(places=places))
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    talk = Talk(database, Turns(local, digest_key=b"k", account=lambda _: ("zalo-oa", "31")), account)
    talk.meet()

    talk.send(TextSaid("bị lừa rồi"))

    assert "Công an xã Tài Văn" in "\n".join(talk.said())


def asking_for(**effects: Effect) -> Callable[[Book, State, Event, datetime], Turn]:
    """A step that answers nothing and asks for the effect that goes by the text."""

    def take_step(book: Book, state: State, event: Event, now: datetime) -> Turn:
        assert isinstance(event, TextSaid)
        asked = effects[event.text]
        if isinstance(asked, LivesAt):
            state = state.model_copy(update={"place": asked.place})
        return Turn(State() if isinstance(asked, ForgetMe) else state, (asked,))

    return take_step


@pytest.fixture
def scripted(database: Database, book: Book) -> Talk:
    """A talk in which a text asks for one effect; the account is in the province 31."""
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    take_step = asking_for(
        wifi=Unmatched("lap wifi"),
        chickens=Unmatched("ban ga"),
        moves=LivesAt("31561"),
        elsewhere=LivesAt(None),
        forget=ForgetMe(),
    )
    turns = Turns(book, digest_key=b"k", account=lambda _: ("zalo-oa", "31"), take_step=take_step)
    return Talk(database, turns, account)


def place_of(talk: Talk) -> str | None:
    with transaction(talk.database) as connection:
        return people.locked(connection, talk.account, ["ut"])["ut"].place


def counts(talk: Talk) -> dict[str, int]:
    with transaction(talk.database) as connection:
        return {one.text: one.count for one in unmatched.most(connection, limit=9)}


def test_what_nothing_came_near_is_counted_over_people_and_batches(scripted: Talk) -> None:
    scripted.send(TextSaid("wifi"), TextSaid("chickens"), TextSaid("wifi"))

    scripted.send(TextSaid("wifi"), address="tu")

    assert counts(scripted) == {"lap wifi": 3, "ban ga": 1}


def test_a_duplicate_is_counted_once(scripted: Talk) -> None:
    scripted.send(("same", TextSaid("wifi")))

    scripted.send(("same", TextSaid("wifi")))

    assert counts(scripted) == {"lap wifi": 1}


def test_what_is_counted_tells_of_nobody_and_outlives_an_erasure(scripted: Talk) -> None:
    scripted.send(TextSaid("wifi"))

    scripted.send(TextSaid("chickens"), TextSaid("forget"))

    assert counts(scripted) == {"lap wifi": 1, "ban ga": 1}
    assert not UNMATCHED.foreign_keys
    assert set(UNMATCHED.c.keys()) == {"text", "count", "first_at", "last_at"}


def test_nothing_is_counted_when_the_turn_is_rolled_back(scripted: Talk) -> None:
    def fail_after_a_turn() -> None:
        with transaction(scripted.database) as connection:
            incoming = Incoming(scripted.account, "ut", "k", TextSaid("wifi"))
            scripted.turns.run(connection, [incoming], NOW)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        fail_after_a_turn()

    assert counts(scripted) == {}


def test_where_somebody_lives_is_kept_and_goes_before_the_place_of_the_account(scripted: Talk) -> None:
    scripted.send(TextSaid("wifi"))
    at_first = (place_of(scripted), scripted.state().place)

    scripted.send(TextSaid("moves"))
    scripted.send(TextSaid("wifi"))

    assert at_first == (None, "31")
    assert (place_of(scripted), scripted.state().place) == ("31561", "31561")


def test_who_lives_nowhere_any_more_is_where_the_account_is(scripted: Talk) -> None:
    scripted.send(TextSaid("moves"))

    scripted.send(TextSaid("elsewhere"))
    scripted.send(TextSaid("wifi"))

    assert (place_of(scripted), scripted.state().place) == (None, "31")


@pytest.mark.parametrize("apart", [True, False], ids=["later", "in the same batch"])
def test_an_erasure_forgets_where_somebody_lives(scripted: Talk, apart: bool) -> None:
    batches = [["moves"], ["forget"]] if apart else [["moves", "forget"]]

    for batch in batches:
        scripted.send(*[TextSaid(text) for text in batch])

    assert place_of(scripted) is None
    assert scripted.state().place is None


def test_a_text_that_the_bot_does_not_understand_is_counted_folded(talk: Talk) -> None:
    talk.meet()

    talk.send(TextSaid("Qwêrty zxcvb 123456 poiuy"))

    assert counts(talk) == {"qwerty zxcvb # poiuy": 1}


def bulletin_for(talk: Talk, *, place: str) -> int:
    """A bulletin that is being sent, of nobody so far."""
    out = {"message": messages.to_json(messages.Message("Nắng")), "state": "sending", "released_at": NOW}
    with transaction(talk.database) as connection:
        return bulletins.add(connection, place=place, content="{}", author="A", now=NOW, **out)


def test_a_bulletin_that_is_asked_for_is_noted_with_the_answer_that_gave_it(database: Database, book: Book) -> None:
    """So that its correction reaches him, and what he says of it is counted."""
    talk = weather_talk(database, book)
    bulletin = bulletin_for(talk, place="31687")
    talk.meet()

    talk.send(TextSaid("thời tiết"))
    talk.send(TextSaid("tin rõ"))

    with transaction(database) as connection:
        [delivery] = connection.execute(select(BULLETIN_DELIVERY)).all()
        payload = connection.scalar(
            select(OUTBOX.c.payload).where(OUTBOX.c.number == delivery.number, OUTBOX.c.bulletin_id.is_(None))
        )
    assert (delivery.bulletin_id, delivery.verdict) == (bulletin, "clear")
    assert messages.from_json(payload or "").text.endswith("Nắng")


def test_who_is_erased_when_he_asks_for_a_bulletin_leaves_no_delivery(database: Database, book: Book) -> None:
    talk = weather_talk(database, book)
    bulletin_for(talk, place="31687")
    talk.meet()

    talk.send(TextSaid("thời tiết"), TextSaid("xóa dữ liệu của tôi"), TextSaid("xóa"))

    with transaction(database) as connection:
        assert connection.execute(select(BULLETIN_DELIVERY)).all() == []
        assert connection.scalar(select(func.count()).select_from(ERASURE)) == 1


def weather_talk(database: Database, book: Book) -> Talk:
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    return Talk(database, Turns(book, digest_key=b"key", account=lambda _: ("zalo-oa", "31687")), account)
