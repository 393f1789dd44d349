"""Members are told in their own chats that somebody waits: who, when, how often, in which words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from admin.escalation import Escalation, is_working
from bot.messages import from_json
from server import Server
from settings import Settings
from storage import accounts, handoffs, outbox, people, staff
from storage.database import Database, connect, reading, transaction
from storage.tables import ACCOUNT, HANDOFF, OUTBOX, PERSON
from storage.team_tables import STAFF
from tests.conftest import HANOI
from tests.lessons.library_on_disk import write_clean

COMMUNE, PROVINCE, ELSEWHERE = "31687", "92", "31639"

#: A day on which members work: Monday 23 November 2026.
MONDAY = 23
URGENT_HEAD = "**GẤP: có người có thể đang bị lừa.** Vào giúp ngay."
FIRST_HEAD = "**Có người chờ tổ mình giúp.**"
AGAIN_HEAD = "**Vẫn chưa ai nhận.** Anh chị giúp, hoặc nhắc người trong tổ."


class ProcessDiedError(Exception):
    """What a kill looks like from inside."""


@dataclass(frozen=True)
class Told:
    """A message to a member: when, to whom, what."""

    at: str
    name: str
    text: str
    rank: int


class Office:
    """A team whose chats are tied, residents who wait, and a clock that is told."""

    def __init__(self, database: Database, *, account: int | None = None) -> None:
        self.database = database
        self.asked_writer = 0
        self.at("09:00")
        with transaction(database) as connection:
            self.account = account or accounts.put(connection, channel="zalo-oa", external_id="oa")
        self.names: dict[int, str] = {}

    def at(self, time: str, *, day: int = MONDAY) -> None:
        hour, minute = map(int, time.split(":"))
        self.now = datetime(2026, 11, day, hour, minute, tzinfo=HANOI)

    def person(self, name: str, *, place: str | None = None) -> int:
        with transaction(self.database) as connection:
            people.add(connection, self.account, [name], now=self.now)
            number = people.find(connection, self.account, name)
            assert number is not None
            connection.execute(update(PERSON).where(PERSON.c.id == number).values(place=place))
        return number

    def member(self, name: str, *roles: str, scope: tuple[str, ...] = (COMMUNE,), is_tied: bool = True) -> int:
        """A member of the team; the number of his chat."""
        chat = self.person(f"chat of {name}", place=COMMUNE)
        with transaction(self.database) as connection:
            number = staff.add(connection, login=name, name=name, roles=roles or ("member",), scope=scope, now=self.now)
            staff.change(connection, number, person_id=chat if is_tied else None)
        self.names[chat] = name
        return chat

    def waits(self, person: int | None = None, *, place: str | None = COMMUNE, is_urgent: bool = False) -> int:
        """Somebody begins to wait now; his number."""
        number = self.person(f"resident {place} {self.now} {is_urgent}", place=place) if person is None else person
        row = {"person_id": number, "opened_at": self.now, "reason": "scam" if is_urgent else "asked"}
        with transaction(self.database) as connection:
            handoffs.open_for(
                connection, [row | {"is_urgent": is_urgent, "lesson": None, "step": None, "state": "waiting"}]
            )
        return number

    def claims(self, person: int, name: str = "sau") -> None:
        with transaction(self.database) as connection:
            number = connection.scalar(select(STAFF.c.id).where(STAFF.c.login == name))
            assert number is not None
            handoffs.claim(connection, person, number, over=None, now=self.now)

    def change(self, work: Callable[[Connection], Any]) -> None:
        with transaction(self.database) as connection:
            work(connection)

    def process(self, *, public_url: str = "https://muadam.example/", dies: bool = False) -> Escalation:
        async def change(work: Callable[[Connection, datetime], int]) -> int:
            self.asked_writer += 1
            with transaction(self.database) as connection:
                done = work(connection, self.now)
                if dies:
                    raise ProcessDiedError
            return done

        return Escalation(self.database, change=change, clock=lambda: self.now, zone=HANOI, public_url=public_url)

    def round(self, **given: Any) -> int:
        return asyncio.run(self.process(**given).round())

    def through(self, *, until: str, day: int = MONDAY) -> None:
        """Rounds from now on, every five minutes."""
        begin = self.now
        self.at(until, day=day)
        last, self.now = self.now, begin
        while self.now <= last:
            self.round()
            self.now += timedelta(minutes=5)

    def told(self) -> list[Told]:
        with reading(self.database) as connection:
            rows = connection.execute(select(OUTBOX).order_by(OUTBOX.c.created_at, OUTBOX.c.person_id)).all()
        return [
            Told(
                f"{row.created_at.astimezone(HANOI):%a %H:%M}",
                self.names.get(row.person_id, f"person {row.person_id}"),
                from_json(row.payload).text,
                row.rank,
            )
            for row in rows
        ]

    def times(self) -> list[tuple[str, str]]:
        return [(one.at, one.name) for one in self.told()]


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_members_are_told_after_a_quarter_of_an_hour_and_leaders_after_an_hour(office: Office) -> None:
    office.member("sau")
    office.member("tu", "leader")
    office.member("nam", "operator", scope=("vn",))
    office.waits()

    office.through(until="17:00")

    assert office.times() == [
        ("Mon 09:15", "sau"),
        ("Mon 09:15", "tu"),
        ("Mon 09:15", "nam"),
        ("Mon 10:00", "tu"),
        ("Mon 10:00", "nam"),
    ]


def test_the_message_names_the_number_the_place_the_wait_and_the_page(office: Office) -> None:
    office.member("sau")
    person = office.waits()
    office.at("09:20")

    told = office.round()

    [message] = office.told()
    assert told == 1
    assert message.text == (
        f"{FIRST_HEAD}\nNgười số {person}, Xã Tài Văn, chờ 20 phút\n"
        f"Mở trang: https://muadam.example/staff/waiting/{person}"
    )
    assert message.rank == outbox.REMINDER


def test_without_a_public_address_no_page_is_named(office: Office) -> None:
    office.member("sau")
    person = office.waits(place=None)
    office.at("09:20")

    office.round(public_url="")

    assert office.told()[0].text == f"{FIRST_HEAD}\nNgười số {person}, chờ 20 phút"


def test_the_second_message_says_that_nobody_has_come(office: Office) -> None:
    office.member("tu", "leader")
    person = office.waits()

    office.through(until="11:00")

    assert [one.text.splitlines()[:2] for one in office.told()] == [
        [FIRST_HEAD, f"Người số {person}, Xã Tài Văn, chờ 15 phút"],
        [AGAIN_HEAD, f"Người số {person}, Xã Tài Văn, chờ 1 giờ"],
    ]


def test_the_urgent_are_told_at_once_at_any_hour_and_once_more_to_those_who_lead(office: Office) -> None:
    office.member("sau")
    office.member("tu", "leader")
    office.at("02:00", day=22)  # a Sunday
    person = office.waits(is_urgent=True)

    office.through(until="06:00", day=22)

    assert office.times() == [("Sun 02:00", "sau"), ("Sun 02:00", "tu"), ("Sun 02:15", "tu")]
    assert office.told()[0].text.splitlines()[:2] == [URGENT_HEAD, f"Người số {person}, Xã Tài Văn, vừa mới gọi"]
    assert {one.rank for one in office.told()} == {outbox.STAFF}


@pytest.mark.parametrize(
    ("opened", "day", "first"),
    [
        pytest.param("22:00", 22, "Mon 07:00", id="at night: in the morning"),
        pytest.param("11:20", 23, "Mon 13:30", id="before noon: after the rest"),
        pytest.param("16:50", 27, "Mon 07:00", id="on a Friday evening: on Monday"),
        pytest.param("06:50", 23, "Mon 07:05", id="just before work"),
    ],
)
def test_others_are_told_in_working_hours(office: Office, opened: str, day: int, first: str) -> None:
    office.member("sau")
    office.at(opened, day=day)
    office.waits()

    while not office.round():
        office.now += timedelta(minutes=5)

    assert office.times() == [(first, "sau")]


def test_leaders_are_never_told_before_the_members_have_had_their_time(office: Office) -> None:
    office.member("tu", "leader")
    office.at("22:00", day=22)
    office.waits()

    office.through(until="12:00")

    assert office.times() == [("Mon 07:00", "tu"), ("Mon 07:45", "tu")]


def test_where_nobody_leads_the_members_are_told_again(office: Office) -> None:
    office.member("sau")
    office.waits()

    office.through(until="17:00")

    assert office.times() == [("Mon 09:15", "sau"), ("Mon 10:00", "sau")]


@pytest.mark.parametrize(
    ("roles", "scope", "place", "is_told"),
    [
        pytest.param(["member"], (COMMUNE,), COMMUNE, True, id="of his commune"),
        pytest.param(["member"], (PROVINCE,), COMMUNE, True, id="of his province"),
        pytest.param(["member"], ("vn",), ELSEWHERE, True, id="everywhere"),
        pytest.param(["member"], (COMMUNE,), ELSEWHERE, False, id="of another commune"),
        pytest.param(["member"], (COMMUNE,), None, True, id="of whom no place is known"),
        pytest.param(["author"], ("vn",), COMMUNE, False, id="an author"),
        pytest.param(["reviewer"], ("vn",), COMMUNE, False, id="a reviewer"),
        pytest.param(["auditor"], ("vn",), COMMUNE, False, id="an auditor"),
    ],
)
def test_only_who_helps_in_that_place_is_told(
    office: Office, roles: list[str], scope: tuple[str, ...], place: str | None, is_told: bool
) -> None:
    office.member("sau", *roles, scope=scope)
    office.waits(place=place)

    office.through(until="17:00")

    assert bool(office.told()) == is_told


def test_the_place_of_the_account_stands_in_for_one_that_is_not_known(office: Office) -> None:
    office.member("sau")
    office.member("xa", scope=(ELSEWHERE,))
    office.change(lambda connection: connection.execute(update(ACCOUNT).values(place=ELSEWHERE)))
    person = office.waits(place=None)
    office.at("09:15")

    office.round()

    assert office.times() == [("Mon 09:15", "xa")]
    assert f"Người số {person}, Xã" in office.told()[0].text


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"wants_pushes": False}, id="wants no messages"),
        pytest.param({"is_reachable": False}, id="has blocked us"),
        pytest.param({"erased_at": datetime(2026, 11, 1, tzinfo=HANOI)}, id="is erased"),
    ],
)
def test_a_chat_that_cannot_or_will_not_be_told_is_left_alone(office: Office, columns: dict[str, Any]) -> None:
    chat = office.member("sau")
    office.change(lambda connection: connection.execute(update(PERSON).where(PERSON.c.id == chat).values(columns)))
    office.waits(is_urgent=True)

    office.through(until="11:00")

    assert office.told() == []


def test_who_has_left_the_team_is_not_told(office: Office) -> None:
    office.member("sau")
    with transaction(office.database) as connection:
        connection.execute(update(STAFF).values(ended_at=office.now))
    office.waits(is_urgent=True)

    assert office.round() == 0


def test_a_member_who_waits_himself_is_not_told_of_himself(office: Office) -> None:
    chat = office.member("sau")
    office.member("tu", "leader")
    office.waits(chat)
    office.at("09:15")

    office.round()

    assert office.times() == [("Mon 09:15", "tu")]


def test_of_whom_nobody_can_be_told_the_first_who_ties_a_chat_is(office: Office) -> None:
    office.member("sau", is_tied=False)
    office.waits()
    office.through(until="10:30")
    before = (office.told(), office.asked_writer)

    office.member("tu")
    office.through(until="10:40")

    assert before == ([], 0)
    assert office.times() == [("Mon 10:35", "tu")]


def test_who_has_been_claimed_is_nobody_elses_any_more(office: Office) -> None:
    office.member("sau")
    person = office.waits()
    office.at("09:14")
    office.claims(person)

    office.through(until="10:10")

    assert office.told() == []


def test_who_was_claimed_and_then_forgotten_is_told_of_again(office: Office) -> None:
    office.member("sau")
    person = office.waits()
    office.claims(person)

    office.through(until="10:00")

    assert office.times() == [("Mon 10:00", "sau")]


@pytest.mark.parametrize("state", ["talking", "closed"])
def test_who_is_answered_or_helped_is_not_told_of(office: Office, state: str) -> None:
    office.member("sau")
    person = office.waits(is_urgent=True)
    office.change(lambda connection: handoffs.move(connection, [person], to=state, now=office.now))

    assert office.round() == 0
    assert office.asked_writer == 0


def test_one_message_tells_of_all_who_wait_the_urgent_first(office: Office) -> None:
    office.member("sau")
    office.at("22:00", day=22)
    asked = [office.waits()]
    for _ in range(6):
        office.now += timedelta(minutes=1)
        asked.append(office.waits())
    office.at("07:00")
    urgent = office.waits(is_urgent=True)

    told = office.round()

    assert told == 1
    assert office.told()[0].text.splitlines() == [
        URGENT_HEAD,
        f"GẤP: Người số {urgent}, Xã Tài Văn, vừa mới gọi",
        f"Người số {asked[0]}, Xã Tài Văn, chờ 9 giờ",
        f"Người số {asked[1]}, Xã Tài Văn, chờ 8 giờ",
        f"Người số {asked[2]}, Xã Tài Văn, chờ 8 giờ",
        f"Người số {asked[3]}, Xã Tài Văn, chờ 8 giờ",
        "và 3 người nữa",
        "Mở trang: https://muadam.example/staff/waiting",
    ]


def test_who_asks_and_is_then_swindled_is_named_once(office: Office) -> None:
    office.member("sau")
    person = office.waits()
    office.at("09:20")
    office.waits(person, is_urgent=True)

    office.through(until="09:30")

    assert [one.text.count(f"Người số {person}") for one in office.told()] == [1]
    assert office.told()[0].text.startswith(URGENT_HEAD)


def test_a_request_of_last_week_is_told_of_no_more(office: Office) -> None:
    office.member("sau")
    office.at("09:00", day=16)
    office.waits()
    office.at("09:05", day=MONDAY)

    assert office.round() == 0


def test_a_process_that_dies_tells_nobody_and_the_next_one_tells_once(office: Office) -> None:
    office.member("sau")
    office.waits(is_urgent=True)

    with pytest.raises(ProcessDiedError):
        office.round(dies=True)
    before = office.told()
    office.round()
    office.round()

    assert before == []
    assert office.times() == [("Mon 09:00", "sau")]


def test_a_request_that_is_closed_between_the_look_and_the_writing_is_not_told_of(office: Office) -> None:
    office.member("sau")
    person = office.waits(is_urgent=True)
    process = office.process()
    escalate = process._change

    async def late(work: Callable[[Connection, datetime], int]) -> int:
        office.change(lambda connection: handoffs.move(connection, [person], to="closed", now=office.now))
        return await escalate(work)

    process._change = late

    assert asyncio.run(process.round()) == 0
    assert office.told() == []


def test_a_person_who_is_erased_is_not_told_of(office: Office) -> None:
    office.member("sau")
    person = office.waits(is_urgent=True)
    office.change(lambda c: c.execute(update(PERSON).where(PERSON.c.id == person).values(erased_at=office.now)))

    assert office.round() == 0


def test_numbers_of_a_members_chat_go_on(office: Office) -> None:
    chat = office.member("sau")
    office.change(lambda c: c.execute(update(PERSON).where(PERSON.c.id == chat).values(numbered=7)))
    office.waits(is_urgent=True)

    office.round()

    with reading(office.database) as connection:
        assert connection.scalar(select(OUTBOX.c.number)) == 8


def test_when_nobody_waits_the_writer_is_left_alone(office: Office) -> None:
    office.member("sau")

    office.through(until="10:00")

    assert office.asked_writer == 0


def test_a_morning_after_a_storm_of_requests_is_one_message_a_member_and_round(office: Office) -> None:
    office.member("sau")
    office.at("22:00", day=22)
    with transaction(office.database) as connection:
        names = [f"many {nth}" for nth in range(500)]
        people.add(connection, office.account, names, now=office.now)
        numbers = list(connection.scalars(select(PERSON.c.id).where(PERSON.c.address.in_(names))))
        blank = {"opened_at": office.now, "reason": "asked", "state": "waiting", "is_urgent": False, "told": 0}
        connection.execute(insert(HANDOFF), [{"person_id": number, **blank} for number in numbers])
    office.at("07:00")

    said = [office.round() for _ in range(4)]

    assert said == [1, 1, 1, 0]  # 200, 200 and 100 of them
    with reading(office.database) as connection:
        assert set(connection.scalars(select(HANDOFF.c.told))) == {1}


def test_a_running_server_tells_by_itself(tmp_path: Path) -> None:
    lessons = write_clean(tmp_path / "clean") / "lessons.yaml"
    server = Server(Settings(_env_file=None, data_dir=tmp_path, lessons=lessons))
    office = Office(server.database, account=server.chat.account_id)
    office.now = datetime.now(HANOI)
    office.member("sau")
    office.waits(is_urgent=True)

    async def run() -> None:
        async with server.running(works=True):
            for _ in range(200):
                if office.told():
                    return
                await asyncio.sleep(0.05)

    asyncio.run(run())

    database = connect(f"sqlite:///{tmp_path / 'muadam.db'}")
    office.database = database
    assert [one.name for one in office.told()] == ["sau"]
    database.close()


@pytest.mark.parametrize(
    ("day", "time", "works"),
    [
        pytest.param(23, "06:59", False, id="before work"),
        pytest.param(23, "07:00", True, id="work begins"),
        pytest.param(23, "11:29", True, id="before noon"),
        pytest.param(23, "11:30", False, id="noon"),
        pytest.param(23, "13:30", True, id="after the rest"),
        pytest.param(23, "17:00", False, id="evening"),
        pytest.param(27, "16:59", True, id="Friday"),
        pytest.param(28, "09:00", False, id="Saturday"),
        pytest.param(29, "09:00", False, id="Sunday"),
    ],
)
def test_working_hours(day: int, time: str, works: bool) -> None:
    hour, minute = map(int, time.split(":"))

    assert is_working(datetime(2026, 11, day, hour, minute, tzinfo=HANOI), HANOI) == works
