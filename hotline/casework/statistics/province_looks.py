"""Whether the communes' figures are still those of an issued table: looked at again and again, in turn.

Not when somebody opens the table: that would cost him the counting which the issue has saved."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from hotline.casework.months import Month
from hotline.casework.statistics.province import province_statistics
from hotline.casework.statistics.province_issues import last_issue
from hotline.casework.statistics.province_issuing import changed
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import province_issues

AT_MOST_EVERY = timedelta(minutes=5)


def issues_to_look_at(connection: Connection, now: datetime, most: int) -> list[tuple[int, Month]]:
    """Of which months the last issue has not been looked at for longest."""
    newest = (
        select(func.max(province_issues.c.id))
        .group_by(province_issues.c.unit_id, province_issues.c.month)
        .scalar_subquery()
    )
    query = (
        select(province_issues.c.unit_id, province_issues.c.month)
        .where(province_issues.c.id.in_(newest), province_issues.c.looked_at <= now - AT_MOST_EVERY)
        .order_by(province_issues.c.looked_at, province_issues.c.id.desc())
        .limit(most)
    )
    return [(row.unit_id, Month.of(row.month)) for row in connection.execute(query)]


def look_again(store: Store, secret: ApplicationSecret, unit_id: int, month: Month, now: datetime) -> bool:
    """Hold the figures of a month as they are now against its last issue, and write down whether they are others."""
    with store.read() as connection:
        last = last_issue(connection, unit_id, month)
        if last is None:
            return False
        others = changed(secret, last, province_statistics(connection, unit_id, month, now))
    this = (province_issues.c.unit_id == unit_id) & (province_issues.c.month == str(month))
    this &= province_issues.c.number == last.issue.number
    since = func.coalesce(province_issues.c.changed_at, now) if others else None
    with store.write() as connection:
        connection.execute(update(province_issues).where(this).values(looked_at=now, changed_at=since))
    return others
