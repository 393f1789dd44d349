"""The voice: what is given to the program, what comes of its sound, and what when it fails."""

import struct
import sys
import wave
from io import BytesIO
from pathlib import Path

import pytest

from bulletins.audio import AudioError, Reason, find_program, speak

#: A WAV of four samples with the sizes that a program writes which cannot know them.
UNSIZED = (
    b"RIFF\xff\xff\xff\x7fWAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 22_050, 44_100, 2, 16)
    + b"data\xff\xff\xff\x7f"
    + b"\0\1" * 4
)


def program(folder: Path, body: str) -> str:
    """A stand-in for espeak-ng that runs `body`."""
    path = folder / "espeak-ng"
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_without_a_program_there_is_no_sound() -> None:
    assert speak("Kính thưa bà con.", program=None) is None


def test_without_words_there_is_no_sound(tmp_path: Path) -> None:
    assert speak(" \n", program=program(tmp_path, "sys.exit(1)")) is None


def test_the_text_goes_in_as_it_is_and_the_sound_gets_its_length(tmp_path: Path) -> None:
    heard, options = tmp_path / "heard", tmp_path / "options"
    body = (
        f"open({str(heard)!r}, 'wb').write(sys.stdin.buffer.read())\n"
        f"open({str(options)!r}, 'w').write(' '.join(sys.argv[1:]))\n"
        f"sys.stdout.buffer.write({UNSIZED!r})"
    )

    sound = speak("--version; $(rm) bà con", program=program(tmp_path, body))

    assert sound is not None
    with wave.open(BytesIO(sound)) as read:
        assert (read.getnframes(), read.getframerate(), read.getnchannels()) == (4, 22_050, 1)
    assert heard.read_text(encoding="utf-8") == "--version; $(rm) bà con"
    assert options.read_text(encoding="utf-8") == "-v vi -s 140 -b 1 --stdin --stdout"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("sys.exit(2)", "failed", id="it fails"),
        pytest.param("sys.stdin.read()", "no_sound", id="it says nothing"),
        pytest.param("sys.stdin.read(); print('Error')", "no_sound", id="it writes words"),
        pytest.param(f"sys.stdin.read(); sys.stdout.buffer.write({UNSIZED[:44]!r})", "no_sound", id="it is silent"),
        pytest.param("time.sleep(60)", "slow", id="it never ends"),
    ],
)
def test_a_program_that_fails_has_a_reason(tmp_path: Path, body: str, reason: Reason) -> None:
    with pytest.raises(AudioError) as failed:
        speak("bà con", program=program(tmp_path, body), longest_seconds=1.5)

    assert failed.value.reason == reason


def test_a_program_that_is_not_there_any_more_has_a_reason(tmp_path: Path) -> None:
    with pytest.raises(AudioError) as failed:
        speak("bà con", program=str(tmp_path / "espeak-ng"))

    assert failed.value.reason == "failed"


def test_the_program_is_looked_for_where_programs_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program() is None

    path = program(tmp_path, "")

    assert find_program() == path


@pytest.mark.skipif(find_program() is None, reason="espeak-ng is not installed")
def test_the_real_program_speaks_vietnamese() -> None:
    short, long = (speak(text, program=find_program()) for text in ("Mưa to.", "Mưa to. " * 10))

    assert short is not None
    assert long is not None
    with wave.open(BytesIO(short)) as first, wave.open(BytesIO(long)) as second:
        assert 0.3 < first.getnframes() / first.getframerate() < 5
        assert second.getnframes() > 5 * first.getnframes()
