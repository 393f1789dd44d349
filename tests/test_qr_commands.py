"""`muadam qr read` and `muadam qr make`, as a person and as a program call them."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from commands.qr import cli
from server import Trouble
from tests.qr import pictures

ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
ACB_10K = (
    "00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA53037045405100005802VN62150811Chuyen tien"
    "630453E6"
)

VNPAY = (
    "00020101021126280010A0000007750110010531314453037045408210900005802VN5910CELLPHONES62600312CPSHN ONLINE"
    "0517021908061613127850705ONLHN0810CellphoneS63047685"
)


def run(*arguments: str, stdin: str = "") -> str:
    result = CliRunner().invoke(cli, arguments, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_payload_is_said_in_words() -> None:
    assert run("read", ACB_10K).splitlines() == [
        "kind: vietqr_transfer",
        "bank: ACB",
        "bank_bin: 970416",
        "account: 257678859",
        "amount: 10000",
        "note: Chuyen tien",
    ]


def test_no_account_is_read_off_a_broken_order() -> None:
    assert run("read", f"{ACB_10K[:-1]}0").splitlines() == ["kind: broken", "problems: crc_wrong"]


def test_a_shop_is_said_with_its_name() -> None:
    assert "merchant: CELLPHONES" in run("read", VNPAY).splitlines()


def test_json_has_what_a_program_compares() -> None:
    row = json.loads(run("read", "--json", ACB))

    said = {name: row[name] for name in ("kind", "bank_bin", "account", "amount", "note", "problems")}
    assert said == {
        "kind": "vietqr_transfer",
        "bank_bin": "970416",
        "account": "257678859",
        "amount": None,
        "note": None,
        "problems": [],
    }
    assert row["fields"]["crc_ok"] is True


def test_a_photo_is_read(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(pictures.saved(pictures.on_table(pictures.poster(ACB))))

    assert json.loads(run("read", "--json", str(photo)))["account"] == "257678859"


def test_two_codes_on_a_photo_are_a_problem(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(
        pictures.saved(pictures.side_by_side(pictures.code(ACB), pictures.code("https://abc.top/x")), "PNG")
    )

    row = json.loads(run("read", "--json", str(photo)))
    assert row["problems"] == ["two_codes"]
    assert [code["kind"] for code in row["codes"]] == ["vietqr_transfer", "link"]
    assert run("read", str(photo)).startswith("2 codes on one picture")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"no picture", "picture_broken"), (pictures.saved(Image.new("L", (90, 90))), "no_code")],
)
def test_a_file_without_a_code_says_so(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "file.jpg"
    file.write_bytes(content)

    row = json.loads(run("read", "--json", str(file)))
    assert (row["kind"], row["problems"]) == ("broken", [problem])


def test_nothing_of_an_identity_card_is_printed(tmp_path: Path) -> None:
    card = "012345678901|123456789|Nguyễn Văn Tí|01021960|Nam|Thôn Hai|01012022"
    photo = tmp_path / "card.png"
    photo.write_bytes(pictures.saved(pictures.code(card), "PNG"))

    for code in (card, str(photo)):
        assert run("read", code) == "kind: citizen_card\n"
        assert "Nguyễn" not in run("read", "--json", code)


def test_lines_are_answered_one_by_one() -> None:
    lines = run("read", "--jsonl", stdin=f"{json.dumps(ACB)}\nnot json\n7\n{json.dumps('x' * 9000)}\n").splitlines()

    rows = [json.loads(line) for line in lines]
    assert [row.get("kind") for row in rows] == ["vietqr_transfer", None, None, "text"]
    assert rows[2] == {"error": "not a JSON string"}


def test_a_payload_is_written() -> None:
    assert run("make", "--bank", "ACB", "--account", "257678859") == f"{ACB}\n"
    arguments = ("make", "--bank", "970416", "--account", "257 678 859", "--amount", "10000", "--note", "Chuyển tiền")
    assert run(*arguments) == f"{ACB_10K}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("read",), "name a picture"),
        (("read", "no-such-photo.JPG"), "no-such-photo.JPG: there is no such file"),
        (("read", "--jsonl", ACB), "give --jsonl and neither"),
        (("make", "--bank", "Vietcombak", "--account", "1"), "did you mean Vietcombank"),
        (("make", "--bank", "ACB", "--account", "12-3"), "an account is 1 to 19 letters and digits"),
        (("make", "--bank", "ACB", "--account", "1", "--amount", "0"), "a whole number of dong"),
    ],
)
def test_mistakes_are_told_in_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(Trouble, match=sentence):
        CliRunner().invoke(cli, arguments, catch_exceptions=False)
