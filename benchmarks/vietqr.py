"""How orders of VietQR are read and written: field for field, byte for byte, and through ten thousand slips.

    .venv/bin/python -m benchmarks.vietqr VECTORS.json [--wrong]

The file has `decode`, a list of `payload` and `expected` (fields by the names that `muadam qr read --json` prints under
`fields`; of those with `ambiguous` only bank and account are scored, where they are taken for good), `encode`, a list
of `input` (bank_bin, account or card, amount, purpose, bill_number) and `payload`, and may have `crc_vectors`. Slips
are made of the payloads that can be paid, with a fixed seed; one whose account is not that of its origin and is shown
as good would be a wrong one.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.qr_content import as_row, read
from bot.vietqr import build, crc

SLIPS = 10_000
#: What is scored of a payload that may be taken or refused, once it is taken.
OF_AMBIGUOUS = ("bank_bin", "account")
GOOD = ("vietqr_transfer", "emv_merchant")


def main() -> None:
    """Read the file named, print what is right and what is not; exit code 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--wrong", action="store_true", help="print the wrong rows")
    options = parser.parse_args()
    vectors = json.loads(options.vectors.read_text(encoding="utf-8"))
    wrong = [*_decoded(vectors["decode"]), *_encoded(vectors.get("encode", []))]
    wrong += [f"crc of {one['in']!r}" for one in vectors.get("crc_vectors", []) if crc(one["in"]) != one["crc"]]
    wrong += _slipped([row["payload"] for row in vectors["decode"]])
    if options.wrong:
        print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def _decoded(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    wrong, fields, started = [], 0, time.perf_counter()
    for row in rows:
        content = read(row["payload"])
        found, expected = as_row(content)["fields"], row["expected"]
        if "ambiguous" in expected:
            names = OF_AMBIGUOUS if content.kind in GOOD else ()
            expected = {name: expected[name] for name in names if name in expected}
        fields += len(expected)
        wrong += [
            f"{row.get('id', row['payload'])} {name}: {found.get(name)!r}, expected {value!r}"
            for name, value in expected.items()
            if found.get(name) != value
        ]
    each = (time.perf_counter() - started) / max(1, len(rows)) * 1e6
    print(f"decoded: {len(rows)} payloads, {fields} fields, {len(wrong)} wrong, {each:.0f} microseconds each")
    return wrong


def _encoded(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    wrong = []
    for row in rows:
        asked = row["input"]
        made = build(
            asked["bank_bin"],
            asked.get("account") or asked["card"],
            is_card="card" in asked,
            amount=int(asked["amount"]) if "amount" in asked else None,
            note=asked.get("purpose", ""),
            bill_number=asked.get("bill_number", ""),
        )
        if made != row["payload"]:
            wrong.append(f"built {made}, expected {row['payload']}")
    print(f"encoded: {len(rows)} payloads, {len(wrong)} not byte for byte")
    return wrong


def _slipped(payloads: Sequence[str]) -> list[str]:
    good = {payload: read(payload) for payload in payloads if read(payload).kind in GOOD}
    chance, wrong, refused = random.Random(7), [], 0
    for _ in range(SLIPS if good else 0):
        payload = chance.choice(list(good))
        slipped = _with_slip(payload, chance)
        found = read(slipped)
        refused += found.kind not in GOOD
        if found.kind in GOOD and found.order is not None and found.order != good[payload].order:
            wrong.append(f"shown as good: {slipped}")
    made = SLIPS if good else 0
    print(f"slips: {made} of {len(good)} payloads, {refused} refused, {len(wrong)} wrong accounts shown as good")
    return wrong


def _with_slip(payload: str, chance: random.Random) -> str:
    """One or two characters changed, dropped, doubled or swapped, or the end cut off."""
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(payload) - 1)
        before, here, after = payload[:at], payload[at], payload[at + 1 :]
        match chance.randrange(5):
            case 0:
                payload = before + chance.choice("0123456789ABCFV.") + after
            case 1:
                payload = before + after
            case 2:
                payload = before + here + here + after
            case 3:
                payload = before + after[0] + here + after[1:]
            case _:
                payload = payload[: max(4, at)]
    return payload


if __name__ == "__main__":
    main()
