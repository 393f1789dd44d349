"""Orders to transfer money as QR payloads: tags of EMVCo, the checksum, what NAPAS writes into them.

Pure and total. Sources: EMVCo "QR Code Specification for Payment Systems, Merchant-Presented Mode"; NAPAS "QR Format
T&C" v1.0 (2021-09) and v1.5.2 (2022-10). A tag is two digits, then two digits of length, then the value. Lengths count
bytes of UTF-8 in some apps and characters in others, so both are tried.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from vietnamese.fold import plain_letters

NAPAS = "A000000727"
VNPAY = "A000000775"
TO_ACCOUNT, TO_CARD = "QRIBFTTA", "QRIBFTTC"
#: Templates in which merchants and banks are named; which of them is whose is told by the identifier inside.
_MERCHANTS = tuple(f"{number:02}" for number in range(26, 52))
_VERSION, _STATIC, _DYNAMIC = "01", "11", "12"
_VND, _VIETNAM = "704", "VN"
_TRAILER = "6304"

LONGEST_ACCOUNT = 19
LONGEST_AMOUNT = 13  # digits
LONGEST_NOTE = 99 - len("0800")  # of the template that holds it and nothing else
_ACCOUNT = re.compile(rf"[0-9A-Za-z]{{1,{LONGEST_ACCOUNT}}}")
_BIN = re.compile(r"[0-9]{6}")
_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.0{0,2})?")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{4}")
_NOTE = re.compile(r"[ -~]*")

#: Names of the labels in template 62.
_LABELS = {
    "01": "bill_number",
    "02": "mobile_number",
    "03": "store_label",
    "04": "loyalty_number",
    "05": "reference_label",
    "06": "customer_label",
    "07": "terminal_label",
    "08": "purpose",
}


class PayloadError(ValueError):
    """What was asked for cannot be written into a payload; the text says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """A payload taken apart, as far as it holds together. Texts are empty where the payload has none.

    `has_outer`, `has_inner`, `has_labels`: whether its tags, those of its merchant and those of template 62 fill their
    lengths exactly and say one thing; `has_crc` whether the checksum fits. `length_unit`: how lengths were counted,
    utf8-bytes or characters, empty where both are the same. `scheme`: vietqr, vnpayqr, or other: and the identifier.
    `amount` is in VND, None where there is none or it is no number (`amount_text` is what stands there).
    """

    has_outer: bool = False
    has_inner: bool = True
    has_labels: bool = True
    has_crc: bool = False
    crc: str = ""
    length_unit: str = ""
    version: str = ""
    method: str = ""
    scheme: str = ""
    bank_bin: str = ""
    account: str = ""
    service: str = ""
    merchant_id: str = ""
    category: str = ""
    currency: str = ""
    country: str = ""
    amount: int | None = None
    amount_text: str = ""
    merchant_name: str = ""
    city: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def note(self) -> str:
        return self.labels.get("purpose", "")

    @property
    def is_card(self) -> bool:
        return self.service == TO_CARD

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is cut, doubled or changed."""
        return self.has_outer and self.has_inner and self.has_labels and self.has_crc


def is_order(text: str) -> bool:
    """Whether a text means to be a payload of this kind; it need not be a good one."""
    return text.startswith("0002")


def read(text: str) -> Order:
    """The payload taken apart; lengths are counted the way in which more of it fits. Never raises."""
    if text.isascii():
        return _read(text, text)
    by_bytes = replace(_read(text.encode("utf-8", "replace"), text), length_unit="utf8-bytes")
    by_characters = replace(_read(text, text), length_unit="characters")
    if by_bytes.is_whole and by_characters.is_whole:
        # One app would pay one account and another app another: made so on purpose.
        return replace(by_bytes, has_inner=False, bank_bin="", account="")
    return max(by_bytes, by_characters, key=_fit)


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 0x1021, begins with 0xFFFF) over the UTF-8 bytes: four capital hex digits."""
    value = 0xFFFF
    for byte in text.encode("utf-8", "replace"):
        value = ((value << 8) & 0xFFFF) ^ _CRC_TABLE[(value >> 8) ^ byte]
    return f"{value:04X}"


def build(
    bank_bin: str,
    account: str,
    *,
    is_card: bool = False,
    amount: int | None = None,
    note: str = "",
    bill_number: str = "",
) -> str:
    """The payload of a transfer, dynamic when it names an amount. Raises PayloadError.

    Notes lose their accents, so that nobody need ask how their length is counted.
    """
    note, bill_number = plain_letters(note).strip(), plain_letters(bill_number).strip()
    _check(bank_bin, account, amount, note, bill_number)
    bank = _tag("00", bank_bin) + _tag("01", account)
    merchant = _tag("00", NAPAS) + _tag("01", bank) + _tag("02", TO_CARD if is_card else TO_ACCOUNT)
    labels = _tags((("01", bill_number), ("08", note)))
    body = _tags(
        (
            ("00", _VERSION),
            ("01", _STATIC if amount is None else _DYNAMIC),
            ("38", merchant),
            ("53", _VND),
            ("54", "" if amount is None else str(amount)),
            ("58", _VIETNAM),
            ("62", labels),
        )
    )
    return body + _TRAILER + crc(body + _TRAILER)


def problems(order: Order) -> Iterator[str]:
    """What keeps a payload from being an order that can be paid, as stable codes; none when it is one."""
    if not (order.has_outer and order.has_inner and order.has_labels):
        yield "length_wrong"
    if not order.has_crc:
        yield "crc_wrong"
    if order.version != _VERSION:
        yield "version_unknown"
    if order.scheme == "vietqr":
        if not order.has_inner or not _BIN.fullmatch(order.bank_bin):
            yield "bank_missing"
        if not order.has_inner or not _ACCOUNT.fullmatch(order.account):
            yield "account_missing"
    elif not order.scheme:
        yield "merchant_missing"
    if order.currency != _VND:
        yield "currency_not_vnd"
    if order.country != _VIETNAM:
        yield "country_not_vn"
    if order.amount_text and not order.amount:
        yield "amount_invalid"


# Reading --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tags:
    """The tags of a text in order, up to one that comes twice; `is_exact` says whether they fill the text."""

    found: dict[str, str] = field(default_factory=dict)
    is_exact: bool = False


def _read(source: bytes | str, text: str) -> Order:
    outer = _taken_apart(source)
    tags = outer.found
    merchant = _merchant(tags)
    labels = _taken_apart(_like(tags.get("62", ""), source))
    amount_text = tags.get("54", "")
    amount = _AMOUNT.fullmatch(amount_text)
    claimed = text[-4:] if text[-8:-4] == _TRAILER and _HEXADECIMAL.fullmatch(text[-4:]) else ""
    return Order(
        has_outer=outer.is_exact and next(reversed(tags.items()), None) == ("63", text[-4:]),
        has_inner=merchant.is_exact,
        has_labels=labels.is_exact or not tags.get("62"),
        version=tags.get("00", ""),
        has_crc=bool(claimed) and crc(text[:-4]) == claimed.upper(),
        crc=claimed.upper(),
        method={_STATIC: "static", _DYNAMIC: "dynamic"}.get(tags.get("01", ""), tags.get("01", "")),
        scheme=merchant.scheme,
        bank_bin=merchant.bank_bin,
        account=merchant.account,
        service=merchant.service,
        merchant_id=merchant.merchant_id,
        category=tags.get("52", ""),
        currency=tags.get("53", ""),
        country=tags.get("58", ""),
        amount=int(amount[1]) if amount else None,
        amount_text=amount_text,
        merchant_name=tags.get("59", ""),
        city=tags.get("60", ""),
        labels={_LABELS[tag]: value for tag, value in labels.found.items() if tag in _LABELS},
    )


@dataclass(frozen=True, slots=True)
class _Merchant:
    scheme: str = ""
    is_exact: bool = True
    bank_bin: str = ""
    account: str = ""
    service: str = ""
    merchant_id: str = ""


def _merchant(tags: Mapping[str, str]) -> _Merchant:
    """Whom the money goes to: of several templates that of NAPAS, else the first. Two of NAPAS name nobody."""
    found = [_of_template(tags[tag]) for tag in _MERCHANTS if tag in tags]
    accounts = [one for one in found if one.scheme == "vietqr"]
    if len(accounts) > 1:
        return _Merchant("vietqr", is_exact=False)
    return next(iter(accounts or found), _Merchant())


def _of_template(value: str) -> _Merchant:
    inner = _taken_apart(value)
    identifier = inner.found.get("00", "")
    if identifier.upper() != NAPAS:
        if identifier.upper() == VNPAY:
            return _Merchant("vnpayqr", inner.is_exact, merchant_id=inner.found.get("01", ""))
        return _Merchant(f"other:{identifier}", inner.is_exact)
    bank = _taken_apart(inner.found.get("01", ""))
    service = inner.found.get("02", "")
    if not bank.is_exact:
        return _Merchant("vietqr", is_exact=False, service=service)
    return _Merchant(
        "vietqr",
        is_exact=inner.is_exact,
        bank_bin=bank.found.get("00", ""),
        account=bank.found.get("01", ""),
        service=service,
    )


def _taken_apart(source: bytes | str) -> _Tags:
    tags, at = _Tags(), 0
    while at < len(source):
        head = _words(source[at : at + 4])
        if len(head) != 4 or not (head.isascii() and head.isdigit()):
            return tags
        end = at + 4 + int(head[2:])
        if end > len(source):
            return tags
        tag = head[:2]
        if tag in tags.found:
            return tags  # what comes twice says two things: nobody can tell which of them is paid
        tags.found[tag] = _words(source[at + 4 : end])
        at = end
    tags.is_exact = bool(tags.found)
    return tags


def _words(source: bytes | str) -> str:
    return source if isinstance(source, str) else source.decode("utf-8", "replace")


def _like(value: str, source: bytes | str) -> bytes | str:
    return value if isinstance(source, str) else value.encode()


def _fit(order: Order) -> tuple[bool, ...]:
    return (order.is_whole, order.has_outer, order.has_inner, order.has_labels)


# Writing --------------------------------------------------------------------------------------------------


def _check(bank_bin: str, account: str, amount: int | None, note: str, bill_number: str) -> None:
    if not _BIN.fullmatch(bank_bin):
        raise PayloadError(f"a bank is six digits, not {bank_bin!r}")
    if not _ACCOUNT.fullmatch(account):
        raise PayloadError(f"an account is 1 to {LONGEST_ACCOUNT} letters and digits without accents or spaces")
    if amount is not None and not 0 < amount < 10**LONGEST_AMOUNT:
        raise PayloadError(f"an amount is a whole number of dong from 1 on, of at most {LONGEST_AMOUNT} digits")
    if not _NOTE.fullmatch(note + bill_number):
        raise PayloadError("a note is made of letters of Vietnamese or English, digits and the marks of a keyboard")
    if len(_tags((("01", bill_number), ("08", note)))) > 99:
        raise PayloadError(f"a note has at most {LONGEST_NOTE} characters, less those of a bill number")


def _tags(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(_tag(tag, value) for tag, value in pairs if value)


def _tag(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}"


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
        table.append(value & 0xFFFF)
    return tuple(table)


_CRC_TABLE = _crc_table()
