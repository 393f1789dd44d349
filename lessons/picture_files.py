"""From the drawings of a folder to the PNG files of lessons/media, and whether they are those of the drawings.

Knows no lesson. What cannot be drawn is a finding with its file and line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import resvg_py
from PIL import Image

from lessons.findings import Finding, finding
from lessons.lettering import BOLD, FAMILY, PLAIN, TooLong
from lessons.picture_svg import MOST_HEIGHT, TooTall, svg
from lessons.pictures import Drawing, read_drawings

#: Few colours make small files, and flat drawings lose nothing by it.
COLOURS = 64
#: How far apart two renderings of the same drawing may be, of 255, on different machines.
TOLERANCE = 24


@dataclass(frozen=True, slots=True)
class Drawn:
    """Every drawing of a folder by its name, and what is wrong with them."""

    drawings: Mapping[str, Drawing]
    svgs: Mapping[str, str]
    findings: tuple[Finding, ...]


def drawn(folder: Path) -> Drawn:
    """The drawings of every *.yaml of the folder as SVG. A file that is not UTF-8 is read as far as it goes."""
    texts = {path.name: path.read_bytes().decode("utf-8", errors="replace") for path in sorted(folder.glob("*.yaml"))}
    described, found = read_drawings({f"{folder.name}/{name}": text for name, text in texts.items()})
    svgs: dict[str, str] = {}
    for name, one in described.items():
        try:
            svgs[name] = svg(one.drawing)
        except TooLong as error:
            found.append(finding("words_too_wide", file=one.file, line=one.line, column=1, word=error.word, name=name))
        except TooTall as error:
            values = {"name": name, "height": str(error), "limit": MOST_HEIGHT}
            found.append(finding("drawing_too_tall", file=one.file, line=one.line, column=1, **values))
    return Drawn({name: one.drawing for name, one in described.items()}, svgs, tuple(found))


def png(picture: str) -> bytes:
    """An SVG as a PNG of few colours, in our own fonts alone."""
    fonts = [str(PLAIN.path), str(BOLD.path)]
    raw = resvg_py.svg_to_bytes(svg_string=picture, skip_system_fonts=True, font_files=fonts, font_family=FAMILY)
    image = (
        Image.open(BytesIO(bytes(raw)))
        .convert("RGB")
        .quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def is_same(left: bytes, right: bytes) -> bool:
    """Whether two PNGs show the same, but for what two machines round differently."""
    one, other = (Image.open(BytesIO(content)).convert("L") for content in (left, right))
    if one.size != other.size:
        return False
    small = [image.resize((image.width // 4, image.height // 4)).tobytes() for image in (one, other)]
    return all(abs(a - b) <= TOLERANCE for a, b in zip(*small, strict=True))


def outdated(svgs: Mapping[str, str], media: Path) -> Iterator[str]:
    """Names of drawings whose PNG is not there or shows something else."""
    for name, picture in svgs.items():
        path = media / f"{name}.png"
        if not path.is_file() or not is_same(path.read_bytes(), png(picture)):
            yield name
