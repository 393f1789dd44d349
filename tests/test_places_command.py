"""`muadam places find`, as a person and as a program call it."""

import json

import pytest
from typer.testing import CliRunner

from commands.places import cli
from server import Trouble


def run(*arguments: str, stdin: str = "") -> str:
    result = CliRunner().invoke(cli, arguments, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_place_is_printed_for_people() -> None:
    assert run("find", "tai van tran de") == "31687  Xã Tài Văn, Thành phố Cần Thơ\n"


def test_several_places_are_printed_as_a_list() -> None:
    lines = run("find", "Trần Đề, Sóc Trăng").splitlines()

    assert lines[0] == "one of 5:"
    assert lines[1] == "31673  Xã Trần Đề, Thành phố Cần Thơ"


def test_an_unknown_place_says_what_is_known() -> None:
    assert run("find", "Sóc Trăng") == "no commune that is sure, but Thành phố Cần Thơ (92)\n"
    assert run("find", "tôi muốn học") == "no commune that is sure\n"


def test_json_has_the_answer_and_its_places() -> None:
    assert json.loads(run("find", "--json", "tai van tran de")) == {
        "answer": "found",
        "places": [{"code": "31687", "commune": "Xã Tài Văn", "province": "Thành phố Cần Thơ"}],
        "province": {"code": "92", "name": "Thành phố Cần Thơ"},
    }


def test_lines_are_answered_one_by_one_and_a_bad_one_does_not_stop_the_rest() -> None:
    rows = [json.loads(line) for line in run("find", "--jsonl", stdin='"tài văn"\nnot json\n7\n"Huế"\n').splitlines()]

    assert [row.get("answer") for row in rows] == ["found", None, None, "unknown"]
    assert rows[1]["error"].startswith("not JSON")
    assert rows[2] == {"error": "not a JSON string"}


def test_near_decides_between_communes_of_one_name() -> None:
    row = json.loads(run("find", "--json", "--near", "96", "tân thành"))

    assert [place["code"] for place in row["places"]] == ["32025", "31957"]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("find",), id="no place"),
        pytest.param(("find", "--jsonl", "tài văn"), id="a place and a stream"),
        pytest.param(("find", "--near", "abc", "tài văn"), id="near is no code"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: tuple[str, ...]) -> None:
    with pytest.raises(Trouble):
        CliRunner().invoke(cli, arguments, catch_exceptions=False)
