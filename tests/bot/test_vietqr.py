"""Orders to transfer money: read as the payload says them, written byte for byte, never made up.

Payloads are public samples, of NAPAS "QR Format T&C" v1.0 and of xuannghia/vietnam-qr-pay, subiz/vietqr and
vanvixi/vietqr.dart (MIT), unless a line says otherwise.
"""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import vietqr
from bot.qr_content import as_row, read
from bot.vietqr import PayloadError, build, crc

ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
ACB_10K = (
    "00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA53037045405100005802VN62150811Chuyen tien"
    "630453E6"
)
CARD = "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"
ORDER = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
LEADING_ZERO = "00020101021138580010A000000727012800069704070114190304136010180208QRIBFTTA53037045802VN63040283"
SMALL_HEX = "00020101021138540010A00000072701240006970422011003523509170208QRIBFTTA53037045802VN630479db"
NO_AMOUNT = "00020101021238570010A00000072701270006970436011308810004580860208QRIBFTTA53037045802VN6304C06F"
VNPAY = (
    "00020101021126280010A0000007750110010531314453037045408210900005802VN5910CELLPHONES62600312CPSHN ONLINE"
    "0517021908061613127850705ONLHN0810CellphoneS63047685"
)
EVN = (
    "000201010211262400020001140100101114-0195204490053037045802VN5931EVN CONG TY DIEN LUC THANH XUAN6006Ha Noi"
    "62450302000613PD000000000000702000812TT tien dien6304DC30"
)
BROKEN_SAMPLE = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5"


@pytest.mark.parametrize(
    ("payload", "bank_bin", "account", "amount", "note", "problems"),
    [
        pytest.param(ACB, "970416", "257678859", None, None, [], id="static"),
        pytest.param(ACB_10K, "970416", "257678859", 10_000, "Chuyen tien", [], id="with an amount"),
        pytest.param(CARD, "970403", "9704031101234567", None, None, [], id="to a card"),
        pytest.param(ORDER, "970403", "0011012345678", 180_000, "thanh toan don hang", [], id="with a bill"),
        pytest.param(LEADING_ZERO, "970407", "19030413601018", None, None, [], id="checksum begins with 0"),
        pytest.param(SMALL_HEX, "970422", "0352350917", None, None, [], id="checksum in small letters"),
        pytest.param(
            NO_AMOUNT, "970436", "0881000458086", None, None, ["dynamic_without_amount"], id="dynamic, no amount"
        ),
    ],
)
def test_an_order_says_whose_the_money_is(
    payload: str, bank_bin: str, account: str, amount: int | None, note: str | None, problems: list[str]
) -> None:
    row = as_row(read(payload))

    assert row["kind"] == "vietqr_transfer"
    said = tuple(row[name] for name in ("bank_bin", "account", "amount", "note", "problems"))
    assert said == (bank_bin, account, amount, note, problems)


@pytest.mark.parametrize(
    ("payload", "name", "amount"),
    [(VNPAY, "CELLPHONES", 21_090_000), (EVN, "EVN CONG TY DIEN LUC THANH XUAN", None)],
    ids=["VNPAY", "EVN"],
)
def test_a_code_of_a_shop_or_a_bill_is_known_by_its_identifier(payload: str, name: str, amount: int | None) -> None:
    row = as_row(read(payload))

    assert (row["kind"], row["fields"]["merchant_name"], row["amount"]) == ("emv_merchant", name, amount)
    assert row["account"] is None


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        pytest.param(ACB[:-1] + "E", "crc_wrong", id="checksum of something else"),
        pytest.param(ACB[:-4], "crc_wrong", id="without a checksum"),
        pytest.param(ACB[:40], "length_wrong", id="cut off"),
        pytest.param(BROKEN_SAMPLE, "account_missing", id="printed example with an inner length of 12"),
        pytest.param(ACB.replace("257678859", "257678858"), "crc_wrong", id="another account"),
        pytest.param("0002" + "9" * 200, "length_wrong", id="no tags"),
    ],
)
def test_what_does_not_hold_together_is_broken(payload: str, problem: str) -> None:
    content = read(payload)

    assert content.kind == "broken"
    assert problem in content.problems


def with_checksum(body: str) -> str:
    """The body with the checksum that fits, worked out bit by bit and not by the table."""
    value = 0xFFFF
    for byte in (body + "6304").encode():
        for bit in range(8):
            top = (value >> 15) ^ (byte >> (7 - bit) & 1)
            value = (value << 1 & 0xFFFF) ^ (0x1021 if top else 0)
    return f"{body}6304{value:04X}"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(ACB[:-8].replace("5303704", "5303840"), "currency_not_vnd", id="dollars"),
        pytest.param(ACB[:-8].replace("5802VN", "5802US"), "country_not_vn", id="abroad"),
        pytest.param(ACB_10K[:-8].replace("540510000", "540500000"), "amount_invalid", id="nothing to pay"),
        pytest.param(ACB_10K[:-8].replace("540510000", "540510,00"), "amount_invalid", id="a comma"),
        pytest.param(ACB[:-8].replace("000201", "000202"), "version_unknown", id="another version"),
        pytest.param(ACB[:-8] + "5802VN", "length_wrong", id="a tag twice"),
        pytest.param(ACB[:-8].replace("0109257678859", "01092576 8859"), "account_missing", id="a space"),
        pytest.param(ACB[:-8] + CARD[12:-8].replace("3860", "2660"), "account_missing", id="two accounts"),
        pytest.param(ACB[:12] + "3805hello" + "53037045802VN", "length_wrong", id="a merchant without tags"),
        pytest.param(VNPAY[:-8].replace("01100105313144", "01110105313144"), "length_wrong", id="a merchant cut off"),
        pytest.param(ACB[:-8] + "6308", "length_wrong", id="a checksum of eight"),
    ],
)
def test_an_order_that_nobody_can_pay_is_broken_though_its_checksum_fits(body: str, problem: str) -> None:
    content = read(with_checksum(body))

    assert content.kind == "broken"
    assert problem in content.problems


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        pytest.param("970416", "970999", "bank_unknown", id="bank"),
        pytest.param("QRIBFTTA", "QRCASHXX", "service_unknown", id="service"),
        pytest.param("010211", "010222", "method_unknown", id="method"),
        pytest.param("5802VN", "5405100005802VN", "static_with_amount", id="an amount in a static one"),
    ],
)
def test_what_is_odd_about_an_order_is_told(was: str, now: str, problem: str) -> None:
    content = read(with_checksum(ACB[:-8].replace(was, now)))

    assert (content.kind, content.problems) == ("vietqr_transfer", (problem,))


def test_an_order_beside_that_of_a_shop_is_the_one_that_is_paid() -> None:
    both = read(with_checksum(VNPAY[:44] + ACB[12:-8]))

    assert (both.kind, both.order and both.order.account) == ("vietqr_transfer", "257678859")


@pytest.mark.parametrize("count", [len, lambda note: len(note.encode())], ids=["characters", "bytes"])
def test_lengths_of_accented_notes_are_counted_both_ways(count: object) -> None:
    note = "Tiền điện tháng 5"
    label = f"08{count(note):02}{note}"  # type: ignore[operator]
    body = ACB[:-8] + f"62{count(label):02}{label}"  # type: ignore[operator]

    content = read(with_checksum(body))

    assert (content.kind, content.order and content.order.note) == ("vietqr_transfer", note)


def test_an_order_that_means_two_accounts_by_two_ways_of_counting_is_broken() -> None:
    by_bytes = ACB[12:69]
    by_characters = ACB[12:69].replace("257678859", "111111111")
    # 99 bytes are 33 of these letters; who counts characters takes the first account for what follows them.
    hidden = "8099" + "ế" * 33 + by_bytes + "8201x"

    content = read(with_checksum(ACB[:12] + hidden + f"81{len(by_characters)}" + by_characters + ACB[69:-8]))

    assert content.kind == "broken"
    assert as_row(content)["account"] is None


def test_a_template_that_stands_elsewhere_is_found_by_its_identifier() -> None:
    assert read(with_checksum(ACB[:-8].replace("3853", "2753"))).kind == "vietqr_transfer"


# Writing --------------------------------------------------------------------------------------------------


def test_the_checksum_is_that_of_the_standard() -> None:
    assert (crc("123456789"), crc("00"), crc("01")) == ("29B1", "2EC9", "3EE8")


def test_payloads_are_written_byte_for_byte() -> None:
    assert build("970416", "257678859") == ACB
    assert build("970416", "257678859", amount=10_000, note="Chuyển tiền") == ACB_10K
    assert build("970403", "9704031101234567", is_card=True) == CARD
    bill = build("970403", "0011012345678", amount=180_000, note="thanh toan don hang", bill_number="NPS6869")
    assert bill == ORDER


@pytest.mark.parametrize(
    ("bank_bin", "account", "options"),
    [
        ("97041", "257678859", {}),
        ("970416", "", {}),
        ("970416", "2" * 20, {}),
        ("970416", "257 678", {}),
        ("970416", "257678859", {"amount": 0}),
        ("970416", "257678859", {"amount": -5}),
        ("970416", "257678859", {"amount": 10**13}),
        ("970416", "257678859", {"note": "x" * 96}),
        ("970416", "257678859", {"note": "tiền 🍚"}),
        ("970416", "257678859", {"note": "hai\ndòng"}),
    ],
)
def test_what_cannot_be_written_is_refused(bank_bin: str, account: str, options: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        build(bank_bin, account, **options)  # type: ignore[arg-type]


@given(
    st.sampled_from(["970416", "970436", "999888"]),
    st.from_regex(r"[0-9A-Z]{1,19}", fullmatch=True),
    st.none() | st.integers(1, 10**13 - 1),
    st.text("abc XYZ059.-/", max_size=80).map(str.strip),
)
def test_what_is_written_is_read_back(bank_bin: str, account: str, amount: int | None, note: str) -> None:
    row = as_row(read(build(bank_bin, account, amount=amount, note=note)))

    assert row["kind"] == "vietqr_transfer"
    assert (row["bank_bin"], row["account"], row["amount"], row["note"] or "") == (bank_bin, account, amount, note)


# Damage ---------------------------------------------------------------------------------------------------


def mutated(payload: str, chance: random.Random) -> str:
    """The payload with one or two slips: a character changed, dropped, doubled or swapped, an end cut off."""
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(payload) - 1)
        match chance.randrange(5):
            case 0:
                payload = payload[:at] + chance.choice("0123456789ABCFV.") + payload[at + 1 :]
            case 1:
                payload = payload[:at] + payload[at + 1 :]
            case 2:
                payload = payload[: at + 1] + payload[at:]
            case 3:
                payload = payload[:at] + payload[at + 1] + payload[at] + payload[at + 2 :]
            case _:
                payload = payload[: max(4, at)]
    return payload


def test_no_damage_makes_another_account() -> None:
    chance = random.Random(7)
    whole = {payload: read(payload) for payload in (ACB, ACB_10K, CARD, ORDER, SMALL_HEX, VNPAY, EVN)}

    for _ in range(10_000):
        payload, content = chance.choice(list(whole.items()))
        spoilt = read(mutated(payload, chance))
        if spoilt.kind in ("vietqr_transfer", "emv_merchant"):
            assert spoilt.order == content.order


@given(st.text(max_size=200) | st.text("0123456789", max_size=200).map(lambda tail: "000201" + tail))
def test_any_text_is_read(text: str) -> None:
    content = read(text)

    assert content.kind != "vietqr_transfer"
    assert as_row(content)["kind"] == content.kind


def test_a_long_text_of_tags_is_read_at_once() -> None:
    assert vietqr.read("000201" * 50_000).has_outer is False
