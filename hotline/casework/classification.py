"""What a report is taken for, decided from the keys that were pressed; officers and later sources overrule it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from ivr_flows.taxonomy import load_taxonomy
from storage.tables import classifications

KEYS = "keys"
OFFICER = "officer"


@dataclass(frozen=True)
class Classified:
    """Kind, code, urgency, privacy and place of a report, as somebody or something judged them."""

    kind: str
    category: str | None
    urgency: str
    privacy: str | None
    place_id: int | None
    happening_now: bool | None


_RAISED = {"low": "normal", "normal": "high", "high": "high", "critical": "critical"}


def from_keys(kind: str, variables: dict[str, str], places: dict[str, int]) -> Classified:
    """Judge by the keys alone: the code's own urgency, one step up when it is happening now."""
    category = _category(kind, variables)
    now = {"yes": True, "no": False}.get(variables.get("happening_now", ""))
    urgency = _urgency(kind, category)
    return Classified(
        kind=kind,
        category=category,
        urgency=_RAISED[urgency] if now else urgency,
        privacy=variables.get("privacy"),
        place_id=places.get(variables.get("place", "")),
        happening_now=now,
    )


def _category(kind: str, variables: dict[str, str]) -> str | None:
    pressed = variables.get("asked") if kind == "admin" else variables.get("category")
    return pressed if pressed in load_taxonomy().codes else None


def _urgency(kind: str, category: str | None) -> str:
    if kind == "emergency":
        return "critical"
    return load_taxonomy().codes[category].urgency if category else "normal"


def keep(
    connection: Connection,
    report_id: int,
    source: str,
    classified: Classified,
    at: datetime,
    officer_id: int | None = None,
) -> None:
    """Add a classification beside the earlier ones."""
    connection.execute(
        insert(classifications).values(
            report_id=report_id,
            source=source,
            officer_id=officer_id,
            kind=classified.kind,
            category=classified.category,
            urgency=classified.urgency,
            privacy=classified.privacy,
            place_id=classified.place_id,
            at=at,
        )
    )
