"""Taking in the figures of the time before, and finding them again. A correction stands beside what it corrects."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hotline.casework import audit
from hotline.casework.past.baseline import CRIMINAL, Baseline
from hotline.casework.past.described import PastFileError
from hotline.casework.past.units import unit_named
from hotline.casework.statistics.incidents import Incident, take_over
from storage.tables import baselines, incidents

_SOURCE = "baseline/"
OTHER = "other"


@dataclass(frozen=True)
class Kept:
    """The figures that hold for a unit. `number` is 1, and one more with every correction."""

    baseline: Baseline
    number: int
    imported_at: datetime


@dataclass(frozen=True)
class TakenIn:
    """What an import did: `number` of the figures that hold now, and whether they are new."""

    unit: str
    number: int
    new: bool


def take_in(
    connection: Connection,
    baseline: Baseline,
    now: datetime,
    by: int | str = audit.COMMAND_LINE,
    *,
    dry_run: bool = False,
) -> TakenIn:
    """Keep these figures unless they are the ones that hold already. Raises NotFoundError, PastFileError."""
    unit = unit_named(connection, baseline.unit)
    if baseline.since > now.astimezone(unit.zone).date():
        raise PastFileError("since: this day has not come yet.")
    content = baseline.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    row = connection.execute(
        select(baselines.c.number, baselines.c.digest)
        .where(baselines.c.unit_id == unit.id)
        .order_by(baselines.c.number.desc())
        .limit(1)
    ).first()
    if row is not None and row.digest == digest:
        return TakenIn(unit.code, row.number, new=False)
    number = row.number + 1 if row else 1
    if not dry_run:
        values = {"unit_id": unit.id, "number": number, "digest": digest, "content": content, "imported_at": now}
        connection.execute(insert(baselines).values(**values))
        _keep_incidents(connection, unit.id, baseline, now)
        details: dict[str, audit.Detail] = {"number": number, "calls": baseline.calls.total}
        audit.append(connection, by, "baseline imported", f"unit/{unit.id}", details, now, unit_id=unit.id)
    return TakenIn(unit.code, number, new=True)


def _keep_incidents(connection: Connection, unit_id: int, baseline: Baseline, now: datetime) -> None:
    """Each incident that was stated is one of the register, of a year and no day; what a correction leaves out of
    it is withdrawn, and what it brings back stands again."""
    stated = {
        f"{_SOURCE}{year.year}/{kind}/{number}": Incident(OTHER if kind == CRIMINAL else kind, year=year.year)
        for year in baseline.incidents
        for kind, count in year.counts.items()
        for number in range(1, count + 1)
    }
    for source, incident in stated.items():
        take_over(connection, unit_id, incident, source, now)
    ours = (incidents.c.unit_id == unit_id) & incidents.c.source.startswith(_SOURCE, autoescape=True)
    for source, withdrawn_at in connection.execute(
        select(incidents.c.source, incidents.c.withdrawn_at).where(ours)
    ).all():
        if (source in stated) == (withdrawn_at is not None):
            changed = update(incidents).where(ours, incidents.c.source == source)
            connection.execute(changed.values(withdrawn_at=None if source in stated else now))


def baseline_of(connection: Connection, unit_id: int) -> Kept | None:
    """The figures that hold for a unit; None where nobody has told any."""
    row = connection.execute(
        select(baselines).where(baselines.c.unit_id == unit_id).order_by(baselines.c.number.desc()).limit(1)
    ).first()
    return Kept(Baseline.model_validate(row.content), row.number, row.imported_at) if row else None
