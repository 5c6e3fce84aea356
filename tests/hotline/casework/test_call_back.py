"""Whether a caller may be rung back: what weighs most, and two clicks at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import Connection, insert

from hotline.casework import call_back, people
from hotline.casework.call_back import Asker, CallBackRefusedError, Facts, OfficerLeg, refusal, ring_back
from hotline.casework.people import UnitKeys
from storage.database import Store
from storage.sealing import seal
from storage.tables import call_backs, sealed_numbers
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, SECRET, Station

FREE = Facts(
    unsafe=False,
    wish=None,
    key_open=True,
    diallable=True,
    carrier=True,
    telephone=True,
    busy=False,
    of_unit=0,
    of_report=0,
)
REF = "R-2026-0001"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (FREE, None),
        (replace(FREE, of_unit=2, of_report=5), None),
        (replace(FREE, of_unit=3), "cap reached"),
        (replace(FREE, of_unit=3, of_report=6), "asked too often"),
        (replace(FREE, busy=True, of_report=6), "busy"),
        (replace(FREE, telephone=False, busy=True), "no telephone"),
        (replace(FREE, carrier=False, telephone=False), "no carrier"),
        (replace(FREE, diallable=False, carrier=False), "undiallable"),
        (replace(FREE, key_open=False, diallable=False), "key not open"),
        (replace(FREE, wish="anonymous", key_open=False), "anonymous"),
        (replace(FREE, unsafe=True, wish="anonymous"), "unsafe"),
    ],
)
def test_what_weighs_most_is_said_first(facts: Facts, why: str | None) -> None:
    assert refusal(facts, most_a_day=3) == why


def test_no_call_backs_at_all_where_a_unit_wants_none() -> None:
    assert refusal(FREE, most_a_day=0) == call_back.CAP_REACHED


@dataclass
class Telephones:
    """Rings at once, and remembers whom."""

    rung: list[OfficerLeg] = field(default_factory=list)

    def ring(self, leg: OfficerLeg) -> str:
        self.rung.append(leg)
        return f"CA{len(self.rung)}"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def commune(store: Store) -> Station:
    found = station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, cast.DUTY)
    with store.write() as connection:
        _a_willing_caller(connection, found)
    return found


def _a_willing_caller(connection: Connection, of: Station) -> None:
    call_id = station.call(connection, of, "CA-willing", privacy="call_back")
    station.report(connection, of, REF, call_id, privacy="call_back")
    sealed = seal(of.content.public, cast.PAO.number.encode(), f"call:{call_id}:number")
    connection.execute(insert(sealed_numbers).values(call_id=call_id, key_kind="content", sealed=sealed))


def _asker(store: Store, of: Station, person: cast.Officer, telephones: Telephones, most_a_day: int) -> Asker:
    with store.read() as connection:
        officer = people.find_officer(connection, person.login)
    assert officer is not None
    return Asker(officer, UnitKeys(content=of.content.private), SECRET, telephones, most_a_day, NOW)


def test_of_many_clicks_at_once_as_many_ring_as_may(store: Store, commune: Station) -> None:
    """Two officers click twice each, and one call back is left for today."""
    telephones = Telephones()

    def clicks(person: cast.Officer) -> str:
        try:
            ring_back(store, _asker(store, commune, person, telephones, 1), REF, None)
        except CallBackRefusedError as refused:
            return refused.why
        return "rings"

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(clicks, [cast.HANH, cast.QUAN] * 2))
    assert told.count("rings") == len(telephones.rung) == 1
    assert set(told) <= {"rings", "busy", "cap reached"}
    with store.read() as connection:
        (row,) = connection.execute(call_backs.select()).all()
    assert row.carrier_call_id == "CA1"
    assert cast.PAO.number.encode() not in bytes(row.number)
