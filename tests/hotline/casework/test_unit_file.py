"""What a unit's file says about the work on reports: its own limits with their sources, and who takes reports over."""

from typing import Any

import pytest
from sqlalchemy import select

from hotline.casework.people import UnitKeys, find_officer
from hotline.casework.report_work import read_work
from hotline.casework.setup import UnitFileError, load_unit, unknown_names
from storage.database import Store
from storage.tables import units
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, Station

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OWN = {"CHECK": {"days": 5, "basis": "decision 12"}}


@pytest.fixture
def commune(store: Store, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.LY,))


def load(store: Store, settings: dict[str, Any]) -> tuple[Any, Any]:
    with store.write() as connection:
        load_unit(connection, settings, NOW)
        return tuple(connection.execute(select(units.c.deadlines, units.c.transfer_to)).one())  # type: ignore[return-value]


def test_a_file_without_a_word_about_them_leaves_limits_and_bodies_as_they_are(store: Store, commune: Station) -> None:
    assert load(store, {"deadlines": OWN, "transfer_to": ["PC02"]}) == (OWN, ["PC02"])
    assert load(store, {"name": "Xã Suối Đá"}) == (OWN, ["PC02"])
    assert load(store, {"deadlines": None, "transfer_to": []}) == ({}, [])


@ON_SQLITE
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"deadlines": {"CHECK": {"days": 5}}}, "deadlines: CHECK needs a basis"),
        ({"deadlines": {"CHEK": {"days": 5, "basis": "x"}}}, "deadlines: there is no 'CHEK'"),
        ({"deadlines": "soon"}, "deadlines: "),
        ({"follow_ups": {"urgent": {}}}, "follow_ups: there is no 'urgent'"),
        ({"transfer_to": "PC02"}, "transfer_to: a list"),
        ({"transfer_to": [""]}, "transfer_to: a list"),
        ({"transfer_to": [5]}, "transfer_to: a list"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(
    store: Store, commune: Station, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnitFileError, match=said):
        load(store, settings)


@ON_SQLITE
def test_the_page_of_a_report_names_the_source_of_the_units_own_limit(store: Store, commune: Station) -> None:
    load(store, {"deadlines": OWN, "transfer_to": ["PC02"]})
    with store.write() as connection:
        station.report(connection, commune, "R-2026-0001", None)
        station.report(connection, commune, "R-2026-0002", None, category="RPT-EXTORT")
        ly = find_officer(connection, "ly")
    assert ly is not None
    no_keys = UnitKeys()
    own, standard = (read_work(store, ly, no_keys, reference, NOW) for reference in ("R-2026-0001", "R-2026-0002"))
    assert (own.due.basis, standard.due.basis) == ("decision 12", "")
    assert own.destinations == ("PC02",)


@ON_SQLITE
def test_two_places_under_one_number_are_refused(store: Store, commune: Station) -> None:
    twice = [
        {"digits": "01", "name": "Khe Mận"},
        {"digits": "02", "name": "Nà Hoi"},
        {"digits": "01", "name": "Bản Sim"},
    ]
    with pytest.raises(UnitFileError, match="01"):
        load(store, {"places": twice})


def test_a_slip_in_a_name_is_told() -> None:
    assert unknown_names({"name": "Xã Suối Đá", "nme": "?", "holidys": {}, "places": []}) == ["holidys", "nme"]
