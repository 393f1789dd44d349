"""Files and texts -> Library: whatever comes in, either a book or problems that say where."""

import json
import os
from pathlib import Path

import pytest

from lessons.findings import Finding, LessonError, as_json, is_blocking, render_text
from lessons.loader import edition_from_text, load_files, load_texts, parse_lesson, version_of
from lessons.schema import Step
from tests.lessons.library_on_disk import LESSON, PHRASES, TIMEZONE, findings, load, write_clean


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_clean(tmp_path)


def codes(found: tuple[Finding, ...] | list[Finding]) -> list[str]:
    return [one.code for one in found]


def test_book_has_courses_lessons_and_phrases(root: Path) -> None:
    book = load(root).book

    assert book is not None
    assert [(course.id, course.lessons) for course in book.courses] == [("vneid", ("bai", "bai-sau"))]
    assert book.current["bai"].lesson.title == "Kích hoạt VNeID"
    assert book.current["bai"].file == LESSON
    assert book.phrases.default_address == "bác"
    assert book.place_facts.fact("noi_o", "31673") == "xã Trần Đề"
    assert book.timezone == TIMEZONE


def test_texts_of_a_library_load_again_to_the_same_editions(root: Path) -> None:
    library = load(root)

    again = load_texts(library.texts, media=library.media, timezone=TIMEZONE)

    assert library.book is not None
    assert again.book is not None
    assert again.book.current == library.book.current
    assert library.media == {"doc.mp3", "hinh.png"}


def test_older_editions_stay_in_the_book(root: Path) -> None:
    library = load(root)
    old = edition_from_text(library.texts[LESSON].replace("Hẹn gặp lại", "Chào"), file=LESSON)

    again = load_texts(library.texts, media=(), timezone=TIMEZONE, older={("bai", old.version): old})

    assert again.book is not None
    assert again.book.edition("bai", old.version) is old


@pytest.mark.parametrize(
    "respell",
    [
        pytest.param(lambda text: "\ufeff" + text, id="byte-order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="windows line ends"),
        pytest.param(lambda text: text.replace("à", "a\u0300").replace("ế", "ê\u0301"), id="decomposed"),
    ],
)
def test_version_is_of_the_words_not_of_the_editor_program(root: Path, respell) -> None:  # type: ignore[no-untyped-def]
    text = root.joinpath(LESSON).read_text(encoding="utf-8")

    respelt = edition_from_text(respell(text), file=LESSON)

    assert respelt == edition_from_text(text, file=LESSON)
    assert respelt.version == version_of(respelt.text)
    assert len(respelt.version) == 12


def test_one_letter_gives_another_version(root: Path) -> None:
    text = root.joinpath(LESSON).read_text(encoding="utf-8")

    assert version_of(text) != version_of(text.replace("Hẹn", "Mong"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00" + bytes(range(256)), "not_utf8", id="picture"),
        pytest.param("Chào".encode("utf-16"), "not_utf8", id="utf-16"),
        pytest.param(b"id: bai\ntitle: Ch\xe0o\n", "not_utf8", id="old Windows letters"),
        pytest.param(b"a" * 5_000_000, "file_too_large", id="5 MB"),
        pytest.param(b"", "empty_file", id="empty"),
        pytest.param("xin chào".encode(), "not_a_table", id="only words"),
        pytest.param(b"- a\n- b\n", "not_a_table", id="list"),
        pytest.param(b"a: \x07\n", "control_character", id="control character"),
        pytest.param(b"id: bai\n\ttitle: b\n", "tab", id="tab"),
    ],
)
@pytest.mark.parametrize("file", ["lessons.yaml", PHRASES, "lessons/place_facts.yaml", LESSON])
def test_no_file_content_breaks_the_loader(root: Path, file: str, content: bytes, code: str) -> None:
    root.joinpath(file).write_bytes(content)

    library = load(root)

    assert library.book is None
    assert code in codes(library.problems)
    assert {problem.file for problem in library.problems} == {file}
    assert is_blocking(findings(root))


def test_missing_curriculum_is_a_problem(tmp_path: Path) -> None:
    library = load_files(tmp_path / "lessons.yaml", timezone=TIMEZONE)

    assert library.book is None
    assert codes(library.problems) == ["missing_file"]
    assert library.where("lessons.yaml", ("courses", 0)) == (1, 1)


def test_curriculum_may_have_another_name(root: Path) -> None:
    root.joinpath("lessons.yaml").rename(root / "khac.yaml")

    assert load_files(root / "khac.yaml", timezone=TIMEZONE).book is not None


@pytest.mark.parametrize(
    "name",
    [
        "../bai.yaml",
        "/etc/passwd.yaml",
        "lessons/../../x.yaml",
        "C:/x.yaml",
        "..\\x.yaml",
        "lessons\\x.yaml",
    ],
)
def test_files_outside_the_folder_are_not_read(root: Path, name: str) -> None:
    curriculum = root / "lessons.yaml"
    curriculum.write_text(curriculum.read_text(encoding="utf-8").replace(LESSON, f"'{name}'"), encoding="utf-8")

    assert codes(load(root).problems) == ["outside_folder"]


def test_link_that_leads_outside_is_not_followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "bai.yaml"
    outside.write_text(root.joinpath(LESSON).read_text(encoding="utf-8"), encoding="utf-8")
    root.joinpath(LESSON).unlink()
    os.symlink(outside, root / LESSON)

    assert codes(load(root).problems) == ["outside_folder"]


def test_folder_is_not_a_file(root: Path) -> None:
    root.joinpath(LESSON).unlink()
    root.joinpath(LESSON).mkdir()

    assert codes(load(root).problems) == ["missing_file"]


def test_all_faults_of_a_file_are_told_at_once(root: Path) -> None:
    text = root.joinpath(LESSON).read_text(encoding="utf-8")
    broken = text.replace("minutes: 5", "minutes: năm").replace("skill:", "skil:").replace("goto: het", "got: het")

    edition, found = parse_lesson(broken, file=LESSON)

    assert edition is None
    assert sorted(codes(found)) == ["not_a_number", "unknown_key", "unknown_key"]
    assert {one.suggestion.split("”")[0].removeprefix("Có lẽ là “") for one in found[-2:]} == {
        "skill",
        "goto",
    }


def test_text_is_taken_where_text_is_wanted(root: Path) -> None:
    text = root.joinpath(LESSON).read_text(encoding="utf-8")
    typed = text.replace("label: Android", "label: yes").replace("label: iPhone", "label: 15")

    step = edition_from_text(typed, file=LESSON).lesson.steps[1]

    assert isinstance(step, Step)
    assert [choice.label for choice in step.choices] == ["yes", "15", "Máy bàn phím"]


def test_media_are_known_by_their_name_alone(root: Path) -> None:
    text = root.joinpath(LESSON).read_text(encoding="utf-8")

    with_folder, bare = (
        edition_from_text(text.replace("picture: media/", f"picture: {folder}"), file=LESSON).lesson.steps[2]
        for folder in ("media/", "")
    )

    assert with_folder.picture == bare.picture == "hinh.png"
    assert with_folder.audio == "doc.mp3"


def test_missing_key_is_told_with_the_line_to_add(root: Path) -> None:
    text = root.joinpath(LESSON).read_text(encoding="utf-8")

    _, found = parse_lesson(text.replace("minutes: 5\n", ""), file=LESSON)

    assert [(one.code, one.suggestion) for one in found] == [("missing_key", "Thêm dòng: “minutes: 8”.")]


@pytest.mark.parametrize("date", ["20261120", "0", "2026-13-01", "2026-11-31", "hôm nay", "[2026]", "2026-11-20T10:00"])
def test_only_a_whole_date_is_a_date(root: Path, date: str) -> None:
    text = root.joinpath(LESSON).read_text(encoding="utf-8")

    edition, found = parse_lesson(text.replace("2026-11-01", date), file=LESSON)

    assert edition is None
    assert codes(found) == ["bad_date"]


def test_old_edition_that_cannot_be_read_raises_with_its_findings() -> None:
    with pytest.raises(LessonError) as caught:
        edition_from_text("id: bai\n", file=LESSON)

    assert "missing_key" in codes(caught.value.findings)
    assert f"{LESSON}:1:1" in str(caught.value)


def test_finding_is_one_line_for_people_and_the_same_in_json(root: Path) -> None:
    root.joinpath(LESSON).write_text("- a\n", encoding="utf-8")
    found = findings(root)

    lines, parsed = render_text(found).split("\n"), json.loads(as_json(found))

    assert len(lines) == len(parsed) == 1
    assert lines[0].startswith(f"{LESSON}:1:1: [not_a_table] ")
    assert " Gợi ý: " in lines[0]
    assert parsed[0]["line"] == 1
    assert parsed[0]["severity"] == "error"


def test_broken_file_does_not_hide_the_faults_of_others(root: Path) -> None:
    root.joinpath("lessons/library/bai-sau.yaml").write_text("- a\n", encoding="utf-8")
    text = root.joinpath(LESSON).read_text(encoding="utf-8")
    root.joinpath(LESSON).write_text(text.replace("{cong_an}", "{cong_ann}"), encoding="utf-8")

    assert codes(findings(root)) == ["not_a_table", "unknown_placeholder"]
