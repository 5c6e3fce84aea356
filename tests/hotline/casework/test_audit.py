"""The audit: it only grows, it is one chain, and whatever is altered in it is found."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, exc, insert, select, text, update

from hotline.casework import audit, audit_checkpoints, verification
from hotline.casework.audit_chain import BEFORE_THE_FIRST, Act, Alteration, Head, Link, Unreadable, alterations, digest
from storage.database import Store, open_store
from storage.sealing import ApplicationSecret, unseal
from storage.tables import audit_checkpoints as checkpoints
from storage.tables import audit_head, audit_rows
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, SECRET, Station


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def commune(store: Store) -> Station:
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.HANH, cast.THAO))


def write(store: Store, number: int, **more: Any) -> int:
    """Write an act; `number` tells it from the others."""
    at = NOW + timedelta(seconds=number)
    return store.commit(
        lambda connection: audit.append(connection, audit.SYSTEM, "refused", f"page/{number}", {}, at, **more)
    )


def rows(store: Store) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(audit_rows).order_by(audit_rows.c.seq)).mappings()]


def found(store: Store, *expected: Head, secret: ApplicationSecret = SECRET) -> list[str]:
    """What a verification says."""
    with store.read() as connection:
        return [str(one) for one in examine(connection, expected, secret)]


def examine(connection: Connection, expected: Sequence[Head], secret: ApplicationSecret) -> tuple[Alteration, ...]:
    return verification.examine_audit(connection, secret, expected, lambda: None).alterations


def head(store: Store, whence: str = "the paper") -> Head:
    with store.read() as connection:
        return replace(audit.head_of(connection), whence=whence)


@contextmanager
def intruder(store: Store) -> Iterator[Connection]:
    """Somebody who owns the database, and so can take its triggers away."""
    with store.write() as connection:
        for statement in _disarming(connection):
            connection.execute(text(statement))
        yield connection


def _disarming(connection: Connection) -> list[str]:
    tables = ("audit", "audit_head", "audit_checkpoints")
    if connection.dialect.name == "postgresql":
        return [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
    named = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    return [f"DROP TRIGGER {name}" for name in named if name.startswith(tables)]


# ---- it grows, and only grows --------------------------------------------------------------------------------------


def test_every_act_is_chained_to_the_one_before(store: Store, commune: Station) -> None:
    begun = len(rows(store))
    for number in range(5):
        assert write(store, number) == begun + number + 1
    written = rows(store)
    assert [row["seq"] for row in written] == list(range(1, begun + 6))
    assert written[0]["prev"] == BEFORE_THE_FIRST
    assert [row["prev"] for row in written[1:]] == [row["hash"] for row in written[:-1]]
    assert head(store) == Head(begun + 5, written[-1]["hash"], "the paper")
    assert found(store) == []


def test_making_a_commune_is_in_the_audit(store: Store, commune: Station) -> None:
    written = [(row["actor"], row["action"], row["object_ref"], json.loads(row["details"])) for row in rows(store)]
    hanh, thao = (f"officer/{commune.officers[login]}" for login in ("hanh", "thao"))
    assert written == [
        ("command line", "officer added", hanh, {"role": "duty"}),
        ("command line", "officer added", thao, {"role": "chief"}),
        ("command line", "key granted", hanh, {"key": "content"}),
        ("command line", "key granted", thao, {"key": "content"}),
        ("command line", "key granted", thao, {"key": "identity"}),
    ]
    assert {row["unit_id"] for row in rows(store)} == {commune.unit_id}


def test_an_officers_act_belongs_to_the_officers_unit(store: Store, commune: Station) -> None:
    hanh = commune.officers["hanh"]
    store.commit(lambda connection: audit.append(connection, hanh, "signed in", f"officer/{hanh}", {}, NOW))
    last = rows(store)[-1]
    assert (last["actor"], last["officer_id"], last["unit_id"]) == ("officer", hanh, commune.unit_id)


def test_an_act_that_fails_leaves_no_row(store: Store) -> None:
    def fails(connection: Connection) -> None:
        audit.append(connection, audit.SYSTEM, "refused", "page/1", {}, NOW)
        raise LookupError("the act itself")

    with pytest.raises(LookupError):
        store.commit(fails)
    assert rows(store) == []
    assert write(store, 1) == 1
    assert found(store) == []


def test_many_at_once_in_two_processes_write_one_chain(store: Store, database_url: str) -> None:
    other = open_store(database_url)
    try:
        with ThreadPoolExecutor(12) as pool:
            numbers = list(pool.map(lambda number: write((store, other)[number % 2], number), range(60)))
    finally:
        other.close()
    assert sorted(numbers) == list(range(1, 61))
    assert found(store) == []


CHANGES = (
    update(audit_rows).values(action="signed in"),
    update(audit_rows).values(seq=audit_rows.c.seq + 100),
    delete(audit_rows).where(audit_rows.c.seq == 2),
    update(audit_head).values(seq=1),
    update(audit_head).values(hash=b"x"),
    update(audit_head).values(seq=audit_head.c.seq + 2),
    delete(audit_head),
    update(checkpoints).values(mac=b"x"),
    delete(checkpoints),
    insert(audit_head).values(id=2, seq=0, hash=BEFORE_THE_FIRST),
)


def test_the_database_itself_refuses_changes(store: Store) -> None:
    for number in range(3):
        write(store, number)
    store.commit(lambda connection: audit_checkpoints.checkpoint(connection, SECRET, NOW))
    before = rows(store)
    for change in CHANGES:
        with pytest.raises(exc.IntegrityError), store.write() as connection:
            connection.execute(change)
    assert rows(store) == before
    assert found(store) == []


def test_no_dialects_own_way_gets_around_that(store: Store) -> None:
    write(store, 1)
    tables = ("audit", "audit_head", "audit_checkpoints")
    store.commit(lambda connection: audit_checkpoints.checkpoint(connection, SECRET, NOW))
    if store.dialect == "postgresql":
        ways = [f"TRUNCATE {table} CASCADE" for table in tables]
    else:
        ways = [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" for table in tables]  # noqa: S608
    for way in ways:
        with pytest.raises(exc.IntegrityError, match="only grows"), store.write() as connection:
            connection.execute(text(way))
    assert found(store) == []


# ---- what a row may hold -------------------------------------------------------------------------------------------


UNFIT: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("somebody", "refused", "page/1", {}),
    (audit.SYSTEM, "looked out of the window", "page/1", {}),
    (audit.SYSTEM, "refused", "", {}),
    (audit.SYSTEM, "refused", "call", {}),
    (audit.SYSTEM, "refused", f"call/{cast.MAY.number}", {}),
    (audit.SYSTEM, "refused", "call/a b", {}),
    (audit.SYSTEM, "refused", "call/" + "1" * 80, {}),
    (audit.SYSTEM, "refused", "page/1", {"number": cast.MAY.number}),
    (audit.SYSTEM, "refused", "page/1", {"number": f"of {cast.MAY.number[1:]}"}),
    (audit.SYSTEM, "refused", "page/1", {"number": int(cast.MAY.number)}),
    (audit.SYSTEM, "refused", "page/1", {"code": "1234 5678 9012"}),
    (audit.SYSTEM, "refused", "page/1", {"Words said": "x"}),
    (audit.SYSTEM, "refused", "page/1", {"more": {"a": 1}}),
    (audit.SYSTEM, "refused", "page/1", {"share": 0.5}),
    (audit.SYSTEM, "refused", "page/1", {"long": "x" * 1000}),
)


def test_what_no_row_may_hold_is_refused(store: Store) -> None:
    for actor, action, object_ref, details in UNFIT:
        with pytest.raises(ValueError, match=r"\w+"), store.write() as connection:
            audit.append(connection, actor, action, object_ref, details, NOW)
    assert rows(store) == []


def test_moments_codes_and_references_are_no_numbers(store: Store) -> None:
    details = {"before": None, "due": "2026-11-24T08:00:00+07:00", "day": "2026-11-24", "code": "RPT-THEFT", "ok": True}
    store.commit(lambda connection: audit.append(connection, "system", "refused", "report/R-2026-0042", details, NOW))
    assert json.loads(rows(store)[0]["details"]) == details


def test_an_officer_nobody_knows_does_nothing(store: Store) -> None:
    with pytest.raises(audit.AuditError):
        store.commit(lambda connection: audit.append(connection, 99, "signed in", "officer/99", {}, NOW))
    assert rows(store) == []


def test_a_reason_is_sealed_to_the_content_key_and_to_its_row(store: Store, commune: Station) -> None:
    seq = write(store, 1, unit_id=commune.unit_id, reason="lời của sĩ quan")
    sealed = rows(store)[-1]["sealed_reason"]
    assert unseal(commune.content.private, sealed, audit.reason_place(seq)).decode() == "lời của sĩ quan"
    assert "sĩ quan".encode() not in sealed
    assert found(store) == []


def test_a_reason_without_a_unit_cannot_be_kept(store: Store) -> None:
    with pytest.raises(audit.AuditError):
        write(store, 1, reason="why")


def test_without_its_head_nothing_can_be_written(store: Store) -> None:
    with intruder(store) as connection:
        connection.execute(delete(audit_head))
    with pytest.raises(audit.AuditError):
        write(store, 1)
    assert found(store) == ["the head: missing or altered"]


# ---- every alteration is found -------------------------------------------------------------------------------------


def act(number: int, **changes: Any) -> Act:
    """An act of many."""
    values = {
        "seq": number,
        "at": datetime(2026, 11, 14, 14, 4, number, number, UTC),
        "actor": "officer",
        "officer_id": 1 + number % 3,
        "unit_id": 1,
        "action": "recording heard",
        "object_ref": f"recording/{number}",
        "details": "{}",
        "sealed_reason": None if number % 4 else bytes([number]),
    }
    return Act(**{**values, **changes})


def chained(acts: Sequence[Act]) -> list[Link]:
    links: list[Link] = []
    for one in acts:
        prev = links[-1].hash if links else BEFORE_THE_FIRST
        links.append(Link(one, prev, digest(one, prev)))
    return links


def end(links: Sequence[Link]) -> Head:
    return Head(len(links), links[-1].hash if links else BEFORE_THE_FIRST)


CHAIN = chained([act(number) for number in range(1, 13)])
POSITION = st.integers(0, len(CHAIN) - 1)
OTHER_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(-5, 40),
    "at": st.datetimes(timezones=st.just(UTC)),
    "actor": st.text(max_size=20),
    "officer_id": st.none() | st.integers(-5, 40) | st.text(max_size=2),
    "unit_id": st.none() | st.integers(-5, 40),
    "action": st.text(max_size=40),
    "object_ref": st.text(max_size=40),
    "details": st.text(max_size=40),
    "sealed_reason": st.none() | st.binary(max_size=20),
}


def test_an_untouched_chain_has_nothing_to_tell() -> None:
    for length in range(len(CHAIN) + 1):
        heads = [end(CHAIN[:count]) for count in range(length + 1)]
        assert list(alterations(CHAIN[:length], end(CHAIN[:length]), heads)) == []


def test_every_field_can_be_altered_and_is_tried() -> None:
    assert {field.name for field in fields(Act)} == set(OTHER_VALUES)


@given(st.data(), POSITION, st.sampled_from(sorted(OTHER_VALUES)))
def test_a_changed_field_is_found(data: st.DataObject, at: int, field: str) -> None:
    value = data.draw(OTHER_VALUES[field])
    links = list(CHAIN)
    links[at] = replace(links[at], act=replace(links[at].act, **{field: value}))
    said = list(alterations(links, end(CHAIN)))
    assert bool(said) == (links[at] != CHAIN[at])


@given(POSITION, st.sampled_from(["prev", "hash"]), st.binary(max_size=40))
def test_a_changed_digest_is_found(at: int, field: str, value: bytes) -> None:
    links = list(CHAIN)
    links[at] = replace(links[at], **{field: value})
    assert bool(list(alterations(links, end(CHAIN)))) == (links != CHAIN)


@given(POSITION, POSITION)
def test_two_rows_that_changed_places_are_found(one: int, other: int) -> None:
    links = list(CHAIN)
    links[one], links[other] = (
        replace(CHAIN[other], act=replace(CHAIN[other].act, seq=one + 1)),
        replace(CHAIN[one], act=replace(CHAIN[one].act, seq=other + 1)),
    )
    assert bool(list(alterations(links, end(CHAIN)))) == (one != other)


@given(POSITION, st.integers(1, 12))
def test_rows_that_were_taken_out_are_found(at: int, count: int) -> None:
    links = CHAIN[:at] + CHAIN[at + count :]
    said = [str(one) for one in alterations(links, end(CHAIN))]
    last = min(at + count, len(CHAIN))
    assert said[0].startswith(f"row {at + 1}:" if last == at + 1 else f"rows {at + 1} to {last}: missing")


@given(POSITION, st.booleans())
def test_a_row_that_was_put_in_is_found(at: int, digested: bool) -> None:
    prev = CHAIN[at].hash
    added = act(at + 2, action="key granted")
    link = Link(added, prev, digest(added, prev)) if digested else Link(added, prev, CHAIN[at].hash)
    after = [replace(one, act=replace(one.act, seq=one.act.seq + 1)) for one in CHAIN[at + 1 :]]
    assert list(alterations([*CHAIN[: at + 1], link, *after], end(CHAIN)))


@given(POSITION, st.integers(0, 12))
@example(0, 12)
def test_rows_cut_off_at_the_end_are_found_with_an_earlier_head(left: int, remembered: int) -> None:
    """Whoever cuts rows off also sets the chain's own head back; the earlier head is on paper."""
    links, paper = CHAIN[:left], replace(end(CHAIN[:remembered]), whence="the paper")
    assert bool(list(alterations(links, end(links), [paper]))) == (remembered > left)


@given(POSITION, st.integers(1, 12))
def test_a_chain_rewritten_with_all_its_digests_is_found_with_an_earlier_head(at: int, remembered: int) -> None:
    acts = [link.act for link in CHAIN]
    acts[at] = replace(acts[at], officer_id=77)
    forged = chained(acts)
    assert list(alterations(forged, end(forged))) == [], "a bare chain cannot tell"
    said = list(alterations(forged, end(forged), [replace(end(CHAIN[:remembered]), whence="the paper")]))
    assert bool(said) == (remembered > at)


def test_rows_behind_the_head_and_rows_nobody_can_read_are_named() -> None:
    assert [str(one) for one in alterations(CHAIN, end(CHAIN[:10]))] == [
        "rows 11 to 12: added behind the end of the chain"
    ]
    broken = [*CHAIN[:3], Unreadable(4), *CHAIN[4:]]
    assert [str(one) for one in alterations(broken, end(CHAIN))] == ["row 4: altered: it cannot even be read"]


@given(st.lists(st.none() | st.text() | st.binary() | st.integers(), min_size=9, max_size=9).map(tuple), st.data())
def test_no_two_acts_have_one_digest(values: tuple[Any, ...], data: st.DataObject) -> None:
    """Length and kind go before every field: 1 and "1", b"" and None, "ab" "c" and "a" "bc" all differ."""
    at = data.draw(st.integers(0, 7))
    others = list(values)
    others[at], others[at + 1] = others[at + 1], others[at]
    same = [(type(one), one) for one in values] == [(type(one), one) for one in others]
    assert (digest(Act(*values), b"") == digest(Act(*others), b"")) == same


# ---- in the database ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda: update(audit_rows).where(audit_rows.c.seq == 3).values(details='{"a":1}'), "row 3: altered"),
        (lambda: update(audit_rows).where(audit_rows.c.seq == 3).values(at=NOW), "row 3: altered"),
        (lambda: update(audit_rows).where(audit_rows.c.seq == 3).values(sealed_reason=b""), "row 3: altered"),
        (lambda: delete(audit_rows).where(audit_rows.c.seq == 3), "row 3: missing"),
        (lambda: delete(audit_rows).where(audit_rows.c.seq.in_((2, 3))), "rows 2 to 3: missing"),
        (lambda: delete(audit_rows).where(audit_rows.c.seq > 3), "rows 4 to 5: missing: the head remembers 5 rows"),
        (lambda: delete(audit_rows), "rows 1 to 5: missing: the head remembers 5 rows"),
        (lambda: update(audit_head).values(seq=4), "row 4: the head remembers another one"),
        (lambda: update(audit_head).values(hash=b"x"), "row 5: the head remembers another one"),
        (lambda: update(checkpoints).values(mac=b"x"), "the checkpoint at row 4: altered"),
        (lambda: update(checkpoints).values(hash=b"x"), "the checkpoint at row 4: altered"),
    ],
)
def test_an_intruders_change_is_found_and_named(store: Store, change: Callable[[], Any], says: str) -> None:
    for number in range(4):
        write(store, number)
    store.commit(lambda connection: audit_checkpoints.checkpoint(connection, SECRET, NOW))
    write(store, 5)
    with intruder(store) as connection:
        connection.execute(change())
    assert any(one.startswith(says) for one in found(store)), found(store)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("junk", ["at = 'noon'", "hash = 7", "at = NULL", "details = CAST(x'ff' AS TEXT)"])
def test_what_no_row_can_hold_is_named_too(store: Store, junk: str) -> None:
    """SQLite takes anything into any column, once somebody may write its schema."""
    for number in range(4):
        write(store, number)
    with intruder(store) as connection:
        connection.execute(text("PRAGMA writable_schema = ON"))
        connection.execute(text("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'audit'"))
    again = open_store(store.engine.url.render_as_string(hide_password=False))
    try:
        with again.write() as connection:
            connection.execute(text(f"UPDATE audit SET {junk} WHERE seq = 3"))  # noqa: S608 - our own words
        assert found(again)[0].startswith("row 3: altered")
    finally:
        again.close()


def rewrite(connection: Connection, at: int) -> None:
    """Change one act, and make every digest after it right again, to the head."""
    connection.execute(update(audit_rows).where(audit_rows.c.seq == at).values(object_ref="page/77"))
    links = chained([link.act for link in verification._links(connection) if isinstance(link, Link)])
    for link in links:
        same = audit_rows.c.seq == link.act.seq
        connection.execute(update(audit_rows).where(same).values(prev=link.prev, hash=link.hash))
    connection.execute(update(audit_head).values(seq=len(links), hash=links[-1].hash))


def test_a_checkpoint_shows_that_everything_was_rewritten(store: Store) -> None:
    for number in range(4):
        write(store, number)
    store.commit(lambda connection: audit_checkpoints.checkpoint(connection, SECRET, NOW))
    paper = head(store)
    write(store, 5)
    with intruder(store) as connection:
        rewrite(connection, 2)
    assert found(store) == ["row 4: the checkpoint of 2026-11-14 14:04 UTC remembers another one: rewritten up to here"]
    with intruder(store) as connection:
        connection.execute(delete(checkpoints))
    assert found(store) == []
    assert found(store, paper) == ["row 4: the paper remembers another one: rewritten up to here"]


def test_a_checkpoint_shows_that_the_end_was_cut_off(store: Store) -> None:
    for number in range(4):
        write(store, number)
    earlier = rows(store)[1]["hash"]
    store.commit(lambda connection: audit_checkpoints.checkpoint(connection, SECRET, NOW))
    paper = head(store)
    with intruder(store) as connection:
        connection.execute(delete(audit_rows).where(audit_rows.c.seq > 2))
        connection.execute(update(audit_head).values(seq=2, hash=earlier))
    assert found(store) == ["rows 3 to 4: missing: the checkpoint of 2026-11-14 14:04 UTC remembers 4 rows"]
    with intruder(store) as connection:
        connection.execute(delete(checkpoints))
    assert found(store) == []
    assert found(store, paper) == ["rows 3 to 4: missing: the paper remembers 4 rows"]


def test_a_checkpoint_needs_the_application_secret(store: Store) -> None:
    write(store, 1)
    stranger = ApplicationSecret(b"of somebody who has the database only")
    store.commit(lambda connection: audit_checkpoints.checkpoint(connection, stranger, NOW))
    assert found(store) == ["the checkpoint at row 1: altered: it is not ours"]


def test_a_checkpoint_is_written_once_and_only_for_new_rows(store: Store) -> None:
    def vouch(connection: Connection) -> bool:
        return audit_checkpoints.checkpoint(connection, SECRET, NOW)

    assert not store.commit(vouch)
    write(store, 1)
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: store.commit(vouch), range(6))) == 1
    assert not store.commit(vouch)
    assert found(store) == []


def test_a_long_chain_is_followed_over_many_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_AT_ONCE", 7)
    for number in range(30):
        write(store, number)
    seen: list[None] = []
    with store.read() as connection:
        findings = verification.examine_audit(connection, SECRET, (), lambda: seen.append(None))
    assert (findings.alterations, len(seen)) == ((), 30)
