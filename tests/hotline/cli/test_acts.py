"""What is done at the command line is in the audit."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hotline.installation import installation
from ivr_flows.loader import CATALOG
from storage.tables import audit_rows
from tests import cast
from tests.hotline.cli.conftest import Terminal

Act = tuple[str, str, dict[str, Any]]
Run = Callable[..., tuple[int, list[Act]]]


def acts() -> list[Act]:
    with installation() as (_, store), store.read() as connection:
        written = connection.execute(select(audit_rows).order_by(audit_rows.c.seq)).all()
    assert {row.actor for row in written} <= {"command line", "officer"}
    assert {row.unit_id for row in written if row.action != "flow published"} == {1}
    return [(row.action, row.object_ref, json.loads(row.details)) for row in written]


@pytest.fixture
def run(installed: Terminal) -> Run:
    """Run a command; its exit code and the acts that it added."""

    def run_and_look(*arguments: str, typed: str = "") -> tuple[int, list[Act]]:
        before = len(acts())
        code = installed(*arguments, typed=typed).code
        return code, acts()[before:]

    return run_and_look


ADD = ("user", "add", "hanh", "--role", "duty", "--phone", cast.HANH.number, "--password-stdin")


def test_making_the_installation_is_in_it(installed: Terminal) -> None:
    assert acts() == [
        ("officer added", "officer/1", {"role": "chief"}),
        ("key granted", "officer/1", {"key": "content"}),
        ("key granted", "officer/1", {"key": "identity"}),
        ("installation made", "unit/1", {}),
    ]


def test_a_new_account_is_in_it(run: Run) -> None:
    assert run(*ADD, typed=f"{cast.HANH.password}\n") == (0, [("officer added", "officer/2", {"role": "duty"})])


def test_an_account_that_is_opened_at_once_is_in_it_with_its_key(run: Run) -> None:
    typed = f"{cast.HANH.password}\n{cast.THAO.password}\n"
    assert run(*ADD, "--granted-by", "thao", typed=typed) == (
        0,
        [("officer added", "officer/2", {"role": "duty"}), ("key granted", "officer/2", {"key": "content"})],
    )


def test_a_wrong_password_of_the_chief_is_in_it_and_nothing_else_was_done(run: Run) -> None:
    typed = f"{cast.HANH.password}\na guess\n"
    assert run(*ADD, "--granted-by", "thao", typed=typed) == (1, [("sign-in refused", "officer/1", {})])


def test_a_shift_is_in_it(run: Run) -> None:
    shift = ("roster", "add", "thao", "--group", "command", "--from", "2026-11-23T19:00", "--to", "2026-11-24T07:00")
    assert run(*shift) == (0, [("shift added", "shift/1", {})])


def test_places_and_hours_are_in_it(run: Run) -> None:
    code, [(action, thing, details)] = run("unit", "load", str(CATALOG / "demo_unit.yaml"))
    assert (code, action, thing) == (0, "unit loaded", "unit/1")
    assert details["places"] > 3


def test_a_flow_is_in_it_with_its_whole_version(run: Run) -> None:
    code, [(action, thing, details)] = run("flow", "publish")
    assert (code, action, details) == (0, "flow published", {"lines": 1})
    assert len(thing) == len("flow/") + 64


def test_what_fails_is_not_in_it(run: Run) -> None:
    assert run("roster", "add", "nobody", "--group", "duty", "--from", "2026-11-23T19:00", "--to", "2026-11-24") == (
        1,
        [],
    )
