"""The commands, run as a person runs them: what they print, what they exit with, what they leave."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from storage import unmatched
from storage.database import connect, transaction
from tests.conftest import ROOT
from tests.fakes.zalo_events import Identity
from tests.fakes.zalo_oa import FakeZalo
from tests.lessons.library_on_disk import write_clean

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the lessons, which a test may break."""
    shutil.copytree(ROOT / "lessons", tmp_path / "lessons", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    shutil.copy(ROOT / "lessons.yaml", tmp_path / "lessons.yaml")
    return tmp_path


@pytest.fixture
def run(place: Path) -> Run:
    def command(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MUADAM_")}
        environment |= {f"MUADAM_{key.upper()}": value for key, value in settings.items()}
        return subprocess.run(
            [sys.executable, str(ROOT / "muadam.py"), *arguments],
            cwd=place,
            env=environment | {"PYTHONPATH": str(ROOT)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return command


COMMANDS = [
    ["serve"],
    ["work"],
    ["chat"],
    ["lint"],
    ["publish"],
    ["export"],
    ["schema"],
    ["understand"],
    ["account", "add"],
    ["account", "list"],
    ["account", "check"],
    ["account", "approval"],
    ["bulletin", "draft"],
    ["bulletin", "send"],
    ["waiting"],
    ["migrate"],
    ["doctor"],
    ["erase"],
    ["stats", "unmatched"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, command: list[str]) -> None:
    result = run(*command, "--help")

    assert result.returncode == 0
    assert f"Example: muadam {' '.join(command)}" in result.stdout or "| muadam" in result.stdout


def test_a_talk_in_the_terminal_is_remembered_and_recorded(run: Run, place: Path) -> None:
    first = run("chat", "--record", "talk.yaml", stdin="xin chao\n1\nco\nkich hoat vneid\n1\n")
    assert first.returncode == 0, first.stderr

    second = run("chat", stdin="menu\n")

    assert "Học tiếp" in second.stdout
    assert "kich hoat vneid" in (place / "talk.yaml").read_text(encoding="utf-8")


def test_a_broken_lesson_is_explained_and_never_published(run: Run, place: Path) -> None:
    assert run("publish").returncode == 0
    lesson = place / "lessons" / "library" / "vneid-kich-hoat.yaml"
    text = lesson.read_text(encoding="utf-8")
    lesson.write_text(text.replace("    stuck:", "    stuckk:", 1), encoding="utf-8")

    linted, published = run("lint", "--json"), run("publish")

    assert linted.returncode == 1
    first = next(found for found in json.loads(linted.stdout) if found["severity"] == "error")
    assert first["file"].endswith("vneid-kich-hoat.yaml")
    assert first["line"] == text[: text.index("    stuck:")].count("\n") + 1
    assert "stuck" in first["suggestion"]
    assert published.returncode == 2
    assert "vneid-kich-hoat.yaml" in published.stderr
    assert "Traceback" not in published.stderr
    exported = run("export", "out")
    assert exported.returncode == 0
    assert "stuckk" not in (place / "out" / "lessons" / "library" / "vneid-kich-hoat.yaml").read_text(encoding="utf-8")


def test_a_changed_answer_must_be_accepted_before_it_is_published(run: Run, place: Path) -> None:
    lesson = place / "lessons" / "library" / "vneid-kich-hoat.yaml"
    text = lesson.read_text(encoding="utf-8")
    lesson.write_text(text.replace("title: Kích hoạt VNeID mức 2", "title: Kích hoạt VNeID"), encoding="utf-8")

    refused, accepted = run("publish"), run("publish", "--accept-answers")

    assert refused.returncode == 2
    assert "transcript_changed" in refused.stderr
    assert accepted.returncode == 0, accepted.stderr
    assert "published" in accepted.stdout


def test_understanding_is_a_line_in_and_an_object_out(run: Run) -> None:
    result = run("understand", stdin="kich hoat vneid\n\nquay lai\n")

    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["text"] for row in rows] == ["kich hoat vneid", "", "quay lai"]
    assert [row["intent"] for row in rows] == ["vneid", "out_of_scope", "back"]
    assert set(rows[0]) == {"text", "intent", "score", "runner_up"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"timezone": "Mars/Base"}, "MUADAM_TIMEZONE"),
        ({"zalo_rate_per_minute": "many"}, "MUADAM_ZALO_RATE_PER_MINUTE"),
        ({"database_url": "nonsense"}, "MUADAM_DATABASE_URL"),
        ({"lessons": "nowhere.yaml"}, "nowhere.yaml"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(run: Run, settings: dict[str, str], named: str) -> None:
    result = run("serve", **settings)

    assert result.returncode == 2
    assert named in result.stderr
    assert "Traceback" not in result.stderr


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(run: Run) -> None:
    run("migrate")
    well = run("doctor")
    sick = run("account", "add", "--oa-id", "7000", "--app-id", "1", "--app-secret", "s", "--oa-secret", "",
               "--access-token", "", "--refresh-token", "")  # fmt: skip

    assert (well.returncode, sick.returncode) == (0, 0), well.stdout + sick.stderr
    result = run("doctor", "--json")
    assert result.returncode == 1
    sentences = [json.loads(line)["sentence"] for line in result.stdout.splitlines() if '"is_well": false' in line]
    assert any("MUADAM_ZALO_OA_SECRET" in sentence for sentence in sentences)


def test_accounts_are_listed_without_secrets(run: Run) -> None:
    run("account", "add", "--oa-id", "7000", "--app-id", "1", "--app-secret", "SECRETA", "--oa-secret", "SECRETB",
        "--access-token", "SECRETC", "--refresh-token", "SECRETD")  # fmt: skip

    result = run("account", "list", "--json")

    assert json.loads(result.stdout)["external_id"] == "7000"
    assert "SECRET" not in result.stdout + result.stderr


def test_an_account_is_checked_with_its_platform(run: Run) -> None:
    async def scene(*, token: str, oa_id: str) -> subprocess.CompletedProcess[str]:
        async with FakeZalo() as zalo:
            added = ["account", "add", "--oa-id", oa_id, "--app-id", zalo.identity.app_id]
            secrets = ["--app-secret", zalo.identity.app_secret, "--oa-secret", zalo.identity.oa_secret]
            tokens = ["--access-token", token, "--refresh-token", zalo.refresh_token]
            await asyncio.to_thread(partial(run, *added, *secrets, *tokens, zalo_api_url=zalo.url))
            return await asyncio.to_thread(run, "account", "check")

    well = asyncio.run(scene(token="access-0", oa_id=Identity().oa_id))
    other = asyncio.run(scene(token="access-0", oa_id="7999"))

    assert "ok   zalo-oa 7000000000000000001: the platform takes the token" in well.stdout
    assert f"the token is for OA {Identity().oa_id}" in other.stdout
    assert other.returncode == 1


def test_who_waits_is_listed_helped_and_can_be_erased(run: Run) -> None:
    run("chat", stdin="1\nco\ngặp người\n")
    [row] = [json.loads(line) for line in run("waiting", "--json").stdout.splitlines()]

    person = str(row["person_id"])
    assert (row["reason"], row["channel"]) == ("asked", "terminal")
    assert "nobody waits" in run("waiting", "--close", person).stdout
    erased = run("erase", person)

    assert erased.returncode == 0
    missing = run("erase", person)
    assert missing.returncode == 2
    assert "no person" in missing.stderr


def count_unmatched(place: Path, texts: dict[str, int]) -> None:
    """Texts that came last when it was evening in London and the next morning in Vietnam."""
    database = connect(f"sqlite:///{place / 'data' / 'muadam.db'}")
    with transaction(database) as connection:
        unmatched.count(connection, texts, now=datetime(2026, 11, 22, 20, 0, tzinfo=UTC))
    database.close()


@pytest.fixture
def unmatched_texts(run: Run, place: Path) -> dict[str, str]:
    """The settings of a small library that is published, with texts that were not understood."""
    settings = {"lessons": str(write_clean(place / "small") / "lessons.yaml")}
    published = run("publish", **settings)
    assert published.returncode == 0, published.stderr
    texts = {"qwerty zxcvb": 5, "quay lai": 4, "nop thue": 3, "kich hoat vneid": 2, "may tuoi thi dung duoc": 1}
    count_unmatched(place, texts)
    return settings


def test_texts_without_a_meaning_are_listed_with_the_place_of_a_synonym(
    run: Run, unmatched_texts: dict[str, str]
) -> None:
    result = run("stats", "unmatched", "--json", **unmatched_texts)

    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert set(rows[0]) == {"count", "text", "last", "nearest", "file", "key"}
    assert {row["last"] for row in rows} == {"2026-11-23"}
    assert [(row["count"], row["text"], row["nearest"], row["file"], row["key"]) for row in rows] == [
        (5, "qwerty zxcvb", "", "", ""),
        (4, "quay lai", "back", "lessons/phrases.yaml", "commands: back"),
        (3, "nop thue", "etax", "lessons/phrases.yaml", "topics: etax"),
        (2, "kich hoat vneid", "lesson:bai", "lessons/library/bai.yaml", "asked_as"),
        (
            1,
            "may tuoi thi dung duoc",
            "faq:thue-may-tuoi",
            "lessons/faq/etax.yaml",
            "questions: thue-may-tuoi: asked_as",
        ),
    ]


def test_texts_without_a_meaning_are_shown_in_columns_the_most_frequent_first(
    run: Run, unmatched_texts: dict[str, str]
) -> None:
    result = run("stats", "unmatched", "--limit", "2", **unmatched_texts)

    head, first, second, empty, advice = result.stdout.splitlines()
    assert first.split("  ")[0].strip() == "5"
    assert "it may belong to out_of_scope" in first
    assert "lessons/phrases.yaml, commands: back" in second
    assert head.index("text") == first.index("qwerty") == second.index("quay lai")
    assert (empty, "out_of_scope" in advice) == ("", True)


def test_where_nothing_was_left_unmatched_or_published_the_list_says_so(run: Run, place: Path) -> None:
    settings = {"lessons": str(write_clean(place / "small") / "lessons.yaml")}

    unpublished = run("stats", "unmatched", **settings)
    run("publish", **settings)
    nothing = run("stats", "unmatched", **settings)

    assert (unpublished.returncode, unpublished.stdout) == (2, "")
    assert "muadam publish" in unpublished.stderr
    assert (nothing.returncode, nothing.stdout) == (0, "nothing was left unmatched\n")


def test_the_schemas_are_printed_or_written(run: Run, place: Path) -> None:
    assert json.loads(run("schema").stdout.partition("\n}\n")[0] + "\n}")["$schema"].endswith("2020-12/schema")

    run("schema", "out")

    names = {path.name for path in (place / "out").iterdir()}
    assert names == {path.name for path in (ROOT / "lessons" / "schema").iterdir()}


def test_every_setting_is_explained() -> None:
    from server import Settings

    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert {f"MUADAM_{name.upper()}" for name in Settings.model_fields} == {
        line.partition("=")[0] for line in example.splitlines() if line.startswith("MUADAM_")
    }
