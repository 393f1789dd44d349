"""The gate: what every answer carries, who is let through, and what a form must be to be read."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from admin.gate import COOKIE, IDLE, LARGEST_FORM, LONGEST, SAFE_HEADERS
from storage import staff
from storage.database import transaction
from storage.staff import digest
from storage.team_tables import STAFF_SESSION
from tests.admin.conftest import SECRET, Office
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

ClientOf = Callable[..., httpx.AsyncClient]


async def _is_in(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/staff/me")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


# What every answer carries --------------------------------------------------------------------------------


async def test_every_answer_carries_the_headers(office: Office, client_of: ClientOf) -> None:
    member, stranger = client_of(), office.browser()
    large = b"x" * (LARGEST_FORM + 1)

    answers = [
        (200, await member.get("/staff/me")),
        (200, await stranger.get("/staff/sign-in")),
        (200, await stranger.head("/staff/sign-in")),
        (303, await stranger.get("/staff/me")),
        (401, await stranger.get("/staff/me", headers={"HX-Request": "true"})),
        (401, await stranger.post("/staff/sign-in", data={"login": "ai", "password": "?"})),
        (403, await member.get("/staff/leading")),
        (403, await member.post("/staff/write", headers={"Sec-Fetch-Site": "cross-site"})),
        (404, await member.get("/staff/missing")),
        (404, await member.get("/staff/no-such-page")),
        (404, await member.get("/staff/me/")),
        (404, await stranger.get("/staff/join/no-such-link")),
        (405, await member.get("/staff/write")),
        (405, await member.request("PROPFIND", "/staff/me")),
        (400, await member.post("/staff/write", headers={"Content-Type": "multipart/form-data"}, content=b"?")),
        (413, await member.post("/staff/write", content=large)),
        (422, await member.post("/staff/me/password", data={})),
        (500, await member.get("/staff/broken/1")),
    ]
    await office.writer.stop()
    answers.append((503, await member.post("/staff/write")))

    for status, answer in answers:
        assert answer.status_code == status, answer.request.url
        assert {name: answer.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS, (status, answer.request.url)


def test_nothing_of_another_site_runs_or_is_shown() -> None:
    policy = dict(rule.split(" ", 1) for rule in SAFE_HEADERS["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "form-action", "connect-src")} == {"'self'"}
    assert SAFE_HEADERS["Cache-Control"] == "no-store"


async def test_styles_and_scripts_are_open_and_guarded(office: Office) -> None:
    answer = await office.browser().get("/staff/static/staff.css")

    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert COOKIE not in answer.headers.get("set-cookie", "")


async def test_other_methods_are_told_which_there_are(client_of: ClientOf) -> None:
    member = client_of()

    assert (await member.delete("/staff/me")).headers["Allow"] == "HEAD, GET"
    assert (await member.get("/staff/write")).headers["Allow"] == "POST"
    assert (await member.put("/staff/sign-in")).headers["Allow"] == "HEAD, GET, POST"


async def test_head_is_answered_as_get_and_changes_nothing(office: Office, client_of: ClientOf) -> None:
    member = client_of()

    assert (await member.head("/staff/me")).status_code == 200
    assert (await member.head("/staff/write")).status_code == 405
    assert (await office.browser().head("/staff/me")).headers["location"] == "/staff/sign-in?next=/staff/me"
    assert office.actions() == []


# Who comes in ---------------------------------------------------------------------------------------------


async def test_who_is_not_signed_in_signs_in_and_goes_on(office: Office) -> None:
    stranger = office.browser()

    page = await stranger.get("/staff/me?code=changed")
    form = await stranger.post("/staff/write")
    part = await stranger.get("/staff/me", headers={"HX-Request": "true"})

    assert (page.status_code, page.headers["location"]) == (303, "/staff/sign-in?next=/staff/me")
    assert (form.status_code, form.headers["location"]) == (303, "/staff/sign-in")
    assert (part.status_code, part.headers["HX-Redirect"], part.text) == (401, "/staff/sign-in", "")
    assert office.actions() == []


@pytest.mark.parametrize("cookie", ["unknown", "", "x" * 3000, "\\377\\376"])
async def test_a_cookie_of_nobody_opens_nothing(office: Office, cookie: str) -> None:
    office.signed_in(office.add())

    answer = await office.browser().get("/staff/me", headers={"Cookie": f"{COOKIE}={cookie}"})

    assert answer.status_code == 303


async def test_the_digest_of_a_cookie_is_no_key(office: Office) -> None:
    number = office.add()
    office.change(staff.begin_session, number, cookie_digest=digest("cookie"), agent="?", now=NOW)

    assert await _is_in(office.browser("cookie"))
    assert not await _is_in(office.browser(digest("cookie")))


async def test_a_session_ends_when_nobody_used_it_for_twelve_hours(client_of: ClientOf, office: Office) -> None:
    used, left = client_of(), client_of()

    office.forward(hours=11, minutes=59)
    assert await _is_in(used)
    office.forward(minutes=1)

    assert timedelta(hours=12) == IDLE
    assert await _is_in(used)
    assert not await _is_in(left)


async def test_a_session_ends_after_fourteen_days_however_much_it_was_used(client_of: ClientOf, office: Office) -> None:
    member = client_of()

    for _ in range(14 * 3 - 1):
        office.forward(hours=8)
        assert await _is_in(member)
    office.forward(hours=8)

    assert timedelta(days=14) == LONGEST
    assert not await _is_in(member)


async def test_that_a_session_was_used_is_written_once_a_minute(client_of: ClientOf, office: Office) -> None:
    member = client_of()
    seen = []

    for _ in range(5):
        office.forward(seconds=30)
        assert await _is_in(member)
        with transaction(office.database) as connection:
            seen.append(connection.execute(STAFF_SESSION.select()).one().seen_at - NOW)

    assert [moment.total_seconds() for moment in seen] == [0, 0, 90, 90, 90]


async def test_a_busy_writer_keeps_nobody_from_reading(client_of: ClientOf, office: Office) -> None:
    member = client_of()
    office.forward(minutes=5)
    await office.writer.stop()

    assert await _is_in(member)


async def test_a_busy_writer_is_said_and_nothing_has_changed(client_of: ClientOf, office: Office) -> None:
    member = client_of()
    await office.writer.stop()

    answer = await member.post("/staff/write")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "chưa có gì thay đổi" in answer.text
    assert office.actions() == []


async def test_a_session_that_was_ended_elsewhere_is_out_at_once(client_of: ClientOf, office: Office) -> None:
    member, other = client_of(), client_of()
    assert await _is_in(member)

    office.change(staff.end_sessions, 1)

    assert not await _is_in(member)
    assert await _is_in(other)


async def test_a_member_who_was_ended_is_out_at_once(client_of: ClientOf, office: Office) -> None:
    member = client_of()
    assert await _is_in(member)

    office.change(staff.end, 1, NOW)

    assert not await _is_in(member)
    assert (await member.post("/staff/write")).status_code == 303
    assert office.actions() == []


# Forms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        pytest.param({"Sec-Fetch-Site": "same-origin"}, True, id="our page"),
        pytest.param({"Sec-Fetch-Site": "none"}, True, id="typed by the person"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="a neighbour of our domain"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "http://muadam.test"}, False, id="a claimed origin"),
        pytest.param({"Origin": "http://muadam.test"}, True, id="our origin, an old browser"),
        pytest.param({"Origin": "http://evil.test"}, False, id="another origin"),
        pytest.param({"Origin": "http://muadam.test.evil.test"}, False, id="an origin that begins as ours"),
        pytest.param({"Origin": "http://muadam.test:8080"}, False, id="another port"),
        pytest.param({"Origin": "null"}, False, id="no origin to speak of"),
        pytest.param({}, True, id="no browser"),
    ],
)
async def test_forms_are_taken_from_our_own_pages_alone(
    client_of: ClientOf, office: Office, headers: dict[str, str], is_taken: bool
) -> None:
    answer = await client_of().post("/staff/write", headers=headers)

    assert answer.status_code == (200 if is_taken else 403)
    assert office.actions() == (["written"] if is_taken else [])


async def test_a_page_may_be_opened_from_another_site(client_of: ClientOf) -> None:
    answer = await client_of().get("/staff/me", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200


async def test_another_site_cannot_sign_somebody_in_or_choose_his_password(office: Office) -> None:
    number = office.add(has_password=False)
    office.change(staff.invite, number, token="token", until=NOW + timedelta(days=1))
    browser, other_site = office.browser(), {"Sec-Fetch-Site": "cross-site"}

    answers = [await browser.post(f"/staff/{page}", headers=other_site) for page in ("sign-in", "join/token")]

    assert [answer.status_code for answer in answers] == [403, 403]


async def test_a_form_may_be_as_long_as_said(client_of: ClientOf, office: Office) -> None:
    frame = len("action=")
    member = client_of()

    fits = await member.post("/staff/write", data={"action": "x" * (LARGEST_FORM - frame)})
    is_long = await member.post("/staff/write", data={"action": "x" * (LARGEST_FORM - frame + 1)})

    assert (fits.status_code, is_long.status_code) == (200, 413)
    assert "Dài quá" in is_long.text
    assert len(office.actions()) == 1


async def test_a_form_that_announces_to_be_too_long_is_not_read(client_of: ClientOf, office: Office) -> None:
    pieces = Pieces(count=1)

    answer = await client_of().post(
        "/staff/write", content=pieces, headers=FORM | {"Content-Length": str(LARGEST_FORM + 1)}
    )

    assert answer.status_code == 413
    assert pieces.given == 0


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
async def test_a_form_that_goes_on_and_on_is_not_read_to_its_end(client_of: ClientOf, content_type: str) -> None:
    pieces = Pieces(count=1000)

    answer = await client_of().post("/staff/write", content=pieces, headers={"Content-Type": content_type})

    assert answer.status_code == 413
    assert pieces.given <= LARGEST_FORM // len(Pieces.PIECE) + 1


async def test_nobody_makes_us_read_a_form_who_may_not_send_it(office: Office) -> None:
    pieces = Pieces(count=1)

    answer = await office.browser().post("/staff/write", content=pieces, headers=FORM)

    assert answer.status_code == 303
    assert pieces.given == 0


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Pieces:
    """A body that comes piece by piece; `given` have been asked for."""

    PIECE = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"x" * 8000 + b"\r\n"

    def __init__(self, *, count: int) -> None:
        self._count = count
        self.given = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._count):
            self.given += 1
            yield self.PIECE


# What goes wrong ------------------------------------------------------------------------------------------


async def test_a_bug_of_ours_is_a_page_and_its_words_are_not_logged(client_of: ClientOf) -> None:
    with capture_logs() as logs:
        answer = await client_of().get("/staff/broken/the-token")

    assert answer.status_code == 500
    assert "Máy bị lỗi" in answer.text
    assert [line["event"] for line in logs] == ["staff_page_failed"]
    assert (logs[0]["error"], logs[0]["route"]) == ("RuntimeError", "/staff/broken/{token}")
    assert "conftest.py" in logs[0]["where"]
    assert SECRET not in answer.text + str(logs)
    assert "the-token" not in str(logs)


async def test_resident_pages_get_no_staff_cookie(client_of: ClientOf) -> None:
    member = client_of()

    sent = [member.build_request("GET", path).headers.get("cookie", "") for path in ("/", "/chat/stream", "/staffing")]

    assert sent == ["", "", ""]
    assert COOKIE in member.build_request("GET", "/staff").headers["cookie"]
