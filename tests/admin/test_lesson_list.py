"""The list of lessons, beginning one, its versions, and files that go out and come in."""

import difflib
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import update

from admin.lesson_files import LONGEST_TITLED, title_of
from admin.lesson_list import proposed_id
from lessons.linter import lint
from lessons.loader import load_texts
from storage import lessons as stored_lessons
from storage.database import Database, transaction
from storage.lesson_tables import PUBLICATION
from storage.team_tables import STAFF
from tests.admin.desk_stage import Stage, words
from tests.admin.lesson_stage import (
    CURRICULUM,
    NEXT_LESSON,
    audited,
    base_of,
    draft_of,
    learners,
    lesson_stage,
    text_now,
    write_draft,
)
from tests.conftest import HANOI, TODAY
from tests.lessons.library_on_disk import LESSON, PHRASES

pytestmark = pytest.mark.anyio

NEW = "lessons/library/doi-so-dien-thoai.yaml"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with lesson_stage(database, tmp_path / "library") as made:
        yield made


def publish(stage: Stage, file: str, text: str, *, by: str = "", reason: str = "", changed: bool = True) -> None:
    """Another publish of one file, as the pages store it; `changed` False: by a muadam that did not note files."""
    with transaction(stage.database) as connection:
        found = stored_lessons.newest(connection)
        assert found is not None
        author = connection.execute(STAFF.select().where(STAFF.c.name == by)).first() if by else None
        files = {**found.files, file: text}
        by_id = author.id if author is not None else None
        number = stored_lessons.publish(
            connection, files, [], learnt=found.learnt, now=stage.at[0], by_id=by_id, reason=reason
        )
        if not changed:
            connection.execute(update(PUBLICATION).where(PUBLICATION.c.id == number).values(changed="[]"))


# The list -------------------------------------------------------------------------------------------------


async def test_lessons_are_listed_by_course_with_their_version_people_and_next_check(stage: Stage) -> None:
    client = stage.client(roles=("member",))
    learners(stage, "bai", "chao", 12)
    learners(stage, "bai-sau", "hoi", 3)
    version = stage.desk.published().book.current["bai"].version

    page = words(await client.get("/staff/lessons"))

    assert page.index("Kích hoạt VNeID") < page.index("Dùng VNeID hằng ngày")
    assert "12 người đang học" in page
    assert "Dưới 5 người đang học" in page
    assert "Kiểm lại trước 31/12/2026, 1 bước cần thử lại trên máy thật." in page
    assert f"Bản {version[:6]}, đăng 10:00 22/11/2026." in page
    assert "quá hạn" not in page


async def test_a_lesson_whose_check_is_too_old_is_marked(stage: Stage) -> None:
    stage.forward(days=60)

    page = words(await stage.client().get("/staff/lessons"))

    assert page.startswith("Tới nội dung")
    assert "2 bài đã quá hạn kiểm lại" in page
    assert page.count("quá hạn kiểm lại với nguồn") == 1
    assert page.count("quá hạn kiểm lại") == 3


async def test_a_draft_says_whose_it_is_and_who_published_on_a_page_is_named(stage: Stage) -> None:
    client = stage.client("Anh Năm", roles=("author",))
    write_draft(stage, LESSON, text_now(stage, LESSON) + "# sửa\n")
    publish(stage, NEXT_LESSON, text_now(stage, NEXT_LESSON) + "# mới\n", by="Anh Năm")

    page = words(await client.get("/staff/lessons"))

    assert "có nháp của Cô Ba, 10:00 22/11/2026" in page
    assert "Anh Năm đăng" in page
    assert "Đăng (1 nháp)" in page


async def test_other_files_have_names_of_their_own_and_transcripts_are_not_listed(stage: Stage) -> None:
    page = words(await stage.client().get("/staff/lessons"))

    for name in ("Các khóa và thứ tự bài", "Câu nói chung", "Hỏi đáp: etax", "Dấu hiệu lừa đảo", "Thông tin từng nơi"):
        assert name in page
    assert "Lời thoại mẫu" not in page


@pytest.mark.parametrize(
    ("asked", "there", "gone"),
    [
        pytest.param("kich hoat", "Kích hoạt VNeID", "Dùng VNeID hằng ngày", id="without accents"),
        pytest.param("hằng ngày", "Dùng VNeID hằng ngày", "Kích hoạt VNeID", id="with accents"),
        pytest.param("bai-sau", "Dùng VNeID hằng ngày", "Kích hoạt VNeID", id="by file"),
        pytest.param("<b>zzz", "Không có bài nào như vậy", "Kích hoạt VNeID", id="nothing"),
    ],
)
async def test_words_filter_the_list(stage: Stage, asked: str, there: str, gone: str) -> None:
    answer = await stage.client().get("/staff/lessons", params={"q": asked})

    assert there in words(answer)
    assert gone not in words(answer)
    assert "<b>zzz" not in answer.text


async def test_who_may_not_change_lessons_is_shown_no_way_to(stage: Stage) -> None:
    page = words(await stage.client(roles=("member",)).get("/staff/lessons"))

    assert "Bài mới" not in page
    assert "Đưa tệp vào" not in page
    assert "Đăng (" not in page


# A new one ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Đổi số điện thoại", "doi-so-dien-thoai"),
        ("5 điều cần nhớ!", "bai-5-dieu-can-nho"),
        ("  VNeID: mức 2 ", "vneid-muc-2"),
        ("???", ""),
    ],
)
def test_an_id_is_proposed_from_the_title(title: str, expected: str) -> None:
    assert proposed_id(title) == expected


async def test_a_new_lesson_is_a_draft_in_its_course_that_lacks_only_what_must_be_filled_in(stage: Stage) -> None:
    client = stage.client(roles=("author",))

    answer = await client.post("/staff/lessons/new", data={"title": "Đổi số: điện thoại", "course": "vneid", "id": ""})

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/staff/lessons/edit/{NEW}"
    before, after = text_now(stage, CURRICULUM), draft_of(stage, CURRICULUM)
    changed = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert changed == [f"+       - {NEW}"]
    text = draft_of(stage, NEW)
    assert 'title: "Đổi số: điện thoại"\n' in text
    assert "checked_on: 2026-11-22\n" in text
    texts = {**stage.desk.published().files, NEW: text, CURRICULUM: after}
    found = lint(load_texts(texts, media=["doc.mp3", "hinh.png"], timezone=HANOI), today=TODAY)
    assert [(one.file, one.code) for one in found if one.severity == "error"] == [(NEW, "empty_value")]
    texts[NEW] = text.replace("\n  -\n", "\n  - Trang của Bộ, 20/11/2026\n")
    library = load_texts(texts, media=["doc.mp3", "hinh.png"], timezone=HANOI)
    assert [one for one in lint(library, today=TODAY) if one.severity == "error"] == []
    assert ("lesson_begun", NEW, "") in audited(stage)


async def test_a_second_new_lesson_joins_the_draft_of_the_curriculum(stage: Stage) -> None:
    client = stage.client(roles=("author",))

    for title in ("Một", "Hai"):
        assert (await client.post("/staff/lessons/new", data={"title": title, "course": "vneid"})).status_code == 303

    text = draft_of(stage, CURRICULUM)
    assert text.index("library/mot.yaml") < text.index("library/hai.yaml")
    assert "mới" in words(await client.get("/staff/lessons"))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        pytest.param({"title": "", "course": "vneid"}, "Ghi tên bài", id="no title"),
        pytest.param({"title": "???", "course": "vneid"}, "Mã bài chỉ có chữ thường", id="no id in the title"),
        pytest.param({"title": "Một", "course": "vneid", "id": "Mã Xấu"}, "Mã bài chỉ có chữ thường", id="bad id"),
        pytest.param({"title": "Một", "course": "vneid", "id": "../a"}, "Mã bài chỉ có chữ thường", id="a path"),
        pytest.param({"title": "Một", "course": "vneid", "id": "bai"}, "Đã có bài mang mã này", id="taken"),
        pytest.param({"title": "Một", "course": "nowhere"}, "Chưa ghi được bài vào khóa", id="no such course"),
    ],
)
async def test_a_new_lesson_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    stage: Stage, form: dict[str, str], says: str
) -> None:
    answer = await stage.client(roles=("author",)).post("/staff/lessons/new", data=form)

    assert answer.status_code == 422
    assert says in words(answer)
    assert f'value="{form["title"]}"' in answer.text
    assert draft_of(stage, CURRICULUM) is None


async def test_a_broken_draft_of_the_curriculum_is_not_written_into(stage: Stage) -> None:
    write_draft(stage, CURRICULUM, "courses: [\n")

    answer = await stage.client(roles=("author",)).post("/staff/lessons/new", data={"title": "Một", "course": "vneid"})

    assert answer.status_code == 422
    assert draft_of(stage, CURRICULUM) == "courses: [\n"
    assert draft_of(stage, "lessons/library/mot.yaml") is None


# Versions -------------------------------------------------------------------------------------------------


async def test_versions_say_when_by_whom_and_why_and_leave_out_publishes_of_other_files(stage: Stage) -> None:
    client = stage.client("Anh Năm", roles=("reviewer",))
    first = base_of(stage)
    publish(stage, LESSON, text_now(stage, LESSON) + "# hai\n", by="Anh Năm", reason="Đổi theo thông báo mới")
    publish(stage, NEXT_LESSON, text_now(stage, NEXT_LESSON) + "# khác\n", by="Anh Năm", reason="Không phải bài này")

    page = words(await client.get("/staff/lessons/history", params={"file": LESSON}))

    assert f"Bản đăng số {first + 1} đang dùng" in page
    assert "Đổi theo thông báo mới" in page
    assert f"Bản đăng số {first} 10:00 22/11/2026, đăng từ máy chủ" in page
    assert "Không phải bài này" not in page


async def test_publishes_of_an_older_muadam_are_told_by_their_texts(stage: Stage) -> None:
    first = base_of(stage)
    publish(stage, LESSON, text_now(stage, LESSON) + "# hai\n", changed=False)
    publish(stage, NEXT_LESSON, text_now(stage, NEXT_LESSON) + "# khác\n", changed=False)

    page = words(await stage.client().get("/staff/lessons/history", params={"file": LESSON}))

    assert f"Bản đăng số {first + 1} " in page
    assert f"Bản đăng số {first + 2} " not in page


async def test_many_versions_go_on_on_the_next_page(stage: Stage) -> None:
    text, first = text_now(stage, LESSON), base_of(stage)
    for nth in range(60):
        publish(stage, LESSON, f"{text}# {nth}\n")
    client = stage.client()

    page = await client.get("/staff/lessons/history", params={"file": LESSON})
    older = await client.get("/staff/lessons/history", params={"file": LESSON, "before": first + 11})

    assert f"Bản đăng số {first + 60} " in words(page)
    assert f"before={first + 11}" in page.text
    assert f"Bản đăng số {first} " in words(older)
    assert "đang dùng</span>" not in older.text


async def test_two_versions_are_compared_by_lines_with_signs(stage: Stage) -> None:
    first = base_of(stage)
    changed = text_now(stage, LESSON).replace("title: Kích hoạt VNeID", "title: Mở <b>VNeID</b>")
    publish(stage, LESSON, changed)
    client = stage.client()

    answer = await client.get("/staff/lessons/compare", params={"file": LESSON, "a": first, "b": first + 1})

    assert "− bớt title: Kích hoạt VNeID" in words(answer)
    assert "&lt;" in answer.text
    assert "<b>" not in answer.text
    assert "Thêm 1 dòng, bớt 1 dòng." in words(answer)


@pytest.mark.parametrize(
    "query",
    [
        {"file": "nothing.yaml"},
        {"file": LESSON, "a": "999"},
        {"file": LESSON, "a": "now", "b": "draft"},
        {"file": LESSON, "a": "x"},
        {"file": ""},
    ],
    ids=str,
)
async def test_what_is_not_there_cannot_be_compared(stage: Stage, query: dict[str, str]) -> None:
    assert (await stage.client().get("/staff/lessons/compare", params=query)).status_code == 404


async def test_an_old_version_comes_back_as_a_draft_and_publishes_nothing(stage: Stage) -> None:
    first, old = base_of(stage), text_now(stage, LESSON)
    publish(stage, LESSON, old + "# hai\n")
    client = stage.client(roles=("author",))

    answer = await client.post("/staff/lessons/restore", data={"file": LESSON, "version": str(first)})

    assert answer.status_code == 303
    assert draft_of(stage, LESSON) == old
    assert text_now(stage, LESSON) == old + "# hai\n"
    assert ("lesson_restored", LESSON, f"publication {first}") in audited(stage)
    assert "− bớt # hai" in words(await client.get(answer.headers["location"]))


async def test_restoring_does_not_overwrite_somebodys_draft_unasked(stage: Stage) -> None:
    first, old = base_of(stage), text_now(stage, LESSON)
    write_draft(stage, LESSON, old + "# của Cô Ba\n")
    client = stage.client(roles=("author",))
    form = {"file": LESSON, "version": str(first)}

    refused = await client.post("/staff/lessons/restore", data=form)

    assert draft_of(stage, LESSON) == old + "# của Cô Ba\n"
    page = await client.get(refused.headers["location"])
    assert "Tệp này đang có nháp của Cô Ba" in words(page)
    assert f"Thay nháp bằng bản đăng số {first}" in words(page)
    await client.post("/staff/lessons/restore", data=form | {"replace": "on"})
    assert draft_of(stage, LESSON) == old


async def test_only_authors_restore(stage: Stage) -> None:
    answer = await stage.client(roles=("reviewer",)).post(
        "/staff/lessons/restore", data={"file": LESSON, "version": str(base_of(stage))}
    )

    assert answer.status_code == 403
    assert draft_of(stage, LESSON) is None


# Files out and in -----------------------------------------------------------------------------------------


async def test_a_file_is_exported_byte_for_byte_and_that_is_written_down(stage: Stage) -> None:
    write_draft(stage, LESSON, "# nháp\r\nid: bai  \n")
    client = stage.client(roles=("auditor",))

    draft = await client.get("/staff/lessons/export", params={"file": LESSON})
    published = await client.get("/staff/lessons/export", params={"file": LESSON, "which": "now"})
    await client.get("/staff/lessons/export", params={"file": LESSON, "which": "Nguyễn Văn A 0912345678"})

    assert draft.content == "# nháp\r\nid: bai  \n".encode()
    assert published.content == text_now(stage, LESSON).encode()
    assert draft.headers["content-disposition"] == "attachment; filename*=UTF-8''bai.yaml"
    assert draft.headers["content-type"].startswith("application/yaml")
    assert [one for one in audited(stage) if one[0] == "exported"] == [
        ("exported", LESSON, "draft"),
        ("exported", LESSON, "now"),
        ("exported", LESSON, "now"),  # and nothing of what was typed
    ]


async def test_everything_is_exported_as_an_archive(stage: Stage) -> None:
    answer = await stage.client().get("/staff/lessons/export")

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    found = stage.desk.published()
    assert {name: archive.read(name).decode() for name in archive.namelist()} == dict(found.files)
    assert ("exported", "lessons", f"publication {found.id}") in audited(stage)


def test_the_title_of_what_is_too_long_for_a_lesson_is_not_looked_for() -> None:
    long = "title: Bài\n" + "# thêm\n" * LONGEST_TITLED

    assert (title_of("title: Bài\n"), title_of(long)) == ("Bài", "")


async def test_what_is_not_there_is_not_exported(stage: Stage) -> None:
    assert (await stage.client().get("/staff/lessons/export", params={"file": ".env"})).status_code == 404


async def bring(stage: Stage, name: str, content: bytes, **form: str):
    client = stage.client(roles=("author",))
    return await client.post("/staff/lessons/import", files={"file": (name, content)}, data=form)


async def test_an_export_comes_in_again_as_the_same_draft(stage: Stage) -> None:
    text = text_now(stage, LESSON)

    answer = await bring(stage, "bai.yaml", text.encode())

    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/lessons/edit/{LESSON}")
    assert draft_of(stage, LESSON) == text
    assert text_now(stage, LESSON) == text
    assert ("lesson_imported", LESSON, "") in audited(stage)


async def test_a_file_of_another_name_is_a_new_lesson_named_by_its_id(stage: Stage) -> None:
    text = text_now(stage, LESSON).replace("id: bai\n", "id: bai-moi\n")

    answer = await bring(stage, "Bài của tôi (1).yaml", text.encode())

    assert answer.headers["location"] == "/staff/lessons/edit/lessons/library/bai-moi.yaml"
    assert "lessons/library/bai-moi.yaml" in draft_of(stage, CURRICULUM)


async def test_a_lesson_of_an_unknown_course_comes_in_and_says_that_it_is_in_none(stage: Stage) -> None:
    text = text_now(stage, LESSON).replace("id: bai\n", "id: bai-moi\n").replace("course: vneid", "course: la")

    answer = await bring(stage, "a.yaml", text.encode())

    assert draft_of(stage, "lessons/library/bai-moi.yaml") == text
    assert draft_of(stage, CURRICULUM) is None
    page = await stage.client(roles=("author",)).get(answer.headers["location"])
    assert "chưa nằm trong khóa nào" in words(page)


async def test_transcripts_come_in_beside_their_lesson(stage: Stage) -> None:
    await bring(stage, "x.yaml", b"lesson: bai\ntranscripts: []\n")

    assert draft_of(stage, "lessons/library/bai.transcripts.yaml") == "lesson: bai\ntranscripts: []\n"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("bai.txt", b"id: bai\n", "chỉ nhận tệp bài học", id="another type"),
        pytest.param("bai.yaml.exe", b"MZ", "chỉ nhận tệp bài học", id="a program"),
        pytest.param("bai.yaml", b"id: bai\ntitle: K\xedch ho\xa1t\n", "không phải UTF-8 (dòng 2)", id="encoding"),
        pytest.param("bai.yaml", b"\x89PNG\r\n\x1a\n\x00\x00", "không phải UTF-8", id="a picture"),
        pytest.param("bai.yaml", b"id: [bai\n", "Tệp chưa đọc được, dòng 1", id="broken YAML"),
        pytest.param("bai.yaml", b"id: bai\x00\n", "Tệp chưa đọc được, dòng 1", id="control characters"),
        pytest.param("bai.yaml", b"a: &a [x]\nb: *a\n", "Tệp chưa đọc được", id="references"),
        pytest.param("bai.yaml", b"", "Tệp chưa đọc được", id="empty"),
        pytest.param("x.yaml", b"title: a\n", "Không rõ đây là bài nào", id="no id"),
        pytest.param("x.yaml", b"id: ../../etc\n", "Không rõ đây là bài nào", id="an id that is a path"),
        pytest.param("x.yaml", b"- a\n", "Không rõ đây là bài nào", id="a list"),
        pytest.param("bai.yaml", b"# " + b"x" * 2_000_001, "nhiều nhất 2 MB", id="too large"),
    ],
)
async def test_what_is_no_lesson_is_refused_with_a_sentence(stage: Stage, name: str, content: bytes, says: str) -> None:
    answer = await bring(stage, name, content)

    assert answer.status_code == 422
    assert says in words(answer)
    assert draft_of(stage, LESSON) is None


async def test_no_file_at_all_is_asked_for(stage: Stage) -> None:
    answer = await stage.client(roles=("author",)).post("/staff/lessons/import", data={"replace": "on"})

    assert answer.status_code == 422
    assert "Chưa chọn tệp nào" in words(answer)


async def test_a_file_does_not_take_the_place_of_a_draft_unasked_and_need_not_be_chosen_again(stage: Stage) -> None:
    write_draft(stage, LESSON, "# của Cô Ba\n")
    text = text_now(stage, LESSON) + "# </textarea><script>\n"
    client = stage.client(roles=("author",))

    refused = await client.post("/staff/lessons/import", files={"file": ("bai.yaml", text.encode())})

    assert refused.status_code == 422
    assert "đang có nháp của Cô Ba" in words(refused)
    assert "</textarea><script>" not in refused.text
    assert draft_of(stage, LESSON) == "# của Cô Ba\n"
    # As a browser sends it: another line end, in a form with parts.
    form = {"name": "bai.yaml", "text": text.replace("\n", "\r\n"), "replace": "on"}
    again = await client.post("/staff/lessons/import", files={"none": ("", b"")}, data=form)
    assert again.status_code == 303, words(again)
    assert draft_of(stage, LESSON) == text


async def test_only_authors_bring_files_in(stage: Stage) -> None:
    answer = await stage.client(roles=("member", "leader", "reviewer", "auditor")).post(
        "/staff/lessons/import", files={"file": ("bai.yaml", b"id: bai\n")}
    )

    assert answer.status_code == 403


async def test_links_lead_to_the_files_that_they_name(stage: Stage) -> None:
    page = await stage.client().get("/staff/lessons")

    assert f'href="/staff/lessons/history?file={quote(LESSON)}"' in page.text
    assert f'href="/staff/lessons/edit/{PHRASES}"' in page.text
