"""Who is listening on the web chat, and how he learns that something waits for him.

Knows no HTTP and no message: a listener is woken, whoever holds it reads the outbox. A wake-up that is lost
(rows written by another process) costs a second while anybody listens, never a message.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from storage import fetched
from storage.database import Database, reading

LOOK_SECONDS = 1.0
MOST_LISTENERS = 4_000

#: Tabs of one visitor. One more ends the oldest: it is most likely a connection that the phone has lost.
MOST_OF_ONE = 8

#: SQLite takes some thousands of values in one statement; half a thousand is far from every limit.
LOOK_AT_ONCE = 500


@dataclass(eq=False, slots=True)
class Listener:
    """One open page of the visitor at `address`. `wake` is set when he should look, or when it is over."""

    address: str
    person_id: int
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    def end(self) -> None:
        self.is_over = True
        self.wake.set()


class Streams:
    """All listeners of this process. Made in muadam.build(); used from the event loop only."""

    def __init__(self, database: Database, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._database = database
        self._look_seconds = look_seconds
        self._of_address: dict[str, list[Listener]] = {}
        self._of_person: dict[int, set[Listener]] = {}
        self._count = 0
        self._is_closed = False
        self._looking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return self._count

    def listen(self, address: str, person_id: int) -> Listener | None:
        """A new listener, to be given back with `leave`; after `close` it is over at once.

        None when too many pages listen already.
        """
        if self._count >= MOST_LISTENERS:
            return None
        listener = Listener(address, person_id, is_over=self._is_closed)
        mine = self._of_address.setdefault(address, [])
        mine.append(listener)
        self._of_person.setdefault(person_id, set()).add(listener)
        self._count += 1
        if len(mine) > MOST_OF_ONE:
            mine[0].end()
        if self._looking is None and not self._is_closed:
            self._looking = asyncio.create_task(self._look())
        return listener

    def leave(self, listener: Listener) -> None:
        """The page is gone."""
        self._of_address[listener.address].remove(listener)
        if not self._of_address[listener.address]:
            del self._of_address[listener.address]
        self._drop_person(listener)
        self._count -= 1
        if not self._count and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def follow(self, listener: Listener, person_id: int) -> None:
        """The visitor was erased and is somebody new since."""
        self._drop_person(listener)
        listener.person_id = person_id
        self._of_person.setdefault(person_id, set()).add(listener)

    def notify(self, people: Iterable[int]) -> None:
        """Something was queued for these people."""
        for person_id in people:
            for listener in self._of_person.get(person_id, ()):
                listener.wake.set()

    def notify_address(self, address: str) -> None:
        """The visitor at this address wrote, whoever he is now."""
        for listener in self._of_address.get(address, ()):
            listener.wake.set()

    def close(self) -> None:
        """End every stream now and let none begin: a server that stops waits for its open connections."""
        self._is_closed = True
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        for listeners in self._of_address.values():
            for listener in listeners:
                listener.end()

    def _drop_person(self, listener: Listener) -> None:
        listeners = self._of_person[listener.person_id]
        listeners.discard(listener)
        if not listeners:
            del self._of_person[listener.person_id]

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            try:
                self.notify(await asyncio.to_thread(self._waiting, list(self._of_person)))
            except OperationalError:
                continue  # locked or away: the next look is in a second

    def _waiting(self, people: list[int]) -> list[int]:
        with reading(self._database) as connection:
            found: list[int] = []
            for start in range(0, len(people), LOOK_AT_ONCE):
                some = people[start : start + LOOK_AT_ONCE]
                found += fetched.waiting_for(connection, some)
            return found
