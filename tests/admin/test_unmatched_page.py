"""Texts that nothing came near: read by who may, added to a draft, dropped; never at once what residents learn from."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from admin import unmatched_texts
from lessons.loader import Library
from publishing import Published
from storage import lesson_drafts, unmatched
from storage.database import Database, reading, transaction
from storage.team_tables import AUDIT
from tests.admin.desk_stage import Stage, staged, words
from tests.conftest import NOW
from tests.lessons.library_on_disk import LESSON, PHRASES, load, write_clean

pytestmark = pytest.mark.anyio

FAQ = "lessons/faq/etax.yaml"
AUTHOR = {"roles": ("author",), "scope": ()}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return load(write_clean(tmp_path_factory.mktemp("small")))


@pytest.fixture
async def stage(database: Database, small: Library, tmp_path: Path) -> AsyncIterator[Stage]:
    assert small.book is not None
    published = Published(1, small.texts, small.book)
    with transaction(database) as connection:
        unmatched.count(connection, {"qwerty zxcvb": 5, "kich hoat dinh danh": 3, "nop thue nha": 1}, now=NOW)
    async with staged(database, small.book, published=lambda: published) as made:
        yield made


def texts(stage: Stage) -> list[str]:
    with reading(stage.database) as connection:
        return [one.text for one in unmatched.most(connection, limit=99)]


def draft(stage: Stage, file: str) -> str | None:
    with reading(stage.database) as connection:
        row = lesson_drafts.one(connection, file)
    return row.text if row is not None else None


def audited(stage: Stage) -> list[tuple[str, str, str]]:
    with reading(stage.database) as connection:
        return [(row.action, row.subject, row.detail) for row in connection.execute(select(AUDIT))]


async def add(client: httpx.AsyncClient, text: str, label: str, phrase: str | None = None) -> httpx.Response:
    form = {"text": text, "label": label, "phrase": text if phrase is None else phrase}
    return await client.post("/staff/unmatched/add", data=form)


def new_lines(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that differ, when only one was added or changed."""
    old, new = before.splitlines(), after.splitlines()
    if len(new) == len(old) + 1:
        at = next(nth for nth, line in enumerate(new) if nth == len(old) or old[nth] != line)
        assert new[:at] + new[at + 1 :] == old
        return [("", new[at])]
    assert len(new) == len(old)
    return [(one, other) for one, other in zip(old, new, strict=True) if one != other]


async def test_texts_are_listed_with_what_they_come_nearest_to(stage: Stage) -> None:
    said = words(await stage.client(**AUTHOR).get("/staff/unmatched"))

    assert said.index("qwerty zxcvb") < said.index("kich hoat dinh danh") < said.index("nop thue nha")
    assert "5 lần, lần cuối 22/11/2026. Không gần cái gì." in said
    assert "Gần nhất:" in said


@pytest.mark.parametrize("label", ["lesson:bai", "faq:thue-may-tuoi", "etax", "back", "out_of_scope"])
async def test_a_text_is_added_to_the_draft_of_its_list_as_one_line(stage: Stage, small: Library, label: str) -> None:
    file = {"lesson:bai": LESSON, "faq:thue-may-tuoi": FAQ}.get(label, PHRASES)
    client = stage.client(**AUTHOR)

    answer = await add(client, "qwerty zxcvb", label)

    assert answer.status_code == 303
    after = draft(stage, file)
    assert after is not None
    [(_, line)] = new_lines(small.texts[file], after)
    assert "qwerty zxcvb" in line
    assert texts(stage) == ["kich hoat dinh danh", "nop thue nha"]
    assert audited(stage) == [("phrase_added", file, label)]
    said = await client.get(answer.headers["location"])
    assert f"Đã thêm vào nháp của {file}" in words(said)
    [link] = re.findall(r'href="(/staff/lessons/publish\?[^"]+)"', said.text)
    assert httpx.URL(html.unescape(link)).params["file"] == file


async def test_a_phrase_is_added_as_the_editor_wrote_it(stage: Stage) -> None:
    await add(stage.client(**AUTHOR), "kich hoat dinh danh", "lesson:bai", "kích hoạt: định danh")

    written = draft(stage, LESSON)
    assert written is not None
    assert "kích hoạt: định danh" in written


async def test_two_texts_go_into_one_draft(stage: Stage) -> None:
    client = stage.client(**AUTHOR)
    await add(client, "qwerty zxcvb", "lesson:bai")
    await add(client, "nop thue nha", "lesson:bai")

    written = draft(stage, LESSON)
    assert written is not None
    assert "qwerty zxcvb" in written
    assert "nop thue nha" in written
    with reading(stage.database) as connection:
        row = lesson_drafts.one(connection, LESSON)
    assert row is not None
    assert row.revision == 2


async def test_a_text_that_is_read_like_a_phrase_of_the_list_only_leaves_the_list(stage: Stage, small: Library) -> None:
    assert small.phrases is not None
    known = small.phrases.topics["etax"][0]
    client = stage.client(**AUTHOR)

    answer = await add(client, "nop thue nha", "etax", known.upper())

    assert draft(stage, PHRASES) is None
    assert "nop thue nha" not in texts(stage)
    assert "đã có sẵn" in words(await client.get(answer.headers["location"]))


async def test_a_text_that_is_nothing_is_dropped(stage: Stage) -> None:
    answer = await stage.client(**AUTHOR).post("/staff/unmatched/skip", data={"text": "qwerty zxcvb"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/unmatched?done=skipped")
    assert texts(stage) == ["kich hoat dinh danh", "nop thue nha"]
    assert audited(stage) == [("phrase_skipped", "", "")]  # no word of a resident


async def test_every_list_may_be_chosen_the_nearest_first(stage: Stage) -> None:
    answer = await stage.client(**AUTHOR).post("/staff/unmatched/choose", data={"text": "nop thue nha"})

    labels = set(re.findall(r'<option value="([^"]+)"', answer.text))
    assert {"lesson:bai", "faq:thue-may-tuoi", "etax", "back", "out_of_scope"} <= labels
    assert re.findall(r'<option value="([^"]+)" selected', answer.text) == ["etax"]


async def test_what_is_like_nothing_is_proposed_to_be_nobodys_subject(stage: Stage) -> None:
    answer = await stage.client(**AUTHOR).post("/staff/unmatched/choose", data={"text": "qwerty zxcvb"})

    assert re.findall(r'<option value="([^"]+)" selected', answer.text) == ["out_of_scope"]


@pytest.mark.parametrize(
    ("phrase", "label", "sentence"),
    [
        pytest.param("", "etax", "Chưa ghi lời nào", id="empty"),
        pytest.param("   ", "etax", "Chưa ghi lời nào", id="spaces"),
        pytest.param("a" * 101, "etax", "Lời dài quá", id="long"),
        pytest.param("nop thue #", "etax", "Dấu # là chỗ máy che số", id="a masked number"),
        pytest.param("nop thue", "khong-co", "không còn trong bài đang dùng", id="no such list"),
        pytest.param("nop thue", "", "không còn trong bài đang dùng", id="no list"),
    ],
)
async def test_what_cannot_be_added_is_said_and_nothing_typed_is_lost(
    stage: Stage, phrase: str, label: str, sentence: str
) -> None:
    answer = await add(stage.client(**AUTHOR), "nop thue nha", label, phrase)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert f'name="phrase" value="{phrase.strip()}"' in answer.text
    assert "nop thue nha" in texts(stage)
    assert draft(stage, PHRASES) is None


async def test_a_phrase_of_several_lines_is_one_line(stage: Stage) -> None:
    await add(stage.client(**AUTHOR), "nop thue nha", "lesson:bai", "nộp thuế\r\nđất: 'nhà'\n- x")

    written = draft(stage, LESSON)
    assert written is not None
    assert "nộp thuế đất: 'nhà' - x" in written.replace("''", "'")


async def test_of_two_who_take_the_same_text_the_second_is_told(stage: Stage) -> None:
    first, second = stage.client("Anh Ba", **AUTHOR), stage.client(**AUTHOR)
    await first.post("/staff/unmatched/skip", data={"text": "nop thue nha"})

    answer = await add(second, "nop thue nha", "lesson:bai")
    choice = await second.post("/staff/unmatched/choose", data={"text": "nop thue nha"})

    for page in (answer, choice):
        assert page.status_code == 422
        assert "Vừa có người khác thêm hoặc bỏ qua lời này rồi" in words(page)
    assert draft(stage, LESSON) is None


async def test_a_draft_that_somebody_saves_meanwhile_is_not_overwritten(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stage.client(**AUTHOR)
    real = unmatched_texts._with_phrase

    def meanwhile(text: str, *rest: object) -> str:
        with transaction(stage.database) as connection:
            lesson_drafts.save(connection, LESSON, "# của người khác", base="b", revision=0, staff_id=1, now=NOW)
        return real(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(unmatched_texts, "_with_phrase", meanwhile)

    answer = await add(client, "nop thue nha", "lesson:bai", "nộp thuế nhà")

    assert answer.status_code == 422
    assert "Vừa có người khác lưu nháp" in words(answer)
    assert 'value="nộp thuế nhà"' in answer.text
    assert re.findall(r'<option value="([^"]+)" selected', answer.text) == ["lesson:bai"]
    assert draft(stage, LESSON) == "# của người khác"
    assert "nop thue nha" in texts(stage)


async def test_a_draft_that_cannot_be_read_is_left_as_it_is(stage: Stage) -> None:
    broken = "id: bai\nasked_as: [mở ngoặc"
    client = stage.client(**AUTHOR)
    with transaction(stage.database) as connection:
        lesson_drafts.save(connection, LESSON, broken, base="b", revision=0, staff_id=1, now=NOW)

    answer = await add(client, "nop thue nha", "lesson:bai")

    assert answer.status_code == 422
    assert "đang có chỗ sai" in words(answer)
    assert draft(stage, LESSON) == broken


async def test_a_question_is_found_in_a_draft_in_which_it_has_moved(stage: Stage, small: Library) -> None:
    before = small.texts[FAQ]
    at = before.index("\n  - id:")
    extra = "\n  - id: moi\n    question: Câu mới?\n    asked_as: [cau moi]\n    answer: Dạ."
    moved = before[:at] + extra + before[at:]
    client = stage.client(**AUTHOR)
    with transaction(stage.database) as connection:
        lesson_drafts.save(connection, FAQ, moved, base="b", revision=0, staff_id=1, now=NOW)

    await add(client, "qwerty zxcvb", "faq:thue-may-tuoi")

    after = draft(stage, FAQ)
    assert after is not None
    assert after.index("thue-may-tuoi") < after.index("qwerty zxcvb")


@pytest.mark.parametrize("role", ["reviewer", "auditor"])
async def test_readers_see_the_texts_and_have_no_button(stage: Stage, role: str) -> None:
    client = stage.client(roles=(role,), scope=())

    page = await client.get("/staff/unmatched")

    assert page.status_code == 200
    assert "nop thue nha" in words(page)
    assert "<button" not in page.text
    assert (await add(client, "nop thue nha", "lesson:bai")).status_code == 403
    assert (await client.post("/staff/unmatched/skip", data={"text": "nop thue nha"})).status_code == 403


@pytest.mark.parametrize("role", ["member", "leader"])
async def test_members_do_not_read_the_texts(stage: Stage, role: str) -> None:
    assert (await stage.client(roles=(role,)).get("/staff/unmatched")).status_code == 403


async def test_more_texts_than_a_page_holds_are_counted(stage: Stage) -> None:
    with transaction(stage.database) as connection:
        many = {f"loi {chr(97 + nth // 26)}{chr(97 + nth % 26)}": 1 for nth in range(60)}
        unmatched.count(connection, many, now=NOW - timedelta(days=1))

    said = words(await stage.client(**AUTHOR).get("/staff/unmatched"))

    assert "Còn 13 lời nữa" in said
