"""The versions of the flow: which one a unit's lines play, since when, who published it.

A version is the hash of its content, recordings included, and a call keeps the one with which it began: whatever is
published while somebody listens changes nothing for that call."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from hotline.casework import audit
from hotline.casework.lines import flow_of
from hotline.casework.once import insert_once
from hotline.errors import NotFoundError
from ivr_flows.definition import Flow
from ivr_flows.loader import canonical_json, version
from ivr_flows.recorded import Spoken, dressed, prompt_in
from storage.tables import (
    flow_publications,
    flow_versions,
    lines,
    officers,
    prompt_choices,
    prompt_takes,
    units,
)


@dataclass(frozen=True)
class Publication:
    """That the unit's lines began to play a version. `by` is None where the command line did it."""

    flow_hash: str
    at: datetime
    by: str | None


def keep_version(connection: Connection, flow: Flow, now: datetime) -> str:
    """Keep a flow as a version under its hash; a version that is there already stays as it is."""
    flow_hash = version(flow)
    row = {"hash": flow_hash, "flow_id": flow.id, "definition": canonical_json(flow), "published_at": now}
    insert_once(connection, flow_versions, row)
    return flow_hash


def live_version(connection: Connection, unit_id: int) -> str:
    """The version that the unit's first line plays. Raises NotFoundError where the unit has no line."""
    of_unit = select(lines.c.flow_hash).where(lines.c.unit_id == unit_id, lines.c.retired_at.is_(None))
    found = connection.scalar(of_unit.order_by(lines.c.id).limit(1))
    if found is None:
        raise NotFoundError
    return str(found)


def live_flow(connection: Connection, unit_id: int) -> Flow:
    """The flow that the unit's first line plays. Raises NotFoundError where the unit has no line."""
    return flow_of(connection, live_version(connection, unit_id))


def chosen_recordings(connection: Connection, unit_id: int, flow: Flow) -> Spoken:
    """The recordings that the unit has chosen for prompts that still say what they said then."""
    query = (
        select(prompt_choices.c.language, prompt_choices.c.prompt, prompt_choices.c.words, prompt_takes.c.sha256)
        .join(prompt_takes, prompt_takes.c.id == prompt_choices.c.take_id)
        .where(prompt_choices.c.unit_id == unit_id)
    )
    return {
        (row.language, row.prompt): row.sha256
        for row in connection.execute(query)
        if (prompt := prompt_in(flow, row.language, row.prompt)) and prompt.text == row.words
    }


def play_everywhere(connection: Connection, flow: Flow, now: datetime, by: int | str = audit.COMMAND_LINE) -> int:
    """Have every line play this flow from its next call on, in each unit with the recordings chosen there.

    Returns the number of lines. Calls that are live keep their version."""
    units_with_lines = connection.scalars(select(lines.c.unit_id).distinct().order_by(lines.c.unit_id)).all()
    return sum(play_at(connection, unit_id, flow, now, by) for unit_id in units_with_lines)


def play_at(connection: Connection, unit_id: int, flow: Flow, now: datetime, by: int | str) -> int:
    """The same for the lines of one unit."""
    flow_hash = keep_version(connection, dressed(flow, chosen_recordings(connection, unit_id, flow)), now)
    changed = connection.execute(update(lines).where(lines.c.unit_id == unit_id).values(flow_hash=flow_hash)).rowcount
    note_publication(connection, unit_id, flow_hash, now, by)
    audit.append(connection, by, "flow published", f"flow/{flow_hash}", {"lines": changed}, now, unit_id=unit_id)
    return changed


def note_publication(connection: Connection, unit_id: int, flow_hash: str, now: datetime, by: int | str) -> None:
    officer_id = by if isinstance(by, int) else None
    row = insert(flow_publications).values(unit_id=unit_id, flow_hash=flow_hash, officer_id=officer_id, at=now)
    connection.execute(row)


def publications(connection: Connection, unit_id: int, limit: int = 20) -> list[Publication]:
    """The last versions that the unit's lines have played, the newest first, in the unit's own time."""
    zone = ZoneInfo(str(connection.scalar(select(units.c.timezone).where(units.c.id == unit_id))))
    query = (
        select(flow_publications, officers.c.name)
        .outerjoin(officers, officers.c.id == flow_publications.c.officer_id)
        .where(flow_publications.c.unit_id == unit_id)
        .order_by(flow_publications.c.at.desc(), flow_publications.c.id.desc())
        .limit(limit)
    )
    rows = connection.execute(query).all()
    return [Publication(row.flow_hash, row.at.astimezone(zone), row.name) for row in rows]
