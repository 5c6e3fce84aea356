"""A month of a superior unit: the figures of every commune below it, counted by the same functions as one commune's.

These are the true figures. What may be shown of them is decided in `province_table`, which every form is made from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics import call_tally, day_counts
from hotline.casework.statistics.figures import Figures
from hotline.casework.statistics.month import figures_in_common
from hotline.casework.statistics.province_lines import ProvinceLine, lines_for
from hotline.casework.statistics.province_mergers import columns_in
from hotline.casework.statistics.province_signatures import SignedOff, last_signatures
from hotline.casework.statistics.span import CountedUnit, FutureMonthError, Whose, span_of, unit_by_id
from hotline.casework.statistics.units_below import communes_below

_DIMENSIONS = (
    *(call_tally.RECEIVED, call_tally.HUNG_UP, call_tally.KIND, call_tally.CATEGORY, call_tally.LANGUAGE),
    *(call_tally.BAND, call_tally.ANSWERED_BY_IVR, call_tally.ANONYMOUS),
)
"""What of the calls the table has a line for."""


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """What a column of the table is of. `code` names it to programs."""

    code: str
    name: str


@dataclass(frozen=True)
class CommuneMonth:
    """One column: the figures of a commune as they stand now, also where others were signed.

    `revised`: a figure of this table is no longer what was signed. `heir`: with which other commune it has merged, and
    whose signature it is; `without`: whose lines are not counted here, though they are this commune's now."""

    head: ColumnHead
    figures: Figures
    so_far: bool = False
    signed: SignedOff | None = None
    revised: bool = False
    heir: ColumnHead | None = None
    without: tuple[ColumnHead, ...] = ()

    @property
    def signed_by(self) -> str:
        """The code of the commune whose chief signs for these figures."""
        return self.heir.code if self.heir else self.head.code


@dataclass(frozen=True)
class ProvinceStatistics:
    """The month of a superior unit before anything is hidden: for counting on, not for showing.

    `signable`: what the chief of each commune would sign, by its code, and of any other one that signs for a column."""

    unit: str
    unit_name: str
    month: Month
    timezone: str
    so_far: bool
    communes: tuple[CommuneMonth, ...]
    signable: Mapping[str, Figures] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether the month has ended for the unit and for every commune."""
        return not self.so_far and not any(one.so_far for one in self.communes)

    @property
    def lines(self) -> tuple[ProvinceLine, ...]:
        return lines_for(commune.figures for commune in self.communes)


def province_statistics(connection: Connection, unit_id: int, month: Month, now: datetime) -> ProvinceStatistics:
    """The month of every commune below a unit, each cut by its own calendar; a month in course up to now.

    A commune without calls has a column of noughts, also where the month has not begun in its own time zone yet; one
    that was not there in the month has none, unless something of it is counted. Where a month is signed, the figures
    are all the same those that stand now, and the column says whether it was `revised`.
    Raises NotFoundError for an unknown unit, FutureMonthError by the unit's own clock."""
    communes = communes_below(connection, unit_id)
    signed = last_signatures(connection, [commune.code for commune in communes], month)
    counted = province_figures(connection, unit_id, communes, month, now)
    signable = {one.head.code: one.figures for one in counted.communes}
    parted = {one.signed_by for one in counted.communes if one.heir or one.without}
    if parted:  # what is signed is the whole month of an heir
        heirs = [commune for commune in communes if commune.code in parted]
        found = _figures(connection, heirs, month, now)
        signable |= {heir.code: found.get(heir.id, Figures()) for heir in heirs}
    revised = {code for code, (_, figures) in signed.items() if code in signable and _differs(signable[code], figures)}
    columns = tuple(_with_signature(one, signed, revised) for one in counted.communes)
    return replace(counted, communes=columns, signable=signable)


def province_figures(
    connection: Connection, unit_id: int, communes: Sequence[CountedUnit], month: Month, now: datetime
) -> ProvinceStatistics:
    """The same of these communes, without a word of signatures."""
    unit = unit_by_id(connection, unit_id)
    span = span_of(month, unit.zone, now)
    columns = columns_in(connection, communes, month)
    found = _figures(connection, [column.unit for column in columns], month, now)
    figures = [(column, found.get(column.unit.id, Figures())) for column in columns]
    return ProvinceStatistics(
        unit=unit.code,
        unit_name=unit.named_in(month),
        month=month,
        timezone=unit.zone.key,
        so_far=span.so_far,
        communes=tuple(
            CommuneMonth(
                _head(column.unit, month),
                counted,
                now < month.bounds(column.unit.zone)[1],
                heir=_head(column.heir, month) if column.heir else None,
                without=tuple(_head(one, month) for one in column.former),
            )
            for column, counted in figures
            # Everybody knows that it had none: its noughts would be no company to a small figure.
            if column.unit.stood_in(month) or column.heir or _holds_anything(counted)
        ),
    )


def _holds_anything(figures: Figures) -> bool:
    return any(line.read(figures) for line in lines_for((figures,)))


def _head(unit: CountedUnit, month: Month) -> ColumnHead:
    return ColumnHead(unit.code, unit.named_in(month))


def _with_signature(
    commune: CommuneMonth, signed: Mapping[str, tuple[SignedOff, Figures]], revised: Collection[str]
) -> CommuneMonth:
    if (code := commune.signed_by) not in signed:
        return commune
    return replace(commune, signed=signed[code][0], revised=code in revised)


def _differs(one: Figures, other: Figures) -> bool:
    return any(line.read(one) != line.read(other) for line in lines_for((one, other)))


def _figures(
    connection: Connection, communes: Sequence[CountedUnit], month: Month, now: datetime
) -> Mapping[int, Figures]:
    """Of each commune where the month has begun: one set of questions for all that share a time zone, and one for each
    that is counted in part."""
    zones: dict[tuple[ZoneInfo, int], list[CountedUnit]] = {}
    for commune in communes:
        zones.setdefault((commune.zone, 0 if commune.whole else commune.id), []).append(commune)
    found: dict[int, Figures] = {}
    for (zone, part), sharing in zones.items():
        try:
            span = span_of(month, zone, now)
        except FutureMonthError:
            continue
        whose = Whose(tuple(sharing))
        if part:
            tallies: Mapping[int, day_counts.Tally] = {part: day_counts.tally_of(connection, sharing[0], month)}
        else:
            tallies = day_counts.tallies(connection, whose.ids, month, _DIMENSIONS)
        found |= figures_in_common(connection, whose, tallies, span)
    return found
