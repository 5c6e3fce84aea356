"""Who sees what: the walls between strangers, roles and communes, and what browsers are told."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from hotline.console.headers import POLICY
from storage.database import Store
from storage.tables import officers
from storage.vault import Vault
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import Station

SignedIn = Callable[[cast.Officer], Visitor]
OPEN = {"console.sign_in", "console.enter", "console.choose_language", "console.static"}
REFERENCE = "R-2026-0001"


@pytest.fixture
def neighbours_call(store: Store, vault: Vault, neighbour: Station) -> dict[str, int]:
    with store.write() as connection:
        call_id = station.call(connection, neighbour, "CA-neighbour")
        recording_id = station.recording(connection, neighbour, vault, call_id, b"RIFF somebody's voice")
        station.report(connection, neighbour, "R-2026-0777", call_id)
    return {"call": call_id, "recording": recording_id}


def console_rules(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every rule of the console but its static files."""
    with app.test_request_context():
        return [
            (
                rule.endpoint,
                method,
                rule.build({name: REFERENCE if name == "reference" else 1 for name in rule.arguments})[1],
            )  # type: ignore[index]
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("console.") and rule.endpoint != "console.static"
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ]


def test_every_page_but_the_sign_in_refuses_a_stranger(app: Flask, stranger: Visitor) -> None:
    closed = [(method, address) for endpoint, method, address in console_rules(app) if endpoint not in OPEN]
    assert len(closed) >= 7
    for method, address in closed:
        answer = stranger.browser.open(address, method=method)
        assert answer.status_code == 303, (method, address)
        assert answer.location.startswith("/sign-in"), (method, address)


def test_every_form_is_refused_without_its_token(app: Flask, signed_in: SignedIn, store: Store) -> None:
    hanh = signed_in(cast.HANH)
    posts = [address for _, method, address in console_rules(app) if method == "POST"]
    assert {"/sign-in", "/sign-out", "/language", f"/reports/{REFERENCE}/acknowledgement"} <= set(posts)
    for address in posts:
        for form in ({}, {"csrf_token": "made up"}):
            answer = hanh.browser.post(address, data={"language": "ru", **form})
            assert answer.status_code == 400, address
            assert "This form has expired" in answer.text
    assert hanh.opens("/calls").status_code == 200
    with store.read() as connection:
        assert connection.scalar(select(officers.c.language).where(officers.c.login == "hanh")) == "en"


def test_a_token_of_another_visitor_is_no_token(app: Flask, signed_in: SignedIn) -> None:
    other = Visitor(app.test_client()).token()
    assert other
    assert signed_in(cast.HANH).browser.post("/sign-out", data={"csrf_token": other}).status_code == 400


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sign-in", 200),
        ("/calls", 200),
        ("/calls/999", 404),
        ("/calls/1/recordings/999", 404),
        ("/calls/nine", 404),
        ("/reports", 200),
        ("/reports/R-1999-0001", 404),
        ("/nowhere", 404),
        ("/", 303),
        ("/sign-out", 405),
    ],
)
def test_every_answer_carries_the_headers(signed_in: SignedIn, address: str, status: int) -> None:
    answer = signed_in(cast.HANH).opens(address)
    assert answer.status_code == (303 if address == "/sign-in" else status)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_errors_before_the_sign_in_carry_the_headers_too(stranger: Visitor) -> None:
    for answer in (stranger.opens("/nowhere"), stranger.browser.post("/sign-in"), stranger.opens("/sign-in")):
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["Cache-Control"] == "no-store"


def test_our_own_files_may_be_cached(stranger: Visitor) -> None:
    for file in ("console/static/console.css", "console/static/mark.svg", "bootstrap/static/css/bootstrap.min.css"):
        answer = stranger.opens(f"/{file}", buffered=True)
        assert answer.status_code == 200, file
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_carriers_routes_keep_their_own_answers(stranger: Visitor) -> None:
    answer = stranger.browser.post("/voice/incoming")
    assert (answer.status_code, answer.text) == (403, "not yours")
    assert "Content-Security-Policy" not in answer.headers
    wrong = stranger.browser.get("/voice/incoming")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "OPTIONS, POST")


def test_a_form_that_is_far_too_big_is_refused(stranger: Visitor) -> None:
    answer = stranger.sends("/sign-in", login="hanh", password="x" * 200_000)
    assert answer.status_code == 413
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_another_communes_things_look_as_if_they_did_not_exist(
    signed_in: SignedIn, neighbours_call: dict[str, int]
) -> None:
    call, recording = neighbours_call["call"], neighbours_call["recording"]
    theirs_and_nobodys = {
        f"/calls/{call}": "/calls/999",
        f"/calls/{call}/recordings/{recording}": f"/calls/999/recordings/{recording}",
        "/reports/R-2026-0777": "/reports/R-2026-0999",
    }
    for person in (cast.HANH, cast.LY, cast.THAO):
        visitor = signed_in(person)
        for theirs, nobodys in theirs_and_nobodys.items():
            assert visitor.opens(theirs).status_code == 404
            assert _words(visitor, theirs) == _words(visitor, nobodys)
        assert "R-2026-0777" not in visitor.opens("/reports").text + visitor.opens("/calls").text


def _words(visitor: Visitor, address: str) -> str:
    """The page without its address and the tokens of its forms."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", visitor.opens(address).text).replace(address, "")


def test_its_own_officers_see_them(signed_in: SignedIn, neighbours_call: dict[str, int]) -> None:
    sinh = signed_in(cast.SINH)
    assert sinh.opens(f"/calls/{neighbours_call['call']}").status_code == 200
    assert sinh.opens("/reports/R-2026-0777").status_code == 200


def test_the_province_sees_no_single_call_report_or_recording(
    signed_in: SignedIn, store: Store, vault: Vault, commune: Station
) -> None:
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA-ours")
        recording_id = station.recording(connection, commune, vault, call_id, b"RIFF")
        station.report(connection, commune, "R-2026-0001", call_id)
    dung = signed_in(cast.DUNG)
    assert dung.opens("/calls").status_code == 403
    assert dung.opens("/reports").status_code == 403
    assert dung.opens(f"/calls/{call_id}").status_code == 404
    assert dung.opens(f"/calls/{call_id}/recordings/{recording_id}").status_code == 404
    assert dung.opens("/reports/R-2026-0001").status_code == 404


def test_an_inside_error_says_nothing_of_the_inside(
    signed_in: SignedIn, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanh = signed_in(cast.HANH)

    def breaks(*_: object) -> None:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr("hotline.console.calls.call_log.newest_calls", breaks)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = hanh.opens("/calls")
    assert answer.status_code == 500
    assert "the inside" not in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY
