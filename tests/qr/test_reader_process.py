"""Pictures are decoded in a process of their own, and nothing that happens to it reaches the server."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from PIL import Image

from bot.events import PictureRead, SeenCode
from qr import reading
from qr.reader import MOST_WAITING, PictureReader
from tests.conftest import ROOT
from tests.qr import pictures

STATIC = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
GOOD = pictures.saved(pictures.code(STATIC))
READ = PictureRead(codes=(SeenCode("vietqr_transfer", STATIC),))


def process_of(reader: PictureReader) -> asyncio.subprocess.Process:
    process = reader._process
    assert process is not None
    return process


def is_alive(pid: int) -> bool:
    try:
        return status_of(pid).rsplit("State:", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def status_of(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def test_pictures_are_read_in_their_order_by_one_process() -> None:
    async def play() -> tuple[list[PictureRead], set[int]]:
        reader = PictureReader()
        read = await asyncio.gather(*(reader.look(one) for one in (GOOD, b"junk", GOOD)))
        pids = {process_of(reader).pid}
        read.append(await reader.look(GOOD))
        pids.add(process_of(reader).pid)
        await reader.close()
        return read, pids

    read, pids = asyncio.run(play())

    assert read == [READ, PictureRead(trouble="broken"), READ, READ]
    assert len(pids) == 1


def test_a_killed_process_costs_one_picture() -> None:
    async def play() -> list[PictureRead]:
        reader = PictureReader()
        read = [await reader.look(GOOD)]
        process_of(reader).send_signal(signal.SIGSTOP)
        asyncio.get_running_loop().call_later(0.3, process_of(reader).kill)
        read.append(await reader.look(GOOD))
        read.append(await reader.look(GOOD))
        await reader.close()
        return read

    assert asyncio.run(play()) == [READ, PictureRead(trouble="broken"), READ]


def test_a_process_that_hangs_is_ended() -> None:
    async def play() -> list[PictureRead]:
        reader = PictureReader(seconds=5.0)
        await reader.look(GOOD)
        reader._seconds = 0.3
        process_of(reader).send_signal(signal.SIGSTOP)
        read = [await reader.look(GOOD)]
        reader._seconds = 5.0
        read.append(await reader.look(GOOD))
        await reader.close()
        return read

    assert asyncio.run(play()) == [PictureRead(trouble="broken"), READ]


def test_it_ends_when_nobody_sends_a_picture() -> None:
    async def play() -> int:
        reader = PictureReader(idle_seconds=0.05)
        await reader.look(GOOD)
        process = process_of(reader)
        return await asyncio.wait_for(process.wait(), 5)

    assert asyncio.run(play()) == 0


def test_it_ends_when_the_server_is_killed() -> None:
    script = (
        "import asyncio, sys, time\n"
        "from qr.reader import PictureReader\n"
        "async def play():\n"
        "    reader = PictureReader()\n"
        "    await reader.look(b'x')\n"
        "    print(reader._process.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(play())\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert server.stdout is not None
    pid = int(server.stdout.readline())

    server.kill()
    server.wait()
    server.stdout.close()

    ends = monotonic() + 5
    while is_alive(pid) and monotonic() < ends:
        sleep(0.02)
    assert not is_alive(pid)


def test_secrets_of_the_server_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUADAM_SECRET_KEY", "never-to-be-seen")

    async def play() -> bytes:
        reader = PictureReader()
        await reader.look(GOOD)
        environment = environment_of(process_of(reader).pid)
        await reader.close()
        return environment

    assert b"never-to-be-seen" not in asyncio.run(play())


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def test_a_picture_that_wants_too_much_memory_is_refused() -> None:
    largest = pictures.saved(Image.new("RGBA", (5_400, 5_400), (0, 0, 0, 9)), "PNG")

    async def play() -> tuple[PictureRead, int, PictureRead]:
        reader = PictureReader()
        read = await reader.look(largest)
        status = status_of(process_of(reader).pid)
        most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        after = await reader.look(GOOD)
        await reader.close()
        return read, most * 1024, after

    read, most, after = asyncio.run(play())

    assert read.trouble in ("", "too_large")
    assert most < reading.MEMORY_BYTES
    assert after == READ


def test_too_many_at_once_are_asked_to_come_again() -> None:
    async def play() -> list[PictureRead]:
        reader = PictureReader()
        read = await asyncio.gather(*(reader.look(GOOD) for _ in range(MOST_WAITING + 2)))
        await reader.close()
        return read

    read = asyncio.run(play())

    assert [one.trouble for one in read].count("unreachable") == 2
    assert read.count(READ) == MOST_WAITING
