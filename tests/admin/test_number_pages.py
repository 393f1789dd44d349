"""The pages of numbers and the report: what they say was computed by hand, small counts hidden, places held apart."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, insert, select, update

from admin.counting import Counting
from admin.numbers import XLSX
from lessons.loader import Library
from lessons.schema import Book
from publishing import Published
from storage import accounts
from storage.database import Database, reading, transaction
from storage.tables import LEARNER, PERSON, STEP_EVENT
from storage.team_tables import AUDIT, COUNTED, PLACE_COUNT, STEP_COUNT
from tests.admin.desk_stage import COMMUNE, ELSEWHERE, PROVINCE, Stage, staged, words
from tests.conftest import HANOI, NOW

pytestmark = pytest.mark.anyio

LESSON, TITLE = "vneid-kich-hoat", "Kích hoạt VNeID mức 2"
MONTH, BEFORE = "2026-11", "2026-10"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book, library: Library) -> AsyncIterator[Stage]:
    published = Published(1, library.texts, book)
    async with staged(database, book, published=lambda: published) as made:
        yield made


@pytest.fixture
def quiz(book: Book) -> str:
    """A question of LESSON."""
    return next(step.id for step in book.current[LESSON].lesson.steps if step.kind == "quiz")


def people_of(stage: Stage, **places: Sequence[int]) -> None:
    """Counts (residents, learners, finished, subscribers) by place, a name that begins with "p"."""
    with transaction(stage.database) as connection:
        connection.execute(delete(PLACE_COUNT))
        for place, (residents, learners, finished, subscribers) in places.items():
            values = {"residents": residents, "learners": learners, "finished": finished, "subscribers": subscribers}
            connection.execute(insert(PLACE_COUNT).values(place=place.removeprefix("p"), **values))
        connection.execute(delete(COUNTED))
        connection.execute(insert(COUNTED).values(name="places", at=NOW))
        connection.execute(insert(COUNTED).values(name="steps", at=NOW))


def happened(
    stage: Stage,
    kind: str,
    count: int,
    *,
    place: str = COMMUNE,
    month: str = MONTH,
    lesson: str = LESSON,
    step: str = "",
) -> None:
    values = {"place": place, "month": month, "lesson": lesson, "step": step, "kind": kind, "count": count}
    with transaction(stage.database) as connection:
        connection.execute(insert(STEP_COUNT).values(**values))


async def page_of(client: httpx.AsyncClient, address: str = "/staff/numbers") -> str:
    answer = await client.get(address)
    assert answer.status_code == 200, words(answer)
    return words(answer)


# A place --------------------------------------------------------------------------------------------------


async def test_people_of_a_place_are_told_with_numerator_and_denominator(stage: Stage) -> None:
    people_of(stage, p31687=(1200, 600, 150, 300))

    said = await page_of(stage.client())

    assert "Đã nhắn tin với trợ lý 1.200" in said
    assert "600/1.200 (50 %)" in said
    assert "150/600 (25 %)" in said
    assert "300/1.200 (25 %)" in said
    assert "Đếm lúc 10:00 Chủ nhật 22/11" in said


async def test_a_few_people_are_not_told_nor_are_they_by_the_rest(stage: Stage) -> None:
    people_of(stage, p31687=(30, 27, 12, 3))

    said = await page_of(stage.client())

    assert "gần hết/30" in said  # 27 of 30: three have not begun
    assert "12/gần hết" in said
    assert "dưới 5/30" in said
    assert not {"27", "3/30", "27/30"} & set(said.split())


async def test_a_commune_of_which_the_list_of_its_province_may_not_tell_is_not_told_on_its_own_page(
    stage: Stage,
) -> None:
    people_of(stage, p92=(60, 0, 0, 0), p31687=(20, 0, 0, 0), p31639=(3, 0, 0, 0), p31672=(37, 0, 0, 0))

    of_province = await page_of(stage.client(scope=(PROVINCE,)))
    of_commune = await page_of(stage.client())

    assert "Đã nhắn tin với trợ lý 60" in of_province
    assert "37 0 0 0" in of_province
    assert "Đã nhắn tin với trợ lý ẩn" in of_commune
    assert "20" not in of_commune.split()


async def test_parts_of_a_province_are_listed_with_those_of_whom_no_commune_is_known(stage: Stage) -> None:
    people_of(stage, p92=(100, 50, 20, 10), p31687=(40, 20, 8, 0), p31639=(45, 15, 6, 10))

    said = await page_of(stage.client(scope=(PROVINCE,)))

    assert "Xã Tài Văn 40 20 8 0" in said
    assert "Chưa rõ xã nào 15 15 6 0" in said


async def test_bars_show_nothing_of_what_is_hidden(stage: Stage) -> None:
    people_of(stage, p31687=(30, 27, 12, 3))

    page = (await stage.client().get("/staff/numbers")).text

    assert "meter" not in page


async def test_a_lesson_is_told_by_rounds_and_by_how_long_they_take(stage: Stage) -> None:
    happened(stage, "lesson_started", 30)
    happened(stage, "lesson_finished", 12)
    happened(stage, "seconds", 30 * 90)
    client = stage.client()

    said = await page_of(client)

    assert f"{TITLE} 12/30 (40 %) 1,5" in said
    assert "không phải số người" in said
    assert f"/staff/numbers/lesson/{LESSON}?place={COMMUNE}" in (await client.get("/staff/numbers")).text


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        pytest.param("this_month", "12/30", id="this month"),
        pytest.param("last_month", "6/20", id="last month"),
        pytest.param("last_3_months", "18/50", id="three months"),
        pytest.param("this_year", "25/60", id="the year"),
        pytest.param("nonsense", "12/30", id="unknown: this month"),
    ],
)
async def test_a_period_adds_up_its_months(stage: Stage, period: str, expected: str) -> None:
    for month, started, finished in ((MONTH, 30, 12), (BEFORE, 20, 6), ("2026-01", 10, 7), ("2025-12", 99, 99)):
        happened(stage, "lesson_started", started, month=month)
        happened(stage, "lesson_finished", finished, month=month)

    said = await page_of(stage.client(), f"/staff/numbers?period={period}")

    assert f"{TITLE} {expected}" in said


async def test_one_small_lesson_is_not_told_by_the_sum_of_all(stage: Stage) -> None:
    for lesson, started in (("vneid-la-gi", 3), (LESSON, 20), ("vneid-muc-2", 50)):
        happened(stage, "lesson_started", started, lesson=lesson)

    said = await page_of(stage.client())

    assert "Cộng 0/73" in said
    assert f"{TITLE} 0/ẩn" in said
    assert "0/dưới 5" in said


async def test_a_member_without_a_place_is_told_so(stage: Stage) -> None:
    said = await page_of(stage.client(scope=()))

    assert "Mình chưa được giao nơi nào" in said


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(f"place={ELSEWHERE}", id="another commune"),
        pytest.param(f"place={PROVINCE}", id="the province around"),
        pytest.param("place=vn", id="the country"),
        pytest.param("place=nowhere", id="no place at all"),
    ],
)
async def test_places_of_others_are_not_there(stage: Stage, query: str) -> None:
    people_of(stage, p31639=(50, 20, 10, 5), p92=(500, 200, 100, 50), vn=(500, 200, 100, 50))
    client = stage.client()

    for page in ("", f"/lesson/{LESSON}", "/report.xlsx"):
        assert (await client.get(f"/staff/numbers{page}?{query}")).status_code == 404, page


async def test_who_sees_everything_may_ask_for_each_place_that_there_is(stage: Stage) -> None:
    client = stage.client(roles=("auditor",), scope=("vn",))

    assert (await client.get(f"/staff/numbers?place={COMMUNE}")).status_code == 200
    assert (await client.get("/staff/numbers?place=99999")).status_code == 404


# A lesson -------------------------------------------------------------------------------------------------


def standing(stage: Stage, count: int, step: str, *, days: float, place: str = COMMUNE) -> None:
    """So many people who stand at a step of LESSON and wrote so many days ago."""
    wrote = NOW - timedelta(days=days)
    with transaction(stage.database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
        for nth in range(count):
            address = f"{place} {step} {days} {nth}"
            person = {"account_id": account, "address": address, "numbered": 0, "wants_pushes": True}
            person |= {"is_reachable": True, "created_at": wrote, "last_contact_at": wrote, "place": place}
            key = connection.execute(insert(PERSON).values(**person)).inserted_primary_key
            stands = {"number": 1, "state": "{}", "lesson": LESSON, "version": "v", "step": step, "updated_at": NOW}
            connection.execute(insert(LEARNER).values(person_id=key[0], **stands))


async def test_a_lesson_shows_where_people_leave_it(stage: Stage, quiz: str) -> None:
    happened(stage, "lesson_started", 40)
    happened(stage, "lesson_left", 11, step=quiz)
    happened(stage, "first_right", 12, step=quiz)
    happened(stage, "first_wrong", 18, step=quiz)
    standing(stage, 7, quiz, days=4)
    standing(stage, 6, quiz, days=2)
    standing(stage, 9, quiz, days=4, place=ELSEWHERE)

    said = await page_of(stage.client(), f"/staff/numbers/lesson/{LESSON}")

    assert "Đúng ngay lần đầu: 12/30 (40 %) người 11 7" in said
    assert "0/40 (0 %)" in said


async def test_a_step_that_the_lesson_has_no_more_is_told_at_the_end(stage: Stage) -> None:
    happened(stage, "lesson_left", 8, step="buoc-cu")

    said = await page_of(stage.client(), f"/staff/numbers/lesson/{LESSON}")

    assert "Bước cũ, bài không còn buoc-cu 8 0" in said


async def test_a_few_at_a_step_are_hidden_and_their_bar_is_not_drawn(stage: Stage, quiz: str) -> None:
    happened(stage, "lesson_left", 4, step=quiz)
    standing(stage, 2, quiz, days=9)
    client = stage.client()

    answer = await client.get(f"/staff/numbers/lesson/{LESSON}")

    assert "dưới 5 dưới 5" in words(answer)
    assert "<rect" not in answer.text


async def test_a_lesson_that_never_was_is_not_there(stage: Stage) -> None:
    assert (await stage.client().get("/staff/numbers/lesson/khong-co")).status_code == 404


async def test_a_lesson_that_is_gone_is_told_by_its_id(stage: Stage) -> None:
    happened(stage, "lesson_started", 10, lesson="bai-cu")
    client = stage.client()

    assert "bai-cu 0/10" in await page_of(client)
    assert "Lượt học xong trên lượt bắt đầu 0/10" in await page_of(client, "/staff/numbers/lesson/bai-cu")


# The report -----------------------------------------------------------------------------------------------


def sheets_of(answer: httpx.Response) -> dict[str, list[list[Any]]]:
    """Sheet -> rows of values."""
    book = load_workbook(BytesIO(answer.content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


async def test_the_report_is_the_form_that_a_commune_hands_in(stage: Stage, quiz: str) -> None:
    people_of(stage, p31687=(1200, 600, 150, 3))
    for kind, count in (("lesson_started", 30), ("lesson_finished", 12), ("seconds", 2700)):
        happened(stage, kind, count)
    happened(stage, "lesson_started", 900, month=BEFORE)
    happened(stage, "first_right", 15, step=quiz)
    happened(stage, "first_wrong", 5, step=quiz)

    answer = await stage.client().get(f"/staff/numbers/report.xlsx?month={MONTH}")

    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert f"muadam-{COMMUNE}-{MONTH}.xlsx" in answer.headers["content-disposition"]
    sheets = sheets_of(answer)
    first = sheets["Tổng hợp"]
    assert [row[0] for row in first[:5]] == [
        "BÁO CÁO KẾT QUẢ PHỔ CẬP KỸ NĂNG SỐ",
        "Đơn vị: Xã Tài Văn, Thành phố Cần Thơ",
        "Kỳ báo cáo: tháng 11/2026",
        "Ngày lập: 22/11/2026",
        "Số liệu tính đến: 10:00 22/11/2026",
    ]
    assert first[6] == ["STT", "Chỉ tiêu", "Đơn vị tính", "Tử số", "Mẫu số", "Kết quả", "Ghi chú"]
    assert [row[:6] for row in first[7:14]] == [
        [1, "Người dân đã nhắn tin với trợ lý", "người", None, None, 1200],
        [2, "Người đã bắt đầu học ít nhất một bài", "người", 600, 1200, 0.5],
        [3, "Người đã học xong ít nhất một bài", "người", 150, 600, 0.25],
        [4, "Người đăng ký nhận bản tin thời tiết", "người", "dưới 5", 1200, None],
        [5, "Lượt bắt đầu một bài học", "lượt", None, None, 30],
        [6, "Lượt học xong", "lượt", 12, 30, 0.4],
        [7, "Trả lời đúng ngay lần đầu", "câu trả lời", 15, 20, 0.75],
    ]
    course = "VNeID, căn cước trong điện thoại"
    assert sheets["Theo bài"][1] == [1, course, TITLE, 12, 30, 0.4, 1.5]
    assert sheets["Câu hỏi"][1][3:] == [15, 20, 0.75]


async def test_a_report_is_written_down_with_who_made_it_and_of_what(stage: Stage) -> None:
    await stage.client(roles=("auditor",)).get(f"/staff/numbers/report.xlsx?month={BEFORE}")

    with reading(stage.database) as connection:
        row = connection.execute(select(AUDIT)).one()
    assert (row.action, row.subject, row.detail) == ("exported", f"numbers {COMMUNE}", BEFORE)


@pytest.mark.parametrize("month", ["2026-12", "2024-01", "x", "2026-13"])
async def test_there_is_no_report_of_a_month_that_is_none_or_too_long_ago(stage: Stage, month: str) -> None:
    answer = await stage.client().get(f"/staff/numbers/report.xlsx?month={month}")

    assert answer.status_code == 404
    with reading(stage.database) as connection:
        assert connection.execute(select(AUDIT)).all() == []


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "a\x07b"])
async def test_a_name_never_becomes_a_formula(stage: Stage, name: str) -> None:
    happened(stage, "lesson_started", 10, lesson=name)

    answer = await stage.client().get("/staff/numbers/report.xlsx")

    cell = load_workbook(BytesIO(answer.content))["Theo bài"]["C2"]
    assert (cell.value, cell.data_type) == (name.replace("\x07", ""), "s")


# The round that counts ------------------------------------------------------------------------------------


async def test_a_round_counts_events_and_people_for_the_pages(stage: Stage) -> None:
    standing(stage, 6, "b", days=1)
    with transaction(stage.database) as connection:
        for person in connection.scalars(select(PERSON.c.id)).all():
            row = {"person_id": person, "number": 1, "at": NOW - timedelta(hours=1), "kind": "lesson_started"}
            connection.execute(insert(STEP_EVENT).values(**row, lesson=LESSON, version="v", step="b"))
    counting = Counting(stage.database, change=stage.desk.gate.change, clock=lambda: stage.at[0], zone=HANOI)

    await counting.round()
    await counting.round()
    said = await page_of(stage.client())

    assert "Đã nhắn tin với trợ lý 6" in said
    assert f"{TITLE} 0/6" in said


async def test_people_are_counted_anew_after_ten_minutes_and_not_before(stage: Stage) -> None:
    counting = Counting(stage.database, change=stage.desk.gate.change, clock=lambda: stage.at[0], zone=HANOI)
    await counting.round()
    standing(stage, 6, "b", days=1)
    seen = []
    for minutes in (9, 2):
        stage.forward(minutes=minutes)
        await counting.round()
        seen.append("Đã nhắn tin với trợ lý 6" in await page_of(stage.client()))

    assert seen == [False, True]


async def test_months_of_a_year_end_where_it_began(stage: Stage) -> None:
    stage.at[0] = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)  # in Vietnam it is January
    happened(stage, "lesson_started", 10, month="2026-12")
    client = stage.client()

    assert TITLE not in await page_of(client, "/staff/numbers?period=this_year")
    assert f"{TITLE} 0/10" in await page_of(client, "/staff/numbers?period=last_month")


async def test_where_nobody_is_the_page_says_so(stage: Stage) -> None:
    with transaction(stage.database) as connection:
        connection.execute(update(PERSON).values(place=None))

    said = await page_of(stage.client())

    assert "Đã nhắn tin với trợ lý 0" in said
    assert "Chưa có lượt học nào tháng này" in said
    assert "Máy chưa đếm lần nào" in said
