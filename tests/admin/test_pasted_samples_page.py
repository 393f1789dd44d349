"""What residents pasted: read by editors with its own consent alone, without a person, for thirty days."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete, insert, select, update

from admin import pasted_samples
from bot.events import DataWithdrawn, Event, Joined, TextSaid
from bot.turn import Incoming
from lessons.loader import Library
from lessons.schema import Book
from publishing import Published
from storage import accounts, inbox, lesson_drafts, people, records
from storage.database import Database, reading, transaction
from storage.tables import INBOX, PERSON
from storage.team_tables import AUDIT
from tests.admin.desk_stage import COMMUNE, ELSEWHERE, PROVINCE, Stage, staged, words
from tests.conftest import NOW
from tests.lessons.library_on_disk import load, write_clean

pytestmark = pytest.mark.anyio

ADDRESS = "/staff/pasted"
SIGNS = "lessons/scam_signs.yaml"
AUTHOR = {"roles": ("author",), "scope": ("vn",)}
DANGER = "cài ứng dụng theo tệp này"
CAUTION = "trả lời ngay lập tức, trong 2 giờ"
NOTHING = "Mai họp tổ lúc bảy giờ"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = write_clean(tmp_path_factory.mktemp("small"))
    signs = root / SIGNS
    # A hurry is enough by itself, so that there is a message of each level.
    signs.write_text(signs.read_text(encoding="utf-8").replace("weight: 2", "weight: 3"), encoding="utf-8")
    return load(root)


@pytest.fixture
async def stage(database: Database, small: Library) -> AsyncIterator[Stage]:
    assert small.book is not None
    published = Published(1, small.texts, small.book)
    async with staged(database, small.book, published=lambda: published) as made:
        yield made


class Resident:
    """Somebody on Zalo who has agreed to be remembered; `pastes` keeps a text as a turn does."""

    def __init__(self, stage: Stage, address: str = "1234567890123456789", *, place: str | None = COMMUNE) -> None:
        self.stage, self.address = stage, address
        with transaction(stage.database) as connection:
            self.account = accounts.put(connection, channel="zalo-oa", external_id="oa", rate_per_minute=60)
            people.add(connection, self.account, [address], now=NOW)
            self.id = people.find(connection, self.account, address) or 0
            connection.execute(update(PERSON).where(PERSON.c.id == self.id).values(place=place))
        self.count = 0

    def pastes(self, text: str, *, at: datetime = NOW, kind: str = "Pasted") -> None:
        self.count += 1
        row = {"person_id": self.id, "key": f"k{self.count}", "kind": kind, "text": text, "state": "done"}
        with transaction(self.stage.database) as connection:
            inbox.add(connection, [row | {"received_at": at}])

    def happens(self, event: Event) -> None:
        self.count += 1
        incoming = Incoming(self.account, self.address, f"e{self.count}", event)
        with transaction(self.stage.database) as connection:
            self.stage.desk.happen(connection, incoming, self.stage.at[0])

    def decides(self, *, is_granted: bool, subject: str = "samples") -> None:
        self.count += 1
        row = {"person_id": self.id, "number": self.count, "at": NOW, "granted": is_granted, "subject": subject}
        with transaction(self.stage.database) as connection:
            records.add_consents(connection, [row | {"notice_version": "1", "channel": "zalo-oa"}])


def willing(stage: Stage, *texts: str, place: str | None = COMMUNE, address: str = "1234567890123456789") -> Resident:
    """A resident who lets editors read what he pasted, each text a minute before the one behind it."""
    resident = Resident(stage, address, place=place)
    resident.decides(is_granted=True)
    for nth, text in enumerate(texts):
        resident.pastes(text, at=NOW - timedelta(minutes=len(texts) - nth))
    return resident


def drafting(stage: Stage, text: str) -> httpx.AsyncClient:
    """The browser of an editor who has saved this draft of the signs."""
    client = stage.client(**AUTHOR)
    with transaction(stage.database) as connection:
        lesson_drafts.save(connection, SIGNS, text, base="b", revision=0, staff_id=1, now=NOW)
    return client


def shown(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return re.findall(r'<blockquote class="pasted">([^<]*)</blockquote>', answer.text)


def cards(answer: httpx.Response) -> list[str]:
    """What each card says, without its marks."""
    found = re.findall(r"(?s)<article.*?</article>", answer.text)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


# What stands there ----------------------------------------------------------------------------------------


async def test_texts_stand_there_the_newest_first_with_day_and_verdict_and_without_a_person(stage: Stage) -> None:
    resident = willing(stage, DANGER, CAUTION, NOTHING)

    answer = await stage.client(**AUTHOR).get(ADDRESS)

    assert cards(answer) == [
        f"{NOTHING} 22/11/2026 chưa thấy dấu hiệu",
        f"{CAUTION} 22/11/2026 có chỗ đáng ngờ Tin giục gấp: “ngay lập tức”.",
        f"{DANGER} 22/11/2026 rất giống lừa đảo Tin bảo cài ứng dụng lạ: “cài ứng dụng theo tệp”.",
    ]
    assert resident.address not in answer.text
    assert "Người số" not in words(answer)
    assert not re.search(r"\d\d:\d\d", words(answer))


async def test_a_text_that_many_pasted_stands_there_once_with_how_often(stage: Stage) -> None:
    for nth in range(3):
        resident = Resident(stage, f"100000000000000000{nth}")
        resident.decides(is_granted=True)
        resident.pastes(NOTHING, at=NOW - timedelta(days=nth))

    answer = await stage.client(**AUTHOR).get(ADDRESS)

    assert cards(answer) == [f"{NOTHING} 3 lần, lần cuối 22/11/2026 chưa thấy dấu hiệu"]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param("no_sign_found", [NOTHING], id="nothing found"),
        pytest.param("caution", [CAUTION], id="caution"),
        pytest.param("danger", [DANGER], id="danger"),
        pytest.param("", [NOTHING, CAUTION, DANGER], id="all"),
        pytest.param("changed", [NOTHING, CAUTION, DANGER], id="changed, but there is no draft"),
        pytest.param("<b>", [NOTHING, CAUTION, DANGER], id="no level"),
    ],
)
async def test_texts_of_one_level_are_shown(stage: Stage, level: str, expected: list[str]) -> None:
    willing(stage, DANGER, CAUTION, NOTHING)

    assert shown(await stage.client(**AUTHOR).get(ADDRESS, params={"level": level})) == expected


async def test_marks_in_a_text_are_text_and_an_address_is_no_link(stage: Stage) -> None:
    willing(stage, '<script>alert(1)</script> https://vi.example "><a href=x>')

    answer = await stage.client(**AUTHOR).get(ADDRESS)

    assert "&lt;script&gt;alert(1)" in answer.text
    assert '<a href="https://vi.example' not in answer.text
    assert "<a href=x>" not in answer.text


async def test_what_a_page_cannot_hold_is_on_the_pages_behind_it(stage: Stage) -> None:
    texts = [f"{NOTHING} thứ {nth}" if nth % 2 else f"{DANGER} thứ {nth}" for nth in range(140)]
    willing(stage, *texts)
    client = stage.client(**AUTHOR)

    seen: list[str] = []
    pages, address = 0, f"{ADDRESS}?level=no_sign_found"
    while address and pages < 9:
        answer = await client.get(address)
        seen += shown(answer)
        pages += 1
        [address] = re.findall(r'href="([^"]+)">Tin cũ hơn', answer.text) or [""]
        address = address.replace("&amp;", "&")

    assert pages == 3
    assert seen == [text for text in reversed(texts) if text.startswith(NOTHING)]


async def test_a_page_without_any_of_the_level_still_leads_to_the_older_ones(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pasted_samples, "LOOKED_THROUGH", 2)
    willing(stage, NOTHING, f"{DANGER} một", f"{DANGER} hai")
    client = stage.client(**AUTHOR)

    first = await client.get(f"{ADDRESS}?level=no_sign_found")
    second = await client.get(f"{ADDRESS}?level=no_sign_found&skip=2")

    assert shown(first) == []
    assert 'href="/staff/pasted?level=no_sign_found&amp;skip=2">Tin cũ hơn' in first.text
    assert shown(second) == [NOTHING]
    assert "Tin cũ hơn" not in second.text


# Whose texts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decisions", "is_shown"),
    [
        pytest.param([], False, id="never asked"),
        pytest.param([("samples", False)], False, id="refused"),
        pytest.param([("data", True), ("weather", True)], False, id="agreed to other things"),
        pytest.param([("samples", True)], True, id="agreed"),
        pytest.param([("samples", True), ("samples", False)], False, id="taken back"),
        pytest.param([("samples", True), ("samples", False), ("samples", True)], True, id="agreed again"),
        pytest.param([("samples", True), ("weather", False)], True, id="refused another thing since"),
        pytest.param([("samples", False), ("data", True)], False, id="agreed to another thing since"),
    ],
)
async def test_only_the_newest_consent_to_this_use_counts(
    stage: Stage, decisions: Sequence[tuple[str, bool]], is_shown: bool
) -> None:
    resident = Resident(stage)
    resident.pastes(NOTHING)
    for subject, is_granted in decisions:
        resident.decides(is_granted=is_granted, subject=subject)

    assert shown(await stage.client(**AUTHOR).get(ADDRESS)) == ([NOTHING] if is_shown else [])


async def test_a_text_that_another_allowed_is_counted_for_who_allowed_it_alone(stage: Stage) -> None:
    willing(stage, NOTHING, address="1000000000000000001")
    Resident(stage, "1000000000000000002").pastes(NOTHING)

    assert cards(await stage.client(**AUTHOR).get(ADDRESS)) == [f"{NOTHING} 22/11/2026 chưa thấy dấu hiệu"]


async def test_a_consent_that_is_taken_back_takes_the_texts_from_the_page_at_once(stage: Stage) -> None:
    resident, client = willing(stage, NOTHING), stage.client(**AUTHOR)
    assert shown(await client.get(ADDRESS)) == [NOTHING]

    resident.decides(is_granted=False)

    assert shown(await client.get(ADDRESS)) == []


async def test_an_erasure_takes_the_texts_from_the_page_at_once(stage: Stage) -> None:
    resident, client = willing(stage, NOTHING), stage.client(**AUTHOR)
    assert shown(await client.get(ADDRESS)) == [NOTHING]

    resident.happens(DataWithdrawn())

    assert shown(await client.get(ADDRESS)) == []


async def test_an_erased_person_whose_rows_are_still_to_be_swept_is_not_shown(stage: Stage) -> None:
    resident = willing(stage, NOTHING)
    with transaction(stage.database) as connection:
        connection.execute(update(PERSON).where(PERSON.c.id == resident.id).values(erased_at=NOW))

    assert shown(await stage.client(**AUTHOR).get(ADDRESS)) == []


async def test_after_thirty_days_a_text_is_gone_also_when_nothing_has_deleted_it(stage: Stage) -> None:
    willing(stage, NOTHING)
    stage.forward(days=29)
    assert shown(await stage.client(**AUTHOR).get(ADDRESS)) == [NOTHING]

    stage.forward(days=1, hours=1)

    assert shown(await stage.client(**AUTHOR).get(ADDRESS)) == []


async def test_what_was_only_said_is_never_shown(stage: Stage) -> None:
    resident = willing(stage)
    resident.pastes("toi ten la Ut", kind="TextSaid")

    assert shown(await stage.client(**AUTHOR).get(ADDRESS)) == []


@pytest.mark.parametrize(
    ("scope", "place", "is_shown"),
    [
        pytest.param((COMMUNE,), COMMUNE, True, id="of the commune"),
        pytest.param((PROVINCE,), COMMUNE, True, id="of the province"),
        pytest.param(("vn",), ELSEWHERE, True, id="everywhere"),
        pytest.param((COMMUNE,), ELSEWHERE, False, id="of another commune"),
        pytest.param((COMMUNE,), None, True, id="nobody knows where"),
        pytest.param((), COMMUNE, False, id="an editor of no place"),
    ],
)
async def test_an_editor_sees_texts_from_his_places(
    stage: Stage, scope: tuple[str, ...], place: str | None, is_shown: bool
) -> None:
    willing(stage, NOTHING, place=place)

    answer = await stage.client(roles=("author",), scope=scope).get(ADDRESS)

    assert shown(answer) == ([NOTHING] if is_shown else [])


# Who looks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may_write"),
    [("author", True), ("operator", True), ("reviewer", False), ("auditor", False)],
)
async def test_readers_see_the_texts_and_writers_the_way_to_the_signs(stage: Stage, role: str, may_write: bool) -> None:
    willing(stage, NOTHING)

    answer = await stage.client(roles=(role,), scope=("vn",)).get(ADDRESS)

    assert shown(answer) == [NOTHING]
    assert (f'href="/staff/lessons/edit/{SIGNS}"' in answer.text) is may_write


@pytest.mark.parametrize("role", ["member", "leader"])
async def test_members_do_not_read_the_texts(stage: Stage, role: str) -> None:
    assert (await stage.client(roles=(role,), scope=("vn",)).get(ADDRESS)).status_code == 403


async def test_a_look_is_written_down_once_an_hour_without_a_word(stage: Stage) -> None:
    willing(stage, NOTHING)
    client, other = stage.client(**AUTHOR), stage.client("Anh Ba", **AUTHOR)

    for asking in (client, client, other):
        await asking.get(ADDRESS)
        stage.forward(minutes=1)
    stage.forward(minutes=60)
    await client.get(ADDRESS)

    with reading(stage.database) as connection:
        rows = [(row.staff_id, row.action, row.subject, row.detail) for row in connection.execute(select(AUDIT))]
    assert rows == [(1, "viewed_pasted", "", ""), (2, "viewed_pasted", "", ""), (1, "viewed_pasted", "", "")]


async def test_the_audit_calls_the_look_by_a_word(stage: Stage) -> None:
    await stage.client(**AUTHOR).get(ADDRESS)

    audit = await stage.client(roles=("operator",), scope=("vn",)).get("/staff/audit")

    assert "xem tin nhờ xem" in words(audit)


# A draft --------------------------------------------------------------------------------------------------


async def test_a_draft_of_the_signs_is_tried_beside_what_is_published(stage: Stage, small: Library) -> None:
    willing(stage, CAUTION, NOTHING)
    client = drafting(stage, small.texts[SIGNS].replace("words: [ngay lập tức,", "words: [họp tổ, ngay lập tức,"))

    answer = await client.get(ADDRESS)
    changed = await client.get(f"{ADDRESS}?level=changed")
    unmarked = await client.get(f"{ADDRESS}?level=no_sign_found")

    assert "Đang có nháp dấu hiệu." in words(answer)
    assert cards(answer) == [
        f"{NOTHING} 22/11/2026 Đang dùng chưa thấy dấu hiệu Theo nháp có chỗ đáng ngờ Tin giục gấp: “họp tổ”.",
        f"{CAUTION} 22/11/2026 có chỗ đáng ngờ Tin giục gấp: “ngay lập tức”. Theo nháp: như cũ.",
    ]
    assert shown(changed) == [NOTHING]
    assert shown(unmarked) == [NOTHING]  # by what residents are told now


async def test_a_draft_that_only_explains_better_is_something_else(stage: Stage, small: Library) -> None:
    willing(stage, CAUTION)
    client = drafting(stage, small.texts[SIGNS].replace("Tin giục gấp", "Tin bắt làm gấp"))

    [card] = cards(await client.get(f"{ADDRESS}?level=changed"))

    assert "Đang dùng có chỗ đáng ngờ Tin giục gấp: “ngay lập tức”." in card
    assert "Theo nháp có chỗ đáng ngờ Tin bắt làm gấp: “ngay lập tức”." in card


@pytest.mark.parametrize("text", ["signs: [mở ngoặc", "caution_from: 3", "", "- một", "signs: 7"])
async def test_a_draft_that_cannot_be_read_is_said_and_the_published_signs_go_on(stage: Stage, text: str) -> None:
    willing(stage, CAUTION)
    client = drafting(stage, text)

    answer = await client.get(ADDRESS)

    assert "Nháp dấu hiệu đang có chỗ sai" in words(answer)
    assert cards(answer) == [f"{CAUTION} 22/11/2026 có chỗ đáng ngờ Tin giục gấp: “ngay lập tức”."]


async def test_a_draft_that_says_something_twice_is_not_tried(stage: Stage, small: Library) -> None:
    willing(stage, CAUTION)
    client = drafting(stage, small.texts[SIGNS] + "\ncaution_from: 9\n")

    answer = await client.get(ADDRESS)

    assert "Nháp dấu hiệu đang có chỗ sai" in words(answer)


async def test_reasons_speak_to_nobody_in_particular(stage: Stage, small: Library) -> None:
    assert small.phrases is not None
    willing(stage, CAUTION)
    client = drafting(stage, small.texts[SIGNS].replace("Tin giục gấp", "Tin giục {xung_ho} gấp"))

    [card] = cards(await client.get(ADDRESS))

    assert f"Tin giục {small.phrases.default_address} gấp" in card


# Around it ------------------------------------------------------------------------------------------------


async def test_before_anything_is_published_the_page_says_so(database: Database, small: Library) -> None:
    assert small.book is not None
    async with staged(database, small.book) as stage:
        willing(stage, NOTHING)

        answer = await stage.client(**AUTHOR).get(ADDRESS)

    assert shown(answer) == []
    assert "Chưa đăng dấu hiệu lừa đảo nào" in words(answer)


@pytest.mark.parametrize("skip", ["-1", "x", "99999999999999999999", "¹", "999999"])
async def test_odd_page_numbers_are_answered(stage: Stage, skip: str) -> None:
    willing(stage, NOTHING)

    assert (await stage.client(**AUTHOR).get(ADDRESS, params={"skip": skip})).status_code == 200


async def test_editors_find_the_page_among_lessons_and_numbers_and_members_do_not(stage: Stage) -> None:
    author, member = stage.client(**AUTHOR), stage.client()

    for page in ("/staff/lessons", "/staff/numbers"):
        assert f'href="{ADDRESS}"' in (await author.get(page)).text
        assert f'href="{ADDRESS}"' not in (await member.get(page)).text


async def test_of_a_text_that_was_dropped_nothing_is_shown(stage: Stage) -> None:
    resident = willing(stage, NOTHING)
    with transaction(stage.database) as connection:
        connection.execute(delete(INBOX).where(INBOX.c.person_id == resident.id))
        row = {"person_id": resident.id, "key": "z", "kind": "Pasted", "text": None, "state": "done"}
        connection.execute(insert(INBOX).values(**row, received_at=NOW))

    assert shown(await stage.client(**AUTHOR).get(ADDRESS)) == []


async def test_a_resident_who_pastes_and_agrees_is_read_until_he_changes_his_mind(
    database: Database, library: Library, book: Book
) -> None:
    """The whole way, through the conversation itself; what was pasted before the question is part of it."""
    pasted = "Quý khách trúng thưởng, soạn tin gửi 0912345678 để nhận thưởng, truy cập https://nhan-qua.example"
    async with staged(database, book, published=lambda: Published(1, library.texts, book)) as stage:
        resident, client = Resident(stage), stage.client(**AUTHOR)
        resident.happens(Joined())

        async def after(*texts: str) -> list[str]:
            for text in texts:
                resident.happens(TextSaid(text))
            return shown(await client.get(ADDRESS))

        assert await after("đồng ý", "bác", pasted) == []
        assert await after("1") == [pasted.replace("0912345678", "█" * 10)]
        assert await after("đừng dùng tin của tôi") == []
