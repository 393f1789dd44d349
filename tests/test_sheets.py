"""`muadam print` and `muadam curriculum`: what is on paper is what the lesson says."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from benchmarks.reading import report
from commands.sheets import cli
from lessons.loader import Library
from lessons.overview import curriculum_table
from lessons.schema import Book
from lessons.sheet import sheet
from lessons.sheet_pdf import pdf
from server import Trouble
from tests.bot.conversation import lesson, with_lesson
from tests.conftest import ROOT

MEDIA = ROOT / "lessons" / "media"
A5_POINTS = (420, 595)


def words(content: bytes) -> str:
    """Text of all pages in one line; extraction may break a line anywhere."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


@pytest.fixture
def small(book: Book) -> Book:
    return with_lesson(book, lesson())


def test_a_sheet_says_every_step_its_answers_and_its_troubles(small: Book) -> None:
    made = sheet(small, "hoc-thu", place=None)

    assert [box.number for box in made.boxes] == [1, 2, 3, 4, 5]
    assert made.boxes[0].text == "Chào bà con, mình học thử."
    assert made.boxes[1].options == ("Android", "iPhone")
    assert made.boxes[2].note == "Chỉ dành cho: Android"
    assert made.boxes[2].troubles == (("Không thấy CH Play", "Vuốt từ dưới lên để tìm."),)
    assert made.answers == ("Ô 5: **Không ai cả**. Đúng rồi ạ.",)


def test_a_branch_names_the_box_or_the_sheet_where_it_goes_on(book: Book) -> None:
    choices = [
        {"label": "Rồi", "goto": "het"},
        {"label": "Chưa", "lesson": "bai-khac"},
        {"label": "Thôi", "goto": "end"},
    ]
    steps = [{"id": "hoi", "ask": "Sao ạ?", "choices": choices}, {"id": "a", "say": "A."}, {"id": "het", "say": "B."}]
    other = lesson(id="bai-khac", title="Bài khác", steps=[{"id": "a", "say": "A."}])

    made = sheet(with_lesson(book, lesson(steps=steps), other), "hoc-thu", place=None)

    assert made.boxes[0].options == ("Rồi: làm tiếp ô 3", "Chưa: xem tờ “Bài khác”", "Thôi: hết bài")


def test_the_pdf_is_a5_and_holds_the_words(small: Book) -> None:
    content = pdf(sheet(small, "hoc-thu", place=None), media=MEDIA)

    page = PdfReader(BytesIO(content)).pages[0]
    said = words(content)
    assert (round(page.mediabox.width), round(page.mediabox.height)) == A5_POINTS
    assert "Chào bà con, mình học thử." in said
    assert "Không thấy CH Play:" in said
    assert "Đáp án" in said


def test_the_same_sheet_gives_the_same_bytes(small: Book) -> None:
    made = sheet(small, "hoc-thu", place=None)

    assert pdf(made, media=MEDIA) == pdf(made, media=MEDIA)


def test_every_lesson_can_be_printed(book: Book) -> None:
    for name, edition in book.current.items():
        made = sheet(book, name, place=None)
        assert len(made.boxes) == len(edition.lesson.steps)
        assert "{" not in str(made)


def test_the_command_writes_a_file_a_lesson(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["print", "vneid-la-gi", "--out", str(tmp_path / "new")], catch_exceptions=False)

    assert result.exit_code == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["vneid-la-gi.pdf"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "say --all"), (["vneid-la-gj"], "perhaps “vneid-la-gi”")],
    ids=["nothing named", "no such lesson"],
)
def test_the_command_says_what_is_wrong(arguments: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=said):
        CliRunner().invoke(cli, ["print", *arguments, "--out", str(tmp_path)], catch_exceptions=False)


def test_the_table_has_a_row_for_every_lesson(book: Book) -> None:
    table = curriculum_table(book)

    for name, edition in book.current.items():
        [row] = [line for line in table.splitlines() if f"(`{name}`)" in line]
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert cells[1:3] == [str(edition.lesson.minutes), str(len(edition.lesson.steps))]


def test_the_table_in_the_docs_is_the_one_of_the_lessons(book: Book) -> None:
    written = (ROOT / "docs" / "curriculum.md").read_text(encoding="utf-8")

    assert curriculum_table(book) in written, "run: muadam curriculum"


def test_the_measures_of_reading_in_the_docs_are_those_of_the_lessons(library: Library) -> None:
    written = (ROOT / "docs" / "curriculum.md").read_text(encoding="utf-8")

    assert report(library) in written, "run: python -m benchmarks.reading"
