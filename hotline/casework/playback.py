"""Listening to a recording and reading a text: unsealed with the key that the officer's sign-in opened."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from hotline.casework import audit
from hotline.casework.audio import MP3, WAV
from hotline.casework.call_log import seen_units
from hotline.casework.keepers import keeper_of_recording
from hotline.casework.people import OfficerRow, UnitKeys
from hotline.errors import AccessRefusedError, NotFoundError
from storage.database import Store
from storage.sealing import unseal
from storage.tables import calls, recordings, texts
from storage.vault import Vault

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PLAYABLE = frozenset({WAV, MP3})
UNPLAYABLE = "application/octet-stream"  # handed over as a file: never something a browser would run


@dataclass(frozen=True)
class KeptRecording:
    """Where a kept recording lies in the vault, and what it is."""

    id: int
    vault_name: str
    media_type: str


@dataclass(frozen=True)
class Playback:
    """A recording that was unsealed to its very end once: `size` plain bytes, to be played from `chunks`."""

    media_type: str
    size: int
    chunks: Iterator[bytes]


def kept_recording(connection: Connection, officer: OfficerRow, call_id: int, recording_id: int) -> KeptRecording:
    """The recording of a call that this officer may see. Raises NotFoundError."""
    row = connection.execute(
        select(recordings.c.vault_name, recordings.c.media_type)
        .join(calls, calls.c.id == recordings.c.call_id)
        .where(
            recordings.c.id == recording_id,
            recordings.c.call_id == call_id,
            recordings.c.vault_name.is_not(None),
            keeper_of_recording().in_(seen_units(officer)),
        )
    ).first()
    if row is None:
        raise NotFoundError
    return KeptRecording(recording_id, row.vault_name, row.media_type if row.media_type in PLAYABLE else UNPLAYABLE)


def hear(
    store: Store, vault: Vault, officer: OfficerRow, keys: UnitKeys, kept: KeptRecording, now: datetime
) -> Playback:
    """Unseal a recording for listening, once the audit says who listens.

    It is read to its end first: nothing altered is ever played. Raises AccessRefusedError without the content key,
    UnsealError where it is not what was kept, AuditError or StoreBusy where the audit cannot be written."""
    private = _content_key(keys)
    size = sum(len(chunk) for chunk in vault.read(kept.vault_name, private))
    _note(store, officer, "recording heard", f"recording/{kept.id}", now)
    return Playback(kept.media_type, size, vault.read(kept.vault_name, private))


def read_text(store: Store, officer: OfficerRow, keys: UnitKeys, text_id: int, now: datetime) -> str:
    """The words of a text message, once the audit says who reads them; without the characters that make a text
    look like another one.

    Raises NotFoundError, AccessRefusedError without the content key, UnsealError, AuditError or StoreBusy where the
    audit cannot be written."""
    with store.read() as connection:
        sealed = _sealed_words(connection, officer, text_id)
    words = unseal(_content_key(keys), sealed, f"text:{text_id}:words").decode(errors="replace")
    _note(store, officer, "text read", f"text/{text_id}", now)
    return _UNSEEN.sub("", words)


def _sealed_words(connection: Connection, officer: OfficerRow, text_id: int) -> bytes:
    query = select(texts.c.sealed_words).where(texts.c.id == text_id, texts.c.unit_id.in_(seen_units(officer)))
    if (sealed := connection.scalar(query)) is None:
        raise NotFoundError
    return bytes(sealed)


def _note(store: Store, officer: OfficerRow, action: str, object_ref: str, now: datetime) -> None:
    """Write the act down before anything is released; winding back in a recording is not another one."""

    def write(connection: Connection) -> None:
        audit.append_once(connection, officer.id, action, object_ref, now, audit.ONE_READING)

    store.commit(write)


def _content_key(keys: UnitKeys) -> bytes:
    if keys.content is None:
        raise AccessRefusedError("This account holds no key yet. It gets one at a chief's next sign-in.")
    return keys.content
