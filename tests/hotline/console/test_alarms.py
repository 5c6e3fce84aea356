"""What has rung: told in plain words, dealt with once, never forgotten."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import hotline
from hotline.casework import cost_guard
from hotline.casework.alarms import raise_alarm
from hotline.console.alarm_words import KNOWN
from storage.database import Store
from storage.tables import alarms, audit_rows
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]


def rings(store: Store, of: Station | None, what: str, **details: object) -> int:
    with store.write() as connection:
        raise_alarm(connection, what, repr(details), details, NOW, of.unit_id if of else None)
        return int(connection.scalar(alarms.select().order_by(alarms.c.id.desc())) or 0)


def test_no_alarm_says_so(signed_in: SignedIn) -> None:
    assert "No alarm is open" in signed_in(cast.LY).opens("/alarms").text


def test_an_alarm_says_what_happened_and_what_to_do_and_leads_there(
    signed_in: SignedIn, store: Store, commune: Station
) -> None:
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA-1")
        station.report(connection, commune, "R-2026-0007", call_id)
    rings(store, commune, "missed_call", call=call_id)
    rings(store, commune, "nobody_takes_report", report="R-2026-0007")
    rings(store, None, "carrier_refuses", carrier="twilio")
    page = signed_in(cast.LY).opens("/alarms").text
    for words in ("A caller was not heard", "Take it, or ring an officer yourself", "about the whole installation"):
        assert words in page, words
    assert f'href="/calls/{call_id}"' in page
    assert 'href="/reports/R-2026-0007"' in page


def test_dealing_with_it_is_audited_kept_and_done_once(signed_in: SignedIn, store: Store, commune: Station) -> None:
    alarm_id = rings(store, commune, "receipts_locked", line=1)
    ly, thao = signed_in(cast.LY), signed_in(cast.THAO)
    assert ly.sends(f"/alarms/{alarm_id}/settlement").status_code == 303
    assert "That alarm is dealt with" in ly.opens("/alarms").text
    assert thao.sends(f"/alarms/{alarm_id}/settlement").status_code == 303
    page = thao.opens("/alarms").text
    assert "before you" in page
    assert "No alarm is open" in page
    assert "Too many wrong receipt codes" in page.partition("Dealt with</h2>")[2]
    assert "Lý" in page
    with store.read() as connection:
        acts = connection.execute(audit_rows.select().where(audit_rows.c.action == "alarm dealt with")).all()
    assert [(act.officer_id, act.object_ref) for act in acts] == [(commune.officers["ly"], f"alarm/{alarm_id}")]
    assert "Dealt with an alarm" in thao.opens("/audit").text


def test_another_units_alarm_is_not_there(
    signed_in: SignedIn, store: Store, neighbour: Station, commune: Station
) -> None:
    alarm_id = rings(store, neighbour, "missed_call", call=1)
    ly = signed_in(cast.LY)
    assert "A caller was not heard" not in ly.opens("/alarms").text
    assert ly.sends(f"/alarms/{alarm_id}/settlement").status_code == 404
    assert ly.sends("/alarms/99999999/settlement").status_code == 404


def test_an_alarm_nobody_has_words_for_is_shown_all_the_same(
    signed_in: SignedIn, store: Store, commune: Station
) -> None:
    rings(store, commune, "the_moon_fell")
    assert "Something needs to be looked at. (the_moon_fell)" in signed_in(cast.HANH).opens("/alarms").text


@pytest.mark.parametrize("before", ["-1", "x", "9" * 40, "٣", "%00", "2147483648"])
def test_an_absurd_page_of_the_history_is_the_first(signed_in: SignedIn, before: str) -> None:
    assert signed_in(cast.LY).opens(f"/alarms?before={before}").status_code == 200


def test_every_alarm_that_the_code_raises_has_words() -> None:
    raised = set()
    for file in Path(next(iter(hotline.__path__))).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "raise_alarm":
                raised |= {node.args[1].value} if isinstance(node.args[1], ast.Constant) else set()
    assert raised
    assert raised | {cost_guard.NEAR, cost_guard.PASSED} <= KNOWN.keys()
