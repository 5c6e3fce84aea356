"""A province's month as it is read: the table that was issued; where there is none yet, one decided on the spot."""

from datetime import datetime

from hotline.casework.months import Month
from hotline.casework.statistics.province import province_statistics
from hotline.casework.statistics.province_issues import issue_of, last_issue, signed_table
from hotline.casework.statistics.province_table import ProvinceTable, province_table
from hotline.errors import NotFoundError
from storage.database import Store
from storage.sealing import ApplicationSecret


def read_province(store: Store, secret: ApplicationSecret, unit_id: int, month: Month, now: datetime) -> ProvinceTable:
    """The month of every commune below a unit, as everybody is shown it. Raises as `province_statistics`."""
    with store.read() as connection:
        if (kept := last_issue(connection, unit_id, month)) is not None:
            return signed_table(connection, secret, kept)
        statistics = province_statistics(connection, unit_id, month, now)
    return province_table(statistics)  # seconds, where communes are many, and so no work for a transaction


def read_issue(store: Store, secret: ApplicationSecret, unit_id: int, month: Month, number: int) -> ProvinceTable:
    """One issue of a month, as somebody may have it on paper. Raises NotFoundError."""
    with store.read() as connection:
        if (kept := issue_of(connection, unit_id, month, number)) is None:
            raise NotFoundError
        return signed_table(connection, secret, kept)
