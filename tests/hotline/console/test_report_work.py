"""A report in an officer's hands, as the officer's browser shows it."""

from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select

from hotline.casework import audit
from storage.database import Store
from storage.tables import audit_rows, measures, notes, officers, persons, report_events, reports, units
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor, Wall
from tests.hotline.console.test_pages import Links, Outline
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]
REF = "R-2026-0042"
PAGE = f"/reports/{REF}"
HOSTILE = "<script>alert(1)</script>\"'><img src=x>"


@pytest.fixture
def theft(store: Store, commune: Station) -> int:
    with store.write() as connection:
        connection.execute(units.update().values(transfer_to=["Phòng PC02"]))
        call_id = station.call(connection, commune, "CA-theft")
        return station.report(connection, commune, REF, call_id)


class Fields(HTMLParser):
    """What the forms of a page hold: for each address the names and values of its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._here: dict[str, str] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._here = self.forms.setdefault(found.get("action", ""), {})
        elif tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self._here[found.get("name", "")] = found.get("value", "")
        elif tag == "select":
            self._select = found["name"]
            self._here.setdefault(self._select, "")
        elif tag == "option" and "selected" in found:
            self._here[self._select] = found["value"]
        elif tag == "textarea":
            self._area = found["name"]
            self._here[self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._here[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def send(visitor: Visitor, noun: str, page: str = PAGE, **typed: str) -> Any:
    """Fill in the form of the page that leads to this noun and send it."""
    form = Fields(visitor.opens(page).text).forms[f"{page}/{noun}"]
    form.pop("csrf_token", None)
    return visitor.sends(f"{page}/{noun}", **{**form, **typed})


def row(store: Store, reference: str = REF) -> dict[str, Any]:
    with store.read() as connection:
        return dict(connection.execute(select(reports).where(reports.c.reference == reference)).mappings().one())


@pytest.mark.usefixtures("theft")
def test_from_the_board_to_a_closed_report(signed_in: SignedIn, store: Store) -> None:
    ly = signed_in(cast.LY)
    for noun, typed in (
        ("acknowledgement", {}),
        ("triage", {}),
        ("assignment", {"login": "hanh"}),
        ("verification", {}),
        ("finding", {}),
        ("file", {}),
        ("closure", {"outcome": "CONFIRMED", "reason": "two witnesses"}),
    ):
        answer = send(ly, noun, **typed)
        assert (answer.status_code, answer.location) == (303, PAGE), noun
    assert (row(store)["status"], row(store)["outcome"]) == ("CLOSED", "CONFIRMED")
    page = ly.opens(PAGE).text
    for words in (
        "Taken up",
        "Verified",
        "File opened",
        "Confirmed",
        "two witnesses",
        "Hạnh",
        "Lý",
        "Nothing: this report is closed",
    ):
        assert words in page, words
    assert Fields(page).forms.keys().isdisjoint({f"{PAGE}/closure", f"{PAGE}/file", f"{PAGE}/deadline"})


@pytest.mark.usefixtures("theft")
def test_the_page_shows_the_buttons_of_the_status_and_of_the_role(signed_in: SignedIn) -> None:
    hanh = set(Fields(signed_in(cast.HANH).opens(PAGE).text).forms)
    thao = set(Fields(signed_in(cast.THAO).opens(PAGE).text).forms)
    duty = {f"{PAGE}/{noun}" for noun in ("acknowledgement", "triage", "classifications", "notes")}
    assert duty <= hanh
    assert f"{PAGE}/measures" not in hanh
    assert duty | {f"{PAGE}/{noun}" for noun in ("measures", "deadline", "usefulness")} <= thao
    assert {f"{PAGE}/file", f"{PAGE}/closure", f"{PAGE}/transfers"}.isdisjoint(thao), "it is new: first things first"


@pytest.mark.usefixtures("theft")
def test_the_second_to_take_it_reads_who_was_first(signed_in: SignedIn, store: Store, commune: Station) -> None:
    hanh, quan = signed_in(cast.HANH), signed_in(cast.QUAN)
    both_saw_it = Fields(quan.opens(PAGE).text).forms[f"{PAGE}/acknowledgement"]
    send(hanh, "acknowledgement")
    assert quan.sends(f"{PAGE}/acknowledgement", **both_saw_it).status_code == 303
    assert "Hạnh has taken this report, at 14 Nov 2026, 21:04." in quan.opens(PAGE).text
    assert row(store)["acknowledged_by"] == commune.officers["hanh"]


@pytest.mark.usefixtures("theft")
def test_of_two_corrections_the_second_is_told_and_keeps_what_was_typed(signed_in: SignedIn, store: Store) -> None:
    hanh, ly = signed_in(cast.HANH), signed_in(cast.LY)
    stale = Fields(ly.opens(PAGE).text).forms[f"{PAGE}/classifications"]
    send(hanh, "classifications", category="RPT-ORDER", urgency="low")
    typed = {**stale, "category": "RPT-FRAUD", "urgency": "high", "reason": "it was a swindler"}
    answer = ly.sends(f"{PAGE}/classifications", **typed)
    assert answer.status_code == 409
    assert "Hạnh has changed this report at 14 Nov 2026, 21:04" in answer.text
    assert (row(store)["category"], row(store)["version"]) == ("RPT-ORDER", 1)
    again = Fields(answer.text).forms[f"{PAGE}/classifications"]
    assert (again["category"], again["urgency"], again["reason"]) == ("RPT-FRAUD", "high", "it was a swindler")
    again.pop("csrf_token")
    assert ly.sends(f"{PAGE}/classifications", **again).status_code == 303
    assert row(store)["category"] == "RPT-FRAUD"
    page = ly.opens(PAGE).text
    assert "Category: Disorder, noise, drunkenness, suspicious strangers → Fraud" in page
    assert "Earlier classifications" in page


@pytest.mark.parametrize(
    ("noun", "typed", "said"),
    [
        ("classifications", {"category": "RPT-NONE"}, "Choose one of the list."),
        ("classifications", {"place_id": "x"}, "Choose one of the list."),
        ("classifications", {"place_id": "99999999"}, "Choose one of the list."),
        ("classifications", {"urgency": ""}, "Choose one of the list."),
        ("classifications", {"category": "RPT-ADDINFO"}, "the report that this one adds to"),
        ("classifications", {"category": "RPT-ADDINFO", "follows": REF}, "That is this report itself."),
        ("classifications", {"category": "RPT-ADDINFO", "follows": "R-1"}, "no such report in your unit"),
        ("deadline", {"due_at": "soon"}, "Write a day and a time"),
        ("deadline", {"due_at": "2026-11-13T10:00"}, "That moment has passed."),
        ("deadline", {"due_at": "9999-12-31T23:59"}, "too far off"),
        ("deadline", {"due_at": "2026-12-24T10:00"}, "Only a chief may set a later"),
        ("notes", {"words": "   "}, "Write something first."),
        ("notes", {"words": "x" * 4001}, "That is too long."),
        ("measures", {"measure": "FINE", "decided_on": "2026-11-31", "name": "x"}, "Write a day"),
        ("measures", {"measure": "FINE", "decided_on": "2026-11-20", "name": "x"}, "still to come"),
        ("measures", {"measure": "FINE"}, "Write who it is"),
        ("measures", {"measure": "EXILE", "name": "x"}, "Choose one of the list."),
        ("measures", {"measure": "FINE", "person": "R-2026-0042/9"}, "There is no such person."),
        ("usefulness", {"usefulness": "priceless"}, "Choose one of the list."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_typed_is_lost(
    signed_in: SignedIn, store: Store, theft: int, noun: str, typed: dict[str, str], said: str
) -> None:
    with store.write() as connection:
        due = NOW + timedelta(days=5)
        connection.execute(reports.update().values(due_at=due, due_by_rule=due))
    reason = {"reason": "kept words"} if noun in ("classifications", "deadline") else {}
    answer = send(signed_in(cast.LY), noun, **typed, **reason)
    assert answer.status_code == 422
    assert said in answer.text
    form = Fields(answer.text).forms[f"{PAGE}/{noun}"]
    for name, value in {**typed, **reason}.items():
        known_to_the_list = name not in ("category", "place_id", "urgency", "measure", "usefulness")
        assert not known_to_the_list or form[name] == value.strip(), name
    assert row(store)["version"] == 0


@pytest.mark.usefixtures("theft")
@pytest.mark.parametrize("version", ["", "x", "-1", "99", "1e9", "9" * 40])
def test_a_forged_version_changes_nothing(signed_in: SignedIn, store: Store, version: str) -> None:
    answer = signed_in(cast.LY).sends(f"{PAGE}/triage", version=version)
    assert answer.status_code in (409, 422)
    assert row(store)["status"] == "NEW"


@pytest.mark.usefixtures("theft")
def test_a_form_without_anything_in_it_is_answered_in_words(signed_in: SignedIn, store: Store) -> None:
    ly = signed_in(cast.LY)
    for noun in (
        *("triage", "assignment", "verification", "finding", "file", "transfers", "closure"),
        *("classifications", "deadline", "usefulness", "notes", "measures"),
    ):
        answer = ly.sends(f"{PAGE}/{noun}")
        assert answer.status_code == 422, noun
        assert "not complete" in answer.text
    assert row(store)["version"] == 0


@pytest.mark.usefixtures("theft")
def test_a_step_that_does_not_begin_here_is_refused(signed_in: SignedIn, store: Store) -> None:
    ly = signed_in(cast.LY)
    for noun, typed in (
        ("finding", {}),
        ("file", {}),
        ("closure", {"outcome": "CONFIRMED"}),
        ("transfers", {"destination": "PC02", "sent_on": "2026-11-14"}),
        ("assignment", {"login": "hanh"}),
    ):
        answer = ly.sends(f"{PAGE}/{noun}", version="0", **typed)
        assert answer.status_code == 409, noun
        assert "does not stand where this step begins" in answer.text
    assert row(store)["status"] == "NEW"


@pytest.mark.usefixtures("theft")
def test_a_reference_that_is_none_is_not_found(signed_in: SignedIn) -> None:
    ly = signed_in(cast.LY)
    for reference in ("%00", "R-2026-0042%00", "R-2026-9999", "%F0%9F%98%80", "..%2e"):
        assert ly.opens(f"/reports/{reference}").status_code == 404, reference
        assert ly.sends(f"/reports/{reference}/notes", version="0", words="x").status_code == 404, reference


@pytest.mark.usefixtures("theft")
def test_nobody_acts_without_a_token_a_session_or_the_role(
    signed_in: SignedIn, stranger: Visitor, store: Store, neighbour: Station
) -> None:
    hanh = signed_in(cast.HANH)
    assert hanh.browser.post(f"{PAGE}/triage", data={"version": "0"}).status_code == 400
    assert stranger.sends(f"{PAGE}/triage", version="0").status_code == 303
    refused = hanh.sends(f"{PAGE}/measures", version="0", measure="FINE", name="x", decided_on="2026-11-14")
    assert refused.status_code == 403
    assert "not for your role" in refused.text
    for outsider in (cast.SINH, cast.DUNG):
        visitor = signed_in(outsider)
        for noun in ("acknowledgement", "triage", "notes"):
            assert visitor.sends(f"{PAGE}/{noun}", version="0", words="x").status_code == 404, (outsider.login, noun)
    assert row(store)["version"] == 0


@pytest.mark.usefixtures("theft")
def test_words_and_names_lie_sealed_and_are_read_by_who_holds_the_key(
    signed_in: SignedIn, store: Store, commune: Station
) -> None:
    ly = signed_in(cast.LY)
    send(ly, "notes", words=f"The blue gate.\n{HOSTILE}")
    send(ly, "measures", measure="FINE", name="Người thứ nhất", decided_on="2026-11-14", decision_number="07/QĐ")
    new = cast.Officer("Mới", "moi", "officer", "+84912345690", "moi-starts-on-monday")
    with store.write() as connection:
        station.hire(connection, commune.unit_id, new)
        kept = [bytes(one) for table in (notes, persons) for one in _sealed(connection, table)]
    assert kept
    assert not any(b"blue gate" in one or "Người".encode() in one for one in kept)
    page = ly.opens(PAGE).text
    assert "The blue gate.\n&lt;script&gt;" in page
    assert "Người thứ nhất" in page
    assert f"{REF}/1" in page
    locked = signed_in(new).opens(PAGE).text
    assert "blue gate" not in locked
    assert "Người thứ nhất" not in locked
    assert "(sealed)" in locked
    assert send(signed_in(new), "notes", words="written without a key").status_code == 303
    assert "written without a key" in ly.opens(PAGE).text


def _sealed(connection: Any, table: Any) -> list[bytes]:
    return [value for one in connection.execute(select(table)) for value in one if isinstance(value, bytes)]


@pytest.mark.usefixtures("theft")
def test_reading_and_changing_stand_in_the_audit(signed_in: SignedIn, store: Store, commune: Station) -> None:
    ly = signed_in(cast.LY)
    send(ly, "notes", words="The blue gate.")
    send(ly, "triage")
    ly.opens(PAGE)
    with store.read() as connection:
        acts = connection.execute(
            select(audit_rows.c.action, audit_rows.c.object_ref).where(
                audit_rows.c.officer_id == commune.officers["ly"], audit_rows.c.object_ref == f"report/{REF}"
            )
        ).all()
    assert [act.action for act in acts] == ["report noted", "notes read", "report triaged"]


@pytest.mark.usefixtures("theft")
def test_where_the_audit_cannot_be_written_nothing_sealed_is_shown(
    signed_in: SignedIn, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ly = signed_in(cast.LY)
    send(ly, "notes", words="The blue gate.")

    def broken(*_: object, **__: object) -> None:
        raise audit.AuditError

    monkeypatch.setattr(audit, "append_once", broken)
    answer = ly.opens(PAGE)
    assert answer.status_code == 503
    assert "blue gate" not in answer.text


def test_a_hand_over_is_confirmed_later(signed_in: SignedIn, store: Store, theft: int) -> None:
    with store.write() as connection:
        connection.execute(reports.update().values(status="VERIFIED"))
    ly = signed_in(cast.LY)
    assert 'value="Phòng PC02"' in ly.opens(PAGE).text
    refused = send(ly, "transfers", destination="", sent_on="2026-11-14")
    assert "Say to whom" in refused.text
    assert send(ly, "transfers", destination="Phòng PC02", paper_number="12/CA").status_code == 303
    assert row(store)["status"] == "TRANSFERRED"
    page = ly.opens(PAGE).text
    assert "not confirmed yet" in page
    [address] = [address for address in Fields(page).forms if address.endswith("/confirmation")]
    noun = address.removeprefix(f"{PAGE}/")
    assert "between the hand-over and today" in send(ly, noun, confirmed_on="2026-11-01").text
    assert send(ly, noun, confirmed_on="2026-11-14").status_code == 303
    assert "confirmed on" in ly.opens(PAGE).text


def test_a_measure_is_taken_back_only_with_a_reason(signed_in: SignedIn, store: Store, theft: int) -> None:
    ly = signed_in(cast.LY)
    send(ly, "measures", measure="FINE", name="Người thứ nhất", decided_on="2026-11-14")
    [address] = [address for address in Fields(ly.opens(PAGE).text).forms if address.endswith("/withdrawal")]
    noun = address.removeprefix(f"{PAGE}/")
    assert "Say why." in send(ly, noun).text
    assert send(ly, noun, reason="another person").status_code == 303
    with store.read() as connection:
        assert connection.execute(select(measures)).all() == []
    assert "Measure taken back" in ly.opens(PAGE).text


def test_a_duplicate_and_its_original_point_to_each_other(
    signed_in: SignedIn, store: Store, commune: Station, theft: int
) -> None:
    with store.write() as connection:
        station.report(connection, commune, "R-2026-0001", None)
    ly = signed_in(cast.LY)
    send(ly, "triage")
    assert send(ly, "closure", outcome="DUPLICATE").status_code == 422
    assert send(ly, "closure", outcome="DUPLICATE", same_as="R-2026-0001").status_code == 303
    assert 'href="/reports/R-2026-0001"' in ly.opens(PAGE).text
    assert f'href="{PAGE}"' in ly.opens("/reports/R-2026-0001").text


def test_the_board_shows_clocks_in_colour_and_in_words(
    signed_in: SignedIn, store: Store, commune: Station, wall: Wall
) -> None:
    with store.write() as connection:
        for number, hours in ((1, 100), (2, 12), (3, 1)):
            due, taken = NOW + timedelta(hours=hours), NOW if number == 1 else None
            facts = {"due_at": due, "acknowledge_by": NOW + timedelta(hours=4), "acknowledged_at": taken}
            station.report(connection, commune, f"R-2026-000{number}", None, **facts)
    wall.forward(timedelta(hours=10))
    hanh = signed_in(cast.HANH)
    page = hanh.opens("/reports").text
    for colour, words in (("green", "in time"), ("yellow", "due soon"), ("red", "overdue")):
        assert f'<span class="clock clock-{colour}">{words}</span>' in page
    assert page.count("nobody has taken it up in time") == 2


def test_a_full_page_of_the_board_is_light_and_leads_to_the_next(
    signed_in: SignedIn, store: Store, commune: Station
) -> None:
    with store.write() as connection:
        place = station.place(connection, commune, "01", "Khe Mận")
        facts = {"place_id": place, "due_at": NOW, "acknowledge_by": NOW, "assigned_to": commune.officers["hanh"]}
        for number in range(60):
            station.report(connection, commune, f"R-2026-{number:04d}", None, **facts)
    hanh, address, seen = signed_in(cast.HANH), "/reports?mine=yes&status=NEW", []
    while address:
        answer = hanh.opens(address)
        assert len(answer.data) <= 30_000, "and a tenth of that on the way"
        page = Links(answer.text)
        seen += [link.removeprefix("/reports/") for link in page.links if link.startswith("/reports/R-")]
        address = page.next or ""
        assert not address or ("mine=yes" in address and "status=NEW" in address)
    assert seen == [f"R-2026-{number:04d}" for number in reversed(range(60))]


def test_the_board_can_be_narrowed_to_ones_own_and_to_a_status(
    signed_in: SignedIn, store: Store, commune: Station
) -> None:
    with store.write() as connection:
        mine = {"assigned_to": commune.officers["hanh"], "status": "VERIFYING"}
        station.report(connection, commune, "R-2026-0001", None, **mine)
        station.report(connection, commune, "R-2026-0002", None, urgency="critical")
        station.report(connection, commune, "R-2026-0003", None, status="CLOSED", settled_at=NOW, closed_at=NOW)
    hanh = signed_in(cast.HANH)

    def shown(query: str) -> list[str]:
        page = hanh.opens(f"/reports{query}").text
        found = sorted((page.find(f"/reports/R-2026-000{n}"), f"R-2026-000{n}") for n in (1, 2, 3))
        return [reference for at, reference in found if at > 0]

    assert shown("") == ["R-2026-0002", "R-2026-0001", "R-2026-0003"]
    assert shown("?mine=yes") == ["R-2026-0001"]
    assert shown("?status=CLOSED") == ["R-2026-0003"]
    assert shown("?status=NONSENSE") == shown("")


def test_a_page_of_work_can_be_used_without_seeing_it(signed_in: SignedIn, store: Store, theft: int) -> None:
    thao = signed_in(cast.THAO)
    for status in ("NEW", "TRIAGED", "VERIFIED"):
        with store.write() as connection:
            connection.execute(reports.update().values(status=status))
        page = Outline(thao.opens(PAGE).text)
        assert page.fields <= page.labels, status
        assert page.counts["h1"] == 1


@pytest.mark.parametrize("language", ["vi", "ru"])
def test_the_page_speaks_the_officers_language(signed_in: SignedIn, store: Store, theft: int, language: str) -> None:
    with store.write() as connection:
        connection.execute(officers.update().values(language=language))
    ly = signed_in(cast.LY)
    send(ly, "notes", words="x")
    refused = send(ly, "measures", measure="FINE")
    assert {"vi": "Hãy ghi rõ là ai", "ru": "Напишите, кто это"}[language] in refused.text
    with store.read() as connection:
        assert len(connection.execute(select(report_events)).all()) == 1
