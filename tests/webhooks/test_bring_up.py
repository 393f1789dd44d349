"""Accounts of the settings at each start: what is new there is taken over, what is newer in the row stays."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from storage import accounts
from storage.accounts import StoredAccount
from storage.database import Database, transaction
from webhooks.accounts import ZaloSeed, bring_up, seed_account

SEED = ZaloSeed(
    external_id="7000",
    app_id="1",
    app_secret="app",
    secret="oa",
    access_token="access-0",
    refresh_token="refresh-0",
    api_url="http://api",
    oauth_url="http://oauth",
    rate_per_minute=90,
    has_buttons=True,
)


@pytest.fixture
def start(database: Database) -> Callable[..., StoredAccount]:
    """start(seed, place=...): the server starts with these settings; the Zalo account afterwards."""

    def started(seed: ZaloSeed = SEED, *, place: str | None = None) -> StoredAccount:
        with transaction(database) as connection:
            bring_up(connection, seed, place=place)
            found = accounts.find(connection, "zalo-oa", seed.external_id)
            assert found is not None
            return accounts.one(connection, found)

    return started


def change(database: Database, account: StoredAccount, **columns: Any) -> None:
    with transaction(database) as connection:
        accounts.change(connection, account.id, **columns)


def test_tokens_that_rotated_and_what_a_page_changed_outlive_a_restart(
    database: Database, start: Callable[..., StoredAccount]
) -> None:
    changed = {"access_token": "access-1", "refresh_token": "refresh-1", "secret": "oa-2"}
    changed |= {"rate_per_minute": 30, "has_buttons": False, "place": "31687"}
    change(database, start(), **changed)

    after = start()

    assert {name: getattr(after, name) for name in changed} == changed


def test_what_is_new_in_the_settings_is_taken_over(database: Database, start: Callable[..., StoredAccount]) -> None:
    change(database, start(), access_token="access-1", refresh_token="refresh-1", rate_per_minute=30)

    rate = start(replace(SEED, rate_per_minute=60), place="92")
    pair = start(replace(SEED, rate_per_minute=60, access_token="access-9", refresh_token="refresh-9"), place="92")

    assert (rate.rate_per_minute, rate.place, rate.access_token) == (60, "92", "access-1")
    assert (pair.access_token, pair.refresh_token) == ("access-9", "refresh-9")


def test_a_row_of_an_older_muadam_keeps_its_tokens(database: Database, start: Callable[..., StoredAccount]) -> None:
    account = start()
    change(database, account, seeded_with=account.seeded_with.partition(" ")[0], access_token="access-1")

    assert start().access_token == "access-1"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("package_needed", ("active", "")),
        ("token_lost", ("active", "")),
        ("by_staff", ("stopped", "by_staff")),
        ("is_new", ("stopped", "is_new")),
    ],
)
@pytest.mark.parametrize("seed", [SEED, replace(SEED, rate_per_minute=60)], ids=["same", "changed"])
def test_what_a_platform_stopped_is_tried_again_and_what_the_team_stopped_is_not(
    database: Database, start: Callable[..., StoredAccount], seed: ZaloSeed, reason: str, expected: tuple[str, str]
) -> None:
    change(database, start(), state="stopped", reason=reason)

    after = start(seed)

    assert (after.state, after.reason) == expected


def test_the_command_sets_going_what_the_team_stopped(database: Database, start: Callable[..., StoredAccount]) -> None:
    account = start()
    change(database, account, state="stopped", reason="by_staff")

    with transaction(database) as connection:
        seed_account(connection, SEED, place=None)
        assert accounts.one(connection, account.id).state == "active"


def test_the_place_of_our_own_page_outlives_a_restart(database: Database) -> None:
    with transaction(database) as connection:
        page = bring_up(connection, None, place="92")
        accounts.change(connection, page, place="31687")
        bring_up(connection, None, place="92")
        kept = accounts.one(connection, page).place
        bring_up(connection, None, place="96")

        assert (kept, accounts.one(connection, page).place) == ("31687", "96")
