"""When drafts are prepared by themselves: pure functions of weekdays, a minute of the local day, and a moment.

Knows no table and no forecast. A run prepares a draft and nothing else: a member reads it and sends it. One that could
not begin within GRACE of its time is missed: the member is asked, since a week's forecast for a day that is over helps
nobody.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

DAILY = frozenset(range(7))
GRACE = timedelta(hours=3)
#: A draft that has to wait for the forecast service is tried again so often, and then prepared without it.
RETRY_EVERY = timedelta(minutes=10)
#: Runs are looked for in so long a past at most: what is older is nobody's any more.
LONGEST_OUTAGE = timedelta(days=14)

SlotState = Literal["preparing", "missed", "skipped"]


def next_runs(days: Collection[int], minute: int, *, zone: ZoneInfo, after: datetime, count: int = 3) -> list[datetime]:
    """The next `count` runs after a moment, rising, in UTC. `days` from 0, Monday; none of them: no run.

    By the clock on the wall: where clocks are put forward over the minute, the run is later by as much; where they show
    it twice, it is the first. A day that the zone leaves out has no run.
    """
    return list(islice(_runs(days, minute, zone, after), count)) if DAILY & set(days) else []


def runs_between(
    days: Collection[int], minute: int, *, zone: ZoneInfo, after: datetime, until: datetime
) -> list[datetime]:
    """The runs after one moment, up to and with another; at most those of LONGEST_OUTAGE."""
    found = []
    for run in _runs(days, minute, zone, max(after, until - LONGEST_OUTAGE)) if DAILY & set(days) else ():
        if run > until:
            break
        found.append(run)
    return found


def states(runs: Collection[datetime], now: datetime) -> dict[datetime, SlotState]:
    """What becomes of runs that have become due: the newest is prepared or asked about, those before are skipped.

    Whichever were prepared now would say the same: the week from today.
    """
    newest = max(runs, default=None)
    return {run: _state(run, now) if run == newest else "skipped" for run in runs}


def is_late(run: datetime, now: datetime) -> bool:
    return now - run > GRACE


def _state(run: datetime, now: datetime) -> SlotState:
    return "missed" if is_late(run, now) else "preparing"


def _runs(days: Collection[int], minute: int, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    # From the day before: a run that clocks put forward moved may come after the moment all the same.
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        run = _run_on(day, minute, zone) if day.weekday() in days else None
        if run is not None and run > after:
            yield run
        day += timedelta(days=1)


def _run_on(day: date, minute: int, zone: ZoneInfo) -> datetime | None:
    """In UTC, which alone compares as moments do: two times of one zone compare as walls show them."""
    run = datetime.combine(day, time(*divmod(minute, 60)), zone).astimezone(UTC)
    return run if run.astimezone(zone).date() == day else None
