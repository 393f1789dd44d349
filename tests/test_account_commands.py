"""`muadam account`: what it writes down, and what it says of accounts beside the first."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from commands.account import cli
from server import opened
from settings import Settings
from storage import accounts
from storage.database import reading, transaction
from storage.team_tables import AUDIT
from tests.conftest import ROOT

Run = Callable[..., str]

ADD = ("add", "--oa-id", "7000", "--app-id", "1", "--app-secret", "geheim-app")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MUADAM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MUADAM_ZALO_API_URL", "http://127.0.0.1:9")

    def command(*arguments: str, exit_code: int = 0) -> str:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert result.exit_code == exit_code, result.stdout
        return result.stdout

    return command


def test_commands_write_down_which_fields_changed_and_never_what_to(run: Run) -> None:
    pair = ("--access-token", "geheim-a", "--refresh-token", "geheim-r")
    run(*ADD, "--oa-secret", "geheim-oa", *pair)
    run(*ADD, "--oa-secret", "geheim-oa-2", "--access-token", "", "--refresh-token", "")
    run("approval", "1", "--above", "500")
    run("articles", "1", "--per-month", "4")

    with opened(Settings()) as database, reading(database) as connection:
        query = select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail, AUDIT.c.staff_id).order_by(AUDIT.c.id)
        rows = [tuple(row) for row in connection.execute(query)]

    assert rows == [
        ("account_added", "account 1", "app_id, app_secret, secret, access_token, refresh_token", None),
        ("account_changed", "account 1", "app_id, app_secret, secret", None),
        ("account_changed", "account 1", "approval_above", None),
        ("account_changed", "account 1", "articles_per_month", None),
    ]


def test_a_check_asks_for_every_account_on_a_platform_and_goes_on_when_one_is_silent(run: Run) -> None:
    with opened(Settings()) as database, transaction(database) as connection:
        for oa in ("7001", "7002"):
            accounts.put(connection, channel="zalo-oa", external_id=oa, api_url="http://127.0.0.1:9", access_token="t")
        accounts.put(connection, channel="webchat", external_id="webchat")
        accounts.put(connection, channel="terminal", external_id="terminal")

    said = run("check", exit_code=1)

    for oa in ("7001", "7002"):
        assert f"NOT  zalo-oa {oa}: the platform does not answer" in said
    assert "webchat" not in said
    assert "terminal" not in said


def test_a_check_without_an_account_says_so(run: Run) -> None:
    assert "there is none yet" in run("check", exit_code=1)
