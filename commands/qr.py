"""Commands for QR codes: say what one holds, write an order to transfer money."""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import banks
from bot.qr_content import Content, as_row
from bot.qr_content import read as read_content
from bot.vietqr import PayloadError, build
from commands.printing import AsJson, AsJsonLines, json_lines
from server import Trouble

_PICTURES = (".jpg", ".jpeg", ".png", ".webp")

cli = typer.Typer(no_args_is_help=True, help="QR codes: what one holds, and orders to transfer money.")


@cli.command("read")
def read(
    code: Annotated[
        str | None, typer.Argument(metavar="FILE_OR_PAYLOAD", help="A picture, or what a code holds.")
    ] = None,
    as_json_: AsJson = False,
    as_jsonl: AsJsonLines = False,
) -> None:
    """Say what a QR code holds: whose account, how much, and what is wrong with it. Nothing is opened or kept.

    Of an identity card nothing is shown. Amounts are whole dong.

    Example: muadam qr read 00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F
    """
    if (code is None) != as_jsonl:
        raise Trouble("name a picture or what a code holds, or give --jsonl and neither: muadam qr read photo.jpg")
    if code is None:
        for line in json_lines(sys.stdin, lambda text: row_of(_contents(text))):
            print(line, flush=True)
        return
    try:
        row = row_of(_contents(code))
    except OSError as error:
        raise Trouble(f"{code}: {error.strerror}") from error
    if row["kind"] == "text" and Path(code).suffix.lower() in _PICTURES:
        raise Trouble(f"{code}: there is no such file")
    print(json.dumps(row, ensure_ascii=False) if as_json_ else as_text(row))


def row_of(contents: list[Content]) -> dict[str, Any]:
    """The only code, or the first with all of them under `codes`: two on one picture are a problem by themselves."""
    first = as_row(contents[0])
    if len(contents) == 1:
        return first
    return {**first, "problems": ["two_codes", *first["problems"]], "codes": [as_row(content) for content in contents]}


def as_text(row: dict[str, Any]) -> str:
    if "codes" in row:
        parts = ["\n".join(_lines(one)) for one in row["codes"]]
        return "\n\n".join([f"{len(parts)} codes on one picture: one may be stuck over another", *parts])
    return "\n".join(_lines(row))


def _lines(row: dict[str, Any]) -> list[str]:
    # Of an order that does not hold together nobody should read an account off the screen; --json has the fields.
    shown = ("kind",) if row["kind"] == "broken" else ("kind", "bank", "bank_bin", "account", "amount", "note")
    lines = [f"{name}: {row[name]}" for name in shown if row[name] is not None]
    if row["kind"] == "emv_merchant" and (name := row["fields"].get("merchant_name")):
        lines.append(f"merchant: {name}")
    if row["kind"] in ("link", "text") and row["text"]:
        lines.append(f"text: {row['text']}")
    return lines + ([f"problems: {', '.join(row['problems'])}"] if row["problems"] else [])


def _contents(code: str) -> list[Content]:
    """What the codes of a picture hold, or what this payload is; never none."""
    if not _is_file(code):
        return [read_content(code)]
    from qr.reading import look  # the decoders of pictures: only here

    seen = look(Path(code).read_bytes())
    if seen.trouble:
        return [Content("broken", problems=(f"picture_{seen.trouble}",))]
    # What an identity card says was dropped where it was read.
    found = [read_content(one.text) if one.text else Content(one.kind) for one in seen.codes]
    return found or [Content("broken", problems=("no_code",))]


def _is_file(code: str) -> bool:
    try:
        return Path(code).is_file()
    except (OSError, ValueError):  # longer than a name can be, or with a NUL in it
        return False


@cli.command("make")
def make(
    bank: Annotated[str, typer.Option(help="The bank: its number (BIN), code or name.")],
    account: Annotated[str, typer.Option(help="Account number, or card number with --card.")],
    amount: Annotated[int | None, typer.Option(help="Whole dong; without it the payer types the sum.")] = None,
    note: Annotated[str, typer.Option(help="What the transfer is for; accents are dropped.")] = "",
    is_card: Annotated[bool, typer.Option("--card", help="The number is that of a card.")] = False,
    out: Annotated[Path | None, typer.Option(help="Draw the code too, into a .png, .svg or .pdf file.")] = None,
    is_poster: Annotated[
        bool, typer.Option("--poster", help="With --out, draw a poster to print: .pdf has A5 and A6, .png is A5.")
    ] = False,
    is_sample: Annotated[
        bool, typer.Option("--sample", help="With --out, draw a stamped .png for a lesson, by which nobody can pay.")
    ] = False,
) -> None:
    """Write the payload of an order to transfer money. Try it with 1,000 dong, and read the name, before it is used.

    Example: muadam qr make --bank ACB --account 257678859 --poster --out poster.pdf
    """
    if (is_poster or is_sample) and (out is None or is_poster == is_sample):
        raise Trouble("give --poster or --sample, and the file to draw: --poster --out poster.pdf")
    payload = _payload(bank, account, amount, note, is_card=is_card)
    if out is not None:
        _draw(payload, out, "sample" if is_sample else "poster" if is_poster else "code")
    print(payload)


def _draw(payload: str, out: Path, kind: str) -> None:
    from qr import poster  # fonts and pictures: only here

    form = out.suffix.lower().removeprefix(".")
    draws: dict[str, dict[str, Callable[[str], bytes]]] = {
        "code": {name: partial(poster.code, kind=name) for name in ("png", "svg", "pdf")},
        "poster": {"pdf": poster.pdf, "png": partial(poster.draw, size="a5")},
        "sample": {"png": poster.sample},
    }
    if form not in draws[kind]:
        raise Trouble(f"--out {out}: a {kind} is drawn into a file that ends in .{' or .'.join(draws[kind])}")
    try:
        out.write_bytes(draws[kind][form](payload))
    except OSError as error:
        raise Trouble(f"--out {out}: {error.strerror}") from error
    if kind != "sample":
        print("Transfer 1,000 dong by this code, and read the name, before anybody else pays by it.", file=sys.stderr)


def _payload(bank: str, account: str, amount: int | None, note: str, *, is_card: bool) -> str:
    found = banks.find(bank)
    if found is None:
        raise Trouble(f"--bank {bank}: no bank of this number, code or name; did you mean {banks.nearest(bank)}?")
    try:
        return build(found.bin, account.replace(" ", ""), is_card=is_card, amount=amount, note=note)
    except PayloadError as error:
        raise Trouble(str(error)) from error
