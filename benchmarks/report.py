"""Figures as tables: for a terminal, or as Markdown for docs/performance.md."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_markdown(self) -> str:
        lines = [f"**{self.title}**", "", _line(self.head), _line(["---"] * len(self.head))]
        return "\n".join([*lines, *(_line(row) for row in self.rows), ""])

    def as_text(self) -> str:
        widths = [max(len(row[i]) for row in (self.head, *self.rows)) for i in range(len(self.head))]
        rows = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (self.head, *self.rows)
        )
        return "\n".join([self.title, *(f"  {row}" for row in rows), ""])


def show(tables: Sequence[Table], *, style: str) -> None:
    """Print the tables as "text" or "markdown"."""
    for table in tables:
        print(table.as_markdown() if style == "markdown" else table.as_text())


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values (0 to 1) do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def latencies(seconds: Sequence[float]) -> list[str]:
    """p50, p95, p99 and the longest, in milliseconds."""
    return [f"{1000 * percentile(seconds, share):.1f}" for share in (0.5, 0.95, 0.99, 1.0)]


def machine(folder: Path) -> Table:
    """What the figures depend on: cores, how busy they are with other things, and what an fsync costs."""
    rows = [
        ("cores", str(len(os.sched_getaffinity(0)))),
        ("load average before", f"{os.getloadavg()[0]:.2f}"),
        ("fsync of 4 kB, p50", f"{1000 * _fsync_seconds(folder):.2f} ms"),
    ]
    return Table("machine", ("", ""), rows)


def _fsync_seconds(folder: Path) -> float:
    found = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            started = perf_counter()
            os.fsync(file.fileno())
            found.append(perf_counter() - started)
    return percentile(found, 0.5)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
