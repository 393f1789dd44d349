"""The process in which pictures of strangers are decoded: begun with the first, limited in memory, ended when idle.

The process is qr/reading.py, which is given one picture at a time on its stdin, and can open no file and no connection.
Whatever becomes of it (killed, out of memory, caught in an endless picture), the picture is answered as a broken one,
and the next gets a new process. When the server dies, stdin ends, and so does it.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import structlog

from bot.events import PictureRead
from qr.pipe import HEAD, LARGEST_BYTES, LONGEST_ANSWER, unpacked

#: A picture of twelve megapixels takes a tenth of a second; the first one waits for the process to begin.
SECONDS_A_PICTURE = 8.0
IDLE_SECONDS = 60.0
#: More pictures than this waiting: who sends another is asked to send it again.
MOST_WAITING = 16

_ROOT = Path(__file__).resolve().parent.parent

log = structlog.get_logger()


class PictureReader:
    """Gives pictures to the process, in the order in which they come."""

    def __init__(self, *, seconds: float = SECONDS_A_PICTURE, idle_seconds: float = IDLE_SECONDS) -> None:
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._rest: asyncio.TimerHandle | None = None

    async def look(self, picture: bytes) -> PictureRead:
        """What `qr.reading.look` says of the picture. Never raises."""
        if len(picture) > LARGEST_BYTES:
            return PictureRead(trouble="too_large")
        if self._waiting >= MOST_WAITING:
            return PictureRead(trouble="unreachable")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._look(picture)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process, if one runs; it is begun again when another picture comes."""
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _look(self, picture: bytes) -> PictureRead:
        if self._rest is not None:
            self._rest.cancel()
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(picture)
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            log.warning("picture_reader_ended", error=type(error).__name__, bytes=len(picture))
            await self.close()
            return PictureRead(trouble="broken")
        except asyncio.CancelledError:
            await self.close()  # its answer is still to come, and would be taken for that of the next picture
            raise
        self._rest = asyncio.get_running_loop().call_later(self._idle_seconds, self._tire)
        return answer

    async def _ask(self, picture: bytes) -> PictureRead:
        process = self._process = self._process if self._is_alive() else await self._begin()
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(HEAD.pack(len(picture)))
        process.stdin.write(picture)
        await process.stdin.drain()
        (length,) = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
        if length > LONGEST_ANSWER:
            raise ValueError(length)
        return unpacked(await process.stdout.readexactly(length))

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _begin(self) -> asyncio.subprocess.Process:
        # Nothing of our environment: it holds the secrets of the accounts.
        environment = {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the folder that the server runs in is no place for modules
            "-m",
            "qr.reading",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )

    def _tire(self) -> None:
        self._rest = None
        if self._process is not None and not self._turn.locked() and self._process.stdin is not None:
            self._process.stdin.close()  # it ends by itself
            self._process = None
