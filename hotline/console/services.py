"""What the pages work with, handed in once by whoever builds the web process."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from hotline.casework.call_back import Dialler
from hotline.clock import Clock
from hotline.settings import Settings
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.vault import Vault

NAME = "hotline-console"


@dataclass(frozen=True)
class Services:
    """The store, the installation's secret, the recordings, the clock and the settings.

    `dialler`: None where there is no carrier account to ring officers with."""

    store: Store
    secret: ApplicationSecret
    vault: Vault
    clock: Clock
    settings: Settings
    dialler: Dialler | None = None

    def now(self) -> datetime:
        return self.clock()


def services() -> Services:
    """The services of the application that answers this request."""
    return cast(Services, current_app.extensions[NAME])
