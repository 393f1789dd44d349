"""The account of the tests of the Zalo channel, and the webhooks that were captured."""

import json
from pathlib import Path
from typing import Any

from tests.fakes.zalo_events import Identity
from webhooks.channel import Config

FIXTURES = Path(__file__).parent / "fixtures" / "zalo_oa" / "events.jsonl"
CAPTURED = [json.loads(line) for line in FIXTURES.read_text(encoding="utf-8").splitlines()]

IDENTITY = Identity()
USER, OA = "9000000000000000001", IDENTITY.oa_id
AT = 1_790_000_000_123


def config(**changes: Any) -> Config:
    fields: dict[str, Any] = {
        "id": 1,
        "external_id": OA,
        "app_id": IDENTITY.app_id,
        "secret": IDENTITY.oa_secret,
        "app_secret": IDENTITY.app_secret,
        "access_token": "token",
        "api_url": "https://openapi.zalo.example",
        "oauth_url": "https://oauth.zalo.example",
        "has_buttons": False,
        "media_url": "",
    }
    return Config(**(fields | changes))
