"""What the doctor says: a line of the page each."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What stands before a line."""

    GREEN = "ok"
    RED = "NO"
    LOOK = "??"  # it cannot be told from here: somebody must look; no reason to fail


@dataclass(frozen=True)
class Finding:
    """One line of the page; a red one also says what to do."""

    what: str
    mark: Mark
    says: str


def green(what: str, says: str) -> Finding:
    return Finding(what, Mark.GREEN, says)


def red(what: str, says: str) -> Finding:
    return Finding(what, Mark.RED, says)


def look(what: str, says: str) -> Finding:
    return Finding(what, Mark.LOOK, says)


def either(what: str, well: bool, says: str, otherwise: str) -> Finding:
    """Green with the one sentence, or red with the other."""
    return green(what, says) if well else red(what, otherwise)
