"""A picture made anew from what somebody uploaded: upright, small, and with nothing in it but pixels. Pure.

    UploadError     not taken; `code` says why

What the file says of itself is not believed: its bytes decide. Pictures go to Zalo, which takes JPEG and PNG of up
to 1 MB (shared notes on platforms, section Zalo OA messages).
"""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_UPLOADED = 12_000_000
#: Decoded a picture takes up to 12 bytes a pixel, in a process that answers residents.
MOST_PIXELS = 24_000_000
LONGEST_SIDE = 1_280
MOST_BYTES = 950_000
#: Tried one after the other, until the picture is small enough: longest side, quality.
ATTEMPTS = ((1_280, 82), (1_280, 70), (1_280, 55), (1_024, 55), (800, 45))
#: A screenshot or a drawing has fewer colours than this.
FEW_COLOURS = 20_000

#: Nothing that a camera or a screenshot writes: the file is meant to be read as something else, too.
_OTHER_THINGS = (b"<script", b"<?php", b"<html", b"<!doctype", b"<svg", b"<iframe", b"%pdf-")
#: What Pillow raises over files that are damaged or made up.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, IndexError, OverflowError)

Code = Literal["empty", "large", "not_picture", "two_things", "pixels", "damaged", "stays_large"]


class UploadError(Exception):
    """The file is not taken."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """`suffix` is .png or .jpg; sizes are pixels."""

    content: bytes
    suffix: str
    width: int
    height: int


def remade(content: bytes) -> Picture:
    """The picture, at most LONGEST_SIDE long and MOST_BYTES large. Raises UploadError."""
    if not content:
        raise UploadError("empty")
    if len(content) > MOST_UPLOADED:
        raise UploadError("large")
    image = _pixels(content)
    if _is_something_else_too(content):
        raise UploadError("two_things")
    plain = _small(image, LONGEST_SIDE)
    jpeg = _jpeg(plain)
    if plain.getcolors(FEW_COLOURS) is not None:
        png = _png(plain)
        if len(png) <= min(len(jpeg.content), MOST_BYTES):
            return Picture(png, ".png", *plain.size)
    return jpeg


def _pixels(content: bytes) -> Image.Image:
    """The first frame, upright, on white. Raises UploadError."""
    try:
        image: Image.Image = Image.open(BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadError("pixels") from error
    except (*_DAMAGED, struct.error, zlib.error) as error:
        raise UploadError("not_picture") from error
    if image.width * image.height > MOST_PIXELS:
        raise UploadError("pixels")
    try:
        image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # a large JPEG is decoded at a fraction of its size
        image.load()
        return _on_white(_upright(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadError("pixels") from error
    except (*_DAMAGED, struct.error, zlib.error) as error:
        raise UploadError("damaged") from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (*_DAMAGED, struct.error):  # what the camera wrote about the picture is damaged, not the picture
        return image


def _on_white(image: Image.Image) -> Image.Image:
    """Pixels alone, in a picture that was never in a file: whatever else was written there is not copied."""
    page = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")
        page.paste(layer, mask=layer.getchannel("A"))
    else:
        page.paste(image if image.mode == "RGB" else image.convert("RGB"))
    return page


def _small(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) <= side:
        return image
    made = image.copy()
    made.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return made


def _jpeg(image: Image.Image) -> Picture:
    for side, quality in ATTEMPTS:
        small, out = _small(image, side), BytesIO()
        small.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= MOST_BYTES:
            return Picture(out.getvalue(), ".jpg", *small.size)
    raise UploadError("stays_large")


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    few = image.quantize(256, dither=Image.Dither.NONE) if image.getcolors(256) is not None else image
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _is_something_else_too(content: bytes) -> bool:
    """Whether a picture can also be opened as a page, a script or an archive."""
    lower = content.lower()
    return any(one in lower for one in _OTHER_THINGS) or zipfile.is_zipfile(BytesIO(content))
