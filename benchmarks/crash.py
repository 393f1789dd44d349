"""`python -m benchmarks.crash`: what survives when the server is killed, or the platform misbehaves.

Residents write at a rate while a real `muadam serve` is killed and started again, or while the send API is
slow, refuses, hangs up, hangs or talks nonsense. A webhook whose 200 was not seen is posted again, the same
bytes. At the end, when nothing more can come, residents are asked what they got. Exit code 1 when something
was lost, reordered or wrong, or was doubled that need not have been.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Literal

import uvloop

from benchmarks import report, residents, serving
from benchmarks.evidence import Evidence
from benchmarks.load import Load, TookTooLong, until
from benchmarks.report import Table
from benchmarks.residents import Exchange, Resident, Verdict
from benchmarks.serving import Process
from benchmarks.town import FAULTS, Fault, SendApi, Sent, Town
from benchmarks.wire import Client

CONNECTIONS = 32
#: However slow the machine is: after so long without what had to come, something is broken.
STUCK_SECONDS = 120.0

End = Literal["kill", "sigterm"]


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What the server is put through: so many turns, and in the midst of them it is ended so often."""

    turns: int
    ends: int = 0
    by: End = "kill"
    fault: Fault | None = None
    rate: float = 200.0
    latency_seconds: float = 0.02
    people: int = 2000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Doubled:
    """A message that a resident got again. `was_answered`: the API had answered the first one by the kill."""

    address: str
    was_answered: bool


@dataclass(slots=True)
class Outcome:
    """What became of everything, when nothing more can come. `late` says what did not come in time."""

    accepted: int
    verdict: Verdict
    wrong_states: int
    failed_turns: int
    rows: dict[str, int]
    load: Load
    api: SendApi
    ends: "_Ends"
    doubled: list[Doubled]
    late: str

    @property
    def never_answered(self) -> int:
        """Doubled messages whose first call the server cannot have seen the answer of."""
        return sum(not one.was_answered for one in self.doubled)

    @property
    def beyond_in_flight(self) -> int:
        """Doubled messages that were not being sent when the server was killed: there may be none."""
        allowed = Counter(self.ends.in_flight)
        return sum((Counter(one.address for one in self.doubled) - allowed).values())

    @property
    def is_right(self) -> bool:
        verdict = self.verdict
        is_complete = not (verdict.lost or verdict.out_of_order or verdict.wrong or self.late)
        return is_complete and not (self.wrong_states or self.failed_turns or self.beyond_in_flight)


async def run(ordeal: Ordeal, talks: list[tuple[Exchange, ...]], folder: Path) -> Outcome:
    """Put a server through it, and see."""
    town = Town(talks, people=ordeal.people, seed=ordeal.seed)
    async with SendApi(town, latency_seconds=ordeal.latency_seconds, fault=ordeal.fault) as api:
        environment = serving.settings(folder, api_url=api.url)
        async with Process(serving.muadam(), folder=folder, environment=environment) as server:
            load = Load(town, Client(server.port, connections=CONNECTIONS))
            if ordeal.fault in ("drop", "hang"):
                api.on_taken = load.echo  # only the echo can tell what became of such a call
            evidence = Evidence(folder)
            ends = _Ends(ordeal, server, evidence, load)
            ending = asyncio.create_task(ends.run())
            await load.open_loop(rate=ordeal.rate, is_over=ending.done)
            await ending
            api.end_faults()
            late = await _quiet(town, evidence)
            await load.settled()
            load.client.close()
        return Outcome(
            accepted=sum(turn.acked_at > 0 for turn in town.turns),
            verdict=residents.judge_all(town.residents),
            wrong_states=evidence.wrong_states(town.residents),
            failed_turns=evidence.failed_turns(),
            rows=evidence.rows_by_state(),
            load=load,
            api=api,
            ends=ends,
            doubled=[one for resident in town.residents.values() for one in _doubled(api, ends, resident)],
            late=late,
        )


class _Ends:
    """Ends the server between two turns that were accepted, starts it again, and notes what was in flight."""

    def __init__(self, ordeal: Ordeal, server: Process, evidence: Evidence, load: Load) -> None:
        self._ordeal = ordeal
        self._server = server
        self._evidence = evidence
        self._load = load
        self.restarts: list[float] = []
        self.in_flight: list[str] = []
        self.moments: list[float] = []

    async def run(self) -> None:
        """Done when all turns have been accepted."""
        turns, ends = self._ordeal.turns, self._ordeal.ends
        choose = random.Random(self._ordeal.seed)
        for number in range(ends):
            await self._accepted(int(turns * (number + choose.uniform(0.5, 1.5)) / (ends + 1)))
            self.moments.append(perf_counter())
            if self._ordeal.by == "kill":
                await self._server.kill()
            else:
                await self._server.stop()
            self.in_flight += self._evidence.being_sent()
            await self._server.start()
            self.restarts.append(self._server.ready_seconds)
        await self._accepted(turns)

    async def _accepted(self, turns: int) -> None:
        what = f"{turns} turns accepted"
        await until(lambda: self._load.statuses[200] >= turns, seconds=STUCK_SECONDS, what=what)


async def _quiet(town: Town, evidence: Evidence) -> str:
    """Wait until nothing more can come; what did not come in time."""
    try:
        await until(lambda: evidence.open_rows() == 0, seconds=STUCK_SECONDS, what="the outbox is empty")
        await until(lambda: town.is_quiet, seconds=5, what="everybody is answered")
    except TookTooLong as error:
        return str(error)
    return ""


def _doubled(api: SendApi, ends: _Ends, resident: Resident) -> list[Doubled]:
    """The resident's messages that came once too often, each with a copy that was not answered, if any."""
    sent = api.sent.get(resident.address, [])
    unanswered = Counter(one.message for one in sent if not _was_answered(one, ends))
    found = []
    for message, count in (Counter(resident.received) - Counter(resident.expected)).items():
        for _ in range(count if message in resident.expected else 0):
            found.append(Doubled(resident.address, was_answered=unanswered[message] == 0))
            unanswered[message] = max(0, unanswered[message] - 1)
    return found


def _was_answered(sent: Sent, ends: _Ends) -> bool:
    """Had the API answered while the server that had called was still there?"""
    answered_at = sent.answered_at
    return answered_at is not None and not any(sent.at <= moment < answered_at for moment in ends.moments)


def tables(ordeal: Ordeal, outcome: Outcome) -> list[Table]:
    verdict, load, api, ends = outcome.verdict, outcome.load, outcome.api, outcome.ends
    what = [f"{ordeal.ends} x {'kill -9' if ordeal.by == 'kill' else 'SIGTERM'}"] if ordeal.ends else []
    what += [f"send API: {ordeal.fault}, {api.faults} of {api.calls} calls"] if ordeal.fault else []
    rows = [
        ("turns accepted", outcome.accepted),
        ("messages taken by the platform", sum(map(len, api.sent.values()))),
        ("messages lost", verdict.lost),
        ("residents answered out of order", verdict.out_of_order),
        ("messages with the wrong text", verdict.wrong),
        ("learners in the wrong state", outcome.wrong_states),
        ("turns that met a bug", outcome.failed_turns),
        ("messages doubled", len(outcome.doubled)),
        *(_about_doubled(outcome) if ordeal.ends else []),
        ("webhooks posted again: no answer", load.statuses[0]),
        ("webhooks posted again: 503", load.statuses[503]),
        ("duplicates posted", load.duplicates.total()),
        ("forgeries not answered 401", load.forgeries.total() - load.forgeries[401] - load.forgeries[0]),
        *((f"outbox rows {state}", count) for state, count in outcome.rows.items()),
    ]
    restarts = ", ".join(f"{seconds:.2f}" for seconds in ends.restarts)
    about = [("restarts, seconds until ready", restarts)] if restarts else []
    about += [("not in time", outcome.late)] if outcome.late else []
    title = f"{', '.join(what)} at {ordeal.rate:g} turns a second: {'RIGHT' if outcome.is_right else 'WRONG'}"
    return [Table(title, ("", "count"), [*((name, str(count)) for name, count in rows), *about])]


def _about_doubled(outcome: Outcome) -> list[tuple[str, int]]:
    answered = len(outcome.doubled) - outcome.never_answered
    return [
        ("- the platform had not answered the first copy", outcome.never_answered),
        ("- it had, and the server ended before that was written down", answered),
        ("- not being sent when the server ended", outcome.beyond_in_flight),
        ("messages being sent when the server ended", len(outcome.ends.in_flight)),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__)
    parser.add_argument("--kills", type=int, help="how often the server is ended (5; 0 with --fault)")
    parser.add_argument("--sigterm", action="store_true", help="end it with SIGTERM in place of kill -9")
    parser.add_argument("--fault", choices=FAULTS, help="what is wrong with the send API")
    parser.add_argument("--rate", type=float, default=200, help="turns a second")
    parser.add_argument("--seconds", type=float, default=15, help="how long the load lasts, if nothing stops it")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds that the send API takes")
    parser.add_argument("--people", type=int, default=2000, help="residents at a time")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other residents and other moments")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(arguments)
    ordeal = Ordeal(
        turns=int(options.rate * options.seconds),
        ends=options.kills if options.kills is not None else 0 if options.fault else 5,
        by="sigterm" if options.sigterm else "kill",
        fault=options.fault,
        rate=options.rate,
        latency_seconds=options.latency,
        people=options.people,
        seed=options.seed,
    )
    talks = residents.make_talks(residents.load_book(), seed=ordeal.seed)
    with TemporaryDirectory(prefix="muadam-crash-") as name:
        outcome = uvloop.run(run(ordeal, talks, Path(name)))
    report.show(tables(ordeal, outcome), style="markdown" if options.markdown else "text")
    return 0 if outcome.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
