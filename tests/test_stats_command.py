"""`muadam stats --xlsx`: the report of a place and a month, written whole or not at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import load_workbook
from sqlalchemy import insert, select
from typer.testing import CliRunner

from commands.stats import cli
from server import Trouble
from storage import accounts
from storage.database import Database, connect, migrate, reading, transaction
from storage.tables import PERSON, STEP_EVENT
from storage.team_tables import AUDIT
from tests.lessons.library_on_disk import write_clean

Run = Callable[..., Result]

COMMUNE = "31687"


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The database of the commands, with nothing published."""
    monkeypatch.setenv("MUADAM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MUADAM_LESSONS", str(write_clean(tmp_path / "small") / "lessons.yaml"))
    monkeypatch.delenv("MUADAM_PLACE", raising=False)
    made = connect(f"sqlite:///{tmp_path / 'data' / 'muadam.db'}")
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def run(stored: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, catch_exceptions=False)

    return command


def started(database: Database, people: int, at: datetime) -> None:
    """So many people of COMMUNE who began a lesson; nobody has counted them yet."""
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa", place=COMMUNE)
        for nth in range(people):
            values = {"account_id": account, "address": str(nth), "numbered": 1, "wants_pushes": True}
            values |= {"is_reachable": True, "created_at": at}
            key = connection.execute(insert(PERSON).values(**values)).inserted_primary_key
            row = {"person_id": key[0], "number": 1, "at": at, "kind": "lesson_started", "lesson": "bai"}
            connection.execute(insert(STEP_EVENT).values(**row, version="v", step="x"))


def test_the_report_counts_what_no_server_has_counted_yet(run: Run, stored: Database, tmp_path: Path) -> None:
    at = datetime.now(UTC) - timedelta(minutes=5)  # the commands read the real clock
    month = f"{at + timedelta(hours=7):%Y-%m}"
    started(stored, 6, at)

    result = run("--xlsx", "bao-cao.xlsx", "--place", "xa tai van can tho", "--month", month)

    assert (result.exit_code, result.output.startswith("written: bao-cao.xlsx")) == (0, True)
    sheet = load_workbook(tmp_path / "bao-cao.xlsx").worksheets[0]
    assert sheet["A2"].value == "Đơn vị: Xã Tài Văn, Thành phố Cần Thơ"
    assert sheet["F8"].value == 6
    assert sheet["F12"].value == 6
    with reading(stored) as connection:
        row = connection.execute(select(AUDIT)).one()
    assert (row.staff_id, row.action, row.subject, row.detail) == (None, "exported", f"numbers {COMMUNE}", month)


def test_a_report_takes_the_place_of_an_older_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bao-cao.xlsx").write_text("older")

    run("--xlsx", "bao-cao.xlsx")

    assert load_workbook(tmp_path / "bao-cao.xlsx").worksheets[0]["A2"].value == "Đơn vị: cả nước"
    assert [one.name for one in tmp_path.glob(".bao-cao*")] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("--month", "2026-11"), "--xlsx FILE", id="no file"),
        pytest.param(("--xlsx", "x.xlsx", "--month", "11/2026"), "such as 2026-11", id="no month"),
        pytest.param(("--xlsx", "x.xlsx", "--month", "2026-13"), "such as 2026-11", id="no month of the year"),
        pytest.param(("--xlsx", "x.xlsx", "--place", "qqq"), "no such place", id="no place"),
        pytest.param(("--xlsx", "x.xlsx", "--place", "xa long phu"), "which of", id="several places"),
        pytest.param(("--xlsx", "data"), "is a folder", id="a folder"),
        pytest.param(("--xlsx", "khong-co/x.xlsx"), "there is no folder khong-co", id="no folder"),
        pytest.param(("--month", "2026-11", "unmatched"), "without a further command", id="with a command"),
    ],
)
def test_what_is_wrong_is_one_sentence(run: Run, arguments: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=sentence):
        run(*arguments)

    assert not (tmp_path / "x.xlsx").exists()


def test_where_a_file_cannot_be_written_an_older_one_stays(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bao-cao.xlsx").write_text("older")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        run("--xlsx", "bao-cao.xlsx")

    assert (tmp_path / "bao-cao.xlsx").read_text() == "older"
    assert [one.name for one in tmp_path.glob(".bao-cao*")] == []


def test_without_anything_the_help_is_shown(run: Run) -> None:
    result = run()

    assert result.exit_code == 0
    assert "Example: muadam stats --xlsx" in result.output
    assert "unmatched" in result.output
