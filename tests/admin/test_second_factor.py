"""The second factor: turned on with a phone, asked for behind the password, and what a lost phone means."""

import re
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import select

from admin.codes import as_written, step_of
from admin.gate import COOKIE
from admin.second_factor import MINE, PENDING_FOR
from admin.sign_in import CODE, LOCKED_FOR, MOST_FAILURES
from lessons.schema import Book
from storage import staff
from storage.database import reading, transaction
from storage.team_tables import STAFF, STAFF_SESSION
from tests.admin.conftest import PASSWORD
from tests.admin.desk_stage import Stage, staged, words
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
async def stage(database, book: Book, password_hash: str):
    async with staged(database, book) as made:
        with transaction(database) as connection:
            number = staff.add(connection, login="sau", name="Chị Sáu", roles=["member"], scope=["31687"], now=NOW)
            staff.set_password(connection, number, password_hash)
        yield made


def browser(stage: Stage) -> httpx.AsyncClient:
    """A browser in which nobody is signed in."""
    client = stage.client()
    client.cookies.clear()
    return client


def code(stage: Stage, *, seconds: int = 0) -> str:
    """What the phone shows now, by its own clock."""
    return pyotp.TOTP(SECRET).at(stage.at[0] + timedelta(seconds=seconds))


async def signed_in(stage: Stage, password: str = PASSWORD) -> httpx.AsyncClient:
    client = browser(stage)
    answer = await client.post("/staff/sign-in", data={"login": "sau", "password": password})
    assert answer.status_code in (303, 401)
    return client


async def is_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/staff/me")).status_code == 200


async def turned_on(stage: Stage) -> list[str]:
    """Chị Sáu has a second factor; her codes on paper."""
    client = await signed_in(stage)
    page = await client.post(MINE, data={"secret": SECRET, "code": code(stage)})
    assert page.status_code == 200, words(page)
    stage.forward(minutes=2)
    return re.findall(r"\b[A-Z]{4}-[A-Z]{4}\b", page.text)


async def test_it_is_offered_as_a_picture_and_as_letters(stage: Stage) -> None:
    page = await (await signed_in(stage)).get(MINE)

    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page.text)[1]
    assert " ".join(re.findall("....", secret)) in words(page)
    assert "<svg" in page.text
    assert "style=" not in page.text


async def test_a_code_that_is_wrong_does_not_turn_it_on(stage: Stage) -> None:
    client = await signed_in(stage)

    page = await client.post(MINE, data={"secret": SECRET, "code": "000000"})

    assert page.status_code == 422
    assert "Mã chưa đúng" in words(page)
    assert SECRET in page.text
    assert await is_in(await signed_in(stage))


async def test_behind_the_password_there_is_no_session_before_the_code(stage: Stage) -> None:
    await turned_on(stage)
    client = await signed_in(stage)

    was_in = await is_in(client)
    page = await client.post(CODE, data={"code": code(stage)})

    assert not was_in
    assert page.status_code == 303
    assert await is_in(client)


async def test_he_goes_on_with_the_page_that_he_asked_for(stage: Stage) -> None:
    await turned_on(stage)
    client = browser(stage)

    first = await client.post("/staff/sign-in?next=/staff/waiting", data={"login": "sau", "password": PASSWORD})
    then = await client.post(first.headers["location"], data={"code": code(stage)})

    assert first.headers["location"] == f"{CODE}?next=/staff/waiting"
    assert then.headers["location"] == "/staff/waiting"


async def test_a_code_is_good_once(stage: Stage) -> None:
    await turned_on(stage)
    first, second = await signed_in(stage), await signed_in(stage)
    shown = code(stage)

    assert (await first.post(CODE, data={"code": shown})).status_code == 303
    again = await second.post(CODE, data={"code": shown})

    assert again.status_code == 401
    assert not await is_in(second)


async def test_the_code_by_which_it_was_turned_on_is_used_up(stage: Stage) -> None:
    client = await signed_in(stage)
    shown = code(stage)
    await client.post(MINE, data={"secret": SECRET, "code": shown})

    late = await signed_in(stage)

    assert (await late.post(CODE, data={"code": shown})).status_code == 401


@pytest.mark.parametrize(("seconds", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
async def test_a_phones_clock_may_be_half_a_minute_off(stage: Stage, seconds: int, is_taken: bool) -> None:
    await turned_on(stage)
    client = await signed_in(stage)

    await client.post(CODE, data={"code": code(stage, seconds=seconds)})

    assert await is_in(client) == is_taken


async def test_a_code_of_the_paper_stands_in_for_the_phone_once(stage: Stage) -> None:
    paper = await turned_on(stage)
    first, second = await signed_in(stage), await signed_in(stage)

    assert len(set(paper)) == 10
    assert (await first.post(CODE, data={"code": paper[3].lower().replace("-", " ")})).status_code == 303
    assert (await second.post(CODE, data={"code": paper[3]})).status_code == 401
    assert "Còn 9 mã dự phòng" in words(await first.get("/staff/me"))
    with reading(stage.database) as connection:
        assert paper[0] not in connection.scalar(select(STAFF.c.recovery).where(STAFF.c.login == "sau"))


async def test_wrong_codes_lock_as_wrong_passwords_do(stage: Stage) -> None:
    await turned_on(stage)
    client = await signed_in(stage)

    for _ in range(MOST_FAILURES):
        wrong = await client.post(CODE, data={"code": "000000"})
    locked = await client.post(CODE, data={"code": code(stage)})
    stage.forward(seconds=LOCKED_FOR.total_seconds() + 1)
    later = await signed_in(stage)

    assert wrong.status_code == 401
    assert locked.status_code == 401
    assert not await is_in(client)
    assert (await later.post(CODE, data={"code": code(stage)})).status_code == 303


async def test_the_right_password_in_between_does_not_give_new_tries(stage: Stage) -> None:
    await turned_on(stage)
    for _ in range(MOST_FAILURES):
        await (await signed_in(stage)).post(CODE, data={"code": "000000"})

    client = await signed_in(stage)
    await client.post(CODE, data={"code": code(stage)})

    assert not await is_in(client)


async def test_the_password_is_forgotten_after_some_minutes_without_a_code(stage: Stage) -> None:
    await turned_on(stage)
    client = await signed_in(stage)
    stage.forward(seconds=PENDING_FOR.total_seconds() + 1)

    late = await client.post(CODE, data={"code": code(stage)})

    assert late.headers["location"] == "/staff/sign-in?code=late"
    assert not await is_in(client)


async def test_nobody_is_asked_for_a_code_who_gave_no_password(stage: Stage) -> None:
    client = browser(stage)

    assert (await client.get(CODE)).headers["location"] == "/staff/sign-in?code=late"
    client.cookies.set(COOKIE, "guessed", domain="muadam.test", path="/staff")
    assert (await client.post(CODE, data={"code": code(stage)})).headers["location"] == "/staff/sign-in?code=late"


async def test_it_is_turned_off_with_the_password_and_a_code(stage: Stage) -> None:
    await turned_on(stage)
    client = await signed_in(stage)
    await client.post(CODE, data={"code": code(stage)})
    stage.forward(minutes=1)

    without = await client.post(f"{MINE}/off", data={"password": PASSWORD, "code": "000000"})
    wrong = await client.post(f"{MINE}/off", data={"password": "không phải", "code": code(stage)})
    stage.forward(minutes=1)
    right = await client.post(f"{MINE}/off", data={"password": PASSWORD, "code": code(stage)})

    assert (without.status_code, wrong.status_code, right.status_code) == (422, 422, 303)
    assert await is_in(await signed_in(stage))


async def test_a_reset_forgets_it_and_ends_who_was_halfway_in(stage: Stage) -> None:
    await turned_on(stage)
    halfway = await signed_in(stage)
    with transaction(stage.database) as connection:
        row = staff.by_login(connection, "sau")
        staff.forget_secrets(connection, row.id)

    assert (await halfway.post(CODE, data={"code": code(stage)})).headers["location"] == "/staff/sign-in?code=late"
    with reading(stage.database) as connection:
        assert connection.scalars(select(STAFF_SESSION.c.digest).where(STAFF_SESSION.c.is_pending)).all() == []
        assert connection.scalar(select(STAFF.c.totp_secret).where(STAFF.c.login == "sau")) == ""


# The test vectors of RFC 6238, appendix B: SHA-1, of whose eight digits six are shown.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]
)
def test_the_codes_are_those_of_the_standard(seconds: int, shown: str) -> None:
    when = NOW.fromtimestamp(seconds, NOW.tzinfo)

    assert step_of(RFC_SECRET, shown, when) == seconds // 30
    assert step_of(RFC_SECRET, f"{shown[:3]} {shown[3:]}", when) == seconds // 30
    assert step_of(RFC_SECRET, "999999", when) is None
    assert step_of(RFC_SECRET, "", when) is None


@pytest.mark.parametrize(("typed", "written"), [("bcdf ghjk", "BCDF-GHJK"), ("BCDF-GHJK", "BCDF-GHJK"), ("12", "-")])
def test_a_code_on_paper_is_read_however_it_is_typed(typed: str, written: str) -> None:
    assert as_written(typed) == written
