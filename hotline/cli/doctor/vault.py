"""Is there room for recordings, and can they be listed?"""

import shutil

from hotline.cli.doctor.finding import Finding, either, red
from hotline.settings import Settings
from storage.vault import Vault

_DISK_FREE = 1024**3


def vault(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.hotline_data_dir).free
    try:
        next(Vault(settings.recordings_url).names(), None)
    except OSError as error:
        return red("storage", f"recordings cannot be listed: {error.strerror}")
    room = f"{free / 1024**3:.1f} GiB free"
    return either("storage", free > _DISK_FREE, room, f"{room}: make room, or recordings will be lost")
