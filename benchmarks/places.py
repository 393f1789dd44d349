"""`python -m benchmarks.places TSV`: how often places.find is right, how long it takes, what the tables weigh.

The TSV has a head and the columns query, query_style, new_code: codes of communes parted by " | ", of which an
answer must hold one, or of a province (two digits), which the answer must name. Exit code 1 below 97 in 100, or
when a commune was given as found that lies in another province.
"""

import argparse
import csv
import tracemalloc
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

from benchmarks import report
from benchmarks.report import Table
from vietnamese import place_table, places

LEAST_RIGHT = 0.97

Verdict = Literal["found", "offered", "unknown", "wrong", "wrong province"]
RIGHT: tuple[Verdict, ...] = ("found", "offered")


@dataclass(frozen=True, slots=True)
class Asked:
    style: str
    verdict: Verdict
    seconds: float


def ask(row: dict[str, str]) -> Asked:
    codes = row["new_code"].split(" | ")
    started = perf_counter()
    found = places.find(row["query"])
    return Asked(row["query_style"], judge(found, codes), perf_counter() - started)


def judge(found: places.Found, codes: list[str]) -> Verdict:
    """What an answer is worth; a list is right when the commune is on it."""
    if len(codes[0]) == 2:
        return "found" if found.province and found.province[0] in codes else "unknown"
    given = [place.code for place in found.places]
    if set(given) & set(codes):
        return "found" if found.answer == "found" else "offered"
    if found.answer != "found":
        return "wrong" if given else "unknown"
    home = places.province_of(given[0])
    return "wrong" if home in {places.province_of(code) for code in codes} else "wrong province"


def tables(asked: list[Asked]) -> list[Table]:
    counts = {style: Counter(one.verdict for one in asked if one.style == style) for style in {a.style for a in asked}}
    counts["all"] = Counter(one.verdict for one in asked)
    head = ["style", "texts", "right", "found", "offered", "unknown", "wrong", "wrong province"]
    rows = [
        [style, str(count.total()), f"{share_right(count):.1%}", *(str(count[verdict]) for verdict in head[3:])]
        for style, count in sorted(counts.items(), key=lambda item: (item[0] == "all", item[0]))
    ]
    took = [f"{1e6 * report.percentile([one.seconds for one in asked], share):.0f}" for share in (0.5, 0.95, 1.0)]
    return [Table("places", head, rows), Table("microseconds a text", ("p50", "p95", "longest"), [took]), loading()]


def share_right(count: Counter[Verdict]) -> float:
    return sum(count[verdict] for verdict in RIGHT) / max(1, count.total())


def loading() -> Table:
    """What it costs to read the tables, measured once more after they have been read."""
    place_table.table.cache_clear()
    started = perf_counter()
    place_table.table()
    seconds = perf_counter() - started
    place_table.table.cache_clear()
    tracemalloc.start()
    place_table.table()
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    return Table("the tables", ("to read", "memory"), [(f"{1000 * seconds:.0f} ms", f"{megabytes:.1f} MB")])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.places", description=__doc__)
    parser.add_argument("tsv", type=Path)
    parser.add_argument("--style", choices=["text", "markdown"], default="text")
    options = parser.parse_args()
    with options.tsv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    places.find("")  # read the tables first
    asked = [ask(row) for row in rows]
    report.show(tables(asked), style=options.style)
    count = Counter(one.verdict for one in asked)
    if share_right(count) < LEAST_RIGHT or count["wrong province"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
