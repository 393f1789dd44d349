"""The check-list of an account: how far each step is, one table of cases."""

from datetime import timedelta
from typing import Any

import pytest

from admin.account_checks import Saved, steps
from admin.account_forms import KINDS, addable, kind_of
from storage.accounts import StoredAccount
from tests.conftest import NOW
from tests.webhooks.account_row import row
from webhooks.channels import BY_NAME
from webhooks.doctor import Told

URL = "https://muadam.xa.example"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TAKEN = Told("taken", account="7000000000000000001", apart=timedelta(seconds=1))


RUNS_SINCE_EVER = Saved()


def states(
    told: Told | None = TAKEN, *, url: str = URL, saved: Saved = RUNS_SINCE_EVER, **columns: Any
) -> dict[str, tuple[str, str]]:
    account: StoredAccount = row(**columns)
    found = steps(account, kind_of(account.channel), told=told, public_url=url, saved=saved, now=NOW)
    return {step.code: (step.state, step.why) for step in found}


def test_an_account_that_runs_has_nothing_to_be_done() -> None:
    assert {state for state, _ in states().values()} == {"good"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(None, {"token": "not_tried", "whose": "not_tried", "clock": "not_tried"}, id="not asked yet"),
        pytest.param(Told("taken"), {"token": "taken", "whose": "not_told", "clock": "not_told"}, id="of nobody"),
        pytest.param(
            Told("other_account", account="7999", apart=MINUTE),
            {"token": "taken", "whose": "other", "clock": "agrees"},
            id="of another account",
        ),
        pytest.param(
            Told("refused", reason="app_inactive", apart=3 * MINUTE),
            {"token": "refused", "whose": "not_tried", "clock": "off"},
            id="refused",
        ),
        pytest.param(
            Told("silent", reason="Timeout"),
            {"token": "silent", "whose": "not_tried", "clock": "not_told"},
            id="silent",
        ),
        pytest.param(Told("unclear", reason="unreadable"), {"token": "unclear", "whose": "not_tried"}, id="garbage"),
        pytest.param(Told("not_asked"), {"token": "not_asked"}, id="cannot be asked"),
    ],
)
def test_what_the_platform_says_stands_at_its_steps(told: Told | None, expected: dict[str, str]) -> None:
    found = states(told)

    assert {code: found[code][1] for code in expected} == expected
    assert ("whose" in found) == (told is None or told.verdict != "not_asked")


@pytest.mark.parametrize(
    ("columns", "code", "expected"),
    [
        ({"app_secret": "", "secret": ""}, "fields", ("bad", "missing")),
        ({"external_id": "my OA"}, "fields", ("bad", "form")),
        ({"access_token": ""}, "token", ("bad", "missing")),
        ({"refresh_token": ""}, "refresh", ("bad", "missing")),
        ({"token_state": "lost"}, "refresh", ("bad", "lost")),
        ({"token_expires_at": NOW - MINUTE}, "refresh", ("later", "known")),
        ({"token_expires_at": None}, "refresh", ("later", "soon")),
        ({"token_expires_at": None, "state": "stopped", "reason": "is_new"}, "refresh", ("later", "stopped")),
        ({"secret": ""}, "key", ("bad", "missing")),
        ({"last_webhook_at": None}, "key", ("later", "not_tried")),
        ({"last_webhook_at": None}, "called", ("later", "never")),
        ({"last_webhook_at": NOW - 3 * DAY}, "called", ("bad", "quiet")),
        ({"state": "stopped", "reason": "is_new"}, "on", ("later", "is_new")),
        ({"state": "stopped", "reason": "by_staff"}, "on", ("later", "by_staff")),
        ({"state": "stopped", "reason": "oa_disabled"}, "on", ("bad", "stopped")),
    ],
)
def test_what_the_row_lacks_stands_at_its_step(columns: dict[str, Any], code: str, expected: tuple[str, str]) -> None:
    assert states(**columns)[code] == expected


@pytest.mark.parametrize(
    ("minutes", "expected"), [(5, ("later", "soon")), (11, ("bad", "refused"))], ids=["just saved", "long saved"]
)
def test_a_pair_that_is_not_refreshed_in_time_is_told(minutes: int, expected: tuple[str, str]) -> None:
    saved = Saved(tokens=NOW - minutes * MINUTE)

    assert states(token_expires_at=None, saved=saved)["refresh"] == expected


@pytest.mark.parametrize(
    ("minutes", "key", "called"),
    [(6, ("good", "matched"), ("good", "since")), (4, ("later", "not_tried"), ("later", "not_since"))],
    ids=["saved before", "saved since"],
)
def test_a_key_is_proven_by_a_webhook_that_came_after_it(
    minutes: int, key: tuple[str, str], called: tuple[str, str]
) -> None:
    found = states(saved=Saved(keys=NOW - minutes * MINUTE))  # the last webhook came five minutes ago

    assert (found["key"], found["called"]) == (key, called)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ("bad", "no_url")),
        ("http://muadam.xa.example", ("bad", "no_https")),
        ("https://muadam.xa.example:8443", ("bad", "no_name")),
        ("https://203.0.113.7", ("bad", "no_name")),
        ("https://localhost", ("bad", "no_name")),
        ("https://muadam.xa.example/", ("good", "https")),
    ],
)
def test_the_address_must_be_one_that_platforms_call(url: str, expected: tuple[str, str]) -> None:
    assert states(url=url)["address"] == expected


def test_the_address_is_the_webhook_of_the_channel() -> None:
    found = steps(row(), KINDS["zalo-oa"], told=None, public_url=f"{URL}/", saved=Saved(), now=NOW)

    [address] = [step.facts["address"] for step in found if step.code == "address"]
    assert address == "https://muadam.xa.example/webhooks/zalo-oa"


def test_our_own_page_has_no_steps() -> None:
    assert states(channel="webchat") == {}


def test_every_channel_that_calls_a_platform_says_what_it_needs() -> None:
    assert set(addable()) == {name for name, channel in BY_NAME.items() if not channel.IS_FETCHED}
    for kind in KINDS.values():
        columns = {one.column for one in kind.fields}
        assert {"external_id", "secret", "access_token"} <= columns
        assert {*kind.together, *kind.signed_by, *kind.asked_of} <= columns
        assert not [one.column for one in kind.fields if one.is_secret == (one.column in ("external_id", "app_id"))]
