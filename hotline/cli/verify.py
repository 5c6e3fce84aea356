"""`hotline verify`: the audit against its chain and earlier heads, the recordings against their digests."""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from hotline.casework import verification
from hotline.casework.audit_chain import Alteration, Head
from hotline.casework.verification import AuditFindings
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.installation import installation
from hotline.settings import Settings
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.vault import Vault

_MOST_SHOWN = 100


@click.command()
@click.option(
    "--against",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with what earlier runs printed, kept on another machine.",
)
@click.option("--expect", "expected", multiple=True, metavar="COUNT:HASH", help="A head that an earlier run printed.")
def verify(files: Sequence[Path], expected: Sequence[str]) -> None:
    """Tell whether the audit and the recordings are as they were written; exit code 1 on any alteration.

    Prints the head of the audit. Keep it somewhere else: only an earlier head shows that rows at the end were taken
    away, or that somebody who had this machine rewrote them all."""
    heads = [head for file in files for head in _heads_of(file)] + [_head(text) for text in expected]
    with installation() as (settings, store):
        audit = _vouched_for(_audit(store, settings, heads))
        kept, recordings = _recordings(store, settings)
    _tell(
        audit.alterations, f"Audit: {audit.head.count if audit.head else 0} rows, none altered.", _covered(audit, heads)
    )
    _tell(recordings, f"Recordings: {kept} are in the vault as they were kept.")
    if audit.alterations or recordings:
        sys.exit(1)
    click.echo(f"Head of {system_clock().isoformat(timespec='seconds')}: {audit.head}")


def _audit(store: Store, settings: Settings, heads: Sequence[Head]) -> AuditFindings:
    secret = ApplicationSecret(settings.application_secret)
    with _progress() as progress, store.read() as connection:
        tick = _ticking(progress, "audit", verification.row_count(connection))
        return verification.examine_audit(connection, secret, heads, tick)


def _vouched_for(audit: AuditFindings) -> AuditFindings:
    """Who takes away rows at the end takes away what vouches for them; `hotline init` leaves a checkpoint."""
    if audit.alterations or audit.vouched_for:
        return audit
    return replace(audit, alterations=(Alteration("the checkpoints", "missing: an installation begins with one"),))


def _recordings(store: Store, settings: Settings) -> tuple[int, list[Alteration]]:
    vault = Vault(settings.recordings_url)
    with store.read() as connection:
        kept = verification.kept_recordings(connection)
    altered = []
    with _progress() as progress:
        tick = _ticking(progress, "recordings", len(kept))
        for one in kept:
            if found := verification.recording_alteration(store, vault, one):
                altered.append(found)
            tick()
    return len(kept), altered


def _progress() -> Progress:
    """A bar for who waits at a terminal, and nothing in a file."""
    screen = Console(stderr=True)
    return Progress(console=screen, transient=True, disable=not screen.is_terminal)


def _ticking(progress: Progress, what: str, total: int) -> Callable[[], None]:
    task = progress.add_task(what, total=total)
    return lambda: progress.advance(task)


def _covered(audit: AuditFindings, heads: Sequence[Head]) -> str:
    agreeing = f"earlier heads that agree: {len(heads)}." if heads else "no earlier head was given."
    return f"Checkpoints under the application secret vouch for rows 1 to {audit.vouched_for}; {agreeing}"


def _tell(altered: Sequence[Alteration], *all_is_well: str) -> None:
    for line in _shown(altered) if altered else all_is_well:
        click.echo(line)


def _shown(altered: Sequence[Alteration]) -> Iterable[str]:
    yield from (f"ALTERED {one}" for one in altered[:_MOST_SHOWN])
    if len(altered) > _MOST_SHOWN:
        yield f"... and {len(altered) - _MOST_SHOWN} more."


def _heads_of(file: Path) -> list[Head]:
    heads = verification.heads_in(file.read_text(encoding="utf-8", errors="replace"), file.name)
    if not heads:
        raise HotlineError(f"{file.name} holds no head such as `hotline verify` prints.")
    return heads


def _head(text: str) -> Head:
    if not re.fullmatch(r"[0-9]{1,15}:[0-9a-f]{64}", text):
        raise HotlineError("--expect takes a head as `hotline verify` prints it: a number, a colon and 64 letters.")
    return verification.heads_in(text, "the expected head")[0]
