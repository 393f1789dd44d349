"""The pages of accounts: added and changed without stopping what runs, without showing a secret, by operators alone."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select

from admin.desk import Platforms
from lessons.schema import Book
from storage import accounts
from storage.accounts import StoredAccount
from storage.database import Database, reading, transaction
from storage.tables import OUTBOX, PERSON
from storage.team_tables import AUDIT
from tests.admin.desk_stage import COMMUNE, ELSEWHERE, Stage, staged, words
from tests.conftest import NOW
from tests.fakes.zalo_events import Identity
from tests.fakes.zalo_oa import FakeZalo
from webhooks.channels import webchat

pytestmark = pytest.mark.anyio

#: What the page must never show; all secrets of the tests begin so.
SECRET = "geheim"
OA = "7000000000000000001"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZalo]:
    async with FakeZalo(access_token=f"{SECRET}-access-0", refresh_token=f"{SECRET}-refresh-0") as made:
        yield made


@pytest.fixture
async def stage(database: Database, book: Book, zalo: FakeZalo) -> AsyncIterator[Stage]:
    platforms = Platforms({"zalo-oa": (zalo.url, zalo.url)}, patience_seconds=0.5)
    async with staged(database, book, platforms=platforms) as made:
        yield made


@pytest.fixture
def keeper(stage: Stage) -> httpx.AsyncClient:
    return stage.client(roles=("operator",), scope=("vn",))


def typed(zalo: FakeZalo, **fields: str) -> dict[str, str]:
    """The form of a new Zalo account."""
    form = {"external_id": OA, "app_id": zalo.identity.app_id, "app_secret": f"{SECRET}-app", "secret": f"{SECRET}-oa"}
    form |= {"access_token": zalo.access_token, "refresh_token": zalo.refresh_token}
    return form | fields


async def added(client: httpx.AsyncClient, zalo: FakeZalo, **fields: str) -> httpx.Response:
    return await client.post("/staff/accounts/new?channel=zalo-oa", data=typed(zalo, **fields))


def put(stage: Stage, zalo: FakeZalo, **columns: Any) -> int:
    """An account that runs; its id."""
    known = {"app_id": zalo.identity.app_id, "secret": f"{SECRET}-oa", "app_secret": f"{SECRET}-app"}
    known |= {"access_token": zalo.access_token, "refresh_token": zalo.refresh_token, "api_url": zalo.url}
    known |= {"oauth_url": zalo.url, "rate_per_minute": "90", "token_expires_at": NOW + timedelta(hours=20)}
    with transaction(stage.database) as connection:
        return accounts.put(connection, channel="zalo-oa", external_id=OA, **(known | columns))


def row(stage: Stage, number: int) -> StoredAccount:
    with reading(stage.database) as connection:
        return accounts.one(connection, number)


def written(stage: Stage) -> list[tuple[str, str, str]]:
    with reading(stage.database) as connection:
        query = select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail).order_by(AUDIT.c.id)
        return [(one.action, one.subject, one.detail) for one in connection.execute(query)]


def count(stage: Stage) -> int:
    with reading(stage.database) as connection:
        return len(accounts.everyone(connection))


# Adding ---------------------------------------------------------------------------------------------------


async def test_an_account_with_the_right_token_runs_at_once(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    answer = await added(keeper, zalo)

    assert answer.status_code == 303
    found = row(stage, 1)
    assert (found.state, found.place, found.rate_per_minute, found.has_buttons) == ("active", None, 90, False)
    assert (found.access_token, found.api_url, found.oauth_url) == (zalo.access_token, zalo.url, zalo.url)
    page = await keeper.get(answer.headers["location"])
    assert "Đã thêm và bật" in words(page)
    assert [action for action, _, _ in written(stage)] == ["account_added", "account_started"]


NOT_RIGHT = {
    "wrong token": "không nhận mã truy cập này",
    "another account": "Mã là của tài khoản 7999, mà ở đây ghi 7000000000000000001",
    "garbage": "Zalo trả lời lạ",
    "hang": "Zalo không trả lời",
    "http_500": "Zalo trả lời lạ",
    "package": "gói của OA không có API",
}


def befall(zalo: FakeZalo, fault: str) -> None:
    """What happens to the next two who ask whom a token is for."""
    if fault == "wrong token":
        zalo.access_token = "another one"
    elif fault == "another account":
        zalo.identity = Identity(oa_id="7999")
    else:
        zalo.who_faults += [-224 if fault == "package" else fault] * 2  # type: ignore[list-item]


@pytest.mark.parametrize("fault", NOT_RIGHT)
async def test_an_account_that_is_not_right_is_kept_but_does_not_run(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo, fault: str
) -> None:
    form = typed(zalo)
    befall(zalo, fault)

    answer = await keeper.post("/staff/accounts/new?channel=zalo-oa", data=form)
    checked = await keeper.post("/staff/accounts/1/check")

    assert answer.status_code == 303
    assert (row(stage, 1).state, row(stage, 1).reason) == ("stopped", "is_new")
    assert row(stage, 1).refresh_token == form["refresh_token"]  # nothing has to be typed again
    assert NOT_RIGHT[fault] in words(checked)
    assert zalo.refreshes == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"external_id": "OA của xã"}, "Chưa đúng dạng"),
        ({"app_id": ""}, "Chưa điền ô này"),
        ({"secret": ""}, "Chưa điền ô này"),
        ({"refresh_token": "two words"}, "Chưa đúng dạng"),
        ({"access_token": ""}, "Chưa điền ô này"),
    ],
)
async def test_what_is_typed_wrongly_is_pointed_at_and_the_rest_stays(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo, fields: dict[str, str], said: str
) -> None:
    answer = await added(keeper, zalo, **({"app_id": "123456"} | fields))

    assert answer.status_code == 422
    assert said in words(answer)
    assert 'aria-invalid="true"' in answer.text
    kept = {"external_id": OA, "app_id": "123456"} | fields
    for name in ("external_id", "app_id"):
        assert f'name="{name}" value="{kept[name]}"' in answer.text
    assert SECRET not in answer.text
    assert count(stage) == 0
    assert written(stage) == []


async def test_an_account_that_is_there_is_not_overwritten(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo, app_id="999")

    answer = await added(keeper, zalo)

    assert answer.status_code == 422
    assert "đã có rồi" in words(answer)
    assert row(stage, number).app_id == "999"


async def test_two_who_add_the_same_account_at_once_make_one(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    answers = await asyncio.gather(added(keeper, zalo), added(keeper, zalo))

    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert count(stage) == 1


async def test_a_channel_that_cannot_be_added_is_not_there(keeper: httpx.AsyncClient) -> None:
    for channel in ("webchat", "telegram", ""):
        assert (await keeper.get(f"/staff/accounts/new?channel={channel}")).status_code == 404
        assert (await keeper.post(f"/staff/accounts/new?channel={channel}", data={})).status_code == 404


# New keys -------------------------------------------------------------------------------------------------


async def test_a_new_pair_that_the_platform_takes_replaces_the_old_one(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo, seeded_with="digest of the settings", state="stopped", reason="token_lost")
    zalo.access_token = f"{SECRET}-access-1"

    pair = {"access_token": zalo.access_token, "refresh_token": f"{SECRET}-refresh-1"}
    answer = await keeper.post(f"/staff/accounts/{number}/keys", data=pair)

    found = row(stage, number)
    assert answer.status_code == 303
    assert (found.access_token, found.refresh_token) == (pair["access_token"], pair["refresh_token"])
    assert (found.state, found.reason, found.token_state) == ("active", "", "ok")
    assert found.token_expires_at is None  # the server refreshes it at once
    assert found.seeded_with == "digest of the settings"  # an old pair in the settings is not taken over
    assert found.secret == f"{SECRET}-oa"
    assert written(stage) == [("account_changed", f"account {number}", "access_token, refresh_token")]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("wrong token", "Chưa lưu: nền tảng không nhận mã truy cập này"),
        ("another account", "mã này là của tài khoản số hiệu 7999"),
        ("hang", "Zalo không trả lời nên chưa thử được mã"),
        ("garbage", "Zalo trả lời lạ"),
        ("package", "gói của OA không có API"),
    ],
)
async def test_a_pair_that_is_not_right_leaves_the_running_account_alone(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo, fault: str, said: str
) -> None:
    number = put(stage, zalo)
    before = row(stage, number)
    befall(zalo, fault)

    pair = {"access_token": f"{SECRET}-new", "refresh_token": f"{SECRET}-new-refresh"}
    if fault != "wrong token":
        zalo.access_token = pair["access_token"]
    answer = await keeper.post(f"/staff/accounts/{number}/keys", data=pair)

    assert answer.status_code == 422
    assert said in words(answer)
    assert row(stage, number) == before
    assert SECRET not in answer.text
    assert written(stage) == []


async def test_a_pair_that_could_not_be_tried_is_kept_when_somebody_says_so(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo)
    zalo.who_faults += ["hang", "hang"]
    pair = {"access_token": f"{SECRET}-new", "refresh_token": f"{SECRET}-new-refresh"}

    offered = await keeper.post(f"/staff/accounts/{number}/keys", data=pair)
    answer = await keeper.post(f"/staff/accounts/{number}/keys", data=pair | {"untested": "on"})

    assert 'name="untested"' in offered.text
    assert answer.status_code == 303
    assert row(stage, number).access_token == pair["access_token"]


async def test_a_refusal_is_not_overruled(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo)
    pair = {"access_token": f"{SECRET}-new", "refresh_token": f"{SECRET}-new-refresh", "untested": "on"}

    answer = await keeper.post(f"/staff/accounts/{number}/keys", data=pair)

    assert answer.status_code == 422
    assert row(stage, number).access_token == zalo.access_token


async def test_a_pair_is_not_changed_in_the_middle_of_a_refresh(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo, token_claimed_until=NOW + timedelta(seconds=30), token_claimed_by="a server")
    zalo.access_token = f"{SECRET}-new"

    pair = {"access_token": zalo.access_token, "refresh_token": f"{SECRET}-new-refresh"}
    busy = await keeper.post(f"/staff/accounts/{number}/keys", data=pair)
    stage.forward(minutes=1)
    answer = await keeper.post(f"/staff/accounts/{number}/keys", data=pair)

    assert (busy.status_code, answer.status_code) == (422, 303)
    assert "máy đang đổi mã" in words(busy)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"access_token": f"{SECRET}-new"}, "Hai mã đi thành một cặp"),
        ({"refresh_token": f"{SECRET}-new"}, "Hai mã đi thành một cặp"),
        ({"secret": "có dấu"}, "Chưa đúng dạng"),
        ({}, "Chưa có ô nào đổi"),
        ({"external_id": OA, "secret": f"{SECRET}-oa"}, "Chưa có ô nào đổi"),
        ({"external_id": "7999", "access_token": "access", "refresh_token": "refresh"}, "sang một tài khoản khác"),
        ({"external_id": "7999"}, "mã này là của tài khoản số hiệu 7000000000000000001"),
    ],
)
async def test_keys_that_cannot_be_are_refused(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo, fields: dict[str, str], said: str
) -> None:
    number = put(stage, zalo)
    before = row(stage, number)

    answer = await keeper.post(f"/staff/accounts/{number}/keys", data=fields)

    assert answer.status_code == 422
    assert said in words(answer)
    assert row(stage, number) == before


async def test_a_slip_in_the_id_is_mended_when_the_token_is_for_it(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo)
    accounts_change(stage, number, external_id="7000000000000000009")

    answer = await keeper.post(f"/staff/accounts/{number}/keys", data={"external_id": OA})

    assert answer.status_code == 303
    assert row(stage, number).external_id == OA


async def test_a_webhook_secret_is_changed_without_asking_and_the_old_token_need_not_be_good(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo, access_token="dead")

    secret = await keeper.post(f"/staff/accounts/{number}/keys", data={"secret": f"{SECRET}-oa-2"})
    app = await keeper.post(f"/staff/accounts/{number}/keys", data={"app_secret": f"{SECRET}-app-2"})

    assert (secret.status_code, app.status_code) == (303, 303)
    assert (row(stage, number).secret, row(stage, number).app_secret) == (f"{SECRET}-oa-2", f"{SECRET}-app-2")
    assert row(stage, number).access_token == "dead"


def accounts_change(stage: Stage, number: int, **columns: Any) -> None:
    with transaction(stage.database) as connection:
        accounts.change(connection, number, **columns)


# How it sends ---------------------------------------------------------------------------------------------


async def sending_form(client: httpx.AsyncClient, number: int, **fields: str) -> dict[str, str]:
    """The form of sending as it stands, its box for buttons not ticked, with changes."""
    page = (await client.get(f"/staff/accounts/{number}")).text
    part = page[page.index('id="sending"') :]
    found = dict(re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', part))
    found.pop("has_buttons", None)
    return found | fields


async def test_how_an_account_sends_is_changed(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo)

    form = await sending_form(keeper, number, place="tai van, can tho", rate="60", approval="1.000", articles="4")
    answer = await keeper.post(f"/staff/accounts/{number}/sending", data=form | {"has_buttons": "on"})
    again = await keeper.post(f"/staff/accounts/{number}/sending", data=await sending_form(keeper, number, rate=""))

    assert (answer.status_code, again.status_code) == (303, 303)
    found = row(stage, number)
    assert (found.place, found.approval_above, found.articles_per_month) == (COMMUNE, 1000, 4)
    assert (found.rate_per_minute, found.has_buttons) == (0, False)
    assert [detail for _, _, detail in written(stage)] == [
        "approval_above, articles_per_month, has_buttons, place, rate_per_minute",
        "has_buttons, rate_per_minute",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"place": "xã không có thật"}, "Chưa tìm ra nơi này"),
        ({"rate": "nhiều"}, "Ghi một con số"),
        ({"rate": "-5"}, "Ghi một con số"),
        ({"approval": "99999999"}, "Ghi một con số"),
        ({"articles": "4,5"}, "Ghi một con số"),
    ],
)
async def test_numbers_and_places_that_cannot_be_are_pointed_at(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo, fields: dict[str, str], said: str
) -> None:
    number = put(stage, zalo)
    before = row(stage, number)

    form = {"place": "92", "rate": "61", "approval": "62", "articles": "3"} | fields
    answer = await keeper.post(f"/staff/accounts/{number}/sending", data=await sending_form(keeper, number, **form))

    assert answer.status_code == 422
    assert said in words(answer)
    for name, value in form.items():
        assert f'name="{name}" value="{value}"' in answer.text
    assert row(stage, number) == before


async def test_two_who_change_how_it_sends_are_told(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo)
    mine, theirs = await sending_form(keeper, number, rate="60"), await sending_form(keeper, number, approval="9")

    await keeper.post(f"/staff/accounts/{number}/sending", data=theirs)
    told = await keeper.post(f"/staff/accounts/{number}/sending", data=mine)

    assert told.status_code == 422
    assert "Vừa có người khác sửa" in words(told)
    assert 'name="rate" value="60"' in told.text
    assert (row(stage, number).rate_per_minute, row(stage, number).approval_above) == (90, 9)


async def test_several_places_of_a_name_are_offered(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo)

    form = await sending_form(keeper, number, place="xa long phu", rate="77")
    answer = await keeper.post(f"/staff/accounts/{number}/sending", data=form)

    assert answer.status_code == 422
    assert answer.text.count('name="chosen"') > 1
    assert 'name="rate" value="77"' in answer.text


async def test_an_account_is_stopped_and_started(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo)
    state = f"/staff/accounts/{number}/state"

    await keeper.post(state, data={"action": "stop"})
    stopped = row(stage, number)
    page = await keeper.get(f"/staff/accounts/{number}")
    await keeper.post(state, data={"action": "stop"})
    await keeper.post(state, data={"action": "start"})
    await keeper.post(state, data={"action": "start"})

    assert (stopped.state, stopped.reason) == ("stopped", "by_staff")
    assert "Người trong tổ đã tắt gửi" in words(page)
    assert (row(stage, number).state, row(stage, number).reason) == ("active", "")
    assert [action for action, _, _ in written(stage)] == ["account_stopped", "account_started"]


async def test_the_reason_of_a_platform_is_not_written_over(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo, state="stopped", reason="package_needed")

    await keeper.post(f"/staff/accounts/{number}/state", data={"action": "stop"})

    assert row(stage, number).reason == "package_needed"


async def test_what_lacks_a_key_is_not_started(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo, secret="", state="stopped", reason="is_new")

    answer = await keeper.post(f"/staff/accounts/{number}/state", data={"action": "start"})

    assert answer.status_code == 422
    assert "còn thiếu khóa hoặc mã" in words(answer)
    assert row(stage, number).state == "stopped"


async def test_our_own_page_has_a_place_and_cannot_be_stopped(stage: Stage, keeper: httpx.AsyncClient) -> None:
    with transaction(stage.database) as connection:
        number = accounts.put(connection, channel=webchat.NAME, external_id=webchat.ACCOUNT)

    stopped = await keeper.post(f"/staff/accounts/{number}/state", data={"action": "stop"})
    form = await sending_form(keeper, number, place="tai van, can tho")
    moved = await keeper.post(f"/staff/accounts/{number}/sending", data=form)

    assert (stopped.status_code, moved.status_code) == (404, 303)
    assert row(stage, number).place == COMMUNE
    assert "Các bước nối" not in words(await keeper.get(f"/staff/accounts/{number}"))


# What is shown --------------------------------------------------------------------------------------------


async def test_no_secret_is_on_any_page_or_in_the_audit(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    await added(keeper, zalo)
    pair = {"access_token": f"{SECRET}-new", "refresh_token": f"{SECRET}-new-refresh"}

    shown = [
        await keeper.get("/staff/accounts"),
        await keeper.get("/staff/accounts/1?done=added"),
        await keeper.post("/staff/accounts/1/check"),
        await keeper.post("/staff/accounts/1/keys", data=pair),
        await keeper.post("/staff/accounts/1/sending", data={"rate": "x"}),
        await added(keeper, zalo),
    ]

    for answer in shown:
        assert SECRET not in answer.text
        assert SECRET not in str(answer.headers)
    assert SECRET not in str(written(stage))
    assert "Đã có, để trống nếu không đổi" in words(shown[1])


async def test_what_is_wrong_stands_first_and_says_what_to_do(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo, token_state="lost", state="stopped", reason="token_lost", secret="")

    for page in (await keeper.get("/staff/accounts"), await keeper.get(f"/staff/accounts/{number}")):
        text = words(page)
        assert "Zalo không nhận mã truy cập nữa" in text
        assert "lấy mã mới, rồi dán vào mục Đổi khóa" in text
        assert (
            text.index("Zalo không nhận mã") < text.index("Chưa có khóa kiểm chữ ký") < text.index("Tin đang chờ gửi")
        )


async def test_the_numbers_of_an_account_are_shown(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(
        stage,
        zalo,
        articles_per_month=4,
        approval_above=1500,
        last_webhook_at=NOW - timedelta(minutes=5),
        place=COMMUNE,
    )
    with transaction(stage.database) as connection:
        person = {"account_id": number, "address": "1", "numbered": 0, "wants_pushes": True, "is_reachable": True}
        key = connection.execute(insert(PERSON).values(**person, created_at=NOW)).inserted_primary_key
        blank = dict.fromkeys(("reason", "platform_id", "in_flight", "claimed_by", "payload"), "")
        for nth in range(1, 4):
            values = {"person_id": key[0], "number": nth, "account_id": number, "rank": 0, "attempts": 0}
            values |= blank | {"due_at": NOW, "parts_sent": 0, "state": "held", "may_bill": False, "created_at": NOW}
            connection.execute(insert(OUTBOX).values(**values))

    text = words(await keeper.get(f"/staff/accounts/{number}"))

    for said in (
        "Mã truy cập còn 20 giờ, máy tự đổi",
        "Lần cuối Zalo gọi tới 5 phút trước",
        "Chữ ký của Zalo có kiểm từng tin",
        "90 tin; ngay lúc này còn 9",
        "Bài phát tháng này 0 trong 4",
        "bản tin hơn 1.500 người",
        "Tin chờ bà con nhắn lại 3",
        "Xã Tài Văn",
    ):
        assert said in text, said


async def test_a_check_is_a_part_of_the_page_for_htmx_and_the_page_without(
    stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo
) -> None:
    number = put(stage, zalo)

    whole = await keeper.post(f"/staff/accounts/{number}/check")
    part = await keeper.post(f"/staff/accounts/{number}/check", headers={"HX-Request": "true"})

    assert "<html" in whole.text
    assert part.text.lstrip().startswith('<div id="steps">')
    assert "Zalo nhận mã truy cập" in words(part)
    assert 'hx-trigger="load' not in part.text  # it would check for ever
    assert written(stage)[-1] == ("account_checked", f"account {number}", "address, clock")


async def test_reading_the_pages_asks_no_platform(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo)
    zalo.who_faults.append("hang")

    await keeper.get("/staff/accounts")
    await keeper.get(f"/staff/accounts/{number}")

    assert len(zalo.who_faults) == 1


# Who may --------------------------------------------------------------------------------------------------


async def test_an_account_of_another_place_is_not_there(stage: Stage, zalo: FakeZalo) -> None:
    number = put(stage, zalo, place=ELSEWHERE)
    country = put_of_country(stage, zalo)
    before = [row(stage, one) for one in (number, country)]
    keeper = stage.client(roles=("operator",), scope=(COMMUNE,))

    for one in (number, country):
        assert (await keeper.get(f"/staff/accounts/{one}")).status_code == 404
        for page in ("check", "keys", "sending", "state"):
            data = {"action": "stop", "secret": "something", "rate": "1"}
            assert (await keeper.post(f"/staff/accounts/{one}/{page}", data=data)).status_code == 404, page
    assert OA not in words(await keeper.get("/staff/accounts"))
    assert [row(stage, one) for one in (number, country)] == before
    assert written(stage) == []


def put_of_country(stage: Stage, zalo: FakeZalo) -> int:
    with transaction(stage.database) as connection:
        return accounts.put(connection, channel="zalo-oa", external_id="7000000000000000002", api_url=zalo.url)


@pytest.mark.parametrize("place", ["", ELSEWHERE, "xã Long Phú, Cần Thơ", "Cà Mau"])
async def test_nobody_moves_an_account_beyond_his_places(stage: Stage, zalo: FakeZalo, place: str) -> None:
    keeper = stage.client(roles=("operator",), scope=(COMMUNE,))
    number = put(stage, zalo, place=COMMUNE)

    form = await sending_form(keeper, number, place=place)
    moved = await keeper.post(f"/staff/accounts/{number}/sending", data=form)

    assert moved.status_code == 422
    assert "không thuộc phần của mình" in words(moved)
    assert row(stage, number).place == COMMUNE


async def test_a_new_account_is_for_the_place_of_who_adds_it(stage: Stage, zalo: FakeZalo) -> None:
    keeper = stage.client(roles=("operator",), scope=(COMMUNE,))

    answer = await added(keeper, zalo)

    assert row(stage, 1).place == COMMUNE
    assert (await keeper.get(answer.headers["location"])).status_code == 200


@pytest.mark.parametrize("role", ["member", "leader", "author", "reviewer", "auditor"])
async def test_only_operators_keep_accounts(stage: Stage, zalo: FakeZalo, role: str) -> None:
    number = put(stage, zalo)
    client = stage.client(roles=(role,), scope=("vn",))

    assert (await client.get("/staff/accounts")).status_code == 403
    assert (await client.get(f"/staff/accounts/{number}")).status_code == 403
    assert (await client.post(f"/staff/accounts/{number}/state", data={"action": "stop"})).status_code == 403
    assert row(stage, number).state == "active"


async def test_another_site_changes_nothing(stage: Stage, keeper: httpx.AsyncClient, zalo: FakeZalo) -> None:
    number = put(stage, zalo)
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}

    answer = await keeper.post(f"/staff/accounts/{number}/state", data={"action": "stop"}, headers=elsewhere)

    assert answer.status_code == 403
    assert row(stage, number).state == "active"
