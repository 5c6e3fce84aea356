"""The province of the demonstration: a superior unit, and beside the commune two more, whose calls come from a book.

Everything is invented ("Mẫu" is Vietnamese for a specimen); the calls are written as `hotline import calls` writes
them, and are marked as such: they went through no flow, have no recording, and no number was ever known."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from hotline.casework.months import Month
from hotline.casework.past import book_calls
from hotline.casework.past.book_calls import Named
from hotline.casework.past.book_map import VOICE
from hotline.casework.past.book_reports import Whose
from hotline.casework.past.book_rows import BookCall
from hotline.casework.statistics import day_counts
from hotline.casework.transitions import CLOSED
from ivr_flows.taxonomy import load_taxonomy
from storage.sealing import new_key_pair
from storage.tables import lines, units

_PROVINCE = "Công an tỉnh Mẫu"
_SEED = 1986
_KINDS = {"admin": 60, "report": 16, "emergency": 2, "addition": 4, "other": 8, None: 10}
_ENDINGS = {"CONFIRMED": 5, "UNFOUNDED": 2, "MEDIATED": 2, "ANSWERED": 1}


@dataclass(frozen=True, slots=True)
class _Neighbour:
    name: str
    code: str
    number: str  # beside the region's example number
    calls_a_month: int


def make_province(connection: Connection, commune_id: int, line_number: str, now: datetime) -> int:
    """Put a superior unit over the commune, with two more below it; return its id."""
    province_id = _unit(connection, commune_id, _PROVINCE, "tinh-mau", None, now)
    connection.execute(update(units).where(units.c.id == commune_id).values(parent_id=province_id))
    flow_hash = connection.scalars(select(lines.c.flow_hash).where(lines.c.unit_id == commune_id)).first()
    for one in _neighbours(line_number):
        unit_id = _unit(connection, commune_id, one.name, one.code, province_id, now)
        # Out of service: nobody is on duty there, and the stand-in carrier is to send no call to it.
        row = {"unit_id": unit_id, "number": one.number, "flow_hash": flow_hash, "retired_at": now}
        connection.execute(insert(lines).values(row))
    return province_id


def write_books(connection: Connection, line_number: str, months: int, now: datetime) -> None:
    """The calls of the neighbours in the last months, counted."""
    draw = random.Random(_SEED)  # noqa: S311 - invented calls
    for one in _neighbours(line_number):
        unit_id, line_id, timezone = connection.execute(
            select(units.c.id, lines.c.id, units.c.timezone)
            .join(lines, lines.c.unit_id == units.c.id)
            .where(units.c.code == one.code)
        ).one()
        whose = Whose(unit_id, line_id, ZoneInfo(timezone), {})
        book_calls.write(connection, whose, list(_book(draw, one, months, now)), now)
        for month in _months(months, whose.zone, now):
            day_counts.recount(connection, unit_id, month, now)


def _neighbours(line_number: str) -> tuple[_Neighbour, ...]:
    beside = [f"{line_number[:-1]}{(int(line_number[-1]) + step) % 10}" for step in (1, 2)]
    return (
        _Neighbour("Xã Đồi Chè Mẫu", "xa-doi-che-mau", beside[0], 64),
        _Neighbour("Xã Suối Mây Mẫu", "xa-suoi-may-mau", beside[1], 11),
    )


def _unit(connection: Connection, like: int, name: str, code: str, parent_id: int | None, now: datetime) -> int:
    """A unit with the calendar of another. Nothing is ever sealed to its keys, so nobody keeps the private halves."""
    model = connection.execute(select(units).where(units.c.id == like)).one()
    same = {key: getattr(model, key) for key in ("timezone", "region", "languages", "office_hours", "holidays")}
    keys = {f"{kind}_public": new_key_pair().public for kind in ("content", "identity", "recovery")}
    row = insert(units).values(name=name, code=code, parent_id=parent_id, created_at=now, **same, **keys)
    return int(connection.execute(row.returning(units.c.id)).scalar_one())


def _months(months: int, zone: ZoneInfo, now: datetime) -> Iterator[Month]:
    month, first = Month.at(now, zone), Month.at(now - timedelta(days=30 * months), zone)
    while month >= first:
        yield month
        month = month.previous


def _book(draw: random.Random, one: _Neighbour, months: int, now: datetime) -> Iterator[Named]:
    for line in range(one.calls_a_month * months):
        started_at = now - timedelta(hours=1, days=(30 * months - 1) * draw.random())
        yield Named(f"book-{one.code}-{line}", _call(draw, line, started_at))


def _call(draw: random.Random, line: int, started_at: datetime) -> BookCall:
    (kind,) = draw.choices(list(_KINDS), list(_KINDS.values()))
    codes = [code.code for code in load_taxonomy().of_kind(kind or "") if code.counts_as_new]
    report = kind in ("report", "emergency")
    (outcome,) = draw.choices(list(_ENDINGS), list(_ENDINGS.values()))
    confirmed = report and outcome == "CONFIRMED" and draw.random() < 0.4
    return BookCall(
        line=line,
        started_at=started_at,
        serial=None,
        kind=kind,
        category="RPT-ADDINFO" if kind == "addition" else draw.choice(codes) if codes else None,
        place=None,
        language=draw.choice(("vi", "vi", "vi", "en")),
        channel=VOICE,
        privacy=draw.choice(("anonymous", "confidential")) if report else None,
        duration_s=draw.randrange(20, 240),
        status=CLOSED if report else None,
        settled_on=started_at.date() if report else None,
        outcome=outcome if report else None,
        measure="EDU-COMMUNE" if confirmed else None,
        persons=1 if confirmed else 0,
    )
