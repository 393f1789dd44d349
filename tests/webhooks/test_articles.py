"""Articles against the fake Zalo over real sockets: once to everybody, in the daytime, or not at all."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from storage import accounts, articles, bulletins
from storage.articles import Article
from storage.database import Database, reading, transaction
from tests.conftest import HANOI
from tests.fakes.zalo_articles import BROADCAST, CREATE, VERIFY
from tests.webhooks.stage import Stage
from webhooks.articles import CHECKS, LEASE, TRIES, Articles
from webhooks.channel import Answer, Config, Dead, Retry, Sent
from webhooks.channels import zalo_articles

ARTICLE = Article("Bản tin: xã Tài Văn", "Trần Văn Minh", "Mưa thứ Năm", ("Mưa thứ Năm.", "Khơi rãnh."))
EVENING = timedelta(hours=13)  # eleven at night in Vietnam


def rounds(stage: Stage, name: str = "host:1:articles", *, media_url: str = "", is_quiet: bool = False) -> Articles:
    return Articles(
        stage.database,
        stage.writer,
        stage.client,
        stage.tokens,
        clock=stage.clock,
        name=name,
        media_url=media_url,
        metrics=stage.metrics,
        is_quiet=lambda _: is_quiet,
        zone=HANOI,
    )


def bulletin(stage: Stage, **columns: Any) -> int:
    """A bulletin that is being sent."""
    with transaction(stage.database) as connection:
        made = bulletins.add(connection, place="vn", content="{}", author="A", now=stage.now)
        released = {"state": "sending", "released_at": stage.now, "valid_until": stage.now + timedelta(days=7)}
        bulletins.change(connection, made, only_in=("draft",), **(released | columns))
    return made


def change(stage: Stage, bulletin_id: int, **columns: Any) -> None:
    with transaction(stage.database) as connection:
        assert bulletins.change(connection, bulletin_id, only_in=("sending", "paused", "done"), **columns)


def asked(stage: Stage, article: Article = ARTICLE, **columns: Any) -> int:
    """A bulletin that somebody wants as an article; its number."""
    made = bulletin(stage, **columns)
    with transaction(stage.database) as connection:
        assert articles.ask(
            connection,
            bulletin_id=made,
            account_id=stage.account_id,
            article=article,
            month=articles.month_of(stage.now, HANOI),
            by="Chị Sáu",
            now=stage.now,
        )
    return made


def row_of(stage: Stage, bulletin_id: int) -> Row[Any]:
    with reading(stage.database) as connection:
        return articles.of_bulletin(connection, bulletin_id)[0]


def state_of(stage: Stage, bulletin_id: int) -> tuple[str, str]:
    row = row_of(stage, bulletin_id)
    return row.state, row.reason


async def run(stage: Stage, loop: Articles, *, rounds: int = 12, seconds: float = 10) -> None:
    """Round after round, the clock going on between them."""
    for _ in range(rounds):
        await loop.round()
        stage.forward(seconds=seconds)


async def ready(stage: Stage, loop: Articles, bulletin_id: int) -> None:
    """Up to the broadcast, which is due."""
    while row_of(stage, bulletin_id).state != "broadcasting":
        await run(stage, loop, rounds=1)


def stage_of(database: Database, **account: Any) -> Any:
    return Stage.set(database, **({"articles_per_month": 4} | account))


def test_an_article_is_made_checked_and_broadcast_to_everybody_once(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await run(stage, loop)

            [(article, at)] = stage.zalo.articles.broadcasts
            assert stage.zalo.articles.calls == [CREATE, VERIFY, BROADCAST]
            assert stage.zalo.articles.targets == [{"gender": "0"}]
            assert {name: article.said[name] for name in ("title", "author", "description", "status")} == {
                "title": ARTICLE.title,
                "author": ARTICLE.author,
                "description": ARTICLE.description,
                "status": "show",
            }
            assert [block["content"] for block in article.said["body"]] == list(ARTICLE.blocks)
            row = row_of(stage, made)
            assert (row.state, row.reason, row.article_id, row.claimed_by) == ("sent", "", article.id, "")
            assert row.platform_id
            assert row.settled_at == at

    asyncio.run(scene())


def test_it_is_asked_again_while_the_platform_still_reads(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.processing = 30
            made = asked(stage)
            await run(stage, rounds(stage), rounds=40, seconds=61)

            assert stage.zalo.articles.calls.count(VERIFY) == 31
            assert stage.zalo.articles.calls.count(CREATE) == 1
            assert state_of(stage, made) == ("sent", "")

    asyncio.run(scene())


def test_one_that_is_never_ready_is_given_up(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.processing = 10**6
            made = asked(stage)
            await run(stage, rounds(stage), rounds=CHECKS + 5, seconds=61)

            assert state_of(stage, made) == ("refused", "article_processing")
            assert stage.zalo.articles.calls.count(VERIFY) == CHECKS

    asyncio.run(scene())


def test_the_picture_goes_with_it_where_there_is_a_public_address(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            asked(stage, Article("T", "A", "D", ("Mưa.",), picture="bulletin-7.png"))
            await run(stage, rounds(stage, media_url="https://muadam.example/media"))

            said = stage.zalo.articles.made[0].said
            url = "https://muadam.example/media/bulletin-7.png"
            assert said["body"] == [{"type": "image", "url": url}, {"type": "text", "content": "Mưa."}]
            assert said["cover"]["photo_url"] == url

    asyncio.run(scene())


def test_a_picture_that_is_refused_is_left_out(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.takes_pictures = False
            made = asked(stage, Article("T", "A", "D", ("Mưa.",), picture="bulletin-7.png"))
            await run(stage, rounds(stage, media_url="https://muadam.example/media"))

            assert stage.zalo.refusals == [-201]
            assert stage.zalo.articles.made[0].said["body"] == [{"type": "text", "content": "Mưa."}]
            assert state_of(stage, made) == ("sent", "")

    asyncio.run(scene())


# Refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "code", "reason"),
    [
        pytest.param(CREATE, -201, "invalid_parameter", id="a form that is not taken"),
        pytest.param(CREATE, -224, "package_needed", id="no package"),
        pytest.param(CREATE, -248, "policy_violation", id="words that are not allowed"),
        pytest.param(BROADCAST, -211, "quota_used_up", id="none left at the platform"),
        pytest.param(BROADCAST, -223, "not_granted", id="no permission, or none left"),
        pytest.param(BROADCAST, -240, "api_retired", id="shut"),
    ],
)
def test_a_refusal_ends_the_article_and_never_the_account(
    database: Database, address: str, code: int, reason: str
) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.faults[address].append(code)
            made = asked(stage)
            await run(stage, rounds(stage))

            assert state_of(stage, made) == ("refused", reason)
            assert row_of(stage, made).settled_at is not None
            assert stage.zalo.articles.broadcasts == []
            assert stage.account().state == "active"

    asyncio.run(scene())


def test_what_the_platform_may_take_later_is_tried_again_and_then_given_up(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.faults[BROADCAST].extend([-200, -200])
            first, loop = asked(stage), rounds(stage)
            await run(stage, loop, rounds=40, seconds=61)
            stage.zalo.articles.faults[CREATE].extend([-200] * 20)
            second = asked(stage)
            await run(stage, loop, rounds=40, seconds=600)

            assert state_of(stage, first) == ("sent", "")
            assert state_of(stage, second) == ("refused", "send_failed")
            assert stage.zalo.articles.calls.count(CREATE) == 1 + TRIES
            assert len(stage.zalo.articles.broadcasts) == 1

    asyncio.run(scene())


def test_a_token_that_is_refused_is_refreshed_by_its_one_owner(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database, access_token="dead") as stage:
            made = asked(stage)
            await run(stage, rounds(stage))

            assert stage.zalo.refreshes == 1
            assert state_of(stage, made) == ("sent", "")

    asyncio.run(scene())


def test_a_token_that_dies_before_the_broadcast_costs_no_broadcast(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await ready(stage, loop, made)
            stage.zalo.access_token = "another"
            await run(stage, loop, rounds=3)

            assert stage.zalo.refreshes == 1
            assert state_of(stage, made) == ("sent", "")
            assert len(stage.zalo.articles.broadcasts) == 1

    asyncio.run(scene())


def test_too_many_calls_rest_the_account(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.faults[CREATE].append("http_429")
            made, loop = asked(stage), rounds(stage)
            await loop.round()

            assert stage.account().paused_until == stage.now + timedelta(seconds=7)
            stage.forward(seconds=6)
            await loop.round()
            assert stage.zalo.articles.made == []

            await run(stage, loop)
            assert state_of(stage, made) == ("sent", "")

    asyncio.run(scene())


# When it may leave ----------------------------------------------------------------------------------------


def test_what_is_ready_at_night_leaves_in_the_morning(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.forward(seconds=EVENING.total_seconds())
            made, loop = asked(stage), rounds(stage)
            await run(stage, loop, rounds=20, seconds=60)

            assert state_of(stage, made)[0] == "broadcasting"
            assert row_of(stage, made).due_at == datetime(2026, 11, 23, 6, 0, tzinfo=HANOI)

            await run(stage, loop, rounds=8, seconds=3_600)
            [(_, at)] = stage.zalo.articles.broadcasts
            assert at.astimezone(HANOI).hour == 6
            assert -234 not in stage.zalo.refusals

    asyncio.run(scene())


@pytest.mark.parametrize(("reason", "is_sent"), [("", False), ("bão số 15", True)])
def test_in_our_quiet_hours_only_what_is_urgent_leaves(database: Database, reason: str, is_sent: bool) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            asked(stage, urgent_reason=reason)
            await run(stage, rounds(stage, is_quiet=True))

            assert bool(stage.zalo.articles.broadcasts) == is_sent

    asyncio.run(scene())


def test_a_night_that_begins_earlier_at_the_platform_is_waited_for(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.faults[BROADCAST].append(-234)
            made, loop = asked(stage), rounds(stage)
            await run(stage, loop)
            assert state_of(stage, made) == ("broadcasting", "night_hours")

            stage.forward(hours=2)
            await loop.round()
            assert state_of(stage, made) == ("sent", "")

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        pytest.param({"state": "withdrawn"}, "withdrawn", id="withdrawn"),
        pytest.param({"state": "cancelled"}, "cancelled", id="cancelled"),
        pytest.param({"state": "cancelled", "corrected_by": 7}, "corrected", id="corrected"),
        pytest.param({"valid_until": datetime(2026, 11, 1, tzinfo=UTC)}, "expired", id="not valid any more"),
    ],
)
def test_a_bulletin_that_is_over_before_the_broadcast_reaches_nobody(
    database: Database, columns: dict[str, Any], reason: str
) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await ready(stage, loop, made)
            change(stage, made, **columns)
            await run(stage, loop)

            assert state_of(stage, made) == ("cancelled", reason)
            assert stage.zalo.articles.broadcasts == []

    asyncio.run(scene())


def test_what_is_paused_waits(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await ready(stage, loop, made)
            change(stage, made, state="paused")
            await run(stage, loop, seconds=61)
            assert stage.zalo.articles.broadcasts == []

            change(stage, made, state="sending")
            await run(stage, loop, seconds=61)
            assert len(stage.zalo.articles.broadcasts) == 1

    asyncio.run(scene())


def test_a_stopped_account_sends_nothing_until_it_is_set_going(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database, state="stopped", reason="revoked") as stage:
            made, loop = asked(stage), rounds(stage)
            await run(stage, loop, seconds=61)
            assert stage.zalo.articles.calls == []

            with transaction(database) as connection:
                accounts.change(connection, stage.account_id, state="active", reason="")
            await run(stage, loop, seconds=61)
            assert state_of(stage, made) == ("sent", "")

    asyncio.run(scene())


def test_articles_that_are_switched_off_are_dropped(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await ready(stage, loop, made)
            with transaction(database) as connection:
                accounts.change(connection, stage.account_id, articles_per_month=None)
            await run(stage, loop)

            assert state_of(stage, made) == ("cancelled", "articles_off")

    asyncio.run(scene())


def test_calls_are_paid_for_from_the_accounts_rate(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database, rate_per_minute=1) as stage:
            made, loop = [asked(stage), asked(stage)], rounds(stage)
            for _ in range(4):
                await loop.round()
            assert stage.zalo.articles.calls == [CREATE]
            assert [row_of(stage, one).claimed_by for one in made] == ["", ""]

            await run(stage, loop, rounds=7, seconds=61)
            assert len(stage.zalo.articles.calls) == 6
            assert {state_of(stage, one) for one in made} == {("sent", "")}

    asyncio.run(scene())


@pytest.mark.parametrize(("used", "state"), [(0, "sent"), (1, "refused")])
def test_what_waited_over_the_months_end_uses_the_new_months_number(database: Database, used: int, state: str) -> None:
    async def scene() -> None:
        async with stage_of(database, articles_per_month=1) as stage:
            stage.forward(days=8, hours=13)  # eleven at night on 30 November in Vietnam
            made, loop = asked(stage), rounds(stage)
            await run(stage, loop, rounds=5)
            stage.forward(hours=3)
            others = [asked(stage) for _ in range(used)]
            stage.forward(hours=5)
            await loop.round()

            row = row_of(stage, made)
            assert row.state == state
            assert (row.month, row.reason) == (("2026-12", "") if state == "sent" else ("2026-11", "articles_used_up"))
            assert len(others) == used

    asyncio.run(scene())


# What nobody saw ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["taken_then_drop", "drop", "http_500", "garbage"])
def test_a_broadcast_whose_answer_tells_nothing_is_unknown_and_not_repeated(database: Database, fault: Any) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.faults[BROADCAST].append(fault)
            made = asked(stage)
            await run(stage, rounds(stage), rounds=60, seconds=61)

            assert stage.zalo.articles.calls.count(BROADCAST) == 1
            assert state_of(stage, made)[0] == "unknown"
            with reading(database) as connection:
                assert articles.used_in_month(connection, stage.account_id, "2026-11") == 1

    asyncio.run(scene())


def test_making_and_asking_are_repeated_when_the_answer_is_lost(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            stage.zalo.articles.faults[CREATE].append("taken_then_drop")
            stage.zalo.articles.faults[VERIFY].extend(["taken_then_drop", "http_500", "garbage"])
            made = asked(stage)
            await run(stage, rounds(stage), rounds=20, seconds=61)

            assert state_of(stage, made) == ("sent", "")
            assert len(stage.zalo.articles.made) == 2
            assert len(stage.zalo.articles.broadcasts) == 1

    asyncio.run(scene())


def test_a_broadcast_that_never_left_is_made_later(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await ready(stage, loop, made)
            with transaction(database) as connection:
                accounts.change(connection, stage.account_id, api_url="http://127.0.0.1:9")
            await run(stage, loop, rounds=TRIES + 5, seconds=61)
            assert state_of(stage, made) == ("broadcasting", "unreachable")

            with transaction(database) as connection:
                accounts.change(connection, stage.account_id, api_url=stage.zalo.url)
            await run(stage, loop, seconds=61)
            assert len(stage.zalo.articles.broadcasts) == 1

    asyncio.run(scene())


def test_a_process_that_dies_between_call_and_mark_leaves_it_unknown(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await ready(stage, loop, made)
            dead = rounds(stage, "host:2:dead")
            with transaction(database) as connection:
                assert len(dead._begin(connection, stage.now)) == 1

            await loop.round()
            assert state_of(stage, made) == ("broadcasting", "")
            stage.forward(seconds=LEASE.total_seconds())
            await run(stage, loop, seconds=61)

            assert state_of(stage, made) == ("unknown", articles.DIED)
            assert BROADCAST not in stage.zalo.articles.calls

    asyncio.run(scene())


def test_a_process_that_dies_while_it_is_made_is_taken_over(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made = asked(stage)
            with transaction(database) as connection:
                assert len(rounds(stage, "host:2:dead")._begin(connection, stage.now)) == 1
            stage.forward(seconds=LEASE.total_seconds())
            await run(stage, rounds(stage))

            assert state_of(stage, made) == ("sent", "")

    asyncio.run(scene())


def test_a_server_that_stops_first_sees_what_became_of_a_broadcast(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made, loop = asked(stage), rounds(stage)
            await ready(stage, loop, made)
            stage.zalo.articles.faults[BROADCAST].append("taken_then_hang")
            running = asyncio.create_task(loop.round())
            await stage.zalo.until(lambda: len(stage.zalo.articles.broadcasts) == 1)
            running.cancel()
            stage.zalo.release()
            await asyncio.gather(running, return_exceptions=True)

            assert running.cancelled()
            assert state_of(stage, made) == ("unknown", "answer_lost")

    asyncio.run(scene())


def test_two_processes_at_once_broadcast_once(database: Database) -> None:
    async def scene() -> None:
        async with stage_of(database) as stage:
            made = [asked(stage) for _ in range(3)]
            both = [rounds(stage, "host:1:one"), rounds(stage, "host:2:two")]
            for _ in range(12):
                await asyncio.gather(*(one.round() for one in both))
                stage.forward(seconds=10)

            assert stage.zalo.articles.calls.count(CREATE) == 3
            assert len(stage.zalo.articles.broadcasts) == 3
            assert {state_of(stage, one) for one in made} == {("sent", "")}

    asyncio.run(scene())


# Judging --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "body", "outcome"),
    [
        pytest.param("create", b'{"error":0,"data":{"token":"t1"}}', Sent("t1"), id="made"),
        pytest.param("create", b'{"error":0}', Retry("article_processing"), id="made without a token"),
        pytest.param("verify", b'{"error":"0","data":{"id":"a1"}}', Sent("a1"), id="checked"),
        pytest.param("verify", b'{"error":0,"data":[]}', Retry("article_processing"), id="checked without an id"),
        pytest.param("broadcast", b'{"error":0,"data":{"message_id":"m1"}}', Sent("m1"), id="broadcast"),
        pytest.param("broadcast", b'{"error":-223}', Dead("not_granted"), id="the account goes on"),
    ],
)
def test_answers_mean_what_they_say(judge: str, body: bytes, outcome: object) -> None:
    judges = {
        "create": zalo_articles.judge_create,
        "verify": zalo_articles.judge_verify,
        "broadcast": zalo_articles.judge_broadcast,
    }

    assert judges[judge](Answer(200, {}, body)) == outcome


@pytest.mark.parametrize(
    ("answer", "is_unclear"),
    [
        pytest.param(Answer(502), True, id="a gateway"),
        pytest.param(Answer(200, {}, b"<html>"), True, id="a captive portal"),
        pytest.param(Answer(429), False, id="too many calls"),
        pytest.param(Answer(200, {}, b'{"error":-200}'), False, id="send failed"),
        pytest.param(Answer(200, {}, b'{"error":-32}'), False, id="rate"),
        pytest.param(Answer(200, {}, b'{"error":0}'), False, id="taken"),
    ],
)
def test_only_the_platforms_own_words_are_clear(answer: Answer, is_unclear: bool) -> None:
    assert zalo_articles.is_unclear(zalo_articles.judge_broadcast(answer)) == is_unclear


@pytest.mark.parametrize(
    ("hour", "minute", "day_opens", "hour_opens"),
    [(5, 59, 22, 6), (6, 0, 22, 6), (21, 59, 22, 21), (22, 0, 23, 6), (0, 0, 22, 6)],
)
def test_the_hours_of_broadcasts(hour: int, minute: int, day_opens: int, hour_opens: int) -> None:
    there = datetime(2026, 11, 22, hour, minute, tzinfo=HANOI)

    opens = zalo_articles.opening(there.astimezone(UTC)).astimezone(HANOI)

    assert (opens.day, opens.hour) == (day_opens, hour_opens)


def test_every_call_carries_token_and_proof() -> None:
    config = Config(1, "7", "1", "s", "app", "token", "https://api.example/", "", False, "")
    call = zalo_articles.broadcast(article_id="a1", config=config)

    assert call.url == "https://api.example/v2.0/oa/message"
    assert call.headers["access_token"] == "token"
    assert call.headers["appsecret_proof"]
