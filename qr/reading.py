"""QR codes read from a picture: bytes in, what the codes hold out. The picture is kept nowhere.

Total: whatever the bytes are, the answer says what was found or what was wrong. Runs in a process of its own in the
server (qr/reader.py), since pictures of strangers go through decoders written in C:

    .venv/bin/python -m qr.reading      what the server starts; it reads pictures on stdin, until that ends
"""

import resource
import struct
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps, WebPImagePlugin  # noqa: F401  (WebP is known once it is imported)

from bot import banks
from bot.events import PictureRead, SeenCode
from bot.qr_content import read
from qr.pipe import HEAD, LARGEST_BYTES, packed

LARGEST_PIXELS = 30_000_000
LONGEST_SIDE = 16_000  # pixels
#: Of data that the process may hold. A picture of the most pixels that are looked at needs a half of it.
MEMORY_BYTES = 512 * 1024 * 1024
_OPEN_FILES = 3  # stdin, stdout, stderr
#: A picture with more codes than this is a sheet of samples: what is on it is not told one by one.
MOST_CODES = 8

_FORMATS = ("JPEG", "PNG", "WEBP")
_FIRST_SIDE, _SECOND_SIDE, _ENLARGED_SIDE, _WHOLE_SIDE = 1_100, 2_000, 3_000, 4_000  # pixels of the longer side
_LEAST_SIDE = 21  # pixels: no code has fewer modules
_SMALL_SIDE = 700  # a smaller picture is also looked at enlarged
_QR = zxingcpp.barcode_formats_from_str("QRCode")
_TILES, _OVERLAP = 3, 0.25

Grey = Image.Image
Found = dict[str, tuple[int, int]]  # text -> where its code stands: row and column, in 1/1000 of the picture

#: What Pillow raises on files that are cut, wrong or made to harm; beside OSError, which says most of it.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error)


def look(picture: bytes) -> PictureRead:
    """The QR codes of a JPEG, PNG or WebP, from the top left on; what is seen twice is told once. Never raises."""
    if len(picture) > LARGEST_BYTES:
        return PictureRead(trouble="too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _found(picture)
    except (MemoryError, Image.DecompressionBombError):
        return PictureRead(trouble="too_large")
    except _BROKEN:
        return PictureRead(trouble="broken")
    ordered = sorted(found, key=lambda text: (found[text][0] // 100, found[text][1], text))
    return PictureRead(codes=tuple(_seen(text) for text in ordered[:MOST_CODES]))


def _found(picture: bytes) -> Found:
    opened = _opened(picture)
    longest = max(opened.size)
    grey = _grey(opened, _SECOND_SIDE)
    found = _codes(grey)
    if found or longest <= _SECOND_SIDE:
        return found
    whole = grey if max(grey.size) == longest else _grey(_opened(picture), _WHOLE_SIDE)
    for tile in _tiles(_at_most(whole, _WHOLE_SIDE)):
        found |= _in(tile)
    return found


def _opened(picture: bytes) -> Image.Image:
    """Judged by the head of the file: nothing has been decoded yet."""
    opened = Image.open(BytesIO(picture), formats=_FORMATS)
    if opened.width * opened.height > LARGEST_PIXELS or max(opened.size) > LONGEST_SIDE:
        raise Image.DecompressionBombError
    return opened


def _seen(text: str) -> SeenCode:
    content = read(text)
    return SeenCode(content.kind, content.text)


def _grey(opened: Image.Image, side: int) -> Grey:
    """The first frame in shades of grey, upright, what is transparent as white paper; no shorter than `side` pixels."""
    if opened.format in ("JPEG", "MPO"):  # MPO: a JPEG with a second picture in it, as some phones make them
        # Decoded at half or a quarter where that is enough: most of the time goes into this.
        longest = max(opened.size)
        opened.draft("L", (max(1, opened.width * side // longest), max(1, opened.height * side // longest)))
    turned = 1
    with suppress(*_BROKEN):
        turned = opened.getexif().get(0x0112, 1)
    if opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info:
        seen = opened if opened.mode == "RGBA" else opened.convert("RGBA")
        ink = seen.convert("L")
        opened = Image.composite(ink, Image.new("L", ink.size, 255), seen.getchannel("A"))
    elif opened.mode.startswith("I") or opened.mode == "F":
        opened = _in_eight_bits(opened)
    grey = opened.convert("L")
    way = _TURNS.get(turned)
    return grey.transpose(way) if way is not None else grey


def _in_eight_bits(deep: Image.Image) -> Grey:
    """A picture of 16 bits or more, from its darkest point to its lightest."""
    low, high = (float(value) for value in deep.getextrema() if isinstance(value, int | float))
    scale = 255 / max(1.0, high - low)
    return deep.convert("F").point(lambda value: value * scale - low * scale).convert("L")


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


# Looking --------------------------------------------------------------------------------------------------


def _codes(grey: Grey) -> Found:
    """What is found, by ever stronger looks; the first three are always taken, so that no second code is missed."""
    found = _in(_at_most(grey, _FIRST_SIDE))
    if max(grey.size) > _FIRST_SIDE:
        found |= _in(_at_most(grey, _SECOND_SIDE))
    found |= _in(_enlarged(grey))
    for stronger in _stronger(grey):
        if found:
            break
        found = _in(stronger) or _in(stronger, zxingcpp.Binarizer.GlobalHistogram)
    return found


def _stronger(grey: Grey) -> Iterator[Grey]:
    """The picture made plainer in several ways, the ones that help most often first."""
    middle = _at_most(grey, _FIRST_SIDE)
    if max(grey.size) < _SMALL_SIDE:
        yield grey.resize((grey.width * 3, grey.height * 3), Image.Resampling.BICUBIC)
    yield ImageOps.autocontrast(middle, cutoff=2)
    yield _evenly_lit(middle)
    yield middle.filter(ImageFilter.GaussianBlur(1.5))
    yield middle.filter(ImageFilter.UnsharpMask(radius=3, percent=250, threshold=2))
    yield _evenly_lit(_at_most(grey, _FIRST_SIDE // 2))
    if max(grey.size) > _FIRST_SIDE:
        larger = _at_most(grey, _SECOND_SIDE)
        yield _evenly_lit(larger)
        yield larger.filter(ImageFilter.GaussianBlur(1))
        yield from _tiles(larger)
    for wide, high in ((1.5, 1.0), (1.0, 1.5), (2.0, 1.0), (1.0, 2.0)):  # seen from the side
        yield middle.resize((int(middle.width * wide), int(middle.height * high)), Image.Resampling.BICUBIC)
    for degrees in (30, 60):
        yield middle.rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


def _evenly_lit(grey: Grey) -> Grey:
    """Light and shadow taken out: each point against the mean around it."""
    radius = max(8, max(grey.size) // 24)
    around = grey.filter(ImageFilter.BoxBlur(radius))
    return ImageOps.autocontrast(ImageChops.subtract(grey, around, scale=1.0, offset=128), cutoff=1)


def _tiles(grey: Grey) -> Iterator[Grey]:
    """Parts of the picture that lap over each other, for a code that is small in it."""
    width, height = grey.size
    wide, high = int(width * (1 / _TILES + _OVERLAP / 2)), int(height * (1 / _TILES + _OVERLAP / 2))
    for row in range(_TILES):
        for column in range(_TILES):
            left = min(column * width // _TILES, width - wide)
            top = min(row * height // _TILES, height - high)
            yield ImageOps.autocontrast(grey.crop((left, top, left + wide, top + high)), cutoff=1)


def _at_most(grey: Grey, side: int) -> Grey:
    longest = max(grey.size)
    if longest <= side:
        return grey
    size = (max(1, grey.width * side // longest), max(1, grey.height * side // longest))
    return grey.resize(size, Image.Resampling.BOX, reducing_gap=2.0)


def _enlarged(grey: Grey) -> Grey:
    """Twice as large, at most _ENLARGED_SIDE: a code of two pixels a module is read where one of one is not."""
    times = min(2.0, _ENLARGED_SIDE / max(grey.size))
    size = (max(1, int(grey.width * times)), max(1, int(grey.height * times)))
    return grey.resize(size, Image.Resampling.BILINEAR)


def _in(grey: Grey, binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage) -> Found:
    width, height = grey.size
    if min(width, height) < _LEAST_SIDE:
        return {}
    view = memoryview(grey.tobytes()).cast("B", (height, width))
    found: Found = {}
    for code in zxingcpp.read_barcodes(view, formats=_QR, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer):
        place = code.position
        corners = (
            place.top_left,
            place.top_right,
            place.bottom_right,
            place.bottom_left,
        )  # of the code, however turned
        if code.text:
            top, left = (min(one.y for one in corners), min(one.x for one in corners))
            found.setdefault(code.text, (top * 1000 // height, left * 1000 // width))
    return found


# The process ----------------------------------------------------------------------------------------------


def main() -> None:
    """Read pictures on stdin, each behind its length, and answer each with JSON behind its length, to the end."""
    _shut_in()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(HEAD.size)) == HEAD.size:
        (length,) = HEAD.unpack(head)
        if length > LARGEST_BYTES:
            return
        answer = packed(look(source.read(length)))
        sink.write(HEAD.pack(len(answer)) + answer)
        sink.flush()


def _shut_in() -> None:
    """Limit the memory, and let no file and no connection be opened, whatever a picture makes of a decoder."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What is read from files when it is first needed is read now.
    from PIL import MpoImagePlugin, TiffImagePlugin  # noqa: F401

    Image.preinit()
    banks.everyone()
    read("xn--a-ecp.vn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))


if __name__ == "__main__":
    main()
