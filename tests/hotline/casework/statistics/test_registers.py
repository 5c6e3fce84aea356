"""What no call tells: incidents by year, and figures that are entered by hand until a register counts them."""

from datetime import date
from typing import Any

import pytest

from hotline.casework.desk import NotTheirTaskError, WorkRefusedError
from hotline.casework.months import Month
from hotline.casework.people import OfficerRow, find_officer
from hotline.casework.statistics import entries, incidents
from hotline.casework.statistics.incidents import Incident
from hotline.errors import NotFoundError
from storage.database import Store
from storage.tables import audit_rows, month_entries
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, Station

NOVEMBER = Month(2026, 11)


def officer(store: Store, login: str) -> OfficerRow:
    with store.read() as connection:
        found = find_officer(connection, login)
    assert found is not None
    return found


def test_the_register_of_the_article_by_year(store: Store, commune: Station) -> None:
    """2021: two, both intentional injuries, of which nobody knows the day any more; none since."""
    with store.write() as connection:
        for number in (1, 2):
            assert incidents.take_over(
                connection, commune.unit_id, Incident("injury", year=2021), f"2021/{number}", NOW
            )
        assert not incidents.take_over(connection, commune.unit_id, Incident("injury", year=2021), "2021/2", NOW)
        assert incidents.by_year(connection, commune.unit_id) == {2021: {"injury": 2}}


def test_an_incident_has_its_day_place_and_report_and_can_be_taken_back(store: Store, commune: Station) -> None:
    ly = officer(store, "ly")
    with store.write() as connection:
        place_id = station.place(connection, commune, "03", "Nà Hoi")
        station.report(connection, commune, "R-2026-0042", None)
        found = Incident("property", date(2026, 11, 3), place_id=place_id, report="r-2026-0042")
        incident_id = incidents.record(connection, ly, found, NOW)
        (row,) = incidents.incidents_of(connection, commune.unit_id, 2026)
        assert (row.type, row.place, row.report, row.who) == ("property", "Nà Hoi", "R-2026-0042", "Lý")
        assert incidents.incidents_in(connection, [commune.unit_id], NOVEMBER) == {commune.unit_id: {"property": 1}}
        assert incidents.incidents_in(connection, [commune.unit_id], NOVEMBER.previous) == {}
        incidents.withdraw(connection, ly, incident_id, NOW)
        assert incidents.incidents_of(connection, commune.unit_id) == ()
        assert incidents.by_year(connection, commune.unit_id) == {}
        with pytest.raises(NotFoundError):
            incidents.withdraw(connection, ly, incident_id, NOW)
        acts = [row.action for row in connection.execute(audit_rows.select().order_by(audit_rows.c.seq))]
    assert acts[-2:] == ["incident recorded", "incident withdrawn"]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (Incident("murder", date(2026, 11, 3)), "type"),
        (Incident("injury"), "happened_on"),
        (Incident("injury", date(2026, 11, 15)), "happened_on"),
        (Incident("injury", year=2027), "happened_on"),
        (Incident("injury", date(2026, 11, 3), place_id=7), "place_id"),
        (Incident("injury", date(2026, 11, 3), report="R-2026-0001"), "report"),
    ],
)
def test_what_cannot_have_happened_is_refused(store: Store, commune: Station, wrong: Incident, where: str) -> None:
    thao = officer(store, "thao")
    with store.write() as connection, pytest.raises(WorkRefusedError) as refused:
        incidents.record(connection, thao, wrong, NOW)
    assert refused.value.field == where


def test_registers_are_kept_by_those_who_answer_for_them(store: Store, commune: Station) -> None:
    for login in ("hanh", "dung"):
        with store.write() as connection:
            with pytest.raises(NotTheirTaskError):
                incidents.record(connection, officer(store, login), Incident("fire", date(2026, 11, 3)), NOW)
            with pytest.raises(NotTheirTaskError):
                entries.enter(connection, officer(store, login), NOVEMBER, {"footage_requested": 1}, NOW)


def test_a_figure_entered_twice_counts_as_it_was_entered_last_and_both_stay(store: Store, commune: Station) -> None:
    with store.write() as connection:
        entries.enter(connection, officer(store, "ly"), NOVEMBER, keychains(1180, 1200), NOW)
        entries.enter(connection, officer(store, "thao"), NOVEMBER, keychains(1190, 1200), NOW)
        first, second = entries.entries_of(connection, commune.unit_id, NOVEMBER)
        assert (first.name, first.value, first.who) == ("keychain_households", 1190, "Thào")
        assert (second.value, second.who) == (1200, "Lý"), "what did not change is still hers"
        assert entries.entered(connection, commune.unit_id, NOVEMBER.previous) == {}
        entries.enter(connection, officer(store, "ly"), NOVEMBER, {"keychain_households": None}, NOW)
        assert entries.entered(connection, commune.unit_id, NOVEMBER) == {"keychain_households_of": 1200}
        assert len(connection.execute(month_entries.select()).all()) == 4


def keychains(issued: int, of: int) -> dict[str, int | None]:
    return {"keychain_households": issued, "keychain_households_of": of}


@pytest.mark.parametrize(
    ("values", "month", "where"),
    [
        ({"cameras": 16}, NOVEMBER, "cameras"),
        ({"footage_requested": -1}, NOVEMBER, "footage_requested"),
        ({"footage_requested": 2, "footage_received": 3}, NOVEMBER, "footage_received"),
        (keychains(1201, 1200), NOVEMBER, "keychain_households"),
        ({"footage_requested": 2}, Month(2026, 12), "month"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(
    store: Store, commune: Station, values: dict[str, Any], month: Month, where: str
) -> None:
    with store.write() as connection, pytest.raises(WorkRefusedError) as refused:
        entries.enter(connection, officer(store, cast.LY.login), month, values, NOW)
    assert refused.value.field == where
