"""Who waits for a person, and the conversation that a member has in hand."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, update

from bot import messages
from bot.events import DataWithdrawn, Joined, PictureRead, SeenCode, StaffReplied, TextSaid, TimerRang
from bot.turn import Incoming
from lessons.schema import Book
from storage import accounts, canned, people
from storage.database import Database, reading, transaction
from storage.tables import HANDOFF, INBOX, OUTBOX, PERSON, TIMER
from storage.team_tables import AUDIT, CANNED_ANSWER
from tests.admin.desk_stage import COMMUNE, ELSEWHERE, Stage, staged, words

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book) -> AsyncIterator[Stage]:
    async with staged(database, book) as made:
        yield made


class Resident:
    """Somebody on Zalo; `says` lets him say something, and `heard` are our texts to him, the newest last."""

    def __init__(self, stage: Stage, name: str = "1234567890123456789", *, place: str | None = COMMUNE) -> None:
        self.stage, self.address, self.count = stage, name, 0
        with transaction(stage.database) as connection:
            self.account = accounts.put(connection, channel="zalo-oa", external_id="oa", rate_per_minute=60)
        self.happens(Joined())
        for text in ("dong y", "bac"):
            self.says(text)
        with transaction(stage.database) as connection:
            found = people.find(connection, self.account, name)
            assert found is not None
            self.id = found
            connection.execute(update(PERSON).where(PERSON.c.id == self.id).values(place=place))

    def happens(self, event: object) -> None:
        self.count += 1
        incoming = Incoming(self.account, self.address, f"event-{self.count}", event)  # type: ignore[arg-type]
        with transaction(self.stage.database) as connection:
            self.stage.desk.happen(connection, incoming, self.stage.at[0])

    def says(self, text: str) -> None:
        self.happens(TextSaid(text))
        self.stage.forward(seconds=2)

    @property
    def page(self) -> str:
        return f"/staff/waiting/{self.id}"

    def heard(self) -> list[str]:
        query = select(OUTBOX.c.payload).where(OUTBOX.c.person_id == self.id).order_by(OUTBOX.c.number)
        with reading(self.stage.database) as connection:
            return [messages.from_json(payload).text for payload in connection.scalars(query)]

    def requests(self) -> list[str]:
        query = select(HANDOFF.c.state).where(HANDOFF.c.person_id == self.id).order_by(HANDOFF.c.opened_at)
        with reading(self.stage.database) as connection:
            return list(connection.scalars(query))


def actions(stage: Stage) -> list[tuple[str, str]]:
    with reading(stage.database) as connection:
        return [tuple(row) for row in connection.execute(select(AUDIT.c.action, AUDIT.c.subject).order_by(AUDIT.c.id))]


async def key_of(client: httpx.AsyncClient, resident: Resident) -> str:
    return re.search(r'name="key" value="([^"]+)"', (await client.get(resident.page)).text)[1]


async def answer(client: httpx.AsyncClient, resident: Resident, text: str, **fields: str) -> httpx.Response:
    fields = {"key": await key_of(client, resident)} | fields
    return await client.post(f"{resident.page}/answer", data={"text": text, **fields})


async def test_the_list_says_who_waits_since_when_and_where_he_stands(stage: Stage) -> None:
    resident = Resident(stage)
    resident.says("hoc vneid")
    resident.says("gap nguoi")
    stage.forward(minutes=25)

    page = await stage.client().get("/staff/waiting")

    assert f"Người số {resident.id} : nhờ gặp người chờ 25 phút, từ 10:00 Chủ nhật 22/11" in words(page)
    assert "Zalo, Xã Tài Văn" in words(page)
    assert "(1) Người chờ" in page.text
    assert resident.address not in page.text


async def test_who_is_being_swindled_stands_first(stage: Stage) -> None:
    first, swindled = Resident(stage, "1111111111111111111"), Resident(stage, "2222222222222222222")
    first.says("gap nguoi")
    stage.forward(minutes=40)
    swindled.says("toi bi lua roi")

    page = words(await stage.client().get("/staff/waiting"))

    assert page.index(f"GẤP Người số {swindled.id}") < page.index(f"Người số {first.id}")


async def test_who_lives_elsewhere_is_not_there_for_a_member(stage: Stage) -> None:
    resident = Resident(stage, place=ELSEWHERE)
    resident.says("gap nguoi")
    client = stage.client(scope=(COMMUNE,))

    assert "Chưa có ai chờ" in words(await client.get("/staff/waiting"))
    for method, address in (("GET", ""), ("GET", "/messages"), ("POST", "/claim"), ("POST", "/give-back")):
        assert (await client.request(method, resident.page + address)).status_code == 404
    refused = await client.post(f"{resident.page}/answer", data={"text": "Chào bác", "key": "k"})
    assert refused.status_code == 404
    assert resident.requests() == ["waiting"]
    assert actions(stage) == []


async def test_whose_place_nobody_knows_is_everybodys_to_help(stage: Stage) -> None:
    resident = Resident(stage, place=None)
    resident.says("gap nguoi")

    assert f"Người số {resident.id}" in words(await stage.client(scope=(ELSEWHERE,)).get("/staff/waiting"))


async def test_the_list_answers_nothing_while_nothing_changed(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    have = re.search(r"have=(\w+)", (await client.get("/staff/waiting")).text)[1]

    unchanged = await client.get(f"/staff/waiting/list?have={have}")
    resident.says("gap nguoi")
    changed = await client.get(f"/staff/waiting/list?have={have}")

    assert unchanged.status_code == 204
    assert changed.status_code == 200
    assert f'data-person="{resident.id}"' in changed.text


async def test_a_conversation_shows_both_sides_masked(stage: Stage) -> None:
    resident = Resident(stage)
    resident.says("ma otp cua toi la 483920")
    resident.says("gap nguoi")

    page = await stage.client().get(resident.page)

    assert "483920" not in page.text
    assert "██████" in page.text
    assert "gap nguoi" in words(page)
    assert resident.address not in page.text


async def test_without_consent_there_are_no_words_and_the_page_says_so(stage: Stage) -> None:
    resident = Resident(stage)
    with transaction(stage.database) as connection:
        zalo = resident.account
    for nth, text in enumerate(("xin chao", "khong dong y")):
        with transaction(stage.database) as connection:
            incoming = Incoming(zalo, "2222222222222222222", f"other-{nth}", TextSaid(text))
            stage.desk.happen(connection, incoming, stage.at[0])
    with reading(stage.database) as connection:
        other = people.find(connection, zalo, "2222222222222222222")

    page = words(await stage.client().get(f"/staff/waiting/{other}"))

    assert "không đồng ý cho ghi lại lời nhắn" in page
    assert "khong dong y" not in page
    assert "(đã nhắn, máy không giữ lời)" in page


async def test_what_was_pasted_to_be_checked_is_quoted_and_his_own_words_are_not(stage: Stage) -> None:
    resident = Resident(stage)
    resident.says("Quý khách trúng thưởng, truy cập https://nhan-qua.example để nhận thưởng")
    resident.says("gap nguoi")

    page = await stage.client().get(resident.page)

    quoted = re.findall(r'\(dán vào để hỏi\)</em> <q class="pasted">([^<]*)</q>', page.text)
    assert quoted == ["Quý khách trúng thưởng, truy cập https://nhan-qua.example để nhận thưởng"]
    assert "Bà con: gap nguoi" in words(page)


async def test_a_picture_that_was_looked_at_is_a_line_without_what_it_held(stage: Stage) -> None:
    resident = Resident(stage)
    resident.happens(PictureRead(codes=(SeenCode("link", "https://nhan-qua.example"),)))

    page = words(await stage.client().get(resident.page))

    assert "Bà con: (ảnh: máy chỉ tìm mã QR, không giữ ảnh)" in page


async def test_of_what_was_pasted_long_ago_a_line_stays_without_its_words(stage: Stage) -> None:
    resident = Resident(stage)
    resident.says("Quý khách trúng thưởng, truy cập https://nhan-qua.example để nhận thưởng")
    with transaction(stage.database) as connection:
        connection.execute(update(INBOX).where(INBOX.c.kind == "Pasted").values(text=None))

    page = words(await stage.client().get(resident.page))

    assert "(dán một tin vào để hỏi, máy thôi giữ rồi)" in page
    assert "nhan-qua.example để" not in page


async def test_a_look_at_somebody_is_written_down_once_an_hour(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()

    for _ in range(3):
        await client.get(resident.page)
    stage.forward(minutes=61)
    await client.get(resident.page)

    assert actions(stage) == [("viewed_person", f"person {resident.id}")] * 2


async def test_an_answer_reaches_him_with_the_members_name_and_the_bot_is_silent(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client("Chị Sáu")
    resident.says("gap nguoi")

    done = await answer(client, resident, "Bác bấm nút Bắt đầu nhé.")
    said = len(resident.heard())
    resident.says("toi bam roi")

    assert done.status_code == 303
    assert resident.heard()[-1] == "**Chị Sáu**, tổ công nghệ số cộng đồng:\nBác bấm nút Bắt đầu nhé."
    assert len(resident.heard()) == said
    assert resident.requests() == ["talking"]
    page = words(await client.get("/staff/waiting"))
    assert "mình đang trả lời" in page
    assert re.search(r"im lặng thì tự trả lại cho máy lúc 12:0\d", page)
    assert ("answered_person", f"person {resident.id}") in actions(stage)


async def test_an_answer_waits_behind_the_bots_replies(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")

    await answer(client, resident, "Chào bác.")

    with reading(stage.database) as connection:
        rows = connection.execute(
            select(OUTBOX.c.rank).where(OUTBOX.c.person_id == resident.id).order_by(OUTBOX.c.number)
        ).scalars()
        ranks = list(rows)
    assert ranks[-1] == 1
    assert set(ranks[:-1]) == {0}


async def test_a_form_that_is_sent_twice_answers_once(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")
    key = await key_of(client, resident)

    for _ in range(2):
        done = await answer(client, resident, "Chào bác.", key=key)
        assert done.status_code == 303

    assert sum(text.endswith("Chào bác.") for text in resident.heard()) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("   ", "Chưa viết câu trả lời", id="empty"),
        pytest.param("a" * 2001, "Dài quá", id="long"),
        pytest.param("Bác đọc cho con mã OTP nhé.", "không bao giờ hỏi những thứ ấy", id="asks for a code"),
        pytest.param("Bác gửi ảnh căn cước cho em.", "không bao giờ hỏi những thứ ấy", id="asks for an id card"),
    ],
)
async def test_what_may_not_be_sent_is_refused_and_stays_in_the_box(stage: Stage, text: str, says: str) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")
    before = resident.heard()

    refused = await answer(client, resident, text)

    assert refused.status_code == 422
    assert says in words(refused)
    assert text.strip() in refused.text
    assert resident.heard() == before


async def test_the_second_of_two_is_told_who_was_first_and_loses_no_word(stage: Stage) -> None:
    resident, first, second = Resident(stage), stage.client("Chị Sáu"), stage.client("Anh Tư")
    resident.says("gap nguoi")
    await first.post(f"{resident.page}/claim")

    late = await answer(second, resident, "Bác đợi tôi chút.")
    claimed = await second.post(f"{resident.page}/claim")

    assert (late.status_code, claimed.status_code) == (409, 409)
    assert "Chị Sáu đang trả lời người này" in words(late)
    assert "Bác đợi tôi chút." in late.text
    assert not any("đợi tôi chút" in text for text in resident.heard())


async def test_the_picture_of_a_refused_answer_stays_with_its_words(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()

    refused = await answer(client, resident, "Bác đọc mã OTP cho em.", picture="chao.png")

    assert refused.status_code == 422
    assert 'name="picture" value="chao.png"' in refused.text
    assert re.search(r"data-picture-says\s*>Kèm hình: <span>chao.png</span>", refused.text)


async def test_who_closes_a_request_without_a_word_is_named(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client("Anh Tư")
    resident.says("gap nguoi")

    await client.post(f"{resident.page}/give-back", data={"key": await key_of(client, resident)})

    assert resident.requests() == ["closed"]
    assert "Anh Tư lo, xong lúc" in words(await client.get("/staff/waiting"))


async def test_a_colleague_takes_over_who_he_saw(stage: Stage) -> None:
    resident, first, second = Resident(stage), stage.client("Chị Sáu"), stage.client("Anh Tư")
    resident.says("gap nguoi")
    await first.post(f"{resident.page}/claim")
    over = re.search(r'name="over" value="(\d+)"', (await second.get(resident.page)).text)[1]

    taken = await second.post(f"{resident.page}/claim", data={"over": over})
    await answer(second, resident, "Tôi giúp bác đây.")

    assert taken.status_code == 303
    assert "Tôi giúp bác đây." in resident.heard()[-1]
    assert "Anh Tư đang trả lời" in words(await first.get("/staff/waiting"))


async def test_given_back_the_lesson_goes_on_at_its_step(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("hoc vneid")
    resident.says("1")
    step = resident.heard()[-1]
    resident.says("gap nguoi")
    await answer(client, resident, "Bác làm theo hình nhé.")

    back = await client.post(f"{resident.page}/give-back", data={"key": "k1"})
    again = await client.post(f"{resident.page}/give-back", data={"key": "k1"})

    assert (back.status_code, again.status_code) == (303, 303)
    assert resident.heard()[-1].endswith(step)
    assert resident.requests() == ["closed"]
    page = words(await client.get("/staff/waiting"))
    assert "Chưa có ai chờ" in page
    assert "Hôm nay đã xong 1 người" in page


async def test_each_answer_puts_the_return_by_itself_off(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")
    await answer(client, resident, "Câu một.")
    stage.forward(minutes=90)

    await answer(client, resident, "Câu hai.")

    with reading(stage.database) as connection:
        due = connection.scalar(select(TIMER.c.due_at).where(TIMER.c.person_id == resident.id, TIMER.c.name == "staff"))
    assert due == stage.at[0] + timedelta(hours=2)


async def test_after_two_silent_hours_the_bot_takes_him_back_and_both_are_told(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client("Chị Sáu")
    resident.says("gap nguoi")
    await answer(client, resident, "Chào bác.")
    stage.forward(hours=2)

    resident.happens(TimerRang("staff"))

    assert any("em là Mưa Dầm đây" in text for text in resident.heard()[-2:])
    assert resident.requests() == ["closed"]
    assert re.search(r"nhờ gặp người: Chị Sáu lo, xong lúc 12:0\d", words(await client.get("/staff/waiting")))


async def test_who_types_in_zalos_own_console_has_taken_over(stage: Stage) -> None:
    asked, silent = Resident(stage, "1111111111111111111"), Resident(stage, "2222222222222222222")
    asked.says("gap nguoi")

    asked.happens(StaffReplied())
    silent.happens(StaffReplied())

    page = words(await stage.client().get("/staff/waiting"))
    assert page.count("đang được trả lời trong Zalo") == 2
    assert f"Người số {silent.id} : tổ nhắn trước" in page


async def test_a_member_writes_first_to_who_seems_stuck(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client("Chị Sáu")
    assert "không chờ ai" in words(await client.get(resident.page))

    await answer(client, resident, "Bác có cần giúp gì không?")

    assert resident.requests() == ["talking"]
    assert "mình đang trả lời" in words(await client.get("/staff/waiting"))


async def test_who_blocked_us_is_not_answered_and_the_page_says_so(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")
    with transaction(stage.database) as connection:
        people.mark_unreachable(connection, resident.id)

    refused = await answer(client, resident, "Chào bác.")

    assert refused.status_code == 422
    assert "không nhận tin nữa" in words(refused)


async def test_the_bot_is_not_silenced_by_an_answer_that_cannot_be_sent(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    with transaction(stage.database) as connection:
        people.mark_unreachable(connection, resident.id)
    fields = {"key": await key_of(client, resident), "text": "Chào bác."}

    refused = await client.post(f"{resident.page}/answer", data=fields)
    again = await client.post(f"{resident.page}/answer", data=fields)

    assert (refused.status_code, again.status_code) == (422, 422)
    assert resident.requests() == []
    assert ("answered_person", f"person {resident.id}") not in actions(stage)
    count = len(resident.heard())
    resident.says("menu")
    assert len(resident.heard()) > count


async def test_who_waits_no_more_is_not_claimed(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")
    await stage.client("Anh Tư").post(f"{resident.page}/give-back", data={"key": "x"})

    late = await client.post(f"{resident.page}/claim", data={"over": ""})

    assert late.status_code == 409
    assert "không chờ nữa" in words(late)
    assert ("claimed_person", f"person {resident.id}") not in actions(stage)


async def test_a_look_at_new_messages_alone_is_written_down_too(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("em bị kẹt")
    looked = ("viewed_person", f"person {resident.id}")

    lines = await client.get(f"{resident.page}/messages")
    newest = re.search(r"have=([^\"]+)", lines.text)[1]
    stage.forward(hours=2)
    nothing = await client.get(f"{resident.page}/messages?have={newest}")
    before = actions(stage).count(looked)
    resident.says("menu")
    await client.get(f"{resident.page}/messages?have={newest}")

    assert "em bị kẹt" in lines.text
    assert (nothing.status_code, before, actions(stage).count(looked)) == (204, 1, 2)


async def test_after_an_erasure_he_is_not_there_any_more(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")
    key = await key_of(client, resident)
    resident.happens(DataWithdrawn())

    for address, fields in (("/claim", {}), ("/answer", {"text": "Chào bác.", "key": key}), ("/give-back", {})):
        assert (await client.post(resident.page + address, data=fields)).status_code == 404
    assert (await client.get(resident.page)).status_code == 404
    with reading(stage.database) as connection:
        assert connection.scalar(select(func.count()).select_from(INBOX).where(INBOX.c.person_id == resident.id)) == 0


async def test_a_prepared_answer_is_offered_as_he_is_addressed_and_sent_with_its_picture(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()
    resident.says("gap nguoi")
    with transaction(stage.database) as connection:
        connection.execute(
            CANNED_ANSWER.insert().values(
                title="Chào", text="Chào {xung_ho}, em đây.", picture="chao.png", staff_id=1, created_at=stage.at[0]
            )
        )

    page = await client.get(resident.page)
    await answer(client, resident, "Chào bác, em đây.", picture="chao.png")

    assert "Chào bác, em đây." in words(page)
    with reading(stage.database) as connection:
        query = select(OUTBOX.c.payload).where(OUTBOX.c.person_id == resident.id).order_by(OUTBOX.c.number.desc())
        assert messages.from_json(connection.scalars(query.limit(1)).one()).picture == "chao.png"
        assert [one.title for one in canned.offered(connection)] == ["Chào"]


async def test_a_picture_that_nobody_prepared_is_not_sent(stage: Stage) -> None:
    resident, client = Resident(stage), stage.client()

    await answer(client, resident, "Chào bác.", picture="../secret.png")

    with reading(stage.database) as connection:
        query = select(OUTBOX.c.payload).where(OUTBOX.c.person_id == resident.id).order_by(OUTBOX.c.number.desc())
        assert messages.from_json(connection.scalars(query.limit(1)).one()).picture is None


@pytest.mark.parametrize("number", ["0", "99999", str(2**31), str(2**70)])
async def test_a_number_that_nobody_has_is_missing(stage: Stage, number: str) -> None:
    assert (await stage.client().get(f"/staff/waiting/{number}")).status_code == 404


async def test_a_page_left_open_does_not_keep_a_session_alive(stage: Stage) -> None:
    client = stage.client()
    for _ in range(13):
        stage.forward(hours=1)
        last = await client.get("/staff/waiting/list", headers={"HX-Request": "true"})

    assert last.status_code == 401
