"""`muadam bulletin`, as a member with a terminal uses it: from the forecast to the report."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bulletins import release
from commands.account import cli as account_cli
from commands.bulletin import cli
from commands.bulletin_readers import cli as readers_cli
from commands.bulletin_release import cli as release_cli
from server import Trouble, lines, opened
from settings import Settings
from storage import accounts, bulletins, people, subscriptions
from storage.database import transaction
from storage.subscriptions import Subscribed
from storage.tables import INBOX, OUTBOX
from tests.conftest import ROOT
from tests.fakes.open_meteo import FakeOpenMeteo

cli.add_typer(release_cli)
cli.add_typer(readers_cli)
Run = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A server of its own with one farmer of Tài Văn, and a forecast service on loopback."""
    today = datetime.now(UTC).date()
    with FakeOpenMeteo(today=today) as service:
        monkeypatch.chdir(ROOT)
        monkeypatch.setenv("MUADAM_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("MUADAM_WEATHER_API_URL", service.url)
        settings = Settings()
        with opened(settings) as database, transaction(database) as connection:
            web = accounts.put(connection, channel="webchat", external_id="webchat")
            now = datetime.now(UTC)
            people.add(connection, web, ["farmer"], now=now)
            person = people.find(connection, web, "farmer") or 0
            subscriptions.put(connection, [Subscribed(person, "31687", "92", ("lua",))], now - timedelta(days=1))
        yield settings


@pytest.fixture
def run(settings: Settings) -> Run:
    def command(*arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return command


def server_works(settings: Settings) -> None:
    """What `muadam serve` does every second."""
    with opened(settings) as database, transaction(database) as connection:
        now = datetime.now(UTC)
        while release.work(connection, lines(connection, settings), now=now):
            pass


def test_a_member_makes_sends_corrects_and_withdraws_a_bulletin(settings: Settings, run: Run, tmp_path: Path) -> None:
    drafted = run("draft", "--place", "tai van tran de", "--crops", "lua", "--by", "Chị Sáu", "--ask", "Anh Tư")
    assert "drafted bulletin 1" in drafted
    with pytest.raises(Trouble, match="suggestions of bulletin 1 wait"):
        run("send", "1")

    run("drop", "1", "all")
    preview = run("preview", "1", "--picture", str(tmp_path / "tin.png"), "--script", str(tmp_path / "loa.txt"))
    assert "Xã Tài Văn" in preview
    assert (tmp_path / "tin.png").read_bytes().startswith(b"\x89PNG")
    assert not any(letter.isdigit() for letter in (tmp_path / "loa.txt").read_text(encoding="utf-8"))

    edited = yaml.safe_load(run("text", "1"))
    edited["tasks"] = ["Thăm ruộng sáng sớm."]
    (tmp_path / "tin.yaml").write_text(yaml.safe_dump(edited, allow_unicode=True), encoding="utf-8")
    run("text", "1", "--from", str(tmp_path / "tin.yaml"))
    assert "Thăm ruộng sáng sớm." in run("preview", "1", "--paste")

    assert json.loads(run("plan", "1", "--json"))["free now"] == 1
    assert "to 1 people" in run("send", "1", "--urgent", "the test runs at any hour")
    server_works(settings)
    assert json.loads(run("status", "1", "--json").splitlines()[1]) == {
        "state": "waiting",
        "reason": "page",
        "people": 1,
    }

    assert "paused" in run("pause", "1")
    server_works(settings)
    assert json.loads(run("status", "1", "--json").splitlines()[1])["state"] == "paused"
    run("resume", "1")
    assert "drafted bulletin 2" in run("correct", "1", "--what", "Mưa thứ Sáu.", "--by", "Chị Sáu")
    run("withdraw", "1")
    server_works(settings)
    states = [json.loads(line)["state"] for line in run("list", "--json").splitlines()]
    assert states == ["draft", "withdrawn"]
    assert json.loads(run("status", "1", "--json").splitlines()[1])["state"] == "withdrawn"


def test_questions_are_read_and_answered_once_and_drafts_discarded(settings: Settings, run: Run) -> None:
    for _ in range(2):
        run("draft", "--place", "31687", "--by", "Chị Sáu", "--by-hand")
        run("drop", "1", "all")
    run("send", "1", "--urgent", "the test runs at any hour")
    server_works(settings)
    now = datetime.now(UTC)
    with opened(settings) as database, transaction(database) as connection:
        connection.execute(OUTBOX.update().values(state="sent", settled_at=now))
        person = people.find(connection, 1, "farmer") or 0
        bulletins.take_verdicts(connection, [(person, "question", 1)], now)
        row = {"person_id": person, "key": "k", "kind": "TextSaid", "state": "done", "text": "mưa ngày nào"}
        connection.execute(INBOX.insert().values(**row, received_at=now))

    asked = json.loads(run("questions", "1", "--json"))
    answered = run("answer", "1", str(person), "Thứ Năm.", "--by", "Chị Sáu")
    with pytest.raises(Trouble, match="waits for no answer"):
        run("answer", "1", str(person), "Thứ Sáu.", "--by", "Chị Sáu")
    discarded = run("discard", "2")
    with pytest.raises(Trouble, match="no draft any more"):
        run("discard", "1")

    assert (asked["person"], asked["asks"], asked["answered"]) == (person, "mưa ngày nào", False)
    assert "is answered" in answered
    assert json.loads(run("questions", "1", "--json"))["answered"] is True
    assert "draft 2 is gone" in discarded
    assert "nobody asks" in run("questions", "2")


def test_an_account_may_want_a_second_reader(settings: Settings, run: Run) -> None:
    said = CliRunner().invoke(account_cli, ["approval", "1", "--above", "0"], catch_exceptions=False).stdout
    run("draft", "--place", "31687", "--by", "Chị Sáu", "--by-hand")

    with pytest.raises(Trouble, match="a second person must read it"):
        run("send", "1", "--urgent", "the test runs at any hour")
    run("approve", "1", "--by", "Anh Tư")

    assert "more than 0 people" in said
    assert "to 1 people" in run("send", "1", "--urgent", "the test runs at any hour")


def test_a_service_that_fails_never_blocks_writing_by_hand(
    settings: Settings, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUADAM_WEATHER_API_URL", "http://127.0.0.1:9")

    drafted = run("draft", "--place", "31687", "--by", "Chị Sáu", "--by-hand")

    assert "drafted bulletin 1" in drafted
    assert "Open-Meteo" not in run("preview", "1")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["draft", "--place", "xyzzy", "--by", "A"], "no commune is called so"),
        (["draft", "--place", "31687", "--crops", "nho", "--by", "A"], "no such crop; there are lua"),
        (["preview", "7"], "there is no bulletin 7"),
        (["pause", "7"], "bulletin 7 is not being sent"),
        (["text", "7"], "there is no bulletin 7"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    with pytest.raises(Trouble, match=sentence):
        run(*arguments)


def test_an_edited_text_that_is_wrong_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("draft", "--place", "31687", "--by", "Chị Sáu", "--by-hand")
    before = run("text", "1")
    (tmp_path / "tin.yaml").write_text(before.replace("tasks: []", "tasks: [a, b, c, d]"), encoding="utf-8")

    with pytest.raises(Trouble, match="tasks"):
        run("text", "1", "--from", str(tmp_path / "tin.yaml"))

    assert run("text", "1") == before
