"""The pages of a bulletin: what a member may do there, what is refused, and that nothing typed is lost."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from sqlalchemy import func, select

from bulletins import release
from lessons.schema import Book
from storage import bulletins
from storage.bulletin_tables import BULLETIN
from storage.database import Database, reading, transaction
from storage.tables import INBOX, OUTBOX
from storage.team_tables import AUDIT
from tests.admin.desk_stage import ELSEWHERE, Stage, staged, words
from tests.conftest import NOW, TODAY
from tests.fakes.open_meteo import FakeOpenMeteo

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book) -> AsyncIterator[Stage]:
    with FakeOpenMeteo(today=TODAY) as weather:
        async with staged(database, book, weather_url=weather.url) as made:
            yield made


async def drafted(client: httpx.AsyncClient, **fields: str) -> str:
    """The address of a new draft in which every suggestion was dropped."""
    form = {"place": "31687", "ask": "Anh Tư", "by_hand": "on"} | fields
    answer = await client.post("/staff/bulletins/new", data=form)
    assert answer.status_code == 303, words(answer)
    address = answer.headers["location"].partition("?")[0].removesuffix("/text")
    page = await client.get(f"{address}/text")
    for name in re.findall(r'name="name" value="([^"]+)"', page.text):
        await client.post(f"{address}/suggestions", data={"name": name, "verdict": "dropped"})
    return address


async def form_of(client: httpx.AsyncClient, address: str) -> dict[str, str]:
    """What the form of a draft would send if nothing were changed."""
    page = (await client.get(f"{address}/text")).text
    main = page[page.index("data-keeps") :]
    fields = dict(re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', main))
    fields |= dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)</textarea>', main))
    for name, options in re.findall(r'(?s)<select[^>]*? name="([^"]+)">(.*?)</select>', main):
        fields[name] = re.search(r'value="([^"]*)" selected', options)[1]
    return fields


async def released(client: httpx.AsyncClient, address: str, *, people: int) -> httpx.Response:
    return await client.post(f"{address}/release", data={"people": str(people)})


def work(stage: Stage) -> None:
    """What the server does every second."""
    with transaction(stage.database) as connection:
        while release.work(connection, stage.desk.lines(connection), now=stage.at[0]):
            pass


def row_of(stage: Stage, address: str):
    with reading(stage.database) as connection:
        return bulletins.one(connection, int(address.rpartition("/")[2]))


async def test_a_draft_has_the_forecast_and_its_advice(stage: Stage) -> None:
    client = stage.client()

    answer = await client.post("/staff/bulletins/new", data={"place": "xa tai van can tho", "crops": "lua"})
    page = await client.get(answer.headers["location"])

    assert "Xã Tài Văn" in words(page)
    assert "Gợi ý" in words(page)
    assert "Open-Meteo" in words(page)
    assert (await form_of(client, answer.headers["location"].partition("/text")[0]))["day-0-high"].isdigit()


async def test_several_places_of_a_name_are_offered_and_what_was_typed_stays(stage: Stage) -> None:
    client = stage.client(scope=("vn",))

    answer = await client.post("/staff/bulletins/new", data={"place": "xa long phu", "ask": "Anh Tư"})

    assert answer.status_code == 422
    assert answer.text.count('name="chosen"') > 1
    assert 'value="Anh Tư"' in answer.text
    assert 'value="xa long phu"' in answer.text


async def test_a_name_that_many_communes_have_is_that_of_the_members_own_province(stage: Stage) -> None:
    client = stage.client(scope=("92",))

    answer = await client.post("/staff/bulletins/new", data={"place": "xa long phu", "by_hand": "on"})

    # Elsewhere there is a Long Phu in Vinh Long and one in An Giang.
    assert re.findall(r'name="chosen" value="(\d+)"', answer.text) == ["31639", "31480"]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(ELSEWHERE, id="another commune"),
        pytest.param("92", id="the whole province"),
        pytest.param("vn", id="the country"),
    ],
)
async def test_nobody_writes_for_a_place_that_is_not_his(stage: Stage, place: str) -> None:
    client = stage.client()

    answer = await client.post("/staff/bulletins/new", data={"place": place})

    assert answer.status_code == 422
    assert "không thuộc phần của mình" in words(answer)
    with reading(stage.database) as connection:
        assert connection.scalar(select(func.count()).select_from(BULLETIN)) == 0


async def test_a_bulletin_of_another_place_is_not_there_on_any_page(stage: Stage) -> None:
    owner, stranger = stage.client(), stage.client("Cô Ba", scope=(ELSEWHERE,))
    address = await drafted(owner)

    for page in ("", "/text", "/preview", "/send", "/progress", "/picture.png", "/sheet.pdf"):
        assert (await stranger.get(f"{address}{page}")).status_code == 404, page
    for page in ("/text", "/suggestions", "/audience", "/release", "/move", "/correct", "/drop", "/answer", "/article"):
        answer = await stranger.post(f"{address}{page}", data={"action": "pause", "what": "x", "account": "1"})
        assert answer.status_code == 404, page
    assert "Tài Văn" not in words(await stranger.get("/staff/bulletins"))


async def test_what_is_typed_is_kept_and_wrong_numbers_are_pointed_at(stage: Stage) -> None:
    client = stage.client()
    answer = await client.post("/staff/bulletins/new", data={"place": "31687"})
    address = answer.headers["location"].partition("/text")[0]
    form = await form_of(client, address)

    wrong = await client.post(
        f"{address}/text", data=form | {"day-0-high": "ba mươi", "water": "Nước lớn.", "warning-text": "Mưa to."}
    )
    right = await client.post(f"{address}/text", data=form | {"day-0-high": "31", "water": "Nước lớn."})

    assert wrong.status_code == 422
    assert 'value="ba mươi" aria-invalid="true"' in wrong.text
    assert "Nước lớn." in wrong.text
    assert "không được để trống" in words(wrong)
    assert right.status_code == 303
    assert (await form_of(client, address))["day-0-high"] == "31"


async def test_two_who_edit_one_draft_are_told_and_lose_nothing(stage: Stage) -> None:
    first, second = stage.client(), stage.client("Anh Tư", roles=("leader",))
    address = await drafted(first)
    form = await form_of(first, address)
    await second.post(f"{address}/text", data=form | {"water": "Nước lớn."})

    refused = await first.post(f"{address}/text", data=form | {"pests": "Rầy nâu."})

    assert refused.status_code == 422
    assert "Có người vừa sửa" in words(refused)
    assert "Rầy nâu." in refused.text
    assert "Người kia viết: Nước lớn." in words(refused)
    assert (await form_of(first, address))["water"] == "Nước lớn."


async def test_judging_a_suggestion_is_no_change_of_the_form(stage: Stage) -> None:
    client = stage.client()
    answer = await client.post("/staff/bulletins/new", data={"place": "31687", "crops": "lua"})
    address = answer.headers["location"].partition("/text")[0]
    form = await form_of(client, address)
    name = re.findall(r'name="name" value="([^"]+)"', (await client.get(f"{address}/text")).text)[0]

    part = await client.post(
        f"{address}/suggestions", data={"name": name, "verdict": "kept"}, headers={"HX-Request": "true"}
    )
    saved = await client.post(f"{address}/text", data=form | {"water": "Nước lớn."})

    assert part.status_code == 200
    assert "<html" not in part.text
    assert 'aria-pressed="true">Giữ' in part.text
    assert saved.status_code == 303


async def test_the_plan_is_shown_and_nothing_is_sent_to_more_than_it_said(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(3, hours_ago=1)
    stage.subscribers(2, hours_ago=100, start=3)
    stage.subscribers(1, hours_ago=400, start=5)
    address = await drafted(client)

    plan = words(await client.get(f"{address}/send"))
    stage.subscribers(4, start=6)
    refused = await released(client, address, people=6)
    row_after_refusal = row_of(stage, address)
    accepted = await released(client, address, people=10)

    assert "Tất cả 6 người Nhận ngay, không tốn tiền 3" in plan
    assert "Gửi ngay thì tốn khoảng 110 đồng 2" in plan
    assert refused.status_code == 409
    assert "vừa tăng" in words(refused)
    assert "Gửi cho 10 người" in words(refused)
    assert row_after_refusal.state == "draft"
    assert accepted.status_code == 303
    assert row_of(stage, address).planned == 10


async def test_a_draft_with_open_suggestions_is_not_sent(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(1)
    answer = await client.post("/staff/bulletins/new", data={"place": "31687", "crops": "lua"})
    address = answer.headers["location"].partition("/text")[0]

    refused = await released(client, address, people=1)

    assert refused.status_code == 409
    assert "Còn gợi ý chưa chọn" in words(refused)
    assert row_of(stage, address).state == "draft"


async def test_at_night_a_reason_is_wanted(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(1)
    address = await drafted(client)
    stage.forward(hours=11)

    page = words(await client.get(f"{address}/send"))
    refused = await released(client, address, people=1)
    await client.post(f"{address}/audience", data={"reason": "Bão sắp vào"})
    accepted = await released(client, address, people=1)

    assert "bà con đang nghỉ" in page
    assert refused.status_code == 409
    assert accepted.status_code == 303
    assert row_of(stage, address).urgent_reason == "Bão sắp vào"


async def test_an_urgent_one_also_reaches_who_had_one_today(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(2)
    first = await drafted(client)
    await released(client, first, people=2)
    work(stage)
    second = await drafted(client)

    calm = words(await client.get(f"{second}/send"))
    part = await client.post(f"{second}/audience", data={"reason": "Bão  sắp vào"}, headers={"HX-Request": "true"})
    sent = await released(client, second, people=2)

    assert "Hôm nay đã nhận một bản tin 2" in calm
    assert "gấp Bão sắp vào Tất cả 2 người" in words(part)
    assert sent.status_code == 303


async def test_a_second_person_approves_and_never_the_author(stage: Stage) -> None:
    from storage import accounts

    author, leader = stage.client("Chị Sáu", roles=("leader",)), stage.client("Chị Sáu", roles=("leader",))
    stage.subscribers(3)
    with transaction(stage.database) as connection:
        accounts.change(connection, 1, approval_above=2)
    address = await drafted(author)

    early = await released(author, address, people=3)
    own = await author.post(f"{address}/approve", follow_redirects=True)
    other = await leader.post(f"{address}/approve", follow_redirects=True)
    sent = await released(author, address, people=3)

    assert early.status_code == 409
    assert "không tự duyệt" in words(own)
    assert "đã đọc và duyệt" in words(other)
    assert sent.status_code == 303


async def test_a_change_after_the_approval_wants_a_new_one(stage: Stage) -> None:
    from storage import accounts

    author, leader = stage.client(), stage.client("Anh Tư", roles=("leader",))
    stage.subscribers(3)
    with transaction(stage.database) as connection:
        accounts.change(connection, 1, approval_above=2)
    address = await drafted(author)
    await leader.post(f"{address}/approve")
    form = await form_of(author, address)

    await author.post(f"{address}/text", data=form | {"water": "Nước lớn."})
    refused = await released(author, address, people=3)

    assert refused.status_code == 409
    assert row_of(stage, address).approver == ""


async def test_a_bulletin_on_its_way_is_paused_resumed_cancelled_and_adds_up(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(5)
    address = await drafted(client)
    await released(client, address, people=5)
    work(stage)

    for action, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        answer = await client.post(f"{address}/move", data={"action": action})
        work(stage)
        assert answer.status_code == 303
        assert row_of(stage, address).state == state
    report = words(await client.get(address))
    late = await client.post(f"{address}/move", data={"action": "pause"}, follow_redirects=True)

    assert "đã thôi gửi" in report
    assert "Đã dừng, không gửi mình thôi gửi: 5 5" in report
    assert "không còn đang gửi" in words(late)


async def test_the_progress_comes_by_itself_only_while_something_moves(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(2)
    address = await drafted(client)
    await released(client, address, people=2)

    sending = await client.get(f"{address}/progress", headers={"HX-Request": "true"})
    work(stage)
    with transaction(stage.database) as connection:
        connection.execute(OUTBOX.update().values(state="sent", settled_at=NOW))
    work(stage)
    done = await client.get(f"{address}/progress", headers={"HX-Request": "true"})

    assert 'hx-trigger="every 2s"' in sending.text
    assert "Đã gửi 0 trên 2 người" in words(sending)
    assert "every 2s" not in done.text
    assert "đã gửi xong Đã gửi 2 trên 2 người" in words(done)


async def test_a_correction_is_drafted_from_the_wrong_one_with_a_sentence(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(1)
    address = await drafted(client)
    await released(client, address, people=1)
    work(stage)

    without = await client.post(f"{address}/correct", data={"what": " "}, follow_redirects=True)
    answer = await client.post(f"{address}/correct", data={"what": "Mưa to là thứ Sáu."})
    page = words(await client.get(answer.headers["location"]))

    assert "Ghi một câu" in words(without)
    assert answer.headers["location"].endswith("/text")
    assert "Bản đính chính của bản số 1" in page


async def test_the_audience_of_a_correction_keeps_its_crops(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(1)
    address = await drafted(client, crops="lua")
    await released(client, address, people=1)
    work(stage)
    answer = await client.post(f"{address}/correct", data={"what": "Mưa to là thứ Sáu."})
    right = answer.headers["location"].removesuffix("/text")

    await client.post(f"{right}/audience", data={"seen_within": "0", "may_bill": "on"})

    assert row_of(stage, right).crops == ",lua,"
    assert row_of(stage, right).may_bill


async def test_what_must_be_known_before_sending_is_said_above_the_draft(stage: Stage) -> None:
    client = stage.client()
    address = await drafted(client)

    page = words(await client.get(f"{address}/text?notices=heavy_rain.gaps.nonsense"))

    assert "mưa to" in page
    assert "thiếu số" in page
    assert "nonsense" not in page


async def test_a_draft_that_nobody_wants_is_dropped(stage: Stage) -> None:
    client = stage.client()
    address = await drafted(client)

    answer = await client.post(f"{address}/drop", follow_redirects=True)

    assert "Đã bỏ nháp" in words(answer)
    assert "Nháp đang chờ" not in words(answer)
    assert (await released(client, address, people=1)).status_code == 409


async def test_outputs_are_drawn_from_the_draft(stage: Stage) -> None:
    client = stage.client()
    address = await drafted(client, by_hand="")
    form = await form_of(client, address)
    await client.post(f"{address}/text", data=form | {"week": "Tuần này **mưa** rào.\r\nGió nhẹ."})

    preview = await client.get(f"{address}/preview")
    picture = await client.get(f"{address}/picture.png")
    sheet = await client.get(f"{address}/sheet.pdf")

    assert "mưa rào" in words(preview)
    assert "<script>" not in preview.text
    assert picture.content.startswith(b"\x89PNG")
    assert sheet.content.startswith(b"%PDF")


async def test_what_members_write_is_text_and_never_a_tag(stage: Stage) -> None:
    client = stage.client("<b>Sáu</b>")
    address = await drafted(client)
    form = await form_of(client, address)
    await client.post(f"{address}/text", data=form | {"week": "<script>alert(1)</script>"})

    for page in ("/text", "/preview", "/send"):
        assert "<script>alert" not in (await client.get(f"{address}{page}")).text
        assert "<b>Sáu" not in (await client.get(f"{address}{page}")).text


async def test_what_was_done_is_written_down_without_words(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(1)
    address = await drafted(client)
    await released(client, address, people=1)
    await client.post(f"{address}/move", data={"action": "pause"})

    with reading(stage.database) as connection:
        rows = connection.execute(select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail)).all()

    actions = [row.action for row in rows]
    assert actions[0] == "bulletin_drafted"
    assert actions[-2:] == ["bulletin_sent", "bulletin_pause"]
    assert rows[-2].subject == "bulletin 1"
    assert rows[-2].detail == "1 people"


async def test_a_question_is_answered_from_the_page_once(stage: Stage) -> None:
    client, other = stage.client(), stage.client("Anh Tư", roles=("leader",))
    stage.subscribers(1)
    address = await drafted(client)
    await released(client, address, people=1)
    work(stage)
    with transaction(stage.database) as connection:
        connection.execute(OUTBOX.update().values(state="sent", settled_at=stage.at[0]))
        bulletins.take_verdicts(connection, [(1, "question", 1)], stage.at[0])
        row = {"person_id": 1, "key": "k", "kind": "TextSaid", "state": "done", "text": "mưa ngày nào hả cháu"}
        connection.execute(INBOX.insert().values(**row, received_at=stage.at[0]))

    listed = words(await client.get("/staff/bulletins"))
    page = words(await client.get(address))
    empty = await client.post(f"{address}/answer", data={"person": "1", "text": " "}, follow_redirects=True)
    sent = await client.post(
        f"{address}/answer", data={"person": "1", "text": "Thứ Năm nhé bác."}, follow_redirects=True
    )
    late = await other.post(f"{address}/answer", data={"person": "1", "text": "Thứ Sáu."}, follow_redirects=True)

    assert "1 người hỏi" in listed
    assert "mưa ngày nào hả cháu" in page
    assert "Chưa viết câu trả lời" in words(empty)
    assert "câu trả lời" in re.search(r"(?s)role=\"status\">(.*?)<", sent.text)[1]
    assert "Có người" in words(late)
    with reading(stage.database) as connection:
        rows = connection.execute(select(OUTBOX.c.payload, OUTBOX.c.rank).where(OUTBOX.c.bulletin_id.is_(None))).all()
    assert [row.rank for row in rows] == [1]
    assert "Chị Sáu" in rows[0].payload
    assert "Thứ Năm nhé bác." in rows[0].payload


async def test_two_who_press_send_send_once(stage: Stage) -> None:
    client = stage.client()
    stage.subscribers(2)
    address = await drafted(client)

    answers = await asyncio.gather(*(released(client, address, people=2) for _ in range(3)))
    work(stage)

    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    with reading(stage.database) as connection:
        assert connection.scalar(select(func.count()).select_from(OUTBOX)) == 2


def test_times_are_those_of_vietnam() -> None:
    from admin.views import moment
    from tests.conftest import HANOI

    assert moment(datetime.fromisoformat("2026-11-22T22:30:00+00:00"), HANOI) == "05:30 thứ Hai 23/11"
