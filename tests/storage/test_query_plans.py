"""The hot statements read open rows by their index: never every row that was ever sent."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, event

from storage import (
    accounts,
    bulletin_audience,
    bulletin_questions,
    bulletins,
    expiry,
    fetched,
    outbox,
    people,
    records,
    samples,
    timers,
)
from storage.bulletin_audience import Audience
from storage.database import Database, transaction
from storage.outbox import Mark, Room
from tests.conftest import NOW

RIGHT = SimpleNamespace(id=2, opening="", valid_until=NOW, may_bill=True, urgent_reason="")


def start_lesson(connection: Connection) -> None:
    account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    people.add(connection, account, ["ut"], now=NOW)
    person = people.find(connection, account, "ut")
    row = {"person_id": person, "learner": 0, "lesson": "a", "version": "v", "started_at": NOW}
    records.start_lessons(connection, [row])


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(
            lambda c: outbox.claim(c, 1, now=NOW, by="x", lease=timedelta(60), room=Room(8, 8, 8, 8)), id="claim"
        ),
        pytest.param(
            lambda c: outbox.claim(c, 1, now=NOW, by="x", lease=timedelta(60), room=Room(8, 8, 8, 8), bulletins=[1]),
            id="claim with bulletins",
        ),
        pytest.param(
            lambda c: bulletins.move_rows(c, 1, only_in=["waiting"], to="paused", reason="", limit=9), id="move"
        ),
        pytest.param(lambda c: bulletins.outcomes(c, 1), id="outcomes"),
        pytest.param(lambda c: bulletins.repoint(c, 1, RIGHT, now=NOW, limit=9), id="repoint"),
        pytest.param(lambda c: bulletins.take_verdicts(c, [(1, "clear", None)], NOW), id="verdicts"),
        pytest.param(lambda c: outbox.release_held(c, [1, 2], NOW), id="release"),
        pytest.param(lambda c: outbox.withdraw_pushes(c, [1, 2]), id="withdraw pushes"),
        pytest.param(lambda c: outbox.withdraw_all(c, [1, 2]), id="withdraw all"),
        pytest.param(lambda c: outbox.take_over(c, now=NOW), id="take over"),
        pytest.param(outbox.holders, id="holders"),
        pytest.param(lambda c: expiry.expire(c, NOW), id="expire"),
        pytest.param(lambda c: fetched.mark_fetched(c, [(1, 1), (2, 1)], NOW), id="fetched"),
        pytest.param(lambda c: fetched.waiting_for(c, [1, 2]), id="waiting"),
        pytest.param(lambda c: outbox.settle_unknown(c, 1, digest="d", platform_id="p"), id="settle"),
        pytest.param(lambda c: expiry.unknown_before(c, NOW), id="unknown"),
        pytest.param(lambda c: outbox.mark(c, [Mark(1, 1, "sent", NOW, 1, 1)], by="x"), id="mark"),
        pytest.param(lambda c: people.sweep_erased(c, NOW), id="sweep"),
        pytest.param(lambda c: timers.remove(c, [(1, "remind"), (2, "remind")]), id="timers"),
        pytest.param(start_lesson, id="lessons"),
        pytest.param(lambda c: bulletin_questions.open_by_bulletin(c, [1, 2]), id="questions"),
        pytest.param(lambda c: people.locked(c, 1, ["a", "b"]), id="people"),
    ],
)
def test_no_statement_walks_over_the_whole_outbox(database: Database, use) -> None:  # type: ignore[no-untyped-def]
    for statement, steps in plans(database, use):
        walks = [
            one
            for one in steps
            if re.match(r"SCAN (outbox|earlier|person|inbox|timer|progress|bulletindelivery)\b(?!.*USING.*INDEX)", one)
        ]
        assert walks == [], statement


def plans(database: Database, use: Callable[[Connection], object]) -> list[tuple[str, list[str]]]:
    """Every statement that reads, and the steps in which SQLite takes it."""
    statements: list[tuple[str, Any]] = []

    def note(_c: object, cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        statements.append((statement, parameters))

    event.listen(database.writing, "before_cursor_execute", note)
    with transaction(database) as connection:
        use(connection)
    event.remove(database.writing, "before_cursor_execute", note)

    found: list[tuple[str, list[str]]] = []
    with database.reading.connect() as connection:
        for statement, parameters in statements:
            if re.match(r"\s*(SELECT|UPDATE|DELETE)", statement):
                first = parameters[0] if isinstance(parameters, list) else parameters
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", first).all()
                found.append((statement, [str(row[3]) for row in plan]))
    return found


AUDIENCES = [
    pytest.param(Audience("31675", (), NOW), "subscription USING INDEX ix_subscription_place", id="commune"),
    pytest.param(
        Audience("92", (), NOW, is_province=True), "subscription USING INDEX ix_subscription_province", id="province"
    ),
    pytest.param(Audience("92", (), NOW, corrects=1), "bulletindelivery USING INDEX delivery_of_bulletin", id="wrong"),
]


@pytest.mark.parametrize(("audience", "index"), AUDIENCES)
def test_a_plan_looks_only_at_its_audience(database: Database, audience: Audience, index: str) -> None:
    """A bulletin for one commune of a province costs what the commune costs."""
    [(_, steps)] = plans(database, lambda c: bulletin_audience.plan(c, audience, today=NOW, reaches={}))

    assert any(re.match(rf"SEARCH {index}", one) for one in steps), steps
    assert [one for one in steps if one.startswith("SCAN") and "counted" not in one and "anon" not in one] == []


@pytest.mark.parametrize(("audience", "index"), AUDIENCES)
def test_a_chunk_is_found_without_sorting_the_audience(database: Database, audience: Audience, index: str) -> None:
    columns = {"expanded_to": 7, "planned": 9, "expanded": 0, "planned_billed": 0, "expanded_billed": 0}
    bulletin = SimpleNamespace(id=2, corrects=audience.corrects, **columns)

    found = plans(
        database,
        lambda c: bulletin_audience.expand(c, bulletin, audience, now=NOW, today=NOW, reaches={}, limit=9),  # type: ignore[arg-type]
    )
    steps = found[0][1]

    assert any(re.match(rf"SEARCH {index} .*person_id>|SEARCH {index} .*rowid>", one) for one in steps), steps
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps


@pytest.mark.parametrize(
    ("use", "index"),
    [
        pytest.param(lambda c: bulletins.sendable(c, NOW, is_quiet=True), "bulletin_by_state", id="sendable"),
        pytest.param(
            lambda c: bulletins.newest_for(c, ["31675", "92"], ["lua"], NOW), "bulletin_by_place", id="newest"
        ),
    ],
)
def test_bulletins_are_looked_for_without_walking_past_pictures(database: Database, use, index: str) -> None:  # type: ignore[no-untyped-def]
    """In a row they lie before the columns that are asked for: the index has these."""
    [(_, steps)] = plans(database, use)

    assert any(f"USING COVERING INDEX {index}" in one for one in steps), steps


@pytest.mark.parametrize("places", [None, ["31675", "31687"]])
def test_what_was_pasted_is_found_without_walking_over_everything_that_was_said(
    database: Database, places: list[str] | None
) -> None:
    [(_, steps)] = plans(database, lambda c: samples.newest(c, places=places, since=NOW, skip=0, limit=9))

    assert any(one.startswith("SEARCH inbox USING INDEX inbox_pasted") for one in steps), steps
    assert [one for one in steps if one.startswith("SCAN")] == []
