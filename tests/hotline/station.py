"""Two communes with their officers, keys, calls and a report, as rows: what the console's tests stand on."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from hotline.casework.once import insert_once
from hotline.casework.people import add_officer, grant_unit_keys
from ivr_flows.loader import canonical_json, shipped_flow
from storage.database import Store
from storage.sealing import ApplicationSecret, KeyPair, new_key_pair, seal
from storage.tables import (
    calls,
    flow_versions,
    lines,
    places,
    prompt_sounds,
    prompt_takes,
    recordings,
    report_calls,
    reports,
    steps,
    texts,
    units,
)
from storage.vault import Vault
from tests import cast

NOW = datetime(2026, 11, 14, 14, 4, tzinfo=UTC)  # 21:04 in the commune
FLOW = "f" * 64
SECRET = ApplicationSecret(b"only for the tests of this console, 32 bytes and more")


@dataclass(frozen=True)
class Station:
    """A commune: its unit, its private keys and its officers' ids by login."""

    unit_id: int
    line_id: int
    content: KeyPair
    identity: KeyPair
    officers: Mapping[str, int]


def station(
    store: Store, code: str, name: str, number: str, people: Iterable[cast.Officer], zone: str = "Asia/Ho_Chi_Minh"
) -> Station:
    """Build a unit with a line and officers; every officer has the keys of the role."""
    content, identity = new_key_pair(), new_key_pair()
    with store.write() as connection:
        unit_id = _unit(connection, code, name, zone, content, identity)
        line_id = _line(connection, unit_id, number)
        officers = {person.login: hire(connection, unit_id, person) for person in people}
        for officer_id in officers.values():
            grant_unit_keys(connection, officer_id, content.private, identity.private, NOW)
    return Station(unit_id, line_id, content, identity, officers)


def hire(connection: Connection, unit_id: int, person: cast.Officer, language: str = "en") -> int:
    """An account without keys."""
    return add_officer(
        connection,
        unit_id,
        person.login,
        person.name,
        person.role,
        person.number,
        person.password,
        SECRET,
        NOW,
        language,
    )


def _unit(connection: Connection, code: str, name: str, zone: str, content: KeyPair, identity: KeyPair) -> int:
    return _insert(
        connection,
        units,
        code=code,
        name=name,
        timezone=zone,
        region="VN",
        languages="vi,en,ru",
        office_hours={},
        holidays={},
        content_public=content.public,
        identity_public=identity.public,
        recovery_public=new_key_pair().public,
        created_at=NOW,
    )


def _line(connection: Connection, unit_id: int, number: str) -> int:
    if connection.execute(flow_versions.select()).first() is None:
        definition = canonical_json(shipped_flow())
        _insert(connection, flow_versions, hash=FLOW, flow_id="keychain", definition=definition, published_at=NOW)
    return _insert(connection, lines, unit_id=unit_id, number=number, flow_hash=FLOW)


def call(connection: Connection, of: Station, carrier_call_id: str, **facts: Any) -> int:
    """A finished call of two minutes with three steps; `facts` overrule."""
    started_at = facts.pop("started_at", NOW)
    row = {
        "key": carrier_call_id,
        "carrier": "local",
        "carrier_call_id": carrier_call_id,
        "unit_id": of.unit_id,
        "line_id": of.line_id,
        "flow_hash": FLOW,
        "language": "vi",
        "visit": 3,
        "node": "record_report",
        "chose": True,
        "reported": True,
        "emergency": False,
        "withheld": False,
        "carrier_sequence": -1,
        "kind": "report",
        "category": "RPT-THEFT",
        "outcome": "recorded",
        "privacy": "confidential",
        "started_at": started_at,
        "ended_at": started_at + timedelta(seconds=127),
        "duration_s": 127,
    }
    call_id = _insert(connection, calls, **{**row, **facts})
    for visit, node in enumerate(("greeting", "main_menu", "record_report")):
        at = started_at + timedelta(seconds=20 * visit)
        _insert(connection, steps, call_id=call_id, visit=visit, node=node, language="vi", at=at)
    return call_id


def recording(connection: Connection, of: Station, vault: Vault, call_id: int, sound: bytes, **facts: Any) -> int:
    """A kept recording of a call."""
    kept = vault.keep(of.content.public, [sound], 10_000_000)
    row = {
        "call_id": call_id,
        "carrier": "local",
        "carrier_call_id": f"call-{call_id}",
        "carrier_recording_id": f"recording-{kept.name}",
        "status": "kept",
        "attempts": 1,
        "not_before": NOW,
        "first_seen_at": NOW,
        "kept_at": NOW,
        "duration_s": 31,
        "media_type": "audio/wav",
        "vault_name": kept.name,
        "sha256": kept.sha256,
        "bytes": kept.bytes,
    }
    return _insert(connection, recordings, **{**row, **facts})


def report(connection: Connection, of: Station, reference: str, call_id: int | None, **facts: Any) -> int:
    """A new report of theft, tied to a call."""
    row = {
        "reference": reference,
        "unit_id": of.unit_id,
        "line_id": of.line_id,
        "kind": "report",
        "category": "RPT-THEFT",
        "urgency": "normal",
        "status": "NEW",
        "privacy": "confidential",
        "incomplete": False,
        "interpreter": False,
        "channel": "voice",
        "received_at": NOW,
    }
    report_id = _insert(connection, reports, **{**row, **facts})
    if call_id is not None:
        _insert(connection, report_calls, report_id=report_id, call_id=call_id, role="first")
    return report_id


def text(connection: Connection, of: Station, report_id: int, words: str) -> int:
    """A text message that was taken down as this report."""
    facts = {"carrier": "local", "carrier_message_id": f"SM{report_id}", "received_at": NOW, "report_id": report_id}
    text_id = _insert(connection, texts, unit_id=of.unit_id, line_id=of.line_id, **facts)
    sealed = seal(of.content.public, words.encode(), f"text:{text_id}:words")
    connection.execute(texts.update().where(texts.c.id == text_id).values(sealed_words=sealed))
    return int(text_id)


def take(connection: Connection, of: Station, prompt: str, by: str, sound: bytes, language: str = "vi") -> int:
    """A recording of a prompt of the shipped flow."""
    digest = hashlib.sha256(sound).hexdigest()
    insert_once(connection, prompt_sounds, {"sha256": digest, "file": sound, "duration_ms": 2000, "kept_at": NOW})
    words = shipped_flow().prompts[language][prompt].text
    kept = {"sha256": digest, "doubts": [], "kept_by": of.officers[by], "kept_at": NOW}
    whose = {"unit_id": of.unit_id, "language": language, "prompt": prompt, "words": words}
    return int(_insert(connection, prompt_takes, **whose, **kept))


def place(connection: Connection, of: Station, digits: str, name: str) -> int:
    return _insert(connection, places, unit_id=of.unit_id, digits=digits, name=name, names={}, kind="village")


def _insert(connection: Connection, table: Any, **values: Any) -> Any:
    inserted = connection.execute(table.insert().values(**values))
    return inserted.inserted_primary_key[0]
