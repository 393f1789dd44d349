"""Events folded into counts: each once, by month and place, whatever stops in between and whoever counts beside."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, insert, select, update

from storage import accounts, counting, people
from storage.counting import FIRST_RIGHT, FIRST_WRONG, PLACES, SECONDS, STEPS
from storage.database import Database, reading, transaction
from storage.tables import PERSON, PROGRESS, STEP_EVENT, SUBSCRIPTION
from storage.team_tables import PLACE_COUNT, STEP_COUNT
from tests.conftest import HANOI, NOW

COMMUNE, OTHER, PROVINCE = "31687", "31639", "92"
MINUTE = timedelta(minutes=1)
PROVINCES = {COMMUNE: PROVINCE, OTHER: PROVINCE, PROVINCE: PROVINCE}


def person(database: Database, address: str = "ut", *, place: str | None = COMMUNE, of: str | None = None) -> int:
    """Somebody who lives in `place`, on an account of the place `of`."""
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa", place=of)
        people.add(connection, account, [address], now=NOW)
        found = people.find(connection, account, address)
        connection.execute(update(PERSON).where(PERSON.c.id == found).values(place=place))
    assert found is not None
    return found


def happen(database: Database, who: int, *events: tuple[str, str | None, str | None, datetime]) -> None:
    """Events (kind, lesson, step, at) of somebody, in this order."""
    with transaction(database) as connection:
        last = connection.scalar(select(func.max(STEP_EVENT.c.number)).where(STEP_EVENT.c.person_id == who)) or 0
        rows = [
            {"person_id": who, "number": last + nth, "at": at, "kind": kind, "lesson": lesson, "step": step}
            for nth, (kind, lesson, step, at) in enumerate(events, start=1)
        ]
        connection.execute(insert(STEP_EVENT), rows)


def fold(database: Database, *, now: datetime = NOW) -> int:
    """Count all that is to be counted; the number of transactions."""
    rounds, is_more = 0, True
    while is_more:
        with transaction(database) as connection:
            is_more = counting.fold_steps(connection, now=now, zone=HANOI, province_of=PROVINCES.get)
        rounds += 1
    return rounds


def counted(database: Database, place: str = "vn", month: str = "2026-11") -> dict[tuple[str, str, str], int]:
    """(lesson, step, kind) -> count."""
    with reading(database) as connection:
        rows = connection.execute(
            select(STEP_COUNT).where(STEP_COUNT.c.place == place, STEP_COUNT.c.month == month)
        ).all()
    return {(row.lesson, row.step, row.kind): row.count for row in rows}


def test_an_event_is_counted_in_the_commune_its_province_and_the_country(database: Database) -> None:
    happen(database, person(database), ("stuck", "a", "s1", NOW - 5 * MINUTE))

    fold(database)

    expected = {("a", "s1", "stuck"): 1}
    assert [counted(database, place) for place in (COMMUNE, PROVINCE, "vn", OTHER)] == [
        expected,
        expected,
        expected,
        {},
    ]


@pytest.mark.parametrize(
    ("place", "of", "expected"),
    [
        pytest.param(COMMUNE, OTHER, {COMMUNE, PROVINCE, "vn"}, id="his own place before that of the account"),
        pytest.param(None, OTHER, {OTHER, PROVINCE, "vn"}, id="the place of the account"),
        pytest.param(None, PROVINCE, {PROVINCE, "vn"}, id="an account of a province"),
        pytest.param(None, "vn", {"vn"}, id="an account of the country"),
        pytest.param(None, None, {"vn"}, id="no place is known"),
    ],
)
def test_where_somebody_lives_decides_where_he_is_counted(
    database: Database, place: str | None, of: str | None, expected: set[str]
) -> None:
    happen(database, person(database, place=place, of=of), ("stuck", "a", "s1", NOW - 5 * MINUTE))

    fold(database)

    with reading(database) as connection:
        assert set(connection.scalars(select(STEP_COUNT.c.place))) == expected


def test_counting_again_counts_nothing_twice(database: Database) -> None:
    who = person(database)
    happen(database, who, ("stuck", "a", "s1", NOW - 5 * MINUTE))
    fold(database)
    happen(database, who, ("stuck", "a", "s1", NOW + MINUTE))

    fold(database, now=NOW + 3 * MINUTE)
    fold(database, now=NOW + 3 * MINUTE)

    assert counted(database) == {("a", "s1", "stuck"): 2, ("a", "", SECONDS): 360}


def test_what_is_younger_than_a_minute_waits_for_the_next_round(database: Database) -> None:
    happen(database, person(database), ("stuck", "a", "s1", NOW - timedelta(seconds=59)))

    fold(database)
    early = counted(database)
    fold(database, now=NOW + MINUTE)

    assert (early, counted(database)) == ({}, {("a", "s1", "stuck"): 1})


def test_a_clock_that_was_set_back_counts_nothing_twice(database: Database) -> None:
    happen(database, person(database), ("stuck", "a", "s1", NOW - 5 * MINUTE))
    fold(database)

    fold(database, now=NOW - 60 * MINUTE)
    fold(database)

    assert counted(database) == {("a", "s1", "stuck"): 1}


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
def test_chunks_cut_between_events_of_one_moment_miss_none(
    database: Database, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(counting, "CHUNK", chunk)
    for nth in range(4):
        start = NOW - timedelta(minutes=30)
        moments = [start, start, start + MINUTE, start + MINUTE, start + 2 * MINUTE]
        happen(database, person(database, f"p{nth}"), *(("stuck", "a", "s1", at) for at in moments))

    fold(database)

    # Two minutes each; no pause between two events of one moment.
    assert counted(database) == {("a", "s1", "stuck"): 20, ("a", "", SECONDS): 4 * 120}


def test_a_chunk_is_one_transaction_and_no_more_events_than_it_may_have(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "CHUNK", 4)
    moments = (NOW - timedelta(minutes=10 + nth) for nth in range(10))
    happen(database, person(database), *(("stuck", "a", "s1", at) for at in sorted(moments)))

    assert fold(database) == 3


def test_a_crash_before_the_commit_counts_all_of_it_later_and_once(database: Database) -> None:
    happen(database, person(database), ("stuck", "a", "s1", NOW - 5 * MINUTE))

    with suppress(RuntimeError), transaction(database) as connection:
        counting.fold_steps(connection, now=NOW, zone=HANOI, province_of=PROVINCES.get)
        raise RuntimeError
    after_crash = counted(database)
    fold(database)

    assert (after_crash, counted(database)) == ({}, {("a", "s1", "stuck"): 1})


def test_two_who_count_at_once_count_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "CHUNK", 2)
    start = NOW - timedelta(hours=9)
    happen(database, person(database), *(("stuck", "a", "s1", start + nth * 11 * MINUTE) for nth in range(30)))

    with ThreadPoolExecutor(2) as both:
        assert sum(both.map(lambda _: fold(database), range(2))) >= 15

    assert counted(database) == {("a", "s1", "stuck"): 30}


def test_months_are_local(database: Database) -> None:
    # In Vietnam it is seven hours later: the first of November began at 17:00 of the last of October.
    happen(
        database,
        person(database),
        ("stuck", "a", "s1", datetime(2026, 10, 31, 16, 59, 59, 999_000, tzinfo=UTC)),
        ("stuck", "a", "s1", datetime(2026, 10, 31, 17, 0, tzinfo=UTC)),
        ("stuck", "a", "s1", datetime(2026, 11, 2, tzinfo=UTC)),
    )

    fold(database)

    assert counted(database, month="2026-10") == {("a", "s1", "stuck"): 1}
    assert counted(database, month="2026-11") == {("a", "s1", "stuck"): 2}


def test_the_first_answer_at_a_step_is_counted_once_for_each_person(database: Database) -> None:
    at = NOW - 60 * MINUTE
    hours = [at + nth * 11 * MINUTE / 2 for nth in range(6)]  # always within a lesson's pace, or not: no matter
    happen(
        database,
        person(database, "right, and right again"),
        ("answer_right", "a", "q", hours[0]),
        ("answer_right", "a", "q", hours[1]),
        ("answer_wrong", "a", "q2", hours[2]),
    )
    happen(
        database,
        person(database, "wrong, then right"),
        ("answer_wrong", "a", "q", hours[0]),
        ("answer_right", "a", "q", hours[1]),
        ("answer_right", "b", "q", hours[2]),  # the same name in another lesson
    )

    fold(database)

    found = counted(database)
    first = {key: count for key, count in found.items() if key[2] in (FIRST_RIGHT, FIRST_WRONG)}
    assert first == {
        ("a", "q", FIRST_RIGHT): 1,
        ("a", "q", FIRST_WRONG): 1,
        ("a", "q2", FIRST_WRONG): 1,
        ("b", "q", FIRST_RIGHT): 1,
    }
    assert found["a", "q", "answer_right"] == 3


def test_a_first_answer_that_was_counted_long_ago_is_no_first_one_again(database: Database) -> None:
    who = person(database)
    happen(database, who, ("answer_wrong", "a", "q", NOW - timedelta(days=90)))
    fold(database, now=NOW - timedelta(days=80))
    happen(database, who, ("answer_right", "a", "q", NOW - 5 * MINUTE))

    fold(database)

    assert counted(database) == {("a", "q", "answer_right"): 1}


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        pytest.param([("lesson_started", "a", 0), ("step_done", "a", 90)], 90, id="between two events"),
        pytest.param(
            [("lesson_started", "a", 0), ("step_done", "a", 90), ("lesson_finished", "a", 100)], 100, id="added up"
        ),
        pytest.param([("lesson_started", "a", 0), ("step_done", "a", 599)], 599, id="just under ten minutes"),
        pytest.param([("lesson_started", "a", 0), ("step_done", "a", 600)], 0, id="the phone was put away"),
        pytest.param([("step_done", "b", 0), ("step_done", "a", 30)], 0, id="another lesson before"),
        pytest.param(
            [("lesson_finished", "a", 0), ("lesson_started", "a", 50), ("step_done", "a", 60)], 10, id="begun anew"
        ),
        pytest.param([("step_done", "a", 0)], 0, id="one event"),
    ],
)
def test_time_in_a_lesson_is_that_between_events_of_one_round(
    database: Database, events: list[tuple[str, str, int]], seconds: int
) -> None:
    start = NOW - 60 * MINUTE
    happen(
        database,
        person(database),
        *((kind, lesson, "s", start + timedelta(seconds=at)) for kind, lesson, at in events),
    )

    fold(database)

    assert counted(database).get(("a", "", SECONDS), 0) == seconds


def test_time_across_the_edge_of_two_chunks_is_not_lost(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "CHUNK", 1)
    start = NOW - 60 * MINUTE
    happen(database, person(database), *(("step_done", "a", "s", start + nth * MINUTE) for nth in range(4)))

    fold(database)

    assert counted(database)["a", "", SECONDS] == 180


def test_an_event_outside_of_lessons_is_counted_without_one(database: Database) -> None:
    happen(database, person(database), ("scam_reported", None, None, NOW - 5 * MINUTE))

    fold(database)

    assert counted(database) == {("", "", "scam_reported"): 1}


def test_who_was_erased_before_is_not_counted_and_what_was_counted_stays(database: Database) -> None:
    early, late = person(database, "early"), person(database, "late")
    happen(database, late, ("stuck", "a", "s1", NOW - 50 * MINUTE))
    fold(database, now=NOW - 40 * MINUTE)
    happen(database, early, ("stuck", "a", "s1", NOW - 5 * MINUTE))
    with transaction(database) as connection:
        for who, address in ((early, "early"), (late, "late")):
            found = people.locked(connection, 1, [address])[address]
            assert found.id == who
            people.erase(connection, found, digest=address, now=NOW)

    fold(database)

    assert counted(database) == {("a", "s1", "stuck"): 1}


def test_up_to_when_it_is_counted_is_told_even_when_nothing_happened(database: Database) -> None:
    with reading(database) as connection:
        before = counting.counted_at(connection, STEPS)
    fold(database)

    with reading(database) as connection:
        assert (before, counting.counted_at(connection, STEPS)) == (None, NOW - counting.SETTLED_AFTER)


# Places ---------------------------------------------------------------------------------------------------


def learn(connection: Connection, who: int, lesson: str, *, finished: bool) -> None:
    values: dict[str, Any] = {"person_id": who, "learner": 1, "lesson": lesson, "version": "v", "started_at": NOW}
    connection.execute(insert(PROGRESS).values(**values, finished_at=NOW if finished else None))


def test_people_are_counted_by_place_however_many_lessons_they_began(database: Database) -> None:
    begun, through, only_bulletins = (person(database, name) for name in ("begun", "through", "only bulletins"))
    elsewhere, gone = person(database, "elsewhere", place=None), person(database, "gone", place=OTHER)
    with transaction(database) as connection:
        learn(connection, begun, "a", finished=False)
        learn(connection, through, "a", finished=True)
        learn(connection, through, "b", finished=True)
        learn(connection, elsewhere, "a", finished=False)
        wish = {"place": COMMUNE, "province": PROVINCE, "crops": "", "stages": "{}", "since": NOW}
        connection.execute(insert(SUBSCRIPTION).values(person_id=only_bulletins, **wish))
        connection.execute(insert(SUBSCRIPTION).values(person_id=begun, **wish, ended_at=NOW))
        connection.execute(update(PERSON).where(PERSON.c.id == gone).values(erased_at=NOW))

    with reading(database) as connection:
        rows = counting.people_by_place(connection, province_of=PROVINCES.get)

    here = {"residents": 3, "learners": 2, "finished": 1, "subscribers": 1}
    assert {row.pop("place"): row for row in rows} == {
        COMMUNE: here,
        PROVINCE: here,
        "vn": {"residents": 4, "learners": 3, "finished": 1, "subscribers": 1},
    }


def test_places_that_were_counted_later_are_not_replaced(database: Database) -> None:
    def replace(residents: int, read_at: datetime) -> bool:
        row = {"place": "vn", "residents": residents, "learners": 0, "finished": 0, "subscribers": 0}
        with transaction(database) as connection:
            return counting.replace_places(connection, [row], read_at=read_at)

    taken = [replace(1, NOW), replace(2, NOW - MINUTE), replace(3, NOW + MINUTE)]

    with reading(database) as connection:
        assert connection.execute(select(PLACE_COUNT.c.residents)).scalar_one() == 3
        assert counting.counted_at(connection, PLACES) == NOW + MINUTE
    assert taken == [True, False, True]


def test_a_fold_reads_new_events_by_their_time_and_the_earlier_ones_of_a_person_by_his_key(database: Database) -> None:
    happen(database, person(database), ("answer_right", "a", "q", NOW - 5 * MINUTE))
    plans: list[str] = []

    def note(_c: object, cursor: Any, statement: str, parameters: Any, *_rest: object) -> None:
        if statement.startswith("SELECT") and "stepevent" in statement:
            cursor.connection.row_factory = None
            explained = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(str(row[3]) for row in explained)

    event.listen(database.writing, "before_cursor_execute", note)
    fold(database)
    event.remove(database.writing, "before_cursor_execute", note)

    assert plans
    assert [one for one in plans if one.startswith("SCAN")] == []
