"""Photos of QR codes as people take them: drawn here, so that every one is known and none is anybody's."""

import io
import random
from collections.abc import Callable

import segno
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Picture = Image.Image
Corners = tuple[tuple[float, float], ...]


def code(text: str, *, module: int = 8, border: int = 4, error: str = "m", dark: str = "black") -> Picture:
    """A plain code as a bank's app draws it."""
    kept = io.BytesIO()
    segno.make(text, error=error, micro=False).save(kept, kind="png", scale=module, border=border, dark=dark)
    return Image.open(kept).convert("RGB")


def poster(text: str, *, module: int = 8) -> Picture:
    """A code on paper, with words around it."""
    drawn = code(text, module=module)
    paper = Image.new("RGB", (drawn.width + 120, drawn.height + 260), "white")
    paper.paste(drawn, (60, 130))
    pen = ImageDraw.Draw(paper)
    pen.rectangle((20, 20, paper.width - 20, 100), fill=(20, 90, 160))
    pen.text((40, 50), "TAP HOA BA SAU", fill="white")
    pen.text((60, paper.height - 90), "NGAN HANG  0123456789", fill="black")
    return paper


def on_table(paper: Picture, *, size: tuple[int, int] = (1600, 1200), share: float = 0.6, seed: int = 1) -> Picture:
    """The paper on a table of wood, `share` of the shorter side long."""
    random.seed(seed)
    table = Image.effect_noise((size[0] // 8, size[1] // 8), 40).resize(size).convert("RGB")
    table = ImageChops.multiply(table, Image.new("RGB", size, (190, 140, 90)))
    side = int(min(size) * share)
    scale = side / max(paper.size)
    small = paper.resize((int(paper.width * scale), int(paper.height * scale)), Image.Resampling.LANCZOS)
    at = ((size[0] - small.width) // 2 + random.randint(-40, 40), (size[1] - small.height) // 2)
    table.paste(small, at)
    return table


def rotated(picture: Picture, degrees: float) -> Picture:
    return picture.rotate(degrees, expand=True, fillcolor=(120, 100, 80), resample=Image.Resampling.BICUBIC)


def tilted(picture: Picture, lean: float) -> Picture:
    """Seen from the side: the left edge shorter than the right by `lean` of the height."""
    width, height = picture.size
    cut = height * lean / 2
    seen = ((0, cut), (width * (1 - lean / 2), 0), (width * (1 - lean / 2), height), (0, height - cut))
    source = ((0, 0), (width, 0), (width, height), (0, height))
    way = _perspective(seen, source)
    return picture.transform(picture.size, Image.Transform.PERSPECTIVE, way, Image.Resampling.BICUBIC)


def _perspective(seen: Corners, source: Corners) -> list[float]:
    """The eight numbers that lead from a point that is seen to that of the source, by four points of each."""
    rows = []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(8):
            if other != column:
                factor = rows[other][column]
                rows[other] = [value - factor * one for value, one in zip(rows[other], rows[column], strict=True)]
    return [row[8] for row in rows]


def dark(picture: Picture, light: float = 0.18) -> Picture:
    return picture.point(lambda value: int(value * light) + 4)


def low_contrast(picture: Picture) -> Picture:
    return picture.point(lambda value: 120 + int(value * 0.16))


def shiny(
    picture: Picture, *, at: tuple[float, float] = (0.42, 0.45), size: float = 0.22, strength: float = 1.0
) -> Picture:
    """With the reflection of a lamp."""
    light = Image.radial_gradient("L").point(lambda value: max(0, 255 - int(value * 1.15)))
    side = int(max(picture.size) * size * 2)
    glow = Image.new("L", picture.size, 0)
    spot = light.resize((side, side)).point(lambda value: int(value * strength))
    glow.paste(spot, (int(picture.width * at[0]) - side // 2, int(picture.height * at[1]) - side // 2))
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, glow)


def in_shadow(picture: Picture) -> Picture:
    """Light from one side only."""
    shade = Image.linear_gradient("L").rotate(90).resize(picture.size).point(lambda value: 25 + int(value * 0.85))
    return ImageChops.multiply(picture, Image.merge("RGB", (shade, shade, shade)))


def noisy(picture: Picture, sigma: float = 60) -> Picture:
    noise = Image.effect_noise(picture.size, sigma).convert("RGB")
    return ImageChops.add(picture, noise, scale=1.0, offset=-128)


def blurred(picture: Picture, radius: float) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(radius))


def shaken(picture: Picture, pixels: int) -> Picture:
    """Moved sideways while it was taken."""
    kernel = [0.0] * 25
    for column in range(5):
        kernel[10 + column] = 1.0
    moved = picture
    for _ in range(max(1, pixels // 4)):
        moved = moved.filter(ImageFilter.Kernel((5, 5), kernel))
    return moved


def inverted(picture: Picture) -> Picture:
    return ImageOps.invert(picture)


def with_logo(picture: Picture, share: float = 0.2) -> Picture:
    covered = picture.copy()
    half = int(min(picture.size) * share / 2)
    middle = (picture.width // 2, picture.height // 2)
    box = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    ImageDraw.Draw(covered).ellipse(box, fill=(200, 20, 40), outline="white", width=4)
    return covered


def side_by_side(first: Picture, second: Picture) -> Picture:
    both = Image.new("RGB", (first.width + second.width + 60, max(first.height, second.height)), "white")
    both.paste(first, (0, 0))
    both.paste(second, (first.width + 60, 0))
    return both


def stuck_over(below: Picture, sticker: Picture) -> Picture:
    """A sticker over a part of another poster, whose own code stays in sight."""
    both = Image.new("RGB", (below.width, below.height + sticker.height // 2 + 80), "white")
    both.paste(below, (0, 0))
    both.paste(
        sticker.resize((sticker.width * 3 // 4, sticker.height * 3 // 4)).rotate(4, fillcolor="white"),
        (30, below.height - 40),
    )
    return both


def saved(picture: Picture, kind: str = "JPEG", **options: object) -> bytes:
    kept = io.BytesIO()
    if kind == "JPEG":
        options.setdefault("quality", 70)
    picture.save(kept, kind, **options)
    return kept.getvalue()


#: name -> how a photo of a poster is spoilt.
SPOILT: dict[str, Callable[[Picture], Picture]] = {
    "plain": lambda p: p,
    "turned 20": lambda p: rotated(p, 20),
    "turned 45": lambda p: rotated(p, 45),
    "upside down": lambda p: rotated(p, 180),
    "tilted": lambda p: tilted(p, 0.35),
    "tilted much": lambda p: tilted(p, 0.6),
    "dark": lambda p: dark(p, 0.18),
    "very dark": lambda p: dark(p, 0.07),
    "low contrast": low_contrast,
    "shiny": lambda p: shiny(p, size=0.12, strength=0.8),
    "shiny over a finder": lambda p: shiny(p, at=(0.4, 0.42), size=0.1, strength=0.75),
    "in shadow": in_shadow,
    "noisy": noisy,
    "blurred 2": lambda p: blurred(p, 2),
    "blurred 4": lambda p: blurred(p, 4),
    "shaken": lambda p: shaken(p, 12),
    "dark, tilted, noisy": lambda p: noisy(dark(tilted(p, 0.3), 0.4), 25),
    "turned, shiny, shadow": lambda p: shiny(in_shadow(rotated(p, 12)), size=0.1, strength=0.7),
    "inverted": inverted,
}
