"""`muadam bulletin article` and `muadam account articles`, as a member and an operator use them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from commands import account, bulletin_article
from commands.bulletin_desk import SENTENCES
from server import Trouble, opened
from settings import Settings
from storage import accounts, articles, bulletins
from storage.database import reading, transaction
from tests.bulletins.test_chat import bulletin
from tests.conftest import ROOT

cli = typer.Typer()
cli.add_typer(account.cli, name="account")
cli.add_typer(bulletin_article.cli)
Run = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Account 1 is the web chat, account 2 a Zalo account; bulletins 1 to 3 went out, 4 is a draft."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MUADAM_DATA_DIR", str(tmp_path))
    settings, now = Settings(), datetime.now(UTC)
    with opened(settings) as database, transaction(database) as connection:
        accounts.put(connection, channel="webchat", external_id="webchat")
        accounts.put(connection, channel="zalo-oa", external_id="7000000000000000001")
        for state in ("sending", "done", "done", "draft"):
            content = bulletin().model_dump_json()
            made = bulletins.add(connection, place="31528", content=content, author="Chị Sáu", now=now)
            released = {"released_at": now, "valid_until": now + timedelta(days=2)} if state != "draft" else {}
            bulletins.change(connection, made, only_in=("draft",), state=state, **released)
    return settings


@pytest.fixture
def run(settings: Settings) -> Run:
    def command(*arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return command


def asked(settings: Settings, bulletin_id: int) -> list[str]:
    with opened(settings) as database, reading(database) as connection:
        return [row.asked_by for row in articles.of_bulletin(connection, bulletin_id)]


def test_a_member_asks_and_sees_the_months_number(settings: Settings, run: Run) -> None:
    assert "2 articles a month at most; used this month: 0" in run("account", "articles", "2", "--per-month", "2")

    said = run("article", "1", "--account", "2", "--by", "Chị Sáu")
    run("article", "2", "--account", "2", "--by", "Chị Sáu")

    assert "bulletin 1 becomes an article of account 2: 1 of 2 this month" in said
    assert asked(settings, 1) == ["Chị Sáu"]
    with pytest.raises(Trouble, match=r"no article left this month"):
        run("article", "3", "--account", "2", "--by", "Chị Sáu")
    with pytest.raises(Trouble, match="bulletin 1 is an article of the account already"):
        run("article", "1", "--account", "2", "--by", "Chị Sáu")
    assert asked(settings, 3) == []
    assert "broadcasts no articles; used this month: 2" in run("account", "articles", "2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["article", "1", "--account", "2", "--by", "A"], "the account broadcasts no articles"),
        (["article", "1", "--account", "9", "--by", "A"], "there is no account 9"),
        (["article", "9", "--account", "2", "--by", "A"], "there is no bulletin 9"),
        (["article", "4", "--account", "2", "--by", "A"], "bulletin 4 was not sent to anybody"),
        (["account", "articles", "9", "--per-month", "4"], "there is no account 9"),
        (["account", "articles", "1", "--per-month", "4"], "account 1 is no Zalo Official Account"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    with pytest.raises(Trouble, match=sentence):
        run(*arguments)


def test_every_reason_has_its_sentence() -> None:
    source = (ROOT / "bulletins" / "article.py").read_text(encoding="utf-8")
    codes = {part.partition('"')[0] for part in source.split('ReleaseError("')[1:]}

    assert codes
    assert codes <= SENTENCES.keys()
