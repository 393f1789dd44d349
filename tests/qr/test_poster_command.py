"""`muadam qr make` draws what it writes: the code alone, a poster, or a sample by which nobody can pay."""

import io
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from commands.qr import cli
from server import Trouble

ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"


def make(*arguments: str) -> Result:
    order = ("make", "--bank", "ACB", "--account", "257678859")
    return CliRunner().invoke(cli, [*order, *arguments], catch_exceptions=False)


def held(file: Path) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(file.read_bytes())))]


@pytest.mark.parametrize("kind", [pytest.param([], id="code"), pytest.param(["--poster"], id="poster")])
def test_what_is_drawn_holds_what_is_printed(tmp_path: Path, kind: list[str]) -> None:
    file = tmp_path / "drawn.PNG"

    made = make(*kind, "--out", str(file))

    assert made.stdout == f"{ACB}\n"
    assert held(file) == [ACB]
    assert "1,000 dong" in made.stderr


def test_a_poster_to_print_has_both_sizes(tmp_path: Path) -> None:
    make("--poster", "--out", str(tmp_path / "poster.pdf"))

    pages = pypdf.PdfReader(tmp_path / "poster.pdf").pages
    assert [round(page.mediabox.width / 72 * 25.4) for page in pages] == [148, 105]


@pytest.mark.parametrize(("suffix", "begins"), [(".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_code_alone_is_drawn_for_other_programs(tmp_path: Path, suffix: str, begins: bytes) -> None:
    make("--out", str(tmp_path / f"code{suffix}"))

    assert (tmp_path / f"code{suffix}").read_bytes().startswith(begins)


def test_nobody_can_pay_by_a_sample(tmp_path: Path) -> None:
    file = tmp_path / "sample.png"

    made = make("--sample", "--out", str(file))

    assert ACB not in held(file)
    assert made.stdout == f"{ACB}\n"
    assert made.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--sample"], "--out poster.pdf", id="no file"),
        pytest.param(["--poster", "--sample", "--out", "x.png"], "--poster or --sample", id="both"),
        pytest.param(["--out", "x.jpg"], ".png or .svg or .pdf", id="a code as a photo"),
        pytest.param(["--poster", "--out", "x.svg"], "ends in .pdf or .png", id="a poster as shapes"),
        pytest.param(["--sample", "--out", "x"], "ends in .png", id="no ending"),
        pytest.param(["--out", "/no/such/folder/x.png"], "No such file", id="no such folder"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Trouble, match=sentence.replace(".", r"\.")):
        make(*arguments)

    assert not list(tmp_path.iterdir())
