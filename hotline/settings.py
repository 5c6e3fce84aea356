"""The settings, read once from the environment and `.env`; a wrong one stops the start with one sentence."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import fsspec
from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hotline.errors import SettingsError

SECRET_FILE = "application.secret"  # noqa: S105 - a file's name
_DEFAULT_SECRETS = {"changeme", "change-me", "secret", "default", "password", "test"}
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
_TWILIO_API = "https://api.twilio.com"


class Settings(BaseSettings):
    """Every setting, named as in the environment (`.env.example` explains each)."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file=".env", env_file_encoding="utf-8")

    hotline_data_dir: Path = Path("data")
    hotline_database_url: str = ""
    hotline_recordings_url: str = ""
    hotline_public_url: str = "http://127.0.0.1:8000"
    hotline_secret_key: SecretStr = SecretStr("")
    hotline_carrier: Literal["twilio", "somleng", "local"] = "twilio"
    hotline_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    hotline_metrics_token: SecretStr = SecretStr("")
    hotline_threads: int = Field(default=64, ge=2, le=512)
    hotline_call_backs_a_day: int = Field(default=30, ge=0, le=1000)
    hotline_smtp_host: str = ""
    hotline_smtp_port: int = Field(default=587, ge=1, le=65535)
    hotline_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    hotline_smtp_user: str = ""
    hotline_smtp_password: SecretStr = SecretStr("")
    hotline_smtp_from: str = ""
    hotline_webhook_url: str = ""
    hotline_webhook_secret: SecretStr = SecretStr("")
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_auth_token_previous: SecretStr = SecretStr("")
    twilio_api_url: str = _TWILIO_API

    @field_validator("hotline_public_url", "twilio_api_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"must be an address such as https://line.example.org, not {value!r}")
        if not value.isascii():
            raise ValueError("must be plain ASCII: carriers sign the address as they spell it")
        return value.rstrip("/")

    @field_validator("hotline_database_url")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        if value and not value.startswith(_DATABASES):
            raise ValueError(f"must begin with {' or '.join(_DATABASES)}")
        return value

    @field_validator("hotline_recordings_url")
    @classmethod
    def _is_a_place(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in fsspec.available_protocols():
            raise ValueError("must be an address such as file:///srv/recordings or s3://bucket/recordings")
        return value

    @field_validator("hotline_webhook_url")
    @classmethod
    def _is_a_webhook(cls, value: str) -> str:
        parts = urlsplit(value)
        nearby = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment):
            raise ValueError("must be an address such as https://bridge.example.org/hotline, without a password in it")
        if value and parts.scheme == "http" and not nearby:
            raise ValueError("must begin with https, unless the program runs on this machine")
        return value

    @field_validator("hotline_smtp_security")
    @classmethod
    def _is_safe(cls, value: str, known: ValidationInfo) -> str:
        if value == "none" and known.data.get("hotline_smtp_host") not in ("", "127.0.0.1", "::1", "localhost"):
            raise ValueError("may be none only for a mail server on this machine")
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> "Settings":
        if self.hotline_smtp_host and not self.hotline_smtp_from:
            raise ValueError("HOTLINE_SMTP_FROM must be set where HOTLINE_SMTP_HOST is")
        if self.hotline_webhook_url and len(self.hotline_webhook_secret.get_secret_value()) < 16:
            raise ValueError("HOTLINE_WEBHOOK_SECRET must be at least 16 characters where HOTLINE_WEBHOOK_URL is set")
        return self

    @field_validator("hotline_secret_key")
    @classmethod
    def _is_a_secret(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and (text.lower() in _DEFAULT_SECRETS or len(text) < 32 or len(set(text)) < 8):
            raise ValueError("must be at least 32 random characters; `hotline init` can make one for you")
        return value

    @property
    def database_url(self) -> str:
        return self.hotline_database_url or f"sqlite:///{self.hotline_data_dir.resolve() / 'hotline.sqlite3'}"

    @property
    def recordings_url(self) -> str:
        return self.hotline_recordings_url or (self.hotline_data_dir.resolve() / "recordings").as_uri()

    @property
    def secure(self) -> bool:
        return self.hotline_public_url.startswith("https://")

    @property
    def stands_in_for_carrier(self) -> bool:
        """Whether this process plays the carrier itself: no account, nothing outside."""
        return self.hotline_carrier == "local" and self.twilio_api_url == self.hotline_public_url

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """The tokens a webhook may be signed with: the present one, and the previous one during rotation."""
        tokens = (self.twilio_auth_token, self.twilio_auth_token_previous)
        return tuple(t.get_secret_value() for t in tokens if t.get_secret_value())

    @cached_property
    def application_secret(self) -> bytes:
        """The secret of this installation: HOTLINE_SECRET_KEY, else the file that `hotline init` wrote."""
        if text := self.hotline_secret_key.get_secret_value():
            return text.encode()
        file = self.hotline_data_dir / SECRET_FILE
        if not file.exists():
            raise SettingsError(f"HOTLINE_SECRET_KEY is not set and {file} does not exist; run `hotline init` first.")
        return file.read_bytes().strip()


def load_settings(**overrides: Any) -> Settings:
    """Read the settings: the environment, then `.env` here, then `.env` in the data folder; each NAME may be given
    as NAME_FILE. Raises SettingsError in one plain sentence."""
    try:
        here = Path(".env")
        beside_data = Settings(**overrides).hotline_data_dir / ".env"
        named = _from_named_files(beside_data, here)
        return Settings(_env_file=(beside_data, here), **{**named, **overrides})
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8 text; save it as UTF-8.") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "A setting"
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None


def _from_named_files(*env_files: Path) -> dict[str, str]:
    """What stands in the files that NAME_FILE names: in the environment, else in the last `.env` that says so.

    A NAME in the environment is nearer than a NAME_FILE in a `.env`."""
    written: dict[str, str | None] = {}
    for file in env_files:
        written |= dotenv_values(file, encoding="utf-8")
    values = {}
    for name in Settings.model_fields:
        key = name.upper()
        elsewhere = None if key in os.environ else written.get(f"{key}_FILE")  # noqa: TID251 - this is the door
        if path := os.environ.get(f"{key}_FILE") or elsewhere:  # noqa: TID251 - this is the door
            values[name] = _content(f"{key}_FILE", path)
    return values


def _content(name: str, path: str) -> str:
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}: {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{name}: {path} is not UTF-8 text.") from None
    if not content:
        raise SettingsError(f"{name}: {path} is empty.")
    return content
