"""The conversation in a terminal: the same turns and the same storage, without a server.

Writes nothing but what a turn writes; `--record` keeps a transcript.
"""

from collections.abc import Callable
from datetime import datetime

from bot import messages
from bot.events import Event, Joined, TextSaid
from bot.transcripts import Exchange, written
from bot.turn import Incoming, Turns
from storage import accounts, fetched, people
from storage.database import Database, transaction

CHANNEL = "terminal"


class Terminal:
    """One person at a keyboard; `address` keeps several apart."""

    def __init__(self, database: Database, turns: Turns, clock: Callable[[], datetime], address: str) -> None:
        self._database = database
        self._turns = turns
        self._clock = clock
        self._address = address
        self._shown = 0
        self.exchanges: list[Exchange] = []
        with transaction(database) as connection:
            self._account = accounts.put(connection, channel=CHANNEL, external_id=CHANNEL)
            person_id = people.find(connection, self._account, address)
            if person_id is not None:
                rows = fetched.newest(connection, person_id, limit=1)
                self._shown = rows[-1].number if rows else 0

    def join(self) -> list[str]:
        """Open the chat: what the bot says to somebody who comes in."""
        return self._take(Joined(), "")

    def say(self, text: str) -> list[str]:
        """What the bot answers, a text for each bubble."""
        return self._take(TextSaid(text), text)

    def _take(self, event: Event, said: str) -> list[str]:
        now = self._clock()
        incoming = Incoming(self._account, self._address, f"terminal:{now.isoformat()}", event)
        with transaction(self._database) as connection:
            [taken] = self._turns.run(connection, [incoming], now)
            rows = []
            if taken.person_id is not None:
                rows = fetched.after(connection, taken.person_id, self._shown, limit=50)
                fetched.mark_fetched(connection, [(taken.person_id, row.number) for row in rows], now)
        self._shown = rows[-1].number if rows else self._shown
        answers = [written(messages.from_json(row.payload)) for row in rows]
        self.exchanges.append(Exchange(me=said, bot=tuple(answers)))
        return answers
