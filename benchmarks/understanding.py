"""How well texts are understood: accuracy by label and by kind of noise, confusions, time, memory.

    .venv/bin/python -m benchmarks.understanding UTTERANCES.tsv
    .venv/bin/python -m benchmarks.understanding UTTERANCES.tsv --misses
    .venv/bin/python -m benchmarks.understanding TEST.tsv --train TRAIN.tsv [--strip-accents]

A TSV has a head line; of its columns `text` and `label` must be there, `noise_kind` (tags joined by +) and
`alt_labels` (labels that are right too, joined by commas) may be. Without --train the texts are read with the
lessons and phrases of lessons.yaml, as `muadam understand` does; with it, by a matcher that knows nothing but
the texts of TRAIN.tsv, so that any public set of intents can be run through it.
"""

import argparse
import csv
import statistics
import sys
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.matching import OUT_OF_SCOPE, Matcher, Reading
from bot.understanding import DANGEROUS, Reader
from lessons.loader import load_files
from lessons.schema import Book
from vietnamese.fold import fold

MEBIBYTE = 1024 * 1024
CONFUSIONS_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Row:
    """An utterance, the labels that are right, the first of them the one it was written for."""

    text: str
    labels: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What was read, and in how many microseconds (the better of two tries: the machine is shared)."""

    row: Row
    reading: Reading
    microseconds: float

    @property
    def is_right(self) -> bool:
        return self.reading.intent in self.row.labels


def main() -> None:
    """Read the file named, print the tables."""
    options = _options()
    rows = read_rows(options.utterances)
    memory = memory_of(options.train) if options.memory else None
    read, took = built(options.train)
    if options.strip_accents:
        rows = [Row(fold(row.text), row.labels, row.kinds) for row in rows]
    results = [measured(read, row) for row in rows]
    print_tables(results)
    print(f"built in {took:.1f} s")
    if memory is not None:
        print(f"memory: {memory / MEBIBYTE:.1f} MiB")
    if options.misses:
        print_misses(results)


def built(train: Path | None) -> tuple[Callable[[str], Reading], float]:
    """What reads a text, learnt just now, and in how many seconds."""
    if train is not None:
        texts = read_rows(train)
        started = time.perf_counter()
        return trained(texts), time.perf_counter() - started
    book = _book()
    started = time.perf_counter()
    return Reader(book).intent, time.perf_counter() - started


def memory_of(train: Path | None) -> int:
    """Bytes that are held by a reader, the texts it was built from included; builds one more, slowly."""
    tracemalloc.start()
    kept = built(train)
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return memory


def read_rows(path: Path) -> list[Row]:
    """The rows of a TSV; exits with a sentence when a column is missing."""
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t")
        if not {"text", "label"}.issubset(table.fieldnames or ()):
            sys.exit(f"{path}: the first line must name the columns text and label")
        return [_row(line) for line in table]


def trained(rows: Iterable[Row]) -> Callable[[str], Reading]:
    """The `match` of a matcher that was given these texts and nothing else."""
    phrases: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        phrases[row.labels[0]].append(row.text)
    return Matcher.from_phrases(phrases).match


def measured(read: Callable[[str], Reading], row: Row) -> Result:
    """What `read` makes of a row."""
    times = []
    for _ in range(2):
        started = time.perf_counter()
        reading = read(row.text)
        times.append((time.perf_counter() - started) * 1e6)
    return Result(row, reading, min(times))


def print_tables(results: list[Result]) -> None:
    """Accuracy as a whole, by label and by kind; rejection; what was taken for what; microseconds."""
    print(f"all: {_share(results)}")
    in_scope = [one for one in results if one.row.labels[0] != OUT_OF_SCOPE]
    print(f"in scope: {_share(in_scope)}")
    print(f"out of scope, rejected: {_share([one for one in results if one.row.labels[0] == OUT_OF_SCOPE])}")
    wrong = [one for one in results if not one.is_right and one.reading.intent in DANGEROUS]
    print(f"wrongly erased, unsubscribed or subscribed: {len(wrong)} of {len(results)}")
    _print_by("kind of noise", results, lambda one: one.row.kinds)
    _print_by("label", results, lambda one: one.row.labels[:1])
    print("\ntaken for another")
    pairs = Counter((one.row.labels[0], one.reading.intent) for one in results if not one.is_right)
    for (label, intent), count in pairs.most_common(CONFUSIONS_SHOWN):
        print(f"  {count:4}  {label} -> {intent}")
    times = sorted(one.microseconds for one in results)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    print(f"\nmicroseconds a text: median {statistics.median(times):.0f}, p99 {p99:.0f}, most {times[-1]:.0f}")


def print_misses(results: Iterable[Result]) -> None:
    """Every text that was read wrong."""
    for one in results:
        if not one.is_right:
            reading = one.reading
            read = f"{reading.intent} {reading.score:.2f} ({reading.runner_up})"
            print(f"{'/'.join(one.row.labels)}\t{read}\t{'+'.join(one.row.kinds)}\t{one.row.text}")


def _print_by(title: str, results: list[Result], keys: Callable[[Result], Iterable[str]]) -> None:
    groups: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        for key in keys(one):
            groups[key].append(one)
    print(f"\nby {title}")
    for key in sorted(groups):
        print(f"  {key:20} {_share(groups[key])}")


def _share(results: list[Result]) -> str:
    right = sum(one.is_right for one in results)
    return f"{right:4} of {len(results):4}  {100 * right / max(1, len(results)):5.1f} %"


def _row(line: dict[str, str]) -> Row:
    others = [label.strip() for label in (line.get("alt_labels") or "").split(",") if label.strip()]
    kinds = (line.get("noise_kind") or "").split("+")
    return Row(line["text"], (line["label"], *others), tuple(kind for kind in kinds if kind))


def _book() -> Book:
    library = load_files(Path("lessons.yaml"), timezone=ZoneInfo("Asia/Ho_Chi_Minh"))
    if library.book is None:
        sys.exit("the lesson files cannot be read: see `muadam lint`")
    return library.book


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("utterances", type=Path)
    parser.add_argument("--train", type=Path, help="texts and labels to learn from, instead of the lessons")
    parser.add_argument("--strip-accents", action="store_true", help="read the texts without their accents")
    parser.add_argument("--memory", action="store_true", help="say how much memory the reader holds")
    parser.add_argument("--misses", action="store_true", help="print every text that was read wrong")
    return parser.parse_args()


if __name__ == "__main__":
    main()
