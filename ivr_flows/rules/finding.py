"""What a rule has to say."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a flow: `where` is a node, a field or a prompt, as the file names it."""

    rule: str
    severity: Literal["error", "warning"]
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity} {self.rule} {self.where}: {self.message}"
