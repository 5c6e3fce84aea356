"""The tables of a superior unit's months as they were issued: rows that are added, their digests in the audit.

Once a month's table is issued, everybody is shown that table, whatever is corrected later: two tables of one month,
held side by side, may tell what each of them hides. A new issue is an act of somebody, and says of itself that it is
one."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from hotline.casework import audit
from hotline.casework.months import Month
from hotline.casework.once import insert_once
from hotline.casework.statistics.issued_text import table_of
from hotline.casework.statistics.province_marks import Marking, Marks
from hotline.casework.statistics.province_signatures import last_signatures
from hotline.casework.statistics.province_table import Issue, ProvinceTable
from storage.sealing import ApplicationSecret
from storage.tables import audit_rows, province_issues, units

ISSUED = "province issued"


@dataclass(frozen=True)
class KeptIssue:
    """The last issue of a month as it is kept."""

    unit_id: int
    month: Month
    issue: Issue
    shown: str
    marks: Marks

    def table(self, only: str | None = None) -> ProvinceTable:
        """What may be seen of it, but for who has signed; see `issued_text.table_of`."""
        return table_of(self.shown, self.issue, only)

    def marking(self, secret: ApplicationSecret) -> Marking:
        """What makes the marks that those of this issue can be held against."""
        groups = {key.partition(".")[0] for key, _ in json.loads(self.shown)["lines"]}
        return Marking(secret, self.unit_id, self.month, self.issue.number, groups)


def last_issue(connection: Connection, unit_id: int, month: Month) -> KeptIssue | None:
    """The issue of a month that counts, where there is one."""
    found = _last(connection, _ISSUES.where(_of_unit(unit_id), province_issues.c.month == str(month)))
    return found.get(month)


def issue_of(connection: Connection, unit_id: int, month: Month, number: int) -> KeptIssue | None:
    """The issue of this number, as somebody may have it on paper."""
    query = _ISSUES.where(_of_unit(unit_id), province_issues.c.month == str(month))
    rows = connection.execute(query).all()
    upto = [row for row in rows if row.number <= number]
    if not upto or upto[-1].number != number:
        return None
    kept, newest = _kept(list(upto)), rows[-1].number
    return kept if newest == number else replace(kept, issue=replace(kept.issue, changed=False, replaced_by=newest))


def issues_of_year(connection: Connection, unit_id: int, year: int) -> Mapping[Month, KeptIssue]:
    """The same of every month of a year that has been issued."""
    of_year = province_issues.c.month.between(f"{year:04}-01", f"{year:04}-12")
    return _last(connection, _ISSUES.where(_of_unit(unit_id), of_year))


def issued_months(connection: Connection, unit_id: int) -> set[Month]:
    """The months of a unit that have been issued."""
    return {Month.of(month) for month in connection.scalars(select(province_issues.c.month).where(_of_unit(unit_id)))}


def signed_table(connection: Connection, secret: ApplicationSecret, kept: KeptIssue) -> ProvinceTable:
    """The table of an issue, with who has signed by now; a column whose chief signed other figures is `revised`."""
    table = kept.table()
    signed = last_signatures(connection, {one.signed_by for one in table.columns}, kept.month)
    marks = kept.marking(secret).of({code: figures for code, (_, figures) in signed.items()})
    columns = []
    for one in table.columns:
        if (code := one.signed_by) in signed:
            revised = marks[code] != kept.marks.signable_of(code)
            columns.append(replace(one, signed=signed[code][0], revised=revised))
        else:
            columns.append(one)
    return replace(table, columns=tuple(columns))


def keep(connection: Connection, issue: KeptIssue, officer_id: int | None, actor: int | str, now: datetime) -> bool:
    """Write an issue down; False where another one of this number is there already."""
    row = {
        "unit_id": issue.unit_id,
        "month": str(issue.month),
        "number": issue.issue.number,
        "shown": issue.shown,
        "marks": issue.marks.to_text(),
        "officer_id": officer_id,
        "at": now,
        "looked_at": now,
    }
    if not insert_once(connection, province_issues, row):
        return False
    details: dict[str, audit.Detail] = {"number": issue.issue.number, "sha256": _digest(issue.shown)}
    audit.append(connection, actor, ISSUED, f"month/{issue.month}", details, now, unit_id=issue.unit_id)
    return True


def altered(connection: Connection) -> Iterator[str]:
    """The issued tables that are not those of the audit, each in a few words."""
    for row in connection.execute(select(province_issues).order_by(province_issues.c.id)).all():
        acts = select(audit_rows.c.details).where(
            audit_rows.c.unit_id == row.unit_id,
            audit_rows.c.object_ref == f"month/{row.month}",
            audit_rows.c.action == ISSUED,
        )
        kept = {"number": row.number, "sha256": _digest(row.shown)}
        if kept not in [json.loads(text) for text in connection.scalars(acts)]:
            yield f"the province's table of {row.month}, issue {row.number}, is not the one that was issued"


_ISSUES: Select[Any] = (
    select(province_issues, units.c.timezone)
    .join(units, units.c.id == province_issues.c.unit_id)
    .order_by(province_issues.c.number)
)


def _of_unit(unit_id: int) -> ColumnElement[bool]:
    return province_issues.c.unit_id == unit_id


def _last(connection: Connection, query: Select[Any]) -> dict[Month, KeptIssue]:
    months: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query).all():
        months.setdefault(row.month, []).append(row)
    return {Month.of(month): _kept(rows) for month, rows in months.items()}


def _kept(rows: list[Row[Any]]) -> KeptIssue:
    *earlier, row = rows
    zone = ZoneInfo(row.timezone)
    at = row.at.astimezone(zone)
    issue = Issue(row.number, at, tuple(one.at.astimezone(zone) for one in earlier), row.changed_at is not None)
    return KeptIssue(row.unit_id, Month.of(row.month), issue, row.shown, Marks.of_text(row.marks))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
