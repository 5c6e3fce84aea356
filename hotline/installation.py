"""The installation that the settings name: making it, bringing a unit up to date, opening it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from hotline.casework.audit_checkpoints import is_ours
from hotline.casework.setup import FirstUnit, set_up
from hotline.errors import HotlineError, SettingsError
from hotline.settings import SECRET_FILE, Settings, load_settings
from ivr_flows.loader import shipped_flow
from storage.database import Store, open_store
from storage.migrations import migrate, pending
from storage.sealing import ApplicationSecret


def ready_settings() -> Settings:
    """The settings of an installation that can be used. Raises SettingsError as `installation`."""
    with installation() as (settings, _):
        return settings


@contextmanager
def installation() -> Iterator[tuple[Settings, Store]]:
    """The settings and an open store. Raises SettingsError where it is not set up, outdated, or another's secret."""
    settings = load_settings()
    secret = ApplicationSecret(settings.application_secret)
    if pending(settings.database_url):
        raise SettingsError(
            "The database is not ready; run `hotline init` (new) or `hotline migrate` (after an upgrade)."
        )
    store = open_store(settings.database_url)
    try:
        _refuse_another_secret(store, secret)
        yield settings, store
    finally:
        store.close()


def _refuse_another_secret(store: Store, secret: ApplicationSecret) -> None:
    """With another secret nobody on duty could be rung, and the audit would be vouched for by a stranger."""
    with store.read() as connection:
        ours = is_ours(connection, secret)
    if not ours:
        raise SettingsError(
            f"HOTLINE_SECRET_KEY (or {SECRET_FILE}) is not this installation's secret: put back the one it began with."
        )


def create_installation(settings: Settings, first: FirstUnit, now: datetime) -> str:
    """Make everything that a new installation needs and return its recovery key. Raises AlreadySetUpError."""
    settings.hotline_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make_secret(settings)
    migrate(settings.database_url)
    store = open_store(settings.database_url)
    try:
        with store.write() as connection:
            secret = ApplicationSecret(settings.application_secret)
            return set_up(connection, first, shipped_flow(), secret, now)
    finally:
        store.close()


def _make_secret(settings: Settings) -> None:
    """Write an application secret beside the data, where the settings name none and no earlier try left one."""
    file = settings.hotline_data_dir / SECRET_FILE
    if settings.hotline_secret_key.get_secret_value() or file.exists():
        return
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    draft.rename(file)


def read_unit_file(file: Path) -> dict[str, Any]:
    """The unit's file as a mapping. Raises HotlineError with the line of the mistake."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise HotlineError(f"{file.name} is not readable YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise HotlineError(f"{file.name} must hold names and values, such as `places:`.")
    return content
