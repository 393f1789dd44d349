"""A poster for a shop's counter, drawn from the very payload of the code that the bank's app made.

Knows no conversation and no server. The payload goes into the new code as it is: it is never built again.
"""

from functools import lru_cache
from io import BytesIO
from typing import assert_never

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from bot.poster_files import SIZES, Form, Size
from bot.qr_content import Content, read
from lessons.lettering import BOLD, Font, register
from qr.poster_page import BLACK, QUIET, Box, Code, Page, Words, coded, page, poster_words

DPI = 300
_POINTS = 72 / DPI
_STAMP = (190, 30, 30, 150)
_STAMP_DEGREES = 32.0


class NotPayable(ValueError):
    """The payload is no sound order to transfer money to an account, so no poster is made of it."""


def draw(payload: str, size: Size) -> bytes:
    """The poster as a PNG of 300 dots an inch. Raises NotPayable."""
    return _png(_painted(page(_checked(payload), payload, size)))


def pdf(payload: str) -> bytes:
    """The poster as a PDF of one page a size, the code in vectors. The same payload gives the same bytes.

    Raises NotPayable.
    """
    content, out = _checked(payload), BytesIO()
    canvas = Canvas(out, invariant=1, lang="vi")
    canvas.setTitle(poster_words().document)
    for size in SIZES:
        _print(page(content, payload, size), canvas)
    canvas.save()
    return out.getvalue()


def made(payload: str, form: Form) -> bytes:
    """The poster in the form that its file's name asks for. Raises NotPayable."""
    return pdf(payload) if form == "pdf" else draw(payload, form)


def code(payload: str, kind: str) -> bytes:
    """The code alone, as png, svg or pdf, with the light around it that readers need."""
    out = BytesIO()
    coded(payload, "q").save(out, kind=kind, scale=16, border=QUIET)
    return out.getvalue()


def sample(payload: str, size: Size = "a6") -> bytes:
    """How the poster would look, for lessons, as a PNG. Raises NotPayable.

    Stamped all over, and nobody can pay by it: apps read through a stamp, so the code holds words instead.
    """
    words = poster_words()
    image = _painted(page(_checked(payload), words.sample_holds, size))
    return _png(_stamped(image, words.sample))


def _checked(payload: str) -> Content:
    content = read(payload)
    if content.kind != "vietqr_transfer":
        raise NotPayable("this is not a sound order to transfer money")
    return content


# As a picture ---------------------------------------------------------------------------------------------


def _painted(drawn: Page) -> Image.Image:
    image = Image.new("RGB", (drawn.width, drawn.height), "white")
    pen = ImageDraw.Draw(image)
    for shape in drawn.shapes:
        match shape:
            case Box(x, y, width, height, colour):
                pen.rectangle((x, y, x + width - 1, y + height - 1), fill=colour)
            case Words(text, x, y, size, colour, font, anchor):
                place = "ls" if anchor == "left" else "ms"
                pen.text((x, y), text, fill=colour, font=_letters(font, size), anchor=place)
            case Code():
                for left, top, width in _bars(shape):
                    pen.rectangle((left, top, left + width - 1, top + shape.module - 1), fill=BLACK)
            case _:
                assert_never(shape)
    return image


def _stamped(image: Image.Image, text: str) -> Image.Image:
    """With the words across it three times, so that no part that is cut out is without them."""
    letters = _letters(BOLD, image.width // 4)
    strip = Image.new("RGBA", (image.width, image.width // 2), (0, 0, 0, 0))
    ImageDraw.Draw(strip).text((strip.width // 2, strip.height // 2), text, fill=_STAMP, font=letters, anchor="mm")
    turned = strip.rotate(_STAMP_DEGREES, expand=True, resample=Image.Resampling.BICUBIC)
    for share in (0.2, 0.5, 0.8):
        place = ((image.width - turned.width) // 2, round(image.height * share) - turned.height // 2)
        image.paste(turned, place, turned)
    return image


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    # In full colours: with fewer, white becomes nearly white, which printers print.
    image.save(out, "PNG", dpi=(DPI, DPI))
    return out.getvalue()


@lru_cache(maxsize=32)
def _letters(font: Font, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font.path), size, layout_engine=ImageFont.Layout.BASIC)


# As a page to print ---------------------------------------------------------------------------------------


def _print(drawn: Page, canvas: Canvas) -> None:
    """The page in points, which count from the bottom."""
    register()
    canvas.setPageSize((drawn.width * _POINTS, drawn.height * _POINTS))
    canvas.scale(_POINTS, _POINTS)
    for shape in drawn.shapes:
        match shape:
            case Box(x, y, width, height, colour):
                canvas.setFillColor(HexColor(colour))
                canvas.rect(x, drawn.height - y - height, width, height, stroke=0, fill=1)
            case Words(text, x, y, size, colour, font, anchor):
                canvas.setFillColor(HexColor(colour))
                canvas.setFont(font.name, size)
                write = canvas.drawString if anchor == "left" else canvas.drawCentredString
                write(x, drawn.height - y, text)
            case Code():
                canvas.setFillColor(HexColor(BLACK))
                # One path for all: between shapes of their own, printers leave hairs of white.
                path = canvas.beginPath()
                for left, top, width in _bars(shape):
                    path.rect(left, drawn.height - top - shape.module, width, shape.module)
                canvas.drawPath(path, stroke=0, fill=1)
            case _:
                assert_never(shape)
    canvas.showPage()


def _bars(code: Code) -> list[tuple[int, int, int]]:
    """The dark modules as bars (left, top, width), those beside each other in one."""
    bars: list[tuple[int, int, int]] = []
    for row, modules in enumerate(code.matrix):
        start = 0
        for column, dark in enumerate((*modules, 0)):
            if dark:
                continue
            if column > start:
                bars.append((code.x + start * code.module, code.y + row * code.module, (column - start) * code.module))
            start = column + 1
    return bars
