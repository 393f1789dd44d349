"""`muadam bulletin schedule`, as a member with a terminal uses it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.bulletin_schedule import cli
from server import Settings, Trouble, opened
from storage import schedules, staff
from storage.database import reading, transaction
from tests.conftest import ROOT

Run = Callable[..., str]

ADD = ("add", "--place", "31687", "--days", "mon,thu", "--at", "05:30")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MUADAM_DATA_DIR", str(tmp_path))
    return Settings()


@pytest.fixture
def run(settings: Settings) -> Run:
    def command(*arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return command


def miss_a_run(settings: Settings) -> None:
    with opened(settings) as database, transaction(database) as connection:
        [schedule] = schedules.listed(connection)
        now = datetime.now(UTC)
        schedules.open_runs(connection, schedule, {now - timedelta(hours=5): "missed"}, now=now)


def run_states(settings: Settings) -> list[str]:
    """The states of the runs of all schedules."""
    with opened(settings) as database, reading(database) as connection:
        return [row.state for row in connection.exec_driver_sql("SELECT state FROM bulletinslot ORDER BY slot")]


def test_a_schedule_is_added_listed_and_ended(run: Run) -> None:
    added = run(*ADD, "--by", "Chị Sáu", "--crops", "lua", "--seen-within", "30")
    [row] = [json.loads(line) for line in run("list", "--json").splitlines()]
    ended = run("end", "1")
    listed = run("list")

    runs = row.pop("next")
    assert runs in added
    assert [run[:3] for run in runs.split(", ")] in (["mon", "thu", "mon"], ["thu", "mon", "thu"])
    assert all(run.endswith("05:30") for run in runs.split(", "))
    assert row == {
        "schedule": 1,
        "place": "31687 Xã Tài Văn, Thành phố Cần Thơ",
        "crops": "lua",
        "days": "mon,thu",
        "at": "05:30",
        "by": "Chị Sáu",
        "missed": "none",
    }
    assert "schedule 1 has ended" in ended
    assert "no schedules yet" in listed


def test_a_login_of_the_staff_is_who_is_reminded(settings: Settings, run: Run) -> None:
    with opened(settings) as database, transaction(database) as connection:
        number = staff.add(
            connection, login="sau", name="Chị Sáu", roles=["member"], scope=["vn"], now=datetime.now(UTC)
        )

    run("add", "--place", "tai van tran de", "--days", "daily", "--by", "sau")

    with opened(settings) as database, reading(database) as connection:
        [schedule] = schedules.listed(connection)
    assert (schedule.author, schedule.author_id, schedule.place) == ("Chị Sáu", number, "31687")
    assert "days=daily" in run("list")


@pytest.mark.parametrize(
    ("answer", "state", "said"), [("--prepare", "wanted", "prepares it"), ("--skip", "skipped", "skipped")]
)
def test_a_missed_run_is_answered_once(settings: Settings, run: Run, answer: str, state: str, said: str) -> None:
    run(*ADD, "--by", "Chị Sáu")
    miss_a_run(settings)
    before = run("list")

    answered = run("answer", "1", answer)

    assert "missed=none" not in before
    assert said in answered
    assert run_states(settings) == [state]
    with pytest.raises(Trouble, match="no run of schedule 1 was missed"):
        run("answer", "1", answer)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "--place", "xyzzy", "--days", "mon", "--by", "A"], "no commune is called so"),
        (["add", "--place", "31687", "--days", "monday", "--by", "A"], "--days monday: write daily"),
        (["add", "--place", "31687", "--days", ",", "--by", "A"], "--days: write daily"),
        ([*ADD[:-1], "25:00", "--by", "A"], "--at 25:00: write a time as 05:30"),
        ([*ADD, "--by", "A", "--crops", "nho"], "no such crop; there are lua"),
        ([*ADD, "--by", "A", "--ask", "x" * 601], "601 characters, 600 at the most"),
        (["end", "7"], "there is no schedule 7"),
        (["answer", "7", "--skip"], "no run of schedule 7 was missed"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    with pytest.raises(Trouble, match=sentence):
        run(*arguments)
