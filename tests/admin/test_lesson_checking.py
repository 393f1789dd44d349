"""Lint of one file while it is written: the same as lint of everything says of it, and repairs that are certain."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from admin.lesson_checking import Beside, check
from admin.lesson_graph import graph
from admin.roles import ROLES
from lessons.findings import messages
from lessons.linter import lint
from lessons.loader import Library, parse_lesson, version_of
from lessons.nearest import sure
from lessons.schema import Book
from lessons.yaml_tree import read
from publishing import Published
from storage.database import Database
from tests.admin.desk_stage import Stage, staged
from tests.conftest import ROOT
from tests.lessons.library_on_disk import LESSON, TODAY, load, write_clean
from tests.lessons.test_broken_lessons import BROKEN, break_library

#: What is wrong with a file as bytes, or with a file that is not there: no text of it can be typed.
NOT_TYPED = {"not_utf8.yaml", "missing_file.edit.yaml", "outside_folder.edit.yaml", "unreadable_file.edit.yaml"}


def published_of(library: Library) -> Published:
    assert library.book is not None, library.problems
    return Published(1, library.texts, library.book)


def beside(library: Library) -> Beside:
    return Beside(library.media, {})


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2027, 6, 1)], ids=["fresh", "all of it stale"])
def test_each_file_of_the_library_has_the_findings_of_full_lint(library: Library, today: date) -> None:
    full = lint(library, today=today)

    for file, text in library.texts.items():
        checked = check(published_of(library), file, text, beside=beside(library), today=today)

        assert checked.findings == [one for one in full if one.file == file], file


@pytest.mark.parametrize("broken", [path for path in BROKEN if path.name not in NOT_TYPED], ids=lambda path: path.name)
def test_each_broken_file_has_the_findings_of_full_lint(broken: Path, tmp_path: Path) -> None:
    root = write_clean(tmp_path)
    before = load(root)
    break_library(root, broken)
    after = load(root)
    changed = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.yaml")
        if version_of(path.read_text(encoding="utf-8")) != version_of(before.texts[path.relative_to(root).as_posix()])
    ]
    assert len(changed) == 1
    text = (root / changed[0]).read_text(encoding="utf-8")

    checked = check(published_of(before), changed[0], text, beside=beside(before), today=TODAY)

    assert checked.findings == [one for one in lint(after, today=TODAY) if one.file == changed[0]]


# Repairs --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return load(write_clean(tmp_path_factory.mktemp("clean")))


def checked_text(clean: Library, text: str, file: str = LESSON):
    return check(published_of(clean), file, text, beside=beside(clean), today=TODAY)


@pytest.mark.parametrize(
    ("good", "bad", "fixed", "code"),
    [
        pytest.param("simpler: Em", "simplr: Em", "simpler: Em", "unknown_key", id="key"),
        pytest.param("goto: het}", "goto: hett}", "goto: het}", "unknown_goto", id="goto of an answer"),
        pytest.param("goto: end", "goto: endd", "goto: end", "unknown_goto", id="goto the end"),
        pytest.param("hỏi {cong_an}", "hỏi {cong-an}", "hỏi {cong_an}", "unknown_placeholder", id="placeholder"),
        pytest.param("buoc-cu: chao", "buoc-cu: chaoo", "buoc-cu: chao", "unknown_moved", id="moved"),
        pytest.param("media/hinh.png", "media/hnih.png", "media/hinh.png", "unknown_media", id="picture"),
        pytest.param("id: mo-app", "id: Mở app", "id: mo-app", "bad_identifier", id="id with accents"),
        pytest.param("2026-11-01", "01/11/2026", "2026-11-01", "bad_date", id="day first"),
        pytest.param("link: https:", "link: http:", "link: https:", "link_not_https", id="link"),
        pytest.param("gặp lại {xung_ho}", "gặp lại bác", "gặp lại {xung_ho}", "mixed_address", id="form of address"),
        pytest.param('"{Xung_ho} dùng', "{Xung_ho} dùng", '"{Xung_ho} dùng', "brace_start", id="brace first"),
        pytest.param("Hẹn gặp", "Hẹn: gặp", '"Hẹn: gặp', "colon", id="colon in a sentence"),
        pytest.param("say: Hẹn", "say: **Hẹn** mai", 'say: "**Hẹn** mai', "special_start", id="bold first"),
        pytest.param("title: Kích", "title:Kích", "title: Kích", "no_colon", id="no space"),
        pytest.param("minutes: 5", "\tminutes: 5", "minutes: 5", "tab", id="tab before a key"),
        pytest.param("    goto: end", "\tgoto: end", "    goto: end", "tab", id="tab in a step"),
        pytest.param("Hẹn gặp", "Hẹn\a gặp", "Hẹn gặp", "control_character", id="letter that is not seen"),
        pytest.param(
            "checked_on: 2026-11-01\nsources", "sources", "checked_on: 2026-11-22\nsources", "no_check_date", id="date"
        ),
    ],
)
def test_a_repair_takes_its_finding_away_and_nothing_else(
    clean: Library, good: str, bad: str, fixed: str, code: str
) -> None:
    text = clean.texts[LESSON]
    assert text.count(good) == 1 or good in ("2026-11-01", "goto: end")
    typed = text.replace(good, bad, 1)

    checked = checked_text(clean, typed)

    [fix] = [fix for one, fix in checked.fixes.items() if one.code == code]
    repaired = fix.applied(typed)
    assert fixed in repaired
    assert [found.code for found in checked_text(clean, repaired).findings] == []
    old, new = typed.split("\n"), repaired.split("\n")
    assert len([line for line in old if line not in new]) <= 1
    assert fix.label


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        pytest.param("goto: end", "goto: cuoi-bai", "unknown_goto", id="like no step"),
        pytest.param("{label: iPhone,", "{label: iPhone, feedback: Mời bác xem,", "mixed_address", id="in braces"),
        pytest.param("say: Hẹn gặp lại {xung_ho}.", "say: Bác nghỉ ạ.", "mixed_address", id="would begin with a brace"),
        pytest.param("link: https://vneid.gov.vn", "link: http://vneid.com", "link_not_https", id="not official"),
        pytest.param("2026-11-01", "31/02/2026", "bad_date", id="no such day"),
        pytest.param("recheck: true", "label: true", "unknown_key", id="key like no other"),
        pytest.param("simpler: Em", "sayy: Em", "unknown_key", id="the key that is meant is there already"),
        pytest.param("title: Kích hoạt VNeID", "title: Kích\u200b hoạt {xung_hoo}", "unknown_placeholder", id="hidden"),
    ],
)
def test_no_repair_is_offered_where_it_is_not_certain(clean: Library, good: str, bad: str, code: str) -> None:
    checked = checked_text(clean, clean.texts[LESSON].replace(good, bad, 1))

    assert code in {one.code for one in checked.findings}
    assert code not in {one.code for one in checked.fixes}


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        pytest.param("xungho", ["xung_ho", "noi_o"], "xung_ho", id="without its mark"),
        pytest.param("XUNG_HO", ["xung_ho", "Xung-Ho"], "", id="two that differ only so"),
        pytest.param("buoc-4", ["buoc-2", "buoc-3"], "", id="a number is no slip"),
        pytest.param("buoc-3", ["buoc-3x"], "buoc-3x", id="the same number"),
        pytest.param("mo-apps", ["mo-app", "mo-appa"], "", id="two alike"),
        pytest.param("tam-biet", ["chao", "het"], "", id="none alike"),
        pytest.param("", ["chao"], "", id="nothing"),
    ],
)
def test_a_slip_has_one_word_that_is_meant_or_none(word: str, known: list[str], meant: str) -> None:
    assert sure(word, known) == meant


def test_each_code_of_a_repair_is_a_code_of_lint() -> None:
    told = messages()["codes"]

    assert all(entry.get("replaces") for entry in told.values() if entry.get("instead"))


# The drawing ----------------------------------------------------------------------------------------------

BRANCHING = """
id: bai
course: vneid
title: Bài
minutes: 5
owner: Tổ
checked_on: 2026-11-22
sources: [Luật]
steps:
  - {id: chao, say: Chào}
  - id: hoi
    ask: Máy gì?
    remember: may
    choices:
      - {label: Android, value: android}
      - {label: Máy khác, value: khac, goto: het}
      - {label: Chưa có, value: chua, lesson: bai-sau}
  - {id: rieng, do: Mở máy., when: {may: android}, stuck: [{problem: Không được, help: Bấm lại}]}
  - {id: lai, ask: Được chưa?, choices: [{label: Rồi}, {label: Chưa, goto: rieng}]}
  - {id: le, say: Không ai tới, when: {may: samsung}}
  - {id: het, say: Hết, goto: end}
""".strip()


def drawn(text: str, findings=()):
    edition, found = parse_lesson(text, file="bai.yaml")
    assert edition is not None, found
    return graph(edition.lesson, read(text), findings, elsewhere={})


def test_steps_stand_below_those_that_lead_to_them_and_say_where_they_lead() -> None:
    found = drawn(BRANCHING)

    height = {node.id: node.y for node in found.nodes}
    assert height["chao"] < height["hoi"] < height["rieng"] < height["lai"] < height["het"] < height["end"]
    assert [node.line for node in found.nodes] == [9, 10, 17, 18, 19, 20, 0]
    leads = {node.id: [(lead.label, lead.step, lead.lesson) for lead in node.leads] for node in found.nodes}
    assert leads["hoi"] == [("Máy khác", "het", ""), ("Chưa có", "", "bai-sau")]
    assert leads["het"] == [("", "end", "")]
    assert leads["chao"] == []


def test_ways_are_those_that_answers_open_and_carry_their_answers() -> None:
    found = drawn(BRANCHING)

    assert sorted(line.label for line in found.lines if line.label) == ["Android", "Chưa", "Chưa có", "Máy khác", "Rồi"]
    assert [line.label for line in found.lines if line.way == "back"] == ["Chưa"]


def test_no_two_steps_are_drawn_upon_each_other(library: Library) -> None:
    for edition in library.editions.values():
        nodes = graph(edition.lesson, read(edition.text), [], elsewhere={}).nodes

        for nth, node in enumerate(nodes):
            for other in nodes[nth + 1 :]:
                assert abs(node.x - other.x) >= 196 or abs(node.y - other.y) >= 50, (edition.file, node.id, other.id)


def test_a_step_with_something_wrong_is_marked_with_the_worst_of_it(clean: Library) -> None:
    text = clean.texts[LESSON].replace("goto: end", "goto: dau", 1).replace("Mở ứng dụng VNeID", "Mở app VNeID")

    checked = checked_text(clean, text)

    assert checked.graph is not None
    assert {node.id: node.mark for node in checked.graph.nodes if node.mark} == {"mo-app": "warning", "het": "error"}


def test_a_lesson_that_cannot_be_read_has_no_drawing_and_a_list_of_questions_has_none(clean: Library) -> None:
    assert checked_text(clean, "id: bai\nsteps: [").graph is None
    assert checked_text(clean, clean.texts["lessons/faq/etax.yaml"], "lessons/faq/etax.yaml").graph is None


def test_a_lesson_of_very_many_steps_is_listed_but_not_drawn() -> None:
    steps = "".join(f"\n  - {{id: buoc-{nth}, say: Một}}" for nth in range(400))
    text = BRANCHING[: BRANCHING.index("\n  - {id: chao")] + steps

    found = drawn(text)

    assert not found.is_drawn
    assert len(found.nodes) == 400


# The route ------------------------------------------------------------------------------------------------


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, book: Book, library: Library) -> AsyncIterator[Stage]:
    async with staged(database, book, published=lambda: published_of(library)) as made:
        yield made


KICH_HOAT = "lessons/library/vneid-kich-hoat.yaml"


@pytest.mark.anyio
@pytest.mark.parametrize("role", ROLES)
async def test_whoever_reads_lessons_hears_what_is_wrong(stage: Stage, library: Library, role: str) -> None:
    text = library.texts[KICH_HOAT].replace("goto: giu-minh", "goto: giu-min", 1)

    answer = await stage.client(roles=(role,)).post("/staff/lessons/check", json={"file": KICH_HOAT, "text": text})

    said = answer.json()
    [one] = [found for found in said["findings"] if found["code"] == "unknown_goto"]
    line = text.split("\n").index("        goto: giu-min") + 1
    assert (one["line"], one["column"], one["severity"]) == (line, 9, "error")
    assert "giu-min" in one["sentence"]
    assert one["suggestion"]
    assert one["fix"]["insert"] == "giu-minh"
    assert f"Dòng {line}" in said["list"]
    assert ("data-fix" in said["list"]) == (role in {"author", "operator"})
    assert "<svg" in said["graph"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b"[]", 422, id="a list"),
        pytest.param(b'{"file": "lessons.yaml"}', 422, id="no text"),
        pytest.param(b'{"file": 1, "text": "a"}', 422, id="a number for a name"),
        pytest.param(b"[" * 200_000, 422, id="very deep"),
        pytest.param(b'{"file": "a", "text": "' + b"a" * 3_200_000 + b'"}', 413, id="too long"),
        pytest.param(b'{"file": "../../.env", "text": "a: {"}', 200, id="a name is no path"),
        pytest.param(b'{"file": "lessons/library/a.yaml", "text": "\\ud800"}', 200, id="half a letter"),
    ],
)
async def test_what_is_no_text_of_a_file_is_refused(stage: Stage, body: bytes, status: int) -> None:
    answer = await stage.client().post("/staff/lessons/check", content=body)

    assert answer.status_code == status


@pytest.mark.anyio
async def test_nobody_checks_from_another_site_or_without_a_session(stage: Stage) -> None:
    client = stage.client()
    given = {"json": {"file": KICH_HOAT, "text": "a"}}

    foreign = await client.post("/staff/lessons/check", headers={"sec-fetch-site": "cross-site"}, **given)
    client.cookies.clear()
    stranger = await client.post("/staff/lessons/check", **given)

    assert foreign.status_code == 403
    assert (stranger.status_code, stranger.headers["location"]) == (303, "/staff/sign-in")


@pytest.mark.anyio
async def test_what_an_editor_types_is_never_a_tag(stage: Stage, library: Library) -> None:
    text = library.texts[KICH_HOAT].replace("id: mo-dau", "id: <script>alert(1)</script>", 1)
    text = text.replace("title: ", "titel: <img src=x> ", 1)

    answer = await stage.client().post("/staff/lessons/check", json={"file": KICH_HOAT, "text": text})

    assert "<script>" not in answer.json()["list"]
    assert "<img" not in answer.json()["list"]


def test_a_course_may_name_a_lesson_that_is_only_a_draft_yet(clean: Library) -> None:
    named = clean.texts["lessons.yaml"].replace("bai.yaml\n", "bai.yaml\n      - lessons/library/moi.yaml\n")
    new = clean.texts[LESSON].replace("id: bai\n", "id: moi\n", 1)

    alone = check(published_of(clean), "lessons.yaml", named, beside=beside(clean), today=TODAY)
    known = replace(beside(clean), new_files={"lessons/library/moi.yaml": new})
    together = check(published_of(clean), "lessons.yaml", named, beside=known, today=TODAY)

    assert [one.code for one in alone.findings] == ["missing_file"]
    assert together.findings == []


def test_transcripts_are_read_too(clean: Library) -> None:
    good = (ROOT / "lessons/library/vneid-kich-hoat.transcripts.yaml").read_text(encoding="utf-8")
    file = "lessons/library/bai.transcripts.yaml"

    assert checked_text(clean, good, file).findings == []
    assert [one.code for one in checked_text(clean, good + "\nthua: x\n", file).findings] == ["unknown_key"]
    assert [one.code for one in checked_text(clean, "lesson: [", file).findings] == ["open_bracket"]
