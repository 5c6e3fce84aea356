"""Verification: is everything as it was written? The audit against its chain, recordings against their digests."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exc, func, select

from hotline.casework import audit
from hotline.casework.audit_chain import Alteration, Head, Link, Unreadable, alterations, link_of
from hotline.casework.audit_checkpoints import checkpointed
from storage.busy import is_unavailable
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import audit_rows, recordings
from storage.vault import Vault

_AT_ONCE = 500
_SHA256 = re.compile(r'"sha256":"([0-9a-f]{64})"')
_HEAD = re.compile(r"(?<![0-9a-f:])([0-9]{1,15}):([0-9a-f]{64})(?![0-9a-f])")


@dataclass(frozen=True)
class AuditFindings:
    """The end of the chain, the last row that a checkpoint vouches for, and whatever is altered."""

    head: Head | None
    vouched_for: int
    alterations: tuple[Alteration, ...]


@dataclass(frozen=True)
class KeptRow:
    """A recording that the vault should hold."""

    id: int
    vault_name: str
    sha256: str | None
    bytes: int | None
    sha256_when_kept: str | None


def heads_in(text: str, whence: str) -> list[Head]:
    """Every head that earlier verifications have printed into this text."""
    return [Head(int(count), bytes.fromhex(found), whence) for count, found in _HEAD.findall(text)]


def row_count(connection: Connection) -> int:
    """How many rows the audit has, for who waits."""
    return connection.scalar(select(func.count()).select_from(audit_rows)) or 0


def examine_audit(
    connection: Connection, secret: ApplicationSecret, expected: Sequence[Head], tick: Callable[[], object]
) -> AuditFindings:
    """Follow the whole chain, held against the checkpoints and the `expected` heads; `tick` is called at every row."""
    checkpoints = list(checkpointed(connection, secret))
    found = [one for one in checkpoints if isinstance(one, Alteration)]
    genuine = [one for one in checkpoints if isinstance(one, Head)]
    head = _own_head(connection)
    if head is None:
        found.append(Alteration("the head", "missing or altered"))
    found += alterations(_ticked(_links(connection), tick), head, [*genuine, *expected])
    return AuditFindings(head, max((one.count for one in genuine), default=0), tuple(found))


def _own_head(connection: Connection) -> Head | None:
    try:
        return audit.head_of(connection)
    except audit.AuditError:
        return None


def _ticked(links: Iterable[Link | Unreadable], tick: Callable[[], object]) -> Iterator[Link | Unreadable]:
    for link in links:
        yield link
        tick()


def _links(connection: Connection) -> Iterator[Link | Unreadable]:
    """The rows in their order, a batch at a time."""
    numbers = select(audit_rows.c.seq).order_by(audit_rows.c.seq).limit(_AT_ONCE)
    seqs = list(connection.scalars(numbers))
    while seqs:
        yield from _batch(connection, seqs)
        seqs = list(connection.scalars(numbers.where(audit_rows.c.seq > seqs[-1])))


def _batch(connection: Connection, seqs: Sequence[int]) -> list[Link | Unreadable]:
    """These rows; where one of them cannot be read, each for itself, to find out which."""
    query = select(audit_rows).where(audit_rows.c.seq.between(seqs[0], seqs[-1])).order_by(audit_rows.c.seq)
    try:
        return [link_of(row._asdict()) for row in connection.execute(query)]
    except (ValueError, TypeError, exc.DBAPIError) as error:
        if is_unavailable(error):
            raise
        return [Unreadable(seqs[0])] if len(seqs) == 1 else [one for seq in seqs for one in _batch(connection, [seq])]


def kept_recordings(connection: Connection) -> list[KeptRow]:
    """Every recording that the vault should hold."""
    query = select(recordings.c.id, recordings.c.vault_name, recordings.c.sha256, recordings.c.bytes)
    kept = query.where(recordings.c.vault_name.is_not(None)).order_by(recordings.c.id)
    written = _digests_when_kept(connection)
    return [KeptRow(*row, written.get(f"recording/{row.id}")) for row in connection.execute(kept)]


def _digests_when_kept(connection: Connection) -> dict[str, str]:
    """The digest of each recording as the audit has it: a row can be changed together with its file, an act cannot."""
    query = select(audit_rows.c.object_ref, audit_rows.c.details).where(audit_rows.c.action == "recording kept")
    acts = connection.execute(query.order_by(audit_rows.c.seq))
    found = ((row.object_ref, _SHA256.search(row.details)) for row in acts)
    return {recording: digest[1] for recording, digest in found if digest}


def recording_alteration(store: Store, vault: Vault, kept: KeptRow) -> Alteration | None:
    """What is wrong with a kept recording; None where it is as it was put there, or was given up meanwhile."""
    trouble = _trouble(vault, kept)
    if trouble is None or not _still_kept(store, kept):
        return None
    return Alteration(f"recording {kept.id}", trouble)


def _trouble(vault: Vault, kept: KeptRow) -> str | None:
    if kept.sha256 is None or kept.bytes is None:
        return "altered: its row has no digest or no length"
    if kept.sha256_when_kept not in (None, kept.sha256):
        return "altered: its row has another digest than the audit"
    try:
        same = vault.verify(kept.vault_name, kept.sha256, kept.bytes)
    except OSError as error:
        return f"it cannot be read ({error.strerror or type(error).__name__})"
    return None if same else "altered or missing: the vault does not hold what was kept"


def _still_kept(store: Store, kept: KeptRow) -> bool:
    with store.read() as connection:
        name = connection.scalar(select(recordings.c.vault_name).where(recordings.c.id == kept.id))
    return name == kept.vault_name
