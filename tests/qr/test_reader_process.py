"""Pictures are decoded in a process of their own, and nothing that happens to it reaches the server."""

import asyncio
import errno
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from PIL import Image

from bot.events import PictureRead, SeenCode
from qr import reading
from qr.pipe import HEAD
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


def test_an_answer_that_nobody_waits_for_is_not_given_to_the_next() -> None:
    other = pictures.saved(pictures.code("https://abc.top/x"))

    async def play() -> PictureRead:
        reader = PictureReader()
        await reader.look(GOOD)
        process_of(reader).send_signal(signal.SIGSTOP)
        given_up = asyncio.create_task(reader.look(other))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        given_up.cancel()
        process_of(reader).send_signal(signal.SIGCONT)
        read = await reader.look(GOOD)
        await asyncio.gather(given_up, return_exceptions=True)
        await reader.close()
        return read

    assert asyncio.run(play()) == READ


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HEAD.pack(2**32 - 1) + bytes(64), id="endless"),
        pytest.param(HEAD.pack(4) + b"junk", id="no JSON"),
        pytest.param(HEAD.pack(2) + b"[]", id="no object"),
        pytest.param(HEAD.pack(33) + b'{"codes": [{"a": 1}], "trouble": ""}'[:33], id="cut"),
        pytest.param(HEAD.pack(36) + b'{"codes": [{"a": 1}], "trouble": ""}', id="no code"),
    ],
)
def test_a_process_that_answers_nonsense_is_ended(answer: bytes) -> None:
    async def play() -> tuple[PictureRead, PictureRead]:
        reader = PictureReader()
        await reader.look(GOOD)
        reader._process = gone_wrong = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            f"import sys; sys.stdout.buffer.write({answer!r}); sys.stdout.flush(); sys.stdin.read()",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        read = await reader.look(GOOD)
        after = await reader.look(GOOD)
        await gone_wrong.wait()
        await reader.close()
        return read, after

    assert asyncio.run(play()) == (PictureRead(trouble="broken"), READ)


def test_the_process_can_open_no_file_and_no_connection() -> None:
    script = (
        "import socket\n"
        "from qr import reading\n"
        "reading._shut_in()\n"
        "for way in (lambda: open('/etc/hostname'), socket.socket):\n"
        "    try:\n"
        "        way()\n"
        "    except OSError as error:\n"
        "        print(error.errno)\n"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, text=True, check=True)

    assert said.stdout.split() == [str(errno.EMFILE)] * 2


def _with_exif(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 3
    return pictures.saved(pictures.code(STATIC), kind, exif=exif.tobytes())


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        pytest.param(_with_exif("JPEG"), "vietqr_transfer", id="jpeg"),
        pytest.param(_with_exif("PNG"), "vietqr_transfer", id="png"),
        pytest.param(_with_exif("WEBP"), "vietqr_transfer", id="webp"),
        pytest.param(
            pictures.saved(pictures.code(STATIC), "MPO", save_all=True, append_images=[pictures.code("x")]),
            "vietqr_transfer",
            id="a jpeg with a second picture",
        ),
        *(
            pytest.param(pictures.saved(pictures.code(text)), kind, id=text)
            for text, kind in (
                ("abc.vn", "link"),
                ("bảo-hiểm.vn", "link"),
                ("http://xn--bohim-9ta1i.vn/a", "link"),
                ("Xin chào bà con", "text"),
                ("012345678901|123456789|A|01021960|Nam|B|01012022", "citizen_card"),
            )
        ),
    ],
)
def test_whatever_comes_first_needs_no_file(picture: bytes, kind: str) -> None:
    async def play() -> PictureRead:
        reader = PictureReader()
        read = await reader.look(picture)
        await reader.close()
        return read

    assert [code.kind for code in asyncio.run(play()).codes] == [kind]


def test_modules_of_the_folder_that_the_server_runs_in_are_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zxingcpp.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)

    async def play() -> PictureRead:
        reader = PictureReader()
        read = await reader.look(GOOD)
        await reader.close()
        return read

    assert asyncio.run(play()) == READ


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
