"""What a QR code holds: an order for money, an address, an identity card, or other words.

Pure and total. What an identity card says never leaves this file. Source of its form: the code on the card of 12
digits holds, between bars, its number, the old number, name, birth date, sex, home and day of issue.
"""

import re
from dataclasses import dataclass
from typing import Any

from bot import banks, vietqr
from bot.events import CodeKind
from bot.links import tidy
from bot.pasted import links_in

_CARD = re.compile(r"\s*(?:[0-9]{12}|[0-9]{9})\s*(?:\|[^|]*){4}")
#: "market://", "intent://" and "itms-services://" install programs: what they lead to is to be checked, too.
_WEB = re.compile(r"(?:https?|hxxps?):|[a-z][a-z0-9+.-]{1,20}://", re.IGNORECASE)
_NO_WEB = re.compile(r"[a-z][a-z0-9+-]{1,15}:", re.IGNORECASE)  # no dot in it: "abc.top:8080" is a host and a port


@dataclass(frozen=True, slots=True)
class Content:
    """What one code holds. `text` is what was read, empty for an identity card.

    `order` is there for what means to be an order for money, also for one that is broken. `problems` are stable codes:
    of a broken order what is wrong with it; of a good one what its payer should look at (bank_unknown,
    dynamic_without_amount, static_with_amount, method_unknown, service_unknown).
    """

    kind: CodeKind
    text: str = ""
    order: vietqr.Order | None = None
    problems: tuple[str, ...] = ()

    @property
    def bank(self) -> banks.Bank | None:
        """The bank of an order, None where it names none that is known."""
        return banks.named(self.order.bank_bin) if self.order is not None else None


def read(text: str) -> Content:
    """What a code with this content is. Never raises."""
    text = text.strip("\ufeff\x00\r\n ")
    if _CARD.match(text):
        return Content("citizen_card")
    if vietqr.is_order(text):
        return _of_order(text)
    if _is_link(text):
        return Content("link", text)
    return Content("text", text)


def as_row(content: Content) -> dict[str, Any]:
    """The content as `muadam qr read --json` prints it; null where there is nothing. Amounts are whole dong."""
    order = content.order or vietqr.Order()
    bank = content.bank
    return {
        "kind": content.kind,
        "bank_bin": order.bank_bin or None,
        "bank": bank.short_name if bank is not None else None,
        "account": order.account or None,
        "amount": order.amount,
        "note": order.note or None,
        "problems": list(content.problems),
        "text": content.text or None,
        "fields": _fields(content) if content.order is not None else {},
    }


def _fields(content: Content) -> dict[str, Any]:
    """What the payload says, tag by tag; what it does not say is left out."""
    order = content.order or vietqr.Order()
    said = {
        "crc": order.crc,
        "length_unit": order.length_unit,
        "init_method": order.method,
        "scheme": order.scheme,
        "bank_bin": order.bank_bin,
        "account": order.account,
        "service": order.service,
        "merchant_id": order.merchant_id,
        "mcc": order.category,
        "currency": order.currency,
        "amount": order.amount_text,
        "country": order.country,
        "merchant_name": order.merchant_name,
        "city": order.city,
        **order.labels,
    }
    return {
        "outer_tlv_ok": order.has_outer,
        "inner_tlv_ok": order.has_inner,
        "additional_tlv_ok": order.has_labels,
        "crc_ok": order.has_crc,
        "well_formed": order.is_whole,
        "payable_vietqr": content.kind == "vietqr_transfer",
        **{name: value for name, value in said.items() if value},
    }


def _of_order(text: str) -> Content:
    order = vietqr.read(text)
    wrong = tuple(vietqr.problems(order))
    if wrong:
        return Content("broken", text, order, wrong)
    if order.scheme != "vietqr":
        return Content("emv_merchant", text, order)
    return Content("vietqr_transfer", text, order, tuple(_doubts(order)))


def _doubts(order: vietqr.Order) -> list[str]:
    doubts = []
    if banks.named(order.bank_bin) is None:
        doubts.append("bank_unknown")
    if order.method == "dynamic" and order.amount is None:
        doubts.append("dynamic_without_amount")
    if order.method == "static" and order.amount is not None:
        doubts.append("static_with_amount")
    if order.method not in ("static", "dynamic"):
        doubts.append("method_unknown")
    if order.service not in ("", vietqr.TO_ACCOUNT, vietqr.TO_CARD):
        doubts.append("service_unknown")
    return doubts


def _is_link(text: str) -> bool:
    """One address and nothing else; calls, messages and networks ("tel:", "wifi:") are no address."""
    text = tidy(text)
    return bool(_WEB.match(text)) or (not _NO_WEB.match(text) and links_in(text) == [text])
