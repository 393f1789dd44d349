"""One broken file a rule: each is found where it is broken, said in words, and nothing else is found.

broken/CODE.yaml is a lesson that takes the place of bai-sau.yaml in the clean library; CODE.edit.yaml says
what to replace in one of its files. The first line has the expected line (in another file: FILE:LINE) and
a part of the sentence; `# repeat: N` repeats the last line, `# also: CODE` names what comes along with it.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import lessons
from lessons.findings import messages
from tests.lessons.library_on_disk import HERE, findings, load, write_clean

REPLACED = "lessons/library/bai-sau.yaml"
BROKEN = sorted((HERE / "broken").iterdir())
EXPECT = re.compile(r"# expect: (?:(\S+\.yaml):)?(\d+): (.*)")
#: Functions that take a code first; what they are called with must be in lint_messages.yaml.
REPORTERS = {"mark", "finding", "_fault", "Fault", "Unread", "report", "_at"}

#: Found by playing transcripts, which lessons/ cannot do: see tests/test_commands.py.
NEEDS_THE_ENGINE = {"transcript_changed"}
#: Found when pictures are drawn, which lint does not do: see test_pictures.py.
NEEDS_DRAWING = {"drawing_twice", "part_kind", "unknown_icon", "words_too_wide", "drawing_too_tall"}


@dataclass(frozen=True)
class Expectation:
    code: str
    file: str
    line: int
    words: str
    also: str


def break_library(root: Path, broken: Path) -> Expectation:
    content = broken.read_bytes()
    first = content.decode(errors="replace").split("\n")[0]
    match = EXPECT.fullmatch(first)
    assert match, f"{broken.name} does not begin with its expectation"
    also = re.search(rb"^# also: (\w+)$", content, re.MULTILINE)
    if not broken.name.endswith(".edit.yaml"):
        (root / REPLACED).write_bytes(_repeated(content))
        company = also[1].decode() if also else ""
        return Expectation(broken.stem, match[1] or REPLACED, int(match[2]), match[3], company)
    change = yaml.safe_load(content)
    target = root / change["in"]
    text = target.read_text(encoding="utf-8")
    assert change["replace"] in text, f"{broken.name} replaces what is not there"
    target.write_text(text.replace(change["replace"], change["with"]), encoding="utf-8")
    code = broken.name.removesuffix(".edit.yaml")
    return Expectation(code, match[1] or change["in"], int(match[2]), match[3], "")


def _repeated(content: bytes) -> bytes:
    times = re.search(rb"^# repeat: (\d+)$", content, re.MULTILINE)
    return content + content.rstrip(b"\n").rsplit(b"\n", 1)[1] * int(times[1]) if times else content


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.name)
def test_what_is_broken_is_found_in_its_place_and_alone(broken: Path, tmp_path: Path) -> None:
    root = write_clean(tmp_path)
    expected = break_library(root, broken)

    found = findings(root)

    alone = [f for f in found if f.code != expected.also]
    assert [(f.code, f.file, f.line) for f in alone] == [(expected.code, expected.file, expected.line)]
    assert expected.words in alone[0].message
    assert alone[0].suggestion


def test_clean_library_has_no_finding(tmp_path: Path) -> None:
    root = write_clean(tmp_path)

    found, book = findings(root), load(root).book

    assert found == []
    assert book is not None


def test_every_code_has_its_broken_file() -> None:
    shown = {broken.name.removesuffix(".yaml").removesuffix(".edit") for broken in BROKEN}

    assert shown | NEEDS_THE_ENGINE | NEEDS_DRAWING == set(messages()["codes"])


def test_every_code_in_the_program_has_its_sentence() -> None:
    used = {code for source in Path(lessons.__file__).parent.glob("*.py") for code in _codes_in(source)}

    assert used <= set(messages()["codes"])


def _codes_in(source: Path) -> set[str]:
    """First arguments, written out, of the calls that report something."""
    codes = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            codes |= {str(node.args[0].value)} if name in REPORTERS else set()
    return codes
