"""Zalo OA: every error code, and answers that are none."""

import json
from datetime import timedelta
from typing import Any

import pytest

from webhooks.channel import (
    Answer,
    Blocked,
    Dead,
    Downgrade,
    Hold,
    Outcome,
    Refresh,
    Retry,
    Sent,
)
from webhooks.channels import zalo_oa

#: Every code of the platform's page of errors, and what it means for a message.
CODES: list[tuple[int, type[Any], str]] = [
    (-32, Retry, "rate_limited"),
    (-100, Downgrade, "attachment_expired"),
    (-124, Refresh, "token_refused"),
    (-200, Retry, "send_failed"),
    (-201, Downgrade, "invalid_parameter"),
    (-204, Dead, "oa_disabled"),
    (-205, Dead, "oa_disabled"),
    (-209, Dead, "app_inactive"),
    (-210, Downgrade, "over_limit"),
    (-211, Hold, "quota_used_up"),
    (-212, Dead, "api_not_registered"),
    (-213, Blocked, "not_following"),
    (-214, Retry, "article_processing"),
    (-216, Refresh, "token_refused"),
    (-217, Blocked, "invites_blocked"),
    (-218, Hold, "quota_used_up"),
    (-219, Dead, "app_removed"),
    (-220, Refresh, "token_refused"),
    (-221, Dead, "oa_not_verified"),
    (-223, Dead, "not_granted"),
    (-224, Dead, "package_needed"),
    (-227, Blocked, "user_inactive"),
    (-230, Hold, "no_contact_in_7_days"),
    (-232, Hold, "no_contact_yet"),
    (-233, Downgrade, "type_not_supported"),
    (-234, Retry, "night_hours"),
    (-235, Dead, "oa_type_not_allowed"),
    (-237, Dead, "group_closed"),
    (-238, Dead, "group_asset"),
    (-240, Dead, "api_retired"),
    (-241, Dead, "group_asset"),
    (-242, Dead, "proof_refused"),
    (-244, Blocked, "type_refused"),
    (-248, Dead, "policy_violation"),
    (-249, Dead, "template_by_user_id"),
    (-320, Hold, "no_cloud_account"),
    (-321, Hold, "cloud_account_empty"),
    (-403, Dead, "group_closed"),
    (-108, Dead, "code_-108"),
    (-114, Blocked, "cannot_receive"),
    (-115, Hold, "quota_used_up"),
    (-118, Blocked, "no_zalo_account"),
    (-119, Blocked, "cannot_receive"),
    (-126, Dead, "code_-126"),
    (-131, Dead, "code_-131"),
    (-133, Retry, "night_hours"),
    (-135, Dead, "not_granted"),
    (-136, Hold, "no_cloud_account"),
    (-137, Hold, "cloud_account_empty"),
    (-139, Blocked, "type_refused"),
    (-140, Blocked, "type_refused"),
    (-141, Blocked, "type_refused"),
    (-144, Hold, "quota_used_up"),
    (-146, Dead, "code_-146"),
    (-162, Dead, "code_-162"),
    (-99_999, Retry, "code_-99999"),
    (7, Retry, "code_7"),
]
STOPPING = {-204, -205, -209, -212, -219, -221, -223, -224, -235, -240, -242, -135}


def answered(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return zalo_oa.judge(Answer(status, headers or {}, encoded))


@pytest.mark.parametrize(("code", "expected", "reason"), CODES, ids=[str(code) for code, _, _ in CODES])
@pytest.mark.parametrize("as_text", [False, True], ids=["number", "text"])
def test_every_error_code(code: int, expected: type[Any], reason: str, as_text: bool) -> None:
    outcome = answered({"error": str(code) if as_text else code, "message": "whatever it says"})

    assert type(outcome) is expected
    assert getattr(outcome, "reason", None) == reason
    assert getattr(outcome, "stops_account", False) is (code in STOPPING)
    assert getattr(outcome, "slows_account", False) is (code == -32)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"error": 0, "data": {"message_id": "bb55cc66"}}, Sent("bb55cc66"), id="as documented"),
        pytest.param({"error": "0", "data": {"message_id": 5}}, Sent("5"), id="other types"),
        pytest.param({"error": 0}, Sent(""), id="no id"),
        pytest.param({"error": 0, "data": None}, Sent(""), id="no data"),
        pytest.param({"data": {"message_id": "m"}}, Sent("m"), id="an id and no error"),
        pytest.param({"error": None}, Retry("unreadable"), id="no error and no id"),
        pytest.param({"error": {}}, Retry("unreadable"), id="an error of another type"),
        pytest.param({"error": 10**30}, Retry("unreadable"), id="an absurd error"),
        pytest.param(b"<html>", Retry("unreadable"), id="not JSON"),
        pytest.param([], Retry("unreadable"), id="not an object"),
        pytest.param(b"", Retry("unreadable"), id="nothing"),
    ],
)
def test_answers_with_status_200(body: Any, expected: Outcome) -> None:
    assert answered(body) == expected


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        pytest.param(500, {}, Retry("http_500"), id="500"),
        pytest.param(503, {"retry-after": "30"}, Retry("http_503", after=timedelta(seconds=30)), id="503 with a time"),
        pytest.param(429, {}, Retry("http_429", slows_account=True), id="429"),
        pytest.param(
            429,
            {"retry-after": "999999"},
            Retry("http_429", after=timedelta(hours=1), slows_account=True),
            id="429 with an absurd time",
        ),
        pytest.param(404, {}, Retry("http_404"), id="404"),
        pytest.param(302, {}, Retry("http_302"), id="302"),
        pytest.param(401, {}, Refresh("http_401"), id="401"),
    ],
)
def test_other_statuses(status: int, headers: dict[str, str], expected: Outcome) -> None:
    assert answered(b"x", status=status, headers=headers) == expected


def test_an_error_in_form_counts_whatever_the_status() -> None:
    assert answered({"error": -230}, status=400) == Hold("no_contact_in_7_days")
