"""Opening the installation that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager

from hotline.errors import SettingsError
from hotline.settings import Settings, load_settings
from storage.database import Store, open_store
from storage.migrations import pending


def ready_settings() -> Settings:
    """The settings of an installation that can be used. Raises SettingsError where it is not set up or outdated."""
    settings = load_settings()
    _ = settings.application_secret
    if pending(settings.database_url):
        raise SettingsError(
            "The database is not ready; run `hotline init` (new) or `hotline migrate` (after an upgrade)."
        )
    return settings


@contextmanager
def installation() -> Iterator[tuple[Settings, Store]]:
    """The settings and an open store."""
    settings = ready_settings()
    store = open_store(settings.database_url)
    try:
        yield settings, store
    finally:
        store.close()
