"""The registers in the console: incidents by year, figures by hand, the time before; written by the command alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hotline.casework.past.baseline import Baseline
from hotline.casework.past.baselines import take_in
from hotline.casework.past.described import read_described
from ivr_flows.loader import CATALOG
from storage.database import Store
from storage.tables import audit_rows, places
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

SignsIn = Callable[[cast.Officer], Visitor]


@pytest.fixture
def with_the_past(store: Store, commune: Station) -> Station:
    published = read_described(CATALOG / "demo_baseline.yaml", Baseline)
    with store.write() as connection:
        take_in(connection, published, NOW)
        place = {"digits": "01", "name": "Khe Mận", "names": {}, "kind": "village"}
        connection.execute(places.insert().values(unit_id=commune.unit_id, **place))
        call_id = station.call(connection, commune, "CA-1", started_at=datetime(2026, 11, 1, 3, tzinfo=UTC))
        station.report(connection, commune, "R-2026-0001", call_id)
    return commune


def acts(store: Store) -> list[tuple[str, bool]]:
    with store.read() as connection:
        rows = connection.execute(audit_rows.select().order_by(audit_rows.c.seq)).all()
    return [(row.action, row.sealed_reason is not None) for row in rows if row.action.startswith(("incident", "month"))]


def test_the_register_by_year(with_the_past: Station, signed_in: SignsIn, store: Store) -> None:
    chief = signed_in(cast.THAO)
    page = chief.opens("/incidents").text
    for year, count in ((2021, 2), (2022, 0), (2023, 0)):
        row = page.partition(f'scope="row">{year}</th>')[2]
        assert row.partition('class="digits">')[2].startswith(f"{count}<"), year
    assert "emulation banner" in page
    assert page.count("taken in from the time before") == 2

    told = {"type": "property", "happened_on": "2026-11-02", "place_id": "1", "report": "r-2026-0001", "year": ""}
    assert chief.sends("/incidents", **told).status_code == 303
    page = chief.opens("/incidents").text
    assert 'scope="row">2026</th>' in page
    assert "Khe Mận" in page
    assert "R-2026-0001" in page
    assert "Thào" in page
    assert acts(store) == [("incident recorded", False)]


def test_a_line_is_corrected_with_a_reason_and_never_silently(
    with_the_past: Station, signed_in: SignsIn, store: Store
) -> None:
    deputy = signed_in(cast.LY)
    without = deputy.sends("/incidents/1/correction", type="fire", year="2021", place_id="0")
    assert without.status_code == 422
    assert "This is missing." in without.text
    assert acts(store) == []
    told = {"type": "fire", "year": "2021", "place_id": "0", "reason": "it was a fire"}
    assert deputy.sends("/incidents/1/correction", **told).status_code == 303
    assert deputy.opens("/incidents/1").status_code == 404
    assert "Fire: 1" in deputy.opens("/incidents").text
    assert deputy.sends("/incidents/2/withdrawal", reason="counted twice").status_code == 303
    assert acts(store) == [("incident withdrawn", True), ("incident recorded", False), ("incident withdrawn", True)]
    assert "it was a fire" not in deputy.opens("/incidents").text
    assert deputy.sends("/incidents/2/withdrawal", reason="again").status_code == 404


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"type": "property"}, "This is missing."),
        ({"type": "meteor", "year": "2026"}, "Please choose one of the list."),
        ({"type": "fire", "happened_on": "2026-11-15"}, "That has not come yet."),
        ({"type": "fire", "happened_on": "2026-02-30"}, "Please give a day"),
        ({"type": "fire", "year": "MMXXVI"}, "Please give a whole number."),
        ({"type": "fire", "year": "2026", "report": "R-2026-9999"}, "There is no report of that number"),
        ({"type": "fire", "year": "2026", "place_id": "77"}, "Please choose one of the list."),
        ({"type": "fire", "year": "2026", "report": "x" * 21}, "That is too long."),
        ({"type": "fire", "year": "99999999999999999999"}, "That has not come yet."),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_what_was_typed_stays(
    with_the_past: Station, signed_in: SignsIn, store: Store, told: dict[str, str], said: str
) -> None:
    answer = signed_in(cast.THAO).sends("/incidents", **{"place_id": "0", **told})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert acts(store) == []


def test_figures_by_hand_with_who_and_when(with_the_past: Station, signed_in: SignsIn, store: Store) -> None:
    chief = signed_in(cast.THAO)
    assert chief.opens("/statistics/entries").location.endswith("/statistics/2026-11/entries")
    told = {"keychain_households": "1199", "keychain_households_of": "1200", "footage_requested": ""}
    assert chief.sends("/statistics/2026-10/entries", **told).status_code == 303
    page = chief.opens("/statistics/2026-10/entries").text
    assert 'value="1199"' in page
    assert page.count("Thào, 14 Nov 2026, 21:04") == 2
    assert "November 2026" in page, "the way to the next month"
    assert acts(store) == [("month figures entered", False)]
    wrong = chief.sends("/statistics/2026-10/entries", keychain_households="1201")
    assert wrong.status_code == 422
    assert "more than there are" in wrong.text
    assert 'value="1201"' in wrong.text
    assert "whole number" in chief.sends("/statistics/2026-10/entries", footage_received="-1").text
    seen = signed_in(cast.HANH).opens("/statistics/2026-10/entries").text
    assert "1199" in seen
    assert "<input class" not in seen
    assert chief.sends("/statistics/2026-10/entries", keychain_households="").status_code == 303
    assert 'value="1199"' not in chief.opens("/statistics/2026-10/entries").text


@pytest.mark.parametrize("month", ["2026-13", "2026-12", "2027-01", "0000-01", "2026-1", "x", "%00"])
def test_a_month_that_is_none_is_not_there(with_the_past: Station, signed_in: SignsIn, month: str) -> None:
    assert signed_in(cast.THAO).opens(f"/statistics/{month}/entries").status_code == 404


def test_the_time_before_and_since(with_the_past: Station, signed_in: SignsIn) -> None:
    chief = signed_in(cast.THAO)
    page = chief.opens("/statistics/before").text
    for shown in ("127", "70.9%", "29.1%", "7.9%", "21.3%", "not itemised", "Press article", "Before and since"):
        assert shown in page
    kinds = {"pdf": b"%PDF", "xlsx": b"PK", "csv": b"\xef\xbb\xbf", "json": b"{"}
    for form, begins in kinds.items():
        file = chief.opens(f"/statistics/before/{form}")
        assert file.data.startswith(begins)
        assert f"before.{form}" in file.headers["Content-Disposition"]
    assert chief.opens("/statistics/before/docx").status_code == 404
    assert chief.opens("/statistics/before/json").json["calls"]["not_itemised"] == 27


def test_without_a_past_the_pages_say_what_to_do(commune: Station, signed_in: SignsIn) -> None:
    chief = signed_in(cast.THAO)
    assert "hotline import baseline" in chief.opens("/statistics/before").text
    assert "hotline import calls" in chief.opens("/statistics/before").text
    assert "Nothing is in the register yet" in chief.opens("/incidents").text
    assert chief.opens("/statistics/before/pdf").status_code == 404
