"""What the server's database says, read from outside while it runs or after it was killed."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.residents import Resident, standing
from bot.state import from_json


class Evidence:
    """The SQLite file of a data folder. Every question opens it anew, and writes nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "muadam.db"

    def open_rows(self) -> int:
        """Outbox rows that the sender has still to deal with."""
        return int(self._one("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')"))

    def rows_by_state(self) -> dict[str, int]:
        return dict(self._all("SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state"))

    def failed_turns(self) -> int:
        return int(self._one("SELECT count(*) FROM inbox WHERE state = 'failed'"))

    def being_sent(self) -> list[str]:
        """Addresses whose rows are claimed, one for each row: what is in flight when the server was killed."""
        query = "SELECT address FROM outbox JOIN person ON person.id = person_id WHERE outbox.state = 'sending'"
        return [address for (address,) in self._all(query)]

    def people_by_state(self, bulletin: int) -> dict[str, int]:
        """What became of a bulletin: how many people's rows are in which state."""
        return dict(self._all(f"SELECT state, count(*) FROM outbox WHERE bulletin_id = {bulletin} GROUP BY state"))

    def planned(self, bulletin: int) -> int:
        """How many people its release was for."""
        return int(self._one(f"SELECT planned FROM bulletin WHERE id = {bulletin}"))

    def is_queued(self, bulletin: int) -> bool:
        """Has everybody a row of it?"""
        return bool(self._one(f"SELECT is_expanded FROM bulletin WHERE id = {bulletin}"))

    def has_ended(self, bulletin: int) -> bool:
        """Will nothing more happen to it by itself?"""
        return self._one(f"SELECT ended_at FROM bulletin WHERE id = {bulletin}") is not None

    def wrong_states(self, residents: Mapping[str, Resident]) -> int:
        """Learners who stand elsewhere than the engine says, given what was accepted from them."""
        stored = dict(self._all("SELECT address, learner.state FROM learner JOIN person ON person.id = person_id"))
        wanted = {one.address: one.talk[one.turns - 1].standing for one in residents.values() if one.turns}
        return sum(not _is_like(stored.get(address), wanted[address]) for address in wanted)

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._file, timeout=10)) as connection:
            return connection.execute(query).fetchall()


def _is_like(stored: str | None, wanted: Mapping[str, Any]) -> bool:
    return stored is not None and json.dumps(standing(from_json(stored))) == json.dumps(wanted)
