"""Runs of a schedule: at the same time on the wall in every zone, and only the newest of those that were missed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins.schedule import GRACE, LONGEST_OUTAGE, next_runs, runs_between, states
from tests.conftest import HANOI, NOW

MONDAY, THURSDAY = 0, 3
HALF_PAST_FIVE = 5 * 60 + 30
DAILY = frozenset(range(7))

#: Clocks that are put forward and back at all hours, by half an hour, over a whole day, or never.
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "UTC")


def said(run: datetime, zone: ZoneInfo = HANOI) -> str:
    return f"{run.astimezone(zone):%a %d/%m %H:%M}"


def exists(day: date, minute: int, zone: ZoneInfo) -> bool:
    """Whether clocks of the zone show that time on that day."""
    shown = datetime.combine(day, time(*divmod(minute, 60)), zone)
    return shown.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None)


def is_there(day: date, zone: ZoneInfo) -> bool:
    return any(exists(day, hour * 60, zone) for hour in range(24))


# When -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "after", "expected"),
    [
        pytest.param(
            {MONDAY, THURSDAY}, NOW, ["Mon 23/11 05:30", "Thu 26/11 05:30", "Mon 30/11 05:30"], id="twice a week"
        ),
        pytest.param(DAILY, NOW, ["Mon 23/11 05:30", "Tue 24/11 05:30", "Wed 25/11 05:30"], id="daily"),
        pytest.param(
            {MONDAY},
            datetime(2026, 11, 23, 5, 29, tzinfo=HANOI),
            ["Mon 23/11 05:30", "Mon 30/11 05:30", "Mon 07/12 05:30"],
            id="a minute before",
        ),
        pytest.param(
            {MONDAY},
            datetime(2026, 11, 23, 5, 30, tzinfo=HANOI),
            ["Mon 30/11 05:30", "Mon 07/12 05:30", "Mon 14/12 05:30"],
            id="at that very minute: the next one",
        ),
        pytest.param(set(), NOW, [], id="no day"),
    ],
)
def test_the_next_three_runs(days: set[int], after: datetime, expected: list[str]) -> None:
    runs = next_runs(days, HALF_PAST_FIVE, zone=HANOI, after=after)

    assert [said(run) for run in runs] == expected


@pytest.mark.parametrize(
    ("zone", "minute", "after", "expected"),
    [
        pytest.param(
            "Europe/Berlin",
            HALF_PAST_FIVE,
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            ["2026-03-29T03:30:00+00:00", "2026-03-30T03:30:00+00:00", "2026-03-31T03:30:00+00:00"],
            id="after clocks are put forward it is earlier by the sun",
        ),
        pytest.param(
            "Europe/Berlin",
            2 * 60 + 30,
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            ["2026-03-29T01:30:00+00:00", "2026-03-30T00:30:00+00:00", "2026-03-31T00:30:00+00:00"],
            id="a time that is left out is later by as much",
        ),
        pytest.param(
            "Europe/Berlin",
            2 * 60 + 30,
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00", "2026-10-27T01:30:00+00:00"],
            id="a time that is shown twice is the first",
        ),
        pytest.param(
            "Pacific/Apia",
            HALF_PAST_FIVE,
            datetime(2011, 12, 29, 12, tzinfo=UTC),
            ["2011-12-29T15:30:00+00:00", "2011-12-30T15:30:00+00:00", "2011-12-31T15:30:00+00:00"],
            id="a day that is left out has no run",
        ),
    ],
)
def test_runs_keep_to_the_clock_on_the_wall(zone: str, minute: int, after: datetime, expected: list[str]) -> None:
    runs = next_runs(DAILY, minute, zone=ZoneInfo(zone), after=after)

    assert [run.isoformat() for run in runs] == expected


@given(
    days=st.frozensets(st.integers(0, 6), min_size=1),
    minute=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    after=st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    count=st.integers(1, 12),
)
def test_runs_rise_and_leave_none_out(
    days: frozenset[int], minute: int, zone: ZoneInfo, after: datetime, count: int
) -> None:
    runs = next_runs(days, minute, zone=zone, after=after, count=count)

    there = [run.astimezone(zone) for run in runs]
    assert len(runs) == count
    assert all(earlier < later for earlier, later in zip([after, *runs], runs, strict=False))
    assert all(run.weekday() in days for run in there)
    assert all(run.hour * 60 + run.minute == minute for run in there if exists(run.date(), minute, zone))
    first = after.astimezone(zone).date() + timedelta(days=1)
    between = [first + timedelta(days=at) for at in range((there[-1].date() - first).days + 1)]
    wanted = [day for day in between if day.weekday() in days and is_there(day, zone)]
    assert [run.date() for run in there if run.date() >= first] == wanted


# What becomes of them -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("05:29", [], id="not yet"),
        pytest.param("05:30", ["preparing"], id="on the minute"),
        pytest.param("08:30", ["preparing"], id="at the end of the grace"),
        pytest.param("08:31", ["missed"], id="too late"),
    ],
)
def test_a_run_is_missed_when_its_grace_is_over(now: str, expected: list[str]) -> None:
    moment = datetime.combine(date(2026, 11, 23), time.fromisoformat(now), HANOI)

    due = runs_between({MONDAY}, HALF_PAST_FIVE, zone=HANOI, after=NOW, until=moment)

    assert list(states(due, moment).values()) == expected


def test_of_several_runs_only_the_newest_is_asked_about() -> None:
    now = datetime(2026, 11, 26, 12, 0, tzinfo=HANOI)

    due = runs_between(DAILY, HALF_PAST_FIVE, zone=HANOI, after=NOW, until=now)

    assert list(states(due, now).values()) == ["skipped", "skipped", "skipped", "missed"]


def test_a_run_that_is_in_time_leaves_nothing_to_ask_about_earlier_ones() -> None:
    now = datetime(2026, 11, 24, 6, 0, tzinfo=HANOI)

    due = runs_between(DAILY, HALF_PAST_FIVE, zone=HANOI, after=NOW, until=now)

    assert list(states(due, now).values()) == ["skipped", "preparing"]


def test_after_a_long_outage_nobody_looks_through_years() -> None:
    now = NOW + timedelta(days=400)

    due = runs_between(DAILY, HALF_PAST_FIVE, zone=HANOI, after=NOW, until=now)

    assert len(due) == LONGEST_OUTAGE.days
    assert now - due[0] <= LONGEST_OUTAGE
    assert now - due[-1] > GRACE
