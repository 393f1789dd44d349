"""What is typed about an account, channel by channel: its fields, how they look when they are right, what is wrong.

KINDS is the one place that says which columns of an account a channel needs. Knows no page and asks nobody. What is
secret goes one way: no form is ever filled with it again.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from admin.roles import covers
from bulletins.preparing import Unplaced, place_named
from storage.accounts import StoredAccount
from storage.bulletins import COUNTRY
from webhooks.channels import BY_NAME

_ID = r"[0-9]{3,30}"
_SECRET = r"[!-~]{4,4000}"
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """A column that is copied from the platform's console. `pattern` is of the whole of it."""

    column: str
    pattern: str = _SECRET
    is_secret: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """How an account of a channel is set up. `webhook` is the path its platform calls.

    `together` are columns of which none is changed alone, `signed_by` those with which webhooks are checked,
    `asked_of` those of which the platform can say whether they are right.
    """

    fields: tuple[Field, ...] = ()
    webhook: str = ""
    together: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ("external_id", "secret")
    asked_of: frozenset[str] = frozenset({"external_id", "access_token"})
    rate_per_minute: int = 0
    has_articles: bool = False


KINDS: Mapping[str, Kind] = {
    "zalo-oa": Kind(
        fields=(
            Field("external_id", _ID, is_secret=False),
            Field("app_id", _ID, is_secret=False),
            Field("app_secret"),
            Field("secret"),
            Field("access_token"),
            Field("refresh_token"),
        ),
        webhook="/webhooks/zalo-oa",
        together=("access_token", "refresh_token"),
        signed_by=("external_id", "app_id", "secret"),
        asked_of=frozenset({"external_id", "access_token", "app_secret"}),
        rate_per_minute=90,
        has_articles=True,
    ),
    "messenger": Kind(
        fields=(
            Field("external_id", _ID, is_secret=False),
            Field("secret"),
            Field("app_secret"),
            Field("access_token"),
        ),
        webhook="/webhooks/messenger",
    ),
    "zalo-bot": Kind(
        fields=(
            Field("external_id", r"[0-9A-Za-z_]{3,60}", is_secret=False),
            Field("access_token", r"[0-9]+:[!-~]{8,500}"),
            Field("secret", r"[!-~]{8,256}"),
        ),
        webhook="/webhooks/zalo-bot/{external_id}",
    ),
}


def kind_of(channel: str) -> Kind:
    """Of a channel without fields: nothing is typed about it."""
    return KINDS.get(channel, Kind())


def addable() -> list[str]:
    """Channels of which an account can be added on a page."""
    return [name for name in KINDS if name in BY_NAME]


# Fields of the platform -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """What was typed into the fields: the columns that are new, and what is wrong with those that are not right."""

    columns: Mapping[str, str] = field(default_factory=dict, repr=False)
    wrong: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: FormData, kind: Kind, *, account: StoredAccount | None) -> "Keys":
        """An empty field leaves what there is; where there is nothing, it is missing from a new account."""
        columns: dict[str, str] = {}
        wrong: dict[str, str] = {}
        for one in kind.fields:
            typed = str(form.get(one.column) or "").strip()
            if typed and not re.fullmatch(one.pattern, typed):
                wrong[one.column] = "form"
            elif typed and (account is None or typed != getattr(account, one.column)):
                columns[one.column] = typed
            elif not typed and account is None:
                wrong[one.column] = "missing"
        lacking = set(kind.together) - columns.keys()
        if account is not None and lacking != set(kind.together):
            wrong |= {column: "together" for column in lacking if column not in wrong}
        return cls(columns, wrong)


def missing(account: StoredAccount) -> list[str]:
    """The columns that its channel needs, and that are empty."""
    return [one.column for one in kind_of(account.channel).fields if not getattr(account, one.column)]


def malformed(account: StoredAccount) -> list[str]:
    """The columns that cannot be right: by the settings or a command something else was kept than the console shows."""
    fields = kind_of(account.channel).fields
    kept = [(one, str(getattr(account, one.column))) for one in fields]
    return [one.column for one, value in kept if value and not re.fullmatch(one.pattern, value)]


# How it sends ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sending:
    """What the form of sending says, as it was typed, and which fields are wrong in it."""

    place: str = ""
    rate: str = "0"
    approval: str = ""
    articles: str = ""
    has_buttons: bool = False
    was: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    places: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, form: FormData, kind: Kind, *, scope: Collection[str]) -> "Sending":
        # What was chosen among several places goes before what was typed.
        texts = {name: str(form.get(name) or "").strip() for name in ("rate", "approval", "articles", "was")}
        texts["place"] = str(form.get("chosen") or form.get("place") or "").strip()
        wrong: dict[str, str] = {}
        places: tuple[tuple[str, str], ...] = ()
        columns: dict[str, Any] = {"has_buttons": "has_buttons" in form, "place": None}
        try:
            code = place_named(texts["place"], near=next(iter(scope), None))[0] if texts["place"] else COUNTRY
            columns["place"] = None if code == COUNTRY else code
            if not covers(scope, code):
                wrong["place"] = "scope"
        except Unplaced as error:
            places = tuple((code, name) for code, name in error.found if covers(scope, code))
            wrong["place"] = "place" if places or not error.found else "scope"
        numbers = (("rate", "rate_per_minute", 0), ("approval", "approval_above", None))
        for name, column, default in (*numbers, ("articles", "articles_per_month", None)):
            columns[column] = number = default if not texts[name] else _number(texts[name])
            if texts[name] and number is None:
                wrong[name] = "number"
        if not kind.has_articles or columns["articles_per_month"] == 0:
            columns["articles_per_month"] = None
        is_on = bool(columns["has_buttons"])
        return cls(**texts, has_buttons=is_on, columns=columns, wrong=wrong, places=places)

    @classmethod
    def now(cls, account: StoredAccount) -> "Sending":
        """The form as it is shown first."""
        numbers = (account.rate_per_minute, account.approval_above, account.articles_per_month)
        rate, approval, articles = ("" if number is None else str(number) for number in numbers)
        buttons = account.has_buttons
        return cls(place_words(account.place), rate, approval, articles, buttons, was=sending_digest(account))


#: What the form of sending changes.
SENDING_COLUMNS = ("place", "rate_per_minute", "has_buttons", "approval_above", "articles_per_month")


def sending_digest(account: StoredAccount) -> str:
    """Two who change how one account sends are told apart by it."""
    written = [getattr(account, column) for column in SENDING_COLUMNS]
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()[:16]


def place_words(code: str | None) -> str:
    """The name of a place; "" for the whole country, the code of one that is no place of today."""
    try:
        return place_named(code)[1] if code and code != COUNTRY else ""
    except Unplaced:
        return str(code)


def _number(text: str) -> int | None:
    """Also written with dots between thousands; None when it is no number that can be meant."""
    digits = text.replace(".", "").replace(" ", "")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
    return number if number is not None and number <= _MOST else None
