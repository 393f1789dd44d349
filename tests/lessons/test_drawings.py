"""Drawings, measured: no outline and no cross over words, no words over words; and what `muadam draw` leaves alone."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.drawing import cli, misused
from lessons.lettering import BOLD, PLAIN
from lessons.loader import load_files
from lessons.picture_files import drawn, png
from lessons.picture_parts import ORANGE, RED
from lessons.picture_svg import svg
from lessons.pictures import Drawing
from tests.conftest import HANOI, ROOT
from tests.lessons.library_on_disk import write_clean

SVG = "{http://www.w3.org/2000/svg}"
SMALLEST_LETTERS = 30  # 13 px on a phone 320 px wide
SHIPPED = drawn(ROOT / "lessons" / "drawings").svgs
DESCRIBED = """drawings:
  - {name: mot, title: Một, parts: [{heading: Chuyển tiền}]}
  - {name: hai, title: Hai, parts: [{heading: Nhận tiền}]}
"""


@dataclass(frozen=True)
class Box:
    """What is drawn, upright, in pixels of the picture; `kind` is words, outline or cross."""

    kind: str
    left: float
    top: float
    right: float
    bottom: float
    words: str = ""
    size: float = 0

    def meets(self, other: "Box") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom - 1 and other.top < self.bottom - 1

    def holds(self, other: "Box") -> bool:
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


def boxes(node: ET.Element, x: float = 0, y: float = 0) -> Iterator[Box]:
    """Words, orange outlines and red crosses. What is turned is left out: only the word on a code is."""
    for child in node:
        moved = child.get("transform", "")
        if "rotate" in moved:
            continue
        by = re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", moved)
        left, top = (x + float(by[1]), y + float(by[2])) if by else (x, y)
        if child.tag == SVG + "text" and (child.text or "").strip():
            yield words_box(child, left, top)
        elif child.tag == SVG + "rect" and child.get("stroke") == ORANGE:
            near, high = left + float(child.get("x", 0)), top + float(child.get("y", 0))
            yield Box("outline", near, high, near + float(child.get("width", 0)), high + float(child.get("height", 0)))
        elif child.tag == SVG + "path" and child.get("stroke") == RED:
            ends = [float(number) for number in re.findall(r"-?[\d.]+", child.get("d", ""))]
            across, down = ends[::2], ends[1::2]
            yield Box("cross", left + min(across), top + min(down), left + max(across), top + max(down))
        yield from boxes(child, left, top)


def words_box(text: ET.Element, x: float, y: float) -> Box:
    said, size = text.text or "", float(text.get("font-size", 0))
    width = (BOLD if text.get("font-weight") == "700" else PLAIN).width(said, size)
    left = x + float(text.get("x", 0)) - {"middle": width / 2, "end": width}.get(text.get("text-anchor", ""), 0)
    base = y + float(text.get("y", 0))
    return Box("words", left, base - size * 0.8, left + width, base + size * 0.22, said, size)


def covered(picture: str) -> list[str]:
    """Words that something else covers or that leave the paper or the screen."""
    found = list(boxes(ET.fromstring(picture)))
    said = [box for box in found if box.kind == "words"]
    wrong = [box.words for box in said if box.left < 54 or box.right > 666 or box.size < SMALLEST_LETTERS]
    for nth, box in enumerate(said):
        wrong += [box.words for other in said[nth + 1 :] if box.meets(other)]
        wrong += [box.words for other in found if other.kind == "cross" and box.meets(other)]
        outlines = [other for other in found if other.kind == "outline"]
        wrong += [box.words for other in outlines if box.meets(other) and not other.holds(box)]
    return wrong


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_nothing_covers_the_words_of_a_picture(name: str) -> None:
    assert covered(SHIPPED[name]) == []


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"field": "Mật khẩu", "value": "•••••", "point": True}, id="marks below the letters of a label"),
        pytest.param({"row": "Cập nhật", "value": "Có bản mới", "cross": True}, id="the end of a row"),
        pytest.param({"field": "Địa chỉ", "value": "dichvucong••••.com", "cross": True}, id="a long value"),
        pytest.param({"card": {"title": "Giấy phép", "lines": ["Số: •••• •••• •••• ••••"]}, "cross": True}, id="card"),
    ],
)
def test_outline_and_cross_leave_the_words_free(part: dict[str, object]) -> None:
    drawing = Drawing.model_validate({"name": "thu", "title": "Thử", "parts": [{"heading": "Thử"}, part]})

    assert covered(svg(drawing)) == []


def test_two_tiles_are_pointed_at() -> None:
    tiles = [{"icon": "qr", "label": "Một", "point": True}, {"icon": "qr", "label": "Hai", "point": True}]
    drawing = Drawing.model_validate({"name": "thu", "title": "Thử", "parts": [{"tiles": tiles}]})

    assert [box.kind for box in boxes(ET.fromstring(svg(drawing)))].count("outline") == 2


def test_a_cross_leaves_the_word_example_on_a_code() -> None:
    drawing = Drawing.model_validate({"name": "thu", "title": "Thử", "parts": [{"qr": True, "cross": True}]})

    picture = svg(drawing)

    assert picture.rindex("VÍ DỤ") > picture.rindex('stroke-width="13"')


# The command ----------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small library with two drawings, neither of them drawn."""
    root = write_clean(tmp_path)
    for folder in ("drawings", "media"):
        (root / "lessons" / folder).mkdir(exist_ok=True)
    (root / "lessons" / "drawings" / "thu.yaml").write_text(DESCRIBED, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


def test_only_what_changed_is_written(place: Path) -> None:
    CliRunner().invoke(cli, [], catch_exceptions=False)
    one, two = (place / "lessons" / "media" / f"{name}.png" for name in ("mot", "hai"))
    before = one.read_bytes(), one.stat().st_mtime_ns, two.stat().st_mtime_ns
    described = place / "lessons" / "drawings" / "thu.yaml"
    described.write_text(DESCRIBED.replace("Nhận tiền", "Nhân tiền"), encoding="utf-8")

    result = CliRunner().invoke(cli, [], catch_exceptions=False)

    assert (one.read_bytes(), one.stat().st_mtime_ns) == before[:2]
    assert two.stat().st_mtime_ns != before[2]
    assert "2 of 2: hai.png\n" in result.stdout


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda media: (media / "mot.png").unlink(), "mot.png is not the one", id="never drawn"),
        pytest.param(lambda media: (media / "mot.png").write_bytes((media / "hai.png").read_bytes()),
                     "mot.png is not the one", id="another picture"),
        pytest.param(lambda media: None, "mot.png is shown by no lesson", id="unused"),
    ],
)  # fmt: skip
def test_check_says_what_is_old_or_unused(place: Path, spoil: object, said: str) -> None:
    CliRunner().invoke(cli, [], catch_exceptions=False)
    assert callable(spoil)
    spoil(place / "lessons" / "media")

    result = CliRunner().invoke(cli, ["--check"], catch_exceptions=False)

    assert result.exit_code == 1
    assert said in result.stdout


def test_a_picture_that_is_nowhere_is_missed(place: Path) -> None:
    lesson = place / "lessons" / "library" / "bai.yaml"
    text = lesson.read_text(encoding="utf-8")
    first = re.search(r"(?m)^( +)- id: .*$", text)
    assert first is not None
    lesson.write_text(text.replace(first[0], f"{first[0]}\n{first[1]}  picture: ba.png", 1), encoding="utf-8")

    said = misused(["mot"], load_files(place / "lessons.yaml", timezone=HANOI))

    assert any(line.startswith("ba.png of the lesson") for line in said)
    assert "mot.png is shown by no lesson: delete its description" in said


def test_a_picture_is_small_enough_for_a_slow_line() -> None:
    sizes = {name: len(png(SHIPPED[name])) for name in list(SHIPPED)[:: max(1, len(SHIPPED) // 8)]}

    assert max(sizes.values()) <= 40_000
