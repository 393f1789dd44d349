"""A poster as shapes on a page: what is said where, in which size. Lengths are dots of 1/300 inch from the top left.

Knows no file format. Nobody's name is in a payload: a line is left to write it by hand, so that who pays has a name
to compare with the one that his app shows. A code that was stuck over this one shows another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import segno
import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.poster_files import Size
from bot.qr_content import Content
from lessons.lettering import BOLD, PLAIN, Font, cleaned

#: Width and height of A5 (148 by 210 mm) and A6 (105 by 148 mm).
SIZES: dict[Size, tuple[int, int]] = {"a5": (1748, 2480), "a6": (1240, 1748)}
INK, GREY, TEAL, PALE, WHITE, BLACK = "#1d2b36", "#55636e", "#17607d", "#edf4f7", "#ffffff", "#000000"
#: Light modules on every side of a code (ISO/IEC 18004).
QUIET = 4
#: One millimetre: smaller modules are not read from a step away, and a code with less correction has larger ones.
SMALLEST_MODULE = 12
_GROUP = 4

Matrix = tuple[bytearray, ...]


class PosterWords(BaseModel):
    """poster_words.yaml, checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    recipient: str
    card: Annotated[str, Field(pattern=r"\{end\}")]
    bank_unknown: Annotated[str, Field(pattern=r"\{bin\}")]
    amount: Annotated[str, Field(pattern=r"\{amount\}")]
    note: Annotated[str, Field(pattern=r"\{note\}")]
    payer: str
    owner: str
    document: str
    sample: str
    sample_holds: str


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: int
    y: int
    width: int
    height: int
    colour: str


@dataclass(frozen=True, slots=True)
class Words:
    """One line, its baseline at y; it begins at x, or has its middle there."""

    text: str
    x: int
    y: int
    size: int
    colour: str
    font: Font
    anchor: Literal["left", "middle"] = "middle"


@dataclass(frozen=True, slots=True)
class Code:
    """A code without its quiet zone; each of its modules is a square of whole dots."""

    x: int
    y: int
    module: int
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page of this many dots, to be painted in this order."""

    width: int
    height: int
    shapes: tuple[Box | Words | Code, ...]


def page(content: Content, held: str, size: Size) -> Page:
    """The poster of an order; `held` is what its code holds, byte for byte."""
    return _Drawing(content, held, *SIZES[size]).page()


@cache
def poster_words() -> PosterWords:
    text = (resources.files("qr") / "poster_words.yaml").read_text(encoding="utf-8")
    return PosterWords.model_validate(yaml.safe_load(text))


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Numbers in its methods are dots on a page of A5; a smaller page has everything in proportion."""

    content: Content
    held: str
    width: int
    height: int

    def page(self) -> Page:
        top, bottom = self._dots(460), self.height
        shapes: list[Box | Words | Code] = list(self._head())
        for line in self._foot():
            bottom = min(bottom, line.y if isinstance(line, Box) else line.y - line.size)
            shapes.append(line)
        code = self._code(top, bottom)
        return Page(self.width, self.height, (*shapes, code))

    def _head(self) -> Iterator[Box | Words]:
        words, margin = poster_words(), self._dots(100)
        yield Box(0, 0, self.width, self._dots(240), TEAL)
        yield self._line(words.title, 158, most=128, font=BOLD, colour=WHITE)
        label = Words(words.recipient, margin, self._dots(418), self._dots(64), INK, PLAIN, "left")
        yield label
        start = margin + round(PLAIN.width(label.text, label.size)) + self._dots(24)
        yield Box(start, label.y, self.width - margin - start, self._dots(5), GREY)

    def _foot(self) -> Iterator[Box | Words]:
        """From the bottom upwards, so that the code gets what is left."""
        words = poster_words()
        yield self._line(words.owner, 2428, most=50, colour=GREY)
        yield Box(self._dots(100), self._dots(2202), self.width - 2 * self._dots(100), self._dots(156), PALE)
        yield self._line(words.payer, 2312, most=92, font=BOLD)
        y = 2136
        for text, size, font, colour in self._order():
            yield self._line(text, y, most=size, font=font, colour=colour)
            y -= round(size * 1.1) + 30

    def _order(self) -> Iterator[tuple[str, int, Font, str]]:
        """What the code says, from the last line to the first, each with its size, cut and colour."""
        words, order = poster_words(), self.content.order
        if order is None:
            return
        if note := cleaned(order.note):
            yield words.note.format(note=note), 62, PLAIN, INK
        if order.amount is not None:
            yield words.amount.format(amount=f"{order.amount:,}".replace(",", ".")), 104, BOLD, INK
        # The number of a card is worth something to thieves, and who pays needs none of it.
        number = words.card.format(end=order.account[-_GROUP:]) if order.is_card else grouped(order.account)
        yield number, 132, BOLD, INK
        bank = self.content.bank
        name = bank.short_name if bank is not None else words.bank_unknown.format(bin=order.bank_bin)
        yield name, 120, BOLD, TEAL

    def _code(self, top: int, bottom: int) -> Code:
        """As large as fits between, in the middle; its quiet zone is the white of the page."""
        room = min(bottom - top, self.width - 2 * self._dots(100))
        matrix = coded(self.held, "q").matrix
        if room // (len(matrix) + 2 * QUIET) < SMALLEST_MODULE:
            matrix = coded(self.held, "m").matrix
        module = room // (len(matrix) + 2 * QUIET)
        side = module * len(matrix)
        return Code((self.width - side) // 2, top + (bottom - top - side) // 2, module, matrix)

    def _line(self, text: str, y: int, *, most: int, font: Font = PLAIN, colour: str = INK) -> Words:
        """A line in the middle of the page, in letters as large as fit."""
        room, size = self.width - 2 * self._dots(100), self._dots(most)
        size = min(size, int(size * room / font.width(text, size)))
        return Words(text, self.width // 2, self._dots(y), size, colour, font)

    def _dots(self, of_a5: int) -> int:
        return round(of_a5 * self.width / SIZES["a5"][0])


def grouped(account: str) -> str:
    """In fours, as people read it to each other; a last one alone stays with those before it."""
    ends = range(0, max(1, len(account) - 1), _GROUP)
    return " ".join(account[at : at + _GROUP if at + _GROUP < len(account) - 1 else None] for at in ends)


def coded(held: str, correction: Literal["m", "q"]) -> segno.QRCode:
    """Of bytes: of words segno would choose the encoding itself, and no reader would know which."""
    return segno.make_qr(held.encode(), error=correction)
