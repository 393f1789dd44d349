"""Prepared answers: who reads and who writes them, what is refused, and what the starter set says."""

import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from admin.canned import PICTURES, Said, filled, problem_of, starter
from lessons.schema import Book
from storage import canned
from storage.database import Database, reading, transaction
from storage.team_tables import AUDIT, CANNED_ANSWER
from tests.admin.desk_stage import Stage, staged, words
from tests.conftest import ROOT
from vietnamese.fold import fold

pytestmark = pytest.mark.anyio

PAGE = "/staff/waiting/canned"
GOOD = {"title": "Chào", "text": "Chào {xung_ho}. {Xung_ho} cần gì?", "picture": ""}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book) -> AsyncIterator[Stage]:
    async with staged(database, book) as made:
        yield made


def leader(stage: Stage, name: str = "Chú Tư") -> httpx.AsyncClient:
    return stage.client(name, roles=("leader",))


def offered(stage: Stage) -> list[tuple[str, str, str]]:
    with reading(stage.database) as connection:
        return [(row.title, row.text, row.picture) for row in canned.offered(connection)]


def audited(stage: Stage) -> list[tuple[str, str]]:
    with reading(stage.database) as connection:
        return [tuple(row) for row in connection.execute(select(AUDIT.c.action, AUDIT.c.subject).order_by(AUDIT.c.id))]


def number_of(stage: Stage, title: str) -> int:
    with reading(stage.database) as connection:
        return next(row.id for row in canned.offered(connection) if row.title == title)


async def was(client: httpx.AsyncClient, address: str) -> str:
    return re.search(r'name="was" value="([^"]+)"', (await client.get(address)).text)[1]


async def added(stage: Stage, client: httpx.AsyncClient, **fields: str) -> str:
    """The address of a new answer."""
    done = await client.post(f"{PAGE}/add", data=GOOD | fields)
    assert done.status_code == 303
    return f"{PAGE}/{number_of(stage, (GOOD | fields)['title'])}"


async def test_a_leader_adds_an_answer_and_a_member_reads_it(stage: Stage) -> None:
    done = await leader(stage).post(f"{PAGE}/add", data=GOOD | {"picture": "dvc-mot-cua.png"})

    page = await stage.client().get(PAGE)
    assert done.headers["location"] == f"{PAGE}?done=added"
    assert offered(stage) == [("Chào", "Chào {xung_ho}. {Xung_ho} cần gì?", "dvc-mot-cua.png")]
    assert "Chào bác. Bác cần gì?" in words(page)
    assert '<img class="canned-picture" src="/media/dvc-mot-cua.png"' in page.text
    assert audited(stage) == [("canned_added", "canned 1")]


async def test_a_member_who_only_helps_is_shown_no_form(stage: Stage) -> None:
    address = await added(stage, leader(stage))
    member = stage.client()

    page = await member.get(PAGE)

    assert "<textarea" not in page.text
    assert "/add" not in page.text
    for refused in (
        await member.post(f"{PAGE}/add", data=GOOD),
        await member.post(f"{PAGE}/starter"),
        await member.get(address),
        await member.post(f"{address}/change", data=GOOD),
        await member.post(f"{address}/end"),
    ):
        assert refused.status_code == 403
    assert offered(stage) == [("Chào", GOOD["text"], "")]


@pytest.mark.parametrize("role", ["author", "reviewer", "auditor"])
async def test_who_does_not_help_residents_does_not_see_them(stage: Stage, role: str) -> None:
    assert (await stage.client(roles=(role,)).get(PAGE)).status_code == 403


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"title": "  "}, "Chưa ghi tên câu", id="no title"),
        pytest.param({"title": "a" * 81}, "Tên câu dài quá", id="long title"),
        pytest.param({"text": " \r\n "}, "Chưa viết câu trả lời", id="empty"),
        pytest.param({"text": "a" * 1001}, "Câu dài quá", id="long"),
        pytest.param({"text": "Chào {ten}."}, "máy chỉ hiểu {xung_ho} và {Xung_ho}", id="an unknown placeholder"),
        pytest.param({"text": "Chào {xung_ho."}, "máy chỉ hiểu {xung_ho} và {Xung_ho}", id="half a placeholder"),
        pytest.param({"text": "Bác đọc cho em mã OTP nhé."}, "không bao giờ hỏi những thứ ấy", id="asks for a code"),
        pytest.param({"picture": "khong-co.png"}, "Không có hình nào tên như vậy", id="no such picture"),
        pytest.param({"picture": "README.md"}, "Không có hình nào tên như vậy", id="no picture at all"),
        pytest.param({"picture": "../phrases.yaml"}, "Không có hình nào tên như vậy", id="out of its folder"),
    ],
)
async def test_what_is_refused_is_said_and_stays_in_the_form(stage: Stage, fields: dict[str, str], says: str) -> None:
    client = leader(stage)
    address = await added(stage, client, title="Câu cũ")
    typed = GOOD | fields

    for refused in (
        await client.post(f"{PAGE}/add", data=typed),
        await client.post(f"{address}/change", data=typed | {"was": await was(client, address)}),
    ):
        assert refused.status_code == 422
        assert says in words(refused)
        shown = html.unescape(refused.text)
        assert all(text.strip() in shown for text in typed.values())
    assert offered(stage) == [("Câu cũ", GOOD["text"], "")]


async def test_two_answers_of_one_title_are_refused_and_a_form_sent_twice_is_not(stage: Stage) -> None:
    client = leader(stage)
    await added(stage, client)
    other = await added(stage, client, title="Khác")

    again = await client.post(f"{PAGE}/add", data=GOOD)
    same = await client.post(f"{PAGE}/add", data=GOOD | {"title": "  CHÀO ", "text": "Câu khác."})
    renamed = await client.post(f"{other}/change", data=GOOD | {"title": "chao", "was": await was(client, other)})

    assert again.status_code == 303
    assert (same.status_code, renamed.status_code) == (422, 422)
    assert "Đã có câu mang tên này" in words(same)
    assert [title for title, _, _ in offered(stage)] == ["Chào", "Khác"]


async def test_more_than_anybody_finds_are_refused(stage: Stage) -> None:
    client = leader(stage)
    await added(stage, client)
    blank = {"text": "Chào.", "picture": "", "staff_id": 1, "created_at": stage.at[0]}
    with transaction(stage.database) as connection:
        connection.execute(CANNED_ANSWER.insert(), [{"title": f"Câu {nth}", **blank} for nth in range(59)])

    refused = await client.post(f"{PAGE}/add", data=GOOD | {"title": "Câu thứ 61"})
    begun = await client.post(f"{PAGE}/starter")

    assert "Đã có 60 câu" in words(refused)
    assert begun.status_code == 303
    assert len(offered(stage)) == 60


async def test_an_answer_is_changed_where_it_is(stage: Stage) -> None:
    client = leader(stage)
    address = await added(stage, client)
    typed = {"title": "Chào hỏi", "text": "Chào {xung_ho}.\r\nCần gì ạ?", "picture": "dvc-mot-cua.png"}

    done = await client.post(f"{address}/change", data=typed | {"was": await was(client, address)})

    assert done.headers["location"] == f"{PAGE}?done=changed"
    assert offered(stage) == [("Chào hỏi", "Chào {xung_ho}.\nCần gì ạ?", "dvc-mot-cua.png")]
    assert audited(stage)[1:] == [("canned_changed", "canned 1")]


async def test_the_second_of_two_who_change_one_answer_is_told_and_may_then_write_over_it(stage: Stage) -> None:
    first, second = leader(stage), leader(stage, "Cô Năm")
    address = await added(stage, first)
    seen = await was(second, address)
    await first.post(f"{address}/change", data=GOOD | {"text": "Câu của chú Tư.", "was": seen})

    late = await second.post(f"{address}/change", data=GOOD | {"text": "Câu của cô Năm.", "was": seen})
    kept = offered(stage)
    shown = re.search(r'name="was" value="([^"]+)"', late.text)[1]
    again = await second.post(f"{address}/change", data=GOOD | {"text": "Câu của cô Năm.", "was": shown})

    assert late.status_code == 422
    assert "Người khác vừa sửa câu này" in words(late)
    assert "Câu của chú Tư." in words(late)
    assert "Câu của cô Năm." in late.text
    assert kept == [("Chào", "Câu của chú Tư.", "")]
    assert again.status_code == 303
    assert offered(stage) == [("Chào", "Câu của cô Năm.", "")]


async def test_an_answer_that_has_ended_is_offered_no_more(stage: Stage) -> None:
    client = leader(stage)
    address = await added(stage, client)
    seen = await was(client, address)

    for _ in range(2):
        assert (await client.post(f"{address}/end")).status_code == 303

    assert offered(stage) == []
    assert (await client.get(address)).status_code == 404
    assert (await client.post(f"{address}/change", data=GOOD | {"was": seen})).status_code == 404
    assert audited(stage)[1:] == [("canned_ended", "canned 1")]
    assert (await client.post(f"{PAGE}/add", data=GOOD)).status_code == 303  # its title is free again


@pytest.mark.parametrize("number", ["0", "999"])
async def test_an_answer_that_is_not_there_is_missing(stage: Stage, number: str) -> None:
    client = leader(stage)

    assert (await client.get(f"{PAGE}/{number}")).status_code == 404
    assert (await client.post(f"{PAGE}/{number}/change", data=GOOD)).status_code == 404
    assert (await client.post(f"{PAGE}/{number}/end")).status_code == 303
    assert (await client.get(f"{PAGE}/{2**70}")).status_code == 404
    assert audited(stage) == []


async def test_a_picture_that_is_gone_is_said_and_not_shown(stage: Stage) -> None:
    await added(stage, leader(stage))
    with transaction(stage.database) as connection:
        connection.execute(CANNED_ANSWER.update().values(picture="da-xoa.png"))

    page = await leader(stage).get(PAGE)

    assert "Hình da-xoa.png không còn nữa" in words(page)
    assert "<img" not in page.text


async def test_what_is_written_is_shown_as_text(stage: Stage) -> None:
    await added(stage, leader(stage), title="<b>Chào</b>", text="Bấm **Tiếp** <script>alert(1)</script>")

    page = (await stage.client().get(PAGE)).text

    assert "<script>alert" not in page
    assert "&lt;b&gt;Chào" in page
    assert "<strong>Tiếp</strong>" in page


async def test_the_starter_set_is_taken_once_and_touches_nothing_that_is_there(stage: Stage) -> None:
    client = leader(stage)
    assert "Dùng bộ mẫu" in words(await client.get(PAGE))
    own = {"title": starter()[0].title, "text": "Câu của tổ."}
    await added(stage, client, **own)

    for _ in range(2):
        assert (await client.post(f"{PAGE}/starter")).status_code == 303

    there = offered(stage)
    assert len(there) == 6
    assert (own["title"], "Câu của tổ.", "") in there
    assert "Dùng bộ mẫu" not in words(await client.get(PAGE))


def test_the_starter_set_may_be_kept_as_it_is() -> None:
    pictures = {path.name for path in (ROOT / "lessons/media").glob("*") if path.suffix in PICTURES}

    problems = {one.title: problem_of(one, pictures) for one in starter()}

    assert len(starter()) == 6
    assert set(problems.values()) == {""}
    assert len({fold(one.title) for one in starter()}) == 6
    assert all("{xung_ho}" in one.text or "{Xung_ho}" in one.text for one in starter())


@pytest.mark.parametrize(
    ("text", "address", "reads"),
    [
        pytest.param("Chào {xung_ho}. {Xung_ho} nghe.", "bác", "Chào bác. Bác nghe.", id="both"),
        pytest.param("Chào {xung_ho}.", "ông", "Chào ông.", id="a letter with a mark"),
        pytest.param("Chào.", None, "Chào.", id="nobody is addressed"),
        pytest.param("Chào {xung_ho}.", None, None, id="not known how"),
    ],
)
def test_an_answer_addresses_whom_it_goes_to(text: str, address: str | None, reads: str | None) -> None:
    assert filled(text, address) == reads


def test_what_a_form_says_is_tidied() -> None:
    form = {"title": " Chào \n bác ", "text": "Một.\r\nHai. ", "picture": " a.png "}

    assert Said.of(form) == Said("Chào bác", "Một.\nHai.", "a.png")  # type: ignore[arg-type]
