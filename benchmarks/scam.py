"""How well messages and addresses are judged: recall, false alarms by kind, time, and the wrong rows.

    .venv/bin/python -m benchmarks.scam MESSAGES.tsv [--wrong]
    .venv/bin/python -m benchmarks.scam HOSTS.tsv [--wrong]
    .venv/bin/python -m benchmarks.scam --folds 8 [--wrong]

A TSV has a head line. Messages: `text`, `label` (scam or legit), and a `type` by which they are counted. Hosts: `url`,
`label` (phish or benign), `brand` (whose name is imitated) and `category`. lessons/scam_signs.yaml is what judges.
With --folds its own examples are judged, each part by what was learnt from the other parts; the signs have seen them.
"""

import argparse
import csv
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.scam import Checker, Verdict
from lessons.loader import load_files
from lessons.signs import ScamSigns

BAD = frozenset({"scam", "phish"})
SHOWN = 110  # characters of a wrong row


@dataclass(frozen=True, slots=True)
class Row:
    """What is judged, whether it is bad, its kind, and whether a name is imitated (of hosts)."""

    text: str
    is_bad: bool
    kind: str
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict, and milliseconds (the better of two tries: the machine is shared)."""

    row: Row
    verdict: Verdict
    milliseconds: float

    @property
    def is_wrong(self) -> bool:
        return (self.verdict.level == "danger") != self.row.is_bad or (
            not self.row.is_bad and self.verdict.level == "caution"
        )


def main() -> None:
    """Judge what is named, print the tables."""
    options = _options()
    signs = load_files(Path("lessons.yaml"), timezone=ZoneInfo("Asia/Ho_Chi_Minh")).signs
    if signs is None:
        sys.exit("lessons.yaml names no signs of scams that can be read")
    if options.folds:
        results = list(folded(signs, options.folds))
    else:
        checker = Checker(signs)
        results = [measured(checker, row) for row in read_rows(options.file)]
    print_tables(results)
    if options.wrong:
        for one in results:
            if one.is_wrong:
                print(f"{one.verdict.level:14} {one.row.kind}: {one.row.text[:SHOWN]}")


def read_rows(path: Path) -> list[Row]:
    """The rows of a TSV; exits with a sentence when a column is missing."""
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t")
        columns = set(table.fieldnames or ())
        if not ({"text", "label"} <= columns or {"url", "label"} <= columns):
            sys.exit(f"{path}: the first line must name the columns text and label, or url and label")
        return [
            Row(
                line.get("text") or line.get("url") or "",
                line["label"] in BAD,
                line.get("type") or line.get("category") or "",
                line.get("brand") or "",
            )
            for line in table
        ]


def folded(signs: ScamSigns, folds: int) -> Iterator[Result]:
    """The examples of the signs, part by part, each judged by a checker that did not learn from it."""
    examples = signs.examples
    if examples is None:
        sys.exit("lessons/scam_signs.yaml has no examples")
    told = [Row(text, is_bad=True, kind="scam") for text in examples.scam]
    told += [Row(text, is_bad=False, kind="legit") for text in examples.legit]
    for nth in range(folds):
        kept = [row for at, row in enumerate(told) if at % folds != nth]
        without = examples.model_copy(
            update={
                "scam": tuple(row.text for row in kept if row.is_bad),
                "legit": tuple(row.text for row in kept if not row.is_bad),
            }
        )
        checker = Checker(signs.model_copy(update={"examples": without}))
        yield from (measured(checker, row) for row in told[nth::folds])


def measured(checker: Checker, row: Row) -> Result:
    times = []
    for _ in range(2):
        started = time.perf_counter()
        verdict = checker.check(row.text)
        times.append((time.perf_counter() - started) * 1e3)
    return Result(row, verdict, min(times))


def print_tables(results: Sequence[Result]) -> None:
    """Recall, false alarms, by kind; milliseconds."""
    bad = [one for one in results if one.row.is_bad]
    print(f"bad, {len(bad)}: {_levels(bad)}")
    branded = [one for one in bad if one.row.brand]
    if branded:
        print(f"of these imitating a name, {len(branded)}: {_levels(branded)}")
    good = [one for one in results if not one.row.is_bad]
    print(f"good, {len(good)}: {_levels(good)}")
    kinds: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        kinds[f"{'bad ' if one.row.is_bad else 'good'} {one.row.kind}"].append(one)
    for kind, listed in sorted(kinds.items()):
        print(f"  {kind} ({len(listed)}): {_levels(listed)}")
    times = sorted(one.milliseconds for one in results)
    if times:
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        print(f"milliseconds each: median {statistics.median(times):.2f}, p99 {p99:.2f}, most {times[-1]:.2f}")


def _levels(results: Sequence[Result]) -> str:
    counts = Counter(one.verdict.level for one in results)
    total = max(1, len(results))
    return ", ".join(f"{level} {counts[level] / total:.1%}" for level in ("danger", "caution", "no_sign_found"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    if (options.file is None) == (options.folds == 0):
        parser.error("name a TSV, or give --folds")
    return options


if __name__ == "__main__":
    main()
