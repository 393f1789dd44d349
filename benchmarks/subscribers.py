"""Subscribers of bulletins, and the weather team: what is done at the database of a server that runs beside it.

Knows no process and no socket. Releases and stops by the functions that the commands and pages call, each in a
transaction of its own, as another process does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, insert, literal, select

from bot.messages import Message
from bulletins import release
from bulletins.release import Lines
from storage import accounts, bulletins
from storage.database import Database, connect, transaction
from storage.tables import PERSON, SUBSCRIPTION, UtcTime
from webhooks.channels import BY_NAME

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
COMMUNE, PROVINCE = "31687", "92"


def lines(connection: Connection) -> Lines:
    """All accounts, with the terms of their channels."""
    return Lines(tuple(accounts.everyone(connection)), lambda name: BY_NAME[name].TERMS, lambda name, message: 1, HANOI)


@dataclass(frozen=True, slots=True)
class Done:
    """Something that the team did: how long its commit took to come, in seconds, and when it was there."""

    seconds: float
    at: float


class Team:
    """The team at the database in a server's data folder; the server has made its Zalo account there."""

    def __init__(self, folder: Path) -> None:
        self._database: Database = connect(f"sqlite:///{folder / 'muadam.db'}")

    def __enter__(self) -> "Team":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def subscribe(self, addresses: Collection[str]) -> None:
        """These people follow the account, wrote just now, and want bulletins."""
        now = datetime.now(UTC)
        with transaction(self._database) as connection:
            account = _zalo(connection)
            row = {"account_id": account, "numbered": 0, "wants_pushes": True, "is_reachable": True, "created_at": now}
            people = [row | {"address": address, "last_contact_at": now} for address in addresses]
            connection.execute(insert(PERSON), people)
            columns = ["person_id", "place", "province", "crops", "stages", "since"]
            wishes = _wishes(account, since=now - timedelta(days=1))
            connection.execute(insert(SUBSCRIPTION).from_select(columns, wishes))

    def set_rate(self, per_minute: int) -> None:
        """What the account may send from now on; 0 is without a limit."""
        with transaction(self._database) as connection:
            accounts.change(connection, _zalo(connection), rate_per_minute=per_minute, allowance_at=None)

    def release(self, words: str) -> tuple[int, Done]:
        """Release a bulletin that says so to everybody who subscribes, at any hour; its id."""
        started, now = perf_counter(), datetime.now(UTC)
        with transaction(self._database) as connection:
            bulletin = bulletins.add(
                connection, place=COMMUNE, content="{}", author="A", now=now, urgent_reason="measured at any hour"
            )
            message = Message(words)
            release.release(
                connection, bulletin, lines(connection), message=message, picture=None, last_day=now, now=now
            )
        return bulletin, _done(started)

    def move(self, bulletin: int, action: str) -> Done:
        """pause, resume, cancel or withdraw it, as `muadam bulletin ACTION` does."""
        started = perf_counter()
        with transaction(self._database) as connection:
            release.move(connection, bulletin, action)
        return _done(started)


def _done(started: float) -> Done:
    now = perf_counter()
    return Done(now - started, now)


def _zalo(connection: Connection) -> int:
    [zalo] = [account.id for account in accounts.everyone(connection) if account.channel == "zalo-oa"]
    return zalo


def _wishes(account: int, *, since: datetime) -> Select[Any]:
    columns = (literal(COMMUNE), literal(PROVINCE), literal(""), literal("{}"), literal(since, UtcTime))
    return select(PERSON.c.id, *columns).where(PERSON.c.account_id == account)
