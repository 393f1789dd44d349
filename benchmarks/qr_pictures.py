"""How many photos of QR codes are read, and how long it takes.

    python -m benchmarks.qr_pictures [TIMES] [--seed SEED] [--show FOLDER]

Prints a Markdown table of so many photos (4) of each kind: how many gave all their codes and nothing else, and the
milliseconds of CPU (one core does the work). FOLDER takes those that did not, to be looked at. Then the time of 12
megapixels, with a code and without one. With a code they must be read within 300 ms in the median, or the exit code
is 1.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.qr_photos import Photo, photos
from qr.reading import look
from tests.qr import pictures

GOAL_MS = 300
LARGE = (4000, 3000)


def main() -> int:
    asked = _arguments()
    print("| Photo | Read | In the median, ms | Longest, ms |\n| --- | --- | --- | --- |")
    kinds: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for photo in photos(asked.times, seed=asked.seed):
        is_read, spent = _judged(photo)
        if not is_read and asked.show is not None:
            asked.show.mkdir(parents=True, exist_ok=True)
            (asked.show / f"{photo.kind} {len(kinds[photo.kind])}.jpg").write_bytes(photo.file)
        kinds[photo.kind].append((is_read, spent))
    for kind, rows in kinds.items():
        _row(kind, rows)
    _row("together", [row for rows in kinds.values() for row in rows])
    return int(_of_twelve_megapixels() > GOAL_MS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.qr_pictures")
    parser.add_argument("times", nargs="?", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", type=Path)
    return parser.parse_args()


def _judged(photo: Photo) -> tuple[bool, float]:
    """Whether all its codes were read and nothing else, and the milliseconds."""
    started = process_time()
    read = look(photo.file)
    spent = (process_time() - started) * 1000
    return {code.text for code in read.codes} == photo.texts, spent


def _row(kind: str, rows: list[tuple[bool, float]]) -> None:
    spent = [one for _, one in rows]
    print(f"| {kind} | {sum(ok for ok, _ in rows)} of {len(rows)} | {median(spent):.0f} | {max(spent):.0f} |")


def _of_twelve_megapixels() -> float:
    """The milliseconds of a photo with a code; prints them, and those of photos without one."""
    table = pictures.on_table(pictures.poster("https://dichvucong.gov.vn"), size=LARGE)
    empty = pictures.on_table(pictures.Image.new("RGB", (400, 300), "white"), size=LARGE)
    print("\n| 12 megapixels | In the median, ms | A megapixel, ms |\n| --- | --- | --- |")
    spent = []
    for name, picture in (("with a code", table), ("without one", empty), ("without one, much in it", _busy())):
        file = pictures.saved(picture, quality=85)
        spent.append(median(_judged(Photo(name, file, frozenset()))[1] for _ in range(7)))
        print(f"| {name} | {spent[-1]:.0f} | {spent[-1] / 12:.1f} |")
    return spent[0]


def _busy() -> pictures.Picture:
    """Noise of every size: the most that there is to look through."""
    photo = pictures.Image.effect_noise(LARGE, 40)
    for part in (4, 16, 64):
        coarse = pictures.Image.effect_noise((LARGE[0] // part, LARGE[1] // part), 90).resize(LARGE)
        photo = pictures.ImageChops.multiply(photo, coarse.point(lambda value: min(255, value + 90)))
    return photo.convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
