"""A deputy must know who called, because a life is in danger: with a reason, and never alone."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from hotline.casework import audit
from hotline.casework.audit import AuditError
from storage.tables import audit_rows, report_events, reveals
from tests.cast import HANH, LY, PAO, THAO, Officer
from tests.hotline.console.test_report_work import Fields
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.test_call_back import CONFIDENTIAL, PAGE, REF, reports_a_theft

ASK = f"{PAGE}/reveals"
REASON = "họ dọa giết người báo tin"
SHOWN = "+84 912 345 679"
GO = Officer("Gô", "go", "deputy", "+84912345607", "go-stands-in-for-ly")


def sits_down(commune: Commune, *people: Officer) -> list[FlaskClient]:
    for person in people:
        if person is not THAO:
            commune.hires(person)
    commune.chief_hands_out_keys()
    return [commune.sits_down(person) for person in people]


def sends(commune: Commune, browser: FlaskClient, page: str, address: str, **typed: str) -> Any:
    """A form of a page; where the page has none for this address, its token with what is typed."""
    forms = Fields(commune.opens(browser, page).text).forms
    form = forms.get(address) or {"csrf_token": next(iter(forms.values()))["csrf_token"]}
    return browser.post(address, data={**form, **typed}, base_url=commune.settings.hotline_public_url)


def acts(commune: Commune) -> list[str]:
    return [row["action"] for row in commune.rows(audit_rows) if row["action"].startswith("number")]


def test_a_number_is_asked_for_granted_and_read_once(commune: Commune) -> None:
    reports_a_theft(commune, PAO, CONFIDENTIAL)
    ly, go = sits_down(commune, LY, GO)
    assert sends(commune, ly, PAGE, ASK, reason=REASON).status_code == 303
    assert "A request for a caller's number waits for you." in commune.opens(go, "/calls").text
    assert "waits for you" not in commune.opens(ly, "/calls").text, "she cannot grant it to herself"
    page = commune.opens(go, "/reveals").text
    assert REASON in page
    assert "Grant it" in page
    assert "Grant it" not in commune.opens(ly, "/reveals").text
    commune.clock.goes_on(minutes=5)
    assert sends(commune, go, "/reveals", "/reveals/1/approval", words="đồng ý").status_code == 303
    assert "waits for you" in commune.opens(ly, "/calls").text
    shown = sends(commune, ly, "/reveals", "/reveals/1/reading")
    assert shown.status_code == 200
    assert SHOWN in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    for again in (sends(commune, ly, "/reveals", "/reveals/1/reading"), commune.opens(ly, "/reveals")):
        assert SHOWN not in again.text
    assert acts(commune) == ["number asked for", "number granted", "number seen"]
    assert [row["officer_id"] for row in commune.rows(audit_rows) if row["action"].startswith("number")] == [2, 3, 2]
    page = commune.opens(go, PAGE).text
    assert [row["what"] for row in commune.rows(report_events)][-3:] == acts(commune)
    assert REASON in page
    assert "đồng ý" in page
    assert SHOWN not in page
    assert REASON.encode() not in repr([commune.rows(table) for table in (audit_rows, report_events, reveals)]).encode()


@ON_SQLITE
def test_nobody_decides_alone(commune: Commune) -> None:
    reports_a_theft(commune, PAO, CONFIDENTIAL)
    ly, thao, hanh = sits_down(commune, LY, THAO, HANH)
    sends(commune, ly, PAGE, ASK, reason=REASON)
    own = sends(commune, ly, "/reveals", "/reveals/1/approval")
    assert own.status_code == 409
    assert "Somebody else has to" in own.text
    assert sends(commune, hanh, "/calls", "/reveals/1/approval").status_code == 403
    for who in (ly, thao):
        early = sends(commune, who, "/reveals", "/reveals/1/reading")
        assert early.status_code == 409
        assert SHOWN not in early.text
    sends(commune, thao, "/reveals", "/reveals/1/approval")
    other = sends(commune, thao, "/reveals", "/reveals/1/reading")
    assert (other.status_code, SHOWN in other.text) == (409, False), "who grants it does not read it"
    assert "Ask for the number" not in commune.opens(hanh, PAGE).text
    assert sends(commune, hanh, PAGE, ASK, reason=REASON, source="call-1", version="0").status_code == 403


@ON_SQLITE
def test_without_a_reason_nothing_is_asked(commune: Commune) -> None:
    reports_a_theft(commune, PAO, CONFIDENTIAL)
    (ly,) = sits_down(commune, LY)
    for reason in ("", "   ", "x" * 1001):
        assert sends(commune, ly, PAGE, ASK, reason=reason).status_code == 422
    for source in ("call-2", "text-1", "call-1'", ""):
        assert sends(commune, ly, PAGE, ASK, reason=REASON, source=source).status_code == 422
    assert commune.rows(reveals) == []
    assert sends(commune, ly, PAGE, ASK, reason=REASON).status_code == 303
    twice = sends(commune, ly, PAGE, ASK, reason=REASON)
    assert twice.status_code == 422
    assert "You have asked for this number already." in twice.text


@ON_SQLITE
def test_a_refusal_stands(commune: Commune) -> None:
    reports_a_theft(commune, PAO, CONFIDENTIAL)
    ly, thao = sits_down(commune, LY, THAO)
    sends(commune, ly, PAGE, ASK, reason="I would like to know")
    assert sends(commune, thao, "/reveals", "/reveals/1/refusal", words="curiosity").status_code == 303
    assert sends(commune, thao, "/reveals", "/reveals/1/approval").status_code == 409, "what is decided is decided"
    assert sends(commune, ly, "/reveals", "/reveals/1/reading").status_code == 409
    assert acts(commune) == ["number asked for", "number refused"]
    assert "refused" in commune.opens(ly, "/reveals").text


@ON_SQLITE
def test_what_nobody_decides_or_reads_in_time_falls_away(commune: Commune) -> None:
    reports_a_theft(commune, PAO, CONFIDENTIAL)
    sits_down(commune, LY, GO, THAO)
    sends(commune, commune.sits_down(LY), PAGE, ASK, reason=REASON)
    commune.clock.goes_on(hours=24)
    ly, go = commune.sits_down(LY), commune.sits_down(GO)
    assert "nobody decided in time" in commune.opens(go, "/reveals").text
    assert sends(commune, go, "/reveals", "/reveals/1/approval").status_code == 409
    assert sends(commune, ly, PAGE, ASK, reason=REASON).status_code == 303, "and may be asked anew"
    assert sends(commune, go, "/reveals", "/reveals/2/approval").status_code == 303
    commune.clock.goes_on(hours=1)
    ly = commune.sits_down(LY)
    late = sends(commune, ly, "/reveals", "/reveals/2/reading")
    assert (late.status_code, SHOWN in late.text) == (409, False)
    assert "granted, but not read in time" in commune.opens(ly, "/reveals").text


@ON_SQLITE
def test_what_cannot_be_written_down_is_not_shown(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    reports_a_theft(commune, PAO, CONFIDENTIAL)
    ly, thao = sits_down(commune, LY, THAO)
    sends(commune, ly, PAGE, ASK, reason=REASON)
    sends(commune, thao, "/reveals", "/reveals/1/approval")

    def breaks(*_: object, **__: object) -> int:
        raise AuditError

    with monkeypatch.context() as broken:
        broken.setattr(audit, "append", breaks)
        answer = sends(commune, ly, "/reveals", "/reveals/1/reading")
    assert (answer.status_code, SHOWN in answer.text) == (503, False)
    assert [row["state"] for row in commune.rows(reveals)] == ["approved"], "and may be read when it works again"
    assert SHOWN in sends(commune, ly, "/reveals", "/reveals/1/reading").text


@ON_SQLITE
def test_of_who_stays_anonymous_and_of_who_may_be_rung_back_there_is_nothing_to_read(commune: Commune) -> None:
    reports_a_theft(commune, PAO, "1")
    reports_a_theft(commune, PAO, "3")
    ly = sits_down(commune, LY)[0]
    for number in (1, 2):
        page = f"/reports/R-2026-000{number}"
        assert "Ask for the number" not in commune.opens(ly, page).text
        asked = sends(commune, ly, page, f"{page}/reveals", reason=REASON, source=f"call-{number}", version="0")
        assert asked.status_code == 422
    assert commune.rows(reveals) == []
    assert REF == "R-2026-0001"


@ON_SQLITE
def test_the_sender_of_a_text_is_confidential_too(commune: Commune) -> None:
    commune.carrier.text(PAO.number, "+842101234567", "somebody sells things at the bridge")
    ly, thao = sits_down(commune, LY, THAO)
    page = commune.opens(ly, PAGE).text
    assert "No call belongs to this report, so there is nobody to ring back." in page
    assert sends(commune, ly, PAGE, ASK, reason=REASON).status_code == 303
    sends(commune, thao, "/reveals", "/reveals/1/approval")
    assert SHOWN in sends(commune, ly, "/reveals", "/reveals/1/reading").text
