"""A server process of its own: started, watched through /proc, killed (Linux alone).

Knows no load. Where there are two cores the process may get one of its own, so that the load program and the
server do not take each other's time.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from benchmarks.residents import IDENTITY, ROOT

READY_SECONDS = 60.0
STOP_SECONDS = 30.0


class DidNotStart(Exception):
    """The process ended, or was silent for too long; the text is what it said."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def settings(folder: Path, *, api_url: str) -> dict[str, str]:
    """The environment of a server whose only platform is the fake at `api_url`, without a rate."""
    return {
        "MUADAM_DATA_DIR": str(folder),
        "MUADAM_LESSONS": str(ROOT / "lessons.yaml"),
        "MUADAM_ZALO_APP_ID": IDENTITY.app_id,
        "MUADAM_ZALO_APP_SECRET": IDENTITY.app_secret,
        "MUADAM_ZALO_OA_ID": IDENTITY.oa_id,
        "MUADAM_ZALO_OA_SECRET": IDENTITY.oa_secret,
        "MUADAM_ZALO_ACCESS_TOKEN": "access-0",
        "MUADAM_ZALO_REFRESH_TOKEN": "refresh-0",
        "MUADAM_ZALO_API_URL": api_url,
        "MUADAM_ZALO_OAUTH_URL": api_url,
        "MUADAM_ZALO_RATE_PER_MINUTE": "0",
    }


def muadam(*options: str) -> list[str]:
    return [sys.executable, str(ROOT / "muadam.py"), "serve", *options]


def reference(kind: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.reference", kind]


class Process:
    """One server on one port; it may be started again after it has ended, on the same port.

    `async with Process(...) as server:` stops it at the end, whatever happens.
    """

    def __init__(
        self, command: list[str], *, folder: Path, environment: Mapping[str, str], has_own_core: bool = False
    ) -> None:
        self.port = free_port()
        self.ready_seconds = 0.0
        self._command = [*command, "--port", str(self.port)]
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MUADAM_")}
        self._environment = kept | {"PYTHONPATH": str(ROOT)} | dict(environment)
        self._has_own_core = has_own_core
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> "Process":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None, "start it first"
        return self._process.pid

    @property
    def log(self) -> Path:
        return self._folder / "server.log"

    async def start(self) -> None:
        """Start it and wait until it says that it is ready. Raises DidNotStart."""
        started = perf_counter()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,  # no .env of a developer here
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        if self._has_own_core:
            _give_core(self._process.pid, 1)
        try:
            async with asyncio.timeout(READY_SECONDS):
                said = await asyncio.to_thread(self._process.stdout.readline)  # type: ignore[union-attr]
        except TimeoutError:
            await self._end(signal.SIGKILL)
            raise DidNotStart(f"not ready after {READY_SECONDS:.0f} seconds") from None
        if b"is ready" not in said:
            await self._end(signal.SIGKILL)
            raise DidNotStart(self.log.read_text(encoding="utf-8")[-2_000:])
        self.ready_seconds = perf_counter() - started

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and wait until it has ended by itself."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            await asyncio.to_thread(process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()

    def resident_megabytes(self) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self) -> float:
        """User and system time of all threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_cpu_seconds() -> float:
    """What all processes of the machine have used of all cores so far."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _waiting, *interrupts = map(int, fields[:7])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def keep_to_first_core() -> None:
    """The load program's own core."""
    _give_core(0, 0)


def _give_core(pid: int, number: int) -> None:
    cores = sorted(_CORES)
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[number]})


_CORES = os.sched_getaffinity(0)
