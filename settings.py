"""Every setting of muadam, from the environment or .env: nothing else reads the environment.

Knows no table and no page.
"""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from publishing import Files
from webhooks.accounts import MessengerSeed, Seed, ZaloBotSeed, ZaloSeed


class Settings(BaseSettings):
    """Every setting, from the environment or .env, with the prefix MUADAM_; explained in .env.example."""

    model_config = SettingsConfigDict(env_prefix="MUADAM_", env_file=".env", extra="ignore")

    data_dir: Path = Path("data")
    database_url: str = ""
    lessons: Path = Path("lessons.yaml")
    secret_key: SecretStr = SecretStr("")
    public_url: str = ""
    timezone: str = "Asia/Ho_Chi_Minh"
    place: str = ""
    zalo_app_id: str = ""
    zalo_app_secret: SecretStr = SecretStr("")
    zalo_oa_id: str = ""
    zalo_oa_secret: SecretStr = SecretStr("")
    zalo_access_token: SecretStr = SecretStr("")
    zalo_refresh_token: SecretStr = SecretStr("")
    zalo_api_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_rate_per_minute: int = Field(90, ge=0)
    zalo_buttons: bool = False
    zalo_bot_token: SecretStr = SecretStr("")
    zalo_bot_secret: SecretStr = SecretStr("")
    zalo_bot_api_url: str = "https://bot-api.zaloplatforms.com"
    messenger_page_id: str = ""
    messenger_app_secret: SecretStr = SecretStr("")
    messenger_verify_token: SecretStr = SecretStr("")
    messenger_page_token: SecretStr = SecretStr("")
    messenger_api_url: str = "https://graph.facebook.com/v25.0"
    weather_api_url: str = "https://api.open-meteo.com"

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("no such time zone")
        return name

    @field_validator("database_url")
    @classmethod
    def _is_sqlite(cls, url: str) -> str:
        try:
            backend = make_url(url).get_backend_name() if url else "sqlite"
        except ArgumentError:
            backend = ""
        if backend != "sqlite":
            raise ValueError("only SQLite is supported so far: sqlite:///path/to/file.db")
        return url

    @field_validator("zalo_bot_token")
    @classmethod
    def _begins_with_the_bot(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"([0-9]+:[!-~]+)?", token.get_secret_value()):
            raise ValueError("digits, a colon and the rest, as Zalo sent it")
        return token

    @field_validator("lessons")
    @classmethod
    def _is_there(cls, file: Path) -> Path:
        if not file.is_file():
            raise ValueError(f"there is no file {file}")
        return file

    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'muadam.db'}"

    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def files(self) -> Files:
        return Files(self.lessons, self.zone())

    def key(self) -> bytes:
        """The secret key; without one, one is made and kept beside the data."""
        if given := self.secret_key.get_secret_value():
            return given.encode()
        file = self.data_dir / "secret_key"
        if not file.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(32), encoding="ascii")
        return file.read_bytes()

    def seeds(self) -> tuple[Seed | None, ...]:
        """The accounts that the settings describe, None for each platform of which they describe none."""
        return self.zalo(), self.zalo_bot(), self.messenger()

    def platforms(self) -> Mapping[str, tuple[str, str]]:
        """Where the platform of each channel is called, and where its tokens are refreshed."""
        return {
            "zalo-oa": (self.zalo_api_url.rstrip("/"), self.zalo_oauth_url.rstrip("/")),
            "zalo-bot": (self.zalo_bot_api_url.rstrip("/"), ""),
            "messenger": (self.messenger_api_url.rstrip("/"), ""),
        }

    def zalo(self) -> ZaloSeed | None:
        """The Zalo account that the settings describe; None when there is no app id."""
        if not self.zalo_app_id:
            return None
        return ZaloSeed(
            external_id=self.zalo_oa_id,
            app_id=self.zalo_app_id,
            app_secret=self.zalo_app_secret.get_secret_value(),
            secret=self.zalo_oa_secret.get_secret_value(),
            access_token=self.zalo_access_token.get_secret_value(),
            refresh_token=self.zalo_refresh_token.get_secret_value(),
            api_url=self.zalo_api_url.rstrip("/"),
            oauth_url=self.zalo_oauth_url.rstrip("/"),
            rate_per_minute=self.zalo_rate_per_minute,
            has_buttons=self.zalo_buttons,
        )

    def zalo_bot(self) -> ZaloBotSeed | None:
        """The bot that the settings describe, by the digits that its token begins with; None without a token."""
        token = self.zalo_bot_token.get_secret_value()
        if not token:
            return None
        return ZaloBotSeed(
            external_id=token.partition(":")[0],
            secret=self.zalo_bot_secret.get_secret_value(),
            access_token=token,
            api_url=self.zalo_bot_api_url.rstrip("/"),
        )

    def messenger(self) -> MessengerSeed | None:
        """The page that the settings describe; None without its id."""
        if not self.messenger_page_id:
            return None
        return MessengerSeed(
            external_id=self.messenger_page_id,
            secret=self.messenger_app_secret.get_secret_value(),
            app_secret=self.messenger_verify_token.get_secret_value(),
            access_token=self.messenger_page_token.get_secret_value(),
            api_url=self.messenger_api_url.rstrip("/"),
        )
