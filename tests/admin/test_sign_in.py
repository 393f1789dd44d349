"""Signing in and out, the one-time link, and what a member does to his own account."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import insert, select
from structlog.testing import capture_logs

from admin import passwords
from admin.gate import COOKIE
from admin.sign_in import ATTEMPTS_PER_MINUTE_OF_CLIENT, LOCKED_FOR, MOST_FAILURES
from storage import accounts, staff
from storage.database import reading
from storage.staff import digest
from storage.tables import PERSON
from storage.team_tables import AUDIT, STAFF_SESSION
from tests.admin.conftest import HOST, PASSWORD, Office
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

ClientOf = Callable[..., httpx.AsyncClient]

NEW = "bốn con trâu đen"
SAYS_NO = "Chưa vào được"


async def sign_in(
    client: httpx.AsyncClient, login: str = "sau.tv", password: str = PASSWORD, *, way: str = ""
) -> httpx.Response:
    address = f"/staff/sign-in?next={quote(way, safe='')}" if way else "/staff/sign-in"
    return await client.post(address, data={"login": login, "password": password})


async def is_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/staff/me")).status_code == 200


def sessions(office: Office) -> list[str]:
    with reading(office.database) as connection:
        return list(connection.scalars(select(STAFF_SESSION.c.digest)))


# Signing in -----------------------------------------------------------------------------------------------


async def test_somebody_signs_in_and_out(office: Office) -> None:
    office.add()
    client = office.browser()

    came = await sign_in(client)
    was_in = await is_in(client)
    again = await client.get("/staff/sign-in")
    went = await client.post("/staff/sign-out")

    assert (came.status_code, came.headers["location"], was_in) == (303, "/staff", True)
    assert (again.status_code, again.headers["location"]) == (303, "/staff")
    assert (went.status_code, went.headers["location"]) == (303, "/staff/sign-in?code=out")
    assert COOKIE not in client.cookies
    assert not await is_in(client)
    assert sessions(office) == []
    assert office.actions() == ["signed_in", "signed_out"]


@pytest.mark.parametrize("login", ["SAU.TV", " sau.tv ", "Sau.tv"])
async def test_a_login_may_be_typed_as_a_phone_writes_it(office: Office, login: str) -> None:
    office.add()

    assert (await sign_in(office.browser(), login)).status_code == 303


async def test_the_cookie_is_ours_alone(office: Office) -> None:
    office.add()

    flags = (await sign_in(office.browser())).headers["set-cookie"].split("; ")

    assert {flag.lower() for flag in flags[1:]} == {"httponly", "max-age=1209600", "path=/staff", "samesite=lax"}
    cookie = flags[0].removeprefix(f"{COOKIE}=")
    assert len(cookie) == 43
    assert sessions(office) == [digest(cookie)]


class TestHttps:
    @pytest.fixture
    def public_url(self) -> str:
        return f"https://{HOST}"

    async def test_with_https_cookies_travel_by_it_alone(self, office: Office) -> None:
        office.add()
        client = office.browser(scheme="https")

        came = await sign_in(client)
        went = await client.post("/staff/sign-out")

        assert "; secure" in came.headers["set-cookie"].lower()
        assert "; secure" in went.headers["set-cookie"].lower()


async def test_two_browsers_have_two_sessions_and_signing_in_again_ends_the_first(office: Office) -> None:
    office.add()
    phone, computer = office.browser(), office.browser()

    await sign_in(phone)
    await sign_in(computer)
    before = set(sessions(office))
    await sign_in(phone)

    assert len(before) == len(sessions(office)) == 2
    assert set(sessions(office)) & before == {digest(computer.cookies[COOKIE])}


async def test_a_cookie_that_was_planted_before_is_no_session(office: Office) -> None:
    office.add()
    client = office.browser("planted")

    await sign_in(client)

    assert digest("planted") not in sessions(office)
    assert not await is_in(office.browser("planted"))


@pytest.mark.parametrize(
    ("way", "goes_to"),
    [
        pytest.param("/staff/bulletins/3/text", "/staff/bulletins/3/text", id="a page"),
        pytest.param("/staff/me", "/staff/me", id="his own page"),
        pytest.param("//evil.test", "/staff", id="another host"),
        pytest.param("//evil.test/staff/me", "/staff", id="another host with our path"),
        pytest.param("https://evil.test", "/staff", id="another site"),
        pytest.param("https:evil.test", "/staff", id="another site without slashes"),
        pytest.param("/\\evil.test", "/staff", id="a backslash"),
        pytest.param("/staff/\\evil.test", "/staff", id="a backslash of ours"),
        pytest.param("/staff//evil.test", "/staff", id="two slashes"),
        pytest.param("/staff/../x", "/staff", id="a step up"),
        pytest.param("/staff/%2e%2e/x", "/staff", id="an encoded step up"),
        pytest.param("/staff/%2F%2Fevil.test", "/staff", id="encoded slashes"),
        pytest.param("%2F%2Fevil.test", "/staff", id="encoded twice"),
        pytest.param("/staff/\t/evil.test", "/staff", id="a tabulator"),
        pytest.param("/staff/me\r\nSet-Cookie: a=b", "/staff", id="a header of its own"),
        pytest.param("/staff/me\n", "/staff", id="a line's end"),
        pytest.param("/staffing", "/staff", id="begins as ours"),
        pytest.param("/staff@evil.test", "/staff", id="a user's name"),
        pytest.param("/", "/staff", id="the residents' page"),
        pytest.param("javascript:alert(1)", "/staff", id="a script"),
        pytest.param("/staff/sign-in", "/staff", id="round and round"),
    ],
)
async def test_it_goes_on_with_a_page_of_ours_alone(office: Office, way: str, goes_to: str) -> None:
    office.add()
    client = office.browser()

    came = await sign_in(client, way=way)
    once_in = await client.get(f"/staff/sign-in?next={quote(way, safe='')}")

    assert came.headers["location"] == once_in.headers["location"] == goes_to
    assert "a=b" not in str(came.headers)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        pytest.param(
            "Mozilla/5.0 (Linux; Android 14; SM-A057F) Chrome/130 Mobile Safari/537", "Chrome, Android", id="a"
        ),
        pytest.param("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Safari/604.1 Zalo iOS", "Zalo, iPhone", id="b"),
        pytest.param("<script>", "?, ?", id="c"),
    ],
)
async def test_of_a_browser_two_words_are_kept(office: Office, agent: str, words: str) -> None:
    office.add()
    client = office.browser()
    client.headers["User-Agent"] = agent

    await sign_in(client)

    with reading(office.database) as connection:
        assert connection.scalar(select(STAFF_SESSION.c.agent)) == words


# Who does not come in -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param("sau.tv", "something else", id="a wrong password"),
        pytest.param("sau.tv", "", id="no password"),
        pytest.param("nobody", PASSWORD, id="an unknown login"),
        pytest.param("", "", id="nothing at all"),
        pytest.param("sau.tv\0", PASSWORD, id="a login that no database takes"),
        pytest.param("x" * 10_000, PASSWORD, id="a login without end"),
        pytest.param("moi.tv", "", id="no password chosen yet"),
        pytest.param("da.nghi", PASSWORD, id="somebody who has ended"),
    ],
)
async def test_who_does_not_come_in_learns_nothing(office: Office, login: str, password: str) -> None:
    office.add()
    office.add("moi.tv", has_password=False)
    office.change(staff.end, office.add("da.nghi"), NOW)
    reference = await sign_in(office.browser(), "sau.tv", "wrong")

    answer = await sign_in(office.browser(), login, password)

    assert answer.status_code == 401
    assert said(answer) == said(reference)
    assert "set-cookie" not in answer.headers
    assert sessions(office) == []


def said(answer: httpx.Response) -> str:
    """The page, but for the login that was typed."""
    return re.sub(r'name="login" value="[^"]*"', "", answer.text)


async def test_an_unknown_login_takes_the_road_of_argon2_too(office: Office) -> None:
    def asked() -> int:
        counts = passwords._nobodys.cache_info()
        return counts.hits + counts.misses

    before = asked()
    await sign_in(office.browser(), "nobody")
    await sign_in(office.browser(), "not a login")

    assert asked() == before + 2


async def test_what_was_typed_stays_but_for_the_password_and_runs_nothing(office: Office) -> None:
    answer = await sign_in(office.browser(), '"><script>alert(1)</script>', "bi mat lam")

    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "bi mat lam" not in answer.text


async def test_five_wrong_passwords_lock_the_right_one_out_for_a_quarter_of_an_hour(office: Office) -> None:
    number = office.add()
    client = office.browser()
    wrong = [await sign_in(client, password="wrong") for _ in range(MOST_FAILURES)]

    locked = await sign_in(client)
    office.forward(minutes=14, seconds=59)
    still = await sign_in(client)
    office.forward(seconds=1)
    opened = await sign_in(client)

    assert [answer.status_code for answer in (*wrong, locked, still)] == [401] * 7
    assert len({said(answer) for answer in (*wrong, locked, still)}) == 1
    assert timedelta(minutes=15) == LOCKED_FOR
    assert opened.status_code == 303
    assert office.row(number).locked_until is None
    assert office.actions() == ["sign_in_failed"] * 5 + ["signed_in"]


async def test_the_page_tells_of_the_lock_to_everybody(office: Office) -> None:
    answer = await sign_in(office.browser(), "nobody")

    assert f"Sai {MOST_FAILURES} lần thì phải đợi 15 phút" in answer.text


async def test_who_waits_for_a_lock_does_not_make_it_longer(office: Office) -> None:
    number = office.add()
    client = office.browser()
    for _ in range(MOST_FAILURES):
        await sign_in(client, password="wrong")
    until = office.row(number).locked_until

    office.forward(minutes=5)
    await sign_in(client, password="wrong")

    assert office.row(number).locked_until == until


async def test_a_lock_does_not_end_who_is_in(office: Office) -> None:
    number = office.add()
    member = office.signed_in(number)

    for _ in range(MOST_FAILURES):
        await sign_in(office.browser(), password="wrong")

    assert await is_in(member)


@pytest.mark.parametrize("meanwhile", ["locked", "ended", "reset"])
async def test_what_happens_while_argon2_is_at_work_counts(office: Office, meanwhile: str) -> None:
    number = office.add()
    changes = {
        "locked": partial(office.change, staff.change, number, locked_until=NOW + LOCKED_FOR),
        "ended": partial(office.change, staff.end, number, NOW),
        "reset": partial(office.change, staff.change, number, password_hash=""),
    }
    office.writer.before = changes[meanwhile]

    answer = await sign_in(office.browser())

    assert answer.status_code == 401
    assert SAYS_NO in answer.text
    assert "set-cookie" not in answer.headers
    assert sessions(office) == []


async def test_too_many_tries_from_one_address_wait_a_minute(office: Office) -> None:
    office.add()
    client = office.browser()
    await asyncio.gather(*(client.get("/staff/join/x") for _ in range(ATTEMPTS_PER_MINUTE_OF_CLIENT)))

    refused = await sign_in(client)
    link = await client.get("/staff/join/x")
    office.forward(minutes=1)
    later = await sign_in(client)

    assert (refused.status_code, link.status_code, later.status_code) == (429, 429, 303)
    assert "Đợi một phút" in refused.text
    assert "Đợi một phút" in link.text
    assert "<form" not in link.text


async def test_a_busy_writer_lets_nobody_in_and_counts_nothing(office: Office) -> None:
    number = office.add()
    await office.writer.stop()

    right, wrong = await sign_in(office.browser()), await sign_in(office.browser(), password="wrong")

    assert (right.status_code, wrong.status_code) == (503, 503)
    assert "set-cookie" not in right.headers
    assert (office.row(number).failed_attempts, sessions(office)) == (0, [])


async def test_a_file_instead_of_a_password_is_a_wrong_password(office: Office) -> None:
    office.add()

    answer = await office.browser().post(
        "/staff/sign-in", data={"login": "sau.tv"}, files={"password": ("a.txt", PASSWORD.encode())}
    )

    assert answer.status_code == 401


# The one-time link ----------------------------------------------------------------------------------------


def invite(office: Office, token: str = "token", **member: object) -> int:
    number = office.add(has_password=False, **member)
    office.change(staff.invite, number, token=token, until=NOW + timedelta(days=3))
    return number


async def join(client: httpx.AsyncClient, password: str = NEW, again: str = NEW, token: str = "token"):
    return await client.post(f"/staff/join/{token}", data={"password": password, "again": again})


async def test_a_password_is_chosen_by_the_link_once(office: Office) -> None:
    invite(office)
    client, thief = office.browser(), office.browser()

    looked = await client.get("/staff/join/token")
    chosen = await join(client)
    late = await join(thief, "ten other letters", "ten other letters")

    assert (looked.status_code, "Chị Sáu" in looked.text, "sau.tv" in looked.text) == (200, True, True)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/staff")
    assert await is_in(client)
    assert (late.status_code, (await thief.get("/staff/join/token")).status_code) == (404, 404)
    assert (await sign_in(thief, password=NEW)).status_code == 303
    assert office.actions() == ["password_chosen", "signed_in", "signed_in"]


async def test_looking_at_a_link_does_not_use_it_up(office: Office) -> None:
    invite(office)

    for _ in range(3):  # chat programs look at links to show what is behind them
        await office.browser().get("/staff/join/token")

    assert (await join(office.browser())).status_code == 303


async def test_an_old_link_says_no_more_than_an_unknown_one(office: Office) -> None:
    invite(office)
    office.forward(days=3)

    old, unknown = await join(office.browser()), await join(office.browser(), token="unknown")

    assert (old.status_code, unknown.status_code) == (404, 404)
    assert old.text == unknown.text
    assert "Chị Sáu" not in old.text
    assert office.actions() == []


async def test_of_two_at_once_one_chooses(office: Office) -> None:
    number = invite(office)
    first, second = office.browser(), office.browser()

    answers = await asyncio.gather(join(first, NEW, NEW), join(second, NEW + "!", NEW + "!"))

    assert sorted(answer.status_code for answer in answers) == [303, 404]
    assert [await is_in(first), await is_in(second)] == [answer.status_code == 303 for answer in answers]
    winner = NEW if answers[0].status_code == 303 else NEW + "!"
    assert await passwords.is_right(winner, office.row(number).password_hash)


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        pytest.param("vua du", "vua du", "ít nhất 10 ký tự", id="short"),
        pytest.param("x y z " * 40, "x y z " * 40, "dài quá 200", id="long"),
        pytest.param("matkhau123", "matkhau123", "dễ đoán", id="common"),
        pytest.param("sau.tv2026", "sau.tv2026", "tên đăng nhập", id="login"),
        pytest.param(NEW, NEW + "!", "chưa giống nhau", id="different"),
    ],
)
async def test_a_password_that_is_not_taken_is_explained_and_the_link_stays(
    office: Office, password: str, again: str, sentence: str
) -> None:
    invite(office)
    client = office.browser()

    refused = await join(client, password, again)
    then = await join(client)

    assert refused.status_code == 422
    assert sentence in refused.text
    assert password not in refused.text.replace("sau.tv", "")
    assert then.status_code == 303


async def test_a_link_signs_everybody_else_out_and_opens_a_lock(office: Office) -> None:
    number = invite(office)
    before = office.signed_in(number)
    for _ in range(MOST_FAILURES):
        await sign_in(office.browser(), password="wrong")

    chosen = await join(office.browser())

    assert chosen.status_code == 303
    assert not await is_in(before)


# My own account -------------------------------------------------------------------------------------------


async def change_password(client: httpx.AsyncClient, old: str = PASSWORD, new: str = NEW, again: str = NEW):
    return await client.post("/staff/me/password", data={"old": old, "password": new, "again": again})


async def test_a_new_password_ends_the_other_sessions_and_the_old_password(office: Office) -> None:
    number = office.add()
    mine, other = office.signed_in(number), office.signed_in(number)

    changed = await change_password(mine)

    assert changed.headers["location"] == "/staff/me?code=changed"
    assert await is_in(mine)
    assert not await is_in(other)
    assert (await sign_in(office.browser())).status_code == 401
    assert (await sign_in(office.browser(), password=NEW)).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        pytest.param("wrong", NEW, NEW, "Mật khẩu cũ chưa đúng", id="the old one is wrong"),
        pytest.param("", NEW, NEW, "Mật khẩu cũ chưa đúng", id="the old one is missing"),
        pytest.param(PASSWORD, "ngắn", "ngắn", "ít nhất 10", id="the new one is weak"),
        pytest.param(PASSWORD, NEW, "", "chưa giống nhau", id="not typed again"),
    ],
)
async def test_a_password_is_not_changed_otherwise(
    office: Office, old: str, new: str, again: str, sentence: str
) -> None:
    number = office.add()
    mine, other = office.signed_in(number), office.signed_in(number)

    answer = await change_password(mine, old, new, again)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert office.row(number).password_hash == office.password_hash
    assert await is_in(other)


async def test_who_found_an_open_browser_cannot_guess_the_password_there(office: Office) -> None:
    number = office.add()
    mine = office.signed_in(number)
    for _ in range(MOST_FAILURES):
        await change_password(mine, "wrong")

    answer = await change_password(mine)

    assert answer.status_code == 422
    assert "Đợi 15 phút" in answer.text
    assert office.row(number).password_hash == office.password_hash


async def test_a_password_that_was_reset_meanwhile_stays_reset(office: Office) -> None:
    number = office.add()
    office.writer.before = partial(office.change, staff.change, number, password_hash="", join_digest="link")

    answer = await change_password(office.signed_in(number))

    assert answer.status_code == 422
    assert (office.row(number).password_hash, office.row(number).join_digest) == ("", "link")


async def test_a_member_sees_and_ends_his_own_sessions_alone(office: Office) -> None:
    number = office.add()
    mine, lost, stranger = (office.signed_in(one) for one in (number, number, office.add("tu.tv")))
    digests = [digest(client.cookies[COOKIE]) for client in (mine, lost, stranger)]

    page = await mine.get("/staff/me")
    await mine.post("/staff/me/sessions", data={"digest": digests[2]})
    assert await is_in(stranger)
    ended = await mine.post("/staff/me/sessions", data={"digest": digests[1]})

    assert digests[1] in page.text
    assert digests[0] not in page.text
    assert digests[2] not in page.text
    assert ended.headers["location"] == "/staff/me?code=ended"
    assert not await is_in(lost)
    assert await is_in(mine)


async def test_all_other_sessions_end_at_once(office: Office) -> None:
    number = office.add()
    mine, *others = (office.signed_in(number) for _ in range(3))

    await mine.post("/staff/me/sessions")

    assert [await is_in(client) for client in (mine, *others)] == [True, False, False]


async def test_sessions_that_are_over_are_not_shown(office: Office) -> None:
    number = office.add()
    office.signed_in(number)
    office.forward(hours=13)

    page = await office.signed_in(number).get("/staff/me")

    assert page.text.count("Dùng lần cuối") == 1


async def test_a_chat_is_tied_by_the_code_that_is_shown_and_untied(office: Office) -> None:
    number = office.add()
    client, chat = office.signed_in(number), office.change(_person)

    shown = await client.post("/staff/me/chat", data={"action": "tie"})
    code = re.search(r"NOI ([A-Z]{6})<", shown.text)
    assert code is not None
    assert office.change(staff.tie_chat, code[1], chat, NOW)
    tied = await client.get("/staff/me")
    untied = await client.post("/staff/me/chat", data={"action": "untie"})

    assert "Đã nối" in tied.text
    assert untied.headers["location"] == "/staff/me?code=untied"
    assert office.row(number).person_id is None
    assert office.actions() == ["chat_tied", "chat_untied"]


def _person(connection) -> int:
    account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    values = {"account_id": account, "address": "1", "numbered": 0, "wants_pushes": True, "is_reachable": True}
    return connection.execute(insert(PERSON).values(**values, created_at=NOW)).inserted_primary_key[0]


@pytest.mark.parametrize("code", ["wrong", "<script>", "short"])
async def test_the_address_of_his_page_cannot_make_it_say_something(client_of: ClientOf, code: str) -> None:
    page = await client_of().get("/staff/me", params={"code": code})

    assert 'class="error"' not in page.text
    assert "<script>alert" not in page.text


# What is written down -------------------------------------------------------------------------------------


async def test_neither_logs_nor_the_audit_hold_what_opens_a_door(
    office: Office, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    number = invite(office, "the-token-of-the-link")
    client = office.browser()
    caplog.set_level("DEBUG")

    with capture_logs() as logs:
        await join(client, PASSWORD, PASSWORD, "the-token-of-the-link")
        await sign_in(office.browser(), password="a wrong password")
        await change_password(client)
        shown = await client.post("/staff/me/chat", data={"action": "tie"})
        cookie = client.cookies[COOKIE]
        await client.post("/staff/sign-out")

    with reading(office.database) as connection:
        audit = [str(row) for row in connection.execute(select(AUDIT))]
    printed = capfd.readouterr()
    ours = [record.getMessage() for record in caplog.records if record.name.split(".")[0] not in ("httpx", "httpcore")]
    written = " ".join([*audit, *map(str, logs), *ours, printed.out, printed.err])
    code = re.search(r"NOI ([A-Z]{6})<", shown.text)
    assert code is not None
    secrets = {"the-token-of-the-link", "a wrong password", PASSWORD, NEW, cookie, code[1]}
    secrets |= {digest(one) for one in secrets} | {office.row(number).password_hash}
    assert len(audit) == 5
    assert {one for one in secrets if one in written} == set()
