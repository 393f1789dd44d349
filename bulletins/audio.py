"""A script as a WAV sound, by the speech program espeak-ng where it is installed.

Knows no bulletin and no channel. Source: the manual page espeak-ng(1), version 1.51.

    AudioError(reason)      the program is there and gave no sound
"""

import shutil
import struct
import subprocess
from typing import Literal

PROGRAM = "espeak-ng"
#: Words a minute; the program's own 175 is too fast for a loudspeaker in the open.
SPEED = "140"
LONGEST_SECONDS = 60.0

Reason = Literal["slow", "failed", "no_sound"]


class AudioError(Exception):
    """`reason` says which sentence the page shows; the text is for the log."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason


def find_program() -> str | None:
    """Where the program is; None: this machine cannot speak."""
    return shutil.which(PROGRAM)


def speak(text: str, *, program: str | None, longest_seconds: float = LONGEST_SECONDS) -> bytes | None:
    """The text as WAV, mono; None without a program or without words. Raises AudioError.

    The text goes in by its standard input, so that nothing of it can be read as an option.
    """
    if program is None or not text.strip():
        return None
    command = [program, "-v", "vi", "-s", SPEED, "-b", "1", "--stdin", "--stdout"]
    try:
        # Started without a shell, from a path of this machine and fixed options.
        done = subprocess.run(  # noqa: S603
            command, input=text.encode(), capture_output=True, timeout=longest_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AudioError("slow") from error
    except OSError as error:
        raise AudioError("failed", error.strerror or "") from error
    if done.returncode != 0:
        raise AudioError("failed", f"exit {done.returncode}")
    return _with_true_sizes(done.stdout)


def _with_true_sizes(sound: bytes) -> bytes:
    """The same sound with its length in the header, which the program cannot know while it writes to a pipe.

    Players show hours without it. Raises AudioError when it is no WAV, or an empty one.
    """
    data = sound.find(b"data", 12)
    if sound[:4] != b"RIFF" or sound[8:12] != b"WAVE" or data < 0 or len(sound) <= data + 8:
        raise AudioError("no_sound")
    size, rest = struct.pack("<I", len(sound) - 8), struct.pack("<I", len(sound) - data - 8)
    return sound[:4] + size + sound[8 : data + 4] + rest + sound[data + 8 :]
