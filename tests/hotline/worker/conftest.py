from pathlib import Path

import pytest

from storage.database import Store
from tests.hotline.worker.scene import Scene, commune


@pytest.fixture
def scene(store: Store, tmp_path: Path) -> Scene:
    return commune(store, tmp_path / "recordings")
