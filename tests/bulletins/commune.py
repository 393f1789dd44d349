"""A commune with people who want bulletins, for tests of the plan, the release and what follows it."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from bot.messages import Message, from_json, to_json
from bulletins import release
from bulletins.release import Lines
from storage import accounts, bulletins, outbox, people, subscriptions
from storage.outbox import Room
from storage.subscriptions import Subscribed
from storage.tables import OUTBOX, PERSON
from tests.conftest import HANOI, NOW
from webhooks.channels import BY_NAME

COMMUNE, OTHER, PROVINCE = "31675", "31684", "92"
WIDE = Room(people=500, rows=500, bulk_people=500, bulk_rows=500)
NIGHT = datetime(2026, 11, 22, 21, 0, tzinfo=HANOI)


def calls_of(name: str, message: Message) -> int:
    """Of how many messages a message consists, on a platform that takes 1,900 letters in one."""
    return 1 + len(message.text) // 1900


class Commune:
    """A database with an account, people who want bulletins, and a bulletin."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = NOW
        self.account = accounts.put(connection, channel="zalo-oa", external_id="oa", rate_per_minute=90)
        self.web = accounts.put(connection, channel="webchat", external_id="webchat")

    @property
    def lines(self) -> Lines:
        everyone = tuple(accounts.everyone(self.connection))
        return Lines(everyone, lambda name: BY_NAME[name].TERMS, calls_of, HANOI)

    def person(
        self,
        address: str,
        *,
        wrote: timedelta | None,
        place: str = COMMUNE,
        crops: tuple[str, ...] = (),
        on_page: bool = False,
    ) -> int:
        account = self.web if on_page else self.account
        people.add(self.connection, account, [address], now=NOW)
        person = people.find(self.connection, account, address) or 0
        self.change(person, last_contact_at=None if wrote is None else self.now - wrote)
        wish = Subscribed(person, place, PROVINCE, crops)
        subscriptions.put(self.connection, [wish], self.now - timedelta(days=1))
        return person

    def change(self, person: int, **columns: object) -> None:
        self.connection.execute(update(PERSON).where(PERSON.c.id == person).values(**columns))

    def draft(self, **columns: object) -> int:
        given = {"place": COMMUNE, "content": "{}", "author": "Chị Sáu", "now": self.now} | columns
        return bulletins.add(self.connection, **given)  # type: ignore[arg-type]

    def plan(self, bulletin: int, message: Message | None = None) -> release.Plan:
        row = bulletins.one(self.connection, bulletin)
        assert row is not None
        return release.plan(self.connection, row, self.lines, now=self.now, message=message)

    def release(self, bulletin: int, words: str = "Mưa thứ Năm") -> release.Plan:
        return release.release(
            self.connection,
            bulletin,
            self.lines,
            message=Message(words),
            picture=None,
            last_day=self.now + timedelta(days=6),
            now=self.now,
        )

    def work(self) -> None:
        while release.work(self.connection, self.lines, now=self.now):
            pass

    def claimed(self, *, is_quiet: bool = False) -> list[outbox.Claimed]:
        sendable = bulletins.sendable(self.connection, self.now, is_quiet=is_quiet)
        lease = timedelta(seconds=60)
        runs = outbox.claim(
            self.connection, self.account, now=self.now, by="me", lease=lease, room=WIDE, bulletins=sendable
        )
        return [row for run in runs for row in run]

    def sent(self) -> list[tuple[int, str]]:
        """Everything that may leave now is sent: (person, words)."""
        rows = self.claimed()
        marks = [
            outbox.Mark(row.person_id, row.number, "sent", row.due_at, row.attempts, 1, settled_at=self.now)
            for row in rows
        ]
        outbox.mark(self.connection, marks, by="me")
        return [(row.person_id, words_of(row.payload, row.bulletin)) for row in rows]

    def writes(self, person: int) -> None:
        """What was held until he writes may leave."""
        self.change(person, last_contact_at=self.now)
        outbox.release_held(self.connection, [person], self.now)

    def answers(self, person: int, bulletin: int, *, state: str = "sent") -> None:
        """He asks for the weather, and is given the bulletin as a turn would do it."""
        self.writes(person)
        number = self.connection.scalar(select(PERSON.c.numbered).where(PERSON.c.id == person)) or 0
        self.change(person, numbered=number + 1)
        account = self.connection.scalar(select(PERSON.c.account_id).where(PERSON.c.id == person))
        row = {"person_id": person, "number": number + 1, "account_id": account, "rank": outbox.REPLY}
        row |= {"payload": to_json(Message("Trả lời")), "due_at": self.now, "valid_until": None}
        row |= {"created_at": self.now, "state": state, "settled_at": self.now if state == "sent" else None}
        outbox.add(self.connection, [row])
        bulletins.note_shown(self.connection, {(person, bulletin): number + 1}, self.now)

    def outcomes(self, bulletin: int) -> dict[tuple[str, str], int]:
        found = bulletins.outcomes(self.connection, bulletin)
        return {(row.state, row.reason): row.people for row in found}

    def states(self, bulletin: int) -> Counter[str]:
        found = select(OUTBOX.c.state).where(OUTBOX.c.bulletin_id == bulletin)
        return Counter(self.connection.scalars(found))


def words_of(payload: str, bulletin: str | None) -> str:
    opening = from_json(payload).text + " " if payload else ""
    return opening + from_json(bulletin or "{}").text


def hours(count: float) -> timedelta:
    return timedelta(hours=count)
