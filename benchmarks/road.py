"""`python -m benchmarks.road`: how fast the road of a message is, and that it is right at that speed.

In one run, on one clock, against a real `muadam serve` and a fake Zalo on loopback: reference servers that
only check the signature, the start, webhook to ack, the outbox drained, the whole way with 32 turns under
way, and turns at a rate. Exit code 1 when a resident got anything but what the engine says, once, in order.
"""

import argparse
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import uvloop

from benchmarks import report, residents, serving
from benchmarks.evidence import Evidence
from benchmarks.load import Load, TookTooLong, after, until
from benchmarks.report import Table
from benchmarks.residents import Turn
from benchmarks.serving import Process
from benchmarks.town import SendApi, Town
from benchmarks.wire import Client

IN_FLIGHT = 32
#: However slow the machine is: after so long without what had to come, something is broken.
STUCK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """How many in how long, at what cost of the server's CPU."""

    name: str
    count: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        return 1000 * self.cpu_seconds / max(1, self.count)


@dataclass(slots=True)
class Figures:
    """What a run measured."""

    throughputs: list[Throughput] = field(default_factory=list)
    starts: list[tuple[str, float, float]] = field(default_factory=list)
    megabytes_after: float = 0.0
    at_rate: list[Turn] = field(default_factory=list)
    cpu_at_rate: float = 0.0
    others_at_rate: float = 0.0
    lateness: list[float] = field(default_factory=list)
    correctness: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return all(verdict != "WRONG" for _, _, verdict in self.correctness)


class Run:
    """One run of everything, in turn."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.figures = Figures()
        self._options = options
        self._folder = folder
        self._evidence = Evidence(folder)
        self._talks = residents.make_talks(residents.load_book(), seed=options.seed)
        self._town = Town(self._talks, people=options.people, seed=options.seed)
        self._seconds = max(1.0, options.seconds / 5)

    async def run(self) -> Figures:
        await self._reference("fastapi", "FastAPI handler, signature, 200")
        await self._reference("plain", "plain ASGI, signature, 200")
        async with SendApi(self._town) as api:
            await self._acks(api)
            async with self._muadam("again", api) as server:
                await self._drain(api, server)
                await self._whole_way(api, server)
        return self.figures

    def _process(self, command: list[str], environment: dict[str, str]) -> Process:
        return Process(command, folder=self._folder, environment=environment, has_own_core=True)

    @asynccontextmanager
    async def _muadam(self, name: str, api: SendApi, *options: str) -> AsyncIterator[Process]:
        settings = serving.settings(self._folder, api_url=api.url)
        async with self._process(serving.muadam(*options), settings) as server:
            self.figures.starts.append((name, server.ready_seconds, server.resident_megabytes()))
            yield server

    async def _reference(self, kind: str, name: str) -> None:
        town = Town(self._talks, people=500, seed=0)
        async with self._process(serving.reference(kind), {}) as server:
            load = Load(town, Client(server.port, connections=IN_FLIGHT))
            await self._closed_loop(name, load, server, to="ack")
            load.client.close()

    async def _acks(self, api: SendApi) -> None:
        """Webhook to ack, durable, by a server that does not send."""
        async with self._muadam("first start", api, "--no-work") as server:
            load = Load(self._town, Client(server.port, connections=IN_FLIGHT))
            await self._closed_loop("muadam, webhook to ack", load, server, to="ack")
            load.client.close()

    async def _drain(self, api: SendApi, server: Process) -> None:
        """Everything that was queued meanwhile leaves: the sender alone."""
        cpu, started, calls = server.cpu_seconds(), perf_counter(), api.calls
        await self._empty_outbox()
        calls, seconds, cpu = api.calls - calls, perf_counter() - started, server.cpu_seconds() - cpu
        self.figures.throughputs.append(Throughput("muadam, outbox to platform", calls, seconds, cpu))

    async def _whole_way(self, api: SendApi, server: Process) -> None:
        """Webhook to reply: as many as can be, then at the rate; and whether all of it was right."""
        load = Load(self._town, Client(server.port, connections=IN_FLIGHT))
        api.on_answered = load.answered
        if self._options.echoes:
            api.on_taken = load.echo
        await self._closed_loop("muadam, webhook to reply", load, server, to="reply")
        await self._at_rate(load, server)
        self.figures.lateness = load.lateness
        await self._be_quiet(load)
        self.figures.megabytes_after = server.resident_megabytes()
        self.figures.correctness = _correctness(load, api, self._evidence)
        load.client.close()

    async def _at_rate(self, load: Load, server: Process) -> None:
        cpu, own, machine, started = server.cpu_seconds(), process_time(), serving.machine_cpu_seconds(), perf_counter()
        rate, is_over = self._options.rate, after(self._options.seconds)
        self.figures.at_rate = await load.open_loop(rate=rate, is_over=is_over)
        self.figures.cpu_at_rate = server.cpu_seconds() - cpu
        others = serving.machine_cpu_seconds() - machine - self.figures.cpu_at_rate - (process_time() - own)
        self.figures.others_at_rate = max(0.0, others / (perf_counter() - started))

    async def _closed_loop(self, name: str, load: Load, server: Process, *, to: str) -> None:
        cpu, started = server.cpu_seconds(), perf_counter()
        turns = await load.closed_loop(in_flight=IN_FLIGHT, seconds=self._seconds, until=to)
        seconds, cpu = perf_counter() - started, server.cpu_seconds() - cpu
        self.figures.throughputs.append(Throughput(name, len(turns), seconds, cpu))

    async def _empty_outbox(self) -> None:
        await until(lambda: self._evidence.open_rows() == 0, seconds=STUCK_SECONDS, what="the outbox is empty")

    async def _be_quiet(self, load: Load) -> None:
        """Wait until nothing more can come. What does not come in time shows as lost."""
        with suppress(TookTooLong):
            await until(lambda: load.town.is_quiet, seconds=STUCK_SECONDS, what="everybody is answered")
        await self._empty_outbox()
        await load.settled()


def _correctness(load: Load, api: SendApi, evidence: Evidence) -> list[tuple[str, int, str]]:
    """What everybody got, compared with what he must get."""
    town, forged, copies, statuses = load.town, load.forgeries, load.duplicates, load.statuses
    verdict = residents.judge_all(town.residents)
    other_statuses = sum(count for status, count in statuses.items() if status not in (0, 200, 503))
    return [
        ("turns accepted", len(town.turns), ""),
        ("messages taken by the platform", api.calls, ""),
        ("messages lost", *_counted(verdict.lost)),
        ("messages doubled", *_counted(verdict.doubled)),
        ("residents answered out of order", *_counted(verdict.out_of_order)),
        ("messages with the wrong text", *_counted(verdict.wrong)),
        ("messages to nobody", *_counted(api.strangers)),
        ("learners in the wrong state", *_counted(evidence.wrong_states(town.residents))),
        ("turns that met a bug", *_counted(evidence.failed_turns())),
        ("duplicates posted", copies.total(), ""),
        ("duplicates not answered 200", *_counted(copies.total() - copies[200])),
        ("forgeries posted", forged.total(), ""),
        ("forgeries not answered 401", *_counted(forged.total() - forged[401])),
        ("webhooks refused with 503, posted again", statuses[503], ""),
        ("webhooks unanswered, posted again", statuses[0], ""),
        ("webhooks answered otherwise", *_counted(other_statuses)),
    ]


def _counted(count: int) -> tuple[int, str]:
    return count, "WRONG" if count else "right"


def tables(figures: Figures, options: argparse.Namespace) -> list[Table]:
    base = figures.throughputs[0].per_second
    speed = [
        (one.name, f"{one.per_second:,.0f}", f"{one.per_second / base:.2f}", f"{one.cpu_milliseconds:.3f}")
        for one in figures.throughputs
    ]
    acks = [turn.acked_at - turn.sent_at for turn in figures.at_rate if turn.acked_at]
    replies = [turn.replied_at - turn.sent_at for turn in figures.at_rate if turn.replied_at]
    delays = [
        ("webhook to ack", *report.latencies(acks)),
        ("webhook to first reply posted", *report.latencies(replies)),
        ("the load program itself late", *report.latencies(figures.lateness)),
    ]
    cpu = 1000 * figures.cpu_at_rate / max(1, len(figures.at_rate))
    starts = [(name, f"{seconds:.2f}", f"{megabytes:.0f}") for name, seconds, megabytes in figures.starts]
    return [
        Table(f"{IN_FLIGHT} under way", ("", "per second", "of the FastAPI handler", "CPU ms each"), speed),
        Table(
            f"{options.rate:g} turns a second: {len(figures.at_rate)} turns, {cpu:.2f} ms CPU each",
            ("ms", "p50", "p95", "p99", "longest"),
            [*delays, ("cores that others took meanwhile", f"{figures.others_at_rate:.2f}", "", "", "")],
        ),
        Table(
            "start and memory",
            ("", "seconds until ready", "MB resident"),
            [*starts, ("after the load", "", f"{figures.megabytes_after:.0f}")],
        ),
        Table("right?", ("", "count", ""), [(name, str(n), verdict) for name, n, verdict in figures.correctness]),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.road", description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="turns a second of the open loop")
    parser.add_argument("--seconds", type=float, default=20, help="how long the open loop runs")
    parser.add_argument("--people", type=int, default=2000, help="residents at a time")
    parser.add_argument("--echoes", action="store_true", help="the platform echoes every message, as Zalo can")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other residents")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="muadam-bench-") as name:
        machine = report.machine(Path(name))
        serving.keep_to_first_core()
        figures = uvloop.run(Run(options, Path(name)).run())
    report.show([machine, *tables(figures, options)], style="markdown" if options.markdown else "text")
    return 0 if figures.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
