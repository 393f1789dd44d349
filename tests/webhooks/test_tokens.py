"""Tokens: single use, one claimant, and what a restart or a lost answer in the middle leaves."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from storage.database import Database, transaction
from storage.tables import ACCOUNT
from tests.fakes.zalo_behaviour import Fault
from tests.webhooks.stage import Stage
from webhooks.channel import Answer
from webhooks.tokens import LIFETIME, SHORTEST_LIFETIME, TOKEN_LOST, Pair, Refused, is_due, read_answer

A = "9000000000000000001"


def change(stage: Stage, **columns: Any) -> None:
    with transaction(stage.database) as connection:
        connection.execute(update(ACCOUNT).values(**columns))


def is_whole(stage: Stage) -> bool:
    """The row holds what the platform takes, and nobody is at it."""
    account = stage.account()
    return (account.access_token, account.refresh_token, account.token_state, account.token_claimed_until) == (
        stage.zalo.access_token,
        stage.zalo.refresh_token,
        "ok",
        None,
    )


def test_a_token_with_less_than_six_hours_is_refreshed(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            await stage.tokens.look()
            assert stage.zalo.refreshes == 0

            stage.forward(hours=19, minutes=1)
            await stage.tokens.look()
            await stage.tokens.look()

            assert stage.zalo.refreshes == 1
            assert is_whole(stage)
            assert stage.account().token_expires_at == stage.now + timedelta(hours=25)

    asyncio.run(scene())


def test_a_token_of_unknown_age_is_refreshed_at_start(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, token_expires_at=None) as stage:
            running = asyncio.create_task(stage.tokens.run())
            await stage.zalo.until(lambda: stage.zalo.refreshes == 1)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

            assert is_whole(stage)  # a refresh under way is brought to its end

    asyncio.run(scene())


def test_many_who_ask_at_once_make_one_refresh(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            tokens = await asyncio.gather(
                *(stage.tokens.refresh(stage.account_id, refused="access-0") for _ in range(20))
            )

            assert set(tokens) == {stage.zalo.access_token}
            assert stage.zalo.refreshes == 1

    asyncio.run(scene())


def test_two_processes_at_once_make_one_refresh(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            other = stage.another_tokens("host:2:other")
            tokens = await asyncio.gather(
                stage.tokens.refresh(stage.account_id, refused="access-0"),
                other.refresh(stage.account_id, refused="access-0"),
            )

            assert set(tokens) == {stage.zalo.access_token}
            assert stage.zalo.refreshes == 1
            assert is_whole(stage)

    asyncio.run(scene())


def test_whoever_comes_late_gets_the_token_that_is_there(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            change(stage, access_token="newer")

            assert await stage.tokens.refresh(stage.account_id, refused="access-0") == "newer"
            assert stage.zalo.refreshes == 0

    asyncio.run(scene())


def test_the_row_says_that_a_refresh_is_under_way_before_it_is_posted(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.token_faults.append("hang")
            asking = asyncio.create_task(stage.tokens.refresh(stage.account_id))
            await stage.zalo.until(lambda: stage.zalo.refreshes == 1)

            account = stage.account()
            assert account.token_state == "refreshing"
            assert account.token_claimed_until is not None
            assert account.token_claimed_until - stage.now > timedelta(seconds=16)
            stage.zalo.release()
            await asking

    asyncio.run(scene())


@pytest.mark.parametrize("fault", ["drop", "http_500", "garbage"])
def test_an_answer_that_was_not_seen_leaves_the_old_token_in_use(database: Database, fault: Fault) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.forward(hours=20)
            stage.zalo.token_faults.append(fault)
            await stage.tokens.look()
            account = stage.account()
            assert (account.token_state, account.access_token, account.token_claimed_until) == (
                "unknown",
                "access-0",
                None,
            )

            # It was not used up: the old access token is taken, and nothing is refreshed before its last hour.
            stage.queue(A, "một")
            await stage.send()
            stage.forward(hours=3)
            await stage.tokens.look()
            assert (stage.zalo.texts(), stage.zalo.refreshes) == (["một"], 1)

            stage.forward(hours=1, minutes=1)
            await stage.tokens.look()
            assert is_whole(stage)

    asyncio.run(scene())


def test_a_server_that_cannot_be_reached_changes_nothing(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, oauth_url="http://127.0.0.1:9") as stage:
            stage.forward(hours=20)
            await stage.tokens.look()

            account = stage.account()
            assert (account.token_state, account.access_token) == ("ok", "access-0")
            assert account.token_claimed_until is None
            assert not await stage.tokens.refresh(stage.account_id, refused="access-0")

    asyncio.run(scene())


def test_a_pair_that_was_lost_on_its_way_ends_in_a_loud_stop(database: Database) -> None:
    """The platform has rotated and nobody knows the new pair: old token, one more refresh, then a person."""

    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.forward(hours=20)
            stage.zalo.token_faults.append("taken_then_drop")
            await stage.tokens.look()
            assert stage.account().token_state == "unknown"

            stage.forward(minutes=1)
            stage.queue(A, "một")
            stage.start()
            await stage.until(lambda: stage.account().state == "stopped")
            await stage.stop()

            account = stage.account()
            assert (account.token_state, account.reason) == ("lost", TOKEN_LOST)
            assert stage.zalo.refreshes == 2
            assert stage.states() == ["waiting"]  # kept for the day on which the app is granted anew

    asyncio.run(scene())


def test_a_restart_between_rotating_and_storing_is_treated_as_unknown(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.forward(hours=20)
            # What a process leaves that was killed while it waited for the answer.
            change(
                stage,
                token_state="refreshing",
                token_claimed_by="host:2:dead",
                token_claimed_until=stage.now + timedelta(seconds=60),
            )
            await stage.tokens.look()
            assert stage.zalo.refreshes == 0

            stage.forward(minutes=2)
            await stage.tokens.look()
            assert stage.zalo.refreshes == 0  # the old token may still be taken: it is tried first

            stage.zalo.access_token = "rotated"  # it is not
            stage.queue(A, "một")
            await stage.send()
            assert stage.zalo.texts() == ["một"]
            assert is_whole(stage)

    asyncio.run(scene())


def test_a_lost_account_comes_back_by_itself_when_the_refusal_was_a_whim(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.access_token = "another"
            stage.zalo.token_faults.append(-14_001)
            stage.queue(A, "một")
            stage.start()
            await stage.until(lambda: (stage.account().state, stage.states()) == ("stopped", ["waiting"]))

            stage.forward(minutes=6)
            await stage.tokens.look()
            await stage.zalo.until(lambda: stage.zalo.texts() == ["một"])
            assert stage.account().state == "active"

    asyncio.run(scene())


def test_a_refusal_while_the_old_token_lives_keeps_it(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.forward(hours=20)
            stage.zalo.token_faults.append(-14_001)
            await stage.tokens.look()
            await stage.tokens.look()
            assert stage.zalo.refreshes == 1  # not again at once
            account = stage.account()
            assert (account.state, account.token_state, account.access_token) == ("active", "ok", "access-0")

            stage.forward(minutes=6)
            await stage.tokens.look()
            assert is_whole(stage)

    asyncio.run(scene())


def test_a_revoked_account_is_left_alone(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database, state="stopped", reason="revoked") as stage:
            stage.forward(hours=24)
            await stage.tokens.look()

            assert stage.zalo.refreshes == 0

    asyncio.run(scene())


@pytest.mark.parametrize("missing", ["refresh_token", "app_id", "app_secret", "oauth_url"])
def test_an_account_without_the_means_is_never_refreshed(database: Database, missing: str) -> None:
    async def scene() -> None:
        async with Stage.set(database, **{missing: ""}) as stage:
            assert not is_due(stage.account(), stage.now + timedelta(days=1))

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(
            200,
            b'{"access_token":"a","refresh_token":"r","expires_in":"90000"}',
            Pair("a", "r", timedelta(hours=25)),
            id="as documented",
        ),
        pytest.param(
            200,
            b'{"access_token":"a","refresh_token":"r","expires_in":3600}',
            Pair("a", "r", timedelta(hours=1)),
            id="a number of seconds",
        ),
        pytest.param(200, b'{"access_token":"a","refresh_token":"r"}', Pair("a", "r", LIFETIME), id="no life named"),
        pytest.param(
            200,
            b'{"access_token":"a","refresh_token":"r","expires_in":"1"}',
            Pair("a", "r", SHORTEST_LIFETIME),
            id="a life too short to be true",
        ),
        pytest.param(
            200,
            b'{"access_token":"a","refresh_token":"r","expires_in":"NaN"}',
            Pair("a", "r", LIFETIME),
            id="a life that is no number",
        ),
        pytest.param(
            200,
            b'{"error":-14002,"error_name":"Invalid app","error_description":"x"}',
            Refused("Invalid app"),
            id="refused with status 200",
        ),
        pytest.param(400, b'{"error":-14003}', Refused("-14003"), id="refused with another status"),
        pytest.param(200, b'{"access_token":"","refresh_token":"r","error":1}', Refused("1"), id="empty token"),
        pytest.param(200, b'{"access_token":null,"error":-1}', Refused("-1"), id="no token"),
        pytest.param(200, b'{"access_token":{},"refresh_token":"r"}', None, id="token of another type"),
        pytest.param(200, b'{"access_token":"a"}', None, id="half a pair"),
        pytest.param(500, b'{"error":-1}', None, id="the server's trouble"),
        pytest.param(200, b"<html>", None, id="not JSON"),
        pytest.param(200, b"{}", None, id="nothing"),
    ],
)
def test_answers_of_the_token_server(status: int, body: bytes, expected: Pair | Refused | None) -> None:
    assert read_answer(Answer(status, {}, body)) == expected


def test_a_locked_database_does_not_lose_the_new_pair(database: Database) -> None:
    async def scene() -> None:
        async with Stage.set(database) as stage:
            stage.zalo.behaviour.token_latency_seconds = 0.1
            asking = asyncio.create_task(stage.tokens.refresh(stage.account_id, refused="access-0"))
            await stage.zalo.until(lambda: stage.zalo.access_token != "access-0")
            fail_once(stage)
            await asking

            assert is_whole(stage)

    asyncio.run(scene())


def fail_once(stage: Stage) -> None:
    from sqlalchemy.exc import OperationalError

    work = stage.tokens._work
    run = work.run

    def fail(*_: Any) -> Any:
        work.run = run  # type: ignore[method-assign]
        raise OperationalError("UPDATE account", {}, Exception("database is locked"))

    work.run = fail  # type: ignore[method-assign]
