"""The page on which a lesson is written: nothing is lost or changed unasked, and two who write are told."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from lessons.loader import Library, version_of
from lessons.schema import Book
from publishing import Published
from storage import lesson_drafts
from storage.database import Database, reading, transaction
from storage.lesson_tables import LESSON_DRAFT
from storage.team_tables import AUDIT
from tests.admin.desk_stage import Stage, staged, words
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

FILE = "lessons/library/vneid-kich-hoat.yaml"
EDIT, SAVE, DROP = (f"/staff/lessons/{page}/{FILE}" for page in ("edit", "save", "drop"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def published(library: Library, book: Book) -> list[Published]:
    """What is published, which a test may exchange."""
    return [Published(1, dict(library.texts), book)]


@pytest.fixture
async def stage(database: Database, book: Book, published: list[Published]) -> AsyncIterator[Stage]:
    async with staged(database, book, published=lambda: published[0]) as made:
        yield made


def form_of(page: httpx.Response) -> dict[str, str]:
    """What a browser sends when Save is pressed and nothing was typed: every line's end as two characters."""
    fields = dict(re.findall(r'<input type="hidden" name="(revision|base)" value="([^"]*)"', page.text))
    area = re.search(r'(?s)<textarea id="text"[^>]*>(.*?)</textarea>', page.text)
    assert area is not None, page.text
    # A browser drops the line's end right behind the tag.
    text = html.unescape(area[1]).removeprefix("\n")
    return fields | {"text": text.replace("\n", "\r\n")}


def typed(page: httpx.Response, old: str, new: str) -> dict[str, str]:
    fields = form_of(page)
    assert old in fields["text"]
    return fields | {"text": fields["text"].replace(old, new, 1)}


def drafts(stage: Stage) -> dict[str, str]:
    with reading(stage.database) as connection:
        return {row.file: row.text for row in connection.execute(select(LESSON_DRAFT))}


def audit(stage: Stage) -> list[tuple[str, str, str]]:
    with reading(stage.database) as connection:
        return [tuple(row) for row in connection.execute(select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail))]


def author(stage: Stage, name: str = "Chị Sáu") -> httpx.AsyncClient:
    return stage.client(name, roles=("author",))


async def test_each_file_of_the_library_is_shown_and_saved_again_byte_for_byte(stage: Stage, library: Library) -> None:
    client = author(stage)

    for file, text in library.texts.items():
        page = await client.get(f"/staff/lessons/edit/{file}")
        assert page.status_code == 200, file
        assert form_of(page)["text"].replace("\r\n", "\n") == text, file
        answer = await client.post(f"/staff/lessons/save/{file}", data=form_of(page))
        assert answer.status_code == 303, (file, answer.status_code, words(answer))
        assert answer.headers["location"] == f"/staff/lessons/edit/{file}?done=same"

    assert drafts(stage) == {}
    assert audit(stage) == []


async def test_one_changed_line_changes_one_line(stage: Stage, library: Library) -> None:
    client = author(stage)
    page = await client.get(EDIT)

    answer = await client.post(SAVE, data=typed(page, "minutes: 8", "minutes: 7"))
    again = await client.get(answer.headers["location"])

    old, new = library.texts[FILE].split("\n"), drafts(stage)[FILE].split("\n")
    assert len(old) == len(new)
    assert [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]] == [("minutes: 8", "minutes: 7")]
    assert "Đã lưu nháp" in words(again)
    assert "nháp của Chị Sáu" in words(again)
    assert form_of(again)["text"] == typed(page, "minutes: 8", "minutes: 7")["text"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\n\nid: bai\n", id="lines before it"),
        pytest.param("id: bai\n\n\n", id="lines behind it"),
        pytest.param("id: bai", id="no last line's end"),
        pytest.param("  id: </textarea><script>alert(1)</script> & &amp; \u2028\u0085\t\n", id="marks"),
        pytest.param("id: e\u0302\u0301 \u00e2\u0301 🙂\n", id="accents of their own, and a face"),
        pytest.param("", id="nothing"),
    ],
)
async def test_what_is_typed_is_kept_as_it_is(stage: Stage, text: str) -> None:
    client = author(stage)
    fields = form_of(await client.get(EDIT)) | {"text": text.replace("\n", "\r\n")}

    await client.post(SAVE, data=fields)
    page = await client.get(EDIT)

    assert drafts(stage)[FILE] == text
    assert form_of(page)["text"].replace("\r\n", "\n") == text
    assert "<script>alert" not in page.text


async def test_a_text_that_is_as_published_is_no_draft_any_more(stage: Stage) -> None:
    client = author(stage)
    first = await client.get(EDIT)
    await client.post(SAVE, data=typed(first, "minutes: 8", "minutes: 7"))

    answer = await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 7", "minutes: 8"))

    assert answer.headers["location"].endswith("?done=as_published")
    assert drafts(stage) == {}
    assert [action for action, _, _ in audit(stage)] == ["lesson_drafted", "lesson_draft_dropped"]


async def test_nothing_of_a_draft_is_in_what_residents_learn_from(stage: Stage, published: list[Published]) -> None:
    before = published[0].book.current["vneid-kich-hoat"]

    client = author(stage)
    await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 8", "minutes: 7"))

    assert stage.desk.published() is published[0]
    assert published[0].book.current["vneid-kich-hoat"] is before
    assert "minutes: 8" in published[0].files[FILE]


async def test_what_was_done_is_written_down_without_words(stage: Stage) -> None:
    client = author(stage)
    await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 8", "minutes: 7"))
    await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 7", "minutes: 6"))

    assert audit(stage) == [("lesson_drafted", FILE, "")]


# Two who write --------------------------------------------------------------------------------------------


async def test_who_saves_over_somebody_elses_draft_is_shown_both_and_loses_nothing(stage: Stage) -> None:
    mine, theirs = author(stage), author(stage, "Anh Tư")
    opened = await mine.get(EDIT)
    await theirs.post(SAVE, data=typed(await theirs.get(EDIT), "minutes: 8", "minutes: 6"))

    answer = await mine.post(SAVE, data=typed(opened, "owner: Tổ", "owner: Nhóm"))

    assert answer.status_code == 409
    assert "Anh Tư đã lưu bản khác" in words(answer)
    assert "owner: Nhóm công nghệ số" in form_of(answer)["text"]
    assert "minutes: 8" in form_of(answer)["text"]
    assert "minutes: 6" in re.search(r'(?s)<pre class="words".*?</pre>', answer.text)[0]
    assert "minutes: 6" in drafts(stage)[FILE]

    over = await mine.post(SAVE, data=form_of(answer))

    assert over.status_code == 303
    assert "owner: Nhóm" in drafts(stage)[FILE]
    assert "minutes: 8" in drafts(stage)[FILE]


async def test_of_two_who_save_at_once_one_is_told(stage: Stage) -> None:
    clients = [author(stage), author(stage, "Anh Tư")]
    forms = [typed(await client.get(EDIT), "minutes: 8", f"minutes: {nth}") for nth, client in enumerate(clients, 3)]

    answers = await asyncio.gather(*(client.post(SAVE, data=form) for client, form in zip(clients, forms, strict=True)))

    assert sorted(answer.status_code for answer in answers) == [303, 409]


async def test_who_saves_after_a_publish_is_shown_what_was_published(stage: Stage, published: list[Published]) -> None:
    client = author(stage)
    opened = await client.get(EDIT)
    files = dict(published[0].files) | {FILE: published[0].files[FILE].replace("minutes: 8", "minutes: 6")}
    published[0] = replace(published[0], id=2, files=files)

    answer = await client.post(SAVE, data=typed(opened, "owner: Tổ", "owner: Nhóm"))

    assert answer.status_code == 409
    assert "đã được đăng hoặc bị bỏ" in words(answer)
    assert "owner: Nhóm" in form_of(answer)["text"]
    assert drafts(stage) == {}
    assert (await client.post(SAVE, data=form_of(answer))).status_code == 303


async def test_a_draft_that_is_behind_what_was_published_says_so(stage: Stage, published: list[Published]) -> None:
    client = author(stage)
    await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 8", "minutes: 7"))
    assert "có người đăng bản khác" not in words(await client.get(EDIT))
    published[0] = replace(published[0], files=dict(published[0].files) | {FILE: "id: khac\n"})

    page = await client.get(EDIT)

    assert "đã có người đăng bản khác" in words(page)
    assert "minutes: 7" in form_of(page)["text"]


async def test_a_draft_that_was_dropped_and_begun_anew_is_not_overwritten(stage: Stage) -> None:
    mine, theirs = author(stage), author(stage, "Anh Tư")
    await mine.post(SAVE, data=typed(await mine.get(EDIT), "minutes: 8", "minutes: 7"))
    opened = await mine.get(EDIT)
    await theirs.post(DROP, data=form_of(await theirs.get(EDIT)))
    stage.forward(minutes=1)
    await theirs.post(SAVE, data=typed(await theirs.get(EDIT), "minutes: 8", "minutes: 6"))

    answer = await mine.post(SAVE, data=typed(opened, "minutes: 7", "minutes: 5"))

    assert answer.status_code == 409
    assert "minutes: 6" in drafts(stage)[FILE]


async def test_who_else_has_the_page_open_is_told(stage: Stage) -> None:
    mine, theirs = author(stage), author(stage, "Anh <b>Tư")

    alone = await mine.post("/staff/lessons/presence", json={"file": FILE})
    both = await theirs.post("/staff/lessons/presence", json={"file": FILE})
    page = await mine.get(EDIT)
    elsewhere = await mine.get("/staff/lessons/edit/lessons/phrases.yaml")
    stage.forward(minutes=2)
    later = await mine.get(EDIT)

    assert (alone.json(), both.json()) == ({"others": []}, {"others": ["Chị Sáu"]})
    assert "Anh &lt;b&gt;Tư</span> cũng đang mở" in page.text
    for other in (elsewhere, later):
        assert re.search(r'id="others" role="status" hidden>', other.text)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[1]", 422),
        (b'{"file": 3}', 422),
        (b'{"file": "x"}', 404),
        pytest.param(b'{"file": "\\ud800"}', 422, id="half a pair of surrogates"),
        pytest.param(b'{"file": ' + b"[" * 100_000, 422, id="a list in a list in a list"),
    ],
)
async def test_presence_is_of_files_that_are_there(stage: Stage, body: bytes, status: int) -> None:
    assert (await author(stage).post("/staff/lessons/presence", content=body)).status_code == status


# A script that saves --------------------------------------------------------------------------------------


async def test_a_script_saves_without_leaving_the_page(stage: Stage) -> None:
    client = author(stage)
    fields = typed(await client.get(EDIT), "minutes: 8", "minutes: 7")
    ask = {"accept": "application/json"}

    first = await client.post(SAVE, data=fields, headers=ask)
    stale = await client.post(SAVE, data=fields | {"text": "id: a"}, headers=ask)
    fields |= {"revision": first.json()["revision"]}
    same = await client.post(SAVE, data=fields, headers=ask)
    second = await client.post(SAVE, data=fields | {"text": "id: a"}, headers=ask)

    assert first.json()["done"] == "saved"
    assert (stale.status_code, stale.json()) == (409, {"problem": "stale"})
    assert same.json() == {"done": "same", "revision": fields["revision"]}
    assert second.json()["done"] == "saved"
    assert drafts(stage)[FILE] == "id: a"


# Dropping -------------------------------------------------------------------------------------------------


async def test_a_draft_is_dropped_when_asked(stage: Stage) -> None:
    client = author(stage)
    await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 8", "minutes: 7"))

    answer = await client.post(DROP, data=form_of(await client.get(EDIT)), follow_redirects=True)

    assert "Đã bỏ nháp" in words(answer)
    assert drafts(stage) == {}


async def test_a_draft_that_somebody_has_just_changed_is_not_dropped(stage: Stage) -> None:
    mine, theirs = author(stage), author(stage, "Anh Tư")
    await mine.post(SAVE, data=typed(await mine.get(EDIT), "minutes: 8", "minutes: 7"))
    opened = await mine.get(EDIT)
    await theirs.post(SAVE, data=typed(await theirs.get(EDIT), "minutes: 7", "minutes: 6"))

    answer = await mine.post(DROP, data=form_of(opened), follow_redirects=True)

    assert "Chưa bỏ" in words(answer)
    assert "minutes: 6" in drafts(stage)[FILE]


async def test_a_new_lesson_is_written_and_dropped_for_good(stage: Stage) -> None:
    client, file = author(stage), "lessons/library/moi.yaml"
    with transaction(stage.database) as connection:
        lesson_drafts.save(connection, file, "id: moi\n", base="", revision=0, staff_id=1, now=NOW)
    page = await client.get(f"/staff/lessons/edit/{file}")
    assert "bài mới, chưa đăng" in words(page)
    await client.post(f"/staff/lessons/save/{file}", data=typed(page, "id: moi", "id: moi-hon"))
    assert drafts(stage) == {file: "id: moi-hon\n"}

    fields = form_of(await client.get(f"/staff/lessons/edit/{file}"))
    answer = await client.post(f"/staff/lessons/drop/{file}", data=fields)

    assert answer.headers["location"] == "/staff/lessons?done=dropped"
    assert (await client.get(f"/staff/lessons/edit/{file}")).status_code == 404


# Who may --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["member", "leader", "reviewer", "auditor"])
async def test_who_does_not_write_lessons_reads_them(stage: Stage, role: str) -> None:
    writes, reads = author(stage), stage.client("Anh Tư", roles=(role,))
    fields = typed(await writes.get(EDIT), "minutes: 8", "minutes: 7")

    page = await reads.get(EDIT)
    saved = await reads.post(SAVE, data=fields)
    dropped = await reads.post(DROP, data=fields)
    present = await reads.post("/staff/lessons/presence", json={"file": FILE})

    assert "chỉ xem" in words(page)
    assert "readonly" in page.text
    assert "Lưu nháp" not in words(page)
    assert [answer.status_code for answer in (saved, dropped, present)] == [403, 403, 403]
    assert drafts(stage) == {}


@pytest.mark.parametrize(
    "name",
    [
        "lessons/library/khong-co.yaml",
        "%2e%2e/.env",
        "..%2f..%2fetc/passwd",
        "/etc/passwd",
        "lessons/lint_words.yaml",
        "%00",
    ],
)
async def test_what_is_neither_published_nor_a_draft_is_not_there(stage: Stage, name: str) -> None:
    client = author(stage)

    assert (await client.get(f"/staff/lessons/edit/{name}")).status_code == 404
    assert (await client.post(f"/staff/lessons/save/{name}", data={"text": "id: a"})).status_code == 404
    assert (await client.post(f"/staff/lessons/drop/{name}")).status_code == 404
    assert drafts(stage) == {}


async def test_nothing_is_saved_from_another_site_nor_beyond_three_megabytes(stage: Stage) -> None:
    client = author(stage)
    fields = typed(await client.get(EDIT), "minutes: 8", "minutes: 7")

    foreign = await client.post(SAVE, data=fields, headers={"sec-fetch-site": "cross-site"})
    huge = await client.post(SAVE, data=fields | {"text": "a" * 3_200_000})

    assert (foreign.status_code, huge.status_code) == (403, 413)
    assert drafts(stage) == {}


# Beside the text ------------------------------------------------------------------------------------------


async def test_the_page_says_what_is_wrong_and_draws_the_lesson_without_a_script(stage: Stage) -> None:
    client = author(stage)
    await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 8", "minutes: 80"))

    page = await client.get(EDIT)

    assert "1 chỗ phải sửa mới đăng được" in words(page)
    assert "lớn quá" in words(page)
    assert "data-fix" not in page.text
    assert "Chưa vẽ được" in words(page)
    assert "<svg" in (await client.get("/staff/lessons/edit/lessons/library/may-bo-nho.yaml")).text


async def test_completion_knows_the_schema_and_the_names_that_are_published(stage: Stage, library: Library) -> None:
    client = stage.client()

    said = (await client.get(f"/staff/lessons/vocabulary?file={FILE}")).json()
    faq = (await client.get("/staff/lessons/vocabulary?file=lessons/faq/etax.yaml")).json()
    unknown = await client.get("/staff/lessons/vocabulary")

    models = said["models"]
    assert list(models["root"])[:4] == ["id", "course", "title", "minutes"]
    assert models["root"]["steps"]["of"] == "Step"
    assert models["Step"]["choices"]["of"] == "AnswerChoice"
    assert models["Step"]["stuck"]["of"] == "Trouble"
    assert models["Step"]["when"]["keyed"]
    assert models["Step"]["rest"]["values"] == ["true", "false"]
    assert "mới phát hành" not in models["Step"]["goto"]["about"]
    assert "end là hết bài" in models["Step"]["goto"]["about"]
    assert "xung_ho" in said["placeholders"]
    assert "vneid-kich-hoat" in said["lessons"]
    assert {"android", "iphone"} <= set(said["remembered"]["phone_os"])
    assert "vneid" in said["courses"]
    assert any(name.endswith(".png") for name in said["media"])
    assert faq["models"]["root"]["questions"]["of"] == "Question"
    assert unknown.status_code == 200


async def test_a_draft_is_known_by_the_version_of_what_it_was_made_from(stage: Stage, library: Library) -> None:
    client = author(stage)
    await client.post(SAVE, data=typed(await client.get(EDIT), "minutes: 8", "minutes: 7"))

    with reading(stage.database) as connection:
        row = lesson_drafts.one(connection, FILE)

    assert (row.base, row.revision, row.by) == (version_of(library.texts[FILE]), 1, "Chị Sáu")
