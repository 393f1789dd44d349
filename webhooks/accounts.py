"""The accounts as the door and the sender see them: rows turned into channel configs, kept for a moment."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import ClassVar

from sqlalchemy import Connection

from storage import accounts
from storage.accounts import StoredAccount
from storage.database import Database, reading
from storage.writer import Writer
from webhooks.alarms import BY_STAFF, IS_NEW
from webhooks.channel import Channel, Config
from webhooks.channels import messenger, webchat, zalo_bot, zalo_oa

#: Another process may have changed a row: what is kept is read again after this many seconds.
FRESH_SECONDS = 5.0
#: `last_webhook_at` is for people: it need not be written with every webhook.
NOTE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ZaloSeed:
    """A Zalo account as the settings describe it. The tokens are the first pair; later ones live in the row."""

    channel: ClassVar[str] = zalo_oa.NAME
    external_id: str
    app_id: str
    app_secret: str
    secret: str
    access_token: str
    refresh_token: str
    api_url: str
    oauth_url: str
    rate_per_minute: int
    has_buttons: bool


@dataclass(frozen=True, slots=True)
class MessengerSeed:
    """A Facebook page as the settings describe it. `app_secret` is the verify token: see channels/messenger.py."""

    channel: ClassVar[str] = messenger.NAME
    external_id: str
    secret: str
    app_secret: str
    access_token: str
    api_url: str
    refresh_token: str = ""
    has_buttons: bool = True  # quick replies are for every page


@dataclass(frozen=True, slots=True)
class ZaloBotSeed:
    """A bot of the Zalo Bot Platform as the settings describe it."""

    channel: ClassVar[str] = zalo_bot.NAME
    external_id: str
    secret: str
    access_token: str
    api_url: str
    refresh_token: str = ""


Seed = ZaloSeed | MessengerSeed | ZaloBotSeed


def bring_up(connection: Connection, *seeds: Seed | None, place: str | None) -> int:
    """Make the web chat's account, and the accounts that the settings describe; the web chat's id.

    `place` is the commune (or province) whose local facts residents of these accounts are told.

    Only what the settings say otherwise than last time is taken over: what has rotated in the row since, or was
    changed on its page, is newer. An account that its platform had stopped is tried again.
    """
    for seed in seeds:
        if seed is not None:
            _take_over(connection, seed, place=place)
    page = accounts.put(connection, channel=webchat.NAME, external_id=webchat.NAME)
    if accounts.one(connection, page).seeded_with != _digest(place):
        accounts.change(connection, page, place=place, seeded_with=_digest(place))
    return page


def _take_over(connection: Connection, seed: Seed, *, place: str | None) -> None:
    there = accounts.find(connection, seed.channel, seed.external_id)
    if there is None:
        seed_account(connection, seed, place=place)
        return
    before = accounts.one(connection, there)
    if before.seeded_with.partition(" ")[2] != _digest(*asdict(seed).values(), place):
        seed_account(connection, seed, place=place)
    # What the team stopped is started by the team.
    is_ours = before.state != "active" and before.reason in (BY_STAFF, IS_NEW)
    state, reason = (before.state, before.reason) if is_ours else ("active", "")
    accounts.change(connection, there, state=state, reason=reason)


def seed_account(connection: Connection, seed: Seed, *, place: str | None) -> int:
    """Make or change an account; its id. One that was stopped is tried again."""
    said = _digest(*asdict(seed).values(), place)
    columns = asdict(seed) | {"place": place, "state": "active", "reason": ""}
    external_id = columns.pop("external_id")
    tokens = {name: columns.pop(name) for name in ("access_token", "refresh_token")}
    account_id = accounts.put(connection, channel=seed.channel, external_id=external_id, **columns)
    taken_over, _, _ = accounts.one(connection, account_id).seeded_with.partition(" ")
    pair = _digest(*tokens.values()) if any(tokens.values()) else taken_over
    if pair != taken_over:
        fresh = {"token_state": "ok", "token_expires_at": None}
        accounts.change(connection, account_id, **tokens, **fresh)
    accounts.change(connection, account_id, seeded_with=f"{pair} {said}")
    return account_id


def _digest(*values: object) -> str:
    return hashlib.sha256("\n".join("" if value is None else str(value) for value in values).encode()).hexdigest()


def config_of(account: StoredAccount, *, media_url: str) -> Config:
    """The account as its channel needs it."""
    return Config(
        id=account.id,
        external_id=account.external_id,
        app_id=account.app_id,
        secret=account.secret,
        app_secret=account.app_secret,
        access_token=account.access_token,
        api_url=account.api_url,
        oauth_url=account.oauth_url,
        has_buttons=account.has_buttons,
        media_url=media_url,
    )


class _Note:
    """The writer's job that notes when an account's platform was last heard."""

    order = 15

    def run(self, connection: Connection, payloads: Sequence[int], now: datetime) -> list[None]:
        for account_id in set(payloads):
            accounts.change(connection, account_id, last_webhook_at=now)
        return [None] * len(payloads)


class Accounts:
    """All accounts; `load` first. Lookups are from memory, so that a webhook costs no query."""

    def __init__(self, database: Database, writer: Writer, channels: Mapping[str, Channel], *, media_url: str) -> None:
        self.channels = channels
        self._database = database
        self._writer = writer
        self._media_url = media_url
        self._rows: dict[int, StoredAccount] = {}
        self._configs: dict[str, list[Config]] = {}
        self._noted: dict[int, float] = {}
        self._note = _Note()

    def load(self) -> None:
        """Read all rows again."""
        with reading(self._database) as connection:
            rows = accounts.everyone(connection)
        self._rows = {row.id: row for row in rows}
        self._configs = {}
        for row in rows:
            config = config_of(row, media_url=self._media_url)
            self._configs.setdefault(row.channel, []).append(config)

    async def keep_fresh(self) -> None:
        """Reload for ever; cancel it to end it."""
        while True:
            await asyncio.sleep(FRESH_SECONDS)
            await asyncio.to_thread(self.load)

    def of_channel(self, channel: str) -> list[Config]:
        return self._configs.get(channel, [])

    def meant(self, channel: str, external_id: str, signer: Config) -> Config | None:
        """The account that an event speaks of; None when it is one that is not ours.

        Where a channel has a single account, what its secret signed is for it, whatever id the event names:
        a slip in the configured id must not leave every resident without an answer (`doctor` tells).
        """
        configs = self.of_channel(channel)
        for config in configs:
            if config.external_id == external_id:
                return config
        return signer if len(configs) == 1 or not external_id else None

    def channel_and_place(self, account_id: int) -> tuple[str, str | None]:
        """What a turn needs to know of an account."""
        row = self._rows[account_id]
        return row.channel, row.place

    def one(self, account_id: int) -> StoredAccount | None:
        return self._rows.get(account_id)

    def rows(self) -> list[StoredAccount]:
        return list(self._rows.values())

    def note_webhook(self, account_id: int) -> None:
        """Remember, at most once a minute, that the platform was heard."""
        now = monotonic()
        if now - self._noted.get(account_id, -1e9) < NOTE_EVERY.total_seconds():
            return
        self._noted[account_id] = now
        noted = self._writer.submit(self._note, account_id, can_wait=True)
        noted.add_done_callback(lambda future: future.cancelled() or future.exception())
