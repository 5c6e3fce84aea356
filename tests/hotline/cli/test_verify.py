"""`hotline verify`: says that all is as it was written, or which row and which recording is not."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from hotline.casework import audit, audit_checkpoints
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import audit_checkpoints as checkpoints
from storage.tables import audit_head, audit_rows, recordings
from storage.vault import Vault
from tests import cast
from tests.hotline import station
from tests.hotline.cli.conftest import Terminal
from tests.hotline.station import NOW, Station

KEY = "only for tests: 0123456789 abcdefghij"
Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault((tmp_path / "recordings").as_uri())


@pytest.fixture
def commune(store: Store, vault: Vault) -> Station:
    """Five rows in the audit, two recordings in the vault."""
    made = station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.HANH, cast.THAO))
    with store.write() as connection:
        call_id = station.call(connection, made, "CA-theft")
        for sound in (b"RIFF one", b"RIFF two"):
            station.recording(connection, made, vault, call_id, sound)
        audit_checkpoints.checkpoint(connection, ApplicationSecret(KEY.encode()), NOW)  # as `hotline init` does
    return made


@pytest.fixture
def verify(commune: Station, database_url: str, tmp_path: Path, terminal: Terminal) -> Verify:
    """The command's exit code and what it said."""
    terminal.sets(HOTLINE_DATA_DIR=str(tmp_path), HOTLINE_DATABASE_URL=database_url, HOTLINE_SECRET_KEY=KEY)

    def run(*arguments: str) -> tuple[int, str]:
        ran = terminal("verify", *arguments)
        return ran.code, ran.out + ran.err

    return run


def as_intruder(store: Store, *statements: object) -> None:
    """Change what only the owner of the database could change."""
    tables = ("audit", "audit_head", "audit_checkpoints")
    with store.write() as connection:
        if store.dialect == "postgresql":
            disarming = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
        else:
            named = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
            disarming = [f"DROP TRIGGER {name}" for name in named if name.startswith(tables)]
        for statement in (*map(text, disarming), *statements):
            connection.execute(statement)  # type: ignore[call-overload]


def write_act(store: Store) -> None:
    with store.write() as connection:
        audit.append(connection, audit.SYSTEM, "refused", "page/calls", {}, NOW)


def head_in(said: str) -> str:
    return re.findall(r"\d+:[0-9a-f]{64}", said)[-1]


def test_it_says_that_all_is_well_and_prints_the_head(verify: Verify, store: Store) -> None:
    code, said = verify()
    assert code == 0
    assert "Audit: 5 rows, none altered." in said
    assert "vouch for rows 1 to 5; no earlier head was given." in said
    assert "Recordings: 2 are in the vault as they were kept." in said
    with store.read() as connection:
        last = connection.scalar(select(audit_rows.c.hash).order_by(audit_rows.c.seq.desc()).limit(1))
    assert said.rstrip().endswith(f"5:{last.hex()}")


def test_it_names_the_row_that_was_altered(verify: Verify, store: Store) -> None:
    as_intruder(store, update(audit_rows).where(audit_rows.c.seq == 3).values(object_ref="officer/77"))
    code, said = verify()
    assert code == 1
    assert "ALTERED row 3" in said
    assert "Recordings: 2 are in the vault" in said
    assert "Head of" not in said, "nobody should keep the head of an altered chain"


def test_an_earlier_head_shows_that_rows_at_the_end_are_gone(verify: Verify, store: Store, tmp_path: Path) -> None:
    paper = tmp_path / "paper.txt"
    for _ in range(2):
        with paper.open("a") as file:
            file.write(verify()[1])
        write_act(store)
    assert verify("--against", str(paper))[0] == 0
    assert "earlier heads that agree: 2." in verify("--against", str(paper))[1]
    with store.read() as connection:
        fifth = connection.scalar(select(audit_rows.c.hash).where(audit_rows.c.seq == 5))
    cut = (delete(audit_rows).where(audit_rows.c.seq > 5), update(audit_head).values(seq=5, hash=fifth))
    expected = head_in(paper.read_text())
    as_intruder(store, *cut, delete(checkpoints).where(checkpoints.c.seq > 5))
    assert verify()[0] == 0, "what is left is a whole chain, and its checkpoint"
    for earlier in (("--against", str(paper)), ("--expect", expected)):
        code, said = verify(*earlier)
        assert code == 1
        assert "ALTERED row 6: missing" in said
        assert "remembers 6 rows" in said


def test_a_checkpoint_shows_it_too(verify: Verify, store: Store) -> None:
    secret = ApplicationSecret(KEY.encode())
    write_act(store)
    with store.write() as connection:
        audit_checkpoints.checkpoint(connection, secret, NOW)
        fifth = connection.scalar(select(audit_rows.c.hash).where(audit_rows.c.seq == 5))
    assert "vouch for rows 1 to 6" in verify()[1]
    as_intruder(store, delete(audit_rows).where(audit_rows.c.seq > 5), update(audit_head).values(seq=5, hash=fifth))
    code, said = verify()
    assert code == 1
    assert "ALTERED row 6: missing: the checkpoint of 2026-11-14 14:04 UTC remembers 6 rows" in said


def test_an_end_that_was_cut_off_together_with_all_checkpoints_is_found(verify: Verify, store: Store) -> None:
    with store.read() as connection:
        third = connection.scalar(select(audit_rows.c.hash).where(audit_rows.c.seq == 3))
    cut = (delete(audit_rows).where(audit_rows.c.seq > 3), update(audit_head).values(seq=3, hash=third))
    as_intruder(store, *cut, delete(checkpoints))
    code, said = verify()
    assert code == 1
    assert "ALTERED the checkpoints: missing" in said


@pytest.mark.parametrize("damage", ["a bit", "the end", "all of it", "one for the other", "its digest"])
def test_it_names_the_recording_that_is_not_what_was_kept(
    verify: Verify, store: Store, tmp_path: Path, damage: str
) -> None:
    with store.read() as connection:
        one, other = connection.scalars(select(recordings.c.vault_name).order_by(recordings.c.id))
    file, sealed = tmp_path / "recordings" / one, (tmp_path / "recordings" / one).read_bytes()
    match damage:
        case "a bit":
            file.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        case "the end":
            file.write_bytes(sealed[:-1])
        case "all of it":
            file.unlink()
        case "one for the other":
            file.write_bytes((tmp_path / "recordings" / other).read_bytes())
        case _:
            as_intruder(store, update(recordings).where(recordings.c.vault_name == one).values(sha256=None))
    code, said = verify()
    assert code == 1
    assert "ALTERED recording 1" in said
    assert "recording 2" not in said
    assert "Audit: 5 rows, none altered." in said


def test_a_recording_replaced_together_with_its_row_is_found(
    verify: Verify, store: Store, vault: Vault, commune: Station
) -> None:
    """The row can be made to fit the file; what the audit wrote when it was kept cannot."""
    with store.write() as connection:
        genuine = connection.execute(select(recordings).where(recordings.c.id == 1)).one()
        what = {"sha256": genuine.sha256, "bytes": genuine.bytes}
        audit.append(connection, audit.SYSTEM, "recording kept", "recording/1", what, NOW)
    assert verify()[0] == 0
    forged = vault.keep(commune.content.public, [b"RIFF something else"], 1000)
    as_intruder(
        store,
        update(recordings)
        .where(recordings.c.id == 1)
        .values(vault_name=forged.name, sha256=forged.sha256, bytes=forged.bytes),
    )
    code, said = verify()
    assert code == 1
    assert "ALTERED recording 1: altered: its row has another digest than the audit" in said


def test_much_damage_is_told_in_few_lines(verify: Verify, store: Store) -> None:
    for _ in range(120):
        write_act(store)
    as_intruder(store, update(audit_rows).values(details='{"a":1}'))
    code, said = verify()
    assert code == 1
    assert said.count("ALTERED row") == 100
    assert "... and 25 more." in said


@pytest.mark.parametrize("head", ["", "5", "5:abc", "x:" + "0" * 64, "5:" + "0" * 65])
def test_a_head_that_is_none_is_refused_in_one_line(verify: Verify, head: str) -> None:
    code, said = verify("--expect", head)
    assert code == 1
    assert said.startswith("hotline: --expect takes a head")
    assert said.count("\n") == 1


def test_a_file_without_a_head_is_refused_in_one_line(verify: Verify, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"\xff nothing\n")
    code, said = verify("--against", str(empty))
    assert (code, said) == (1, "hotline: empty.txt holds no head such as `hotline verify` prints.\n")
