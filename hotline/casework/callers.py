"""Whose numbers stand behind a report, and what each caller allowed to be done with them. Never the numbers."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework.keepers import keeper_of_number
from hotline.casework.people import CONTENT, IDENTITY
from hotline.casework.privacy import ANONYMOUS, CONFIDENTIAL, bound_to_call, bound_to_text
from storage.tables import calls, report_calls, reports, sealed_numbers, texts

WITHHELD = "withheld"
_OPENED_HERE = keeper_of_number() == reports.c.unit_id
"""After a merger a report may have a call whose number only the other unit can open: here it has none."""


@dataclass(frozen=True)
class Caller:
    """Who made one call. `sealed` is None where no number is kept; `key_kind` says who could open it."""

    call_id: int
    line_id: int
    started_at: datetime
    privacy: str | None
    withheld: bool
    key_kind: str | None
    sealed: bytes | None = field(repr=False)

    @property
    def agreed(self) -> bool:
        """The caller chose to be called back, or was in danger: what the officers' key opens, they may dial."""
        return self.key_kind == CONTENT

    @property
    def wish(self) -> str:
        """Why this caller is not rung back, where that was not agreed."""
        if self.withheld:
            return WITHHELD
        return ANONYMOUS if self.privacy == ANONYMOUS else CONFIDENTIAL


def callers_of(connection: Connection, report_id: int, zone: ZoneInfo) -> tuple[Caller, ...]:
    """The callers of a report, the newest last; times on the clock of the unit."""
    query = (
        select(
            calls.c.id,
            calls.c.line_id,
            calls.c.started_at,
            calls.c.privacy,
            calls.c.withheld,
            sealed_numbers.c.key_kind,
            sealed_numbers.c.sealed,
        )
        .join(report_calls, report_calls.c.call_id == calls.c.id)
        .join(reports, reports.c.id == report_calls.c.report_id)
        .outerjoin(sealed_numbers, (sealed_numbers.c.call_id == calls.c.id) & _OPENED_HERE)
        .where(report_calls.c.report_id == report_id)
        .order_by(calls.c.started_at, calls.c.id)
    )
    return tuple(
        Caller(
            call_id=row.id,
            line_id=row.line_id,
            started_at=row.started_at.astimezone(zone),
            privacy=row.privacy,
            withheld=row.withheld,
            key_kind=row.key_kind,
            sealed=bytes(row.sealed) if row.sealed is not None else None,
        )
        for row in connection.execute(query)
    )


# ---- confidential ones ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """A call or a text behind a report whose number only chief and deputy could open. `name`: as forms send it."""

    call_id: int | None
    text_id: int | None
    at: datetime

    @property
    def name(self) -> str:
        return f"call-{self.call_id}" if self.call_id is not None else f"text-{self.text_id}"


@dataclass(frozen=True)
class Sealed:
    """A sealed number, and the place that it is bound to."""

    sealed: bytes = field(repr=False)
    place: str


def sources_of(connection: Connection, report_id: int, zone: ZoneInfo) -> tuple[Source, ...]:
    """The confidential callers and senders of a report, the newest first."""
    confidential = sealed_numbers.c.key_kind == IDENTITY
    of_calls = (
        select(calls.c.id, calls.c.started_at)
        .join(report_calls, report_calls.c.call_id == calls.c.id)
        .join(reports, reports.c.id == report_calls.c.report_id)
        .join(sealed_numbers, (sealed_numbers.c.call_id == calls.c.id) & _OPENED_HERE)
        .where(report_calls.c.report_id == report_id, confidential)
    )
    of_texts = (
        select(texts.c.id, texts.c.received_at)
        .join(sealed_numbers, sealed_numbers.c.text_id == texts.c.id)
        .where(texts.c.report_id == report_id, confidential)
    )
    found = [Source(row.id, None, row.started_at.astimezone(zone)) for row in connection.execute(of_calls)]
    found += [Source(None, row.id, row.received_at.astimezone(zone)) for row in connection.execute(of_texts)]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


def sealed_of(connection: Connection, call_id: int | None, text_id: int | None) -> Sealed | None:
    """The confidential number of a call or a text; None where it is no longer kept so."""
    column, wanted = (sealed_numbers.c.call_id, call_id) if call_id is not None else (sealed_numbers.c.text_id, text_id)
    query = select(sealed_numbers.c.sealed).where(column == wanted, sealed_numbers.c.key_kind == IDENTITY)
    sealed = connection.scalar(query)
    if sealed is None:
        return None
    return Sealed(bytes(sealed), bound_to_call(call_id) if call_id is not None else bound_to_text(text_id or 0))
