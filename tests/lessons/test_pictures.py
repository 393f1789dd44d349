"""Drawings: every kind of part is drawn within its box, the same each time, and what is wrong is said with its line."""

import re
import xml.etree.ElementTree as ET
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from commands.drawing import cli
from lessons import picture_parts
from lessons.lettering import BOLD, PLAIN, TooLong, wrap
from lessons.loader import Library
from lessons.picture_files import drawn, is_same, png
from lessons.picture_svg import WIDTH, svg
from lessons.pictures import KINDS, Drawing, icons, read_drawings
from server import Trouble
from tests.conftest import ROOT

DRAWINGS, MEDIA = ROOT / "lessons" / "drawings", ROOT / "lessons" / "media"
PARTS = [
    {"heading": "Chuyển tiền"},
    {"text": "Đọc tên người nhận rồi mới bấm", "small": True},
    {"field": "Người nhận", "value": "NGUYEN VAN A", "point": True},
    {"button": "Kích hoạt tài khoản định danh điện tử", "point": True},
    {"button": "Để sau", "quiet": True},
    {"row": "Quản lý thiết bị", "icon": "gear", "value": "›"},
    {"tiles": [{"icon": "qr", "label": "Quét QR", "point": True}, {"icon": "wallet", "label": "Ví giấy tờ"}]},
    {"digits": 6, "filled": 2},
    {"keypad": True},
    {"switch": "Bảo mật 2 lớp", "is_on": True},
    {"check": "Tôi đồng ý chia sẻ", "is_on": True},
    {"qr": True, "sticker": True},
    {"message": "Chuc mung ban trung xe SH, dong phi ho so", "sender": "Số lạ", "scam": True},
    {"reply": "Con đây mẹ"},
    {"call": "Số lạ", "note": "xưng là công an", "hang_up": True},
    {"card": {"title": "Thẻ căn cước", "lines": ["Số: ••••"]}, "cross": True},
    {"list": ["8 đến 20 ký tự", "có chữ hoa"]},
    {"icon": "shield", "caption": "Đang bảo vệ"},
    {"image": "photo", "caption": "Ảnh rõ bốn góc", "crossed": True},
    {"space": True},
]  # fmt: skip


def drawing(*parts: dict[str, object], frame: str = "phone") -> Drawing:
    return Drawing.model_validate({"name": "thu", "title": "Thử", "frame": frame, "bar": "VNeID", "parts": parts})


def kind_of(part: dict[str, object]) -> str:
    return next(iter(part))


def test_every_kind_has_its_example() -> None:
    assert {kind_of(part) for part in PARTS} == {*KINDS, "icon"}


@pytest.mark.parametrize("frame", ["phone", "paper"])
@pytest.mark.parametrize("part", PARTS, ids=kind_of)
def test_a_part_is_drawn_inside_the_picture(part: dict[str, object], frame: str) -> None:
    image = Image.open(BytesIO(png(svg(drawing(part, frame=frame)))))

    assert image.width == WIDTH
    edges = [image.convert("RGB").getpixel((x, image.height // 2)) for x in (2, WIDTH - 3)]
    assert edges[0] == edges[1], "nothing reaches the edge"


@pytest.mark.parametrize("part", PARTS, ids=kind_of)
def test_words_stay_within_the_screen(part: dict[str, object]) -> None:
    tree = ET.fromstring(svg(drawing(part)))

    for text in tree.iter("{http://www.w3.org/2000/svg}text"):
        font = BOLD if text.get("font-weight") == "700" else PLAIN
        assert font.width(text.text or "", float(text.get("font-size", 0))) <= WIDTH - 2 * 62


def test_parts_stand_below_each_other() -> None:
    tops = [
        float(found) for found in re.findall(r'<g transform="translate\(0\.0 ([\d.]+)\)">', svg(drawing(*PARTS[:3])))
    ]

    assert all(upper <= lower for upper, lower in pairwise(sorted(tops)))
    assert svg(drawing(*PARTS[:3])).count("<text") > svg(drawing(*PARTS[:1])).count("<text")


def test_the_same_drawing_gives_the_same_picture() -> None:
    assert png(svg(drawing(*PARTS[:4]))) == png(svg(drawing(*PARTS[:4])))


def test_a_changed_drawing_is_told_from_the_old_one() -> None:
    old, new = (png(svg(drawing({"heading": words}))) for words in ("Chuyển tiền", "Nhận tiền"))

    assert is_same(old, old)
    assert not is_same(old, new)


def test_every_icon_can_be_drawn() -> None:
    for name in icons():
        image = Image.open(BytesIO(png(svg(drawing({"icon": name})))))
        assert image.width == WIDTH


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.1."""
    lights = []
    for color in (one, other):
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        lights.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (picture_parts.INK, picture_parts.WHITE),
        (picture_parts.GREY, picture_parts.WHITE),
        (picture_parts.GREY, "#eef1f3"),
        (picture_parts.WHITE, picture_parts.TEAL),
        (picture_parts.WHITE, picture_parts.RED),
        (picture_parts.INK, picture_parts.PALE),
    ],
)
def test_words_can_be_read_by_weak_eyes(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


def test_a_word_that_does_not_fit_is_named() -> None:
    with pytest.raises(TooLong) as raised:
        wrap("được " + "ấ" * 80, 300, size=34, font=PLAIN)

    assert raised.value.word == "ấ" * 80


BAD = """drawings:
  - name: mot
    title: Một
    parts:
      - {heading: A, text: B}
      - {row: C, icon: khong-co}
  - name: mot
    title: Hai
    parts:
      - {heading: A}
"""


def test_what_is_wrong_is_said_with_its_line() -> None:
    _, found = read_drawings({"drawings/thu.yaml": BAD})

    assert [(one.code, one.line) for one in found] == [("part_kind", 5), ("unknown_icon", 6), ("drawing_twice", 7)]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ("- {heading: " + "x" * 90 + "}", "words_too_wide"),
        ("\n".join(["- {qr: true}"] * 6), "drawing_too_tall"),
    ],
    ids=["too wide", "too tall"],
)
def test_what_does_not_fit_is_a_finding(tmp_path: Path, parts: str, code: str) -> None:
    indented = parts.replace("\n", "\n      ")
    text = f"drawings:\n  - name: mot\n    title: Một\n    parts:\n      {indented}\n"
    (tmp_path / "thu.yaml").write_text(text, encoding="utf-8")

    [found] = drawn(tmp_path).findings

    assert (found.code, found.line) == (code, 2)


@pytest.mark.parametrize("part", ["{row: A, icon: khong-co}", "{small: true}", "{keypad: false}"])
def test_a_drawing_with_a_fault_is_not_drawn(tmp_path: Path, part: str) -> None:
    text = f'drawings:\n  - name: "mot"\n    title: Một\n    parts:\n      - {part}\n'
    (tmp_path / "thu.yaml").write_text(text, encoding="utf-8")

    made = drawn(tmp_path)

    assert not made.svgs
    assert [one.line for one in made.findings] == [5]


# The pictures that ship ------------------------------------------------------------------------------------


def test_every_picture_is_the_one_described() -> None:
    result = CliRunner().invoke(cli, ["--check"], catch_exceptions=False)

    assert result.exit_code == 0, result.stdout


def test_every_drawing_is_used_and_every_picture_is_drawn(library: Library) -> None:
    steps = [step for edition in library.editions.values() for step in edition.lesson.steps]
    named = {step.picture for step in steps} | {trouble.picture for step in steps for trouble in step.stuck}
    made = {f"{name}.png" for name in drawn(DRAWINGS).drawings}

    assert {name for name in named if name} == made
    assert {path.name for path in MEDIA.glob("*.png")} == made


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(Trouble, match="no drawing is called"):
        CliRunner().invoke(cli, ["--only", "khong-co"], catch_exceptions=False)
