"""Photos of QR codes worse than people take them, drawn here: every one is known, and none is anybody's.

Beside tests/qr/pictures.py, whose sheets and tables they use: bent, crumpled, dirty, from a screen, from far, sent on.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from random import Random

import segno
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from bot.vietqr import build
from tests.qr import pictures
from tests.qr.pictures import Picture

BANKS = ("970436", "970415", "970422", "970405", "970407", "970416", "970418", "970423")
NOTES = ("", "mua rau", "thanh toan don hang 0412", "tien phan bon vu he thu 2026")
OTHERS = (
    "https://dichvucong.gov.vn/p/home/dvc-trang-chu.html",
    "https://vietcombank.com.vn.uu-dai.top/nhan-qua?ma=8812",
    "https://zalo.me/s/1234567890123456789/?utm_source=qr&env=production",
)
SIZES = ((4000, 3000), (3024, 4032), (1600, 1200), (1280, 960), (960, 1280))
_MESH = 12  # a sheet that is bent is bent in so many pieces each way


@dataclass(frozen=True, slots=True)
class Photo:
    """One file, and what its codes hold."""

    kind: str
    file: bytes
    texts: frozenset[str]


def photos(times: int, *, seed: int) -> list[Photo]:
    """So many of each kind; the same for the same seed."""
    return [_photo(kind, Random(f"{seed} {kind} {nth}")) for kind in KINDS for nth in range(times)]


def _photo(kind: str, chance: Random) -> Photo:
    picture, texts = KINDS[kind](chance)
    form = "JPEG" if picture.width * picture.height > 4_000_000 else chance.choice(("JPEG", "JPEG", "WEBP", "PNG"))
    options = {} if form == "PNG" else {"quality": chance.choice((50, 65, 80))}
    return Photo(kind, pictures.saved(picture, form, **options), frozenset(texts))


def _payload(chance: Random) -> str:
    if chance.random() < 0.2:
        return chance.choice(OTHERS)
    account = "".join(chance.choice("0123456789") for _ in range(chance.choice((9, 10, 13, 14))))
    amount = chance.choice((None, None, 35_000, 1_250_000))
    return build(chance.choice(BANKS), account, amount=amount, note=chance.choice(NOTES))


# Sheets and screens ---------------------------------------------------------------------------------------


def _sheet(chance: Random, text: str) -> Picture:
    return pictures.poster(text, module=chance.choice((6, 8, 10)))


def _screen(chance: Random, text: str, *, size: tuple[int, int] = (1080, 2340)) -> Picture:
    """A bank's app: a coloured page, a white card, a code of dots with a mark in its middle."""
    colour = tuple(chance.randrange(20, 200) for _ in range(3))
    light = Image.new("RGB", size, tuple(min(255, one + 90) for one in colour))
    page = Image.composite(Image.new("RGB", size, colour), light, Image.linear_gradient("L").resize(size))
    side = int(size[0] * chance.uniform(0.5, 0.75))
    card = (int(size[0] * 0.08), int(size[1] * 0.2), int(size[0] * 0.92), int(size[1] * 0.2) + int(side * 1.6))
    pen = ImageDraw.Draw(page)
    pen.rounded_rectangle(card, radius=40, fill="white")
    dots = _dots(text, side, chance.choice(((0, 0, 0), (10, 40, 110), (120, 10, 60))), chance.choice((0.6, 0.8, 1.0)))
    page.paste(dots, ((size[0] - side) // 2, card[1] + int(side * 0.2)))
    for row in range(5):
        pen.text((card[0] + 60, card[1] + int(side * 1.3) + row * 30), "NGUYEN THI SAU   0123456789", fill=colour)
    return page


def _dots(text: str, side: int, ink: tuple[int, int, int], round_: float) -> Picture:
    """A code whose modules are dots of `round_` of their size, its three finders whole, a mark in its middle."""
    rows = [list(row) for row in segno.make(text, error="h", micro=False).matrix_iter(border=4)]
    module = max(4, side * 2 // len(rows))
    drawn = Image.new("RGB", (module * len(rows),) * 2, "white")
    pen = ImageDraw.Draw(drawn)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if not is_dark:
                continue
            near_end = [one < 12 or one >= len(rows) - 12 for one in (x, y)]
            rest = 0.0 if round_ == 1.0 or (all(near_end) and min(x, y) < 12) else module * (1 - round_) / 2
            box = (x * module + rest, y * module + rest, (x + 1) * module - rest - 1, (y + 1) * module - rest - 1)
            (pen.ellipse if rest else pen.rectangle)(box, fill=ink)
    return pictures.with_logo(drawn, 0.16).resize((side, side), Image.Resampling.LANCZOS)


# What befalls them ----------------------------------------------------------------------------------------


def _laid(chance: Random, sheet: Picture, *, share: tuple[float, float] = (0.35, 0.8)) -> Picture:
    """On a table, a little turned and seen a little from the side."""
    size = chance.choice(SIZES)
    table = pictures.on_table(sheet, size=size, share=chance.uniform(*share), seed=chance.randrange(9_999))
    return _seen_from(chance, table, lean=0.2, turn=12)


def _seen_from(chance: Random, picture: Picture, *, lean: float, turn: float) -> Picture:
    turned = picture.rotate(chance.uniform(-turn, turn), resample=Image.Resampling.BICUBIC, fillcolor=(90, 70, 50))
    side = pictures.tilted(turned, chance.uniform(0, lean))
    quarter = chance.choice((None, None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180))
    return side.transpose(quarter) if quarter is not None else side


def _bent(picture: Picture, place: Callable[[float, float], tuple[float, float]]) -> Picture:
    """Each point taken from where `place` says; both in 0 to 1."""
    width, height = picture.size
    edges = [[step * side // _MESH for step in range(_MESH + 1)] for side in picture.size]
    pieces = []
    for left, right in zip(edges[0], edges[0][1:], strict=False):
        for top, low in zip(edges[1], edges[1][1:], strict=False):
            corners = ((left, top), (left, low), (right, low), (right, top))
            spots = [place(x / width, y / height) for x, y in corners]
            source = tuple(value * side for spot in spots for value, side in zip(spot, picture.size, strict=True))
            pieces.append(((left, top, right, low), source))
    return picture.transform(picture.size, Image.Transform.MESH, pieces, Image.Resampling.BICUBIC, fillcolor="white")


def _around_a_post(chance: Random, picture: Picture) -> Picture:
    bow = chance.uniform(0.5, 0.85)

    def place(x: float, y: float) -> tuple[float, float]:
        across = math.asin((x * 2 - 1) * bow) / math.asin(bow)
        return (across + 1) / 2, y + 0.05 * (1 - across * across)

    return _bent(picture, place)


def _crumpled(chance: Random, picture: Picture) -> Picture:
    waves = [(chance.uniform(4, 14), chance.uniform(0, 6), chance.uniform(0.002, 0.006)) for _ in range(4)]

    def place(x: float, y: float) -> tuple[float, float]:
        ways = (y, x, x + y, x - y)
        first, second, third, fourth = (
            high * math.sin(many * at + begin) for (many, begin, high), at in zip(waves, ways, strict=True)
        )
        return x + first + third, y + second + fourth

    return _bent(picture, place)


def _dirty(chance: Random, sheet: Picture) -> Picture:
    """Scratches, spots and a finger's worth of mud."""
    spoilt = sheet.copy()
    pen = ImageDraw.Draw(spoilt)
    for _ in range(chance.randrange(3, 7)):
        x, y = chance.randrange(sheet.width), chance.randrange(sheet.height)
        far = sheet.width // 4
        to = (x + chance.randrange(-far, far), y + chance.randrange(-far, far))
        pen.line(((x, y), to), fill=chance.choice(("white", (90, 60, 30))), width=chance.randrange(2, 7))
    for _ in range(chance.randrange(4, 10)):
        x, y, r = chance.randrange(sheet.width), chance.randrange(sheet.height), chance.randrange(4, 14)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(100, 75, 40))
    return spoilt


def _of_a_screen(chance: Random, picture: Picture) -> Picture:
    """Lines of the screen against those of the camera."""
    width, height = picture.size
    pitch, lean = chance.uniform(3, 7), chance.uniform(-0.4, 0.4)
    line = Image.new("L", (width + height, 1))
    line.putdata([int(205 + 50 * math.sin(2 * math.pi * x / pitch)) for x in range(width + height)])
    stripes = line.resize((width + height, height)).transform(
        picture.size, Image.Transform.AFFINE, (1, lean, height / 2, 0, 1, 0)
    )
    return ImageChops.multiply(picture, Image.merge("RGB", (stripes, stripes, stripes)))


def _sent_on(chance: Random, picture: Picture) -> Picture:
    """Made small and pressed hard, twice, as chats do."""
    for quality in (chance.choice((30, 40)), chance.choice((22, 30))):
        picture.thumbnail((chance.choice((640, 800)),) * 2, Image.Resampling.BILINEAR)
        picture = Image.open(BytesIO(pictures.saved(picture, quality=quality)))
    return picture


def _faded(chance: Random, sheet: Picture) -> Picture:
    pale = ImageEnhance.Contrast(sheet).enhance(chance.uniform(0.15, 0.35))
    return ImageChops.multiply(pale, Image.new("RGB", sheet.size, chance.choice(((255, 235, 190), (210, 230, 255)))))


def _full_shelf(chance: Random, text: str) -> Picture:
    """A small code among boxes, stripes and bar codes."""
    size = chance.choice(((4000, 3000), (3024, 4032)))
    photo = Image.new("RGB", size, (120, 110, 100))
    pen = ImageDraw.Draw(photo)
    for _ in range(160):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        wide, high = chance.randrange(60, 500), chance.randrange(60, 500)
        pen.rectangle((x, y, x + wide, y + high), fill=tuple(chance.randrange(256) for _ in range(3)))
        if chance.random() < 0.4:
            for at in range(x, x + wide, 12):
                pen.line(((at, y), (at, y + high)), fill="black", width=chance.randrange(1, 8))
    sheet = pictures.code(text, module=chance.choice((7, 9, 11)))
    photo.paste(sheet, (chance.randrange(size[0] - sheet.width), chance.randrange(size[1] - sheet.height)))
    return pictures.blurred(_seen_from(chance, photo, lean=0.1, turn=8), 1)


# Kinds ----------------------------------------------------------------------------------------------------

Drawn = tuple[Picture, set[str]]


def _of_sheet(spoil: Callable[[Random, Picture], Picture]) -> Callable[[Random], Drawn]:
    """A kind that befalls the sheet, which is then laid on a table."""

    def drawn(chance: Random) -> Drawn:
        text = _payload(chance)
        return _laid(chance, spoil(chance, _sheet(chance, text))), {text}

    return drawn


def _of_photo(spoil: Callable[[Random, Picture], Picture]) -> Callable[[Random], Drawn]:
    """A kind that befalls the photo of a sheet on a table."""

    def drawn(chance: Random) -> Drawn:
        text = _payload(chance)
        return spoil(chance, _laid(chance, _sheet(chance, text))), {text}

    return drawn


def _from_far(chance: Random) -> Drawn:
    text = _payload(chance)
    size = chance.choice(((4000, 3000), (3024, 4032)))
    table = pictures.on_table(_sheet(chance, text), size=size, share=chance.uniform(0.09, 0.16))
    return pictures.noisy(_seen_from(chance, table, lean=0.1, turn=10), 15), {text}


def _app(chance: Random) -> Drawn:
    text = _payload(chance)
    screen = _screen(chance, text)
    return (pictures.inverted(screen) if chance.random() < 0.3 else screen), {text}


def _screen_photographed(chance: Random) -> Drawn:
    text = _payload(chance)
    photo = _laid(chance, _of_a_screen(chance, _screen(chance, text, size=(900, 1600))), share=(0.8, 0.98))
    return pictures.blurred(photo, 1), {text}


def _two(chance: Random) -> Drawn:
    """A poster, and another of any size beside it or half over it."""
    texts = [_payload(chance), _payload(chance)]
    first, second = (_sheet(chance, text) for text in texts)
    second = second.resize((int(second.width * (scale := chance.uniform(0.3, 1))), int(second.height * scale)))
    both = (pictures.side_by_side if chance.random() < 0.5 else pictures.stuck_over)(first, second)
    return _laid(chance, both, share=(0.6, 0.9)), set(texts)


def _all_at_once(chance: Random) -> Drawn:
    text = _payload(chance)
    photo = _seen_from(chance, _laid(chance, _dirty(chance, _sheet(chance, text))), lean=0.3, turn=30)
    return pictures.noisy(pictures.in_shadow(pictures.dark(photo, 0.45)), 25), {text}


def _glare(chance: Random, photo: Picture) -> Picture:
    at = (chance.uniform(0.36, 0.64), chance.uniform(0.36, 0.64))
    return pictures.shiny(photo, at=at, size=chance.uniform(0.06, 0.13), strength=chance.uniform(0.6, 1.0))


def _blur(chance: Random, photo: Picture) -> Picture:
    return photo.filter(ImageFilter.GaussianBlur(max(photo.size) / 1600 * chance.uniform(1.0, 2.6)))


#: name -> one photo of it, and what its codes hold.
KINDS: dict[str, Callable[[Random], Drawn]] = {
    "a sheet on a table": _of_photo(lambda chance, photo: photo),
    "from the side": _of_photo(lambda chance, photo: _seen_from(chance, photo, lean=0.6, turn=45)),
    "dark": _of_photo(lambda chance, photo: pictures.noisy(pictures.dark(photo, chance.uniform(0.06, 0.3)), 12)),
    "shiny": _of_photo(_glare),
    "half in shadow": _of_photo(lambda chance, photo: pictures.in_shadow(photo)),
    "out of focus": _of_photo(_blur),
    "shaken": _of_photo(lambda chance, photo: pictures.shaken(photo, max(photo.size) // 160)),
    "faded": _of_sheet(_faded),
    "crumpled": _of_sheet(_crumpled),
    "around a post": _of_sheet(_around_a_post),
    "dirty": _of_sheet(_dirty),
    "from far": _from_far,
    "on a full shelf": lambda chance: (_full_shelf(chance, text := _payload(chance)), {text}),
    "screenshot of an app": _app,
    "screen photographed": _screen_photographed,
    "sent on twice": _of_photo(_sent_on),
    "two codes": _two,
    "all at once": _all_at_once,
}
