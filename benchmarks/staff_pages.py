"""How long a member waits for a page of the team with many residents in the database, on SQLite.

    python -m benchmarks.staff_pages [PEOPLE, 100000]

Uses a database of its own in a temporary folder, and the pages in process, without a network. Prints the median and
the longest of some requests in milliseconds, beside those of a page that reads next to nothing, so that the ratio
tells more than the machine.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx
from sqlalchemy import Connection, insert

from admin.counting import count_everything
from publishing import Files, fit_to_publish, publish_library, published
from storage import accounts
from storage.database import Database, connect, migrate, transaction
from storage.tables import CONSENT, HANDOFF, INBOX, LEARNER, OUTBOX, PERSON, PROGRESS, STEP_EVENT, SUBSCRIPTION
from storage.team_tables import AUDIT
from tests.admin.desk_stage import staged
from tests.conftest import HANOI, NOW, ROOT

REQUESTS = 15
#: Each of these residents has so many step events.
EVENTS = 8
WAITING = 200
LESSON, STEP = "vneid-la-gi", "la-gi"

YARDSTICK = "/staff/keeping"
PAGES = (
    YARDSTICK,
    "/staff/waiting",
    "/staff/waiting/7",
    "/staff/radar",
    "/staff/numbers",
    f"/staff/numbers/lesson/{LESSON}",
    "/staff/lessons",
    f"/staff/lessons/edit/lessons/library/{LESSON}.yaml",
    "/staff/unmatched",
    "/staff/pasted",
    "/staff/bulletins",
    "/staff/accounts",
    "/staff/team",
    "/staff/audit",
    "/staff/audit?action=viewed_person",
)


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    files = Files(ROOT / "lessons.yaml", HANOI)
    with TemporaryDirectory() as folder:
        database = connect(f"sqlite:///{Path(folder) / 'pages.db'}")
        migrate(database)
        publish_library(database, fit_to_publish(files, now=NOW), now=NOW)
        _fill(database, people)
        print(f"{people:,} residents, {people * EVENTS:,} step events, {WAITING} who wait; milliseconds")
        asyncio.run(_visit(database, files))
        database.close()


async def _visit(database: Database, files: Files) -> None:
    found = published(database, files)
    if found is None:
        raise SystemExit("nothing was published")
    async with staged(database, found.book, files=files, published=lambda: found) as stage:
        client = stage.client(roles=("operator", "auditor"), scope=("vn",))
        yardstick = 0.0
        for address in PAGES:
            times = [await _timed(client, address) for _ in range(REQUESTS)]
            yardstick = yardstick or median(times)
            ratio = median(times) / yardstick
            print(f"{median(times):7.1f} median  {max(times):7.1f} longest  {ratio:5.1f} of the first  {address}")


async def _timed(client: httpx.AsyncClient, address: str) -> float:
    began = perf_counter()
    answer = await client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return 1000 * (perf_counter() - began)


def _fill(database: Database, people: int) -> None:
    """Residents of a few communes who learn, a few of whom wait, and what members did."""
    places = [f"316{nth}" for nth in (39, 87, 93)] + ["31687", None]
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa", rate_per_minute=100)
        every = range(1, people + 1)
        blank = {"account_id": account, "numbered": 5, "wants_pushes": True, "is_reachable": True, "created_at": NOW}
        rows = [
            {"id": n, "address": f"{n:019d}", "place": places[n % len(places)], "last_contact_at": _ago(n), **blank}
            for n in every
        ]
        connection.execute(insert(PERSON), rows)
        state = '{"consent":"given","scene":"lesson","memory":{"phone_os":"android"}}'
        standing = {"number": 1, "state": state, "lesson": LESSON, "version": "v", "step": STEP}
        connection.execute(insert(LEARNER), [{"person_id": n, "updated_at": _ago(n), **standing} for n in every])
        began = {"learner": 1, "lesson": LESSON, "version": "v", "started_at": NOW}
        connection.execute(
            insert(PROGRESS), [{"person_id": n, "finished_at": NOW if n % 3 == 0 else None, **began} for n in every]
        )
        wish = {"place": "31687", "province": "92", "crops": ",lua,", "stages": "{}", "since": NOW}
        connection.execute(insert(SUBSCRIPTION), [{"person_id": n, **wish} for n in every if n % 4 == 0])
        _fill_words(connection, every)
    count_everything(database, now=NOW, zone=HANOI)


def _fill_words(connection: Connection, every: range) -> None:
    execute = connection.execute
    kinds = ("lesson_started", "step_done", "answer_wrong", "answer_right", "stuck", "step_done", "lesson_left", "x")
    at_step = {"lesson": LESSON, "version": "v", "step": STEP}
    for nth, kind in enumerate(kinds[:EVENTS]):
        execute(
            insert(STEP_EVENT),
            [{"person_id": n, "number": 100 + nth, "at": _ago(n), "kind": kind, **at_step} for n in every],
        )
    said = {"kind": "TextSaid", "text": "toi hoi mot cau", "state": "done"}
    execute(insert(INBOX), [{"person_id": n, "key": "k", "received_at": _ago(n), **said} for n in every])
    pasted = {"key": "p", "kind": "Pasted", "state": "done"}
    words = "Quy khach trung thuong so {}, truy cap https://nhan-qua-{}.top de nhan trong 24h, lien he ngay."
    execute(
        insert(INBOX),
        [{"person_id": n, "received_at": _ago(n), "text": words.format(n, n), **pasted} for n in every if n % 20 == 0],
    )
    agreed = {"number": 2, "at": NOW, "granted": True, "notice_version": "v", "channel": "webchat"}
    execute(insert(CONSENT), [{"person_id": n, "subject": "samples", **agreed} for n in every if n % 20 == 0])
    sent = {"number": 1, "account_id": 1, "rank": 0, "payload": '{"text":"D\\u1ea1"}', "state": "sent"}
    execute(
        insert(OUTBOX),
        [{"person_id": n, "due_at": _ago(n), "created_at": _ago(n), "settled_at": _ago(n), **sent} for n in every],
    )
    waits = {"reason": "asked", "is_urgent": False, "lesson": LESSON, "step": STEP, "told": 0}
    execute(
        insert(HANDOFF),
        [
            {"person_id": n, "opened_at": _ago(n), "state": "waiting" if n <= WAITING else "closed", **waits}
            for n in range(1, len(every) // 10)
        ],
    )
    looked = {"action": "viewed_person", "subject": "person 1", "detail": ""}
    execute(insert(AUDIT), [{"at": _ago(n), **looked} for n in every])


def _ago(nth: int) -> datetime:
    return NOW - timedelta(minutes=nth % 40_000 + 5)


if __name__ == "__main__":
    main()
