"""The documents are true: what they name exists, and what exists is named where its reader looks."""

import ast
import importlib.util
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, groupby
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from sqlmodel import SQLModel

import muadam
from bot import transcripts
from bot.turn import Turns
from bot.understanding import Command, Reader
from commands.upkeep import WAITING_COLUMNS
from lessons.findings import Finding
from lessons.linter import lint
from lessons.loader import Library, load_files
from lessons.schema import Book
from settings import Settings
from storage import handoffs
from storage.database import Database, reading
from tests.conftest import HANOI, NOW, ROOT, TODAY
from tests.fakes.zalo_events import Identity
from webhooks.channel import Answer, Blocked, Dead, Hold, Ignored
from webhooks.channels import zalo_oa
from webhooks.metrics import Metrics
from webhooks.terminal import Terminal

DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
EDITORS = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
MEMBERS = (ROOT / "docs" / "members.md").read_text(encoding="utf-8")
DATA = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
HELPERS = (ROOT / "docs" / "residents-helpers.md").read_text(encoding="utf-8")

AUDIENCES = ["Residents", "Weather team", "Lesson editors", "Operators"]

#: What tells of the machine on which a document was written.
NOT_FOR_READERS = re.compile(r"/root/|/home/")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def blocks(text: str, *languages: str) -> list[str]:
    """The fenced blocks in one of these languages, without the indentation of their list."""
    fence = re.compile(
        rf"^(?P<indent> *)```(?:{'|'.join(languages)})\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
    )
    return [re.sub(rf"(?m)^{found['indent']}", "", found["body"]) for found in fence.finditer(text)]


def without_blocks(text: str) -> str:
    return re.sub(r"(?ms)^ *```.*?^ *```$", "", text)


def table_cells(text: str, *, heading: str) -> list[list[str]]:
    """The cells of every table row of a section, without its head."""
    section = re.split(r"(?m)^#+ ", text.partition(f"# {heading}\n")[2])[0]
    rows = re.findall(r"(?m)^\|(.+)\|$", section)
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]
    return [row for row in cells if not set(row[0]) <= {"-", " "}]


# Commands -------------------------------------------------------------------------------------------------


def words_after_muadam(line: str) -> Iterator[list[str]]:
    """The arguments of each call of muadam in a line of shell."""
    words = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="|&;")
    words.whitespace_split = True
    for is_between, command in groupby(words, key=lambda word: set(word) <= set("|&;")):
        called = list(command)
        if called[:3] == ["docker", "compose", "exec"]:
            called = called[4:]  # behind the name of the service
        at = [nth for nth, word in enumerate(called) if word == "muadam" or word.endswith("/bin/muadam")]
        if at and not is_between and "systemctl" not in called:
            yield called[at[-1] + 1 :]


def called_in(text: str) -> list[list[str]]:
    """Every call of muadam in the blocks of shell, and those quoted in a sentence."""
    lines = [line for block in blocks(text, "sh", "console") for line in block.splitlines()]
    quoted = re.findall(r"`((?:\.venv/bin/)?muadam [a-z][^`]*)`", without_blocks(text))
    return [words for line in [*lines, *quoted] for words in words_after_muadam(line)]


def command_tree() -> dict[tuple[str, ...], Any]:
    """Every command of the program by its words, the groups left out that do nothing by themselves."""
    found: dict[tuple[str, ...], Any] = {}

    def walk(command: Any, way: tuple[str, ...]) -> None:
        if not hasattr(command, "commands") or command.invoke_without_command:
            found[way] = command
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*way, name))

    walk(typer.main.get_command(muadam.cli), ())
    return found


COMMANDS = command_tree()


def wrong_in(words: list[str]) -> str:
    """What is wrong with a call of muadam; empty when nothing is."""
    name = max((way for way in COMMANDS if way and tuple(words[: len(way)]) == way), key=len, default=None)
    if name is None:
        return f"there is no command {' '.join(words)}"
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts} | {"--help"}
    given = {word.partition("=")[0] for word in words[len(name) :] if word.startswith("--")}
    return f"{' '.join(name)} has no {sorted(given - known)}" if given - known else ""


@every_document
def test_the_commands_and_options_exist(path: Path) -> None:
    calls = called_in(path.read_text(encoding="utf-8"))

    assert [wrong for words in calls if (wrong := wrong_in(words))] == []


def test_a_command_that_is_not_there_is_found() -> None:
    calls = called_in("```sh\n.venv/bin/muadam serve --quick\n```\nSee `muadam nowhere`, `muadam account list --json`.")

    assert [wrong_in(words) for words in calls] == ["serve has no ['--quick']", "there is no command nowhere", ""]


def test_every_command_is_in_the_table_of_commands() -> None:
    rows = table_cells(OPERATIONS, heading="Commands")
    named = {tuple(words[:length]) for row in rows for words in called_in(row[0]) for length in (1, 2, 3)}

    assert [way for way in COMMANDS if way not in named] == []


@every_document
def test_the_make_targets_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    in_shell = re.findall(r"(?m)^make ([a-z][a-z-]*)", "\n".join(blocks(text, "sh", "console")))
    quoted = re.findall(r"`make ([a-z][a-z-]*)", text)

    missing = {name for name in [*in_shell, *quoted] if not re.search(rf"(?m)^{name}:", makefile)}

    assert missing == set()


@every_document
def test_the_modules_to_be_run_exist(path: Path) -> None:
    modules = set(re.findall(r"python -m ([a-z_.]+)", path.read_text(encoding="utf-8")))

    assert [name for name in sorted(modules) if importlib.util.find_spec(name) is None] == []


# Links ----------------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", without_blocks(text))
    plain = [re.sub(r"[`*]", "", heading).strip().lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@every_document
def test_links_and_pictures_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", without_blocks(path.read_text(encoding="utf-8")))
    broken = []
    for target in targets:
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.is_file() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(target)

    assert broken == []


@every_document
def test_every_picture_is_told_in_words(path: Path) -> None:
    assert re.findall(r"!\[\s*\]\([^)]*\)", path.read_text(encoding="utf-8")) == []


def test_every_document_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in DOCUMENTS if path.name != "README.md" and f"{path.name})" not in readme] == []


@every_document
def test_no_place_of_one_machine_is_named(path: Path) -> None:
    assert NOT_FOR_READERS.findall(path.read_text(encoding="utf-8")) == []


# Operators ------------------------------------------------------------------------------------------------


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = table_cells(OPERATIONS, heading="Settings")[1:]
    told = {row[0].strip("`"): row[1].strip("`") for row in rows}

    assert told == {f"MUADAM_{name.upper()}": default_of(name) for name in Settings.model_fields}


def default_of(name: str) -> str:
    default = Settings.model_fields[name].default
    plain = default.get_secret_value() if hasattr(default, "get_secret_value") else default
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


@every_document
def test_no_setting_is_named_that_is_not_there(path: Path) -> None:
    named = set(re.findall(r"`(MUADAM_[A-Z_]+[A-Z])\b(?!_)", path.read_text(encoding="utf-8")))

    assert named <= {f"MUADAM_{name.upper()}" for name in Settings.model_fields}


def test_every_metric_is_in_the_table_with_its_labels() -> None:
    rows = table_cells(OPERATIONS, heading="Health, metrics, logs")
    told = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows if row[0].startswith("`muadam_")}

    assert told == dict(metrics_with_labels())


def metrics_with_labels() -> Iterator[tuple[str, set[str]]]:
    for metric in vars(Metrics()).values():
        if hasattr(metric, "_labelnames"):
            [family] = metric.describe()
            yield family.name + ("_total" if family.type == "counter" else ""), set(metric._labelnames)


def test_every_check_of_the_doctor_is_explained() -> None:
    told = {name for row in table_cells(OPERATIONS, heading="Commands") for name in re.findall(r"`([a-z-]+)`", row[0])}

    assert check_names() <= told


def check_names() -> set[str]:
    """The first words of every Check that the doctor makes."""
    names = {"zalo-oa"}  # followed by the account's id
    for file in (ROOT / "commands" / "upkeep.py", ROOT / "webhooks" / "doctor.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_check = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Check") and node.args
            if is_check and isinstance(node.args[0], ast.Constant):
                names.add(node.args[0].value)
    return names


def refusals() -> list[Any]:
    """What Zalo's refusals mean, for every code that the channel knows by name."""
    answers = [Answer(200, {}, json.dumps({"error": code}).encode()) for code in range(-500, 0)]
    outcomes = [zalo_oa.judge(answer) for answer in answers]
    return [one for one in outcomes if not getattr(one, "reason", "").startswith("code_")]


def test_every_reason_why_zalo_refuses_is_explained() -> None:
    by_section = {
        "5. Sending stops": {one.reason for one in refusals() if isinstance(one, Dead) and one.stops_account},
        "What became of a message": {one.reason for one in refusals() if isinstance(one, Hold)}
        | {one.reason for one in refusals() if isinstance(one, Dead) and not one.stops_account}
        | {f"blocked: {one.reason}" for one in refusals() if isinstance(one, Blocked)},
    }

    for heading, reasons in by_section.items():
        told = {name for row in table_cells(OPERATIONS, heading=heading) for name in re.findall(r"`([^`]+)`", row[0])}
        assert reasons - told == set(), heading


def test_the_events_to_switch_on_are_known() -> None:
    [listed] = [block for block in blocks(OPERATIONS, "text") if block.startswith("user_send_text")]
    strangers = []
    for name in listed.split():
        who = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "oa_id": "2", "user_id": "1", "follower": {"id": "1"}}
        body = {"event_name": name, "message": {"msg_id": "m", "text": "x"}, **who}
        [read] = zalo_oa.parse(json.dumps(body).encode())
        strangers += [name] if isinstance(read, Ignored) else []

    assert strangers == []


def test_the_settings_of_the_trial_are_those_of_the_fake() -> None:
    [trial] = [block for block in blocks(OPERATIONS, "sh") if "MUADAM_ZALO_APP_ID=" in block]
    given = dict(line.split("=", 1) for line in trial.splitlines())
    fake = Identity()

    assert (given["MUADAM_ZALO_APP_ID"], given["MUADAM_ZALO_APP_SECRET"]) == (fake.app_id, fake.app_secret)
    assert (given["MUADAM_ZALO_OA_ID"], given["MUADAM_ZALO_OA_SECRET"]) == (fake.oa_id, fake.oa_secret)


def test_the_service_of_the_example_runs_a_command_that_exists() -> None:
    [unit] = blocks(OPERATIONS, "ini")
    [start] = re.findall(r"(?m)^ExecStart=(.+)$", unit)

    assert [wrong_in(words) for words in words_after_muadam(start)] == [""]


# Editors --------------------------------------------------------------------------------------------------


def merged(old: Any, new: Any) -> Any:
    """What an editor gets who adds `new` to `old`: tables and lists of tables grow, the rest is replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(one, dict) for one in [*old, *new]):
        return [*old, *new]
    return new


def follow_editors(root: Path) -> list[str]:
    """Do with a copy of the lessons what every YAML block of editors.md says; the files of the examples."""
    ignored = shutil.ignore_patterns("__pycache__", "*.py")
    shutil.copytree(ROOT / "lessons", root / "lessons", ignore=ignored)
    shutil.copy(ROOT / "lessons.yaml", root / "lessons.yaml")
    steps: list[str] = []
    examples: list[str] = []
    for block in blocks(EDITORS, "yaml"):
        first = block.partition("\n")[0]
        if not first.startswith("# "):
            steps.append(block)
            continue
        file = root / first.removeprefix("# ")
        if file.exists():
            tables = merged(yaml.safe_load(file.read_text(encoding="utf-8")), yaml.safe_load(block))
            file.write_text(yaml.safe_dump(tables, allow_unicode=True, sort_keys=False), encoding="utf-8")
        else:
            file.write_text(block, encoding="utf-8")
            examples.append(file.relative_to(root).as_posix())
    return [*examples, *add_as_lessons(root, steps)]


def add_as_lessons(root: Path, steps: list[str]) -> Iterator[str]:
    curriculum = yaml.safe_load((root / "lessons.yaml").read_text(encoding="utf-8"))
    for nth, block in enumerate(steps, 1):
        name = f"lessons/library/vi-du-{nth}.yaml"
        head = f"id: vi-du-{nth}\ncourse: vneid\ntitle: Ví dụ {nth}\nminutes: 3\nowner: Tổ\nchecked_on: 2026-11-22\n"
        text = f"{head}sources: [Hướng dẫn soạn bài]\nasked_as: [ví dụ số {nth}]\nsteps:\n{block}"
        (root / name).write_text(text, encoding="utf-8")
        curriculum["courses"][0]["lessons"].append(name)
        yield name
    (root / "lessons.yaml").write_text(
        yaml.safe_dump(curriculum, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, list[Finding], list[str]]:
    root = tmp_path_factory.mktemp("edited")
    examples = follow_editors(root)
    library = load_files(root / "lessons.yaml", timezone=HANOI)
    return library, lint(library, today=TODAY), examples


def test_the_examples_for_editors_can_be_published(edited: tuple[Library, list[Finding], list[str]]) -> None:
    library, found, examples = edited

    assert [one for one in found if one.severity == "error"] == []
    assert [one for one in found if one.file in examples] == []
    assert library.book is not None
    assert len(examples) >= 6


def test_the_transcript_for_editors_ends_its_lesson(edited: tuple[Library, list[Finding], list[str]]) -> None:
    book = edited[0].book
    assert book is not None
    [block] = [one for one in blocks(EDITORS, "yaml") if "transcripts:" in one]

    written = transcripts.rewritten(book, transcripts.parse(block))

    done = book.phrases.say.lesson_finished.partition("{")[0]
    assert [one.name for one in written.transcripts if done not in "".join(one.turns[-1].bot)] == []


def test_the_errors_shown_to_editors_are_what_lint_says() -> None:
    messages = yaml.safe_load((ROOT / "lessons" / "lint_messages.yaml").read_text(encoding="utf-8"))["codes"]
    shown = re.findall(r"(?m)^\S+\.yaml:\d+:\d+: \[(\w+)\] (.+)$", "\n".join(blocks(EDITORS, "text")))

    assert len(shown) >= 4
    for code, sentence in shown:
        entry = messages[code]
        assert re.fullmatch(f"{pattern(entry['says'])} .+ {pattern(entry['suggest'])}", sentence), code


def pattern(template: str) -> str:
    """A template of lint_messages.yaml as a pattern: its placeholders stand for anything."""
    plain = re.split(r"(?<!{){\w+}(?!})", template.strip())
    return ".*?".join(re.escape(part.replace("{{", "{").replace("}}", "}")) for part in plain)


def test_every_key_of_a_lesson_is_explained_to_editors() -> None:
    from lessons.schema import PLACEHOLDERS, AnswerChoice, Lesson, Step, Trouble

    keys = {name for model in (Lesson, Step, AnswerChoice, Trouble) for name in model.model_fields}

    assert {key for key in keys if not re.search(rf"\b{key}\b", EDITORS)} <= {"skill"}
    assert {name for name in PLACEHOLDERS if f"{{{name}}}" not in EDITORS} == set()


# Residents and the team -----------------------------------------------------------------------------------


def test_the_words_that_always_work_are_commands(book: Book) -> None:
    words = [row[0] for row in table_cells(HELPERS, heading="Những từ lúc nào cũng gõ được")[1:]]
    reader = Reader(book)

    not_understood = [word for word in words if not isinstance(reader.read(word, ()), Command)]

    assert len(words) >= 8
    assert not_understood == []


def test_the_list_of_who_waits_is_explained(database: Database, book: Book) -> None:
    turns = Turns(book, digest_key=b"key", account=lambda _: ("terminal", None))
    moments = (NOW + timedelta(seconds=nth) for nth in count())
    terminal = Terminal(database, turns, lambda: next(moments), "somebody")
    terminal.join()

    terminal.say("gặp người")

    with reading(database) as connection:
        [_] = handoffs.waiting(connection)
    for column in WAITING_COLUMNS:
        assert f"`{column}`" in MEMBERS, column
        assert f"{column}=" in MEMBERS, column


def test_every_table_is_in_the_list_of_data() -> None:
    assert [name for name in SQLModel.metadata.tables if f"`{name}`" not in DATA] == []


# Changes --------------------------------------------------------------------------------------------------


def test_the_changelog_speaks_to_its_audiences_in_their_order() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.split(r"(?m)^## ", text)[1:]

    assert releases
    for release in releases:
        parts = re.split(r"(?m)^### (.+)\n", release)
        names, bodies = parts[1::2], parts[2::2]
        assert names == [name for name in AUDIENCES if name in names]
        for name, body in zip(names, bodies, strict=True):
            lines = body.strip().splitlines()
            assert lines, name
            assert [line for line in lines if not re.fullmatch(r"- [A-Z].*\.", line)] == []
