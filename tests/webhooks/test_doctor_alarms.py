"""What is wrong with an account, from its row and its numbers: one table of cases."""

from datetime import timedelta
from typing import Any

import pytest

from storage.accounts import Counts
from tests.conftest import NOW
from tests.webhooks.account_row import row
from webhooks.alarms import CODES, SEVERITIES, alarms
from webhooks.channels import BY_NAME
from webhooks.doctor import look_at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEBCHAT = {"channel": "webchat", "external_id": "webchat", "secret": "", "access_token": "", "last_webhook_at": None}


def codes_of(columns: dict[str, Any], counts: Counts, *, articles_used: int = 0) -> list[str]:
    account = row(**columns)
    return [one.code for one in alarms(account, BY_NAME[account.channel], counts, articles_used=articles_used, now=NOW)]


@pytest.mark.parametrize(
    ("columns", "counts", "expected"),
    [
        pytest.param({}, Counts(), [], id="all is well"),
        pytest.param({}, Counts(waiting=900, held=900, unknown=3, dead=19), [], id="busy, and a few died"),
        pytest.param({"token_state": "lost"}, Counts(), ["tokens_lost"], id="lost"),
        pytest.param({"refresh_token": ""}, Counts(), ["tokens_lost"], id="nothing to refresh with"),
        pytest.param({"access_token": ""}, Counts(), ["tokens_lost"], id="no token"),
        pytest.param({"state": "stopped", "reason": "token_lost"}, Counts(), ["tokens_lost"], id="said once"),
        pytest.param({"token_expires_at": NOW + 3 * HOUR}, Counts(), [], id="three hours are enough"),
        pytest.param({"token_expires_at": NOW + 2.9 * HOUR}, Counts(), ["token_ending"], id="soon over"),
        pytest.param({"token_expires_at": NOW}, Counts(), ["token_over"], id="over"),
        pytest.param({"token_expires_at": None}, Counts(), [], id="its age is not known"),
        pytest.param(
            {"token_expires_at": NOW - DAY, "state": "stopped", "reason": "by_staff"},
            Counts(),
            ["stopped_by_staff"],
            id="nobody refreshes what is stopped",
        ),
        pytest.param({"state": "stopped", "reason": "package_needed"}, Counts(), ["stopped"], id="stopped by Zalo"),
        pytest.param({"state": "stopped", "reason": "is_new"}, Counts(), ["is_new"], id="new"),
        pytest.param({"secret": ""}, Counts(), ["no_secret"], id="no secret"),
        pytest.param({"last_webhook_at": None}, Counts(), ["never_called"], id="never called"),
        pytest.param({"last_webhook_at": NOW - 2 * DAY}, Counts(), [], id="two days are not quiet yet"),
        pytest.param({"last_webhook_at": NOW - 2.1 * DAY}, Counts(), ["not_called"], id="quiet"),
        pytest.param({}, Counts(unknown=1, unknown_old=1), ["unknown_sends"], id="an old unknown send"),
        pytest.param({}, Counts(dead=20), ["many_dead"], id="many died"),
        pytest.param(
            {"secret": "", "token_state": "lost", "last_webhook_at": None},
            Counts(unknown_old=1),
            ["tokens_lost", "no_secret", "unknown_sends", "never_called"],
            id="the worst first",
        ),
        pytest.param(WEBCHAT, Counts(), [], id="our own page has no platform"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_else(columns: dict[str, Any], counts: Counts, expected: list[str]) -> None:
    assert codes_of(columns, counts) == expected


@pytest.mark.parametrize(
    ("per_month", "used", "expected"),
    [(None, 9, []), (4, 3, []), (4, 4, ["articles_used_up"]), (4, 5, ["articles_used_up"])],
)
def test_used_up_articles_are_told(per_month: int | None, used: int, expected: list[str]) -> None:
    assert codes_of({"articles_per_month": per_month}, Counts(), articles_used=used) == expected


def test_errors_come_before_warnings_and_warnings_before_notes() -> None:
    order = [SEVERITIES[code] for code in CODES]

    assert order == sorted(order, key=("error", "warning", "note").index)


@pytest.mark.parametrize(
    ("columns", "counts", "is_well", "said"),
    [
        ({"token_state": "lost"}, Counts(), False, "MUADAM_ZALO_ACCESS_TOKEN"),
        ({"secret": ""}, Counts(), False, "MUADAM_ZALO_OA_SECRET"),
        ({"state": "stopped", "reason": "not_granted"}, Counts(), False, "not_granted"),
        ({"state": "stopped", "reason": "by_staff"}, Counts(), False, "/staff/accounts"),
        ({"state": "stopped", "reason": "is_new"}, Counts(), True, "not started yet"),
        ({"token_expires_at": NOW + HOUR}, Counts(), False, "ends in 1:00:00"),
        ({"token_expires_at": NOW - HOUR}, Counts(), False, "ended at 2026-11-22 02:00"),
        ({}, Counts(dead=31), False, "31 sends died"),
        ({"last_webhook_at": None}, Counts(), False, "never"),
        ({"last_webhook_at": NOW - 3 * DAY}, Counts(), False, "2026-11-19 03:00"),
        ({}, Counts(), True, "good for 20 hours"),
        ({}, Counts(), True, "last webhook: 2026-11-22 02:55"),
    ],
)
def test_the_doctor_says_the_same_in_english(columns: dict[str, Any], counts: Counts, is_well: bool, said: str) -> None:
    checks = list(look_at(row(**columns), counts, NOW))

    assert any(said in check.sentence and check.is_well == is_well for check in checks), checks
    assert {check.name for check in checks} == {"zalo-oa 7000000000000000001"}


def test_the_doctor_says_nothing_of_our_own_page() -> None:
    assert list(look_at(row(**WEBCHAT), Counts(dead=99), NOW)) == []
