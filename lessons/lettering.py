"""How wide words are in Be Vietnam Pro, and how they break into lines. Sizes and widths are in pixels.

The fonts stand in lessons/fonts (SIL Open Font License); they are registered with reportlab, which measures them.
"""

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
