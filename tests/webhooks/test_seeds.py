"""The accounts that the settings describe, beside Zalo's: what is made of them, and what is not."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from settings import Settings
from storage import accounts
from storage.accounts import StoredAccount
from storage.database import Database, reading, transaction
from tests.conftest import ROOT
from webhooks.accounts import bring_up
from webhooks.tokens import LOST, TOKEN_LOST

BOT = {"zalo_bot_token": "145923:botTokenForTests", "zalo_bot_secret": "secret-1"}
PAGE = {
    "messenger_page_id": "104000000000001",
    "messenger_app_secret": "app-secret",
    "messenger_verify_token": "verify-token",
    "messenger_page_token": "EAAG",
}


def settings(**found: str) -> Settings:
    secrets = {name: value if name.endswith(("_id", "_url")) else SecretStr(value) for name, value in found.items()}
    whole: dict[str, Any] = {"lessons": ROOT / "lessons.yaml", **secrets}
    return Settings(_env_file=None, **whole)


def started(database: Database, **found: str) -> dict[str, StoredAccount]:
    """The accounts after a start with these settings, by their channel."""
    with transaction(database) as connection:
        bring_up(connection, *settings(**found).seeds(), place="92")
    with reading(database) as connection:
        return {one.channel: one for one in accounts.everyone(connection)}


def test_settings_without_accounts_make_the_web_chat_alone(database: Database) -> None:
    assert started(database).keys() == {"webchat"}


def test_a_bot_is_known_by_the_digits_of_its_token(database: Database) -> None:
    bot = started(database, **BOT, zalo_bot_api_url="https://bot.example/")["zalo-bot"]

    assert (bot.external_id, bot.secret, bot.access_token) == ("145923", "secret-1", "145923:botTokenForTests")
    assert (bot.api_url, bot.oauth_url, bot.place) == ("https://bot.example", "", "92")
    assert (bot.state, bot.has_buttons, bot.rate_per_minute) == ("active", False, 0)


def test_a_page_has_the_verify_token_where_others_have_the_apps_secret(database: Database) -> None:
    page = started(database, **PAGE)["messenger"]

    assert (page.external_id, page.secret, page.app_secret) == ("104000000000001", "app-secret", "verify-token")
    assert (page.access_token, page.refresh_token) == ("EAAG", "")
    assert page.api_url == "https://graph.facebook.com/v25.0"
    assert page.has_buttons


def test_another_start_keeps_what_was_changed_since(database: Database) -> None:
    page = started(database, **PAGE)["messenger"]
    with transaction(database) as connection:
        accounts.change(connection, page.id, access_token="EAAGfromThePage", has_buttons=False)

    again = started(database, **PAGE)["messenger"]

    assert (again.id, again.access_token, again.has_buttons) == (page.id, "EAAGfromThePage", False)


def test_a_new_token_in_the_settings_sets_a_stopped_page_going(database: Database) -> None:
    page = started(database, **PAGE)["messenger"]
    with transaction(database) as connection:
        accounts.change(connection, page.id, state="stopped", reason=TOKEN_LOST, token_state=LOST)

    again = started(database, **PAGE | {"messenger_page_token": "EAAGnew"})["messenger"]

    assert (again.access_token, again.state, again.reason, again.token_state) == ("EAAGnew", "active", "", "ok")


@pytest.mark.parametrize("token", ["botTokenForTests", "145923", "145923:", ":a", "145923:a b", "145923:ổ"])
def test_a_token_that_no_bot_can_have_is_refused_at_the_start(token: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(zalo_bot_token=token)

    assert "digits, a colon and the rest" in str(refused.value)
    assert token not in str(refused.value)


def test_every_channel_that_is_called_has_an_address(database: Database) -> None:
    assert settings().platforms() == {
        "zalo-oa": ("https://openapi.zalo.me", "https://oauth.zaloapp.com"),
        "zalo-bot": ("https://bot-api.zaloplatforms.com", ""),
        "messenger": ("https://graph.facebook.com/v25.0", ""),
    }
