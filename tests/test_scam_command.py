"""`muadam scam-check`, as a person and as a program call it."""

import json

import pytest
from typer.testing import CliRunner

from muadam import cli

TRICK = "Toi la cong an, ba doc ma OTP vua gui ve may cho toi ngay"


def run(*arguments: str, stdin: str) -> str:
    result = CliRunner().invoke(cli, ["scam-check", *arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_trick_is_told_with_its_words_and_what_to_do() -> None:
    level, *reasons, advice = run(stdin=TRICK).splitlines()

    assert level == "danger"
    assert all(reason.startswith("- ") for reason in reasons)
    assert advice
    assert "{" not in " ".join(reasons) + advice


def test_json_has_three_fields() -> None:
    row = json.loads(run("--json", stdin="Con về tới bến xe rồi nội ơi"))

    assert set(row) == {"level", "reasons", "advice"}
    assert (row["level"], row["reasons"]) == ("no_sign_found", [])


@pytest.mark.parametrize("text", ["", "\n", "a" * 20_000, "\x00\ud7ff"])
def test_any_text_gets_an_answer(text: str) -> None:
    assert json.loads(run("--json", stdin=text))["level"] == "no_sign_found"


def test_lines_are_answered_one_by_one() -> None:
    rows = [json.loads(line) for line in run("--jsonl", stdin=f"{json.dumps(TRICK)}\n[]\n").splitlines()]

    assert [row.get("level") for row in rows] == ["danger", None]
