"""How wide words are in Be Vietnam Pro, and how they break into lines. Sizes and widths are in pixels.

The fonts stand in lessons/fonts (SIL Open Font License); they are registered with reportlab, which measures them.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FAMILY = "Be Vietnam Pro"


class TooLong(Exception):
    """A single word that is wider than the line; `word` is it."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class Font:
    """One cut: its name in a PDF and its file under lessons/fonts."""

    name: str
    file: str

    @property
    def path(self) -> Path:
        return font_folder() / self.file

    def width(self, text: str, size: float) -> float:
        register()
        return float(pdfmetrics.stringWidth(text, self.name, size))


PLAIN = Font("BeVietnamPro", "BeVietnamPro-Regular.ttf")
BOLD = Font("BeVietnamPro-Bold", "BeVietnamPro-Bold.ttf")


def wrap(text: str, width: float, *, size: float, font: Font) -> list[str]:
    """Lines no wider than `width`, broken at spaces and at the breaks of the text. Raises TooLong."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if font.width(longer, size) <= width:
                line = longer
                continue
            if font.width(word, size) > width:
                raise TooLong(word)
            lines.append(line)
            line = word
        lines.append(line)
    return lines


def cleaned(text: str) -> str:
    """Composed, spaces made single, empty lines and everything that our letters do not have left out."""
    composed = unicodedata.normalize("NFC", text)
    lines = ("".join(char for char in line if char.isspace() or _is_known(char)) for line in composed.splitlines())
    return "\n".join(line for spaced in lines if (line := " ".join(spaced.split())))


def can_draw(text: str) -> bool:
    """Whether nothing but spaces would be left out."""
    return all(char.isspace() or _is_known(char) for char in unicodedata.normalize("NFC", text))


@cache
def register() -> None:
    """Make both cuts known to reportlab, as one family."""
    for font in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(font.name, str(font.path)))
    pdfmetrics.registerFontFamily(
        PLAIN.name, normal=PLAIN.name, bold=BOLD.name, italic=PLAIN.name, boldItalic=BOLD.name
    )


def font_folder() -> Path:
    """Where the fonts are. The package is never run from an archive: its lessons are files that editors open."""
    return Path(str(resources.files("lessons"))) / "fonts"


def _is_known(char: str) -> bool:
    return ord(char) in _known() and unicodedata.category(char) not in {"Cc", "Cf"}


@cache
def _known() -> frozenset[int]:
    """Characters that both cuts have."""
    register()
    fonts = [pdfmetrics.getFont(font.name) for font in (PLAIN, BOLD)]
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts if isinstance(font, TTFont)))
