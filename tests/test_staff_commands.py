"""`muadam staff`: who is added, what the link is worth, what is said when something is wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.staff import cli
from server import Trouble
from storage import staff
from storage.database import Database, connect, reading, transaction
from storage.staff import Wanted, digest
from tests.conftest import NOW

Run = Callable[..., str]

SAU = ("add", "sau.tv", "--name", "Chị Sáu", "--role", "member", "--place", "31687")


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The database of the commands."""
    monkeypatch.setenv("MUADAM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MUADAM_PUBLIC_URL", "https://muadam.xa.example/")
    made = connect(f"sqlite:///{tmp_path / 'muadam.db'}")
    yield made
    made.close()


@pytest.fixture
def run(stored: Database) -> Run:
    def command(*arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return command


def link_in(said: str) -> str:
    return said.strip().splitlines()[-1]


def member_by(database: Database, link: str, *, days: float = 0) -> str | None:
    """Who may choose a password by this link, so many days from now."""
    # The commands read the real clock.
    when = datetime.now(UTC) + timedelta(days=days)
    with reading(database) as connection:
        row = staff.invited(connection, link.rpartition("/")[2], when)
    return row.login if row is not None else None


def test_somebody_is_added_with_a_link_that_is_good_for_three_days(run: Run, stored: Database) -> None:
    said = run(*SAU, "--role", "leader", "--place", "92")

    link = link_in(said)
    assert link.startswith("https://muadam.xa.example/staff/join/")
    assert len(link.rpartition("/")[2]) == 43
    assert member_by(stored, link, days=2.9) == "sau.tv"
    assert member_by(stored, link, days=3.1) is None
    with reading(stored) as connection:
        (member,) = staff.everyone(connection)
    assert (member.name, member.roles, member.scope) == ("Chị Sáu", {"member", "leader"}, ("31687", "92"))


def test_without_a_public_address_the_link_is_this_computers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUADAM_PUBLIC_URL", "")

    assert link_in(run(*SAU)).startswith("http://127.0.0.1:8000/staff/join/")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("add", "Sáu", *SAU[2:]), "2 to 40 small letters", id="login"),
        pytest.param((*SAU[:3], "  ", *SAU[4:]), "--name is empty", id="name"),
        pytest.param((*SAU[:5], "boss", *SAU[6:]), "--role boss", id="role"),
        pytest.param((*SAU[:7], "00000"), "no code of a commune or province", id="place"),
        pytest.param((*SAU[:7], "Tài Văn"), "muadam places find", id="a place by its name"),
        pytest.param(("reset", "nobody"), "nobody signs in as nobody", id="reset"),
        pytest.param(("end", "nobody"), "nobody signs in as nobody", id="end"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_changes_nothing(
    run: Run, stored: Database, arguments: tuple[str, ...], sentence: str
) -> None:
    run("list")

    with pytest.raises(Trouble, match=sentence):
        run(*arguments)

    with reading(stored) as connection:
        assert staff.everyone(connection) == []
        assert staff.audit(connection, Wanted(), limit=9) == []


@pytest.mark.parametrize("place", ["31687", "92", "vn"])
def test_a_place_is_a_commune_a_province_or_everywhere(run: Run, place: str) -> None:
    run(*SAU[:7], place)

    assert json.loads(run("list", "--json"))["places"] == place


def test_a_login_that_is_there_is_not_added_again(run: Run) -> None:
    run(*SAU)

    with pytest.raises(Trouble, match=r"there is a sau\.tv already"):
        run(*SAU)


def test_a_reset_ends_password_sessions_lock_and_the_older_link(run: Run, stored: Database) -> None:
    first = link_in(run(*SAU))
    with transaction(stored) as connection:
        staff.change(connection, 1, password_hash="a hash", failed_attempts=3, locked_until=NOW + timedelta(days=9999))
        staff.begin_session(connection, 1, cookie_digest=digest("cookie"), agent="?", now=NOW)

    second = link_in(run("reset", "sau.tv"))

    assert (member_by(stored, first), member_by(stored, second)) == (None, "sau.tv")
    with reading(stored) as connection:
        row = staff.one(connection, 1)
        session = staff.session(
            connection, digest("cookie"), now=NOW, idle=timedelta(hours=1), longest=timedelta(hours=1)
        )
    assert (row.password_hash, row.failed_attempts, row.locked_until, session) == ("", 0, None, None)


def test_who_has_ended_is_listed_so_and_his_login_is_nobody_elses(run: Run, stored: Database) -> None:
    link = link_in(run(*SAU))

    run("end", "sau.tv")

    assert member_by(stored, link) is None
    assert json.loads(run("list", "--json"))["active"] is False
    with pytest.raises(Trouble, match="choose another login"):
        run(*SAU)
    with pytest.raises(Trouble, match=r"nobody signs in as sau\.tv"):
        run("reset", "sau.tv")


def test_the_list_says_what_to_do_when_it_is_empty_and_shows_no_secret(run: Run, stored: Database) -> None:
    empty, nothing = run("list"), run("list", "--json")
    link = link_in(run(*SAU))
    rows = run("list") + run("list", "--json")

    assert empty == "nobody yet: see `muadam staff add --help`\n"
    assert nothing == ""
    assert "sau.tv" in rows
    token = link.rpartition("/")[2]
    assert token not in rows
    assert digest(token) not in rows


def test_what_the_commands_do_is_written_down_without_the_link(run: Run, stored: Database) -> None:
    links = [link_in(run(*SAU)), link_in(run("reset", "sau.tv"))]
    run("end", "sau.tv")

    with reading(stored) as connection:
        rows = staff.audit(connection, Wanted(), limit=9)
    assert [(row.action, row.subject, row.login) for row in rows] == [
        ("staff_ended", "sau.tv", None),
        ("staff_reset", "sau.tv", None),
        ("staff_added", "sau.tv", None),
    ]
    assert not any(link.rpartition("/")[2] in str(row) for row in rows for link in links)


def test_what_was_done_can_be_read_the_newest_first(run: Run) -> None:
    nothing = run("audit")
    run(*SAU)
    run("reset", "sau.tv")

    rows = [json.loads(line) for line in run("audit", "--json").splitlines()]

    assert "nobody did anything" in nothing
    assert [(row["who"], row["action"], row["subject"]) for row in rows] == [
        ("", "staff_reset", "sau.tv"),
        ("", "staff_added", "sau.tv"),
    ]
    assert len(run("audit", "--limit", "1").splitlines()) == 1


def test_roles_and_places_are_changed_and_the_rest_stays(run: Run, stored: Database) -> None:
    run(*SAU)

    said = run("change", "sau.tv", "--role", "leader", "--place", "92")

    assert said == "sau.tv is changed\n"
    with reading(stored) as connection:
        (member,) = staff.everyone(connection)
        rows = staff.audit(connection, Wanted(action="staff_changed"), limit=9)
    assert (member.name, member.roles, member.scope) == ("Chị Sáu", {"leader"}, ("92",))
    assert [(row.subject, row.detail) for row in rows] == [("sau.tv", "leader 92")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param((), "nothing to change", id="nothing"),
        pytest.param(("--name", " "), "--name is empty", id="name"),
        pytest.param(("--role", "boss"), "--role boss", id="role"),
        pytest.param(("--place", "1"), "--place 1", id="place"),
    ],
)
def test_a_change_that_cannot_be_is_one_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    run(*SAU)

    with pytest.raises(Trouble, match=sentence):
        run("change", "sau.tv", *arguments)


def test_the_audit_is_filtered(run: Run) -> None:
    run(*SAU)
    run("reset", "sau.tv")

    rows = [json.loads(line) for line in run("audit", "--action", "staff_reset", "--json").splitlines()]

    assert [(row["action"], row["subject"]) for row in rows] == [("staff_reset", "sau.tv")]
    assert "nobody did anything yet" in run("audit", "--subject", "person 42")
    with pytest.raises(Trouble, match="there was never a tu"):
        run("audit", "--who", "tu")
