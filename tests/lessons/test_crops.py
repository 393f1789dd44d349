"""Crops and their advice: what lint catches in them, and that the project's own keep what their source says."""

from pathlib import Path
from typing import get_args

import pytest

from lessons.crops import Crops, Situation
from lessons.loader import Library, load_texts
from lessons.validation import help_table
from tests.lessons.library_on_disk import TIMEZONE, findings, load, write_clean

FILE = "lessons/crops.yaml"
TASK = "Gặt ruộng đã chín trên 85% trước ngày mưa."
WATER_PLANTS = {"lua", "ca-phe", "tieu", "sau-rieng", "cay-an-trai", "rau"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_clean(tmp_path)


@pytest.fixture
def crops(library: Library) -> Crops:
    assert library.crops is not None
    return library.crops


def codes_with(root: Path, old: str, new: str) -> list[str]:
    text = (root / FILE).read_text(encoding="utf-8")
    assert old in text
    (root / FILE).write_text(text.replace(old, new), encoding="utf-8")
    return [found.code for found in findings(root)]


@pytest.mark.parametrize(
    "text",
    [
        "Tưới 20ml cho mỗi gốc.",
        "Tưới 0,5 lít cho mỗi gốc.",
        "Tưới 2 L cho mỗi gốc.",
        "Bón 50 kg/ha.",
        "Bón nửa ký cho mỗi gốc.",
        "Bón hai muỗng cho mỗi gốc.",
        "Tưới đúng liều.",
        "Tưới theo LIỀU LƯỢNG in trên bao.",
        "Hỏi tên hoạt chất.",
        "Đừng pha chung.",
    ],
)
def test_a_dose_is_never_said(root: Path, text: str) -> None:
    assert codes_with(root, TASK, text) == ["advice_dose"]


@pytest.mark.parametrize(
    "text",
    [
        "Giữ nước ruộng mạ 2 đến 3 cm vào ban đêm.",
        "Gặt ruộng đã chín trên 85%.",
        "Đo độ mặn, chỉ lấy nước dưới 0,3 phần nghìn.",
        "Phơi lúa phải kỹ, hai lần mỗi ngày.",
        "Hỏi cán bộ bảo vệ thực vật trước khi dùng thuốc.",
    ],
)
def test_other_numbers_are_left_alone(root: Path, text: str) -> None:
    assert codes_with(root, TASK, f'"{text}"') == []


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        pytest.param(TASK, "GẶT ruộng.", [], id="verb in capitals"),
        pytest.param(TASK, "Gặtt ruộng.", ["advice_without_verb"], id="no such verb"),
        pytest.param("kind: task", "kind: pest", [], id="a pest needs no verb"),
        pytest.param(TASK, "'Thăm ruộng, {xung_ho}.'", ["placeholder_not_here"], id="nobody is addressed"),
        pytest.param(TASK, "Thăm ruộng, bác nhé.", ["mixed_address"], id="form of address"),
        pytest.param(TASK, "Xem bit.ly/abc.", ["unofficial_link"], id="strange link"),
        pytest.param(TASK, "Gửi mã OTP cho em.", ["asks_secret", "advice_without_verb"], id="secret"),
        pytest.param("crops: [lua]\n", "crops: []\n", [], id="stage of any crop"),
        pytest.param("crops: [lua]\n", "crops: [tom]\n", ["unknown_stage"], id="stage of another crop"),
        pytest.param("crops: [lua]\n", "crops: [luu]\n", ["unknown_crop"], id="no crop is meant"),
        pytest.param("id: tom", "id: lua", ["crop_id_twice"], id="crop"),
        pytest.param("{id: chin", "{id: lam-dong", ["crop_id_twice", "unknown_stage"], id="stage"),
        pytest.param("name: tôm", "name: ruong", ["crop_name_twice"], id="name against also"),
        pytest.param("also: [sắp gặt]", "also: [Làm dòng]", ["crop_name_twice"], id="words of a stage"),
        pytest.param("also: [ruộng]", "also: [LÚA, lúa]", [], id="own words again"),
        pytest.param("also: [ruộng]", "also: ['?']", ["answer_without_words"], id="no letter"),
        pytest.param("label: Tôm", "label: Tôm sú và tôm thẻ châ", ["bad_value"], id="21 characters on a button"),
        pytest.param("when: thunder", "when: storm", ["bad_value"], id="unknown situation"),
        pytest.param("trust: low", "trust: thap", ["bad_value"], id="unknown trust"),
    ],
)
def test_small_changes(root: Path, old: str, new: str, codes: list[str]) -> None:
    assert sorted(codes_with(root, old, new)) == sorted(codes)


def test_crops_are_part_of_book_and_publication(root: Path) -> None:
    library = load(root)

    assert library.book is not None
    assert library.book.crops == library.crops is not None
    assert FILE in library.texts


def test_a_publication_of_before_there_were_crops_is_read(root: Path) -> None:
    texts = {name: text for name, text in load(root).texts.items() if name != FILE}

    library = load_texts(texts, media=("doc.mp3", "hinh.png"), timezone=TIMEZONE)

    assert library.book is not None
    assert library.book.crops is None


def test_a_file_of_crops_that_lessons_yaml_names_must_be_there(root: Path) -> None:
    named = root / "lessons.yaml"
    named.write_text(f"crops: {FILE}\n" + named.read_text(encoding="utf-8"), encoding="utf-8")
    (root / FILE).unlink()

    library = load(root)

    assert [(found.code, found.line) for found in library.problems] == [("missing_file", 1)]
    assert library.book is None


def test_a_crop_is_found_by_its_id(crops: Crops) -> None:
    found = crops.crop("ca-phe")

    assert found is not None
    assert found.label == "Cà phê"
    assert crops.crop("ca phe") is None


def test_every_situation_is_explained_to_editors(root: Path) -> None:
    explained = help_table()["models"]["Advice"]["fields"]["when"]["help"]
    project = Path(__file__).parents[2]
    manual = (project / "docs" / "editors.md").read_text(encoding="utf-8")
    head = (project / FILE).read_text(encoding="utf-8").partition("\ncrops:")[0]

    for name in get_args(Situation):
        assert f"{name}:" in explained, name
        assert f"`{name}`" in manual, name
        assert f" {name} " in head, name


def test_advice_without_a_source_is_checked_by_an_officer_first(crops: Crops) -> None:
    assert [one.id for one in crops.advice if one.trust == "low" and not one.recheck] == []


def test_salt_is_measured_and_asked_about_whatever_the_limit(crops: Crops) -> None:
    limits = [one for one in crops.advice if one.when == "salinity" and "phần nghìn" in one.text]

    assert len(limits) >= 8
    for one in limits:
        assert "Đo độ mặn tại ruộng trước khi lấy nước, hỏi khuyến nông." in one.text
        assert one.recheck


def test_shrimp_have_no_limits_of_plants(crops: Crops) -> None:
    assert all(set(one.crops) <= WATER_PLANTS and one.crops for one in crops.advice if one.when == "salinity")
