"""`python -m benchmarks.bulletin_sending [PEOPLE, 20000]`: a bulletin on its way to many, while residents learn.

A real `muadam serve` in a process of its own, a fake Zalo on loopback, one clock. Three bulletins to everybody: one
at the account's rate, paused after a minute and cancelled; one without a rate, until everybody has it; one without
a rate, paused in the middle and cancelled. The rate is far above that of a real account (100 a minute would take
PEOPLE / 100 minutes), so that a minute shows something. Exit code 1 when a sum does not add up to the person,
somebody got a bulletin twice, or a resident got anything but what the engine says.
"""

import argparse
import asyncio
import sys
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import uvloop

from benchmarks import report, residents, serving
from benchmarks.evidence import Evidence
from benchmarks.load import Load, after, until
from benchmarks.report import Table
from benchmarks.residents import Turn, Verdict
from benchmarks.serving import Process
from benchmarks.subscribers import Done, Team
from benchmarks.town import SendApi, Town
from benchmarks.wire import Client

CONNECTIONS = 32
CHATTING = 200
#: How long residents are listened to without a bulletin, to compare with.
ALONE_SECONDS = 20.0
#: How long nothing must come after a pause before it is believed.
HUSH_SECONDS = 3.0
#: However slow the machine is: after so long without what had to come, something is broken.
STUCK_SECONDS = 60.0
#: However slow: sends a second, below which something is broken as well.
SLOWEST = 20
#: What residents' answers are compared in: each with the account's rate or none, without a bulletin and with one.
RATED_ALONE, RATED = "at the rate, no bulletin", "at the rate, a bulletin"
FREE_ALONE, FREE = "no rate, no bulletin", "no rate, a bulletin"
#: About as long as a bulletin is: one message on Zalo, which takes 1,900 UTF-16 units.
WORDS = "Rain is heaviest on Thursday, 60 mm. " * 40


@dataclass(slots=True)
class Post:
    """What the platform took, in order: when (perf_counter) it took anything at all, when something for a subscriber,
    and for whom."""

    subscribers: frozenset[str]
    calls: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def note(self, address: str, _text: str, _message_id: str) -> None:
        now = perf_counter()
        self.calls.append(now)
        if address in self.subscribers:
            self.times.append(now)
            self.addresses.append(address)

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which residents wrote, with or without a bulletin on its way. `calls` are the times of all that the
    platform took, `sends` how many of them went to subscribers; `others` is how many cores other programs took."""

    name: str
    ended: float
    seconds: float
    calls: list[float]
    sends: int
    cpu_seconds: float
    others: float
    turns: list[Turn]

    @property
    def cores(self) -> float:
        return self.cpu_seconds / self.seconds

    @property
    def reply_seconds(self) -> list[float]:
        return [turn.replied_at - turn.sent_at for turn in self.turns if turn.replied_at]

    def busiest_minute(self) -> int:
        """The most calls in any 60 seconds."""
        return max((bisect(self.calls, at + 60) - nth for nth, at in enumerate(self.calls)), default=0)

    def steady_per_minute(self) -> float:
        """Calls a minute in the second half, when what an account may send at once is used up."""
        half = self.seconds / 2
        return (len(self.calls) - bisect(self.calls, self.ended - half)) * 60 / half


@dataclass(frozen=True, slots=True)
class Stop:
    """What left after the commit of a pause, the last of it after so many seconds; then it was cancelled."""

    name: str
    planned: int
    pause: Done
    sends_after: int
    last_after: float
    people: dict[str, int]
    got: Counter[str]

    @property
    def is_right(self) -> bool:
        """Everybody once at most, and the report adds up to the person."""
        is_once = max(self.got.values(), default=0) <= 1
        return is_once and sum(self.people.values()) == self.planned and self.people.get("sent", 0) == len(self.got)


@dataclass(slots=True)
class Figures:
    stretches: list[Stretch] = field(default_factory=list)
    releases: list[tuple[str, Done, float]] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    missed: int = 0
    doubled: int = 0
    verdict: Verdict = field(default_factory=lambda: Verdict(0, 0, 0, 0))

    @property
    def is_right(self) -> bool:
        return self.verdict.is_right and not (self.missed or self.doubled) and all(stop.is_right for stop in self.stops)


class Scene:
    """A server with subscribers, the team, and residents who write to it. Made by `run`."""

    def __init__(self, town: Town, api: SendApi, server: Process, team: Team, evidence: Evidence) -> None:
        self.town = town
        self.api = api
        self.team = team
        self.evidence = evidence
        self.post = Post(frozenset(town.silent))
        self.load = Load(town, Client(server.port, connections=CONNECTIONS))
        self._server = server
        api.on_taken = self.post.note

    async def release(self, number: int) -> tuple[int, Done]:
        return await asyncio.to_thread(self.team.release, f"{number}: {WORDS}")

    async def queued(self, bulletin: int) -> float:
        """Wait until everybody has a row of it; when that was."""
        at_most = STUCK_SECONDS + len(self.town.silent) / SLOWEST
        await until(lambda: self.evidence.is_queued(bulletin), seconds=at_most, what="everybody has a row")
        return perf_counter()

    async def stretch(
        self, name: str, is_over: Callable[[], bool], *, at_most: float, turns_a_second: float
    ) -> Stretch:
        """Residents write until it is over, which takes so many seconds; ends when they all have their answers."""
        has_ended = asyncio.Event()
        chats = asyncio.create_task(self.load.open_loop(rate=turns_a_second, is_over=has_ended.is_set))
        before = self._gauges()
        await until(is_over, seconds=STUCK_SECONDS + at_most, what=name)
        ended = perf_counter()
        seconds, calls, sends, cpu, own, machine = (
            now - then for now, then in zip(self._gauges(), before, strict=True)
        )
        has_ended.set()
        turns = await chats
        await until(lambda: all(map(_is_answered, turns)), seconds=STUCK_SECONDS, what="everybody is answered")
        taken = self.post.calls[int(before[1]) : int(before[1] + calls)]
        return Stretch(name, ended, seconds, taken, int(sends), cpu, max(0.0, machine - cpu - own) / seconds, turns)

    async def stop(self, name: str, bulletin: int, *, since: int) -> Stop:
        """Pause the bulletin, see what still leaves, cancel it, and read the report. `since` so many were sent
        before its release."""
        pause = await asyncio.to_thread(self.team.move, bulletin, "pause")
        await self._hush(pause.at)
        late = [at - pause.at for at in self.post.times[since:] if at > pause.at]
        await asyncio.to_thread(self.team.move, bulletin, "cancel")
        await until(lambda: self.evidence.has_ended(bulletin), seconds=STUCK_SECONDS, what="it has ended")
        return Stop(
            name=name,
            planned=self.evidence.planned(bulletin),
            pause=pause,
            sends_after=len(late),
            last_after=max(late, default=0.0),
            people=self.evidence.people_by_state(bulletin),
            got=Counter(self.post.addresses[since:]),
        )

    async def _hush(self, since: float) -> None:
        def is_hushed() -> bool:
            return perf_counter() - max(since, self.post.times[-1]) > HUSH_SECONDS

        await until(is_hushed, seconds=STUCK_SECONDS, what="nothing more leaves")

    def _gauges(self) -> tuple[float, ...]:
        own, server, machine = process_time(), self._server.cpu_seconds(), serving.machine_cpu_seconds()
        return perf_counter(), len(self.post.calls), len(self.post), server, own, machine


async def run(options: argparse.Namespace, folder: Path) -> Figures:
    talks = residents.make_talks(residents.load_book(), seed=options.seed)
    town = Town(talks, people=CHATTING, seed=options.seed, silent=options.people)
    async with SendApi(town, latency_seconds=options.latency) as api:
        environment = serving.settings(folder, api_url=api.url)
        command = serving.muadam()
        async with Process(command, folder=folder, environment=environment, has_own_core=True) as server:
            with Team(folder) as team:
                team.subscribe(town.silent)
                scene = Scene(town, api, server, team, Evidence(folder))
                figures = Figures()
                await _at_the_rate(scene, figures, options)
                await _as_fast_as_it_can(scene, figures, options)
                await _paused(scene, figures, options)
                await until(lambda: scene.evidence.open_rows() == 0, seconds=STUCK_SECONDS, what="all has left")
                learners = {address: one for address, one in town.residents.items() if one.talk}
                figures.verdict = residents.judge_all(learners)
                scene.load.client.close()
    return figures


async def _at_the_rate(scene: Scene, figures: Figures, options: argparse.Namespace) -> None:
    await asyncio.to_thread(scene.team.set_rate, options.rate_per_minute)
    turns = options.turns
    figures.stretches.append(
        await scene.stretch(RATED_ALONE, after(ALONE_SECONDS), at_most=ALONE_SECONDS, turns_a_second=turns)
    )
    since = len(scene.post)
    bulletin, released = await scene.release(1)
    queued = asyncio.create_task(scene.queued(bulletin))
    figures.stretches.append(
        await scene.stretch(RATED, after(options.seconds), at_most=options.seconds, turns_a_second=turns)
    )
    figures.releases.append((RATED, released, await queued - released.at))
    figures.stops.append(await scene.stop(RATED, bulletin, since=since))


async def _as_fast_as_it_can(scene: Scene, figures: Figures, options: argparse.Namespace) -> None:
    await asyncio.to_thread(scene.team.set_rate, 0)
    turns = options.turns
    figures.stretches.append(
        await scene.stretch(FREE_ALONE, after(ALONE_SECONDS), at_most=ALONE_SECONDS, turns_a_second=turns)
    )
    since = len(scene.post)
    bulletin, released = await scene.release(2)
    queued = asyncio.create_task(scene.queued(bulletin))
    is_sent = lambda: len(scene.post) - since >= options.people  # noqa: E731
    figures.stretches.append(await scene.stretch(FREE, is_sent, at_most=options.people / SLOWEST, turns_a_second=turns))
    figures.releases.append((FREE, released, await queued - released.at))
    await until(lambda: scene.evidence.has_ended(bulletin), seconds=STUCK_SECONDS, what="it is done")
    got = Counter(scene.post.addresses[since:])
    figures.missed, figures.doubled = options.people - len(got), sum(count > 1 for count in got.values())


async def _paused(scene: Scene, figures: Figures, options: argparse.Namespace) -> None:
    since = len(scene.post)
    bulletin, _ = await scene.release(3)
    is_half = lambda: len(scene.post) - since >= options.people / 2  # noqa: E731
    await until(is_half, seconds=STUCK_SECONDS + options.people / SLOWEST, what="half of it is sent")
    figures.stops.append(await scene.stop(FREE, bulletin, since=since))


def _is_answered(turn: Turn) -> bool:
    return turn.last < turn.first or turn.replied_at > 0


def tables(figures: Figures, options: argparse.Namespace) -> list[Table]:
    return [
        _sending(figures, options),
        _replies(figures, options),
        _releases(figures),
        _stops(figures),
        _right(figures),
    ]


def _sending(figures: Figures, options: argparse.Namespace) -> Table:
    """What the sends cost is what the server takes beyond the same residents without a bulletin."""
    rows = []
    for alone, sending in zip(figures.stretches[::2], figures.stretches[1::2], strict=True):
        cpu = sending.cpu_seconds - alone.cores * sending.seconds
        row = [sending.name, f"{sending.sends:,}", f"{sending.sends / sending.seconds:,.0f}"]
        rows.append(
            [*row, f"{sending.cores:.2f}", f"{1000 * cpu / max(1, sending.sends):.2f}", f"{sending.others:.2f}"]
        )
    rated = figures.stretches[1]
    rate = options.rate_per_minute
    shares = {"a minute later on": rated.steady_per_minute() / rate}
    if rated.seconds >= 60:
        shares = {"busiest minute": rated.busiest_minute() / rate} | shares
    rows += [[f"- {name}, of {rate:,} calls", f"{share:.2f}", "", "", "", ""] for name, share in shares.items()]
    title = f"a bulletin to {options.people:,} subscribers"
    head = ("", "sent", "a second", "server's cores", "its CPU s for 1,000", "cores that others took")
    return Table(title, head, rows)


def _replies(figures: Figures, options: argparse.Namespace) -> Table:
    rows = []
    for alone, sending in zip(figures.stretches[::2], figures.stretches[1::2], strict=True):
        pair = [report.latencies(one.reply_seconds) for one in (alone, sending)]
        rows += [(one.name, str(len(one.turns)), *said) for one, said in zip((alone, sending), pair, strict=True)]
        rows.append(
            ("- ratio", "", *(f"{float(b) / float(a):.1f}" if float(a) else "" for a, b in zip(*pair, strict=True)))
        )
    head = ("ms", "turns", "p50", "p95", "p99", "longest")
    return Table(f"webhook to first reply at the platform, {options.turns:g} turns a second", head, rows)


def _releases(figures: Figures) -> Table:
    rows = [(name, f"{done.seconds:.2f}", f"{queued:.2f}") for name, done, queued in figures.releases]
    return Table("seconds", ("", "plan and release", "until everybody is queued, while it sends"), rows)


def _stops(figures: Figures) -> Table:
    rows = []
    for stop in figures.stops:
        states = " + ".join(f"{count} {state}" for state, count in sorted(stop.people.items()))
        after_pause = (str(stop.sends_after), f"{1000 * stop.last_after:.0f}")
        adds_up = f"{states} = {stop.planned}" if stop.is_right else f"{states}: WRONG, {stop.planned} planned"
        rows.append((stop.name, f"{1000 * stop.pause.seconds:.0f}", *after_pause, adds_up))
    return Table(
        "paused, then cancelled", ("", "ms to commit", "sent after it", "the last, ms after it", "report"), rows
    )


def _right(figures: Figures) -> Table:
    verdict = figures.verdict
    counts = {
        "subscribers without the second bulletin": figures.missed,
        "subscribers who got it twice": figures.doubled,
        "residents' messages lost": verdict.lost,
        "doubled": verdict.doubled,
        "out of order": verdict.out_of_order,
        "with the wrong text": verdict.wrong,
    }
    rows = [(name, str(count), "WRONG" if count else "right") for name, count in counts.items()]
    return Table("right?", ("", "count", ""), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulletin_sending", description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=20_000, help="subscribers")
    parser.add_argument("--rate-per-minute", type=int, default=6_000, help="what the account may send")
    parser.add_argument("--seconds", type=float, default=60, help="how long it is sent at that rate")
    parser.add_argument("--turns", type=float, default=10, help="how many residents' turns a second meanwhile")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds that the send API takes")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other residents")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="muadam-sending-") as name:
        machine = report.machine(Path(name))
        serving.keep_to_first_core()
        figures = uvloop.run(run(options, Path(name)))
    report.show([machine, *tables(figures, options)], style="markdown" if options.markdown else "text")
    return 0 if figures.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
