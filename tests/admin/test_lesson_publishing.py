"""Publishing on a page: what is checked, what is refused, what becomes of drafts and of people in the old version."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from lessons.loader import edition_from_text
from publishing import transcripts_of
from storage import lesson_drafts, media
from storage import lessons as stored_lessons
from storage.database import Database, reading, transaction
from storage.lesson_tables import PUBLICATION
from tests.admin.desk_stage import Stage, words
from tests.admin.lesson_stage import (
    CURRICULUM,
    NEXT_LESSON,
    audited,
    base_of,
    draft_of,
    hidden,
    learners,
    lesson_stage,
    text_now,
    ticks,
    write_draft,
)
from tests.conftest import NOW
from tests.lessons.library_on_disk import LESSON

pytestmark = pytest.mark.anyio

ADDRESS = "/staff/lessons/publish"
TRANSCRIPT = transcripts_of(LESSON)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with lesson_stage(database, tmp_path / "library") as made:
        yield made


@pytest.fixture
async def talking(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    """With a transcript of the first lesson."""
    async with lesson_stage(database, tmp_path / "library", transcript=True) as made:
        yield made


def changed(stage: Stage, file: str = LESSON, *, old: str = "Kích hoạt VNeID", new: str = "Mở VNeID") -> str:
    """A draft in which one thing is said otherwise; its text."""
    text = text_now(stage, file)
    assert old in text
    write_draft(stage, file, text.replace(old, new))
    return text.replace(old, new)


async def checked(client: httpx.AsyncClient, *files: str) -> httpx.Response:
    """The page after the check of these drafts, as a browser comes to it."""
    page = await client.get(ADDRESS, params={"file": files})
    return await client.post(
        ADDRESS, data={"action": "check", "base": hidden(page, "base"), "draft": ticks(page), "reason": ""}
    )


async def published(
    client: httpx.AsyncClient, page: httpx.Response, *, reason: str = "Theo thông báo mới", accept: tuple[str, ...] = ()
) -> httpx.Response:
    form = {"action": "publish", "base": hidden(page, "base"), "draft": hidden(page, "draft"), "reason": reason}
    return await client.post(ADDRESS, data=form | {"accept": list(accept)})


async def test_a_draft_is_checked_read_once_more_and_published_with_a_reason(stage: Stage) -> None:
    client, first = stage.client("Anh Năm", roles=("author",)), base_of(stage)
    text = changed(stage)

    page = await checked(client, LESSON)

    assert page.status_code == 200, words(page)
    assert "Đã kiểm xong, không có lỗi" in words(page)
    assert "− bớt title: Kích hoạt VNeID" in words(page)
    assert text_now(stage, LESSON) != text
    answer = await published(client, page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/lessons?done=published")
    assert text_now(stage, LESSON) == text
    assert draft_of(stage, LESSON) is None
    assert stage.desk.published().book.current["bai"].lesson.title == "Mở VNeID"
    assert ("published", f"publication {first + 1}", "Theo thông báo mới") in audited(stage)
    with reading(stage.database) as connection:
        newest = stored_lessons.listed(connection, limit=1)[0]
    assert (newest.by, newest.reason, newest.changed) == ("Anh Năm", "Theo thông báo mới", [LESSON])
    assert "Có hiệu lực trong vài giây" in words(await client.get(answer.headers["location"]))


async def test_what_was_learnt_is_published_with_it(stage: Stage) -> None:
    client = stage.client(roles=("reviewer",))
    changed(stage)

    await published(client, await checked(client, LESSON))

    assert stage.desk.published().book.learnt is not None


async def test_who_stands_in_the_old_version_keeps_it(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    learners(stage, "bai", "mo-app", 3)
    old = stage.desk.published().book.current["bai"].version
    changed(stage, old="id: mo-app", new="id: mo-ung-dung")

    await published(client, await checked(client, LESSON))

    book = stage.desk.published().book
    assert book.current["bai"].lesson.position("mo-app") is None
    assert book.edition("bai", old).lesson.position("mo-app") == 2


async def test_the_page_says_how_many_stand_where_and_where_they_would_go_on(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    learners(stage, "bai", "mo-app", 3)
    learners(stage, "bai", "kiem-tra", 1)
    learners(stage, "bai-sau", "hoi", 7)
    text = changed(stage, old="id: mo-app", new="id: mo-ung-dung").replace(
        "moved: {buoc-cu: chao}", "moved: {buoc-cu: chao, mo-app: mo-ung-dung}"
    )

    nearest = words(await client.get(ADDRESS, params={"file": LESSON}))
    write_draft(stage, LESSON, text)
    moved = words(await client.get(ADDRESS, params={"file": LESSON}))

    assert "mo-app tới bước may-gi 3 kiem-tra ở nguyên bước này 1" in nearest
    assert "mo-app tới bước mo-ung-dung 3" in moved
    assert "hoi tới" not in nearest


async def test_people_in_an_edition_that_was_old_already_are_told_apart(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    learners(stage, "bai", "chao", 2)
    old = stage.desk.published().book.current["bai"].version[:6]
    changed(stage)
    await published(client, await checked(client, LESSON))
    learners(stage, "bai", "chao", 5, start=2)
    changed(stage, old="Mở VNeID", new="Bật VNeID")

    page = words(await client.get(ADDRESS, params={"file": LESSON}))

    assert f"chao ở nguyên bước này 5 chao bản cũ {old} ở nguyên bước này 2" in page


async def test_the_draft_of_the_address_is_ticked_and_the_others_are_not(stage: Stage) -> None:
    changed(stage)
    write_draft(stage, NEXT_LESSON, text_now(stage, NEXT_LESSON) + "# sửa\n")

    page = await stage.client(roles=("author",)).get(ADDRESS, params={"file": NEXT_LESSON})

    assert [tick.partition(" ")[2] for tick in ticks(page)] == [NEXT_LESSON]
    assert [tick.partition(" ")[2] for tick in hidden(page, "draft")] == [NEXT_LESSON, LESSON]


async def test_only_what_is_ticked_is_published(stage: Stage) -> None:
    client, other = stage.client(roles=("author",)), "# chưa xong\n"
    text = changed(stage)
    write_draft(stage, NEXT_LESSON, text_now(stage, NEXT_LESSON) + other)

    await published(client, await checked(client, LESSON))

    assert text_now(stage, LESSON) == text
    assert not text_now(stage, NEXT_LESSON).endswith(other)
    assert draft_of(stage, NEXT_LESSON) is not None


# Refused --------------------------------------------------------------------------------------------------


async def test_an_error_is_told_with_its_line_and_a_way_there_and_is_never_published(stage: Stage) -> None:
    client, before = stage.client(roles=("author",)), text_now(stage, LESSON)
    text = changed(stage, old="correct: true", new="corect: true")
    line = text[: text.index("corect")].count("\n") + 1

    page = await checked(client, LESSON)

    assert page.status_code == 422
    assert f'href="/staff/lessons/edit/{LESSON}#L{line}"' in page.text
    assert f"bai.yaml, dòng {line}" in words(page)
    assert "không còn trong chương trình" not in words(page)
    assert 'name="reason" rows' not in page.text
    answer = await published(client, page)
    assert answer.status_code == 422
    assert "còn lỗi ở dưới" in words(answer)
    assert text_now(stage, LESSON) == before


async def test_a_warning_is_told_and_does_not_block(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    changed(stage, old="checked_on: 2026-11-01", new="checked_on: 2026-07-01")

    page = await checked(client, LESSON)

    assert page.status_code == 200
    assert "không cản việc đăng" in words(page)
    assert (await published(client, page)).status_code == 303


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        pytest.param("", "Ghi lý do đăng", id="none"),
        pytest.param("  \n", "Ghi lý do đăng", id="spaces"),
        pytest.param("x" * 201, "Lý do dài quá", id="too long"),
    ],
)
async def test_a_reason_is_asked_for_and_what_was_typed_stays(stage: Stage, reason: str, says: str) -> None:
    client, first = stage.client(roles=("author",)), base_of(stage)
    changed(stage)

    answer = await published(client, await checked(client, LESSON), reason=reason)

    assert answer.status_code == 422
    assert says in words(answer)
    assert reason.strip() in answer.text
    assert base_of(stage) == first


async def test_nothing_ticked_is_nothing_to_publish(stage: Stage) -> None:
    changed(stage)

    answer = await stage.client(roles=("author",)).post(ADDRESS, data={"action": "check", "base": base_of(stage)})

    assert answer.status_code == 422
    assert "Chưa chọn nháp nào" in words(answer)


async def test_a_draft_that_changes_nothing_is_not_published(stage: Stage) -> None:
    client, first = stage.client(roles=("author",)), base_of(stage)
    write_draft(stage, LESSON, text_now(stage, LESSON))

    answer = await published(client, await checked(client, LESSON))

    assert answer.status_code == 422
    assert "giống hệt bản đang dùng" in words(answer)
    assert base_of(stage) == first


async def test_who_publishes_second_is_told_and_undoes_nothing(stage: Stage) -> None:
    one, two = stage.client(roles=("author",)), stage.client(roles=("reviewer",))
    changed(stage)
    write_draft(stage, NEXT_LESSON, text_now(stage, NEXT_LESSON) + "# sửa\n")
    mine = await checked(two, NEXT_LESSON)
    await published(one, await checked(one, LESSON))
    after = base_of(stage)

    answer = await published(two, mine, reason="Lý do của tôi")

    assert answer.status_code == 422
    assert "Có người vừa đăng bản khác" in words(answer)
    assert 'value="Lý do của tôi"' in answer.text
    assert [tick.partition(" ")[2] for tick in ticks(answer)] == [NEXT_LESSON]
    assert base_of(stage) == after
    assert "title: Mở VNeID\n" in text_now(stage, LESSON)


async def test_of_two_who_publish_at_once_one_does(stage: Stage) -> None:
    one, two = stage.client(roles=("author",)), stage.client(roles=("reviewer",))
    first = base_of(stage)
    changed(stage)
    write_draft(stage, NEXT_LESSON, text_now(stage, NEXT_LESSON) + "# sửa\n")
    pages = [await checked(one, LESSON), await checked(two, NEXT_LESSON)]

    answers = await asyncio.gather(published(one, pages[0]), published(two, pages[1]))

    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert "Có người vừa đăng bản khác" in " ".join(words(answer) for answer in answers)
    assert base_of(stage) == first + 1
    assert (draft_of(stage, LESSON) is None) != (draft_of(stage, NEXT_LESSON) is None)


async def test_a_draft_that_somebody_saved_meanwhile_is_not_published_unread(stage: Stage) -> None:
    client, first = stage.client(roles=("author",)), base_of(stage)
    changed(stage)
    page = await checked(client, LESSON)
    write_draft(stage, LESSON, "không phải bài\n")

    answer = await published(client, page)

    assert answer.status_code == 422
    assert "Có người vừa sửa nháp" in words(answer)
    assert base_of(stage) == first


async def test_a_draft_that_was_dropped_and_begun_anew_is_not_published_unread(stage: Stage) -> None:
    client, first = stage.client(roles=("author",)), base_of(stage)
    changed(stage)
    page = await checked(client, LESSON)
    with transaction(stage.database) as connection:
        lesson_drafts.drop(connection, [LESSON])
    stage.forward(minutes=1)
    changed(stage, new="Bấm đại cho xong")

    answer = await published(client, page)

    assert answer.status_code == 422
    assert "Có người vừa sửa nháp" in words(answer)
    assert base_of(stage) == first
    assert "Bấm đại cho xong" in (draft_of(stage, LESSON) or "")


async def test_a_new_lesson_that_no_course_names_is_not_lost_silently(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    write_draft(stage, "lessons/library/la.yaml", text_now(stage, LESSON).replace("id: bai\n", "id: la\n"))

    page = await checked(client, "lessons/library/la.yaml")

    assert page.status_code == 422
    assert "Chưa có tệp nào nhắc tới những nháp này" in words(page)
    assert (await published(client, page)).status_code == 422


async def test_a_draft_made_from_an_older_version_says_so(stage: Stage) -> None:
    changed(stage)
    with transaction(stage.database) as connection:
        newest = stored_lessons.newest(connection)
        files = {**newest.files, LESSON: newest.files[LESSON] + "# từ máy chủ\n"}
        stored_lessons.publish(connection, files, [], learnt=None, now=NOW)

    page = await stage.client(roles=("author",)).get(ADDRESS, params={"file": LESSON})

    assert "đã có người đăng bản khác của tệp" in words(page)


async def test_a_lesson_taken_out_of_its_course_is_told_with_who_learns_it(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    learners(stage, "bai-sau", "hoi", 2)
    text = text_now(stage, CURRICULUM).replace("      - lessons/library/bai-sau.yaml\n", "")
    write_draft(stage, CURRICULUM, text.replace("{label: Rồi, lesson: bai-sau}", "{label: Rồi, lesson: bai}"))

    page = words(await checked(client, CURRICULUM))

    assert "Dùng VNeID hằng ngày: 2 người đang học" in page


@pytest.mark.parametrize(
    "form",
    [
        {"draft": "x lessons.yaml"},
        {"draft": "1"},
        {"draft": "1 .env"},
        {"draft": "1 lessons.yaml", "base": "x"},
        {"draft": f"99 {LESSON}"},
        pytest.param({"draft": f"{'9' * 5000} {LESSON}"}, id="a number of thousands of digits"),
        pytest.param({"draft": f"1 {LESSON}", "base": "9" * 5000}, id="a base of thousands of digits"),
    ],
    ids=str,
)
async def test_made_up_forms_publish_nothing(stage: Stage, form: dict[str, str]) -> None:
    changed(stage)
    first = base_of(stage)

    answer = await stage.client(roles=("author",)).post(
        ADDRESS, data={"action": "publish", "base": str(first), "reason": "x"} | form
    )

    assert answer.status_code == 422
    assert base_of(stage) == first


@pytest.mark.parametrize("role", ["member", "leader", "auditor"])
async def test_who_may_not_publish_does_not(stage: Stage, role: str) -> None:
    changed(stage)
    first = base_of(stage)
    form = {"action": "publish", "base": str(first), "draft": f"1 {LESSON}", "reason": "x"}

    answer = await stage.client(roles=(role,)).post(ADDRESS, data=form)

    assert answer.status_code == 403
    assert base_of(stage) == first


# Transcripts ----------------------------------------------------------------------------------------------


async def test_a_changed_answer_is_read_and_accepted_before_it_is_published(talking: Stage) -> None:
    client, first = talking.client(roles=("author",)), base_of(talking)
    changed(talking, old="Mình cùng mở VNeID.", new="Mình cùng mở ứng dụng.")

    page = await checked(client, LESSON)

    assert page.status_code == 200
    assert "Lời thoại đổi theo (1)" in words(page)
    assert "Mình cùng mở ứng dụng" in words(page)
    refused = await published(client, page)
    assert refused.status_code == 422
    assert "Lời thoại đổi mà chưa ai xem" in words(refused)
    assert "Theo thông báo mới" in refused.text
    assert base_of(talking) == first
    answer = await published(client, refused, accept=(TRANSCRIPT,))
    assert answer.status_code == 303
    assert "Mình cùng mở ứng dụng." in text_now(talking, TRANSCRIPT)


async def test_transcripts_that_hold_are_published_as_they_are(talking: Stage) -> None:
    client, before = talking.client(roles=("author",)), text_now(talking, TRANSCRIPT)
    changed(talking, old="- {label: iPhone, value: iphone}", new="- {label: iPhone, also: [ipong], value: iphone}")

    page = await checked(client, LESSON)

    assert "Lời thoại đổi theo" not in words(page)
    await published(client, page)
    assert text_now(talking, TRANSCRIPT) == before


async def test_transcripts_on_the_disk_are_played_where_the_publication_has_none(talking: Stage) -> None:
    client = talking.client(roles=("author",))
    with transaction(talking.database) as connection:
        newest = stored_lessons.newest(connection)
        files = {name: text for name, text in newest.files.items() if name != TRANSCRIPT}
        stored_lessons.publish(connection, files, [], learnt=None, now=NOW)
    changed(talking, old="Mình cùng mở VNeID.", new="Mình cùng mở ứng dụng.")

    page = await checked(client, LESSON)

    assert "Lời thoại đổi theo (1)" in words(page)
    await published(client, page, accept=(TRANSCRIPT,))
    assert "Mình cùng mở ứng dụng." in text_now(talking, TRANSCRIPT)


@pytest.mark.parametrize("text", ["lesson: [\n", "lesson: bai\n", "lesson: khong-co\ntranscripts: []\n", "a\n"])
async def test_transcripts_that_cannot_be_played_are_told(talking: Stage, text: str) -> None:
    client = talking.client(roles=("author",))
    write_draft(talking, TRANSCRIPT, text)

    page = await checked(client, TRANSCRIPT)

    assert page.status_code == 422
    assert "Lời thoại mẫu này không đọc được" in words(page)
    assert (await published(client, page)).status_code == 422


async def test_a_draft_of_transcripts_alone_is_published(talking: Stage) -> None:
    client = talking.client(roles=("author",))
    text = text_now(talking, TRANSCRIPT).replace("name: đi thẳng", "name: đi một mạch")
    write_draft(talking, TRANSCRIPT, text)

    answer = await published(client, await checked(client, TRANSCRIPT))

    assert answer.status_code == 303
    assert text_now(talking, TRANSCRIPT) == text


# Pictures and editions ------------------------------------------------------------------------------------


async def test_a_lesson_may_name_a_picture_that_was_uploaded(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    changed(stage, old="picture: media/hinh.png", new="picture: moi.jpg")
    assert (await checked(client, LESSON)).status_code == 422
    with transaction(stage.database) as connection:
        sizes = {"width": 1, "height": 1, "staff_id": 1}
        media.put(connection, name="moi.jpg", content=b"x", alt="Một hình", now=NOW, **sizes)

    page = await checked(client, LESSON)

    assert page.status_code == 200, words(page)
    assert (await published(client, page)).status_code == 303
    assert stage.desk.published().book.current["bai"].lesson.steps[2].picture == "moi.jpg"


async def test_the_edition_is_kept_for_who_begins_now(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    text = changed(stage)

    await published(client, await checked(client, LESSON))

    with reading(stage.database) as connection:
        dates = stored_lessons.edition_dates(connection)
        files = connection.execute(PUBLICATION.select()).all()
    assert ("bai", edition_from_text(text, file=LESSON).version) in dates
    assert len(files) == 2
