"""Every address of the console × every role × things of one's own unit and of another's: deny by default.

A new address fails these tests until it stands in TABLE."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Table, insert
from sqlmodel import SQLModel

from hotline.casework import people
from hotline.casework.founding import NewUnit, add_superior
from hotline.casework.past.baseline import Baseline
from hotline.casework.past.baselines import take_in
from hotline.casework.past.described import read_described
from ivr_flows.loader import CATALOG
from storage.database import Store
from storage.tables import alarms, incidents, reveals, roster_exceptions, shift_patterns, shifts, units
from storage.vault import Vault
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

ROLES = ("duty", "officer", "deputy", "chief", "province", "administrator")
EVERYBODY = frozenset(ROLES)
AT_WORK = frozenset({"duty", "officer", "deputy", "chief"})
OFFICERS = frozenset({"officer", "deputy", "chief"})
COMMAND = frozenset({"deputy", "chief"})
CHIEF = frozenset({"chief"})
READ_ACCOUNTS = frozenset({"chief", "deputy", "administrator"})
KEEP_ACCOUNTS = frozenset({"chief", "administrator"})
SETTINGS = (
    *("name", "hours", "transfers", "call_backs", "quiet_hours", "mailboxes"),
    *("places", "deadlines", "paging"),
)
SOMEBODY_NEW = {"name": "Ai", "login": "hanh", "role": "duty", "language": "vi", "password": "a-first-word-of-hers"}
DONE = frozenset({200, 303})
CONSIDERED = DONE | {409, 422}  # allowed, and then told that the page was stale or the form was wrong
REFUSED, HIDDEN = 403, 404


@dataclass(frozen=True)
class Route:
    """Who may use an address, and what everybody else is told. `form` is complete, so that only the role decides;
    its version is an old one, so that nothing changes while the table is walked."""

    may: frozenset[str]
    otherwise: int = REFUSED
    form: dict[str, str] = field(default_factory=dict)
    answers: frozenset[int] = DONE
    of_a_report: bool = False  # who sees no reports, or not this one, is not told that there is one
    of_a_unit: bool = True  # what is in the address belongs to one unit; a month is everybody's, each with its figures
    stranger: frozenset[int] = frozenset()  # a stranger's answers; none: sent to the sign-in


def work(may: frozenset[str], **form: str) -> Route:
    """Something that is done on a report's page."""
    return Route(may, form={"version": "999", **form}, answers=CONSIDERED, of_a_report=True)


def plan(**form: str) -> Route:
    return Route(COMMAND, form=form, answers=CONSIDERED)


def account(**form: str) -> Route:
    """Something that is done to somebody's account."""
    return Route(KEEP_ACCOUNTS, form={"version": "old", **form}, answers=CONSIDERED)


def setting(**form: str) -> Route:
    return Route(CHIEF, form={"version": "old", **form}, answers=CONSIDERED)


TABLE: dict[tuple[str, str], Route] = {
    ("home", "GET"): Route(EVERYBODY),
    ("sign_in", "GET"): Route(EVERYBODY, stranger=frozenset({200})),
    ("enter", "POST"): Route(EVERYBODY, answers=frozenset({403}), stranger=frozenset({403})),
    ("leave", "POST"): Route(EVERYBODY),
    ("choose_language", "POST"): Route(EVERYBODY, form={"language": "en"}, stranger=frozenset({303})),
    ("board", "GET"): Route(AT_WORK),
    ("board_now", "GET"): Route(AT_WORK),
    ("alarms", "GET"): Route(AT_WORK | {"administrator"}),
    ("settle_alarm", "POST"): Route(COMMAND),
    ("calls", "GET"): Route(AT_WORK),
    ("call", "GET"): Route(AT_WORK, HIDDEN),
    ("recording", "GET"): Route(AT_WORK, HIDDEN),
    ("reports", "GET"): Route(AT_WORK),
    ("report", "GET"): Route(AT_WORK, HIDDEN),
    ("follow_ups", "GET"): Route(AT_WORK),
    ("audit", "GET"): Route(COMMAND),
    # work on a report
    ("acknowledge", "POST"): work(AT_WORK),
    ("triage", "POST"): work(AT_WORK),
    ("assign", "POST"): work(AT_WORK, login="hanh"),
    ("classify", "POST"): work(AT_WORK, category="RPT-THEFT", urgency="normal"),
    ("note", "POST"): work(AT_WORK, words="seen"),
    ("start", "POST"): work(OFFICERS),
    ("verify", "POST"): work(OFFICERS),
    ("file", "POST"): work(OFFICERS),
    ("transfer", "POST"): work(OFFICERS, destination="PC02", sent_on="2026-11-14"),
    ("confirm_transfer", "POST"): work(OFFICERS, confirmed_on="2026-11-14"),
    ("close", "POST"): work(OFFICERS, outcome="UNFOUNDED"),
    ("set_deadline", "POST"): work(OFFICERS, due_at="2026-11-15 17:00"),
    ("rate", "POST"): work(OFFICERS, usefulness="valuable"),
    ("measure", "POST"): work(OFFICERS, measure="WARNED", decided_on="2026-11-14"),
    ("withdraw_measure", "POST"): work(OFFICERS, reason="a slip"),
    # callers' numbers
    ("call_back", "POST"): work(AT_WORK),
    ("judge_safety", "POST"): work(AT_WORK, unsafe="yes", words="she whispers"),
    ("ask_for_number", "POST"): work(COMMAND, source="call-0", reason="a threat"),
    ("reveals", "GET"): Route(COMMAND),
    ("approve_reveal", "POST"): Route(COMMAND, answers=CONSIDERED),
    ("refuse_reveal", "POST"): Route(COMMAND, answers=CONSIDERED),
    ("read_reveal", "POST"): Route(COMMAND, answers=CONSIDERED),
    # the roster
    ("roster", "GET"): Route(AT_WORK | {"administrator"}),
    ("roster_plan", "GET"): Route(COMMAND),
    ("add_weekly_shift", "POST"): plan(),
    ("add_roster_exception", "POST"): plan(),
    ("add_shift", "POST"): plan(),
    ("end_weekly_shift", "POST"): plan(),
    ("end_roster_exception", "POST"): plan(),
    ("end_shift", "POST"): plan(),
    ("handover", "GET"): Route(AT_WORK),
    ("accept_handover", "POST"): Route(AT_WORK, form={"from": "0", "seen": "x"}, answers=CONSIDERED),
    ("duty_book", "GET"): Route(AT_WORK),
    # the figures of the unit: for those who answer for them
    ("statistics", "GET"): Route(OFFICERS),
    ("trend_chart", "GET"): Route(OFFICERS),
    ("month", "GET"): Route(OFFICERS, of_a_unit=False),
    ("month_file", "GET"): Route(OFFICERS, of_a_unit=False),
    ("month_chart", "GET"): Route(OFFICERS, of_a_unit=False),
    ("sign_month", "POST"): Route(COMMAND, form={"seen": "x"}, answers=CONSIDERED, of_a_unit=False),
    # the communes of a province; the command of a unit that has others below it sees them, too: in test_province
    ("province", "GET"): Route(frozenset({"province"})),
    ("province_period", "GET"): Route(frozenset({"province"}), of_a_unit=False),
    ("issue_province", "POST"): Route(frozenset({"province"}), form={"seen": "1"}, answers=CONSIDERED, of_a_unit=False),
    ("province_file", "GET"): Route(frozenset({"province"}), of_a_unit=False),
    # the registers and the time before
    ("incidents", "GET"): Route(AT_WORK),
    ("add_incident", "POST"): plan(),
    ("incident", "GET"): Route(AT_WORK),
    ("correct_incident", "POST"): plan(),
    ("withdraw_incident", "POST"): plan(),
    ("entries_now", "GET"): Route(AT_WORK),
    ("entries", "GET"): Route(AT_WORK, of_a_unit=False),
    ("enter_figures", "POST"): Route(COMMAND, of_a_unit=False),
    ("before", "GET"): Route(AT_WORK),
    ("before_file", "GET"): Route(AT_WORK, of_a_unit=False),
    # people and their accounts; the administrator keeps them, too, but no chief's, and holds no keys
    ("people", "GET"): Route(READ_ACCOUNTS),
    ("person", "GET"): Route(READ_ACCOUNTS),
    ("new_person", "GET"): Route(KEEP_ACCOUNTS),
    ("add_person", "POST"): account(**SOMEBODY_NEW),
    ("change_person", "POST"): account(name="Somebody"),
    ("change_role", "POST"): account(role="duty"),
    ("give_password", "POST"): account(password="a-first-word-again"),
    ("dismiss_person", "POST"): account(),
    ("restore_person", "POST"): account(),
    ("hand_keys", "POST"): Route(frozenset({"chief"}), form={"version": "old"}, answers=CONSIDERED),
    ("sign_person_out", "POST"): account(),
    # the own account
    ("account", "GET"): Route(EVERYBODY),
    ("change_password", "POST"): Route(EVERYBODY, form={"old": "a guess"}, answers=CONSIDERED),
    ("change_own_telephone", "POST"): Route(EVERYBODY, form={"telephone": "113"}, answers=CONSIDERED),
    ("sign_out_elsewhere", "POST"): Route(EVERYBODY),
    # the settings of the unit
    ("settings", "GET"): Route(AT_WORK),
    **{(f"settings_{part}", "GET"): Route(CHIEF) for part in SETTINGS},
    ("settings_place", "GET"): Route(CHIEF),
    ("set_name", "POST"): setting(name="Another name"),
    ("set_hours", "POST"): setting(),
    ("set_transfers", "POST"): setting(),
    ("set_call_backs", "POST"): setting(),
    ("set_quiet_hours", "POST"): setting(),
    ("set_mailboxes", "POST"): setting(),
    ("add_place", "POST"): setting(digits="7"),
    ("change_place", "POST"): setting(name="Somewhere", kind="village"),
    ("close_place", "POST"): setting(),
    ("reopen_place", "POST"): setting(),
    ("set_deadline_class", "POST"): setting(of="CHECK"),
    ("set_policy", "POST"): setting(of="high"),
    # what callers hear
    ("prompts", "GET"): Route(AT_WORK),
    ("prompt", "GET"): Route(AT_WORK),
    ("prompt_speech", "GET"): Route(AT_WORK, answers=frozenset({200, 204})),
    ("prompt_take", "GET"): Route(AT_WORK),
    ("keep_prompt_take", "POST"): Route(COMMAND, form={"language": "vi"}, answers=frozenset({422})),
    ("choose_prompt", "POST"): Route(COMMAND, form={"language": "vi", "take": ""}),
    ("publish_prompts", "POST"): Route(COMMAND, form={"version": "0" * 64}, answers=CONSIDERED),
    ("flow", "GET"): Route(AT_WORK | {"province"}),
    ("flow_picture", "GET"): Route(AT_WORK | {"province"}),
}

PEOPLE = {
    "duty": cast.HANH,
    "officer": cast.Officer("Mới", "moi", "officer", "+84912345690", "moi-starts-on-monday"),
    "deputy": cast.LY,
    "chief": cast.THAO,
    "province": cast.DUNG,
    "administrator": cast.Officer("Máy", "may", "administrator", "+84912345691", "may-looks-after-the-machine"),
}


@dataclass
class Two:
    """Two communes that have the same things."""

    store: Store
    own: Station
    other: Station
    things: dict[int, dict[str, Any]]

    def address(self, rule: Any, of: Station) -> dict[str, Any]:
        """The ids in an address, of this commune's things."""
        made = {"row_id": self._row(rule.endpoint, of)} if "row_id" in rule.arguments else {}
        known = {**self.things[of.unit_id], **made}
        missing = rule.arguments - known.keys()
        assert not missing, f"tell `things` in this file what {missing} in {rule.rule} is"
        return {name: known[name] for name in rule.arguments}

    def _row(self, endpoint: str, of: Station) -> int:
        """A row of the roster or a register, new each time, because ending it is what is tried."""
        officer_id = min(of.officers.values())
        whose = {"unit_id": of.unit_id, "officer_id": officer_id}
        tomorrow = date(2026, 11, 15)
        rows: dict[str, tuple[Table, dict[str, Any]]] = {
            "console.end_weekly_shift": (
                shift_patterns,
                {"group_name": "duty", "weekday": 1, "starts": time(7), "ends": time(19), "from_day": tomorrow},
            ),
            "console.end_roster_exception": (
                roster_exceptions,
                {"kind": "off", "from_day": tomorrow, "until_day": tomorrow},
            ),
            "console.end_shift": (
                shifts,
                {
                    "group_name": "duty",
                    "starts_at": NOW + timedelta(days=1),
                    "ends_at": NOW + timedelta(days=1, hours=8),
                },
            ),
        }
        incident: tuple[Table, dict[str, Any]] = (incidents, {"type": "injury", "year": 2021, "recorded_at": NOW})
        table, values = rows.get(endpoint, incident)
        with self.store.write() as connection:
            return int(connection.execute(insert(table).values(**whose, **values).returning(table.c.id)).scalar_one())


@pytest.fixture
def two(store: Store, vault: Vault) -> Two:
    own = station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, PEOPLE.values())
    other = station.station(store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,))
    with store.write() as connection:
        things = {one.unit_id: _things(connection, one, vault) for one in (own, other)}
        take_in(connection, _published(), NOW)
    return Two(store, own, other, things)


def _published() -> Baseline:
    return read_described(CATALOG / "demo_baseline.yaml", Baseline).model_copy(update={"unit": "suoi-da"})


def _things(connection: Connection, of: Station, vault: Vault) -> dict[str, Any]:
    call_id = station.call(connection, of, f"CA-{of.unit_id}")
    recording_id = station.recording(connection, of, vault, call_id, b"RIFF somebody's voice")
    reference = f"R-2026-{of.unit_id:04d}"
    report_id = station.report(connection, of, reference, call_id)
    asked = {"unit_id": of.unit_id, "report_id": report_id, "call_id": call_id, "asked_at": NOW, "state": "asked"}
    row = insert(reveals).values(**asked, asked_by=min(of.officers.values()))
    reveal_id = connection.execute(row.returning(reveals.c.id)).scalar_one()
    # What belongs to a report is asked for only after the report, which the role has to see first.
    alarm = alarms.insert().values(unit_id=of.unit_id, what="missed_call", dedupe_key=reference, details={}, at=NOW)
    return {
        "alarm_id": connection.execute(alarm.returning(alarms.c.id)).scalar_one(),
        "call_id": call_id,
        "recording_id": recording_id,
        "reference": reference,
        "transfer_id": 1,
        "measure_id": 1,
        "month": "2026-10",
        "period": "2026-10",
        "form": "csv",
        "name": "kinds",
        "reveal_id": reveal_id,
        "account_id": min(of.officers.values()),
        "place_id": station.place(connection, of, "01", "Khe"),
        "prompt": "greeting" if of.unit_id == 1 else "said-by-another-unit",
        "take_id": station.take(connection, of, "greeting", min(of.officers), b"RIFF a greeting"),
    }


def listed(app: Flask) -> Iterator[tuple[Any, str, Route]]:
    """Every address of the table with its method."""
    for rule, name, method in rules(app):
        if (name, method) in TABLE:
            yield rule, method, TABLE[name, method]


def rules(app: Flask) -> Iterator[tuple[Any, str, str]]:
    """Every address of the console with its name and method, but its static files."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and rule.endpoint != "console.static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, rule.endpoint.removeprefix("console."), method


def test_every_address_stands_in_the_table_and_no_other(app: Flask) -> None:
    assert {(name, method) for _, name, method in rules(app)} == set(TABLE)


def test_every_role_is_tried(app: Flask) -> None:
    """`pytest -s -k every_role_is_tried` prints how large the table is."""
    assert set(ROLES) == set(people.ROLES) == set(PEOPLE)
    assert all(person.role == role for role, person in PEOPLE.items())
    targets = [own for rule, _, route in listed(app) for own in _whose(rule, route)]
    cells = len(targets) * (len(ROLES) + 1)
    print(
        f"{len(TABLE)} routes; with things of the own unit and of another {len(targets)} targets; "
        f"{len(ROLES)} roles and a stranger: {cells} cells on each database"
    )


@dataclass
class Walker:
    """Somebody who tries every address, and signs in again where that ended the session."""

    app: Flask
    person: cast.Officer | None
    address: str

    def __post_init__(self) -> None:
        self.sits_down()

    def sits_down(self) -> None:
        self.visitor = Visitor(self.app.test_client(), self.address)
        if self.person is not None:
            assert self.visitor.signs_in(self.person).status_code == 303
        self.token = self.visitor.token()

    def tries(self, method: str, address: str, form: dict[str, str]) -> Any:
        known = {"environ_base": {"REMOTE_ADDR": self.address}}
        if method == "GET":
            return self.visitor.browser.get(address, **known)
        return self.visitor.browser.post(address, data={"csrf_token": self.token, **form}, **known)


def walk(app: Flask, two: Two, walker: Walker, expected: Callable[[Route, bool], frozenset[int]]) -> list[str]:
    """Try every cell of the table; tell which answer otherwise than expected."""
    wrong = []
    for rule, method, route in listed(app):
        for own in _whose(rule, route):
            address = built(app, two, rule, own)
            answer = walker.tries(method, address, route.form)
            wanted = expected(route, own)
            if answer.status_code not in wanted:
                wrong.append(f"{method} {address}: {answer.status_code}, not {sorted(wanted)}")
            if rule.endpoint == "console.leave":
                walker.sits_down()
    return wrong


def _whose(rule: Any, route: Route) -> tuple[bool, ...]:
    """Whether an address can be of one's own unit's things, and of another's, too."""
    return (True, False) if rule.arguments and route.of_a_unit else (True,)


def built(app: Flask, two: Two, rule: Any, own: bool) -> str:
    with app.test_request_context():
        return str(rule.build(two.address(rule, two.own if own else two.other))[1])


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_table_says_and_nothing_else(app: Flask, two: Two, role: str) -> None:
    def expected(route: Route, own: bool) -> frozenset[int]:
        if route.of_a_report and (not own or role not in AT_WORK):
            return frozenset({HIDDEN})
        if role not in route.may:
            return frozenset({route.otherwise})
        return route.answers if own else frozenset({HIDDEN})

    assert walk(app, two, Walker(app, PEOPLE[role], "192.0.2.20"), expected) == []


@pytest.mark.parametrize("role", ["province", "administrator"])
def test_in_a_unit_above_there_is_nothing_of_the_communes_below(app: Flask, two: Two, role: str) -> None:
    person = cast.Officer("Trên", "tren", role, "+84912345692", "tren-sits-in-the-provincial-town")
    with two.store.write() as connection:
        above = add_superior(connection, NewUnit("tinh", "Tỉnh", "Asia/Ho_Chi_Minh", "VN", ("vi",)), NOW)
        connection.execute(units.update().where(units.c.id != above).values(parent_id=above))
        station.hire(connection, above, person)

    def expected(route: Route, own: bool) -> frozenset[int]:
        if route.of_a_report:
            return frozenset({HIDDEN})
        return route.answers if role in route.may and own else frozenset({route.otherwise, HIDDEN})

    walker, wrong = Walker(app, person, "192.0.2.23"), []
    for rule, method, route in listed(app):
        of_communes = bool(rule.arguments and route.of_a_unit) or rule.endpoint == "console.flow_picture"  # of a line
        for own in _whose(rule, route):
            answer = walker.tries(method, built(app, two, rule, own), route.form)
            if answer.status_code not in expected(route, not of_communes):
                wrong.append((rule.rule, answer.status_code))
            if rule.endpoint == "console.leave":
                walker.sits_down()
    assert wrong == []


def test_a_stranger_is_sent_to_the_sign_in_from_everywhere_else(app: Flask, two: Two) -> None:
    stranger = Walker(app, None, "192.0.2.21")
    assert walk(app, two, stranger, lambda route, _: route.stranger or frozenset({303})) == []
    for rule, method, route in listed(app):
        if not route.stranger:
            answer = stranger.tries(method, built(app, two, rule, own=True), route.form)
            assert answer.location.startswith("/sign-in"), rule.rule


@pytest.mark.parametrize("role", ["province", "administrator", "duty"])
def test_what_is_refused_changes_nothing(app: Flask, two: Two, role: str) -> None:
    walker = Walker(app, PEOPLE[role], "192.0.2.22")
    tables = [table for table in SQLModel.metadata.tables.values() if not table.name.startswith("audit")]
    for rule, method, route in listed(app):
        for own in _whose(rule, route):
            if role in route.may and own:
                continue
            address = built(app, two, rule, own)
            before = _rows(two, tables)
            walker.tries(method, address, route.form)
            assert _rows(two, tables) == before, (method, address)


def _rows(two: Two, tables: list[Table]) -> dict[str, str]:
    with two.store.read() as connection:
        return {table.name: repr(connection.execute(table.select()).all()) for table in tables}
