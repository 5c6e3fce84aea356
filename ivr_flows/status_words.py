"""What a caller hears about the status of an earlier report."""

from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "catalog" / "status.yaml"


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words


def status_words(status: str, language: str) -> str:
    """The status of a report in plain words; Vietnamese where the language has none."""
    words = _words().get(status, _words()["NEW"])
    return words.get(language, words["vi"])
