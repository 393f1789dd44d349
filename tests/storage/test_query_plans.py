"""The hot statements read open rows by their index: never every row that was ever sent."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from storage import bulletins, expiry, fetched, outbox, people
from storage.database import Database, transaction
from storage.outbox import Mark, Room
from tests.conftest import NOW

RIGHT = SimpleNamespace(id=2, opening="", valid_until=NOW)


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
        pytest.param(lambda c: bulletins.take_verdicts(c, {1: "clear"}, NOW), id="verdicts"),
        pytest.param(lambda c: outbox.release_held(c, [1, 2], NOW), id="release"),
        pytest.param(lambda c: outbox.withdraw_pushes(c, [1, 2]), id="withdraw pushes"),
        pytest.param(lambda c: outbox.withdraw_all(c, [1, 2]), id="withdraw all"),
        pytest.param(lambda c: outbox.take_over(c, now=NOW), id="take over"),
        pytest.param(outbox.holders, id="holders"),
        pytest.param(lambda c: expiry.expire(c, NOW), id="expire"),
        pytest.param(lambda c: fetched.waiting_for(c, [1, 2]), id="waiting"),
        pytest.param(lambda c: outbox.settle_unknown(c, 1, digest="d", platform_id="p"), id="settle"),
        pytest.param(lambda c: expiry.unknown_before(c, NOW), id="unknown"),
        pytest.param(lambda c: outbox.mark(c, [Mark(1, 1, "sent", NOW, 1, 1)], by="x"), id="mark"),
        pytest.param(lambda c: people.sweep_erased(c, NOW), id="sweep"),
        pytest.param(lambda c: people.locked(c, 1, ["a", "b"]), id="people"),
    ],
)
def test_no_statement_walks_over_the_whole_outbox(database: Database, use) -> None:  # type: ignore[no-untyped-def]
    statements: list[tuple[str, object]] = []

    def note(_c: object, cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        statements.append((statement, parameters))

    event.listen(database.writing, "before_cursor_execute", note)
    with transaction(database) as connection:
        use(connection)
    event.remove(database.writing, "before_cursor_execute", note)

    with database.reading.connect() as connection:
        for statement, parameters in statements:
            if not re.match(r"\s*(SELECT|UPDATE|DELETE)", statement):
                continue
            first = parameters[0] if isinstance(parameters, list) else parameters
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", first).all()  # type: ignore[arg-type]
            steps = [str(row[3]) for row in plan]
            walks = [one for one in steps if re.match(r"SCAN (outbox|earlier|person|inbox)\b(?!.*USING.*INDEX)", one)]
            assert walks == [], statement
