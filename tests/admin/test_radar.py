"""Who may be stuck: the same answer wrong again and again, silent in a lesson, waiting; ids and places only."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update

from lessons.loader import Library
from lessons.schema import Book
from publishing import Published
from storage import accounts, radar
from storage.database import Database, transaction
from storage.tables import HANDOFF, LEARNER, PERSON, STEP_EVENT
from tests.admin.desk_stage import COMMUNE, ELSEWHERE, PROVINCE, Stage, staged, words
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

LESSON, TITLE = "vneid-kich-hoat", "Kích hoạt VNeID mức 2"
DAY = timedelta(days=1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book, library: Library) -> AsyncIterator[Stage]:
    published = Published(1, library.texts, book)
    async with staged(database, book, published=lambda: published) as made:
        yield made


def person(stage: Stage, *, wrote: datetime = NOW, place: str | None = COMMUNE, of: str | None = None) -> int:
    with transaction(stage.database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id=f"oa {of}", place=of)
        values = {"account_id": account, "numbered": 0, "wants_pushes": True, "is_reachable": True, "place": place}
        values |= {"created_at": wrote - 90 * DAY, "last_contact_at": wrote}
        number = connection.exec_driver_sql("SELECT count(*) FROM person").scalar_one()
        key = connection.execute(insert(PERSON).values(**values, address=f"0912{number:06d}")).inserted_primary_key
    assert key is not None
    return int(key[0])


def events(stage: Stage, who: int, *happened: tuple[str, str, float]) -> None:
    """(kind, step, days ago) in LESSON."""
    with transaction(stage.database) as connection:
        for number, (kind, step, ago) in enumerate(happened, start=1):
            row = {"person_id": who, "number": number, "at": NOW - ago * DAY, "kind": kind, "lesson": LESSON}
            connection.execute(insert(STEP_EVENT).values(**row, version="v", step=step))


def stands(stage: Stage, who: int, *, lesson: str | None = LESSON, updated: datetime = NOW) -> None:
    with transaction(stage.database) as connection:
        row = {"person_id": who, "number": 1, "state": "{}", "lesson": lesson, "version": "v", "step": "x"}
        connection.execute(insert(LEARNER).values(**row, updated_at=updated))


def asks(stage: Stage, who: int, *, state: str = "waiting", hours: float = 5) -> None:
    with transaction(stage.database) as connection:
        row = {"person_id": who, "opened_at": NOW - timedelta(hours=hours), "reason": "asked", "is_urgent": False}
        connection.execute(insert(HANDOFF).values(**row, lesson=LESSON, step="x", state=state, told=0))


async def seen(stage: Stage, **who: tuple[str, ...]) -> dict[str, list[int]]:
    """Kind -> ids on the page of a member."""
    answer = await stage.client(**who).get("/staff/radar")
    assert answer.status_code == 200
    sections = re.findall(r'(?s)<section aria-labelledby="(\w+)">(.*?)</section>', answer.text)
    return {kind: [int(one) for one in re.findall(r"/staff/waiting/(\d+)", text)] for kind, text in sections}


WRONG = ("answer_wrong", "q", 1.0)


@pytest.mark.parametrize(
    ("happened", "is_seen"),
    [
        pytest.param([WRONG] * 3, True, id="three times"),
        pytest.param([WRONG] * 2, False, id="twice"),
        pytest.param([WRONG, WRONG, ("answer_wrong", "q2", 1.0)], False, id="at two steps"),
        pytest.param([("answer_wrong", "q", 15.0), WRONG, WRONG], False, id="one of them long ago"),
        pytest.param([*[WRONG] * 3, ("answer_right", "q", 0.5)], False, id="right at last"),
        pytest.param([*[WRONG] * 3, ("answer_right", "q2", 0.5)], True, id="right at another step"),
        pytest.param([("answer_right", "q", 2.0), *[WRONG] * 3], True, id="right only before"),
        pytest.param([*[WRONG] * 3, ("lesson_finished", "z", 0.5)], False, id="through the lesson"),
    ],
)
async def test_who_is_wrong_at_one_step_again_and_again(
    stage: Stage, happened: list[tuple[str, str, float]], is_seen: bool
) -> None:
    who = person(stage)
    events(stage, who, *happened)

    assert (await seen(stage))["wrong"] == ([who] if is_seen else [])


@pytest.mark.parametrize(
    ("wrote", "lesson", "is_seen"),
    [
        pytest.param(NOW - 3 * DAY, LESSON, True, id="three days"),
        pytest.param(NOW - 3 * DAY + timedelta(minutes=1), LESSON, False, id="not quite"),
        pytest.param(NOW - 29 * DAY, LESSON, True, id="a month, not quite"),
        pytest.param(NOW - 31 * DAY, LESSON, False, id="gone for good"),
        pytest.param(NOW - 4 * DAY, None, False, id="in no lesson"),
    ],
)
async def test_who_is_silent_in_the_middle_of_a_lesson(
    stage: Stage, wrote: datetime, lesson: str | None, is_seen: bool
) -> None:
    who = person(stage, wrote=wrote)
    stands(stage, who, lesson=lesson, updated=wrote)

    assert (await seen(stage))["silent"] == ([who] if is_seen else [])


async def test_a_reminder_of_ours_does_not_break_the_silence(stage: Stage) -> None:
    who = person(stage, wrote=NOW - 4 * DAY)
    stands(stage, who, updated=NOW - timedelta(hours=1))

    assert (await seen(stage))["silent"] == [who]


async def test_who_blocked_us_is_not_waited_for(stage: Stage) -> None:
    who = person(stage, wrote=NOW - 4 * DAY)
    stands(stage, who)
    with transaction(stage.database) as connection:
        connection.execute(update(PERSON).values(is_reachable=False))

    assert (await seen(stage))["silent"] == []


async def test_to_whom_the_team_wrote_first_has_not_asked(stage: Stage) -> None:
    who = person(stage)
    asks(stage, who, state="talking")
    with transaction(stage.database) as connection:
        connection.execute(update(HANDOFF).values(reason="staff"))

    assert (await seen(stage))["asked"] == []


async def test_who_asked_is_seen_until_the_request_is_closed(stage: Stage) -> None:
    waiting, talking, closed = (person(stage) for _ in range(3))
    for who, state in ((waiting, "waiting"), (talking, "talking"), (closed, "closed")):
        asks(stage, who, state=state, hours=who)

    assert (await seen(stage))["asked"] == [waiting, talking]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param((COMMUNE,), ["here", "by account", "nowhere"], id="commune"),
        pytest.param((ELSEWHERE,), ["elsewhere", "nowhere"], id="another commune"),
        pytest.param((PROVINCE,), ["here", "elsewhere", "by account", "nowhere"], id="province"),
        pytest.param(("vn",), ["here", "elsewhere", "far", "by account", "nowhere"], id="country"),
        pytest.param((), ["nowhere"], id="no place"),
    ],
)
async def test_a_member_sees_those_of_his_places_and_of_whom_no_place_is_known(
    stage: Stage, scope: tuple[str, ...], expected: list[str]
) -> None:
    there = {
        "here": person(stage),
        "elsewhere": person(stage, place=ELSEWHERE),
        "far": person(stage, place="00004"),
        "by account": person(stage, place=None, of=COMMUNE),
        "nowhere": person(stage, place=None),
    }
    for who in there.values():
        asks(stage, who)
        events(stage, who, *[WRONG] * 3)

    found = await seen(stage, scope=scope)

    assert found["asked"] == [there[name] for name in expected]
    assert found["wrong"] == [there[name] for name in expected]


async def test_the_page_says_where_and_how_long_and_no_name_or_number(stage: Stage) -> None:
    who = person(stage)
    asks(stage, who)
    events(stage, who, *[WRONG] * 4)

    said = words(await stage.client().get("/staff/radar"))

    assert f"Người số {who} , Xã Tài Văn" in said or f"Người số {who}, Xã Tài Văn" in said
    assert "tự nhờ, 5 giờ" in said
    assert "sai 4 lần, mới nhất 24 giờ trước" in said
    assert TITLE in said
    assert "0912" not in said


async def test_the_newest_fifty_are_listed_and_the_rest_is_counted(stage: Stage) -> None:
    for nth in range(53):
        asks(stage, person(stage), hours=nth)

    answer = await stage.client().get("/staff/radar")

    assert answer.text.count("/staff/waiting/") == 50
    assert "Nhờ người giúp (53)" in words(answer)
    assert "Còn 3 người nữa" in words(answer)


@pytest.mark.parametrize("role", ["author", "reviewer", "auditor"])
async def test_who_does_not_help_does_not_see_who_is_stuck(stage: Stage, role: str) -> None:
    assert (await stage.client(roles=(role,), scope=("vn",)).get("/staff/radar")).status_code == 403


def test_wrong_answers_are_found_by_their_own_index(database: Database) -> None:
    from tests.storage.test_query_plans import plans

    found = plans(database, lambda c: radar.wrong_again(c, places=None, since=NOW - 14 * DAY, limit=9))
    silent = plans(database, lambda c: radar.silent(c, places=[COMMUNE], after=NOW - DAY, until=NOW, limit=9))

    assert any("USING INDEX stepevent_wrong" in step for _, steps in found for step in steps), found
    assert any("USING INDEX learner_standing" in step for _, steps in silent for step in steps), silent
