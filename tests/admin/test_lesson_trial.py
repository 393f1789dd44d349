"""Trying a lesson out: what a tester sees is what residents would, nothing is kept, and dead ends are found."""

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from admin import lesson_trial, trial_walks
from admin.trial_play import staged as read_stage
from admin.views import static
from bot.engine import step
from bot.events import TextSaid
from bot.state import State, from_json
from bot.understanding import reader_for
from lessons.loader import Library
from lessons.schema import Book
from publishing import Published
from server import fitted
from storage import accounts, lesson_drafts
from storage.database import Database, reading, transaction
from storage.tables import SQLModel
from tests.admin.desk_stage import Stage, staged, words
from tests.conftest import NOW

FILE = "lessons/library/hoc-thu.yaml"
LESSON = """\
id: hoc-thu
course: vneid
title: Bài học thử
minutes: 3
owner: Tổ
checked_on: 2026-11-22
sources: [thử]
steps:
  - id: mo-dau
    say: |
      Chào {xung_ho}, mình học thử.
      Ra {cong_an} thì hỏi.
  - id: may-gi
    ask: Máy gì ạ?
    remember: phone_os
    choices:
      - {label: Android, also: [samsung], value: android}
      - {label: iPhone, value: iphone}
  - id: kho-android
    do: Mở CH Play.
    when: {phone_os: android}
    stuck: [{problem: Không thấy CH Play, help: Vuốt lên để tìm.}]
  - id: do
    quiz: Ai được hỏi mã?
    choices:
      - {label: Công an gọi điện, feedback: Dạ không.}
      - {label: Không ai cả, correct: true, feedback: Đúng rồi ạ.}
"""
RING = LESSON.replace("    do: Mở CH Play.\n", "    do: Mở CH Play.\n    goto: quanh\n").replace(
    "  - id: do\n",
    """\
  - id: quanh
    say: Đi một vòng.
    goto: lai
  - id: lai
    say: Rồi vòng nữa.
    goto: quanh
  - id: do
""",
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, library: Library, book: Book) -> AsyncIterator[Stage]:
    """The staff pages with all that is published, and two accounts: Zalo without buttons, and our own page."""
    with transaction(database) as connection:
        accounts.put(connection, channel="zalo-oa", external_id="oa", rate_per_minute=60)
        accounts.put(connection, channel="webchat", external_id="page", rate_per_minute=60)
    published = Published(1, library.texts, book)
    async with staged(database, book, published=lambda: published) as stage:
        app = FastAPI()
        app.router.routes.extend([static(), *lesson_trial.routes(replace(stage.desk, fitted=fitted))])
        stage.app = app
        yield stage


class Trying:
    """Somebody at the panel: keeps the state and the clock as the page does."""

    def __init__(self, client: httpx.AsyncClient, text: str = LESSON, file: str = FILE, **chosen: Any) -> None:
        self.client = client
        self.text = text
        self.file = file
        self.chosen = chosen
        self.last: dict[str, Any] = {}

    async def __call__(self, kind: str, value: str = "") -> dict[str, Any]:
        response = await self.post(event={"kind": kind, "value": value})
        assert response.status_code == 200, response.text
        self.last = response.json()
        return self.last

    async def post(self, **changes: Any) -> httpx.Response:
        asked = {"file": self.file, "text": self.text, **self.chosen}
        if self.last:
            asked |= {"state": self.last["state"], "now": self.last["now"]}
        return await self.client.post("/staff/lessons/trial", json=asked | changes)

    @property
    def said(self) -> list[str]:
        return [part for bubble in self.last["bubbles"] for part in bubble["parts"]]

    @property
    def at(self) -> str | None:
        standing = self.last["standing"]
        return standing["step"] if standing else None


def rows(database: Database) -> dict[str, int]:
    with reading(database) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }


@pytest.mark.anyio
async def test_a_lesson_is_played_from_its_first_step_to_its_end(stage: Stage) -> None:
    play = Trying(stage.client(roles=("author",)))

    await play("start")
    assert play.said == [
        "Bài: Bài học thử (khoảng 3 phút). Bận thì bác cứ nghỉ, lúc nào quay lại em cũng nhớ.",
        "Chào bác, mình học thử.\nRa Công an xã, phường nơi gần nhất thì hỏi.\n\n1. Tiếp",
    ]
    assert play.last["standing"] == {"lesson": "hoc-thu", "title": "Bài học thử", "step": "mo-dau", "line": 9}

    await play("text", "tiep tuc")
    assert play.said == ["Máy gì ạ?\n\n1. Android\n2. iPhone"]
    assert [choice["label"] for choice in play.last["bubbles"][0]["choices"]] == ["Android", "iPhone"]

    await play("press", play.last["bubbles"][0]["choices"][0]["value"])
    assert play.said[0].startswith("Mở CH Play.")
    assert (play.at, play.last["standing"]["line"]) == ("kho-android", 19)

    await play("text", "xong roi")
    await play("text", "1")
    assert play.said[0] == "Dạ không."
    assert play.at == "do"
    await play("text", "khong ai ca")
    assert play.said[0] == "Đúng rồi ạ."
    assert play.last["finished"]
    assert play.last["standing"] is None


@pytest.mark.anyio
async def test_what_is_played_is_what_the_engine_says(stage: Stage, book: Book) -> None:
    edition = book.current["vneid-la-gi"]
    play = Trying(stage.client(), edition.text, edition.file, channel="webchat")
    await play("start")
    state = from_json(play.last["state"])

    for said in ("tiep tuc", "chua hieu", "menu", "hoc tiep", "asdf qwer", "quay lai"):
        now = datetime.fromisoformat(play.last["now"]) + timedelta(seconds=20)
        await play("text", said)
        turn = step(book, state, TextSaid(said), now)
        assert from_json(play.last["state"]) == turn.state
        expected = [effect.message.text for effect in turn.effects if hasattr(effect, "message")]
        assert play.said == expected
        state = turn.state


@pytest.mark.anyio
async def test_a_changed_sentence_is_played_and_residents_still_have_the_old_one(stage: Stage, book: Book) -> None:
    edition = book.current["vneid-la-gi"]
    first = edition.lesson.steps[0].text.splitlines()[0]
    changed = edition.text.replace(first.split("{", maxsplit=1)[0], "Câu này vừa sửa xong. ", 1)
    play = Trying(stage.client(roles=("author",)), changed, edition.file)

    await play("start")

    assert "Câu này vừa sửa xong." in play.said[-1]
    published = step(book, State(consent="given", last_seen=NOW), TextSaid(edition.lesson.title), NOW)
    assert not any("vừa sửa xong" in str(effect) for effect in published.effects)
    assert book.current["vneid-la-gi"].version == edition.version


@pytest.mark.anyio
async def test_the_lesson_may_change_under_the_tester(stage: Stage) -> None:
    play = Trying(stage.client(roles=("author",)))
    await play("start")
    await play("text", "tiep tuc")

    play.text = LESSON.replace("Máy gì ạ?", "Điện thoại loại nào ạ?")
    await play("text", "nhac lai")
    assert play.said[0].startswith("Điện thoại loại nào ạ?")

    play.text = LESSON.replace("may-gi", "loai-may")
    await play("text", "1")
    assert play.at == "mo-dau", "its step is gone: to the nearest, as residents are led"


def test_no_tester_waits_until_a_new_title_is_learnt(book: Book) -> None:
    """Learning the phrases of a book takes seconds: a trial reads words as residents' book does."""
    renamed = LESSON.replace("title: Bài học thử", "title: Một bài chưa ai nghe tên")

    assert reader_for(read_stage(book, renamed, file=FILE).book) is reader_for(book)


@pytest.mark.anyio
async def test_a_phone_that_is_chosen_is_not_asked_for(stage: Stage) -> None:
    android = Trying(stage.client(), phone_os="android")
    await android("start")
    await android("text", "tiep tuc")
    assert android.at == "kho-android"

    iphone = Trying(stage.client(), phone_os="iphone")
    await iphone("start")
    await iphone("text", "tiep tuc")
    assert iphone.at == "do"


@pytest.mark.anyio
async def test_a_moved_clock_rings_what_is_due_at_its_time(stage: Stage) -> None:
    play = Trying(stage.client())
    await play("start")
    assert play.last["clock"] == "10:00 Chủ nhật 22/11"
    assert play.last["reminder"] == "08:00 thứ Hai 23/11", "the next day, in waking hours"

    await play("wait", "3600")
    assert play.last["bubbles"] == []
    assert play.last["clock"] == "11:00 Chủ nhật 22/11"

    await play("wait", str(3 * 86_400))
    reminders = [bubble["reminder_at"] for bubble in play.last["bubbles"]]
    assert reminders == ["08:00 thứ Hai 23/11", "08:00 thứ Ba 24/11"], "twice at most"
    assert "Bài học thử" in play.said[0]
    assert play.last["reminder"] is None

    await play("wait", str(21 * 86_400))
    assert play.last["bubbles"] == []
    await play("text", "1")
    assert play.at == "mo-dau"


@pytest.mark.anyio
async def test_each_channel_shows_what_it_can_carry(stage: Stage) -> None:
    long = LESSON.replace("Máy gì ạ?", '"' + "Câu này dài lắm. " * 150 + '"')
    shown = {}
    for channel in ("zalo-oa", "webchat", "no such channel"):
        play = Trying(stage.client(), long, channel=channel)
        await play("start")
        assert play.last["channels"] == ["zalo-oa", "webchat"]
        await play("text", "tiep tuc")
        shown[channel] = play.said

    assert len(shown["zalo-oa"]) == 2
    assert all(len(part) <= 1_900 for part in shown["zalo-oa"])
    assert shown["zalo-oa"][1].endswith("1. Android\n2. iPhone")
    assert len(shown["webchat"]) == 1
    assert "1. Android" not in shown["webchat"][0], "our own page has buttons"
    assert shown["no such channel"] == shown["zalo-oa"]


@pytest.mark.anyio
async def test_a_tester_is_told_what_residents_do_not_see(stage: Stage) -> None:
    play = Trying(stage.client())
    await play("start")

    await play("text", "gặp người thật")
    assert {"code": "person", "reason": "asked"} in play.last["notes"]
    await play("text", "qwe rty uio")
    assert {"code": "not_understood"} in play.last["notes"]
    await play("sticker")
    assert play.said
    await play("joined")
    assert play.said


@pytest.mark.anyio
async def test_a_picture_is_shown_where_residents_get_it(stage: Stage, book: Book) -> None:
    edition = next(one for one in book.current.values() if one.lesson.steps[1].picture)
    play = Trying(stage.client(), edition.text, edition.file)
    await play("start")

    await play("text", "tiep tuc")

    pictures = [bubble["picture"] for bubble in play.last["bubbles"] if bubble["picture"]]
    assert [one["url"] for one in pictures] == [f"/media/{edition.lesson.steps[1].picture}"]
    assert all(one["alt"] for one in pictures)


BAD = [
    pytest.param({"state": "{"}, "state", id="no JSON"),
    pytest.param({"state": '{"scene": "nowhere"}'}, "state", id="no state"),
    pytest.param({"state": None}, "state", id="none at all"),
    pytest.param(
        {"state": '{"consent": "given", "last_seen": "2026-11-22T03:00:00"}'}, "state", id="time without zone"
    ),
    pytest.param({"state": '{"consent": "given", "last_seen": "9999-12-31T23:00:00Z"}'}, "state", id="end of time"),
    pytest.param({"state": '{"remind_at": "0001-01-01T00:00:00+07:00"}'}, "state", id="beginning of time"),
    pytest.param({"state": "x" * 200_001}, "state", id="too long a state"),
    pytest.param({"now": "yesterday"}, "time", id="no time"),
    pytest.param({"now": "2026-11-22T03:00:00"}, "time", id="clock without zone"),
    pytest.param({"now": "2036-11-22T03:00:00Z"}, "time", id="clock too far"),
    pytest.param({"now": "0001-01-01T00:00:00Z"}, "time", id="clock of old"),
    pytest.param({"event": {"kind": "explode"}}, "event", id="no such event"),
    pytest.param({"event": {"kind": "wait", "value": "soon"}}, "event", id="no number"),
    pytest.param({"event": {"kind": "wait", "value": "-5"}}, "event", id="backwards"),
    pytest.param({"event": {"kind": "wait", "value": "9999999"}}, "event", id="too long a wait"),
    pytest.param({"event": {"kind": "text", "value": "x" * 5_001}}, "event", id="too long a text"),
    pytest.param({"file": 7}, "request", id="wrong type"),
    pytest.param({"more": "?"}, "request", id="unknown field"),
    pytest.param({"text": "steps: ["}, "text", id="broken YAML"),
    pytest.param({"text": ""}, "text", id="no text"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("changes", "code"), BAD)
async def test_what_cannot_be_played_is_refused_with_a_code(stage: Stage, changes: dict[str, Any], code: str) -> None:
    play = Trying(stage.client())
    await play("start")
    given = {"event": {"kind": "text", "value": "1"}}

    refused = await play.post(**given | changes)

    assert refused.status_code == 422
    assert refused.json()["refused"] == code
    assert (await play.post(**given)).status_code == 200, "and goes on from where it was"


@pytest.mark.anyio
async def test_a_broken_text_is_refused_with_the_line_and_what_to_write(stage: Stage) -> None:
    play = Trying(stage.client(), LESSON.replace("    ask: Máy gì ạ?", "    aks: Máy gì ạ?"))

    refused = (await play.post(event={"kind": "start"})).json()

    assert refused["refused"] == "text"
    assert refused["line"] in (13, 14)
    assert "ask" in refused["says"] + refused["suggests"]


@pytest.mark.anyio
async def test_no_json_is_refused_too(stage: Stage) -> None:
    client = stage.client()

    for address in ("/staff/lessons/trial", "/staff/lessons/trial/walks"):
        assert (await client.post(address, content=b"\xff{")).json() == {"refused": "request"}
        assert (await client.post(address, json=[1])).json() == {"refused": "request"}


@pytest.mark.anyio
async def test_strange_states_are_played_without_an_error(stage: Stage) -> None:
    """The state comes from a browser: whatever it names is not there."""
    play = Trying(stage.client())
    await play("start")
    away = {"lesson": "hoc-thu", "version": "x", "step": "khong-co"}
    for strange in (
        {"scene": "trouble"},
        {"scene": "course", "course": "khong-co"},
        {"scene": "which", "readings": ["x", "lesson:khong-co"]},
        {"scene": "stage", "crops": ["khong-co"], "place": "99999"},
        {"scene": "lesson", "standing": away},
        {"scene": "lesson", "standing": away | {"lesson": "khong-co"}},
        {"scene": "answered", "shown": "khong-co"},
        {"scene": "lesson", "human": "talking"},
        {},
    ):
        for event in ({"kind": "text", "value": "1"}, {"kind": "text", "value": "hoc tiep"}, {"kind": "joined"}):
            answer = await play.post(state=json.dumps({"consent": "given"} | strange), event=event)
            assert answer.status_code == 200


@pytest.mark.anyio
async def test_nothing_is_written(stage: Stage) -> None:
    play = Trying(stage.client(roles=("author",)))
    before = rows(stage.database)

    await play("start")
    for said in ("tiep tuc", "1", "gap nguoi that", "xoa du lieu", "dong y xoa", "dang ky thoi tiet"):
        await play("text", said)
    await play("wait", "86400")
    await play.client.post("/staff/lessons/trial/walks", json={"file": FILE, "text": LESSON})

    assert rows(stage.database) == before


@pytest.mark.anyio
async def test_nothing_published_is_said(stage: Stage) -> None:
    app = FastAPI()
    app.router.routes.extend(lesson_trial.routes(replace(stage.desk, published=lambda: None)))
    stage.app = app

    refused = await Trying(stage.client()).post(event={"kind": "start"})

    assert (refused.status_code, refused.json()) == (422, {"refused": "unpublished"})


@pytest.mark.anyio
async def test_the_page_has_the_draft_and_else_what_is_published(stage: Stage, book: Book) -> None:
    edition = book.current["vneid-la-gi"]
    client = stage.client(roles=("author",))

    published = await client.get(f"/staff/lessons/trial/{edition.file}")
    assert published.status_code == 200
    assert edition.lesson.title in words(published)
    with transaction(stage.database) as connection:
        lesson_drafts.save(connection, edition.file, LESSON, base="", revision=0, staff_id=1, now=NOW)
    drafted = await client.get(f"/staff/lessons/trial/{edition.file}")
    assert "mình học thử" in words(drafted)
    assert "style=" not in drafted.text
    assert (await client.get("/staff/lessons/trial/lessons/library/khong-co.yaml")).status_code == 404


@pytest.mark.anyio
async def test_who_is_not_signed_in_plays_nothing(stage: Stage) -> None:
    play = Trying(httpx.AsyncClient(transport=httpx.ASGITransport(app=stage.app), base_url="http://muadam.test"))

    async with play.client:
        sent_away = await play.post(event={"kind": "start"})

    assert (sent_away.status_code, sent_away.headers["location"]) == (303, "/staff/sign-in")


@pytest.mark.anyio
async def test_another_site_plays_nothing(stage: Stage) -> None:
    client = stage.client()

    refused = await client.post("/staff/lessons/trial", json={}, headers={"Sec-Fetch-Site": "cross-site"})

    assert refused.status_code == 403


# Wandering residents --------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_wandering_residents_get_to_the_end_of_a_good_lesson(stage: Stage) -> None:
    client = stage.client()

    answer = await client.post("/staff/lessons/trial/walks", json={"file": FILE, "text": LESSON})

    assert answer.status_code == 200
    said = words(answer)
    assert "Không ai bị kẹt" in said
    assert "Tới cuối bài 40" in said
    assert "Bước có người tới 4 / 4" in said


@pytest.mark.anyio
async def test_wandering_residents_find_a_ring_without_a_way_out(stage: Stage) -> None:
    client = stage.client()

    answer = await client.post("/staff/lessons/trial/walks", json={"file": FILE, "text": RING})

    said = words(answer)
    assert "người đi hoài không ra khỏi bài" in said
    ring = re.search(r"Họ quanh quẩn ở: (.*?)\. Xem lại", said)
    assert ring is not None
    assert set(re.findall(r"[a-z-]+ \(dòng", ring[1])) == {"quanh (dòng", "lai (dòng"}


@pytest.mark.anyio
async def test_messages_that_are_cut_are_named_with_their_step(stage: Stage) -> None:
    long = LESSON.replace("Máy gì ạ?", '"' + "Câu này dài lắm. " * 150 + '"')
    client = stage.client()

    said = words(await client.post("/staff/lessons/trial/walks", json={"file": FILE, "text": long}))

    assert "may-gi (dòng 13) : 2 tin trên Zalo" in said or "may-gi (dòng 13): 2 tin trên Zalo" in said


@pytest.mark.anyio
async def test_a_seed_out_of_range_and_a_broken_text_are_refused(stage: Stage) -> None:
    client = stage.client()

    seed = await client.post("/staff/lessons/trial/walks", json={"file": FILE, "text": LESSON, "seed": -1})
    text = await client.post("/staff/lessons/trial/walks", json={"file": FILE, "text": "id: ["})

    assert (seed.status_code, seed.json()["refused"]) == (422, "seed")
    assert (text.status_code, text.json()["refused"]) == (422, "text")


Walks = Callable[..., list[trial_walks.Walk]]


@pytest.fixture
def walks(book: Book) -> Walks:
    def walk(text: str = LESSON, *, seed: int = 1, count: int = 12) -> list[trial_walks.Walk]:
        stage = read_stage(book, text, file=FILE)
        return [trial_walks.walk(stage, nth, seed=seed, place=None, now=NOW) for nth in range(count)]

    return walk


def test_the_same_seed_walks_the_same_way_and_another_does_not(walks: Walks) -> None:
    assert walks(seed=1) == walks(seed=1)
    assert walks(seed=1) != walks(seed=2)


def test_walks_are_clumsy_in_all_the_ways_that_are_told(walks: Walks) -> None:
    walked = [*walks(count=40), *walks(seed=2, count=40)]
    did = {one.kind for walk in walked for one in walk.exchanges}
    typed = {one.text for walk in walked for one in walk.exchanges}

    assert did == {"text", "picture", "voice", "sticker", "days"}
    assert {"1", "cau 1", "Android", "android", "samsung", "b", "khong ai ca"} <= typed


def test_an_answer_that_means_two_things_is_reported(walks: Walks, book: Book) -> None:
    """Two labels that are alike without their accents: who types none is not understood."""
    alike = LESSON.replace("label: Android, also: [samsung]", "label: Mẹ").replace("label: iPhone", "label: Mè")
    stage = read_stage(book, alike, file=FILE)

    found = trial_walks.report(stage.edition.lesson, walks(alike, count=40))

    assert ("may-gi", "me") in {(one.step, one.text) for one, _ in found.missed}
    assert not found.lost


@pytest.mark.parametrize("lesson", ["vneid-la-gi", "vneid-kich-hoat", "bhyt-di-kham"])
def test_no_wandering_resident_is_lost_in_a_published_lesson(book: Book, walks: Walks, lesson: str) -> None:
    found = trial_walks.report(book.current[lesson].lesson, walks(book.current[lesson].text))

    assert found.lost == 0
    assert found.finished > 0
    assert found.dead_ends == ()
