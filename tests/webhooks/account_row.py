"""An account row as the storage gives it, of a Zalo OA that is well, with changes."""

from datetime import timedelta
from typing import Any

from storage.accounts import StoredAccount
from tests.conftest import NOW
from tests.fakes.zalo_events import Identity

IDENTITY = Identity()


def row(**changes: Any) -> StoredAccount:
    columns: dict[str, Any] = {
        "id": 2,
        "channel": "zalo-oa",
        "external_id": IDENTITY.oa_id,
        "place": None,
        "app_id": IDENTITY.app_id,
        "secret": IDENTITY.oa_secret,
        "app_secret": IDENTITY.app_secret,
        "access_token": "access-0",
        "refresh_token": "refresh-0",
        "token_expires_at": NOW + timedelta(hours=20),
        "token_state": "ok",
        "token_claimed_until": None,
        "token_claimed_by": "",
        "seeded_with": "",
        "api_url": "http://127.0.0.1:9",
        "oauth_url": "http://127.0.0.1:9",
        "rate_per_minute": 90,
        "allowance": 0.0,
        "allowance_at": None,
        "paused_until": None,
        "has_buttons": False,
        "approval_above": None,
        "articles_per_month": None,
        "state": "active",
        "reason": "",
        "last_webhook_at": NOW - timedelta(minutes=5),
    }
    return StoredAccount(**(columns | changes))
